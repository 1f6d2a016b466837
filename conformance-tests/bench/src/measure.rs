//! How a scenario is run: who is started where, in which turns, and what is read from the kernel.

use std::{
    env,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    error::Error,
    gateway::{self, Setup, Subject},
    load::{self, Expect},
    machine::{self, Cores},
    process::{Process, Program},
    report::{Outcome, Unit},
    scenario::{Goal, Measure, Scenario},
    stats::{self, Spread},
    traffic::{self, Traffic},
};

/// How often and how long gateway and bare proxy take turns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) rounds: u32,
    pub(crate) seconds: f64,
    pub(crate) requests: Option<u64>,
}

/// A short turn before the first that counts: connections are opened, caches and buffers grow.
const WARM_UP_SECONDS: f64 = 0.5;
/// Starts are cheap and vary more than CPU time, so there are at least this many.
const FEWEST_STARTS: u32 = 10;
const EVENTS: u32 = 200;
/// A gap so long that an open stream stays quiet.
const QUIET_MS: u64 = 3_600_000;

/// Everything the scenarios have in common.
pub(crate) struct Bench {
    subject: Subject,
    pace: Pace,
    cores: Cores,
    ticks_per_second: f64,
    own_binary: PathBuf,
    folder: TempDir,
}

/// A process under test and how to talk to it.
struct Target {
    process: Process,
    address: SocketAddr,
    expect: Expect,
    model: &'static str,
}

/// One turn: a run of the load generator against one target.
struct Turn {
    /// Of the process under test, per request, or per event of a stream.
    cpu_us: f64,
    /// Shares of a core.
    subject_busy: f64,
    helpers_busy: f64,
    /// What processes that are none of ours took of the two cores, as a share of both.
    others_busy: f64,
    load: load::Report,
}

impl Bench {
    pub(crate) fn new(subject: Subject, pace: Pace) -> Result<Self, Error> {
        Ok(Self {
            subject,
            pace,
            cores: Cores::choose()?,
            ticks_per_second: machine::ticks_per_second()?,
            own_binary: env::current_exe().map_err(Error::doing("cannot find our own binary"))?,
            folder: TempDir::new().map_err(Error::doing("cannot create a folder"))?,
        })
    }

    pub(crate) fn run(&self, scenario: &Scenario) -> Result<Outcome, Error> {
        match scenario.measure {
            Measure::Cpu { setup, traffic } => self.cpu(scenario, setup, traffic),
            Measure::Memory { n_streams } => self.memory(scenario, n_streams),
            Measure::Start => self.start(scenario),
        }
    }

