//! What the documents say is checked as far as a machine can: paths and links lead somewhere, tables that have a source in
//! the code agree with it. `UPDATE=1` rewrites the tables.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::catalog::{Introspection, build};
use engine::remote::read_sdl;
use gateway::config::settings;
use metadata::Document;
use serde_json::json;

#[path = "documents/cli_reference.rs"]
mod cli_reference;
#[path = "documents/deployment.rs"]
mod deployment;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Longer, and it is not read before the code.
const MAX_ARCHITECTURE_LINES: usize = 200;

fn root() -> PathBuf {
    fs::canonicalize(ROOT).unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files below a directory with an extension; what is built, vendored or hidden does not count.
fn files(directory: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with('.') || matches!(name.as_str(), "target" | "node_modules") {
            continue;
        }
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|its| its == extension) {
            found.push(path);
        }
    }
}

/// The text without its fenced blocks, in which nothing is a link or a heading.
fn prose(text: &str) -> String {
    let mut inside = false;
    let mut prose = String::new();
    for line in text.lines() {
        let is_fence = line.trim_start().starts_with("```");
        if !is_fence && !inside {
            let _ = writeln!(prose, "{line}");
        }
        inside ^= is_fence;
    }
    prose
}

/// What stands between backticks.
fn code_spans(prose: &str) -> impl Iterator<Item = &str> {
    prose.split('`').skip(1).step_by(2)
}

#[test]
fn architecture_is_short_and_its_paths_exist() {
    let text = read("ARCHITECTURE.md");
    let n_lines = text.lines().count();
    assert!(n_lines <= MAX_ARCHITECTURE_LINES, "ARCHITECTURE.md has {n_lines} lines");
    let prose = prose(&text);
    let tops = ["crates/", "docs/", "examples/", "fuzz/", "xtask/", ".ci/", "bench/"];
    let paths: BTreeSet<&str> =
        code_spans(&prose).filter(|span| tops.iter().any(|top| span.starts_with(top))).collect();
    assert!(paths.len() > 30, "only {} paths are recognised", paths.len());
    let missing: Vec<_> = paths.iter().filter(|path| !root().join(path).exists()).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names what does not exist: {missing:?}");
}

/// A new module of the product is a change of the architecture.
#[test]
fn architecture_names_every_module() {
    let text = read("ARCHITECTURE.md");
    let mut missing = Vec::new();
    for name in ["metadata", "engine", "gateway"] {
        let sources = format!("crates/{name}/src");
        for entry in fs::read_dir(root().join(&sources)).unwrap() {
            let file = entry.unwrap().file_name().to_string_lossy().into_owned();
            let is_module = file.ends_with(".rs") && !matches!(file.as_str(), "lib.rs" | "main.rs");
            if is_module && !text.contains(&format!("`{sources}/{file}`")) {
                missing.push(format!("{sources}/{file}"));
            }
        }
    }
    assert!(missing.is_empty(), "ARCHITECTURE.md does not say what these are: {missing:?}");
}

