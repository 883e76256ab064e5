//! Frames of signalling channels through the interface.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::{ok, problem, sized, wait_for};
use tandem_bindings::*;

/// Two cards back to back, whose frames are the host's, and a span without.
const BACK_TO_BACK: &str = "[engine]\nmode = \"lockstep\"\n\
    [[card]]\nmodel = \"loop\"\noptions = { pair = \"f\", spans = 2 }\n\
    [[card]]\nmodel = \"loop\"\noptions = { pair = \"f\", spans = 2 }\n\
    [[span]]\nport = 0\nsignalling = \"hdlc\"\n[[span]]\ncard = 1\nport = 0\nsignalling = \"hdlc\"\n\
    [[span]]\nport = 1\nsignalling = \"none\"\n";

fn send(engine: u64, span: u32, octets: &[u8]) -> i32 {
    unsafe { tandem_span_send_frame(engine, span, octets.as_ptr().cast(), octets.len()) }
}

fn read(engine: u64, span: u32, room: usize) -> Result<(Vec<u8>, u64), i32> {
    let (mut octets, mut length, mut frame) = (vec![0xee_u8; 600], 77, 77);
    let place = octets.as_mut_ptr().cast();
    match unsafe { tandem_span_read_frame(engine, span, place, room, &mut length, &mut frame) } {
        TANDEM_OK => {
            assert!(octets[length..].iter().all(|octet| *octet == 0xee), "no octet more");
            octets.truncate(length);
            Ok((octets, frame))
        }
        code => {
            assert_eq!((length, frame), (77, 77));
            Err(code)
        }
    }
}

fn counts(engine: u64, span: u32) -> tandem_frame_counts {
    let mut counts = sized();
    ok(unsafe { tandem_span_get_frame_counts(engine, span, &mut counts) });
    counts
}

#[test]
fn a_host_exchanges_frames_with_another_end() {
    let engine = common::open(BACK_TO_BACK);
    ok(unsafe { tandem_engine_advance(engine, 8 * 500) });
    // A signal unit that fills in, and the longest message that there is.
    let (short, long) = ([0x80, 0xff, 0x00], [0xa5; TANDEM_LONGEST_FRAME as usize]);
    ok(send(engine, 0, &short));
    ok(send(engine, 0, &long));
    let event = wait_for(engine, TANDEM_EVENT_FRAME);
    let mut info = sized::<tandem_span_info>();
    ok(unsafe { tandem_span_get_info(engine, 1, &mut info) });
    assert_eq!((event.object, event.value), (info.span, 1));
    ok(unsafe { tandem_engine_advance(engine, 8 * 200) });
    let (octets, frame) = read(engine, 1, 600).expect("a frame");
    assert_eq!(octets, short);
    assert!(frame > 8 * 500 && frame <= event.frame, "{frame} {}", event.frame);
    assert_eq!(read(engine, 1, 511), Err(TANDEM_E_ARGUMENT));
    assert!(problem().contains("longer"), "{}", problem());
    assert_eq!(counts(engine, 1).waiting, 1);
    assert_eq!(read(engine, 1, 512).expect("it has stayed").0, long);
    assert_eq!(read(engine, 1, 600), Ok((vec![], 0)), "no more");
    let far = counts(engine, 1);
    assert_eq!((far.received, far.bad_fcs, far.waiting, far.unread, far.sent), (2, 0, 0, 0, 0));
    assert_eq!((counts(engine, 0).sent, counts(engine, 0).refused), (2, 0));
    // The other way, until there is no room, and there is again.
    let mut sent = 0;
    while send(engine, 1, &long) == TANDEM_OK {
        sent += 1;
    }
    assert!(problem().contains("wait to be sent"), "{}", problem());
    assert_eq!(send(engine, 1, &long), TANDEM_E_BUSY);
    assert_eq!((counts(engine, 1).sent, counts(engine, 1).refused), (sent, 2));
    let event = wait_for(engine, TANDEM_EVENT_FRAME_ROOM);
    assert_eq!((event.object, event.value), (info.span, 1));
    ok(send(engine, 1, &long));
    ok(unsafe { tandem_engine_advance(engine, 8 * 5_000) });
    assert_eq!(counts(engine, 0).waiting, sent as u32 + 1);
    ok(unsafe { tandem_engine_close(engine) });
}

#[test]
fn what_is_no_frame_or_no_span_of_frames_is_refused() {
    let engine = common::open(BACK_TO_BACK);
    for length in [0, 1, 513, 5000] {
        assert_eq!(send(engine, 0, &vec![1; length]), TANDEM_E_ARGUMENT, "{length}");
    }
    for (span, code) in [(2, TANDEM_E_UNSUPPORTED), (3, TANDEM_E_ARGUMENT), (u32::MAX, TANDEM_E_ARGUMENT)] {
        assert_eq!(send(engine, span, &[1, 2]), code);
        assert_eq!(read(engine, span, 600), Err(code));
        assert_eq!(unsafe { tandem_span_get_frame_counts(engine, span, &mut sized()) }, code);
    }
    assert_eq!((counts(engine, 0).sent, counts(engine, 0).refused), (0, 0));
    // The slot of the frames is no channel; all others are.
    let mut channel = 0;
    assert_eq!(unsafe { tandem_channel_find(engine, 0, 16, &mut channel) }, TANDEM_E_ARGUMENT);
    ok(unsafe { tandem_channel_find(engine, 0, 31, &mut channel) });
    ok(unsafe { tandem_engine_close(engine) });
}
