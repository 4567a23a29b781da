//! From a validated operation to its plan.
//!
//! Root fields are grouped into requests, and each selection is written as the remote is to see it: under original
//! names, without fragments or conditions, a relationship replaced by its key. What was changed is noted in a draft
//! shape beside the text.

use std::cell::Cell;
use std::sync::Arc;

use apollo_compiler::ast::Argument;
use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::{ExecutableDocument, Field, Operation, SelectionSet};
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use super::arguments::{CallParts, call};
use super::presets::{Presetter, Used};
use super::select::{Collector, MAX_SELECTIONS, Scope, Unit, field_type};
use super::strict::is_used_strictly;
use super::text::{original_type, value_to_json, write_value};
use super::{
    Action, BatchForm, JoinPlan, JoinPlanId, Member, Output, OutputValue, Parent, Plan, RootPlan, RootSlot,
    Shape, ShapeId, ShapeJoin, VariableUse,
};
use crate::catalog::{Catalog, JoinId, NO_QUERIES_AVAILABLE, RemoteId, RoleSchema, RootField};
use crate::fault::{Code, Refusal};
use crate::json;
use crate::operation::OperationKind;

/// What is planned.
pub(crate) struct Source<'a> {
    pub(crate) catalog: &'a Arc<Catalog>,
    pub(crate) role: &'a Arc<RoleSchema>,
    pub(crate) document: &'a ExecutableDocument,
    pub(crate) operation: &'a Operation,
    pub(crate) kind: OperationKind,
    /// The client's text, to find names that do not occur in it.
    pub(crate) query: &'a str,
    /// `operationName` as the client gave it.
    pub(crate) operation_name: Option<&'a str>,
    /// Values of the variables that `@skip` and `@include` use.
    pub(crate) conditions: &'a HashMap<Name, bool>,
}

/// Plans an operation.
pub(crate) fn build(source: &Source<'_>) -> Result<Plan, Refusal> {
    let collector = Collector {
        catalog: source.catalog,
        role: source.role,
        document: source.document,
        conditions: source.conditions,
        n_seen: Cell::new(0),
    };
    let mut prefix = String::from("_j");
    while source.query.contains(&prefix) {
        prefix.push('j');
    }
    let mut builder = Builder {
        source,
        collector,
        prefix,
        joins: Vec::new(),
        shapes: Vec::new(),
        masks: Vec::new(),
        presetter: Presetter::new(source.role, source.operation, source.query),
        n_names: 0,
    };
    let mut roots = Vec::new();
    let response = builder.roots(&mut roots)?;
    let roots: Vec<RootPlan> = roots.into_iter().map(|root| builder.finish_root(root)).collect();
    let identity = source.kind == OperationKind::Query && is_identity(&roots, &response);
    let joins = builder.joins.into_iter().flatten().collect();
    let plan = Plan {
        catalog: Arc::clone(source.catalog),
        role: Arc::clone(source.role),
        kind: source.kind,
        roots,
        joins,
        shapes: builder.shapes,
        masks: builder.masks,
        session: builder.presetter.session,
        inputs: builder.presetter.inputs,
        response,
        identity,
        prefix: builder.prefix,
    };
    #[cfg(debug_assertions)]
    super::check::assert_valid(&plan);
    Ok(plan)
}

/// Whether the only root's `data` is the client's `data`, byte for byte.
fn is_identity(roots: &[RootPlan], response: &[Output]) -> bool {
    let [root] = roots else { return false };
    root.slots.len() == response.len()
        && root.slots.iter().zip(response).enumerate().all(|(i, (slot, output))| {
            slot.shape.is_none()
                && slot.key == output.key
                && matches!(output.value, OutputValue::Slot { slot, .. } if slot == i)
        })
}

/// A request under construction: what its text uses, and the joins that its answer feeds.
struct Request<'a> {
    remote: RemoteId,
    parent: Parent,
    used: Used,
    joins: Vec<KnownJoin<'a>>,
}

