//! Writes the conversions between JSON and the SDK's types, read off the SDK's own source.
//!
//! The SDK has no serialisation of its own, and a hand-written copy of its types would be one more thing to be wrong.
//! A member's wire name is its Rust name in lower camel case; that holds for every shape that is reached here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Fields, FnArg, ImplItem, Item, ReturnType, Type};

/// The operations to be driven, by their names in the model.
const OPERATIONS: &[(&str, &[&str])] = &[
    (
        "aws-sdk-bedrockruntime",
        &[
            "ApplyGuardrail",
            "Converse",
            "ConverseStream",
            "CountTokens",
            "GetAsyncInvoke",
            "InvokeGuardrailChecks",
            "InvokeModel",
            "InvokeModelWithResponseStream",
            "ListAsyncInvokes",
            "StartAsyncInvoke",
        ],
    ),
    (
        "aws-sdk-bedrock",
        &[
            "GetFoundationModel",
            "GetInferenceProfile",
            "ListFoundationModels",
            "ListInferenceProfiles",
        ],
    ),
];

/// What the source says of one type.
struct Shape {
    item: Item,
    /// Whether `build` of its builder can fail.
    fallible: bool,
    /// Enumerations of strings have `From<&str>`; unions have not.
    from_str: bool,
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=Cargo.lock");
    let sources = sources();
    let mut code = TokenStream::new();
    for (package, operations) in OPERATIONS {
        code.extend(service(package, operations, &sources[*package]));
    }
    let file: syn::File = syn::parse2(code).expect("the generated code parses");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    std::fs::write(out.join("convert.rs"), prettyplease::unparse(&file))
        .expect("the output folder takes files");
}

/// Package -> its source folder, as cargo resolved it.
fn sources() -> BTreeMap<String, PathBuf> {
    let output = Command::new(std::env::var_os("CARGO").expect("cargo sets CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
        ])
        .arg(std::env::var_os("TARGET").expect("cargo sets TARGET"))
        .output()
        .expect("cargo metadata runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages = metadata["packages"]
        .as_array()
        .expect("cargo metadata lists packages");
    packages
        .iter()
        .filter_map(|package| {
            let manifest = Path::new(package["manifest_path"].as_str()?);
            Some((
                package["name"].as_str()?.to_owned(),
                manifest.parent()?.join("src"),
            ))
        })
        .collect()
}

fn service(package: &str, operations: &[&str], source: &Path) -> TokenStream {
    let krate = format_ident!("{}", package.replace('-', "_"));
    let module = format_ident!("{}", package.trim_start_matches("aws-sdk-"));
    let shapes = shapes(&source.join("types"));
    let mut reached = BTreeSet::new();
    let mut arms = TokenStream::new();
    let mut outputs = TokenStream::new();
    for operation in operations {
        let snake = snake_case(operation);
        let folder = source.join("operation").join(&snake);
        let input = structure(
            &folder.join(format!("_{snake}_input.rs")),
            &format!("{operation}Input"),
        );
        let output = structure(
            &folder.join(format!("_{snake}_output.rs")),
            &format!("{operation}Output"),
        );
        reach(&input, &shapes, &mut reached);
        reach(&output, &shapes, &mut reached);
        arms.extend(arm(&krate, operation, &snake, &input, &output));
        let path = format_ident!("{snake}");
        let name = format_ident!("{operation}Output");
        outputs.extend(show_structure(
            &quote!(::#krate::operation::#path::#name),
            &output,
        ));
    }
    let types = reached
        .iter()
        .map(|name| type_impl(&krate, name, &shapes[name]));
    quote! {
        pub mod #module {
            use super::*;
            use ::#krate::{Client, config::Intercept};

            #[allow(deprecated)]
            pub async fn call<I: Intercept + 'static>(client: &Client, operation: &str, input: &Value, watch: I) -> Result<Answer, Fault> {
                match operation {
                    #arms
                    _ => Err(Fault::NoSuchOperation),
                }
            }
            #outputs
            #(#types)*
        }
    }
}

