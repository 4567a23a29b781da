// Written from the server's types by `UPDATE=1 cargo nextest run -p conjoin typescript`. Not to be changed by hand.

/**
 * Something that a role gains or loses.
 */
export type AccessChange = { 
/**
 * `User.email`, `Query.user(id:)`.
 */
place: string, 
/**
 * Whether it is gained.
 */
is_gained: boolean, };

/**
 * An argument, or a field of an input object.
 */
export type ArgumentDetail = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its type: `[ID!]!`.
 */
type_text: string, 
/**
 * The type without lists and non-null.
 */
named_type: string, 
/**
 * What the named type is.
 */
kind: TypeKind, 
/**
 * Whether it takes a list.
 */
is_list: boolean, 
/**
 * Whether it must be given.
 */
is_required: boolean, 
/**
 * What it is when it is not given, in GraphQL.
 */
default: string | null, 
/**
 * What the remote says of it.
 */
description: string | null, };

/**
 * An argument of a field on the way to the target.
 */
export type ArgumentPlace = { 
/**
 * The remote it is of.
 */
remote_schema: string, 
/**
 * From the query root to the field.
 */
field: Array<string>, 
/**
 * The argument, and members of input objects below it.
 */
argument: Array<string>, };

/**
 * List batching: `$key` in a list position stands for the list of all distinct keys.
 */
export type Batch = { 
/**
 * For each variable, the field of a result element that carries its value.
 */
keys: { [key in string]: string }, 
/**
 * Whether several elements may belong to one key (the relationship is then a list).
 */
many?: boolean, 
/**
 * Most keys in one request; unlimited when absent.
 */
max?: number, 
/**
 * From the target field to the list of elements.
 */
path?: Array<string>, };

/**
 * How keys are sent.
 */
export type BatchForm = "alias" | "list";

/**
 * A way to send all keys in one list.
 */
export type BatchOffer = { 
/**
 * The definition with it.
 */
definition: RelationshipDefinition, 
/**
 * The batch.
 */
batch: Batch, 
/**
 * What it is, in one sentence.
 */
message: string, };

/**
 * What tells an object apart from all others. The order is that of the changes.
 */
export type ChangedObject = { "type": "remote_schema", 
/**
 * Its name.
 */
name: string, } | { "type": "permission", 
/**
 * Whose.
 */
role: string, 
/**
 * On what.
 */
remote_schema: string, } | { "type": "relationship", 
/**
 * The type it is defined on.
 */
type_name: string, 
/**
 * Its name.
 */
name: string, 
/**
 * The remote schema of that type.
 */
remote_schema: string, } | { "type": "inherited_role", 
/**
 * Its name.
 */
name: string, } | { "type": "entry", 
/**
 * Key of the section.
 */
section: string, 
/**
 * What tells the entry apart.
 */
name: string, } | { "type": "section", 
/**
 * Its key.
 */
section: string, };

/**
 * A name that something else has already.
 */
export type Clash = { 
/**
 * What it is a name of: `type`, `query`, `mutation` or `subscription`; or `relationship`, for one that could not be served any more.
 */
kind: string, 
/**
 * The name.
 */
name: string, 
/**
 * The remote that has it; absent when Conjoin itself does.
 */
remote_schema: string | null, 
/**
 * How the two differ, in one sentence.
 */
reason: string, };

/**
 * What differs.
 */
export type Comparison = { 
/**
 * What is wrong with the document that was given; nothing else is answered then.
 */
faults: Array<Fault>, 
/**
 * By object.
 */
changes: Array<MetadataChange>, 
/**
 * What would be wrong that is not now. Remotes are not asked.
 */
new_problems: Array<ProblemRow>, 
/**
 * What would not be wrong any more.
 */
solved_problems: Array<ProblemRow>, 
/**
 * Parts that are kept and not served, with the reason.
 */
ignored: Array<Ignored>, 
/**
 * The older document as YAML.
 */
from_yaml: string, 
/**
 * The newer document as YAML.
 */
to_yaml: string, 
/**
 * The newer document, ready for `replace_metadata`.
 */
metadata: unknown, 
/**
 * Of the current metadata.
 */
resource_version: number, };

/**
 * Of `compare_metadata`.
 */
export type ComparisonArguments = { 
/**
 * The older document: a version of the history; the current one when absent.
 */
from_version?: number | null, 
/**
 * The newer document: a version of the history.
 */
to_version?: number | null, 
/**
 * The newer document itself, as JSON or as the text of a YAML or JSON file; the current one when both are absent.
 */
to?: unknown, };

/**
 * How much a remote has.
 */
export type Counts = { 
/**
 * Types that are neither roots nor built in.
 */
types: number, 
/**
 * Fields of the query root.
 */
queries: number, 
/**
 * Fields of the mutation root.
 */
mutations: number, 
/**
 * Fields of the subscription root.
 */
subscriptions: number, };

/**
 * Renames that make two remotes fit beside each other. All keys are original upstream names.
 */
export type Customization = { 
/**
 * Field of each root under which the remote's root fields are served.
 */
root_fields_namespace?: string, 
/**
 * Renames of types.
 */
type_names?: TypeNames, 
/**
 * Renames of fields, per object or interface type.
 */
field_names?: Array<FieldNames>, };

