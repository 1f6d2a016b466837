//! Unions: exactly one member. One the model does not know is kept.

use proc_macro2::TokenStream;
use quote::quote;

use super::{arbitrary, check, debug, value};
use crate::ir::{Service, Union};

pub(super) fn tokens(service: &Service, shape: &Union) -> TokenStream {
    let ident = value::ident(&shape.name);
    let doc = format!(" `{}`.", shape.id);
    let variants = shape.variants.iter().map(|variant| {
        let (name, ty) = (
            value::ident(&variant.name),
            value::ty(service, &variant.slot.ty),
        );
        let doc = format!(" `{}`.", variant.wire);
        quote! { #[doc = #doc] #name(#ty), }
    });
    let wires: Vec<&String> = shape.variants.iter().map(|variant| &variant.wire).collect();
    let names: Vec<_> = shape
        .variants
        .iter()
        .map(|variant| value::ident(&variant.name))
        .collect();
    let redacted: Vec<(String, bool)> = shape
        .variants
        .iter()
        .map(|variant| (variant.name.clone(), variant.slot.redacted))
        .collect();
    let derived = (!shape.sensitive && redacted.iter().all(|(_, redacted)| !redacted))
        .then(|| quote!(Debug,));
    let unknown = quote! {
        Self::Unknown { member, value } => {
            f.debug_struct("Unknown").field("member", member).field("value", value).finish()
        }
    };
    let manual = debug::variants(&shape.name, &redacted, shape.sensitive, &unknown);
    let check = shape.checked.then(|| check::union(service, shape));
    let arbitrary = arbitrary::union(shape);
    quote! {
        #[doc = #doc]
        #[derive(Clone, #derived PartialEq)]
        pub enum #ident {
            #(#variants)*
            #[doc = " A member the model does not know."]
            Unknown {
                #[doc = " Its name."]
                member: String,
                #[doc = " Its value, as it came."]
                value: rest_json::Document,
            },
        }
        #manual
        impl #ident {
            #[doc = " The name of the one member on the wire."]
            pub fn member(&self) -> &str {
                match self {
                    #(Self::#names(_) => #wires,)*
                    Self::Unknown { member, .. } => member,
                }
            }
        }
        impl rest_json::FromJson for #ident {
            fn read(reader: &mut rest_json::Reader<'_>) -> Result<Self, rest_json::DecodeError> {
                reader.begin_object()?;
                let mut found = None;
                while let Some(key) = reader.next_variant(found.is_some())? {
                    found = Some(match key.as_ref() {
                        #(#wires => Self::#names(reader.variant(#wires)?),)*
                        other => Self::Unknown { member: other.to_owned(), value: reader.variant(other)? },
                    });
                }
                found.ok_or_else(|| rest_json::DecodeError::union(0))
            }
        }
        impl rest_json::ToJson for #ident {
            fn write(&self, writer: &mut rest_json::Writer) {
                match self {
                    #(Self::#names(value) => writer.union(#wires, value),)*
                    Self::Unknown { member, value } => writer.union(member, value),
                }
            }
        }
        #check
        #arbitrary
    }
}
