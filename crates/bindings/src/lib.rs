//! The C interface of Tandem as `bindgen` reads it from `include/tandem.h`: what a program outside sees.
//!
//! Tests call the library through it and compare it with the library's own types. The text is committed, so
//! that only regenerating it (`make bindings`) needs libclang. Nothing is linked: the user of this crate
//! brings the library.
#![no_std]

#[allow(missing_docs, non_camel_case_types, non_upper_case_globals, unsafe_code)]
#[allow(unreachable_pub, unused_qualifications, clippy::use_self)]
#[allow(rustdoc::broken_intra_doc_links)] // the comments say [control] and the like
mod generated;

pub use generated::*;