/// One operation: the fluent builder filled member by member, the answer shown, a stream read to its end.
fn arm(
    krate: &syn::Ident,
    operation: &str,
    snake: &str,
    input: &Item,
    output: &Item,
) -> TokenStream {
    let method = format_ident!("{snake}");
    let setters = fields(input).into_iter().map(|(name, _)| {
        let (setter, wire) = (
            format_ident!("set_{}", plain(&name)),
            camel_case(&plain(&name)),
        );
        quote!(call = call.#setter(member(input, #wire)?);)
    });
    let error = format_ident!("{operation}Error");
    let unhandled = quote!(::#krate::operation::#method::#error::Unhandled(_));
    let stream = fields(output).into_iter().find(|(_, ty)| is_stream(ty));
    let events = stream.map(|(name, ty)| {
        let error = stream_error(&ty);
        quote! {
            let mut events = Vec::new();
            loop {
                match output.#name.recv().await {
                    Ok(Some(event)) => events.push(event.show()),
                    Ok(None) => break,
                    Err(error) => {
                        let typed = error.as_service_error().is_some_and(|error| !matches!(error, ::#krate::types::error::#error::Unhandled(_)));
                        return Err(Fault::of_stream(&error, typed, events));
                    }
                }
            }
            let events = Some(events);
        }
    });
    let binding = if events.is_some() {
        quote!(mut output)
    } else {
        quote!(output)
    };
    let events = events.unwrap_or_else(|| quote!(let events = None;));
    quote! {
        #operation => {
            let mut call = client.#method();
            #(#setters)*
            let #binding = call.customize().interceptor(watch).send().await.map_err(|error| {
                let typed = error.as_service_error().is_some_and(|error| !matches!(error, #unhandled));
                Fault::of_call(&error, typed)
            })?;
            let request_id = ::#krate::operation::RequestId::request_id(&output).map(str::to_owned);
            #events
            Ok(Answer { output: output.show(), events, request_id })
        }
    }
}

fn type_impl(krate: &syn::Ident, name: &str, shape: &Shape) -> TokenStream {
    let ident = format_ident!("{name}");
    let path = quote!(::#krate::types::#ident);
    match &shape.item {
        Item::Struct(_) => {
            let show = show_structure(&path, &shape.item);
            let setters = fields(&shape.item).into_iter().map(|(name, _)| {
                let (setter, wire) = (
                    format_ident!("set_{}", plain(&name)),
                    camel_case(&plain(&name)),
                );
                quote!(builder = builder.#setter(member(value, #wire)?);)
            });
            let build = if shape.fallible {
                quote!(builder.build().map_err(|error| error.to_string()))
            } else {
                quote!(Ok(builder.build()))
            };
            quote! {
                #show
                impl Read for #path {
                    #[allow(unused_mut, unused_variables)]
                    fn read(value: &Value) -> Result<Self, String> {
                        let mut builder = #path::builder();
                        #(#setters)*
                        #build
                    }
                }
            }
        }
        Item::Enum(_) if shape.from_str => quote! {
            impl Show for #path {
                fn show(&self) -> Value {
                    Value::String(self.as_str().to_owned())
                }
            }
            impl Read for #path {
                fn read(value: &Value) -> Result<Self, String> {
                    value.as_str().map(Self::from).ok_or_else(|| format!("{value} is no string"))
                }
            }
        },
        Item::Enum(item) => {
            let known: Vec<_> = item
                .variants
                .iter()
                .filter(|variant| variant.ident != "Unknown")
                .collect();
            let show = known.iter().map(|variant| {
                let (ident, wire) = (&variant.ident, lower_first(&variant.ident.to_string()));
                if matches!(variant.fields, Fields::Unit) {
                    quote!(Self::#ident => json!({ #wire: {} }))
                } else {
                    quote!(Self::#ident(inner) => json!({ #wire: inner.show() }))
                }
            });
            let read = known.iter().map(|variant| {
                let (ident, wire) = (&variant.ident, lower_first(&variant.ident.to_string()));
                if matches!(variant.fields, Fields::Unit) {
                    quote!(#wire => Ok(Self::#ident))
                } else {
                    quote!(#wire => Read::read(value).map(Self::#ident))
                }
            });
            quote! {
                impl Show for #path {
                    fn show(&self) -> Value {
                        match self {
                            #(#show,)*
                            _ => json!({ "$unknown": null }),
                        }
                    }
                }
                impl Read for #path {
                    fn read(value: &Value) -> Result<Self, String> {
                        let (name, value) = only_member(value)?;
                        match name {
                            #(#read,)*
                            _ => Err(format!("no member {name}")),
                        }
                    }
                }
            }
        }
        _ => TokenStream::new(),
    }
}

fn show_structure(path: &TokenStream, item: &Item) -> TokenStream {
    let members = fields(item)
        .into_iter()
        .filter(|(_, ty)| !is_stream(ty))
        .map(|(name, _)| {
            let wire = camel_case(&plain(&name));
            quote!(put(&mut members, #wire, self.#name.show());)
        });
    quote! {
        impl Show for #path {
            #[allow(unused_mut)]
            fn show(&self) -> Value {
                let mut members = Map::new();
                #(#members)*
                Value::Object(members)
            }
        }
    }
}

/// Every public type of the folder, with what its file says of building it.
fn shapes(folder: &Path) -> BTreeMap<String, Shape> {
    let mut shapes = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the SDK has types") {
        let path = entry.expect("the folder can be read").path();
        // A shape lies in a file of its own, `_message.rs`; the rest is errors and builders.
        if !path.is_file()
            || !path
                .file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"_"))
        {
            continue;
        }
        let items = parse(&path).items;
        let fallible = items.iter().any(build_can_fail);
        let from_str = items.iter().any(is_from_str);
        let main = items.into_iter().find(|item| match item {
            Item::Struct(item) => !item.ident.to_string().ends_with("Builder"),
            Item::Enum(_) => true,
            _ => false,
        });
        let Some(item) = main else { continue };
        let name = match &item {
            Item::Struct(item) => item.ident.to_string(),
            Item::Enum(item) => item.ident.to_string(),
            _ => continue,
        };
        shapes.insert(
            name,
            Shape {
                item,
                fallible,
                from_str,
            },
        );
    }
    shapes
}

fn build_can_fail(item: &Item) -> bool {
    let Item::Impl(item) = item else { return false };
    item.items.iter().any(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == "build" => match &function.sig.output {
            ReturnType::Type(_, ty) => last_segment(ty).is_some_and(|name| name == "Result"),
            ReturnType::Default => false,
        },
        _ => false,
    })
}