/**
 * One place where the old and the new object are not the same.
 */
export type Difference = { 
/**
 * Keys with dots between them; empty for the whole object.
 */
path: string, 
/**
 * The old value, if there was one.
 */
old: JsonValue | null, 
/**
 * The new value, if there is one.
 */
new: JsonValue | null, };

/**
 * Why something could not be had from a remote, in plain words.
 */
export type Explanation = { 
/**
 * A code of docs/errors.md.
 */
code: string, 
/**
 * What happened.
 */
message: string, 
/**
 * What to do.
 */
help: string | null, };

/**
 * Something wrong with what was given.
 */
export type Fault = { 
/**
 * Where, as a JSON pointer into the arguments: `/definition/to_remote_schema/lhs_fields/0`.
 */
pointer: string, 
/**
 * A code of docs/errors.md.
 */
code: string, 
/**
 * What is wrong.
 */
message: string, 
/**
 * What to do.
 */
help?: string | null, };

/**
 * A field.
 */
export type FieldDetail = { 
/**
 * Original name.
 */
name: string, 
/**
 * What it is served as, if that is another name.
 */
served_name: string | null, 
/**
 * Its type: `[Order!]!`.
 */
type_text: string, 
/**
 * The type without lists and non-null: `Order`.
 */
named_type: string, 
/**
 * What the named type is.
 */
kind: TypeKind, 
/**
 * Whether the value is a list.
 */
is_list: boolean, 
/**
 * What the remote says of it.
 */
description: string | null, 
/**
 * Why it should not be used any more.
 */
deprecated: string | null, 
/**
 * What it takes.
 */
arguments: Array<ArgumentDetail>, };

/**
 * Prefix, suffix and explicit mapping of the field names of one type.
 */
export type FieldNames = { 
/**
 * Original name of the object or interface type.
 */
parent_type: string, 
/**
 * Put before every field name.
 */
prefix?: string, 
/**
 * Put after every field name.
 */
suffix?: string, 
/**
 * Original name to served name.
 */
mapping?: { [key in string]: string }, };

/**
 * What was found, the best first.
 */
export type Found = { 
/**
 * How many there are.
 */
total: number, 
/**
 * The best of them.
 */
entries: Array<FoundEntry>, };

/**
 * Something with a name, in a remote.
 */
export type FoundEntry = { 
/**
 * Which remote.
 */
remote_schema: string, 
/**
 * What it is.
 */
kind: OutlineKind, 
/**
 * Its own name.
 */
name: string, 
/**
 * The type that it is, or is of.
 */
type_name: string, 
/**
 * Where it is: `User.name`, `Query.user(id:)`.
 */
path: string, 
/**
 * What it takes and gives.
 */
signature: string, 
/**
 * What the remote says of it.
 */
description: string | null, };

/**
 * A configured header.
 */
export type Header = { name: string, value: string } | { name: string, value_from_env: string };

/**
 * Whether a remote is served, and from what.
 */
export type Health = "healthy" | "stale" | "inconsistent" | "missing";

/**
 * Of `get_remote_schema_health`.
 */
export type HealthArguments = { 
/**
 * Which remote.
 */
remote_schema: string, };

/**
 * The health of a remote from some moment on.
 */
export type HealthChange = { 
/**
 * When it was noticed, as RFC 3339 in UTC.
 */
at: string, 
/**
 * What it is from then on.
 */
health: Health, 
/**
 * Why it does not answer.
 */
failure: Explanation | null, };

/**
 * The last changes of a remote's health since the process started, the newest first.
 */
export type HealthHistory = { changes: Array<HealthChange>, };

/**
 * A role that does not see a relationship.
 */
export type HiddenFrom = { 
/**
 * The role.
 */
role: string, 
/**
 * Why.
 */
reason: string, };

/**
 * Something that is hidden.
 */
export type HiddenPlace = { 
/**
 * `User.email`, `Query.user(id:)`.
 */
place: string, 
/**
 * What it is.
 */
kind: string, 
/**
 * Why.
 */
reason: string, };

/**
 * A relationship that is hidden.
 */
export type HiddenRelationship = { 
/**
 * The remote of its type.
 */
remote_schema: string, 
/**
 * The type.
 */
type_name: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Why.
 */
reason: string, };

/**
 * What came of trying a few keys.
 */
export type Hits = { 
/**
 * Keys that were tried.
 */
asked: number, 
/**
 * Keys with a value.
 */
found: number, 
/**
 * Why none was tried.
 */
failure: string | null, };

/**
 * A part of a document that is kept and not served.
 */
export type Ignored = { 
/**
 * Its key.
 */
section: string, 
/**
 * How many entries it has.
 */
n_entries: number, 
/**
 * Why it is not served.
 */
reason: string, };

/**
 * The contract of `extensions.joinPlan` and of the explain endpoint.
 */
