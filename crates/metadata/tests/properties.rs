//! What holds for every document: an export is stable, and a directory gives back what was written into it.

use indexmap::IndexMap;
use metadata::diff::diff;
use metadata::directory::amend::{Amendment, amend};
use metadata::identity::{
    Auth, AuthStyle, ClientCertificate, ClientCredentials, ClientId, ForwardedHeader, ForwardedVariable,
    Reference, SessionVariables, Tls,
};
use metadata::{
    ArgumentValue, Batch, CollectionDefinition, Customization, Document, FieldNames, Header, HeaderValue,
    InheritedRole, OnError, OnSchemaChange, Permission, QueryCollection, Relationship,
    RelationshipDefinition, RemoteField, RemoteSchema, RemoteSchemaDefinition, SavedQuery, SchemaSource,
    ToRemoteSchema, TypeNames, TypeRelationships, directory, yaml,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::Value;

/// Texts that YAML writers stumble over are as likely as any other.
fn text() -> BoxedStrategy<String> {
    let traps = vec![
        "",
        " ",
        "~",
        "null",
        "NO",
        "on",
        "1",
        "1.0",
        "0x1f",
        "-",
        "- a",
        "a: b",
        "# c",
        "!x",
        "&a",
        "*a",
        "%",
        "@",
        "`",
        "'",
        "\"",
        "\\",
        "{}",
        "[",
        "a\n",
        "\na",
        "  a\nb",
        "a\n\n",
        "\t",
        "a\tb\nc",
        "a \nb",
        "\r",
        "a\r\nb",
        "\u{feff}a",
        "\u{85}",
        "\u{2028}",
        "\u{7f}",
        "\u{1}",
        "é",
        "😀",
        "---",
        "...",
        "? a",
        "| a",
        "> a",
        "a #b",
        "=",
        "<<",
        "1:30",
    ];
    prop_oneof![
        prop::sample::select(traps).prop_map(str::to_owned),
        "[ -~]{0,12}",
        "[ \n\ta-c:#'\"-]{0,16}",
        any::<String>().prop_map(|text| text.chars().take(20).collect()),
    ]
    // A text that names a file to include is the one thing that a directory cannot hold as it is.
    .prop_filter("an include", |text| !text.starts_with("!include"))
    // Of this one there are so many that their generators, one inside the other, fill the stack.
    .boxed()
}

fn non_empty() -> impl Strategy<Value = String> {
    text().prop_filter("empty", |text| !text.is_empty())
}

fn non_blank() -> impl Strategy<Value = String> {
    text().prop_filter("blank", |text| !text.trim().is_empty())
}

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z_][a-zA-Z0-9_]{0,6}"
}

fn names() -> impl Strategy<Value = IndexMap<String, String>> {
    btree_map(name(), name(), 0..3).prop_map(|map| map.into_iter().rev().collect())
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(text(), inner, 0..3).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn argument() -> impl Strategy<Value = ArgumentValue> {
    let literal = text().prop_filter("a variable", |text| !text.starts_with('$'));
    let leaf = prop_oneof![
        name().prop_map(ArgumentValue::Variable),
        literal.prop_map(|text| ArgumentValue::Scalar(text.into())),
        any::<i32>().prop_map(|number| ArgumentValue::Scalar(number.into())),
        Just(ArgumentValue::Scalar(Value::Null)),
        any::<bool>().prop_map(|flag| ArgumentValue::Scalar(flag.into())),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(ArgumentValue::List),
            btree_map(name(), inner, 0..3)
                .prop_map(|map| ArgumentValue::Object(map.into_iter().rev().collect())),
        ]
    })
}

fn remote_field() -> impl Strategy<Value = RemoteField> {
    let step = (name(), btree_map(name(), argument(), 0..3));
    vec(step, 1..4).prop_map(|steps| {
        let chain = steps.into_iter().rev().fold(None, |field, (name, arguments)| {
            Some(Box::new(RemoteField { name, arguments: arguments.into_iter().rev().collect(), field }))
        });
        *chain.expect("at least one step")
    })
}

