//! The settings of a request: sampling, promises, economics, and the fields of a model family's own vocabulary.
//!
//! Knows nothing of the conversation but what settings exclude: a forced choice of a tool, a reply that has begun.

mod extra;
mod reasoning;

use llm::Num;
use llm::chat::{self, Inference, JsonSchema, Output, PromptVar, Role, TextFormat, ToolChoice};

use super::path::Path;
use super::{Act, Leaf, Planner};
use extra::Extra;

/// The most that a temperature may be where it ends at 1.
const WARMEST: f64 = 1.0;

/// The least nucleus probability beside strict reasoning.
const LEAST_TOP_P: f64 = 0.95;

/// Plans every setting of the request, whose conversation has been planned.
pub(super) fn settings(planner: &mut Planner<'_>, request: &mut chat::Request) {
    let mut extra = Extra::read(planner, request);
    output(planner, &mut request.output);
    let reasons = reasoning::reasoning(planner, request, &mut extra);
    inference(planner, &mut request.inference);
    if reasons && planner.target.facts().strict_reasoning {
        beside_reasoning(planner, request, &mut extra);
    }
    request
        .inference
        .take_if(|inference| *inference == Inference::default());
    let chat::Request {
        system: _,
        messages: _,
        inference: _,
        tools: _,
        guardrail,
        extra: _,
        family: _,
        prompt_variables,
        response_paths: _,
        metadata,
        performance,
        tier,
        output: _,
        dialect: _,
        ext: _,
    } = request;
    guard(planner, guardrail);
    variables(planner, prompt_variables);
    labels(planner, metadata);
    latency(planner, performance);
    queue(planner, tier);
    extra.write(planner, request);
}

fn inference(planner: &mut Planner<'_>, inference: &mut Option<Inference>) {
    let at = Path::REQUEST.member("inferenceConfig");
    let facts = planner.target.facts();
    let mut planned = inference.take().unwrap_or_default();
    let Inference {
        max_tokens,
        temperature,
        top_p,
        stop,
        ext,
    } = &mut planned;
    // OpenAI has two names for the limit, which is kept under either.
    ext.0
        .retain(|(name, _)| !matches!(&**name, "max_tokens" | "max_completion_tokens"));
    planner.members(ext, &at);
    match max_tokens {
        Some(_) => {
            max_tokens.take_if(|_| !planner.keeps(Leaf::MaxTokens, &at.member("maxTokens")));
        }
        None => match planner.act(Leaf::MaxTokensAbsent, || at.member("maxTokens").to_string()) {
            Act::Rewrite => *max_tokens = facts.max_tokens,
            Act::Keep | Act::Leave => {}
        },
    }
    let place = at.member("temperature");
    temperature.take_if(|_| !planner.keeps(Leaf::Temperature, &place));
    if facts.cool
        && temperature
            .as_ref()
            .is_some_and(|num| num.value() > WARMEST)
    {
        planner.warn(place.to_string(), "approximated", "as the highest: 1");
        *temperature = Some(Num::new("1", WARMEST));
    }
    let place = at.member("topP");
    top_p.take_if(|_| !planner.keeps(Leaf::TopP, &place));
    if facts.one_of_sampling && temperature.is_some() && top_p.take().is_some() {
        let why = "the model takes it or a temperature";
        planner.warn(place.to_string(), "dropped", why);
    }
    texts(planner, stop, &at.member("stopSequences"));
    *inference = Some(planned);
}

fn texts(planner: &mut Planner<'_>, stop: &mut Option<Vec<String>>, at: &Path<'_>) {
    stop.take_if(|stop| stop.is_empty() || !planner.keeps(Leaf::StopSequences, at));
    let limit = planner.target.limits().stop_sequences;
    let (Some(given), Some(most)) = (stop.as_ref().map(Vec::len), limit) else {
        return;
    };
    if given > most {
        let why = format!("the target takes at most {most}, got {given}");
        planner.refuse(Leaf::StopSequences, at.to_string(), &why);
        *stop = None;
    }
}

/// What a model that reasons does not take beside it.
fn beside_reasoning(planner: &mut Planner<'_>, request: &mut chat::Request, extra: &mut Extra) {
    const WHY: &str = "the model reasons";
    let at = Path::REQUEST.member("inferenceConfig");
    if let Some(inference) = &mut request.inference {
        let Inference {
            max_tokens: _,
            temperature,
            top_p,
            stop: _,
            ext: _,
        } = inference;
        if temperature.take_if(|num| num.value() != WARMEST).is_some() {
            planner.warn(at.member("temperature").to_string(), "dropped", WHY);
        }
        if top_p.take_if(|num| num.value() < LEAST_TOP_P).is_some() {
            planner.warn(at.member("topP").to_string(), "dropped", WHY);
        }
    }
    extra.leave_top_k(planner, WHY);
    let last = request.messages.iter().flatten().enumerate().last();
    if let Some((at, _)) = last.filter(|(_, message)| message.role == Role::Assistant) {
        let messages = Path::REQUEST.member("messages");
        planner.refuse(Leaf::Prefill, messages.index(at).to_string(), WHY);
    }
}

