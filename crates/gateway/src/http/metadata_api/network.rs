//! Commands about the hosts whose TLS certificates are not checked.

use std::collections::BTreeSet;

use engine::fault::Code;
use metadata::network::TlsAllow;

use super::edit::{Answer, Edit, success};
use super::error::ApiError;

pub(super) async fn allow(edit: &mut Edit, path: &str, host: TlsAllow) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    let mut allowed = document.tls_allowlist();
    if allowed.iter().any(|known| known.is_for(&host.host, host.suffix.as_deref())) {
        let suffix = host.suffix.map(|suffix| format!(r#" with suffix "{suffix}""#)).unwrap_or_default();
        let message = format!(r#"the host "{}"{suffix} already exists in the allowlist"#, host.host);
        return Err(ApiError::new(Code::AlreadyExists, path, message));
    }
    allowed.push(host);
    document.set_tls_allowlist(&allowed);
    edit.change(path, document, &BTreeSet::new()).await?;
    Ok(success())
}

pub(super) async fn disallow(
    edit: &mut Edit,
    path: &str,
    host: &str,
    suffix: Option<&str>,
) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    let mut allowed = document.tls_allowlist();
    let n_before = allowed.len();
    allowed.retain(|known| !known.is_for(host, suffix));
    if allowed.len() == n_before {
        let message = format!(r#"the host "{host}" isn't present in the allowlist"#);
        return Err(ApiError::new(Code::NotExists, path, message));
    }
    document.set_tls_allowlist(&allowed);
    edit.change(path, document, &BTreeSet::new()).await?;
    Ok(success())
}
