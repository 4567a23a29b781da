//! As whom a remote is asked: which headers of a caller it gets, and how the gateway itself shows who it is.
//!
//! All of it is Conjoin's extension. Secrets are named here and never written: a [`Reference`] is a variable or a file of the
//! server. That two keys do not go together is said by [`RemoteSchemaDefinition::check`](crate::RemoteSchemaDefinition::check);
//! what comes of a definition is the business of the gateway.

use serde::de::{self, Error as _, SeqAccess, Visitor};
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::rule;

/// Which session variables a remote gets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SessionVariables {
    /// All of them, as in Hasura.
    #[default]
    All,
    /// None, not even the role.
    None,
    /// These.
    Listed(Vec<ForwardedVariable>),
}

/// A session variable that is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardedVariable {
    /// Its name, lower-case.
    pub name: String,
    /// The header that has it; the same name when absent.
    pub renamed: Option<String>,
}

/// A header of the client that is passed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForwardedHeader {
    /// What the client calls it.
    pub name: String,
    /// What the remote gets it as; the same when absent.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub renamed: Option<String>,
}

/// Where a secret is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// In an environment variable.
    Env(String),
    /// In a file.
    File(String),
}

/// How the gateway shows a remote who it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WrittenAuth", into = "WrittenAuth")]
pub enum Auth {
    /// By a token that is there already.
    Bearer {
        /// The token.
        token: Reference,
    },
    /// By a token that a token server gives (RFC 6749, section 4.4).
    ClientCredentials(Box<ClientCredentials>),
}

/// What a token server is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientCredentials {
    /// The token server, may hold `{{ENV}}` templates.
    pub token_url: String,
    /// Who the gateway is there.
    pub client_id: ClientId,
    /// What proves it.
    pub client_secret: Reference,
    /// What the token is to be good for.
    pub scope: Option<String>,
    /// Whom the token is for.
    pub audience: Option<String>,
    /// Where id and secret stand in the request.
    pub auth_style: AuthStyle,
    /// How to speak to the token server, when the system's trust is not enough.
    pub tls: Option<Tls>,
}

/// An OAuth2 client's id, which is no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientId {
    /// The id itself.
    Value(String),
    /// Name of an environment variable.
    FromEnv(String),
}

/// Where a token request has its id and secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthStyle {
    /// In the header `authorization`.
    #[default]
    Basic,
    /// In the body.
    Post,
}

/// TLS of one remote: whom to trust, and what to show.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "WrittenTls", into = "WrittenTls")]
pub struct Tls {
    /// Certificates of authorities that are trusted in place of the system's.
    pub ca: Option<Reference>,
    /// What the gateway shows.
    pub certificate: Option<ClientCertificate>,
}

/// A certificate and its key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate, and what leads from it to an authority.
    pub certificate: Reference,
    /// Its private key.
    pub key: Reference,
}

impl ForwardedHeader {
    /// What the remote gets it as.
    pub fn target(&self) -> &str {
        self.renamed.as_deref().unwrap_or(&self.name)
    }
}

impl ForwardedVariable {
    /// The header that has it.
    pub fn target(&self) -> &str {
        self.renamed.as_deref().unwrap_or(&self.name)
    }
}

/// Headers that belong to one connection or to one body, so that nobody passes them on or configures them.
pub fn frames_the_message(name: &str) -> bool {
    const FRAMING: &[&str] = &[
        "connection",
        "content-encoding",
        "content-length",
        "expect",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    FRAMING.contains(&name)
}

/// The two names under which an admin secret is sent.
const SECRETS: [&str; 2] = ["x-hasura-admin-secret", "x-hasura-access-key"];

/// Why a client's header of this name may not be passed on.
fn not_from(name: &str) -> Option<&'static str> {
    // Remotes that were made for CGI cannot tell the two.
    let name = name.replace('_', "-");
    let name = name.as_str();
    if frames_the_message(name) {
        Some("it belongs to one connection or one body")
    } else if name == "proxy-authorization" {
        Some("it is meant for a proxy")
    } else if SECRETS.contains(&name) {
        Some("it is the secret of this server")
    } else if name.starts_with("x-hasura-") {
        Some("session variables are chosen by `forward_session_variables`")
    } else if name.starts_with("x-gateway-") {
        Some("it is meant for this server")
    } else {
        None
    }
}

