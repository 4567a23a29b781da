//! `conjoin relationship add`: a relationship from flags, checked by the engine before it is written.

use clap::{Args, ValueEnum};
use engine::problem::{MetadataObject, Severity};
use engine::trial::Trial;
use indexmap::{IndexMap, IndexSet};
use metadata::directory::amend::Amendment;
use metadata::{
    ArgumentValue, Batch, Document, OnError, Relationship, RelationshipDefinition, RemoteField,
    ToRemoteSchema,
};
use serde_json::{Map, Value, json};

use super::list::{identity, summaries, value_type};
use super::name::{Known, Name, parse};
use crate::cli::Outcome;
use crate::cli::change::{Change, Context, Destination, missing, remote};
use crate::cli::error::Error;
use crate::cli::source::Source;

/// Arguments of `conjoin relationship add`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  conjoin relationship add Order.user --on orders --to users.user --map id=user_id\n  \
    conjoin relationship add Order.unit --on orders --to people.org.unit --map org:country=country --map code=unit_code\n  \
    conjoin relationship add Order.buyers --on orders --to people.find --map filter.id._eq=customer --map-const limit=5\n  \
    conjoin relationship add Order.user --on orders --to users.users --map ids=user_id --batch keys=user_id:id,max=100"
)]
pub(super) struct Arguments {
    /// The type and the name of the new field: TYPE.name, or SCHEMA.TYPE.name.
    #[arg(value_name = "TYPE.NAME", value_parser = parse)]
    name: Name,
    /// The remote schema that the type belongs to, if more than one has such a type.
    #[arg(long, value_name = "SCHEMA")]
    on: Option<String>,
    /// Where the value comes from: a query field, or a field inside of one.
    #[arg(long, value_name = "SCHEMA.FIELD[.FIELD]")]
    to: String,
    /// An argument, or with dots an input field in one, that gets the value of a field of the type. Of the last field of --to, unless
    /// another one stands before it with a colon: by its name, or if that is there twice, as --to goes to it.
    #[arg(long = "map", value_name = "[FIELD:]ARG[.FIELD]=FIELD", value_parser = pair)]
    maps: Vec<(String, String)>,
    /// The same with a constant; JSON, or a text if it is not. Texts in it that begin with `$` are fields of the type.
    #[arg(long = "map-const", value_name = "[FIELD:]ARG[.FIELD]=JSON", value_parser = pair)]
    constants: Vec<(String, String)>,
    /// A field of the type that belongs to the key though no argument gets it. These come first, those that arguments get after them.
    #[arg(long = "key", value_name = "FIELD")]
    keys: Vec<String>,
    /// Ask for all keys in one list: `keys=FIELD:FIELD_OF_ELEMENT` for each key, and `many`, `max=N`, `path=FIELD.FIELD`.
    #[arg(long, value_name = "KEY=VALUE,…")]
    batch: Option<String>,
    /// What a failed join does to the response.
    #[arg(long, value_enum, value_name = "WHAT")]
    on_error: Option<Failing>,
    /// Replace a relationship of that name.
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    destination: Destination,
}

/// What a failed join does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Failing {
    /// The field is null, and an error says why.
    Null,
    /// The whole request fails.
    Fail,
}

/// Checks and writes.
pub(super) async fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Outcome, Error> {
    let Arguments { destination, name, .. } = arguments;
    let given = arguments.on.as_deref().or(name.remote.as_deref());
    // Without a name every remote may have the type.
    let starts = |remote: &str| arguments.to.strip_prefix(remote).is_some_and(|rest| rest.starts_with('.'));
    let wanted = |remote: &str| given.is_none_or(|given| given == remote) || starts(remote);
    let mut source = destination.read(context, wanted).await?;
    let on = arguments.on(&source)?;
    let relationship =
        Relationship { name: name.name.clone(), definition: arguments.definition(&source.document)? };
    let known = Known { remote: &on, type_name: &name.type_name, relationship: &relationship };
    let target = known.target().map(|to| to.remote_schema.clone()).unwrap_or_default();
    for needed in [&on, &target] {
        if !source.schemas.contains_key(needed) {
            let message =
                format!("there is no schema of remote schema `{needed}` to check the relationship with");
            return Err(Error::unreachable(message)
                .help(format!("`conjoin metadata snapshot {needed}` keeps one in the project")));
        }
    }
    let exists = exists(&source.document, &known);
    if exists && !arguments.replace {
        let message = format!("there is a relationship `{}` already", known.title());
        return Err(Error::failed("already-exists", message).help("pass --replace to define it anew"));
    }
    let addition = Amendment::AddRelationship {
        remote: on.clone(),
        type_name: name.type_name.clone(),
        relationship: Box::new(relationship.clone()),
    };
    let removal = Amendment::RemoveRelationship {
        remote: on.clone(),
        type_name: name.type_name.clone(),
        name: name.name.clone(),
    };
    let amendments: Vec<Amendment> = exists.then_some(removal).into_iter().chain([addition]).collect();
    amendments.iter().for_each(|amendment| amendment.apply(&mut source.document));
    check(&source, &known)?;
    let mut data = Map::from_iter([("relationship".to_owned(), identity(&known))]);
    data.insert("definition".into(), relationship.definition.to_json());
    let summary = summaries(&source.document).remove(&known.title()).unwrap_or_default();
    let title = known.title();
    let key = (on.as_str(), name.type_name.as_str(), name.name.as_str());
    let ty =
        Trial::new(&source.document, &source.schemas, key, None, None).ok().map(|trial| value_type(&trial));
    data.insert("type".into(), json!(ty));
    context.terminal.done(&format!("{summary}: {}", ty.unwrap_or_default()));
    let verb = if exists { "update" } else { "create" };
    let command = json!({
        "type": format!("{verb}_remote_schema_remote_relationship"),
        "args": {
            "remote_schema": on,
            "type_name": name.type_name,
            "name": name.name,
            "definition": relationship.definition.to_json(),
        },
    });
    let outcome = destination.write(&Change { amendments, command }, context, data).await?;
    if !destination.dry_run {
        context.terminal.note(&format!("next: conjoin relationship test {title}"));
    }
    Ok(outcome)
}

