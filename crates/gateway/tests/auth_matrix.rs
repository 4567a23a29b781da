//! Who gets where: each mode of authentication, with each kind of credentials, at each endpoint.
//!
//! What comes of it stands in `tests/auth_matrix.md`, which `UPDATE=1` rewrites and people review. That nobody becomes an
//! administrator without a reason is checked apart from the file, so that no update can hide it.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, SystemTime};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use testkit::identity::{Place, Provider, Signer};
use testkit::{Answer, Behaviour, Gateway};

const FIXTURE: &str = "tests/auth_matrix.md";

/// A kind of caller: a name, and headers.
struct Caller {
    name: &'static str,
    headers: Vec<(&'static str, String)>,
}

/// What a caller may be to the modes.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Open,
    Secret,
    Jwt,
    Webhook,
    /// Tokens and webhooks are configured and cannot be had.
    Broken,
}

const ENDPOINTS: [(&str, &str, &str); 16] = [
    ("POST", "/v1/graphql", r#"{"query":"{ __typename }"}"#),
    ("GET", "/v1/graphql?query=%7B__typename%7D", ""),
    ("POST", "/v1alpha1/graphql", r#"{"query":"{ __typename }"}"#),
    ("POST", "/v1/graphql/explain", r#"{"query":"{ __typename }"}"#),
    ("POST", "/v1alpha1/graphql/explain", r#"{"query":"{ __typename }"}"#),
    ("POST", "/v1/metadata", r#"{"type":"get_inconsistent_metadata","args":{}}"#),
    ("POST", "/v1/query", r#"{"type":"get_inconsistent_metadata","args":{}}"#),
    ("GET", "/api/rest/nothing", ""),
    ("GET", "/api/swagger/json", ""),
    ("GET", "/v1alpha1/config", ""),
    ("GET", "/v1/version", ""),
    ("GET", "/healthz", ""),
    ("GET", "/hasura/healthz", ""),
    ("GET", "/", ""),
    ("POST", "/v1beta1/relay", "{}"),
    ("OPTIONS", "/v1/graphql", ""),
];

/// Whether only administrators get anything there.
fn is_for_administrators(path: &str) -> bool {
    ["/v1/metadata", "/v1/query", "/v1alpha1/config", "/api/swagger/json"].contains(&path)
        || path.ends_with("/explain")
}

/// Tokens that say who somebody is, each in its way.
struct Tokens {
    user: String,
    admin: String,
    expired: String,
    forged: String,
    unsigned: String,
}

impl Tokens {
    fn new(ours: &Signer, stranger: &Signer) -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let claims = |role: &str, expiry: u64| {
            let namespace =
                json!({"x-hasura-default-role": role, "x-hasura-allowed-roles": [role, "editor"]});
            json!({"exp": expiry, "https://hasura.io/jwt/claims": namespace})
        };
        let (soon, past) = (now + 600, now - 600);
        let header = json!({"alg": "none"});
        let unsigned = ours.token_with_header(&header, &claims("admin", soon)).unwrap();
        Self {
            user: ours.token(&claims("user", soon)).unwrap(),
            admin: ours.token(&claims("admin", soon)).unwrap(),
            expired: ours.token(&claims("admin", past)).unwrap(),
            forged: stranger.token(&claims("admin", soon)).unwrap(),
            unsigned: unsigned[..=unsigned.rfind('.').unwrap()].to_owned(),
        }
    }
}

fn callers(tokens: &Tokens) -> Vec<Caller> {
    let caller = |name, headers: &[(&'static str, &str)]| Caller {
        name,
        headers: headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
    };
    let bearer = |token: &str| format!("Bearer {token}");
    let (user, admin) = (bearer(&tokens.user), bearer(&tokens.admin));
    vec![
        caller("nothing", &[]),
        caller("role `user`", &[("x-hasura-role", "user")]),
        caller("role `admin`", &[("x-hasura-role", "admin")]),
        caller("session variables", &[("x-hasura-user-id", "1"), ("x-hasura-allowed-roles", "admin")]),
        caller("secret", &[("x-hasura-admin-secret", "s3cret")]),
        caller("secret, second", &[("x-hasura-admin-secret", "s4cret")]),
        caller("secret, old header", &[("x-hasura-access-key", "s3cret")]),
        caller("secret, role `user`", &[("x-hasura-admin-secret", "s3cret"), ("x-hasura-role", "user")]),
        caller("secret, role empty", &[("x-hasura-admin-secret", "s3cret"), ("x-hasura-role", "")]),
        caller("secret, wrong", &[("x-hasura-admin-secret", "S3cret")]),
        caller("secret, a part", &[("x-hasura-admin-secret", "s3cre")]),
        caller("secret, empty", &[("x-hasura-admin-secret", "")]),
        caller("secret, wrong in old header", &[("x-hasura-access-key", "x"), ("x-hasura-role", "admin")]),
        caller("token", &[("authorization", &user)]),
        caller("token, role `editor`", &[("authorization", &user), ("x-hasura-role", "editor")]),
        caller("token, role `admin`", &[("authorization", &user), ("x-hasura-role", "admin")]),
        caller("token of `admin`", &[("authorization", &admin)]),
        caller("token, expired", &[("authorization", &bearer(&tokens.expired))]),
        caller("token, forged", &[("authorization", &bearer(&tokens.forged))]),
        caller("token, unsigned", &[("authorization", &bearer(&tokens.unsigned))]),
        caller("token, half", &[("authorization", &bearer(&tokens.admin[..tokens.admin.len() / 2]))]),
        caller("token, twice", &[("authorization", &user), ("authorization", &admin)]),
        caller("token, long", &[("authorization", &bearer(&"a".repeat(20_000)))]),
        caller("secret as token", &[("authorization", "Bearer s3cret")]),
        caller("other scheme", &[("authorization", "Basic YWRtaW46czNjcmV0")]),
        caller("token and wrong secret", &[("authorization", &admin), ("x-hasura-admin-secret", "x")]),
        caller(
            "expired token and secret",
            &[("authorization", &bearer(&tokens.expired)), ("x-hasura-admin-secret", "s3cret")],
        ),
        caller("origin elsewhere", &[("origin", "https://evil.example")]),
        caller("host elsewhere", &[("host", "rebound.example")]),
    ]
}

/// Whether there is a reason to let this caller in as an administrator.
fn may_be_administrator(mode: Mode, caller: &str) -> bool {
    let has_secret = ["secret", "secret, second", "secret, old header", "expired token and secret"];
    let is_odd =
        ["role `user`", "secret, role `user`", "secret, role empty", "origin elsewhere", "host elsewhere"];
    match mode {
        Mode::Open => !is_odd.contains(&caller) && !caller.ends_with("role `editor`"),
        Mode::Secret | Mode::Broken => has_secret.contains(&caller),
        Mode::Jwt | Mode::Webhook => has_secret.contains(&caller) || caller == "token of `admin`",
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_gets_where_they_may_and_no_further() {
    let (ours, stranger) = (Signer::new("ES256").unwrap(), Signer::new("ES256").unwrap());
    let tokens = Tokens::new(&ours, &stranger);
    let callers = callers(&tokens);
    let provider = provider(&ours, &tokens).await;
    let garbage =
        provider_that(Behaviour { status: Some(200), answer: Answer::Html, ..Behaviour::default() }).await;
    let failing = provider_that(Behaviour { status: Some(500), ..Behaviour::default() }).await;
    let slow = provider_that(Behaviour::delayed(Duration::from_secs(60))).await;
    // A port at which nobody listens.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();

    let secrets = r#"--admin-secrets=["s3cret","s4cret"]"#.to_owned();
    let anonymous = "--unauthorized-role=anonymous".to_owned();
    let key = json!({"type": "ES256", "key": ours.key().unwrap()});
    let jwt = |configuration: Value| format!("--jwt-secret={configuration}");
    let hook = |url: &str| format!("--auth-hook={url}");
    let by_post = "--auth-hook-mode=POST".to_owned();
    let quickly = "--auth-hook-timeout=1".to_owned();
    let modes: Vec<(&str, Mode, Vec<String>)> = vec![
        ("Nothing is configured", Mode::Open, vec![]),
        ("Secrets", Mode::Secret, vec![secrets.clone()]),
        ("Secrets, unauthorized role", Mode::Secret, vec![secrets.clone(), anonymous.clone()]),
        ("JWT", Mode::Jwt, vec![secrets.clone(), jwt(key.clone())]),
        ("JWT, unauthorized role", Mode::Jwt, vec![secrets.clone(), jwt(key), anonymous.clone()]),
        (
            "JWT, keys fetched",
            Mode::Jwt,
            vec![secrets.clone(), jwt(json!({"jwk_url": provider.url(Place::Jwks)}))],
        ),
        (
            "JWT, keys unreachable, unauthorized role",
            Mode::Broken,
            vec![secrets.clone(), jwt(json!({"jwk_url": format!("http://{gone}/")})), anonymous],
        ),
        (
            "JWT, keys unreadable",
            Mode::Broken,
            vec![secrets.clone(), jwt(json!({"jwk_url": garbage.url(Place::Jwks)}))],
        ),
        ("Webhook", Mode::Webhook, vec![secrets.clone(), hook(&provider.url(Place::Hook))]),
        (
            "Webhook by POST",
            Mode::Webhook,
            vec![secrets.clone(), hook(&provider.url(Place::Hook)), by_post.clone()],
        ),
        ("Webhook unreachable", Mode::Broken, vec![secrets.clone(), hook(&format!("http://{gone}/"))]),
        ("Webhook failing", Mode::Broken, vec![secrets.clone(), hook(&failing.url(Place::Hook))]),
        ("Webhook unreadable", Mode::Broken, vec![secrets.clone(), hook(&garbage.url(Place::Hook)), by_post]),
        ("Webhook too slow", Mode::Broken, vec![secrets, hook(&slow.url(Place::Hook)), quickly]),
    ];

    let mut text = format!(
        "# Who gets where\n\nWritten by `{}`, reviewed by people. Each cell has the status, and the code of the error if there is one;\n\
         callers who fare alike share a line. GraphQL errors have status 200 at `/v1/graphql`, as in Hasura.\n",
        file!().replace('\\', "/")
    );
    for (title, mode, words) in modes {
        let gateway = Gateway::start(&words).await.unwrap();
        if title == "JWT, keys fetched" {
            wait_for_keys(&provider).await;
        }
        let _ = write!(text, "\n## {title}\n\n| |");
        for (method, path, _) in ENDPOINTS {
            let path = path.split('?').next().unwrap();
            let _ = write!(text, " {method} `{path}` |");
        }
        let _ = writeln!(text, "\n|---|{}", "---|".repeat(ENDPOINTS.len()));
        // All at once: a webhook that is too slow would take its time each time.
        let rows = callers.iter().map(|caller| row(&gateway, caller));
        // Callers who fare alike share a line.
        let mut lines: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
        for (caller, row) in callers.iter().zip(futures_util::future::join_all(rows).await) {
            for ((_, path, _), cell) in ENDPOINTS.iter().zip(&row) {
                let is_in = is_for_administrators(path) && cell == "200";
                assert!(
                    !is_in || may_be_administrator(mode, caller.name),
                    "{title}: {} at {path}",
                    caller.name
                );
            }
            match lines.iter_mut().find(|(other, _)| *other == row) {
                Some((_, names)) => names.push(caller.name),
                None => lines.push((row, vec![caller.name])),
            }
        }
        for (row, names) in lines {
            let _ = writeln!(text, "| {} | {} |", names.join("; "), row.join(" | "));
        }
    }
    compare(&text);
}

/// One that knows the tokens, as a key set and as a webhook.
async fn provider(ours: &Signer, tokens: &Tokens) -> Provider {
    let provider = Provider::start().await.unwrap();
    provider.publish(&[ours]);
    provider.recognise(&format!("Bearer {}", tokens.user), json!({"x-hasura-role": "user"}));
    provider.recognise(&format!("Bearer {}", tokens.admin), json!({"x-hasura-role": "admin"}));
    provider
}

async fn provider_that(behaves: Behaviour) -> Provider {
    let provider = Provider::start().await.unwrap();
    provider.recognise("", json!({"x-hasura-role": "admin"}));
    for place in [Place::Jwks, Place::Hook] {
        provider.behave(place, behaves.clone());
    }
    provider
}

async fn wait_for_keys(provider: &Provider) {
    for _ in 0..200 {
        if !provider.requests(Place::Jwks).is_empty() {
            // The answer is on its way.
            return tokio::time::sleep(Duration::from_millis(200)).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody fetches the keys");
}

async fn row(gateway: &Gateway, caller: &Caller) -> Vec<String> {
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
    let cells = ENDPOINTS.map(|(method, path, body)| {
        let mut request = client.request(method.parse::<Method>().unwrap(), gateway.url(path)).body(body);
        for (name, value) in &caller.headers {
            request = request.header(*name, value);
        }
        async {
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default();
            let code = body["code"].as_str().or(body["errors"][0]["extensions"]["code"].as_str());
            code.map_or_else(|| status.to_string(), |code| format!("{status} {code}"))
        }
    });
    futures_util::future::join_all(cells).await
}

fn compare(text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FIXTURE);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    let difference = similar::TextDiff::from_lines(expected.as_str(), text);
    let difference = difference.unified_diff().header("expected", "happened").to_string();
    assert!(difference.is_empty(), "UPDATE=1 accepts what happened:\n{difference}");
}
