//! Text that must not be seen: never printed, compared without telling how much of it was right.

use std::fmt;

use subtle::{Choice, ConstantTimeEq};

/// A secret from the configuration.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text into custody.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the few places that must send it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<REDACTED>")
    }
}

/// Whether `offered` is one of `secrets`. All of them are compared, byte for byte; only lengths can be told from the time.
pub fn is_any_of(offered: &[u8], secrets: &[Secret]) -> bool {
    let any = secrets.iter().fold(Choice::from(0), |any, secret| any | secret.0.as_bytes().ct_eq(offered));
    any.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".into())), "<REDACTED>");
    }

    #[test]
    fn any_of_several_matches() {
        let secrets = [Secret::new("one".into()), Secret::new("two".into())];
        for (offered, matches) in
            [("one", true), ("two", true), ("on", false), ("onetwo", false), ("", false)]
        {
            assert_eq!(is_any_of(offered.as_bytes(), &secrets), matches, "{offered}");
        }
    }
}
