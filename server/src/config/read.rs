//! Reads a configuration out of a YAML tree and notes every problem on the way.
//!
//! A value that cannot be read is replaced by its default, so that reading goes on; the result is dropped if anything was noted.

mod provider;

use super::fields::{Fields, suggestion};
use super::problem::{Position, Problem, Problems};
use super::tree::Node;
use super::{Alias, Config, Limits, LogFormat, LogLevel, LogSettings, SANDBOX};

/// The names of the providers that are on, or may be, without an entry in the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlsoOn<'a> {
    /// Switched on by the command line, whatever the file lists.
    pub by_command: &'a [&'a str],
    /// Switched on by keys in the environment, unless the file lists a provider other than the sandbox.
    pub by_environment: &'a [&'a str],
}

impl Config {
    /// Reads a configuration file. Its aliases and its default may name the providers of `also_on` too.
    ///
    /// # Errors
    /// Everything that is wrong, each with its line and column. No text of it quotes a value that may be a secret.
    pub fn parse(yaml: &str, also_on: AlsoOn<'_>) -> Result<Self, Problems> {
        let root = Node::parse(yaml)?;
        let mut found = Vec::new();
        let config = read_config(Fields::open("the configuration", root, &mut found), also_on);
        Problems::or(found, config)
    }
}

fn read_config(mut fields: Fields<'_>, also_on: AlsoOn<'_>) -> Config {
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
    let mut names = Names::new(also_on.by_command);
    let mut file_decides = false;
    for node in fields.list("providers") {
        let provider = Fields::open("a provider", node, fields.found);
        let read = provider::read(provider, &mut names);
        // An entry that cannot be read stands for an upstream too: what is wrong is the entry, not who refers to it.
        file_decides |= read.as_ref().is_none_or(super::Provider::is_upstream);
        config.providers.extend(read);
    }
    if !file_decides {
        names.also(also_on.by_environment);
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
        let mut names = Self {
            providers: Vec::new(),
            aliases: Vec::new(),
        };
        names.also(also_on);
        names
    }

    fn also(&mut self, on: &[&str]) {
        self.providers
            .extend(on.iter().map(|name| (*name).to_owned()));
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
