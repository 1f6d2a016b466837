//! The runner: installs the SDKs, drives them against an endpoint, prints the matrix.
#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use clap::{Args, Parser, Subcommand};
use conformance_tests::kits::{self, SDKS, Sdk};
use conformance_tests::live::gateway::{self, Gateway};
use conformance_tests::live::matrix::Matrix;
use conformance_tests::live::probe;
use conformance_tests::live::replay::{self, Recordings};
use conformance_tests::live::suite::{Suite, Target};
use conformance_tests::live::upstream::Upstream;
use conformance_tests::{env, provision};

/// Drives unmodified AWS SDKs against a Bedrock-compatible endpoint and compares what they return with what they must.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: Run,
}

#[derive(Subcommand)]
enum Command {
    /// Install the SDKs and build their drivers, pinned, once; needs the network.
    Provision {
        /// Where they are installed (default: `sdks` in cargo's target directory).
        #[arg(long)]
        sdks: Option<PathBuf>,
        /// Only these kits.
        kits: Vec<String>,
    },
}

#[derive(Args)]
struct Run {
    /// The base URL; without it the gateway under test is started, with an upstream of the runner's own.
    #[arg(long)]
    endpoint: Option<String>,
    /// The model of the scenarios that need any chat model.
    #[arg(long, default_value = "sandbox/echo")]
    model: String,
    /// Speak to the runner's own upstream, with nothing between: what an SDK makes of AWS's own answers.
    #[arg(long, conflicts_with = "endpoint")]
    direct: bool,
    /// The binary of the gateway under test (default: the one of this package, built first).
    #[arg(long, conflicts_with = "endpoint")]
    gateway: Option<PathBuf>,
    /// Replay the recordings of the fixtures folder with boto3 and compare bytes.
    #[arg(long, conflicts_with = "endpoint")]
    replay: bool,
    /// Take it as given that the gateway's sandbox answers at the endpoint (an https endpoint is not asked).
    #[arg(long)]
    sandbox: bool,
    /// Only these SDKs.
    #[arg(long = "sdk")]
    only: Vec<String>,
    /// Only the scenarios, or recordings, whose id contains one of these.
    #[arg(long = "scenario")]
    scenarios: Vec<String>,
    /// Where the SDKs are installed (default: `sdks` in cargo's target directory).
    #[arg(long)]
    sdks: Option<PathBuf>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Some(Command::Provision { sdks, kits }) => {
            root(sdks.as_deref()).and_then(|root| install(&root, &kits))
        }
        None => run(&cli.run),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            println!("{fault}");
            ExitCode::FAILURE
        }
    }
}

/// Absolute, because it is part of a kit's stamp.
fn root(told: Option<&std::path::Path>) -> Result<PathBuf, String> {
    let root = told.map_or_else(env::sdks_root, PathBuf::from);
    std::path::absolute(&root).map_err(|error| format!("{}: {error}", root.display()))
}

fn install(root: &std::path::Path, kits: &[String]) -> Result<bool, String> {
    std::fs::create_dir_all(root).map_err(|error| format!("{}: {error}", root.display()))?;
    let outcomes = provision::run(root, kits);
    for outcome in &outcomes {
        println!("{outcome}");
    }
    Ok(outcomes.iter().all(|outcome| match outcome.state {
        provision::State::UpToDate | provision::State::Installed => true,
        provision::State::Skipped(_) => !env::strict(),
        provision::State::Failed(_) => false,
    }))
}

fn run(options: &Run) -> Result<bool, String> {
    let root = root(options.sdks.as_deref())?;
    let sdks = chosen(&options.only)?;
    let suite = Suite::load(&options.scenarios)?;
    if let Some(endpoint) = &options.endpoint {
        let sandbox = options.sandbox || probe::is_sandbox(endpoint);
        let target = Target {
            endpoint: endpoint.clone(),
            model: options.model.clone(),
            sandbox,
            upstream: None,
            relayed: false,
            own_credentials: true,
        };
        return report(&drive(&suite, &sdks, &root, &target));
    }
    let recordings = if options.replay {
        recordings()?
    } else {
        Recordings::default()
    };
    if options.replay && recordings.exchanges.is_empty() {
        return Ok(!env::strict());
    }
    let mut exchanges = recordings.exchanges.clone();
    exchanges.retain(|exchange| {
        options.scenarios.is_empty()
            || options
                .scenarios
                .iter()
                .any(|part| exchange.id.contains(part.as_str()))
    });
    let upstream = Upstream::start(recordings).map_err(|error| error.to_string())?;
    let gateway = match (&options.gateway, options.direct) {
        (_, true) => None,
        (Some(binary), false) => Some(Gateway::start(binary, &upstream.endpoint())?),
        (None, false) => Some(Gateway::start(&gateway::build()?, &upstream.endpoint())?),
    };
    let target = Target {
        endpoint: gateway
            .as_ref()
            .map_or_else(|| upstream.endpoint(), Gateway::endpoint),
        model: if gateway.is_some() {
            options.model.clone()
        } else {
            String::new()
        },
        sandbox: gateway.is_some(),
        upstream: Some(&upstream),
        relayed: gateway.is_some(),
        own_credentials: false,
    };
    let matrix = if options.replay {
        let boto3 = kits::sdk("boto3").ok_or("boto3 is not registered")?;
        replay::run(boto3, &root, &target.endpoint, &exchanges, target.relayed)
    } else {
        drive(&suite, &sdks, &root, &target)
    };
    report(&matrix)
}

fn recordings() -> Result<Recordings, String> {
    let folder = env::shared_fixtures();
    let recordings = Recordings::load(&folder)?;
    let (n, repeated, unsayable) = (
        recordings.exchanges.len(),
        recordings.n_repeated,
        recordings.n_unsayable,
    );
    if n == 0 {
        println!("skipped: there are no recordings in {}", folder.display());
    } else {
        println!(
            "{n} recorded requests to replay; {repeated} more repeat one of them, {unsayable} are no JSON"
        );
    }
    Ok(recordings)
}

fn chosen(names: &[String]) -> Result<Vec<&'static Sdk>, String> {
    if names.is_empty() {
        return Ok(SDKS.iter().collect());
    }
    names
        .iter()
        .map(|name| kits::sdk(name).ok_or_else(|| format!("no SDK is named {name}")))
        .collect()
}

/// As many SDKs at once as the machine has processors: an SDK's own timeouts run while it waits for one.
fn drive(
    suite: &Suite,
    sdks: &[&'static Sdk],
    root: &std::path::Path,
    target: &Target<'_>,
) -> Matrix {
    let next = AtomicUsize::new(0);
    let parts = Mutex::new(Vec::new());
    let n_threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..n_threads {
            scope.spawn(|| {
                while let Some(sdk) = sdks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let part = suite.run(sdk, root, target);
                    parts
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(part);
                }
            });
        }
    });
    let mut parts = parts.into_inner().unwrap_or_else(PoisonError::into_inner);
    // In the order of the columns, whoever came first.
    parts.sort_by_key(|part| {
        part.cells
            .first()
            .and_then(|cell| SDKS.iter().position(|sdk| sdk.name == cell.sdk))
    });
    let mut matrix = Matrix::default();
    for part in parts {
        matrix.extend(part);
    }
    matrix
}

fn report(matrix: &Matrix) -> Result<bool, String> {
    println!("{matrix}");
    let skipped = env::strict() && matrix.skips().next().is_some();
    Ok(matrix.failures().next().is_none() && !skipped && !matrix.cells.is_empty())
}