#[test]
fn relative_links_lead_somewhere() {
    let mut documents = Vec::new();
    files(&root(), "md", &mut documents);
    let mut n_links = 0;
    let mut broken = Vec::new();
    for document in documents.iter().filter(|path| !path.to_string_lossy().contains("/tests/")) {
        let text = fs::read_to_string(document).unwrap();
        for target in links(&prose(&text)) {
            n_links += 1;
            let (path, anchor) = target.split_once('#').map_or((target, None), |(path, a)| (path, Some(a)));
            let file = match path {
                "" => document.clone(),
                path => document.parent().unwrap().join(path),
            };
            let found = file.exists()
                && anchor.is_none_or(|anchor| anchors(&fs::read_to_string(&file).unwrap()).contains(anchor));
            if !found {
                broken.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(n_links > 40, "only {n_links} links are recognised");
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

/// Targets of inline links that stay in the repository.
fn links(prose: &str) -> Vec<&str> {
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")).collect()
}

/// The anchors that a forge makes of headings, and those that are written as such.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let prose = prose(text);
    for line in prose.lines().filter(|line| line.starts_with('#')) {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|char| char.is_alphanumeric() || matches!(char, ' ' | '-' | '_'));
        anchors.insert(kept.map(|char| if char == ' ' { '-' } else { char }).collect());
    }
    anchors.extend(prose.split("<a id=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
    anchors
}

/// The pages of the book, by name.
fn pages() -> BTreeMap<String, String> {
    let mut found = Vec::new();
    files(&root().join("docs"), "md", &mut found);
    found
        .iter()
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap())
        })
        .collect()
}

#[test]
fn the_book_has_every_page() {
    let mut pages = pages();
    let summary = pages.remove("SUMMARY.md").expect("the book has a table of contents");
    let targets = links(&summary);
    let listed: BTreeSet<&str> = targets.iter().copied().collect();
    assert_eq!(listed.len(), targets.len(), "docs/SUMMARY.md lists a page twice");
    assert_eq!(
        listed,
        pages.keys().map(String::as_str).collect(),
        "docs/SUMMARY.md and docs/ have different pages"
    );
}

/// On a forge a link may leave `docs/`; in the book it would lead nowhere.
#[test]
fn the_book_links_to_nothing_outside_of_it() {
    let pages = pages();
    for (name, text) in &pages {
        for target in links(&prose(text)) {
            let page = target.split('#').next().unwrap();
            assert!(
                page.is_empty() || pages.contains_key(page),
                "docs/{name} links to {target}; name the path instead"
            );
        }
    }
}

/// What the pages name in the repository is there.
#[test]
fn paths_in_the_book_exist() {
    let tops = ["crates/", "docs/", "examples/", "fuzz/", "xtask/", "deploy/", ".ci/", "bench/"];
    let mut n_named = 0;
    for (name, text) in pages() {
        for span in code_spans(&prose(&text)).filter(|span| tops.iter().any(|top| span.starts_with(top))) {
            let path = span.split([':', ' ']).next().unwrap();
            n_named += 1;
            assert!(root().join(path).exists(), "docs/{name} names {path}, which does not exist");
        }
    }
    assert!(n_named > 100, "only {n_named} paths are recognised");
}

/// Each fenced block is of a kind that somebody looks at: consoles are run, what can be parsed is parsed.
#[test]
fn examples_are_well_formed() {
    let run = ["authentication.md", "cli.md", "getting-started.md"];
    let mut n_parsed = 0;
    for (name, text) in pages() {
        for (language, block) in fences(&text) {
            let parsed = match language {
                "json" => serde_json::from_str::<serde_json::Value>(&block)
                    .map(drop)
                    .map_err(|error| error.to_string()),
                "yaml" | "yaml tests" => block.split("\n---\n").try_for_each(|document| {
                    metadata::yaml::parse(document.as_bytes(), 0).map(drop).map_err(|error| error.message)
                }),
                "graphql" => read_sdl(&block).map(drop).map_err(|error| error.to_string()),
                "console" if run.contains(&&*name) => Ok(()),
                // Commands are checked by `cargo xtask test`, configurations of other programs by nobody.
                "sh" | "text" | "nginx" | "caddy" | "ini" => continue,
                _ => Err("nobody looks at blocks of this kind".to_owned()),
            };
            n_parsed += 1;
            parsed.unwrap_or_else(|error| panic!("docs/{name}: {language}: {error}\n{block}"));
        }
    }
    assert!(n_parsed > 40, "only {n_parsed} blocks are recognised");
}

/// The fenced blocks with their languages, without the indentation of lists.
fn fences(text: &str) -> Vec<(&str, String)> {
    let mut fences = Vec::new();
    let mut open: Option<(&str, usize, String)> = None;
    for line in text.lines() {
        let inner = line.trim_start();
        match (&mut open, inner.strip_prefix("```")) {
            (None, Some(language)) => open = Some((language, line.len() - inner.len(), String::new())),
            (Some((_, indentation, block)), None) => {
                let _ = writeln!(block, "{}", line.get(*indentation..).unwrap_or_default());
            }
            (Some(_), Some(_)) => fences.extend(open.take().map(|(language, _, block)| (language, block))),
            (None, None) => {}
        }
    }
    fences
}

#[test]
fn the_table_of_options_is_that_of_the_code() {
    let mut table = String::from("| flag | variables | meaning |\n|---|---|---|\n");
    for setting in settings::ALL {
        let value = setting.value.map(|value| format!(" {value}")).unwrap_or_default().replace('|', "\\|");
        let alias = setting.alias.map(|alias| format!("<br>`--{alias}`")).unwrap_or_default();
        let variables: Vec<String> = setting.variables().map(|name| format!("`{name}`")).collect();
        let help = setting.help.replace('|', "\\|");
        let _ =
            writeln!(table, "| `--{}{value}`{alias} | {} | {help} |", setting.name, variables.join("<br>"),);
    }
    replace_section("docs/config.md", "options", &table);
}

#[test]
fn the_table_of_hasuras_variables_is_that_of_the_code() {
    let mut table = String::from("\n| Hasura's variable | option |\n|---|---|\n");
    for setting in settings::ALL.iter().filter(|setting| !setting.hasura.is_empty()) {
        let variables: Vec<String> = setting.variables().skip(1).map(|name| format!("`{name}`")).collect();
        let _ = writeln!(table, "| {} | `--{}` |", variables.join(", "), setting.name);
    }
    replace_section("docs/from-hasura.md", "hasura", &(table + "\n"));
}

#[test]
fn the_reference_of_commands_is_that_of_the_code() {
    replace_file("docs/cli-reference.md", &cli_reference::page());
}

/// Writes a file that is made as a whole, or demands that it is so already.
fn replace_file(path: &str, content: &str) {
    if std::env::var_os("UPDATE").is_some() {
        return fs::write(root().join(path), content).unwrap();
    }
    let diff = similar::TextDiff::from_lines(read(path).as_str(), content).unified_diff().to_string();
    assert!(diff.is_empty(), "{path} is not what the code says (UPDATE=1 rewrites it)\n{diff}");
}

/// Replaces what stands between `<!-- name -->` and `<!-- /name -->`, or demands that it is so already.
fn replace_section(path: &str, name: &str, content: &str) {
    let text = read(path);
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = text.split_once(&open).unwrap_or_else(|| panic!("{path} has no {open}"));
    let (old, after) = rest.split_once(&close).unwrap_or_else(|| panic!("{path} has no {close}"));
    if std::env::var_os("UPDATE").is_some() {
        return fs::write(root().join(path), format!("{before}{open}{content}{close}{after}")).unwrap();
    }
    assert!(
        old == content,
        "{path} is not what the code says (UPDATE=1 rewrites it); it should say\n{content}"
    );
}

#[test]
fn every_error_code_is_explained() {
    let source = read("crates/engine/src/fault.rs");
    let codes: Vec<&str> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Self::")?.split_once(" => \"")?.1.split('"').next())
        .collect();
    assert!(codes.len() > 20, "only {} codes are recognised", codes.len());
    let text = read("docs/errors.md");
    let missing: Vec<_> = codes.iter().filter(|code| !text.contains(&format!("| `{code}` |"))).collect();
    assert!(missing.is_empty(), "docs/errors.md has no row for {missing:?}");
}

