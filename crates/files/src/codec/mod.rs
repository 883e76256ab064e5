//! Speech that is written in fewer bits than samples have: ADPCM of three kinds, and GSM full rate.
//!
//! Nothing here allocates or knows a file; `wav` and `raw` find the blocks, these make samples of them.

pub(crate) mod adpcm;
pub(crate) mod g726;
pub(crate) mod gsm;
pub(crate) mod ima;
pub(crate) mod six;
