//! Captured requests of real SDKs: what each file holds, and what the generated router and codecs make of it.
#![cfg(test)]

mod events;
mod raw;
mod requests;
mod routes;
mod served;
mod signed;
mod table;