/// A join that a request already has, to be shared by an equal selection.
struct KnownJoin<'a> {
    relationship: JoinId,
    arguments: &'a [Node<Argument>],
    sets: Vec<&'a SelectionSet>,
    plan: JoinPlanId,
}

/// A root request under construction.
struct RootDraft<'a> {
    request: Request<'a>,
    fields: String,
    slots: Vec<RootSlot>,
}

/// A shape under construction.
#[derive(Default)]
struct Draft {
    members: IndexMap<String, DraftAction>,
    joins: Vec<ShapeJoin>,
}

enum DraftAction {
    Plain(Action),
    Walk(Draft),
}

struct Builder<'a> {
    source: &'a Source<'a>,
    collector: Collector<'a>,
    prefix: String,
    joins: Vec<Option<JoinPlan>>,
    shapes: Vec<Shape>,
    masks: Vec<Name>,
    presetter: Presetter<'a>,
    /// Number of aliases handed out.
    n_names: usize,
}

impl<'a> Builder<'a> {
    fn alias(&mut self) -> String {
        self.n_names += 1;
        format!("{}{}", self.prefix, self.n_names - 1)
    }

    fn roots(&mut self, roots: &mut Vec<RootDraft<'a>>) -> Result<Vec<Output>, Refusal> {
        let set = &self.source.operation.selection_set;
        let mut response = Vec::new();
        for (key, fields) in self.collector.object_fields(&[set]) {
            let field = fields[0];
            let path = vec![key.to_string()];
            let value = match field.name.as_str() {
                "__typename" => OutputValue::Text(json::quoted(&set.ty)),
                "__schema" | "__type" => OutputValue::Introspection,
                _ => match self.source.role.roots.get(&(set.ty.clone(), field.name.clone())) {
                    Some(RootField::Remote { remote, field: original }) => {
                        self.root_field(roots, *remote, original, &fields, path)?
                    }
                    Some(RootField::Namespace { remote }) => {
                        self.namespace(roots, *remote, &fields, &path)?
                    }
                    Some(RootField::Placeholder) | None => {
                        OutputValue::Text(json::quoted(NO_QUERIES_AVAILABLE))
                    }
                },
            };
            response.push(output(key, value));
        }
        Ok(response)
    }

