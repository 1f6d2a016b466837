//! The parameters of cases as Rust expressions. The types come from the generator's own description of the service and
//! the values from the suite, so what a decoder must give is never asked of a decoder.

use codegen::ir::{
    EventKind, HttpStructure, Member, Named, Reference, Service, Stream, Structure, Type, Union,
    names,
};
use serde_json::{Map, Value};

type Params = Map<String, Value>;

/// An input, output or error at this path.
pub(crate) fn http(
    service: &Service,
    path: &str,
    shape: &HttpStructure,
    params: &Params,
) -> String {
    let members: Vec<&Member> = shape.members.iter().map(|bound| &bound.member).collect();
    structure(service, path, &members, params)
}

/// One event of this stream.
pub(crate) fn event(service: &Service, stream: &str, params: &Params) -> String {
    let stream = self::stream(service, stream);
    let (name, value) = only(params);
    let event = stream
        .events
        .iter()
        .find(|event| event.wire == *name)
        .unwrap_or_else(|| panic!("the stream has no event `{name}`"));
    let inner = match &event.kind {
        EventKind::Event { reference, .. } => reference_to(service, reference, value),
        EventKind::Exception(name) => error(service, name, object(value)),
    };
    format!("types::{}::{}({inner})", stream.name, event.variant)
}

/// The error of this Rust name.
pub(crate) fn error(service: &Service, name: &str, params: &Params) -> String {
    let shape = service.errors.iter().find(|error| error.name == name);
    let shape = shape.unwrap_or_else(|| panic!("the service has no error `{name}`"));
    http(service, &format!("error::{name}"), &shape.structure, params)
}

/// The stream of this name.
pub(crate) fn stream<'s>(service: &'s Service, name: &str) -> &'s Stream {
    match named(service, name) {
        Named::Stream(stream) => stream,
        Named::Structure(_) | Named::Union(_) | Named::Enum(_) => panic!("{name} is no stream"),
    }
}

fn structure(service: &Service, path: &str, members: &[&Member], params: &Params) -> String {
    let mut fields = String::new();
    for (key, value) in params {
        let member = members
            .iter()
            .find(|member| is_named(&member.name, &names::field(key)))
            .unwrap_or_else(|| panic!("{path} has no member `{key}`"));
        let value = optional(service, &member.slot.ty, value);
        fields.push_str(&format!("{}: {value}, ", member.name));
    }
    format!("{path} {{ {fields}..Default::default() }}")
}

/// Names that are taken by a field or variant of the generator's own have an underscore more.
pub(crate) fn is_named(rust: &str, from_model: &str) -> bool {
    rust == from_model || rust.strip_suffix('_') == Some(from_model)
}

fn optional(service: &Service, ty: &Type, value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        value => format!("Some({})", literal(service, ty, value)),
    }
}

fn literal(service: &Service, ty: &Type, value: &Value) -> String {
    match ty {
        Type::String => format!("String::from({:?})", text(value)),
        Type::Boolean | Type::Integer(_) => value.to_string(),
        Type::Number => match value {
            Value::String(word) => format!("number({word:?})"),
            value => format!("number({:?})", value.to_string()),
        },
        // The suite has the bytes of blobs as text.
        Type::Blob => format!("rest_json::Blob::from_bytes({:?})", text(value)),
        Type::Bytes => format!("rest_json::Bytes::from({:?})", text(value)),
        Type::Document => format!("document({:?})", value.to_string()),
        Type::Timestamp(_) => {
            let (secs, nanos) = instant(value);
            format!("time({secs}, {nanos})")
        }
        Type::Enum(name) => format!("types::{name}::from({:?})", text(value)),
        Type::Structure(reference) | Type::Union(reference) => {
            reference_to(service, reference, value)
        }
        Type::List(list) => {
            let items = value.as_array().expect("a list").iter();
            let items: Vec<String> = items
                .map(|item| entry(service, &list.item.ty, list.sparse, item))
                .collect();
            format!("vec![{}]", items.join(", "))
        }
        Type::Map(map) => {
            let entries = object(value).iter();
            let entries: Vec<String> = entries
                .map(|(key, value)| {
                    let value = entry(service, &map.value.ty, map.sparse, value);
                    format!("(String::from({key:?}), {value})")
                })
                .collect();
            format!("rest_json::Map::from_iter([{}])", entries.join(", "))
        }
    }
}

fn entry(service: &Service, ty: &Type, sparse: bool, value: &Value) -> String {
    if sparse {
        optional(service, ty, value)
    } else {
        literal(service, ty, value)
    }
}

fn reference_to(service: &Service, reference: &Reference, value: &Value) -> String {
    let name = &reference.name;
    let inner = if reference.error {
        error(service, name, object(value))
    } else {
        match named(service, name) {
            Named::Structure(shape) => of_structure(service, shape, object(value)),
            Named::Union(shape) => of_union(service, shape, object(value)),
            Named::Enum(_) | Named::Stream(_) => panic!("{name} is no structure and no union"),
        }
    };
    if reference.boxed {
        format!("Box::new({inner})")
    } else {
        inner
    }
}

fn of_structure(service: &Service, shape: &Structure, params: &Params) -> String {
    let members: Vec<&Member> = shape.members.iter().collect();
    structure(service, &format!("types::{}", shape.name), &members, params)
}

fn of_union(service: &Service, shape: &Union, params: &Params) -> String {
    let (key, value) = only(params);
    let variant = shape
        .variants
        .iter()
        .find(|variant| is_named(&variant.name, &names::pascal(key)))
        .unwrap_or_else(|| panic!("{} has no member `{key}`", shape.name));
    let value = literal(service, &variant.slot.ty, value);
    format!("types::{}::{}({value})", shape.name, variant.name)
}

fn named<'s>(service: &'s Service, name: &str) -> &'s Named {
    let found = service.types.iter().find(|named| named.name() == name);
    found.unwrap_or_else(|| panic!("the service has no type `{name}`"))
}

fn only(params: &Params) -> (&String, &Value) {
    assert_eq!(params.len(), 1, "a union has one member");
    params.iter().next().expect("there is one")
}

fn object(value: &Value) -> &Params {
    value.as_object().expect("an object")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

/// Seconds since 1970 and nanoseconds, of a number or of a date as the event-stream cases have it.
fn instant(value: &Value) -> (i64, u32) {
    let number = match value {
        Value::String(date) => return (seconds_of(date), 0),
        value => value.to_string(),
    };
    let (secs, fraction) = number.split_once('.').unwrap_or((&number, ""));
    let nanos = format!("{fraction:0<9}");
    (
        secs.parse().expect("seconds"),
        nanos.parse().expect("nanoseconds"),
    )
}

/// `2024-10-31T14:15:14Z`, by counting days in the proleptic Gregorian calendar.
pub(crate) fn seconds_of(date: &str) -> i64 {
    let numbers: Vec<i64> = date
        .split(['-', 'T', ':', 'Z'])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().expect("a number"))
        .collect();
    let &[year, month, day, hour, minute, second] = numbers.as_slice() else {
        panic!("{date} is no date");
    };
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_of_years: i64 = (1970..year)
        .map(|year| 365 + i64::from(is_leap(year)))
        .sum();
    let february = 28 + i64::from(is_leap(year));
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days_of_months: i64 = months.iter().zip(1..month).map(|(days, _)| days).sum();
    let days = days_of_years + days_of_months + day - 1;
    ((days * 24 + hour) * 60 + minute) * 60 + second
}
