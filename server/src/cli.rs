//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// A gateway that speaks AWS Bedrock to its clients and any model provider behind it.
///
/// Without a configuration it listens on 127.0.0.1:8080; OPENAI_API_KEY and ANTHROPIC_API_KEY switch on the providers
/// `openai` and `anthropic`, and where neither is set, its sandbox answers every model id.
/// A configuration that lists providers other than the sandbox decides alone which are on.
#[derive(Debug, Parser)]
#[command(name = "bedrock-gateway", version)]
pub(crate) struct Cli {
    /// Where to listen; port 0 takes a free one. Wins over the configuration.
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,

    /// The configuration file; else the one that BEDROCK_GATEWAY_CONFIG names, else none.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,

    /// Switch AWS Bedrock on as provider `bedrock`: region from AWS_REGION or AWS_DEFAULT_REGION,
    /// keys from AWS_BEARER_TOKEN_BEDROCK or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN,
    /// read when a request first needs them.
    #[arg(long)]
    pub(crate) bedrock: bool,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What to do instead of serving.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the JSON Schema of the configuration.
    Schema,
    /// List every problem of a configuration with its line and column, and start nothing.
    CheckConfig {
        /// The file; else that of --config or BEDROCK_GATEWAY_CONFIG.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}
