//! Members to and from the parts of an HTTP message: labels, query, headers, status and body.

use proc_macro2::TokenStream;
use quote::quote;

use super::{json, structure, value};
use crate::ir::{Body, Bound, HttpStructure, Location, Member, Operation, Segment, Service, Type};

/// The type of an input, output or error, with the codec of its body where that is a JSON object.
pub(super) fn definition(service: &Service, shape: &HttpStructure, doc: &str) -> TokenStream {
    let fields: Vec<structure::Field<'_>> = shape
        .members
        .iter()
        .map(|bound| (&bound.member, place(&bound.location)))
        .collect();
    let is_object = shape.body == Body::Members;
    let mut tokens = structure::definition(
        service,
        &shape.name,
        doc,
        &fields,
        shape.sensitive,
        is_object,
    );
    if is_object {
        let in_body: Vec<&Member> = shape
            .members
            .iter()
            .filter(|bound| bound.location == Location::Body)
            .map(|bound| &bound.member)
            .collect();
        tokens.extend(json::structure(&shape.name, &in_body));
    }
    tokens
}

/// The place of a member in words, but for members of a JSON object.
fn place(location: &Location) -> Option<String> {
    match location {
        Location::Body => None,
        Location::Label => Some("a label of the path".to_owned()),
        Location::GreedyLabel => Some("a label of the path, over several segments".to_owned()),
        Location::Query(name) => Some(format!("the query parameter `{name}`")),
        Location::QueryParams => Some("every query parameter".to_owned()),
        Location::Header(name) => Some(format!("the header `{name}`")),
        Location::PrefixHeaders(prefix) => Some(format!("every header `{prefix}...`")),
        Location::ResponseCode => Some("the status".to_owned()),
        Location::Payload => Some("the body".to_owned()),
    }
}

/// The body of `decode_request`, of `request`.
pub(super) fn decode_request(shape: &HttpStructure) -> TokenStream {
    let reads: Vec<TokenStream> = shape
        .members
        .iter()
        .filter_map(|bound| read(bound, &shape.body, true))
        .collect();
    let query = shape
        .members
        .iter()
        .any(|bound| matches!(bound.location, Location::Query(_) | Location::QueryParams))
        .then(|| quote! { let query = request.query(); });
    decode(shape, &quote!(request), &reads, query.as_ref())
}

/// The body of a function that reads `response`.
pub(super) fn decode_response(shape: &HttpStructure) -> TokenStream {
    let reads: Vec<TokenStream> = shape
        .members
        .iter()
        .filter_map(|bound| read(bound, &shape.body, false))
        .collect();
    decode(shape, &quote!(response), &reads, None)
}