/// Why a client's header may not become one of this name.
fn not_as(name: &str) -> Option<&'static str> {
    match name.replace('_', "-").as_str() {
        "host" => Some("it names the remote"),
        "content-type" | "user-agent" | "accept-encoding" => Some("it is written by this server"),
        name if name.starts_with("x-hasura-") => Some("nobody has checked what a client says there"),
        name => not_from(name),
    }
}

impl<'de> Deserialize<'de> for ForwardedHeader {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            #[serde(deserialize_with = "rule::header_name")]
            name: String,
            #[serde(rename = "as", default, deserialize_with = "rule::optional_header_name")]
            renamed: Option<String>,
        }
        let Written { name, renamed } = Written::deserialize(input)?;
        if let Some(why) = not_from(&name.to_ascii_lowercase()) {
            return Err(D::Error::custom(format_args!("the header \"{name}\" is never forwarded: {why}")));
        }
        let header = Self { name, renamed };
        match not_as(&header.target().to_ascii_lowercase()) {
            Some(why) => Err(D::Error::custom(format_args!(
                "a client's header cannot be forwarded as \"{}\": {why}; choose another name with `as`",
                header.target()
            ))),
            None => Ok(header),
        }
    }
}

impl<'de> Deserialize<'de> for SessionVariables {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Choice;

        impl<'de> Visitor<'de> for Choice {
            type Value = SessionVariables;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("\"all\", \"none\" or a list of session variables")
            }

            fn visit_unit<E>(self) -> Result<SessionVariables, E> {
                Ok(SessionVariables::All)
            }

            fn visit_bool<E>(self, all: bool) -> Result<SessionVariables, E> {
                Ok(if all { SessionVariables::All } else { SessionVariables::None })
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SessionVariables, E> {
                match text {
                    "all" => Ok(SessionVariables::All),
                    "none" => Ok(SessionVariables::None),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<SessionVariables, A::Error> {
                let mut listed: Vec<ForwardedVariable> = Vec::new();
                while let Some(variable) = names.next_element()? {
                    if !listed.contains(&variable) {
                        listed.push(variable);
                    }
                }
                Ok(if listed.is_empty() { SessionVariables::None } else { SessionVariables::Listed(listed) })
            }
        }

        input.deserialize_any(Choice)
    }
}

/// Why a session variable may not become a header of this name.
fn not_of_session(name: &str) -> Option<&'static str> {
    match name.replace('_', "-").as_str() {
        "host" => Some("it names the remote"),
        "content-type" | "user-agent" | "accept-encoding" => Some("it is written by this server"),
        // Any session variable may be sent under its own name, and none as another.
        name if name.starts_with("x-hasura-") => Some("it would pass for another session variable"),
        name => not_from(name),
    }
}

impl<'de> Deserialize<'de> for ForwardedVariable {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Renamed {
            #[serde(deserialize_with = "rule::header_name")]
            name: String,
            #[serde(rename = "as", deserialize_with = "rule::header_name")]
            renamed: String,
        }

        struct Entry;

        impl<'de> Visitor<'de> for Entry {
            type Value = (String, Option<String>);

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the name of a session variable, or an object with `name` and `as`")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
                Ok((rule::header_name(de::value::StrDeserializer::new(name))?, None))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let Renamed { name, renamed } =
                    Renamed::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok((name, Some(renamed)))
            }
        }

        let (name, renamed) = input.deserialize_any(Entry)?;
        let name = name.to_ascii_lowercase();
        if !name.starts_with("x-hasura-") || SECRETS.contains(&name.as_str()) {
            return Err(D::Error::custom(format_args!(
                "\"{name}\" is no session variable; their names start with \"x-hasura-\""
            )));
        }
        let why = renamed.as_deref().and_then(|renamed| not_of_session(&renamed.to_ascii_lowercase()));
        match (why, &renamed) {
            (Some(why), Some(renamed)) => Err(D::Error::custom(format_args!(
                "a session variable cannot be sent as \"{renamed}\": {why}; choose another name with `as`"
            ))),
            _ => Ok(Self { name, renamed }),
        }
    }
}

