//! Errors told by answers, bodies set and read, and the texts of our own errors.
#![cfg(test)]

use http::{Method, StatusCode};
use rest_json::error::plain_name;
use rest_json::operation::{JSON, read_bytes, read_text, request_reader, response_reader};
use rest_json::{
    Bytes, EncodeError, ErrorHead, FrameError, Labels, Operation, Rejection, Request, Response,
    Undecoded, Unhandled, Writer,
};

fn answer(header: Option<&'static str>, body: &'static str) -> Response {
    let mut response = Response::new(400).unwrap();
    if let Some(header) = header {
        response
            .headers
            .insert("X-Amzn-Errortype", header.parse().unwrap());
    }
    response.body = Bytes::from_static(body.as_bytes());
    response
}

fn check_head(
    header: Option<&'static str>,
    body: &'static str,
    code: Option<&str>,
    message: Option<&str>,
) {
    let ErrorHead {
        code: found,
        message: text,
    } = ErrorHead::of(&answer(header, body));
    assert_eq!(
        (found.as_deref(), text.as_deref()),
        (code, message),
        "{header:?} {body}"
    );
}

#[test]
fn the_error_is_named_by_the_header_or_else_by_the_body() {
    let named = Some("FooError");
    for header in [
        "FooError",
        "FooError:http://internal.amazon.com/coral/com.amazon.coral.validate/",
        "aws.protocoltests.restjson#FooError",
        "aws.protocoltests.restjson#FooError:http://internal.amazon.com/coral/com.amazon.coral.validate/",
    ] {
        check_head(Some(header), "", named, None);
        assert_eq!(plain_name(header), "FooError");
    }
    check_head(
        Some("FooError"),
        r#"{"__type":"Other","code":"Another","message":"m"}"#,
        named,
        Some("m"),
    );
    for body in [
        r#"{"code":"FooError"}"#,
        r#"{"__type":"FooError"}"#,
        r#"{"code":"Other","__type":"aws.protocoltests.restjson#FooError"}"#,
        r#"{"__type":"aws.protocoltests.restjson#FooError:http://internal.amazon.com/","ErrorDetails":[{"__type":"x"}]}"#,
        r#"{"code":"aws.protocoltests.restjson#FooError","n":1}"#,
    ] {
        check_head(None, body, named, None);
    }
}

