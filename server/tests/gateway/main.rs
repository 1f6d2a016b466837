//! The server through its public seams: real sockets on free ports of loopback, any backend, and the binary itself.
#![cfg(test)]

mod support;

mod configuration;
mod faults;
mod limits;
mod log_lines;
mod program;
mod protocols;
mod schema;
mod stopping;
