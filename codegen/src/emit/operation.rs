//! Operations: the marker, input, output, error, and the codecs between them and HTTP.

use proc_macro2::TokenStream;
use quote::quote;

use super::{arbitrary, check, http, value};
use crate::ir::{HttpStructure, Operation, Service};

pub(super) fn tokens(service: &Service, operation: &Operation) -> TokenStream {
    let marker = value::ident(&operation.name);
    let (input, output) = (
        value::ident(&operation.input.name),
        value::ident(&operation.output.name),
    );
    let error = value::ident(&format!("{}Error", operation.name));
    let (name, method, uri, status) = (
        &operation.name,
        &operation.method,
        &operation.uri,
        operation.status,
    );
    let doc = format!(" `{}`: `{method} {uri}`.", operation.id);
    let input_type = http::definition(
        service,
        &operation.input,
        &format!(" `{}`, input.", operation.id),
    );
    let output_type = http::definition(
        service,
        &operation.output,
        &format!(" `{}`, output.", operation.id),
    );
    let decode_request = http::decode_request(&operation.input);
    let encode_request = http::encode_request(operation);
    let decode_response = http::decode_response(&operation.output);
    let encode_response =
        http::encode_response(&operation.output, &quote!(output), &quote!(Self::STATUS));
    let errors = errors(service, operation);
    let (decode_error, encode_error) = (decode_error(service, operation), encode_error(operation));
    let streams = streams(service, operation);
    let check = check::input(service, &operation.input);
    let token = token(&operation.input);
    let arbitrary_input = arbitrary::http(&operation.input, true);
    let arbitrary_errors = arbitrary::errors(operation);
    let arbitrary_output = arbitrary::http(&operation.output, false);
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug)]
        pub struct #marker;
        impl rest_json::Operation for #marker {
            const NAME: &'static str = #name;
            const METHOD: &'static str = #method;
            const URI: &'static str = #uri;
            const STATUS: u16 = #status;
            type Input = #input;
            type Output = #output;
            type Error = #error;
            fn decode_request(request: &rest_json::Request) -> Result<Self::Input, rest_json::Rejection> {
                #decode_request
            }
            fn encode_request(input: &Self::Input) -> Result<rest_json::Request, rest_json::EncodeError> {
                #encode_request
            }
            fn decode_response(response: &rest_json::Response) -> Result<Self::Output, rest_json::Rejection> {
                #decode_response
            }
            fn encode_response(output: &Self::Output) -> Result<rest_json::Response, rest_json::EncodeError> {
                #encode_response
                Ok(response)
            }
            fn decode_error(response: &rest_json::Response) -> Self::Error {
                #decode_error
            }
            fn encode_error(error: &Self::Error) -> Result<rest_json::Response, rest_json::EncodeError> {
                #encode_error
            }
        }
        #streams
        #input_type
        #token
        #check
        #output_type
        #errors
        #arbitrary_input
        #arbitrary_errors
        #arbitrary_output
    }
}

/// What a client calls before it sends. Only members of the input itself count (Smithy 2.0, `idempotencyToken`).
fn token(input: &HttpStructure) -> TokenStream {
    let ident = value::ident(&input.name);
    let members = input.members.iter().map(|bound| &bound.member);
    let fills: Vec<TokenStream> = members
        .filter(|member| member.idempotency_token)
        .map(|member| {
            let field = value::ident(&member.name);
            quote! { self.#field.get_or_insert_with(|| token.to_owned()); }
        })
        .collect();
    if fills.is_empty() {
        return TokenStream::new();
    }
    quote! {
        impl #ident {
            #[doc = " Puts the token where the caller gave none. It should be a new UUID for each call, the same for each try of it."]
            pub fn fill_idempotency_token(&mut self, token: &str) { #(#fills)* }
        }
    }
}

fn streams(service: &Service, operation: &Operation) -> TokenStream {
    let marker = value::ident(&operation.name);
    let mut tokens = TokenStream::new();
    for (stream, name) in [
        (&operation.input_stream, "InputStream"),
        (&operation.output_stream, "OutputStream"),
    ] {
        if let Some(stream) = stream {
            let (name, event) = (value::ident(name), value::named(service, stream, false));
            tokens.extend(quote! { impl rest_json::#name for #marker { type Event = #event; } });
        }
    }
    tokens
}

fn errors(service: &Service, operation: &Operation) -> TokenStream {
    let error = value::ident(&format!("{}Error", operation.name));
    let doc = format!(" `{}`, errors.", operation.id);
    let variants = operation.errors.iter().map(|name| {
        let (variant, ty) = (value::ident(name), value::named(service, name, true));
        quote! { #variant(#ty), }
    });
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug, PartialEq)]
        pub enum #error {
            #(#variants)*
            #[doc = " An error the model does not name for this operation, or that could not be read."]
            Unhandled(rest_json::Unhandled),
        }
    }
}

fn decode_error(service: &Service, operation: &Operation) -> TokenStream {
    let error = value::ident(&format!("{}Error", operation.name));
    if operation.errors.is_empty() {
        return quote! { #error::Unhandled(rest_json::Unhandled::of(response)) };
    }
    let arms = operation.errors.iter().map(|name| {
        let (variant, ty) = (value::ident(name), value::named(service, name, true));
        quote! { Some(#ty::NAME) => #ty::decode(response).ok().map(#error::#variant), }
    });
    quote! {
        let head = rest_json::ErrorHead::of(response);
        let known = match head.code.as_deref() {
            #(#arms)*
            Some(_) | None => None,
        };
        // What cannot be read as the error it says it is keeps its status, code and message.
        known.unwrap_or_else(|| #error::Unhandled(rest_json::Unhandled::of(response)))
    }
}

fn encode_error(operation: &Operation) -> TokenStream {
    let error = value::ident(&format!("{}Error", operation.name));
    let arms = operation.errors.iter().map(|name| {
        let variant = value::ident(name);
        quote! { #error::#variant(error) => error.encode(), }
    });
    quote! {
        match error {
            #(#arms)*
            #error::Unhandled(error) => error.encode(),
        }
    }
}
