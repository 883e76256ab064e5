//! Calls over a primary rate interface: what one end asks of the library, the other is told.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::isdn::{End, Isdn, octets_of};
use common::{Directory, c, ok, sized, text_at, text_of, wait_for};
use tandem_bindings::*;

/// An element of a message that a call has had.
fn element(isdn: &Isdn, end: End, message: u32, codeset: u32, id: u32) -> Result<Vec<u8>, i32> {
    element_of_several(isdn, end, [message, codeset, id, 0])
}

fn element_of_several(isdn: &Isdn, end: End, which: [u32; 4]) -> Result<Vec<u8>, i32> {
    let (mut octets, mut length) = ([0_u8; 64], 0);
    let (room, written) = (octets.as_mut_ptr().cast(), &mut length);
    let [message, codeset, id, which] = which;
    let result = unsafe {
        tandem_call_get_element(isdn.engine, end.call, message, codeset, id, which, room, 64, written)
    };
    if result == TANDEM_OK { Ok(octets[..length].to_vec()) } else { Err(result) }
}

fn party(number: &str) -> tandem_party {
    let mut party = tandem_party { number_type: TANDEM_NUMBER_NATIONAL, ..sized() };
    for (place, digit) in party.number.iter_mut().zip(number.bytes()) {
        *place = digit as _;
    }
    party
}

#[test]
fn a_call_brings_who_calls_and_the_caller_is_told_of_its_way_and_who_answers() {
    let isdn = Isdn::up();
    let mut options = tandem_call_options { calling: party("5550100"), user_user_length: 3, ..sized() };
    options.user_user[..3].copy_from_slice(&[4, b'h', b'i']);
    let mut second = tandem_element { id: 0x6c, length: 4, ..unsafe { std::mem::zeroed() } };
    second.content[..4].copy_from_slice(b"\x21\x8377");
    (options.elements, options.element_count) = (&raw const second, 1);
    let (user, network) = isdn.place_with(9, &options);
    assert_eq!(element_of_several(&isdn, network, [5, 0, 0x6c, 1]), Ok(b"\x21\x8377".to_vec()));
    assert_eq!(element_of_several(&isdn, network, [5, 0, 0x6c, 2]), Err(TANDEM_E_STATE));
    let told = isdn.parties(network);
    assert_eq!(
        (text_at(told.second_calling.number.as_ptr()).as_str(), told.second_calling.screening),
        ("77", 3)
    );
    let calling = told.calling;
    assert_eq!((text_at(calling.number.as_ptr()).as_str(), calling.number_type), ("5550100", 2));
    // User-user, and the calling party number: national, in the plan of E.164; shown; by the user, not screened.
    assert_eq!(element(&isdn, network, 5, 0, 0x7e).as_deref(), Ok(&[4, b'h', b'i'][..]));
    assert_eq!(element(&isdn, network, 5, 0, 0x6c).as_deref(), Ok(&b"\x21\x805550100"[..]));
    assert_eq!(element(&isdn, network, 5, 0, 0x74), Err(TANDEM_E_STATE), "nobody has passed it on");

    let stage = || isdn.told(user, TANDEM_EVENT_CALL_PROGRESS).value as u32;
    // What a host that has seen none of these events knows all the same, of either end.
    let progress = |of: &End| {
        let mut info = sized::<tandem_call_info>();
        ok(unsafe { tandem_call_get_info(isdn.engine, of.call, &mut info) });
        info.progress
    };
    assert_eq!(stage(), TANDEM_STAGE_PROCEEDING);
    assert_eq!((progress(&user), progress(&network)), (TANDEM_PROGRESS_PROCEEDING, 0));
    ok(unsafe { tandem_call_progress(isdn.engine, network.call) });
    assert_eq!(stage(), TANDEM_STAGE_PROGRESS);
    let in_band = TANDEM_PROGRESS_IN_BAND;
    assert_eq!((progress(&user), progress(&network)), (TANDEM_PROGRESS_PROCEEDING | in_band, in_band));
    ok(unsafe { tandem_call_alert(isdn.engine, network.call) });
    assert_eq!(stage(), TANDEM_STAGE_ALERTING);
    let alerting = in_band | TANDEM_PROGRESS_ALERTING;
    assert_eq!((progress(&user), progress(&network)), (TANDEM_PROGRESS_PROCEEDING | alerting, alerting));
    let mut answer = tandem_answer_options { connected: party("4712"), user_user_length: 2, ..sized() };
    answer.user_user[..2].copy_from_slice(&[4, b'!']);
    ok(unsafe { tandem_call_answer_with(isdn.engine, network.call, &answer) });
    isdn.told(user, TANDEM_EVENT_CALL_ANSWERED);
    assert_eq!(text_at(isdn.parties(user).connected.number.as_ptr()), "4712");
    assert_eq!(element(&isdn, user, 7, 0, 0x7e).as_deref(), Ok(&[4, b'!'][..]));
}

