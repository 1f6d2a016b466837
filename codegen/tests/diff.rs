//! What `diff` says about two models.
#![cfg(test)]

mod shared;

use std::{fs, path::Path};

use codegen::{
    diff::diff,
    import::{SERVICES, import},
    model::Model,
    workspace::Workspace,
};
use serde_json::{Value, json};

/// A model with one operation that takes `Input`, and with these shapes.
fn model(operation: &Value, shapes: &Value) -> Model {
    let mut all = json!({
        "example#Example": { "type": "service", "version": "1", "operations": [{ "target": "example#Act" }] },
        "example#Act": operation.clone()
    });
    for (name, shape) in shapes.as_object().expect("shapes are an object") {
        all[format!("example#{name}")] = shape.clone();
    }
    Model::parse(&json!({ "smithy": "2.0", "shapes": all }).to_string())
        .expect("the model is an AST")
}

fn act() -> Value {
    json!({ "type": "operation", "input": { "target": "example#Input" },
            "traits": { "smithy.api#http": { "method": "POST", "uri": "/act", "code": 200 } } })
}

fn input(members: &Value) -> Value {
    json!({ "Input": { "type": "structure", "members": members } })
}

fn check(old: &Model, new: &Model, expected: &str) {
    assert_eq!(diff(old, new).expect("both can be described"), expected);
}

fn check_members(old: &Value, new: &Value, expected: &str) {
    check(
        &model(&act(), &input(old)),
        &model(&act(), &input(new)),
        expected,
    );
}

#[test]
fn a_model_does_not_differ_from_itself() {
    let one = model(
        &act(),
        &input(&json!({ "a": { "target": "smithy.api#String" } })),
    );
    check(&one, &one, "");
}

#[test]
fn members_come_go_and_change() {
    check_members(
        &json!({ "a": { "target": "smithy.api#String" }, "b": { "target": "smithy.api#String" } }),
        &json!({ "b": { "target": "smithy.api#Blob" }, "c": { "target": "smithy.api#Long", "traits": { "smithy.api#required": {} } } }),
        "shapes\n  - Input$a: String\n  ~ Input$b: String -> Blob\n  + Input$c: Long, required\n",
    );
}

#[test]
fn constraints_come_go_and_change() {
    let member =
        |traits: &Value| json!({ "a": { "target": "smithy.api#String", "traits": traits } });
    check_members(
        &member(&json!({ "smithy.api#length": { "min": 1 }, "smithy.api#pattern": "^a$" })),
        &member(&json!({ "smithy.api#length": { "min": 1, "max": 4 }, "smithy.api#required": {} })),
        "shapes\n  ~ Input$a: length 1.. -> 1..4; - pattern ^a$; + required\n",
    );
}

#[test]
fn lists_and_maps_are_described_where_they_are_used() {
    let with = |name: &str, max: u32| {
        let mut shapes = input(&json!({ "words": { "target": format!("example#{name}") } }));
        shapes[name] = json!({ "type": "list", "traits": { "smithy.api#length": { "max": max } },
            "member": { "target": "smithy.api#String", "traits": { "smithy.api#length": { "min": 1 } } } });
        model(&act(), &shapes)
    };
    check(&with("Words", 3), &with("InputWordsList", 3), "");
    check(
        &with("Words", 3),
        &with("Words", 5),
        "shapes\n  ~ Input$words: length ..3 -> ..5\n",
    );

    let list = with("Words", 3);
    let mut shapes = input(&json!({ "words": { "target": "example#Words" } }));
    shapes["Words"] = json!({ "type": "map", "key": { "target": "smithy.api#String" }, "value": { "target": "smithy.api#Long" } });
    check(
        &list,
        &model(&act(), &shapes),
        "shapes\n  ~ Input$words: list of (String, length 1..) -> map of String to Long; - length ..3\n",
    );
}

#[test]
fn enum_values_come_and_go() {
    let with = |members: &Value| {
        let mut shapes = input(&json!({ "color": { "target": "example#Color" } }));
        shapes["Color"] = json!({ "type": "enum", "members": members });
        model(&act(), &shapes)
    };
    let member = |value: &str| json!({ "target": "smithy.api#Unit", "traits": { "smithy.api#enumValue": value } });
    check(
        &with(&json!({ "RED": member("red"), "BLUE": member("blue") })),
        &with(&json!({ "RED": member("red"), "GREEN": member("green") })),
        "shapes\n  - Color$BLUE: blue\n  + Color$GREEN: green\n",
    );
}

#[test]
fn operations_come_go_and_change() {
    let mut moved = act();
    moved["traits"]["smithy.api#http"]["uri"] = "/do".into();
    moved["errors"] = json!([{ "target": "example#Input" }]);
    check(
        &model(&act(), &input(&json!({}))),
        &model(&moved, &input(&json!({}))),
        "operations\n  ~ Act: POST /act -> POST /do; + throws Input\n",
    );

    let mut shapes = input(&json!({}));
    shapes["Rest"] = act();
    check(
        &model(&act(), &input(&json!({}))),
        &model(&act(), &shapes),
        "operations\n  + Rest: POST /act, gives Unit, status 200, takes Input\n",
    );
}

fn published(folder: &Path, file: &str) -> Model {
    let text =
        fs::read_to_string(folder.join("models").join(file)).expect("the fixture can be read");
    import(&text).expect("the fixture can be imported").model
}

#[test]
fn a_year_of_bedrock_runtime_reads_as_reviewed() {
    let Some(folder) = shared::folder("a_year_of_bedrock_runtime_reads_as_reviewed") else {
        return;
    };
    let spring = published(&folder, "bedrock-runtime-2025-04-02.json");
    let autumn = published(&folder, "bedrock-runtime-2025-10-21.json");
    let committed = Workspace::here()
        .model(&SERVICES[0])
        .expect("the model is committed");
    insta::assert_snapshot!(
        "bedrock_runtime_2025_04_02_to_2025_10_21",
        diff(&spring, &autumn).expect("a diff")
    );
    insta::assert_snapshot!(
        "bedrock_runtime_2025_10_21_to_committed",
        diff(&autumn, &committed).expect("a diff")
    );
}

#[test]
fn the_form_of_a_description_does_not_show_in_the_difference() {
    let Some(folder) = shared::folder("the_form_of_a_description_does_not_show_in_the_difference")
    else {
        return;
    };
    for (smithy, botocore) in [
        (
            "bedrock-runtime-2025-04-02.json",
            "botocore-1.37.23-bedrock-runtime.json",
        ),
        (
            "bedrock-runtime-2025-10-21.json",
            "botocore-1.40.56-bedrock-runtime.json",
        ),
    ] {
        check(
            &published(&folder, smithy),
            &published(&folder, botocore),
            "",
        );
    }
}
