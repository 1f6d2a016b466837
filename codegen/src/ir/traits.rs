//! The traits the generator knows: each is put to use or set aside for a stated reason; any other stops it.
//! So a model update cannot change the wire unseen.

use crate::{
    error::{Error, Result},
    model::Traits,
};

/// Traits that shape what is emitted.
const USED: [&str; 29] = [
    "aws.api#service",
    "aws.auth#sigv4",
    "aws.protocols#restJson1",
    "smithy.api#enumValue",
    "smithy.api#error",
    "smithy.api#eventHeader",
    "smithy.api#eventPayload",
    "smithy.api#http",
    "smithy.api#httpError",
    "smithy.api#httpHeader",
    "smithy.api#httpLabel",
    "smithy.api#httpPayload",
    "smithy.api#httpPrefixHeaders",
    "smithy.api#httpQuery",
    "smithy.api#httpQueryParams",
    "smithy.api#httpResponseCode",
    "smithy.api#idempotencyToken",
    "smithy.api#jsonName",
    "smithy.api#length",
    "smithy.api#mediaType",
    "smithy.api#pattern",
    "smithy.api#range",
    "smithy.api#required",
    "smithy.api#retryable",
    "smithy.api#sensitive",
    "smithy.api#sparse",
    "smithy.api#streaming",
    "smithy.api#timestampFormat",
    "smithy.api#uniqueItems",
];

/// Traits that change nothing here, by prefix or whole id, with the reason.
const IGNORED: [(&str, &str); 31] = [
    ("aws.cloudformation#", "another view of the service"),
    (
        "smithy.api#addedDefault",
        "absent is not default: members stay as the caller sent them",
    ),
    (
        "smithy.api#auth",
        "signatures are checked and made by other crates",
    ),
    ("smithy.api#box", "every member is optional"),
    ("smithy.api#clientOptional", "every member is optional"),
    (
        "smithy.api#default",
        "absent is not default: members stay as the caller sent them",
    ),
    ("smithy.api#deprecated", "prose"),
    ("smithy.api#documentation", "prose"),
    (
        "smithy.api#endpoint",
        "host prefixes are the client's: the server edge sees paths",
    ),
    ("smithy.api#examples", "prose"),
    ("smithy.api#externalDocumentation", "prose"),
    (
        "smithy.api#hostLabel",
        "host prefixes are the client's: the server edge sees paths",
    ),
    (
        "smithy.api#httpBearerAuth",
        "signatures are checked and made by other crates",
    ),
    (
        "smithy.api#httpChecksumRequired",
        "checksums of bodies are the client's",
    ),
    ("smithy.api#idempotent", "says nothing of the wire"),
    ("smithy.api#input", "says nothing of the wire"),
    ("smithy.api#internal", "says nothing of the wire"),
    ("smithy.api#output", "says nothing of the wire"),
    ("smithy.api#paginated", "says nothing of the wire"),
    ("smithy.api#readonly", "says nothing of the wire"),
    ("smithy.api#recommended", "prose"),
    ("smithy.api#requestCompression", "nothing is compressed"),
    (
        "smithy.api#requiresLength",
        "bodies are whole where they are encoded, so their length is known",
    ),
    ("smithy.api#since", "prose"),
    ("smithy.api#suppress", "about the linting of models"),
    ("smithy.api#tags", "prose"),
    ("smithy.api#title", "prose"),
    ("smithy.api#unstable", "prose"),
    ("smithy.rules#", "endpoints come from the configuration"),
    ("smithy.test#", "the protocol's own test cases"),
    ("smithy.waiters#", "polling is the caller's"),
];

/// Fails at the first trait that is neither used nor set aside.
pub(super) fn check(traits: &Traits) -> Result<()> {
    for (id, _) in traits.iter() {
        let ignored = IGNORED
            .iter()
            .any(|(known, _)| id == *known || (known.ends_with('#') && id.starts_with(known)));
        if !ignored && !USED.contains(&id) {
            return Err(Error::unsupported("the generator does not know this trait")
                .at(traits.owner())
                .on_trait(id));
        }
    }
    Ok(())
}
