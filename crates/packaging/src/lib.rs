//! What a release of `libtandem` promises, read from one place: `include/tandem.h`.
//!
//! [`Header`] reads it; [`probe`] makes of it a C program that prints the binary interface as the compiler lays it out, and
//! [`Interface`] is what that program prints, and what is kept of a release in `abi/`. [`compare`] holds one against
//! the other. [`version_script`] and [`debian_symbols`] name the functions to the linker and to Debian's tools, and [`stub`] is a
//! library for tools that compare libraries.
//! `tandem-abi` is all that as a command. Nothing here is linked into what is released.
#![forbid(unsafe_code)]

mod compare;
mod header;
mod interface;
mod release;
mod stub;
mod symbols;

pub use compare::{Comparison, compare};
pub use header::{Field, Header, Structure};
pub use interface::{Interface, Record, probe};
pub use release::{Release, Tree};
pub use stub::stub;
pub use symbols::{debian_symbols, version_script};
