//! The errors that OpenAI and Anthropic document, and some that only their servers are known to give, with what each must be
//! before a client of Bedrock.
//!
//! From OpenAI's guide (error codes) and Anthropic's API reference (errors); texts as their users report them.

use crate::stage::Provider::{self, Anthropic, OpenAi};

/// One answer of a provider, and what the client sees.
pub(super) struct Row {
    pub(super) provider: Provider,
    pub(super) status: u16,
    pub(super) headers: &'static [(&'static str, &'static str)],
    /// `{KEY}` stands for the gateway's own key.
    pub(super) body: &'static str,
    /// None: an answer that a content filter has ended.
    pub(super) expect: Option<Expect>,
}

/// The exception that a client sees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expect {
    pub(super) status: u16,
    pub(super) exception: &'static str,
    pub(super) message: &'static str,
    /// `Retry-After` and `x-amz-retry-after`.
    pub(super) retry: Option<(&'static str, &'static str)>,
    /// The provider's status, where the exception tells it.
    pub(super) original: Option<u16>,
}

const fn expect(status: u16, exception: &'static str, message: &'static str) -> Expect {
    Expect {
        status,
        exception,
        message,
        retry: None,
        original: None,
    }
}

impl Expect {
    const fn after(self, secs: &'static str, millis: &'static str) -> Self {
        Self {
            retry: Some((secs, millis)),
            ..self
        }
    }

    const fn of(self, original: u16) -> Self {
        Self {
            original: Some(original),
            ..self
        }
    }
}

const fn row(
    provider: Provider,
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    expect: Expect,
) -> Row {
    Row {
        provider,
        status,
        headers,
        body,
        expect: Some(expect),
    }
}

const fn filtered(provider: Provider, body: &'static str) -> Row {
    Row {
        provider,
        status: 400,
        headers: &[],
        body,
        expect: None,
    }
}

const VALIDATION: &str = "ValidationException";
const MODEL_ERROR: &str = "ModelErrorException";
const NOT_FOUND: &str = "ResourceNotFoundException";
const THROTTLING: &str = "ThrottlingException";
const INTERNAL: &str = "InternalServerException";
const UNAVAILABLE: &str = "ServiceUnavailableException";
const TIMEOUT: &str = "ModelTimeoutException";

