//! The `Via` header, by which a request that comes back to this process is known.

use http::{HeaderMap, HeaderValue, header};
use llm::{Error, Kind, Origin};

/// What every gateway of our kind calls itself, before its id.
const NAME: &str = "1.1 bedrock-gateway-";

/// This process's own entry.
#[derive(Clone, Debug)]
pub(crate) struct Via {
    entry: Box<str>,
    alone: HeaderValue,
}

impl Via {
    /// The entry of the process of that id; none where the id is not made of letters, digits and hyphens.
    pub(crate) fn new(id: &str) -> Option<Self> {
        if id.is_empty()
            || !id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return None;
        }
        let entry = format!("{NAME}{id}");
        let alone = HeaderValue::from_str(&entry).ok()?;
        Some(Self {
            entry: entry.into(),
            alone,
        })
    }

    /// The header of the request that goes out for one that came in with `head`.
    ///
    /// Entries of other gateways like this one are kept, so that a loop of two is found as well; nothing else is.
    ///
    /// # Errors
    /// The request has been here before. Nothing that a client would try again: each try would go round once more.
    pub(crate) fn extend(&self, head: &HeaderMap) -> Result<HeaderValue, Error> {
        let mut passed = String::new();
        for value in head.get_all(header::VIA) {
            // A value that is not text holds no entry of ours.
            for entry in value.to_str().unwrap_or_default().split(',').map(str::trim) {
                if entry.eq_ignore_ascii_case(&self.entry) {
                    return Err(looped());
                }
                if entry.starts_with(NAME) {
                    passed.push_str(entry);
                    passed.push_str(", ");
                }
            }
        }
        if passed.is_empty() {
            return Ok(self.alone.clone());
        }
        passed.push_str(&self.entry);
        Ok(HeaderValue::try_from(passed).unwrap_or_else(|_| self.alone.clone()))
    }
}

fn looped() -> Error {
    Error::new(
        Kind::InvalidRequest,
        Origin::Gateway,
        "The request has already passed through this gateway: the endpoint of its provider leads back to it.",
    )
}
