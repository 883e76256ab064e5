//! The elastic store between two clocks.
use tandem_line::{ElasticStore, Slip};

/// Lets the line run faster by `ppm`, and gives the slips with their sign.
fn run(frames: u64, ppm: i64) -> ElasticStore {
    let mut store = ElasticStore::new();
    let mut written = 0u64;
    for now in 0..frames {
        let due = (i128::from(now + 1) * i128::from(1_000_000 + ppm) / 1_000_000) as u64;
        while written < due {
            let mut frame = [0; 32];
            frame[..8].copy_from_slice(&written.to_be_bytes());
            store.write(&frame);
            written += 1;
        }
        store.read();
    }
    store
}

#[test]
fn slips_are_whole_frames_and_have_the_sign_of_the_offset() {
    // 125 µs at 50 ppm is a slip every 2.5 s.
    for (ppm, expected) in [(0, 0), (50, 20), (-50, -20), (100, 40), (1, 0)] {
        let balance = run(8000 * 50, ppm).balance();
        assert!((balance - expected).abs() <= 1, "{ppm} ppm: {balance}");
    }
}

#[test]
fn frames_come_out_in_order_and_a_slip_repeats_or_deletes_exactly_one() {
    let mut store = ElasticStore::new();
    let frame = |n: u8| [n; 32];
    assert_eq!(store.write(&frame(1)), None);
    assert_eq!(store.write(&frame(2)), Some(Slip::Deleted));
    assert_eq!(store.read(), (&[0xff; 32], None));
    assert_eq!(store.read(), (&frame(1), None));
    assert_eq!(store.read(), (&frame(1), Some(Slip::Repeated)));
    assert_eq!(store.write(&frame(3)), None);
    assert_eq!(store.read(), (&frame(3), None));
    assert_eq!((store.deleted(), store.repeated(), store.balance()), (1, 1, 0));
}

#[test]
fn wander_of_less_than_a_frame_never_slips_twice() {
    let mut store = ElasticStore::new();
    // Drift to a slip, then the order of write and read changes to and fro.
    store.write(&[1; 32]);
    assert_eq!(store.write(&[2; 32]), Some(Slip::Deleted));
    for n in 0..100u8 {
        if n % 3 == 0 {
            assert_eq!(store.read().1, None);
            assert_eq!(store.write(&[n; 32]), None);
        } else {
            assert_eq!(store.read().1, None);
            assert_eq!(store.read().1, None);
            assert_eq!(store.write(&[n; 32]), None);
            assert_eq!(store.write(&[n; 32]), None);
        }
    }
    assert_eq!(store.balance(), 1);
}

#[test]
fn a_frame_that_did_not_come_is_known_as_such_through_the_store_and_its_repetition_too() {
    let mut store = ElasticStore::new();
    store.read();
    assert!(!store.last_is_lost(), "the frame of the beginning");
    store.write_marked(&[1; 32], true);
    store.write(&[2; 32]);
    assert_eq!(store.write_marked(&[3; 32], true), Some(Slip::Deleted));
    store.read();
    assert!(store.last_is_lost());
    store.read();
    assert!(!store.last_is_lost());
    store.write_marked(&[4; 32], true);
    store.read();
    assert_eq!(store.read(), (&[4; 32], Some(Slip::Repeated)));
    assert!(store.last_is_lost());
    store.write(&[5; 32]);
    store.read();
    assert!(!store.last_is_lost());
}
