//! One request being served: the generated service traits, implemented over a backend.

use generated::control::{operation as control, service::BedrockControl};
use generated::runtime::{operation as runtime, service::BedrockRuntime};
use http::Response;
use llm::{Backend, Context, Error, Model, Op, Wire};
use rest_json::{BoxFuture, Operation, Undecoded};

use crate::body::Body;
use crate::form::{Asked, Form};
use crate::{answer, call, error, respond, wire};

/// A request's way to the backend.
pub(crate) struct Serving<'s> {
    backend: &'s dyn Backend,
    cx: &'s Context,
}

impl<'s> Serving<'s> {
    pub(crate) fn new(backend: &'s dyn Backend, cx: &'s Context) -> Self {
        Self { backend, cx }
    }

    /// Serves an operation whose content can be read into the neutral form. An answer has the form `unread` where nobody has
    /// read the request.
    fn translate<'a, O: Operation>(
        &'a self,
        op: Op,
        wire: Wire,
        request: Undecoded<O>,
        read: call::Read,
        unread: Option<Form>,
    ) -> BoxFuture<'a, Response<Body>> {
        let asked = Asked::new(op, O::NAME, unread, labelled(&request));
        self.call(asked, wire, request, read)
    }

    /// Serves an operation that can only be relayed.
    fn relay<'a, O: Operation>(
        &'a self,
        wire: Wire,
        model: Option<Model>,
        request: Undecoded<O>,
    ) -> BoxFuture<'a, Response<Body>> {
        let asked = Asked::new(Op::Other, O::NAME, None, model);
        self.call(asked, wire, request, |_| Err(error::not_served()))
    }

    fn call<'a, O: Operation>(
        &'a self,
        asked: Asked,
        wire: Wire,
        request: Undecoded<O>,
        read: call::Read,
    ) -> BoxFuture<'a, Response<Body>> {
        self.cx
            .observation
            .update(|record| record.operation = Some(O::NAME));
        let call = match call::new(&asked, wire, request, read) {
            Ok(call) => call,
            Err(fault) => return self.refused(O::NAME, &fault),
        };
        Box::pin(async move {
            let answer = self.backend.call(self.cx.clone(), call).await;
            answer::respond(self.cx, asked, answer).await
        })
    }

    fn refused<'a>(
        &'a self,
        operation: &'static str,
        fault: &Error,
    ) -> BoxFuture<'a, Response<Body>> {
        let response = respond::refusal(self.cx, Some(operation), fault);
        Box::pin(std::future::ready(response))
    }
}

/// The model id in the path; a label is never empty.
fn labelled<O: Operation>(request: &Undecoded<O>) -> Option<Model> {
    request.label("modelId").map(Model::new)
}

