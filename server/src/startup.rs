//! What the gateway says when it starts: what is on, how to try it, and that it is ready.
//!
//! The last line is for programs too: it ends with the address that was bound.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::compose::On;

/// The lines for standard output. `address` is the one that was bound.
pub(crate) fn lines(on: &On, address: SocketAddr) -> String {
    let mut lines = format!("bedrock-gateway {}\n", env!("CARGO_PKG_VERSION"));
    for (name, place) in &on.providers {
        let others = match on.default_provider.as_ref() == Some(name) {
            true => " and every id that names neither a provider nor an alias",
            false => "",
        };
        lines.push_str(&format!(
            "  provider {name}: on, {place}; model ids `{name}/...`{others}\n"
        ));
    }
    lines.push_str(match on.sandbox_serves_all {
        true => "  provider sandbox: on, answers every model id because no other provider is on\n",
        false => "  provider sandbox: on, model ids `sandbox/...`\n",
    });
    if on.sandbox_serves_all {
        lines.push_str("  AWS Bedrock: off; switch it on with --bedrock or in a configuration\n");
        lines.push_str("  OpenAI, Anthropic: off; switch them on with OPENAI_API_KEY, ANTHROPIC_API_KEY or in a configuration\n");
    }
    lines.push_str(&snippet(address));
    lines.push_str(&format!("bedrock-gateway is ready on {}\n", url(address)));
    lines
}

/// A conversation with the sandbox that needs nothing but boto3.
///
/// Keys and region are its own, so it works where none is configured and never shows a real one.
/// `signature_version` keeps boto3 from sending a Bedrock API key of the environment, which it refuses to do over plain http,
/// and `proxies` from asking a proxy for an address of this machine.
fn snippet(address: SocketAddr) -> String {
    let url = url(reachable(address));
    format!(
        r#"
  import boto3
  from botocore.config import Config

  client = boto3.client(
      "bedrock-runtime",
      endpoint_url="{url}",
      region_name="us-east-1",
      aws_access_key_id="sandbox",
      aws_secret_access_key="sandbox",
      config=Config(signature_version="v4", proxies={{}}),
  )
  reply = client.converse(
      modelId="sandbox/echo",
      messages=[{{"role": "user", "content": [{{"text": "Hello"}}]}}],
  )
  print(reply["output"]["message"]["content"][0]["text"])

"#
    )
}

/// What a client puts in the place of AWS's own address.
fn url(address: SocketAddr) -> String {
    format!("http://{address}/bedrock")
}

/// An address that a client on this machine can use: "every address" is not one.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
