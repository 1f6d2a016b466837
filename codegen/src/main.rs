//! The command line of the generator: reads arguments, calls the library, prints what it returns.

use std::{
    error::Error as _,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use codegen::{
    check, coverage, diff,
    emit::Files,
    error::{Error, ErrorKind, Result},
    generate, operations, update,
    workspace::Workspace,
};

/// From AWS's published descriptions to Rust.
#[derive(Debug, Parser)]
#[command(name = "codegen", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take a newer description into model/, print what changed and generate again
    Update {
        /// The release of botocore to take; the newest without it
        #[arg(conflicts_with = "from")]
        version: Option<String>,
        /// A local file instead: a Smithy JSON AST, botocore's service-2.json, or a wheel of botocore
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
    /// Print the canonical model of a description
    Import {
        /// A Smithy JSON AST or botocore's service-2.json
        file: PathBuf,
    },
    /// Write the crate `generated` from model/
    Generate,
    /// Hold that the crate `generated` is what would be generated now; nothing is written
    Check,
    /// Print what becomes of each operation and member, and fail where adapter/coverage.toml does not fit the model
    Coverage,
    /// Print what differs between two descriptions
    Diff {
        /// The older one, of either form
        old: PathBuf,
        /// The newer one, of either form
        new: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command, &Workspace::here()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, workspace: &Workspace) -> Result<()> {
    match command {
        Command::Update { version, from } => {
            let difference = match from {
                Some(file) => update::from_file(workspace, &file)?,
                None => update::from_botocore(workspace, version.as_deref())?,
            };
            // Before generating, which stops where the new model needs a decision.
            say(&difference)?;
            regenerate(workspace)
        }
        Command::Import { file } => say(&update::read(&file)?.model.to_canonical_json()),
        Command::Generate => regenerate(workspace),
        Command::Check => {
            let files = generated(workspace)?;
            check::check(&files, &workspace.generated_folder())?;
            say(&format!("{} generated files are up to date\n", files.len()))
        }
        Command::Coverage => {
            let services = generate::services(&operations::settings(&workspace.models_folder())?)?;
            let rows = coverage::rows(&services, workspace.coverage_table()?.as_deref())?;
            let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
            say(&text)
        }
        Command::Diff { old, new } => {
            match diff::diff(&update::read(&old)?.model, &update::read(&new)?.model)?.as_str() {
                "" => say("no difference\n"),
                difference => say(difference),
            }
        }
    }
}

fn generated(workspace: &Workspace) -> Result<Files> {
    generate::generate(&operations::settings(&workspace.models_folder())?)
}

fn regenerate(workspace: &Workspace) -> Result<()> {
    let files = generated(workspace)?;
    let (n_written, n_removed) = generate::write(&files, &workspace.generated_folder())?;
    say(&format!(
        "{} generated files: {n_written} written, {n_removed} removed\n",
        files.len()
    ))
}

/// Writes to standard output. A reader that has seen enough, such as `head`, is no failure.
fn say(text: &str) -> Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(ErrorKind::Io, "cannot write to standard output").because(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn complain(error: &Error) {
    let mut text = format!("error: {error}\n");
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!("  because {error}\n"));
        source = error.source();
    }
    // Where not even this can be written, the exit code alone must do.
    let _ = io::stderr().write_all(text.as_bytes());
}
