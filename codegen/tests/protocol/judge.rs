//! Whether what the program printed is what the suite wants.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    program::{case_name, is_for, set_name},
    suite::{
        Direction, Event, EventCase, Kind, MalformedCase, RequestCase, ResponseCase, Role, Suite,
    },
};

/// What a case came to; none for a pass.
pub(crate) type Verdicts = BTreeMap<(Kind, String), Vec<String>>;

type Check = Result<(), String>;

/// The lines of the program: by case and role, in the order they were printed.
pub(crate) struct Lines(BTreeMap<(String, String), Vec<Value>>);

impl Lines {
    /// Takes the lines that are the program's out of everything that was printed.
    pub(crate) fn of(output: &str) -> Self {
        let mut lines: BTreeMap<_, Vec<Value>> = BTreeMap::new();
        for line in output.lines().filter(|line| line.starts_with("{\"case\":")) {
            let line: Value = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("the line is no JSON ({error}): {line}"));
            let key = (
                text(&line["case"]).to_owned(),
                text(&line["role"]).to_owned(),
            );
            lines.entry(key).or_default().push(line);
        }
        Self(lines)
    }

    fn next(&mut self, case: &str, role: Role) -> Result<Value, String> {
        let lines = self.0.get_mut(&(case.to_owned(), role.name().to_owned()));
        match lines {
            Some(lines) if !lines.is_empty() => Ok(lines.remove(0)),
            Some(_) | None => Err(format!("{}: nothing was printed", role.name())),
        }
    }

    fn finish(&self) {
        let left: Vec<_> = self
            .0
            .iter()
            .filter(|(_, lines)| !lines.is_empty())
            .collect();
        assert!(left.is_empty(), "lines that no case asked for: {left:?}");
    }
}

/// What is wrong with each case.
pub(crate) fn verdicts(suite: &Suite, mut lines: Lines) -> Verdicts {
    let mut verdicts = Verdicts::new();
    let mut put = |kind: Kind, id: &str, checks: Vec<Check>| {
        assert!(!checks.is_empty(), "nothing of {id} was looked at");
        let wrong = checks.into_iter().filter_map(Result::err).collect();
        let old = verdicts.insert((kind, id.to_owned()), wrong);
        assert!(old.is_none(), "two cases are called {id}");
    };
    for at in &suite.requests {
        put(Kind::Request, &at.case.id, request(&at.case, &mut lines));
    }
    for at in &suite.responses {
        put(Kind::Response, &at.case.id, response(&at.case, &mut lines));
    }
    for at in &suite.malformed {
        put(
            Kind::Malformed,
            &at.case.id,
            malformed(&at.case, &mut lines),
        );
    }
    for at in &suite.events {
        put(Kind::Event, &at.case.id, event(&at.case, &mut lines));
    }
    lines.finish();
    verdicts
}

fn request(case: &RequestCase, lines: &mut Lines) -> Vec<Check> {
    let name = case_name(Kind::Request, &case.id);
    let mut checks = Vec::new();
    if is_for(Role::Client, case.applies_to) {
        checks.push(
            lines
                .next(&name, Role::Client)
                .and_then(|line| sent_request(case, &line)),
        );
    }
    if is_for(Role::Server, case.applies_to) {
        checks.push(
            lines
                .next(&name, Role::Server)
                .and_then(|line| was_read(&line)),
        );
    }
    checks
}

fn response(case: &ResponseCase, lines: &mut Lines) -> Vec<Check> {
    let name = case_name(Kind::Response, &case.id);
    let mut checks = Vec::new();
    if is_for(Role::Server, case.applies_to) {
        checks.push(
            lines
                .next(&name, Role::Server)
                .and_then(|line| sent_answer(case, &line)),
        );
    }
    if is_for(Role::Client, case.applies_to) {
        checks.push(
            lines
                .next(&name, Role::Client)
                .and_then(|line| was_read(&line)),
        );
    }
    checks
}

fn malformed(case: &MalformedCase, lines: &mut Lines) -> Vec<Check> {
    let refused = |index: usize, lines: &mut Lines| {
        let line = lines.next(&set_name(&case.id, index), Role::Server)?;
        let refused = &line["refused"];
        let want = (
            u64::from(case.response.code),
            case.response.headers["x-amzn-errortype"].as_str(),
        );
        let is = (
            refused["status"].as_u64().unwrap_or_default(),
            refused["name"].as_str().unwrap_or_default(),
        );
        ensure(is == want, || {
            format!("#{index}: wanted {want:?}, found {line}")
        })
    };
    (0..case.requests().len())
        .map(|index| refused(index, lines))
        .collect()
}

