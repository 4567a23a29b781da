//! Words as a POSIX shell takes them, for the commands that people copy.

/// One word, in quotes where it needs them.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_./:@%+,=".contains(char);
    // `=command` is a path to some shells.
    match !word.is_empty() && !word.starts_with('=') && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// The words that a shell makes of a command: the quotes of [`quoted`] are the only thing that it has.
#[cfg(test)]
pub(super) fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut is_quoted, mut is_escaped) = (false, false);
    for char in command.chars() {
        match char {
            '\'' if !is_escaped => is_quoted = !is_quoted,
            '\\' if !is_quoted && !is_escaped => {
                is_escaped = true;
                continue;
            }
            ' ' if !is_quoted => words.push(String::new()),
            char => words.last_mut().unwrap().push(char),
        }
        is_escaped = false;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_back_what_was_quoted() {
        assert_eq!(quoted("id=user_id"), "id=user_id");
        assert_eq!(quoted("=ls"), "'=ls'");
        for word in ["", "plain", "it's", "'", r"a\'b", "$HOME `x` \"y\"", "ü\n\t#", "a;b&c|d>e*?~"] {
            assert_eq!(words(&format!("conjoin {}", quoted(word))), ["conjoin", word]);
        }
    }
}
