//! Laws of every generated crate, as the text of a test file for it: what can be made up survives the wire.

use std::fmt::Write as _;

use codegen::ir::{HttpStructure, Location, Named, Service, names};

/// The path of the file in the crate's folder.
pub(crate) const PATH: &str = "tests/laws.rs";

/// The laws of the operations and event streams of these services, for the crate of this name.
pub(crate) fn text(crate_name: &str, services: &[Service]) -> String {
    let library = crate_name.replace('-', "_");
    let mut text = HEAD.to_owned();
    for service in services {
        let module = &service.module;
        writeln!(text, "mod {module}_laws {{\n    use super::*;\n    use {library}::{module}::{{operation, router, types}};").unwrap();
        for operation in &service.operations {
            let (name, snake) = (&operation.name, names::snake(&operation.name));
            writeln!(
                text,
                "    proptest! {{\n        #![proptest_config(config())]"
            )
            .unwrap();
            for (law, part, more) in [
                ("request", "Input", ", &router::ROUTER"),
                ("response", "Output", ""),
                ("error", "Error", ""),
            ] {
                let has_law = match part {
                    "Input" => reads_what_it_wrote(&operation.input),
                    "Output" => reads_what_it_wrote(&operation.output),
                    _ => !operation.errors.is_empty(),
                };
                if !has_law {
                    continue;
                }
                writeln!(text, "        #[test]\n        fn {snake}_{law}(value in any::<operation::{name}{part}>()) {{ {law}::<operation::{name}>(&value{more})?; }}").unwrap();
            }
            writeln!(text, "        #[test]\n        fn {snake}_never_panics(body in any::<Vec<u8>>()) {{ garbage::<operation::{name}>(body); }}").unwrap();
            writeln!(text, "    }}").unwrap();
        }
        for named in &service.types {
            if let Named::Stream(stream) = named {
                let (name, snake) = (&stream.name, names::snake(&stream.name));
                writeln!(
                    text,
                    "    proptest! {{\n        #![proptest_config(config())]"
                )
                .unwrap();
                writeln!(text, "        #[test]\n        fn {snake}_event(value in any::<types::{name}>()) {{ event(&value)?; }}").unwrap();
                writeln!(text, "    }}").unwrap();
            }
        }
        text.push_str("}\n");
    }
    text
}

/// A member that stands for all parameters or all headers reads the others' too, so it is not what was written.
fn reads_what_it_wrote(shape: &HttpStructure) -> bool {
    !shape.members.iter().any(|bound| match &bound.location {
        Location::QueryParams => true,
        Location::PrefixHeaders(prefix) => prefix.is_empty(),
        _ => false,
    })
}

const HEAD: &str = r#"//! Made-up values survive the wire.
#![cfg(feature = "arbitrary")]
#![allow(unused_imports, dead_code, reason = "not every model has events and errors")]

use std::fmt::Debug;

use rest_json::proptest::prelude::*;
use rest_json::proptest::test_runner::{Config, TestCaseError};
use rest_json::{EventStream, Frame, FrameDecoder, Operation, Request, Response, Router};

fn config() -> Config {
    Config { cases: 48, failure_persistence: None, ..Config::default() }
}

fn request<O: Operation>(value: &O::Input, router: &Router) -> Result<(), TestCaseError>
where
    O::Input: Debug + PartialEq,
{
    let mut request = O::encode_request(value).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let sent = request.clone();
    let (index, labels) = router.match_route(&request.method, &request.target).map_err(|error| TestCaseError::fail(format!("{}: {error}", request.target)))?;
    prop_assert_eq!(router.routes()[index].operation, O::NAME);
    request.labels = labels;
    let back = O::decode_request(&request).map_err(|error| TestCaseError::fail(format!("{sent:?}: {error}")))?;
    prop_assert_eq!(&back, value, "by {:?}", sent);
    let again = O::encode_request(&back).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!((&again.target, &again.headers, &again.body), (&sent.target, &sent.headers, &sent.body));
    Ok(())
}

fn response<O: Operation>(value: &O::Output) -> Result<(), TestCaseError>
where
    O::Output: Debug + PartialEq,
{
    let response = O::encode_response(value).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let back = O::decode_response(&response).map_err(|error| TestCaseError::fail(format!("{response:?}: {error}")))?;
    prop_assert_eq!(&back, value, "by {:?}", response);
    Ok(())
}

fn error<O: Operation>(value: &O::Error) -> Result<(), TestCaseError>
where
    O::Error: Debug + PartialEq,
{
    let response = O::encode_error(value).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(&O::decode_error(&response), value, "by {:?}", response);
    Ok(())
}

fn event<E: EventStream + Debug + PartialEq>(value: &E) -> Result<(), TestCaseError> {
    let frame = value.encode_frame().map_err(|error| TestCaseError::fail(error.to_string()))?;
    let bytes = frame.encode().map_err(|error| TestCaseError::fail(error.to_string()))?;
    let frames = FrameDecoder::new(1 << 24).push(&bytes).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(&frames, &[frame]);
    let back = E::decode_frame(&frames[0]).map_err(|error| TestCaseError::fail(format!("{frames:?}: {error}")))?;
    prop_assert_eq!(&back, value);
    Ok(())
}

fn garbage<O: Operation>(body: Vec<u8>) {
    let mut request = Request::new(rest_json::http::Method::POST, String::new());
    request.body = body.clone().into();
    let _ = O::decode_request(&request);
    let mut response = Response::new(200).unwrap();
    response.body = body.into();
    let _ = O::decode_response(&response);
    let _ = O::decode_error(&response);
}

"#;
