//! The benchmark: what a request costs in the gateway, measured beside a bare proxy in the same run.
//!
//! Without a subcommand it builds the gateway, starts everything the scenarios need as processes of its own on
//! loopback, and prints the table. The subcommands are those processes: each also runs alone, by hand.
//! It knows the gateway only from outside: a command line, a configuration file and HTTP.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool: results on stdout, progress on stderr"
)]

mod answer;
mod error;
mod gateway;
mod hash;
mod listen;
mod load;
mod machine;
mod measure;
mod openai;
mod process;
mod procfs;
mod proxy;
mod report;
mod scenario;
mod stats;
mod traffic;
mod upstream;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::error::Error;

#[derive(Debug, Parser)]
#[command(name = "bench", about, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    helper: Option<Helper>,
    #[command(flatten)]
    run: Run,
}

/// The whole benchmark, which is what runs without a subcommand.
#[derive(Debug, Args)]
struct Run {
    /// Run only this scenario (may be given several times).
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// How often gateway and bare proxy take turns in a scenario.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long one turn lasts.
    #[arg(long, default_value_t = 1.0, value_name = "SECONDS")]
    seconds: f64,
    /// End a turn after this many requests instead of after `--seconds`.
    #[arg(long)]
    requests: Option<u64>,
    /// Print a JSON array of `{"name","value","unit","goal"}` instead of the table.
    #[arg(long)]
    json: bool,
    /// Print the names of the scenarios and stop.
    #[arg(long)]
    list: bool,
    /// Measure this binary instead of building the gateway.
    #[arg(long, value_name = "PATH")]
    gateway_binary: Option<PathBuf>,
    /// Put the bare proxy in the gateway's place: every ratio must come out near 1.
    #[arg(long, hide = true, conflicts_with = "gateway_binary")]
    self_test: bool,
}

#[derive(Debug, Subcommand)]
enum Helper {
    /// A simulated Bedrock that answers Converse and ConverseStream, and checks nothing.
    Upstream(upstream::Options),
    /// The bare reverse proxy that the gateway is compared with.
    Proxy(proxy::Options),
    /// A closed-loop load generator that checks every answer.
    Load(load::Options),
    /// The time of one SHA-256 of the agent request, which a signature costs at least.
    Hash(hash::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.helper {
        Some(Helper::Upstream(options)) => listen::run(upstream::serve(options)),
        Some(Helper::Proxy(options)) => listen::run(proxy::serve(options)),
        Some(Helper::Load(options)) => listen::run(load::main(options)),
        Some(Helper::Hash(options)) => hash::main(&options),
        None => benchmark(cli.run),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {}", error.chain());
            ExitCode::FAILURE
        }
    }
}

fn benchmark(run: Run) -> Result<(), Error> {
    if run.list {
        for scenario in scenario::ALL {
            println!("{}\t{}", scenario.name, scenario.title);
        }
        return Ok(());
    }
    let scenarios = scenario::chosen(&run.only)?;
    let subject = match (run.self_test, run.gateway_binary) {
        (true, _) => gateway::Subject::BareProxy,
        (false, Some(binary)) => gateway::Subject::Gateway(binary),
        (false, None) => gateway::Subject::Gateway(gateway::build()?),
    };
    let pace = measure::Pace {
        rounds: run.rounds,
        seconds: run.seconds,
        requests: run.requests,
    };
    let bench = measure::Bench::new(subject, pace)?;
    let mut outcomes = Vec::new();
    for scenario in scenarios {
        eprintln!("{}: {}", scenario.name, scenario.title);
        outcomes.push(bench.run(scenario)?);
    }
    if run.json {
        println!("{}", report::json(&outcomes)?);
        eprint!("{}", report::details(&outcomes));
    } else {
        print!(
            "{}\n{}",
            report::table(&outcomes),
            report::details(&outcomes)
        );
    }
    Ok(())
}