/// What the engine says of it among all others.
fn check(source: &Source, known: &Known<'_>) -> Result<(), Error> {
    let object = MetadataObject::Relationship {
        remote_schema: known.remote.to_owned(),
        type_name: known.type_name.to_owned(),
        name: known.relationship.name.clone(),
    };
    let problems = source.build().problems;
    let own = problems
        .iter()
        .find(|problem| problem.object == object && problem.severity == Severity::Inconsistent);
    match own {
        None => Ok(()),
        Some(problem) => {
            let prefix = format!("in remote relationship \"{}\": ", known.relationship.name);
            let reason = problem.reason.strip_prefix(&prefix).unwrap_or(&problem.reason);
            Err(Error::failed(problem.code.as_str(), reason).help("nothing was written"))
        }
    }
}

fn exists(document: &Document, known: &Known<'_>) -> bool {
    let same = |other: &Known<'_>| other.title() == known.title();
    super::name::all(document).iter().any(same)
}

impl Arguments {
    /// The remote schema that has the type.
    fn on(&self, source: &Source) -> Result<String, Error> {
        let Name { remote: named, type_name, .. } = &self.name;
        if let (Some(on), Some(named)) = (&self.on, named)
            && on != named
        {
            return Err(Error::usage(format!("--on says `{on}`, and the name says `{named}`")));
        }
        if let Some(on) = self.on.as_ref().or(named.as_ref()) {
            return remote(&source.document, on).map(|remote| remote.name.clone());
        }
        let has_type =
            |schema: &engine::remote::RemoteSchema| schema.schema.types.contains_key(type_name.as_str());
        let having =
            source.schemas.iter().filter(|(_, schema)| has_type(schema)).map(|(name, _)| name.as_str());
        match having.collect::<Vec<_>>().as_slice() {
            [only] => Ok((*only).to_owned()),
            [] => {
                let types = source.schemas.values().flat_map(|schema| schema.schema.types.keys());
                let types: Vec<&str> =
                    types.map(|name| name.as_str()).filter(|name| !name.starts_with("__")).collect();
                Err(missing(format!("no remote schema has a type `{type_name}`"), type_name, &types))
            }
            several => Err(Error::usage(format!("more than one remote schema has a type `{type_name}`"))
                .help(format!("say which with --on: {}", several.join(", ")))),
        }
    }

    pub(super) fn definition(&self, document: &Document) -> Result<RelationshipDefinition, Error> {
        let (target, fields) = self.target(document)?;
        let mut lhs_fields: IndexSet<String> = self.keys.iter().cloned().collect();
        let mut steps: Vec<(String, IndexMap<String, ArgumentValue>)> =
            fields.into_iter().map(|field| (field, IndexMap::new())).collect();
        for (place, field) in &self.maps {
            let field = field.strip_prefix('$').unwrap_or(field);
            lhs_fields.insert(field.to_owned());
            bind(&mut steps, place, ArgumentValue::Variable(field.to_owned()))?;
        }
        for (place, text) in &self.constants {
            let value: Value = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
            let value: ArgumentValue = metadata::decode(&value).map_err(|error| {
                Error::usage(format!("the value of `{place}` cannot be one: {}", error.message))
            })?;
            collect_fields(&value, &mut lhs_fields);
            bind(&mut steps, place, value)?;
        }
        let mut remote_field = None;
        for (name, arguments) in steps.into_iter().rev() {
            remote_field = Some(Box::new(RemoteField { name, arguments, field: remote_field }));
        }
        let remote_field = *remote_field.ok_or_else(|| Error::usage("--to names no field"))?;
        Ok(RelationshipDefinition::ToRemoteSchema(ToRemoteSchema {
            batch: self.batch.as_deref().map(batch).transpose()?,
            lhs_fields: lhs_fields.into_iter().collect(),
            on_error: self.on_error.map(|what| match what {
                Failing::Null => OnError::Null,
                Failing::Fail => OnError::Fail,
            }),
            remote_field,
            remote_schema: target,
            legacy: false,
        }))
    }

