//! What the model says of a service as a whole.

use proc_macro2::TokenStream;
use quote::quote;

use crate::ir::Service;

pub(super) fn tokens(service: &Service) -> TokenStream {
    let meta = &service.meta;
    let (id, version) = (&meta.id, &meta.version);
    let mut tokens = quote! {
        #[doc = " The shape id of the service."]
        pub const SERVICE: &str = #id;
        #[doc = " The version of its interface."]
        pub const VERSION: &str = #version;
    };
    if let Some(text) = &meta.sdk_id {
        tokens.extend(quote! {
            #[doc = " The name that SDKs derive theirs from."]
            pub const SDK_ID: &str = #text;
        });
    }
    if let Some(text) = &meta.endpoint_prefix {
        tokens.extend(quote! {
            #[doc = " The first label of its host names."]
            pub const ENDPOINT_PREFIX: &str = #text;
        });
    }
    if let Some(text) = &meta.signing_name {
        tokens.extend(quote! {
            #[doc = " The service name in signatures."]
            pub const SIGNING_NAME: &str = #text;
        });
    }
    tokens
}
