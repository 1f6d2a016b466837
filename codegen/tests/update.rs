//! `update` writes the model, notes its source and says what changed.
#![cfg(test)]

use std::{fs, io::Write, path::Path};

use codegen::{import::SERVICES, update, workspace::Workspace};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A workspace with an empty `model/` in a folder of its own.
struct Scratch {
    folder: tempfile::TempDir,
    workspace: Workspace,
}

impl Scratch {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("model")).expect("a folder for the models");
        let workspace = Workspace::at(folder.path());
        Self { folder, workspace }
    }

    fn file(&self, name: &str, content: &[u8]) -> std::path::PathBuf {
        let file = self.folder.path().join(name);
        fs::write(&file, content).expect("the file is written");
        file
    }

    fn update(&self, file: &Path) -> String {
        update::from_file(&self.workspace, file).unwrap_or_else(|error| panic!("{error:?}"))
    }

    fn sources(&self) -> toml::Table {
        let text =
            fs::read_to_string(self.workspace.sources_file()).expect("the sources are written");
        text.parse().expect("the sources are TOML")
    }
}

/// botocore's description of one of the services, with one operation that takes these members.
fn description(sdk_id: &str, members: &Value) -> String {
    json!({
        "version": "2.0",
        "metadata": {
            "apiVersion": "1", "auth": ["aws.auth#sigv4"], "endpointPrefix": "x", "protocol": "rest-json",
            "serviceId": sdk_id, "signatureVersion": "v4", "signingName": "x"
        },
        "operations": {
            "Act": { "name": "Act", "http": { "method": "POST", "requestUri": "/act" }, "input": { "shape": "Input" } }
        },
        "shapes": { "String": { "type": "string" }, "Input": { "type": "structure", "members": members } }
    })
    .to_string()
}

fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A wheel with the descriptions of both services; `record` may change what it says about itself.
fn wheel(members: &Value, record: impl Fn(String) -> String) -> Vec<u8> {
    let mut files: Vec<(String, String)> = SERVICES
        .iter()
        .map(|service| {
            (
                format!("botocore/data/{}/2023-01-01/service-2.json", service.folder),
                description(service.sdk_id, members),
            )
        })
        .collect();
    files.push((
        "botocore-1.2.3.dist-info/METADATA".to_owned(),
        "Name: botocore\nVersion: 1.2.3\n".to_owned(),
    ));
    let lines: String = files
        .iter()
        .map(|(path, text)| {
            let hash = base64_simd::URL_SAFE_NO_PAD.encode_to_string(Sha256::digest(text));
            format!("{path},sha256={hash},{}\n", text.len())
        })
        .collect();
    files.push(("botocore-1.2.3.dist-info/RECORD".to_owned(), record(lines)));

    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, text) in files {
        archive
            .start_file(path, zip::write::SimpleFileOptions::default())
            .expect("a new entry");
        archive.write_all(text.as_bytes()).expect("its content");
    }
    archive
        .finish()
        .expect("the end of the archive")
        .into_inner()
}

#[test]
fn a_local_description_becomes_the_model_of_its_service() {
    let scratch = Scratch::new();
    let text = description("Bedrock", &json!({ "a": { "shape": "String" } }));
    let file = scratch.file("service-2.json", text.as_bytes());

    assert_eq!(scratch.update(&file), "model/bedrock.json: new\n");
    assert_eq!(scratch.update(&file), "model/bedrock.json: no difference\n");

    let model = scratch
        .workspace
        .model(&SERVICES[1])
        .expect("the model is there");
    assert_eq!(
        update::read(&file).expect("the description is read").model,
        model
    );
    let sources = scratch.sources();
    assert_eq!(
        sources["bedrock"]["file"].as_str(),
        Some("service-2.json"),
        "without its folder"
    );
    assert_eq!(sources["bedrock"]["form"].as_str(), Some("botocore"));
    assert_eq!(
        sources["bedrock"]["sha256"].as_str(),
        Some(sha256_hex(text.as_bytes()).as_str())
    );
}

