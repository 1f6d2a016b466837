//! The rules of the import, one small description each.
#![cfg(test)]

use codegen::{
    error::Result,
    import::{Form, import},
    model::Model,
};
use serde_json::{Value, json};

/// A botocore description with one operation that takes `Input`, and with these shapes.
fn botocore(shapes: &Value) -> Value {
    let mut description = json!({
        "version": "2.0",
        "metadata": {
            "apiVersion": "2023-04-20", "auth": ["aws.auth#sigv4"], "endpointPrefix": "bedrock",
            "protocol": "rest-json", "serviceId": "Bedrock", "signatureVersion": "v4", "signingName": "bedrock"
        },
        "operations": {
            "Act": { "name": "Act", "http": { "method": "POST", "requestUri": "/act" }, "input": { "shape": "Input" } }
        },
        "shapes": { "Blob": { "type": "blob" }, "String": { "type": "string" }, "Input": { "type": "structure", "members": {} } }
    });
    let object = description["shapes"]
        .as_object_mut()
        .expect("shapes are an object");
    object.extend(shapes.as_object().expect("shapes are an object").clone());
    description
}

/// An AST with one operation that takes `Input`, and with these shapes (names without their namespace).
fn smithy(shapes: &Value) -> Value {
    let mut description = json!({
        "smithy": "2.0",
        "shapes": {
            "com.amazonaws.bedrock#AmazonBedrockControlPlaneService": {
                "type": "service", "version": "2023-04-20",
                "operations": [{ "target": "com.amazonaws.bedrock#Act" }]
            },
            "com.amazonaws.bedrock#Act": {
                "type": "operation", "input": { "target": "com.amazonaws.bedrock#Input" },
                "traits": { "smithy.api#http": { "method": "POST", "uri": "/act" } }
            }
        }
    });
    for (name, shape) in shapes.as_object().expect("shapes are an object") {
        description["shapes"][format!("com.amazonaws.bedrock#{name}")] = shape.clone();
    }
    description
}

fn imported(description: &Value) -> Result<Model> {
    Ok(import(&description.to_string())?.model)
}

/// The canonical text of a shape, read back as JSON.
fn shape_of(description: &Value, name: &str) -> Value {
    let model = imported(description).unwrap_or_else(|error| panic!("{error:?}"));
    let text: Value =
        serde_json::from_str(&model.to_canonical_json()).expect("canonical text is JSON");
    text["shapes"][format!("com.amazonaws.bedrock#{name}")].clone()
}

fn check_botocore(shapes: &Value, name: &str, expected: &Value) {
    assert_eq!(shape_of(&botocore(shapes), name), *expected);
}

/// `place` is what the error names, `message` a part of its text.
fn check_error(description: &Value, place: &str, message: &str) {
    let error = imported(description).expect_err("the import should fail");
    assert_eq!(error.shape(), Some(place), "{error}");
    assert!(error.to_string().contains(message), "{error}");
}

fn input(members: &Value) -> Value {
    json!({ "type": "structure", "members": members })
}

#[test]
fn forms_are_recognised_by_their_content() {
    assert_eq!(
        import(&botocore(&json!({})).to_string())
            .expect("botocore's form")
            .form,
        Form::Botocore
    );
    let ast = smithy(&json!({ "Input": { "type": "structure" } }));
    assert_eq!(
        import(&ast.to_string()).expect("Smithy's form").form,
        Form::Smithy
    );
    import("{}").expect_err("neither form");
    import("[]").expect_err("no object");
}

#[test]
fn a_service_that_is_not_known_is_refused() {
    let mut description = botocore(&json!({}));
    description["metadata"]["serviceId"] = "S3".into();
    let error = imported(&description).expect_err("another service");
    assert!(error.to_string().contains("`S3`"), "{error}");
}

