//! The section `network`: hosts whose TLS certificates are not checked.
//!
//! This is how the section is read, changed and exported.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{DecodeError, Document, decode, rule};

/// Key of the section.
pub(crate) const SECTION: &str = "network";

/// A host that is allowed a certificate which nobody vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsAllow {
    /// Its name; `*.example.com` stands for all names with one label before `.example.com`.
    pub host: String,
    /// Its port, as text; any port when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "suffix")]
    pub suffix: Option<String>,
    /// What is overlooked; the one thing there is when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<TlsPermission>>,
}

/// What is overlooked of a host's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsPermission {
    /// That nobody known vouches for it.
    SelfSigned,
}

/// The part of the section that is understood.
#[derive(Debug, PartialEq, Default, Serialize, Deserialize)]
struct Network {
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "rule::null_is_default")]
    tls_allowlist: Vec<TlsAllow>,
}

impl TlsAllow {
    /// Whether certificates of this host and port are not checked.
    pub fn covers(&self, host: &str, port: u16) -> bool {
        let same_port = self.suffix.as_ref().is_none_or(|suffix| *suffix == port.to_string());
        let same_host = match self.host.strip_prefix("*.") {
            Some(domain) => host
                .split_once('.')
                .is_some_and(|(label, rest)| !label.is_empty() && rest.eq_ignore_ascii_case(domain)),
            None => self.host.eq_ignore_ascii_case(host),
        };
        let is_permitted = self.permissions.as_ref().is_none_or(|all| !all.is_empty());
        same_port && same_host && is_permitted
    }

    /// Why this entry allows nothing, if it does not.
    pub fn flaw(&self) -> Option<String> {
        let host = &self.host;
        let domain = host.strip_prefix("*.").unwrap_or(host);
        // The only names with colons in them are addresses, as URLs have them.
        let is_address = host.starts_with('[') && host.ends_with(']');
        if domain.is_empty() || (domain.contains(['*', '/', ':', '@']) && !is_address) {
            return Some(format!(
                "\"{host}\" of the TLS allow list is no host: write a name or an address without port and scheme, or \"*.\" and a name"
            ));
        }
        match &self.suffix {
            Some(suffix) if suffix.parse::<u16>().is_err() => Some(format!(
                "the suffix \"{suffix}\" of the host \"{host}\" in the TLS allow list is no port, so that the entry allows nothing"
            )),
            _ if self.permissions.as_ref().is_some_and(Vec::is_empty) => Some(format!(
                "the host \"{host}\" in the TLS allow list has no permission; write \"self-signed\""
            )),
            _ => None,
        }
    }

    /// Whether this entry is the one that a command means.
    pub fn is_for(&self, host: &str, suffix: Option<&str>) -> bool {
        self.host == host && self.suffix.as_deref() == suffix
    }
}

impl Document {
    /// The hosts whose certificates are not checked.
    pub fn tls_allowlist(&self) -> Vec<TlsAllow> {
        // The section was read when the document was; one that was put together otherwise allows nothing.
        self.sections.get(SECTION).and_then(|section| read(section).ok()).unwrap_or_default()
    }

    /// Replaces that list; whatever else is in the section stays.
    pub fn set_tls_allowlist(&mut self, allowed: &[TlsAllow]) {
        let mut section = match self.sections.shift_remove(SECTION) {
            Some(Value::Object(section)) => section,
            _ => Map::new(),
        };
        section.shift_remove("tls_allowlist");
        if !allowed.is_empty() {
            section.insert("tls_allowlist".into(), allowed.iter().map(rule::to_value).collect());
        }
        if !section.is_empty() {
            self.sections.insert(SECTION.into(), Value::Object(section));
        }
    }
}

/// The section as it is exported.
pub(crate) fn canonical(section: &Value) -> Result<Value, DecodeError> {
    rule::canonical::<Network>(section)
}

fn read(section: &Value) -> Result<Vec<TlsAllow>, DecodeError> {
    decode::<Network>(section).map(|network| network.tls_allowlist)
}

/// The empty text that forms leave behind counts as absent.
fn suffix<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = Option::deserialize(input)?;
    Ok(text.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(host: &str, suffix: Option<&str>) -> TlsAllow {
        TlsAllow { host: host.into(), suffix: suffix.map(str::to_owned), permissions: None }
    }

    #[test]
    fn hosts_are_covered_by_name_and_port() {
        for (host, suffix, asked, port, expected) in [
            ("crm.example", None, "crm.example", 443, true),
            ("CRM.example", None, "crm.EXAMPLE", 8443, true),
            ("crm.example", Some("8443"), "crm.example", 8443, true),
            ("crm.example", Some("8443"), "crm.example", 443, false),
            ("crm.example", Some("service"), "crm.example", 443, false),
            ("crm.example", None, "xcrm.example", 443, false),
            ("*.example", None, "crm.example", 443, true),
            ("*.example", None, "a.crm.example", 443, false),
            ("*.example", None, ".example", 443, false),
            ("*.example", None, "example", 443, false),
            ("*", None, "crm.example", 443, false),
        ] {
            assert_eq!(allow(host, suffix).covers(asked, port), expected, "{host} {suffix:?} {asked} {port}");
        }
        let nothing = TlsAllow { permissions: Some(Vec::new()), ..allow("crm.example", None) };
        assert!(!nothing.covers("crm.example", 443));
        assert!(nothing.flaw().unwrap().contains("has no permission"));
        assert!(allow("[::1]", None).covers("[::1]", 443));
    }

    #[test]
    fn entries_that_allow_nothing_have_a_flaw() {
        for (host, suffix, expected) in [
            ("crm.example", None, ""),
            ("*.example", Some("443"), ""),
            ("127.0.0.1", Some("8443"), ""),
            ("", None, "is no host"),
            ("*", None, "is no host"),
            ("*.*.example", None, "is no host"),
            ("https://crm.example", None, "is no host"),
            ("crm.example:443", None, "is no host"),
            ("crm.example", Some("https"), "is no port"),
            ("crm.example", Some("70000"), "is no port"),
        ] {
            let flaw = allow(host, suffix).flaw().unwrap_or_default();
            assert_eq!(flaw.is_empty(), expected.is_empty(), "{host} {suffix:?}: {flaw}");
            assert!(flaw.contains(expected), "{flaw}");
        }
    }
}
