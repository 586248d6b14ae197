//! Knows the plain data that all steps share; imports none of them.

mod case;
mod facts;
mod manifest;
mod observation;
mod pairing;
mod participant;
mod record;
mod suite;
mod trace;

pub use case::*;
pub use facts::*;
pub use manifest::*;
pub use observation::*;
pub use pairing::*;
pub use participant::*;
pub use record::*;
pub use suite::*;
pub use trace::*;
