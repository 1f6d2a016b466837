//! `model/SOURCES.toml`: from which published file each model was made.

use std::{collections::BTreeMap, fs};

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    import::KnownService,
    workspace::Workspace,
};

const HEAD: &str =
    "# Where each model came from. Written by `cargo run -p codegen -- update`; do not edit.\n\n";

/// The sources by the name of the model's file without `.json`.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub(super) struct Sources(BTreeMap<String, Source>);

/// Where one model came from.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    /// `botocore` or `smithy`.
    pub(super) form: String,
    /// The package it was published in; absent for a local file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) package: Option<String>,
    /// The package's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    /// The SHA-256 of the package's wheel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) wheel_sha256: Option<String>,
    /// The file's path in the package, or its name.
    pub(super) file: String,
    /// The SHA-256 of the file as it was published.
    pub(super) sha256: String,
}

impl Sources {
    pub(super) fn load(workspace: &Workspace) -> Result<Self> {
        let file = workspace.sources_file();
        if !file.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(&file).map_err(|error| Error::io(&file, error))?;
        toml::from_str(&text).map_err(|error| {
            Error::form("not the sources of models")
                .in_file(&file)
                .because(error)
        })
    }

    pub(super) fn save(&self, workspace: &Workspace) -> Result<()> {
        let file = workspace.sources_file();
        let text = toml::to_string(self)
            .map_err(|error| Error::form("cannot be written as TOML").because(error))?;
        fs::write(&file, format!("{HEAD}{text}")).map_err(|error| Error::io(&file, error))
    }

    pub(super) fn note(&mut self, service: &KnownService, source: Source) {
        self.0.insert(service.folder.to_owned(), source);
    }

    /// A published release never changes: the same version with other bytes is not what it says it is.
    pub(super) fn check_unchanged(&self, source: &Source) -> Result<()> {
        let same_release = |known: &&Source| {
            known.package == source.package
                && known.version == source.version
                && known.file == source.file
        };
        match self.0.values().find(same_release) {
            Some(known) if known != source => Err(Error::mismatch(format!(
                "{} of this release had the SHA-256 {} before and has {} now",
                source.file, known.sha256, source.sha256
            ))),
            Some(_) | None => Ok(()),
        }
    }
}
