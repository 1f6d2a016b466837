//! Structures whose members are all JSON.

use proc_macro2::TokenStream;
use quote::quote;

use super::{arbitrary, check, debug, event, json, value};
use crate::ir::{Member, Service, Structure};

pub(super) fn tokens(service: &Service, shape: &Structure) -> TokenStream {
    let in_json: Vec<&Member> = shape
        .members
        .iter()
        .filter(|member| {
            shape
                .event
                .as_ref()
                .is_none_or(|places| places.is_in_json(&member.name))
        })
        .collect();
    let fields: Vec<Field<'_>> = shape.members.iter().map(|member| (member, None)).collect();
    let doc = format!(" `{}`.", shape.id);
    let is_object = shape.is_object();
    let mut tokens = definition(
        service,
        &shape.name,
        &doc,
        &fields,
        shape.sensitive,
        is_object,
    );
    if is_object {
        tokens.extend(json::structure(&shape.name, &in_json));
    }
    if let Some(places) = &shape.event {
        tokens.extend(event::places(shape, places));
    }
    if shape.checked {
        tokens.extend(check::structure(service, shape));
    }
    tokens.extend(arbitrary::structure(shape));
    tokens
}

/// A member with its place in the message, where that is no JSON object.
pub(super) type Field<'a> = (&'a Member, Option<String>);

/// The type itself. `keeps_unknown` where it is read from JSON, so that what the model does not name has a place.
pub(super) fn definition(
    service: &Service,
    name: &str,
    doc: &str,
    fields: &[Field<'_>],
    sensitive: bool,
    keeps_unknown: bool,
) -> TokenStream {
    let ident = value::ident(name);
    let members: Vec<&Member> = fields.iter().map(|(member, _)| *member).collect();
    let fields = fields.iter().map(|(member, place)| {
        let (field, ty) = (
            value::ident(&member.name),
            value::ty(service, &member.slot.ty),
        );
        let required = if member.required { ", required" } else { "" };
        let place = place
            .as_ref()
            .map_or_else(String::new, |place| format!(": {place}"));
        let doc = format!(" `{}`{required}{place}.", member.wire);
        quote! { #[doc = #doc] pub #field: Option<#ty>, }
    });
    let unknown = keeps_unknown.then(|| {
        quote! {
            #[doc = " Members the model does not know, kept as they came."]
            pub unknown: rest_json::Unknowns,
        }
    });
    let derived = (!debug::is_manual(&members, sensitive)).then(|| quote!(Debug,));
    let manual = debug::structure(name, &members, sensitive, keeps_unknown);
    quote! {
        #[doc = #doc]
        #[derive(Clone, #derived Default, PartialEq)]
        pub struct #ident { #(#fields)* #unknown }
        #manual
    }
}
