//! Attempts to get at what another role may see, against a real gateway over HTTP; what counts is what the remotes received.
//!
//! `tests/roles_apart` has the two remotes and what the role `reader` is granted: documents of its own tenant, which a preset
//! says wherever documents are asked for. Ledgers, wages and the keys of joins are hidden from it. The caller is of the
//! tenant `acme` throughout, and tries to be `evil`. Who gets in at all is the subject of `auth_matrix.rs`.
//!
//! The file is longer than most, as it is one list of attempts against one stage.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use testkit::identity::Signer;
use testkit::remote::Request;
use testkit::{Answer, Behaviour, Gateway, Remote};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const READER: &str = include_str!("roles_apart/reader.graphql");
const PEOPLE_READER: &str = r#"
    type Query { person(id: Int!, viewer: String @preset(value: "x-hasura-tenant")): Person }
    type Person { name: String }
"#;

const SECRET: &str = "x-hasura-admin-secret: s3cret";
/// A reader of the tenant `acme`, believed because of the secret.
const ACME: &[&str] = &[SECRET, "x-hasura-role: reader", "x-hasura-tenant: acme"];
const ADMIN: &[&str] = &[SECRET];

/// What takes the place of a remote's words that may tell a hidden key.
const NOT_SHOWN: &str = "the remote reported an error that is not shown to this role";

/// Names of the remotes that appear nowhere in what a reader sees.
const HIDDEN: [&str; 14] = [
    "Ledger",
    "ledger",
    "books",
    "balance",
    "audit",
    "AuditFilter",
    "since",
    "purge",
    "owner",
    "payroll",
    "payrollAbove",
    "FISCAL",
    "wage",
    "viewer",
];

/// The two remotes, and a gateway that knows the roles `reader`, `editor` and `anonymous`.
struct Stage {
    vault: Remote,
    people: Remote,
    gateway: Gateway,
}

impl Stage {
    async fn new(words: &[String]) -> Self {
        let vault = include_str!("roles_apart/vault.graphql");
        let vault = Remote::start(vault, include_str!("roles_apart/vault.json")).await.unwrap();
        let people = include_str!("roles_apart/people.graphql");
        let people = Remote::start(people, include_str!("roles_apart/people.json")).await.unwrap();
        let words = [&["--admin-secret=s3cret".to_owned()], words].concat();
        let stage = Self { gateway: Gateway::start(&words).await.unwrap(), vault, people };
        let relationship = |name: &str, remote: &str, field: &str, remote_field: Value| {
            json!({"name": name, "definition": {"to_remote_schema": {
                "remote_schema": remote, "lhs_fields": [field], "remote_field": remote_field}}})
        };
        let relationships = json!([{"type_name": "Doc", "relationships": [
            relationship("author", "people", "owner", json!({"person": {"arguments": {"id": "$owner"}}})),
            relationship("account", "vault", "id", json!({"ledger": {"arguments": {"id": "$id"}}})),
            relationship("twins", "vault", "title", json!({"docs": {"arguments": {"where": {"title": "$title"}}}})),
        ]}]);
        let metadata = json!({"version": 3, "remote_schemas": [
            {
                "name": "vault",
                "definition": {"url": stage.vault.url(), "forward_client_headers": true},
                "remote_relationships": relationships,
                "permissions": permissions(READER),
            },
            {"name": "people", "definition": {"url": stage.people.url()}, "permissions": permissions(PEOPLE_READER)},
        ]});
        let answer = stage.metadata("replace_metadata", json!({"metadata": metadata})).await;
        assert_eq!(answer["is_consistent"], true, "{answer}");
        stage.forget();
        stage
    }

