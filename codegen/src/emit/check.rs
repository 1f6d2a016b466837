//! Constraints as calls on `rest_json::check`, in the model's order of members.

use proc_macro2::TokenStream;
use quote::quote;

use super::value;
use crate::ir::{
    Constraints, EventKind, HttpStructure, Member, Service, Slot, Stream, Structure, Type, Union,
    slot_can_fail,
};

/// `Check` of a structure.
pub(super) fn structure(service: &Service, shape: &Structure) -> TokenStream {
    let mut patterns = Patterns::default();
    let members: Vec<&Member> = shape.members.iter().collect();
    let body = members_body(service, &members, &mut patterns);
    implementation(&shape.name, &patterns, &body)
}

/// `Check` and the inherent `check` of an operation's input.
pub(super) fn input(service: &Service, shape: &HttpStructure) -> TokenStream {
    let ident = value::ident(&shape.name);
    let mut patterns = Patterns::default();
    let members: Vec<&Member> = shape.members.iter().map(|bound| &bound.member).collect();
    let body = members_body(service, &members, &mut patterns);
    let implementation = implementation(&shape.name, &patterns, &body);
    quote! {
        #implementation
        impl #ident {
            #[doc = " The constraints of the model that this input does not meet."]
            pub fn check(&self) -> rest_json::check::Violations {
                let mut violations = rest_json::check::Violations::default();
                rest_json::check::Check::check(self, &rest_json::check::Path::ROOT, &mut violations);
                violations
            }
        }
    }
}

