//! Typed values from the generated strategies: encode and decode give the value, and encode again the bytes.

use std::fmt::Debug;

use conformance_tests::codecs::{CONTROL, RUNTIME};
use generated::runtime::types::{ContentBlock, ConversationRole, Message};
use generated::{control, runtime};
use proptest::arbitrary::Arbitrary;
use proptest::prelude::any;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{TestCaseError, TestRunner};
use rest_json::{EventStream, FrameDecoder, InputStream, Operation, OutputStream, Router};

use crate::config;

const CASES: u32 = 96;

/// Runs `law` on so many values of `T`.
fn for_all<T: Arbitrary + Debug>(law: impl Fn(&T) -> Result<(), String>) {
    TestRunner::new(config(CASES))
        .run(&any::<T>(), |value| {
            law(&value).map_err(TestCaseError::fail)
        })
        .unwrap();
}

/// The service's router, which gives a request its labels.
fn inputs<O: Operation<Input: Arbitrary + Debug + PartialEq>>(router: &Router) {
    for_all::<O::Input>(|input| {
        let mut request = O::encode_request(input).map_err(|error| format!("encode: {error}"))?;
        let (index, labels) = router
            .match_route(&request.method, &request.target)
            .map_err(|error| format!("{}: {error}", request.target))?;
        same(&router.routes()[index].operation, &O::NAME)?;
        request.labels = labels;
        let decoded = O::decode_request(&request).map_err(|error| format!("decode: {error}"))?;
        same(&decoded, input)?;
        let again =
            O::encode_request(&decoded).map_err(|error| format!("encode again: {error}"))?;
        same(
            &(&again.target, &again.headers, &again.body),
            &(&request.target, &request.headers, &request.body),
        )
    });
}

fn outputs<O: Operation<Output: Arbitrary + Debug + PartialEq>>() {
    for_all::<O::Output>(|output| {
        let response = O::encode_response(output).map_err(|error| format!("encode: {error}"))?;
        same(&response.status.as_u16(), &O::STATUS)?;
        let decoded = O::decode_response(&response).map_err(|error| format!("decode: {error}"))?;
        same(&decoded, output)?;
        let again =
            O::encode_response(&decoded).map_err(|error| format!("encode again: {error}"))?;
        same(
            &(&again.headers, &again.body),
            &(&response.headers, &response.body),
        )
    });
}

fn errors<O: Operation<Error: Arbitrary + Debug + PartialEq>>() {
    for_all::<O::Error>(|error| {
        let response = O::encode_error(error).map_err(|error| format!("encode: {error}"))?;
        let decoded = O::decode_error(&response);
        same(&decoded, error)?;
        let again = O::encode_error(&decoded).map_err(|error| format!("encode again: {error}"))?;
        same(
            &(again.status, &again.headers, &again.body),
            &(response.status, &response.headers, &response.body),
        )
    });
}

fn events<E: EventStream + Arbitrary + Debug + PartialEq>() {
    for_all::<E>(|event| {
        let bytes = event
            .encode_frame()
            .map_err(|error| format!("encode: {error}"))?
            .encode()
            .map_err(|error| format!("frame: {error}"))?;
        let mut decoder = FrameDecoder::new(bytes.len());
        let frames = decoder
            .push(&bytes)
            .map_err(|error| format!("unframe: {error}"))?;
        let [frame] = frames.as_slice() else {
            return Err(format!("{} frames", frames.len()));
        };
        let decoded = E::decode_frame(frame).map_err(|error| format!("decode: {error}"))?;
        same(&decoded, event)?;
        let again = decoded
            .encode_frame()
            .map_err(|error| format!("encode again: {error}"))?;
        same(
            &again
                .encode()
                .map_err(|error| format!("frame again: {error}"))?,
            &bytes,
        )
    });
}

fn same<T: Debug + PartialEq>(found: &T, expected: &T) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("found {found:#?}\nexpected {expected:#?}"))
    }
}

/// One module of laws for each operation, and the list of them all.
macro_rules! laws {
    ($($module:ident: $service:ident::$operation:ident $(, input $input:ident)? $(, output $output:ident)?;)*) => {
        /// Every operation that has its laws here.
        const WITH_LAWS: &[&str] = &[$(<$service::operation::$operation as Operation>::NAME),*];

        $(mod $module {
            use super::*;
            use $service::operation::$operation;

            #[test]
            fn inputs_survive() {
                inputs::<$operation>(&$service::router::ROUTER);
            }

            #[test]
            fn outputs_survive() {
                outputs::<$operation>();
            }

            #[test]
            fn errors_survive() {
                errors::<$operation>();
            }

            $(#[test]
            fn input_events_survive() {
                events::<<$operation as $input>::Event>();
            })?

            $(#[test]
            fn output_events_survive() {
                events::<<$operation as $output>::Event>();
            })?
        })*
    };
}

laws! {
    apply_guardrail: runtime::ApplyGuardrail;
    converse: runtime::Converse;
    converse_stream: runtime::ConverseStream, output OutputStream;
    count_tokens: runtime::CountTokens;
    get_async_invoke: runtime::GetAsyncInvoke;
    invoke_guardrail_checks: runtime::InvokeGuardrailChecks;
    invoke_model: runtime::InvokeModel;
    invoke_model_with_bidirectional_stream: runtime::InvokeModelWithBidirectionalStream, input InputStream, output OutputStream;
    invoke_model_with_response_stream: runtime::InvokeModelWithResponseStream, output OutputStream;
    list_async_invokes: runtime::ListAsyncInvokes;
    start_async_invoke: runtime::StartAsyncInvoke;
    get_foundation_model: control::GetFoundationModel;
    get_inference_profile: control::GetInferenceProfile;
    list_foundation_models: control::ListFoundationModels;
    list_inference_profiles: control::ListInferenceProfiles;
}

/// The laws would say little about values without surprises.
#[test]
fn generated_values_carry_what_the_model_does_not_know() {
    let (mut members, mut roles, mut blocks, mut known) = (0, 0, 0, 0);
    let runner = &mut TestRunner::deterministic();
    for _ in 0..400 {
        let message = any::<Message>().new_tree(runner).unwrap().current();
        members += message.unknown.len();
        roles += usize::from(matches!(message.role, Some(ConversationRole::Unknown(_))));
        for block in message.content.unwrap_or_default() {
            match block {
                ContentBlock::Unknown { .. } => blocks += 1,
                _ => known += 1,
            }
        }
    }
    println!(
        "400 messages: {members} unknown members, {roles} unknown roles, {blocks} unknown blocks beside {known} known ones"
    );
    assert!(members > 20 && roles > 20 && blocks > 20 && known > 100);
}

#[test]
fn every_generated_operation_has_its_laws() {
    let routed: Vec<&str> = [runtime::router::ROUTER, control::router::ROUTER]
        .iter()
        .flat_map(|router| router.routes())
        .map(|route| route.operation)
        .collect();
    let tables: Vec<&str> = RUNTIME
        .iter()
        .chain(CONTROL)
        .map(|codec| codec.operation)
        .collect();
    for list in [&tables, &routed] {
        let (mut list, mut laws) = (list.clone(), WITH_LAWS.to_vec());
        list.sort_unstable();
        laws.sort_unstable();
        assert_eq!(list, laws);
    }
    assert_eq!((RUNTIME.len(), CONTROL.len()), (11, 4));
}