impl BedrockRuntime for Serving<'_> {
    type Answer = Response<Body>;

    fn not_served<'a>(
        &'a self,
        operation: &'static str,
        _request: rest_json::Request,
    ) -> BoxFuture<'a, Response<Body>> {
        self.refused(operation, &error::not_served())
    }

    fn converse<'a>(
        &'a self,
        request: Undecoded<runtime::Converse>,
    ) -> BoxFuture<'a, Response<Body>> {
        self.translate(
            Op::Chat,
            wire::CONVERSE,
            request,
            call::decode_converse,
            Some(Form::Converse(None)),
        )
    }

    fn converse_stream<'a>(
        &'a self,
        request: Undecoded<runtime::ConverseStream>,
    ) -> BoxFuture<'a, Response<Body>> {
        self.translate(
            Op::ChatStream,
            wire::CONVERSE_STREAM,
            request,
            call::decode_converse_stream,
            Some(Form::Converse(None)),
        )
    }

    fn count_tokens<'a>(
        &'a self,
        request: Undecoded<runtime::CountTokens>,
    ) -> BoxFuture<'a, Response<Body>> {
        self.translate(
            Op::Count,
            wire::COUNT_TOKENS,
            request,
            call::decode_count,
            None,
        )
    }

    fn invoke_model<'a>(
        &'a self,
        request: Undecoded<runtime::InvokeModel>,
    ) -> BoxFuture<'a, Response<Body>> {
        self.translate(
            Op::Chat,
            wire::INVOKE_MODEL,
            request,
            call::decode_invoke,
            None,
        )
    }

    fn invoke_model_with_response_stream<'a>(
        &'a self,
        request: Undecoded<runtime::InvokeModelWithResponseStream>,
    ) -> BoxFuture<'a, Response<Body>> {
        self.translate(
            Op::ChatStream,
            wire::INVOKE_MODEL_WITH_RESPONSE_STREAM,
            request,
            call::decode_invoke_stream,
            None,
        )
    }

    fn apply_guardrail<'a>(
        &'a self,
        request: Undecoded<runtime::ApplyGuardrail>,
    ) -> BoxFuture<'a, Response<Body>> {
        self.relay(wire::APPLY_GUARDRAIL, None, request)
    }

    fn invoke_guardrail_checks<'a>(
        &'a self,
        request: Undecoded<runtime::InvokeGuardrailChecks>,
    ) -> BoxFuture<'a, Response<Body>> {
        self.relay(wire::INVOKE_GUARDRAIL_CHECKS, None, request)
    }

    /// The one operation whose model id stands in its body.
    fn start_async_invoke<'a>(
        &'a self,
        request: Undecoded<runtime::StartAsyncInvoke>,
    ) -> BoxFuture<'a, Response<Body>> {
        let input = match request.decode() {
            Ok(input) => input,
            Err(rejection) => {
                return self.refused(
                    runtime::StartAsyncInvoke::NAME,
                    &error::malformed(&rejection),
                );
            }
        };
        // The relay leaves all constraints to the upstream but this one: without an id there is no upstream.
        let violations = input.check();
        let Some(id) = input.model_id.filter(|id| !id.is_empty()) else {
            return self.refused(
                runtime::StartAsyncInvoke::NAME,
                &error::invalid(violations.to_string()),
            );
        };
        self.relay(wire::START_ASYNC_INVOKE, Some(Model::new(id)), request)
    }

    fn get_async_invoke<'a>(
        &'a self,
        request: Undecoded<runtime::GetAsyncInvoke>,
    ) -> BoxFuture<'a, Response<Body>> {
        self.relay(wire::GET_ASYNC_INVOKE, None, request)
    }

    fn list_async_invokes<'a>(
        &'a self,
        request: Undecoded<runtime::ListAsyncInvokes>,
    ) -> BoxFuture<'a, Response<Body>> {
        self.relay(wire::LIST_ASYNC_INVOKES, None, request)
    }
}

impl BedrockControl for Serving<'_> {
    type Answer = Response<Body>;

    fn not_served<'a>(
        &'a self,
        operation: &'static str,
        _request: rest_json::Request,
    ) -> BoxFuture<'a, Response<Body>> {
        self.refused(operation, &error::not_served())
    }

    fn list_foundation_models<'a>(
        &'a self,
        request: Undecoded<control::ListFoundationModels>,
    ) -> BoxFuture<'a, Response<Body>> {
        self.relay(wire::LIST_FOUNDATION_MODELS, None, request)
    }

    fn get_foundation_model<'a>(
        &'a self,
        request: Undecoded<control::GetFoundationModel>,
    ) -> BoxFuture<'a, Response<Body>> {
        self.relay(wire::GET_FOUNDATION_MODEL, None, request)
    }

    fn list_inference_profiles<'a>(
        &'a self,
        request: Undecoded<control::ListInferenceProfiles>,
    ) -> BoxFuture<'a, Response<Body>> {
        self.relay(wire::LIST_INFERENCE_PROFILES, None, request)
    }

    fn get_inference_profile<'a>(
        &'a self,
        request: Undecoded<control::GetInferenceProfile>,
    ) -> BoxFuture<'a, Response<Body>> {
        self.relay(wire::GET_INFERENCE_PROFILE, None, request)
    }
}