#[test]
fn digits_of_a_number_follow_one_by_one() {
    let isdn = Isdn::up();
    let options = tandem_call_options { incomplete: 1, ..sized() };
    let (mut call, channel) = (0, isdn.channel(0, 2));
    ok(unsafe { tandem_call_place_with(isdn.engine, channel, c("4").as_ptr(), &options, &mut call) });
    let wanted = isdn.told(End { call, channel }, TANDEM_EVENT_CALL_PROGRESS);
    assert_eq!(wanted.value as u32, TANDEM_STAGE_MORE_DIGITS);
    for (digits, complete) in [("7", 0), ("11", 1)] {
        ok(unsafe { tandem_call_more_digits(isdn.engine, call, c(digits).as_ptr(), complete) });
    }
    let more = unsafe { tandem_call_more_digits(isdn.engine, call, c("9").as_ptr(), 1) };
    assert_eq!(more, TANDEM_E_STATE, "the number is complete");
    let offered = wait_for(isdn.engine, TANDEM_EVENT_CALL_OFFERED);
    assert_eq!(text_of(&offered), "4711");
}

#[test]
fn elements_go_with_the_next_message_about_a_call_and_with_no_other() {
    let isdn = Isdn::up();
    let (user, network) = isdn.place(4);
    let mut ours = tandem_element { codeset: 6, id: 0x55, length: 3, ..unsafe { std::mem::zeroed() } };
    ours.content[..3].copy_from_slice(b"own");
    ok(unsafe { tandem_call_set_elements(isdn.engine, network.call, &ours, 1) });
    ok(unsafe { tandem_call_alert(isdn.engine, network.call) });
    ok(unsafe { tandem_call_answer(isdn.engine, network.call) });
    isdn.told(user, TANDEM_EVENT_CALL_ANSWERED);
    assert_eq!(element(&isdn, user, 1, 6, 0x55).as_deref(), Ok(&b"own"[..]), "ALERTING");
    assert_eq!(element(&isdn, user, 7, 6, 0x55), Err(TANDEM_E_STATE), "CONNECT");
}

#[test]
fn a_call_is_held_and_given_back_and_both_ends_are_told() {
    let isdn = Isdn::up();
    let (user, network) = isdn.connect(5);
    let hold = |end| isdn.told(end, TANDEM_EVENT_CALL_HOLD).value as u32;
    ok(unsafe { tandem_call_hold(isdn.engine, user.call) });
    assert_eq!((hold(network), hold(user)), (TANDEM_HOLD_FOR_FAR_END, TANDEM_HOLD_HELD));
    let held = |of: &End| {
        let mut info = sized::<tandem_call_info>();
        ok(unsafe { tandem_call_get_info(isdn.engine, of.call, &mut info) });
        info.progress & (TANDEM_PROGRESS_HELD | TANDEM_PROGRESS_HELD_FOR_FAR_END)
    };
    assert_eq!((held(&user), held(&network)), (TANDEM_PROGRESS_HELD, TANDEM_PROGRESS_HELD_FOR_FAR_END));
    ok(unsafe { tandem_call_retrieve(isdn.engine, user.call) });
    assert_eq!((hold(network), hold(user)), (TANDEM_HOLD_BACK_FOR_FAR_END, TANDEM_HOLD_RETRIEVED));
    assert_eq!((held(&user), held(&network)), (0, 0));
}

