//! The memory that a call on an ISDN span takes in an engine, layers 2 and 3 included, whatever its far end sends and its host
//! asks for. What the host keeps with a call (`call_set_data`) is its own, and is not in these numbers.
mod far_end;
use far_end::Bench;
use tandem_engine::{CallId, Element, EventKind, Party, PlaceOptions, Subaddress};
use tandem_rt::sys::GuardedAlloc;

#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

/// Calls that are measured, after two that are not.
const MEASURED: u8 = 13;

/// What a call may take at most, and so little that something was not measured.
const BOUNDS: std::ops::RangeInclusive<u64> = 300..=2048;

/// Octets in use when nothing waits to be read.
fn in_use(bench: &mut Bench) -> u64 {
    bench.told.clear();
    bench.told.shrink_to_fit();
    bench.heard_whole();
    GuardedAlloc::report().in_use
}

/// Octets of a call when what `each` does for a reference and timeslot has been done for all.
fn of_a_call(bench: &mut Bench, mut each: impl FnMut(&mut Bench, u8)) -> u64 {
    (1..=2).for_each(|slot| each(bench, slot));
    let before = in_use(bench);
    (3..3 + MEASURED).for_each(|slot| each(bench, slot));
    (in_use(bench) - before) / u64::from(MEASURED)
}

fn repeated(octet: u8, times: usize) -> String {
    format!(" {octet:02x}").repeat(times)
}

/// A SETUP as most are: the bearer, the channel and two numbers.
fn typical_setup(slot: u8) -> String {
    format!(
        "08 02 00 {slot:02x} 05 a1 04 03 80 90 a3 18 03 a9 83 {:02x} 6c 0b 21 83{} 70 05 80 32 30 30 31",
        0x80 | slot,
        repeated(0x35, 9)
    )
}

/// A SETUP of 260 octets, the longest, with every number there is, subaddresses, a name, and the rest as it is said.
fn longest_setup(slot: u8, rest: &str) -> String {
    let numbers = format!(
        "6c 0e 21 80{} 6c 0e 21 83{} 6d 16 80{} 70 0d 80{} 71 16 80{} 74 0f 21 01 81{}",
        repeated(0x34, 12),
        repeated(0x35, 12),
        repeated(0x50, 21),
        repeated(0x36, 12),
        repeated(0x50, 21),
        repeated(0x37, 12),
    );
    let begin = format!(
        "08 02 00 {slot:02x} 05 a1 04 03 80 90 a3 18 03 a9 83 {:02x} 28 20{} {numbers}",
        0x80 | slot,
        repeated(0x42, 32)
    );
    let begin = begin.replace("6d 16", "6d 15").replace("71 16", "71 15");
    begin + rest
}

/// The same to the octet.
fn filled(slot: u8, tail: impl Fn(usize) -> String) -> String {
    let numbers = longest_setup(slot, "").split_whitespace().count();
    longest_setup(slot, &tail(260 - numbers))
}

/// User-user information in so many octets.
fn user_user(octets: usize) -> String {
    format!(" 7e {:02x} 04{}", octets - 2, repeated(0x41, octets - 3))
}

/// As many facilities as find room.
fn small_elements(octets: usize) -> String {
    " 1c 01 41".repeat(octets / 3)
}

fn offer(setup: impl Fn(u8) -> String) -> impl FnMut(&mut Bench, u8) {
    move |bench, slot| {
        bench.say(&[&setup(slot)]);
        let offered = |kind: &EventKind| matches!(kind, EventKind::CallOffered { .. });
        assert!(bench.told.iter().any(offered), "slot {slot}: {:?}", bench.told);
    }
}

/// One test, because what others of the process allocate would be counted.
#[test]
fn a_call_takes_at_most_2_kib() {
    a_typical_call_takes_less_than_1_kib();
    a_call_that_is_offered_takes_at_most_2_kib_whatever_its_far_end_sends();
    a_call_that_a_group_places_takes_at_most_2_kib_before_and_after_its_far_end_says_anything();
}

fn a_typical_call_takes_less_than_1_kib() {
    let of_a_call = of_a_call(&mut Bench::up(), offer(typical_setup));
    println!("{of_a_call} octets a typical call");
    assert!((300..=1024).contains(&of_a_call), "{of_a_call} octets");
}

fn a_call_that_is_offered_takes_at_most_2_kib_whatever_its_far_end_sends() {
    for (what, tail) in
        [("user-user information", user_user as fn(usize) -> String), ("small elements", small_elements)]
    {
        let mut bench = Bench::up();
        let offered = of_a_call(&mut bench, offer(move |slot| filled(slot, tail)));
        let before = in_use(&mut bench);
        // The last message of each type is kept, up to a limit: a far end may send many, and long ones.
        let most = format!("1c {:02x}{}", 235, repeated(0x41, 235));
        for slot in 1..3 + MEASURED {
            bench.engine.call_alert(CallId(slot.into())).expect("offered");
            bench.engine.call_set_elements(CallId(slot.into()), &small_parts()).expect("offered");
            bench.pass_ms(20);
            for head in LONG_MESSAGES.map(|head| head.replace("NN", "07")) {
                bench.say(&[&format!("08 02 00 {slot:02x} {head} {most}")]);
            }
        }
        let more = (in_use(&mut bench) - before) / u64::from(2 + MEASURED);
        assert_eq!(bench.engine.statistics().expect("open").totals.calls_active, 15);
        println!("{offered} octets a call with {what}, {} with long messages of seven types", offered + more);
        assert!(BOUNDS.contains(&(offered + more)), "{what}: {offered} and {more} octets");
    }
}

