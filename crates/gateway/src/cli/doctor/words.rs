//! What a connection failed for, in words, with what to do. The libraries' own texts are for those who know the libraries.

/// A part of the libraries' text, what it means, what to do.
const MEANINGS: &[(&[&str], &str, &str)] = &[
    (
        &["UnknownIssuer", "self-signed", "self signed"],
        "its certificate is signed by nobody who is trusted",
        "give the authority as `tls.ca` of the remote's definition, or add it to those of the system",
    ),
    (
        &["certificate expired", "Expired"],
        "its certificate is no longer valid",
        "renew the certificate; if it is new, look at the clock of this machine",
    ),
    (
        &["not valid yet", "NotValidYet"],
        "its certificate is not valid yet",
        "look at the clock of this machine",
    ),
    (
        &["not valid for name", "NotValidForName"],
        "its certificate is for another host",
        "use the host's name as the certificate has it, not its address or an alias",
    ),
    (
        &["certificate required", "CertificateRequired"],
        "it wants a certificate of ours",
        "give it as `tls.certificate` of the remote's definition",
    ),
    (
        &["InvalidContentType", "corrupt message"],
        "it does not speak TLS at this port",
        "write http:// in the url, or the port that speaks TLS",
    ),
    (
        &["HandshakeFailure", "ProtocolVersion", "peer is incompatible"],
        "it has no version or cipher of TLS in common with us",
        "it must speak TLS 1.2 or 1.3",
    ),
    (
        &["dns error", "failed to lookup", "Name or service not known"],
        "its host has no address here",
        "check the url, and whether this machine can resolve the name",
    ),
    (&["Connection refused"], "nobody listens there", "check host and port of the url, and whether it runs"),
    (
        &["Network is unreachable", "No route to host"],
        "there is no way to it from here",
        "check the network, and whether a proxy is needed (HTTPS_PROXY)",
    ),
    (
        &["timeout", "time limit"],
        "no answer in time",
        "check the network and firewalls; the server may be let through where you are not",
    ),
    (
        &["redirects are not followed"],
        "it sends us elsewhere",
        "write the address that it names into the url",
    ),
];

/// What happened and what to do; the text itself if it is none of the usual.
pub(super) fn in_words(text: &str) -> (String, Option<String>) {
    let known = MEANINGS.iter().find(|(parts, _, _)| parts.iter().any(|part| text.contains(part)));
    match known {
        Some((_, meaning, help)) => (format!("{meaning}: {}", last(text)), Some((*help).to_owned())),
        None => (text.to_owned(), None),
    }
}

/// The innermost cause, which says it exactly.
fn last(text: &str) -> &str {
    text.rsplit_once("error: ").map_or(text, |(_, cause)| cause)
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::{ServerName, UnixTime};
    use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

    use super::in_words;

    /// The texts are the libraries', so a new release that words something else is noticed.
    #[test]
    fn failures_of_tls_are_told_in_words() {
        let time = |seconds| UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let expected = ServerName::try_from("users.test").unwrap();
        let presented = vec!["DnsName(\"other.test\")".to_owned()];
        let of_certificate = Error::InvalidCertificate;
        for (error, meaning) in [
            (of_certificate(CertificateError::UnknownIssuer), "nobody who is trusted"),
            (of_certificate(CertificateError::Expired), "no longer valid"),
            (
                of_certificate(CertificateError::ExpiredContext { time: time(9), not_after: time(5) }),
                "no longer valid",
            ),
            (of_certificate(CertificateError::NotValidYet), "not valid yet"),
            (
                of_certificate(CertificateError::NotValidYetContext { time: time(5), not_before: time(9) }),
                "not valid yet",
            ),
            (of_certificate(CertificateError::NotValidForName), "for another host"),
            (
                of_certificate(CertificateError::NotValidForNameContext { expected, presented }),
                "for another host",
            ),
            (Error::AlertReceived(AlertDescription::CertificateRequired), "a certificate of ours"),
            (Error::AlertReceived(AlertDescription::HandshakeFailure), "no version or cipher"),
            (Error::InvalidMessage(InvalidMessage::InvalidContentType), "does not speak TLS"),
        ] {
            let text = format!("connection failure: error sending request: client error (Connect): {error}");
            let (message, help) = in_words(&text);
            assert!(message.contains(meaning) && help.is_some(), "{text}\nis told as\n{message}");
        }
        assert_eq!(in_words("something else"), ("something else".to_owned(), None));
    }
}