#[test]
fn a_transfer_joins_two_calls_tells_it_and_can_be_taken_back() {
    let isdn = Isdn::up();
    let ((first, _), (second, far)) = (isdn.connect(5), isdn.connect(7));
    let transfer = |to| unsafe { tandem_call_transfer(isdn.engine, first.call, to) };
    assert_eq!(transfer(0), TANDEM_E_STATE, "there is none");
    ok(transfer(second.call));
    let told = isdn.told(first, TANDEM_EVENT_CALL_TRANSFERRED);
    assert_eq!((told.start, told.reason as u32, told.value), (second.call, TANDEM_END_FINISHED, 0));
    ok(transfer(0));
    let (third, rejected) = isdn.place(9);
    ok(transfer(third.call));
    ok(unsafe { tandem_call_clear(isdn.engine, rejected.call, 21) });
    let told = isdn.told(first, TANDEM_EVENT_CALL_TRANSFERRED);
    assert_eq!((told.start, told.reason as u32, told.value), (third.call, TANDEM_END_FAILED, 21));
    ok(transfer(second.call));
    ok(unsafe { tandem_call_clear(isdn.engine, far.call, 16) });
    assert_eq!(isdn.told(first, TANDEM_EVENT_CALL_CLEARED).value, 16);
}

#[test]
fn what_an_end_tells_the_other_during_a_call_arrives_octet_by_octet() {
    let isdn = Isdn::up();
    let (user, network) = isdn.connect(6);
    for (from, to, kind, octets) in [
        (user, network, TANDEM_INFORMATION_NOTIFICATION, &[0][..]),
        (network, user, TANDEM_INFORMATION_NOTIFICATION, &[1]),
        (user, network, TANDEM_INFORMATION_KEYPAD, b"*21#"),
        (user, network, TANDEM_INFORMATION_FACILITY, &[0x91, 0xa1, 0]),
    ] {
        let (place, length) = (octets.as_ptr().cast(), octets.len());
        ok(unsafe { tandem_call_send(isdn.engine, from.call, kind, place, length) });
        let told = isdn.told(to, TANDEM_EVENT_CALL_INFORMATION);
        assert_eq!((told.value as u32, octets_of(&told).as_slice()), (kind, octets));
    }
}

#[test]
fn a_facility_of_no_call_arrives_at_the_span_at_the_other_end() {
    let isdn = Isdn::up();
    let octets = [0x91, 0, 3_u8];
    ok(unsafe { tandem_span_send_facility(isdn.engine, 0, octets.as_ptr().cast(), 3) });
    let told = wait_for(isdn.engine, TANDEM_EVENT_SPAN_FACILITY);
    assert_eq!((told.object, octets_of(&told).as_slice()), (2 << 56 | 1 << 32 | 1, &octets[..]));
}

#[test]
fn what_a_host_keeps_with_a_call_is_given_back_and_replaced_as_a_whole() {
    let isdn = Isdn::up();
    let (user, network) = isdn.place(7);
    let kept = |end: End, room: usize| {
        let (mut octets, mut length) = ([0xa5_u8; 16], 77);
        let place = octets.as_mut_ptr().cast();
        ok(unsafe { tandem_call_get_data(isdn.engine, end.call, place, room, &mut length) });
        (octets, length)
    };
    let keep = |octets: &[u8]| {
        let place = octets.as_ptr().cast();
        ok(unsafe { tandem_call_set_data(isdn.engine, user.call, place, octets.len()) });
    };
    assert_eq!(kept(user, 16), ([0xa5; 16], 0));
    keep(b"account 4711");
    let (octets, length) = kept(user, 16);
    assert_eq!((&octets[..12], &octets[12..], length), (&b"account 4711"[..], &[0xa5; 4][..], 12));
    let (octets, length) = kept(user, 7);
    assert_eq!((&octets[..7], &octets[7..], length), (&b"account"[..], &[0xa5; 9][..], 12), "so much room");
    keep(b"x\0");
    let (octets, length) = kept(user, 16);
    assert_eq!((&octets[..3], length), (&b"x\0\xa5"[..], 2));
    assert_eq!(kept(network, 16).1, 0, "each end has its own");
}

