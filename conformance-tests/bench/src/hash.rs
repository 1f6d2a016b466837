//! The helper `hash`: what one SHA-256 of the agent request costs on this machine.
//!
//! A signature must hash the body, so the goal of the signed scenario grants that much on top of the ratio.

use std::{hint::black_box, time::Instant};

use clap::Args;
use sha2::{Digest, Sha256};

use crate::{error::Error, traffic};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many hashes to take the mean of.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    hashes: u32,
}

/// Prints the mean time of one hash in microseconds.
pub(crate) fn main(options: &Options) -> Result<(), Error> {
    let Options { hashes } = *options;
    let body = traffic::agent_request();
    let start = Instant::now();
    for _ in 0..hashes {
        black_box(Sha256::digest(black_box(&body)));
    }
    println!(
        "{}",
        start.elapsed().as_secs_f64() * 1e6 / f64::from(hashes)
    );
    Ok(())
}
