//! What every file of the workspace keeps to: who may use whom, which names may stand where, headers, lengths, licences.
#![cfg(test)]

mod dependencies;
mod files;
mod headers;
mod licences;
mod names;
mod places;