    fn namespace(
        &mut self,
        roots: &mut Vec<RootDraft<'a>>,
        remote: RemoteId,
        fields: &[&'a Field],
        path: &[String],
    ) -> Result<OutputValue, Refusal> {
        let sets: Vec<&SelectionSet> =
            fields.iter().filter_map(|field| field.selection_set.as_ref()).collect();
        let mut members = Vec::new();
        for (key, fields) in self.collector.object_fields(&sets) {
            let field = fields[0];
            let value = if field.name == "__typename" {
                OutputValue::Text(json::quoted(&sets[0].ty))
            } else {
                let renames = &self.source.catalog.remote(remote).renames;
                let original = renames.original_field(renames.original_type(&sets[0].ty), &field.name);
                let path = path.iter().cloned().chain([key.to_string()]).collect();
                self.root_field(roots, remote, original, &fields, path)?
            };
            members.push(output(key, value));
        }
        Ok(OutputValue::Object(members))
    }

    /// Adds a root field to the request it belongs to.
    fn root_field(
        &mut self,
        roots: &mut Vec<RootDraft<'a>>,
        remote: RemoteId,
        original: &Name,
        fields: &[&'a Field],
        path: Vec<String>,
    ) -> Result<OutputValue, Refusal> {
        let served = self.source.catalog.remote(remote);
        let root_type = match self.source.kind {
            OperationKind::Query => Some(&served.schema.query_root),
            OperationKind::Mutation => served.schema.mutation_root.as_ref(),
            OperationKind::Subscription => served.schema.subscription_root.as_ref(),
        };
        let ty = root_type.cloned().unwrap_or_else(|| served.schema.query_root.clone());
        // The root fields of a mutation keep their order, so only neighbours travel together.
        let known = match self.source.kind {
            OperationKind::Query => roots.iter().position(|root| root.request.remote == remote),
            _ => roots.len().checked_sub(1).filter(|last| roots[*last].request.remote == remote),
        };
        let root = known.unwrap_or_else(|| {
            let parent = Parent::Root(roots.len() as u32);
            let request = Request { remote, parent, used: Used::default(), joins: Vec::new() };
            roots.push(RootDraft { request, fields: String::new(), slots: Vec::new() });
            roots.len() - 1
        });
        let draft = &mut roots[root];
        let wanted = path.last().cloned().unwrap_or_default();
        let taken = draft.slots.iter().any(|slot| slot.key == wanted);
        let key = if taken { self.alias() } else { wanted };
        let place = path.join(".");
        let unit = Unit { conditions: vec![Vec::new()], on: ty.clone(), ty, fields: fields.to_vec() };
        if !draft.fields.is_empty() {
            draft.fields.push(' ');
        }
        let mut shape = Draft::default();
        self.field(&mut draft.request, &key, original, &unit, &place, &mut draft.fields, &mut shape)?;
        let shape = match shape.members.swap_remove(&key) {
            Some(DraftAction::Walk(inner)) => self.freeze(inner),
            _ => None,
        };
        draft.slots.push(RootSlot { key, path, shape });
        Ok(OutputValue::Slot { root, slot: draft.slots.len() - 1 })
    }

    /// Writes the selection set of a scope, braces included.
    fn selection(
        &mut self,
        request: &mut Request<'a>,
        scope: &Scope<'a>,
        place: &str,
    ) -> Result<(String, Draft), Refusal> {
        let mut draft = Draft::default();
        let mut parts: Vec<(Vec<Vec<Name>>, String)> = Vec::new();
        let units = self.collector.units(scope);
        if self.collector.is_exhausted() {
            let message = format!(
                "the query expands to more than {MAX_SELECTIONS} selections; select less or split it"
            );
            return Err(Refusal::new(Code::LimitExceeded, "$.query", message));
        }
        for unit in units {
            let mut text = String::new();
            self.unit(request, &unit, place, &mut text, &mut draft)?;
            match parts.last_mut() {
                Some((conditions, last)) if *conditions == unit.conditions => {
                    last.push(' ');
                    last.push_str(&text);
                }
                _ => parts.push((unit.conditions, text)),
            }
        }
        if parts.is_empty() {
            // Everything was skipped, or is of types that the remote does not have; an empty selection is no GraphQL.
            let alias = self.alias();
            parts.push((vec![Vec::new()], format!("{alias}:__typename")));
            draft.members.insert(alias, DraftAction::Plain(Action::Cut));
        }
        let mut out = String::from("{");
        for (conditions, text) in parts {
            for stack in conditions {
                if out.len() > 1 {
                    out.push(' ');
                }
                for ty in &stack {
                    out.push_str("...on ");
                    out.push_str(ty);
                    out.push('{');
                }
                out.push_str(&text);
                out.extend(stack.iter().map(|_| '}'));
            }
        }
        out.push('}');
        Ok((out, draft))
    }

    fn unit(
        &mut self,
        request: &mut Request<'a>,
        unit: &Unit<'a>,
        place: &str,
        out: &mut String,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        let field = unit.fields[0];
        let key = field.response_name();
        let place = format!("{place}.{key}");
        if let Some(relationship) = self.collector.relationship(request.remote, &unit.ty, field) {
            return self.relationship(request, relationship, unit, &place, out, draft);
        }
        let original =
            self.source.catalog.remote(request.remote).renames.original_field(&unit.ty, &field.name).clone();
        self.field(request, key, &original, unit, &place, out, draft)
    }

    /// Writes an ordinary field.
    #[expect(
        clippy::too_many_arguments,
        reason = "what is written, where it stands and where it goes are all needed"
    )]
    fn field(
        &mut self,
        request: &mut Request<'a>,
        key: &str,
        original: &Name,
        unit: &Unit<'a>,
        place: &str,
        out: &mut String,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        let field = unit.fields[0];
        if key != original.as_str() {
            out.push_str(key);
            out.push(':');
        }
        out.push_str(original);
        let remote = self.source.catalog.remote(request.remote);
        let presets = self.presetter.arguments(request.remote, &unit.ty, original);
        let mut separator = '(';
        if !field.arguments.is_empty() {
            let definition = remote.schema.schema.type_field(&unit.ty, original).ok();
            for argument in &field.arguments {
                out.push(separator);
                out.push_str(&argument.name);
                out.push(':');
                let declared = definition.and_then(|field| field.argument_by_name(&argument.name));
                let ty = declared.map(|declared| &*declared.ty);
                self.presetter.write_given(out, request.remote, &argument.value, ty, &mut request.used);
                separator = ',';
            }
        }
        for preset in presets {
            out.push(separator);
            out.push_str(&preset.name);
            out.push(':');
            self.presetter.write(out, &preset.value, &mut request.used);
            separator = ',';
        }
        if separator == ',' {
            out.push(')');
        }
        let sets = unit.sets();
        let action = if !sets.is_empty() {
            let parent = field_type(remote, &unit.on, original)
                .unwrap_or_else(|| remote.renames.original_type(&sets[0].ty).clone());
            let lists = "[]".repeat(list_depth(&field.definition.ty));
            let scope = Scope { remote: request.remote, parent, sets };
            let (text, inner) = self.selection(request, &scope, &format!("{place}{lists}"))?;
            out.push_str(&text);
            DraftAction::Walk(inner)
        } else if field.name == "__typename" && self.hides_types(request.remote, &unit.on) {
            DraftAction::Plain(self.masked(remote.renames.served_type(&unit.on)))
        } else if field.name == "__typename" && !remote.renames.types.is_empty() {
            DraftAction::Plain(Action::Typename)
        } else {
            DraftAction::Plain(Action::Keep)
        };
        draft.put(key.to_owned(), action);
        Ok(())
    }

