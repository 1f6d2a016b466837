//! Importing botocore's description gives what importing the official AST of the same content gives.
#![cfg(test)]

#[path = "import/compare.rs"]
mod compare;
#[path = "import/rules.rs"]
mod rules;
mod shared;

use std::{collections::BTreeSet, fs, path::Path};

use codegen::{
    generate::{Operations, ServiceSettings, Settings, generate},
    import::{Form, Imported, import},
    model::{Model, Traits},
};

/// Files of equal content, with the number of operations they describe.
struct Pair {
    smithy: &'static str,
    botocore: &'static str,
    n_operations: usize,
}

const PAIRS: [Pair; 3] = [
    Pair {
        smithy: "bedrock-runtime-2025-04-02.json",
        botocore: "botocore-1.37.23-bedrock-runtime.json",
        n_operations: 8,
    },
    Pair {
        smithy: "bedrock-runtime-2025-10-21.json",
        botocore: "botocore-1.40.56-bedrock-runtime.json",
        n_operations: 10,
    },
    Pair {
        smithy: "bedrock-2025-04-02.json",
        botocore: "botocore-1.37.26-bedrock.json",
        n_operations: 59,
    },
];

/// A difference that stays: the AST's file, the place, what each form says, and why that is so.
struct Difference {
    smithy: &'static str,
    place: &'static str,
    from_smithy: &'static str,
    from_botocore: &'static str,
    #[expect(dead_code, reason = "for the reader: why the difference stays")]
    reason: &'static str,
}

const DIFFERENCES: [Difference; 2] = [
    Difference {
        smithy: "bedrock-2025-04-02.json",
        place: "EvaluationSummary$modelIdentifiers",
        from_smithy: "[com.amazonaws.bedrock#EvaluationBedrockModelIdentifier] \
            @smithy.api#deprecated{\"since\":\"2025-03-07\"} @smithy.api#length{\"max\":2}",
        from_botocore: "[com.amazonaws.bedrock#EvaluationBedrockModelIdentifier] \
            @smithy.api#deprecated{} @smithy.api#length{\"max\":2}",
        reason: "botocore carries the date of a deprecation in `deprecatedSince` only since a later release",
    },
    Difference {
        smithy: "bedrock-2025-04-02.json",
        place: "EvaluationSummary$ragIdentifiers",
        from_smithy: "[com.amazonaws.bedrock#KnowledgeBaseId] \
            @smithy.api#deprecated{\"since\":\"2025-03-07\"} @smithy.api#length{\"max\":1}",
        from_botocore: "[com.amazonaws.bedrock#KnowledgeBaseId] \
            @smithy.api#deprecated{} @smithy.api#length{\"max\":1}",
        reason: "as above",
    },
];

fn read(folder: &Path, file: &str, form: Form) -> Imported {
    let text =
        fs::read_to_string(folder.join("models").join(file)).expect("the fixture can be read");
    let imported = import(&text).unwrap_or_else(|error| panic!("{file}: {error:?}"));
    assert_eq!(imported.form, form, "{file}");
    imported
}

