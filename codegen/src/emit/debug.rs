//! What must be kept out of logs prints as a constant.

use proc_macro2::TokenStream;
use quote::quote;

use super::value;
use crate::ir::Member;

/// Whether `Debug` cannot be derived.
pub(super) fn is_manual(members: &[&Member], sensitive: bool) -> bool {
    sensitive || members.iter().any(|member| member.slot.redacted)
}

/// The `Debug` of a structure, if it cannot be derived.
pub(super) fn structure(
    name: &str,
    members: &[&Member],
    sensitive: bool,
    has_unknown: bool,
) -> TokenStream {
    if sensitive {
        return whole(name);
    }
    if !is_manual(members, sensitive) {
        return TokenStream::new();
    }
    let fields = members.iter().map(|member| {
        let (field, text) = (
            value::ident(&member.name),
            member.name.trim_start_matches("r#"),
        );
        if member.slot.redacted {
            quote! { .field(#text, &self.#field.as_ref().map(|_| rest_json::body::Redacted)) }
        } else {
            quote! { .field(#text, &self.#field) }
        }
    });
    let unknown = has_unknown.then(|| quote! { .field("unknown", &self.unknown) });
    implementation(
        name,
        &quote! { f.debug_struct(#name) #(#fields)* #unknown .finish() },
    )
}

/// The `Debug` of an enum in Rust's sense, if it cannot be derived: variants with whether they are redacted.
pub(super) fn variants(
    name: &str,
    variants: &[(String, bool)],
    sensitive: bool,
    unknown: &TokenStream,
) -> TokenStream {
    if sensitive {
        return whole(name);
    }
    if variants.iter().all(|(_, redacted)| !redacted) {
        return TokenStream::new();
    }
    let arms = variants.iter().map(|(variant, redacted)| {
        let ident = value::ident(variant);
        if *redacted {
            quote! { Self::#ident(_) => f.debug_tuple(#variant).field(&rest_json::body::Redacted).finish(), }
        } else {
            quote! { Self::#ident(value) => f.debug_tuple(#variant).field(value).finish(), }
        }
    });
    implementation(name, &quote! { match self { #(#arms)* #unknown } })
}

/// A `Debug` that tells nothing.
pub(super) fn whole(name: &str) -> TokenStream {
    implementation(
        name,
        &quote! { std::fmt::Debug::fmt(&rest_json::body::Redacted, f) },
    )
}

fn implementation(name: &str, body: &TokenStream) -> TokenStream {
    let ident = value::ident(name);
    quote! {
        impl std::fmt::Debug for #ident {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { #body }
        }
    }
}
