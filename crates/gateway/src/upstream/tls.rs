//! Whom TLS trusts and what it shows: as the system has it for nearly all remotes, and as the metadata has it for the others.
//!
//! Certificates and keys are read when the client of a remote is made, and not again until it is made anew.

use std::sync::{Arc, LazyLock};

use engine::catalog::Failure;
use engine::fault::Code;
use metadata::identity::{ClientCertificate, Reference, Tls};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WantsClientCert, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ConfigBuilder, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;

use crate::upstream::template::Env;

/// TLS as the system trusts it, for all clients: to read the system's certificates takes longer than the rest of a client.
static SYSTEM: LazyLock<Result<Arc<ClientConfig>, rustls::Error>> = LazyLock::new(|| {
    let verifier = Arc::new(Verifier::new(provider())?);
    Ok(finished(builder(verifier)?.with_no_client_auth()))
});

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    /// The process cannot have any.
    #[error("{0}")]
    System(&'static rustls::Error),
    /// The metadata asks for something that cannot be done.
    #[error("{}", .0.reason)]
    Definition(Failure),
}

/// TLS as the system trusts it.
pub(super) fn system() -> Result<&'static Arc<ClientConfig>, TlsError> {
    SYSTEM.as_ref().map_err(TlsError::System)
}

/// TLS of one remote. `is_exempt` says that the metadata allows its host any certificate.
pub(super) fn of_remote(
    tls: Option<&Tls>,
    is_exempt: bool,
    env: Env<'_>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let (ca, certificate) = tls.map_or((None, None), |tls| (tls.ca.as_ref(), tls.certificate.as_ref()));
    if ca.is_none() && certificate.is_none() && !is_exempt {
        return system().cloned();
    }
    let of_rustls = |error: rustls::Error| {
        TlsError::Definition(refused(format!("the remote's `tls` cannot be used: {error}")))
    };
    let verifier: Arc<dyn ServerCertVerifier> = match ca {
        // Whoever names an authority wants it to be asked, whatever the allow list says.
        Some(ca) => authority(ca, env).map_err(TlsError::Definition)?,
        None if is_exempt => Arc::new(Unchecked(provider())),
        None => Arc::new(Verifier::new(provider()).map_err(of_rustls)?),
    };
    let builder = builder(verifier).map_err(of_rustls)?;
    let config = match certificate {
        None => builder.with_no_client_auth(),
        Some(shown) => {
            let (chain, key) = identity(shown, env).map_err(TlsError::Definition)?;
            builder.with_client_auth_cert(chain, key).map_err(of_rustls)?
        }
    };
    Ok(finished(config))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn builder(
    verifier: Arc<dyn ServerCertVerifier>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier))
}

fn finished(mut config: ClientConfig) -> Arc<ClientConfig> {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(config)
}

/// Trust in an authority of the metadata and in no other.
fn authority(ca: &Reference, env: Env<'_>) -> Result<Arc<dyn ServerCertVerifier>, Failure> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("ca", ca, env)? {
        roots.add(certificate).map_err(|error| unusable("ca", ca, &error.to_string()))?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
    Ok(verifier.map_err(|error| unusable("ca", ca, &error.to_string()))?)
}

fn identity(
    shown: &ClientCertificate,
    env: Env<'_>,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Failure> {
    let chain = certificates("certificate", &shown.certificate, env)?;
    let pem = read("key", &shown.key, env)?;
    // What exactly is wrong with a key is not repeated, because it may quote the key.
    let key = PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|_| unusable("key", &shown.key, "there is no private key in PEM in it"))?;
    Ok((chain, key))
}

fn certificates(
    what: &str,
    reference: &Reference,
    env: Env<'_>,
) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let pem = read(what, reference, env)?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let all = all.map_err(|_| unusable(what, reference, "it is no PEM"))?;
    if all.is_empty() {
        return Err(unusable(what, reference, "there is no certificate in PEM in it"));
    }
    Ok(all)
}

fn read(what: &str, reference: &Reference, env: Env<'_>) -> Result<Vec<u8>, Failure> {
    match reference {
        Reference::Env(name) => env(name).map(String::into_bytes).ok_or_else(|| Failure {
            code: Code::NotFound,
            reason: format!("environment variable '{name}' not set"),
            internal: None,
        }),
        Reference::File(path) => {
            std::fs::read(path).map_err(|error| unusable(what, reference, &error.to_string()))
        }
    }
}

fn unusable(what: &str, reference: &Reference, why: &str) -> Failure {
    let place = match reference {
        Reference::Env(name) => format!("variable '{name}'"),
        Reference::File(path) => format!("file '{path}'"),
    };
    refused(format!("the {what} of the remote's `tls`, in the {place}, cannot be used: {why}"))
}

fn refused(reason: String) -> Failure {
    Failure { code: Code::InvalidParams, reason, internal: None }
}

/// Takes any certificate. That the other side has its key is checked all the same.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
