//! The web console in `console/`: built by npm, and only when its sources are not those of what was built last.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::test::execute;

/// The oldest Node.js that Vite runs on.
const NODE: (u32, u32) = (20, 19);

/// What the build does not depend on: what it makes, and the tests of its result.
const NO_SOURCES: [&str; 3] = ["node_modules", "dist", "e2e"];

/// Where the console's sources are.
pub(crate) fn directory() -> PathBuf {
    crate::workspace().join("console")
}

/// Sees that `console/dist` is built from the sources as they are.
pub(crate) fn build() -> anyhow::Result<()> {
    let stamp_file = directory().join("dist/.stamp");
    let stamp = stamp(&directory())?;
    if std::fs::read_to_string(&stamp_file).is_ok_and(|built| built == stamp) {
        return Ok(());
    }
    println!("building the console");
    install()?;
    run("build")?;
    std::fs::write(&stamp_file, stamp).with_context(|| format!("cannot write {}", stamp_file.display()))
}

/// A build of the gateway that fails rather than leaving its console out.
pub(crate) fn cargo_with_console() -> Command {
    let mut cargo = crate::cargo();
    cargo.env("REQUIRE_CONSOLE", "1");
    cargo
}

/// Installs the packages that the lock file names, unless they are there.
pub(crate) fn install() -> anyhow::Result<()> {
    check_node()?;
    let modified =
        |name: &str| std::fs::metadata(directory().join(name)).and_then(|file| file.modified()).ok();
    let installed = modified("node_modules/.package-lock.json");
    if installed.is_some() && installed >= modified("package-lock.json") {
        return Ok(());
    }
    execute(npm().args(["ci", "--no-audit", "--no-fund"]))
}

/// Every check of the console that needs no gateway.
pub(crate) fn check() -> anyhow::Result<()> {
    install()?;
    run("check")?;
    run("test")?;
    build()?;
    run("budget")
}

/// The console in a browser, in front of the program that users get and real remotes.
pub(crate) fn end_to_end() -> anyhow::Result<()> {
    build()?;
    execute(cargo_with_console().args([
        "build",
        "--release",
        "--package",
        "conjoin",
        "--package",
        "conjoin-testkit",
        "--bins",
    ]))?;
    let programs = crate::target_directory().join("release");
    install()?;
    let mut browse = npm();
    browse.args(["run", "e2e"]);
    browse
        .env("CONJOIN_BIN", programs.join("conjoin"))
        .env("SAMPLE_REMOTE_BIN", programs.join("sample-remote"));
    execute(&mut browse)
}

/// Runs a script of `package.json`.
fn run(script: &str) -> anyhow::Result<()> {
    execute(npm().args(["run", script]))
}

fn npm() -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(directory());
    npm
}

fn check_node() -> anyhow::Result<()> {
    let (major, minor) = NODE;
    let hint = format!("the console is built with Node.js {major}.{minor} or later, see https://nodejs.org");
    let output = Command::new("node")
        .arg("--version")
        .output()
        .with_context(|| format!("there is no `node`: {hint}"))?;
    let found = String::from_utf8_lossy(&output.stdout);
    if version(&found).is_none_or(|version| version < NODE) {
        bail!("`node` is {}: {hint}", found.trim());
    }
    Ok(())
}

/// Major and minor version in what `node --version` prints.
fn version(printed: &str) -> Option<(u32, u32)> {
    let mut parts = printed.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

/// What the sources hash to. It is compared on the machine that made it only, so the standard library's hash will do.
fn stamp(directory: &Path) -> anyhow::Result<String> {
    let mut files = Vec::new();
    list(directory, &mut files).with_context(|| format!("cannot read {}", directory.display()))?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in &files {
        file.strip_prefix(directory)?.hash(&mut hasher);
        std::fs::read(file)?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn list(directory: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true if NO_SOURCES.iter().any(|name| entry.file_name() == *name) => {}
            true => list(&entry.path(), files)?,
            false => files.push(entry.path()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared() {
        assert_eq!(version("v20.19.0\n"), Some((20, 19)));
        assert!(version("v20.9.0").unwrap() < NODE && version("v22.1.0").unwrap() > NODE);
        assert_eq!(version("20"), None);
    }

    #[test]
    fn the_stamp_is_that_of_names_and_contents_of_sources() {
        let directory = std::env::temp_dir().join(format!("conjoin-stamp-{}", std::process::id()));
        let write = |name: &str, content: &str| {
            let file = directory.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, content).unwrap();
            stamp(&directory).unwrap()
        };
        let first = write("src/a.ts", "1");
        let second = write("src/b.ts", "1");
        let third = write("src/b.ts", "2");
        assert!(first != second && second != third, "{first} {second} {third}");
        for name in ["dist/.stamp", "node_modules/x/index.js", "e2e/flow.test.ts"] {
            assert_eq!(write(name, "x"), third, "{name}");
        }
        std::fs::remove_dir_all(directory).unwrap();
    }
}
