//! What servers say when they fail, row by row: the bodies are those of their documentation and of reports about them.

use dialects::openai_chat::decode_fault;
use llm::Kind;

#[track_caller]
fn check(status: u16, body: &str, kind: Kind) {
    let fault = decode_fault(status, body.as_bytes());
    assert_eq!(fault.kind, kind, "{status} {body}: {fault:?}");
}

#[test]
fn openai() {
    let error = |code: &str, kind: &str, text: &str| {
        format!(r#"{{"error":{{"message":"{text}","type":"{kind}","param":null,"code":{code}}}}}"#)
    };
    for (status, body, kind) in [
        (
            400,
            error(
                "\"context_length_exceeded\"",
                "invalid_request_error",
                "This model's maximum context length is 8192 tokens.",
            ),
            Kind::ContextTooLong,
        ),
        (
            400,
            error(
                "\"string_above_max_length\"",
                "invalid_request_error",
                "too long",
            ),
            Kind::ContextTooLong,
        ),
        (
            400,
            error("null", "invalid_request_error", "bad"),
            Kind::InvalidRequest,
        ),
        (
            400,
            error(
                "\"content_policy_violation\"",
                "invalid_request_error",
                "no",
            ),
            Kind::ContentBlocked,
        ),
        (
            401,
            error("\"invalid_api_key\"", "invalid_request_error", "no"),
            Kind::AuthUpstream,
        ),
        (
            403,
            error(
                "\"unsupported_country_region_territory\"",
                "request_forbidden",
                "no",
            ),
            Kind::PermissionUpstream,
        ),
        (
            404,
            error("\"model_not_found\"", "invalid_request_error", "no"),
            Kind::ModelNotFound,
        ),
        (
            429,
            error("\"rate_limit_exceeded\"", "tokens", "Rate limit reached"),
            Kind::TokenRateLimited,
        ),
        (
            429,
            error("\"rate_limit_exceeded\"", "requests", "Rate limit reached"),
            Kind::RateLimited,
        ),
        (
            429,
            error(
                "\"insufficient_quota\"",
                "insufficient_quota",
                "You exceeded your current quota",
            ),
            Kind::QuotaExhausted,
        ),
        (
            429,
            error("\"billing_hard_limit_reached\"", "x", "no"),
            Kind::QuotaExhausted,
        ),
        (
            500,
            error("null", "server_error", "The server had an error"),
            Kind::UpstreamInternal,
        ),
        (
            503,
            error("null", "server_error", "The engine is currently overloaded"),
            Kind::Overloaded,
        ),
        (
            503,
            error("null", "server_error", "Slow Down"),
            Kind::Overloaded,
        ),
    ] {
        check(status, &body, kind);
    }
}

#[test]
fn azure() {
    let filtered = r#"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{}}}}"#;
    check(400, filtered, Kind::ContentBlocked);
    check(
        404,
        r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#,
        Kind::ModelNotFound,
    );
    check(
        401,
        r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key."}}"#,
        Kind::AuthUpstream,
    );
    check(
        429,
        r#"{"error":{"code":"429","message":"Requests have exceeded token rate limit of your current pricing tier."}}"#,
        Kind::TokenRateLimited,
    );
    check(
        408,
        r#"{"error":{"code":"Timeout","message":"The operation was timeout."}}"#,
        Kind::Timeout,
    );
    check(
        424,
        r#"{"error":{"code":"x","message":"content filter unavailable"}}"#,
        Kind::UpstreamInternal,
    );
}

#[test]
fn groq() {
    check(
        413,
        r#"{"error":{"message":"Request too large for model on tokens per minute (TPM)","type":"tokens","code":"rate_limit_exceeded"}}"#,
        Kind::TokenRateLimited,
    );
    check(
        413,
        r#"{"error":{"message":"Request Entity Too Large","type":"invalid_request_error","code":"request_too_large"}}"#,
        Kind::BodyTooLarge,
    );
    check(
        498,
        r#"{"error":{"message":"Flex tier capacity exceeded","code":"capacity_exceeded"}}"#,
        Kind::Overloaded,
    );
    check(
        400,
        r#"{"error":{"message":"Failed to generate JSON","code":"json_validate_failed","failed_generation":"x"}}"#,
        Kind::OutputMalformed,
    );
    check(
        400,
        r#"{"error":{"message":"Failed to call a function","code":"tool_use_failed","failed_generation":"x"}}"#,
        Kind::ToolCallMalformed,
    );
}

#[test]
fn together_and_deepseek() {
    check(
        403,
        r#"{"error":{"message":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 5000 `inputs` tokens","type":"invalid_request_error","code":null}}"#,
        Kind::ContextTooLong,
    );
    check(
        403,
        r#"{"error":{"message":"You are not allowed here","type":"forbidden","code":null}}"#,
        Kind::PermissionUpstream,
    );
    check(
        402,
        r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","code":"invalid_request_error"}}"#,
        Kind::QuotaExhausted,
    );
    check(
        422,
        r#"{"error":{"message":"Invalid Parameters","type":"invalid_request_error","code":"x"}}"#,
        Kind::InvalidRequest,
    );
    check(
        503,
        r#"{"error":{"message":"Server Overloaded"}}"#,
        Kind::Overloaded,
    );
    check(529, r#"{"error":{"message":"busy"}}"#, Kind::Overloaded);
}

#[test]
fn xai() {
    check(
        400,
        r#"{"code":"Client specified an invalid argument","error":"This model's maximum prompt length is 131072 but the request contains 200000 tokens."}"#,
        Kind::ContextTooLong,
    );
    check(
        400,
        r#"{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***"}"#,
        Kind::AuthUpstream,
    );
    check(
        403,
        r#"{"code":"The caller does not have permission to execute the specified operation","error":"Your newly created team doesn't have any credits yet."}"#,
        Kind::QuotaExhausted,
    );
    check(
        403,
        r#"{"code":"x","error":"Your API key is blocked."}"#,
        Kind::PermissionUpstream,
    );
    check(
        429,
        r#"{"code":"Some resource has been exhausted","error":"Too many requests"}"#,
        Kind::RateLimited,
    );
    let fault = decode_fault(400, br#"{"code":"c","error":"words"}"#);
    assert_eq!(
        (fault.message.as_str(), fault.code.as_deref()),
        ("words", Some("c"))
    );
}

#[test]
fn openrouter_whose_code_wins_over_the_status() {
    check(
        200,
        r#"{"error":{"code":429,"message":"Rate limit exceeded"}}"#,
        Kind::RateLimited,
    );
    check(
        400,
        r#"{"error":{"code":402,"message":"Insufficient credits"}}"#,
        Kind::QuotaExhausted,
    );
    check(
        200,
        r#"{"error":{"code":403,"message":"Your input was flagged","metadata":{"reasons":[]}}}"#,
        Kind::ContentBlocked,
    );
    check(
        200,
        r#"{"error":{"code":408,"message":"timed out"}}"#,
        Kind::Timeout,
    );
    check(
        200,
        r#"{"error":{"code":502,"message":"down"}}"#,
        Kind::Overloaded,
    );
    let inner = r#"{"error":{"code":400,"message":"Provider returned error","metadata":{"provider_name":"X","raw":"{\"error\":{\"message\":\"prompt is too long: 9 tokens\"}}"}}}"#;
    check(200, inner, Kind::ContextTooLong);
    let message = decode_fault(200, inner.as_bytes()).message;
    assert_eq!(
        message,
        "Provider returned error: prompt is too long: 9 tokens"
    );
}

#[test]
fn vllm_llama_cpp_and_ollama() {
    check(
        400,
        r#"{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens","type":"BadRequestError","param":null,"code":400}"#,
        Kind::ContextTooLong,
    );
    check(
        500,
        r#"{"object":"error","message":"EngineDeadError: EngineCore encountered an issue","type":"InternalServerError","code":500}"#,
        Kind::Overloaded,
    );
    check(
        400,
        r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_ctx":4096}}"#,
        Kind::ContextTooLong,
    );
    check(
        500,
        r#"{"error":{"code":500,"message":"Context size has been exceeded.","type":"server_error"}}"#,
        Kind::ContextTooLong,
    );
    check(
        503,
        r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
        Kind::ModelLoading,
    );
    check(
        500,
        r#"{"error":{"code":500,"message":"Jinja Exception: Conversation roles must alternate","type":"server_error"}}"#,
        Kind::InvalidRequest,
    );
    check(
        404,
        r#"{"error":"model \"x\" not found, try pulling it first"}"#,
        Kind::ModelNotFound,
    );
    check(
        400,
        r#"{"error":"registry.ollama.ai/library/x does not support tools"}"#,
        Kind::UnsupportedFeature,
    );
}

#[test]
fn shapes_that_nobody_documents_are_read_as_far_as_they_go() {
    for (body, text) in [
        (r#"{"message":"a"}"#, "a"),
        (r#"{"detail":"a"}"#, "a"),
        (r#"{"detail":[{"msg":"a"}]}"#, r#"[{"msg":"a"}]"#),
        (r#""a""#, "a"),
        (r#"[{"error":{"message":"a"}}]"#, "a"),
        (r#"{"error":{"error":{"message":"a"}}}"#, "a"),
        ("a", "a"),
    ] {
        let fault = decode_fault(400, body.as_bytes());
        assert_eq!(
            (fault.kind, fault.message.as_str()),
            (Kind::InvalidRequest, text),
            "{body}"
        );
    }
}

#[test]
fn what_is_not_json_is_judged_by_its_status() {
    let page = "<html><body>503 Service Temporarily Unavailable</body></html>";
    check(503, page, Kind::Overloaded);
    check(502, page, Kind::Overloaded);
    check(500, page, Kind::UpstreamInternal);
    check(429, page, Kind::RateLimited);
    check(404, page, Kind::Protocol);
    check(200, page, Kind::Protocol);
    check(400, "Bad Request", Kind::InvalidRequest);
    check(401, "Unauthorized", Kind::AuthUpstream);
    check(405, "", Kind::Protocol);
    let fault = decode_fault(404, page.as_bytes());
    assert_eq!(
        fault.message,
        "The model provider answered with status 404 and no message."
    );
}

#[test]
fn every_status_has_a_kind() {
    for (status, kind) in [
        (400, Kind::InvalidRequest),
        (401, Kind::AuthUpstream),
        (402, Kind::QuotaExhausted),
        (403, Kind::PermissionUpstream),
        (404, Kind::ModelNotFound),
        (405, Kind::Protocol),
        (408, Kind::Timeout),
        (409, Kind::Protocol),
        (413, Kind::BodyTooLarge),
        (415, Kind::Protocol),
        (418, Kind::Protocol),
        (422, Kind::InvalidRequest),
        (429, Kind::RateLimited),
        (499, Kind::Interrupted),
        (500, Kind::UpstreamInternal),
        (501, Kind::UpstreamInternal),
        (503, Kind::Overloaded),
        (504, Kind::Timeout),
        (520, Kind::UpstreamInternal),
        (599, Kind::UpstreamInternal),
    ] {
        check(
            status,
            r#"{"error":{"message":"words that mean nothing"}}"#,
            kind,
        );
    }
}

#[test]
fn a_text_without_end_is_cut() {
    let body = format!(r#"{{"error":{{"message":"{}"}}}}"#, "é".repeat(100_000));
    let fault = decode_fault(400, body.as_bytes());
    assert_eq!(fault.message.chars().count(), 4096);
}
