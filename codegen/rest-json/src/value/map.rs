//! String-keyed maps in the order of the wire.

use std::ops::Deref;

use crate::error::DecodeError;
use crate::json::{FromJson, Reader, ToJson, Writer};

/// A map that keeps the order it came in; of equal keys the last value stands, at the place of the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map<T>(Vec<(String, T)>);

impl<T> Map<T> {
    /// An empty map.
    pub fn new() -> Self {
        Self(Vec::new())
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// Puts the value at the place of the equal key, or at the end.
    pub fn insert(&mut self, key: String, value: T) {
        match self.0.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key, value)),
        }
    }

    /// The entries.
    pub fn into_vec(self) -> Vec<(String, T)> {
        self.0
    }
}

impl<T> Default for Map<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for Map<T> {
    type Target = [(String, T)];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T> FromIterator<(String, T)> for Map<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<T> Extend<(String, T)> for Map<T> {
    fn extend<I: IntoIterator<Item = (String, T)>>(&mut self, entries: I) {
        let known = self.0.len();
        self.0.extend(entries);
        if self.0.len() > known {
            keep_last_values(&mut self.0);
        }
    }
}

/// One pass over a sorted index: linear search a key would let a body of many keys cost its square.
fn keep_last_values<T>(entries: &mut Vec<(String, T)>) {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    let key = |at: &usize| entries.get(*at).map(|(key, _)| key.as_str());
    order.sort_by(|one, other| key(one).cmp(&key(other)).then(one.cmp(other)));
    let mut moves: Vec<(usize, usize)> = Vec::new();
    let mut first_of_run: Option<usize> = None;
    for (at, next) in order.iter().zip(order.iter().skip(1)) {
        if key(at) == key(next) {
            let first = *first_of_run.get_or_insert(*at);
            moves.push((*next, first));
        } else {
            first_of_run = None;
        }
    }
    if moves.is_empty() {
        return;
    }
    for (from, to) in &moves {
        entries.swap(*from, *to);
    }
    let mut dropped: Vec<usize> = moves.into_iter().map(|(from, _)| from).collect();
    dropped.sort_unstable();
    let mut dropped = dropped.into_iter().peekable();
    let mut at = 0;
    entries.retain(|_| {
        let drop = dropped.peek() == Some(&at);
        if drop {
            dropped.next();
        }
        at += 1;
        !drop
    });
}

impl<T> IntoIterator for Map<T> {
    type Item = (String, T);
    type IntoIter = std::vec::IntoIter<(String, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Map<T> {
    type Item = &'a (String, T);
    type IntoIter = std::slice::Iter<'a, (String, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: FromJson> FromJson for Map<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut entries = Vec::new();
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            let value = T::read(reader).map_err(|error| error.within_key(&key))?;
            entries.push((key.into_owned(), value));
        }
        keep_last_values(&mut entries);
        Ok(Self(entries))
    }
}

impl<T: ToJson> ToJson for Map<T> {
    fn write(&self, writer: &mut Writer) {
        let mut map = writer.map();
        for (key, value) in self {
            map.entry(key, value);
        }
        map.end();
    }
}
