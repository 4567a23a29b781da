//! The words in names: `orderIDs`, `order_ids` and `OrderId` all say `order id`.

/// What the last words of a key are called, and of an argument that takes one.
const KEYS: &[&str] = &[
    "id",
    "uuid",
    "guid",
    "pk",
    "key",
    "code",
    "number",
    "no",
    "ref",
    "reference",
    "slug",
    "handle",
    "login",
    "username",
    "email",
    "symbol",
    "ticker",
    "iso",
    "iata",
    "icao",
    "isbn",
    "ean",
    "gtin",
    "sku",
    "vin",
];

/// What tells things apart where it is all that there is, but not for sure.
const NAMES: &[&str] = &["name", "title"];

/// Words of keys that say by themselves what they are keys of.
const TELLING: &[&str] = &["iata", "icao", "isbn", "ean", "gtin", "sku", "vin", "ticker"];

/// The end of names of values that are no keys, whatever the type.
const NO_KEYS: &[&str] = &[
    "at",
    "date",
    "time",
    "timestamp",
    "day",
    "month",
    "year",
    "count",
    "total",
    "sum",
    "amount",
    "price",
    "cost",
    "quantity",
    "description",
    "text",
    "body",
    "content",
    "message",
    "note",
    "comment",
    "summary",
    "status",
    "state",
    "type",
    "kind",
    "version",
    "cursor",
    "password",
    "token",
    "secret",
    "hash",
    "url",
    "uri",
    "link",
    "image",
    "html",
    "width",
    "height",
    "size",
    "length",
    "limit",
    "offset",
    "rank",
    "score",
    "label",
    "locale",
    "lang",
];

/// Words that say what is done, not to what.
const VERBS: &[&str] =
    &["get", "find", "fetch", "list", "all", "lookup", "search", "query", "by", "one", "many"];

/// Words by which lists are wrapped.
const WRAPPERS: &[&str] = &["connection", "page", "list", "collection", "result"];

/// Types that carry no things of their own.
const HELPERS: &[&str] = &[
    "edge",
    "connection",
    "info",
    "payload",
    "response",
    "aggregate",
    "field",
    "error",
    "input",
    "page",
    "result",
    "stat",
    "meta",
    "metadata",
    "link",
    "list",
    "collection",
];

/// The words of a name in lower case and singular.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in name.split('_').filter(|part| !part.is_empty()) {
        let bytes = part.as_bytes();
        let mut start = 0;
        for at in 1..bytes.len() {
            let (before, after) = (bytes[at - 1], &bytes[at + 1..]);
            // `HTTPServer` has two words, and `userIDs` no `ds`.
            let is_plural = after.first() == Some(&b's') && !after.get(1).is_some_and(u8::is_ascii_lowercase);
            let ends_capitals = after.first().is_some_and(u8::is_ascii_lowercase) && !is_plural;
            if bytes[at].is_ascii_uppercase() && (!before.is_ascii_uppercase() || ends_capitals) {
                words.push(singular(part[start..at].to_ascii_lowercase()));
                start = at;
            }
        }
        words.push(singular(part[start..].to_ascii_lowercase()));
    }
    words
}

fn singular(word: String) -> String {
    let irregular = match &*word {
        "people" => "person",
        "children" => "child",
        "indices" => "index",
        "pk" => "id",
        _ if !word.ends_with('s') => return word,
        _ => "",
    };
    if !irregular.is_empty() {
        return irregular.to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    if ["sses", "xes", "zes", "ches", "shes"].iter().any(|end| word.ends_with(end)) {
        return word[..word.len() - 2].to_owned();
    }
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 1 && !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => word,
    }
}

/// The words before those of a key, and those.
pub(super) fn split_key(words: &[String]) -> (&[String], &[String]) {
    let is_key = |word: &String| KEYS.contains(&word.as_str()) || NAMES.contains(&word.as_str());
    let n_key = words.iter().rev().take_while(|word| is_key(word)).count();
    words.split_at(words.len() - n_key)
}

/// The thing that a query field gives, by its name: `users_by_pk` and `getUser` give a `user`.
pub(super) fn thing_of_field(name: &str) -> Vec<String> {
    let all = words(name);
    let end = all.iter().position(|word| word == "by").filter(|at| *at > 0).unwrap_or(all.len());
    let thing: Vec<String> =
        all[..end].iter().filter(|word| !VERBS.contains(&word.as_str())).cloned().collect();
    unwrapped(if thing.is_empty() { all } else { thing })
}

/// The thing that a type is: `UserConnection` is about a `user`.
pub(super) fn thing_of_type(name: &str) -> Vec<String> {
    unwrapped(words(name))
}

fn unwrapped(mut thing: Vec<String>) -> Vec<String> {
    while thing.len() > 1 && thing.last().is_some_and(|last| WRAPPERS.contains(&last.as_str())) {
        thing.pop();
    }
    thing
}

/// Whether a type is there for the sake of another: a page, an answer to a mutation.
pub(super) fn is_helper(type_name: &str) -> bool {
    let words = words(type_name);
    words.len() > 1 && words.last().is_some_and(|last| HELPERS.contains(&last.as_str()))
}

/// Whether a field of that name may be a key.
pub(super) fn may_be_key(words: &[String]) -> bool {
    words.last().is_some_and(|last| !NO_KEYS.contains(&last.as_str()))
}

/// Whether the words of a key say more than that it is one.
pub(super) fn is_telling(key: &[String]) -> bool {
    key.iter().any(|word| TELLING.contains(&word.as_str()))
}

/// Whether the key is one that was given out, and not one that people made up.
pub(super) fn is_number(key: &[String]) -> bool {
    const NUMBERS: &[&str] = &["id", "uuid", "guid", "key", "number", "no", "ref", "reference"];
    key.last().is_some_and(|last| NUMBERS.contains(&last.as_str()))
}

/// The same words for several things.
pub(super) fn plural(words: &[String]) -> Vec<String> {
    let mut words = words.to_vec();
    if let Some(last) = words.last_mut() {
        match last.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o'])) {
            Some(stem) => *last = format!("{stem}ies"),
            None if last.ends_with(['s', 'x']) => last.push_str("es"),
            None => last.push('s'),
        }
    }
    words
}

/// Whether the name says what is done.
pub(super) fn starts_with_verb(name: &str) -> bool {
    words(name).first().is_some_and(|first| VERBS.contains(&first.as_str()))
}

/// Whether things may have the same.
pub(super) fn is_name(key: &[String]) -> bool {
    key.last().is_some_and(|last| NAMES.contains(&last.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_case_have_the_same_words() {
        for name in ["orderIDs", "order_ids", "OrderId", "ORDER_ID", "orderId", "orderID"] {
            let words = words(name);
            assert_eq!(words, ["order", "id"], "{name}");
        }
        assert_eq!(words("HTTPServer"), ["http", "server"]);
        assert_eq!(words("addresses"), ["address"]);
        assert_eq!(words("countries"), ["country"]);
        assert_eq!(words("status"), ["status"]);
        assert_eq!(thing_of_field("users_by_pk"), ["user"]);
        assert_eq!(thing_of_field("getAllUsers"), ["user"]);
        assert_eq!(thing_of_type("UserConnection"), ["user"]);
        let code = words("shippingCountryCode");
        assert_eq!(split_key(&code), (&code[..2], &code[2..]));
    }
}
