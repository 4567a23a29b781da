//! Packs the built console (`console/dist`) into the program.
//!
//! Nothing is built here and nothing is fetched: `cargo xtask build` has npm do that before. Without a built console the program is
//! complete but for it, and shows a page that says so; `REQUIRE_CONSOLE=1` makes that an error. Debug builds take nothing in, they read
//! `console/dist` when they are asked for a file, so that a change of the console needs no compiler.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use flate2::Compression;

#[path = "src/http/console/packing.rs"]
mod packing;

fn main() -> Result<(), String> {
    let variable = |name: &str| env::var(name).map_err(|error| format!("{name}: {error}"));
    let console = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("../../console");
    let dist = console.join("dist");
    let is_built = dist.join("index.html").is_file();
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/http/console/packing.rs");
    if !is_built {
        println!("cargo::rerun-if-env-changed=REQUIRE_CONSOLE");
    }
    if !is_built && env::var("REQUIRE_CONSOLE").is_ok_and(|value| value == "1") {
        println!("cargo::error=there is no console in {}; `cargo xtask console` builds it", dist.display());
    }

    let out = PathBuf::from(variable("OUT_DIR")?).join("console");
    let is_debug = variable("PROFILE")? == "debug";
    let table = match is_debug {
        true => String::new(),
        false => {
            // A path that does not exist is taken for changed by every build, so the nearest one that does is watched.
            let watched = [&dist, &console].into_iter().find(|path| path.is_dir());
            watched.iter().for_each(|path| println!("cargo::rerun-if-changed={}", path.display()));
            if !is_built {
                println!(
                    "cargo::warning=the program gets no console; `cargo xtask build` builds it with one"
                );
            }
            pack_all(&dist, &out).map_err(|error| format!("{}: {error}", dist.display()))?
        }
    };
    let directory = is_debug.then(|| dist.display().to_string());
    let source = format!(
        "/// The files of the console in the order of their paths: path, whether compressed, bytes.\n\
         static BUILT_IN: &[(&str, bool, &[u8])] = &[\n{table}];\n\
         /// Where debug builds read them instead.\n\
         const BUILT_BESIDE: Option<&str> = {directory:?};\n"
    );
    fs::write(out.with_extension("rs"), source).map_err(|error| format!("{}: {error}", out.display()))
}

/// Writes each file's packed form below `out` and returns the rows of the table.
fn pack_all(dist: &Path, out: &Path) -> io::Result<String> {
    if out.exists() {
        fs::remove_dir_all(out)?;
    }
    fs::create_dir_all(out)?;
    let mut files = Vec::new();
    if dist.is_dir() {
        list(dist, "", &mut files)?;
    }
    files.sort();
    let mut table = String::new();
    for (index, name) in files.iter().enumerate() {
        let content = fs::read(dist.join(name))?;
        let packed = packing::pack(&content, Compression::best())?;
        let file = out.join(index.to_string());
        fs::write(&file, packed.as_deref().unwrap_or(&content))?;
        let _ = writeln!(table, "    ({name:?}, {}, include_bytes!({file:?})),", packed.is_some());
    }
    Ok(table)
}

/// The names of all files below a directory. Hidden ones are the tools' own.
fn list(directory: &Path, below: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name =
            entry.file_name().into_string().map_err(|_| io::Error::other("a file's name is no text"))?;
        let name = format!("{below}{name}");
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        match entry.file_type()?.is_dir() {
            true => list(&entry.path(), &format!("{name}/"), files)?,
            false => files.push(name),
        }
    }
    Ok(())
}