#[test]
fn copies_of_the_prelude_are_the_prelude() {
    check_botocore(
        &json!({ "Input": input(&json!({ "a": { "shape": "String" }, "b": { "shape": "Document" } })),
                "Document": { "type": "structure", "members": {}, "document": true } }),
        "Input",
        &json!({ "type": "structure", "members": {
            "a": { "target": "smithy.api#String" }, "b": { "target": "smithy.api#Document" } } }),
    );
}

#[test]
fn a_shape_with_a_prelude_name_and_more_to_say_is_its_own() {
    let shapes = json!({ "Input": input(&json!({ "at": { "shape": "Timestamp" } })),
                         "Timestamp": { "type": "timestamp", "timestampFormat": "iso8601" } });
    check_botocore(
        &shapes,
        "Timestamp",
        &json!({ "type": "timestamp", "traits": { "smithy.api#timestampFormat": "date-time" } }),
    );
}

#[test]
fn a_constraint_hoisted_from_a_member_returns_to_it() {
    check_botocore(
        &json!({ "Input": input(&json!({ "count": { "shape": "InputCountInteger" }, "text": { "shape": "InputTextString" } })),
                "InputCountInteger": { "type": "integer", "box": true, "min": 0 },
                "InputTextString": { "type": "string", "min": 0, "max": 5, "pattern": "[a-z]*" } }),
        "Input",
        &json!({ "type": "structure", "members": {
            "count": { "target": "smithy.api#Integer", "traits": { "smithy.api#range": { "min": 0 } } },
            "text": { "target": "smithy.api#String", "traits": {
                "smithy.api#length": { "max": 5 }, "smithy.api#pattern": "^[a-z]*$" } } } }),
    );
}

#[test]
fn a_hoisted_list_keeps_its_items_and_gives_its_length_to_the_member() {
    let shapes = json!({ "Input": input(&json!({ "words": { "shape": "InputWordsList" } })),
                         "InputWordsList": { "type": "list", "member": { "shape": "InputWordsListMemberString" }, "min": 1 },
                         "InputWordsListMemberString": { "type": "string", "min": 2 } });
    check_botocore(
        &shapes,
        "Input",
        &json!({ "type": "structure", "members": { "words": {
            "target": "com.amazonaws.bedrock#InputWordsList", "traits": { "smithy.api#length": { "min": 1 } } } } }),
    );
    check_botocore(
        &shapes,
        "InputWordsList",
        &json!({ "type": "list", "member": { "target": "smithy.api#String", "traits": { "smithy.api#length": { "min": 2 } } } }),
    );
}

#[test]
fn a_constrained_shape_with_several_users_was_not_hoisted() {
    check_botocore(
        &json!({ "Input": input(&json!({ "text": { "shape": "InputTextString" }, "more": { "shape": "InputTextString" } })),
                "InputTextString": { "type": "string", "min": 3 } }),
        "InputTextString",
        &json!({ "type": "string", "traits": { "smithy.api#length": { "min": 3 } } }),
    );
}

#[test]
fn bindings_and_required_members_become_traits() {
    check_botocore(
        &json!({ "Input": { "type": "structure", "required": ["id"], "payload": "body", "members": {
            "id": { "shape": "String", "location": "uri", "locationName": "id" },
            "kind": { "shape": "String", "location": "header", "locationName": "X-Kind" },
            "page": { "shape": "String", "location": "querystring", "locationName": "p" },
            "token": { "shape": "String", "idempotencyToken": true },
            "body": { "shape": "Blob" } } } }),
        "Input",
        &json!({ "type": "structure", "members": {
            "id": { "target": "smithy.api#String", "traits": { "smithy.api#httpLabel": {}, "smithy.api#required": {} } },
            "kind": { "target": "smithy.api#String", "traits": { "smithy.api#httpHeader": "X-Kind" } },
            "page": { "target": "smithy.api#String", "traits": { "smithy.api#httpQuery": "p" } },
            "token": { "target": "smithy.api#String", "traits": { "smithy.api#idempotencyToken": {} } },
            "body": { "target": "smithy.api#Blob", "traits": { "smithy.api#httpPayload": {} } } } }),
    );
}

