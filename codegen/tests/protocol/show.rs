//! Code that shows every type of the service as JSON by its fields, for comparison: in an order of its own, with blobs as
//! bytes and times as points in time, whatever they were on the wire.

use codegen::ir::{EventKind, HttpStructure, Member, Named, Service};

/// The implementations of `Show`, and of `Outcome` for streams.
pub(crate) fn implementations(service: &Service) -> String {
    let mut code = String::new();
    for operation in &service.operations {
        for shape in [&operation.input, &operation.output] {
            code.push_str(&http(&format!("operation::{}", shape.name), shape));
        }
    }
    for error in &service.errors {
        code.push_str(&http(&format!("error::{}", error.name), &error.structure));
    }
    for named in &service.types {
        code.push_str(&of_type(service, named));
    }
    code
}

fn of_type(service: &Service, named: &Named) -> String {
    let path = format!("types::{}", named.name());
    match named {
        Named::Structure(shape) => fields(&path, shape.members.iter()),
        Named::Enum(_) => implementation(&path, "quote(self.as_str())"),
        Named::Union(shape) => {
            let variants = shape.variants.iter().map(|variant| &variant.name);
            variants_of(
                &path,
                variants,
                "Self::Unknown { member, value } => object(&[(\"?\", Some(quote(member))), (\"value\", Some(value.show()))]),",
            )
        }
        Named::Stream(shape) => {
            let variants = shape.events.iter().map(|event| &event.variant);
            let show = variants_of(
                &path,
                variants,
                "Self::Unknown(frame) => quote(&format!(\"{:?}\", frame.kind())),",
            );
            let exceptions = shape.events.iter().filter_map(|event| match &event.kind {
                EventKind::Event { .. } => None,
                EventKind::Exception(name) => Some((&event.variant, id_of(service, name))),
            });
            let arms: String = exceptions
                .map(|(variant, id)| format!("Self::{variant}(_) => Some(Some({id:?})),\n"))
                .collect();
            format!(
                "{show}impl Outcome for {path} {{\n\
                 fn failure(&self) -> Option<Option<&'static str>> {{\n\
                 match self {{\n{arms}\
                 Self::Unknown(frame) if matches!(frame.kind(), rest_json::frame::FrameKind::Error {{ .. }}) => Some(None),\n\
                 _ => None,\n}}\n}}\n}}\n"
            )
        }
    }
}

/// The shape id of the error of this Rust name.
pub(crate) fn id_of<'s>(service: &'s Service, name: &str) -> &'s str {
    let found = service.errors.iter().find(|error| error.name == name);
    found.map_or_else(
        || panic!("the service has no error `{name}`"),
        |error| &error.id,
    )
}

fn http(path: &str, shape: &HttpStructure) -> String {
    fields(path, shape.members.iter().map(|bound| &bound.member))
}

fn fields<'m>(path: &str, members: impl Iterator<Item = &'m Member>) -> String {
    let members: String = members
        .map(|member| {
            let field = &member.name;
            format!("({field:?}, self.{field}.as_ref().map(Show::show)), ")
        })
        .collect();
    implementation(path, &format!("object(&[{members}])"))
}

fn variants_of<'n>(path: &str, names: impl Iterator<Item = &'n String>, unknown: &str) -> String {
    let arms: String = names
        .map(|name| format!("Self::{name}(value) => object(&[({name:?}, Some(value.show()))]),\n"))
        .collect();
    implementation(path, &format!("match self {{\n{arms}{unknown}\n}}"))
}

fn implementation(path: &str, body: &str) -> String {
    format!("impl Show for {path} {{\nfn show(&self) -> String {{ {body} }}\n}}\n")
}
