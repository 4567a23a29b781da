//! In which room of the house a function is: the crate that defines it, for our own crates the module too.
//!
//! A function that the compiler merged into its caller counts as its caller, since nothing else is left of it in the binary.

use crate::callgrind::Function;

/// Crates that share a room.
const ROOMS: [(&str, &[&str]); 5] = [
    (
        "HTTP libraries",
        &[
            "axum",
            "axum_core",
            "h2",
            "http",
            "http_body",
            "http_body_util",
            "httparse",
            "httpdate",
            "hyper",
            "hyper_rustls",
            "hyper_util",
            "tower",
            "tower_http",
            "tower_service",
        ],
    ),
    (
        "tokio and futures",
        &["futures_channel", "futures_core", "futures_task", "futures_util", "mio", "parking_lot", "tokio"],
    ),
    ("standard library", STANDARD),
    ("memchr", &["memchr"]),
    ("serde_json", &["serde", "serde_core", "serde_json"]),
];

const STANDARD: &[&str] = &["alloc", "core", "hashbrown", "std"];

/// Our crates, with the modules below which we do not look.
const OURS: [(&str, usize); 3] = [("engine", 2), ("gateway", 2), ("metadata", 0)];

/// The name of a function's room.
pub fn room(function: &Function) -> String {
    let name = function.name.as_str();
    let is_libc =
        ["/libc.so", "/libc-", "/libm.so", "/ld-linux"].iter().any(|file| function.object.contains(file));
    if is_libc {
        let copies = ["memcpy", "memmove", "mempcpy"].iter().any(|copy| name.contains(copy));
        return if copies { "libc: copying" } else { "libc: the rest" }.to_owned();
    }
    if name.trim_start_matches('_').starts_with("mi_") || name.contains("__rust_") || name.contains("__rustc")
    {
        return "allocator".to_owned();
    }
    let path = path(name);
    if path.len() < 2 {
        return "other".to_owned();
    }
    let krate = path[0];
    if let Some((_, depth)) = OURS.iter().find(|(ours, _)| *ours == krate) {
        // What comes before the first type or the function's own name are modules.
        let modules = path[1..path.len() - 1].iter().take_while(|part| is_module(part)).take(*depth);
        return modules.fold(krate.to_owned(), |room, module| room + "::" + module);
    }
    let shared = ROOMS.iter().find(|(_, crates)| crates.contains(&krate));
    shared.map_or("other", |(room, _)| room).to_owned()
}

fn is_module(part: &str) -> bool {
    part.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
}

/// The path of a function from its crate on, without type arguments and closures. That of a trait's method is the type's, or where
/// that type is anybody's, such as a box, the trait's.
fn path(name: &str) -> Vec<&str> {
    let mut parts = parts(name);
    while parts.last().is_some_and(|last| last.starts_with('{')) {
        parts.pop();
    }
    let Some(qualified) = parts.first().and_then(|first| first.strip_prefix('<')?.strip_suffix('>')) else {
        return parts;
    };
    let (type_name, trait_name) = match split_outside(qualified, " as ") {
        Some((type_name, trait_name)) => (type_name, Some(trait_name)),
        None => (qualified, None),
    };
    let of_type = path(type_name);
    let is_anybodys = of_type.len() < 2 || STANDARD.contains(&of_type[0]) || !is_module(of_type[0]);
    let mut found = match trait_name {
        Some(trait_name) if is_anybodys => path(trait_name),
        _ => of_type,
    };
    found.extend(&parts[1..]);
    found
}

/// The parts between double colons that are in no bracket, without the type arguments at their ends.
fn parts(name: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = name.trim();
    loop {
        let (part, after) = split_outside(rest, "::").unwrap_or((rest, ""));
        let bare = match part.find('<') {
            Some(at) if at > 0 => &part[..at],
            _ => part,
        };
        parts.push(bare);
        if after.is_empty() {
            return parts;
        }
        rest = after;
    }
}

/// The text before and after a separator that is in no bracket.
fn split_outside<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'<' | b'(' | b'[' | b'{' => depth += 1,
            // The arrow in the type of a function closes nothing.
            b'>' if at > 0 && text.as_bytes()[at - 1] == b'-' => {}
            b'>' | b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ if depth == 0 && text[at..].starts_with(separator) => {
                return Some((&text[..at], &text[at + separator.len()..]));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_where_it_was_defined() {
        for (name, object, expected) in [
            ("engine::run::scan::Scan::value", "conjoin", "engine::run::scan"),
            ("engine::run::scan::deep::value", "conjoin", "engine::run::scan"),
            ("engine::run::Run::supply::{{closure}}", "conjoin", "engine::run"),
            ("engine::json::string", "conjoin", "engine::json"),
            ("gateway::http::graphql::answer::{{closure}}::{{closure}}", "conjoin", "gateway::http::graphql"),
            (
                "<gateway::upstream::connect::Stream as hyper::rt::io::Read>::poll_read",
                "conjoin",
                "gateway::upstream::connect",
            ),
            ("<alloc::boxed::Box<T> as hyper::rt::io::Read>::poll_read", "conjoin", "HTTP libraries"),
            ("<&mut T as tokio::io::AsyncRead>::poll_read", "conjoin", "tokio and futures"),
            ("<F as http_body::Body>::poll_frame", "conjoin", "HTTP libraries"),
            ("core::ptr::drop_in_place<tokio::net::tcp::TcpStream>", "conjoin", "standard library"),
            ("hyper::proto::h1::dispatch::Dispatcher<D,Bs,I,T>::poll_catch", "conjoin", "HTTP libraries"),
            ("<hyper::common::Lazy<F,R> as core::future::Future>::poll", "conjoin", "HTTP libraries"),
            ("<core::pin::Pin<P> as core::future::Future>::poll", "conjoin", "standard library"),
            ("<fn(A) -> B as tower::Service<R>>::call", "conjoin", "HTTP libraries"),
            ("metadata::document::Document::from_json", "conjoin", "metadata"),
            ("memchr::memmem::find", "conjoin", "memchr"),
            ("_mi_malloc_generic", "conjoin", "allocator"),
            ("mi_free", "conjoin", "allocator"),
            ("__memcpy_avx_unaligned_erms", "/lib/libc.so.6", "libc: copying"),
            ("epoll_wait", "/lib/libc.so.6", "libc: the rest"),
            ("sqlite3_step", "conjoin", "other"),
            ("rustc_hash::FxHasher::write", "conjoin", "other"),
        ] {
            let function = Function { name: name.to_owned(), object: object.to_owned(), instructions: 1 };
            assert_eq!(room(&function), expected, "{name}");
        }
    }
}