/// Whether the model must call a tool.
fn is_forced(request: &chat::Request) -> bool {
    let choice = request
        .tools
        .as_ref()
        .and_then(|tools| tools.choice.as_ref());
    choice.is_some_and(|choice| match choice {
        ToolChoice::Any { ext: _ } | ToolChoice::Tool { name: _, ext: _ } => true,
        ToolChoice::Auto { ext: _ }
        | ToolChoice::None { ext: _ }
        | ToolChoice::Unknown { member: _, raw: _ } => false,
    })
}

fn output(planner: &mut Planner<'_>, output: &mut Option<Output>) {
    let at = Path::REQUEST.member("outputConfig");
    let Some(Output {
        text,
        // Planned with the model's reasoning.
        effort: _,
        ext,
    }) = output
    else {
        return;
    };
    planner.members(ext, &at);
    text.take_if(|text| !format(planner, text, &at.member("textFormat")));
}

/// Whether the promise stays.
fn format(planner: &mut Planner<'_>, format: &mut TextFormat, at: &Path<'_>) -> bool {
    let TextFormat { kind, schema, ext } = format;
    let is_known = kind == "json_schema";
    let JsonSchema::Schema {
        schema: _,
        name,
        description,
        ext: inner,
    } = schema
    else {
        return planner.keeps(Leaf::OutputUnknown, at);
    };
    if !is_known {
        return planner.keeps(Leaf::OutputUnknown, at);
    }
    let act = planner.act(Leaf::OutputSchema, || at.to_string());
    if act == Act::Leave {
        return false;
    }
    planner.members(ext, at);
    let structure = at.member("structure");
    let at = structure.member("jsonSchema");
    // OpenAI's word for a promise that need not be kept, which is kept all the same.
    inner.0.retain(|(name, _)| &**name != "strict");
    planner.members(inner, &at);
    if act == Act::Rewrite && planner.target.facts().named_schemas {
        *name = Some(schema_name(name.as_deref()));
    } else if act == Act::Rewrite {
        *name = None;
        if description.take().is_some() {
            let why = "the target takes the schema alone";
            planner.warn(at.member("description").to_string(), "dropped", why);
        }
    }
    true
}

/// A name that formats which ask for one take: 64 letters, digits, `_` and `-` at most. The model does not read it.
fn schema_name(name: Option<&str>) -> String {
    let name: String = name
        .unwrap_or_default()
        .chars()
        .map(|letter| {
            let is_plain = letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
            if is_plain { letter } else { '_' }
        })
        .take(64)
        .collect();
    if name.is_empty() {
        "response".to_owned()
    } else {
        name
    }
}

fn guard(planner: &mut Planner<'_>, guardrail: &mut Option<chat::Guardrail>) {
    let at = Path::REQUEST.member("guardrailConfig");
    guardrail.take_if(|_| !planner.keeps(Leaf::Guardrail, &at));
    if let Some(chat::Guardrail {
        id: _,
        version: _,
        trace: _,
        stream_mode: _,
        ext,
    }) = guardrail
    {
        planner.members(ext, &at);
    }
}

fn variables(planner: &mut Planner<'_>, variables: &mut Option<Vec<(String, PromptVar)>>) {
    let at = Path::REQUEST.member("promptVariables");
    variables
        .take_if(|variables| variables.is_empty() || !planner.keeps(Leaf::PromptVariables, &at));
}

fn labels(planner: &mut Planner<'_>, metadata: &mut Option<Vec<(String, String)>>) {
    let at = Path::REQUEST.member("requestMetadata");
    metadata.take_if(|_| !planner.keeps(Leaf::Metadata, &at));
}

fn latency(planner: &mut Planner<'_>, performance: &mut Option<chat::Performance>) {
    let at = Path::REQUEST.member("performanceConfig");
    let Some(chat::Performance { latency, ext }) = performance else {
        return;
    };
    planner.members(ext, &at);
    let leaf = match latency.as_deref() {
        Some("standard") | None => Leaf::PerformanceStandard,
        // Whatever else it is, it is not the usual one.
        Some(_) => Leaf::PerformanceOptimized,
    };
    if !planner.keeps(leaf, &at.member("latency")) {
        *performance = None;
    }
}

fn queue(planner: &mut Planner<'_>, tier: &mut Option<chat::Tier>) {
    let at = Path::REQUEST.member("serviceTier");
    let Some(chat::Tier { kind, ext }) = tier else {
        return;
    };
    planner.members(ext, &at);
    if kind == "auto" {
        // What everybody gets who asks for none.
        *tier = None;
        return;
    }
    let leaf = match kind.as_str() {
        "default" => Leaf::TierDefault,
        "priority" => Leaf::TierPriority,
        "flex" => Leaf::TierFlex,
        _ => Leaf::TierOther,
    };
    if !planner.keeps(leaf, &at.member("type")) {
        *tier = None;
    }
}
