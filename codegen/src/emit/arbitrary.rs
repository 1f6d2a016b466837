//! How values are made up for tests, behind the feature `arbitrary`: only such as survive the wire.

use proc_macro2::TokenStream;
use quote::quote;

use super::value;
use crate::ir::{
    Body, Enum, EventPayload, HttpStructure, Location, Operation, Stream, Structure, Type, Union,
};

pub(super) fn structure(shape: &Structure) -> TokenStream {
    let fields = shape.members.iter().map(|member| {
        let field = value::ident(&member.name);
        let is_payload = |places: &crate::ir::EventPlaces| match &places.payload {
            EventPayload::Bytes(field) | EventPayload::Text(field) => *field == member.name,
            EventPayload::Empty | EventPayload::Members | EventPayload::Json(_) => false,
        };
        match &shape.event {
            // An empty payload is an absent one.
            Some(places) if is_payload(places) => quote! { #field: source.payload(), },
            Some(_) | None => quote! { #field: source.member(), },
        }
    });
    let unknown = shape
        .is_object()
        .then(|| unknown(shape.members.iter().map(|member| member.wire.as_str())));
    implementation(&shape.name, &quote! { Self { #(#fields)* #unknown } })
}

/// The field of unknown members, with names that are none of the model's.
fn unknown<'a>(wires: impl Iterator<Item = &'a str>) -> TokenStream {
    quote! { unknown: source.unknowns(&[#(#wires),*]), }
}

pub(super) fn http(shape: &HttpStructure, is_request: bool) -> TokenStream {
    let fields = shape.members.iter().map(|bound| {
        let field = value::ident(&bound.member.name);
        let is_list = matches!(bound.member.slot.ty, Type::List(_));
        let make = match &bound.location {
            Location::Body => quote!(source.member()),
            Location::Label => quote!(Some(source.label())),
            Location::GreedyLabel => quote!(Some(source.greedy_label())),
            Location::Query(_) if is_list => quote!(source.query_list()),
            Location::Query(_) => quote!(source.member()),
            Location::Header(_) if is_list => quote!(source.header_list()),
            Location::Header(_) => quote!(source.header()),
            // Read back they hold the named parameters and headers too.
            Location::QueryParams | Location::PrefixHeaders(_) => quote!(None),
            Location::ResponseCode => quote!(Some(source.status())),
            Location::Payload => match &shape.body {
                Body::Bytes(_) | Body::Text(_) => quote!(source.payload()),
                Body::Json { object: true } if is_request => {
                    quote!(
                        source
                            .member()
                            .filter(|payload| *payload != Default::default())
                    )
                }
                Body::Json { .. } | Body::Empty | Body::Members | Body::Stream => {
                    quote!(source.member())
                }
            },
        };
        quote! { #field: #make, }
    });
    let unknown = (shape.body == Body::Members).then(|| {
        let in_body = shape
            .members
            .iter()
            .filter(|bound| bound.location == Location::Body);
        unknown(in_body.map(|bound| bound.member.wire.as_str()))
    });
    implementation(&shape.name, &quote! { Self { #(#fields)* #unknown } })
}

pub(super) fn enumeration(shape: &Enum) -> TokenStream {
    let arms = shape
        .values
        .iter()
        .enumerate()
        .map(|(index, (variant, _))| {
            let variant = value::ident(variant);
            quote! { #index => Self::#variant, }
        });
    let n_values = shape.values.len() + 1;
    implementation(
        &shape.name,
        &quote! {
            match source.choose(#n_values) {
                #(#arms)*
                _ => Self::Unknown(source.unknown_enum_value(Self::VALUES)),
            }
        },
    )
}

pub(super) fn union(shape: &Union) -> TokenStream {
    let arms = shape.variants.iter().enumerate().map(|(index, variant)| {
        let name = value::ident(&variant.name);
        quote! { #index => Self::#name(source.value()), }
    });
    let n_variants = shape.variants.len();
    let wires = shape.variants.iter().map(|variant| &variant.wire);
    implementation(
        &shape.name,
        &quote! {
            match source.variant(#n_variants) {
                #(#arms)*
                _ => Self::Unknown {
                    member: source.unknown_member(&[#(#wires),*]),
                    value: source.document(),
                },
            }
        },
    )
}

pub(super) fn stream(shape: &Stream) -> TokenStream {
    let arms = shape.events.iter().enumerate().map(|(index, event)| {
        let name = value::ident(&event.variant);
        quote! { #index => Self::#name(source.value()), }
    });
    let n_events = shape.events.len();
    let wires = shape.events.iter().map(|event| &event.wire);
    implementation(
        &shape.name,
        &quote! {
            match source.variant(#n_events) {
                #(#arms)*
                _ => Self::Unknown(source.unknown_frame(&[#(#wires),*])),
            }
        },
    )
}

/// The errors an operation names. Others are no values of its own.
pub(super) fn errors(operation: &Operation) -> TokenStream {
    let arms: Vec<TokenStream> = operation
        .errors
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let variant = value::ident(name);
            let pattern = if index + 1 == operation.errors.len() {
                quote!(_)
            } else {
                quote!(#index)
            };
            quote! { #pattern => Self::#variant(source.value()), }
        })
        .collect();
    if arms.is_empty() {
        return TokenStream::new();
    }
    let n_errors = arms.len();
    implementation(
        &format!("{}Error", operation.name),
        &quote! { match source.choose(#n_errors) { #(#arms)* } },
    )
}

fn implementation(name: &str, body: &TokenStream) -> TokenStream {
    let ident = value::ident(name);
    let source = if body.to_string().contains("source") {
        quote!(source)
    } else {
        quote!(_source)
    };
    quote! {
        #[cfg(feature = "arbitrary")]
        impl rest_json::arbitrary::Generate for #ident {
            fn generate(#source: &mut rest_json::arbitrary::Source) -> Self { #body }
        }
        #[cfg(feature = "arbitrary")]
        impl rest_json::proptest::arbitrary::Arbitrary for #ident {
            type Parameters = ();
            type Strategy = rest_json::arbitrary::Values<Self>;
            fn arbitrary_with((): ()) -> Self::Strategy {
                rest_json::arbitrary::values()
            }
        }
    }
}