fn decode(
    shape: &HttpStructure,
    message: &TokenStream,
    reads: &[TokenStream],
    query: Option<&TokenStream>,
) -> TokenStream {
    let name = value::ident(&shape.name);
    let start = if shape.body == Body::Members {
        quote! { rest_json::body::#message(&#message.body)?.unwrap_or_default() }
    } else {
        quote! { #name::default() }
    };
    if reads.is_empty() {
        let unused = (shape.body != Body::Members).then(|| quote! { let _ = #message; });
        return quote! { #unused Ok(#start) };
    }
    let ty = (shape.body == Body::Members).then(|| quote!(: #name));
    quote! { #query let mut value #ty = #start; #(#reads)* Ok(value) }
}

/// Reads one member that is no part of a JSON object.
fn read(bound: &Bound, body: &Body, is_request: bool) -> Option<TokenStream> {
    let (field, wire) = (value::ident(&bound.member.name), &bound.member.wire);
    let message = if is_request {
        quote!(request)
    } else {
        quote!(response)
    };
    let is_list = matches!(bound.member.slot.ty, Type::List(_));
    Some(match &bound.location {
        Location::Body => return None,
        Location::Label | Location::GreedyLabel => quote! { value.#field = request.label(#wire)?; },
        Location::Query(name) if is_list => quote! { value.#field = query.list(#name)?; },
        Location::Query(name) => quote! { value.#field = query.value(#name)?; },
        Location::QueryParams if has_lists(&bound.member.slot.ty) => {
            quote! { value.#field = query.list_map(); }
        }
        Location::QueryParams => quote! { value.#field = query.map(); },
        Location::Header(name) if is_list => {
            quote! { value.#field = rest_json::binding::header::read_list(&#message.headers, #name)?; }
        }
        Location::Header(name) => {
            quote! { value.#field = rest_json::binding::header::read(&#message.headers, #name)?; }
        }
        Location::PrefixHeaders(prefix) => {
            quote! { value.#field = rest_json::binding::header::read_prefixed(&#message.headers, #prefix); }
        }
        Location::ResponseCode => {
            quote! { value.#field = Some(i32::from(response.status.as_u16())); }
        }
        Location::Payload => match body {
            Body::Bytes(_) => {
                quote! { value.#field = rest_json::operation::read_bytes(&#message.body); }
            }
            Body::Text(_) if matches!(bound.member.slot.ty, Type::Enum(_)) => quote! {
                value.#field = rest_json::operation::read_text(&#message.body)?.map(|text| text.as_str().into());
            },
            Body::Text(_) => {
                quote! { value.#field = rest_json::operation::read_text(&#message.body)?; }
            }
            // The restJson1 suite: an absent structure goes out as `{}` in a request, so `{}` is read as absent there.
            Body::Json { object: true } if is_request => quote! {
                value.#field = rest_json::body::request(&request.body)?.filter(|payload| *payload != Default::default());
            },
            Body::Json { .. } => {
                quote! { value.#field = rest_json::body::#message(&#message.body)?; }
            }
            Body::Empty | Body::Members | Body::Stream => return None,
        },
    })
}

fn has_lists(ty: &Type) -> bool {
    match ty {
        Type::Map(map) => matches!(map.value.ty, Type::List(_)),
        Type::String
        | Type::Boolean
        | Type::Integer(_)
        | Type::Number
        | Type::Blob
        | Type::Bytes
        | Type::Document
        | Type::Timestamp(_)
        | Type::Enum(_)
        | Type::Structure(_)
        | Type::Union(_)
        | Type::List(_) => false,
    }
}

/// The body of `encode_request`, of `input`.
pub(super) fn encode_request(operation: &Operation) -> TokenStream {
    let input = &operation.input;
    let method = value::ident(&operation.method);
    let target = target(operation);
    let headers = headers(input, &quote!(request), &quote!(input));
    let body = body(input, &quote!(request), &quote!(input), true);
    let mutable = (!headers.is_empty() || !body.is_empty()).then(|| quote!(mut));
    let used = input.members.is_empty() && input.body != Body::Members;
    let unused = used.then(|| quote! { let _ = input; });
    quote! {
        #unused
        let mut target = rest_json::binding::Target::new();
        #target
        let #mutable request = rest_json::Request::new(rest_json::http::Method::#method, target.finish());
        #headers
        #body
        Ok(request)
    }
}

fn target(operation: &Operation) -> TokenStream {
    let mut tokens = TokenStream::new();
    let mut literal = String::new();
    for segment in &operation.segments {
        literal.push('/');
        let (label, write) = match segment {
            Segment::Literal(text) => {
                literal.push_str(text);
                continue;
            }
            Segment::Label(label) => (label, quote!(label)),
            Segment::Greedy(label) => (label, quote!(greedy_label)),
        };
        let bound = operation
            .input
            .members
            .iter()
            .find(|bound| bound.member.wire == *label);
        let field = bound.map(|bound| value::ident(&bound.member.name));
        let text = std::mem::take(&mut literal);
        tokens.extend(quote! { target.literal(#text); target.#write(#label, &input.#field)?; });
    }
    if !literal.is_empty() || operation.segments.is_empty() {
        let text = if literal.is_empty() { "/" } else { &literal };
        tokens.extend(quote! { target.literal(#text); });
    }
    for (name, text) in &operation.query {
        let text = match text {
            Some(text) => quote!(Some(#text)),
            None => quote!(None),
        };
        tokens.extend(quote! { target.query_literal(#name, #text); });
    }
    let mut maps = TokenStream::new();
    for bound in &operation.input.members {
        let field = value::ident(&bound.member.name);
        match &bound.location {
            Location::Query(name) if matches!(bound.member.slot.ty, Type::List(_)) => {
                tokens.extend(quote! { target.query_list(#name, &input.#field); });
            }
            Location::Query(name) => tokens.extend(quote! { target.query(#name, &input.#field); }),
            Location::QueryParams if has_lists(&bound.member.slot.ty) => {
                maps.extend(quote! { target.query_list_map(&input.#field); });
            }
            Location::QueryParams => maps.extend(quote! { target.query_map(&input.#field); }),
            Location::Body
            | Location::Label
            | Location::GreedyLabel
            | Location::Header(_)
            | Location::PrefixHeaders(_)
            | Location::ResponseCode
            | Location::Payload => {}
        }
    }
    // Named parameters win over those of the map, so the map comes last.
    tokens.extend(maps);
    tokens
}

/// The statements that write `value` into a `response` of this status.
pub(super) fn encode_response(
    shape: &HttpStructure,
    value: &TokenStream,
    status: &TokenStream,
) -> TokenStream {
    let code = shape
        .members
        .iter()
        .find(|bound| bound.location == Location::ResponseCode);
    let status = match code {
        None => status.clone(),
        Some(bound) => {
            let field = value::ident(&bound.member.name);
            quote! {
                match #value.#field {
                    Some(status) => u16::try_from(status).map_err(|_| rest_json::EncodeError::Status)?,
                    None => #status,
                }
            }
        }
    };
    let headers = headers(shape, &quote!(response), value);
    let body = body(shape, &quote!(response), value, false);
    let mutable = (!headers.is_empty() || !body.is_empty()).then(|| quote!(mut));
    let unused =
        (shape.members.is_empty() && shape.body != Body::Members && value.to_string() != "self")
            .then(|| quote! { let _ = #value; });
    quote! {
        #unused
        let #mutable response = rest_json::Response::new(#status)?;
        #headers
        #body
    }
}

fn headers(shape: &HttpStructure, message: &TokenStream, value: &TokenStream) -> TokenStream {
    let mut tokens = TokenStream::new();
    let mut prefixed = TokenStream::new();
    for bound in &shape.members {
        let field = value::ident(&bound.member.name);
        match &bound.location {
            Location::Header(name) => {
                let write = if matches!(bound.member.slot.ty, Type::List(_)) { quote!(write_list) } else { quote!(write) };
                tokens.extend(quote! {
                    rest_json::binding::header::#write(&mut #message.headers, #name, &#value.#field)?;
                });
            }
            Location::PrefixHeaders(prefix) => prefixed.extend(quote! {
                rest_json::binding::header::write_prefixed(&mut #message.headers, #prefix, &#value.#field)?;
            }),
            Location::Body
            | Location::Label
            | Location::GreedyLabel
            | Location::Query(_)
            | Location::QueryParams
            | Location::ResponseCode
            | Location::Payload => {}
        }
    }
    // Headers with a member of their own win over those of the map.
    tokens.extend(prefixed);
    tokens
}

fn body(
    shape: &HttpStructure,
    message: &TokenStream,
    value: &TokenStream,
    is_request: bool,
) -> TokenStream {
    let payload = shape
        .members
        .iter()
        .find(|bound| bound.location == Location::Payload);
    let field = payload.map(|bound| value::ident(&bound.member.name));
    let json = |writer: &TokenStream| {
        if names_content_type(shape) {
            quote! { #message.body = #writer.into_bytes().into(); }
        } else {
            quote! { #message.set_json(#writer); }
        }
    };
    let text = |content_type: &String, bytes: &TokenStream| {
        if names_content_type(shape) {
            quote! { #message.body = #bytes.into(); }
        } else {
            quote! { #message.set_body(#content_type, #bytes); }
        }
    };
    match &shape.body {
        Body::Empty => TokenStream::new(),
        Body::Members => json(&quote!(rest_json::body::of(#value))),
        Body::Bytes(content_type) => {
            let set = text(content_type, &quote!(payload.clone()));
            quote! { if let Some(payload) = &#value.#field { #set } }
        }
        Body::Text(content_type) => {
            let bytes = quote!(rest_json::binding::ToText::to_text(payload).into_owned());
            let set = text(content_type, &bytes);
            quote! { if let Some(payload) = &#value.#field { #set } }
        }
        Body::Json { object } => {
            let set = json(&quote!(rest_json::body::of(payload)));
            let otherwise = (*object && is_request).then(|| {
                let set = json(&quote!(rest_json::body::empty()));
                quote! { else { #set } }
            });
            quote! { if let Some(payload) = &#value.#field { #set } #otherwise }
        }
        Body::Stream => quote! {
            #message.set_body(rest_json::operation::EVENT_STREAM, rest_json::Bytes::new());
        },
    }
}

/// Whether a member says the Content-Type. Then it alone does: SDKs that leave it out send none.
fn names_content_type(shape: &HttpStructure) -> bool {
    shape.members.iter().any(|bound| match &bound.location {
        Location::Header(name) => name.eq_ignore_ascii_case("content-type"),
        Location::Body
        | Location::Label
        | Location::GreedyLabel
        | Location::Query(_)
        | Location::QueryParams
        | Location::PrefixHeaders(_)
        | Location::ResponseCode
        | Location::Payload => false,
    })
}