fn event(case: &EventCase, lines: &mut Lines) -> Vec<Check> {
    let name = case_name(Kind::Event, &case.id);
    let mut checks = Vec::new();
    let is_failure = case.expectation.is_some();
    if let Some(head) = &case.initial_request
        && is_for(Role::Client, case.applies_to)
        && !is_failure
    {
        checks.push(lines.next(&name, Role::Client).and_then(|line| {
            let sent = sent(&line)?;
            equal("method", &sent["method"], &head.method.as_str().into())?;
            equal("target", &sent["target"], &head.uri.as_str().into())?;
            headers(&head.headers, &sent["headers"])
        }));
    }
    if let Some(head) = &case.initial_response
        && is_for(Role::Server, case.applies_to)
        && !is_failure
    {
        checks.push(lines.next(&name, Role::Server).and_then(|line| {
            let sent = sent(&line)?;
            equal("status", &sent["status"], &head.code.into())?;
            headers(&head.headers, &sent["headers"])
        }));
    }
    for direction in [Direction::Request, Direction::Response] {
        let events: Vec<&Event> = case
            .events
            .iter()
            .filter(|event| event.direction == direction)
            .collect();
        let has_head = match direction {
            Direction::Request => case.initial_request.is_some(),
            Direction::Response => case.initial_response.is_some(),
        };
        if events.is_empty() && !has_head {
            continue;
        }
        let writer = direction.writer();
        if is_for(writer, case.applies_to) && !is_failure {
            for event in events.iter().filter(|event| event.params.is_some()) {
                checks.push(
                    lines
                        .next(&name, writer)
                        .and_then(|line| sent_frame(event, &line)),
                );
            }
        }
        let reader = Role::BOTH
            .into_iter()
            .find(|role| *role != writer)
            .expect("there are two");
        if is_for(reader, case.applies_to) {
            checks.push(
                lines
                    .next(&name, reader)
                    .and_then(|line| match &case.expectation {
                        None => was_read(&line),
                        Some(expectation) => {
                            has_failed(expectation.failure.error_id.as_deref(), &line)
                        }
                    }),
            );
        }
    }
    checks
}

fn sent_request(case: &RequestCase, line: &Value) -> Check {
    let sent = sent(line)?;
    equal("method", &sent["method"], &case.method.as_str().into())?;
    // What is sent is relative to the endpoint, which may have a path of its own.
    let host = case.host.as_deref().unwrap_or_default();
    let base = host
        .find('/')
        .and_then(|at| host.get(at..))
        .unwrap_or_default();
    let target = text(&sent["target"]);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    equal(
        "path",
        &format!("{base}{path}").into(),
        &case.uri.as_str().into(),
    )?;
    ensure(
        case.resolved_host == case.host || case.resolved_host.is_none(),
        || "nothing says that the host is another".to_owned(),
    )?;
    let pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    if let Some(wanted) = &case.query_params {
        let sorted = |pairs: Vec<&str>| {
            let mut pairs: Vec<String> = pairs.into_iter().map(str::to_owned).collect();
            // Values of one name keep their order.
            pairs.sort_by(|a, b| name_of(a).cmp(name_of(b)));
            Value::from(pairs)
        };
        let wanted = wanted.iter().map(String::as_str).collect();
        equal("query", &sorted(pairs.clone()), &sorted(wanted))?;
    }
    for forbidden in &case.forbid_query_params {
        ensure(pairs.iter().all(|pair| name_of(pair) != forbidden), || {
            format!("{forbidden} is in the query")
        })?;
    }
    // The length is the HTTP layer's to write: of every body, and of none where the method has one.
    let has_length =
        !text(&sent["body"]).is_empty() || !matches!(&*case.method, "GET" | "DELETE" | "HEAD");
    let found = with_length(&sent["headers"], &sent["body"], has_length);
    headers(&case.headers, &found)?;
    for required in &case.require_headers {
        ensure(header(&found, required).is_some(), || {
            format!("the header {required} is absent")
        })?;
    }
    absent(&case.forbid_headers, &found)?;
    body(
        case.body.as_deref(),
        case.body_media_type.as_deref(),
        &sent["body"],
    )
}

fn sent_answer(case: &ResponseCase, line: &Value) -> Check {
    let sent = sent(line)?;
    equal("status", &sent["status"], &case.code.into())?;
    let found = with_length(&sent["headers"], &sent["body"], true);
    headers(&case.headers, &found)?;
    absent(&case.forbid_headers, &found)?;
    body(
        case.body.as_deref(),
        case.body_media_type.as_deref(),
        &sent["body"],
    )
}

