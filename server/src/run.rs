//! The program from its command line to its exit code.

use std::error::Error as StdError;
use std::io::{self, Write};
use std::panic;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::compose::{EnvironmentBedrock, Switch, compose};
use crate::config::{AlsoOn, BEDROCK, Config, LogLevel};
use crate::environment::{self, Environment};
use crate::error::{Error, Kind};
use crate::listen::Server;
use crate::log::{Log, Value};
use crate::startup;

/// How long the runtime may take to stop once every connection is closed.
const STOP_WITHIN: Duration = Duration::from_secs(1);

/// Runs the program with this process's command line and environment.
///
/// The exit code is 0 after a drain or a finished command, 1 for a faulty configuration or machine, 2 for a faulty command line.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(stop) => {
            // Help and version are "errors" too; whether they can be printed changes nothing.
            let _ = stop.print();
            return ExitCode::from(u8::try_from(stop.exit_code()).unwrap_or(2));
        }
    };
    match run(&cli, &Environment::process()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            match error.kind() {
                Kind::Usage => ExitCode::from(2),
                Kind::Config | Kind::System => ExitCode::FAILURE,
            }
        }
    }
}

fn run(cli: &Cli, environment: &Environment) -> Result<(), Error> {
    match &cli.command {
        Some(Command::Schema) => say(&format!("{:#}\n", Config::schema())),
        Some(Command::CheckConfig { file }) => {
            let file = file
                .clone()
                .or_else(|| config_file(cli, environment))
                .ok_or_else(|| Error::usage("check-config needs a file: name it here, by --config or by BEDROCK_GATEWAY_CONFIG"))?;
            let config = read_config(cli, &file, environment)?;
            // Finds what only the parts themselves can refuse.
            compose(&config, switched_on(cli, environment)?, environment)?;
            say(&format!("{} is a valid configuration\n", file.display()))
        }
        None => {
            let config = match config_file(cli, environment) {
                Some(file) => read_config(cli, &file, environment)?,
                None => Config::default(),
            };
            serve(cli, config, environment)
        }
    }
}

fn switched_on(cli: &Cli, environment: &Environment) -> Result<Option<EnvironmentBedrock>, Error> {
    cli.bedrock
        .then(|| EnvironmentBedrock::of(environment))
        .transpose()
}

fn config_file(cli: &Cli, environment: &Environment) -> Option<PathBuf> {
    cli.config
        .clone()
        .or_else(|| environment.get(environment::CONFIG).map(PathBuf::from))
}

fn read_config(cli: &Cli, file: &Path, environment: &Environment) -> Result<Config, Error> {
    let yaml = std::fs::read_to_string(file).map_err(|error| {
        Error::system(
            format!("cannot read the configuration {}", file.display()),
            error,
        )
    })?;
    let by_environment: Vec<&str> = Switch::thrown(environment)
        .into_iter()
        .map(Switch::name)
        .collect();
    let also_on = AlsoOn {
        by_command: match cli.bedrock {
            true => &[BEDROCK],
            false => &[],
        },
        by_environment: &by_environment,
    };
    Config::parse(&yaml, also_on).map_err(|problems| Error::config(file, &problems))
}

fn serve(cli: &Cli, config: Config, environment: &Environment) -> Result<(), Error> {
    let (pipeline, on) = compose(&config, switched_on(cli, environment)?, environment)?;
    let listen = cli.listen.unwrap_or(config.listen);
    let log = Log::start(config.log, Box::new(io::stderr()));
    note_panics_in(&log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::system("cannot start the runtime", error))?;
    let outcome = runtime.block_on(async {
        let server = Server::bind(listen, config.limits, Arc::new(pipeline), log.clone())
            .await
            .map_err(|error| Error::system(format!("cannot listen on {listen}"), error))?;
        let stop =
            stop_signal().map_err(|error| Error::system("cannot wait for signals", error))?;
        say(&startup::lines(&on, server.address()))?;
        server.serve(stop).await;
        Ok(())
    });
    runtime.shutdown_timeout(STOP_WITHIN);
    log.flush();
    outcome
}

/// Ready at the first SIGTERM or SIGINT; a second one while draining ends the process at once.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            std::process::exit(130);
        });
    })
}

/// Ready when the console asks to stop.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Where the console cannot be asked, only the end of the process stops it.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// Writes where a panic happened, and never its message: that may quote what a request says.
fn note_panics_in(log: &Log) {
    let log = log.clone();
    panic::set_hook(Box::new(move |panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        log.write(LogLevel::Error, "panic", &[("place", Value::Text(&place))]);
    }));
}

fn say(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        // Whoever read the first lines may have closed the pipe since; the gateway serves all the same.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.map_err(|error| Error::system("cannot write to standard output", error)),
    }
}

fn complain(error: &Error) {
    let mut text = match error.kind() {
        // One line a problem, each with its place in front, for editors to jump to.
        Kind::Config => error.to_string(),
        Kind::Usage | Kind::System => format!("bedrock-gateway: {error}"),
    };
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    // If standard error is closed, the exit code is all that is left to say it with.
    let _ = writeln!(io::stderr(), "{text}");
}
