//! What the gateway writes down: one line a request and a few about itself, as JSON or as text.
//!
//! Knows no request and no prompt; what goes into a request's line is chosen in `access`.

pub(crate) mod access;
mod sink;

use std::fmt::Write as _;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{LogFormat, LogLevel, LogSettings};
use crate::environment;
use sink::Sink;

/// Where log lines go. Cheap to clone; the last clone to go leaves nothing unwritten.
#[derive(Clone, Debug)]
pub struct Log {
    settings: LogSettings,
    sink: Arc<Sink>,
}

/// The value of one field of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    /// A text; escaped where the form needs it.
    Text(&'a str),
    /// A number without a fraction.
    Whole(u64),
    /// A time in milliseconds, printed with three places.
    Millis(Duration),
}

impl Log {
    /// A log that writes to `writer` from a thread of its own, so that no request waits for it.
    pub fn start(settings: LogSettings, writer: Box<dyn Write + Send>) -> Self {
        Self {
            settings,
            sink: Arc::new(Sink::start(writer)),
        }
    }

    /// Waits until everything is written, for a second at most.
    pub fn flush(&self) {
        self.sink.flush(Duration::from_secs(1));
    }

    /// Whether lines that grave are written.
    pub(crate) fn writes(&self, level: LogLevel) -> bool {
        level >= self.settings.level
    }

    /// Writes one line: what happened, and its fields in this order.
    pub(crate) fn write(&self, level: LogLevel, event: &str, fields: &[(&str, Value<'_>)]) {
        if !self.writes(level) {
            return;
        }
        let n_lost = self.sink.push(&self.line(level, event, fields));
        if n_lost > 0 {
            let fields = [("n_lines", Value::Whole(n_lost))];
            // If this line is lost as well, the next one to get through counts it.
            self.sink
                .push(&self.line(LogLevel::Error, "log_lines_lost", &fields));
        }
    }

    fn line(&self, level: LogLevel, event: &str, fields: &[(&str, Value<'_>)]) -> String {
        let time = rfc3339(environment::since_epoch());
        match self.settings.format {
            LogFormat::Json => json_line(&time, level, event, fields),
            LogFormat::Text => text_line(&time, level, event, fields),
        }
    }
}

fn json_line(time: &str, level: LogLevel, event: &str, fields: &[(&str, Value<'_>)]) -> String {
    let mut line = String::with_capacity(512);
    line.push_str("{\"time\":\"");
    line.push_str(time);
    line.push_str("\",\"level\":\"");
    line.push_str(level.name());
    line.push_str("\",\"event\":");
    push_json_text(&mut line, event);
    for (name, value) in fields {
        line.push(',');
        push_json_text(&mut line, name);
        line.push(':');
        match value {
            Value::Text(text) => push_json_text(&mut line, text),
            Value::Whole(_) | Value::Millis(_) => push_number(&mut line, *value),
        }
    }
    line.push_str("}\n");
    line
}

fn text_line(time: &str, level: LogLevel, event: &str, fields: &[(&str, Value<'_>)]) -> String {
    let mut line = format!("{time} {:5} {event}", level.name());
    for (name, value) in fields {
        line.push(' ');
        line.push_str(name);
        line.push('=');
        match value {
            Value::Text(text) if is_plain(text) => line.push_str(text),
            Value::Text(text) => push_json_text(&mut line, text),
            Value::Whole(_) | Value::Millis(_) => push_number(&mut line, *value),
        }
    }
    line.push('\n');
    line
}

fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'=')
}

fn push_json_text(line: &mut String, text: &str) {
    line.push('"');
    // Nearly every text is of these bytes alone.
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        line.push_str(text);
    } else {
        for c in text.chars() {
            match c {
                '"' => line.push_str("\\\""),
                '\\' => line.push_str("\\\\"),
                // Line and paragraph separators would cut the line in some readers.
                c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                    push_formatted(line, format_args!("\\u{:04x}", u32::from(c)));
                }
                c => line.push(c),
            }
        }
    }
    line.push('"');
}

fn push_number(line: &mut String, value: Value<'_>) {
    match value {
        Value::Text(_) => {}
        Value::Whole(number) => push_formatted(line, format_args!("{number}")),
        Value::Millis(time) => {
            let micros = time.as_micros();
            push_formatted(line, format_args!("{}.{:03}", micros / 1000, micros % 1000));
        }
    }
}

fn push_formatted(line: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = line.write_fmt(text);
}

impl LogLevel {
    fn name(self) -> &'static str {
        match self {
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
            LogLevel::Off => "off",
        }
    }
}

/// The time as RFC 3339 says, in UTC with milliseconds.
fn rfc3339(since_epoch: Duration) -> String {
    let seconds = since_epoch.as_secs();
    let (year, month, day) = civil(seconds / 86_400);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60,
        since_epoch.subsec_millis()
    )
}

/// Year, month and day of a number of days after 1 January 1970, by the rule of 400-year eras that begin on 1 March.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests;
