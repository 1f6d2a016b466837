//! Where things lie in the workspace. No other file of this crate builds these paths.

use std::path::{Path, PathBuf};

use crate::{
    error::{Error, Result},
    import::KnownService,
    model::Model,
};

/// The folder of the workspace, found at compile time unless a test says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The workspace this crate was built in.
    #[must_use]
    pub fn here() -> Self {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self::at(package.parent().unwrap_or(package))
    }

    /// A workspace in another folder.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder of the canonical models.
    #[must_use]
    pub fn models_folder(&self) -> PathBuf {
        self.root.join("model")
    }

    /// The folder of generated sources.
    #[must_use]
    pub fn generated_folder(&self) -> PathBuf {
        self.root.join("generated/src")
    }

    /// What the adapter says becomes of operations and members, if it is there to say so.
    pub fn coverage_table(&self) -> Result<Option<String>> {
        let file = self.root.join("adapter/coverage.toml");
        match std::fs::read_to_string(&file) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(&file, error)),
        }
    }

    /// The file of a service's canonical model.
    #[must_use]
    pub fn model_file(&self, service: &KnownService) -> PathBuf {
        self.models_folder().join(service.file())
    }

    /// The file that says where the models came from.
    #[must_use]
    pub fn sources_file(&self) -> PathBuf {
        self.models_folder().join("SOURCES.toml")
    }

    /// The committed model of a service.
    pub fn model(&self, service: &KnownService) -> Result<Model> {
        let file = self.model_file(service);
        let text = std::fs::read_to_string(&file).map_err(|error| Error::io(&file, error))?;
        Model::parse(&text).map_err(|error| error.in_file(&file))
    }
}