impl Serialize for ForwardedVariable {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        let Some(renamed) = &self.renamed else { return output.serialize_str(&self.name) };
        let mut object = output.serialize_struct("ForwardedVariable", 2)?;
        object.serialize_field("name", &self.name)?;
        object.serialize_field("as", renamed)?;
        object.end()
    }
}

impl Serialize for SessionVariables {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => output.serialize_str("all"),
            Self::None => output.serialize_str("none"),
            Self::Listed(names) => output.collect_seq(names),
        }
    }
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Bearer,
    Oauth2ClientCredentials,
}

/// All keys of both kinds. A tagged enum would lose the path of what is wrong inside of it.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WrittenAuth {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token_from_env: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token_from_file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id_from_env: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_secret_from_env: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_secret_from_file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    audience: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_style: Option<AuthStyle>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tls: Option<Tls>,
}

impl WrittenAuth {
    const fn empty(kind: Kind) -> Self {
        Self {
            kind,
            token_from_env: None,
            token_from_file: None,
            token_url: None,
            client_id: None,
            client_id_from_env: None,
            client_secret_from_env: None,
            client_secret_from_file: None,
            scope: None,
            audience: None,
            auth_style: None,
            tls: None,
        }
    }
}

impl TryFrom<WrittenAuth> for Auth {
    type Error = String;

    fn try_from(written: WrittenAuth) -> Result<Self, String> {
        let of_bearer = [
            ("token_from_env", written.token_from_env.is_some()),
            ("token_from_file", written.token_from_file.is_some()),
        ];
        let of_client = [
            ("token_url", written.token_url.is_some()),
            ("client_id", written.client_id.is_some()),
            ("client_id_from_env", written.client_id_from_env.is_some()),
            ("client_secret_from_env", written.client_secret_from_env.is_some()),
            ("client_secret_from_file", written.client_secret_from_file.is_some()),
            ("scope", written.scope.is_some()),
            ("audience", written.audience.is_some()),
            ("auth_style", written.auth_style.is_some()),
            ("tls", written.tls.is_some()),
        ];
        let stranger = |kind: &str, keys: &[(&str, bool)]| match keys.iter().find(|(_, is_there)| *is_there) {
            Some((key, _)) => Err(format!("the key '{key}' means nothing for the type \"{kind}\"")),
            None => Ok(()),
        };
        match written.kind {
            Kind::Bearer => {
                stranger("bearer", &of_client)?;
                let token = reference("token", written.token_from_env, written.token_from_file)?;
                Ok(Self::Bearer { token: token.ok_or_else(|| lacking("token"))? })
            }
            Kind::Oauth2ClientCredentials => {
                stranger("oauth2_client_credentials", &of_bearer)?;
                let client_id = match (written.client_id, written.client_id_from_env) {
                    (Some(id), None) => ClientId::Value(not_empty("client_id", id)?),
                    (None, Some(name)) => ClientId::FromEnv(variable("client_id_from_env", name)?),
                    (None, None) => {
                        return Err("one of `client_id` and `client_id_from_env` is needed".into());
                    }
                    (Some(_), Some(_)) => {
                        return Err("only one of `client_id` and `client_id_from_env` can be there".into());
                    }
                };
                let secret = reference(
                    "client_secret",
                    written.client_secret_from_env,
                    written.client_secret_from_file,
                )?;
                let token_url = written.token_url.ok_or("the key 'token_url' was not present")?;
                Ok(Self::ClientCredentials(Box::new(ClientCredentials {
                    token_url: not_empty("token_url", token_url)?,
                    client_id,
                    client_secret: secret.ok_or_else(|| lacking("client_secret"))?,
                    scope: written.scope,
                    audience: written.audience,
                    auth_style: written.auth_style.unwrap_or_default(),
                    tls: written.tls,
                })))
            }
        }
    }
}

