//! Text forms outside the body: labels of the path, headers, query parameters.

pub mod header;
pub mod query;
pub mod target;
mod text;

pub use query::Query;
pub use target::Target;
pub use text::{FromText, ListForm, ToText, decode_percent, encode_percent};
