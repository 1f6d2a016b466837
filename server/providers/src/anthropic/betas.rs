//! The features of the API that a request switches on by name: the operator's, the body's and the caller's, each once.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The header that names them.
pub(super) const HEADER: HeaderName = HeaderName::from_static("anthropic-beta");

/// Names of features, in the order in which they were named first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Betas(Vec<String>);

impl Betas {
    /// Those of the operator.
    pub(super) fn of(names: &[String]) -> Self {
        Self::default().and(names.iter().cloned())
    }

    /// With those, too.
    pub(super) fn and(mut self, names: impl IntoIterator<Item = String>) -> Self {
        for name in names {
            let name = name.trim();
            if !name.is_empty() && !self.0.iter().any(|known| known == name) {
                self.0.push(name.to_owned());
            }
        }
        self
    }

    /// With those of the caller's own header.
    pub(super) fn and_of_caller(self, head: &HeaderMap) -> Self {
        let values = head.get_all(HEADER).into_iter();
        let values = values.filter_map(|value| value.to_str().ok());
        let names: Vec<_> = values.flat_map(|value| value.split(',')).collect();
        self.and(names.into_iter().map(str::to_owned))
    }

    /// The header's value; none where there are none, or where one holds what no header can carry.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        if self.0.is_empty() {
            return None;
        }
        HeaderValue::from_str(&self.0.join(",")).ok()
    }
}