export type JoinPlan = { 
/**
 * Version of this contract: 1.
 */
version: number, 
/**
 * Wall time of the whole run in nanoseconds; absent when not run.
 */
totalNs?: number, 
/**
 * Upstream requests when no answer has more keys than fit into one request.
 */
minRequests: number, 
/**
 * Most upstream requests that one run may make.
 */
maxRequests: number, 
/**
 * The steps, parents first.
 */
steps: Array<Step & Partial<StepTrace>>, };

export type JsonValue = number | string | boolean | Array<JsonValue> | { [key in string]: JsonValue } | null;

/**
 * A field that may be a key.
 */
export type KeyField = { 
/**
 * Its original name.
 */
name: string, 
/**
 * Its type.
 */
type_text: string, 
/**
 * Whether its value can be given to the argument; true when none is named.
 */
fits: boolean, 
/**
 * Why not.
 */
reason: string | null, 
/**
 * How well its name fits the argument, from 0 to 1.
 */
score: number, };

/**
 * Of `list_relationship_keys`.
 */
export type KeysArguments = { 
/**
 * The remote of the type.
 */
remote_schema: string, 
/**
 * The type.
 */
type_name: string, 
/**
 * The argument that is to be filled; absent when none is chosen yet.
 */
argument?: ArgumentPlace | null, };

/**
 * An argument with a value.
 */
export type Mapping = { 
/**
 * Which, from the root field: `user.id`, `search.filter.code`.
 */
argument: string, 
/**
 * The field of the type, or the value as GraphQL.
 */
source: string, 
/**
 * Whether the source is a field.
 */
is_field: boolean, };

/**
 * One object that is not the same in both documents.
 */
export type MetadataChange = { 
/**
 * What happened to it.
 */
kind: MetadataChangeKind, 
/**
 * Which object.
 */
object: ChangedObject, 
/**
 * Where it differs; empty unless it was changed.
 */
differences?: Array<Difference>, 
/**
 * What was added, or the differences, in one line.
 */
summary: string, };

/**
 * What happened to an object.
 */
export type MetadataChangeKind = "added" | "changed" | "removed";

/**
 * The answer to `get_metadata_history`.
 */
export type MetadataHistory = { 
/**
 * The newest first.
 */
history: Array<MetadataVersion>, };

/**
 * A version of the metadata, without the document.
 */
export type MetadataVersion = { 
/**
 * Its number.
 */
resource_version: number, 
/**
 * When it was made: RFC 3339, in UTC.
 */
at: string, 
/**
 * Who made it.
 */
source: string, 
/**
 * The command that did.
 */
command: string, };

/**
 * Something worth knowing.
 */
export type Note = { 
/**
 * Whether one should look into it.
 */
is_warning: boolean, 
/**
 * What it is.
 */
message: string, };

/**
 * What a failed join does to the response.
 */
export type OnError = "null" | "fail";

/**
 * What happens when the gateway sees on its own that a remote's schema is another one.
 */
export type OnSchemaChange = "apply" | "apply_if_safe" | "hold";

/**
 * Kinds of things in a schema.
 */
export type OutlineKind = "type" | "query" | "mutation" | "subscription" | "field" | "argument" | "input_field" | "value";

/**
 * How the gateway is.
 */
export type Overview = { 
/**
 * Of Conjoin.
 */
version: string, 
/**
 * Of the metadata.
 */
resource_version: number, 
/**
 * Whether everything is served.
 */
is_consistent: boolean, 
/**
 * Whether roles are restricted at all.
 */
has_permissions: boolean, 
/**
 * Types that the administrator sees.
 */
n_types: number, 
/**
 * Relationships in the metadata.
 */
n_relationships: number, 
/**
 * Roles that the metadata names, inherited ones among them.
 */
roles: Array<string>, 
/**
 * In the order of the metadata.
 */
remote_schemas: Array<RemoteSummary>, 
/**
 * What is wrong, the worst first.
 */
problems: Array<ProblemRow>, };

/**
 * Of `get_overview`: nothing.
 */
export type OverviewArguments = Record<symbol, never>;

/**
 * Of `get_permission`.
 */
export type PermissionArguments = { 
/**
 * Which remote.
 */
remote_schema: string, 
/**
 * Which role.
 */
role: string, };

/**
 * How much of a remote a role sees.
 */
export type PermissionCell = { 
/**
 * In one word.
 */
state: PermissionState, 
/**
 * Fields that are granted.
 */
granted: number, 
/**
 * Fields that the remote has.
 */
total: number, 
/**
 * What is wrong.
 */
problem: ProblemRow | null, };

/**
 * What a permission means.
 */
export type PermissionCheck = { 
/**
 * Whether nothing is wrong with it.
 */
ok: boolean, 
/**
 * What is wrong with it.
 */
flaws: Array<PermissionFlaw>, 
/**
 * Fields that are granted.
 */
granted: number, 
/**
 * Fields that the remote has.
 */
total: number, 
/**
 * The schema that the role sees of the remote.
 */
sdl: string | null, 
/**
 * The whole permission as SDL, with presets, when it is one that denies; the text itself otherwise.
 */
written: string, 
/**
 * What is odd about it.
 */
warnings: Array<string>, 
/**
 * What is hidden from the role, and why; the first 2,000 places. What is inside of a hidden type is not listed.
 */
hidden: Array<HiddenPlace>, 
/**
 * Relationships from and to the remote that the role does not see, and why.
 */
hidden_relationships: Array<HiddenRelationship>, 
/**
 * Fields that a schema has which the remote has got and which is still held back: an SDL neither grants nor denies them. Once
 * that schema is served they are hidden like all that is not granted. Empty when nothing is held back, as nothing else
 * tells how old a permission is.
 */
undecided: Array<string>, 
/**
 * What the role would gain or lose against the metadata.
 */
changes: Array<AccessChange>, };

