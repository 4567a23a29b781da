//! Tokens that we did not sign: PyJWT signs one with each algorithm, and its keys arrive as PEM, as certificate and as key set.
//!
//! Its program is in `tests/foreign_tokens/`; its packages are installed below the target directory on the first run. Without Python
//! there is nothing to run, and the test says so loudly.

#![expect(clippy::unwrap_used, reason = "a step that fails fails the test")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::{Value, json};
use testkit::identity::{Place, Provider};
use testkit::{Answer, Behaviour, Gateway};

/// The answer to those who are believed.
const SERVED: &str = r#"{"data":{"__typename":"query_root"}}"#;

/// What the program made with one algorithm.
#[derive(Deserialize)]
struct Made {
    algorithm: String,
    token: String,
    wrong: String,
    /// The secret, or the public key as PEM in its forms, and a certificate.
    keys: Vec<String>,
    jwk: Option<Value>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_another_maker_are_believed() {
    let Some(python) = install() else { return };
    let made = sign(&python);
    assert_eq!(made.len(), 13);
    let n_keys: usize = made.iter().map(|made| made.keys.len()).sum();
    assert_eq!(n_keys, 3 + 6 * 3 + 4 * 2);
    for Made { algorithm, token, wrong, keys, .. } in &made {
        // A key is named by its kind, which for this one is the curve.
        let kind = if algorithm == "EdDSA" { "Ed25519" } else { algorithm };
        for key in keys {
            let gateway = start(&json!({"type": kind, "key": key})).await;
            assert_eq!(ask(&gateway, token).await, SERVED, "{algorithm} {key}");
            assert_eq!(
                ask(&gateway, wrong).await,
                "Could not verify JWT: JWSError JWSInvalidSignature",
                "{algorithm}"
            );
            for other in made.iter().filter(|other| other.algorithm != *algorithm) {
                let answer = ask(&gateway, &other.token).await;
                assert!(answer.starts_with("Could not verify JWT: JWSError "), "{algorithm}: {answer}");
            }
        }
    }
    let keys: Vec<&Value> = made.iter().filter_map(|made| made.jwk.as_ref()).collect();
    assert_eq!(keys.len(), 10);
    let provider = Provider::start().await.unwrap();
    provider.behave(Place::Jwks, Behaviour::answering(Answer::Body(json!({"keys": keys}).to_string())));
    let gateway = start(&json!({"jwk_url": provider.url(Place::Jwks)})).await;
    for Made { token, wrong, jwk, algorithm, .. } in &made {
        let answer = ask(&gateway, token).await;
        assert_eq!(answer == SERVED, jwk.is_some(), "{algorithm}: {answer}");
        assert!(ask(&gateway, wrong).await.starts_with("Could not verify JWT: JWSError "), "{algorithm}");
    }
}

async fn start(configuration: &Value) -> Gateway {
    let words = ["--admin-secret=s3cret".to_owned(), format!("--jwt-secret={configuration}")];
    Gateway::start(&words).await.unwrap()
}

/// What the bearer of a token is told: [`SERVED`], or why there is nothing.
async fn ask(gateway: &Gateway, token: &str) -> String {
    let headers = BTreeMap::from([("authorization".to_owned(), format!("Bearer {token}"))]);
    let body = json!({"query": "{ __typename }"});
    let answer = gateway.post("/v1/graphql", &body, &headers).await.unwrap();
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    match answer["errors"][0]["message"].as_str() {
        Some(message) => message.to_owned(),
        None => answer.to_string(),
    }
}

fn sign(python: &Path) -> Vec<Made> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let namespace = json!({"x-hasura-default-role": "user", "x-hasura-allowed-roles": ["user"]});
    let claims = json!({"iat": now, "exp": now + 600, "https://hasura.io/jwt/claims": namespace});
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign_tokens/tokens.py");
    let mut command = Command::new(python);
    command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(claims.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[expect(clippy::print_stdout, reason = "a skipped test must be seen")]
/// The Python of an environment with the packages, which is made unless it is there; none when there is no Python.
fn install() -> Option<PathBuf> {
    let mut probe = Command::new("python3");
    if probe.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        println!("\n*** SKIPPED: python3 is not installed, so no foreign token can be made ***\n");
        return None;
    }
    let wanted = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign_tokens/requirements.txt"),
    )
    .unwrap();
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign_tokens");
    std::fs::create_dir_all(&directory).unwrap();
    let (python, stamp) = (directory.join("venv/bin/python"), directory.join("installed"));
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Some(python);
    }
    let requirements = directory.join("requirements.txt");
    std::fs::write(&requirements, &wanted).unwrap();
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(directory.join("venv")));
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(requirements));
    std::fs::write(&stamp, wanted).unwrap();
    Some(python)
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
