//! Bounds on what one operation may ask for, checked before it is validated.

use apollo_compiler::ast::{self, Definition, OperationDefinition, Selection};
use apollo_compiler::collections::HashMap;
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::DiagnosticList;
use apollo_compiler::{Name, Node};

use crate::fault::{Code, Refusal};

/// Bounds on what one operation may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most tokens of the query text.
    pub tokens: usize,
    /// Deepest nesting of selections.
    pub depth: usize,
    /// Most aliased fields in the text.
    pub aliases: usize,
    /// Most distinct join keys of one operation.
    pub keys: usize,
    /// Most upstream requests of one operation.
    pub requests: usize,
    /// Largest response, in bytes.
    pub response_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tokens: 20_000,
            depth: 30,
            aliases: 1_000,
            keys: 10_000,
            requests: 200,
            response_bytes: 256 << 20,
        }
    }
}

impl Limits {
    /// The parser's bound on nesting, which counts values and types as well as selections.
    pub(crate) fn recursion(&self) -> usize {
        (self.depth * 8).clamp(200, 2_000)
    }

    /// The refusal of a text that does not parse.
    pub(super) fn refuse_syntax(&self, parser: &Parser, errors: &DiagnosticList) -> Refusal {
        if parser.tokens_reached() >= self.tokens {
            let limit = self.tokens;
            return refuse(format!("the query has more than {limit} tokens; raise --max-tokens or split it"));
        }
        if parser.recursion_reached() > self.recursion() {
            return refuse(format!("the query is nested deeper than {} levels", self.depth));
        }
        let mut refusal = Refusal::new(Code::ValidationFailed, "$.query", "not a valid graphql query");
        if let Some(first) = errors.iter().next() {
            refusal.detail = Some(first.error.to_string().into());
            refusal.location = first.line_column_range().map(|range| range.start.into());
        }
        refusal
    }

    /// Checks depth and aliases of the chosen operation with its fragments opened.
    pub(super) fn check(
        &self,
        document: &ast::Document,
        operation: &OperationDefinition,
    ) -> Result<(), Refusal> {
        let mut aliases = 0;
        let mut sets: Vec<&[Selection]> = vec![&operation.selection_set];
        let mut fragments: HashMap<&Name, &Node<ast::FragmentDefinition>> = HashMap::default();
        for definition in &document.definitions {
            if let Definition::FragmentDefinition(fragment) = definition {
                fragments.insert(&fragment.name, fragment);
                sets.push(&fragment.selection_set);
            }
        }
        while let Some(set) = sets.pop() {
            for selection in set {
                match selection {
                    Selection::Field(field) => {
                        aliases += usize::from(field.alias.is_some());
                        sets.extend(field.selection_set.as_deref());
                    }
                    Selection::InlineFragment(fragment) => sets.push(&fragment.selection_set),
                    Selection::FragmentSpread(_) => {}
                }
            }
        }
        if aliases > self.aliases {
            let limit = self.aliases;
            return Err(refuse(format!(
                "the query has {aliases} aliases, more than {limit}; raise --max-aliases or split it"
            )));
        }
        let mut known = HashMap::default();
        let depth = depth_of(&operation.selection_set, &fragments, &mut known);
        if depth > self.depth {
            let limit = self.depth;
            return Err(refuse(format!(
                "the query is nested {depth} levels deep, more than {limit}; raise --max-depth"
            )));
        }
        Ok(())
    }
}

fn refuse(message: String) -> Refusal {
    Refusal::new(Code::LimitExceeded, "$.query", message)
}

/// Levels of fields in a selection set. Depths of fragments are remembered; one that spreads itself counts as nothing
/// here and is refused by validation.
fn depth_of<'a>(
    set: &'a [Selection],
    fragments: &HashMap<&'a Name, &'a Node<ast::FragmentDefinition>>,
    known: &mut HashMap<&'a Name, usize>,
) -> usize {
    let mut deepest = 0;
    for selection in set {
        let depth = match selection {
            Selection::Field(field) => {
                1 + field.selection_set.as_ref().map_or(0, |set| depth_of(set, fragments, known))
            }
            Selection::InlineFragment(fragment) => depth_of(&fragment.selection_set, fragments, known),
            Selection::FragmentSpread(spread) => {
                match (known.get(&spread.fragment_name), fragments.get(&spread.fragment_name)) {
                    (Some(depth), _) => *depth,
                    (None, Some(fragment)) => {
                        known.insert(&fragment.name, 0);
                        let depth = depth_of(&fragment.selection_set, fragments, known);
                        known.insert(&fragment.name, depth);
                        depth
                    }
                    (None, None) => 0,
                }
            }
        };
        deepest = deepest.max(depth);
    }
    deepest
}
