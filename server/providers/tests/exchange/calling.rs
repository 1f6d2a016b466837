//! Calls as an edge and the engine make them, and what comes back, gathered.

use std::time::{Duration, Instant};

use bytes::Bytes;
use dialects::converse::Collector;
use futures_util::StreamExt;
use http::{HeaderMap, Method};
use llm::chat::{Block, Event, Message, Reply, Request, Role, Usage};
use llm::{
    Answer, Call, Chunk, Claim, Context, Error, Ext, Key, Model, Native, Observation, Op, Provider,
    Wire,
};

/// How long anything here may take before the test counts as hanging.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The model as its provider knows it.
pub(crate) const MODEL: &str = "the-model";

/// A request of one message.
pub(crate) fn saying_hello() -> Request {
    Request {
        messages: Some(vec![Message {
            role: Role::User,
            content: vec![Block::Text("Hello".to_owned())],
            ext: Ext::default(),
        }]),
        ..Request::default()
    }
}

/// A call that asks for that, whatever its bytes are.
pub(crate) fn call(op: Op, request: Request) -> Call {
    call_of(op, request, HeaderMap::new(), Bytes::new())
}

/// A call that asks for that in those bytes.
pub(crate) fn call_of(op: Op, request: Request, head: HeaderMap, body: impl Into<Bytes>) -> Call {
    let native = Native {
        wire: Wire("test/call"),
        method: Method::POST,
        target: "/".parse().expect("a target"),
        head,
        body: body.into(),
    };
    let decode = move |_: &Native| Ok(request.clone());
    Call::new(op, Some(Model::new("asked")), native, Box::new(decode))
}

pub(crate) fn context() -> Context {
    let observation = Observation::default();
    observation.update(|record| record.provider = Some("the-provider".into()));
    Context {
        request_id: "3c1d".into(),
        deadline: Instant::now() + Duration::from_secs(30),
        claim: Claim::Anonymous,
        observation,
    }
}

/// Plans and sends a call as the engine does.
pub(crate) async fn send(provider: &dyn Provider, call: &Call) -> Result<Answer, Error> {
    send_in(&context(), provider, call).await
}

pub(crate) async fn send_in(
    cx: &Context,
    provider: &dyn Provider,
    call: &Call,
) -> Result<Answer, Error> {
    let (key, model) = (Key::new("default"), Model::new(MODEL));
    assert!(!provider.relays(call, Some(&model)));
    let plan = provider.plan(&model, call.neutral()?);
    assert_eq!(plan.rejects, [], "nothing is refused");
    let answer = provider.send(cx, &key, Some(&model), call, Some(&plan));
    tokio::time::timeout(PATIENCE, answer)
        .await
        .expect("an answer comes")
}

/// What an answer came to.
#[derive(Debug)]
pub(crate) struct Read<T> {
    pub(crate) items: Vec<T>,
    pub(crate) error: Option<Error>,
}

async fn read<T>(mut stream: llm::BoxStream<Result<T, Error>>) -> Read<T> {
    let mut read = Read {
        items: Vec::new(),
        error: None,
    };
    let reading = async {
        while let Some(item) = stream.next().await {
            assert!(read.error.is_none(), "nothing follows an error");
            match item {
                Ok(item) => read.items.push(item),
                Err(error) => read.error = Some(error),
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading)
        .await
        .expect("the answer ends");
    read
}

pub(crate) async fn events(answer: Answer) -> Read<Event> {
    match answer {
        Answer::Events(events) => read(events).await,
        other => panic!("no events: {other:?}"),
    }
}

pub(crate) async fn documents(answer: Answer) -> Read<Chunk> {
    match answer {
        Answer::Documents(documents) => read(documents).await,
        other => panic!("no documents: {other:?}"),
    }
}

pub(crate) fn reply(answer: Answer) -> Reply {
    match answer {
        Answer::Reply(reply) => *reply,
        other => panic!("no reply: {other:?}"),
    }
}

impl Read<Event> {
    /// The reply that the events tell, but for its latency, which is measured.
    pub(crate) fn reply(self) -> Reply {
        assert!(self.error.is_none(), "{:?}", self.error);
        let mut collector = Collector::new();
        for event in self.items {
            collector.push(event).expect("events in order");
        }
        let mut reply = collector.finish().expect("a whole reply");
        assert!(reply.latency.is_some(), "somebody measured");
        reply.latency = None;
        reply
    }

    /// The events, without the latency that is measured.
    pub(crate) fn unmeasured(mut self) -> Vec<Event> {
        assert!(self.error.is_none(), "{:?}", self.error);
        for event in &mut self.items {
            if let Event::Meta(meta) = event {
                assert!(meta.latency.take().is_some(), "somebody measured");
            }
        }
        self.items
    }
}

impl Read<Chunk> {
    pub(crate) fn texts(&self) -> Vec<&str> {
        let texts = self
            .items
            .iter()
            .map(|chunk| std::str::from_utf8(&chunk.bytes));
        texts.map(|text| text.expect("UTF-8")).collect()
    }

    /// What the last chunk, and no other, says that it cost.
    pub(crate) fn usage(&self) -> &Usage {
        let (last, others) = self.items.split_last().expect("a chunk");
        assert!(last.last);
        assert!(
            others
                .iter()
                .all(|chunk| !chunk.last && chunk.usage.is_none())
        );
        last.usage.as_ref().expect("the last chunk tells the usage")
    }
}

/// Server-sent events of those documents.
pub(crate) fn sse<'a>(documents: impl IntoIterator<Item = &'a str>) -> String {
    let events = documents.into_iter();
    events
        .map(|document| format!("data: {document}\n\n"))
        .collect()
}