#[test]
fn both_forms_of_one_content_give_one_model() {
    let Some(folder) = shared::folder("both_forms_of_one_content_give_one_model") else {
        return;
    };
    let mut problems = Vec::new();
    for pair in &PAIRS {
        let smithy = read(&folder, pair.smithy, Form::Smithy);
        let botocore = read(&folder, pair.botocore, Form::Botocore);
        assert_eq!(smithy.service, botocore.service);

        let found: BTreeSet<_> = compare::differences(&smithy.model, &botocore.model)
            .into_iter()
            .collect();
        let listed: BTreeSet<_> = DIFFERENCES
            .iter()
            .filter(|row| row.smithy == pair.smithy)
            .map(|row| {
                (
                    row.place.to_owned(),
                    row.from_smithy.to_owned(),
                    row.from_botocore.to_owned(),
                )
            })
            .collect();
        for (place, from_smithy, from_botocore) in found.difference(&listed) {
            problems.push(format!(
                "{}: {place}\n  smithy:   {from_smithy}\n  botocore: {from_botocore}",
                pair.smithy
            ));
        }
        for (place, ..) in listed.difference(&found) {
            problems.push(format!(
                "{}: {place}\n  is on the list but no longer differs",
                pair.smithy
            ));
        }
        println!(
            "{}: {} shapes, {} listed differences",
            pair.smithy,
            smithy.model.shapes.len(),
            listed.len()
        );
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn nothing_but_the_dropped_traits_is_lost_from_an_official_model() {
    let Some(folder) =
        shared::folder("nothing_but_the_dropped_traits_is_lost_from_an_official_model")
    else {
        return;
    };
    let ids = |model: &Model| -> BTreeSet<String> {
        let shapes = model.shapes.values();
        let traits = shapes.flat_map(|shape| {
            std::iter::once(&shape.traits).chain(shape.members().map(|member| &member.traits))
        });
        traits
            .flat_map(Traits::iter)
            .map(|(id, _)| id.to_owned())
            .collect()
    };
    let mut lost = BTreeSet::new();
    for pair in &PAIRS {
        let text = fs::read_to_string(folder.join("models").join(pair.smithy))
            .expect("the fixture can be read");
        let published = ids(&Model::parse(&text).expect("an AST"));
        let imported = ids(&read(&folder, pair.smithy, Form::Smithy).model);
        lost.extend(published.difference(&imported).cloned());
    }
    let expected = [
        // On resources, which are flattened.
        "aws.cloudformation#cfnResource",
        "smithy.api#addedDefault",
        "smithy.api#auth",
        "smithy.api#clientOptional",
        "smithy.api#default",
        "smithy.api#documentation",
        "smithy.api#input",
        "smithy.api#output",
        "smithy.api#paginated",
        "smithy.api#readonly",
        "smithy.api#title",
        "smithy.api#uniqueItems",
        "smithy.rules#endpointRuleSet",
        "smithy.rules#endpointTests",
    ];
    assert_eq!(lost, expected.map(str::to_owned).into());
}

#[test]
fn each_model_has_its_operations() {
    let Some(folder) = shared::folder("each_model_has_its_operations") else {
        return;
    };
    for pair in &PAIRS {
        for (file, form) in [(pair.smithy, Form::Smithy), (pair.botocore, Form::Botocore)] {
            let model = read(&folder, file, form).model;
            let (_, service) = model.service().expect("a service");
            let operations = model.operations(service).expect("its operations");
            assert_eq!(operations.len(), pair.n_operations, "{file}");
        }
    }
}

#[test]
fn each_model_generates_in_both_forms() {
    let Some(folder) = shared::folder("each_model_generates_in_both_forms") else {
        return;
    };
    for pair in &PAIRS {
        let files =
            [(pair.smithy, Form::Smithy), (pair.botocore, Form::Botocore)].map(|(file, form)| {
                let service = ServiceSettings {
                    model: read(&folder, file, form).model,
                    source: "a test".to_owned(),
                    module: "example".to_owned(),
                    trait_name: "Example".to_owned(),
                    operations: Operations::All,
                    fixups: Vec::new(),
                };
                generate(&Settings {
                    services: vec![service],
                })
                .unwrap_or_else(|error| panic!("{file}: {error:?}"))
            });
        let [smithy, botocore] = &files;
        assert!(!smithy.is_empty(), "{}", pair.smithy);
        assert_eq!(
            smithy.keys().collect::<Vec<_>>(),
            botocore.keys().collect::<Vec<_>>(),
            "{}",
            pair.smithy
        );
        for (path, text) in smithy {
            assert!(
                botocore.get(path) == Some(text),
                "{}: {path} depends on the form of the description",
                pair.smithy
            );
        }
    }
}

#[test]
fn the_canonical_text_reads_back_and_imports_as_itself() {
    let Some(folder) = shared::folder("the_canonical_text_reads_back_and_imports_as_itself") else {
        return;
    };
    for pair in &PAIRS {
        for (file, form) in [(pair.smithy, Form::Smithy), (pair.botocore, Form::Botocore)] {
            let model = read(&folder, file, form).model;
            let text = model.to_canonical_json();
            assert_eq!(
                Model::parse(&text).expect("canonical text is an AST"),
                model,
                "{file}"
            );
            let again = import(&text).expect("canonical text can be imported");
            assert_eq!(again.model.to_canonical_json(), text, "{file}");
        }
    }
}

#[test]
fn committed_models_are_canonical() {
    for service in &codegen::import::SERVICES {
        let workspace = codegen::workspace::Workspace::here();
        let text =
            fs::read_to_string(workspace.model_file(service)).expect("the model is committed");
        let imported = import(&text).expect("the model can be imported");
        assert_eq!(imported.service, service);
        assert!(
            imported.model.to_canonical_json() == text,
            "model/{} was edited by hand",
            service.file()
        );
    }
}

#[test]
fn the_protocol_suite_reads_untouched() {
    let Some(folder) = shared::folder("the_protocol_suite_reads_untouched") else {
        return;
    };
    let text = fs::read_to_string(folder.join("protocol-tests/restjson1.json"))
        .expect("the suite can be read");
    let model = Model::parse(&text).expect("the suite is an AST");
    let again = Model::parse(&model.to_canonical_json()).expect("its canonical text is an AST");
    assert_eq!(model, again);

    let count = |id: &str| -> usize {
        let cases = model
            .shapes
            .values()
            .filter_map(|shape| shape.traits.get(id)?.as_array());
        cases.map(Vec::len).sum()
    };
    assert_eq!(count("smithy.test#httpRequestTests"), 151);
    assert_eq!(count("smithy.test#httpResponseTests"), 116);
    assert_eq!(count("smithy.test#httpMalformedRequestTests"), 107);
    assert_eq!(count("smithy.test#eventStreamTests"), 100);
}
