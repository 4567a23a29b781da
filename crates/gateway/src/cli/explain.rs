//! A join plan as people read it. The server sends data; see `engine::explain` for its contract.

use std::fmt::Write as _;

use serde_json::Value;

/// A summary line, a line for each step, then each step's upstream operation.
pub(super) fn text(plan: &Value) -> String {
    let none = Vec::new();
    let steps = plan.get("steps").and_then(Value::as_array).unwrap_or(&none);
    let mut text = summary(steps.len(), plan.get("maxRequests").and_then(Value::as_u64));
    let rows: Vec<[String; 4]> = steps.iter().map(row).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    for [id, field, path, rest] in &rows {
        let line = format!(
            "{id:>w0$}  {field:<w1$}  -> {path:<w2$}  {rest}",
            w0 = widths[0],
            w1 = widths[1],
            w2 = widths[2]
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    for (step, [id, field, ..]) in steps.iter().zip(&rows) {
        let _ = writeln!(text, "\n{id}  {field}");
        for line in word(step, "query").lines() {
            let _ = writeln!(text, "{}", format!("   {line}").trim_end());
        }
    }
    text
}

fn summary(steps: usize, most: Option<u64>) -> String {
    let plural = |count: u64| if count == 1 { "" } else { "s" };
    let most = match most {
        Some(count) => format!("at most {count} upstream request{}", plural(count)),
        None => "upstream requests depend on the data".to_owned(),
    };
    format!("{steps} step{}, {most}\n", plural(steps as u64))
}

fn row(step: &Value) -> [String; 4] {
    let list = |key: &str| {
        let items = step.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut notes = Vec::new();
    for (label, value) in [("after", list("dependsOn")), ("by", list("keys"))] {
        if !value.is_empty() {
            notes.push(format!("{label} {value}"));
        }
    }
    match word(step, "batch") {
        "alias" => notes.push("alias batch".to_owned()),
        "list" => notes.push("list batch".to_owned()),
        _ => {}
    }
    let id = step.get("id").map(Value::to_string).unwrap_or_default();
    [
        id,
        format!("{}.{}", word(step, "schema"), word(step, "field")),
        word(step, "path").to_owned(),
        notes.join(", "),
    ]
}

fn word<'a>(step: &'a Value, key: &str) -> &'a str {
    step.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn steps_line_up() {
        let plan = json!({"version": 1, "maxRequests": 2, "steps": [
            {"id": 1, "dependsOn": [], "kind": "root", "schema": "orders", "field": "order", "path": "order", "batch": "none", "keys": [], "query": "{ order(id: 1) { __j0: user_id } }"},
            {"id": 2, "dependsOn": [1], "kind": "join", "schema": "users", "field": "user", "path": "order.user", "batch": "alias", "keys": ["Order.user_id"], "query": "query ($k0: Int!) {\n  _0: user(id: $k0) { name }\n}"},
        ]});
        let expected = "\
2 steps, at most 2 upstream requests
1  orders.order  -> order
2  users.user    -> order.user  after 1, by Order.user_id, alias batch

1  orders.order
   { order(id: 1) { __j0: user_id } }

2  users.user
   query ($k0: Int!) {
     _0: user(id: $k0) { name }
   }
";
        assert_eq!(super::text(&plan), expected);
    }
}