fn to_remote_schema() -> impl Strategy<Value = ToRemoteSchema> {
    let batch = (names(), any::<bool>(), option::of(any::<u32>()), vec(name(), 0..2))
        .prop_map(|(keys, many, max, path)| Batch { keys, many, max, path });
    let on_error = prop_oneof![Just(OnError::Null), Just(OnError::Fail)];
    let fields =
        prop::collection::btree_set(name(), 0..3).prop_map(|fields| fields.into_iter().rev().collect());
    (option::of(batch), fields, option::of(on_error), remote_field(), non_empty(), any::<bool>()).prop_map(
        |(batch, lhs_fields, on_error, remote_field, remote_schema, legacy)| ToRemoteSchema {
            batch,
            lhs_fields,
            on_error,
            remote_field,
            remote_schema,
            legacy,
        },
    )
}

fn relationship_definition() -> impl Strategy<Value = RelationshipDefinition> {
    prop_oneof![
        3 => to_remote_schema().prop_map(RelationshipDefinition::ToRemoteSchema),
        1 => json().prop_filter("absent", |value| !value.is_null()).prop_map(RelationshipDefinition::ToSource),
    ]
}

fn customization() -> impl Strategy<Value = Customization> {
    let affixes = || (option::of(name()), option::of("[a-zA-Z0-9_]{1,3}"), names());
    let type_names = affixes().prop_map(|(prefix, suffix, mapping)| TypeNames { prefix, suffix, mapping });
    let field_names = (name(), affixes()).prop_map(|(parent_type, (prefix, suffix, mapping))| FieldNames {
        parent_type,
        prefix,
        suffix,
        mapping,
    });
    (option::of(name()), option::of(type_names), vec(field_names, 0..2)).prop_map(
        |(root_fields_namespace, type_names, field_names)| Customization {
            root_fields_namespace,
            type_names,
            field_names,
        },
    )
}

fn reference() -> impl Strategy<Value = Reference> {
    prop_oneof!["[A-F]{1,5}".prop_map(Reference::Env), non_empty().prop_map(Reference::File)]
}

fn tls() -> BoxedStrategy<Tls> {
    let certificate =
        (reference(), reference()).prop_map(|(certificate, key)| ClientCertificate { certificate, key });
    prop_oneof![
        (option::of(reference()), certificate)
            .prop_map(|(ca, certificate)| Tls { ca, certificate: Some(certificate) }),
        reference().prop_map(|ca| Tls { ca: Some(ca), certificate: None }),
    ]
    .boxed()
}

fn auth() -> BoxedStrategy<Auth> {
    let client_id =
        prop_oneof![non_empty().prop_map(ClientId::Value), "[A-F]{1,5}".prop_map(ClientId::FromEnv),];
    let auth_style = prop_oneof![Just(AuthStyle::Basic), Just(AuthStyle::Post)];
    let texts = (option::of(text()), option::of(text()));
    let client = (non_empty(), client_id, reference(), texts, auth_style, option::of(tls())).prop_map(
        |(token_url, client_id, client_secret, (scope, audience), auth_style, tls)| ClientCredentials {
            token_url,
            client_id,
            client_secret,
            scope,
            audience,
            auth_style,
            tls,
        },
    );
    prop_oneof![
        reference().prop_map(|token| Auth::Bearer { token }),
        client.prop_map(|client| Auth::ClientCredentials(Box::new(client))),
    ]
    .boxed()
}

fn session_variables() -> impl Strategy<Value = SessionVariables> {
    let names = btree_map("x-hasura-[a-z]{1,4}", option::of("[xX]-[a-zA-Z!#~0-9]{0,5}"), 1..3);
    let variable = |(name, renamed)| ForwardedVariable { name, renamed };
    prop_oneof![
        Just(SessionVariables::All),
        Just(SessionVariables::None),
        names
            .prop_map(move |names| SessionVariables::Listed(names.into_iter().rev().map(variable).collect())),
    ]
}

fn forwarded() -> impl Strategy<Value = ForwardedHeader> {
    let name = || "[xX]-[a-zA-Z!#~0-9]{0,5}";
    (name(), option::of(name())).prop_map(|(name, renamed)| ForwardedHeader { name, renamed })
}

fn header() -> impl Strategy<Value = Header> {
    let value =
        prop_oneof![text().prop_map(HeaderValue::Value), "HASURA_[A-F]{1,5}".prop_map(HeaderValue::FromEnv),];
    (text(), value).prop_map(|(name, value)| Header { name, value })
}

