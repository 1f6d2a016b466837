//! The error of this crate: what went wrong, at which shape and on which trait.
//! It knows nothing of models; every module fills it in where the knowledge is.

use std::{error, fmt, io, path::Path};

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// One failure, with the shape and the trait it was met at.
pub struct Error(Box<Inner>);

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is not in the form it should have: not JSON, or JSON of another shape.
    Form,
    /// The description says something this crate does not understand, so that it would have to guess.
    Unsupported,
    /// Two things that must agree do not: a target without a shape, a fixup without its place, a stale file.
    Mismatch,
    /// A file or a program could not be used.
    Io,
}

struct Inner {
    kind: ErrorKind,
    shape: Option<String>,
    trait_id: Option<String>,
    message: String,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

impl Error {
    /// A failure of this kind; `message` is one lower-case clause without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            shape: None,
            trait_id: None,
            message: message.into(),
            source: None,
        }))
    }

    /// The text or JSON has another form than it should.
    pub fn form(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Form, message)
    }

    /// The description holds something that is not understood.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// Two things that must agree do not.
    pub fn mismatch(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Mismatch, message)
    }

    /// A file or folder could not be read or written.
    pub fn io(path: &Path, source: io::Error) -> Self {
        Self::new(ErrorKind::Io, format!("cannot use {}", path.display())).because(source)
    }

    /// Names the shape (or `shape$member`) the failure belongs to, unless a more exact place is known already.
    #[must_use]
    pub fn at(mut self, shape: impl fmt::Display) -> Self {
        self.0.shape.get_or_insert_with(|| shape.to_string());
        self
    }

    /// Names the trait the failure belongs to, unless it is known already.
    #[must_use]
    pub fn on_trait(mut self, trait_id: impl fmt::Display) -> Self {
        self.0.trait_id.get_or_insert_with(|| trait_id.to_string());
        self
    }

    /// Says which file the failure was met in.
    #[must_use]
    pub fn in_file(mut self, file: &Path) -> Self {
        self.0.message = format!("{} (in {})", self.0.message, file.display());
        self
    }

    /// Keeps the error that led to this one.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What kind of failure it was.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The shape id, or `shape$member`, of the place.
    #[must_use]
    pub fn shape(&self) -> Option<&str> {
        self.0.shape.as_deref()
    }

    /// The id of the trait at fault.
    #[must_use]
    pub fn trait_id(&self) -> Option<&str> {
        self.0.trait_id.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(shape) = &self.0.shape {
            write!(f, "{shape}: ")?;
        }
        if let Some(trait_id) = &self.0.trait_id {
            write!(f, "@{trait_id}: ")?;
        }
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)?;
        match &self.0.source {
            Some(source) => write!(f, " ({source})"),
            None => Ok(()),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.0.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}