/// `errors.md#CODE` leads to the section of a code, or else to its row. `UPDATE=1` makes the anchors of rows.
#[test]
fn every_error_code_can_be_linked_to() {
    let text = read("docs/errors.md");
    let anchors = anchors(&text);
    let (mut linked, mut missing) = (String::new(), Vec::new());
    for line in text.lines() {
        let code = line.strip_prefix("| `").and_then(|rest| rest.split_once("` | ")).map(|(code, _)| code);
        let is_code = |code: &&str| code.chars().all(|char| char.is_ascii_lowercase() || char == '-');
        match code.filter(is_code).filter(|code| !anchors.contains(*code)) {
            Some(code) => {
                missing.push(code);
                let row = line.trim_end().trim_end_matches('|').trim_end();
                let _ = writeln!(linked, "{row} <a id=\"{code}\"></a> |");
            }
            None => {
                let _ = writeln!(linked, "{line}");
            }
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        return fs::write(root().join("docs/errors.md"), linked).unwrap();
    }
    assert!(missing.is_empty(), "docs/errors.md has no anchors for {missing:?} (UPDATE=1 makes them)");
}

/// As packages have them.
#[test]
fn every_command_has_a_manual_page() {
    fn names(command: &clap::Command, before: &str, found: &mut Vec<String>) {
        for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
            let name = format!("{before}-{}", command.get_name());
            names(command, &name, found);
            found.push(name);
        }
    }
    let directory = tempfile::tempdir().unwrap();
    clap_mangen::generate_to(gateway::cli::command(), directory.path()).unwrap();
    let mut commands = vec!["conjoin".to_owned()];
    names(&gateway::cli::command(), "conjoin", &mut commands);
    assert!(commands.len() > 20, "only {commands:?}");
    for command in commands {
        let page = fs::read_to_string(directory.path().join(format!("{command}.1")));
        let page = page.unwrap_or_else(|error| panic!("{command}: {error}"));
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{command}:\n{page}");
    }
}

