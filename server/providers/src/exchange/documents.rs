//! The answer as the provider's own documents, the last of which says what they cost.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use llm::chat::{Event, Usage};
use llm::{Chunk, Error};
use rest_json::{DecodeError, Reader as Json};

use super::reader::{Reader, Step};

/// The documents of a stream.
///
/// From the document on that tells why the model stopped, each waits for the next, since the last carries a mark.
pub(super) struct Documents {
    reader: Reader,
    /// Whether a document that only tells the cost is none of the caller's.
    hides_usage: bool,
    /// None once the last document is ready.
    usage: Option<Option<Usage>>,
    held: Option<String>,
    ready: VecDeque<Result<Chunk, Error>>,
}

impl Documents {
    pub(super) fn new(reader: Reader, hides_usage: bool) -> Self {
        Self {
            reader,
            hides_usage,
            usage: Some(None),
            held: None,
            ready: VecDeque::new(),
        }
    }

    fn take(&mut self, step: Step) {
        let Step { document, events } = step;
        if let Some(document) = document {
            let (is_last, is_shown) = match Place::of(&document) {
                Place::Within => (false, true),
                Place::Stop => (true, true),
                Place::Cost => (true, !self.hides_usage),
            };
            if is_shown {
                let waits = is_last || self.held.is_some();
                let before = self.held.replace(document);
                self.ready.extend(before.map(passing));
                if !waits {
                    self.ready.extend(self.held.take().map(passing));
                }
            }
        }
        for event in events {
            if let Event::Meta(meta) = event {
                self.usage = Some(Some(meta.usage));
                self.end();
            }
        }
    }

    /// The reply is whole.
    fn end(&mut self) {
        let Some(usage) = self.usage.take() else {
            return;
        };
        let document = self.held.take().unwrap_or_default();
        self.ready.push_back(Ok(Chunk {
            bytes: document.into(),
            usage,
            last: true,
        }));
    }
}

impl Stream for Documents {
    type Item = Result<Chunk, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(item) = this.ready.pop_front() {
                return Poll::Ready(Some(item));
            }
            if this.usage.is_none() {
                return Poll::Ready(None);
            }
            match ready!(this.reader.poll_next(cx)) {
                Some(Ok(step)) => this.take(step),
                Some(Err(error)) => {
                    this.usage = None;
                    this.ready.extend(this.held.take().map(passing));
                    this.ready.push_back(Err(error));
                }
                None => this.end(),
            }
        }
    }
}

fn passing(document: String) -> Result<Chunk, Error> {
    Ok(Chunk {
        bytes: Bytes::from(document),
        ..Chunk::default()
    })
}

/// Where in a reply a document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// More follow.
    Within,
    /// It tells why the model stopped: it may be the last.
    Stop,
    /// It tells the cost and nothing of the reply.
    Cost,
}

impl Place {
    /// A document that cannot be read is for others to judge.
    fn of(document: &str) -> Self {
        Self::read(document).unwrap_or(Self::Within)
    }

    fn read(document: &str) -> Result<Self, DecodeError> {
        let mut reader = Json::of(document);
        let (mut n_choices, mut is_stop, mut has_cost) = (0_usize, false, false);
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            match &*key {
                // OpenAI: a choice with the reason of its end.
                "choices" => {
                    reader.begin_list()?;
                    while reader.next_item()? {
                        n_choices += 1;
                        is_stop |= has_reason(&mut reader)?;
                    }
                }
                "usage" => has_cost |= reader.raw()? != "null",
                // Anthropic: the event that ends the message.
                "type" => is_stop |= reader.raw()? == r#""message_stop""#,
                _ => {
                    reader.raw()?;
                }
            }
        }
        Ok(match (is_stop, has_cost && n_choices == 0) {
            (true, _) => Self::Stop,
            (false, true) => Self::Cost,
            (false, false) => Self::Within,
        })
    }
}

fn has_reason(reader: &mut Json<'_>) -> Result<bool, DecodeError> {
    let mut has_reason = false;
    reader.begin_object()?;
    while let Some(key) = reader.next_key()? {
        let value = reader.raw()?;
        has_reason |= &*key == "finish_reason" && value != "null";
    }
    Ok(has_reason)
}
