//! Generated code: snapshots of tiny models, one construct each, and a scratch workspace in which all of it compiles
//! and keeps the laws of the wire.
#![cfg(test)]

#[path = "support/laws.rs"]
mod laws;
#[path = "support/models.rs"]
mod models;
#[path = "support/scratch.rs"]
mod scratch;
mod shared;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use codegen::{
    emit::Files,
    generate::{self, Operations, ServiceSettings, Settings},
    model::Model,
    operations, update,
    workspace::Workspace,
};
use scratch::Scratch;

/// The tiny models by name.
fn tiny() -> BTreeMap<String, PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .filter(|file| file.extension().is_some_and(|ending| ending == "json"))
        .map(|file| (file.file_stem().unwrap().to_str().unwrap().to_owned(), file))
        .collect()
}

/// What the tiny models are for: the files of one, without what is the same for all and without made-up values.
fn essence(files: &Files) -> String {
    let mut text = String::new();
    for (path, source) in files {
        if path.matches('/').count() < 2 && !path.ends_with("router.rs") {
            continue;
        }
        let mut file = syn::parse_file(source).unwrap();
        file.attrs.clear();
        file.items.retain(|item| match item {
            syn::Item::Impl(item) => item.attrs.is_empty(),
            _ => true,
        });
        text.push_str(&format!(
            "// ---- {path}\n{}\n",
            prettyplease::unparse(&file)
        ));
    }
    text
}

#[test]
fn tiny_models_generate_what_was_reviewed() {
    for (name, file) in tiny() {
        let settings = models::whole(models::read(&file), &format!("{name}.json"));
        let files =
            generate::generate(&settings).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        insta::assert_snapshot!(name, essence(&files));
    }
}

#[test]
fn tiny_models_compile_and_do_what_their_tests_and_laws_say() {
    let services = tiny()
        .into_iter()
        .map(|(name, file)| service(&name, models::read(&file)))
        .collect();
    let settings = Settings { services };
    let scratch = Scratch::take();
    let laws = laws::text("golden", &generate::services(&settings).unwrap());
    scratch.put(
        "golden",
        &generate::generate(&settings).unwrap(),
        &[
            (laws::PATH, laws),
            (
                "tests/behaviour.rs",
                include_str!("golden/behaviour.rs").to_owned(),
            ),
        ],
    );
    let crates = ["golden".to_owned()];
    scratch.run("check", &crates, &[]);
    scratch.run("test", &crates, &["--features", "arbitrary"]);
}

#[test]
fn every_model_of_the_service_compiles() {
    let Some(folder) = shared::folder("every_model_of_the_service_compiles") else {
        return;
    };
    let mut services = Vec::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder.join("models"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for file in &files {
        let name = file
            .file_stem()
            .unwrap()
            .to_str()
            .unwrap()
            .replace(['-', '.'], "_");
        services.push(service(
            &format!("imported_{name}"),
            update::read(file).unwrap().model,
        ));
        if !name.starts_with("botocore") {
            // As published, with prose and all.
            services.push(service(&format!("published_{name}"), models::read(file)));
        }
    }
    let workspace = Workspace::here();
    for known in &codegen::import::SERVICES {
        services.push(service(
            &format!("today_{}", known.folder),
            workspace.model(known).unwrap(),
        ));
    }
    let settings = Settings { services };
    let scratch = Scratch::take();
    scratch.put("models", &generate::generate(&settings).unwrap(), &[]);
    scratch.run("check", &["models".to_owned()], &[]);
    println!(
        "{} models compile with all their operations",
        settings.services.len()
    );
}

#[test]
fn generating_twice_gives_the_same_bytes() {
    let generated = || {
        let settings = operations::settings(&Workspace::here().models_folder()).unwrap();
        generate::generate(&settings).unwrap()
    };
    assert!(generated() == generated());
}

fn service(name: &str, model: Model) -> ServiceSettings {
    ServiceSettings {
        model,
        source: format!("{name}.json"),
        module: name.replace('-', "_"),
        trait_name: "Service".to_owned(),
        operations: Operations::All,
        fixups: Vec::new(),
    }
}