    /// The remote schema and the path in it. Names of remotes may have dots, and the longest that fits counts.
    fn target(&self, document: &Document) -> Result<(String, Vec<String>), Error> {
        let names = document.remote_schemas.iter().map(|remote| remote.name.as_str());
        let fits = names.filter_map(|name| Some((name, self.to.strip_prefix(name)?.strip_prefix('.')?)));
        let Some((name, path)) = fits.max_by_key(|(name, _)| name.len()) else {
            let name = self.to.split('.').next().unwrap_or_default();
            remote(document, name)?;
            return Err(Error::usage("--to names no field; write it as SCHEMA.FIELD"));
        };
        Ok((name.to_owned(), path.split('.').map(str::to_owned).collect()))
    }
}

/// Puts a value in its place: `[FIELD:]ARG[.FIELD]`.
fn bind(
    steps: &mut [(String, IndexMap<String, ArgumentValue>)],
    place: &str,
    value: ArgumentValue,
) -> Result<(), Error> {
    let (step, path) = match place.split_once(':') {
        Some((step, path)) => (position(steps, step), path),
        None => (steps.len().checked_sub(1), place),
    };
    let Some((_, arguments)) = step.and_then(|step| steps.get_mut(step)) else {
        return Err(Error::usage(format!("`{place}` names a field that is not in --to")));
    };
    let mut path = path.split('.');
    let (mut members, mut key) = (arguments, path.next().unwrap_or_default());
    for next in path {
        let inner = members.entry(key.to_owned()).or_insert_with(|| ArgumentValue::Object(IndexMap::new()));
        let ArgumentValue::Object(inner) = inner else {
            return Err(Error::usage(format!("`{place}` goes into something that has a value already")));
        };
        (members, key) = (inner, next);
    }
    if key.is_empty() {
        return Err(Error::usage(format!("`{place}` names no argument")));
    }
    match members.insert(key.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(Error::usage(format!("`{place}` is given twice"))),
    }
}

/// Which field is meant by its name, or by the way to it: `org` and `unit`, or `unit.unit` for the second of two that are called so.
fn position(steps: &[(String, IndexMap<String, ArgumentValue>)], step: &str) -> Option<usize> {
    match step.contains('.') {
        false => steps.iter().position(|(name, _)| name == step),
        true => {
            let way = step.split('.');
            let count = way.clone().count();
            let is_way = steps.len() >= count && way.zip(steps).all(|(wanted, (name, _))| wanted == name);
            is_way.then(|| count - 1)
        }
    }
}

/// The fields that a value has holes for.
pub(super) fn collect_fields(value: &ArgumentValue, fields: &mut IndexSet<String>) {
    match value {
        ArgumentValue::Variable(field) => {
            fields.insert(field.clone());
        }
        ArgumentValue::Scalar(_) => {}
        ArgumentValue::Object(members) => members.values().for_each(|value| collect_fields(value, fields)),
        ArgumentValue::List(items) => items.iter().for_each(|value| collect_fields(value, fields)),
    }
}

/// `keys=id:id,many,max=100,path=nodes`.
fn batch(text: &str) -> Result<Batch, Error> {
    let refused = |part: &str| {
        Error::usage(format!("`{part}` means nothing in --batch")).help(
            "write keys=FIELD:FIELD_OF_ELEMENT for each key, and many, max=N, path=FIELD.FIELD if needed",
        )
    };
    let mut batch = Batch { keys: IndexMap::new(), many: false, max: None, path: Vec::new() };
    for part in text.split(',').map(str::trim) {
        match part.split_once('=') {
            None if part == "many" => batch.many = true,
            Some(("keys", pair)) => {
                let (field, of_element) = pair.split_once(':').ok_or_else(|| refused(part))?;
                batch.keys.insert(field.to_owned(), of_element.to_owned());
            }
            Some(("max", number)) => batch.max = Some(number.parse().map_err(|_| refused(part))?),
            Some(("path", path)) => batch.path = path.split('.').map(str::to_owned).collect(),
            _ => return Err(refused(part)),
        }
    }
    Ok(batch)
}

fn pair(argument: &str) -> Result<(String, String), String> {
    match argument.split_once('=') {
        Some((place, value)) if !place.is_empty() && !value.is_empty() => {
            Ok((place.to_owned(), value.to_owned()))
        }
        _ => Err("write it as ARGUMENT=VALUE".to_owned()),
    }
}