const REQUESTS: &str = "Too many requests, please wait before trying again.";
const TOKENS: &str = "Too many tokens, please wait before trying again.";
const AUTHORITY: &str = "The gateway could not authenticate to the model provider.";
const QUOTA: &str = "The quota at the model provider is exhausted.";
const SLOW: &str = "The request took too long to process.";
const PROTOCOL: &str = "The model provider gave an answer that is not of its protocol.";

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    // What the caller can put right.
    row(Anthropic, 400, &[],
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: 999999 > 64000, which is the maximum allowed number of output tokens"},"request_id":"req_1"}"#,
        expect(400, VALIDATION, "The model returned the following errors: max_tokens: 999999 > 64000, which is the maximum allowed number of output tokens")),
    row(OpenAi, 400, &[],
        r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#,
        expect(400, VALIDATION, "The model returned the following errors: Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.")),
    row(OpenAi, 400, &[],
        r#"{"error":{"message":"Invalid value: 'tool'. Supported values are: 'system', 'assistant' and 'user'.","type":"invalid_request_error","param":"messages[0].role","code":"invalid_value"}}"#,
        expect(400, VALIDATION, "The model returned the following errors: Invalid value: 'tool'. Supported values are: 'system', 'assistant' and 'user'.")),
    row(OpenAi, 400, &[],
        r#"{"error":{"message":"Invalid schema for function 'f': schema must be a JSON Schema of 'type: \"object\"', got 'type: \"None\"'.","type":"invalid_request_error","param":"tools[0].function.parameters","code":"invalid_function_parameters"}}"#,
        expect(400, VALIDATION, "The model returned the following errors: Invalid schema for function 'f': schema must be a JSON Schema of 'type: \"object\"', got 'type: \"None\"'.")),
    row(OpenAi, 400, &[],
        r#"{"error":{"message":"We could not parse the image you sent.","type":"invalid_request_error","param":null,"code":"image_parse_error"}}"#,
        expect(400, VALIDATION, "The model returned the following errors: We could not parse the image you sent.")),
    // Too long for the model's window, in the words that agents look for to cut their history.
    row(Anthropic, 400, &[],
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 208310 tokens > 200000 maximum"}}"#,
        expect(400, VALIDATION, "Input is too long for requested model. (prompt is too long: 208310 tokens > 200000 maximum)")),
    row(Anthropic, 400, &[],
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again"}}"#,
        expect(400, VALIDATION, "Input is too long for requested model. (input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again)")),
    row(OpenAi, 400, &[],
        r#"{"error":{"message":"This model's maximum context length is 128000 tokens. However, your messages resulted in 140339 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#,
        expect(400, VALIDATION, "Input is too long for requested model. (This model's maximum context length is 128000 tokens. However, your messages resulted in 140339 tokens. Please reduce the length of the messages.)")),
    row(OpenAi, 400, &[],
        r#"{"error":{"message":"Invalid 'messages[1].content': string too long. Expected a string with maximum length 10485760, but got a string with length 10500000 instead.","type":"invalid_request_error","param":"messages[1].content","code":"string_above_max_length"}}"#,
        expect(400, VALIDATION, "Input is too long for requested model. (Invalid 'messages[1].content': string too long. Expected a string with maximum length 10485760, but got a string with length 10500000 instead.)")),
    row(Anthropic, 413, &[],
        r#"{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum allowed number of bytes."}}"#,
        expect(400, VALIDATION, "Request exceeds the maximum allowed number of bytes.")),
    // A content filter refused the prompt: an answer, not an error.
    filtered(Anthropic, r#"{"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}"#),
    filtered(OpenAi, r#"{"error":{"message":"Your request was rejected as a result of our safety system.","type":"invalid_request_error","param":null,"code":"content_policy_violation"}}"#),
    filtered(OpenAi, r#"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#),
    // The gateway's own account, which is no business of the caller's.
    row(Anthropic, 401, &[],
        r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key {KEY}"}}"#,
        expect(424, MODEL_ERROR, AUTHORITY).of(401)),
    row(OpenAi, 401, &[],
        r#"{"error":{"message":"Incorrect API key provided: sk-proj-1234567890abcdef. You can find your API key at https://platform.openai.com/account/api-keys.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
        expect(424, MODEL_ERROR, AUTHORITY).of(401)),
    row(OpenAi, 401, &[],
        r#"{"error":{"message":"You must be a member of an organization to use the API","type":"invalid_request_error","param":null,"code":null}}"#,
        expect(424, MODEL_ERROR, AUTHORITY).of(401)),
    row(Anthropic, 403, &[],
        r#"{"type":"error","error":{"type":"permission_error","message":"Your API key does not have permission to use the specified resource."}}"#,
        expect(424, MODEL_ERROR, AUTHORITY).of(403)),
    row(OpenAi, 403, &[],
        r#"{"error":{"code":"unsupported_country_region_territory","message":"Country, region, or territory not supported","param":null,"type":"request_forbidden"}}"#,
        expect(424, MODEL_ERROR, AUTHORITY).of(403)),
    row(Anthropic, 402, &[],
        r#"{"type":"error","error":{"type":"billing_error","message":"There is an issue with your billing or payment information."}}"#,
        expect(424, MODEL_ERROR, QUOTA).of(402)),
    row(Anthropic, 400, &[],
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."}}"#,
        expect(424, MODEL_ERROR, QUOTA).of(400)),
    row(OpenAi, 429, &[],
        r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
        expect(424, MODEL_ERROR, QUOTA).of(429)),
    row(OpenAi, 429, &[],
        r#"{"error":{"message":"Billing hard limit has been reached","type":"invalid_request_error","param":null,"code":"billing_hard_limit_reached"}}"#,
        expect(424, MODEL_ERROR, QUOTA).of(429)),
    // Known to the gateway's configuration, not to the provider.
    row(Anthropic, 404, &[],
        r#"{"type":"error","error":{"type":"not_found_error","message":"model: claude-sonnet-4-20250514"}}"#,
        expect(404, NOT_FOUND, "Could not resolve the foundation model from the provided model identifier. (model: claude-sonnet-4-20250514)")),
    row(OpenAi, 404, &[],
        r#"{"error":{"message":"The model `gpt-4.1` does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
        expect(404, NOT_FOUND, "Could not resolve the foundation model from the provided model identifier. (The model `gpt-4.1` does not exist or you do not have access to it.)")),
    // Waiting helps.
    row(Anthropic, 429, &[("retry-after", "7")],
        r#"{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit of 50 requests per minute."}}"#,
        expect(429, THROTTLING, REQUESTS).after("7", "7000")),
    row(Anthropic, 429, &[],
        r#"{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed the rate limit for your organization (org-0123456789abcdef) of 40,000 input tokens per minute."}}"#,
        expect(429, THROTTLING, TOKENS)),
    row(OpenAi, 429, &[("retry-after", "9"), ("retry-after-ms", "1500")],
        r#"{"error":{"message":"Rate limit reached for gpt-4.1 in organization org-AbCdEfGh1234567890 on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#,
        expect(429, THROTTLING, REQUESTS).after("2", "1500")),
    row(OpenAi, 429, &[("x-ratelimit-reset-requests", "20s"), ("x-ratelimit-reset-tokens", "1m2.5s")],
        r#"{"error":{"message":"Rate limit reached for gpt-4.1 in organization org-AbCdEfGh1234567890 on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000. Please try again in 2s.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
        expect(429, THROTTLING, TOKENS).after("63", "62500")),
    row(Anthropic, 529, &[],
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
        expect(503, UNAVAILABLE, "Overloaded")),
    row(OpenAi, 503, &[("retry-after", "3")],
        r#"{"error":{"message":"The engine is currently overloaded, please try again later","type":"server_error","param":null,"code":null}}"#,
        expect(503, UNAVAILABLE, "The engine is currently overloaded, please try again later").after("3", "3000")),
    row(OpenAi, 503, &[],
        r#"{"error":{"message":"Slow Down","type":"server_error","param":null,"code":null}}"#,
        expect(503, UNAVAILABLE, "Slow Down")),
    row(Anthropic, 500, &[("request-id", "req_011CSHoEeqs5C35K2UUqR7Fy")],
        r#"{"type":"error","error":{"type":"api_error","message":"Internal server error at worker {KEY}"}}"#,
        expect(500, INTERNAL, "The model provider failed. Its id of the request: req_011CSHoEeqs5C35K2UUqR7Fy")),
    row(OpenAi, 500, &[("x-request-id", "req_5d1b8e2f")],
        r#"{"error":{"message":"The server had an error while processing your request. Sorry about that!","type":"server_error","param":null,"code":null}}"#,
        expect(500, INTERNAL, "The model provider failed. Its id of the request: req_5d1b8e2f")),
    // Waiting was in vain.
    row(Anthropic, 504, &[],
        r#"{"type":"error","error":{"type":"timeout_error","message":"Request timed out. Try streaming."}}"#,
        expect(408, TIMEOUT, SLOW)),
    row(OpenAi, 408, &[],
        r#"{"error":{"message":"Request timed out.","type":"timeout","param":null,"code":null}}"#,
        expect(408, TIMEOUT, SLOW)),
    // Nothing that the protocol has.
    row(Anthropic, 405, &[], r#"{"type":"error","error":{"message":"Method Not Allowed"}}"#, expect(424, MODEL_ERROR, PROTOCOL).of(405)),
    row(OpenAi, 409, &[], r#"{"error":{"message":"Conflict","type":"conflict","param":null,"code":null}}"#, expect(424, MODEL_ERROR, PROTOCOL).of(409)),
    row(OpenAi, 404, &[], "<html><body>nginx at 10.0.0.1</body></html>", expect(424, MODEL_ERROR, PROTOCOL).of(404)),
    row(Anthropic, 302, &[("location", "http://10.0.0.1/login")], "<html><body>login</body></html>", expect(424, MODEL_ERROR, PROTOCOL).of(302)),
    row(OpenAi, 302, &[("location", "http://10.0.0.1/login")], "<html><body>login</body></html>", expect(424, MODEL_ERROR, PROTOCOL).of(302)),
    row(Anthropic, 502, &[], "<html><body>Bad gateway</body></html>", expect(503, UNAVAILABLE, "The model provider answered with status 502 and no message.")),
    row(OpenAi, 502, &[], "<html><body>Bad gateway</body></html>", expect(503, UNAVAILABLE, "The model provider answered with status 502 and no message.")),
    row(Anthropic, 200, &[], "<html><body>Welcome to our network</body></html>", expect(424, MODEL_ERROR, PROTOCOL)),
    row(OpenAi, 200, &[], "<html><body>Welcome to our network</body></html>", expect(424, MODEL_ERROR, PROTOCOL)),
    // An error in an answer of 200.
    row(Anthropic, 200, &[],
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
        expect(503, UNAVAILABLE, "Overloaded")),
    row(OpenAi, 200, &[],
        r#"{"error":{"message":"Rate limit reached on requests per min","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#,
        expect(429, THROTTLING, REQUESTS)),
    row(Anthropic, 404, &[], "<html><body>nginx at 10.0.0.1</body></html>", expect(424, MODEL_ERROR, PROTOCOL).of(404)),
];

/// Rows that do not hold yet; one that does is to move to [`ROWS`].
#[rustfmt::skip]
pub(super) const KNOWN: &[Row] = &[];