    /// Whether objects that the remote declares as `ty` can be of types that the role does not see. A remote may have got new
    /// ones since it was introspected.
    fn hides_types(&self, remote: RemoteId, ty: &Name) -> bool {
        self.source.role.remote(remote).is_some()
            && self.source.catalog.remote(remote).possible_types.contains_key(ty)
    }

    fn masked(&mut self, name: &Name) -> Action {
        let known = self.masks.iter().position(|mask| mask == name);
        let index = known.unwrap_or_else(|| {
            self.masks.push(name.clone());
            self.masks.len() - 1
        });
        Action::MaskedTypename(index as u16)
    }

    /// Writes the key of a relationship in its place and plans how its value is fetched.
    fn relationship(
        &mut self,
        request: &mut Request<'a>,
        relationship: JoinId,
        unit: &Unit<'a>,
        place: &str,
        out: &mut String,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        let catalog = self.source.catalog;
        let join = catalog.join(relationship);
        let alias = self.alias();
        let index = draft.joins.len() as u16;
        for (part, field) in join.lhs_fields.iter().enumerate() {
            let member = if part == 0 { alias.clone() } else { format!("{alias}_{part}") };
            if part > 0 {
                out.push(' ');
            }
            out.push_str(&member);
            out.push(':');
            out.push_str(field);
            let action = Action::Part { join: index, part: part as u16 };
            draft.members.insert(member, DraftAction::Plain(action));
        }
        let plan = self.join(request, relationship, unit, place)?;
        let key = unit.fields[0].response_name();
        draft.joins.push(ShapeJoin {
            plan,
            key: key.to_string(),
            label: format!("\"{key}\":"),
            first_part: 0,
            n_parts: join.lhs_fields.len() as u16,
            required: unit.conditions.iter().all(Vec::is_empty),
        });
        Ok(())
    }

