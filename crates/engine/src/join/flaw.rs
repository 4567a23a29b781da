//! What is wrong with a relationship, and which part of it: a JSON pointer for whoever shows it beside what was typed.

/// Something wrong with a relationship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The part, as a JSON pointer into the arguments of the command that adds it:
    /// `/definition/to_remote_schema/remote_field/user/arguments/id`.
    pub pointer: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Where all places are.
const DEFINITION: &str = "/definition/to_remote_schema";

/// Longer than most places, so that following one takes one allocation.
const USUAL_LENGTH: usize = 64;

/// Collects flaws while the definition is walked.
pub(super) struct Flaws {
    /// The current place as a JSON pointer into the definition. Most definitions have no flaw, so that it should cost next to nothing.
    at: String,
    found: Vec<Flaw>,
}

impl Flaws {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { at: String::with_capacity(USUAL_LENGTH), found: Vec::new() }
    }

    /// Goes on inside of a member.
    pub(super) fn enter(&mut self, member: &str) {
        self.at.push('/');
        match member.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
            true => self.at.push_str(&member.replace('~', "~0").replace('/', "~1")),
            false => self.at.push_str(member),
        }
    }

    /// Goes back out of as many members.
    pub(super) fn leave(&mut self, members: usize) {
        for _ in 0..members {
            let end = self.at.rfind('/').unwrap_or_default();
            self.at.truncate(end);
        }
    }

    /// Goes back to the definition.
    pub(super) fn outside(mut self) -> Self {
        self.at.clear();
        self
    }

    /// Notes what is wrong at the current place.
    pub(super) fn push(&mut self, reason: String) {
        self.found.push(Flaw { pointer: format!("{DEFINITION}{}", self.at), reason });
    }

    /// Notes what is wrong with something inside of the current place.
    pub(super) fn push_at(&mut self, members: &[&str], reason: String) {
        members.iter().for_each(|member| self.enter(member));
        self.push(reason);
        self.leave(members.len());
    }

    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn into_found(self) -> Vec<Flaw> {
        self.found
    }
}
