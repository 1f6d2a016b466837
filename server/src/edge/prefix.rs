//! The path prefix that points a client's other endpoints elsewhere: `/bedrock/model/...` is served like `/model/...`.

use http::Uri;
use http::uri::PathAndQuery;

/// The prefix, as one whole segment of the path.
const PREFIX: &str = "bedrock";

/// Takes the prefix off once, where it is there. All else stays as the client wrote it, escapes and empty segments included.
pub(super) fn strip(uri: Uri) -> Uri {
    let Some(rest) = uri.path().trim_start_matches('/').strip_prefix(PREFIX) else {
        return uri;
    };
    let query = uri
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let target = match rest.chars().next() {
        None => format!("/{query}"),
        Some('/') => format!("{rest}{query}"),
        Some(_) => return uri,
    };
    let Ok(target) = PathAndQuery::try_from(target) else {
        // The end of a valid target is one, so this does not happen; if it did, the router would refuse the path.
        return uri;
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target);
    Uri::from_parts(parts).unwrap_or(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &str, expected: &str) {
        assert_eq!(
            strip(given.parse().unwrap()).to_string(),
            expected,
            "{given}"
        );
    }

    #[test]
    fn the_prefix_is_taken_off_once_and_only_as_a_whole_segment() {
        check(
            "/bedrock/model/a%2Fb%3A0/converse",
            "/model/a%2Fb%3A0/converse",
        );
        check("/model/a/converse", "/model/a/converse");
        check("/bedrock/bedrock/x", "/bedrock/x");
        check("/bedrockish/x", "/bedrockish/x");
        check("/bedrock", "/");
        check("/bedrock/", "/");
    }

    #[test]
    fn empty_segments_and_queries_stay_for_the_router() {
        check("/bedrock//model/a/converse", "//model/a/converse");
        check("//bedrock/model/a/converse", "/model/a/converse");
        check(
            "/bedrock/inference-profiles?type=SYSTEM_DEFINED",
            "/inference-profiles?type=SYSTEM_DEFINED",
        );
        check("/bedrock?x=%2F", "/?x=%2F");
    }

    #[test]
    fn an_absolute_target_keeps_its_authority() {
        check(
            "http://gateway:8080/bedrock/model/a/converse",
            "http://gateway:8080/model/a/converse",
        );
    }
}
