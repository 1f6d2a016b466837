//! A wheel of botocore: fetched by pip, so that the machine's own mirrors and certificates count, and verified
//! against its record of hashes.

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read},
    path::Path,
    process::Command,
};

use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::error::{Error, ErrorKind, Result};

/// The descriptions of one release.
pub(super) struct Wheel {
    version: String,
    sha256: String,
    /// The files of interest by path.
    files: BTreeMap<String, Vec<u8>>,
}

impl Wheel {
    /// Fetches a release; the newest without a version.
    pub(super) fn download(version: Option<&str>) -> Result<Self> {
        let requirement = match version {
            None => "botocore".to_owned(),
            Some(version)
                if version
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '.') =>
            {
                format!("botocore=={version}")
            }
            Some(version) => return Err(Error::form(format!("`{version}` is no version"))),
        };
        let folder = tempfile::tempdir()
            .map_err(|error| Error::new(ErrorKind::Io, "no temporary folder").because(error))?;
        pip_download(&requirement, folder.path())?;
        let file = only_file(folder.path())?;
        let bytes = fs::read(&file).map_err(|error| Error::io(&file, error))?;
        let wheel = Self::read(&bytes).map_err(|error| error.in_file(&file))?;
        match version {
            Some(version) if version != wheel.version => Err(Error::mismatch(format!(
                "asked for botocore {version}, got {}",
                wheel.version
            ))),
            Some(_) | None => Ok(wheel),
        }
    }

    /// Opens a wheel and verifies what is taken from it.
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let not_a_wheel = |error| Error::form("not a wheel").because(error);
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(not_a_wheel)?;
        let mut files = BTreeMap::new();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).map_err(not_a_wheel)?;
            let name = entry.name().to_owned();
            let is_wanted = [
                "service-2.json.gz",
                "service-2.json",
                ".dist-info/METADATA",
                ".dist-info/RECORD",
            ]
            .iter()
            .any(|end| name.ends_with(end));
            if is_wanted {
                let mut content = Vec::new();
                entry
                    .read_to_end(&mut content)
                    .map_err(|error| Error::form(format!("cannot unpack {name}")).because(error))?;
                files.insert(name, content);
            }
        }
        let metadata = text_of(&files, ".dist-info/METADATA")?;
        let version = metadata
            .lines()
            .find_map(|line| line.strip_prefix("Version: "))
            .ok_or_else(|| Error::form("the wheel does not say its version"))?
            .to_owned();
        verify(&files, text_of(&files, ".dist-info/RECORD")?)?;
        Ok(Self {
            version,
            sha256: super::sha256(bytes),
            files,
        })
    }

    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// The SHA-256 of the whole wheel.
    pub(super) fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Path and bytes of the description in a folder of botocore's data.
    pub(super) fn description(&self, folder: &str) -> Result<(&str, &[u8])> {
        let start = format!("botocore/data/{folder}/");
        // Below it is a folder for each version of the interface, named by date: the last is the newest.
        match self
            .files
            .iter()
            .rfind(|(path, _)| path.starts_with(&start))
        {
            Some((path, bytes)) => Ok((path, bytes)),
            None => Err(Error::mismatch(format!(
                "botocore {} has no description in {start}",
                self.version
            ))),
        }
    }
}

fn pip_download(requirement: &str, folder: &Path) -> Result<()> {
    let run = |program: &str, first: &[&str]| {
        Command::new(program)
            .args(first)
            .args([
                "download",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--only-binary=:all:",
            ])
            .arg("--dest")
            .arg(folder)
            .arg(requirement)
            .output()
    };
    // Where Python lacks pip's program, it often has it as a module, and the other way round.
    let output = match run("pip", &[]) {
        Err(_) => run("python3", &["-m", "pip"]),
        ran => ran,
    };
    let output =
        output.map_err(|error| Error::new(ErrorKind::Io, "cannot run pip").because(error))?;
    if output.status.success() {
        return Ok(());
    }
    // The last line says what is wrong; those before it list every release there is.
    let said = String::from_utf8_lossy(&output.stderr);
    let reason = said.trim_end().lines().next_back().unwrap_or_default();
    Err(Error::new(
        ErrorKind::Io,
        format!("pip could not download {requirement}"),
    )
    .because(reason))
}

fn only_file(folder: &Path) -> Result<std::path::PathBuf> {
    let entries = fs::read_dir(folder).map_err(|error| Error::io(folder, error))?;
    let files: Vec<_> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()
        .map_err(|error| Error::io(folder, error))?;
    match files.as_slice() {
        [file] => Ok(file.clone()),
        others => Err(Error::mismatch(format!(
            "pip left {} files where one wheel was expected",
            others.len()
        ))),
    }
}

fn text_of<'a>(files: &'a BTreeMap<String, Vec<u8>>, end: &str) -> Result<&'a str> {
    let bytes = files
        .iter()
        .find_map(|(name, bytes)| name.ends_with(end).then_some(bytes));
    let bytes = bytes.ok_or_else(|| Error::form(format!("the wheel has no {end}")))?;
    std::str::from_utf8(bytes)
        .map_err(|error| Error::form(format!("{end} is not UTF-8")).because(error))
}

/// Holds every description against the record: `PATH,sha256=HASH,SIZE`, the hash in URL-safe base64.
fn verify(files: &BTreeMap<String, Vec<u8>>, record: &str) -> Result<()> {
    let recorded: BTreeMap<&str, &str> = record
        .lines()
        .filter_map(|line| {
            let mut parts = line.rsplitn(3, ',');
            let (_size, hash, path) = (parts.next()?, parts.next()?, parts.next()?);
            Some((path, hash))
        })
        .collect();
    for (path, bytes) in files {
        if path.ends_with("RECORD") {
            continue;
        }
        let hash = base64_simd::URL_SAFE_NO_PAD.encode_to_string(Sha256::digest(bytes));
        if recorded.get(path.as_str()) != Some(&format!("sha256={hash}").as_str()) {
            return Err(Error::mismatch(format!(
                "{path} is not what the wheel's record says"
            )));
        }
    }
    Ok(())
}
