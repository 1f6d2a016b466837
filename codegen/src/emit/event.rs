//! Event streams and the events whose members use more than a JSON payload.

use proc_macro2::TokenStream;
use quote::quote;

use super::{arbitrary, check, debug, value};
use crate::ir::{Event, EventKind, EventPayload, EventPlaces, Service, Stream, Structure};

/// The union of an event stream.
pub(super) fn stream(service: &Service, shape: &Stream) -> TokenStream {
    let ident = value::ident(&shape.name);
    let doc = format!(" `{}`.", shape.id);
    let variants = shape.events.iter().map(|event| {
        let (name, ty, doc) = (
            value::ident(&event.variant),
            ty(service, event),
            format!(" `{}`.", event.wire),
        );
        quote! { #[doc = #doc] #name(#ty), }
    });
    let redacted: Vec<(String, bool)> = shape
        .events
        .iter()
        .map(|event| (event.variant.clone(), event.redacted))
        .collect();
    let derived = (!shape.sensitive && redacted.iter().all(|(_, redacted)| !redacted))
        .then(|| quote!(Debug,));
    let unknown =
        quote! { Self::Unknown(frame) => f.debug_tuple("Unknown").field(frame).finish(), };
    let manual = debug::variants(&shape.name, &redacted, shape.sensitive, &unknown);
    let (decodes, encodes) = (
        shape.events.iter().map(|event| decode(service, event)),
        shape.events.iter().map(encode),
    );
    let check = shape.checked.then(|| check::stream(service, shape));
    let arbitrary = arbitrary::stream(shape);
    quote! {
        #[doc = #doc]
        #[derive(Clone, #derived PartialEq)]
        pub enum #ident {
            #(#variants)*
            #[doc = " A frame the model does not know, as it came."]
            Unknown(rest_json::Frame),
        }
        #manual
        impl rest_json::EventStream for #ident {
            fn decode_frame(frame: &rest_json::Frame) -> Result<Self, rest_json::Rejection> {
                Ok(match frame.modelled_kind()? {
                    #(#decodes)*
                    _ => Self::Unknown(frame.clone()),
                })
            }
            fn encode_frame(&self) -> Result<rest_json::Frame, rest_json::EncodeError> {
                Ok(match self {
                    #(#encodes)*
                    Self::Unknown(frame) => frame.clone(),
                })
            }
        }
        #check
        #arbitrary
    }
}

fn ty(service: &Service, event: &Event) -> TokenStream {
    match &event.kind {
        EventKind::Event { reference, .. } => value::reference(service, reference),
        EventKind::Exception(name) => value::named(service, name, true),
    }
}

fn decode(service: &Service, event: &Event) -> TokenStream {
    let (name, wire, ty) = (
        value::ident(&event.variant),
        &event.wire,
        ty(service, event),
    );
    match &event.kind {
        EventKind::Event { placed: true, .. } => {
            quote! { rest_json::frame::FrameKind::Event(#wire) => Self::#name(#ty::from_frame(frame)?), }
        }
        EventKind::Event { placed: false, .. } => quote! {
            rest_json::frame::FrameKind::Event(#wire) => {
                Self::#name(rest_json::body::response(&frame.payload)?.unwrap_or_default())
            }
        },
        EventKind::Exception(_) => quote! {
            rest_json::frame::FrameKind::Exception(#wire) => {
                Self::#name(rest_json::body::response(&frame.payload)?.unwrap_or_default())
            }
        },
    }
}

fn encode(event: &Event) -> TokenStream {
    let (name, wire) = (value::ident(&event.variant), &event.wire);
    match &event.kind {
        EventKind::Event { placed: true, .. } => {
            quote! { Self::#name(event) => event.to_frame(#wire), }
        }
        EventKind::Event { placed: false, .. } => quote! {
            Self::#name(event) => {
                rest_json::Frame::event(#wire, rest_json::operation::JSON, rest_json::json::to_vec(event))
            }
        },
        EventKind::Exception(_) => quote! {
            Self::#name(error) => rest_json::Frame::exception(#wire, rest_json::json::to_vec(error)),
        },
    }
}

/// Reading and writing an event's members from and to headers and payload of its frame.
pub(super) fn places(shape: &Structure, places: &EventPlaces) -> TokenStream {
    let ident = value::ident(&shape.name);
    let wire_of = |field: &str| {
        shape
            .members
            .iter()
            .find(|member| member.name == field)
            .map_or_else(String::new, |member| member.wire.clone())
    };
    let reads = places.headers.iter().map(|field| {
        let (field, wire) = (value::ident(field), wire_of(field));
        quote! { event.#field = frame.read_header(#wire)?; }
    });
    let writes = places.headers.iter().map(|field| {
        let (field, wire) = (value::ident(field), wire_of(field));
        quote! { frame.write_header(#wire, &self.#field); }
    });
    let read_payload = match &places.payload {
        EventPayload::Empty => quote! { let mut event = Self::default(); },
        EventPayload::Members => {
            quote! { let mut event: Self = rest_json::body::response(&frame.payload)?.unwrap_or_default(); }
        }
        EventPayload::Bytes(field) => {
            let field = value::ident(field);
            quote! { let mut event = Self::default(); event.#field = rest_json::operation::read_bytes(&frame.payload); }
        }
        EventPayload::Text(field) => {
            let field = value::ident(field);
            quote! {
                let mut event = Self::default();
                event.#field = rest_json::operation::read_text(&frame.payload)?.map(|text| text.as_str().into());
            }
        }
        EventPayload::Json(field) => {
            let field = value::ident(field);
            quote! { let mut event = Self::default(); event.#field = rest_json::body::response(&frame.payload)?; }
        }
    };
    let start = match &places.payload {
        EventPayload::Empty => quote! { rest_json::Frame::empty_event(event_type) },
        EventPayload::Members => quote! {
            rest_json::Frame::event(event_type, rest_json::operation::JSON, rest_json::json::to_vec(self))
        },
        EventPayload::Bytes(field) => optional(field, &quote!(OCTETS), &quote!(payload.clone())),
        EventPayload::Text(field) => optional(
            field,
            &quote!(TEXT),
            &quote!(rest_json::binding::ToText::to_text(payload).into_owned()),
        ),
        EventPayload::Json(field) => optional(
            field,
            &quote!(JSON),
            &quote!(rest_json::json::to_vec(payload)),
        ),
    };
    let mutable = (!places.headers.is_empty()).then(|| quote!(mut));
    quote! {
        impl #ident {
            #[doc = " Reads the event from its frame."]
            pub fn from_frame(frame: &rest_json::Frame) -> Result<Self, rest_json::Rejection> {
                #read_payload
                #(#reads)*
                Ok(event)
            }
            #[doc = " Writes the event as a frame of this `:event-type`."]
            pub fn to_frame(&self, event_type: &str) -> rest_json::Frame {
                let #mutable frame = #start;
                #(#writes)*
                frame
            }
        }
    }
}

fn optional(field: &str, content_type: &TokenStream, payload: &TokenStream) -> TokenStream {
    let field = value::ident(field);
    quote! {
        match &self.#field {
            Some(payload) => rest_json::Frame::event(event_type, rest_json::operation::#content_type, #payload),
            None => rest_json::Frame::empty_event(event_type),
        }
    }
}
