//! Query parameters that are read.

use std::borrow::Cow;

use crate::binding::{FromText, decode_percent};
use crate::error::Rejection;
use crate::value::Map;

/// The decoded pairs of one query, in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Query<'a> {
    /// Reads what follows the first `?` of a target; `name` alone has an empty value.
    ///
    /// A pair with a broken escape is left as it is: no model names such a parameter.
    pub fn of_target(target: &'a str) -> Self {
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let decoded = |text: &'a str| decode_percent(text).unwrap_or(Cow::Borrowed(text));
        let pairs = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decoded(name), decoded(value))
            });
        Self(pairs.collect())
    }

    /// A member of one value; of several in the query the first is taken.
    pub fn value<T: FromText>(&self, name: &'static str) -> Result<Option<T>, Rejection> {
        self.texts(name)
            .next()
            .map(|text| read(name, text))
            .transpose()
    }

    /// A member of several values.
    pub fn list<T: FromText>(&self, name: &'static str) -> Result<Option<Vec<T>>, Rejection> {
        let items: Vec<T> = self
            .texts(name)
            .map(|text| read(name, text))
            .collect::<Result<_, _>>()?;
        Ok((!items.is_empty()).then_some(items))
    }

    /// Every parameter, as the member that stands for all has it; of several values the first is taken.
    pub fn map(&self) -> Option<Map<String>> {
        let all = self.list_map()?;
        let first = |(name, values): (String, Vec<String>)| {
            values.into_iter().next().map(|value| (name, value))
        };
        Some(all.into_iter().filter_map(first).collect())
    }

    /// Every parameter with all its values.
    pub fn list_map(&self) -> Option<Map<Vec<String>>> {
        if self.0.is_empty() {
            return None;
        }
        let mut places = std::collections::HashMap::new();
        let mut all: Vec<(String, Vec<String>)> = Vec::new();
        for (name, value) in &self.0 {
            let place = *places.entry(name.as_ref()).or_insert(all.len());
            match all.get_mut(place) {
                Some((_, values)) => values.push(value.clone().into_owned()),
                None => all.push((name.clone().into_owned(), vec![value.clone().into_owned()])),
            }
        }
        Some(all.into_iter().collect())
    }

    /// The decoded pairs.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs()
            .filter(move |(known, _)| *known == name)
            .map(|(_, value)| value)
    }
}

fn read<T: FromText>(name: &'static str, text: &str) -> Result<T, Rejection> {
    T::from_text(text).ok_or(Rejection::Query { name })
}
