//! How long an upstream asks to wait, in the headers that providers say it with. Dates are not read.

use std::time::Duration;

use http::{HeaderMap, header};
use llm::Kind;

/// How long the upstream asks to wait before another try.
///
/// `retry-after-ms` is OpenAI's and Azure's, `x-ratelimit-reset-*` that of OpenAI and of those who speak like it. These stand on
/// every answer, so they count only where it was the limit that was met.
pub(crate) fn delay(kind: Kind, head: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| head.get(name)?.to_str().ok().map(str::trim);
    let millis = text("retry-after-ms").and_then(|millis| duration(millis, 0.001));
    let secs = text(header::RETRY_AFTER.as_str()).and_then(|secs| duration(secs, 1.0));
    let limits = [
        (Kind::RateLimited, "x-ratelimit-reset-requests"),
        (Kind::TokenRateLimited, "x-ratelimit-reset-tokens"),
    ];
    let met = limits.iter().find(|(limit, _)| *limit == kind);
    let reset = met.and_then(|(_, name)| text(name));
    millis.or(secs).or_else(|| reset.and_then(span))
}

/// A number of that many seconds each.
fn duration(number: &str, unit_secs: f64) -> Option<Duration> {
    let number: f64 = number.parse().ok()?;
    Duration::try_from_secs_f64(number * unit_secs).ok()
}

/// A span of time as Go prints it, such as `1m30.5s` or `120ms`; a bare number is seconds.
fn span(text: &str) -> Option<Duration> {
    let is_of_number = |byte: &char| byte.is_ascii_digit() || *byte == '.';
    let mut whole = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let n_digits = rest.chars().take_while(is_of_number).count();
        let (number, behind) = rest.split_at_checked(n_digits)?;
        let n_letters = behind.chars().take_while(char::is_ascii_alphabetic).count();
        let (unit, behind) = behind.split_at_checked(n_letters)?;
        let unit_secs = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "" | "s" => 1.0,
            "ms" => 0.001,
            "us" => 0.000_001,
            _ => return None,
        };
        whole = whole.checked_add(duration(number, unit_secs)?)?;
        rest = behind;
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, headers: &[(&'static str, &'static str)]) -> Option<u128> {
        let headers = headers.iter().map(|(name, value)| {
            let name = http::HeaderName::from_static(name);
            (name, http::HeaderValue::from_static(value))
        });
        delay(kind, &headers.collect()).map(|delay| delay.as_millis())
    }

    #[test]
    fn every_spelling_is_read() {
        for (kind, headers, millis) in [
            (Kind::Overloaded, &[("retry-after", "3")][..], Some(3000)),
            (Kind::Overloaded, &[("retry-after", " 0.25 ")], Some(250)),
            (Kind::Overloaded, &[("retry-after", "-1")], None),
            (Kind::Overloaded, &[("retry-after", "1e300")], None),
            (
                Kind::Overloaded,
                &[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")],
                None,
            ),
            (
                Kind::RateLimited,
                &[("retry-after", "3"), ("retry-after-ms", "2500")],
                Some(2500),
            ),
            (
                Kind::RateLimited,
                &[("x-ratelimit-reset-requests", "1m30.5s")],
                Some(90_500),
            ),
            (
                Kind::RateLimited,
                &[("x-ratelimit-reset-requests", "120ms")],
                Some(120),
            ),
            (
                Kind::RateLimited,
                &[("x-ratelimit-reset-requests", "1h0m2s")],
                Some(3_602_000),
            ),
            (
                Kind::RateLimited,
                &[("x-ratelimit-reset-requests", "10")],
                Some(10_000),
            ),
            (
                Kind::RateLimited,
                &[("x-ratelimit-reset-requests", "soon")],
                None,
            ),
            (
                Kind::RateLimited,
                &[("x-ratelimit-reset-requests", "1d")],
                None,
            ),
            (
                Kind::RateLimited,
                &[("x-ratelimit-reset-tokens", "7s")],
                None,
            ),
            (
                Kind::TokenRateLimited,
                &[("x-ratelimit-reset-tokens", "7.66s")],
                Some(7660),
            ),
            (
                Kind::InvalidRequest,
                &[("x-ratelimit-reset-requests", "1s")],
                None,
            ),
            (Kind::RateLimited, &[], None),
        ] {
            assert_eq!(of(kind, headers), millis, "{kind:?} {headers:?}");
        }
    }
}
