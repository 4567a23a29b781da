//! `cargo xtask package`: the release as an archive that needs nothing but a kernel, and a try of what is in it.
//!
//! The program is linked against musl, so that it brings its C library along. What is packed is what was tried: the archive is unpacked
//! again, and the demo asks its queries of the program from there, in an empty directory and without an environment.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::test::execute;
use crate::{console, demo};

/// What `package` was asked for.
#[derive(Debug)]
struct Options {
    target: String,
    output: PathBuf,
}

/// Builds, packs, unpacks and tries.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let Options { target, output } = parse(arguments)?;
    install(&target)?;
    console::build()?;
    execute(console::cargo_with_console().args([
        "build",
        "--release",
        "--locked",
        "--package",
        "conjoin",
        "--target",
        &target,
    ]))?;
    let program = crate::target_directory().join(&target).join("release/conjoin");

    let name = format!("conjoin-{}-{target}", env!("CARGO_PKG_VERSION"));
    let staging = empty(crate::target_directory().join("package"))?;
    fill(&staging.join(&name), &program)?;
    std::fs::create_dir_all(&output)?;
    let archive = output.join(format!("{name}.tar.gz"));
    pack(&staging, &name, &archive)?;

    let unpacked = empty(staging.join("unpacked"))?;
    execute(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(&unpacked))?;
    let program = unpacked.join(&name).join("conjoin");
    attempt(&program, &staging)?;
    let libraries = libraries(&program)?;
    if target.contains("musl") && !libraries.is_empty() {
        bail!("{} is not self-contained: it needs {}", program.display(), libraries.join(", "));
    }
    report(&program, &archive, &libraries)?;
    std::fs::remove_dir_all(&staging)?;
    Ok(())
}

fn parse(arguments: &[String]) -> anyhow::Result<Options> {
    let mut options = Options {
        target: format!("{}-unknown-linux-musl", std::env::consts::ARCH),
        output: crate::workspace().join("dist"),
    };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--target" => options.target = value()?.clone(),
            "--output" => options.output = std::path::absolute(value()?)?,
            other => bail!("`package` has no option {other}; see `cargo xtask help`"),
        }
    }
    Ok(options)
}

/// Sees that Rust and C can be compiled for the target. Rust's part comes by itself, a C compiler needs the system's administrator.
fn install(target: &str) -> anyhow::Result<()> {
    let output = Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output()?;
    let libraries = String::from_utf8_lossy(&output.stdout);
    if !Path::new(libraries.trim()).is_dir() {
        execute(Command::new("rustup").args(["target", "add", target]))
            .with_context(|| format!("Rust's standard library for {target} is not there"))?;
    }
    if target.contains("musl") && Command::new("musl-gcc").arg("--version").output().is_err() {
        bail!(
            "there is no `musl-gcc`; Debian has it in `musl-tools`, and `--target` builds for another C library"
        );
    }
    Ok(())
}

