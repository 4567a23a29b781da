//! The little of Markdown that cases need: sections by headings, and fenced blocks by language.

/// A heading and everything up to the next one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Section<'a> {
    /// The whole section, heading included; empty heading for what comes before the first.
    pub(super) text: String,
    heading: &'a str,
}

/// The sections of a text; joined they are the text again.
pub(super) fn sections(text: &str) -> Vec<Section<'_>> {
    let mut sections = vec![Section { text: String::new(), heading: "" }];
    let mut fenced = false;
    for line in text.split_inclusive('\n') {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        if !fenced && line.starts_with('#') {
            sections.push(Section { text: String::new(), heading: line.trim_end() });
        }
        if let Some(section) = sections.last_mut() {
            section.text.push_str(line);
        }
    }
    sections.retain(|section| !section.text.trim().is_empty());
    sections
}

impl Section<'_> {
    /// The heading without its marks.
    pub(super) fn title(&self) -> &str {
        self.heading.trim_start_matches('#').trim()
    }

    /// Whether the driver writes it.
    pub(super) fn is_outcome(&self) -> bool {
        let title = self.title();
        self.heading.starts_with("### ")
            && ["Response", "Upstream", "Webhook", "Problems"].iter().any(|word| title.starts_with(word))
    }

    /// The content of its first block in a language.
    pub(super) fn block(&self, language: &str) -> Option<&str> {
        let fence = format!("```{language}\n");
        let start = match self.text.starts_with(&fence) {
            true => fence.len(),
            false => self.text.find(&format!("\n{fence}"))? + 1 + fence.len(),
        };
        let rest = &self.text[start..];
        if rest.starts_with("```") {
            return Some("");
        }
        Some(&rest[..rest.find("\n```")? + 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Title\n\nProse.\n\n## Request: one\n\n```graphql\n# a comment is no heading\n{ a }\n```\n\n\
                        ```yaml\nwithin_ms: 5\n```\n\n### Response\n\n```json\n{}\n```\n\n### Upstream\n\n```graphql\n```\n";

    #[test]
    fn sections_are_the_text() {
        let sections = sections(TEXT);
        assert_eq!(sections.iter().map(|section| section.text.as_str()).collect::<String>(), TEXT);
        let titles: Vec<_> = sections.iter().map(Section::title).collect();
        assert_eq!(titles, ["Title", "Request: one", "Response", "Upstream"]);
        let outcomes: Vec<_> = sections.iter().map(Section::is_outcome).collect();
        assert_eq!(outcomes, [false, false, true, true]);
    }

    #[test]
    fn blocks_are_found_by_language() {
        let sections = sections(TEXT);
        assert_eq!(sections[1].block("graphql"), Some("# a comment is no heading\n{ a }\n"));
        assert_eq!(sections[1].block("yaml"), Some("within_ms: 5\n"));
        assert_eq!(sections[1].block("json"), None);
        assert_eq!(sections[3].block("graphql"), Some(""));
    }
}
