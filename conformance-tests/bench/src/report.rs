//! The results as people and programs read them: a Markdown table, the figures behind it, a JSON array.

use std::fmt::Write;

use serde::Serialize;

use crate::{error::Error, stats::Spread};

/// The result of one scenario. Smaller is better.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) value: Spread,
    pub(crate) unit: Unit,
    pub(crate) goal: f64,
    /// The absolute figures behind the value, one clause.
    pub(crate) detail: String,
}

/// What a value counts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unit {
    /// Multiples of the bare proxy.
    Ratio,
    Megabytes,
    Milliseconds,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Ratio => "x",
            Self::Megabytes => "MB",
            Self::Milliseconds => "ms",
        }
    }

    /// A ratio with two decimals, the others with one.
    fn show(self, value: f64) -> String {
        match self {
            Self::Ratio => format!("{value:.2}x"),
            Self::Megabytes | Self::Milliseconds => format!("{value:.1} {}", self.name()),
        }
    }
}

/// The table for the README.
pub(crate) fn table(outcomes: &[Outcome]) -> String {
    let mut text = String::from("| scenario | value | goal |\n|---|---|---|\n");
    for outcome in outcomes {
        let Outcome {
            title,
            value,
            unit,
            goal,
            ..
        } = outcome;
        let missed = if value.median > *goal {
            " (missed)"
        } else {
            ""
        };
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "| {title} | {} ({} to {}) | <= {}{missed} |",
            unit.show(value.median),
            unit.show(value.least),
            unit.show(value.most),
            unit.show(*goal),
        );
    }
    text
}

/// One line for each scenario with the figures behind its value.
pub(crate) fn details(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for Outcome { name, detail, .. } in outcomes {
        let _ = writeln!(text, "{name}: {detail}");
    }
    text
}

/// `[{"name","value","unit","goal"}]`, value and goal as numbers with three decimals.
pub(crate) fn json(outcomes: &[Outcome]) -> Result<String, Error> {
    #[derive(Serialize)]
    struct Row {
        name: &'static str,
        value: f64,
        unit: &'static str,
        goal: f64,
    }
    let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
    let rows: Vec<_> = outcomes
        .iter()
        .map(|outcome| Row {
            name: outcome.name,
            value: rounded(outcome.value.median),
            unit: outcome.unit.name(),
            goal: rounded(outcome.goal),
        })
        .collect();
    serde_json::to_string(&rows).map_err(Error::doing("cannot print the results"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(median: f64, unit: Unit, goal: f64) -> Outcome {
        Outcome {
            name: "relay",
            title: "relay, 1 KB",
            value: Spread {
                median,
                least: 1.0,
                most: 2.0,
            },
            unit,
            goal,
            detail: "30 us".to_owned(),
        }
    }

    #[test]
    fn a_missed_goal_is_marked_in_the_table() {
        let table = table(&[
            outcome(1.4567, Unit::Ratio, 1.5),
            outcome(51.0, Unit::Milliseconds, 50.0),
        ]);
        let expected = "| scenario | value | goal |\n|---|---|---|\n\
            | relay, 1 KB | 1.46x (1.00x to 2.00x) | <= 1.50x |\n\
            | relay, 1 KB | 51.0 ms (1.0 ms to 2.0 ms) | <= 50.0 ms (missed) |\n";
        assert_eq!(table, expected);
    }

    #[test]
    fn json_has_numbers_for_value_and_goal() {
        let json = json(&[outcome(1.456_789, Unit::Ratio, 1.5)]).expect("JSON");
        assert_eq!(
            json,
            r#"[{"name":"relay","value":1.457,"unit":"x","goal":1.5}]"#
        );
    }
}
