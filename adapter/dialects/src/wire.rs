//! Hand-written wire objects: every member optional, unknown members kept, members written in the order they are declared.
//!
//! One wide object for each `type`-tagged family of a format, then a `match` on its `type`.

use rest_json::{DecodeError, FromJson, Reader, ToJson, Writer};

/// Declares a wire object and its codec.
///
/// ```text
/// object! {
///     /// A tool call.
///     ToolCall {
///         id: "id" => String,
///         kind: "type" => String,
///     }
/// }
/// ```
macro_rules! object {
    ($(#[$meta:meta])* $name:ident { $($(#[$member_meta:meta])* $field:ident: $wire:literal => $type:ty,)* }) => {
        crate::wire::readable! {
            $(#[$meta])* $name { $($(#[$member_meta])* $field: $wire => $type,)* }
        }

        impl rest_json::ToJson for $name {
            fn write(&self, writer: &mut rest_json::Writer) {
                let mut object = writer.map();
                $(if let Some(value) = &self.$field {
                    object.entry($wire, value);
                })*
                for (name, value) in self.unknown.iter() {
                    object.entry(name, value);
                }
                object.end();
            }
        }
    };
}

/// Declares a wire object that is only ever read.
macro_rules! readable {
    ($(#[$meta:meta])* $name:ident { $($(#[$member_meta:meta])* $field:ident: $wire:literal => $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub(crate) struct $name {
            $($(#[$member_meta])* pub(crate) $field: Option<$type>,)*
            /// Members that this build does not know, as they came.
            pub(crate) unknown: rest_json::Unknowns,
        }

        impl rest_json::FromJson for $name {
            fn read(reader: &mut rest_json::Reader<'_>) -> Result<Self, rest_json::DecodeError> {
                let mut value = Self::default();
                reader.begin_object()?;
                while let Some(key) = reader.next_key()? {
                    match &*key {
                        $($wire => value.$field = reader.member($wire)?,)*
                        _ => value.unknown.read(&key, reader)?,
                    }
                }
                Ok(value)
            }
        }
    };
}

/// Declares a wire object that is only read, and of which nothing but these members matters: what else it holds costs no more than
/// a look whether it is JSON.
macro_rules! partial {
    ($(#[$meta:meta])* $name:ident { $($(#[$member_meta:meta])* $field:ident: $wire:literal => $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub(crate) struct $name {
            $($(#[$member_meta])* pub(crate) $field: Option<$type>,)*
        }

        impl rest_json::FromJson for $name {
            fn read(reader: &mut rest_json::Reader<'_>) -> Result<Self, rest_json::DecodeError> {
                let mut value = Self::default();
                reader.begin_object()?;
                while let Some(key) = reader.next_key()? {
                    match &*key {
                        $($wire => value.$field = reader.member($wire)?,)*
                        _ => {
                            reader.raw().map_err(|error| error.within_key(&key))?;
                        }
                    }
                }
                Ok(value)
            }
        }
    };
}

pub(crate) use object;
pub(crate) use partial;
pub(crate) use readable;

/// A member that is written as `null` where it has no value. Read, `null` is absent like everywhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Nullable<T>(pub(crate) Option<T>);

impl<T: FromJson> FromJson for Nullable<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Option::<T>::read(reader).map(Self)
    }
}

impl<T: ToJson> ToJson for Nullable<T> {
    fn write(&self, writer: &mut Writer) {
        match &self.0 {
            Some(value) => value.write(writer),
            None => writer.null(),
        }
    }
}

/// Content that is either one string or a list of parts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OneOrMany<T> {
    /// One string.
    One(String),
    /// A list of parts.
    Many(Vec<T>),
}

impl<T: FromJson> FromJson for OneOrMany<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.at_string() {
            return Ok(Self::One(reader.string()?.into_owned()));
        }
        Vec::read(reader).map(Self::Many)
    }
}

impl<T: ToJson> ToJson for OneOrMany<T> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::One(text) => writer.string(text),
            Self::Many(parts) => parts.write(writer),
        }
    }
}