#[test]
fn what_changed_is_said() {
    let scratch = Scratch::new();
    let old = description("Bedrock", &json!({ "a": { "shape": "String" } }));
    let new = description(
        "Bedrock",
        &json!({ "a": { "shape": "String" }, "b": { "shape": "String" } }),
    );
    scratch.update(&scratch.file("old.json", old.as_bytes()));
    assert_eq!(
        scratch.update(&scratch.file("new.json", new.as_bytes())),
        "model/bedrock.json\nshapes\n  + Input$b: String\n"
    );
}

#[test]
fn a_gzipped_description_is_unpacked() {
    let scratch = Scratch::new();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer
        .write_all(description("Bedrock Runtime", &json!({})).as_bytes())
        .expect("packing");
    let file = scratch.file("service-2.json.gz", &packer.finish().expect("packing"));
    assert_eq!(scratch.update(&file), "model/bedrock-runtime.json: new\n");
}

#[test]
fn a_model_made_here_can_be_taken_again() {
    let scratch = Scratch::new();
    let file = scratch.file(
        "service-2.json",
        description("Bedrock", &json!({})).as_bytes(),
    );
    scratch.update(&file);
    let canonical = scratch.workspace.model_file(&SERVICES[1]);
    assert_eq!(
        scratch.update(&canonical),
        "model/bedrock.json: no difference\n"
    );
}

#[test]
fn a_description_that_is_not_understood_changes_nothing() {
    let scratch = Scratch::new();
    let file = scratch.file(
        "odd.json",
        description("Bedrock", &json!({ "a": { "shape": "Nowhere" } })).as_bytes(),
    );
    let error = update::from_file(&scratch.workspace, &file).expect_err("an unknown shape");
    assert_eq!(error.shape(), Some("com.amazonaws.bedrock#Nowhere"));
    assert!(!scratch.workspace.model_file(&SERVICES[1]).exists());
    assert!(!scratch.workspace.sources_file().exists());
}

#[test]
fn a_wheel_gives_both_models_and_its_version_and_hashes_are_noted() {
    let scratch = Scratch::new();
    let bytes = wheel(&json!({}), |record| record);
    let text = scratch.update(&scratch.file("botocore.whl", &bytes));
    assert_eq!(
        text,
        "botocore 1.2.3\nmodel/bedrock-runtime.json: new\nmodel/bedrock.json: new\n"
    );

    let sources = scratch.sources();
    for service in &SERVICES {
        let source = &sources[service.folder];
        assert_eq!(source["package"].as_str(), Some("botocore"));
        assert_eq!(source["version"].as_str(), Some("1.2.3"));
        assert_eq!(
            source["wheel_sha256"].as_str(),
            Some(sha256_hex(&bytes).as_str())
        );
        let published = description(service.sdk_id, &json!({}));
        assert_eq!(
            source["sha256"].as_str(),
            Some(sha256_hex(published.as_bytes()).as_str())
        );
    }
}

#[test]
fn a_wheel_whose_files_are_not_what_its_record_says_is_refused() {
    let scratch = Scratch::new();
    for broken in [
        wheel(&json!({}), |record| {
            record.replacen("sha256=", "sha256=x", 1)
        }),
        wheel(&json!({}), |record| {
            record
                .lines()
                .skip(1)
                .map(|line| format!("{line}\n"))
                .collect()
        }),
    ] {
        let error = update::from_file(&scratch.workspace, &scratch.file("botocore.whl", &broken))
            .expect_err("refused");
        assert!(
            error
                .to_string()
                .contains("is not what the wheel's record says"),
            "{error}"
        );
    }
    assert!(!scratch.workspace.sources_file().exists());
}

#[test]
fn a_release_that_changed_after_it_was_taken_is_refused() {
    let scratch = Scratch::new();
    scratch.update(&scratch.file("first.whl", &wheel(&json!({}), |record| record)));
    let changed = wheel(&json!({ "a": { "shape": "String" } }), |record| record);
    let error = update::from_file(&scratch.workspace, &scratch.file("second.whl", &changed))
        .expect_err("refused");
    assert!(error.to_string().contains("had the SHA-256"), "{error}");
}
