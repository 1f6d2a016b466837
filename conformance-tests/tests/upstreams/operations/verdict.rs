//! What became of a call, by what reached the upstream and what the client saw.

use bytes::Bytes;
use conformance_tests::loopback::frames;
use conformance_tests::loopback::stub::Arrived;
use http::Request;
use serde_json::Value;

use super::calls::{Asks, BodyOf};
use super::canned::{self, N_TOKENS, TEXT};
use crate::invoked;
use crate::stage::{BEDROCK_PREFIX, CHAT_COMPLETIONS, MESSAGES, Provider, Seen, Stage};
use crate::turn::{self, End};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// The bytes go to the upstream as they are, but for the model's name, and its answer comes back as it is.
    Relayed,
    /// The body goes to the upstream as it is, but for what the gateway says about every call.
    Verbatim,
    /// The upstream is asked in its own format, and its answer told in the caller's.
    Translated,
    /// The gateway answers by itself.
    Answered,
    /// The gateway refuses by itself, with that status, that exception and that text.
    Refused(u16, &'static str, &'static str),
    /// None of these.
    Odd,
}

/// Makes the call and says what became of it, and what is wrong with the answer beside.
pub(super) async fn of(
    stage: &mut Stage,
    ask: Asks,
    provider: Provider,
    asked: Request<Bytes>,
) -> (Verdict, Vec<String>) {
    let mut faults = Vec::new();
    let (seen, arrived) = stage
        .ask(asked.clone(), async |arrived| {
            let way = way(&asked, &arrived, provider);
            (way, canned::answer(arrived))
        })
        .await;
    let verdict = match &arrived {
        None if seen.status == 200 => Verdict::Answered,
        None => refusal(&seen),
        Some((way, _)) => *way,
    };
    match (verdict, &arrived) {
        (Verdict::Relayed, Some((_, told))) => {
            if seen.status != 200 || seen.body != told {
                faults.push(format!("the answer came back as {seen:?}"));
            }
        }
        (Verdict::Refused(..) | Verdict::Odd, _) => {}
        (Verdict::Verbatim | Verdict::Translated | Verdict::Answered | Verdict::Relayed, _) => {
            if seen.status != 200 {
                faults.push(format!("the client saw {seen:?}"));
            } else if let Err(told) = says(ask, &seen, arrived.is_some()) {
                faults.push(format!("the client was told {told}"));
            }
        }
    }
    (verdict, faults)
}

/// The exceptions and texts of the table, so that what was seen can be one of them.
fn refusal(seen: &Seen) -> Verdict {
    let message = seen.message();
    let known = super::TABLE
        .iter()
        .flat_map(|row| [row.sandbox, row.bedrock, row.openai, row.anthropic]);
    for verdict in known {
        if let Verdict::Refused(status, exception, text) = verdict
            && (status, exception, text) == (seen.status, seen.exception(), message.as_str())
        {
            return verdict;
        }
    }
    println!("{} {} {message}", seen.status, seen.exception());
    Verdict::Odd
}

/// How the request came to the upstream.
fn way(asked: &Request<Bytes>, arrived: &Arrived, provider: Provider) -> Verdict {
    let (target, body) = (&arrived.target, &arrived.body);
    let own = |text: &str, slash: &str| text.replace(&format!("{}{slash}", provider.name()), "");
    let asked_target = asked.uri().to_string();
    let asked_target = own(asked_target.strip_prefix("/bedrock").unwrap(), "%2F");
    let asked_text = String::from_utf8_lossy(asked.body());
    if target.strip_prefix(BEDROCK_PREFIX) == Some(&asked_target)
        && arrived.method == *asked.method()
        && (body == asked.body() || own(&asked_text, "/").as_bytes() == &body[..])
    {
        return Verdict::Relayed;
    }
    let of_provider = match provider {
        Provider::Bedrock => target.starts_with(BEDROCK_PREFIX),
        Provider::OpenAi => *target == CHAT_COMPLETIONS,
        Provider::Anthropic => target.starts_with(MESSAGES),
        Provider::Sandbox => false,
    };
    match (of_provider, without_ours(asked.body()), without_ours(body)) {
        (true, Some(asked), Some(arrived)) if asked == arrived => Verdict::Verbatim,
        (true, Some(_), Some(_)) => Verdict::Translated,
        _ => Verdict::Odd,
    }
}

/// The text of a body without what Bedrock says in the path, and OpenAI and Anthropic say in the body.
pub(crate) fn without_ours(body: &[u8]) -> Option<String> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    let members = body.as_object_mut()?;
    for ours in ["model", "stream", "stream_options", "anthropic_version"] {
        members.shift_remove(ours);
    }
    Some(body.to_string())
}

/// Whether the client reads what the upstream said, or the sandbox, in the form of its operation.
fn says(ask: Asks, seen: &Seen, by_upstream: bool) -> Result<(), String> {
    let expected = if by_upstream { TEXT } else { "hi" };
    let told = match ask {
        Asks::Converse => turn::of_answer(&seen.json()).text,
        Asks::ConverseStream => {
            let (turn, end) = turn::of_frames(&frames::frames(&seen.body).unwrap());
            assert_eq!(end, End::Whole);
            turn.text
        }
        Asks::CountTokens | Asks::CountTokensOfBody(_) => {
            let n_tokens = seen.json()["inputTokens"].as_u64();
            return match n_tokens {
                Some(n_tokens) if !by_upstream || n_tokens == N_TOKENS => Ok(()),
                _ => Err(format!("{n_tokens:?} tokens")),
            };
        }
        Asks::InvokeModel(body) => text(body, &[seen.json()]),
        Asks::InvokeModelWithResponseStream(body) => text(body, &invoked::documents(&seen.body).0),
        Asks::InvokeModelWithBidirectionalStream | Asks::StartAsyncInvoke | Asks::Plain(_) => {
            return Err("what is only relayed".to_owned());
        }
    };
    // The sandbox echoes what it is told, which the captured requests spell differently.
    let is_said = told == expected || (!by_upstream && told.eq_ignore_ascii_case("hello"));
    if is_said { Ok(()) } else { Err(told) }
}

/// The text of a reply in the format of a body: of one document, or of all documents of a stream.
fn text(body: BodyOf, documents: &[Value]) -> String {
    let piece = |document: &Value| {
        let told = match body {
            BodyOf::Anthropic => [&document["content"][0]["text"], &document["delta"]["text"]],
            BodyOf::OpenAiChat => [
                &document["choices"][0]["message"]["content"],
                &document["choices"][0]["delta"]["content"],
            ],
            BodyOf::MistralText => [&document["outputs"][0]["text"], &Value::Null],
            BodyOf::Other => [&Value::Null, &Value::Null],
        };
        told.into_iter()
            .filter_map(Value::as_str)
            .collect::<String>()
    };
    documents.iter().map(piece).collect()
}