    fn cpu(&self, scenario: &Scenario, setup: Setup, traffic: Traffic) -> Result<Outcome, Error> {
        let (upstream, at) = self.upstream(0)?;
        let proxy = self.proxy(at)?;
        let subject = self.subject(setup, at)?;
        for target in [&proxy, &subject] {
            self.load(
                target,
                &upstream,
                traffic,
                &["--seconds".into(), WARM_UP_SECONDS.to_string()],
            )?;
        }
        let limit = match self.pace.requests {
            Some(requests) => ["--requests".into(), requests.to_string()],
            None => ["--seconds".into(), self.pace.seconds.to_string()],
        };
        let (mut bare, mut tested, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
        for round in 1..=self.pace.rounds {
            // Who goes first changes from round to round, so that neither profits from its place.
            let (reference, turn) = if round % 2 == 1 {
                let reference = self.load(&proxy, &upstream, traffic, &limit)?;
                (reference, self.load(&subject, &upstream, traffic, &limit)?)
            } else {
                let turn = self.load(&subject, &upstream, traffic, &limit)?;
                (self.load(&proxy, &upstream, traffic, &limit)?, turn)
            };
            if matches!(scenario.goal, Goal::MostPlusHash(_)) {
                hashes.push(self.hash()?);
            }
            let (a, b) = (reference.cpu_us, turn.cpu_us);
            eprintln!(
                "  round {round}: bare proxy {a:.2} us, under test {b:.2} us, {:.3}x",
                b / a
            );
            bare.push(reference);
            tested.push(turn);
        }
        let ratios: Vec<_> = bare
            .iter()
            .zip(&tested)
            .map(|(a, b)| b.cpu_us / a.cpu_us)
            .collect();
        let mut detail = format!(
            "CPU time per {}: {}; bare proxy {}",
            if traffic == Traffic::Stream {
                "event"
            } else {
                "request"
            },
            summary(&tested)?,
            summary(&bare)?,
        );
        let goal = match scenario.goal {
            Goal::Most(goal) => goal,
            Goal::MostPlusHash(goal) => {
                let hash_us = spread(&hashes)?.median;
                detail.push_str(&format!("; one SHA-256 of the body {hash_us:.1} us"));
                goal + hash_us / median(&bare, |turn| turn.cpu_us)?
            }
        };
        Ok(outcome(
            scenario,
            spread(&ratios)?,
            Unit::Ratio,
            goal,
            detail,
        ))
    }

    fn memory(&self, scenario: &Scenario, n_streams: usize) -> Result<Outcome, Error> {
        let (_upstream, at) = self.upstream(QUIET_MS)?;
        let (mut tested, mut bare) = (Vec::new(), Vec::new());
        for round in 1..=self.pace.rounds {
            bare.push(self.resident_mb(&self.proxy(at)?, n_streams)?);
            let mb = self.resident_mb(&self.subject(Setup::Bearer, at)?, n_streams)?;
            eprintln!("  round {round}: {mb:.1} MB");
            tested.push(mb);
        }
        let detail = format!(
            "VmRSS of a fresh process that has answered one request; bare proxy {:.1} MB",
            spread(&bare)?.median,
        );
        Ok(outcome(
            scenario,
            spread(&tested)?,
            Unit::Megabytes,
            most(scenario.goal),
            detail,
        ))
    }

    /// The resident memory of `target` after its first answer, with `n_streams` streams open.
    fn resident_mb(&self, target: &Target, n_streams: usize) -> Result<f64, Error> {
        first_answer(target)?;
        let mut holder = None;
        if n_streams > 0 {
            let connections = n_streams.to_string();
            let options = ["--hold".to_owned(), "--connections".to_owned(), connections];
            let mut process = self.load_process(target, Traffic::Stream, &options)?;
            process.wait_for(|output| output.contains(load::HOLDING).then_some(()))?;
            holder = Some(process);
        }
        let bytes = machine::resident_bytes(target.process.id())?;
        drop(holder);
        u32::try_from(bytes / 1000)
            .map(|kilobytes| f64::from(kilobytes) / 1000.0)
            .map_err(Error::doing("more memory than can be"))
    }

    fn start(&self, scenario: &Scenario) -> Result<Outcome, Error> {
        let (_upstream, at) = self.upstream(0)?;
        let (mut tested, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..self.pace.rounds.max(FEWEST_STARTS) {
            bare.push(start_ms(&self.proxy(at)?)?);
            tested.push(start_ms(&self.subject(Setup::Sandbox, at)?)?);
        }
        let detail = format!(
            "without a configuration, from spawn to the end of the first answer; bare proxy {:.1} ms",
            spread(&bare)?.median,
        );
        Ok(outcome(
            scenario,
            spread(&tested)?,
            Unit::Milliseconds,
            most(scenario.goal),
            detail,
        ))
    }

    /// One turn of the load generator. Any error in it is ours.
    fn load(
        &self,
        target: &Target,
        upstream: &Process,
        traffic: Traffic,
        limit: &[String],
    ) -> Result<Turn, Error> {
        let subject_before = machine::cpu_ticks(target.process.id())?;
        let upstream_before = machine::cpu_ticks(upstream.id())?;
        let all_before = machine::busy_ticks(self.cores)?;
        let printed = self.load_process(target, traffic, limit)?.finish()?;
        let subject_secs = self.seconds(machine::cpu_ticks(target.process.id())? - subject_before);
        let upstream_ticks = machine::cpu_ticks(upstream.id())? - upstream_before;
        let all_secs = self.seconds(machine::busy_ticks(self.cores)? - all_before);
        let report: load::Report = serde_json::from_str(&printed)
            .map_err(Error::doing("the load generator printed no report"))?;
        if let Some(error) = &report.first_error {
            return Err(Error::new(format!(
                "the run is void: {} errors, the first: {error}",
                report.errors
            )));
        }
        let counted = if report.events > 0 {
            report.events
        } else {
            report.requests
        };
        if counted == 0 {
            return Err(Error::new("the run is void: no request was answered"));
        }
        let helpers_secs = self.seconds(upstream_ticks + report.cpu_ticks);
        Ok(Turn {
            cpu_us: subject_secs * 1e6 / count(counted),
            subject_busy: subject_secs / report.wall_secs,
            helpers_busy: helpers_secs / report.wall_secs,
            others_busy: (all_secs - subject_secs - helpers_secs).max(0.0)
                / (2.0 * report.wall_secs),
            load: report,
        })
    }

    fn load_process(
        &self,
        target: &Target,
        traffic: Traffic,
        options: &[String],
    ) -> Result<Process, Error> {
        let (address, events) = (target.address.to_string(), EVENTS.to_string());
        let common = [
            "load",
            "--target",
            &address,
            "--traffic",
            traffic.name(),
            "--expect",
            target.expect.name(),
            "--model",
            target.model,
            "--events",
            &events,
        ];
        let program = Program::new(
            &self.own_binary,
            common.into_iter().chain(options.iter().map(String::as_str)),
        );
        Process::start(&program, self.cores.helpers, self.folder.path(), "load")
    }

    fn upstream(&self, gap_ms: u64) -> Result<(Process, SocketAddr), Error> {
        let (events, gap) = (EVENTS.to_string(), gap_ms.to_string());
        let program = Program::new(
            &self.own_binary,
            ["upstream", "--events", &events, "--gap-ms", &gap],
        );
        let mut process =
            Process::start(&program, self.cores.helpers, self.folder.path(), "upstream")?;
        let address = process.address(None)?;
        Ok((process, address))
    }

    fn proxy(&self, upstream: SocketAddr) -> Result<Target, Error> {
        self.bare_proxy("proxy", upstream)
    }

    fn bare_proxy(&self, name: &str, upstream: SocketAddr) -> Result<Target, Error> {
        let program = Program::new(
            &self.own_binary,
            ["proxy", "--upstream", &upstream.to_string()],
        );
        let mut process = Process::start(&program, self.cores.subject, self.folder.path(), name)?;
        Ok(Target {
            address: process.address(Some(upstream))?,
            process,
            expect: Expect::Relayed,
            model: traffic::BEDROCK_MODEL,
        })
    }

    fn subject(&self, setup: Setup, upstream: SocketAddr) -> Result<Target, Error> {
        let binary = match &self.subject {
            Subject::BareProxy => return self.bare_proxy("subject", upstream),
            Subject::Gateway(binary) => binary,
        };
        let folder = self.folder.path();
        let program = gateway::program(binary, setup, upstream, folder)?;
        let mut process = Process::start(&program, self.cores.subject, folder, "gateway")?;
        Ok(Target {
            address: process.address(Some(upstream))?,
            process,
            expect: match setup {
                Setup::Sandbox => Expect::Echo,
                Setup::Bearer | Setup::Signed => Expect::Relayed,
                Setup::OpenAi => Expect::Translated,
            },
            model: setup.model(),
        })
    }

    /// Microseconds of one SHA-256 of the agent request on the core of the process under test, idle at that time.
    fn hash(&self) -> Result<f64, Error> {
        let program = Program::new(&self.own_binary, ["hash"]);
        let printed =
            Process::start(&program, self.cores.subject, self.folder.path(), "hash")?.finish()?;
        printed
            .trim()
            .parse()
            .map_err(Error::doing("the hash printed no number"))
    }

    fn seconds(&self, ticks: u64) -> f64 {
        count(ticks) / self.ticks_per_second
    }
}

fn start_ms(target: &Target) -> Result<f64, Error> {
    first_answer(target)?;
    Ok(target.process.started().elapsed().as_secs_f64() * 1000.0)
}

/// Sends one Converse request of 1 KB and reads its answer to the end of the connection.
fn first_answer(target: &Target) -> Result<(), Error> {
    let body = traffic::small_request();
    let mut request = format!(
        "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        Traffic::Small.path(target.model),
        target.address,
        body.len(),
    )
    .into_bytes();
    request.extend_from_slice(&body);
    let mut answer = Vec::new();
    let mut exchange = || {
        let mut stream = TcpStream::connect(target.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.write_all(&request)?;
        stream.read_to_end(&mut answer)
    };
    exchange().map_err(Error::doing("no first answer"))?;
    if answer.starts_with(b"HTTP/1.1 200 ") {
        Ok(())
    } else {
        let text: String = String::from_utf8_lossy(&answer).chars().take(300).collect();
        Err(Error::new(format!(
            "the first answer is no success: {text}"
        )))
    }
}

fn outcome(scenario: &Scenario, value: Spread, unit: Unit, goal: f64, detail: String) -> Outcome {
    Outcome {
        name: scenario.name,
        title: scenario.title,
        value,
        unit,
        goal,
        detail,
    }
}

/// The goal of a scenario that has no bare proxy to compare with.
fn most(goal: Goal) -> f64 {
    match goal {
        Goal::Most(goal) | Goal::MostPlusHash(goal) => goal,
    }
}

fn spread(sample: &[f64]) -> Result<Spread, Error> {
    stats::spread(sample).ok_or_else(|| Error::new("nothing was measured"))
}

fn median(turns: &[Turn], figure: impl Fn(&Turn) -> f64) -> Result<f64, Error> {
    Ok(spread(&turns.iter().map(figure).collect::<Vec<_>>())?.median)
}

fn summary(turns: &[Turn]) -> Result<String, Error> {
    Ok(format!(
        "{:.1} us ({:.0} answers/s, p50 {:.0} us, p99 {:.0} us; busy {:.0}%, helpers {:.0}%, others {:.0}%)",
        median(turns, |turn| turn.cpu_us)?,
        median(turns, |turn| count(turn.load.requests)
            / turn.load.wall_secs)?,
        median(turns, |turn| count(turn.load.p50_us))?,
        median(turns, |turn| count(turn.load.p99_us))?,
        100.0 * median(turns, |turn| turn.subject_busy)?,
        100.0 * median(turns, |turn| turn.helpers_busy)?,
        100.0 * median(turns, |turn| turn.others_busy)?,
    ))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of one run stay far below 2^52"
)]
fn count(number: u64) -> f64 {
    number as f64
}
