//! Laws of the generated codecs over generated values: what is written reads back, what is read writes back, and no bytes do harm.
//!
//! Two sources of values, because either alone could share a fault with the codecs: `typed` takes the generated strategies, `wire` writes JSON along the model by itself.
#![cfg(test)]

mod bytes;
mod json;
mod typed;
mod wire;

use proptest::test_runner::Config;

/// So many cases of each law keep the whole file to seconds in a debug build; shrinking keeps to the same order.
fn config(cases: u32) -> Config {
    Config {
        cases,
        max_shrink_iters: 2000,
        failure_persistence: None,
        ..Config::default()
    }
}