    fn join(
        &mut self,
        request: &mut Request<'a>,
        relationship: JoinId,
        unit: &Unit<'a>,
        place: &str,
    ) -> Result<JoinPlanId, Refusal> {
        let field = unit.fields[0];
        let sets = unit.sets();
        let equal = |known: &&KnownJoin<'a>| {
            known.relationship == relationship && known.arguments == field.arguments && known.sets == sets
        };
        if let Some(known) = request.joins.iter().find(equal) {
            return Ok(known.plan);
        }
        let join = self.source.catalog.join(relationship);
        let remote = self.source.catalog.remote(join.target);
        let id = JoinPlanId(self.joins.len() as u32);
        self.joins.push(None);
        let CallParts { pieces, end, holes, used } =
            call(self.source.operation, &mut self.presetter, remote, join, field);
        let mut inner = Request { remote: join.target, parent: Parent::Join(id), used, joins: Vec::new() };
        let mut fragment = String::new();
        let mut shape = None;
        if !sets.is_empty() {
            let value = join.value_type(&remote.schema.schema);
            let parent = value.inner_named_type().clone();
            let lists = "[]".repeat(list_depth(&value));
            let scope = Scope { remote: join.target, parent: parent.clone(), sets: sets.clone() };
            let (mut text, mut draft) = self.selection(&mut inner, &scope, &format!("{place}{lists}"))?;
            if let Some(batch) = &join.batch {
                text.pop();
                for (index, (_, field)) in batch.keys.iter().enumerate() {
                    let alias = self.alias();
                    text.push_str(&format!(" {alias}:{field}"));
                    draft.members.insert(alias, DraftAction::Plain(Action::ElementKey(index as u16)));
                }
                text.push('}');
            }
            json::escape_into(&mut fragment, &format!(" on {parent}{text}"));
            shape = self.freeze(draft);
        }
        let batch = match &join.batch {
            None => BatchForm::Alias { max: remote.max_aliases.max(1) },
            Some(batch) => BatchForm::List {
                max: batch.max.map(|max| max as usize),
                many: batch.many,
                parts: batch.keys.iter().map(|(part, _)| *part).collect(),
            },
        };
        let steps = join.path.iter().skip(1).map(|step| &step.field);
        let path = steps.chain(join.batch.iter().flat_map(|batch| &batch.path));
        let variables = self.variable_uses(join.target, &inner.used);
        self.joins[id.0 as usize] = Some(JoinPlan {
            relationship,
            remote: join.target,
            holes,
            call: pieces,
            call_end: end,
            fragment,
            variables,
            session: inner.used.session.into_iter().collect(),
            path: path.map(|field| field.to_string()).collect(),
            shape,
            batch,
            on_error: join.on_error,
            place: place.to_owned(),
            parent: request.parent,
        });
        request.joins.push(KnownJoin { relationship, arguments: &field.arguments, sets, plan: id });
        Ok(id)
    }

    fn finish_root(&mut self, draft: RootDraft<'a>) -> RootPlan {
        let variables = self.variable_uses(draft.request.remote, &draft.request.used);
        let session: Vec<usize> = draft.request.used.session.into_iter().collect();
        let mut text = String::new();
        match self.source.kind {
            OperationKind::Query => {}
            OperationKind::Mutation => text.push_str("mutation"),
            OperationKind::Subscription => text.push_str("subscription"),
        }
        let operation_name = self.source.operation_name.map(str::to_owned);
        let declarations: Vec<String> = variables
            .iter()
            .map(|variable| json::unescape(&variable.declaration))
            .chain(session.iter().map(|index| self.presetter.session[*index].declaration.clone()))
            .collect();
        if !declarations.is_empty() || operation_name.is_some() {
            if text.is_empty() {
                text.push_str("query");
            }
            if let Some(name) = &operation_name {
                text.push(' ');
                text.push_str(name);
            }
            if !declarations.is_empty() {
                text.push_str(&format!("({})", declarations.join(",")));
            }
        }
        text.push('{');
        text.push_str(&draft.fields);
        text.push('}');
        let mut body = String::from("{\"query\":\"");
        json::escape_into(&mut body, &text);
        body.push('"');
        let (remote, slots) = (draft.request.remote, draft.slots);
        RootPlan { remote, body, text, variables, session, operation_name, slots }
    }

    /// The client's variables as a remote is to see them declared.
    fn variable_uses(&mut self, remote: RemoteId, used: &Used) -> Vec<VariableUse> {
        let mut uses = Vec::with_capacity(used.variables.len());
        for index in &used.variables {
            let variable = &self.source.operation.variables[*index];
            let renames = &self.source.catalog.remote(remote).renames;
            let ty = original_type(&variable.ty, renames, &self.source.role.derived_inputs);
            let input = self.presetter.input(remote, ty.inner_named_type());
            let mut text = format!("${}:{ty}", variable.name);
            let mut default = None;
            if let Some(value) = &variable.default_value {
                if input.is_some() {
                    // What is to be completed cannot be declared, since declarations hold no variables.
                    default = value_to_json(value);
                    let Source { role, document, operation, .. } = self.source;
                    if !ty.is_non_null()
                        && is_used_strictly(&role.schema, document, operation, &variable.name)
                    {
                        text.push('!');
                    }
                } else {
                    text.push('=');
                    write_value(&mut text, value, &mut |_| {});
                }
            }
            let mut declaration = String::new();
            json::escape_into(&mut declaration, &text);
            let label = format!("\"{}\":", variable.name);
            uses.push(VariableUse { index: *index, declaration, label, input, default });
        }
        uses
    }

    /// Turns a draft into a shape, if there is anything to do in it.
    fn freeze(&mut self, draft: Draft) -> Option<ShapeId> {
        if draft.is_idle() {
            return None;
        }
        let mut members = Vec::with_capacity(draft.members.len());
        for (key, action) in draft.members {
            let action = match action {
                DraftAction::Plain(action) => action,
                DraftAction::Walk(inner) => self.freeze(inner).map_or(Action::Keep, Action::Walk),
            };
            members.push(Member { label: format!("\"{key}\":"), key, action });
        }
        let mut joins = draft.joins;
        let mut n_parts = 0;
        for join in &mut joins {
            join.first_part = n_parts;
            n_parts += join.n_parts;
        }
        self.shapes.push(Shape { members, joins, n_parts });
        Some(ShapeId(self.shapes.len() as u32 - 1))
    }
}

