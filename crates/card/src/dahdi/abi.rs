//! Numbers and layouts of DAHDI's interface, and structures as the octets that a request passes.
//!
//! `header.rs` is made of `dahdi/user.h` by `make bindings`; `tests/dahdi_header.rs` holds it to what a C compiler says.
#![allow(unsafe_code)]

#[allow(missing_docs, non_camel_case_types, non_upper_case_globals)]
#[allow(unreachable_pub, unused_qualifications, clippy::use_self)]
#[rustfmt::skip]
#[path = "header.rs"]
mod header;

pub use header::*;

use std::ffi::c_char;
use std::mem::size_of;

/// Structures that are nothing but integers, without gaps between them.
///
/// # Safety
///
/// Every pattern of octets must be a value, and every octet of a value must belong to a field.
#[allow(unsafe_code)]
pub unsafe trait Plain: Copy {
    /// All zero.
    #[must_use]
    fn zeroed() -> Self {
        // SAFETY: every pattern of octets is a value.
        unsafe { std::mem::zeroed() }
    }

    /// What the first octets say; `None` if they are fewer than the structure has.
    #[must_use]
    fn from_octets(octets: &[u8]) -> Option<Self> {
        let mut value = Self::zeroed();
        value.octets_mut().copy_from_slice(octets.get(..size_of::<Self>())?);
        Some(value)
    }

    /// Its octets.
    #[must_use]
    fn octets(&self) -> &[u8] {
        // SAFETY: so many octets are there, all of them of fields, for as long as the value is borrowed.
        unsafe { std::slice::from_raw_parts((&raw const *self).cast(), size_of::<Self>()) }
    }

    /// Its octets, to be written.
    #[must_use]
    fn octets_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and any octets may be written.
        unsafe { std::slice::from_raw_parts_mut((&raw mut *self).cast(), size_of::<Self>()) }
    }
}

macro_rules! plain {
    ($($name:ty),*) => {
        // SAFETY: integers and arrays of them; the test of sizes below finds no gap.
        $(unsafe impl Plain for $name {})*
    };
}

plain!(i32, dahdi_params, dahdi_spaninfo, dahdi_maintinfo, dahdi_confinfo, dahdi_gains, dahdi_lineconfig);
plain!(dahdi_chanconfig, dahdi_bufferinfo, dahdi_dialparams, dahdi_dialoperation, dahdi_versioninfo);
plain!(dahdi_attach_echocan);

/// The text in a field, up to its first zero.
#[must_use]
pub fn text(field: &[c_char]) -> String {
    let octets: Vec<u8> = field.iter().take_while(|octet| **octet != 0).map(|octet| *octet as u8).collect();
    String::from_utf8_lossy(&octets).into_owned()
}

/// Puts text into a field, as much of it as fits before a zero.
pub fn set_text(field: &mut [c_char], text: &str) {
    field.fill(0);
    let room = field.len().saturating_sub(1);
    for (place, octet) in field[..room].iter_mut().zip(text.bytes()) {
        *place = octet as c_char;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of the interface that programs have been compiled with, on x86-64.
    #[test]
    fn sizes_and_codes_are_those_that_programs_have() {
        let sizes = [
            size_of::<dahdi_params>(),
            size_of::<dahdi_spaninfo>(),
            size_of::<dahdi_maintinfo>(),
            size_of::<dahdi_confinfo>(),
            size_of::<dahdi_gains>(),
            size_of::<dahdi_lineconfig>(),
            size_of::<dahdi_chanconfig>(),
            size_of::<dahdi_bufferinfo>(),
            size_of::<dahdi_dialparams>(),
            size_of::<dahdi_dialoperation>(),
            size_of::<dahdi_versioninfo>(),
            size_of::<dahdi_attach_echocan>(),
        ];
        assert_eq!(sizes, [136, 314, 8, 12, 516, 36, 76, 24, 24, 260, 160, 20]);
        let codes = [
            (REQUEST_SPANSTAT, 0xc13a_da0a),
            (REQUEST_SPANCONFIG, 0x4024_da12),
            (REQUEST_CHANCONFIG, 0x404c_da13),
            (REQUEST_GET_PARAMS, 0xc088_da05),
            (REQUEST_SETCONF, 0xc00c_da0d),
            (REQUEST_GETGAINS, 0xc204_da10),
            (REQUEST_SET_BUFINFO, 0x4018_da1b),
            (REQUEST_SPECIFY, 0x4004_da26),
            (REQUEST_SETLINEAR, 0x4004_da28),
            (REQUEST_AUDIOMODE, 0x4004_da20),
            (REQUEST_GETEVENT, 0x8004_da08),
            (REQUEST_GETRXBITS, 0x8004_da2b),
            (REQUEST_SETTXBITS, 0x4004_da2b),
            (REQUEST_ECHOCANCEL, 0x4004_da21),
            (REQUEST_TIMERCONFIG, 0x4004_da2f),
            (REQUEST_INDIRECT, 0xc010_da38),
            (REQUEST_GETVERSION, 0x80a0_da39),
        ];
        for (ours, theirs) in codes {
            assert_eq!(ours, theirs, "{theirs:#x}");
        }
    }

    /// The sizes of the fields add up to those of the structures.
    #[test]
    fn no_structure_has_a_gap() {
        let int = size_of::<i32>();
        assert_eq!(size_of::<dahdi_params>(), 24 * int + 40);
        assert_eq!(size_of::<dahdi_spaninfo>(), 20 + 40 + 4 * 40 + 6 + 22 * int);
        assert_eq!(size_of::<dahdi_maintinfo>(), 2 * int);
        assert_eq!(size_of::<dahdi_confinfo>(), 3 * int);
        assert_eq!(size_of::<dahdi_gains>(), int + 512);
        assert_eq!(size_of::<dahdi_lineconfig>(), 4 * int + 20);
        assert_eq!(size_of::<dahdi_chanconfig>(), 5 * int + 40 + 16);
        assert_eq!(size_of::<dahdi_bufferinfo>(), 6 * int);
        assert_eq!(size_of::<dahdi_dialparams>(), 6 * int);
        assert_eq!(size_of::<dahdi_dialoperation>(), int + 256);
        assert_eq!(size_of::<dahdi_versioninfo>(), 160);
        assert_eq!(size_of::<dahdi_attach_echocan>(), int + 16);
    }

    #[test]
    fn text_fits_its_field_and_ends_with_a_zero() {
        let mut field = [1; 6];
        set_text(&mut field, "abcdefgh");
        assert_eq!((text(&field).as_str(), field[5]), ("abcde", 0));
        set_text(&mut field, "x");
        assert_eq!(text(&field), "x");
    }

    #[test]
    fn a_structure_is_its_octets() {
        let mut span = dahdi_spaninfo::zeroed();
        span.octets_mut()[0] = 7;
        assert_eq!({ span.spanno }, 7);
        assert_eq!(dahdi_spaninfo::from_octets(span.octets()).map(|again| { again }.spanno), Some(7));
        assert!(dahdi_spaninfo::from_octets(&[0; 313]).is_none());
    }
}
