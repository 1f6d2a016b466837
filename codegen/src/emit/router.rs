//! The table of routes, and by operation what it may answer.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::value;
use crate::ir::{EventKind, HttpStructure, Location, Named, Operation, Segment, Service};

pub(super) fn tokens(service: &Service) -> TokenStream {
    let routes = service.operations.iter().map(route);
    let operations = service.operations.iter().map(|operation| {
        let Operation {
            name, method, uri, ..
        } = operation;
        quote! { (#name, #method, #uri) }
    });
    let errors = table(service, "errors_of", |operation| {
        operation
            .errors
            .iter()
            .filter_map(|name| service.errors.iter().find(|error| error.name == *name))
            .map(|error| error.wire.clone())
            .collect()
    });
    let stream_errors = table(service, "stream_errors_of", |operation| {
        match &operation.output_stream {
            Some(stream) => exceptions(service, stream),
            None => Vec::new(),
        }
    });
    let request_headers = table(service, "request_headers_of", |operation| {
        headers(&operation.input)
    });
    let response_headers = table(service, "response_headers_of", |operation| {
        headers(&operation.output)
    });
    quote! {
        #[doc = " The routes, in the order of the operations' names."]
        pub static ROUTES: &[rest_json::Route] = &[#(#routes),*];
        #[doc = " The router over them."]
        pub static ROUTER: rest_json::Router = rest_json::Router::new(ROUTES);
        #[doc = " Name, method and path pattern of each operation, sorted by name."]
        pub const OPERATIONS: &[(&str, &str, &str)] = &[#(#operations),*];
        #[doc = " The errors the model names for an operation; none for an unknown one."]
        #errors
        #[doc = " The members of an operation's output stream that are errors, as frames spell them."]
        #stream_errors
        #[doc = " The headers that are members of an operation's input, in lower case."]
        #request_headers
        #[doc = " The headers that are members of an operation's output, in lower case."]
        #response_headers
    }
}

fn route(operation: &Operation) -> TokenStream {
    let Operation { name, method, .. } = operation;
    let segments = operation.segments.iter().map(|segment| match segment {
        Segment::Literal(text) => quote!(rest_json::route::Segment::Literal(#text)),
        Segment::Label(name) => quote!(rest_json::route::Segment::Label(#name)),
        Segment::Greedy(name) => quote!(rest_json::route::Segment::Greedy(#name)),
    });
    let query = operation.query.iter().map(|(name, text)| match text {
        Some(text) => quote!((#name, Some(#text))),
        None => quote!((#name, None)),
    });
    quote! {
        rest_json::Route {
            method: #method,
            segments: &[#(#segments),*],
            query: &[#(#query),*],
            operation: #name,
        }
    }
}

/// A function from an operation's name to a list of texts; operations without any fall to its last arm.
fn table(service: &Service, name: &str, texts: impl Fn(&Operation) -> Vec<String>) -> TokenStream {
    let arms: Vec<TokenStream> = service
        .operations
        .iter()
        .filter_map(|operation| {
            let texts = texts(operation);
            let name = &operation.name;
            (!texts.is_empty()).then(|| quote! { #name => &[#(#texts),*], })
        })
        .collect();
    let name = value::ident(name);
    if arms.is_empty() {
        return quote! { pub fn #name(_operation: &str) -> &'static [&'static str] { &[] } };
    }
    quote! {
        pub fn #name(operation: &str) -> &'static [&'static str] {
            match operation { #(#arms)* _ => &[], }
        }
    }
}

fn exceptions(service: &Service, stream: &str) -> Vec<String> {
    service
        .types
        .iter()
        .filter_map(|named| match named {
            Named::Stream(shape) if shape.name == stream => Some(&shape.events),
            Named::Stream(_) | Named::Structure(_) | Named::Union(_) | Named::Enum(_) => None,
        })
        .flatten()
        .filter(|event| matches!(event.kind, EventKind::Exception(_)))
        .map(|event| event.wire.clone())
        .collect()
}

fn headers(structure: &HttpStructure) -> Vec<String> {
    let names: BTreeSet<String> = structure
        .members
        .iter()
        .filter_map(|bound| match &bound.location {
            Location::Header(name) => Some(name.to_ascii_lowercase()),
            Location::Body
            | Location::Label
            | Location::GreedyLabel
            | Location::Query(_)
            | Location::QueryParams
            | Location::PrefixHeaders(_)
            | Location::ResponseCode
            | Location::Payload => None,
        })
        .collect();
    names.into_iter().collect()
}
