//! The engine behind [`llm::Backend`]: identify, route, admit, cache, attempt, settle.
//!
//! One readable function runs the phases in this order; plug-in points are lists inside a phase, never layers around it.
//! It knows no wire format and no provider: what it needs of a call's content it takes from [`llm::Call::neutral`].

mod attempt;
mod error;
mod route;
mod settle;

use std::sync::Arc;

use llm::{Answer, Backend, BoxFuture, Call, Claim, Context, Error, Key, Provider};

pub use error::SettingsError;
use route::Routes;
use settle::Settle;

/// What the engine is made of.
#[derive(Debug, Default)]
pub struct Settings {
    /// The providers that are on, in the order that a call without a model tries them.
    pub providers: Vec<Entry>,
    /// Names that stand for a provider's model.
    pub aliases: Vec<Alias>,
    /// Who serves an id that names neither a provider nor an alias.
    pub default_provider: Option<Arc<str>>,
}

/// A provider that is on.
pub struct Entry {
    /// Its name: the part of a model id before the first `/`.
    pub name: Arc<str>,
    /// The provider.
    pub provider: Arc<dyn Provider>,
    /// Its keys; at least one.
    pub keys: Vec<Key>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("name", &self.name)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

/// A name that stands for a provider's model.
#[derive(Clone, Debug)]
pub struct Alias {
    /// The name a caller uses.
    pub name: Arc<str>,
    /// The provider.
    pub provider: Arc<str>,
    /// The provider's own name for the model.
    pub model: Arc<str>,
}

/// The engine.
#[derive(Debug)]
pub struct Pipeline {
    routes: Routes,
}

impl Pipeline {
    /// Builds the engine.
    ///
    /// # Errors
    /// A provider is named twice or has no key, or an alias or the default names a provider that is not on.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        Ok(Self {
            routes: Routes::new(settings)?,
        })
    }

    async fn run(&self, cx: &Context, call: &Call) -> Result<Answer, Error> {
        identify(&cx.claim);
        let target = self.routes.target(call)?;
        cx.observation.update(|record| {
            record.route = Some(target.route);
            record.provider = Some(Arc::clone(&target.entry.name));
            record.model = target.model.as_ref().map(|model| Arc::clone(&model.name));
        });
        // Budgets and limits are admitted here, before the cache, so that a cached answer counts against a caller's rate too;
        // the cache stands before the attempt, which is the first phase that costs money.
        attempt::once(cx, call, &target).await
    }
}

/// Decides who calls. Anonymous callers are all there are.
fn identify(claim: &Claim) {
    match claim {
        Claim::Anonymous => {}
    }
}

impl Backend for Pipeline {
    fn call(&self, cx: Context, call: Call) -> BoxFuture<'_, Result<Answer, Error>> {
        Box::pin(async move {
            cx.observation.update(|record| {
                record.requested_model = call.model.as_ref().map(|model| Arc::clone(&model.name));
            });
            // Made before the first await: whatever happens from here on is settled exactly once, also when this future is dropped.
            let settle = Settle::new(cx.observation.clone());
            match self.run(&cx, &call).await {
                Ok(answer) => Ok(settle.answer(answer)),
                Err(error) => Err(settle.error(error)),
            }
        })
    }
}
