//! The web console on the wire: pages, files, caches, prefixes, what it is told and what it may not do.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::fs;
use std::time::Duration;

use gateway::config::Config;
use gateway::config::settings::{self, ServeOptions};
use gateway::server::Gateway;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

const INDEX: &str = "<!doctype html>\n<html>\n<head>\n<script type=\"module\" src=\"./assets/index-B1.js\"></script>\n</head>\n</html>\n";

/// A gateway with a console of three files.
struct Setting {
    gateway: Gateway,
    client: Client,
    /// The script, long enough to be compressed.
    script: String,
    /// Bytes that no compression makes shorter.
    picture: Vec<u8>,
    _data: tempfile::TempDir,
}

impl Setting {
    async fn new(words: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let dist = data.path().join("dist");
        fs::create_dir_all(dist.join("assets")).unwrap();
        fs::write(dist.join("index.html"), INDEX).unwrap();
        fs::write(dist.join(".stamp"), "of the build").unwrap();
        let script = "export const answer = 42;\n".repeat(200);
        fs::write(dist.join("assets/index-B1.js"), &script).unwrap();
        let picture: Vec<u8> = std::iter::repeat_with(rand::random).take(4096).collect();
        fs::write(dist.join("assets/logo-C2.png"), &picture).unwrap();
        let mut options = ServeOptions::parse(words.iter().copied()).unwrap();
        options = options.with(settings::PORT, "0").with(settings::DATA_DIR, data.path().to_str().unwrap());
        if options.get(settings::CONSOLE_DIR).is_none() {
            options = options.with(settings::CONSOLE_DIR, dist.to_str().unwrap());
        }
        let config = Config::new(&options, &|_| None).unwrap();
        let gateway = Gateway::open(config).await.unwrap();
        let client = Client::builder().no_proxy().no_gzip().redirect(Policy::none());
        let client = client.timeout(Duration::from_secs(20)).build().unwrap();
        Self { gateway, client, script, picture, _data: data }
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = self.client.request(method, format!("http://{}{path}", self.gateway.address()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.ask(Method::GET, path, headers).await
    }

    /// Status and answer of a metadata command.
    async fn command(&self, source: &str, body: Value) -> (u16, Value) {
        let url = format!("http://{}/v1/metadata", self.gateway.address());
        let request = self.client.post(url).header("x-conjoin-source", source).body(body.to_string());
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap())
    }
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn unzipped(bytes: &[u8]) -> String {
    std::io::read_to_string(flate2::read::GzDecoder::new(bytes)).unwrap()
}

#[tokio::test]
async fn every_page_is_the_index_with_its_base() {
    let setting = Setting::new(&[]).await;
    let expected = INDEX.replace("<head>", "<head><base href=\"/console/\">");
    for path in
        ["/console/", "/console/index.html", "/console/schemas/countries/relationships", "/console/a.js"]
    {
        let response = setting.get(path, &[]).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, "content-type"), "text/html; charset=utf-8");
        assert_eq!(header(&response, "cache-control"), "no-cache");
        assert_eq!(response.text().await.unwrap(), expected, "{path}");
    }
}

