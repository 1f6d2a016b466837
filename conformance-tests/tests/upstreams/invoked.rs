//! Streams of InvokeModelWithResponseStream as their clients read them: the documents in the chunks, and how the stream ended.

use conformance_tests::loopback::frames;
use rest_json::frame::FrameKind;
use serde_json::Value;

use crate::turn::End;

/// The texts of the documents in order, and how the stream ended.
pub(crate) fn texts(body: &bytes::Bytes) -> (Vec<String>, End) {
    let mut documents = Vec::new();
    let mut end = End::Cut;
    for frame in frames::frames(body).unwrap() {
        let payload: Value = serde_json::from_slice(&frame.payload).unwrap();
        assert_eq!(end, End::Cut, "behind the end: {payload}");
        match frame.kind() {
            FrameKind::Event("chunk") => {
                let bytes = payload["bytes"].as_str().unwrap();
                let bytes = base64_simd::STANDARD.decode_to_vec(bytes).unwrap();
                let document = String::from_utf8(bytes).unwrap();
                // Only the last has what the stream cost.
                if document.contains(METRICS) {
                    end = End::Whole;
                }
                documents.push(document);
            }
            FrameKind::Exception(name) => end = End::Exception(name.to_owned(), payload),
            FrameKind::Event(_) | FrameKind::Error { .. } | FrameKind::Other => {
                panic!("{frame:?}")
            }
        }
    }
    (documents, end)
}

/// The member that the last document of a whole stream has.
pub(crate) const METRICS: &str = "amazon-bedrock-invocationMetrics";

/// The same, read.
pub(crate) fn documents(body: &bytes::Bytes) -> (Vec<Value>, End) {
    let (texts, end) = texts(body);
    let read = |text: &String| serde_json::from_str(text).unwrap();
    (texts.iter().map(read).collect(), end)
}