#[test]
fn a_channel_out_of_service_takes_no_call_until_it_is_put_back() {
    let isdn = Isdn::up();
    let near = isdn.channel(0, 3);
    let mut call = 7;
    let mut place = || unsafe { tandem_call_place(isdn.engine, near, c("1").as_ptr(), &mut call) };
    ok(unsafe { tandem_channel_set_service(isdn.engine, near, 0) });
    let told = wait_for(isdn.engine, TANDEM_EVENT_CHANNEL_SERVICE);
    assert_eq!((told.object, told.value as u32), (near, TANDEM_SERVICE_BLOCKED));
    assert_ne!(place(), TANDEM_OK);
    let mut state = sized::<tandem_channel_state>();
    ok(unsafe { tandem_channel_get_state(isdn.engine, near, &mut state) });
    assert_eq!((state.service, state.call), (TANDEM_SERVICE_BLOCKED, 0));
    ok(unsafe { tandem_channel_set_service(isdn.engine, near, 1) });
    let told = wait_for(isdn.engine, TANDEM_EVENT_CHANNEL_SERVICE);
    assert_eq!((told.object, told.value as u32), (near, TANDEM_SERVICE_IN));
    assert_eq!(place(), TANDEM_OK);
    ok(unsafe { tandem_channel_get_state(isdn.engine, near, &mut state) });
    assert_eq!((state.service, state.call), (TANDEM_SERVICE_IN, call));
}

#[test]
fn a_reset_clears_the_call_on_a_channel_at_both_ends() {
    let isdn = Isdn::up();
    let (user, network) = isdn.connect(8);
    ok(unsafe { tandem_channel_reset(isdn.engine, user.channel) });
    let mut over = [0; 2].map(|_| wait_for(isdn.engine, TANDEM_EVENT_CALL_CLEARED).call);
    over.sort_unstable();
    let mut both = [user.call, network.call];
    both.sort_unstable();
    assert_eq!(over, both);
    isdn.pass(500);
    let (again, _) = isdn.connect(8);
    assert!(again.call > user.call, "the channel is idle, and takes the next");
}

#[test]
fn a_reset_of_a_span_clears_the_calls_on_all_its_channels() {
    let isdn = Isdn::up();
    let calls = [isdn.connect(8), isdn.connect(31)];
    ok(unsafe { tandem_span_reset(isdn.engine, 0) });
    let mut over = [0; 4].map(|_| wait_for(isdn.engine, TANDEM_EVENT_CALL_CLEARED).call);
    over.sort_unstable();
    let mut all = [calls[0].0.call, calls[0].1.call, calls[1].0.call, calls[1].1.call];
    all.sort_unstable();
    assert_eq!(over, all);
    isdn.pass(3_000);
    let mut state = sized::<tandem_channel_state>();
    ok(unsafe { tandem_channel_get_state(isdn.engine, isdn.channel(0, 31), &mut state) });
    assert_eq!(state.service, TANDEM_SERVICE_IN);
    assert_eq!(unsafe { tandem_span_reset(isdn.engine, 2) }, TANDEM_E_ARGUMENT);
}

