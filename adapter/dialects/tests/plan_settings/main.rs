//! What a plan makes of the settings of a request: the tables, the vocabularies of model families, and the documentation of both.
#![cfg(test)]

mod claude;
mod document;
mod laws;
mod openai;
mod tables;
mod vocabulary;

use dialects::openai_chat::Quirks;
use dialects::{anthropic, converse, openai_chat};
use generated::runtime::operation::converse_stream::ConverseStreamInput;
use llm::Plan;
use llm::chat::{Family, Request};
use rest_json::json;

/// A request of one message, with these members beside it.
fn request(members: &str) -> Request {
    let messages = r#""messages":[{"role":"user","content":[{"text":"hi"}]}]"#;
    let text = if members.is_empty() {
        format!("{{{messages}}}")
    } else {
        format!("{{{messages},{members}}}")
    };
    let input: ConverseStreamInput = json::from_slice(text.as_bytes()).unwrap();
    converse::decode_stream_request(input).unwrap()
}

/// A request with these fields of that family's vocabulary.
fn fields(family: Option<Family>, fields: &str) -> Request {
    Request {
        family,
        ..request(&format!(r#""additionalModelRequestFields":{fields}"#))
    }
}

/// The members of a tool configuration with one tool `f` and that choice.
fn choosing(choice: &str) -> String {
    format!(
        r#""toolConfig":{{"tools":[{{"toolSpec":{{"name":"f","inputSchema":{{"json":{{}}}}}}}}],"toolChoice":{choice}}}"#
    )
}

fn to_claude(model: &str, request: &Request) -> Planned {
    Planned::new(request, anthropic::plan(model, request))
}

fn to_openai(model: &str, request: &Request) -> Planned {
    Planned::new(request, openai_chat::plan(&Quirks::OPENAI, model, request))
}

fn to_server(name: &str, request: &Request) -> Planned {
    let quirks = Quirks::of(name).unwrap();
    Planned::new(request, openai_chat::plan(&quirks, "m", request))
}

/// A plan, as text that a test can compare.
struct Planned {
    request: Request,
    /// `place;action`.
    warnings: Vec<String>,
    /// `place: why`.
    rejects: Vec<String>,
    messages: Vec<String>,
}

impl Planned {
    fn new(request: &Request, plan: Plan) -> Self {
        Self {
            request: plan.request.unwrap_or_else(|| request.clone()),
            warnings: plan
                .warnings
                .iter()
                .map(|warning| format!("{};{}", warning.path, warning.action))
                .collect(),
            rejects: plan
                .rejects
                .iter()
                .map(|reject| reject.path.clone())
                .collect(),
            messages: plan
                .rejects
                .into_iter()
                .map(|reject| reject.message)
                .collect(),
        }
    }

    fn extra(&self) -> &str {
        self.request
            .extra
            .as_ref()
            .map_or("", |extra| extra.as_str())
    }

    /// Nothing is refused, and that is all that is lost.
    #[track_caller]
    fn loses(&self, warnings: &[&str]) -> &Self {
        assert_eq!(self.warnings, warnings);
        assert!(self.rejects.is_empty(), "{:?}", self.rejects);
        self
    }

    #[track_caller]
    fn says(&self, extra: &str) -> &Self {
        assert_eq!(self.extra(), extra);
        self
    }

    /// It is refused for that place alone.
    #[track_caller]
    fn refuses(&self, place: &str) -> &Self {
        assert_eq!(self.rejects, [place]);
        self
    }
}
