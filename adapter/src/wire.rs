//! The names of Bedrock's operations as wires, which the engine and the relaying provider compare and never read.

use llm::Wire;

/// `POST /guardrail/{id}/version/{version}/apply`.
pub(crate) const APPLY_GUARDRAIL: Wire = Wire("bedrock/apply-guardrail");
/// `POST /model/{modelId}/converse`.
pub(crate) const CONVERSE: Wire = Wire("bedrock/converse");
/// `POST /model/{modelId}/converse-stream`.
pub(crate) const CONVERSE_STREAM: Wire = Wire("bedrock/converse-stream");
/// `POST /model/{modelId}/count-tokens`.
pub(crate) const COUNT_TOKENS: Wire = Wire("bedrock/count-tokens");
/// `GET /async-invoke/{invocationArn}`.
pub(crate) const GET_ASYNC_INVOKE: Wire = Wire("bedrock/get-async-invoke");
/// `POST /guardrail-checks/invoke`.
pub(crate) const INVOKE_GUARDRAIL_CHECKS: Wire = Wire("bedrock/invoke-guardrail-checks");
/// `POST /model/{modelId}/invoke`.
pub(crate) const INVOKE_MODEL: Wire = Wire("bedrock/invoke-model");
/// `POST /model/{modelId}/invoke-with-response-stream`.
pub(crate) const INVOKE_MODEL_WITH_RESPONSE_STREAM: Wire =
    Wire("bedrock/invoke-model-with-response-stream");
/// `GET /async-invoke`.
pub(crate) const LIST_ASYNC_INVOKES: Wire = Wire("bedrock/list-async-invokes");
/// `POST /async-invoke`.
pub(crate) const START_ASYNC_INVOKE: Wire = Wire("bedrock/start-async-invoke");
/// `GET /foundation-models/{modelIdentifier}`.
pub(crate) const GET_FOUNDATION_MODEL: Wire = Wire("bedrock-control/get-foundation-model");
/// `GET /inference-profiles/{inferenceProfileIdentifier}`.
pub(crate) const GET_INFERENCE_PROFILE: Wire = Wire("bedrock-control/get-inference-profile");
/// `GET /foundation-models`.
pub(crate) const LIST_FOUNDATION_MODELS: Wire = Wire("bedrock-control/list-foundation-models");
/// `GET /inference-profiles`.
pub(crate) const LIST_INFERENCE_PROFILES: Wire = Wire("bedrock-control/list-inference-profiles");

/// Whether the body of an operation is a stream that ends only after its answer has begun, so that it must not be read first.
pub(crate) fn has_endless_body(operation: &str) -> bool {
    operation == <generated::runtime::operation::InvokeModelWithBidirectionalStream as rest_json::Operation>::NAME
}
