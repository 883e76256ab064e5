//! Two engines joined by a primary rate interface, one the user and one the network: calls through framer, HDLC, Q.921
//! and Q.931, both ways, and what becomes of them when the line breaks.
mod pair;
use pair::{NETWORK, Pair, USER, keys};
use tandem_dsp::g711;
use tandem_engine::{
    AnswerOptions, CallId, CallStage, CallState, Element, End, EndReason, Engine, EngineError, EventKind,
    HdlcCounters, InformationKind, NumberType, Party, PartyTerms, PlaceOptions, Subaddress, Terms,
};
use tandem_isdn::q921::FrameKind;
use tandem_types::{Bearer, Cause, Law};

#[test]
fn a_call_is_offered_alerted_answered_spoken_and_cleared_both_ways_and_with_every_kind_of_switch() {
    for (span, pri) in [
        ("", ""),
        ("", ", profile = \"qsig\""),
        ("", ", d_channel = 1"),
        ("framing = \"t1-esf\"", ""),
        ("framing = \"t1-esf\"", ", profile = \"5ess\", d_channel_56k = true"),
        ("framing = \"t1-esf\"", ", profile = \"4ess\""),
        ("framing = \"t1-esf\"", ", profile = \"dms100\""),
    ] {
        let mut pair = Pair::up(span, pri);
        for from in [USER, NETWORK] {
            let to = 1 - from;
            let near = pair.channel(from, 9);
            let placed = pair.ends[from].call_place(near, "4711").expect("a free channel");
            pair.pass_ms(300);
            let (offered, far, called) = pair.offered(to);
            assert_eq!(
                (far, called.as_str()),
                (pair.channel(to, 9), "4711"),
                "{span}{pri}: the same timeslot"
            );
            assert_eq!(pair.stages(from), [CallStage::Proceeding]);
            pair.ends[to].call_alert(offered).expect("offered");
            pair.pass_ms(100);
            assert_eq!(pair.stages(from), [CallStage::Proceeding, CallStage::Alerting]);
            pair.ends[to].call_answer(offered).expect("offered");
            pair.pass_ms(300);
            assert!(pair.is_answered(from, placed) && pair.is_answered(to, offered), "{span}{pri}");
            // What one says the other hears.
            let terms = Terms { max_digits: 4, ..Terms::default() };
            pair.ends[to].collect(far, terms).expect("answered");
            pair.ends[from].play_samples(near, keys("2580"), Terms::default()).expect("answered");
            pair.pass_ms(2000);
            assert!(pair.heard(to, |kind| matches!(kind, EventKind::CollectDone { digits, reason: EndReason::MaxDigits, .. } if digits == "2580")), "{span}{pri}");
            pair.ends[from].call_clear(placed, Cause::NORMAL_CLEARING).expect("a call");
            pair.pass_ms(300);
            assert_eq!(
                (pair.cleared(from), pair.cleared(to)),
                (vec![(16, false)], vec![(16, true)]),
                "{span}{pri}"
            );
            pair.told = [Vec::new(), Vec::new()];
        }
        for end in &pair.ends {
            end.check_conservation().expect("every octet");
            assert_eq!(end.spans().expect("open")[0].calls, 0);
        }
    }
}

