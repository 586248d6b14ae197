//! Conformance test suite for `PyCapsule` producers and consumers.
//!
//! The line is `catalogue → inspect → plan → build → execute → judge → conclude → report`; see `docs/architecture.md`.

pub mod baseline;
pub mod build;
pub mod catalogue;
pub mod conclude;
pub mod convention;
pub mod diagnose;
pub mod discover;
pub mod doctor;
pub mod embedded;
pub mod execute;
pub mod explain;
pub mod harness;
pub mod host;
pub mod inspect;
pub mod judge;
pub mod layout;
pub mod manifest;
pub mod matrix;
pub mod model;
pub mod placeholder;
pub mod plan;
pub mod progress;
pub mod report;
pub mod reproduce;
pub mod requirement;
pub mod run;
pub mod shard;
pub mod stand_in;
pub mod strays;
pub mod table;