fn definition() -> impl Strategy<Value = RemoteSchemaDefinition> {
    let headers = (vec(header(), 0..3), any::<bool>(), vec(forwarded(), 0..3), vec(header(), 0..2));
    let identity = (session_variables(), option::of(auth()), option::of(tls()));
    let address = (option::of(text()), option::of(text()));
    let numbers = (option::of(any::<u64>()), option::of(any::<u32>()));
    let schema = (option::of(schema_source()), option::of(1..u64::MAX), on_schema_change());
    (address, numbers, option::of(customization()), headers, identity, schema).prop_map(
        |(
            (url, url_from_env),
            (timeout_seconds, max_aliases),
            customization,
            (headers, forward_client_headers, forward_headers, introspection_headers),
            (forward_session_variables, auth, tls),
            (schema_from, poll_interval_seconds, on_schema_change),
        )| {
            RemoteSchemaDefinition {
                url,
                url_from_env,
                timeout_seconds,
                customization,
                headers,
                forward_client_headers,
                forward_headers,
                forward_session_variables,
                introspection_headers,
                auth,
                tls,
                max_aliases,
                schema_from,
                poll_interval_seconds,
                on_schema_change,
            }
        },
    )
}

fn schema_source() -> impl Strategy<Value = SchemaSource> {
    prop_oneof![
        non_blank().prop_map(SchemaSource::Sdl),
        non_blank().prop_map(SchemaSource::File),
        non_blank().prop_map(SchemaSource::Url),
    ]
}

fn on_schema_change() -> impl Strategy<Value = OnSchemaChange> {
    prop_oneof![Just(OnSchemaChange::Apply), Just(OnSchemaChange::ApplyIfSafe), Just(OnSchemaChange::Hold),]
}

fn remote_schema() -> impl Strategy<Value = RemoteSchema> {
    let permissions =
        btree_map(non_empty(), (text(), vec(text(), 0..3), option::of(text())), 0..3).prop_map(|map| {
            map.into_iter()
                .rev()
                .map(|(role, (schema, deny, comment))| Permission { role, schema, deny, comment })
                .collect()
        });
    let relationships = btree_map(non_empty(), relationship_definition(), 0..3).prop_map(|map| {
        map.into_iter().rev().map(|(name, definition)| Relationship { definition, name }).collect::<Vec<_>>()
    });
    let remote_relationships = btree_map(name(), relationships, 0..3).prop_map(|map| {
        let types = map.into_iter().rev();
        types.map(|(type_name, relationships)| TypeRelationships { relationships, type_name }).collect()
    });
    (non_empty(), definition(), option::of(text()), permissions, remote_relationships).prop_map(
        |(name, definition, comment, permissions, remote_relationships)| RemoteSchema {
            name,
            definition,
            comment,
            permissions,
            remote_relationships,
        },
    )
}

/// Sorted lists, as they are after an export, so that documents can be compared as they are.
fn document() -> impl Strategy<Value = Document> {
    let remote_schemas = vec(remote_schema(), 0..3).prop_map(|mut remotes| {
        remotes.sort_by(|left, right| left.name.cmp(&right.name));
        remotes.dedup_by(|left, right| left.name == right.name);
        remotes
    });
    let inherited_roles = btree_map(non_empty(), vec(text(), 0..3), 0..3).prop_map(|map| {
        map.into_iter().map(|(role_name, role_set)| InheritedRole { role_name, role_set }).collect()
    });
    let queries = btree_map(non_empty(), text(), 0..3);
    let collections = btree_map(non_empty(), queries, 1..3).prop_map(|map| {
        let collections = map.into_iter().map(|(name, queries)| {
            let queries = queries.into_iter().map(|(name, query)| SavedQuery { name, query }).collect();
            let definition = CollectionDefinition { queries };
            serde_json::json!(QueryCollection { name, definition, comment: None })
        });
        ("query_collections".to_owned(), Value::Array(collections.collect()))
    });
    let others = btree_map("x_[a-z]{1,4}", json(), 0..2);
    (remote_schemas, inherited_roles, option::of(collections), others).prop_map(
        |(remote_schemas, inherited_roles, collections, others)| Document {
            remote_schemas,
            inherited_roles,
            sections: collections.into_iter().chain(others).collect(),
        },
    )
}