#[test]
fn a_call_of_the_other_law_is_told_so_and_heard_at_its_level() {
    for (span, law) in [("", Law::Mu), ("framing = \"t1-esf\"", Law::A), ("", Law::A)] {
        let mut pair = Pair::up(span, "");
        let options = PlaceOptions { law: Some(law), ..PlaceOptions::default() };
        let channels = [USER, NETWORK].map(|end| pair.channel(end, 9));
        let placed =
            pair.ends[USER].call_place_with(channels[USER], "4711", &options).expect("a free channel");
        pair.pass_ms(300);
        let (offered, ..) = pair.offered(NETWORK);
        pair.ends[NETWORK].call_answer(offered).expect("offered");
        pair.pass_ms(300);
        for (end, call) in [(USER, placed), (NETWORK, offered)] {
            assert_eq!(pair.ends[end].call_info(call).expect("a call").law, law, "{span}");
            let bridge = pair.ends[end].bridge_new().expect("a bridge");
            pair.ends[end].bridge_join(bridge, channels[end], PartyTerms::default()).expect("answered");
        }
        for from in [USER, NETWORK] {
            let tone = (0..4000).map(|n| (8000.0 * (f64::from(n) * 0.7).sin()) as i16).collect();
            pair.ends[from].play_samples(channels[from], tone, Terms::default()).expect("answered");
            pair.pass_ms(300);
            let level = pair.ends[1 - from].bridge_party(channels[1 - from]).expect("a party").level_dbm0;
            assert!((level + 9.1).abs() < 0.3, "{span}: {level}");
            pair.pass_ms(500);
        }
        // The next call on the channel is as its span is.
        pair.ends[USER].call_clear(placed, Cause::NORMAL_CLEARING).expect("a call");
        pair.pass_ms(300);
        let (near, far) = pair.connect(USER, 9);
        let usual = if span.is_empty() { Law::A } else { Law::Mu };
        for (end, call) in [(USER, near), (NETWORK, far)] {
            assert_eq!(pair.ends[end].call_info(call).expect("a call").law, usual);
        }
    }
}

#[test]
fn a_connection_for_data_passes_octets_of_the_other_law_as_they_are_and_one_for_speech_converts_them() {
    let place = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("law-of-data");
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place).expect("a place for recordings");
    let mut pair = Pair::with_engine(&format!("[recording]\ndirectory = {place:?}\n"), "", "");
    // The first call is coded by mu-law, the second as its span.
    let mut ends = Vec::new();
    for (slot, law) in [(1, Some(Law::Mu)), (2, None)] {
        let options = PlaceOptions { law, ..PlaceOptions::default() };
        let near = pair.channel(USER, slot);
        pair.ends[USER].call_place_with(near, "4711", &options).expect("a free channel");
        pair.pass_ms(300);
        let (offered, far, _) = pair.offered(NETWORK);
        pair.ends[NETWORK].call_answer(offered).expect("offered");
        pair.pass_ms(300);
        ends.push((near, far));
    }
    let [(near_1, far_1), (near_2, far_2)] = ends[..] else { panic!("two calls") };
    let samples: Vec<i16> = (0..4000_i32).map(|n| (n * 7919 % 20_011 - 10_000) as i16).collect();
    let octets = |convert: &dyn Fn(u8) -> u8| -> Vec<i16> {
        samples.iter().map(|it| g711::decode(Law::A, convert(g711::encode(Law::A, *it)))).collect()
    };
    let raw = octets(&|octet| g711::transcode(Law::A, Law::Mu, octet));
    let there_and_back =
        octets(&|octet| g711::transcode(Law::Mu, Law::A, g711::transcode(Law::A, Law::Mu, octet)));
    for (number, (bearer, expected)) in
        [(Bearer::Unrestricted, &raw), (Bearer::Speech, &there_and_back), (Bearer::Unrestricted, &raw)]
            .into_iter()
            .enumerate()
    {
        pair.ends[USER].connect(near_2, Some(near_1), bearer).expect("two calls");
        let file = format!("{number}.wav");
        let record = pair.ends[NETWORK].record(far_2, file.as_ref(), Terms::default()).expect("a call");
        pair.pass_ms(50);
        pair.ends[NETWORK].play_samples(far_1, samples.clone().into(), Terms::default()).expect("a call");
        pair.pass_ms(700);
        pair.ends[NETWORK].stop(record).expect("it runs");
        pair.pass_ms(500);
        let wav = tandem_files::wav::read(&place.join(&file), 1 << 24).expect("recorded");
        let received: Vec<i16> = wav.channel(0).collect();
        let whole = received.windows(expected.len()).any(|window| window == *expected);
        assert!(whole, "{bearer:?}, the {number}th");
    }
}

