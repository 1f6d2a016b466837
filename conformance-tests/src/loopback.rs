//! The gateway as its clients and its upstreams meet it: a process behind a socket, on loopback.
//!
//! Here are the two ends of the wire: clients that show every byte and frame, and upstreams that answer by a recording or by the test's own hand.
//! Nothing here knows how the gateway is built; it is started as a program and spoken to.

pub mod bare;
pub mod client;
pub mod clock;
pub mod fault;
pub mod frames;
pub mod gateway;
pub mod h2;
pub mod replay;
pub mod signature;
pub mod stub;
