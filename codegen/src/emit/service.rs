//! The service trait and the function that routes to it.

use proc_macro2::TokenStream;
use quote::quote;

use super::value;
use crate::ir::Service;

pub(super) fn tokens(service: &Service) -> TokenStream {
    let (module, name) = (
        value::ident(&service.module),
        value::ident(&service.trait_name),
    );
    let doc = format!(
        " `{}`: a method an operation. It never decodes: each method gets the request as it came.",
        service.meta.id
    );
    let methods = service.operations.iter().map(|operation| {
        let (method, marker) = (value::ident(&operation.module), value::ident(&operation.name));
        let marker = quote!(crate::#module::operation::#marker);
        let doc = format!(" `{}`: `{} {}`.", operation.id, operation.method, operation.uri);
        quote! {
            #[doc = #doc]
            fn #method<'a>(&'a self, request: rest_json::Undecoded<#marker>) -> rest_json::BoxFuture<'a, Self::Answer> {
                self.not_served(<#marker as rest_json::Operation>::NAME, request.into_request())
            }
        }
    });
    let arms = service
        .operations
        .iter()
        .enumerate()
        .map(|(index, operation)| {
            let method = value::ident(&operation.module);
            quote! { #index => Ok(service.#method(rest_json::Undecoded::new(request))), }
        });
    quote! {
        #[doc = #doc]
        pub trait #name: Send + Sync {
            #[doc = " What a request is answered with."]
            type Answer: Send;
            #[doc = " The answer of every operation that is not implemented."]
            fn not_served<'a>(
                &'a self,
                operation: &'static str,
                request: rest_json::Request,
            ) -> rest_json::BoxFuture<'a, Self::Answer>;
            #(#methods)*
        }
        #[doc = " Routes a request and calls the operation it is for; the request comes back where it is for none."]
        pub fn dispatch<'a, S: #name + ?Sized>(
            service: &'a S,
            mut request: rest_json::Request,
        ) -> Result<rest_json::BoxFuture<'a, S::Answer>, (rest_json::RouteError, rest_json::Request)> {
            let index = match crate::#module::router::ROUTER.match_route(&request.method, &request.target) {
                Ok((index, labels)) => {
                    request.labels = labels;
                    index
                }
                Err(error) => return Err((error, request)),
            };
            match index {
                #(#arms)*
                _ => Err((rest_json::RouteError::UnknownPath, request)),
            }
        }
    }
}
