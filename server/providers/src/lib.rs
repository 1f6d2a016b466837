//! Upstream clients: everything that answers an [`llm::Call`] lives here, behind [`llm::Provider`].
//!
//! A provider knows its upstream's wire format, credentials and faults; it knows no route, no alias and no client.

pub mod bedrock;
pub mod sandbox;

pub use bedrock::{Bedrock, Credentials, CredentialsError};
pub use sandbox::Sandbox;
