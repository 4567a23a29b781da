//! JSON at byte level: validating scanner, escaping, spans.
