//! Who remotes see: tokens, certificates and trust, with real token servers and TLS, asked by a real `conjoin serve`.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use support::Serving;
use testkit::identity::{Authority, Place, Provider};
use testkit::{Behaviour, Remote};

#[allow(dead_code, reason = "each target uses a part of it")]
#[path = "support/process.rs"]
mod support;

const SDL: &str = "type Query { name: String } type Mutation { rename: String }";
const DATA: &str = r#"{"resolve": {"Query.name": {"value": "Ann"}, "Mutation.rename": {"value": "Bea"}}}"#;

async fn remote() -> Remote {
    Remote::start(SDL, DATA).await.unwrap()
}

/// A remote that refuses whoever has another token.
async fn guarded(token: &str) -> Remote {
    let remote = remote().await;
    remote.behave(wanting(token));
    remote
}

fn wanting(token: &str) -> Behaviour {
    Behaviour { authorization: Some(format!("Bearer {token}")), ..Behaviour::default() }
}

fn failing(status: u16) -> Behaviour {
    Behaviour { status: Some(status), ..Behaviour::default() }
}

async fn provider() -> Provider {
    let provider = Provider::start().await.unwrap();
    provider.admit("shop", "s3cret");
    provider
}

/// The `auth` of a client of this token server.
fn client_of(provider: &Provider) -> Value {
    json!({
        "type": "oauth2_client_credentials",
        "token_url": provider.url(Place::Token),
        "client_id": "shop",
        "client_secret_from_env": "SECRET",
    })
}

/// A gateway whose `SECRET` is that of the token server's client.
fn gateway(data: &tempfile::TempDir, variables: &[(&str, &str)]) -> Serving {
    let variables = [&[("SECRET", "s3cret")], variables].concat();
    Serving::start(data.path(), &[], &variables)
}

async fn add(serving: &Serving, remote: &Remote, more: Value) -> (u16, Value) {
    let mut definition = more;
    definition["url"] = remote.url().into();
    let args = json!({"name": "people", "definition": definition});
    serving.post("/v1/metadata", &json!({"type": "add_remote_schema", "args": args})).await
}

async fn ask(serving: &Serving) -> Value {
    serving.post("/v1/graphql", &json!({"query": "{ name }"})).await.1
}

