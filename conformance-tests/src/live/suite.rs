//! Runs the scenarios with one SDK against one endpoint and judges what comes back.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::kits::Sdk;
use crate::provision;

use super::driver::{ACCESS_KEY_ID, Case, Driver, Outcome};
use super::expect::{differences, with_blobs};
use super::gateway::PROVIDER_HEADER;
use super::matrix::{Cell, Matrix, Verdict};
use super::replay::{query, segments};
use super::scenario::{self, Arrives, Attempts, Needs, Scenario};
use super::upstream::{Arrived, Upstream};
use super::{collect, wire};

/// The endpoint under test and what is known of it.
#[derive(Debug)]
pub struct Target<'a> {
    /// The base URL.
    pub endpoint: String,
    /// The model of the scenarios that need any; empty where there is none.
    pub model: String,
    /// Whether the gateway's sandbox answers there.
    pub sandbox: bool,
    /// The runner's own upstream, if the endpoint relays to it.
    pub upstream: Option<&'a Upstream>,
    /// Whether something stands between the SDK and that upstream.
    pub relayed: bool,
    /// Whether the drivers get the caller's AWS credentials instead of dummy ones.
    pub own_credentials: bool,
}

/// Scenarios and the attempts of each SDK, read once.
#[derive(Debug)]
pub struct Suite {
    scenarios: Vec<Scenario>,
    attempts: Attempts,
}

/// A scenario on its way, with what is special to this SDK.
struct Flight<'a> {
    scenario: &'a Scenario,
    token: String,
}

impl Suite {
    /// Reads the scenario files.
    ///
    /// # Errors
    /// A file that is not of its form.
    pub fn load(only: &[String]) -> Result<Self, String> {
        let mut scenarios = scenario::all()?;
        scenarios.retain(|scenario| {
            only.is_empty() || only.iter().any(|part| scenario.id.contains(part.as_str()))
        });
        Ok(Self {
            scenarios,
            attempts: scenario::attempts()?,
        })
    }

    /// Runs every scenario with one SDK, installed under `root`.
    #[must_use]
    pub fn run(&self, sdk: &'static Sdk, root: &Path, target: &Target<'_>) -> Matrix {
        let mut matrix = Matrix::default();
        let ready = sdk.kit().map_or_else(
            || Err("no kit".to_owned()),
            |kit| provision::ready(kit, root),
        );
        let started = ready.map_err(Verdict::Skipped).and_then(|()| {
            Driver::start(sdk, root, &target.endpoint, target.own_credentials)
                .map_err(|fault| Verdict::Failed(vec![fault]))
        });
        match started {
            Ok(mut driver) => {
                matrix.versions.insert(sdk.name, driver.version.clone());
                self.drive(sdk, &mut driver, target, &mut matrix);
            }
            Err(verdict) => matrix.cells.extend(
                self.scenarios
                    .iter()
                    .map(|scenario| cell(sdk, scenario, verdict.clone())),
            ),
        }
        matrix
    }

    fn drive(
        &self,
        sdk: &'static Sdk,
        driver: &mut Driver,
        target: &Target<'_>,
        matrix: &mut Matrix,
    ) {
        let mut flights: HashMap<String, Flight<'_>> = HashMap::new();
        let mut cases = Vec::new();
        for (number, scenario) in self.scenarios.iter().enumerate() {
            // Ends in a letter, so that no token is the beginning of another; fit for every id that AWS's patterns allow.
            let token = format!("run{}n{number}e", sdk.name.replace(['-', '.'], ""));
            match case(scenario, &token, target) {
                Ok(case) => {
                    cases.push(case);
                    flights.insert(scenario.id.clone(), Flight { scenario, token });
                }
                Err(verdict) => matrix.cells.push(cell(sdk, scenario, verdict)),
            }
        }
        // The waits between attempts pass while the rest runs.
        cases.sort_by_key(|case| !case.fresh);
        let stopped = driver.run(cases, sdk.window, |outcome| {
            if let Some(flight) = flights.remove(&outcome.id) {
                let verdict = self.judge(sdk, &flight, &outcome, target);
                matrix.cells.push(cell(sdk, flight.scenario, verdict));
            }
        });
        if let Err(fault) = stopped {
            let lost = flights
                .into_values()
                .map(|flight| cell(sdk, flight.scenario, Verdict::Failed(vec![fault.clone()])));
            matrix.cells.extend(lost);
        }
        let place = |cell: &Cell| {
            self.scenarios
                .iter()
                .position(|scenario| scenario.id == cell.scenario)
        };
        matrix.cells.sort_by_key(place);
    }

