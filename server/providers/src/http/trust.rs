//! Whom TLS trusts: the machine's roots, or those of the Mozilla programme on a machine that has none, such as an empty
//! container, and beside them the operator's own.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use rustls::{ClientConfig, RootCertStore};

/// Reads the roots; blocks for as long as the disk does, which is tens of milliseconds on common machines.
pub(super) fn config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, TrustError> {
    let mut roots = RootCertStore::empty();
    // What cannot be read or parsed of the machine's own is left out, as browsers do: others of them may suffice.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    if let Some(path) = ca_file {
        let fault = |fault| TrustError::File(path.to_owned(), fault);
        let mut n_added = 0_usize;
        for certificate in certificates(path).map_err(fault)? {
            roots
                .add(certificate)
                .map_err(|invalid| fault(FileFault::Certificate(invalid)))?;
            n_added += 1;
        }
        if n_added == 0 {
            return Err(fault(FileFault::Empty));
        }
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TrustError::Versions)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, FileFault> {
    let text = std::fs::read(path).map_err(FileFault::Unreadable)?;
    CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(FileFault::Pem)
}

/// Why there is nobody to trust.
#[derive(Debug)]
pub(super) enum TrustError {
    /// The operator's file is no use.
    File(PathBuf, FileFault),
    /// The cryptography knows no version of the protocol.
    Versions(rustls::Error),
}

/// What is wrong with the operator's file.
#[derive(Debug)]
pub(super) enum FileFault {
    Unreadable(io::Error),
    Pem(pem::Error),
    Certificate(rustls::Error),
    Empty,
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, fault) = match self {
            Self::File(path, fault) => (path.display(), fault),
            Self::Versions(_) => return f.write_str("no version of TLS can be spoken"),
        };
        match fault {
            FileFault::Unreadable(error) => {
                write!(f, "the CA file {path} cannot be read: {error}")
            }
            FileFault::Pem(error) => write!(f, "the CA file {path} is not PEM: {error}"),
            FileFault::Certificate(error) => {
                write!(
                    f,
                    "the CA file {path} holds an unusable certificate: {error}"
                )
            }
            FileFault::Empty => write!(f, "the CA file {path} holds no certificate"),
        }
    }
}

impl std::error::Error for TrustError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The faults of a file are part of the text, since each says something only together with the path.
        match self {
            Self::File(..) => None,
            Self::Versions(error) => Some(error),
        }
    }
}
