//! Reads one entry of `providers`.

use http::Uri;
use providers::{anthropic, openai};

use super::super::fields::{Fields, suggestion};
use super::super::{
    ANTHROPIC, AnthropicProvider, BEDROCK, BearerRef, BedrockProvider, CredentialRefs, KeyRefs,
    OPENAI, OpenAiProvider, Provider, SANDBOX, SandboxProvider, network, quirks,
};
use super::Names;

/// What an entry says; none if it cannot be read, which is noted.
pub(super) fn read(mut fields: Fields<'_>, names: &mut Names) -> Option<Provider> {
    let Some(kind) = fields.take("kind") else {
        fields.note(
            fields.at,
            format!("a provider needs `kind`: {}", kinds("or")),
        );
        return read_kindless(fields, names);
    };
    let Some((at, kind)) = fields.text("kind", kind) else {
        return read_kindless(fields, names);
    };
    match kind.as_str() {
        BEDROCK => read_bedrock(fields, names)
            .map(Box::new)
            .map(Provider::Bedrock),
        OPENAI => read_openai(fields, names)
            .map(Box::new)
            .map(Provider::OpenAi),
        ANTHROPIC => read_anthropic(fields, names)
            .map(Box::new)
            .map(Provider::Anthropic),
        SANDBOX => read_sandbox(fields, names).map(Provider::Sandbox),
        unknown => {
            let hint = suggestion(unknown, Provider::KINDS.into_iter());
            fields.note(
                at,
                format!(
                    "there is no kind of provider `{unknown}`, only {}{hint}",
                    kinds("and")
                ),
            );
            read_kindless(fields, names)
        }
    }
}

/// Every kind, as a sentence lists them.
fn kinds(last: &str) -> String {
    let names: Vec<String> = Provider::KINDS
        .iter()
        .map(|kind| format!("`{kind}`"))
        .collect();
    match names.split_last() {
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
        None => String::new(),
    }
}

/// Takes no more than the name of a provider without a usable kind, so that references to it are not reported as well.
/// Without a kind nobody can say which other keys belong here.
fn read_kindless(mut fields: Fields<'_>, names: &mut Names) -> Option<Provider> {
    let (at, name) = fields.required_text("name")?;
    names.add_provider(at, &name, fields.found);
    None
}

/// The name of a provider other than the sandbox.
fn read_name(fields: &mut Fields<'_>, names: &mut Names) -> Option<String> {
    let (at, name) = fields.required_text("name")?;
    if !name.chars().all(is_plain) {
        fields.note(
            at,
            "the name of a provider has only letters, digits, `.`, `_` and `-`",
        );
    } else if name == SANDBOX {
        fields.note(at, "the name `sandbox` belongs to the built-in sandbox");
    } else {
        names.add_provider(at, &name, fields.found);
    }
    Some(name)
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-')
}

fn read_bedrock(mut fields: Fields<'_>, names: &mut Names) -> Option<BedrockProvider> {
    let name = read_name(&mut fields, names);
    let region = fields.required_text("region").map(|(at, region)| {
        let is_label = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if !region.chars().all(is_label) {
            fields.note(
                at,
                "`region` must be the name of a region, such as us-east-1",
            );
        }
        region
    });
    let endpoint = fields.endpoint("endpoint");
    let control_endpoint = fields.endpoint("control_endpoint");
    let credentials = fields
        .required("credentials")
        .and_then(|node| read_credentials(Fields::open("`credentials`", node, fields.found)));
    let network = network::read(&mut fields);
    fields.close();
    Some(BedrockProvider {
        name: name?,
        region: region?,
        endpoint,
        control_endpoint,
        credentials: credentials?,
        network,
    })
}

fn read_openai(mut fields: Fields<'_>, names: &mut Names) -> Option<OpenAiProvider> {
    let name = read_name(&mut fields, names);
    let base_url = fields.endpoint("base_url");
    let api_key = fields.secret("api_key");
    let server = quirks::read_server(&mut fields);
    let overrides = quirks::read_overrides(&mut fields);
    let network = network::read(&mut fields);
    fields.close();
    Some(OpenAiProvider {
        name: name?,
        base_url: base_url.unwrap_or_else(|| Uri::from_static(openai::BASE_URL)),
        api_key,
        server,
        quirks: overrides,
        network,
    })
}

fn read_anthropic(mut fields: Fields<'_>, names: &mut Names) -> Option<AnthropicProvider> {
    let name = read_name(&mut fields, names);
    let base_url = fields.endpoint("base_url");
    let api_key = fields.secret("api_key");
    let mut betas = Vec::new();
    for node in fields.list("betas") {
        if let Some((at, beta)) = fields.text("betas", node) {
            if !beta.chars().all(is_plain) {
                fields.note(
                    at,
                    "a beta's name has only letters, digits, `.`, `_` and `-`",
                );
            }
            betas.push(beta);
        }
    }
    let network = network::read(&mut fields);
    fields.close();
    Some(AnthropicProvider {
        name: name?,
        base_url: base_url.unwrap_or_else(|| Uri::from_static(anthropic::BASE_URL)),
        api_key,
        betas,
        network,
    })
}

fn read_sandbox(mut fields: Fields<'_>, names: &mut Names) -> Option<SandboxProvider> {
    let name = fields.required_text("name").map(|(at, name)| {
        if name == SANDBOX {
            names.add_provider(at, &name, fields.found);
        } else {
            fields.note(at, "the sandbox is always named `sandbox`");
        }
        name
    });
    let SandboxProvider {
        name: _,
        first_byte_ms,
        gap_ms,
    } = SandboxProvider::default();
    let first_byte_ms = fields.whole("first_byte_ms", 0..=600_000, first_byte_ms);
    let gap_ms = fields.whole("gap_ms", 0..=600_000, gap_ms);
    fields.close();
    Some(SandboxProvider {
        name: name?,
        first_byte_ms,
        gap_ms,
    })
}

fn read_credentials(mut fields: Fields<'_>) -> Option<CredentialRefs> {
    let n_before = fields.found.len();
    let bearer = fields.secret("bearer");
    let access_key_id = fields.secret("access_key_id");
    let secret_access_key = fields.secret("secret_access_key");
    let session_token = fields.secret("session_token");
    let credentials = match (bearer, access_key_id, secret_access_key) {
        (Some(bearer), None, None) if session_token.is_none() => {
            Some(CredentialRefs::Bearer(BearerRef { bearer }))
        }
        (None, Some(access_key_id), Some(secret_access_key)) => {
            Some(CredentialRefs::Keys(KeyRefs {
                access_key_id,
                secret_access_key,
                session_token,
            }))
        }
        _ => None,
    };
    // A reference that could not be read is a problem of its own, and not to be reported again as a missing one.
    if credentials.is_none() && fields.found.len() == n_before {
        fields.note(
            fields.at,
            "`credentials` needs either `bearer`, or `access_key_id` with `secret_access_key`",
        );
    }
    fields.close();
    credentials
}
