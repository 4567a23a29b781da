//! Debug builds check that every upstream operation is valid against the schema of the remote that will get it.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::validation::Valid;

use super::{JoinPlanId, Plan};
use crate::catalog::RemoteId;

/// Panics if a generated operation is not valid, which would be a mistake of the planner.
pub(super) fn assert_valid(plan: &Plan) {
    for root in &plan.roots {
        check(plan, root.remote, &root.text);
    }
    for (id, join) in plan.joins.iter().enumerate() {
        check(plan, join.remote, &plan.example(JoinPlanId(id as u32)));
    }
}

fn check(plan: &Plan, remote: RemoteId, text: &str) {
    let schema = &plan.catalog.remote(remote).schema;
    // A schema with flaws of its own may refuse what its server takes.
    if !schema.warnings.is_empty() {
        return;
    }
    let schema = Valid::assume_valid_ref(&schema.schema);
    if let Err(errors) = ExecutableDocument::parse_and_validate(schema, text, "upstream.graphql") {
        panic!(
            "the operation planned for `{}` is not valid:\n{text}\n{}",
            plan.catalog.remote(remote).name,
            errors.errors
        );
    }
}
