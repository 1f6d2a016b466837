//! Who serves a model id, or a call that has none.

use std::collections::BTreeMap;
use std::sync::Arc;

use llm::{Call, Error, Kind, Model, Origin};

use crate::{Entry, Settings, SettingsError};

/// The route table.
#[derive(Debug)]
pub(crate) struct Routes {
    providers: Vec<Entry>,
    by_name: BTreeMap<Arc<str>, usize>,
    aliases: BTreeMap<Arc<str>, (usize, Model)>,
    default: Option<usize>,
}

/// Where a call goes.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) entry: &'a Entry,
    /// The provider's own name for the model; none where the call has no model.
    pub(crate) model: Option<Model>,
    /// The rule that found it, for the record.
    pub(crate) route: &'static str,
}

impl Routes {
    pub(crate) fn new(settings: Settings) -> Result<Self, SettingsError> {
        let Settings {
            providers,
            aliases,
            default_provider,
        } = settings;
        let mut by_name = BTreeMap::new();
        for (index, entry) in providers.iter().enumerate() {
            if entry.keys.is_empty() {
                return Err(SettingsError::NoKey(Arc::clone(&entry.name)));
            }
            if by_name.insert(Arc::clone(&entry.name), index).is_some() {
                return Err(SettingsError::DuplicateProvider(Arc::clone(&entry.name)));
            }
        }
        let known = |name: &Arc<str>| {
            by_name
                .get(name)
                .copied()
                .ok_or_else(|| SettingsError::UnknownProvider(Arc::clone(name)))
        };
        let default = default_provider.as_ref().map(known).transpose()?;
        let mut table = BTreeMap::new();
        for alias in aliases {
            let target = (known(&alias.provider)?, Model::new(alias.model));
            if table.insert(Arc::clone(&alias.name), target).is_some() {
                return Err(SettingsError::DuplicateAlias(alias.name));
            }
        }
        Ok(Self {
            providers,
            by_name,
            aliases: table,
            default,
        })
    }

    /// Finds the target of a call: a provider named before the first `/`, then an alias, then the default provider.
    pub(crate) fn target(&self, call: &Call) -> Result<Target<'_>, Error> {
        match &call.model {
            Some(model) => self.of_model(model).ok_or_else(unknown_model),
            None => self.without_model(call).ok_or_else(not_served),
        }
    }

    fn of_model(&self, model: &Model) -> Option<Target<'_>> {
        if let Some((name, rest)) = model.name.split_once('/')
            && let Some(&index) = self.by_name.get(name)
        {
            // The provider was named, so nobody else is meant: `name/` alone is an id that nobody serves.
            let model = (!rest.is_empty()).then(|| Model::new(rest))?;
            return self.at(index, Some(model), "provider");
        }
        if let Some((index, model)) = self.aliases.get(&model.name) {
            return self.at(*index, Some(model.clone()), "alias");
        }
        self.at(self.default?, Some(model.clone()), "default")
    }

    fn without_model(&self, call: &Call) -> Option<Target<'_>> {
        let relays = |index: &usize| {
            self.providers
                .get(*index)
                .is_some_and(|entry| entry.provider.relays(call, None))
        };
        match self.default.filter(relays) {
            Some(index) => self.at(index, None, "default"),
            None => self.at((0..self.providers.len()).find(relays)?, None, "first"),
        }
    }

    fn at(&self, index: usize, model: Option<Model>, route: &'static str) -> Option<Target<'_>> {
        self.providers.get(index).map(|entry| Target {
            entry,
            model,
            route,
        })
    }
}

fn unknown_model() -> Error {
    Error::new(
        Kind::ModelNotFound,
        Origin::Gateway,
        "The provided model identifier is invalid.",
    )
}

/// The refusal of an operation that the target neither relays nor can be translated to.
pub(crate) fn not_served() -> Error {
    Error::new(
        Kind::NotServed,
        Origin::Gateway,
        "This action doesn't support the model that you provided.",
    )
}