#[test]
fn exceptions_say_whose_fault_they_are() {
    let mut description = botocore(&json!({
        "Busy": { "type": "structure", "members": {}, "exception": true,
                  "error": { "httpStatusCode": 429, "senderFault": true }, "retryable": { "throttling": false } },
        "Broken": { "type": "structure", "members": {}, "exception": true, "fault": true, "error": { "httpStatusCode": 500 } }
    }));
    description["operations"]["Act"]["errors"] =
        json!([{ "shape": "Busy" }, { "shape": "Broken" }]);
    assert_eq!(
        shape_of(&description, "Busy")["traits"],
        json!({ "smithy.api#error": "client", "smithy.api#httpError": 429, "smithy.api#retryable": {} })
    );
    assert_eq!(
        shape_of(&description, "Broken")["traits"],
        json!({ "smithy.api#error": "server", "smithy.api#httpError": 500 })
    );
}

#[test]
fn event_streams_are_streaming_unions() {
    let shapes = json!({ "Input": input(&json!({ "events": { "shape": "Events" } })),
                         "Events": { "type": "structure", "eventstream": true, "members": { "tick": { "shape": "Tick" } } },
                         "Tick": { "type": "structure", "event": true, "members": {} } });
    check_botocore(
        &shapes,
        "Events",
        &json!({ "type": "union", "members": { "tick": { "target": "com.amazonaws.bedrock#Tick" } },
                "traits": { "smithy.api#streaming": {} } }),
    );
}

#[test]
fn enum_members_are_named_after_their_values() {
    let shapes = json!({ "Input": input(&json!({ "state": { "shape": "State" } })),
                         "State": { "type": "string", "enum": ["InProgress", "us-east-1", "TEXT", "end_turn", "5m"] } });
    let members = shape_of(&botocore(&shapes), "State")["members"].clone();
    let names: Vec<&String> = members.as_object().expect("members").keys().collect();
    assert_eq!(
        names,
        ["IN_PROGRESS", "US_EAST_1", "TEXT", "END_TURN", "_5M"]
    );
    assert_eq!(
        members["IN_PROGRESS"]["traits"],
        json!({ "smithy.api#enumValue": "InProgress" })
    );
}

#[test]
fn enum_values_that_would_share_a_name_are_refused() {
    let shapes = json!({ "Input": input(&json!({ "state": { "shape": "State" } })),
                         "State": { "type": "string", "enum": ["a-b", "a_b"] } });
    check_error(&botocore(&shapes), "com.amazonaws.bedrock#State", "A_B");
}

#[test]
fn a_key_that_is_not_known_is_refused_at_its_place() {
    let shape = json!({ "Input": { "type": "structure", "members": {}, "flattened": true } });
    check_error(
        &botocore(&shape),
        "com.amazonaws.bedrock#Input",
        "`flattened`",
    );
    let member =
        json!({ "Input": input(&json!({ "a": { "shape": "String", "hostLabel": true } })) });
    check_error(
        &botocore(&member),
        "com.amazonaws.bedrock#Input$a",
        "`hostLabel`",
    );
    let mut operation = botocore(&json!({}));
    operation["operations"]["Act"]["authtype"] = "none".into();
    check_error(&operation, "com.amazonaws.bedrock#Act", "`authtype`");
    let error_alone = json!({ "Input": { "type": "structure", "members": {}, "error": { "httpStatusCode": 400 } } });
    check_error(
        &botocore(&error_alone),
        "com.amazonaws.bedrock#Input",
        "`error`",
    );
}

#[test]
fn a_target_that_does_not_exist_is_refused() {
    let shapes = json!({ "Input": input(&json!({ "a": { "shape": "Nowhere" } })) });
    check_error(
        &botocore(&shapes),
        "com.amazonaws.bedrock#Nowhere",
        "no shape",
    );
}

