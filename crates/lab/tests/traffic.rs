//! What a group of trunks counts: calls placed, refused, answered, how long people talked, and when no trunk was free.
mod pair;
use pair::{NETWORK, Pair, USER};
use tandem_engine::{EngineError, EventKind, GroupState, PlaceOptions};
use tandem_types::Cause;

fn state(pair: &Pair, end: usize) -> GroupState {
    pair.ends[end].group_state("all").expect("the group")
}

/// Whether the group was told to be busy, each time.
fn told(pair: &Pair, end: usize) -> Vec<bool> {
    let busy = |kind: &EventKind| match kind {
        EventKind::GroupBusy { group: 0, name, all_busy } if name == "all" => Some(*all_busy),
        _ => None,
    };
    pair.told[end].iter().filter_map(|event| busy(&event.kind)).collect()
}

#[test]
fn a_group_counts_its_calls_and_tells_when_its_last_trunk_is_taken() {
    let mut pair = Pair::up("", "");
    for told in &mut pair.told {
        told.clear();
    }
    let idle = state(&pair, USER);
    assert_eq!((idle.channels, idle.calls, idle.free), (30, 0, 30));
    // One on a channel counts for the group of its trunk as well.
    let direct = pair.ends[USER].call_place(pair.channel(USER, 31), "4711").expect("a free channel");
    pair.pass_ms(300);
    let (offered, ..) = pair.offered(NETWORK);
    pair.ends[NETWORK].call_answer(offered).expect("offered");
    pair.pass_ms(300);
    let counted = state(&pair, USER);
    assert_eq!((counted.placed, counted.placed_answered), (1, 1));
    pair.ends[USER].call_clear(direct, Cause::NORMAL_CLEARING).expect("a call");
    pair.pass_ms(300);
    for told in &mut pair.told {
        told.clear();
    }
    let [idle, idle_network] = [USER, NETWORK].map(|end| state(&pair, end));
    let place = |pair: &Pair| pair.ends[USER].call_place_in("all", "4711", &PlaceOptions::default());
    let placed: Vec<_> = (0..29).map(|_| place(&pair).expect("a free trunk")).collect();
    pair.pass_ms(500);
    assert_eq!(told(&pair, USER), []);
    assert_eq!(state(&pair, USER), GroupState { calls: 29, free: 1, placed: 30, ..idle });
    assert_eq!(state(&pair, NETWORK), GroupState { calls: 29, free: 1, offered: 30, ..idle_network });
    // Taken out of service, the last one is no more free than if it had a call.
    let last = pair.ends[USER]
        .channels(0)
        .expect("open")
        .into_iter()
        .find(|(channel, _)| pair.ends[USER].channel_state(*channel).expect("a channel").call.is_none());
    let (last, _) = last.expect("one is free");
    pair.ends[USER].channel_set_service(last, false).expect("a channel");
    pair.pass_ms(1000);
    assert_eq!(told(&pair, USER), [true]);
    let refused = place(&pair);
    assert!(matches!(refused, Err(EngineError::Busy(_) | EngineError::WrongState(_))), "{refused:?}");
    pair.ends[USER].channel_set_service(last, true).expect("a channel");
    pair.pass_ms(1000);
    assert_eq!(told(&pair, USER), [true, false]);
    let busy = state(&pair, USER);
    assert_eq!((busy.refused, busy.all_busy_count), (1, 1));
    let ms = busy.all_busy_frames.as_ms();
    assert!((960..1_100).contains(&ms), "{ms}");

    // Two are answered, and one of them is over after two seconds.
    let mut offered: Vec<_> = pair.told[NETWORK]
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::CallOffered { call, .. } => Some(call),
            _ => None,
        })
        .collect();
    offered.truncate(2);
    for call in &offered {
        pair.ends[NETWORK].call_answer(*call).expect("offered");
    }
    pair.pass_ms(2_000);
    pair.ends[NETWORK].call_clear(offered[0], Cause::NORMAL_CLEARING).expect("a call");
    pair.pass_ms(300);
    let (user, network) = (state(&pair, USER), state(&pair, NETWORK));
    assert_eq!((user.placed_answered, user.calls, user.free), (3, 28, 2));
    assert_eq!((network.offered_answered, network.placed, network.placed_answered), (3, 0, 0));
    for talk in [user.talk.as_ms(), network.talk.as_ms()] {
        assert!((2_200..2_800).contains(&talk), "{talk}");
    }
    // All but one are refused by the far end: nobody talked.
    for call in placed {
        let _ = pair.ends[USER].call_clear(call, Cause::NORMAL_CLEARING);
    }
    pair.pass_ms(1_000);
    let user = state(&pair, USER);
    assert_eq!((user.calls, user.free, user.placed, user.placed_answered), (0, 30, 30, 3));
    assert!((4_300..5_300).contains(&user.talk.as_ms()), "{}", user.talk.as_ms());
    assert!(matches!(pair.ends[USER].group_state("none"), Err(EngineError::BadArgument(_))));
}