/**
 * Of `check_permission`.
 */
export type PermissionCheckArguments = { 
/**
 * Which remote.
 */
remote_schema: string, 
/**
 * Which role.
 */
role: string, 
/**
 * Its `definition`, which may still be wrong.
 */
definition: { schema: string, deny?: Array<string> }, };

/**
 * A permission, and what it is about.
 */
export type PermissionDetail = { 
/**
 * Its `definition` in the metadata; absent when there is none.
 */
definition: { schema: string, deny?: Array<string> } | null, 
/**
 * What the user says of it.
 */
comment: string | null, 
/**
 * The remote's schema under original names, without what is built in.
 */
upstream_sdl: string, 
/**
 * The roles that it is inherited from.
 */
inherited_from: Array<string>, 
/**
 * What it means.
 */
check: PermissionCheck, };

/**
 * Something wrong with a permission.
 */
export type PermissionFlaw = { 
/**
 * A code of docs/errors.md.
 */
code: string, 
/**
 * What is wrong.
 */
message: string, 
/**
 * Where it is about: `User.email`.
 */
place: string | null, 
/**
 * Line in the SDL, from 1.
 */
line: number | null, 
/**
 * Column in the SDL, from 1.
 */
column: number | null, };

/**
 * Which role sees how much of which remote.
 */
export type PermissionMatrix = { 
/**
 * Whether roles are restricted at all.
 */
is_enabled: boolean, 
/**
 * Names of remotes, in the order of the metadata.
 */
remote_schemas: Array<string>, 
/**
 * Roles by name.
 */
roles: Array<RoleRow>, };

/**
 * How much of a remote a role sees.
 */
export type PermissionState = "none" | "partial" | "full" | "inherited" | "broken";

/**
 * Of `get_permissions`: nothing.
 */
export type PermissionsArguments = Record<symbol, never>;

/**
 * What was found out.
 */
export type Probe = { 
/**
 * What is wrong with the definition; the remote is not asked then.
 */
faults: Array<Fault>, 
/**
 * Why there is no schema.
 */
failure: Explanation | null, 
/**
 * How long the remote took to answer.
 */
ms: number | null, 
/**
 * How much it has.
 */
counts: Counts | null, 
/**
 * What is odd about its schema.
 */
warnings: Array<string>, 
/**
 * Variables that the definition names, and whether they are set.
 */
variables: Array<Variable>, 
/**
 * Names that something else has already.
 */
clashes: Array<Clash>, 
/**
 * A customization that clashes with nothing; absent when there is no need.
 */
proposed: Customization | null, 
/**
 * Names that are served otherwise.
 */
renames: Array<Rename>, 
/**
 * The schema as it would be served.
 */
sdl: string | null, 
/**
 * The entry of `remote_schemas.yaml`.
 */
yaml: string, 
/**
 * The command that does the same.
 */
cli: string, };

/**
 * Of `probe_remote_schema`.
 */
export type ProbeArguments = { 
/**
 * What it would be called.
 */
name: string, 
/**
 * Its definition, which may still be wrong.
 */
definition: RemoteSchemaDefinition, 
/**
 * The remote whose place it takes, when one is changed.
 */
replaces?: string | null, 
/**
 * Whether the remote is asked, or only what is known of the one that is replaced is looked at.
 */
fetch?: boolean, };

/**
 * A problem of an object of the metadata.
 */
export type ProblemRow = { 
/**
 * Which object, for people: `remote schema crm`.
 */
title: string, 
/**
 * Kind of object: `remote_schema`, `remote_schema_permission`, … as in `get_inconsistent_metadata`.
 */
kind: string, 
/**
 * The remote schema it is of.
 */
remote_schema: string | null, 
/**
 * The type a relationship is on.
 */
type_name: string | null, 
/**
 * Name of the relationship.
 */
relationship: string | null, 
/**
 * The role.
 */
role: string | null, 
/**
 * How bad it is.
 */
severity: ProblemSeverity, 
/**
 * A code of docs/errors.md.
 */
code: string, 
/**
 * What is wrong.
 */
reason: string, 
/**
 * Details of the cause.
 */
detail: JsonValue | null, };

/**
 * How bad a problem is.
 */
export type ProblemSeverity = "inconsistent" | "stale" | "ambiguous" | "warning";

/**
 * Whether a relationship would work, and how.
 */