    fn judge(
        &self,
        sdk: &Sdk,
        flight: &Flight<'_>,
        outcome: &Outcome,
        target: &Target<'_>,
    ) -> Verdict {
        let scenario = flight.scenario;
        if let Some(fault) = &outcome.broken {
            return Verdict::Failed(vec![format!("the driver is at fault: {fault}")]);
        }
        if let Some(reason) = &outcome.unsupported {
            return Verdict::NotThere(reason.clone());
        }
        let variables = [
            ("model", target.model.as_str()),
            ("run", flight.token.as_str()),
        ];
        let mut found = returned(scenario, outcome, &variables);
        if let Some(row) = &scenario.attempts {
            match self.attempts.get(row).and_then(|row| row.get(sdk.name)) {
                Some(expected) if outcome.attempts == Some(*expected) => {}
                Some(expected) => found.push(format!(
                    "expected {expected} attempts ({row}), found {:?}",
                    outcome.attempts
                )),
                None => found.push(format!("attempts.json has no {} under {row}", sdk.name)),
            }
        }
        if let (Some(exchange), Some(upstream)) = (&scenario.upstream, target.upstream) {
            let arrived = upstream.arrived(&flight.token);
            found.extend(sent(
                &exchange.request,
                &arrived,
                &variables,
                target.relayed,
            ));
        } else if let (Needs::Translation, Some(upstream)) = (scenario.needs, target.upstream) {
            let n_arrived = upstream.arrived(&flight.token).len();
            if n_arrived > 0 {
                found.push(format!(
                    "{n_arrived} requests reached the upstream, where none may"
                ));
            }
        }
        let is_answered_here = match scenario.needs {
            Needs::Any | Needs::Sandbox => target.sandbox,
            Needs::Upstream | Needs::Translation => false,
        };
        if is_answered_here && outcome.ok {
            let header = outcome
                .headers
                .as_ref()
                .and_then(|headers| headers.get(PROVIDER_HEADER));
            if outcome.headers.is_some() && header != Some(&json!("sandbox")) {
                found.push(format!(
                    "expected {PROVIDER_HEADER}: sandbox, found {header:?}"
                ));
            }
        }
        match (scenario.except.get(sdk.name), found.is_empty()) {
            (None, true) => Verdict::Passed,
            (None, false) => Verdict::Failed(found),
            (Some(reason), false) => Verdict::NotThere(reason.clone()),
            (Some(reason), true) => Verdict::Failed(vec![format!(
                "passes, although the scenario says: {reason}"
            )]),
        }
    }
}

/// The case to send, or why there is none here.
fn case(scenario: &Scenario, token: &str, target: &Target<'_>) -> Result<Case, Verdict> {
    let missing = match scenario.needs {
        Needs::Any if !target.model.is_empty() => None,
        Needs::Any => Some("needs a chat model"),
        Needs::Sandbox if target.sandbox => None,
        Needs::Sandbox => Some("needs the models of the gateway's sandbox"),
        Needs::Upstream if target.upstream.is_some() => None,
        Needs::Upstream => Some("needs a relay to the runner's own upstream"),
        Needs::Translation if target.upstream.is_some() && target.relayed => None,
        Needs::Translation => Some("needs a gateway before the runner's own upstream"),
    };
    if let Some(reason) = missing {
        return Err(Verdict::Skipped(reason.to_owned()));
    }
    if let (Some(exchange), Some(upstream)) = (&scenario.upstream, target.upstream) {
        let filled = exchange
            .answers
            .iter()
            .map(|answer| answer.filled(&[("run", token)]));
        let answers = filled
            .map(|answer| wire::answer(&answer))
            .collect::<Result<Vec<_>, _>>();
        upstream.plan(
            token,
            answers.map_err(|fault| Verdict::Failed(vec![fault]))?,
        );
    } else if let (Needs::Translation, Some(upstream)) = (scenario.needs, target.upstream) {
        // Whatever arrives all the same is counted.
        upstream.plan(token, Vec::new());
    }
    let variables = [("model", target.model.as_str()), ("run", token)];
    Ok(Case {
        id: scenario.id.clone(),
        service: scenario.service.clone(),
        operation: scenario.operation.clone(),
        input: with_blobs(&scenario::filled(&scenario.input, &variables)),
        fresh: scenario.attempts.as_ref().is_some_and(|row| row != "once"),
        raw: false,
    })
}

/// What of the SDK's answer differs.
fn returned(scenario: &Scenario, outcome: &Outcome, variables: &[(&str, &str)]) -> Vec<String> {
    let expect = &scenario.expect;
    let mut found = Vec::new();
    let mut look = |heading: &str, expected: &Option<Value>, actual: Option<&Value>| {
        if let Some(expected) = expected {
            let clauses = differences(&scenario::filled(expected, variables), actual);
            found.extend(
                clauses
                    .into_iter()
                    .map(|clause| format!("{heading}: {clause}")),
            );
        }
    };
    look("error", &expect.error, outcome.error.as_ref());
    if outcome.ok || expect.error.is_some() {
        look("output", &expect.output, outcome.output.as_ref());
        let events = outcome.events.clone().map(Value::Array);
        look("events", &expect.events, events.as_ref());
    }
    if outcome.headers.is_some() {
        look("headers", &expect.headers, outcome.headers.as_ref());
    }
    if expect.error.is_none() && !outcome.ok {
        let raised = outcome
            .error
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        found.push(format!("raised {raised}"));
    }
    if expect.error.is_some() && outcome.ok {
        found.push("succeeded, where it must fail".to_owned());
    }
    if let Some(expected) = expect.stream.as_ref().filter(|_| outcome.ok) {
        match collect::message(outcome.events.as_deref().unwrap_or_default()) {
            Ok(message) => {
                let clauses = differences(&scenario::filled(expected, variables), Some(&message));
                found.extend(
                    clauses
                        .into_iter()
                        .map(|clause| format!("stream: {clause}")),
                );
                found.extend(usage_adds_up(&message));
            }
            Err(fault) => found.push(fault),
        }
    }
    if outcome.ok {
        found.extend(outcome.output.as_ref().and_then(usage_adds_up));
    }
    if outcome.headers.is_some()
        && outcome.request_id.as_deref().is_none_or(str::is_empty)
        && outcome.status.is_some()
    {
        found.push("the SDK shows no request id".to_owned());
    }
    found
}

