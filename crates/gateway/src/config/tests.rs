use super::settings::*;
use super::*;
use clap::Args as _;

/// Builds a configuration from `NAME=value` variables and command-line words.
fn config(words: &[&str], variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let options = ServeOptions::parse(words.iter().copied()).unwrap();
    Config::new(&options, &|name| {
        variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
    })
}

fn error(words: &[&str], variables: &[(&str, &str)]) -> String {
    config(words, variables).unwrap_err().to_string()
}

#[test]
fn defaults() {
    let config = config(&[], &[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.data_dir, PathBuf::from(".conjoin"));
    assert!(!config.auth.has_secret() && !config.permissions_off && !config.dev_mode);
    assert!(config.admin_internal_errors && config.metadata_dir.is_none());
    assert_eq!((config.max_body_bytes, config.max_answer_bytes), (1 << 20, 64 << 20));
    assert_eq!((config.limits.tokens, config.limits.depth), (20_000, 30));
    assert_eq!(config.request_timeout, None);
    assert_eq!(config.graceful_shutdown_timeout, Duration::from_secs(60));
}

#[test]
fn flags_beat_our_variables_which_beat_hasuras() {
    let ours = ("CONJOIN_PORT", "2");
    let hasuras = ("HASURA_GRAPHQL_SERVER_PORT", "3");
    let port = |words: &[&str], variables: &[(&str, &str)]| config(words, variables).unwrap().listen.port();
    assert_eq!(port(&["--port", "1"], &[ours, hasuras]), 1);
    assert_eq!(port(&["--server-port=4"], &[ours, hasuras]), 4);
    assert_eq!(port(&[], &[ours, hasuras]), 2);
    assert_eq!(port(&[], &[hasuras]), 3);
}

#[test]
fn every_row_is_reachable_by_flag_and_variables() {
    let mut seen = std::collections::BTreeSet::new();
    for setting in ALL {
        for variable in setting.variables() {
            assert!(seen.insert(variable.clone()), "{variable} twice");
        }
        let source_options = ServeOptions::default().with(setting, "x");
        assert_eq!(source_options.get(setting), Some("x"));
    }
    ServeOptions::augment_args(clap::Command::new("serve")).debug_assert();
}

#[test]
fn booleans_in_every_spelling() {
    for text in ["true", "T", "yes", "Y", "TRUE", "on"] {
        assert!(config(&[], &[("HASURA_GRAPHQL_DEV_MODE", text)]).unwrap().dev_mode, "{text}");
    }
    for text in ["false", "F", "no", "N", "False", "off"] {
        assert!(!config(&[], &[("HASURA_GRAPHQL_DEV_MODE", text)]).unwrap().dev_mode, "{text}");
    }
    assert!(config(&["--dev-mode"], &[]).unwrap().dev_mode);
    assert!(!config(&["--dev-mode=false"], &[("CONJOIN_DEV_MODE", "true")]).unwrap().dev_mode);
}

#[test]
fn permissions_are_on_unless_switched_off() {
    assert!(config(&["--remote-schema-permissions=off"], &[]).unwrap().permissions_off);
    let hasura = [("HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS", "false")];
    assert!(config(&[], &hasura).unwrap().permissions_off);
    assert!(!config(&["--remote-schema-permissions", "on"], &hasura).unwrap().permissions_off);
}

#[test]
fn invalid_values_name_flag_and_variables() {
    assert_eq!(
        error(&[], &[("HASURA_GRAPHQL_SERVER_PORT", "http")]),
        "invalid value for --port (from HASURA_GRAPHQL_SERVER_PORT; its variables are CONJOIN_PORT and \
         HASURA_GRAPHQL_SERVER_PORT): \"http\" is not a number in range"
    );
    for (words, variable) in [
        (["--port", "70000"], "CONJOIN_PORT"),
        (["--max-depth", "-1"], "CONJOIN_MAX_DEPTH"),
        (["--errors", "loud"], "CONJOIN_ERRORS"),
        (["--log-level", "loud"], "HASURA_GRAPHQL_LOG_LEVEL"),
        (["--log-format", "xml"], "CONJOIN_LOG_FORMAT"),
        (["--enabled-apis", "metadata,telnet"], "HASURA_GRAPHQL_ENABLED_APIS"),
        (["--remote-schema-permissions", "maybe"], "HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS"),
        (["--cors-domain", "example.com"], "HASURA_GRAPHQL_CORS_DOMAIN"),
        (["--unauthorized-role", "admin"], "HASURA_GRAPHQL_UNAUTHORIZED_ROLE"),
    ] {
        let words = [format!("{}={}", words[0], words[1])];
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let message = error(&words, &[]);
        let flag = words[0].split('=').next().unwrap();
        assert!(message.contains(flag) && message.contains(variable), "{message}");
    }
}

#[test]
fn secrets_single_several_and_in_order() {
    let count = |variables: &[(&str, &str)]| match config(&[], variables).unwrap().auth {
        Mode::Open { .. } => 0,
        Mode::Secret { secrets, .. } => secrets.len(),
    };
    assert_eq!(count(&[("CONJOIN_ADMIN_SECRET", "a")]), 1);
    assert_eq!(count(&[("HASURA_GRAPHQL_ADMIN_SECRET", "a")]), 1);
    assert_eq!(count(&[("HASURA_GRAPHQL_ACCESS_KEY", "a")]), 1);
    assert_eq!(count(&[("HASURA_GRAPHQL_ADMIN_SECRETS", "[\"a\",\"b\"]"), ("CONJOIN_ADMIN_SECRET", "c")]), 2);
}

#[test]
fn broken_secrets_are_refused_and_not_shown() {
    for (name, value) in [
        ("CONJOIN_ADMIN_SECRET", ""),
        ("CONJOIN_ADMIN_SECRETS", "[]"),
        ("CONJOIN_ADMIN_SECRETS", "[\"hunter2\", 1]"),
        ("CONJOIN_ADMIN_SECRETS", "hunter2"),
        ("CONJOIN_ADMIN_SECRETS", "[\"hunter2\", \"\"]"),
    ] {
        let message = error(&[], &[(name, value)]);
        assert!(message.contains(name) && !message.contains("hunter2"), "{message}");
    }
    let config = config(&[], &[("CONJOIN_ADMIN_SECRET", "hunter2")]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn an_open_door_needs_to_be_asked_for() {
    assert_eq!(
        config(&["--host=0.0.0.0"], &[]).unwrap_err(),
        ConfigError::OpenDoor("0.0.0.0:8080".parse().unwrap())
    );
    assert!(error(&[], &[("HASURA_GRAPHQL_SERVER_HOST", "*")]).contains("--allow-unauthenticated"));
    for words in [
        &["--host=0.0.0.0", "--allow-unauthenticated"][..],
        &["--host=*", "--admin-secret=x"],
        &["--host=::1"],
        &["--host=[::1]"],
        &["--host=127.0.0.9"],
    ] {
        config(words, &[]).unwrap();
    }
}

#[test]
fn an_unauthorized_role_needs_a_secret() {
    let role = ("HASURA_GRAPHQL_UNAUTHORIZED_ROLE", "anon");
    assert_eq!(config(&[], &[role]).unwrap_err(), ConfigError::UnauthorizedRoleWithoutSecret);
    let config = config(&[], &[role, ("CONJOIN_ADMIN_SECRET", "x")]).unwrap();
    let Mode::Secret { others: Others::Nobody(unauthorized), .. } = config.auth else { panic!("no secret") };
    let expected = Unauthorized { role: "anon".into(), trust_session_variables: false };
    assert_eq!(unauthorized, Some(expected));
}

/// An issuer that is fine.
const ISSUER: (&str, &str) =
    ("HASURA_GRAPHQL_JWT_SECRET", r#"{"jwk_url":"https://id.example/jwks","audiance":"a"}"#);
const HOOK: (&str, &str) = ("HASURA_GRAPHQL_AUTH_HOOK", "https://id.example/hook");
const SECRET: (&str, &str) = ("HASURA_GRAPHQL_ADMIN_SECRET", "x");

#[test]
fn tokens_and_webhooks_need_a_secret_and_exclude_each_other() {
    let role = ("HASURA_GRAPHQL_UNAUTHORIZED_ROLE", "anon");
    for (variables, expected) in [
        (&[ISSUER][..], ConfigError::NeedsSecret("jwt-secret")),
        (&[HOOK], ConfigError::NeedsSecret("auth-hook")),
        (&[SECRET, ISSUER, HOOK], ConfigError::WebhookAndJwt),
        (&[SECRET, HOOK, role], ConfigError::UnauthorizedRoleWithWebhook),
    ] {
        assert_eq!(config(&[], variables).unwrap_err(), expected);
    }
    let both = ConfigError::WebhookAndJwt.to_string();
    assert!(both.starts_with("Both webhook and JWT mode cannot be enabled at the same time"));
    let Mode::Secret { others: Others::Jwt { issuers, unauthorized }, .. } =
        config(&[], &[SECRET, ISSUER, role]).unwrap().auth
    else {
        panic!("no tokens")
    };
    assert_eq!((issuers.len(), unauthorized.map(|unauthorized| unauthorized.role)), (1, Some("anon".into())));
}

#[test]
fn several_issuers_beat_one() {
    let several = ("CONJOIN_JWT_SECRETS", r#"[{"jwk_url":"http://a"},{"jwk_url":"http://b"}]"#);
    assert_eq!(config(&[], &[SECRET, ISSUER, several]).unwrap().auth.issuers().len(), 2);
    let flag = ["--jwt-secret={\"jwk_url\":\"http://a\"}", "--admin-secret=x"];
    assert_eq!(config(&flag, &[]).unwrap().auth.issuers().len(), 1);
}

#[test]
fn keys_of_tokens_are_not_shown() {
    let key = "hunter2hunter2hunter2hunter2hunter2";
    for value in [format!(r#"{{"type":"HS512","key":"{key}"}}"#), format!(r#"{{"key":"{key}""#)] {
        let message = error(&[], &[SECRET, ("HASURA_GRAPHQL_JWT_SECRET", &value)]);
        assert!(message.contains("--jwt-secret") && !message.contains("hunter2"), "{message}");
    }
    let value = format!(r#"{{"type":"HS256","key":"{key}"}}"#);
    let config = config(&[], &[SECRET, ("HASURA_GRAPHQL_JWT_SECRET", &value)]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn misprints_in_the_configuration_of_tokens_are_told() {
    let notes = config(&[], &[SECRET, ISSUER]).unwrap().notes;
    assert_eq!(notes, ["--jwt-secret has a key \"audiance\", which means nothing and has no effect"]);
    let alike = r#"[{"jwk_url":"http://a"},{"jwk_url":"http://b","issuer":"b"},{"jwk_url":"http://c"}]"#;
    let notes = config(&[], &[SECRET, ("CONJOIN_JWT_SECRETS", alike)]).unwrap().notes;
    assert!(matches!(&*notes, [note] if note.contains("elements 0 and 2")), "{notes:?}");
}

#[test]
fn webhooks_are_asked_as_configured() {
    let hook = |variables: &[(&str, &str)]| {
        let variables = [&[SECRET, HOOK], variables].concat();
        match config(&[], &variables).unwrap().auth {
            Mode::Secret { others: Others::Webhook(hook), .. } => (hook.asks_by, hook.timeout.as_secs()),
            _ => panic!("no webhook"),
        }
    };
    let mode = "HASURA_GRAPHQL_AUTH_HOOK_MODE";
    assert_eq!(hook(&[]), (AsksBy::Get, 10));
    assert_eq!(hook(&[("HASURA_GRAPHQL_AUTH_HOOK_TYPE", "POST")]), (AsksBy::Post { with_request: true }, 10));
    let without = ("HASURA_GRAPHQL_AUTH_HOOK_SEND_REQUEST_BODY", "false");
    assert_eq!(hook(&[(mode, "post"), without]), (AsksBy::Post { with_request: false }, 10));
    assert_eq!(hook(&[("CONJOIN_AUTH_HOOK_TIMEOUT", "3")]), (AsksBy::Get, 3));
    for (name, value) in [("HASURA_GRAPHQL_AUTH_HOOK", "id.example/hook"), (mode, "PUT")] {
        let message = error(&[], &[SECRET, (name, value), HOOK]);
        assert!(message.starts_with("invalid value for --auth-hook") && message.contains(name), "{message}");
    }
    let named = ("HASURA_GRAPHQL_AUTH_HOOK", "https://me:hunter2@id.example/hook");
    assert_eq!(config(&[], &[SECRET, named]).unwrap_err(), ConfigError::WebhookCredentials);
    let config = config(&[], &[SECRET, named, (mode, "POST")]).unwrap();
    let shown = format!("{config:?}");
    assert!(shown.contains("https://id.example/hook") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn variables_without_effect_are_named() {
    let names = [
        "HASURA_GRAPHQL_READ_REPLICA_URLS",
        "HASURA_GRAPHQL_PG_CONNECTIONS",
        "HASURA_GRAPHQL_ADMIN_SECRET",
        "HASURA_GRAPHQL_REMOTE_SCHEMA_PRIORITIZE_DATA",
        "HOME",
    ];
    assert_eq!(
        without_effect(names.iter().map(|name| (*name).to_owned())),
        [
            "HASURA_GRAPHQL_PG_CONNECTIONS is set and has no effect in Conjoin",
            "HASURA_GRAPHQL_READ_REPLICA_URLS is set and has no effect in Conjoin",
        ]
    );
}

#[test]
fn the_metadata_database_has_hasuras_variables() {
    let url = "postgres://me:hunter2@db.example/graph";
    for name in [
        "CONJOIN_METADATA_DATABASE_URL",
        "HASURA_GRAPHQL_METADATA_DATABASE_URL",
        "HASURA_GRAPHQL_DATABASE_URL",
    ] {
        let config = config(&[], &[(name, url), ("HASURA_GRAPHQL_SCHEMA_SYNC_POLL_INTERVAL", "0")]).unwrap();
        let address = config.metadata_database.as_ref().unwrap();
        assert_eq!(
            (address.to_string(), config.poll_interval),
            ("postgres://db.example:5432/graph".into(), None)
        );
        let shown = format!("{config:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    let message = error(&[], &[("HASURA_GRAPHQL_METADATA_DATABASE_URL", "hunter2")]);
    assert!(message.starts_with("invalid value for --metadata-database-url"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
}