#[test]
fn the_message_has_either_spelling() {
    check_head(None, r#"{"message":"a\nb"}"#, None, Some("a\nb"));
    check_head(None, r#"{"Message":"Hi"}"#, None, Some("Hi"));
    check_head(None, r#"{"Message":"Hi","message":"ho"}"#, None, Some("ho"));
    check_head(None, r#"{"message":"ho","Message":"Hi"}"#, None, Some("ho"));
    check_head(None, r#"{"message":null}"#, None, None);
    check_head(None, r#"{"message":{"a":1}}"#, None, None);
}

#[test]
fn a_body_that_is_no_json_object_says_nothing() {
    for body in ["", "<html>", "[]", "null", "\"message\"", "{"] {
        check_head(Some("FooError"), body, Some("FooError"), None);
        check_head(None, body, None, None);
    }
    check_head(Some(""), "{}", None, None);
    check_head(None, r#"{"message":"kept","broken""#, None, Some("kept"));
}

#[test]
fn an_unhandled_error_is_written_as_it_was_read() {
    let unhandled = Unhandled::of(&answer(Some("ns#FooError:x"), r#"{"message":"m"}"#));
    assert_eq!(unhandled.status, StatusCode::BAD_REQUEST);
    let response = unhandled.encode().unwrap();
    assert_eq!(response.body, r#"{"message":"m"}"#);
    assert_eq!(
        response.headers.get("x-amzn-errortype").unwrap(),
        "FooError"
    );
    assert_eq!(Unhandled::of(&response), unhandled);
}

#[test]
fn a_body_brings_its_content_type_unless_a_member_has_set_one() {
    let mut request = Request::new(Method::POST, "/x".to_owned());
    request.set_body("application/octet-stream", "bytes");
    assert_eq!(
        request.headers.get("content-type").unwrap(),
        "application/octet-stream"
    );
    let mut request = Request::new(Method::POST, "/x".to_owned());
    request
        .headers
        .insert("content-type", "image/jpeg".parse().unwrap());
    request.set_body("application/octet-stream", "bytes");
    assert_eq!(request.headers.get("content-type").unwrap(), "image/jpeg");
    let mut writer = Writer::new();
    writer.boolean(true);
    let response = Response::json(StatusCode::OK, writer);
    assert_eq!(response.headers.get("content-type").unwrap(), JSON);
    assert_eq!(response.body, "true");
    assert!(matches!(Response::new(99), Err(EncodeError::Status)));
}

#[test]
fn an_empty_body_is_absent() {
    let empty = Bytes::new();
    assert!(request_reader(&empty).unwrap().is_none());
    assert!(response_reader(&empty).unwrap().is_none());
    assert_eq!(read_text(&empty), Ok(None));
    assert_eq!(read_bytes(&empty), None);
    let bytes = Bytes::from_static(b"\xff");
    assert!(matches!(request_reader(&bytes), Err(Rejection::Body(_))));
    assert_eq!(read_text(&bytes), Err(Rejection::Text));
    assert_eq!(read_bytes(&bytes), Some(bytes));
    let text = Bytes::from_static(b"{}");
    assert!(!request_reader(&text).unwrap().unwrap().is_answer());
    assert!(response_reader(&text).unwrap().unwrap().is_answer());
    assert_eq!(read_text(&text), Ok(Some("{}".to_owned())));
}

#[test]
fn errors_are_one_lower_case_clause() {
    for (text, expected) in [
        (
            Rejection::Label { name: "modelId" }.to_string(),
            "modelId: the label of the path is not a valid value",
        ),
        (
            Rejection::Header { name: "X-Foo" }.to_string(),
            "X-Foo: the header is not a valid value",
        ),
        (
            Rejection::Query { name: "maxResults" }.to_string(),
            "maxResults: the query parameter is not a valid value",
        ),
        (
            Rejection::from(FrameError::Checksum).to_string(),
            "the checksum of a frame does not fit",
        ),
        (
            EncodeError::Label { name: "modelId" }.to_string(),
            "modelId: the value cannot be a label of the path",
        ),
        (
            rest_json::DecodeError::union(2)
                .within("source")
                .at_index(3)
                .within("content")
                .to_string(),
            "content.3.source: expected a union with exactly one member, found 2",
        ),
    ] {
        assert_eq!(text, expected);
    }
}

struct Echo;

impl Operation for Echo {
    const NAME: &'static str = "Echo";
    const METHOD: &'static str = "GET";
    const URI: &'static str = "/echo/{n}";
    const STATUS: u16 = 200;
    type Input = Option<i32>;
    type Output = ();
    type Error = Unhandled;

    fn decode_request(request: &Request) -> Result<Self::Input, Rejection> {
        request.label("n")
    }

    fn encode_request(_: &Self::Input) -> Result<Request, EncodeError> {
        Ok(Request::new(Method::GET, "/echo/1".to_owned()))
    }

    fn decode_response(_: &Response) -> Result<Self::Output, Rejection> {
        Ok(())
    }

    fn encode_response((): &Self::Output) -> Result<Response, EncodeError> {
        Response::new(Self::STATUS)
    }

    fn decode_error(response: &Response) -> Self::Error {
        Unhandled::of(response)
    }

    fn encode_error(error: &Self::Error) -> Result<Response, EncodeError> {
        error.encode()
    }
}

#[test]
fn a_request_is_decoded_when_somebody_asks() {
    let with = |labels: Labels| {
        let mut request = Echo::encode_request(&None).unwrap();
        request.labels = labels;
        Undecoded::<Echo>::new(request)
    };
    let undecoded = with([("n", "17".to_owned())].into_iter().collect());
    assert_eq!(undecoded.label("n"), Some("17"));
    assert_eq!(undecoded.decode(), Ok(Some(17)));
    assert_eq!(undecoded.request().method, Method::GET);
    assert_eq!(undecoded.into_request().target, "/echo/1");
    let bad = with([("n", "x".to_owned())].into_iter().collect());
    assert_eq!(bad.decode(), Err(Rejection::Label { name: "n" }));
    assert_eq!(
        with(Labels::default()).decode(),
        Err(Rejection::Label { name: "n" })
    );
    assert_eq!(format!("{bad:?}"), "Undecoded { operation: \"Echo\", .. }");
}
