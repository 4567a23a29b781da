//! What a catalog says beside its schema: where root fields and relationships lead, and who sees what.

use std::collections::BTreeMap;
use std::sync::Arc;

use apollo_compiler::name;
use engine::catalog::{Catalog, Introspection, Options, PLACEHOLDER_FIELD, RemoteId, RootField, build};
use engine::remote::read_sdl;
use metadata::Document;
use serde_json::json;

const CRM: &str = "type Query { deals: [Node!]! } type Mutation { close(id: ID!): Deal }
    interface Node { id: ID! } type Deal implements Node { id: ID! } type Note implements Node { id: ID! }";
const HR: &str =
    "type Query { people(filter: Filter!): [Person!]! } type Person { id: ID! } union Any = Person
    input Filter { id: ID name: String }";

fn catalog(options: Options) -> Catalog {
    let document = json!({"version": 3, "remote_schemas": [
        {"name": "hr", "definition": {"url": "http://hr.test", "customization": {
            "root_fields_namespace": "staff", "type_names": {"suffix": "Hr"}}}},
        {"name": "crm", "definition": {"url": "http://crm.test", "customization": {
            "field_names": [{"parent_type": "Query", "mapping": {"deals": "allDeals"}}]}},
         "remote_relationships": [{"type_name": "Node", "relationships": [{"name": "owners", "definition":
            {"to_remote_schema": {"remote_schema": "hr", "lhs_fields": ["id"],
             "remote_field": {"people": {"arguments": {"filter": {"id": "$id"}}}}}}}]}]},
    ]});
    let document = Document::from_json(&document).expect("the document is sound");
    let introspections: BTreeMap<String, Introspection> = [("crm", CRM), ("hr", HR)]
        .into_iter()
        .map(|(name, sdl)| {
            (name.into(), Introspection::Fresh(Arc::new(read_sdl(sdl).expect("the SDL is sound"))))
        })
        .collect();
    let (catalog, problems) = build(&document, &introspections, options, 7);
    assert_eq!(problems, []);
    catalog
}

#[test]
fn root_fields_lead_to_remotes() {
    let catalog = catalog(Options::default());
    let (crm, hr) = (RemoteId(0), RemoteId(1));
    assert_eq!(catalog.remote(crm).name, "crm");
    assert_eq!(catalog.remote(hr).namespace, Some(name!("staff")));
    let root = |root, field| catalog.admin.roots.get(&(root, field));
    let deals = RootField::Remote { remote: crm, field: name!("deals") };
    assert_eq!(root(name!("query_root"), name!("allDeals")), Some(&deals));
    assert_eq!(root(name!("query_root"), name!("staff")), Some(&RootField::Namespace { remote: hr }));
    assert_eq!(root(name!("query_root"), name!("people")), None);
    let close = RootField::Remote { remote: crm, field: name!("close") };
    assert_eq!(root(name!("mutation_root"), name!("close")), Some(&close));
    assert_eq!(catalog.epoch, 7);
}

#[test]
fn relationships_are_found_on_interface_and_implementers() {
    let catalog = catalog(Options::default());
    for ty in [name!("Node"), name!("Deal"), name!("Note")] {
        let id = catalog.admin.relationships.get(&(RemoteId(0), ty, name!("owners")));
        let join = catalog.join(*id.expect("the type has the relationship"));
        assert_eq!((&join.lhs_type, join.target), (&name!("Node"), RemoteId(1)));
    }
    assert_eq!(
        catalog.admin.derived_inputs.iter().collect::<Vec<_>>(),
        [(&name!("Filter_remote_rel_crmowners"), &name!("Filter"))]
    );
}

#[test]
fn possible_types_are_original() {
    let catalog = catalog(Options::default());
    let possible = |remote, ty| catalog.remote(remote).possible_types.get(&ty).cloned();
    assert_eq!(possible(RemoteId(0), name!("Node")), Some(vec![name!("Deal"), name!("Note")]));
    assert_eq!(possible(RemoteId(1), name!("Any")), Some(vec![name!("Person")]));
}

#[test]
fn roles_see_nothing_unless_permissions_are_off() {
    let on = catalog(Options::default());
    let user = on.role("user");
    let placeholder = (name!("query_root"), PLACEHOLDER_FIELD.try_into().expect("it is a name"));
    assert_eq!(user.roots.len(), 1);
    assert_eq!(user.roots.get(&placeholder), Some(&RootField::Placeholder));
    assert!(user.schema.get_object("Deal").is_none());
    assert!(on.role("admin").schema.get_object("Deal").is_some());
    let off = catalog(Options { permissions_off: true, ..Options::default() });
    assert!(off.role("user").schema.get_object("Deal").is_some());
}
