//! Errors: structures with a name and a status.

use proc_macro2::TokenStream;
use quote::quote;

use super::{arbitrary, http, value};
use crate::ir::{ErrorShape, Service};

pub(super) fn tokens(service: &Service, shape: &ErrorShape) -> TokenStream {
    let ident = value::ident(&shape.name);
    let (wire, status, retryable, throttling) =
        (&shape.wire, shape.status, shape.retryable, shape.throttling);
    let definition = http::definition(service, &shape.structure, &format!(" `{}`.", shape.id));
    let decode = http::decode_response(&shape.structure);
    let encode = http::encode_response(&shape.structure, &quote!(self), &quote!(Self::STATUS));
    let arbitrary = arbitrary::http(&shape.structure, false);
    quote! {
        #definition
        impl #ident {
            #[doc = " The name on the wire."]
            pub const NAME: &'static str = #wire;
            #[doc = " The HTTP status."]
            pub const STATUS: u16 = #status;
            #[doc = " Whether the model says that another try may help."]
            pub const RETRYABLE: bool = #retryable;
            #[doc = " Whether the model says that it is about the rate of requests."]
            pub const THROTTLING: bool = #throttling;
            #[doc = " Reads an answer that is known to be this error."]
            pub fn decode(response: &rest_json::Response) -> Result<Self, rest_json::Rejection> {
                #decode
            }
            #[doc = " Writes the answer, with the error's plain name in `x-amzn-ErrorType`."]
            pub fn encode(&self) -> Result<rest_json::Response, rest_json::EncodeError> {
                #encode
                Ok(rest_json::body::named(response, Self::NAME))
            }
        }
        #arbitrary
    }
}