    async fn metadata(&self, command: &str, args: Value) -> Value {
        let headers = BTreeMap::from([("x-hasura-admin-secret".to_owned(), "s3cret".to_owned())]);
        let body = json!({"type": command, "args": args});
        let answer = self.gateway.post("/v1/metadata", &body, &headers).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    fn forget(&self) {
        self.vault.forget();
        self.people.forget();
    }

    /// What the remotes received since the last look, and forgets it.
    fn received(&self) -> Vec<Request> {
        let received = [self.vault.requests(), self.people.requests()].concat();
        self.forget();
        received
    }

    /// A request written byte by byte, so that no client library mends it. Gives the body of the answer.
    async fn send(&self, method: &str, target: &str, headers: &[&[u8]], body: &[u8]) -> String {
        let url = self.gateway.url("");
        let address = url.strip_prefix("http://").unwrap();
        let mut request = format!("{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
        request += &format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
        let mut request = request.into_bytes();
        for header in headers {
            request.extend_from_slice(header);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body);
        let mut answer = Vec::new();
        let exchange = async {
            let mut connection = TcpStream::connect(address).await.unwrap();
            connection.write_all(&request).await.unwrap();
            connection.read_to_end(&mut answer).await.unwrap();
        };
        tokio::time::timeout(Duration::from_secs(30), exchange).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// The answer to a query with variables as raw JSON.
    async fn ask(&self, headers: &[&str], query: &str, variables: &str) -> Value {
        self.ask_in(headers, &body(query, variables)).await
    }

    /// The answer to a body.
    async fn ask_in(&self, headers: &[&str], body: &str) -> Value {
        let headers: Vec<&[u8]> = headers.iter().map(|header| header.as_bytes()).collect();
        let answer = self.send("POST", "/v1/graphql", &headers, body.as_bytes()).await;
        serde_json::from_str(&answer).unwrap()
    }
}

/// The same grants for three roles, of which `editor` has another preset.
fn permissions(reader: &str) -> Value {
    let editor = reader.replace("\"x-hasura-tenant\"", "\"editors\"");
    json!([
        {"role": "reader", "definition": {"schema": reader}},
        {"role": "editor", "definition": {"schema": editor}},
        {"role": "anonymous", "definition": {"schema": reader}},
    ])
}

/// `variables` stay as they are written, twice the same member and all.
fn body(query: &str, variables: &str) -> String {
    format!("{{\"query\":{},\"variables\":{variables}}}", Value::from(query))
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

/// Other spellings of the same JSON: with white space of each kind, escapes, and the members in another order. Texts that are
/// no JSON stay as they are.
fn spellings(query: &str, variables: &str) -> Vec<String> {
    let spaced = |space: &str| {
        let (mut text, mut in_string, mut is_escaped) = (String::new(), false, false);
        for char in variables.chars() {
            let is_structure = !in_string && "{}[]:,".contains(char);
            in_string ^= char == '"' && !is_escaped;
            is_escaped = char == '\\' && !is_escaped;
            let around = if is_structure { space } else { "" };
            text.extend([around, char.encode_utf8(&mut [0; 4]), around]);
        }
        format!("{space}{text}{space}")
    };
    let quoted = Value::from(query);
    let escaped: String = query.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let mut spellings: Vec<String> =
        ["", " ", "\t\r\n", "\n   "].map(|space| body(query, &spaced(space))).into();
    spellings.push(format!("{{ \"variables\" :\t{} ,\n\"query\" : {quoted} }}", spaced("\n")));
    spellings.push(format!("{{\"query\":\"{escaped}\",\"variables\":{variables}}}"));
    spellings.push(format!(
        "{{\"operationName\":null,\"\\u0076ariables\":{},\"qu\\u0065ry\":{quoted}}}",
        spaced(" ")
    ));
    spellings
}

/// All that a remote could make of a request, apart from headers.
fn text_of(request: &Request) -> String {
    format!("{} {}", request.operation, Value::Object(request.variables.clone()))
}

/// Words as GraphQL has them.
fn has_word(text: &str, word: &str) -> bool {
    text.split(|char: char| !char.is_ascii_alphanumeric() && char != '_').any(|found| found == word)
}

// Plans.

/// The same text for every kind of caller, and what the remote must receive of each.
const CALLERS: [(&[&str], Option<&str>); 4] = [
    (ACME, Some("acme")),
    (&[SECRET, "x-hasura-role: editor", "x-hasura-tenant: acme"], Some("editors")),
    (&[SECRET, "x-hasura-role: nobody", "x-hasura-tenant: acme"], None),
    (ADMIN, Some("")),
];

/// What the remote understood as tenant; empty when none was sent.
fn tenant(request: &Request) -> &str {
    match request.operation.split_once("tenant:") {
        None => "",
        Some((_, value)) => match value.strip_prefix('"') {
            Some(literal) => literal.split('"').next().unwrap(),
            None => request.variables["x_hasura_tenant"].as_str().unwrap(),
        },
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_text_is_planned_for_each_role_by_itself() {
    let stage = Stage::new(&[]).await;
    let orders = (0..256).map(|number| [number & 3, number >> 2 & 3, number >> 4 & 3, number >> 6]);
    let mut n_orders = 0;
    for (index, order) in orders.enumerate() {
        if !(0..4).all(|caller| order.contains(&caller)) {
            continue;
        }
        n_orders += 1;
        // A text that nobody asked before, and then once more as it is known.
        let query = format!("query Order{index} {{ doc(id: 1) {{ id title }} }}");
        for caller in order.into_iter().chain(order) {
            let (headers, expected) = CALLERS[caller];
            let answer = stage.ask(headers, &query, "null").await;
            let received = stage.received();
            let tenants: Vec<&str> = received.iter().map(tenant).collect();
            assert_eq!(tenants, expected.into_iter().collect::<Vec<_>>(), "{headers:?} {query}: {answer}");
            assert_eq!(code(&answer), expected.map_or("validation-failed", |_| ""), "{answer}");
        }
    }
    assert_eq!(n_orders, 24);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plans_are_not_mixed_up_under_load() {
    const N_REQUESTS: usize = 800;
    // So small that plans are dropped and made again all the time.
    let stage = Stage::new(&["--plan-cache-bytes=60000".to_owned()]).await;
    let requests = stream::iter(0..N_REQUESTS).map(|index| {
        let stage = &stage;
        async move {
            // Four callers and five texts, each pair with its turn.
            let query = format!("query Q{}($id: ID!) {{ doc(id: $id) {{ id tenant }} }}", index / 4 % 5);
            let own = format!("x-hasura-tenant: t{index}");
            let (mut headers, expected) = (CALLERS[index % 4].0.to_vec(), CALLERS[index % 4].1);
            headers.retain(|header| !header.starts_with("x-hasura-tenant"));
            headers.push(&own);
            let answer = stage.ask(&headers, &query, &format!("{{\"id\":\"{index}\"}}")).await;
            match expected {
                Some(_) => assert_eq!(answer["data"]["doc"]["id"], index.to_string(), "{answer}"),
                None => assert_eq!(code(&answer), "validation-failed", "{answer}"),
            }
        }
    });
    requests.buffer_unordered(24).collect::<Vec<()>>().await;
    let received = stage.received();
    assert_eq!(received.len(), N_REQUESTS / 4 * 3);
    for request in received {
        let index: usize = request.variables["id"].as_str().unwrap().parse().unwrap();
        let expected = match CALLERS[index % 4].1 {
            Some("acme") => format!("t{index}"),
            Some(other) => other.to_owned(),
            None => panic!("nobody asked: {request:?}"),
        };
        assert_eq!(tenant(&request), expected, "{request:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_permission_holds_from_its_acknowledgement() {
    const N_STATES: usize = 40;
    let stage = Stage::new(&[]).await;
    // State n has the preset "vn" when n is even, and no permission when n is odd. What callers may meet are the states from the one
    // acknowledged before they ask to the one begun when they are answered.
    let (begun, acknowledged, ended) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let role = json!({"remote_schema": "vault", "role": "reader"});
    let permit = async |state: usize| {
        let schema = READER.replace("\"x-hasura-tenant\"", &format!("\"v{state}\""));
        let mut args = role.clone();
        args["definition"] = json!({ "schema": schema });
        stage.metadata("add_remote_schema_permissions", args).await;
    };
    stage.metadata("drop_remote_schema_permissions", role.clone()).await;
    permit(0).await;
    let change = async {
        for state in 1..N_STATES {
            begun.store(state, Ordering::SeqCst);
            match state % 2 {
                0 => permit(state).await,
                _ => drop(stage.metadata("drop_remote_schema_permissions", role.clone()).await),
            }
            acknowledged.store(state, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        ended.store(true, Ordering::SeqCst);
    };
    let asking = async |caller: usize| {
        let (mut n_served, mut n_refused) = (0, 0);
        while !ended.load(Ordering::SeqCst) {
            let first = acknowledged.load(Ordering::SeqCst);
            let answer = stage.ask(ACME, "{ doc(id: 1) { tenant } }", "null").await;
            let last = begun.load(Ordering::SeqCst);
            let met = match answer["data"]["doc"]["tenant"].as_str() {
                Some(tenant) => {
                    n_served += 1;
                    let state: usize = tenant.strip_prefix('v').unwrap().parse().unwrap();
                    (first..=last).contains(&state)
                }
                None => {
                    n_refused += 1;
                    assert_eq!(code(&answer), "validation-failed", "{answer}");
                    (first..=last).any(|state| state % 2 == 1)
                }
            };
            assert!(met, "caller {caller} between {first} and {last}: {answer}");
        }
        (n_served, n_refused)
    };
    let (counts, ()) = tokio::join!(join_all((0..4).map(asking)), change);
    let n_served: usize = counts.iter().map(|(n_served, _)| n_served).sum();
    let n_refused: usize = counts.iter().map(|(_, n_refused)| n_refused).sum();
    assert!(n_served > 20 && n_refused > 20, "{n_served} served, {n_refused} refused");
    let received = stage.received();
    assert_eq!(received.len(), n_served);
    assert!(received.iter().all(|request| tenant(request).starts_with('v')), "each has its preset");
}

// Names.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_hidden_answers_as_what_does_not_exist() {
    let stage = Stage::new(&[]).await;
    let attempts = [
        ("ledger", "{ # (id: 1) { id } }", "null"),
        ("books", "{ # { id } }", "null"),
        ("audit", "query($since: Int) { #(filter: {since: $since}) }", "{\"since\":1}"),
        ("payroll", "{ doc(id: 1) { # } }", "null"),
        ("payroll", "{ docs(where: {}) { id similar(where: {}) { # } } }", "null"),
        ("owner", "{ doc(id: 1) { # author { name } } }", "null"),
        ("owner", "{ doc(id: 1) { author { name } _j0: # } }", "null"),
        ("wage", "{ doc(id: 1) { author { name # } } }", "null"),
        ("account", "{ doc(id: 1) { # { id } } }", "null"),
        ("account", "{ node(id: 1) { ... on Doc { # { balance } } } }", "null"),
        ("tenant", "{ doc(id: 1, #: \"evil\") { id } }", "null"),
        ("viewer", "{ person(id: 2, #: \"evil\") { name } }", "null"),
        ("tenant", "{ docs(where: {#: \"evil\"}) { id } }", "null"),
        ("payrollAbove", "{ docs(where: {and: [{#: 1}]}) { id } }", "null"),
        ("payrollAbove", "query($w: DocFilter!) { docs(where: $w) { id } }", "{\"w\":{\"#\":1}}"),
        ("payrollAbove", "query($w: DocFilter! = {#: 1}) { docs(where: $w) { id } }", "null"),
        ("FISCAL", "{ grain(by: #) }", "null"),
        ("FISCAL", "query($g: Grain) { grain(by: $g) }", "{\"g\":\"#\"}"),
        ("FISCAL", "query($g: Grain = #) { grain(by: $g) }", "null"),
        ("Ledger", "{ node(id: 2) { id ... on # { balance } } }", "null"),
        ("Ledger", "{ node(id: 2) { ...F } } fragment F on # { id }", "null"),
        ("Ledger", "{ node(id: 2) { id } } fragment F on # { id }", "null"),
        ("AuditFilter", "query($f: #) { grain(by: DAY) }", "{\"f\":{\"since\":1}}"),
        ("AuditFilter", "query($f: [#!]) { audit(filter: $f) }", "null"),
        ("Ledger", "{ __type(name: \"#\") { name kind fields { name } possibleTypes { name } } }", "null"),
        ("AuditFilter", "{ __type(name: \"#\") { inputFields { name } } }", "null"),
        ("Ledger", "query($n: String!) { __type(name: $n) { name } }", "{\"n\":\"#\"}"),
        ("purge", "mutation { # }", "null"),
        ("purge", "mutation { publish(title: \"a\") { id } # }", "null"),
        ("ledger", "subscription { #(id: 1) { id } }", "null"),
    ];
    for (name, query, variables) in attempts {
        // A name of the same length, so that columns are the same.
        let unknown: String = name.chars().rev().map(|char| if char == 'e' { 'o' } else { char }).collect();
        let mut told = Vec::new();
        for word in [name, &unknown] {
            let body = body(&query.replace('#', word), &variables.replace('#', word));
            let of_two = format!("[{body},{}]", json!({"query": "{ __typename }"}));
            let form = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let by_get = format!(
                "/v1/graphql?query={}&variables={}",
                form(&query.replace('#', word)),
                form(&variables.replace('#', word))
            );
            let headers: Vec<&[u8]> = ACME.iter().map(|header| header.as_bytes()).collect();
            let answers = [
                stage.send("POST", "/v1/graphql", &headers, body.as_bytes()).await,
                stage.send("POST", "/v1/graphql", &headers, of_two.as_bytes()).await,
                stage.send("POST", "/v1alpha1/graphql", &headers, body.as_bytes()).await,
                stage.send("GET", &by_get, &headers, b"").await,
            ];
            told.push(answers.map(|answer| answer.replace(word, "#")));
            assert_eq!(stage.received(), [], "{query} with {word}");
        }
        assert_eq!(told[0], told[1], "{query} with {name} and with {unknown}");
        for answer in &told[0] {
            let given = format!("{query} {variables}");
            let leaked = HIDDEN.iter().find(|word| has_word(answer, word) && !has_word(&given, word));
            assert_eq!(leaked, None, "{query} with {name}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slips_of_the_pen_are_not_corrected_into_hidden_names() {
    let stage = Stage::new(&[]).await;
    for query in [
        "{ ledgr(id: 1) { id } }",
        "{ Ledger }",
        "{ bookz { id } }",
        "{ doc(id: 1) { payrol } }",
        "{ doc(id: 1) { ownr } }",
        "{ doc(id: 1) { acount { id } } }",
        "{ doc(id: 1) { author { wages } } }",
        "{ docs(where: {payrollAbov: 1}) { id } }",
        "{ docs(where: {tenan: 1}) { id } }",
        "{ doc(id: 1, tenan: 1) { id } }",
        "{ grain(by: FISCA) }",
        "{ grain(by: \"FISCA\") }",
        "{ node(id: 1) { ... on Ledge { id } } }",
        "query($f: AuditFilte) { grain(by: DAY) }",
        "{ doc }",
        "{ doc(id: 1) }",
        "{ docs(where: 1) { id } }",
        "mutation { purg }",
    ] {
        let answer = stage.ask(ACME, query, "null").await;
        assert_eq!(code(&answer), "validation-failed", "{query}: {answer}");
        let text = answer.to_string();
        let leaked = HIDDEN.iter().find(|word| has_word(&text, word) && !has_word(query, word));
        assert_eq!(leaked, None, "{query}: {answer}");
        assert_eq!(stage.received(), [], "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn introspection_names_nothing_hidden() {
    const TYPE: &str = "kind name description fields(includeDeprecated: true) { name description args { name defaultValue type { ...R } } \
        type { ...R } } inputFields { name defaultValue type { ...R } } interfaces { ...R } possibleTypes { ...R } \
        enumValues(includeDeprecated: true) { name }";
    let stage = Stage::new(&[]).await;
    let query = format!(
        "{{ __schema {{ queryType {{ name }} mutationType {{ name }} subscriptionType {{ name }} types {{ {TYPE} }} \
         directives {{ name args {{ name }} }} }} __type(name: \"Node\") {{ {TYPE} }} }} \
         fragment R on __Type {{ kind name ofType {{ kind name ofType {{ kind name ofType {{ name }} }} }} }}"
    );
    // An administrator first, so that whatever is kept is there.
    let whole = stage.ask(ADMIN, &query, "null").await.to_string();
    let answer = stage.ask(ACME, &query, "null").await.to_string();
    for word in HIDDEN {
        assert!(has_word(&whole, word), "{word} is not there to be hidden");
        assert!(!has_word(&answer, word), "{word} in {answer}");
    }
    assert!(has_word(&answer, "similar") && has_word(&answer, "author"), "{answer}");
    assert_eq!(stage.received(), []);
    // A role that nobody knows learns that there is nothing.
    let nobody = stage.ask(&[SECRET, "x-hasura-role: nobody"], &query, "null").await.to_string();
    assert!(!has_word(&nobody, "Doc") && !has_word(&nobody, "person"), "{nobody}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_of_hidden_types_do_not_say_so() {
    let stage = Stage::new(&[]).await;
    let query = "{ node(id: 2) { __typename id similar(where: {}) { id seen } } }";
    let answer = stage.ask(ACME, query, "null").await;
    let similar = json!([{"id": "3", "seen": {"tenant": "acme"}}]);
    assert_eq!(answer, json!({"data": {"node": {"__typename": "Node", "id": "2", "similar": similar}}}));
    for request in stage.received() {
        let named = HIDDEN.iter().find(|word| has_word(&request.operation, word));
        assert_eq!(named, None, "{request:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_heir_has_what_its_parents_agree_on_and_no_more() {
    let stage = Stage::new(&[]).await;
    for (heir, parents) in [
        ("heir", vec!["reader"]),
        ("grandchild", vec!["heir", "anonymous"]),
        ("torn", vec!["reader", "editor"]),
    ] {
        stage.metadata("add_inherited_role", json!({"role_name": heir, "role_set": parents})).await;
    }
    let of = |role: &'static str| [SECRET, role, "x-hasura-tenant: acme"];
    let attempts = [
        ("{ doc(id: 1) { id tenant author { name } } }", "null"),
        (
            "query($w: DocFilter!) { docs(where: $w) { seen twins(where: {}) { seen } } }",
            r#"{"w":{"or":{}}}"#,
        ),
        ("mutation { publish(title: \"a\") { tenant } }", "null"),
        ("{ node(id: 2) { __typename id } }", "null"),
        ("{ doc(id: 1, tenant: \"evil\") { id } }", "null"),
        ("query($w: DocFilter!) { docs(where: $w) { seen } }", r#"{"w":{"tenant":"evil"}}"#),
        ("{ ledger(id: 1) { id } }", "null"),
        ("{ doc(id: 1) { payroll } }", "null"),
        ("mutation { purge }", "null"),
        ("{ __schema { types { name fields { name } inputFields { name } } } }", "null"),
    ];
    for (query, variables) in attempts {
        // An administrator first, so that whatever is kept is there.
        stage.ask(ADMIN, query, variables).await;
        stage.forget();
        let expected = (stage.ask(ACME, query, variables).await, stage.received());
        for role in ["x-hasura-role: heir", "x-hasura-role: grandchild"] {
            let answer = stage.ask(&of(role), query, variables).await;
            assert_eq!(answer, expected.0, "{role}: {query}");
            let told = |requests: &[Request]| requests.iter().map(text_of).collect::<Vec<_>>();
            assert_eq!(told(&stage.received()), told(&expected.1), "{role}: {query}");
        }
        // Its parents' presets differ, and nobody says which holds.
        let answer = stage.ask(&of("x-hasura-role: torn"), query, variables).await;
        let text = answer.to_string();
        assert!(query.contains("__schema") || code(&answer) == "validation-failed", "{query}: {answer}");
        assert!(!has_word(&text, "Doc") || has_word(query, "Doc"), "{query}: {answer}");
        assert_eq!(stage.received(), [], "{query}");
    }
}

// Plans for people.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plans_are_told_to_administrators_only() {
    let stage = Stage::new(&[]).await;
    let query = "{ doc(id: 1) { author { name } } }";
    let nested = json!({"query": {"query": query}, "user": {"x-hasura-role": "admin"}}).to_string();
    for path in ["/v1/graphql/explain", "/v1alpha1/graphql/explain", "/v1/graphql/explain?format=text"] {
        for body in [body(query, "null"), nested.clone(), "nonsense".to_owned()] {
            for text in [&b"accept: */*"[..], b"accept: text/plain"] {
                let mut headers: Vec<&[u8]> = ACME.iter().map(|header| header.as_bytes()).collect();
                headers.push(text);
                let answer = stage.send("POST", path, &headers, body.as_bytes()).await;
                let answer: Value = serde_json::from_str(&answer).unwrap();
                assert_eq!(answer["code"], "access-denied", "{path}: {answer}");
                assert!(!has_word(&answer.to_string(), "owner") && !answer.to_string().contains("_j0"));
            }
        }
    }
    let plain = stage.ask(ACME, query, "null").await;
    assert_eq!(plain, json!({"data": {"doc": {"author": {"name": "Bob"}}}}));
    for header in ["x-gateway-explain: plan", "x-gateway-explain: trace", "X-GATEWAY-EXPLAIN: trace"] {
        let told = stage.ask(&[ACME, &[header]].concat(), query, "null").await;
        assert_eq!(told, plain, "{header}");
        let told = stage.ask(&[ADMIN, &[header]].concat(), query, "null").await;
        let whole = told["extensions"]["joinPlan"].to_string();
        assert!(has_word(&whole, "owner"), "an administrator is told: {told}");
    }
    // The plan that an administrator asks for on behalf of a role is the role's, presets and all.
    stage.forget();
    let of_reader = json!({"query": {"query": "{ doc(id: 1) { id } }"},
        "user": {"x-hasura-role": "reader", "x-hasura-tenant": "acme"}});
    let headers: Vec<&[u8]> = ADMIN.iter().map(|header| header.as_bytes()).collect();
    let answer = stage.send("POST", "/v1/graphql/explain", &headers, of_reader.to_string().as_bytes()).await;
    assert!(answer.contains("tenant:$x_hasura_tenant"), "{answer}");
    assert_eq!(stage.received(), []);
}

// Ways in.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_of_an_array_are_each_the_callers_own() {
    let stage = Stage::new(&[]).await;
    let items = [
        body("{ doc(id: 1) { tenant } }", "null"),
        body("{ ledger(id: 1) { balance } }", "null"),
        // Not an item's to say.
        r#"{"query":"{ doc(id: 2) { payroll } }","role":"admin","user":{"x-hasura-role":"admin"},"session":{"x-hasura-role":"admin"}}"#.to_owned(),
        r#"{"query":"{ doc(id: 3) { tenant } }","headers":{"x-hasura-tenant":"evil"},"extensions":{"x-hasura-tenant":"evil"}}"#.to_owned(),
        "17".to_owned(),
        body("mutation { purge }", "null"),
        body("mutation { publish(title: \"b\") { tenant } }", "null"),
        body("query($w: DocFilter!) { docs(where: $w) { seen } }", r#"{"w":{"tenant":"evil"}}"#),
    ];
    let headers: Vec<&[u8]> = ACME.iter().map(|header| header.as_bytes()).collect();
    let array = format!("[{}]", items.join(","));
    let answer = stage.send("POST", "/v1/graphql", &headers, array.as_bytes()).await;
    let answers: Vec<Value> = serde_json::from_str(&answer).unwrap();
    let outcome = |answer: &Value| match code(answer) {
        "" => answer["data"].to_string(),
        code => code.to_owned(),
    };
    let outcomes: Vec<String> = answers.iter().map(outcome).collect();
    assert_eq!(
        outcomes,
        [
            r#"{"doc":{"tenant":"acme"}}"#,
            "validation-failed",
            "validation-failed",
            r#"{"doc":{"tenant":"acme"}}"#,
            "parse-failed",
            "validation-failed",
            r#"{"publish":{"tenant":"acme"}}"#,
            "validation-failed",
        ],
        "{answer}"
    );
    let received = stage.received();
    assert_eq!(received.len(), 3, "{received:?}");
    assert!(received.iter().all(|request| tenant(request) == "acme"), "{received:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_by_get_is_the_callers_own_too() {
    let stage = Stage::new(&[]).await;
    let headers: Vec<&[u8]> = ACME.iter().map(|header| header.as_bytes()).collect();
    let asked = async |target: &str| {
        let answer = stage.send("GET", target, &headers, b"").await;
        let received = stage.received();
        assert!(received.iter().all(|request| tenant(request) == "acme"), "{target}: {received:?}");
        (serde_json::from_str::<Value>(&answer).unwrap(), received.len())
    };
    let served = json!({"data": {"doc": {"tenant": "acme"}}});
    let doc = "/v1/graphql?query=%7Bdoc(id:1)%7Btenant%7D%7D";
    assert_eq!(asked(doc).await, (served.clone(), 1));
    // Neither role nor session variables are read from an address.
    for more in ["&x-hasura-role=admin", "&x-hasura-tenant=evil", "&variables=%7B%7D", "&user=admin"] {
        assert_eq!(asked(&format!("{doc}{more}")).await, (served.clone(), 1), "{more}");
    }
    for refused in [
        "/v1/graphql?query=%7Bdoc(id:1,tenant:%22evil%22)%7Btenant%7D%7D",
        "/v1/graphql?query=%7Bdoc(id:1)%7Btenant%7D%7D&variables=%7B%22x_hasura_tenant%22:%22evil%22%7D",
        "/v1/graphql?query=mutation%7Bpublish(title:%22a%22)%7Bid%7D%7D",
        "/v1/graphql?query=%7Bdoc(id:1)%7Bid%7D%7D&query=%7Bledger(id:1)%7Bid%7D%7D",
    ] {
        let (answer, n_received) = asked(refused).await;
        assert!(!answer["errors"].is_null() && n_received == 0, "{refused}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_the_gateways_own_give_nothing_away() {
    let stage = Stage::new(&[]).await;
    // Aliases as the gateway makes them, for values that the reader may see.
    let query = "query($x_hasura_tenant: String, $_j0_0: ID!) { _0: doc(id: $_j0_0) { _j0: title _j1: id j: author { name } } \
                 _1: docs(where: {title: $x_hasura_tenant}) { seen ...F0 } } fragment F0 on Doc { _j0: title _j1: author { _0: name } }";
    let answer = stage.ask(ACME, query, r#"{"x_hasura_tenant":"evil","_j0_0":"5"}"#).await;
    assert_eq!(
        answer,
        json!({"data": {
            "_0": {"_j0": "one", "_j1": "5", "j": {"name": "Bob"}},
            "_1": [{"seen": {"title": "evil", "tenant": "acme"}, "_j0": "one", "_j1": {"_0": "Bob"}}],
        }})
    );
    let received = stage.received();
    assert_eq!(received.len(), 2, "{received:?}");
    for request in &received {
        // Its own variable went under another name than the session's.
        assert!(request.variables.values().any(|value| value == "acme"), "{request:?}");
    }
    // One alias for two things is refused, also when one of them is not the client's.
    for query in [
        "{ doc(id: 1) { author: title author { name } } }",
        "{ doc(id: 1) { _j0: title _j0: id author { name } } }",
    ] {
        let answer = stage.ask(ACME, query, "null").await;
        assert_eq!(code(&answer), "validation-failed", "{query}: {answer}");
        assert_eq!(stage.received(), []);
    }
}

// Presets.

/// Every filter in what the remote understood has the caller's tenant.
fn is_guarded(filter: &Value) -> bool {
    match filter {
        Value::Array(items) => items.iter().all(is_guarded),
        Value::Object(members) => {
            let inner = ["and", "or"].iter().filter_map(|name| members.get(*name));
            members.get("tenant") == Some(&"acme".into()) && inner.into_iter().all(is_guarded)
        }
        Value::Null => true,
        _ => false,
    }
}

/// All that stands under `seen` in an answer.
fn seen<'a>(answer: &'a Value, found: &mut Vec<&'a Value>) {
    match answer {
        Value::Array(items) => items.iter().for_each(|item| seen(item, found)),
        Value::Object(members) => {
            for (name, value) in members {
                match name.starts_with("seen") {
                    true => found.push(value),
                    false => seen(value, found),
                }
            }
        }
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presets_cannot_be_given() {
    const DOCS: &str = "query($w: DocFilter!) { docs(where: $w) { seen } }";
    const PICK: &str = "query($a: [DocFilter!], $d: [[DocFilter!]!], $o: DocFilter) { pick(any: $a, deep: $d, one: $o) { id } }";
    let stage = Stage::new(&[]).await;
    for (query, variables) in [
        (r#"{ docs(where: {tenant: "evil"}) { seen } }"#, "null"),
        (r#"{ docs(where: {tenant: null}) { seen } }"#, "null"),
        (r#"{ docs(where: {title: "a", tenant: "evil"}) { seen } }"#, "null"),
        (r#"{ docs(where: {title: "a", title: "b"}) { seen } }"#, "null"),
        (r#"{ docs(where: {and: [{title: "a"}, {tenant: "evil"}]}) { seen } }"#, "null"),
        (r#"{ docs(where: {and: {tenant: "evil"}}) { seen } }"#, "null"),
        (r#"{ docs(where: {or: {or: {tenant: "evil"}}}) { seen } }"#, "null"),
        ("query($t: String) { docs(where: {tenant: $t}) { seen } }", r#"{"t":"evil"}"#),
        ("{ docs(where: null) { seen } }", "null"),
        ("{ docs { seen } }", "null"),
        ("{ docs(where: [{}]) { seen } }", "null"),
        (DOCS, "{}"),
        (DOCS, r#"{"w":null}"#),
        (DOCS, r#"{"w":[{}]}"#),
        (DOCS, r#"{"w":"evil"}"#),
        (DOCS, r#"{"w":{"tenant":"evil"}}"#),
        (DOCS, r#"{"w":{"tenant":null}}"#),
        (DOCS, r#"{"w":{"tenant":"acme","tenant":"evil"}}"#),
        (DOCS, r#"{"w":{"\u0074enant":"evil"}}"#),
        (DOCS, r#"{"w":{"title":"a","tenan\u0074":"evil"}}"#),
        (DOCS, r#"{"w":{"Tenant":"evil"}}"#),
        (DOCS, r#"{"w":{"tenant ":"evil"}}"#),
        (DOCS, r#"{"w":{"and":[{},{"tenant":"evil"}]}}"#),
        (DOCS, r#"{"w":{"and":{"tenant":"evil"}}}"#),
        (DOCS, r#"{"w":{"and":[[{"tenant":"evil"}]]}}"#),
        (DOCS, r#"{"w":{"or":{"or":{"tenant":"evil"}}}}"#),
        (DOCS, r#"{"w":{"tenant":"evil"},"w":{}}"#),
        (DOCS, r#"{"w":{},"w":{"tenant":"evil"}}"#),
        (DOCS, r#"{"w":{},"\u0077":{"tenant":"evil"}}"#),
        (DOCS, r#"{"w":{},"tenant":"evil"}"#),
        (DOCS, r#"{"w":{},"x_hasura_tenant":"evil"}"#),
        (DOCS, r#"{"w":{},"x-hasura-tenant":"evil"}"#),
        (DOCS, r#"{"w":{}},"variables":{"w":{"tenant":"evil"}}"#),
        (r#"query($w: DocFilter! = {tenant: "evil"}) { docs(where: $w) { seen } }"#, "null"),
        (r#"query($w: DocFilter! = {and: [{tenant: "evil"}]}) { docs(where: $w) { seen } }"#, r#"{"w":{}}"#),
        (PICK, r#"{"a":{"tenant":"evil"}}"#),
        (PICK, r#"{"a":[{},{"tenant":"evil"}]}"#),
        (PICK, r#"{"a":[null]}"#),
        (PICK, r#"{"d":[[{}],[{"tenant":"evil"}]]}"#),
        (PICK, r#"{"d":[{"tenant":"evil"}]}"#),
        (PICK, r#"{"d":{"tenant":"evil"}}"#),
        (PICK, r#"{"d":[[[{"tenant":"evil"}]]]}"#),
        (PICK, r#"{"o":{"or":{"tenant":"evil"}}}"#),
        (r#"{ doc(id: 1, tenant: "evil") { id } }"#, "null"),
        ("{ doc(id: 1, tenant: null) { id } }", "null"),
        ("query($t: String) { doc(id: 1, tenant: $t) { id } }", r#"{"t":"evil"}"#),
        (r#"mutation { publish(title: "a", tenant: "evil") { id } }"#, "null"),
        (r#"{ person(id: 2, viewer: "evil") { name } }"#, "null"),
        (r#"{ node(id: 1) { similar(where: {tenant: "evil"}) { seen } } }"#, "null"),
        (r#"{ node(id: 1) { ... on Doc { similar(where: {tenant: "evil"}) { seen } } } }"#, "null"),
        (
            r#"{ node(id: 1) { ...F } } fragment F on Node { similar(where: {or: {tenant: "evil"}}) { seen } }"#,
            "null",
        ),
        // What a relationship binds and what is preset beside it, neither is the client's.
        (r#"{ doc(id: 1) { twins(where: {tenant: "evil"}) { seen } } }"#, "null"),
        (r#"{ doc(id: 1) { twins(where: {title: "evil"}) { seen } } }"#, "null"),
        (r#"{ doc(id: 1) { twins(where: {and: [{tenant: "evil"}]}) { seen } } }"#, "null"),
        (r#"{ doc(id: 1) { author(viewer: "evil") { name } } }"#, "null"),
        ("{ doc(id: 1) { author(id: 3) { name } } }", "null"),
    ] {
        for body in spellings(query, variables) {
            let answer = stage.ask_in(ACME, &body).await;
            assert!(
                ["validation-failed", "parse-failed", "invalid-json"].contains(&code(&answer)),
                "{body}: {answer}"
            );
            assert!(answer.get("data").is_none(), "{body}: {answer}");
            assert_eq!(stage.received(), [], "{body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presets_cannot_be_left_out() {
    const DOCS: &str = "query($w: DocFilter!) { docs(where: $w) { seen } }";
    const PICK: &str = "query($a: [DocFilter!], $d: [[DocFilter!]!]) { pick(any: $a, deep: $d) { seen } }";
    let stage = Stage::new(&[]).await;
    for (query, variables, n_seen) in [
        ("{ docs(where: {}) { seen } }", "null", 1),
        (r#"{ docs(where: {title: "a", and: [{}, {or: {}}, {and: {}}]}) { seen } }"#, "null", 1),
        ("{ docs(where: {and: {or: {and: {}}}}) { seen } }", "null", 1),
        ("{ docs(where: {and: null, or: null}) { seen } }", "null", 1),
        (DOCS, r#"{"w":{}}"#, 1),
        (DOCS, r#" { "w" : { "and" : [ { } , { "or" : { } } ] } } "#, 1),
        (DOCS, r#"{"w":{"and":{"or":{"and":{}}}}}"#, 1),
        (DOCS, r#"{"w":{"title":"a","title":"b"}}"#, 1),
        (DOCS, r#"{"w":{"and":[{"title":"a"}],"and":[{"or":{}},{}]}}"#, 1),
        (DOCS, r#"{"w":{"title":"\u0065vil\",\"tenant\":\"x"}}"#, 1),
        (DOCS, r#"{"w":{"title":null,"or":null,"and":null}}"#, 1),
        ("query($w: DocFilter! = {and: [{}], or: {}}) { docs(where: $w) { seen } }", "null", 1),
        ("query($w: DocFilter! = {title: \"a\"}) { docs(where: $w) { seen } }", r#"{"w":{"or":{}}}"#, 1),
        (
            "query($t: String, $f: DocFilter!, $o: DocFilter) { docs(where: {title: $t, and: [$f, {}], or: $o}) { seen } }",
            r#"{"t":"a","f":{"and":{}},"o":{}}"#,
            1,
        ),
        (
            "query($l: [DocFilter!], $o: DocFilter = {}) { docs(where: {and: $l, or: $o}) { seen } }",
            r#"{"l":{"or":{}}}"#,
            1,
        ),
        (
            "query($a: DocFilter!, $b: DocFilter!) { a: docs(where: $a) { seen } b: docs(where: $b) { seen } c: docs(where: {or: $a}) { seen } }",
            r#"{"a":{},"b":{"or":{}}}"#,
            3,
        ),
        (PICK, r#"{"a":[{},{"and":[{}]}],"d":[[{}],[{"or":{}},{}]]}"#, 1),
        (PICK, r#"{"a":{},"d":{}}"#, 1),
        (PICK, r#"{"a":[],"d":[[],{}]}"#, 1),
        ("{ pick(any: {}, deep: {}, one: {}) { seen } }", "null", 1),
        ("{ pick(any: [{}], deep: [[{}], {}], one: {and: {}}) { seen } }", "null", 1),
        ("{ node(id: 1) { similar(where: {}) { seen } } }", "null", 1),
        ("{ node(id: 2) { similar(where: {or: {}}) { seen } } }", "null", 1),
        ("{ node(id: 1) { ... on Doc { similar(where: {}) { seen } } } }", "null", 1),
        (
            "query($w: DocFilter!) { node(id: 1) { ...F ... on Node { b: similar(where: {and: [$w]}) { seen } } } } \
             fragment F on Doc { similar(where: $w) { seen similar(where: {}) { seen2: seen } } }",
            r#"{"w":{"or":{}}}"#,
            3,
        ),
        ("{ doc(id: 1) { twins(where: {}) { seen twins(where: {or: {}}) { seen } } } }", "null", 2),
        (
            "{ docs(where: {}) { twins(where: {and: {}}) { seen similar(where: {or: {}}) { seen } } } }",
            "null",
            2,
        ),
        (
            "query($on: Boolean!) { docs(where: {}) @skip(if: $on) { seen } b: docs(where: {or: {}}) @include(if: $on) { seen } }",
            r#"{"on":true}"#,
            1,
        ),
    ] {
        for body in spellings(query, variables) {
            let answer = stage.ask_in(ACME, &body).await;
            assert!(answer["errors"].is_null(), "{body}: {answer}");
            let mut filters = Vec::new();
            seen(&answer, &mut filters);
            assert_eq!(filters.len(), n_seen, "{body}: {answer}");
            for filter in filters {
                let of_pick = ["any", "deep", "one"].iter().any(|name| filter.get(*name).is_some());
                let is_guarded = match filter.as_object() {
                    Some(members) if of_pick => members.values().all(is_guarded),
                    _ => is_guarded(filter),
                };
                assert!(is_guarded && !filter.is_null(), "{body}: {filter}");
            }
            let received = stage.received();
            assert!(!received.is_empty());
            assert!(received.iter().all(|request| text_of(request).contains("acme")), "{received:?}");
        }
    }
}

// Failures.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_tell_strangers_nothing_of_the_plan() {
    let stage = Stage::new(&[]).await;
    let query = "{ doc(id: 1) { title author { name } } }";
    let failing = [
        Behaviour { status: Some(500), answer: Answer::Html, ..Behaviour::default() },
        Behaviour::answering(Answer::Nothing),
        Behaviour::answering(Answer::Truncated),
        Behaviour::answering(Answer::Body("[]".to_owned())),
        Behaviour::answering(Answer::Body(r#"{"data":{"_0":7},"errors":7}"#.to_owned())),
    ];
    let mut n_details = 0;
    for remote in [&stage.vault, &stage.people] {
        for behaviour in &failing {
            remote.behave(behaviour.clone());
            let answer = stage.ask(ACME, query, "null").await;
            let text = answer.to_string();
            assert!(!answer["errors"].is_null() && !text.contains("\"internal\""), "{behaviour:?}: {answer}");
            let leaked = HIDDEN.iter().find(|word| has_word(&text, word));
            assert_eq!(leaked, None, "{behaviour:?}: {answer}");
            for ours in ["_j0", "_0", "x_hasura", "tenant"] {
                assert!(!text.contains(ours), "{ours} after {behaviour:?}: {answer}");
            }
            let received = stage.received();
            assert!(!received.is_empty() && received.iter().all(|request| text_of(request).contains("acme")));
            let told = stage.ask(ADMIN, query, "null").await.to_string();
            n_details += usize::from(told.contains("\"internal\""));
            stage.forget();
        }
        remote.behave(Behaviour::default());
    }
    assert!(n_details >= 2, "administrators were told {n_details} times");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_of_remotes_keep_their_text_and_lose_our_names() {
    let stage = Stage::new(&[]).await;
    // A remote that speaks of what the caller cannot see: it is the remote's to be silent, except about keys.
    let errors = json!([
        {"message": "no payroll here", "path": ["doc", "title"], "extensions": {"code": "BROKEN", "hint": "ledger"}},
        {"message": "owner 2 is gone", "path": ["doc", "_j0"], "extensions": {"code": "BROKEN", "hint": "owner"}},
    ]);
    let failing = json!({"data": {"doc": {"title": null, "_j0": null}}, "errors": errors}).to_string();
    let query = "{ doc(id: 1) { title author { name } } }";
    stage.vault.behave(Behaviour::answering(Answer::Body(failing)));
    let answer = stage.ask(ACME, query, "null").await;
    assert_eq!(answer["data"], json!({"doc": {"title": null, "author": null}}));
    let extensions = json!({"code": "BROKEN", "hint": "ledger", "remote": "vault"});
    let ours = json!({"code": "remote-schema-error", "remote": "vault"});
    assert_eq!(
        answer["errors"],
        json!([
            {"message": "no payroll here", "path": ["doc", "title"], "extensions": extensions},
            {"message": NOT_SHOWN, "path": ["doc", "author"], "extensions": ours},
        ])
    );
    assert_eq!(stage.received().len(), 1, "a key that failed is not asked for");
    assert!(stage.ask(ADMIN, query, "null").await.to_string().contains("owner 2 is gone"));
    stage.forget();

    stage.vault.behave(Behaviour::default());
    for errors in [
        json!([{"message": "no person with id 2", "path": ["_0"], "extensions": {"id": 2}}]),
        json!([{"message": "no person with id 2"}]),
        json!(["2"]),
        json!([{"message": "2", "path": ["_0", "name"]}]),
        json!([{"message": "2", "path": [2]}]),
    ] {
        let refusing = json!({"data": {"_0": null}, "errors": errors}).to_string();
        stage.people.behave(Behaviour::answering(Answer::Body(refusing)));
        let answer = stage.ask(ACME, query, "null").await;
        assert_eq!(answer["errors"][0]["message"], NOT_SHOWN, "{answer}");
        assert!(!answer["errors"].to_string().contains('2'), "{answer}");
        let told = stage.ask(ADMIN, query, "null").await;
        assert_eq!(&told["errors"][0]["message"], errors[0].get("message").unwrap_or(&errors[0]), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hasuras_error_style_tells_no_more() {
    let stage = Stage::new(&["--errors=hasura".to_owned()]).await;
    let refusing = json!({"errors": [{"message": "no person with id 2"}]}).to_string();
    let failing = [Behaviour::answering(Answer::Body(refusing)), Behaviour::answering(Answer::Nothing)];
    for behaviour in failing {
        stage.people.behave(behaviour);
        let query = "{ doc(id: 1) { author { name } } }";
        let answer = stage.ask(ACME, query, "null").await;
        let text = answer.to_string();
        assert!(!answer["errors"].is_null() && !text.contains("\"internal\""), "{answer}");
        assert!(!text.contains("id 2") && !text.contains("_j0") && !has_word(&text, "owner"), "{answer}");
        let received = stage.received();
        assert!(received.len() >= 2 && received.iter().all(|request| text_of(request).contains("acme")));
        let told = stage.ask(ADMIN, query, "null").await;
        assert!(told.to_string().contains("\"internal\""), "{told}");
        stage.forget();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hidden_key_that_does_not_fit_is_not_shown() {
    let stage = Stage::new(&[]).await;
    let answer = json!({"data": {"doc": {"_j0": "swordfish"}}}).to_string();
    stage.vault.behave(Behaviour::answering(Answer::Body(answer)));
    let answer = stage.ask(ACME, "{ doc(id: 1) { author { name } } }", "null").await;
    assert_eq!(code(&answer), "coercion-error", "{answer}");
    let text = answer.to_string();
    assert!(!text.contains("swordfish") && !has_word(&text, "owner") && !text.contains("_j0"), "{text}");
    assert_eq!(stage.received().len(), 1);
}

// Session variables.

/// A token of a reader of `acme`, and the option to believe it.
fn token() -> (String, String) {
    let signer = Signer::new("ES256").unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let namespace = json!({"x-hasura-default-role": "reader", "x-hasura-allowed-roles": ["reader"],
        "x-hasura-tenant": "acme"});
    let claims = json!({"exp": now + 600, "https://hasura.io/jwt/claims": namespace});
    let option = json!({"type": "ES256", "key": signer.key().unwrap()});
    (format!("Authorization: Bearer {}", signer.token(&claims).unwrap()), format!("--jwt-secret={option}"))
}

/// Ways to say the tenant in headers.
fn forged() -> Vec<Vec<Vec<u8>>> {
    let line = |text: &str| text.as_bytes().to_vec();
    vec![
        vec![line("x-hasura-tenant: evil")],
        vec![line("X-HASURA-TENANT: evil")],
        vec![line("X-Hasura-Tenant:evil")],
        vec![line("x_hasura_tenant: evil")],
        vec![line("X_Hasura-Tenant: evil")],
        vec![line("x-hasura_tenant: evil")],
        vec![line("x-hasura-tenant: evil"), line("x-hasura-tenant: evil too")],
        vec![line("x-hasura-tenant: "), line("x-hasura-tenant: evil")],
        vec![line("x-hasura-tenant: acme, evil")],
        vec![b"x-hasura-tenant: evil\xff\xfe".to_vec()],
        vec![format!("x-hasura-tenant: {}", "evil".repeat(5_000)).into_bytes()],
        vec![line("x-hasura-role: reader"), line("x-hasura-tenant: evil")],
        vec![line("x-hasura-user: {\"x-hasura-tenant\":\"evil\"}")],
        vec![line("x-hasura-claims: evil"), line("x-forwarded-x-hasura-tenant: e")],
        vec![line("connection: x-hasura-tenant"), line("x-hasura-tenant: evil")],
    ]
}

/// Whether a remote could take something of a caller's own for the session.
fn is_taken_in(request: &Request) -> bool {
    let foreign = |(name, value): (&String, &String)| {
        name.replace('_', "-").starts_with("x-hasura-") && value.contains("evil")
    };
    text_of(request).contains("evil") || request.headers.iter().any(foreign)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_beside_a_token_say_nothing() {
    let (token, option) = token();
    let stage = Stage::new(&[option]).await;
    for forged in forged() {
        let shown: Vec<_> = forged.iter().map(|line| String::from_utf8_lossy(line)).collect();
        for token_first in [true, false] {
            let mut headers: Vec<&[u8]> = forged.iter().map(Vec::as_slice).collect();
            headers.insert(if token_first { 0 } else { headers.len() }, token.as_bytes());
            let body = body("{ doc(id: 1) { tenant } }", "null");
            let answer = stage.send("POST", "/v1/graphql", &headers, body.as_bytes()).await;
            assert_eq!(answer, r#"{"data":{"doc":{"tenant":"acme"}}}"#, "{shown:?}");
            let received = stage.received();
            assert_eq!(received.len(), 1);
            assert_eq!(tenant(&received[0]), "acme");
            assert_eq!(received[0].headers["x-hasura-tenant"], "acme", "{shown:?}");
            assert_eq!(received[0].headers["x-hasura-role"], "reader", "{shown:?}");
            assert!(!is_taken_in(&received[0]), "{shown:?}: {:?}", received[0].headers);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_is_one_that_the_token_has_and_no_other() {
    let (token, option) = token();
    let stage = Stage::new(&[option]).await;
    // With the token, and with the secret, which may be anybody: the role that remotes are told, if they are asked.
    let cases: [(&[&str], Option<&str>, Option<&str>); 11] = [
        (&["x-hasura-role: reader"], Some("reader"), Some("reader")),
        (&["X-HASURA-ROLE: reader"], Some("reader"), Some("reader")),
        (&["x-hasura-role: reader", "x-hasura-role: admin"], Some("reader"), Some("reader")),
        (&["x-hasura-role: reader", "x_hasura_role: admin"], Some("reader"), Some("reader")),
        (&["x-hasura-role: admin", "x-hasura-role: reader"], None, Some("admin")),
        (&["x-hasura-role: editor"], None, Some("editor")),
        (&["x-hasura-role: Reader"], None, None),
        (&["x-hasura-role: ADMIN"], None, None),
        (&["x-hasura-role: reader, admin"], None, None),
        (&["x-hasura-role: reader;admin"], None, None),
        (&["x-hasura-role: admin\0"], None, None),
    ];
    let body = body("{ doc(id: 1) { id } }", "null");
    for (lines, of_token, of_secret) in cases {
        for (credentials, expected) in [(token.as_str(), of_token), (SECRET, of_secret)] {
            let mut headers: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
            headers.extend([credentials.as_bytes(), b"x-hasura-tenant: acme"]);
            let answer = stage.send("POST", "/v1/graphql", &headers, body.as_bytes()).await;
            let received = stage.received();
            let Some(expected) = expected else {
                assert!(!answer.contains("\"data\"") && received.is_empty(), "{lines:?}: {answer}");
                continue;
            };
            assert_eq!(answer, r#"{"data":{"doc":{"id":"1"}}}"#, "{lines:?}");
            assert_eq!(received.len(), 1);
            assert_eq!(received[0].headers["x-hasura-role"], expected, "{lines:?}");
            assert!(!received[0].headers.contains_key("x_hasura_role"), "{lines:?}");
            let preset = match expected {
                "reader" => "acme",
                "editor" => "editors",
                _ => "",
            };
            assert_eq!(tenant(&received[0]), preset, "{lines:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_of_strangers_say_nothing() {
    let stage = Stage::new(&["--unauthorized-role=anonymous".to_owned()]).await;
    for forged in forged() {
        let shown: Vec<_> = forged.iter().map(|line| String::from_utf8_lossy(line)).collect();
        let headers: Vec<&[u8]> = forged.iter().map(Vec::as_slice).collect();
        // Without its variable a preset is no preset, and the request is none.
        let with_preset = body("{ doc(id: 1) { tenant } }", "null");
        let answer = stage.send("POST", "/v1/graphql", &headers, with_preset.as_bytes()).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(code(&answer), "not-found", "{shown:?}: {answer}");
        assert_eq!(stage.received(), [], "{shown:?}");
        let without = body("{ node(id: 1) { id } }", "null");
        let answer = stage.send("POST", "/v1/graphql", &headers, without.as_bytes()).await;
        assert_eq!(answer, r#"{"data":{"node":{"id":"1"}}}"#, "{shown:?}");
        let received = stage.received();
        assert_eq!(received.len(), 1);
        assert_eq!(received[0].headers["x-hasura-role"], "anonymous", "{shown:?}");
        assert!(!is_taken_in(&received[0]), "{shown:?}: {:?}", received[0].headers);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_the_secret_says_one_thing_to_all() {
    let stage = Stage::new(&[]).await;
    let long = "l".repeat(20_000);
    let long_header = format!("x-hasura-tenant: {long}");
    let cases: Vec<(Vec<&[u8]>, Option<&str>)> = vec![
        (vec![b"x-hasura-tenant: acme"], Some("acme")),
        (vec![b"X-HASURA-Tenant: acme"], Some("acme")),
        (vec![b"x-hasura-tenant: acme", b"X-Hasura-Tenant: evil"], Some("acme")),
        (vec![b"x-hasura-tenant: acme", b"x_hasura_tenant: evil"], Some("acme")),
        (vec![b"x_hasura_tenant: evil", b"x-hasura-tenant: acme"], Some("acme")),
        (vec![b"x-hasura-tenant:"], Some("")),
        (
            vec![b"x-hasura-tenant: \"}) { id } ledger(id: 1) { id } #"],
            Some("\"}) { id } ledger(id: 1) { id } #"),
        ),
        (vec![b"x-hasura-tenant: caf\xc3\xa9"], Some("café")),
        (vec![b"x-hasura-tenant: caf\xe9"], Some("caf\u{fffd}")),
        (vec![long_header.as_bytes()], Some(&long)),
        (vec![b"x_hasura_tenant: evil"], None),
        (vec![b"x-hasura_tenant: evil"], None),
        (vec![b"hasura-tenant: evil"], None),
        (vec![], None),
    ];
    for (lines, expected) in cases {
        let shown: Vec<_> = lines.iter().map(|line| String::from_utf8_lossy(line)).collect();
        let role: [&[u8]; 2] = [SECRET.as_bytes(), b"x-hasura-role: reader"];
        let headers = [&role[..], &lines].concat();
        let body = body("{ doc(id: 1) { tenant } }", "null");
        let answer = stage.send("POST", "/v1/graphql", &headers, body.as_bytes()).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let received = stage.received();
        match expected {
            Some(expected) => {
                assert_eq!(answer, json!({"data": {"doc": {"tenant": expected}}}), "{shown:?}");
                assert_eq!(received.len(), 1);
                assert_eq!(tenant(&received[0]), expected);
                // The preset and the header are one.
                assert_eq!(received[0].headers["x-hasura-tenant"], expected, "{shown:?}");
                assert!(!is_taken_in(&received[0]), "{shown:?}: {:?}", received[0].headers);
                assert!(!received[0].headers.contains_key("x-hasura-admin-secret"), "{shown:?}");
            }
            None => {
                assert_eq!(code(&answer), "not-found", "{shown:?}: {answer}");
                assert_eq!(received, [], "{shown:?}");
            }
        }
    }
}
