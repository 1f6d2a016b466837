//! From the description of a service to the text of its files: one file a shape and an operation, sorted, without logic.
//! Nothing is decided here. What generated code must *do* is in the crate `rest-json`; this only writes the calls.

mod arbitrary;
mod check;
mod debug;
mod enumeration;
mod error;
mod event;
mod http;
mod json;
mod meta;
mod operation;
mod router;
mod service;
mod structure;
mod union;
mod value;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    error::{Error, Result},
    ir::{Named, Service, names},
};

/// Texts by path, relative to the folder of the crate's sources.
pub type Files = BTreeMap<String, String>;

/// The files of these services and the crate root that holds them.
pub fn files(services: &[Service]) -> Result<Files> {
    let mut files = Files::new();
    let mut modules = TokenStream::new();
    for service in services {
        let module = value::ident(&service.module);
        let doc = format!(" `{}`, version {}.", service.meta.id, service.meta.version);
        modules.extend(quote! { #[doc = #doc] #[rustfmt::skip] pub mod #module; });
        service_files(service, &mut files)?;
    }
    let sources: Vec<&str> = services
        .iter()
        .map(|service| service.source.as_str())
        .collect();
    let title = "Wire types and codecs, one module a service.";
    put(&mut files, "lib.rs", &sources.join(" and "), title, modules)?;
    Ok(files)
}

fn service_files(service: &Service, files: &mut Files) -> Result<()> {
    let source = &service.source;
    let root = names::file(&service.module).to_owned();
    let root_module = quote! {
        #[doc = " The errors of its operations and event streams."]
        pub mod error;
        #[doc = " What the model says of the service as a whole."]
        pub mod meta;
        #[doc = " Its operations, a module each."]
        pub mod operation;
        #[doc = " Its routes, and what an operation may answer."]
        pub mod router;
        #[doc = " What one implements to serve it."]
        pub mod service;
        #[doc = " Structures, unions, enums and event streams."]
        pub mod types;
    };
    let title = format!("`{}`.", service.meta.id);
    put(files, &format!("{root}.rs"), source, &title, root_module)?;

    let mut index = TokenStream::new();
    for operation in &service.operations {
        let (module, name) = (
            value::ident(&operation.module),
            value::ident(&operation.name),
        );
        let parts = ["Input", "Output", "Error"]
            .map(|part| value::ident(&format!("{}{part}", operation.name)));
        index.extend(quote! { pub mod #module; pub use self::#module::{#name, #(#parts),*}; });
        let path = format!("{root}/operation/{}.rs", names::file(&operation.module));
        put(
            files,
            &path,
            source,
            &format!("`{}`.", operation.id),
            operation::tokens(service, operation),
        )?;
    }
    put(
        files,
        &format!("{root}/operation.rs"),
        source,
        "Operations.",
        index,
    )?;

    let mut index = TokenStream::new();
    for named in &service.types {
        let (id, tokens) = match named {
            Named::Structure(shape) => (&shape.id, structure::tokens(service, shape)),
            Named::Union(shape) => (&shape.id, union::tokens(service, shape)),
            Named::Enum(shape) => (&shape.id, enumeration::tokens(shape)),
            Named::Stream(shape) => (&shape.id, event::stream(service, shape)),
        };
        index.extend(member_of_index(named.name()));
        let path = format!(
            "{root}/types/{}.rs",
            names::file(&names::module(named.name()))
        );
        put(files, &path, source, &format!("`{id}`."), tokens)?;
    }
    put(files, &format!("{root}/types.rs"), source, "Types.", index)?;

    let mut index = TokenStream::new();
    for shape in &service.errors {
        index.extend(member_of_index(&shape.name));
        let path = format!(
            "{root}/error/{}.rs",
            names::file(&names::module(&shape.name))
        );
        put(
            files,
            &path,
            source,
            &format!("`{}`.", shape.id),
            error::tokens(service, shape),
        )?;
    }
    put(files, &format!("{root}/error.rs"), source, "Errors.", index)?;

    put(
        files,
        &format!("{root}/meta.rs"),
        source,
        "The service as a whole.",
        meta::tokens(service),
    )?;
    put(
        files,
        &format!("{root}/router.rs"),
        source,
        "Routes.",
        router::tokens(service),
    )?;
    put(
        files,
        &format!("{root}/service.rs"),
        source,
        "The service trait.",
        service::tokens(service),
    )
}

fn member_of_index(name: &str) -> TokenStream {
    let module = value::ident(&names::module(name));
    let name = value::ident(name);
    quote! { mod #module; pub use self::#module::#name; }
}

fn put(
    files: &mut Files,
    path: &str,
    source: &str,
    title: &str,
    tokens: TokenStream,
) -> Result<()> {
    let file: syn::File = syn::parse2(tokens).map_err(|error| {
        Error::mismatch(format!("the tokens of {path} are no Rust file")).because(error)
    })?;
    let body = prettyplease::unparse(&file);
    let text = format!(
        "//! Generated by `cargo run -p codegen` from {source}; do not edit.\n//!\n//! {title}\n\n{body}"
    );
    match files.insert(path.to_owned(), text) {
        None => Ok(()),
        Some(_) => Err(Error::mismatch(format!("two files have the path {path}"))),
    }
}
