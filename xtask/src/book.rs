//! `cargo xtask book`: the documents as a book, by mdBook, and a check of its links.
//!
//! The Markdown itself is checked by `crates/gateway/tests/documents.rs`, without mdBook. Here it is asked whether the book leads its
//! readers to the same places: mdBook makes its own anchors, and its own names of pages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::test::execute;

/// The anchors of a page and where its links lead.
#[derive(Debug, Default)]
struct Page {
    anchors: BTreeSet<String>,
    targets: Vec<String>,
}

/// Builds the book into `target/book` and follows its links.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    if let Some(argument) = arguments.first() {
        bail!("`book` has no option {argument}; see `cargo xtask help`");
    }
    install()?;
    let directory = crate::target_directory().join("book");
    execute(Command::new("mdbook").arg("build").arg(crate::workspace()).arg("--dest-dir").arg(&directory))?;
    let pages = read(&directory)?;
    let n_links: usize = pages.values().map(|page| page.targets.len()).sum();
    let broken = broken(&pages, |path| directory.join(path).is_file());
    if !broken.is_empty() {
        bail!("the book has links that lead nowhere:\n{}", broken.join("\n"));
    }
    println!("{} pages, {n_links} links; open {}", pages.len(), directory.join("index.html").display());
    Ok(())
}

/// Installs mdBook unless some version is there. Without its server and its watcher it is built in a third of the time.
fn install() -> anyhow::Result<()> {
    let mut probe = Command::new("mdbook");
    probe.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    if probe.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    println!("installing mdbook");
    let scratch = crate::target_directory().join("install");
    let arguments = [
        "install",
        "--locked",
        "mdbook",
        "--version",
        "^0.5",
        "--no-default-features",
        "--features",
        "search",
    ];
    execute(crate::cargo().args(arguments).env("CARGO_TARGET_DIR", scratch)).context("cannot install mdbook")
}

/// The pages of the book by path. What `404.html` links to is absolute on purpose, as it is shown at any address.
fn read(directory: &Path) -> anyhow::Result<BTreeMap<PathBuf, Page>> {
    let mut pages = BTreeMap::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().map(PathBuf::from).unwrap_or_default();
        if name.extension().is_some_and(|its| its == "html")
            && !matches!(name.to_str(), Some("404.html" | "toc.html"))
        {
            pages.insert(name, page(&std::fs::read_to_string(&path)?));
        }
    }
    if pages.len() < 10 {
        bail!("only {} pages are recognised in {}", pages.len(), directory.display());
    }
    Ok(pages)
}

/// mdBook writes well-formed attributes in double quotes and escapes quotes in texts, so that tags need no parser.
fn page(html: &str) -> Page {
    let values = |attribute: &str| {
        let open = format!(" {attribute}=\"");
        let parts: Vec<&str> = html.split(&open).skip(1).collect();
        parts.into_iter().filter_map(|rest| rest.split('"').next()).map(|value| value.replace("&amp;", "&"))
    };
    let is_local =
        |target: &String| !target.contains("://") && !target.starts_with("mailto:") && !target.is_empty();
    Page {
        anchors: values("id").collect(),
        targets: values("href").chain(values("src")).filter(is_local).collect(),
    }
}

/// Links to files or anchors that do not exist.
fn broken(pages: &BTreeMap<PathBuf, Page>, is_file: impl Fn(&Path) -> bool) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, page) in pages {
        for target in &page.targets {
            let (path, anchor) =
                target.split_once('#').map_or((&**target, ""), |(path, anchor)| (path, anchor));
            let path = if path.is_empty() { name.clone() } else { below(path) };
            let found = match pages.get(&path) {
                Some(page) => anchor.is_empty() || page.anchors.contains(anchor),
                None => is_file(&path),
            };
            if !found {
                broken.push(format!("{}: {target}", name.display()));
            }
        }
    }
    broken
}

/// The path without `.`; all pages are in one directory, so what leads out of it stays broken.
fn below(path: &str) -> PathBuf {
    Path::new(path).components().filter(|component| *component != Component::CurDir).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_to_pages_anchors_and_files() {
        let index = r##"<a href="errors.html#codes">1</a> <a href="errors.html#no">2</a> <a href="no.html">3</a>
                        <img src="logo.svg"> <a href="https://example.com/">4</a> <a href="../x.md">5</a> <a href="#top" id="top">6</a>"##;
        let pages = BTreeMap::from([
            (PathBuf::from("index.html"), page(index)),
            (PathBuf::from("errors.html"), page(r#"<h2 id="codes">Codes</h2>"#)),
        ]);
        let broken = broken(&pages, |path| path == Path::new("logo.svg"));
        assert_eq!(broken, ["index.html: errors.html#no", "index.html: no.html", "index.html: ../x.md"]);
    }
}
