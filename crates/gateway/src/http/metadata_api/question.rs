//! Commands that ask and change nothing: what a console, or any other tool, wants to know beyond the metadata itself.
//!
//! Each has a module with its arguments and its answer, which are all that the console knows of the server: its TypeScript types are
//! written from these (`crates/gateway/src/http/metadata_api/question/typescript.rs`). A question is asked of a working copy, so it may
//! be part of a bulk, where it sees what the members before it did.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::to_raw_value;

use super::edit::{Answer, Edit};
use super::error::ApiError;

mod fault;
mod health;
mod metadata_changes;
mod overview;
mod permission;
mod probe;
mod problem;
mod relationship;
mod remote;
mod schema;
mod suggestion;
mod traces;
#[cfg(test)]
mod typescript;

/// A question with its arguments.
#[derive(Debug)]
pub(super) struct Question(Asked);

/// The questions, each with its arguments, its answer and who answers.
macro_rules! questions {
    ($($command:literal => $variant:ident: $arguments:ty => $answer:ty, $by:path;)*) => {
        #[derive(Debug)]
        enum Asked {
            $($variant(Box<$arguments>),)*
        }

        /// The question of this name; `None` when there is none.
        pub(super) fn read(command: &str, args: &Value, path: &str) -> Option<Result<Question, ApiError>> {
            match command {
                $($command => Some(super::command::decode(args, path).map(|args| Question(Asked::$variant(Box::new(args))))),)*
                _ => None,
            }
        }

        /// Answers.
        pub(super) async fn answer(edit: &mut Edit, path: &str, question: Question) -> Result<Answer, ApiError> {
            match question.0 {
                $(Asked::$variant(arguments) => {
                    let answer: $answer = $by(edit, path, *arguments).await?;
                    Ok(written(&answer))
                })*
            }
        }

        /// Every question with its types, for the console.
        #[cfg(test)]
        fn visit(visitor: &mut typescript::Declarations) {
            $(visitor.question::<$arguments, $answer>($command);)*
        }
    };
}

questions! {
    "get_overview" => Overview: overview::Arguments => overview::Overview, overview::answer;
    "get_remote_schema_health" => Health: health::Arguments => health::HealthHistory, health::answer;
    "list_remote_schema_types" => Types: schema::TypesArguments => schema::TypeList, schema::types;
    "get_remote_schema_type" => Type: schema::TypeArguments => schema::TypeDetail, schema::type_detail;
    "get_remote_schema_sdl" => Sdl: schema::SdlArguments => schema::Sdl, schema::sdl;
    "search_remote_schemas" => Search: schema::SearchArguments => schema::Found, schema::search;
    "probe_remote_schema" => Probe: probe::Arguments => probe::Probe, probe::answer;
    "list_relationships" => Relationships: relationship::ListArguments => relationship::Relationships, relationship::list;
    "list_relationship_keys" => Keys: relationship::KeysArguments => relationship::Keys, relationship::keys;
    "check_relationship" => Check: relationship::CheckArguments => relationship::Check, relationship::check;
    "test_relationship" => Test: relationship::TestArguments => relationship::Test, relationship::test;
    "suggest_relationships" => Suggest: suggestion::Arguments => suggestion::Suggestions, suggestion::answer;
    "get_permissions" => Permissions: permission::MatrixArguments => permission::Matrix, permission::matrix;
    "get_permission" => Permission: permission::Arguments => permission::Detail, permission::detail;
    "check_permission" => CheckPermission: permission::CheckArguments => permission::Check, permission::check;
    "compare_metadata" => CompareMetadata: metadata_changes::Arguments => metadata_changes::Comparison, metadata_changes::answer;
    "get_traces" => Traces: traces::Arguments => traces::Traces, traces::list;
    "get_trace" => Trace: traces::OneArguments => traces::Trace, traces::one;
}

fn written(answer: &impl Serialize) -> Answer {
    // Answers have string keys and finite numbers only, so they can always be written.
    to_raw_value(answer).unwrap_or_default()
}
