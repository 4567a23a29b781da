//! The types of the questions in TypeScript, for the console: `UPDATE=1 cargo nextest run -p conjoin typescript` writes them anew.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use engine::explain::{Step, StepTrace};
use metadata::relationship::ToRemoteSchema;
use ts_rs::{Config, TS, TypeVisitor};

use super::super::history::MetadataHistory;

/// Where the console has them.
const FILE: &str = "../../console/src/api/api.ts";

const HEAD: &str = "\
// Written from the server's types by `UPDATE=1 cargo nextest run -p conjoin typescript`. Not to be changed by hand.
";

/// Declarations by name, and the questions that need them.
#[derive(Default)]
pub(super) struct Declarations {
    config: Config,
    seen: BTreeSet<TypeId>,
    declared: BTreeMap<String, String>,
    questions: String,
    answers: String,
}

impl Declarations {
    /// Takes up a question with its types.
    pub(super) fn question<Q: TS + 'static, A: TS + 'static>(&mut self, command: &str) {
        self.visit::<Q>();
        self.visit::<A>();
        let (arguments, answer) = (Q::name(&self.config), A::name(&self.config));
        let _ = writeln!(self.questions, "  | {{ type: '{command}'; args: {arguments} }}");
        let _ = writeln!(self.answers, "  {command}: {answer};");
    }
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_none() || !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        T::visit_dependencies(self);
        let docs = T::docs().unwrap_or_default();
        let text = format!("{docs}export {}\n", T::decl(&self.config));
        let name = T::ident(&self.config);
        let before = self.declared.insert(name.clone(), text.clone());
        assert!(
            before.is_none_or(|before| before == text),
            "two types are called {name}: give one another name with #[ts(rename)]"
        );
    }
}

#[test]
fn the_console_has_the_types_of_the_server() {
    let mut declarations =
        Declarations { config: Config::new().with_large_int("number"), ..Declarations::default() };
    // These are named in the type of another.
    declarations.visit::<Step>();
    declarations.visit::<StepTrace>();
    declarations.visit::<ToRemoteSchema>();
    // Answers of commands that are no questions.
    declarations.visit::<MetadataHistory>();
    super::visit(&mut declarations);
    let Declarations { declared, questions, answers, .. } = declarations;
    let types: Vec<&str> = declared.values().map(String::as_str).collect();
    let text = format!(
        "{HEAD}\n{}\n/** What can be asked. */\nexport type Question =\n{};\n\n/** What is answered. */\nexport interface Answers {{\n{answers}}}\n",
        types.join("\n"),
        questions.trim_end(),
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(known == text, "{FILE} is not what the server has; write it anew with UPDATE=1");
}
