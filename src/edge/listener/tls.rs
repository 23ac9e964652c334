//! The certificate a listener shows: a chain and its key from two files in PEM. When the files change, connections from
//! then on see the new one; what cannot be used is logged, and the old one stays. Who asks for a certificate's renewal is
//! nothing to it: it looks at the files from time to time, and at once when told to.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

/// Between two looks at the files.
const PERIOD: Duration = Duration::from_secs(10);

/// The files of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why files make no certificate. The text never shows what is in them.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// One cannot be read, or has nothing of the kind in it.
    #[error("{}: {reason}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The key is of no use, or another certificate's.
    #[error("the key in {} does not go with the certificate in {}: {reason}", .files.key.display(), .files.certificate.display())]
    Pair {
        /// The files.
        files: Files,
        /// What is wrong.
        reason: String,
    },
    /// The cryptography refuses the settings.
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}

/// The certificate in use, and where it came from.
pub struct Certificate {
    files: Files,
    current: RwLock<Current>,
    look: Notify,
}

struct Current {
    key: Arc<CertifiedKey>,
    /// What the files held when they were looked at last, be it of use or not.
    seen: Contents,
}

#[derive(PartialEq, Eq)]
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub fn load(files: Files) -> Result<Arc<Self>, TlsError> {
        let seen = read(&files)?;
        let key = Arc::new(certified(&files, &seen)?);
        Ok(Arc::new(Self { files, current: RwLock::new(Current { key, seen }), look: Notify::new() }))
    }

    /// What accepts connections with it: TLS 1.2 and 1.3, HTTP/2 and 1.1.
    ///
    /// # Errors
    /// [`TlsError::Setup`].
    pub fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, TlsError> {
        let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
        let resolver: Arc<dyn ResolvesServerCert> = Arc::clone(self) as _;
        let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Has the files looked at now.
    pub fn look(&self) {
        self.look.notify_one();
    }

    /// Looks at the files until it is dropped.
    pub async fn watch(&self) {
        loop {
            // Either end is a reason to look.
            let _ = tokio::time::timeout(PERIOD, self.look.notified()).await;
            self.refresh();
        }
    }

    /// A few kilobytes, read in place: a thread for them would cost more than they do.
    fn refresh(&self) {
        let contents = match read(&self.files) {
            Ok(contents) if self.is_known(&contents) => return,
            Ok(contents) => contents,
            // A file may be missing for as long as it takes to put another in its place.
            Err(error) => return tracing::warn!(%error, "the certificate's files cannot be read; the old one stays"),
        };
        let made = certified(&self.files, &contents);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        current.seen = contents;
        match made {
            Ok(key) => {
                current.key = Arc::new(key);
                tracing::info!(file = %self.files.certificate.display(), "new connections see another certificate");
            }
            Err(error) => {
                tracing::error!(%error, "the certificate's files have changed and are of no use; the old one stays");
            }
        }
    }

    fn is_known(&self, contents: &Contents) -> bool {
        self.current.read().unwrap_or_else(PoisonError::into_inner).seen == *contents
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).key))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Certificate").field(&self.files).finish()
    }
}

fn read(files: &Files) -> Result<Contents, TlsError> {
    let content = |path: &Path| {
        std::fs::read(path).map_err(|error| TlsError::File { path: path.to_owned(), reason: error.to_string() })
    };
    Ok(Contents { certificate: content(&files.certificate)?, key: content(&files.key)? })
}

fn certified(files: &Files, contents: &Contents) -> Result<CertifiedKey, TlsError> {
    let fault = |path: &Path, reason: String| TlsError::File { path: path.to_owned(), reason };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&contents.certificate)
        .collect::<Result<_, _>>()
        .map_err(|error| fault(&files.certificate, format!("it is no PEM: {error}")))?;
    if chain.is_empty() {
        return Err(fault(&files.certificate, "it has no certificate in PEM".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(&contents.key)
        .map_err(|_| fault(&files.key, "it has no private key in PEM that is not encrypted".to_owned()))?;
    // This also finds a key that is not the certificate's, as when only one of the files has been replaced so far.
    CertifiedKey::from_der(chain, key, &provider())
        .map_err(|error| TlsError::Pair { files: files.clone(), reason: error.to_string() })
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}
