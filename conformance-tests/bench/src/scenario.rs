//! The scenarios and their goals: one row each, in the order of the table in the README.

use crate::{error::Error, gateway::Setup, traffic::Traffic};

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// What `--only` and the JSON call it.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) measure: Measure,
    pub(crate) goal: Goal,
}

/// How a scenario is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Measure {
    /// CPU time per request or event, as a multiple of the bare proxy's for the same traffic.
    Cpu { setup: Setup, traffic: Traffic },
    /// Resident memory in MB (1,000,000 bytes) with this many streams open and quiet.
    Memory { n_streams: usize },
    /// Milliseconds from the start of the process to its first complete answer.
    Start,
}

/// The value not to be exceeded.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    Most(f64),
    /// As much, and what one SHA-256 of the body takes in this run on top, as a multiple of the bare proxy's time.
    MostPlusHash(f64),
}

pub(crate) const ALL: &[Scenario] = &[
    Scenario {
        name: "relay-1k-bearer",
        title: "relay Bedrock -> Bedrock, 1 KB, upstream by bearer key",
        measure: Measure::Cpu {
            setup: Setup::Bearer,
            traffic: Traffic::Small,
        },
        goal: Goal::Most(1.5),
    },
    Scenario {
        name: "relay-1k-sigv4",
        title: "relay Bedrock -> Bedrock, 1 KB, upstream signed with SigV4",
        measure: Measure::Cpu {
            setup: Setup::Signed,
            traffic: Traffic::Small,
        },
        goal: Goal::Most(2.0),
    },
    Scenario {
        name: "relay-120k-bearer",
        title: "relay, 120 KB agent request (80 turns, 30 tools), bearer key",
        measure: Measure::Cpu {
            setup: Setup::Bearer,
            traffic: Traffic::Agent,
        },
        goal: Goal::Most(1.5),
    },
    Scenario {
        name: "relay-120k-sigv4",
        title: "relay, 120 KB agent request (80 turns, 30 tools), SigV4",
        measure: Measure::Cpu {
            setup: Setup::Signed,
            traffic: Traffic::Agent,
        },
        goal: Goal::MostPlusHash(1.5),
    },
    Scenario {
        name: "stream-event",
        title: "relayed stream, per event",
        measure: Measure::Cpu {
            setup: Setup::Bearer,
            traffic: Traffic::Stream,
        },
        goal: Goal::Most(0.6),
    },
    Scenario {
        name: "sandbox-1k",
        title: "sandbox Converse, 1 KB (decode, neutral, encode)",
        measure: Measure::Cpu {
            setup: Setup::Sandbox,
            traffic: Traffic::Small,
        },
        goal: Goal::Most(2.0),
    },
    Scenario {
        name: "openai-1k",
        title: "Converse -> OpenAI Chat, 1 KB",
        measure: Measure::Cpu {
            setup: Setup::OpenAi,
            traffic: Traffic::Small,
        },
        goal: Goal::Most(3.0),
    },
    Scenario {
        name: "openai-120k",
        title: "Converse -> OpenAI Chat, 120 KB agent request",
        measure: Measure::Cpu {
            setup: Setup::OpenAi,
            traffic: Traffic::Agent,
        },
        goal: Goal::Most(8.0),
    },
    Scenario {
        name: "openai-stream-event",
        title: "OpenAI stream -> ConverseStream, per event",
        measure: Measure::Cpu {
            setup: Setup::OpenAi,
            traffic: Traffic::Stream,
        },
        goal: Goal::Most(1.1),
    },
    Scenario {
        name: "memory-idle",
        title: "resident memory, idle",
        measure: Measure::Memory { n_streams: 0 },
        goal: Goal::Most(20.0),
    },
    Scenario {
        name: "memory-1000-streams",
        title: "resident memory, 1,000 open streams",
        measure: Measure::Memory { n_streams: 1000 },
        goal: Goal::Most(60.0),
    },
    Scenario {
        name: "start",
        title: "start to first answer",
        measure: Measure::Start,
        goal: Goal::Most(50.0),
    },
];

/// The scenarios of these names in the table's order, or all where none is named.
pub(crate) fn chosen(only: &[String]) -> Result<Vec<&'static Scenario>, Error> {
    if let Some(unknown) = only
        .iter()
        .find(|name| ALL.iter().all(|row| row.name != **name))
    {
        return Err(Error::new(format!(
            "there is no scenario {unknown}; --list names them"
        )));
    }
    let wanted = |row: &&Scenario| only.is_empty() || only.iter().any(|name| name == row.name);
    Ok(ALL.iter().filter(wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_chosen_by_name_in_the_order_of_the_table() {
        let names = |only: &[&str]| {
            let only: Vec<_> = only.iter().map(|name| (*name).to_owned()).collect();
            chosen(&only)
                .map(|rows| rows.iter().map(|row| row.name).collect::<Vec<_>>())
                .ok()
        };
        assert_eq!(
            names(&["start", "sandbox-1k"]),
            Some(vec!["sandbox-1k", "start"])
        );
        assert_eq!(names(&[]).map(|all| all.len()), Some(ALL.len()));
        assert_eq!(names(&["nothing"]), None);
    }
}
