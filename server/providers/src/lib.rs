//! Upstream clients: everything that answers an [`llm::Call`] lives here, behind [`llm::Provider`].
//!
//! A provider knows its upstream's wire format, credentials and faults; it knows no route, no alias and no client.

pub mod anthropic;
pub mod bedrock;
pub mod http;
pub mod openai;
pub mod sandbox;

mod credentials;
mod exchange;
mod fault;
mod sse;

pub use anthropic::Anthropic;
pub use bedrock::{Bedrock, Credentials};
pub use credentials::{ApiKey, CredentialsError};
pub use openai::OpenAi;
pub use sandbox::Sandbox;