#[test]
fn what_is_known_of_the_caller_goes_with_the_call_and_a_withheld_number_is_marked() {
    let mut pair = Pair::up("", "");
    let calling = Party {
        number: "5551234".into(),
        number_type: NumberType::National,
        withheld: true,
        ..Party::default()
    };
    let redirecting = Party { number: "900".into(), reason: 15, ..Party::default() };
    let options = PlaceOptions {
        called_type: NumberType::Subscriber,
        calling: Some(calling.clone()),
        redirecting: Some(redirecting.clone()),
        display: "Alice".into(),
        bearer: Bearer::Audio31,
        ..PlaceOptions::default()
    };
    let channel = pair.channel(USER, 31);
    pair.ends[USER].call_place_with(channel, "4711", &options).expect("a free channel");
    pair.pass_ms(300);
    let (offered, ..) = pair.offered(NETWORK);
    let parties = pair.ends[NETWORK].call_parties(offered).expect("a call");
    // Not even the host is shown it, unless the configuration says so.
    let shown = Party { number: String::new(), ..calling };
    assert_eq!((parties.calling, parties.redirecting), (Some(shown), Some(redirecting)));
    // Display goes from the network to the user only (Q.931 §4.5.16).
    assert_eq!(parties.display, "");
    let channel = pair.channel(NETWORK, 1);
    pair.ends[NETWORK].call_place_with(channel, "12", &options).expect("a free channel");
    pair.pass_ms(300);
    let (offered, ..) = pair.offered(USER);
    assert_eq!(pair.ends[USER].call_parties(offered).expect("a call").display, "Alice");
}

#[test]
fn a_call_in_progress_outlives_a_short_failure_of_the_line_and_one_that_is_not_answered_does_not() {
    let mut pair = Pair::up("", "");
    let (near, far) = pair.connect(USER, 5);
    pair.ends[USER].call_place(pair.channel(USER, 6), "12").expect("a free channel");
    pair.pass_ms(300);
    pair.wires[0].cut_both();
    pair.pass_ms(20_000);
    assert!(pair.heard(USER, |kind| matches!(kind, EventKind::LinkChanged { up: false, .. })));
    assert_eq!(
        (pair.cleared(USER).len(), pair.cleared(NETWORK).len()),
        (1, 1),
        "the one that was not answered"
    );
    assert!(pair.ends[USER].call_place(pair.channel(USER, 7), "12").is_err(), "there is no D channel");
    pair.wires[0].repair_both();
    pair.pass_ms(20_000);
    for (end, call) in [(USER, near), (NETWORK, far)] {
        assert!(pair.ends[end].call_info(call).is_ok(), "end {end}: {:?}", pair.told[end]);
    }
    pair.ends[NETWORK].call_clear(far, Cause::NORMAL_CLEARING).expect("a call");
    pair.pass_ms(300);
    assert_eq!(pair.cleared(USER).last(), Some(&(16, true)));
    // And another call can be made.
    pair.connect(NETWORK, 6);
}

#[test]
fn a_call_is_given_up_with_cause_27_when_the_line_does_not_come_back_before_t309() {
    let mut pair = Pair::up("", ", t309_seconds = 10");
    pair.connect(USER, 5);
    pair.wires[0].cut_both();
    pair.pass_ms(11_000);
    assert!(pair.cleared(USER).is_empty(), "T309 runs from the failure of the link on");
    pair.pass_ms(4_000);
    assert_eq!((pair.cleared(USER), pair.cleared(NETWORK)), (vec![(27, false)], vec![(27, false)]));
}

