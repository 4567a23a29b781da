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

/// Collects flaws while the definition is walked.
pub(super) struct Flaws {
    at: Vec<String>,
    found: Vec<Flaw>,
}

impl Flaws {
    /// None yet. Places are those inside of the definition.
    pub(super) fn new() -> Self {
        Self { at: vec!["definition".into(), "to_remote_schema".into()], found: Vec::new() }
    }

    /// Goes on inside of a member.
    pub(super) fn enter(&mut self, member: &str) {
        self.at.push(member.to_owned());
    }

    /// Goes back out of as many members.
    pub(super) fn leave(&mut self, members: usize) {
        self.at.truncate(self.at.len().saturating_sub(members));
    }

    /// Goes back to the definition.
    pub(super) fn outside(mut self) -> Self {
        self.at.truncate(2);
        self
    }

    /// Notes what is wrong at the current place.
    pub(super) fn push(&mut self, reason: String) {
        self.found.push(Flaw { pointer: pointer(&self.at), reason });
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

/// The JSON pointer of these members, each escaped.
fn pointer(members: &[String]) -> String {
    members.iter().map(|member| format!("/{}", member.replace('~', "~0").replace('/', "~1"))).collect()
}
