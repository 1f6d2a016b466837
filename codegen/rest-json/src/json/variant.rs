//! The members of a union: one that is not null is its value, and the rest must be null.

use std::borrow::Cow;

use crate::error::DecodeError;
use crate::json::{FromJson, Reader};

impl<'a> Reader<'a> {
    /// The name of the next member that is not null, with the reader at its value; `None` has left the union.
    ///
    /// A second member is an error, which the caller asks for by `found`. `__type` is passed over: Smithy's restJson1
    /// specification allows it beside the member.
    pub fn next_variant(&mut self, found: bool) -> Result<Option<Cow<'a, str>>, DecodeError> {
        while let Some(key) = self.next_key()? {
            if key == "__type" {
                self.raw()?;
            } else if !self.null()? {
                return if found {
                    Err(DecodeError::union(2))
                } else {
                    Ok(Some(key))
                };
            }
        }
        Ok(None)
    }

    /// The value of the member `name`, which [`Self::next_variant`] has found.
    pub fn variant<T: FromJson>(&mut self, name: &str) -> Result<T, DecodeError> {
        T::read(self).map_err(|error| error.within(name))
    }
}
