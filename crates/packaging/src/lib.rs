//! What a release of `libtandem` promises, read from one place: `include/tandem.h`.
//!
//! [`Header`] reads it; [`probe`] makes of it a C program that prints the binary interface as the compiler lays it out, and
//! [`Interface`] is what that program prints, and what is kept of a release in `abi/`. [`compare`] holds one against
//! the other. [`version_script`] and [`debian_symbols`] name the functions to the linker and to Debian's tools, and [`stub`] is a
//! library for tools that compare libraries.
//!
//! [`Manual`] is the same header with its comments; [`reference()`] makes pages of it, and [`Site`] a book of these and of `docs`.
//!
//! `tandem-abi` and `tandem-docs` are all that as commands. Nothing here is linked into what is released.
#![forbid(unsafe_code)]

mod compare;
mod header;
mod interface;
mod manual;
mod markdown;
mod prose;
mod reference;
mod release;
mod site;
mod stub;
mod symbols;

pub use compare::{Comparison, compare};
pub use header::{Field, Header, Structure};
pub use interface::{Interface, Record, probe};
pub use manual::{Item, Kind, Manual, Member, Section};
pub use markdown::{anchors, local_links};
pub use reference::{Page, lacks, reference};
pub use release::{Release, Tree};
pub use site::{Site, read_manual};
pub use stub::stub;
pub use symbols::{debian_symbols, version_script};