#[test]
fn two_calls_that_meet_on_a_channel_end_with_the_networks_going_through() {
    let mut pair = Pair::up("", "");
    let ours = pair.ends[USER].call_place(pair.channel(USER, 3), "1").expect("a free channel");
    let theirs = pair.ends[NETWORK].call_place(pair.channel(NETWORK, 3), "2").expect("a free channel");
    pair.pass_ms(1000);
    let over = |end: usize, id: CallId| {
        pair.heard(end, |kind| matches!(kind, EventKind::CallCleared { call, .. } if *call == id))
    };
    assert!(over(USER, ours) && !over(NETWORK, theirs), "{:?}", pair.told);
    assert_eq!(pair.cleared(USER), [(44, true)]);
    let (offered, ..) = pair.offered(USER);
    pair.ends[USER].call_answer(offered).expect("offered");
    pair.pass_ms(300);
    assert!(pair.is_answered(NETWORK, theirs) && pair.is_answered(USER, offered));
    assert_eq!([0, 1].map(|end| pair.ends[end].spans().expect("open")[0].calls), [1, 1]);
}

#[test]
fn two_calls_that_meet_on_a_channel_both_go_through_where_one_may_have_another() {
    let mut pair = Pair::up("", "");
    let options = PlaceOptions { channel_may_change: true, ..PlaceOptions::default() };
    let wanted = pair.channel(USER, 3);
    let ours = pair.ends[USER].call_place_with(wanted, "1", &options).expect("a free channel");
    let theirs = pair.ends[NETWORK].call_place(pair.channel(NETWORK, 3), "2").expect("a free channel");
    pair.pass_ms(1000);
    for end in [USER, NETWORK] {
        let (offered, ..) = pair.offered(end);
        pair.ends[end].call_answer(offered).expect("offered");
    }
    pair.pass_ms(300);
    assert!(pair.is_answered(NETWORK, theirs) && pair.is_answered(USER, ours));
    assert_eq!([pair.cleared(USER), pair.cleared(NETWORK)], [[], []]);
    assert_ne!(pair.ends[USER].call_info(ours).expect("answered").channel, wanted);
    assert_eq!([0, 1].map(|end| pair.ends[end].spans().expect("open")[0].calls), [2, 2]);
}

#[test]
fn any_element_goes_with_any_message_and_is_read_by_its_type() {
    let mut pair = Pair::up("", "");
    let element = |content: u8| vec![Element { codeset: 6, id: 0x55, content: vec![content; 3] }];
    let options = PlaceOptions { elements: element(5), ..PlaceOptions::default() };
    let placed = pair.ends[USER].call_place_with(pair.channel(USER, 4), "1", &options).expect("free");
    pair.pass_ms(300);
    let (offered, ..) = pair.offered(NETWORK);
    let commands: [&dyn Fn(&Engine); 5] = [
        &|end| end.call_alert(offered).expect("offered"),
        &|end| end.call_progress(offered).expect("offered"),
        &|end| end.call_answer(offered).expect("offered"),
        &|end| end.call_send(offered, InformationKind::Notification, &[0]).expect("answered"),
        &|end| end.call_clear(offered, Cause::NORMAL_CLEARING).expect("answered"),
    ];
    for (command, value) in commands.into_iter().zip(1..) {
        pair.ends[NETWORK].call_set_elements(offered, &element(0)).expect("a call");
        pair.ends[NETWORK].call_set_elements(offered, &element(value)).expect("in place of the former");
        command(&pair.ends[NETWORK]);
        pair.pass_ms(300);
    }
    // ALERTING, PROGRESS, CONNECT, NOTIFY and DISCONNECT, although the call is over.
    assert_eq!(pair.cleared(USER), [(16, true)]);
    for (message, value) in [(0x01, 1), (0x03, 2), (0x07, 3), (0x6e, 4), (0x45, 5)] {
        let read = pair.ends[USER].call_element(placed, message, 6, 0x55, 0);
        assert_eq!(read, Ok(Some(vec![value; 3])), "{message:#x}");
    }
    for (end, call) in [(NETWORK, offered), (USER, placed)] {
        assert_eq!(pair.ends[end].call_element(call, 0x05, 6, 0x55, 0), Ok(Some(vec![5; 3])), "SETUP");
    }
    // RELEASE is not of a command's making, and of FACILITY there was none.
    assert_eq!(pair.ends[NETWORK].call_element(offered, 0x4d, 6, 0x55, 0), Ok(None));
    assert_eq!(pair.ends[USER].call_element(placed, 0x62, 6, 0x55, 0), Ok(None));
    assert_eq!(pair.ends[NETWORK].call_set_elements(offered, &[]), Err(EngineError::NoSuchCall));
}

