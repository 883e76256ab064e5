//! What a DAHDI driver does whose spans 1 and 2 are E1 joined to each other, as our own back end finds it and as a program does
//! that asks by raw numbers: in lines `RESULT name value`, the same in each run, the last of them `RESULT end ok`.
//!
//! `scripts/interop-kernel` runs it on the real driver, in a guest, and on the preload library, and compares. No time is in the
//! results, and none depends on how late this program or the driver are, as long as that is less than a third of a second.
mod bits;
mod device;
mod frames;
mod joined;
mod octets;
mod requests;

use tandem_rt::sys::{monotonic_ns, sleep_until_ns};

/// Waits, while the driver goes on by itself.
fn wait_us(microseconds: u64) {
    sleep_until_ns(monotonic_ns() + 1000 * microseconds);
}

/// Prints a result.
fn result(name: &str, value: impl std::fmt::Display) {
    println!("RESULT {name} {value}");
}

fn main() {
    requests::of_no_channel();
    requests::of_pseudo_channels();
    let ran = octets::in_large_blocks()
        .and_then(|()| octets::in_short_blocks())
        .and_then(|()| bits::both_ways())
        .map_err(|error| error.to_string())
        .and_then(|()| requests::of_configured_channels().map_err(|errno| errno.to_string()))
        .and_then(|()| frames::both_ways().map_err(|errno| errno.to_string()));
    match ran {
        Ok(()) => result("end", "ok"),
        Err(error) => result("end", error),
    }
}
