//! The floor: what somebody writes by hand who has to answer just the benchmark's queries, each with the fewest upstream requests.
//!
//! It knows the queries by the names of their operations and parses no GraphQL; rows are read by a typed parser that leaves values
//! as slices, and written by copying slices. It has no error handling worth the name, no authentication and no log.
//!
//! `floor ORDERS_URL USERS_URL PRODUCTS_URL` prints the URL it serves.
#![expect(clippy::print_stdout, reason = "the URL is this program's output")]

use std::convert::Infallible;

use anyhow::Context as _;
use bytes::Bytes;
use conjoin_bench::schema::Api;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::value::RawValue;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Clone)]
struct Floor {
    client: Client<HttpConnector, Full<Bytes>>,
    urls: [Uri; 3],
}

#[derive(Deserialize)]
struct Asked<'a> {
    query: &'a str,
    variables: Variables<'a>,
}

#[derive(Deserialize)]
struct Variables<'a> {
    id: Option<&'a str>,
    offset: Option<u64>,
}

#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

/// Rows under whatever name their field has.
#[derive(Deserialize)]
struct Rows<T> {
    #[serde(alias = "order", alias = "user", alias = "orders", alias = "ordersByUsers")]
    #[serde(alias = "users", alias = "userPage", alias = "products")]
    rows: T,
}

/// A row with a key that the client does not see.
#[derive(Deserialize)]
struct Order<'a> {
    id: &'a str,
    #[serde(borrow)]
    total: &'a RawValue,
    #[serde(borrow)]
    note: Option<&'a RawValue>,
    /// The user whose order it is, when orders of several were asked for.
    user_id: &'a str,
    product_id: Option<&'a str>,
}

#[derive(Deserialize)]
struct User<'a> {
    id: &'a str,
    #[serde(borrow)]
    name: &'a RawValue,
}

/// Distinct keys in the order of their first row.
#[derive(Default)]
struct Keys<'a> {
    places: FxHashMap<&'a str, usize>,
    keys: Vec<&'a str>,
}

impl<'a> Keys<'a> {
    fn of(keys: impl Iterator<Item = &'a str>) -> Self {
        let mut distinct = Self::default();
        for key in keys {
            distinct.places.entry(key).or_insert_with(|| {
                distinct.keys.push(key);
                distinct.keys.len() - 1
            });
        }
        distinct
    }