/// Lays out what the archive has.
fn fill(directory: &Path, program: &Path) -> anyhow::Result<()> {
    let root = crate::workspace();
    for part in ["completions", "man", "docs"] {
        std::fs::create_dir_all(directory.join(part))?;
    }
    let copy = |from: &Path, to: &str| {
        std::fs::copy(from, directory.join(to))
            .map(drop)
            .with_context(|| format!("cannot copy {}", from.display()))
    };
    copy(program, "conjoin")?;
    for name in ["LICENSE", "README.md", "CHANGELOG.md"] {
        copy(&root.join(name), name)?;
    }
    copy(&root.join("deploy/conjoin.service"), "conjoin.service")?;
    for entry in std::fs::read_dir(root.join("docs"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        copy(&root.join("docs").join(&name), &format!("docs/{name}"))?;
    }
    for (shell, file) in [("bash", "conjoin.bash"), ("zsh", "_conjoin"), ("fish", "conjoin.fish")] {
        let file = directory.join("completions").join(file);
        execute(Command::new(program).args(["--quiet", "completion", shell, "--file"]).arg(file))?;
    }
    execute(
        crate::cargo()
            .args(["run", "--quiet", "--package", "conjoin", "--example", "man"])
            .arg(directory.join("man")),
    )
}

/// Packs a directory so that equal content makes equal bytes, with its sum beside it.
fn pack(staging: &Path, name: &str, archive: &Path) -> anyhow::Result<()> {
    let commit =
        Command::new("git").current_dir(crate::workspace()).args(["log", "-1", "--format=%ct"]).output()?;
    let time = String::from_utf8_lossy(&commit.stdout).trim().to_owned();
    let mut tar = Command::new("tar");
    tar.arg("-C").arg(staging).args([
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--mode=go-w",
    ]);
    // Outside of a repository the files keep their times.
    if !time.is_empty() {
        tar.arg(format!("--mtime=@{time}"));
    }
    execute(tar.args(["--use-compress-program", "gzip -9n", "-cf"]).arg(archive).arg(name))?;
    let directory = archive.parent().unwrap_or(Path::new("."));
    let file = archive.file_name().unwrap_or_default();
    let sum = Command::new("sha256sum").current_dir(directory).arg("--").arg(file).output()?;
    if !sum.status.success() {
        bail!("sha256sum failed: {}", String::from_utf8_lossy(&sum.stderr).trim());
    }
    let sums = directory.join("SHA256SUMS");
    let file = file.to_string_lossy();
    let others = std::fs::read_to_string(&sums).unwrap_or_default();
    let mut lines: Vec<&str> = others.lines().filter(|line| !line.ends_with(&format!("  {file}"))).collect();
    let sum = String::from_utf8_lossy(&sum.stdout);
    lines.push(sum.trim_end());
    std::fs::write(&sums, lines.join("\n") + "\n").with_context(|| format!("cannot write {}", sums.display()))
}

/// Has the program start and answer, as far from what built it as one machine allows.
fn attempt(program: &Path, directory: &Path) -> anyhow::Result<()> {
    execute(Command::new(program).arg("version").env_clear().current_dir(directory))?;
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    demo::run(&demo::Options {
        example: "demo".to_owned(),
        port,
        once: true,
        debug: true,
        console: false,
        gateway: Some(program.to_owned()),
    })
}

/// The shared libraries that the program is linked with, by name.
fn libraries(program: &Path) -> anyhow::Result<Vec<String>> {
    let output = Command::new("ldd").arg(program).output().context("there is no `ldd`")?;
    Ok(listed(&String::from_utf8_lossy(&output.stdout)))
}

/// The libraries in what `ldd` prints. The kernel brings the first one along; a program without any has a sentence instead.
fn listed(text: &str) -> Vec<String> {
    let lines =
        text.lines().map(str::trim).filter(|line| line.contains("(0x") && !line.starts_with("linux-vdso"));
    lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// The newest version of glibc that a symbol in what `objdump -T` prints is of: older systems do not start the program.
fn newest_glibc(symbols: &str) -> Option<String> {
    let versions = symbols.split("(GLIBC_").skip(1).filter_map(|rest| {
        let parts = rest.split(')').next()?.split('.').map(str::parse);
        parts.collect::<Result<Vec<u32>, _>>().ok()
    });
    let newest: Vec<String> = versions.max()?.iter().map(u32::to_string).collect();
    Some(newest.join("."))
}

fn report(program: &Path, archive: &Path, libraries: &[String]) -> anyhow::Result<()> {
    let megabytes = |path: &Path| std::fs::metadata(path).map(|metadata| metadata.len() as f64 / 1e6);
    println!("\n{}", archive.display());
    println!("archive  {:.1} MB", megabytes(archive)?);
    println!("program  {:.1} MB", megabytes(program)?);
    if libraries.is_empty() {
        println!("needs    no shared library");
        return Ok(());
    }
    println!("needs    {}", libraries.join(", "));
    let symbols = Command::new("objdump").arg("-T").arg(program).output().context("there is no `objdump`")?;
    if let Some(version) = newest_glibc(&String::from_utf8_lossy(&symbols.stdout)) {
        println!("         glibc {version} or newer");
    }
    Ok(())
}

/// The directory, with nothing in it.
fn empty(directory: PathBuf) -> anyhow::Result<PathBuf> {
    if directory.exists() {
        std::fs::remove_dir_all(&directory)?;
    }
    std::fs::create_dir_all(&directory)?;
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_needs_is_read_from_what_tools_print() {
        assert_eq!(listed("\tstatically linked\n"), Vec::<String>::new());
        let printed = "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibm.so.6 => /lib/libm.so.6 (0x00007f1c)\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f1d)\n";
        assert_eq!(listed(printed), ["libm.so.6", "/lib64/ld-linux-x86-64.so.2"]);
        let printed = "0 DF *UND* 0 (GLIBC_2.9) read\n0 DF *UND* 0 (GLIBC_2.34) pthread_create\n0 DF *UND* 0 (GLIBC_PRIVATE) x\n0 DF *UND* 0 (GCC_3.0) y\n";
        assert_eq!(newest_glibc(printed).as_deref(), Some("2.34"));
    }
}