#[test]
fn elements_for_a_command_that_was_refused_go_with_no_other() {
    let mut pair = Pair::up("", "");
    let (placed, offered) = pair.connect(USER, 4);
    let element = Element { codeset: 6, id: 0x55, content: vec![1] };
    pair.ends[NETWORK].call_set_elements(offered, &[element]).expect("a call");
    assert!(pair.ends[NETWORK].call_answer(offered).is_err(), "answered already");
    pair.ends[NETWORK].call_clear(offered, Cause::NORMAL_CLEARING).expect("answered");
    pair.pass_ms(300);
    assert_eq!(pair.ends[USER].call_element(placed, 0x45, 6, 0x55, 0), Ok(None));
    assert!(pair.ends[USER].call_element(placed, 0x45, 0, 0x08, 0).expect("known").is_some(), "the cause");
}

#[test]
fn a_facility_of_no_call_goes_both_ways() {
    let mut pair = Pair::up("", "");
    for (from, octets) in [(USER, vec![0x91, 0xa1, 3]), (NETWORK, vec![0x92; 255])] {
        pair.ends[from].send_facility(0, &octets).expect("the D channel is up");
        pair.pass_ms(100);
        let facility = |kind: &EventKind| match kind {
            EventKind::SpanFacility { octets, .. } => Some(octets.clone()),
            _ => None,
        };
        let told: Vec<_> = pair.told[1 - from].iter().filter_map(|event| facility(&event.kind)).collect();
        assert_eq!(told, [octets]);
    }
    assert!(pair.ends[USER].send_facility(0, &[0; 256]).is_err(), "too long");
    assert!(pair.ends[USER].send_facility(0, &[]).is_err(), "nothing");
    assert!(pair.ends[USER].send_facility(1, &[1]).is_err(), "no such span");
    pair.wires[0].cut_both();
    pair.pass_ms(5000);
    assert!(matches!(pair.ends[USER].send_facility(0, &[1]), Err(EngineError::WrongState(_))));
}

#[test]
fn a_hundred_calls_on_thirty_channels_leave_nothing_behind() {
    let mut pair = Pair::up("", "");
    for round in 0..4 {
        let slots: Vec<u8> = (1..32).filter(|slot| *slot != 16).collect();
        let mut placed = Vec::new();
        for (number, slot) in slots.iter().enumerate() {
            let from = (number + round) % 2;
            let call = pair.ends[from].call_place(pair.channel(from, *slot), "4711").expect("a free channel");
            placed.push((from, call));
        }
        pair.pass_ms(1500);
        for end in 0..2 {
            let offers = pair.told[end].iter().filter_map(|event| match &event.kind {
                EventKind::CallOffered { call, .. } => Some(*call),
                _ => None,
            });
            for call in offers.collect::<Vec<_>>() {
                pair.ends[end].call_answer(call).expect("offered");
            }
        }
        pair.pass_ms(1500);
        for (from, call) in placed {
            assert!(pair.is_answered(from, call), "round {round}");
            pair.ends[from].call_clear(call, Cause::NORMAL_CLEARING).expect("a call");
        }
        pair.pass_ms(1500);
        for end in 0..2 {
            assert_eq!(pair.cleared(end).len(), 30, "round {round}");
            assert_eq!(pair.ends[end].spans().expect("open")[0].calls, 0);
        }
        pair.told = [Vec::new(), Vec::new()];
    }
    // What one end has sent the other has received, of each kind.
    let [user, network] = [USER, NETWORK].map(|end| pair.ends[end].d_channel(0).expect("a D channel"));
    for (near, far) in [(user, network), (network, user)] {
        assert_eq!((near.up, near.frames_dropped), (true, 0));
        assert_eq!(near.calls.sent, far.calls.received);
        assert_eq!((near.calls.calls_made, near.calls.calls_taken), (60, 60));
        assert_eq!(near.calls.released.of(Cause::NORMAL_CLEARING), 120);
        assert_eq!(near.calls.released.total(), 120);
        assert_eq!(near.link.sent.of(FrameKind::I), near.calls.sent.total());
        assert_eq!(near.link.received.of(FrameKind::I), near.calls.received.total());
        assert_eq!(near.heard.frames, near.link.received.total());
        assert_eq!((near.link.established, near.link.outages, near.link.retransmitted_frames), (1, 0, 0));
    }
}

