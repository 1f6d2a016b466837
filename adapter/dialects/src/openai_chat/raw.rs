//! The members of a request's objects as the text they came in, in the caller's order; `null` counts as absent.

use std::borrow::Cow;
use std::collections::HashSet;

use llm::{Ext, Json};
use rest_json::{FromJson, Reader, ToJson, Writer};

use crate::Error;

/// An object whose members are taken one by one; what is left at the end is what this build does not know.
#[derive(Debug)]
pub(super) struct Members<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Members<'a> {
    pub(super) fn of(text: &'a str) -> Result<Self, Error> {
        let mut reader = Reader::of(text);
        let members = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(members)
    }

    /// Every member, also those that are `null`.
    pub(super) fn with_null(text: &'a str) -> Result<Self, Error> {
        let mut reader = Reader::of(text);
        let members = Self::every(&mut reader, |_, _| Ok(false))?;
        reader.finish()?;
        Ok(members)
    }

    /// The members of the object that the reader stands at.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, Error> {
        Self::every(reader, |_, _| Ok(false)).map(Self::without_null)
    }

    /// As [`Members::of`], but for the member of that name, which is read where it stands: it is nearly the whole text, which is
    /// then passed over once less.
    pub(super) fn around(
        text: &'a str,
        name: &str,
        mut inside: impl FnMut(&mut Reader<'a>) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let mut reader = Reader::of(text);
        let members = Self::every(&mut reader, |key, reader| {
            let is_inside = key == name && !reader.null()?;
            if is_inside {
                inside(reader).map_err(|error| error.within(name))?;
            }
            Ok(key == name)
        })?;
        reader.finish()?;
        Ok(members.without_null())
    }

    fn without_null(self) -> Self {
        let Self(mut members) = self;
        members.retain(|(_, value)| *value != "null");
        Self(members)
    }

    /// Every member but those that `taken` has read.
    fn every(
        reader: &mut Reader<'a>,
        mut taken: impl FnMut(&str, &mut Reader<'a>) -> Result<bool, Error>,
    ) -> Result<Self, Error> {
        let mut members = Vec::new();
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            if !taken(&key, reader)? {
                let value = reader.raw().map_err(|error| error.within_key(&key))?;
                members.push((key, value));
            }
        }
        Ok(Self(members))
    }

    /// The text of the member; of several of that name the last, as every reader of JSON does.
    pub(super) fn text(&mut self, name: &str) -> Option<&'a str> {
        let found = self.0.iter().rev().find(|(key, _)| key == name);
        let text = found.map(|(_, value)| *value);
        if text.is_some() {
            self.0.retain(|(key, _)| key != name);
        }
        text
    }

    /// The text of a member that must be there.
    pub(super) fn need_text(&mut self, name: &str) -> Result<&'a str, Error> {
        self.text(name).ok_or_else(|| absent(name))
    }

    /// The value of the member.
    pub(super) fn value<T: FromJson>(&mut self, name: &str) -> Result<Option<T>, Error> {
        let value = self.text(name).map(parse);
        value.transpose().map_err(|error| error.within(name))
    }

    /// The value of a member that must be there.
    pub(super) fn need<T: FromJson>(&mut self, name: &str) -> Result<T, Error> {
        self.value(name)?.ok_or_else(|| absent(name))
    }

    /// Whether nothing is left.
    pub(super) fn is_spent(&self) -> bool {
        self.0.is_empty()
    }

    /// What is left.
    pub(super) fn rest(self) -> Ext {
        let mut names = HashSet::new();
        let mut rest: Vec<(Box<str>, Json)> = Vec::new();
        for (name, value) in self.0.into_iter().rev() {
            if names.insert(name.clone()) {
                rest.push((name.into(), Json::from_text(value)));
            }
        }
        rest.reverse();
        Ext(rest)
    }
}

/// The fault that a member is absent, in the words of Bedrock's own schema errors.
pub(super) fn absent(name: &str) -> Error {
    Error::at(&[], format!("required key [{name}] not found"))
}

/// The value of a text.
pub(super) fn parse<T: FromJson>(text: &str) -> Result<T, Error> {
    let mut reader = Reader::of(text);
    let value = T::read(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

/// The items of a list, read one by one; a fault names the item.
pub(super) fn each<'a>(
    text: &'a str,
    mut read: impl FnMut(&'a str) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut reader = Reader::of(text);
    each_of(&mut reader, |reader| read(reader.raw()?))?;
    reader.finish()?;
    Ok(())
}

/// The items of the list that the reader stands at; a fault names the item.
pub(super) fn each_of<'a>(
    reader: &mut Reader<'a>,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut index: usize = 0;
    reader.begin_list()?;
    while reader.next_item()? {
        read(reader).map_err(|error| error.within(&index.to_string()))?;
        index += 1;
    }
    Ok(())
}

/// Whether the text of a value is a string.
pub(super) fn is_string(text: &str) -> bool {
    text.starts_with('"')
}

/// JSON text as it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw<'a>(pub(super) &'a str);

impl ToJson for Raw<'_> {
    fn write(&self, writer: &mut Writer) {
        writer.raw(self.0);
    }
}
