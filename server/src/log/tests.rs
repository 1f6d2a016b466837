//! Forms of log lines. The dates are those of public calendars.

use super::*;

#[test]
fn a_moment_prints_as_utc_with_milliseconds() {
    let at = |seconds, millis: u32| rfc3339(Duration::new(seconds, millis * 1_000_000));
    assert_eq!(at(0, 0), "1970-01-01T00:00:00.000Z");
    assert_eq!(at(951_782_400, 5), "2000-02-29T00:00:00.005Z");
    assert_eq!(at(1_700_000_000, 250), "2023-11-14T22:13:20.250Z");
    assert_eq!(at(4_102_444_799, 999), "2099-12-31T23:59:59.999Z");
}

#[test]
fn a_json_line_is_one_object_whatever_the_texts_hold() {
    let line = json_line(
        "T",
        LogLevel::Warn,
        "request",
        &[
            ("path", Value::Text("/a\"\\\n\u{2028}\u{7f}ö")),
            ("status", Value::Whole(200)),
            (
                "duration_ms",
                Value::Millis(Duration::from_micros(1_024_005)),
            ),
        ],
    );
    assert!(line.ends_with("}\n"));
    assert_eq!(line.matches('\n').count(), 1);
    let parsed: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        parsed,
        serde_json::json!({
            "time": "T",
            "level": "warn",
            "event": "request",
            "path": "/a\"\\\n\u{2028}\u{7f}ö",
            "status": 200,
            "duration_ms": 1024.005,
        })
    );
}

#[test]
fn a_text_line_quotes_only_what_would_be_read_wrongly() {
    let line = text_line(
        "T",
        LogLevel::Info,
        "request",
        &[
            ("path", Value::Text("/model/x")),
            ("peer", Value::Text("a b=\"c\"")),
            ("empty", Value::Text("")),
        ],
    );
    assert_eq!(
        line,
        "T info  request path=/model/x peer=\"a b=\\\"c\\\"\" empty=\"\"\n"
    );
}