#[test]
fn calls_that_are_over_are_known_for_as_many_calls_as_events_fit_the_queue() {
    let mut pair = Pair::with_engine("event_queue = 16", "", "");
    let mut calls = Vec::new();
    for round in 0..20 {
        let (placed, offered) = pair.connect(USER, 1);
        calls.push((placed, offered));
        pair.ends[USER].call_set_data(placed, &[round]).expect("a call");
        pair.ends[NETWORK].call_clear(offered, Cause::NORMAL_CLEARING).expect("a call");
        pair.pass_ms(300);
        pair.told = [Vec::new(), Vec::new()];
    }
    for (round, (placed, offered)) in calls.into_iter().enumerate() {
        let [near, far] =
            [(USER, placed), (NETWORK, offered)].map(|(end, call)| pair.ends[end].call_info(call));
        if round < 4 {
            assert!(near.is_err() && far.is_err(), "{round}");
            continue;
        }
        let [near, far] = [near, far].map(|info| info.expect("kept"));
        assert_eq!((near.state, near.incoming, far.incoming), (CallState::Cleared, false, true));
        let [near, far] =
            [near, far].map(|info| (info.ended.expect("over"), info.answered.expect("answered")));
        assert_eq!(
            (near.0.cause, near.0.by_far_end, far.0.by_far_end),
            (Cause::NORMAL_CLEARING, true, false)
        );
        assert!(near.1 < near.0.at && far.1 < far.0.at);
        assert_eq!(pair.ends[USER].call_data(placed).ok(), Some(vec![round as u8]));
        let called = pair.ends[NETWORK].call_parties(offered).expect("kept").called;
        assert_eq!(called.number, "4711");
        assert!(pair.ends[USER].call_clear(placed, Cause::NORMAL_CLEARING).is_err(), "over is over");
    }
}

#[test]
fn slips_of_clocks_that_differ_cost_no_frame_of_the_d_channel() {
    for (span, pri) in [("", ""), ("framing = \"t1-esf\"", ", d_channel_56k = true")] {
        let mut pair = Pair::apart(span, pri, 50);
        pair.pass_ms(3000);
        let state = |pair: &Pair, end: usize| {
            let clock = pair.ends[end].span_clock(0).expect("a span");
            let counted = pair.ends[end].performance_of_day(0, End::Near).expect("a span").counts;
            (
                clock.slips_repeated + clock.slips_deleted,
                counted.path_coding_violations + counted.line_coding_violations,
            )
        };
        let before = [USER, NETWORK].map(|end| state(&pair, end));
        let heard = [USER, NETWORK].map(|end| pair.ends[end].d_channel(0).expect("it has one").heard);
        let slots: Vec<u8> = (1..24).filter(|slot| *slot != 16).collect();
        // Both ways the D channel is busy for most of the time.
        for _ in 0..20 {
            let calls: Vec<_> = slots
                .iter()
                .map(|slot| {
                    let from = usize::from(slot % 2);
                    let channel = pair.channel(from, *slot);
                    (from, pair.ends[from].call_place(channel, "47110815123456789").expect("a free channel"))
                })
                .collect();
            pair.pass_ms(450);
            for (from, call) in calls {
                pair.ends[from].call_clear(call, Cause::NORMAL_CLEARING).expect("a call");
            }
            pair.pass_ms(550);
        }
        for end in [USER, NETWORK] {
            let (slips, errors) = state(&pair, end);
            // 50 ppm are a frame in 2.5 s.
            assert!((7..=9).contains(&(slips - before[end].0)), "end {end}: {slips} slips");
            assert_eq!(errors, before[end].1, "end {end}");
            let now = pair.ends[end].d_channel(0).expect("it has one");
            let good = HdlcCounters { frames: now.heard.frames, ..heard[end] };
            assert_eq!((now.heard, now.frames_dropped), (good, 0), "end {end}");
            assert!(now.heard.frames - heard[end].frames > 20 * 22 * 4, "end {end}: {:?}", now.heard);
            let ups =
                pair.told[end].iter().filter(|event| matches!(event.kind, EventKind::LinkChanged { .. }));
            assert_eq!(ups.count(), 1, "end {end}: the link stayed");
            assert!(pair.ends[end].d_channel(1).is_err(), "there is no such span");
        }
    }
}

