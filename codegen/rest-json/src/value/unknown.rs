//! Members that the model does not know, kept so that they can be passed on.

use std::collections::BTreeMap;
use std::collections::btree_map;

use crate::error::DecodeError;
use crate::json::{FromJson, Reader};
use crate::value::Document;

/// The members of one structure that its model does not name, in ascending order of their names' bytes.
///
/// The empty collection, which is nearly every one, takes one word and does not allocate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unknowns(Option<Box<Members>>);

/// A tree and no sorted list: names may arrive in any order and number, and none may cost the square of it.
type Members = BTreeMap<Box<str>, Document>;

static EMPTY: Members = Members::new();
static NONE: Unknowns = Unknowns(None);

impl Unknowns {
    /// The empty collection.
    pub fn none() -> &'static Self {
        &NONE
    }

    /// Takes the value of the member `key`, whose name was just read; of equal names the last stands.
    pub fn read(&mut self, key: &str, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        let value = Document::read(reader).map_err(|error| error.within_key(key))?;
        self.insert(key, value);
        Ok(())
    }

    /// Puts a member at its sorted place.
    pub fn insert(&mut self, name: &str, value: Document) {
        self.0.get_or_insert_default().insert(name.into(), value);
    }

    /// The value of the member `name`.
    pub fn get(&self, name: &str) -> Option<&Document> {
        self.members().get(name)
    }

    /// The members in ascending order of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Document)> {
        self.sorted().map(|(name, value)| (&**name, value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.members().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members().is_empty()
    }

    pub(crate) fn sorted(&self) -> btree_map::Iter<'_, Box<str>, Document> {
        self.members().iter()
    }

    fn members(&self) -> &Members {
        self.0.as_deref().unwrap_or(&EMPTY)
    }
}
