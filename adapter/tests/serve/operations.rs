//! What the backend is asked, operation by operation.

use llm::{Answer, Op};

use crate::backend::{Fake, HELLO, context, reply, serve, serve_in};
use crate::model::operations;

#[tokio::test]
async fn each_operation_goes_to_the_backend_under_its_own_name() {
    for operation in operations() {
        let cx = context();
        let backend = Fake::new(|_, _| Ok(Answer::Count(0)));
        let target = format!("{}?a=%2F", operation.target);
        serve_in(&cx, &backend, operation.method, &target, operation.body).await;
        let asked = backend.asked();
        let [asked] = asked.as_slice() else {
            panic!("{}: {asked:?}", operation.name);
        };
        assert_eq!(asked.wire, operation.wire);
        assert_eq!(asked.target, target);
        assert_eq!(asked.body, operation.body);
        let op = match operation.name {
            "Converse" | "InvokeModel" => Op::Chat,
            "ConverseStream" | "InvokeModelWithResponseStream" => Op::ChatStream,
            "CountTokens" => Op::Count,
            _ => Op::Other,
        };
        assert_eq!(asked.op, op, "{}", operation.name);
        let model = match operation.name {
            "StartAsyncInvoke" => Some("m"),
            _ if operation.target.starts_with("/model/") => Some("x"),
            _ => None,
        };
        assert_eq!(asked.model.as_deref(), model, "{}", operation.name);
        assert_eq!(cx.observation.record().operation, Some(operation.name));
    }
}

#[tokio::test]
async fn the_wires_are_named_after_the_operations() {
    for operation in operations() {
        let mut kebab = String::new();
        for letter in operation.name.chars() {
            if letter.is_uppercase() && !kebab.is_empty() {
                kebab.push('-');
            }
            kebab.extend(letter.to_lowercase());
        }
        let prefix = if operation.is_of_runtime() {
            "bedrock"
        } else {
            "bedrock-control"
        };
        assert_eq!(operation.wire, format!("{prefix}/{kebab}"));
    }
}

#[tokio::test]
async fn a_request_is_not_read_unless_somebody_asks() {
    let backend = Fake::new(|_, _| Ok(Answer::Reply(Box::new(reply(Vec::new())))));
    let got = serve(&backend, "POST", "/model/m/converse", "no JSON at all").await;
    assert_eq!(got.status, 200);
}

#[tokio::test]
async fn a_model_id_is_decoded_once_and_may_hold_a_slash() {
    for (target, model) in [
        ("/model/openai%2Fgpt-4o/converse", "openai/gpt-4o"),
        ("/model/us.x.y-v1%3A0/converse", "us.x.y-v1:0"),
        ("/model/us.x.y-v1:0/converse", "us.x.y-v1:0"),
        ("/model/a%252Fb/converse", "a%2Fb"),
        (
            "/model/arn%3Aaws%3Abedrock%3A%3A%3Afoundation-model%2Fm/converse",
            "arn:aws:bedrock:::foundation-model/m",
        ),
        ("//model/m/converse", "m"),
    ] {
        let backend = Fake::reading();
        let got = serve(&backend, "POST", target, HELLO).await;
        assert_eq!(got.status, 200, "{target}: {}", got.text());
        assert_eq!(backend.asked()[0].model.as_deref(), Some(model));
    }
}

#[tokio::test]
async fn a_started_invocation_names_its_model_in_the_body() {
    let body = r#"{"modelId":"sandbox/m","modelInput":{"b":1.10,"a":2},"later":1}"#;
    let backend = Fake::new(|_, _| Ok(Answer::Count(0)));
    serve(&backend, "POST", "/async-invoke", body).await;
    let asked = backend.asked();
    assert_eq!(asked[0].model.as_deref(), Some("sandbox/m"));
    assert_eq!(asked[0].body, body);
}

#[tokio::test]
async fn a_started_invocation_without_a_model_goes_nowhere() {
    for (body, expected) in [
        ("{}", "ValidationException"),
        (r#"{"modelId":""}"#, "ValidationException"),
        (r#"{"modelId":null}"#, "ValidationException"),
        (r#"{"modelId":1}"#, "SerializationException"),
        ("[", "SerializationException"),
    ] {
        let cx = context();
        let backend = Fake::new(|_, _| Ok(Answer::Count(0)));
        let got = serve_in(&cx, &backend, "POST", "/async-invoke", body).await;
        let (status, name, message) = got.error();
        assert_eq!((status, name.as_str()), (400, expected), "{body}");
        assert!(message.contains("modelId") || body == "[", "{message}");
        assert!(backend.asked().is_empty());
        assert!(cx.observation.record().end.is_some());
    }
}

#[tokio::test]
async fn an_operation_that_can_only_be_relayed_has_no_neutral_form() {
    for operation in operations() {
        if matches!(
            operation.name,
            "Converse"
                | "ConverseStream"
                | "CountTokens"
                | "InvokeModel"
                | "InvokeModelWithResponseStream"
        ) {
            continue;
        }
        let backend = Fake::new(|_, call| {
            call.neutral()?;
            Ok(Answer::Count(0))
        });
        let got = serve(
            &backend,
            operation.method,
            &operation.target,
            operation.body,
        )
        .await;
        let (status, name, _) = got.error();
        let expected = if operation.is_of_runtime() {
            (400, "ValidationException")
        } else {
            (404, "UnknownOperationException")
        };
        assert_eq!((status, name.as_str()), expected, "{}", operation.name);
    }
}
