//! What a data link counts.
#[path = "common/rig.rs"]
mod rig;

use rig::{Stimulus, state_4, state_5_0, state_7};
use tandem_isdn::q921::{FrameKind, MdlError};
use tandem_types::Frames;

#[test]
fn frames_are_counted_by_kind_both_ways() {
    let mut rig = state_7(0);
    let before = *rig.link.counters();
    rig.apply(Stimulus::Send);
    rig.says();
    rig.hear("02 01 00 00 aa");
    rig.hear("00 01 01 02");
    rig.says();
    let after = rig.link.counters();
    let of = |kind| [before, *after].map(|counters| [counters.sent.of(kind), counters.received.of(kind)]);
    assert_eq!(of(FrameKind::I), [[0, 0], [1, 1]]);
    assert_eq!(of(FrameKind::Rr)[1][1] - of(FrameKind::Rr)[0][1], 1);
    assert_eq!(after.received.total() - before.received.total(), 2);
    let messages = after.messages;
    assert_eq!((messages.accepted, messages.acknowledged, messages.delivered), (1, 1, 1));
}

#[test]
fn retransmissions_rejections_and_t200_expiries_are_counted() {
    let mut rig = state_7(0);
    rig.apply(Stimulus::Send);
    rig.says();
    rig.expire();
    rig.hear("00 01 01 01");
    rig.says();
    let counters = rig.link.counters();
    assert_eq!(
        (counters.t200_expiries, counters.retransmitted_frames, counters.retransmitted_octets),
        (1, 1, 1)
    );
    // REJ of what was sent again, then FRMR.
    rig.hear("00 01 09 00");
    rig.says();
    rig.hear("00 01 97 09 00 00 00 00");
    let counters = rig.link.counters();
    assert_eq!((counters.received.of(FrameKind::Rej), counters.received.of(FrameKind::Frmr)), (1, 1));
    assert_eq!((counters.retransmitted_frames, counters.errors.of(MdlError::K)), (2, 1));
}

#[test]
fn an_outage_is_counted_with_its_time() {
    let mut rig = state_7(0);
    assert_eq!(rig.link.outage(rig.now), None);
    rig.apply(Stimulus::LineLost);
    rig.pass(Frames::from_seconds(5));
    assert_eq!(rig.link.outage(rig.now), Some(Frames::from_seconds(5)));
    assert_eq!((rig.link.counters().outages, rig.link.counters().outage_time), (1, Frames(0)));
    rig.apply(Stimulus::LineBack);
    rig.pass(Frames::from_seconds(2));
    rig.hear("02 01 7f");
    assert_eq!(rig.link.outage(rig.now), None);
    rig.hear("02 01 53");
    rig.pass(Frames::from_seconds(1));
    rig.hear("02 01 7f");
    let counters = rig.link.counters();
    assert_eq!((counters.outages, counters.outage_time), (2, Frames::from_seconds(8)));
}

#[test]
fn a_link_that_never_was_up_has_no_outage_and_a_reset_is_none() {
    let mut rig = state_5_0();
    (0..4).for_each(|_| rig.expire());
    assert_eq!(rig.link.counters().failures, 1);
    assert_eq!((rig.link.counters().outages, rig.link.outage(rig.now)), (0, None));
    assert_eq!(state_4().link.outage(rig.now), None);
    let mut rig = state_7(0);
    rig.apply(Stimulus::Send);
    rig.says();
    rig.hear("02 01 7f");
    assert_eq!((rig.link.counters().reset, rig.link.counters().outages), (1, 0));
}
