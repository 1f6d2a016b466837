//! Reading and writing structures as JSON objects.

use proc_macro2::TokenStream;
use quote::quote;

use super::value;
use crate::ir::Member;

/// The codec of a structure over the members that stand in its JSON object.
pub(super) fn structure(name: &str, members: &[&Member]) -> TokenStream {
    let ident = value::ident(name);
    let mut sorted = members.to_vec();
    // What AWS sends: ascending order of wire names, as bytes.
    sorted.sort_by(|a, b| a.wire.cmp(&b.wire));
    let reads = sorted.iter().map(|member| {
        let (field, wire) = (value::ident(&member.name), &member.wire);
        quote! { #wire => value.#field = reader.member(#wire)?, }
    });
    let writes = sorted.iter().map(|member| {
        let (field, wire) = (value::ident(&member.name), &member.wire);
        quote! { object.member(#wire, &self.#field); }
    });
    let read = if sorted.is_empty() {
        quote! { value.unknown.read(&key, reader)?; }
    } else {
        quote! { match key.as_ref() { #(#reads)* _ => value.unknown.read(&key, reader)?, } }
    };
    let mutable = (!sorted.is_empty()).then(|| quote!(mut));
    quote! {
        impl rest_json::FromJson for #ident {
            fn read(reader: &mut rest_json::Reader<'_>) -> Result<Self, rest_json::DecodeError> {
                let mut value = Self::default();
                reader.begin_object()?;
                while let Some(key) = reader.next_key()? { #read }
                Ok(value)
            }
        }
        impl rest_json::ToJson for #ident {
            fn write(&self, writer: &mut rest_json::Writer) {
                let #mutable object = writer.object(&self.unknown);
                #(#writes)*
                object.end();
            }
        }
    }
}
