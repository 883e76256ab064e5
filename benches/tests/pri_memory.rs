//! The memory that a call over primary rate may take.
use tandem_benches::pri::{MOST_CHANNELS, PriCalls};
use tandem_rt::sys::GuardedAlloc;

#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

#[test]
fn a_call_takes_at_most_2_kib_an_end_and_10_000_more_calls_take_none() {
    let concurrent = usize::from(MOST_CHANNELS);
    let mut calls = PriCalls::new(MOST_CHANNELS, concurrent);
    let in_use = || GuardedAlloc::report().in_use;
    let before = in_use();
    calls.fill();
    assert_eq!(calls.count(), [concurrent; 2]);
    let ends_of_calls = 2 * concurrent as u64;
    let of_a_call = (in_use() - before) / ends_of_calls;
    assert!(of_a_call <= 2048, "{of_a_call} octets");
    (0..5_000).for_each(|_| calls.turn());
    let after_some = in_use();
    (0..10_000).for_each(|_| calls.turn());
    assert!(in_use() <= after_some, "{} octets more", in_use() - after_some);
    calls.empty();
    assert_eq!(calls.count(), [0; 2]);
    println!("{of_a_call} octets a call and end");
}
