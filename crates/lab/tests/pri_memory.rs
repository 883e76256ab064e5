//! The memory that a call on an ISDN span takes in an engine, layers 2 and 3 included, whatever its far end sends.
mod far_end;
use far_end::Bench;
use tandem_engine::{CallId, EventKind, Party, PlaceOptions};
use tandem_rt::sys::GuardedAlloc;

#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

/// The calls that are measured, by timeslot and reference.
const MEASURED: std::ops::RangeInclusive<u8> = 3..=15;

/// A SETUP with as much as it may have: numbers, a name, who passed the call on, user-user information.
fn full_setup(slot: u8) -> String {
    format!(
        "08 02 00 {slot:02x} 05 a1 04 03 80 90 a3 18 03 a9 83 {:02x} 28 20{} 6c 0b 21 83{} 70 05 80 32 30 30 31 \
         74 09 21 01 81{} 7e 7b 04{}",
        0x80 | slot,
        " 42".repeat(32),
        " 35".repeat(9),
        " 34".repeat(6),
        " 41".repeat(122)
    )
}

/// Octets in use when nothing waits to be read.
fn in_use(bench: &mut Bench) -> u64 {
    bench.told.clear();
    bench.told.shrink_to_fit();
    bench.heard_whole();
    GuardedAlloc::report().in_use
}

#[test]
fn a_call_takes_at_most_2_kib_of_an_engine() {
    let mut bench = Bench::up();
    (1..=2).for_each(|slot| bench.say(&[&full_setup(slot)]));
    let before = in_use(&mut bench);
    MEASURED.for_each(|slot| bench.say(&[&full_setup(slot)]));
    let offered = bench.told.iter().filter(|kind| matches!(kind, EventKind::CallOffered { .. })).count();
    assert_eq!(offered, MEASURED.count());
    let of_a_call = |bench: &mut Bench| (in_use(bench) - before) / MEASURED.count() as u64;
    let begun = of_a_call(&mut bench);
    // The last message of each type is kept, up to a limit: a far end may send many, and long ones.
    let most = format!("1c {:02x}{}", 235, " 41".repeat(235));
    for slot in MEASURED {
        bench.engine.call_alert(CallId(slot.into())).expect("offered");
        bench.pass_ms(20);
        for head in [
            "6e 27 01 f1",
            "62",
            "7b",
            "20 7e 02 04 41",
            "79 b0 08 02 80 9f",
            "7d 08 02 80 9f 14 01 04",
            "24",
        ] {
            bench.say(&[&format!("08 02 00 {slot:02x} {head} {most}")]);
        }
    }
    let told = of_a_call(&mut bench);
    println!("{begun} octets a call, {told} when its far end has sent long messages of seven types");
    assert!((500..=2048).contains(&begun) && (begun..=2048).contains(&told), "{begun}, {told} octets");
}

#[test]
fn a_call_that_a_group_has_placed_takes_at_most_2_kib_once_its_far_end_has_said_anything() {
    let mut bench = Bench::up_with("", "[[group]]\nname = \"out\"\nspans = [0]");
    let party = |digit: &str| Some(Party { number: digit.repeat(12), ..Party::default() });
    let options = PlaceOptions {
        calling: party("5"),
        redirecting: party("4"),
        original_called: party("3"),
        user_user: [4].into_iter().chain([0x41; 122]).collect(),
        ..PlaceOptions::default()
    };
    let mut placed = 0_u8;
    let mut place = |bench: &mut Bench, calls: u8| {
        for _ in 0..calls {
            placed += 1;
            bench.engine.call_place_in("out", "0123456789", &options).expect("free channels");
            bench.pass_ms(20);
            let channel = if placed < 16 { placed } else { placed + 1 };
            bench.say(&[&format!("08 02 80 {placed:02x} 02 18 03 a9 83 {:02x}", 0x80 | channel)]);
        }
    };
    place(&mut bench, 2);
    let before = in_use(&mut bench);
    place(&mut bench, 13);
    let of_a_call = (in_use(&mut bench) - before) / 13;
    println!("{of_a_call} octets a call that was placed");
    assert!((500..=2048).contains(&of_a_call), "{of_a_call} octets");
}