export type RelationshipCheck = { 
/**
 * Whether it would be served.
 */
ok: boolean, 
/**
 * What is wrong with it.
 */
faults: Array<Fault>, 
/**
 * What is worth knowing.
 */
notes: Array<Note>, 
/**
 * The field that is added: `extend type Order { user: User }`.
 */
sdl: string | null, 
/**
 * The type of its value.
 */
result_type: string | null, 
/**
 * What the remote would be asked for three objects.
 */
request: string | null, 
/**
 * How keys are sent.
 */
batch: BatchForm | null, 
/**
 * A way to send all keys in one list.
 */
batch_offer: BatchOffer | null, 
/**
 * Arguments that are left to clients.
 */
open_arguments: Array<string>, 
/**
 * The entry of the YAML directory.
 */
yaml: string, 
/**
 * The command that does the same.
 */
cli: string, };

/**
 * Of `check_relationship`.
 */
export type RelationshipCheckArguments = { 
/**
 * The remote of the type.
 */
remote_schema: string, 
/**
 * The type.
 */
type_name: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Its definition, which may still be wrong.
 */
definition: unknown, 
/**
 * The relationship whose place it takes, when one is changed.
 */
replaces?: string | null, };

/**
 * Where the value of a relationship comes from.
 */
export type RelationshipDefinition = { to_remote_schema: ToRemoteSchema } | { to_source: Record<string, unknown> };

/**
 * Fields of a type that may be keys.
 */
export type RelationshipKeys = { 
/**
 * In the order of the type, those that fit best first.
 */
fields: Array<KeyField>, };

/**
 * A relationship.
 */
export type RelationshipRow = { 
/**
 * The remote of its type.
 */
remote_schema: string, 
/**
 * The type.
 */
type_name: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Its definition.
 */
definition: RelationshipDefinition, 
/**
 * Where it leads; absent when that is a database.
 */
target: RelationshipTarget | null, 
/**
 * How arguments get their values.
 */
mapping: Array<Mapping>, 
/**
 * How it is batched.
 */
batch: BatchForm, 
/**
 * Why it is not served.
 */
problem: ProblemRow | null, 
/**
 * Roles that do not see it, with the reasons.
 */
hidden_from: Array<HiddenFrom>, };

/**
 * Where a relationship leads.
 */
export type RelationshipTarget = { 
/**
 * The remote.
 */
remote_schema: string, 
/**
 * From the query root to the field.
 */
path: Array<string>, 
/**
 * The type of the value: `[Order!]`; absent when it is not served.
 */
result_type: string | null, 
/**
 * That type without lists and non-null.
 */
named_type: string | null, };

/**
 * What a relationship brings.
 */
export type RelationshipTest = { 
/**
 * Whether every request was answered without errors.
 */
ok: boolean, 
/**
 * Keys and what belongs to them.
 */
rows: Array<TestRow>, 
/**
 * What was asked.
 */
requests: Array<UpstreamRequest>, 
/**
 * Errors of the response.
 */
errors: Array<unknown>, 
/**
 * Why it could not be tried.
 */
failure: Explanation | null, 
/**
 * How long all of it took.
 */
ms: number, };

/**
 * Of `test_relationship`.
 */
export type RelationshipTestArguments = { 
/**
 * The remote of the type.
 */
remote_schema: string, 
/**
 * The type.
 */
type_name: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Its definition; the one in the metadata when absent.
 */
definition?: unknown, 
/**
 * Keys to try: objects with the key fields. Those of a few objects of the remote when absent.
 */
keys?: Array<Record<string, unknown>>, 
/**
 * How many objects to take keys from; 3 when absent.
 */
take?: number | null, 
/**
 * What to ask of the value: `{ id name }`.
 */
selection?: string | null, 
/**
 * Arguments that the relationship leaves to clients: `limit: 5`.
 */
arguments?: string | null, };

/**
 * Relationships, in the order of the metadata.
 */
export type Relationships = { 
/**
 * Each of them.
 */
relationships: Array<RelationshipRow>, };

/**
 * Of `list_relationships`.
 */
export type RelationshipsArguments = { 
/**
 * On types of this remote only.
 */
remote_schema?: string | null, };

/**
 * One step of the path to the target: a field, its bound arguments, and the step after it.
 */
export type RemoteField = { [field: string]: { arguments: Record<string, unknown>, field?: RemoteField } };

/**
 * Address and call settings of a remote schema.
 */
export type RemoteSchemaDefinition = { 
/**
 * URL, may hold `{{ENV}}` templates. Exactly one of `url` and `url_from_env` is set; see [`Self::check`].
 */
url?: string, 
/**
 * Name of the environment variable that holds the URL.
 */
url_from_env?: string, 
/**
 * Whole-response timeout in seconds; 60 when absent.
 */
timeout_seconds?: number, 
/**
 * Renames of types and root fields.
 */
customization?: Customization, 
/**
 * Headers sent with every request.
 */
headers?: Array<Header>, 
/**
 * Whether the client's own headers are passed on.
 */
forward_client_headers?: boolean, 
/**
 * Conjoin's extension: the client's headers that are passed on, instead of nearly all or none.
 */
forward_headers?: Array<{ name: string, as?: string }>, 
/**
 * Conjoin's extension: which session variables are sent; all when absent.
 */
forward_session_variables?: boolean | Array<string | { name: string, as?: string }>, 
/**
 * Conjoin's extension: headers of introspection only; they beat `headers` of the same name.
 */
introspection_headers?: Array<Header>, 
/**
 * Conjoin's extension: how the gateway shows who it is.
 */
auth?: Record<string, unknown>, 
/**
 * Conjoin's extension: whom to trust, and the certificate to show.
 */
tls?: Record<string, unknown>, 
/**
 * Conjoin's extension: most aliased fields in one batched request; 64 when absent.
 */
max_aliases?: number, 
/**
 * Conjoin's extension: where its schema is, when it does not tell it itself.
 */
schema_from?: { sdl: string } | { file: string } | { url: string }, 
/**
 * Conjoin's extension: how often the gateway looks for another schema; never when absent.
 */
poll_interval_seconds?: number, 
/**
 * Conjoin's extension: what happens when the gateway finds one.
 */
on_schema_change?: OnSchemaChange, };

