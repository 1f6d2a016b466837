//! Names and types as tokens.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::ir::{Reference, Service, TimestampFormat, Type};

/// A name the description decided on, raw or plain.
pub(super) fn ident(name: &str) -> Ident {
    match name.strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, Span::call_site()),
        None => Ident::new(name, Span::call_site()),
    }
}

/// The path of a structure, union or enum.
pub(super) fn named(service: &Service, name: &str, error: bool) -> TokenStream {
    let module = ident(&service.module);
    let name = ident(name);
    if error {
        quote!(crate::#module::error::#name)
    } else {
        quote!(crate::#module::types::#name)
    }
}

/// The type of a reference where it stands, boxed or not.
pub(super) fn reference(service: &Service, reference: &Reference) -> TokenStream {
    let path = named(service, &reference.name, reference.error);
    if reference.boxed {
        quote!(Box<#path>)
    } else {
        path
    }
}

/// The type of a value.
pub(super) fn ty(service: &Service, ty: &Type) -> TokenStream {
    match ty {
        Type::String => quote!(String),
        Type::Boolean => quote!(bool),
        Type::Integer(bits) => {
            let name = ident(&format!("i{bits}"));
            quote!(#name)
        }
        Type::Number => quote!(rest_json::Number),
        Type::Blob => quote!(rest_json::Blob),
        Type::Bytes => quote!(rest_json::Bytes),
        Type::Document => quote!(rest_json::Document),
        Type::Timestamp(TimestampFormat::EpochSeconds) => {
            quote!(rest_json::Timestamp<rest_json::EpochSeconds>)
        }
        Type::Timestamp(TimestampFormat::HttpDate) => {
            quote!(rest_json::Timestamp<rest_json::HttpDate>)
        }
        Type::Timestamp(TimestampFormat::DateTime) => {
            quote!(rest_json::Timestamp<rest_json::DateTime>)
        }
        Type::Enum(name) => named(service, name, false),
        Type::Structure(shape) | Type::Union(shape) => reference(service, shape),
        Type::List(list) => {
            let item = sparse(self::ty(service, &list.item.ty), list.sparse);
            quote!(Vec<#item>)
        }
        Type::Map(map) => {
            let value = sparse(self::ty(service, &map.value.ty), map.sparse);
            quote!(rest_json::Map<#value>)
        }
    }
}

fn sparse(ty: TokenStream, sparse: bool) -> TokenStream {
    if sparse { quote!(Option<#ty>) } else { ty }
}