fn named() -> Value {
    json!({"data": {"name": "Ann"}})
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

/// What the requests to a remote had in `authorization`, one after the other.
fn authorizations(remote: &Remote) -> Vec<String> {
    let of_request = |request: &testkit::remote::Request| request.headers.get("authorization").cloned();
    remote.requests().iter().map(|request| of_request(request).unwrap_or_default()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_the_environment_goes_with_every_request() {
    let remote = guarded("t0ken").await;
    let data = tempfile::tempdir().unwrap();
    let serving = gateway(&data, &[("TOKEN", "t0ken")]);
    let auth = json!({"type": "bearer", "token_from_env": "TOKEN"});
    let (status, answer) =
        add(&serving, &remote, json!({"auth": auth, "forward_client_headers": true})).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(ask(&serving).await, named());
    let url = format!("http://{}/v1/graphql", serving.address);
    let as_somebody = serving.client.post(url).header("authorization", "Bearer forged");
    let answer = as_somebody.body(r#"{"query": "{ name }"}"#).send().await.unwrap().text().await.unwrap();
    assert_eq!(answer, named().to_string());
    assert_eq!(authorizations(&remote), ["Bearer t0ken"; 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn introspection_may_have_headers_of_its_own() {
    let (remote, provider) = (remote().await, provider().await);
    let data = tempfile::tempdir().unwrap();
    let serving = gateway(&data, &[("SCHEMA_TOKEN", "Bearer schema")]);
    let headers = json!([{"name": "x-key", "value": "all"}, {"name": "x-other", "value": "all"}]);
    let own = json!([
        {"name": "Authorization", "value_from_env": "SCHEMA_TOKEN"}, {"name": "x-key", "value": "schema"},
    ]);
    let definition = json!({"headers": headers, "introspection_headers": own, "auth": client_of(&provider)});
    let (status, answer) = add(&serving, &remote, definition).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(provider.n_issued(), 0, "a token is not fetched before it is needed");
    assert_eq!(ask(&serving).await, named());
    let seen: Vec<_> = remote
        .requests()
        .into_iter()
        .map(|request| ["authorization", "x-key", "x-other"].map(|name| request.headers[name].clone()))
        .collect();
    assert_eq!(seen, [["Bearer schema", "schema", "all"], ["Bearer token-1", "all", "all"]]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_file_is_read_again_when_it_changes() {
    let remote = guarded("one").await;
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("token");
    std::fs::write(&file, "one\n").unwrap();
    let serving = gateway(&data, &[]);
    let auth = json!({"type": "bearer", "token_from_file": file});
    assert_eq!(add(&serving, &remote, json!({"auth": auth})).await.0, 200);
    assert_eq!(ask(&serving).await, named());

    // The remote refuses the old token before anybody had to look at the file.
    std::fs::write(&file, "two").unwrap();
    remote.behave(wanting("two"));
    remote.forget();
    assert_eq!(ask(&serving).await, named());
    assert_eq!(authorizations(&remote), ["Bearer one", "Bearer two"]);

    // Nobody refuses anything, and the new token is used all the same, soon.
    std::fs::write(&file, "three").unwrap();
    remote.behave(Behaviour::default());
    let deadline = Instant::now() + support::BOUND;
    while authorizations(&remote).last().unwrap() != "Bearer three" {
        assert!(Instant::now() < deadline, "the new token is never sent");
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(ask(&serving).await, named());
    }

    std::fs::write(&file, "Bearer four").unwrap();
    tokio::time::sleep(Duration::from_millis(5200)).await;
    remote.forget();
    let answer = ask(&serving).await;
    assert_eq!(code(&answer), "remote-schema-auth-error", "{answer}");
    let internal = &answer["errors"][0]["extensions"]["internal"];
    assert!(
        internal["message"].as_str().unwrap().starts_with("the token in the file has blanks"),
        "{answer}"
    );
    assert_eq!(remote.requests(), [], "nothing is sent without a token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_share_one_token() {
    let (remote, provider) = (guarded("token-1").await, provider().await);
    provider.behave(Place::Token, Behaviour::delayed(Duration::from_millis(100)));
    let data = tempfile::tempdir().unwrap();
    let serving = gateway(&data, &[]);
    let mut auth = client_of(&provider);
    auth["scope"] = "read write".into();
    auth["audience"] = "https://people.example/".into();
    let own = json!([{"name": "authorization", "value": "Bearer token-1"}]);
    assert_eq!(add(&serving, &remote, json!({"auth": auth, "introspection_headers": own})).await.0, 200);
    for answer in join_all((0..30).map(|_| ask(&serving))).await {
        assert_eq!(answer, named());
    }
    assert_eq!(provider.n_issued(), 1);
    let asked = &provider.requests(Place::Token)[0];
    assert_eq!(
        asked.body,
        "grant_type=client_credentials&scope=read+write&audience=https%3A%2F%2Fpeople.example%2F"
    );
    assert_eq!(asked.headers["authorization"], "Basic c2hvcDpzM2NyZXQ=");
    assert_eq!(asked.headers["content-type"], "application/x-www-form-urlencoded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn id_and_secret_may_be_in_the_body_and_have_any_characters() {
    let (remote, provider) = (guarded("token-1").await, provider().await);
    let (id, secret) = ("me & my:shop", "p=ä%\u{20ac} +:s3cret");
    provider.admit(id, secret);
    for style in ["basic", "post"] {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("secret");
        std::fs::write(&file, format!("{secret}\n")).unwrap();
        let serving = gateway(&data, &[("ID", id)]);
        let auth = json!({
            "type": "oauth2_client_credentials", "token_url": provider.url(Place::Token), "auth_style": style,
            "client_id_from_env": "ID", "client_secret_from_file": file,
        });
        let (status, answer) = add(&serving, &remote, json!({"auth": auth})).await;
        assert_eq!(status, 200, "{style}: {answer}");
        let asked = provider.requests(Place::Token).pop().unwrap();
        assert_eq!(asked.body.contains("client_secret"), style == "post", "{}", asked.body);
        assert_eq!(asked.headers.contains_key("authorization"), style == "basic");
        remote.behave(wanting("token-2"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_renewed_before_they_end() {
    let (remote, provider) = (remote().await, provider().await);
    provider.expire_in(Some(6));
    let data = tempfile::tempdir().unwrap();
    let serving = gateway(&data, &[]);
    assert_eq!(add(&serving, &remote, json!({"auth": client_of(&provider)})).await.0, 200);
    // Whoever had to wait for a token would notice.
    provider.behave(Place::Token, Behaviour::delayed(Duration::from_millis(600)));
    let start = Instant::now();
    let mut longest = Duration::ZERO;
    while start.elapsed() < Duration::from_secs(8) {
        let asked = Instant::now();
        assert_eq!(ask(&serving).await, named());
        longest = longest.max(asked.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let n_issued = provider.n_issued();
    assert!((2..=4).contains(&n_issued), "{n_issued} tokens in 8 s");
    assert!(longest < Duration::from_millis(600), "a request waited {longest:?}");
    let last = authorizations(&remote).pop().unwrap();
    assert_ne!(last, "Bearer token-1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_serves_until_its_end_while_the_token_server_is_down() {
    let (remote, other, provider) = (remote().await, self::remote().await, provider().await);
    provider.expire_in(Some(5));
    let data = tempfile::tempdir().unwrap();
    let serving = gateway(&data, &[]);
    let added = Instant::now();
    assert_eq!(add(&serving, &remote, json!({"auth": client_of(&provider)})).await.0, 200);
    let names = json!({"root_fields_namespace": "other"});
    let args = json!({"name": "other", "definition": {"url": other.url(), "customization": names}});
    serving.metadata("add_remote_schema", args).await;
    provider.behave(Place::Token, failing(503));
    let answer = loop {
        let answer = ask(&serving).await;
        if !answer["errors"].is_null() {
            break answer;
        }
        assert!(added.elapsed() < support::BOUND, "a token is used beyond its end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let lived = added.elapsed();
    assert!(lived > Duration::from_secs(4), "the token served {lived:?} only");
    assert_eq!(code(&answer), "remote-schema-auth-error", "{answer}");
    assert_eq!(
        answer["errors"][0]["message"],
        r#"there is no token to ask the remote "people" with; nothing was sent to it"#
    );
    let internal = &answer["errors"][0]["extensions"]["internal"];
    assert_eq!(internal["message"], "the token server answered 503");

    remote.forget();
    let both = json!({"query": "{ name other { name } }"});
    let answer = serving.post("/v1/graphql", &both).await.1;
    assert_eq!(answer["data"], json!({"name": null, "other": {"name": "Ann"}}), "only this remote fails");
    assert_eq!(remote.requests(), [], "nothing is sent without a token");
    let n_asked = provider.requests(Place::Token).len();
    join_all((0..50).map(|_| ask(&serving))).await;
    assert!(
        provider.requests(Place::Token).len() <= n_asked + 3,
        "a token server that is down is left alone"
    );

    provider.behave(Place::Token, Behaviour::default());
    let deadline = Instant::now() + support::BOUND;
    while ask(&serving).await != named() {
        assert!(Instant::now() < deadline, "it never recovers");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_token_is_replaced_once() {
    let (remote, provider) = (guarded("token-1").await, provider().await);
    let data = tempfile::tempdir().unwrap();
    let serving = gateway(&data, &[]);
    assert_eq!(add(&serving, &remote, json!({"auth": client_of(&provider)})).await.0, 200);
    remote.behave(wanting("token-2"));
    remote.forget();
    let mutation = json!({"query": "mutation { rename }"});
    let answer = serving.post("/v1/graphql", &mutation).await.1;
    assert_eq!(answer, json!({"data": {"rename": "Bea"}}), "who is not known has not been served");
    assert_eq!(authorizations(&remote), ["Bearer token-1", "Bearer token-2"]);

    // A remote that likes no token is not a reason to fetch one for each request.
    remote.behave(wanting("another"));
    for answer in join_all((0..20).map(|_| ask(&serving))).await {
        assert_eq!(answer["errors"][0]["message"], "who are you?", "{answer}");
    }
    assert!(provider.n_issued() <= 3, "{} tokens", provider.n_issued());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_servers_that_fail_in_any_way_keep_the_remote_from_being_asked() {
    use testkit::Answer;
    let data = tempfile::tempdir().unwrap();
    let serving = gateway(&data, &[("WRONG", "canary")]);
    let answering = |text: &str| Behaviour::answering(Answer::Body(text.into()));
    for (behaviour, expected) in [
        (failing(500), "the token server answered 500"),
        (failing(302), "the token server answered 302; redirects are not followed"),
        (Behaviour::answering(Answer::Html), "the token server's answer is no JSON with an `access_token`"),
        (
            Behaviour::answering(Answer::Truncated),
            "the token server's answer is no JSON with an `access_token`",
        ),
        (Behaviour::answering(Answer::Nothing), "the token server does not answer: "),
        (
            answering("{\"access_token\": \"a\\r\\nx-hasura-role: admin\"}"),
            "the `access_token` of the token server has blanks, line breaks or other characters",
        ),
        (answering(&"x".repeat(100_000)), "the token server does not answer: length limit exceeded"),
        (
            Behaviour::delayed(Duration::from_secs(60)),
            "the token server does not answer: no complete answer within 1.5 s",
        ),
    ] {
        let (remote, provider) = (remote().await, provider().await);
        provider.behave(Place::Token, behaviour);
        let definition = json!({"auth": client_of(&provider), "timeout_seconds": 2});
        let (status, answer) = add(&serving, &remote, definition).await;
        assert_eq!((status, &answer["code"]), (400, &json!("remote-schema-auth-error")), "{answer}");
        let message = answer["internal"]["message"].as_str().unwrap();
        assert!(message.starts_with(expected), "{message}");
        assert_eq!(answer["internal"]["token_url"], provider.url(Place::Token).as_str());
        assert_eq!(remote.requests(), []);
    }
    let (remote, provider) = (remote().await, provider().await);
    let mut auth = client_of(&provider);
    auth["client_secret_from_env"] = "WRONG".into();
    let answer = add(&serving, &remote, json!({"auth": auth})).await.1;
    assert_eq!(answer["internal"]["message"], "the token server answered 401: invalid_client");
    assert!(!answer.to_string().contains("canary"), "{answer}");
}

async fn secure(authority: &Authority, clients: Option<&Authority>) -> Remote {
    let tls = authority.server_for("localhost", &["h2", "http/1.1"], clients).unwrap();
    Remote::start_tls(SDL, DATA, tls).await.unwrap()
}

/// Why a remote could not be added.
fn why(answer: &Value) -> &str {
    answer["internal"]["message"].as_str().unwrap_or_else(|| answer["error"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_authority_is_trusted_by_its_remote_and_by_no_other() {
    let (system, private) = (Authority::new().unwrap(), Authority::new().unwrap());
    let (public, hidden) = (secure(&system, None).await, secure(&private, None).await);
    let pem = std::fs::read_to_string(private.file()).unwrap();
    let data = tempfile::tempdir().unwrap();
    let serving = gateway(&data, &[("SSL_CERT_FILE", system.file().to_str().unwrap()), ("CA", &pem)]);
    let (status, answer) = add(&serving, &hidden, json!({})).await;
    assert!(status == 400 && why(&answer).contains("invalid peer certificate"), "{answer}");
    for ca in [json!({"ca_from_env": "CA"}), json!({"ca_from_file": private.file()})] {
        let (status, answer) = add(&serving, &hidden, json!({"tls": ca})).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(ask(&serving).await, named());
        serving.metadata("remove_remote_schema", json!({"name": "people"})).await;

        // In place of the system's authorities, and not beside them.
        let (status, answer) = add(&serving, &public, json!({"tls": ca})).await;
        assert!(status == 400 && why(&answer).contains("invalid peer certificate"), "{answer}");
    }
    assert_eq!(add(&serving, &public, json!({})).await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn remotes_that_want_a_certificate_get_the_one_that_is_theirs() {
    let (system, clients, strangers) =
        (Authority::new().unwrap(), Authority::new().unwrap(), Authority::new().unwrap());
    let remote = secure(&system, Some(&clients)).await;
    let (ours, theirs) = (clients.certify("gateway").unwrap(), strangers.certify("gateway").unwrap());
    let file = |name: &str, text: &str| {
        let path = system.directory().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (certificate, key) = (file("certificate.pem", &ours.certificate), file("key.pem", &ours.key));
    let strange = file("strange.pem", &theirs.certificate);
    let no_pem = file("no.pem", "canary");
    let data = tempfile::tempdir().unwrap();
    let serving = gateway(
        &data,
        &[
            ("SSL_CERT_FILE", system.file().to_str().unwrap()),
            ("CERTIFICATE", &ours.certificate),
            ("KEY", &ours.key),
            ("STRANGE", &theirs.certificate),
            ("STRANGE_KEY", &theirs.key),
        ],
    );
    for (tls, expected) in [
        (json!({"certificate_from_env": "STRANGE", "key_from_env": "STRANGE_KEY"}), "error sending request"),
        (
            json!({"certificate_from_file": strange, "key_from_file": key}),
            "the remote's `tls` cannot be used: ",
        ),
        (
            json!({"certificate_from_file": certificate, "key_from_file": no_pem}),
            "cannot be used: there is no private key in PEM in it",
        ),
        (
            json!({"certificate_from_file": no_pem, "key_from_file": key}),
            "cannot be used: there is no certificate in PEM in it",
        ),
        (
            json!({"certificate_from_env": "NOT_SET", "key_from_file": key}),
            "environment variable 'NOT_SET' not set",
        ),
    ] {
        let (status, answer) = add(&serving, &remote, json!({"tls": tls})).await;
        assert!(status == 400 && why(&answer).contains(expected), "{tls}: {answer}");
        assert!(!answer.to_string().contains("canary"), "{answer}");
    }
    assert_eq!(add(&serving, &remote, json!({})).await.0, 400, "a certificate is wanted");
    for tls in [
        json!({"certificate_from_env": "CERTIFICATE", "key_from_env": "KEY"}),
        json!({"certificate_from_file": certificate, "key_from_file": key}),
    ] {
        let (status, answer) = add(&serving, &remote, json!({"tls": tls})).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(ask(&serving).await, named());
        serving.metadata("remove_remote_schema", json!({"name": "people"})).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_certificates_are_read_again_by_a_reload() {
    let (first, second) = (Authority::new().unwrap(), Authority::new().unwrap());
    let remote = secure(&second, None).await;
    let data = tempfile::tempdir().unwrap();
    let ca = data.path().join("ca.pem");
    std::fs::copy(second.file(), &ca).unwrap();
    let serving = gateway(&data, &[]);
    assert_eq!(add(&serving, &remote, json!({"tls": {"ca_from_file": ca}})).await.0, 200);
    std::fs::copy(first.file(), &ca).unwrap();
    assert_eq!(ask(&serving).await, named(), "what is there is used");
    let reload = json!({"type": "reload_remote_schema", "args": {"name": "people"}});
    assert_eq!(serving.post("/v1/metadata", &reload).await.0, 500, "the new file is read");
    std::fs::copy(second.file(), &ca).unwrap();
    assert_eq!(serving.post("/v1/metadata", &reload).await.0, 200);
    assert_eq!(ask(&serving).await, named());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_on_the_allow_list_may_have_any_certificate() {
    let (system, nobody) = (Authority::new().unwrap(), Authority::new().unwrap());
    // Neither the authority nor the name is right.
    let tls = nobody.server("elsewhere.example", &["h2"]).unwrap();
    let remote = Remote::start_tls(SDL, DATA, tls).await.unwrap();
    let data = tempfile::tempdir().unwrap();
    let serving = gateway(&data, &[("SSL_CERT_FILE", system.file().to_str().unwrap())]);
    let port = remote.address().port();
    for other in [json!("elsewhere.example"), json!({"host": "localhost", "suffix": (port ^ 1).to_string()})]
    {
        serving.metadata("add_host_to_tls_allowlist", other).await;
        assert_eq!(add(&serving, &remote, json!({})).await.0, 400, "that is another host");
    }
    let host = json!({"host": "localhost", "suffix": port.to_string(), "permissions": ["self-signed"]});
    serving.metadata("add_host_to_tls_allowlist", host.clone()).await;
    let (status, answer) = add(&serving, &remote, json!({"tls": {"ca_from_file": system.file()}})).await;
    assert!(
        status == 400 && why(&answer).contains("invalid peer certificate"),
        "who names an authority: {answer}"
    );
    assert_eq!(add(&serving, &remote, json!({})).await.0, 200);
    assert_eq!(ask(&serving).await, named());

    serving.metadata("drop_host_from_tls_allowlist", host).await;
    let answer = ask(&serving).await;
    assert_eq!(code(&answer), "remote-schema-error", "{answer}");
    let listed = serving.metadata("get_inconsistent_metadata", json!({})).await;
    assert_eq!(listed["inconsistent_objects"][0]["name"], "remote_schema people", "{listed}");
    serving.metadata("add_host_to_tls_allowlist", json!("localhost")).await;
    assert_eq!(ask(&serving).await, named());
    assert_eq!(serving.metadata("get_inconsistent_metadata", json!({})).await["is_consistent"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_servers_have_tls_of_their_own() {
    let (system, private) = (Authority::new().unwrap(), Authority::new().unwrap());
    let provider = Provider::start_tls(&private).await.unwrap();
    provider.admit("shop", "s3cret");
    let remote = guarded("token-1").await;
    let data = tempfile::tempdir().unwrap();
    let serving = gateway(&data, &[("SSL_CERT_FILE", system.file().to_str().unwrap())]);
    let mut auth = client_of(&provider);
    let (status, answer) = add(&serving, &remote, json!({"auth": auth})).await;
    assert!(status == 400 && why(&answer).contains("invalid peer certificate"), "{answer}");
    auth["tls"] = json!({"ca_from_file": private.file()});
    assert_eq!(add(&serving, &remote, json!({"auth": auth})).await.0, 200);
    assert_eq!(ask(&serving).await, named());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_elsewhere_keeps_connections_and_tokens() {
    let (remote, other, provider) = (guarded("token-1").await, self::remote().await, provider().await);
    let data = tempfile::tempdir().unwrap();
    let serving = gateway(&data, &[]);
    assert_eq!(add(&serving, &remote, json!({"auth": client_of(&provider)})).await.0, 200);
    let names = json!({"root_fields_namespace": "other"});
    let args = json!({"name": "other", "definition": {"url": other.url(), "customization": names}});
    serving.metadata("add_remote_schema", args).await;
    serving.metadata("add_host_to_tls_allowlist", json!("crm.example")).await;
    serving.metadata("reload_remote_schema", json!({"name": "people"})).await;
    assert_eq!(ask(&serving).await, named());
    assert_eq!(provider.n_issued(), 1);
}