/**
 * How a remote does.
 */
export type RemoteSummary = { 
/**
 * Its name.
 */
name: string, 
/**
 * What the user says of it.
 */
comment: string | null, 
/**
 * Its address as the metadata has it, without passwords: `https://…`, `{{VARIABLE}}`.
 */
url: string, 
/**
 * Whether it is served, and from what.
 */
health: Health, 
/**
 * Why it did not answer last time.
 */
failure: Explanation | null, 
/**
 * How much it has; absent while nothing is known.
 */
counts: Counts | null, 
/**
 * Relationships on its types.
 */
n_relationships_out: number, 
/**
 * Relationships that lead to it.
 */
n_relationships_in: number, 
/**
 * Roles with a permission on it.
 */
roles: Array<string>, 
/**
 * When the served schema was fetched, as RFC 3339 in UTC.
 */
introspected_at: string | null, 
/**
 * How long it took to answer introspection, if this process has asked.
 */
introspection_ms: number | null, 
/**
 * Whether another schema is held.
 */
has_held_change: boolean, 
/**
 * Whether its names are customized.
 */
is_customized: boolean, 
/**
 * Problems of it and of its relationships and permissions.
 */
n_problems: number, };

/**
 * A name that is served otherwise.
 */
export type Rename = { 
/**
 * What it is a name of: `type`, `field` or `root_field`.
 */
kind: string, 
/**
 * The type it is of, when it is a field.
 */
parent: string | null, 
/**
 * Original name.
 */
before: string, 
/**
 * Served name.
 */
after: string, };

/**
 * One upstream request of a run.
 */
export type RequestTrace = { 
/**
 * Start after the client request's start.
 */
startNs: number, 
/**
 * Until its answer was read.
 */
durNs: number, 
/**
 * HTTP status; absent when there was no answer.
 */
status: number | null, 
/**
 * Bytes of the answer's body.
 */
bytes: number, 
/**
 * Operation text.
 */
query: string, 
/**
 * Why there is no answer.
 */
error: string | null, };

/**
 * A role.
 */
export type RoleRow = { 
/**
 * Its name.
 */
name: string, 
/**
 * The roles that it inherits from.
 */
inherits: Array<string>, 
/**
 * One for each remote, in the same order.
 */
cells: Array<PermissionCell>, };

/**
 * A schema as text.
 */
export type Sdl = { 
/**
 * The text.
 */
sdl: string, };

/**
 * Of `get_remote_schema_sdl`.
 */
export type SdlArguments = { 
/**
 * Which remote.
 */
remote_schema: string, 
/**
 * Under the names that are served, in place of the original ones.
 */
served?: boolean, };

/**
 * Of `search_remote_schemas`.
 */
export type SearchArguments = { 
/**
 * Part of a name or of a path: `user`, `Query.us`.
 */
text: string, 
/**
 * Remotes that are searched; all when absent.
 */
remote_schemas?: Array<string> | null, 
/**
 * Kinds that are wanted; all when absent.
 */
kinds?: Array<OutlineKind> | null, 
/**
 * How many at most; 50 when absent.
 */
limit?: number | null, };

/**
 * A step: one kind of upstream request.
 */
export type Step = { 
/**
 * Number of the step.
 */
id: number, 
/**
 * Steps whose answers it needs.
 */
dependsOn: Array<number>, 
/**
 * `root` or `join`.
 */
kind: string, 
/**
 * Metadata name of the remote.
 */
schema: string, 
/**
 * The upstream root field or fields.
 */
field: string, 
/**
 * Where the value goes in the response, with `[]` for lists: `orders[].user`.
 */
path: string, 
/**
 * `none`, `alias` or `list`.
 */
batch: string, 
/**
 * Most keys in one request.
 */
maxKeys?: number, 
/**
 * The join key's fields: `Order.user_id`.
 */
keys: Array<string>, 
/**
 * Upstream operation text; for a join, with one key.
 */
query: string, };

/**
 * What a step did in one run.
 */
export type StepTrace = { 
/**
 * Sites with a key.
 */
keysIn: number, 
/**
 * Distinct keys.
 */
keysUnique: number, 
/**
 * Sites, or root fields, that got another value than null.
 */
rowsOut: number, 
/**
 * Start after the request's start.
 */
startNs: number, 
/**
 * From the first request's start to the last answer.
 */
durNs: number, 
/**
 * The upstream requests.
 */
requests: Array<RequestTrace>, };