#[test]
fn every_error_code_of_the_command_line_is_explained() {
    let mut sources = Vec::new();
    files(&root().join("crates/gateway/src/cli"), "rs", &mut sources);
    let text = read("docs/errors.md");
    let mut codes = BTreeSet::new();
    for source in sources {
        let source = fs::read_to_string(source).unwrap();
        for opening in ["Error::failed(", "Self::new(Exit::", "from_decode(", "code = ", "Finding::at("] {
            for rest in source.split(opening).skip(1) {
                let statement = rest.split(';').next().unwrap();
                let literal = statement.split('"').nth(1).unwrap_or_default();
                let is_code = |char: char| char.is_ascii_lowercase() || char == '-';
                if !literal.is_empty() && literal.chars().all(is_code) {
                    codes.insert(literal.to_owned());
                }
            }
        }
    }
    assert!(codes.len() > 12, "only {codes:?} are recognised");
    let missing: Vec<_> = codes.iter().filter(|code| !text.contains(&format!("| `{code}` |"))).collect();
    assert!(missing.is_empty(), "docs/errors.md has no row for {missing:?}");
}

#[test]
fn every_metadata_command_is_explained() {
    let source = read("crates/gateway/src/http/metadata_api/command.rs");
    let start = source.find("fn action(").unwrap();
    let commands: Vec<&str> = source[start..]
        .lines()
        .take_while(|line| !line.contains("_ => return None"))
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" => "))
        .map(|(command, _)| command)
        .collect();
    assert!(commands.len() > 20, "only {} commands are recognised", commands.len());
    let text = read("docs/api.md");
    let missing: Vec<_> = commands.iter().filter(|command| !text.contains(&format!("`{command}`"))).collect();
    assert!(missing.is_empty(), "docs/api.md does not explain {missing:?}");
}

/// The tables of `docs/api.md` have no command that the code does not know.
#[test]
fn every_explained_metadata_command_exists() {
    let mut sources = Vec::new();
    files(&root().join("crates/gateway/src/http/metadata_api"), "rs", &mut sources);
    let code: String = sources.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let text = read("docs/api.md");
    let (_, metadata) = text.split_once("\n## Metadata\n").unwrap();
    let cells = metadata.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let named: Vec<&str> =
        cells.flat_map(|cell| cell.split(['`', ',', ' '])).filter(|name| !name.is_empty()).collect();
    assert!(named.len() > 30, "only {} commands are recognised", named.len());
    let missing: Vec<_> = named.iter().filter(|name| !code.contains(&format!("\"{name}\""))).collect();
    assert!(missing.is_empty(), "docs/api.md explains commands that do not exist: {missing:?}");
}

/// Messages tell people which option to raise; it must be one that exists.
#[test]
fn options_named_in_messages_exist() {
    let mut sources = Vec::new();
    for name in ["engine", "gateway"] {
        files(&root().join("crates").join(name).join("src"), "rs", &mut sources);
    }
    let mut n_named = 0;
    for source in sources {
        let text = fs::read_to_string(&source).unwrap();
        for rest in text.split("--max-").skip(1) {
            let is_part = |char: char| char.is_ascii_lowercase() || char == '-';
            let flag = format!("max-{}", rest.split(|char| !is_part(char)).next().unwrap());
            n_named += 1;
            let exists = settings::ALL.iter().any(|setting| setting.name == flag);
            assert!(exists, "{} names --{flag}, which does not exist", source.display());
        }
    }
    assert!(n_named > 5, "only {n_named} options are recognised");
}

/// The tests that `docs/status.md` and `docs/security.md` point at are there.
#[test]
fn evidence_exists() {
    let text = prose(&read("docs/status.md")) + &prose(&read("docs/security.md"));
    let mut n_named = 0;
    let mut missing = Vec::new();
    for span in code_spans(&text).filter(|span| span.contains("/tests/") || span.contains("/src/")) {
        n_named += 1;
        let (path, test) = span.split_once("::").map_or((span, None), |(path, test)| (path, Some(test)));
        let found = match test {
            None => root().join(path).exists(),
            Some(test) => fs::read_to_string(root().join(path))
                .is_ok_and(|source| source.contains(&format!("fn {test}("))),
        };
        if !found {
            missing.push(span);
        }
    }
    assert!(n_named > 20, "only {n_named} tests are recognised");
    assert!(missing.is_empty(), "the documents point at what does not exist: {missing:?}");
}