#[test]
fn a_d_channel_is_taken_out_of_service_and_put_back() {
    let isdn = Isdn::up();
    ok(unsafe { tandem_span_set_d_channel_service(isdn.engine, 0, 0) });
    for _ in 0..2 {
        assert_eq!(wait_for(isdn.engine, TANDEM_EVENT_LINK_CHANGED).value, 0);
    }
    isdn.pass(10_000);
    assert_eq!((counted(&isdn, 0).up, counted(&isdn, 1).up), (0, 0));
    ok(unsafe { tandem_span_set_d_channel_service(isdn.engine, 0, 1) });
    for _ in 0..2 {
        assert_eq!(wait_for(isdn.engine, TANDEM_EVENT_LINK_CHANGED).value, 1);
    }
    assert_eq!(unsafe { tandem_span_set_d_channel_service(isdn.engine, 2, 0) }, TANDEM_E_ARGUMENT);
}

fn counted(isdn: &Isdn, span: u32) -> tandem_d_channel {
    let mut counted = sized();
    ok(unsafe { tandem_span_get_d_channel(isdn.engine, span, &mut counted) });
    counted
}

#[test]
fn a_d_channel_counts_the_messages_and_calls_of_both_ends() {
    let isdn = Isdn::up();
    let (user, _) = isdn.connect(1);
    isdn.connect(2);
    ok(unsafe { tandem_call_clear(isdn.engine, user.call, 16) });
    isdn.told(user, TANDEM_EVENT_CALL_CLEARED);
    isdn.pass(500);
    let [near, far] = [0, 1].map(|span| counted(&isdn, span));
    assert_eq!((near.up, far.up, near.established, near.outages), (1, 1, 1, 0));
    assert_eq!((near.calls_made, near.calls_taken, far.calls_made, far.calls_taken), (2, 0, 0, 2));
    // SETUP, CONNECT and DISCONNECT.
    assert_eq!([5, 7, 0x45].map(|message| near.messages_sent[message]), [2, 0, 1]);
    assert_eq!([5, 7, 0x45].map(|message| near.messages_received[message]), [0, 2, 0]);
    assert_eq!(near.messages_sent, far.messages_received);
    assert_eq!((near.released[16], near.bad_fcs, near.bad_elements), (1, 0, 0));
}

/// The frames of a file of libpcap and their number.
fn frames_of(mut pcap: &[u8]) -> Vec<&[u8]> {
    let mut frames = Vec::new();
    while let Some((header, rest)) = pcap.split_at_checked(16) {
        let length = u32::from_le_bytes(header[8..12].try_into().expect("four octets")) as usize;
        frames.push(&rest[..length]);
        pcap = &rest[length..];
    }
    frames
}

#[test]
fn the_frames_of_a_d_channel_are_read_piece_by_piece_as_they_are_in_its_file() {
    let isdn = Isdn::up();
    let read = |after: u64| {
        let (mut octets, mut length, mut last) = (vec![0_u8; 1 << 18], 0, u64::MAX);
        let (place, room) = (octets.as_mut_ptr().cast(), octets.len());
        let engine = isdn.engine;
        ok(unsafe { tandem_span_read_trace(engine, 0, after, place, room, &mut length, &mut last) });
        octets.truncate(length);
        (octets, last)
    };
    let (mut all, before) = read(0);
    assert_eq!(all[..4], [0xd4, 0xc3, 0xb2, 0xa1]);
    isdn.place(4);
    let (more, last) = read(before);
    assert!(last > before);
    let setups = |pcap: &[u8]| {
        frames_of(pcap).iter().filter(|frame| frame.windows(4).any(|octets| octets == b"4711")).count()
    };
    assert_eq!((setups(&all[24..]), setups(&more)), (0, 1), "the called number is in one frame");
    assert_eq!(read(last), (Vec::new(), last));

    let directory = Directory::new("trace");
    let path = directory.file("d.pcap");
    ok(unsafe { tandem_span_write_trace(isdn.engine, 0, c(&path).as_ptr()) });
    all.extend(more);
    assert!(std::fs::read(&path).expect("written") == all);
    let nowhere = c(&directory.file("no/d.pcap"));
    assert_eq!(unsafe { tandem_span_write_trace(isdn.engine, 0, nowhere.as_ptr()) }, TANDEM_E_FILE);
}
