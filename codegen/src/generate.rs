//! From models to the files of a generated crate, and the folder that holds them.
//! Whatever service it is for comes in by `Settings`; nothing here reads a clock, the environment or the working directory.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    emit::{self, Files},
    error::{Error, Result},
    fixups::{self, Fixup},
    ir,
    model::Model,
};

/// What is to be generated.
#[derive(Clone, Debug)]
pub struct Settings {
    /// One module each, sorted by the modules' names.
    pub services: Vec<ServiceSettings>,
}

/// One service to be generated.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// The model.
    pub model: Model,
    /// Where it came from, as the header of each file says it: `model/NAME.json`.
    pub source: String,
    /// The name of the module.
    pub module: String,
    /// The name of the service trait.
    pub trait_name: String,
    /// Which operations, and so which shapes.
    pub operations: Operations,
    /// Deviations from the model.
    pub fixups: Vec<Fixup>,
}

/// A choice of operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operations {
    /// All of the service.
    All,
    /// Those of these names; one the service lacks is an error.
    List(Vec<String>),
}

/// The descriptions of the services, as they are emitted.
pub fn services(settings: &Settings) -> Result<Vec<ir::Service>> {
    let mut services = Vec::new();
    for service in &settings.services {
        let mut service = service.clone();
        fixups::apply(&mut service.model, &service.fixups)?;
        services.push(ir::service(&service.model, &service)?);
    }
    services.sort_by(|a, b| a.module.cmp(&b.module));
    Ok(services)
}

/// The texts of all files, by path.
pub fn generate(settings: &Settings) -> Result<Files> {
    emit::files(&services(settings)?)
}

/// Makes the folder hold exactly these files: writes those that differ, removes all others.
/// Returns how many were written and removed.
pub fn write(files: &Files, folder: &Path) -> Result<(usize, usize)> {
    let mut n_written = 0;
    for (path, text) in files {
        let file = folder.join(path);
        if fs::read_to_string(&file).is_ok_and(|old| old == *text) {
            continue;
        }
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).map_err(|error| Error::io(parent, error))?;
        }
        fs::write(&file, text).map_err(|error| Error::io(&file, error))?;
        n_written += 1;
    }
    let mut n_removed = 0;
    for path in present(folder)? {
        if !files.contains_key(&path) {
            let file = folder.join(&path);
            fs::remove_file(&file).map_err(|error| Error::io(&file, error))?;
            n_removed += 1;
        }
    }
    remove_empty(folder)?;
    Ok((n_written, n_removed))
}

/// The files of a folder at any depth, as paths relative to it with `/`; none where the folder is missing.
pub(crate) fn present(folder: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    if !folder.exists() {
        return Ok(found);
    }
    let mut waiting = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = waiting.pop() {
        for (path, name) in entries(&folder)? {
            let relative = format!("{prefix}{name}");
            if path.is_dir() {
                waiting.push((path, format!("{relative}/")));
            } else {
                found.insert(relative);
            }
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| Error::io(folder, error))? {
        let entry = entry.map_err(|error| Error::io(folder, error))?;
        found.push((
            entry.path(),
            entry.file_name().to_string_lossy().into_owned(),
        ));
    }
    Ok(found)
}

fn remove_empty(folder: &Path) -> Result<()> {
    for (path, _) in entries(folder)? {
        if path.is_dir() {
            remove_empty(&path)?;
            if entries(&path)?.is_empty() {
                fs::remove_dir(&path).map_err(|error| Error::io(&path, error))?;
            }
        }
    }
    Ok(())
}