#[tokio::test]
async fn files_are_handed_out_as_they_were_packed() {
    let setting = Setting::new(&[]).await;
    let response = setting.get("/console/assets/index-B1.js", &[("accept-encoding", "br, gzip")]).await;
    assert_eq!(header(&response, "content-encoding"), "gzip");
    assert_eq!(header(&response, "content-type"), "text/javascript; charset=utf-8");
    assert_eq!(header(&response, "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(header(&response, "vary"), "accept-encoding");
    let packed = response.bytes().await.unwrap();
    assert!(packed.len() < 200, "{}", packed.len());
    assert_eq!(unzipped(&packed), setting.script);

    // Without gzip it comes unpacked.
    let response = setting.get("/console/assets/index-B1.js", &[]).await;
    assert_eq!(header(&response, "content-encoding"), "");
    assert_eq!(response.text().await.unwrap(), setting.script);

    // What compression makes no shorter is left alone, also by what compresses other answers.
    let response = setting.get("/console/assets/logo-C2.png", &[("accept-encoding", "gzip")]).await;
    assert_eq!(header(&response, "content-encoding"), "");
    assert_eq!(header(&response, "content-type"), "image/png");
    assert_eq!(response.bytes().await.unwrap(), setting.picture);
}

#[tokio::test]
async fn files_that_are_not_there_are_not_found() {
    let setting = Setting::new(&[]).await;
    for path in ["/console/assets/index-A0.js", "/console/assets/", "/console/assets/..%2f.stamp"] {
        assert_eq!(setting.get(path, &[]).await.status(), 404, "{path}");
    }
    // Hidden files are no files, and so pages.
    assert!(setting.get("/console/.stamp", &[]).await.text().await.unwrap().starts_with("<!doctype html>"));
    assert_eq!(setting.ask(Method::POST, "/console/", &[]).await.status(), 405);
}

#[tokio::test]
async fn browsers_need_not_load_what_they_have() {
    let setting = Setting::new(&[]).await;
    for path in ["/console/", "/console/assets/index-B1.js"] {
        let first = setting.get(path, &[("accept-encoding", "gzip")]).await;
        let tag = header(&first, "etag").to_owned();
        assert!(tag.starts_with("W/\"") && tag.len() > 20, "{tag}");
        for known in [tag.clone(), format!("\"other\", {tag}"), "*".to_owned()] {
            let headers = [("if-none-match", &*known), ("accept-encoding", "gzip")];
            let again = setting.get(path, &headers).await;
            assert_eq!(again.status(), 304, "{path} {known}");
            assert_eq!(header(&again, "etag"), tag);
            assert_eq!(header(&again, "cache-control"), header(&first, "cache-control"));
            assert_eq!(header(&again, "content-encoding"), "");
            assert_eq!(again.bytes().await.unwrap().len(), 0);
        }
        let other = setting.get(path, &[("if-none-match", "\"other\"")]).await;
        assert_eq!(other.status(), 200);

        let head = setting.ask(Method::HEAD, path, &[("accept-encoding", "gzip")]).await;
        assert_eq!(head.status(), 200);
        assert_eq!(header(&head, "etag"), tag);
        assert_eq!(head.bytes().await.unwrap().len(), 0);
    }
}

#[tokio::test]
async fn every_answer_is_strict_about_what_browsers_may_do() {
    let setting = Setting::new(&[]).await;
    let paths =
        ["/console", "/console/", "/console/assets/index-B1.js", "/console/assets/none.js", "/console/graph"];
    for path in paths {
        let response = setting.get(path, &[]).await;
        let policy = header(&response, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{path}: {policy}");
        assert!(
            policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-eval"),
            "{path}: {policy}"
        );
        assert_eq!(header(&response, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(&response, "referrer-policy"), "no-referrer", "{path}");
    }
}

#[tokio::test]
async fn a_proxy_may_show_it_elsewhere() {
    let setting = Setting::new(&[]).await;
    let base = async |prefix: &str| {
        let page = setting.get("/console/schemas", &[("x-forwarded-prefix", prefix)]).await;
        let page = page.text().await.unwrap();
        page.split("<base href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    assert_eq!(base("/gateway/v2/").await, "/gateway/v2/console/");
    for unsound in ["//evil.example", "/a\"><script>alert(1)</script>", "evil.example", "/a/../b"] {
        assert_eq!(base(unsound).await, "/console/", "{unsound}");
    }
    let location = async |path: &str, headers: &[(&str, &str)]| {
        let response = setting.get(path, headers).await;
        format!("{} {}", response.status().as_u16(), header(&response, "location"))
    };
    assert_eq!(location("/console", &[]).await, "308 console/");
    assert_eq!(location("/console?role=user", &[]).await, "308 console/?role=user");
    assert_eq!(location("/console", &[("x-forwarded-prefix", "/gw")]).await, "308 /gw/console/");
    let browser = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    assert_eq!(location("/", &[browser]).await, "302 console/");
    assert_eq!(location("/", &[browser, ("x-forwarded-prefix", "/gw")]).await, "302 /gw/console/");
    assert!(setting.get("/", &[("accept", "*/*")]).await.text().await.unwrap().starts_with("conjoin "));

    // What is configured counts, whatever a client says.
    let setting = Setting::new(&["--console-path-prefix=/api/"]).await;
    let page = setting.get("/console/", &[("x-forwarded-prefix", "/gw")]).await.text().await.unwrap();
    assert!(page.contains("<base href=\"/api/console/\">"), "{page}");
}

#[tokio::test]
async fn it_can_be_switched_off() {
    let setting = Setting::new(&["--enable-console=false"]).await;
    for path in ["/console", "/console/", "/console/assets/index-B1.js"] {
        assert_eq!(setting.get(path, &[]).await.status(), 404, "{path}");
    }
    assert_eq!(setting.get("/", &[("accept", "text/html")]).await.status(), 200);
}

#[tokio::test]
async fn without_one_a_page_says_what_to_do() {
    let setting = Setting::new(&["--console-dir=/nonexistent"]).await;
    for path in ["/console/", "/console/schemas"] {
        let response = setting.get(path, &[]).await;
        assert_eq!(response.status(), 503, "{path}");
        assert_eq!(header(&response, "content-type"), "text/html; charset=utf-8");
        assert_eq!(header(&response, "cache-control"), "no-store");
        assert!(header(&response, "content-security-policy").contains("default-src 'none'"));
        assert!(response.text().await.unwrap().contains("cargo xtask build"));
    }
    assert_eq!(setting.get("/console/assets/index-B1.js", &[]).await.status(), 404);
}

#[tokio::test]
async fn a_read_only_console_changes_nothing() {
    let add = || {
        json!({"type": "add_remote_schema_permissions",
               "args": {"remote_schema": "none", "role": "user", "definition": {"schema": "type Query { a: Int }"}}})
    };
    let state = || json!({"type": "set_catalog_state", "args": {"type": "console", "state": {"a": 1}}});
    let version = || json!({"type": "export_metadata", "version": 2, "args": {}});

    let setting = Setting::new(&["--console-read-only"]).await;
    let shown = setting.get("/v1alpha1/config", &[]).await.text().await.unwrap();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["console_read_only"], true);
    let (_, before) = setting.command("console", version()).await;
    let clear = || json!({"type": "clear_metadata", "args": {}});
    for body in [add(), state(), clear(), json!({"type": "bulk", "args": [version(), clear()]})] {
        let (status, answer) = setting.command("console", body.clone()).await;
        assert_eq!((status, &answer["code"]), (400, &json!("not-supported")), "{body}");
        assert!(answer["error"].as_str().unwrap().contains("--console-read-only"), "{answer}");
    }
    let (status, after) = setting.command("console", version()).await;
    assert_eq!((status, &after), (200, &before), "looking is allowed, and nothing has changed");
    // Others are not meant.
    assert_eq!(setting.command("cli", clear()).await.0, 200);

    let setting = Setting::new(&[]).await;
    let shown = setting.get("/v1alpha1/config", &[]).await.text().await.unwrap();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["console_read_only"], false);
    assert_eq!(setting.command("console", clear()).await.0, 200);
}

#[tokio::test]
async fn strangers_may_look_at_it_and_get_nothing_by_it() {
    let setting = Setting::new(&["--admin-secret=s3cret"]).await;
    assert_eq!(setting.get("/console/", &[]).await.status(), 200);
    assert_eq!(setting.get("/v1alpha1/config", &[]).await.status(), 401);
}
