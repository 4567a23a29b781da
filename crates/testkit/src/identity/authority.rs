//! A certificate authority that nobody knows, made for one test.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

/// Signs certificates for servers and clients; its own is in a [`file`](Self::file) that goes with it.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: tempfile::TempDir,
}

/// A certificate and its key, both as PEM.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// The private key.
    pub key: String,
}

impl Authority {
    /// One with a new key.
    pub fn new() -> anyhow::Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let authority = Self { issuer, directory: tempfile::tempdir()? };
        std::fs::write(authority.file(), authority.issuer.pem())?;
        Ok(authority)
    }

    /// A file with its certificate, for `SSL_CERT_FILE`.
    pub fn file(&self) -> PathBuf {
        self.directory.path().join("authority.pem")
    }

    /// A place for further files of the test.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A certificate for a name, of a server or of a client.
    pub fn certify(&self, name: &str) -> anyhow::Result<Pair> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(vec![name.to_owned()])?.signed_by(&key, &self.issuer)?;
        Ok(Pair { certificate: certificate.pem(), key: key.serialize_pem() })
    }

    /// What a server of this name needs, with the protocols it offers.
    pub fn server(&self, name: &str, protocols: &[&str]) -> anyhow::Result<ServerConfig> {
        self.server_for(name, protocols, None)
    }

    /// As [`server`](Self::server), for clients with a certificate of `clients` only.
    pub fn server_for(
        &self,
        name: &str,
        protocols: &[&str],
        clients: Option<&Self>,
    ) -> anyhow::Result<ServerConfig> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(vec![name.to_owned()])?.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .context("there is no protocol version")?;
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.issuer.der().clone())?;
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build()?)
            }
        };
        let mut config = builder.with_single_cert(vec![certificate.der().clone()], key)?;
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Ok(config)
    }
}