fn is_from_str(item: &Item) -> bool {
    let Item::Impl(item) = item else { return false };
    let from = item.trait_.as_ref().is_some_and(|(_, path, _)| {
        path.segments
            .last()
            .is_some_and(|last| last.ident == "From")
    });
    from && item.items.iter().any(|item| match item {
        ImplItem::Fn(function) => function.sig.inputs.iter().any(|input| match input {
            FnArg::Typed(argument) => matches!(&*argument.ty, Type::Reference(_)),
            FnArg::Receiver(_) => false,
        }),
        _ => false,
    })
}

/// Adds the types that `item` mentions, and those that they do.
fn reach(item: &Item, shapes: &BTreeMap<String, Shape>, reached: &mut BTreeSet<String>) {
    let mentioned: Vec<Type> = match item {
        Item::Struct(_) => fields(item).into_iter().map(|(_, ty)| ty).collect(),
        Item::Enum(item) => item
            .variants
            .iter()
            .flat_map(|variant| variant.fields.iter().map(|field| field.ty.clone()))
            .collect(),
        _ => Vec::new(),
    };
    for ty in mentioned {
        for name in named(&ty) {
            if let Some(shape) = shapes.get(&name)
                && reached.insert(name)
            {
                reach(&shape.item, shapes, reached);
            }
        }
    }
}

/// The last segments of every path in a type.
fn named(ty: &Type) -> Vec<String> {
    let Type::Path(path) = ty else {
        return Vec::new();
    };
    let mut names = Vec::new();
    if let Some(last) = path.path.segments.last() {
        names.push(last.ident.to_string());
        if let syn::PathArguments::AngleBracketed(arguments) = &last.arguments {
            for argument in &arguments.args {
                if let syn::GenericArgument::Type(ty) = argument {
                    names.extend(named(ty));
                }
            }
        }
    }
    names
}

fn last_segment(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    path.path.segments.last().map(|last| last.ident.to_string())
}

fn is_stream(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|name| name == "EventReceiver")
}

fn stream_error(ty: &Type) -> syn::Ident {
    let names = named(ty);
    format_ident!(
        "{}",
        names.last().expect("an event receiver names its error")
    )
}

fn structure(path: &Path, name: &str) -> Item {
    let found = parse(path)
        .items
        .into_iter()
        .find(|item| matches!(item, Item::Struct(item) if item.ident == name));
    found.unwrap_or_else(|| panic!("{} has no {name}", path.display()))
}

/// The members of a structure; the request id is not one.
fn fields(item: &Item) -> Vec<(syn::Ident, Type)> {
    let Item::Struct(item) = item else {
        return Vec::new();
    };
    item.fields
        .iter()
        .filter_map(|field| Some((field.ident.clone()?, field.ty.clone())))
        .filter(|(name, _)| !plain(name).starts_with('_'))
        .collect()
}

fn parse(path: &Path) -> syn::File {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn plain(name: &syn::Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}

fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_lowercase().to_string() + letters.as_str()
    })
}