/// Gives names that could be served, and takes out types without relationships. What is odd is refused where it is not understood.
fn named(remotes: &mut [RemoteSchema], prefix: &str) {
    for (index, remote) in remotes.iter_mut().enumerate() {
        remote.name = format!("{prefix}{index}");
        remote.remote_relationships.retain(|on| !on.relationships.is_empty());
        let relationships = remote.remote_relationships.iter_mut().flat_map(|on| &mut on.relationships);
        for (index, relationship) in relationships.enumerate() {
            relationship.name = format!("f{index}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_export_is_imported_as_the_document_it_came_from(document in document()) {
        let export = document.to_json();
        let again = Document::from_json(&export).expect("an export can be imported");
        prop_assert_eq!(&again, &document);
        prop_assert_eq!(again.to_json().to_string(), export.to_string());
    }

    #[test]
    fn a_directory_gives_back_what_was_written(document in document()) {
        let place = tempfile::tempdir().expect("a temporary directory");
        directory::write(place.path(), &document).expect("the directory is written");
        let again = directory::read(place.path()).expect("the directory is read").document;
        prop_assert_eq!(&again, &document);
        prop_assert!(directory::write(place.path(), &document).expect("the directory is compared").is_empty());
    }

    #[test]
    fn a_written_directory_is_changed_in_place_or_not_at_all(
        document in document(),
        added in remote_schema(),
        (of, type_name, definition) in (any::<usize>(), name(), relationship_definition()),
    ) {
        let (mut document, mut added) = (document, added);
        named(&mut document.remote_schemas, "r");
        named(std::slice::from_mut(&mut added), "added");
        let mut amendments = Vec::new();
        let at = |count: usize| of.checked_rem(count);
        if let Some(remote) = at(document.remote_schemas.len()).map(|at| &document.remote_schemas[at]) {
            let relationship = Box::new(Relationship { name: "new_one".into(), definition });
            let (old, new) = (remote.name.clone(), format!("{}_again", remote.name));
            amendments.push(Amendment::AddRelationship { remote: old.clone(), type_name, relationship });
            let types = &remote.remote_relationships;
            if let Some(on) = at(types.len()).map(|at| &types[at])
                && let Some(gone) = at(on.relationships.len()).map(|at| &on.relationships[at])
            {
                amendments.push(Amendment::RemoveRelationship {
                    remote: old.clone(),
                    type_name: on.type_name.clone(),
                    name: gone.name.clone(),
                });
            }
            amendments.push(Amendment::RenameRemote { old, new: new.clone() });
            amendments.push(Amendment::RemoveRemote(new));
        }
        amendments.push(Amendment::AddRemote(Box::new(added)));
        let place = tempfile::tempdir().expect("a temporary directory");
        directory::write(place.path(), &document).expect("the directory is written");
        let mut expected = document;
        for amendment in amendments {
            let file = place.path().join("remote_schemas.yaml");
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            let rewritten = match amend(place.path(), place.path(), std::slice::from_ref(&amendment)) {
                Ok(rewritten) => rewritten,
                // Texts of several lines may be in the way. Then nothing is written, which is the promise.
                Err(error) => {
                    let is_plain = !text.contains(['|', '>']) && !format!("{amendment:?}").contains("\\n");
                    prop_assert!(!is_plain, "{}: {:?}\n{}", error, amendment, text);
                    break;
                }
            };
            rewritten.iter().for_each(|file| file.write().expect("the file is written"));
            amendment.apply(&mut expected);
            let again = directory::read(place.path()).expect("the directory is read").document;
            prop_assert_eq!(&again, &expected, "after {:?} of\n{}", amendment, text);
        }
    }

    #[test]
    fn yaml_gives_back_every_json(value in json()) {
        let text = yaml::to_string(&value);
        let again = yaml::parse(text.as_bytes(), 0).unwrap_or_else(|error| panic!("{error} in\n{text}"));
        prop_assert_eq!(again.to_value(), value, "through\n{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Err(error) = yaml::parse(text.as_bytes(), 0) {
            prop_assert!(error.at.line >= 1 && error.at.column >= 1);
        }
    }

    #[test]
    fn there_is_no_difference_to_an_equal_document(left in document(), right in document()) {
        let copy = Document::from_json(&left.to_json()).expect("an export can be imported");
        prop_assert_eq!(diff(&left, &copy), Vec::new());
        prop_assert_eq!(diff(&left, &right).len(), diff(&right, &left).len());
    }
}
