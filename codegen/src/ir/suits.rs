//! Which types may stand in which place: what generated code could not call is refused here, with the member's id.

use super::{Location, Type};
use crate::{
    error::{Error, Result},
    model::Member,
};

/// The methods that have a name in the crate `http`.
const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// Fails for a method without a name.
pub(super) fn method(name: &str) -> Result<()> {
    if METHODS.contains(&name) {
        Ok(())
    } else {
        Err(Error::unsupported(format!("the method `{name}`")).on_trait("smithy.api#http"))
    }
}

/// Fails where a value of this type has no form in this place of an HTTP message.
pub(super) fn location(location: &Location, ty: &Type, member: &Member) -> Result<()> {
    let (fits, trait_id) = match location {
        Location::Body | Location::Payload => return Ok(()),
        Location::Label | Location::GreedyLabel => (is_text(ty), "smithy.api#httpLabel"),
        Location::Query(_) => (is_text(ty) || is_list_of_text(ty), "smithy.api#httpQuery"),
        Location::Header(_) => (is_text(ty) || is_list_of_text(ty), "smithy.api#httpHeader"),
        Location::QueryParams => (is_map(ty, true), "smithy.api#httpQueryParams"),
        Location::PrefixHeaders(_) => (is_map(ty, false), "smithy.api#httpPrefixHeaders"),
        Location::ResponseCode => (*ty == Type::Integer(32), "smithy.api#httpResponseCode"),
    };
    decide(fits, member, trait_id)
}

/// Fails where a value of this type has no form as a header of a frame.
pub(super) fn event_header(ty: &Type, member: &Member) -> Result<()> {
    let fits = match ty {
        Type::String | Type::Boolean | Type::Integer(_) | Type::Blob | Type::Timestamp(_) => true,
        Type::Number
        | Type::Bytes
        | Type::Document
        | Type::Enum(_)
        | Type::Structure(_)
        | Type::Union(_)
        | Type::List(_)
        | Type::Map(_) => false,
    };
    decide(fits, member, "smithy.api#eventHeader")
}

fn decide(fits: bool, member: &Member, trait_id: &str) -> Result<()> {
    if fits {
        Ok(())
    } else {
        Err(Error::unsupported("a value of this type has no form there")
            .at(member.traits.owner())
            .on_trait(trait_id))
    }
}

fn is_text(ty: &Type) -> bool {
    match ty {
        Type::String
        | Type::Boolean
        | Type::Integer(_)
        | Type::Number
        | Type::Timestamp(_)
        | Type::Enum(_) => true,
        Type::Blob
        | Type::Bytes
        | Type::Document
        | Type::Structure(_)
        | Type::Union(_)
        | Type::List(_)
        | Type::Map(_) => false,
    }
}

fn is_list_of_text(ty: &Type) -> bool {
    matches!(ty, Type::List(list) if !list.sparse && is_text(&list.item.ty))
}

/// Whether it is a map of strings, or where they may be of lists of strings.
fn is_map(ty: &Type, or_of_lists: bool) -> bool {
    let Type::Map(map) = ty else { return false };
    !map.sparse
        && match &map.value.ty {
            Type::String => true,
            Type::List(list) => or_of_lists && !list.sparse && list.item.ty == Type::String,
            Type::Boolean
            | Type::Integer(_)
            | Type::Number
            | Type::Timestamp(_)
            | Type::Enum(_)
            | Type::Blob
            | Type::Bytes
            | Type::Document
            | Type::Structure(_)
            | Type::Union(_)
            | Type::Map(_) => false,
        }
}
