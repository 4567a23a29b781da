//! All remotes of a case behind one port, one path each. They answer introspection from memory and queries by saying what was asked:
//! a field that has no selection is `ROOT.PATH of ID (NAME OF THE FILTER)`, so an answer shows where it came from.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use conjoin_bench::answer::{error, value};
use conjoin_bench::document::{self, Document, Field};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};

/// Remotes that are served.
pub(crate) struct Upstream {
    /// Their base URL.
    pub(crate) base: String,
    remotes: Arc<Remotes>,
}

struct Remotes {
    introspections: BTreeMap<String, Bytes>,
    is_secretive: AtomicBool,
}

impl Upstream {
    /// Whether introspection is refused from now on, so that a schema can only come from a store.
    pub(crate) fn refuse_introspection(&self, refused: bool) {
        self.remotes.is_secretive.store(refused, Ordering::Relaxed);
    }
}

/// Serves on a thread of its own until this process ends.
pub(crate) fn serve(introspections: BTreeMap<String, Bytes>) -> anyhow::Result<Upstream> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    listener.set_nonblocking(true)?;
    let base = format!("http://{}", listener.local_addr()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let remotes = Arc::new(Remotes { introspections, is_secretive: AtomicBool::new(false) });
    let served = remotes.clone();
    std::thread::spawn(move || runtime.block_on(accept(listener, served)));
    Ok(Upstream { base, remotes })
}

async fn accept(listener: std::net::TcpListener, remotes: Arc<Remotes>) {
    // It is not blocking, which is all that can be wrong with it.
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let remotes = remotes.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let remotes = remotes.clone();
                async move { Ok::<_, Infallible>(respond(&remotes, request).await) }
            });
            // Clients hang up as they like.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn respond(remotes: &Remotes, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let introspection = remotes.introspections.get(request.uri().path().trim_start_matches('/')).cloned();
    let is_secretive = remotes.is_secretive.load(Ordering::Relaxed);
    let asked = match request.into_body().collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => Bytes::new(),
    };
    let body = match introspection {
        Some(introspection) => answer(introspection, is_secretive, &asked)
            .unwrap_or_else(|wrong| error(&format!("{wrong:#}")).into()),
        None => error("there is no such remote").into(),
    };
    let mut response = Response::new(Full::new(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn answer(introspection: Bytes, is_secretive: bool, asked: &[u8]) -> anyhow::Result<Bytes> {
    let asked: Value = serde_json::from_slice(asked).context("cannot read the request")?;
    let query = asked["query"].as_str().context("there is no query")?;
    if query.contains("__schema") {
        if is_secretive {
            bail!("introspection is off");
        }
        return Ok(introspection);
    }
    let document = document::parse(query, asked["operationName"].as_str()).map_err(anyhow::Error::msg)?;
    let none = Map::new();
    let variables = asked["variables"].as_object().unwrap_or(&none);
    let fields = document.fields.iter().map(|field| (field.key.clone(), root(field, &document, variables)));
    Ok(json!({"data": fields.collect::<Map<_, _>>()}).to_string().into())
}

fn root(field: &Field, document: &Document, variables: &Map<String, Value>) -> Value {
    let argument = |name: &str| {
        let (_, argument) = field.arguments.iter().find(|(known, _)| known == name)?;
        value(argument, document, variables)
    };
    let id = argument("id").or_else(|| argument("name"));
    let id = id.as_ref().and_then(Value::as_str).unwrap_or_default();
    let mut said = if id.is_empty() { String::new() } else { format!(" of {id}") };
    if let Some(name) = argument("filter").as_ref().and_then(|filter| filter["name"].as_str()) {
        said += &format!(" ({name})");
    }
    answer_of(field, &field.name, id, &said)
}

fn answer_of(field: &Field, path: &str, id: &str, said: &str) -> Value {
    if field.fields.is_empty() {
        return if field.name == "id" { json!(id) } else { json!(format!("{path}{said}")) };
    }
    let members = field
        .fields
        .iter()
        .map(|field| (field.key.clone(), answer_of(field, &format!("{path}.{}", field.name), id, said)));
    Value::Object(members.collect())
}