#[test]
fn what_happened_just_before_is_written_as_a_capture() {
    use tandem_isdn::Side;
    use tandem_isdn::capture::CaptureReader;
    let mut pair = Pair::up("", ", restart = false");
    let (call, _) = pair.connect(USER, 5);
    pair.ends[USER].call_clear(call, Cause::NORMAL_CLEARING).expect("a call");
    pair.pass_ms(300);
    let path = std::env::temp_dir().join(format!("tandem-trace-{}.pcap", std::process::id()));
    let seen = [USER, NETWORK].map(|end| {
        pair.ends[end].write_trace(0, &path).expect("a file");
        let file = std::fs::read(&path).expect("written");
        let frames = CaptureReader::new(&file).expect("a capture").map(|frame| frame.expect("whole"));
        frames.map(|seen| (seen.sender(), seen.frame.to_vec())).collect::<Vec<_>>()
    });
    // The I frames of a call: SETUP, CALL PROCEEDING, CONNECT, CONNECT ACKNOWLEDGE, DISCONNECT, RELEASE, RELEASE COMPLETE.
    let messages = |frames: &[(Side, Vec<u8>)]| -> Vec<(Side, u8)> {
        let numbered =
            frames.iter().filter(|(_, frame)| frame.get(2).is_some_and(|control| control & 1 == 0));
        numbered.map(|(sender, frame)| (*sender, frame[8])).collect()
    };
    let (user, network) = (Side::User, Side::Network);
    let expected = [
        (user, 0x05),
        (network, 0x02),
        (network, 0x07),
        (user, 0x0f),
        (user, 0x45),
        (network, 0x4d),
        (user, 0x5a),
    ];
    assert_eq!([messages(&seen[USER]), messages(&seen[NETWORK])], [expected, expected]);
    assert!(pair.ends[USER].write_trace(1, &path).is_err(), "there is no such span");
    assert!(pair.ends[USER].write_trace(0, &path.join("x")).is_err(), "no such folder");
    std::fs::remove_file(path).expect("it was there");
}