/**
 * A relationship that might be wanted.
 */
export type Suggestion = { 
/**
 * What tells it apart, whatever name is free: `orders.Order.userId -> users.user.id`.
 */
id: string, 
/**
 * How sure it is, from 0 to 1.
 */
score: number, 
/**
 * The remote of the type.
 */
remote_schema: string, 
/**
 * The type.
 */
type_name: string, 
/**
 * A free name.
 */
name: string, 
/**
 * Its definition.
 */
definition: RelationshipDefinition, 
/**
 * Where it leads.
 */
target: RelationshipTarget, 
/**
 * How arguments get their values.
 */
mapping: Array<Mapping>, 
/**
 * How keys would be sent.
 */
batch: BatchForm, 
/**
 * Why it is suggested, one sentence each.
 */
reasons: Array<string>, 
/**
 * What came of trying a few keys.
 */
hits: Hits | null, };

/**
 * Relationships that might be wanted.
 */
export type Suggestions = { 
/**
 * The best first; none that the metadata has already.
 */
suggestions: Array<Suggestion>, };

/**
 * Of `suggest_relationships`.
 */
export type SuggestionsArguments = { 
/**
 * On types of this remote only.
 */
remote_schema?: string | null, 
/**
 * The lowest score; 0.5 when absent.
 */
min_score?: number | null, 
/**
 * How many at most; 100 when absent.
 */
limit?: number | null, 
/**
 * Whether up to 20 keys of each of the first 10 are tried on the remotes.
 */
probe?: boolean, };

/**
 * A key and what belongs to it.
 */
export type TestRow = { 
/**
 * The key.
 */
key: Record<string, unknown>, 
/**
 * The value of the relationship.
 */
value: unknown, };

/**
 * A relationship to a query root field (or a path below one) of a remote schema.
 */
export type ToRemoteSchema = { 
/**
 * Conjoin's extension: one list argument instead of aliases.
 */
batch?: Batch, 
/**
 * Original names of the fields whose values are the join key.
 */
lhs_fields: Array<string>, 
/**
 * Conjoin's extension: what a failed join does to the response.
 */
on_error?: OnError, 
/**
 * Path of field calls starting at the target's query root.
 */
remote_field: RemoteField, 
/**
 * Name of the target remote; may be the remote the relationship is defined on.
 */
remote_schema: string, };

/**
 * An operation with its upstream requests.
 */
export type Trace = { 
/**
 * In short.
 */
summary: TraceSummary, 
/**
 * Its text.
 */
query: string, 
/**
 * What was asked of whom, and when.
 */
plan: JoinPlan, };

/**
 * Of `get_trace`.
 */
export type TraceArguments = { 
/**
 * Which.
 */
id: number, };

/**
 * How an operation ended.
 */
export type TraceOutcome = "ok" | "partial" | "error";

/**
 * An operation that was executed.
 */
export type TraceSummary = { 
/**
 * What tells it apart; newer ones have higher ids.
 */
id: number, 
/**
 * When it began, as RFC 3339 in UTC with milliseconds.
 */
at: string, 
/**
 * The role.
 */
role: string, 
/**
 * Name of the operation.
 */
operation: string | null, 
/**
 * `query`, `mutation` or `subscription`.
 */
kind: string, 
/**
 * How it ended.
 */
outcome: TraceOutcome, 
/**
 * From its start to its response.
 */
dur_ns: number, 
/**
 * Upstream requests.
 */
n_requests: number, 
/**
 * The remotes that were asked, in that order.
 */
remote_schemas: Array<string>, };

/**
 * The last operations.
 */
export type Traces = { 
/**
 * The newest first.
 */
traces: Array<TraceSummary>, 
/**
 * How many are kept; 0 when none are.
 */
capacity: number, };

/**
 * Of `get_traces`.
 */
export type TracesArguments = { 
/**
 * How many at most; 50 when absent.
 */
limit?: number | null, 
/**
 * Older ones than this.
 */
before?: number | null, };

/**
 * Of `get_remote_schema_type`.
 */
export type TypeArguments = { 
/**
 * Which remote.
 */
remote_schema: string, 
/**
 * Original name of the type.
 */
type_name: string, };

/**
 * A type with all that is known of it, under original names.
 */
export type TypeDetail = { 
/**
 * Original name.
 */
name: string, 
/**
 * What it is served as, if that is another name.
 */
served_name: string | null, 
/**
 * What it is.
 */
kind: TypeKind, 
/**
 * What the remote says of it.
 */
description: string | null, 
/**
 * Of an object or interface.
 */
fields: Array<FieldDetail>, 
/**
 * Of an input object.
 */
input_fields: Array<ArgumentDetail>, 
/**
 * Of an enum.
 */
values: Array<ValueDetail>, 
/**
 * Interfaces that it implements.
 */
interfaces: Array<string>, 
/**
 * Members of a union, implementations of an interface.
 */
possible_types: Array<string>, 
/**
 * Relationships on it.
 */
relationships: Array<RelationshipRow>, 
/**
 * Relationships that use it otherwise.
 */
used_by: Array<RelationshipRow>, 
/**
 * Roles with a permission on the remote that do not see it.
 */
hidden_from: Array<string>, 
/**
 * Its definition.
 */
sdl: string, };

