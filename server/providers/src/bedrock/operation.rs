//! What is known of each relayed operation: where it goes, what may pass, and where its answer tells the tokens.
//!
//! Names, labels and header members are those of the service's model; a test holds this table to it.

use http::HeaderName;
use llm::Wire;

/// One relayed operation.
#[derive(Debug)]
pub(super) struct Operation {
    wire: &'static str,
    /// Which of the two services it belongs to.
    pub(super) plane: Plane,
    /// Where a request names its model.
    pub(super) model: Place,
    /// The modelled header members of a request beside `Content-Type` and `Accept`.
    pub(super) headers: &'static [HeaderName],
    /// What comes back.
    pub(super) reply: Reply,
}

/// One of the two services, each with an endpoint of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plane {
    /// Bedrock Runtime.
    Runtime,
    /// The control plane.
    Control,
}

/// Where a request names its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nowhere.
    Nowhere,
    /// The path segment of that number, counted from 0.
    Segment(usize),
    /// That member of the JSON body.
    Member(&'static str),
}

/// The form of an answer, and where it tells the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// A document that tells none.
    Plain,
    /// A JSON document with a member `usage`.
    Usage,
    /// A document whose headers count the tokens.
    Counted,
    /// An event stream that ends with `messageStop` and a `metadata` event.
    Events,
    /// An event stream of the model's own chunks, the last of which holds the metrics.
    Chunks,
}

impl Operation {
    /// The operation of that wire, if it is relayed.
    pub(super) fn of(wire: Wire) -> Option<&'static Self> {
        OPERATIONS.iter().find(|operation| operation.wire == wire.0)
    }
}

const fn runtime(wire: &'static str, model: Place, reply: Reply) -> Operation {
    Operation {
        wire,
        plane: Plane::Runtime,
        model,
        headers: &[],
        reply,
    }
}

const fn control(wire: &'static str, model: Place) -> Operation {
    Operation {
        wire,
        plane: Plane::Control,
        model,
        headers: &[],
        reply: Reply::Plain,
    }
}

/// The path segment of `/model/{modelId}/...`, and of the control plane's reads of one thing.
const LABEL: Place = Place::Segment(1);

static OPERATIONS: [Operation; 14] = [
    runtime("bedrock/converse", LABEL, Reply::Usage),
    runtime("bedrock/converse-stream", LABEL, Reply::Events),
    Operation {
        headers: &INVOKE,
        ..runtime("bedrock/invoke-model", LABEL, Reply::Counted)
    },
    Operation {
        headers: &INVOKE_WITH_STREAM,
        ..runtime(
            "bedrock/invoke-model-with-response-stream",
            LABEL,
            Reply::Chunks,
        )
    },
    runtime("bedrock/count-tokens", LABEL, Reply::Plain),
    runtime("bedrock/apply-guardrail", Place::Nowhere, Reply::Plain),
    runtime(
        "bedrock/invoke-guardrail-checks",
        Place::Nowhere,
        Reply::Plain,
    ),
    runtime(
        "bedrock/start-async-invoke",
        Place::Member("modelId"),
        Reply::Plain,
    ),
    runtime("bedrock/get-async-invoke", Place::Nowhere, Reply::Plain),
    runtime("bedrock/list-async-invokes", Place::Nowhere, Reply::Plain),
    control("bedrock-control/list-foundation-models", Place::Nowhere),
    control("bedrock-control/get-foundation-model", LABEL),
    control("bedrock-control/list-inference-profiles", Place::Nowhere),
    control("bedrock-control/get-inference-profile", LABEL),
];

static INVOKE: [HeaderName; 6] = [
    HeaderName::from_static("x-amzn-bedrock-trace"),
    HeaderName::from_static("x-amzn-bedrock-guardrailidentifier"),
    HeaderName::from_static("x-amzn-bedrock-guardrailversion"),
    HeaderName::from_static("x-amzn-bedrock-performanceconfig-latency"),
    HeaderName::from_static("x-amzn-bedrock-service-tier"),
    HeaderName::from_static("x-amzn-bedrock-request-metadata"),
];

static INVOKE_WITH_STREAM: [HeaderName; 7] = [
    HeaderName::from_static("x-amzn-bedrock-accept"),
    HeaderName::from_static("x-amzn-bedrock-trace"),
    HeaderName::from_static("x-amzn-bedrock-guardrailidentifier"),
    HeaderName::from_static("x-amzn-bedrock-guardrailversion"),
    HeaderName::from_static("x-amzn-bedrock-performanceconfig-latency"),
    HeaderName::from_static("x-amzn-bedrock-service-tier"),
    HeaderName::from_static("x-amzn-bedrock-request-metadata"),
];
