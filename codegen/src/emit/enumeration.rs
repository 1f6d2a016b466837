//! Enums of strings. They stay open: a value the model does not know is kept.

use proc_macro2::TokenStream;
use quote::quote;

use super::{arbitrary, debug, value};
use crate::ir::Enum;

pub(super) fn tokens(shape: &Enum) -> TokenStream {
    let ident = value::ident(&shape.name);
    let doc = format!(" `{}`.", shape.id);
    let variants = shape.values.iter().map(|(variant, text)| {
        let (variant, doc) = (value::ident(variant), format!(" `{text}`."));
        quote! { #[doc = #doc] #variant, }
    });
    let texts: Vec<&String> = shape.values.iter().map(|(_, text)| text).collect();
    let names: Vec<_> = shape
        .values
        .iter()
        .map(|(variant, _)| value::ident(variant))
        .collect();
    let derived = (!shape.sensitive).then(|| quote!(Debug,));
    let manual = shape.sensitive.then(|| debug::whole(&shape.name));
    let arbitrary = arbitrary::enumeration(shape);
    quote! {
        #[doc = #doc]
        #[derive(Clone, #derived PartialEq, Eq, Hash)]
        pub enum #ident {
            #(#variants)*
            #[doc = " A value the model does not know."]
            Unknown(String),
        }
        #manual
        impl #ident {
            #[doc = " The values the model knows."]
            pub const VALUES: &'static [&'static str] = &[#(#texts),*];
            #[doc = " The value on the wire."]
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#names => #texts,)*
                    Self::Unknown(text) => text,
                }
            }
        }
        impl From<&str> for #ident {
            fn from(text: &str) -> Self {
                match text {
                    #(#texts => Self::#names,)*
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }
        impl rest_json::FromJson for #ident {
            fn read(reader: &mut rest_json::Reader<'_>) -> Result<Self, rest_json::DecodeError> {
                Ok(Self::from(reader.string()?.as_ref()))
            }
        }
        impl rest_json::ToJson for #ident {
            fn write(&self, writer: &mut rest_json::Writer) {
                writer.string(self.as_str());
            }
        }
        impl rest_json::binding::FromText for #ident {
            const LIST: rest_json::binding::ListForm = rest_json::binding::ListForm::Quoted;
            fn from_text(text: &str) -> Option<Self> {
                Some(Self::from(text))
            }
        }
        impl rest_json::binding::ToText for #ident {
            const LIST: rest_json::binding::ListForm = rest_json::binding::ListForm::Quoted;
            fn to_text(&self) -> std::borrow::Cow<'_, str> {
                std::borrow::Cow::Borrowed(self.as_str())
            }
        }
        #arbitrary
    }
}