    /// A request for the rows of all keys. `query` asks for those of `$k`.
    fn request(&self, query: &str) -> String {
        let mut body = String::with_capacity(query.len() + 40 + self.keys.len() * 9);
        body.push_str(r#"{"query":""#);
        body.push_str(query);
        body.push_str(r#"","variables":{"k":["#);
        for (i, key) in self.keys.iter().enumerate() {
            body.push_str(if i == 0 { "\"" } else { ",\"" });
            body.push_str(key);
            body.push('"');
        }
        body.push_str("]}}");
        body
    }
}

fn main() -> anyhow::Result<()> {
    let urls: Vec<Uri> = std::env::args().skip(1).map(|url| url.parse()).collect::<Result<_, _>>()?;
    let urls = urls.try_into().ok().context("floor needs the URLs of orders, users and products")?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(256).build(connector);
    let floor = Floor { client, urls };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("http://{}/graphql", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let floor = floor.clone();
            tokio::spawn(async move {
                let service = service_fn(|request| {
                    let floor = floor.clone();
                    async move { Ok::<_, Infallible>(floor.handle(request).await) }
                });
                // Clients hang up as they like.
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    })
}

impl Floor {
    async fn handle(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let answer = async {
            let body = request.into_body().collect().await?.to_bytes();
            self.answer(&body).await
        };
        let (status, body) = match answer.await {
            Ok(body) => (StatusCode::OK, body),
            Err(error) => (StatusCode::BAD_GATEWAY, format!("{error:#}").into()),
        };
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    async fn answer(&self, body: &[u8]) -> anyhow::Result<Bytes> {
        let asked: Asked<'_> = serde_json::from_slice(body)?;
        let name = asked.query.strip_prefix("query ").unwrap_or(asked.query);
        let name = name.split_once('(').map_or(name, |(name, _)| name);
        let offset = asked.variables.offset.unwrap_or(0);
        let page = |limit: u64, fields: &str| {
            format!(
                r#"{{"query":"query($o:Int){{orders(limit:{limit},offset:$o){{{fields}}}}}","variables":{{"o":{offset}}}}}"#
            )
        };
        match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "Single" | "Cold" => self.single(asked.variables.id.unwrap_or_default()).await,
            "Rows" => {
                let limit = name.trim_start_matches("Rows").parse()?;
                self.with_users(page(limit, "id total user_id")).await
            }
            "Large" => self.with_users(page(limit_in(asked.query)?, "id total note user_id")).await,
            "Through" => {
                let limit = limit_in(asked.query)?;
                self.call(Api::Orders, page(limit, "id user_id product_id total status note")).await
            }
            "Hops" => self.hops(offset).await,
            other => anyhow::bail!("the floor does not know {other}"),
        }
    }

    async fn single(&self, id: &str) -> anyhow::Result<Bytes> {
        let one = |field: &str, fields: &str, id: &str| {
            format!(r#"{{"query":"query($i:ID!){{{field}(id:$i){{{fields}}}}}","variables":{{"i":"{id}"}}}}"#)
        };
        let orders = self.call(Api::Orders, one("order", "id total user_id", id)).await?;
        let order = rows::<Order<'_>>(&orders)?;
        let users = self.call(Api::Users, one("user", "id name email", order.user_id)).await?;
        let user = rows::<&RawValue>(&users)?;
        let mut out = String::with_capacity(160);
        out.push_str(r#"{"data":{"order":"#);
        write_order(&mut out, &order, "user", user);
        out.push_str("}}");
        Ok(out.into())
    }

    async fn with_users(&self, page: String) -> anyhow::Result<Bytes> {
        let page = self.call(Api::Orders, page).await?;
        let orders = rows::<Vec<Order<'_>>>(&page)?;
        let keys = Keys::of(orders.iter().map(|order| order.user_id));
        let users =
            self.call(Api::Users, keys.request("query($k:[ID!]!){users(ids:$k){id name email}}")).await?;
        let users = rows::<Vec<&RawValue>>(&users)?;
        let mut out = String::with_capacity(page.len() + orders.len() * 80 + 64);
        out.push_str(r#"{"data":{"orders":["#);
        for (i, order) in orders.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            write_order(&mut out, order, "user", users[keys.places[order.user_id]]);
        }
        out.push_str("]}}");
        Ok(out.into())
    }

    async fn hops(&self, offset: u64) -> anyhow::Result<Bytes> {
        let page = format!(
            r#"{{"query":"query($o:Int){{userPage(limit:20,offset:$o){{id name}}}}","variables":{{"o":{offset}}}}}"#
        );
        let page = self.call(Api::Users, page).await?;
        let users = rows::<Vec<User<'_>>>(&page)?;
        let user_keys = Keys::of(users.iter().map(|user| user.id));
        let query = "query($k:[ID!]!){ordersByUsers(user_ids:$k){id total product_id user_id}}";
        let orders = self.call(Api::Orders, user_keys.request(query)).await?;
        let orders = rows::<Vec<Order<'_>>>(&orders)?;
        let mut orders_of: Vec<Vec<&Order<'_>>> = vec![Vec::new(); users.len()];
        for order in &orders {
            orders_of[user_keys.places[order.user_id]].push(order);
        }
        let product_keys = Keys::of(orders.iter().filter_map(|order| order.product_id));
        let query = "query($k:[ID!]!){products(ids:$k){id name price}}";
        let products = self.call(Api::Products, product_keys.request(query)).await?;
        let products = rows::<Vec<&RawValue>>(&products)?;
        let mut out = String::with_capacity(users.len() * 64 + orders.len() * 96);
        out.push_str(r#"{"data":{"userPage":["#);
        for (i, (user, orders)) in users.iter().zip(&orders_of).enumerate() {
            out.push_str(if i == 0 { r#"{"id":""# } else { r#",{"id":""# });
            out.push_str(user.id);
            out.push_str(r#"","name":"#);
            out.push_str(user.name.get());
            out.push_str(r#","orders":["#);
            for (i, order) in orders.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                let product = order.product_id.context("an order without a product")?;
                write_order(&mut out, order, "product", products[product_keys.places[product]]);
            }
            out.push_str("]}");
        }
        out.push_str("]}}");
        Ok(out.into())
    }

    async fn call(&self, api: Api, body: String) -> anyhow::Result<Bytes> {
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.urls[api as usize].clone();
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let answer = self.client.request(request).await?;
        Ok(answer.into_body().collect().await?.to_bytes())
    }
}

fn rows<'a, T: Deserialize<'a>>(answer: &'a [u8]) -> anyhow::Result<T> {
    Ok(serde_json::from_slice::<Answer<Rows<T>>>(answer)?.data.rows)
}

/// The number after `limit:`.
fn limit_in(query: &str) -> anyhow::Result<u64> {
    let (_, rest) = query.split_once("limit: ").context("no limit")?;
    let (limit, _) = rest.split_once(',').context("no end of the limit")?;
    Ok(limit.parse()?)
}

fn write_order(out: &mut String, order: &Order<'_>, joined: &str, row: &RawValue) {
    out.push_str(r#"{"id":""#);
    out.push_str(order.id);
    out.push_str(r#"","total":"#);
    out.push_str(order.total.get());
    if let Some(note) = order.note {
        out.push_str(r#","note":"#);
        out.push_str(note.get());
    }
    out.push_str(",\"");
    out.push_str(joined);
    out.push_str("\":");
    out.push_str(row.get());
    out.push('}');
}