/**
 * Kinds of types.
 */
export type TypeKind = "scalar" | "object" | "interface" | "union" | "enum" | "input_object";

/**
 * Types of a remote, roots first, then by name.
 */
export type TypeList = { 
/**
 * How many there are.
 */
total: number, 
/**
 * The part that was asked for.
 */
types: Array<TypeSummary>, 
/**
 * Type of queries.
 */
query_root: string, 
/**
 * Type of mutations.
 */
mutation_root: string | null, 
/**
 * Type of subscriptions.
 */
subscription_root: string | null, };

/**
 * Prefix, suffix and explicit mapping of type names; `mapping` beats the other two.
 */
export type TypeNames = { 
/**
 * Put before every type name.
 */
prefix?: string, 
/**
 * Put after every type name.
 */
suffix?: string, 
/**
 * Original name to served name.
 */
mapping?: { [key in string]: string }, };

/**
 * A type in a list.
 */
export type TypeSummary = { 
/**
 * Original name.
 */
name: string, 
/**
 * What it is served as, if that is another name.
 */
served_name: string | null, 
/**
 * What it is.
 */
kind: TypeKind, 
/**
 * Fields, input fields, values or members.
 */
n_members: number, 
/**
 * Relationships on it.
 */
n_relationships: number, 
/**
 * What the remote says of it.
 */
description: string | null, };

/**
 * Of `list_remote_schema_types`.
 */
export type TypesArguments = { 
/**
 * Which remote.
 */
remote_schema: string, 
/**
 * Part of a name of a type or of one of its fields, in any case.
 */
search?: string | null, 
/**
 * Kinds that are wanted; all when absent.
 */
kinds?: Array<TypeKind> | null, 
/**
 * How many to leave out.
 */
offset?: number, 
/**
 * How many at most; 100 when absent.
 */
limit?: number | null, };

/**
 * A request to a remote, and what came of it.
 */
export type UpstreamRequest = { 
/**
 * Who was asked.
 */
remote_schema: string, 
/**
 * The operation text.
 */
query: string, 
/**
 * Its variables.
 */
variables: JsonValue | null, 
/**
 * HTTP status; absent when there was no answer.
 */
status: number | null, 
/**
 * How long it took.
 */
ms: number, 
/**
 * Bytes of the answer.
 */
bytes: number, 
/**
 * Why there is no answer.
 */
error: string | null, };

/**
 * A value of an enum.
 */
export type ValueDetail = { 
/**
 * Its name.
 */
name: string, 
/**
 * What the remote says of it.
 */
description: string | null, 
/**
 * Why it should not be used any more.
 */
deprecated: string | null, };

/**
 * An environment variable of the server. Its value is never told.
 */
export type Variable = { 
/**
 * Its name.
 */
name: string, 
/**
 * Whether it is set.
 */
is_set: boolean, };

/** What can be asked. */
export type Question =
  | { type: 'get_overview'; args: OverviewArguments }
  | { type: 'get_remote_schema_health'; args: HealthArguments }
  | { type: 'list_remote_schema_types'; args: TypesArguments }
  | { type: 'get_remote_schema_type'; args: TypeArguments }
  | { type: 'get_remote_schema_sdl'; args: SdlArguments }
  | { type: 'search_remote_schemas'; args: SearchArguments }
  | { type: 'probe_remote_schema'; args: ProbeArguments }
  | { type: 'list_relationships'; args: RelationshipsArguments }
  | { type: 'list_relationship_keys'; args: KeysArguments }
  | { type: 'check_relationship'; args: RelationshipCheckArguments }
  | { type: 'test_relationship'; args: RelationshipTestArguments }
  | { type: 'suggest_relationships'; args: SuggestionsArguments }
  | { type: 'get_permissions'; args: PermissionsArguments }
  | { type: 'get_permission'; args: PermissionArguments }
  | { type: 'check_permission'; args: PermissionCheckArguments }
  | { type: 'compare_metadata'; args: ComparisonArguments }
  | { type: 'get_traces'; args: TracesArguments }
  | { type: 'get_trace'; args: TraceArguments };

/** What is answered. */
export interface Answers {
  get_overview: Overview;
  get_remote_schema_health: HealthHistory;
  list_remote_schema_types: TypeList;
  get_remote_schema_type: TypeDetail;
  get_remote_schema_sdl: Sdl;
  search_remote_schemas: Found;
  probe_remote_schema: Probe;
  list_relationships: Relationships;
  list_relationship_keys: RelationshipKeys;
  check_relationship: RelationshipCheck;
  test_relationship: RelationshipTest;
  suggest_relationships: Suggestions;
  get_permissions: PermissionMatrix;
  get_permission: PermissionDetail;
  check_permission: PermissionCheck;
  compare_metadata: Comparison;
  get_traces: Traces;
  get_trace: Trace;
}
