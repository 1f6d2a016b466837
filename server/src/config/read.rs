//! Reads a configuration out of a YAML tree and notes every problem on the way.
//!
//! A value that cannot be read is replaced by its default, so that reading goes on; the result is dropped if anything was noted.

use super::fields::{Fields, suggestion};
use super::problem::{Position, Problem, Problems};
use super::tree::Node;
use super::{
    Alias, BEDROCK, BearerRef, BedrockProvider, Config, CredentialRefs, KeyRefs, Limits, LogFormat,
    LogLevel, LogSettings, Provider, SANDBOX, SandboxProvider,
};

impl Config {
    /// Reads a configuration file. `also_on` are the providers that the command line switches on.
    ///
    /// # Errors
    /// Everything that is wrong, each with its line and column. No text of it quotes a value that may be a secret.
    pub fn parse(yaml: &str, also_on: &[&str]) -> Result<Self, Problems> {
        let root = Node::parse(yaml)?;
        let mut found = Vec::new();
        let config = read_config(Fields::open("the configuration", root, &mut found), also_on);
        Problems::or(found, config)
    }
}

fn read_config(mut fields: Fields<'_>, also_on: &[&str]) -> Config {
    let mut config = Config::default();
    if let Some(node) = fields.take("listen")
        && let Some((at, address)) = fields.text("listen", node)
    {
        match address.parse() {
            Ok(address) => config.listen = address,
            Err(_) => fields.note(
                at,
                "`listen` must be an address and a port, such as 127.0.0.1:8080",
            ),
        }
    }
    if let Some(node) = fields.take("limits") {
        config.limits = read_limits(Fields::open("`limits`", node, fields.found));
    }
    let mut names = Names::new(also_on);
    for node in fields.list("providers") {
        let provider = Fields::open("a provider", node, fields.found);
        config.providers.extend(read_provider(provider, &mut names));
    }
    for node in fields.list("aliases") {
        let alias = Fields::open("an alias", node, fields.found);
        config.aliases.extend(read_alias(alias, &mut names));
    }
    if let Some(node) = fields.take("default_provider")
        && let Some((at, name)) = fields.text("default_provider", node)
    {
        names.check_provider(at, &name, fields.found);
        config.default_provider = Some(name);
    }
    if let Some(node) = fields.take("log") {
        config.log = read_log(Fields::open("`log`", node, fields.found));
    }
    fields.close();
    config
}

fn read_limits(mut fields: Fields<'_>) -> Limits {
    let Limits {
        body_bytes,
        header_timeout_secs,
        concurrency,
        request_timeout_secs,
        drain_timeout_secs,
    } = Limits::default();
    let limits = Limits {
        body_bytes: fields.whole("body_bytes", 1..=1_000_000_000, body_bytes),
        header_timeout_secs: fields.whole("header_timeout_secs", 1..=3600, header_timeout_secs),
        concurrency: fields.whole("concurrency", 1..=1_000_000, concurrency),
        request_timeout_secs: fields.whole("request_timeout_secs", 1..=3600, request_timeout_secs),
        drain_timeout_secs: fields.whole("drain_timeout_secs", 0..=3600, drain_timeout_secs),
    };
    fields.close();
    limits
}

fn read_log(mut fields: Fields<'_>) -> LogSettings {
    let formats = [("json", LogFormat::Json), ("text", LogFormat::Text)];
    let levels = [
        ("info", LogLevel::Info),
        ("warn", LogLevel::Warn),
        ("error", LogLevel::Error),
        ("off", LogLevel::Off),
    ];
    let settings = LogSettings {
        format: fields.one_of("format", &formats).unwrap_or_default(),
        level: fields.one_of("level", &levels).unwrap_or_default(),
    };
    fields.close();
    settings
}

fn read_provider(mut fields: Fields<'_>, names: &mut Names) -> Option<Provider> {
    let Some(kind) = fields.take("kind") else {
        fields.note(fields.at, "a provider needs `kind`: `bedrock` or `sandbox`");
        return read_kindless(fields, names);
    };
    let Some((at, kind)) = fields.text("kind", kind) else {
        return read_kindless(fields, names);
    };
    match kind.as_str() {
        BEDROCK => read_bedrock(fields, names)
            .map(Box::new)
            .map(Provider::Bedrock),
        SANDBOX => read_sandbox(fields, names).map(Provider::Sandbox),
        unknown => {
            let hint = suggestion(unknown, [BEDROCK, SANDBOX].into_iter());
            fields.note(
                at,
                format!(
                    "there is no kind of provider `{unknown}`, only `bedrock` and `sandbox`{hint}"
                ),
            );
            read_kindless(fields, names)
        }
    }
}

/// Takes no more than the name of a provider without a usable kind, so that references to it are not reported as well.
/// Without a kind nobody can say which other keys belong here.
fn read_kindless(mut fields: Fields<'_>, names: &mut Names) -> Option<Provider> {
    let (at, name) = fields.required_text("name")?;
    names.add_provider(at, &name, fields.found);
    None
}

fn read_bedrock(mut fields: Fields<'_>, names: &mut Names) -> Option<BedrockProvider> {
    let name = fields.required_text("name").map(|(at, name)| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
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
        name
    });
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
    fields.close();
    Some(BedrockProvider {
        name: name?,
        region: region?,
        endpoint,
        control_endpoint,
        credentials: credentials?,
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

fn read_alias(mut fields: Fields<'_>, names: &mut Names) -> Option<Alias> {
    let name = fields.required_text("name");
    let provider = fields.required_text("provider");
    let model = fields.required_text("model");
    if let Some((at, name)) = &name {
        names.add_alias(*at, name, fields.found);
    }
    if let Some((at, provider)) = &provider {
        names.check_provider(*at, provider, fields.found);
    }
    fields.close();
    Some(Alias {
        name: name?.1,
        provider: provider?.1,
        model: model?.1,
    })
}

/// The names that are taken, and that other parts of a configuration may refer to.
struct Names {
    providers: Vec<String>,
    aliases: Vec<String>,
}

impl Names {
    fn new(also_on: &[&str]) -> Self {
        Self {
            providers: also_on.iter().map(|name| (*name).to_owned()).collect(),
            aliases: Vec::new(),
        }
    }

    fn add_provider(&mut self, at: Position, name: &str, found: &mut Vec<Problem>) {
        if self.providers.iter().any(|taken| taken == name) {
            let message = format!("there is already a provider `{name}`");
            found.push(Problem { at, message });
        }
        self.providers.push(name.to_owned());
    }

    fn add_alias(&mut self, at: Position, name: &str, found: &mut Vec<Problem>) {
        if self.aliases.iter().any(|taken| taken == name) {
            let message = format!("there is already an alias `{name}`");
            found.push(Problem { at, message });
        }
        self.aliases.push(name.to_owned());
    }

    /// Notes a reference to a provider that is not on, or to the sandbox where it would answer real traffic.
    fn check_provider(&self, at: Position, name: &str, found: &mut Vec<Problem>) {
        if name == SANDBOX {
            if self.providers.iter().any(|on| on != SANDBOX) {
                let message = "the sandbox serves only `sandbox/...` while another provider is on, so that it never answers real traffic by accident".to_owned();
                found.push(Problem { at, message });
            }
        } else if !self.providers.iter().any(|on| on == name) {
            let hint = suggestion(name, self.providers.iter().map(String::as_str));
            let message = format!("no provider is named `{name}`{hint}");
            found.push(Problem { at, message });
        }
    }
}