impl Draft {
    /// Whether nothing is to be done in it.
    fn is_idle(&self) -> bool {
        self.joins.is_empty()
            && self.members.values().all(|action| match action {
                DraftAction::Plain(action) => *action == Action::Keep,
                DraftAction::Walk(inner) => inner.is_idle(),
            })
    }

    /// Adds a member; the same response key of other types is merged.
    fn put(&mut self, key: String, action: DraftAction) {
        match (self.members.get_mut(&key), action) {
            (Some(DraftAction::Walk(known)), DraftAction::Walk(new)) => known.merge(new),
            // A key that is `__typename` on one type and another field on the next: renaming is the safer reading.
            // Nor may a name be shown because on some other type it could be.
            (Some(DraftAction::Plain(Action::MaskedTypename(_))), _) => {}
            (Some(DraftAction::Plain(known @ Action::Typename)), action) => {
                if let DraftAction::Plain(masked @ Action::MaskedTypename(_)) = action {
                    *known = masked;
                }
            }
            (_, action) => {
                self.members.insert(key, action);
            }
        }
    }

    /// Adds the draft of the same response key on other types; objects of the one lack the keys of the other.
    fn merge(&mut self, other: Draft) {
        let offset = self.joins.len() as u16;
        self.joins.extend(other.joins);
        self.joins.iter_mut().for_each(|join| join.required = false);
        for (key, action) in other.members {
            match action {
                DraftAction::Plain(Action::Part { join, part }) => {
                    let action = Action::Part { join: join + offset, part };
                    self.members.insert(key, DraftAction::Plain(action));
                }
                action => self.put(key, action),
            }
        }
    }
}

fn output(key: &Name, value: OutputValue) -> Output {
    Output { key: key.to_string(), label: format!("\"{key}\":"), value }
}

fn list_depth(ty: &apollo_compiler::ast::Type) -> usize {
    let mut depth = 0;
    let mut ty = ty;
    while ty.is_list() {
        depth += 1;
        ty = ty.item_type();
    }
    depth
}