/// What a far end may send during a call besides what sets it up and clears it, without the element that makes it long.
const LONG_MESSAGES: [&str; 7] =
    ["6e 27 01 f1", "62", "7b", "20 7e 02 04 41", "79 b0 08 02 80 9f", "7d 08 02 80 9f 14 01 NN", "24"];

/// As many elements as a message has room for.
fn small_parts() -> Vec<Element> {
    vec![Element { codeset: 0, id: 0x1c, content: vec![0x41] }; 80]
}

/// What a call may be placed with at most: the SETUP has 260 octets, and a text besides, which a user cannot send.
fn everything(rest: usize, small: bool) -> PlaceOptions {
    let subaddress = || Subaddress { kind: 2, odd: false, octets: vec![0x50; 20] };
    let party = |digit: &str, length: usize| Party { number: digit.repeat(length), ..Party::default() };
    let calling = Party { subaddress: Some(Box::new(subaddress())), ..party("5", 20) };
    let mut options = PlaceOptions {
        called_subaddress: Some(subaddress()),
        calling: Some(calling),
        redirecting: Some(party("4", 20)),
        original_called: Some(party("3", 20)),
        display: "N".repeat(79),
        ..PlaceOptions::default()
    };
    match small {
        true => {
            options.elements = vec![Element { codeset: 0, id: 0x1c, content: vec![0x41] }; rest / 3];
        }
        false => options.user_user = [4].into_iter().chain(vec![0x41; rest - 3]).collect(),
    }
    options
}

fn with_group() -> Bench {
    Bench::up_with("", "[[group]]\nname = \"out\"\nspans = [0]")
}

fn is_placed(bench: &Bench, options: &PlaceOptions) -> bool {
    bench.engine.call_place_in("out", &"0".repeat(20), options).is_ok()
}

/// As much as fits into a SETUP.
fn as_much_as_fits(small: bool) -> PlaceOptions {
    let bench = with_group();
    let tried = (3..200).rev().map(|rest| everything(rest, small));
    tried.into_iter().find(|options| is_placed(&bench, options)).expect("a length that fits")
}

fn a_call_that_a_group_places_takes_at_most_2_kib_before_and_after_its_far_end_says_anything() {
    for small in [false, true] {
        let (mut bench, options) = (with_group(), as_much_as_fits(small));
        let placed = 2 + MEASURED;
        let before = of_a_call(&mut bench, |bench, _| {
            assert!(is_placed(bench, &options));
            let call = bench.engine.calls_after(CallId::NONE, 32).expect("open").0.pop().expect("a call");
            // For its next message, whenever that is.
            bench.engine.call_set_elements(call, &small_parts()).expect("in progress");
            bench.pass_ms(100);
            let setup = bench.heard_whole().pop().expect("a SETUP");
            assert!((255..=260).contains(&setup.len()), "{} octets", setup.len());
        });
        // A STATUS with a date is told to no host: the call may still be tried on another channel. This is the longest that is kept.
        let say = |bench: &mut Bench, long: &str, messages: &[&str]| {
            let in_use_before = in_use(bench);
            let length = if long == "29" { 26 } else { 230 };
            let most = format!("{long} {length:02x}{}", repeated(0x41, length));
            for head in messages {
                let of_call = |reference: u8| {
                    let channel = if reference < 16 { reference } else { reference + 1 };
                    let named = format!("18 03 a9 83 {:02x}", 0x80 | channel);
                    let head = head.replace("NN", "0a").replace("CH", &named);
                    format!("08 02 80 {reference:02x} {head} {most}")
                };
                let all: Vec<String> = (1..=placed).map(of_call).collect();
                bench.say(&all.iter().map(String::as_str).collect::<Vec<_>>());
                bench.pass_ms(700);
            }
            (in_use(bench) as i64 - in_use_before as i64) / i64::from(placed)
        };
        let waits = before as i64 + say(&mut bench, "29", &["7d 08 02 80 9f 14 01 01"]);
        let told = waits + say(&mut bench, "1c", &["02 CH", "01", "03 1e 02 80 88"]);
        let answered = told + say(&mut bench, "1c", &["07 4c 0e 21 80 30 31 32 33 34 35 36 37 38 39 30 31"]);
        let all = answered + say(&mut bench, "1c", &LONG_MESSAGES);
        assert_eq!(bench.engine.statistics().expect("open").totals.calls_active, 15);
        println!("{before} octets placed, {waits}, {told}, {answered}, {all} as the far end goes on");
        for octets in [before as i64, waits, told, answered, all] {
            assert!(BOUNDS.contains(&(octets as u64)), "{octets} octets");
        }
    }
}