#[test]
fn patterns_of_an_ast_mean_the_whole_value() {
    for (published, canonical) in [
        ("^[a-z]+$", "^[a-z]+$"),
        ("[a-z]+", "^.*[a-z]+.*$"),
        ("^[a-z]+", "^[a-z]+.*$"),
        ("^[a-z].*", "^[a-z].*$"),
        ("[a-z]$", "^.*[a-z]$"),
        ("^[a-z]\\$", "^[a-z]\\$.*$"),
    ] {
        let description = smithy(&json!({ "Input": { "type": "structure", "members": { "a": {
            "target": "smithy.api#String", "traits": { "smithy.api#pattern": published } } } } }));
        let traits = shape_of(&description, "Input")["members"]["a"]["traits"].clone();
        assert_eq!(traits, json!({ "smithy.api#pattern": canonical }));
    }
}

#[test]
fn an_ast_loses_prose_and_what_botocore_does_not_carry() {
    let description = smithy(&json!({
        "Input": { "type": "structure",
            "members": { "a": { "target": "smithy.api#Integer", "traits": {
                "smithy.api#default": 1, "smithy.api#documentation": "<p>Words.</p>", "smithy.api#range": { "min": 1.0 },
                "smithy.api#deprecated": { "message": "Words.", "since": "2026-01-01" } } } },
            "traits": { "smithy.api#input": {} } },
        "Unused": { "type": "string" }
    }));
    assert_eq!(
        shape_of(&description, "Input"),
        json!({ "type": "structure", "members": { "a": { "target": "smithy.api#Integer", "traits": {
            "smithy.api#deprecated": { "since": "2026-01-01" }, "smithy.api#range": { "min": 1 } } } } })
    );
    assert_eq!(shape_of(&description, "Unused"), Value::Null);
}

#[test]
fn a_trait_that_is_not_known_stays_for_the_generator_to_judge() {
    let description = smithy(
        &json!({ "Input": { "type": "structure", "traits": { "example#new": { "a": 1 } } } }),
    );
    assert_eq!(
        shape_of(&description, "Input")["traits"],
        json!({ "example#new": { "a": 1 } })
    );
}

#[test]
fn a_trait_of_another_form_is_refused_by_its_name() {
    let description = smithy(&json!({ "Input": { "type": "structure", "members": { "a": {
        "target": "smithy.api#String", "traits": { "smithy.api#length": { "min": "one" } } } } } }));
    let error = imported(&description).expect_err("the import should fail");
    assert_eq!(error.shape(), Some("com.amazonaws.bedrock#Input$a"));
    assert_eq!(error.trait_id(), Some("smithy.api#length"));
}

#[test]
fn operations_of_resources_belong_to_the_service() {
    let mut description = smithy(&json!({
        "Input": { "type": "structure" },
        "Thing": { "type": "resource", "read": { "target": "com.amazonaws.bedrock#See" },
                   "resources": [{ "target": "com.amazonaws.bedrock#Part" }] },
        "Part": { "type": "resource", "operations": [{ "target": "com.amazonaws.bedrock#Bend" }] },
        "See": { "type": "operation" },
        "Bend": { "type": "operation" }
    }));
    let service = "AmazonBedrockControlPlaneService";
    description["shapes"][format!("com.amazonaws.bedrock#{service}")]["resources"] =
        json!([{ "target": "com.amazonaws.bedrock#Thing" }]);
    assert_eq!(
        shape_of(&description, service)["operations"],
        json!([{ "target": "com.amazonaws.bedrock#Act" }, { "target": "com.amazonaws.bedrock#Bend" },
               { "target": "com.amazonaws.bedrock#See" }])
    );
    assert_eq!(shape_of(&description, "Thing"), Value::Null);
}
