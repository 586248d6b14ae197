//! What the participants of both bindings share: the instrument, payloads, and who owns them.

pub mod instrument;
pub mod owned;
pub mod payload;
pub mod policy;