/// `totalTokens` is the sum of what was read and written, unless a cache was.
fn usage_adds_up(answer: &Value) -> Option<String> {
    let usage = answer.get("usage")?;
    let count = |name: &str| usage.get(name).and_then(Value::as_u64);
    let (input, output, total) = (
        count("inputTokens")?,
        count("outputTokens")?,
        count("totalTokens")?,
    );
    let cached =
        count("cacheReadInputTokens").unwrap_or(0) + count("cacheWriteInputTokens").unwrap_or(0);
    (input + output != total && input + output + cached != total)
        .then(|| format!("usage does not add up: {usage}"))
}

/// What of the request that reached the upstream differs.
fn sent(
    expected: &Arrives,
    arrived: &[Arrived],
    variables: &[(&str, &str)],
    relayed: bool,
) -> Vec<String> {
    let Some(last) = arrived.last() else {
        return vec!["nothing reached the upstream".to_owned()];
    };
    let mut found = Vec::new();
    if last.method != expected.method {
        found.push(format!(
            "the upstream got {}, expected {}",
            last.method, expected.method
        ));
    }
    let path = segments(&scenario::filled_text(&expected.path, variables).replace('?', "%3F"));
    if segments(&last.target) != path {
        found.push(format!(
            "the upstream got the path {}, expected {}",
            last.target, expected.path
        ));
    }
    let pairs: serde_json::Map<_, _> = query(&last.target)
        .into_iter()
        .map(|(name, value)| (name, Value::String(value)))
        .collect();
    let wanted = expected.query.iter().map(|(name, value)| {
        (
            name.clone(),
            Value::String(scenario::filled_text(value, variables)),
        )
    });
    found.extend(clauses(
        "query",
        &Value::Object(wanted.collect()),
        &Value::Object(pairs),
    ));
    if let Some(body) = &expected.body {
        match serde_json::from_slice::<Value>(&last.body) {
            Ok(actual) => found.extend(clauses(
                "body",
                &with_blobs_as_text(&scenario::filled(body, variables)),
                &actual,
            )),
            Err(error) => found.push(format!("the upstream got a body that is no JSON: {error}")),
        }
    } else if !last.body.is_empty() {
        found.push(format!(
            "the upstream got a body of {} bytes, expected none",
            last.body.len()
        ));
    }
    for (name, value) in &expected.headers {
        let actual = last
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(|text| Value::String(text.to_owned()));
        let expected = scenario::filled(value, variables);
        found.extend(
            differences(&expected, actual.as_ref())
                .into_iter()
                .map(|clause| format!("the upstream's header {name}: {clause}")),
        );
    }
    // Anthropic has a header of its own for its keys.
    let authorization = last
        .headers
        .get("authorization")
        .or_else(|| last.headers.get("x-api-key"))
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if authorization.is_empty() || (relayed && authorization.contains(ACCESS_KEY_ID)) {
        found.push("the upstream was not signed to with the gateway's own key".to_owned());
    }
    found
}

fn clauses(what: &str, expected: &Value, actual: &Value) -> Vec<String> {
    differences(expected, Some(actual))
        .into_iter()
        .map(|clause| format!("the upstream's {what}: {clause}"))
        .collect()
}

/// On the wire a blob in JSON is its base64 text.
fn with_blobs_as_text(value: &Value) -> Value {
    match with_blobs(value) {
        Value::Object(members) => match members.get("$base64") {
            Some(text) => text.clone(),
            None => Value::Object(
                members
                    .iter()
                    .map(|(name, member)| (name.clone(), with_blobs_as_text(member)))
                    .collect(),
            ),
        },
        Value::Array(items) => Value::Array(items.iter().map(with_blobs_as_text).collect()),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}

fn cell(sdk: &'static Sdk, scenario: &Scenario, verdict: Verdict) -> Cell {
    Cell {
        sdk: sdk.name,
        operation: scenario.operation.clone(),
        feature: scenario.feature.clone(),
        scenario: scenario.id.clone(),
        verdict,
    }
}
