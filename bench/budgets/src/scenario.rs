//! What is measured: each scenario prepares, does its work once so that nothing is done for the first time, and then does it counted.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use engine::catalog::Catalog;
use engine::operation::Limits;
use engine::remote::{INTROSPECTION_QUERY, RemoteSchema, read_introspection, read_sdl};
use engine::run::{ErrorStyle, Run};
use metadata::Document;
use serde_json::{Value, json};

use crate::count::{Counts, counted, counted_often};
use crate::world::{
    Form, Request, Shape, Sources, chain, parse, query, refused, wide, wide_metadata, wide_sdl,
};

/// A scenario, as it is written on the command line and in `budgets.toml`.
pub(crate) const BUDGETED: [&str; 12] = [
    "cached-through-100",
    "cached-through-1mib",
    "handed-on-1mib",
    "cached-alias-100",
    "cached-list-100",
    "cold-plan",
    "metadata",
    "catalog-wide",
    "github-read",
    "github-catalog",
    "github-cold-plan",
    "github-introspect",
];

/// Does a scenario's work.
pub(crate) fn run(name: &str, github: Option<&Path>) -> anyhow::Result<Counts> {
    let request = |form, rows, keys, wide, depth| -> anyhow::Result<Counts> {
        let mut request = Request::new(Shape { form, rows, keys, wide, depth })?;
        // Once more, as the first time does what is lazy.
        request.execute()?;
        counted(|| request.execute())
    };
    let words: Vec<&str> = name.split(':').collect();
    let number = |i: usize| -> anyhow::Result<usize> {
        words.get(i).with_context(|| format!("\"{name}\" lacks a number"))?.parse().context("not a number")
    };
    match words[0] {
        "cached-through-100" => request(Form::Alias, 100, 1, 0, 0),
        "cached-through-1mib" => request(Form::Alias, 15_000, 1, 0, 0),
        "handed-on-1mib" => {
            let shape = Shape { form: Form::Alias, rows: 15_000, keys: 1, wide: 0, depth: 0 };
            let mut request = Request::new(shape)?;
            request.hands_on = true;
            request.execute()?;
            counted(|| request.execute())
        }
        "cached-alias-100" => request(Form::Alias, 100, 100, 1, 1),
        "cached-list-100" => request(Form::List, 100, 100, 1, 1),
        "alias" => request(Form::Alias, number(1)?, number(2)?, number(3)?, number(4)?),
        "list" => request(Form::List, number(1)?, number(2)?, number(3)?, number(4)?),
        "cold-plan" => cold_chain(1, 3),
        "cold" => cold_chain(number(1)?, number(2)?),
        "metadata" => {
            let json = wide_metadata(10, 100, 100);
            counted(|| Ok(Document::from_json(&json)?.to_json().to_string()))
        }
        "catalog-wide" => catalog(&wide(5, 100, 100)?),
        "catalog" => catalog(&wide(number(1)?, number(2)?, number(3)?)?),
        "read" => read(&introspection_of(read_sdl(&wide_sdl("", number(1)?))?)?),
        "introspect" => introspect(&alone(read_sdl(&wide_sdl("", number(1)?))?)?.catalog()?),
        "github-read" => read(&introspection_of(github_schema(github)?)?),
        "github-catalog" => catalog(&alone(github_schema(github)?)?),
        "github-cold-plan" => {
            let catalog = alone(github_schema(github)?)?.catalog()?;
            cold(&catalog, GITHUB_QUERY, r#"{"owner":"a","name":"b"}"#)
        }
        "github-introspect" => introspect(&alone(github_schema(github)?)?.catalog()?),
        _ => bail!("there is no scenario \"{name}\""),
    }
}

/// A query such as people send to GitHub.
const GITHUB_QUERY: &str = "query($owner:String!,$name:String!,$n:Int=20){repository(owner:$owner,name:$name){id nameWithOwner stargazerCount \
     owner{login ...on User{name company}} issues(first:$n,states:[OPEN],orderBy:{field:CREATED_AT,direction:DESC}){totalCount nodes{number title \
     author{login avatarUrl} labels(first:10){nodes{name color}}} pageInfo{hasNextPage endCursor}} defaultBranchRef{name target{...on Commit{history(first:5){nodes{oid \
     message committedDate}}}}}} viewer{login}}";

fn catalog(sources: &Sources) -> anyhow::Result<Counts> {
    counted(|| sources.catalog())
}

fn read(answer: &[u8]) -> anyhow::Result<Counts> {
    counted(|| Ok(read_introspection(answer)?))
}

fn cold_chain(wide: usize, depth: usize) -> anyhow::Result<Counts> {
    let shape = Shape { form: Form::Alias, rows: 0, keys: 0, wide, depth };
    cold(&chain(wide * depth + 1, shape.form)?.catalog()?, &query(shape), r#"{"n":1}"#)
}

/// From the query text to the plan.
fn cold(catalog: &Arc<Catalog>, query: &str, variables: &str) -> anyhow::Result<Counts> {
    let work = || {
        let operation = parse(catalog, query)?;
        operation.bind(Some(variables), &|_| None).map_err(refused)?;
        Ok(operation)
    };
    drop(black_box(work()?));
    counted_often(work)
}

/// The introspection query that tools send, with nothing cached.
fn introspect(catalog: &Arc<Catalog>) -> anyhow::Result<Counts> {
    counted(|| introspection(catalog))
}

fn introspection(catalog: &Arc<Catalog>) -> anyhow::Result<bytes::Bytes> {
    let bound = parse(catalog, INTROSPECTION_QUERY)?.bind(None, &|_| None).map_err(refused)?;
    Ok(Run::new(bound, Limits::default(), ErrorStyle::Conjoin, false).finish().body)
}

/// What a remote with this schema answers to the introspection query; we answer it ourselves.
pub(crate) fn introspection_of(schema: RemoteSchema) -> anyhow::Result<bytes::Bytes> {
    introspection(&alone(schema)?.catalog()?)
}

/// Metadata with one remote.
pub(crate) fn alone(schema: RemoteSchema) -> anyhow::Result<Sources> {
    let document: Value = json!({"version": 3, "remote_schemas": [{"name": "alone", "definition": {"url": "http://127.0.0.1:1/"}}]});
    Sources::new(&document, vec![("alone".into(), Arc::new(schema))])
}

/// GitHub's schema as its npm package has it.
pub(crate) fn github_schema(path: Option<&Path>) -> anyhow::Result<RemoteSchema> {
    let path = path.context("--github FILE names the schema of GitHub")?;
    let sdl = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(read_sdl(&sdl)?)
}
