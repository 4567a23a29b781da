//! Checks that the commands shown in documentation exist: every line of a `sh` block that starts with `cargo xtask`, `conjoin` or
//! `sample-remote` must name a real subcommand and real flags.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, bail};

const PROGRAMS: [&str; 2] = ["conjoin", "sample-remote"];

pub(crate) fn check() -> anyhow::Result<()> {
    let mut build = crate::cargo();
    build.args(["build", "--quiet", "--package", "conjoin", "--package", "conjoin-testkit", "--bins"]);
    if !build.status().context("cannot run cargo")?.success() {
        bail!("the build failed");
    }
    let mut checked = 0;
    let mut wrong = Vec::new();
    for path in documents()? {
        let text = std::fs::read_to_string(&path)?;
        for command in commands(&text) {
            checked += 1;
            if let Err(error) = check_command(&command) {
                wrong.push(format!("{}: `{command}`: {error:#}", path.display()));
            }
        }
    }
    println!("{checked} commands checked");
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(())
}

/// All Markdown files that users read.
fn documents() -> anyhow::Result<Vec<PathBuf>> {
    let root = crate::workspace();
    let mut directories = vec![root.join("examples"), root.join("docs")];
    let mut documents: Vec<PathBuf> = vec![root.join("README.md")];
    while let Some(directory) = directories.pop() {
        let Ok(entries) = std::fs::read_dir(&directory) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                documents.push(path);
            }
        }
    }
    documents.retain(|path| path.is_file());
    documents.sort();
    Ok(documents)
}

/// The commands of ours in the `sh` blocks of a document and behind the prompts of its `console` blocks, continued lines joined.
fn commands(text: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut prompt = None;
    for line in text.replace("\\\n", " ").lines() {
        let line = line.trim();
        if let Some(language) = line.strip_prefix("```") {
            prompt = match (prompt, language) {
                (None, "sh" | "bash") => Some(""),
                (None, "console") => Some("$ "),
                _ => None,
            };
        } else if let Some(command) = prompt.and_then(|prompt| line.strip_prefix(prompt)) {
            let program = command.split(' ').next().unwrap_or_default();
            if command.starts_with("cargo xtask") || PROGRAMS.contains(&program) {
                let command = command.split(" #").next().unwrap_or(command);
                // Where the output goes is the shell's business.
                let words = command.split(' ').filter(|word| *word != "&" && !word.starts_with('>'));
                commands.push(words.collect::<Vec<_>>().join(" ").trim().to_owned());
            }
        }
    }
    commands
}

fn check_command(command: &str) -> anyhow::Result<()> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let flags =
        words.iter().filter(|word| word.starts_with("--")).map(|word| word.split('=').next().unwrap_or(word));
    let help = match words.as_slice() {
        ["cargo", "xtask", subcommand, ..] => {
            if !crate::HELP.contains(&format!("\n  {subcommand} ")) {
                bail!("there is no such command");
            }
            crate::HELP.to_owned()
        }
        [program, rest @ ..] => {
            // Words before the first flag are subcommands, or positional values, which `--help` tolerates.
            let leading = rest.iter().take_while(|word| !word.starts_with('-'));
            let binary = crate::target_directory().join("debug").join(program);
            let output = Command::new(binary).args(leading).arg("--help").output()?;
            if !output.status.success() {
                bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
            }
            String::from_utf8_lossy(&output.stdout).into_owned()
        }
        [] => return Ok(()),
    };
    for flag in flags {
        if !help.split(|c: char| !(c.is_alphanumeric() || c == '-')).any(|word| word == flag) {
            bail!("there is no option {flag}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_in_shell_blocks_only() {
        let text = "```sh\ncurl x\nconjoin serve \\\n  --port 1 # here\n```\nconjoin nothing\n```yaml\nconjoin: x\n```\n\
                    ```console\n$ cargo xtask demo >log &\nconjoin 0.1.0\n```\n";
        assert_eq!(commands(text), ["conjoin serve    --port 1", "cargo xtask demo"]);
    }

    #[test]
    fn unknown_commands_and_flags_are_refused() {
        assert!(check_command("cargo xtask demo --once").is_ok());
        assert!(check_command("cargo xtask dmeo").is_err());
        assert!(check_command("cargo xtask demo --twice").is_err());
    }
}
