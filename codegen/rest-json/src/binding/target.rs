//! The target of a request that is being written: path and query of a URI pattern, with its labels filled in.

use crate::binding::ToText;
use crate::binding::text::{encode_except, encode_percent};
use crate::error::EncodeError;
use crate::value::Map;

/// A path and a query under construction.
///
/// ```
/// # use rest_json::binding::Target;
/// let mut target = Target::new();
/// target.literal("/model/");
/// target.label("modelId", &Some("us.x:0/a".to_owned()))?;
/// target.literal("/invoke");
/// target.query("verbose", &Some(true));
/// assert_eq!(target.finish(), "/model/us.x%3A0%2Fa/invoke?verbose=true");
/// # Ok::<(), rest_json::EncodeError>(())
/// ```
#[derive(Debug, Default)]
pub struct Target {
    text: String,
    /// Names that were written as members, which [`Target::query_map`] must not write again.
    names: Vec<String>,
    has_query: bool,
}

impl Target {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A piece of the pattern's path, with its slashes.
    pub fn literal(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// A label in one segment; absent, empty and dot segments are errors, since the path would mean something else.
    pub fn label<T: ToText>(
        &mut self,
        name: &'static str,
        value: &Option<T>,
    ) -> Result<(), EncodeError> {
        let value = value.as_ref().ok_or(EncodeError::Label { name })?;
        let text = value.to_text();
        if matches!(&*text, "" | "." | "..") {
            return Err(EncodeError::Label { name });
        }
        encode_percent(&text, &mut self.text);
        Ok(())
    }

    /// A greedy label, whose slashes stay.
    pub fn greedy_label<T: ToText>(
        &mut self,
        name: &'static str,
        value: &Option<T>,
    ) -> Result<(), EncodeError> {
        let value = value.as_ref().ok_or(EncodeError::Label { name })?;
        let text = value.to_text();
        if text
            .split('/')
            .any(|segment| matches!(segment, "" | "." | ".."))
        {
            return Err(EncodeError::Label { name });
        }
        encode_except(&text, Some(b'/'), &mut self.text);
        Ok(())
    }

    /// A constant of the pattern's query: `foo=bar`, or `foo` alone.
    pub fn query_literal(&mut self, name: &str, value: Option<&str>) {
        self.name(name);
        if let Some(value) = value {
            self.text.push('=');
            encode_percent(value, &mut self.text);
        }
    }

    /// A member of the query, if it is there.
    pub fn query<T: ToText>(&mut self, name: &str, value: &Option<T>) {
        if let Some(value) = value {
            self.pair(name, &value.to_text());
        }
    }

    /// A member of the query that is repeated for each item.
    pub fn query_list<T: ToText>(&mut self, name: &str, values: &Option<Vec<T>>) {
        for value in values.iter().flatten() {
            self.pair(name, &value.to_text());
        }
    }

    /// The member that stands for all further parameters; names already written win.
    pub fn query_map(&mut self, values: &Option<Map<String>>) {
        let names = self.names.clone();
        for (name, value) in values
            .iter()
            .flatten()
            .filter(|(name, _)| !names.contains(name))
        {
            self.pair(name, value);
        }
    }

    /// The same for parameters of several values.
    pub fn query_list_map(&mut self, values: &Option<Map<Vec<String>>>) {
        let names = self.names.clone();
        for (name, values) in values
            .iter()
            .flatten()
            .filter(|(name, _)| !names.contains(name))
        {
            for value in values {
                self.pair(name, value);
            }
        }
    }

    /// The target.
    pub fn finish(self) -> String {
        self.text
    }

    fn pair(&mut self, name: &str, value: &str) {
        self.name(name);
        self.text.push('=');
        encode_percent(value, &mut self.text);
    }

    fn name(&mut self, name: &str) {
        self.text.push(if self.has_query { '&' } else { '?' });
        self.has_query = true;
        encode_percent(name, &mut self.text);
        if !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
    }
}