#[test]
fn a_number_may_be_dialled_digit_by_digit() {
    for (complete, wait_ms) in [(true, 500), (false, 16_000)] {
        let mut pair = Pair::up("", "");
        let options = PlaceOptions { more_digits_follow: true, ..PlaceOptions::default() };
        let channel = pair.channel(USER, 2);
        let call = pair.ends[USER].call_place_with(channel, "", &options).expect("a free channel");
        // Before the far end has said that it wants more, and one by one afterwards.
        pair.ends[USER].call_more_digits(call, "4", false).expect("kept");
        pair.pass_ms(300);
        assert_eq!(pair.stages(USER), [CallStage::MoreDigitsWanted]);
        for digit in ["7", "1"] {
            pair.ends[USER].call_more_digits(call, digit, false).expect("wanted");
            pair.pass_ms(400);
        }
        assert!(!pair.heard(NETWORK, |kind| matches!(kind, EventKind::CallOffered { .. })));
        pair.ends[USER].call_more_digits(call, "1", complete).expect("wanted");
        pair.pass_ms(wait_ms);
        let (offered, _, called) = pair.offered(NETWORK);
        assert_eq!(called, "4711", "complete by the caller: {complete}, else by T302");
        assert!(pair.ends[USER].call_more_digits(call, "9", false).is_err(), "the number is complete");
        pair.ends[NETWORK].call_answer(offered).expect("offered");
        pair.pass_ms(300);
        assert!(pair.is_answered(USER, call));
    }
}

#[test]
fn subaddresses_and_who_was_called_first_go_with_the_call_and_screening_and_location_are_told() {
    let mut pair = Pair::up("", "");
    let nsap = |octets: &[u8]| Subaddress { kind: 0, odd: false, octets: octets.to_vec() };
    let calling = Party {
        number: "5551234".into(),
        subaddress: Some(Box::new(nsap(b"\x50desk 7"))),
        ..Party::default()
    };
    let original = Party { number: "800".into(), reason: 1, ..Party::default() };
    let redirecting = Party { number: "900".into(), reason: 15, ..Party::default() };
    let own = Subaddress { kind: 2, odd: true, octets: vec![0x12, 0x30] };
    let options = PlaceOptions {
        called_subaddress: Some(own.clone()),
        calling: Some(calling.clone()),
        redirecting: Some(redirecting.clone()),
        original_called: Some(original.clone()),
        ..PlaceOptions::default()
    };
    let channel = pair.channel(USER, 3);
    let placed = pair.ends[USER].call_place_with(channel, "4711", &options).expect("a free channel");
    pair.pass_ms(300);
    let (offered, ..) = pair.offered(NETWORK);
    for (end, call) in [(USER, placed), (NETWORK, offered)] {
        let parties = pair.ends[end].call_parties(call).expect("a call");
        assert_eq!(parties.called.subaddress.as_deref(), Some(&own));
        assert_eq!(parties.calling, Some(calling.clone()));
        assert_eq!(
            (parties.original_called, parties.redirecting),
            (Some(original.clone()), Some(redirecting.clone()))
        );
    }
    let connected =
        Party { number: "4712".into(), subaddress: Some(Box::new(nsap(b"\x50desk 8"))), ..Party::default() };
    let answer = AnswerOptions { connected: Some(connected.clone()), ..AnswerOptions::default() };
    pair.ends[NETWORK].call_answer_with(offered, &answer).expect("offered");
    pair.pass_ms(300);
    assert_eq!(pair.ends[USER].call_parties(placed).expect("a call").connected, Some(connected));
    pair.ends[NETWORK].call_clear(offered, Cause::USER_BUSY).expect("a call");
    pair.pass_ms(300);
    // The network is the local one, and what we clear ourselves has no location of the far end.
    let location =
        |end: usize, call| pair.ends[end].call_info(call).expect("known still").ended.map(|end| end.location);
    assert!(
        location(USER, placed).is_some_and(|location| location.is_some()),
        "{:?}",
        location(USER, placed)
    );
    let too_long = PlaceOptions { called_subaddress: Some(nsap(&[0; 21])), ..PlaceOptions::default() };
    let refused = pair.ends[USER].call_place_with(channel, "4711", &too_long);
    assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
}

#[test]
fn a_span_taken_out_of_use_by_order_clears_its_calls_at_once() {
    let mut pair = Pair::up("", "");
    pair.connect(USER, 4);
    pair.ends[USER].line_order(0, tandem_engine::LineOrder::SendAis(true)).expect("it can");
    pair.pass_ms(300);
    assert_eq!(pair.cleared(USER), [(27, false)]);
}