/// Headers of a frame in any order, each with its type and none more; times as points in time.
fn sent_frame(event: &Event, line: &Value) -> Check {
    let sent = sent(line)?;
    let mut found: Vec<&Value> = sent["headers"].as_array().expect("a list").iter().collect();
    found.sort_by_key(|header| header[0].as_str());
    let wanted: Vec<Value> = event
        .headers
        .iter()
        .map(|(name, value)| {
            let (kind, value) = value.iter().next().expect("a header has a type");
            let value = match &**kind {
                "blob" => hex(&base64_simd::STANDARD
                    .decode_to_vec(text(value))
                    .expect("base64"))
                .into(),
                "timestamp" => timestamp(text(value)),
                _ => value.clone(),
            };
            serde_json::json!([name, kind, value])
        })
        .collect();
    equal("headers", &serde_json::json!(found), &wanted.into())?;
    body(
        Some(&event.body),
        event.body_media_type.as_deref(),
        &sent["body"],
    )
}

fn timestamp(date: &str) -> Value {
    let secs = crate::literal::seconds_of(date);
    format!("{secs}.000000000").into()
}

fn was_read(line: &Value) -> Check {
    match line.get("read") {
        Some(read) => equal("value", read, &line["want"]),
        None => Err(line.to_string()),
    }
}

fn has_failed(error: Option<&str>, line: &Value) -> Check {
    let refused = line
        .get("refused")
        .ok_or_else(|| format!("wanted a failure, found {line}"))?;
    ensure(refused["error"].as_str() == error, || {
        format!("wanted {error:?}, found {line}")
    })
}

fn sent(line: &Value) -> Result<&Value, String> {
    line.get("sent").ok_or_else(|| line.to_string())
}

fn headers(wanted: &BTreeMap<String, String>, found: &Value) -> Check {
    for (name, value) in wanted {
        let found = header(found, name);
        ensure(found.as_ref() == Some(value), || {
            format!("the header {name} is {found:?} and not {value:?}")
        })?;
    }
    Ok(())
}

fn absent(forbidden: &[String], found: &Value) -> Check {
    for name in forbidden {
        ensure(header(found, name).is_none(), || {
            format!("the header {name} is there")
        })?;
    }
    Ok(())
}

/// The lines of a header as one.
fn header(headers: &Value, name: &str) -> Option<String> {
    let lines: Vec<&str> = headers
        .as_array()
        .expect("a list")
        .iter()
        .filter(|pair| text(&pair[0]).eq_ignore_ascii_case(name))
        .map(|pair| text(&pair[1]))
        .collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

fn with_length(headers: &Value, body: &Value, has_length: bool) -> Value {
    let mut headers = headers.clone();
    if has_length && let Some(headers) = headers.as_array_mut() {
        let length = (text(body).len() / 2).to_string();
        headers.push(serde_json::json!(["content-length", length]));
    }
    headers
}

/// JSON by its values, all else byte by byte.
fn body(wanted: Option<&str>, media_type: Option<&str>, found: &Value) -> Check {
    let Some(wanted) = wanted else { return Ok(()) };
    let found = text(found);
    if media_type == Some("application/json") {
        let parsed =
            |text: &str| serde_json::from_str::<Value>(text).map_err(|error| error.to_string());
        let bytes = unhex(found);
        let found = parsed(std::str::from_utf8(&bytes).map_err(|error| error.to_string())?)?;
        return equal("body", &found, &parsed(wanted)?);
    }
    equal("body", &found.into(), &hex(wanted.as_bytes()).into())
}

fn equal(what: &str, found: &Value, wanted: &Value) -> Check {
    ensure(same(found, wanted), || {
        format!("{what}: wanted {wanted}, found {found}")
    })
}

/// Numbers are compared by value, objects without order.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || (one.as_f64() == other.as_f64() && (one.is_f64() || other.is_f64()))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let same = |(key, one): (&String, &Value)| {
                other.get(key).is_some_and(|other| self::same(one, other))
            };
            one.len() == other.len() && one.iter().all(same)
        }
        (one, other) => one == other,
    }
}

fn ensure(holds: bool, why: impl Fn() -> String) -> Check {
    if holds { Ok(()) } else { Err(why()) }
}

fn name_of(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = (0..text.len()).step_by(2).map(|at| &text[at..at + 2]);
    digits
        .map(|digits| u8::from_str_radix(digits, 16).expect("hexadecimal digits"))
        .collect()
}