impl From<Auth> for WrittenAuth {
    fn from(auth: Auth) -> Self {
        match auth {
            Auth::Bearer { token } => {
                let (token_from_env, token_from_file) = written(Some(token));
                Self { token_from_env, token_from_file, ..Self::empty(Kind::Bearer) }
            }
            Auth::ClientCredentials(client) => {
                let client = *client;
                let (client_secret_from_env, client_secret_from_file) = written(Some(client.client_secret));
                let (client_id, client_id_from_env) = match client.client_id {
                    ClientId::Value(id) => (Some(id), None),
                    ClientId::FromEnv(name) => (None, Some(name)),
                };
                Self {
                    token_url: Some(client.token_url),
                    client_id,
                    client_id_from_env,
                    client_secret_from_env,
                    client_secret_from_file,
                    scope: client.scope,
                    audience: client.audience,
                    auth_style: (client.auth_style != AuthStyle::default()).then_some(client.auth_style),
                    tls: client.tls,
                    ..Self::empty(Kind::Oauth2ClientCredentials)
                }
            }
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WrittenTls {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ca_from_env: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ca_from_file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate_from_env: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate_from_file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_from_env: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_from_file: Option<String>,
}

impl TryFrom<WrittenTls> for Tls {
    type Error = String;

    fn try_from(written: WrittenTls) -> Result<Self, String> {
        let ca = reference("ca", written.ca_from_env, written.ca_from_file)?;
        let certificate =
            reference("certificate", written.certificate_from_env, written.certificate_from_file)?;
        let key = reference("key", written.key_from_env, written.key_from_file)?;
        let certificate = match (certificate, key) {
            (Some(certificate), Some(key)) => Some(ClientCertificate { certificate, key }),
            (None, None) if ca.is_none() => {
                return Err("there is neither a `ca_…` nor a `certificate_…` with its `key_…`".into());
            }
            (None, None) => None,
            (Some(_), None) => return Err(lacking("key")),
            (None, Some(_)) => return Err(lacking("certificate")),
        };
        Ok(Self { ca, certificate })
    }
}

impl From<Tls> for WrittenTls {
    fn from(tls: Tls) -> Self {
        let (certificate, key) = tls.certificate.map(|both| (both.certificate, both.key)).unzip();
        let (ca_from_env, ca_from_file) = written(tls.ca);
        let (certificate_from_env, certificate_from_file) = written(certificate);
        let (key_from_env, key_from_file) = written(key);
        Self {
            ca_from_env,
            ca_from_file,
            certificate_from_env,
            certificate_from_file,
            key_from_env,
            key_from_file,
        }
    }
}

/// What `<what>_from_env` and `<what>_from_file` say together.
fn reference(what: &str, env: Option<String>, file: Option<String>) -> Result<Option<Reference>, String> {
    match (env, file) {
        (None, None) => Ok(None),
        (Some(name), None) => {
            variable(&format!("{what}_from_env"), name).map(|name| Some(Reference::Env(name)))
        }
        (None, Some(path)) => {
            not_empty(&format!("{what}_from_file"), path).map(|path| Some(Reference::File(path)))
        }
        (Some(_), Some(_)) => {
            Err(format!("only one of `{what}_from_env` and `{what}_from_file` can be there"))
        }
    }
}

fn lacking(what: &str) -> String {
    format!(
        "one of `{what}_from_env` and `{what}_from_file` is needed; what is secret is never written into the metadata"
    )
}

fn written(reference: Option<Reference>) -> (Option<String>, Option<String>) {
    match reference {
        Some(Reference::Env(name)) => (Some(name), None),
        Some(Reference::File(path)) => (None, Some(path)),
        None => (None, None),
    }
}

fn not_empty(key: &str, text: String) -> Result<String, String> {
    if text.is_empty() { Err(format!("'{key}' is empty")) } else { Ok(text) }
}

/// The name of a variable that may be sent to a stranger: not one that configures this server and holds its own secrets.
fn variable(key: &str, name: String) -> Result<String, String> {
    let prefix = ["HASURA_GRAPHQL_", "CONJOIN_"].into_iter().find(|prefix| name.starts_with(prefix));
    match prefix {
        Some(prefix) => {
            Err(format!("env variables starting with \"{prefix}\" are not allowed in {key}: {name}"))
        }
        None => not_empty(key, name),
    }
}