/// The fenced blocks of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let open = format!("```{language}\n");
    text.split(&open).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// The remotes of a `yaml` block, read as `remote_schemas.yaml` of a directory.
fn remotes(block: &str) -> Document {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("version.yaml"), "version: 3\n").unwrap();
    fs::write(directory.path().join("remote_schemas.yaml"), block).unwrap();
    match metadata::directory::read(directory.path()) {
        Ok(loaded) => loaded.document,
        Err(error) => panic!("{error}\n{block}"),
    }
}

#[test]
fn examples_of_metadata_are_read() {
    let text = read("docs/metadata.md");
    let examples = blocks(&text, "yaml");
    assert!(examples.len() > 2, "docs/metadata.md has only {} examples", examples.len());
    for example in examples {
        assert_eq!(remotes(example).remote_schemas.len(), 1, "{example}");
    }
    for example in blocks(&text, "json") {
        Document::from_json(&serde_json::from_str(example).unwrap()).unwrap();
    }
}

/// Each relationship of the page could be served as it stands there.
#[test]
fn examples_of_relationships_are_sound() {
    let text = read("docs/relationships.md");
    let mut introspections = BTreeMap::new();
    for block in blocks(&text, "graphql") {
        let (name, sdl) = block.strip_prefix("# remote ").unwrap().split_once('\n').unwrap();
        introspections.insert(name.to_owned(), Introspection::Fresh(Arc::new(read_sdl(sdl).unwrap())));
    }
    let examples = blocks(&text, "yaml");
    assert!(examples.len() > 5, "docs/relationships.md has only {} examples", examples.len());
    for example in examples {
        let mut document = remotes(example).to_json();
        let entries = document["remote_schemas"].as_array_mut().unwrap();
        for name in introspections.keys() {
            if !entries.iter().any(|entry| entry["name"] == name.as_str()) {
                entries.push(json!({"name": name, "definition": {"url": "http://example/graphql"}}));
            }
        }
        let document = Document::from_json(&document).unwrap();
        let (catalog, problems) = build(&document, &introspections, Default::default(), 1);
        assert!(problems.is_empty(), "{problems:#?}\n{example}");
        assert!(!catalog.joins.is_empty(), "there is no relationship in\n{example}");
    }
}

/// Each permission of the page could be served as it stands there, and gives the schema that is shown with it.
#[test]
fn examples_of_permissions_are_sound() {
    let text = read("docs/permissions.md");
    let (mut introspections, mut seen) = (BTreeMap::new(), BTreeMap::new());
    for block in blocks(&text, "graphql") {
        let (title, sdl) = block.split_once('\n').unwrap();
        if let Some(name) = title.strip_prefix("# remote ") {
            introspections.insert(name.to_owned(), Introspection::Fresh(Arc::new(read_sdl(sdl).unwrap())));
        } else {
            let role = title.strip_prefix("# what ").unwrap().strip_suffix(" sees").unwrap();
            seen.insert(role, sdl);
        }
    }
    let examples = blocks(&text, "yaml");
    assert!(examples.len() >= 3, "docs/permissions.md has only {} examples", examples.len());
    assert_eq!(examples.len(), seen.len(), "each example is shown with its schema");
    for example in examples {
        let document = remotes(example);
        let (catalog, problems) = build(&document, &introspections, Default::default(), 1);
        assert!(problems.is_empty(), "{problems:#?}\n{example}");
        for permission in &document.remote_schemas[0].permissions {
            let schema = catalog.role(&permission.role).schema.to_string();
            assert_eq!(schema, seen[&*permission.role], "{example}");
        }
    }
}

/// The cases are run by the console of `docs/cli.md`.
#[test]
fn the_cases_that_are_shown_are_those_that_are_run() {
    let text = read("docs/permissions.md");
    let run = read("crates/gateway/tests/cli/documentation/project/tests/permissions.yaml");
    assert_eq!(blocks(&text, "yaml tests"), [run]);
}