/// `Check` of a union.
pub(super) fn union(service: &Service, shape: &Union) -> TokenStream {
    let mut patterns = Patterns::default();
    let arms: Vec<TokenStream> = shape
        .variants
        .iter()
        .map(|variant| {
            let (name, wire) = (value::ident(&variant.name), &variant.wire);
            if !slot_can_fail(&variant.slot, &service.constrained) {
                return quote! { Self::#name(_) => {} };
            }
            let check = slot(service, &variant.slot, &mut patterns);
            quote! { Self::#name(value) => { let at = path.member(#wire); #check } }
        })
        .collect();
    let body = if shape
        .variants
        .iter()
        .any(|variant| slot_can_fail(&variant.slot, &service.constrained))
    {
        quote! { match self { #(#arms)* Self::Unknown { .. } => {} } }
    } else {
        TokenStream::new()
    };
    implementation(&shape.name, &patterns, &body)
}

/// `Check` of an event stream: of one event.
pub(super) fn stream(service: &Service, shape: &Stream) -> TokenStream {
    let arms: Vec<TokenStream> = shape
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Event { reference, .. } if service.constrained.contains(&reference.name) => {
                let (name, wire) = (value::ident(&event.variant), &event.wire);
                Some(quote! {
                    Self::#name(event) => rest_json::check::Check::check(event, &path.member(#wire), violations),
                })
            }
            EventKind::Event { .. } | EventKind::Exception(_) => None,
        })
        .collect();
    let body = if arms.is_empty() {
        TokenStream::new()
    } else {
        quote! { match self { #(#arms)* _ => {} } }
    };
    implementation(&shape.name, &Patterns::default(), &body)
}

fn implementation(name: &str, patterns: &Patterns, body: &TokenStream) -> TokenStream {
    let ident = value::ident(name);
    let statics = patterns.0.iter().enumerate().map(|(index, pattern)| {
        let name = pattern_name(index);
        quote! { static #name: rest_json::check::Pattern = rest_json::check::Pattern::new(#pattern); }
    });
    let (path, violations) = if body.is_empty() {
        (quote!(_path), quote!(_violations))
    } else {
        (quote!(path), quote!(violations))
    };
    quote! {
        impl rest_json::check::Check for #ident {
            fn check(&self, #path: &rest_json::check::Path<'_>, #violations: &mut rest_json::check::Violations) {
                #(#statics)*
                #body
            }
        }
    }
}

/// The patterns one function needs.
#[derive(Default)]
struct Patterns(Vec<String>);

fn pattern_name(index: usize) -> proc_macro2::Ident {
    value::ident(&format!("PATTERN_{}", index + 1))
}

impl Patterns {
    fn name(&mut self, pattern: &str) -> proc_macro2::Ident {
        let index = self
            .0
            .iter()
            .position(|known| known == pattern)
            .unwrap_or_else(|| {
                self.0.push(pattern.to_owned());
                self.0.len() - 1
            });
        pattern_name(index)
    }
}

fn members_body(service: &Service, members: &[&Member], patterns: &mut Patterns) -> TokenStream {
    let mut tokens = TokenStream::new();
    for member in members {
        let (field, wire) = (value::ident(&member.name), &member.wire);
        let can_fail = slot_can_fail(&member.slot, &service.constrained);
        if can_fail {
            let check = slot(service, &member.slot, patterns);
            let required = required(member);
            tokens.extend(quote! { #required if let Some(value) = &self.#field { let at = path.member(#wire); #check } });
        } else {
            tokens.extend(required(member));
        }
    }
    tokens
}

fn required(member: &Member) -> Option<TokenStream> {
    let (field, wire) = (value::ident(&member.name), &member.wire);
    member.required.then(
        || quote! { rest_json::check::required(&self.#field, &path.member(#wire), violations); },
    )
}

/// Checks `value`, a reference, at the path `at`.
fn slot(service: &Service, slot: &Slot, patterns: &mut Patterns) -> TokenStream {
    let Slot {
        ty,
        constraints,
        redacted: _,
    } = slot;
    let own = own(ty, constraints, patterns);
    let inner = match ty {
        Type::Structure(_) | Type::Union(_) if slot_can_fail(slot, &service.constrained) => {
            quote! { rest_json::check::Check::check(value, &at, violations); }
        }
        Type::List(list) if slot_can_fail(&list.item, &service.constrained) => {
            let check = item(service, &list.item, list.sparse, patterns);
            quote! { for (index, value) in value.iter().enumerate() { let at = at.item(index); #check } }
        }
        Type::Map(map) => {
            let key = own_text(&quote!(key), &quote!(at.key()), &map.key, patterns);
            let check = if slot_can_fail(&map.value, &service.constrained) {
                let check = item(service, &map.value, map.sparse, patterns);
                quote! { let at = at.value(key); #check }
            } else {
                TokenStream::new()
            };
            match (key.is_empty(), check.is_empty()) {
                (true, true) => TokenStream::new(),
                (false, true) => quote! { for (key, _) in value.iter() { #key } },
                (_, false) => quote! { for (key, value) in value.iter() { #key #check } },
            }
        }
        Type::Structure(_)
        | Type::Union(_)
        | Type::List(_)
        | Type::String
        | Type::Boolean
        | Type::Integer(_)
        | Type::Number
        | Type::Blob
        | Type::Bytes
        | Type::Document
        | Type::Timestamp(_)
        | Type::Enum(_) => TokenStream::new(),
    };
    quote! { #own #inner }
}

fn item(service: &Service, inner: &Slot, sparse: bool, patterns: &mut Patterns) -> TokenStream {
    let check = slot(service, inner, patterns);
    if sparse {
        quote! { if let Some(value) = value { #check } }
    } else {
        check
    }
}

/// The constraints of the value itself.
fn own(ty: &Type, constraints: &Constraints, patterns: &mut Patterns) -> TokenStream {
    let length = |length: TokenStream| {
        constraints.length.map(|(min, max)| {
            let (min, max) = (bound(min), bound(max));
            quote! { rest_json::check::length(#length, #min, #max, &at, violations); }
        })
    };
    let mut tokens = TokenStream::new();
    match ty {
        Type::String => return own_text(&quote!(value), &quote!(at), constraints, patterns),
        Type::Enum(_) => {
            return own_text(&quote!(value.as_str()), &quote!(at), constraints, patterns);
        }
        Type::Blob => tokens.extend(length(quote!(value.decoded_len()))),
        Type::Bytes | Type::Map(_) => tokens.extend(length(quote!(value.len()))),
        Type::List(_) => {
            tokens.extend(length(quote!(value.len())));
            if constraints.unique {
                tokens.extend(quote! { rest_json::check::unique_items(value, &at, violations); });
            }
        }
        Type::Integer(_) | Type::Number => {
            if let Some((min, max)) = &constraints.range {
                // The answer repeats a bound as the model writes it, so bounds are texts.
                let (min, max) = (
                    option(min.as_ref().map(|min| quote!(#min))),
                    option(max.as_ref().map(|max| quote!(#max))),
                );
                tokens.extend(
                    quote! { rest_json::check::range(value, #min, #max, &at, violations); },
                );
            }
        }
        Type::Boolean
        | Type::Document
        | Type::Timestamp(_)
        | Type::Structure(_)
        | Type::Union(_) => {}
    }
    tokens
}

/// The constraints of a text: length before pattern, as AWS reports them.
fn own_text(
    text: &TokenStream,
    at: &TokenStream,
    constraints: &Constraints,
    patterns: &mut Patterns,
) -> TokenStream {
    let mut tokens = TokenStream::new();
    if let Some((min, max)) = constraints.length {
        let (min, max) = (bound(min), bound(max));
        tokens.extend(
            quote! { rest_json::check::string_length(#text, #min, #max, &#at, violations); },
        );
    }
    if let Some(pattern) = &constraints.pattern {
        let pattern = patterns.name(pattern);
        tokens.extend(quote! { rest_json::check::pattern(#text, &#pattern, &#at, violations); });
    }
    tokens
}

fn bound(bound: Option<u64>) -> TokenStream {
    let literal = bound.map(proc_macro2::Literal::u64_unsuffixed);
    option(literal.map(|literal| quote!(#literal)))
}

fn option(tokens: Option<TokenStream>) -> TokenStream {
    match tokens {
        Some(tokens) => quote!(Some(#tokens)),
        None => quote!(None),
    }
}
