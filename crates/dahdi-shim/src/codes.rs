//! Codes and numbers of `dahdi/user.h` that are more than octets there and back. `tests/codes.rs` holds them to those that
//! are generated from it.

pub(crate) const FLUSH: u32 = 0x4004_da03;
pub(crate) const SYNC: u32 = 0x0000_da04;
pub(crate) const GETEVENT: u32 = 0x8004_da08;
pub(crate) const IOMUX: u32 = 0xc004_da09;
pub(crate) const LOADZONE: u32 = 0x4070_da19;
pub(crate) const ECHOCANCEL_PARAMS: u32 = 0x4008_da21;
pub(crate) const TIMERACK: u32 = 0x4004_da30;
pub(crate) const TIMERPONG: u32 = 0x0000_da35;
pub(crate) const INDIRECT: u32 = 0xc010_da38;
pub(crate) const TONE_OCTETS: usize = 44;
pub(crate) const PARAMETER_OCTETS: usize = 20;
pub(crate) const MUX_READ: u32 = 1;
pub(crate) const MUX_WRITE: u32 = 2;
pub(crate) const MUX_SENT: u32 = 4;
pub(crate) const MUX_EVENT: u32 = 8;
pub(crate) const MUX_NOWAIT: u32 = 0x100;
/// An event is to be asked for first.
pub(crate) const ELAST: i32 = 500;
