//! How the plain Rust types read and write as JSON; the values of this crate do it in their own files.

use crate::error::DecodeError;
use crate::json::{FromJson, Reader, ToJson, Writer};

impl FromJson for String {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(reader.string()?.into_owned())
    }
}

impl ToJson for String {
    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl ToJson for str {
    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl FromJson for bool {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.boolean()
    }
}

impl ToJson for bool {
    fn write(&self, writer: &mut Writer) {
        writer.boolean(*self);
    }
}

macro_rules! integer {
    ($($type:ty)*) => {$(
        impl FromJson for $type {
            fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                reader.integer()
            }
        }

        impl ToJson for $type {
            fn write(&self, writer: &mut Writer) {
                writer.integer(*self);
            }
        }
    )*};
}

integer!(i8 i16 i32 i64);

/// `null` is `None`: the item of a sparse list or map.
impl<T: FromJson> FromJson for Option<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.null()? {
            Ok(None)
        } else {
            T::read(reader).map(Some)
        }
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Some(value) => value.write(writer),
            None => writer.null(),
        }
    }
}

impl<T: FromJson> FromJson for Box<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        T::read(reader).map(Self::new)
    }
}

impl<T: ToJson + ?Sized> ToJson for Box<T> {
    fn write(&self, writer: &mut Writer) {
        (**self).write(writer);
    }
}

impl<T: ToJson + ?Sized> ToJson for &T {
    fn write(&self, writer: &mut Writer) {
        (**self).write(writer);
    }
}

/// A dense list: `null` is refused where the item's own type refuses it.
impl<T: FromJson> FromJson for Vec<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut items = Self::new();
        reader.begin_list()?;
        while reader.next_item()? {
            let item = T::read(reader).map_err(|error| error.at_index(items.len()))?;
            items.push(item);
        }
        Ok(items)
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn write(&self, writer: &mut Writer) {
        let mut list = writer.list();
        for item in self {
            list.item(item);
        }
        list.end();
    }
}
