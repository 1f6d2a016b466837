//! Takes a published description into `model/`: reads, compares with what is there, writes, notes the source.
//! Nothing is written before everything was read and understood.

mod sources;
mod wheel;

use std::{fmt::Write, fs, io::Read, path::Path};

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use crate::{
    diff,
    error::{Error, Result},
    import::{self, Imported, SERVICES},
    workspace::Workspace,
};

use sources::{Source, Sources};
use wheel::Wheel;

/// How a gzip file begins (RFC 1952, 2.3.1).
const GZIP: &[u8] = &[0x1f, 0x8b];

/// How a zip file with entries begins, as a wheel is one.
const ZIP: &[u8] = b"PK\x03\x04";

/// Takes the descriptions in a release of botocore, the newest without a version, and says what changed.
pub fn from_botocore(workspace: &Workspace, version: Option<&str>) -> Result<String> {
    from_wheel(workspace, &Wheel::download(version)?)
}

fn from_wheel(workspace: &Workspace, wheel: &Wheel) -> Result<String> {
    let mut sources = Sources::load(workspace)?;
    let mut taken = Vec::new();
    for service in &SERVICES {
        let (path, bytes) = wheel.description(service.folder)?;
        let imported = import_bytes(bytes).map_err(|error| error.in_file(Path::new(path)))?;
        if imported.service != service {
            return Err(Error::mismatch(format!(
                "{path} describes {}",
                imported.service.sdk_id
            )));
        }
        let source = Source {
            form: imported.form.name().to_owned(),
            file: path.to_owned(),
            sha256: sha256(bytes),
            package: Some("botocore".to_owned()),
            version: Some(wheel.version().to_owned()),
            wheel_sha256: Some(wheel.sha256().to_owned()),
        };
        sources.check_unchanged(&source)?;
        taken.push((imported, source));
    }
    let mut text = format!("botocore {}\n", wheel.version());
    for (imported, source) in taken {
        text.push_str(&store(workspace, &imported)?);
        sources.note(imported.service, source);
    }
    sources.save(workspace)?;
    Ok(text)
}

/// Takes a local file and says what changed: one description of either form, or a wheel of botocore.
pub fn from_file(workspace: &Workspace, file: &Path) -> Result<String> {
    let bytes = read_bytes(file)?;
    if bytes.starts_with(ZIP) {
        let wheel = Wheel::read(&bytes).map_err(|error| error.in_file(file))?;
        return from_wheel(workspace, &wheel);
    }
    let imported = import_bytes(&bytes).map_err(|error| error.in_file(file))?;
    let mut sources = Sources::load(workspace)?;
    let text = store(workspace, &imported)?;
    // Only the name: where it lay on this machine is nobody's business.
    let name = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let source = Source {
        form: imported.form.name().to_owned(),
        file: name,
        sha256: sha256(&bytes),
        package: None,
        version: None,
        wheel_sha256: None,
    };
    sources.note(imported.service, source);
    sources.save(workspace)?;
    Ok(text)
}

/// Reads a local description of either form, gzipped or not.
pub fn read(file: &Path) -> Result<Imported> {
    import_bytes(&read_bytes(file)?).map_err(|error| error.in_file(file))
}

fn read_bytes(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|error| Error::io(file, error))
}

fn import_bytes(bytes: &[u8]) -> Result<Imported> {
    let mut unpacked = Vec::new();
    let bytes = if bytes.starts_with(GZIP) {
        GzDecoder::new(bytes)
            .read_to_end(&mut unpacked)
            .map_err(|error| Error::form("not a gzip file after all").because(error))?;
        &unpacked
    } else {
        bytes
    };
    let text =
        std::str::from_utf8(bytes).map_err(|error| Error::form("not UTF-8").because(error))?;
    import::import(text)
}

/// Writes the model and gives the difference to the one before.
fn store(workspace: &Workspace, imported: &Imported) -> Result<String> {
    let file = workspace.model_file(imported.service);
    let title = format!("model/{}", imported.service.file());
    let difference = if file.exists() {
        let text = diff::diff(&workspace.model(imported.service)?, &imported.model)?;
        if text.is_empty() {
            format!("{title}: no difference\n")
        } else {
            format!("{title}\n{text}")
        }
    } else {
        format!("{title}: new\n")
    };
    fs::write(&file, imported.model.to_canonical_json())
        .map_err(|error| Error::io(&file, error))?;
    Ok(difference)
}

/// The SHA-256 of these bytes in lower-case hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
