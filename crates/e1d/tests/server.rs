//! The server, asked by raw octets.
mod common;
use common::{Client, E1, joined, message, opened, pass, place};
use tandem_card::{LineCode, LoopCard, SpanConfig, T1Framing};
use tandem_e1d::{Board, Server};
use tandem_rt::sys::{Errno, MessageSocket, StreamEnd};

fn read(end: &StreamEnd) -> Vec<u8> {
    let mut octets = vec![0; 100_000];
    let count = end.receive(&mut octets).unwrap_or(0);
    octets.truncate(count);
    octets
}

fn frame(end: &MessageSocket) -> Option<Vec<u8>> {
    let mut octets = [0; 300];
    end.receive(&mut octets).ok().map(|count| octets[..count].to_vec())
}

#[test]
fn interfaces_lines_and_timeslots_are_listed() {
    let (mut server, path) = joined("listed", 2);
    let client = Client::connect(&mut server, &path);
    let mut asked = |kind, place: [u8; 3]| client.asked(&mut server, kind, place, &[]);
    assert_eq!(asked(0, [255; 3]), [0, 2, 1, 2]);
    assert_eq!(asked(0, [1, 255, 255]), [1, 2]);
    assert_eq!(asked(0, [2, 255, 255]), []);
    assert_eq!(asked(1, [0, 255, 255]), [0, 0x20, 0, 1, 0x20, 0]);
    assert_eq!(asked(1, [1, 1, 255]), [1, 0x20, 0]);
    assert_eq!(asked(1, [1, 2, 255]), []);
    assert_eq!(asked(2, [0, 1, 31]), [31, 0, 0, 0, 0, 0]);
    assert_eq!(asked(2, [0, 1, 32]), []);
    assert_eq!(asked(2, [0, 2, 255]), []);
    let all: Vec<u8> = (0..32).flat_map(|slot| [slot, 0, 0, 0, 0, 0]).collect();
    assert_eq!(asked(2, [0, 0, 255]), all);
    let _open = client.open(&mut server, [0, 0, 5], 0x11, 200);
    assert_eq!(client.asked(&mut server, 2, [0, 0, 5], &[]), [5, 0x11, 0, 200, 0, 0]);
    assert_eq!(server.counters().requests, 12);
    drop(server);
    assert!(!path.exists(), "nothing is left behind");
}

#[test]
fn octets_of_a_raw_timeslot_pass_both_ways_in_buffers_of_the_size_asked_for() {
    let (mut server, path) = joined("raw", 1);
    let client = Client::connect(&mut server, &path);
    let [a, b] = [0, 1].map(|interface| client.open(&mut server, [interface, 0, 5], 0x10, 20).into_stream());
    let idle = client.open(&mut server, [1, 0, 6], 0x10, 20).into_stream();
    pass(&mut server, 2);
    assert_eq!(read(&b), [], "16 are not yet 20");
    pass(&mut server, 3);
    assert_eq!(read(&b), [0xff; 40], "two buffers of idle");
    pass(&mut server, 10);
    for end in [&a, &b, &idle] {
        read(end);
    }
    let said: Vec<u8> = (0..160).map(|n| n as u8).collect();
    let answered: Vec<u8> = said.iter().map(|octet| octet ^ 0xff).collect();
    assert_eq!((a.send(&said), b.send(&answered)), (Ok(160), Ok(160)));
    pass(&mut server, 30);
    for (end, expected) in [(b, said), (a, answered)] {
        let heard = read(&end);
        let begun = heard.windows(160).position(|some| some == expected).expect("all of it, in a piece");
        assert!(heard[..begun].iter().chain(&heard[begun + 160..]).all(|octet| *octet == 0xff));
        assert_eq!(heard.len() % 20, 0);
    }
    assert!(read(&idle).iter().all(|octet| *octet == 0xff), "other timeslots hear nothing of it");
    // Both have closed theirs by now.
    pass(&mut server, 2);
    assert_eq!(server.board().open_slots(), 1);
    let losses = server.board().losses(0, 0).expect("a line");
    assert!((50..100).contains(&losses.unwritten), "what a had to say is over after 20 of 30 ms: {losses:?}");
}

#[test]
fn frames_of_an_hdlc_timeslot_pass_both_ways() {
    let (mut server, path) = joined("hdlc", 1);
    let client = Client::connect(&mut server, &path);
    let [a, b] =
        [0, 1].map(|interface| client.open(&mut server, [interface, 0, 16], 0x11, 1).into_messages());
    let longest = vec![0xff; 264];
    for said in [&b"\x00\x01\x7f"[..], &[0x7e; 40], &longest] {
        a.send(said, None).expect("room");
        b.send(&said[1..], None).expect("room");
    }
    pass(&mut server, 60);
    for (end, skip) in [(&b, 0), (&a, 1)] {
        assert_eq!(frame(end).as_deref(), Some(&b"\x00\x01\x7f"[skip..]));
        assert_eq!(frame(end).as_deref(), Some(&[0x7e; 40][skip..]));
        assert_eq!(frame(end).as_deref(), Some(&longest[skip..]));
        assert_eq!(frame(end), None);
    }
    // Too long for a frame: it goes nowhere, and what follows it goes.
    a.send(&[1; 265], None).expect("room");
    a.send(&[2; 264], None).expect("room");
    pass(&mut server, 60);
    assert_eq!((frame(&b), frame(&b)), (Some(vec![2; 264]), None));
    assert_eq!(server.board().losses(0, 0).expect("a line").too_long, 1);
    drop((a, b));
    pass(&mut server, 1);
    assert_eq!(server.board().open_slots(), 0);
}

#[test]
fn an_hdlc_timeslot_is_what_our_engine_hears_on_a_raw_one() {
    let (mut server, path) = joined("bits", 1);
    let client = Client::connect(&mut server, &path);
    let a = client.open(&mut server, [0, 0, 16], 0x11, 1).into_messages();
    let b = client.open(&mut server, [1, 0, 16], 0x10, 8).into_stream();
    pass(&mut server, 8);
    read(&b);
    // CRC-16/X-25 of "123456789" is 0x906e, sent low octet first; nothing here has five ones in a row.
    a.send(b"123456789", None).expect("room");
    pass(&mut server, 10);
    let heard = read(&b);
    let expected: Vec<u8> = b"123456789\x6e\x90".iter().map(|octet| octet.reverse_bits()).collect();
    assert!(heard.windows(13).any(|some| some[0] == 0x7e && some[1..12] == expected && some[12] == 0x7e));
    let flags = heard.iter().filter(|octet| **octet == 0x7e).count();
    assert_eq!(flags, heard.len() - 11, "flags between frames");
}

#[test]
fn a_superchannel_keeps_its_31_timeslots_in_their_frames() {
    let (mut server, path) = joined("superchannel", 1);
    let client = Client::connect(&mut server, &path);
    for interface in [0, 1] {
        assert_eq!(client.asked(&mut server, 3, [interface, 0, 255], &[0x21]), [0, 0x21, 0]);
    }
    let [a, b] = [0, 1].map(|interface| client.open(&mut server, [interface, 0, 254], 0x10, 1).into_stream());
    let slot = client.open(&mut server, [1, 0, 3], 0x10, 1).into_stream();
    // Frames of 31 octets that say which they are; written in pieces that are none of frames.
    let said: Vec<u8> = (0..200).flat_map(|frame| (1..32).map(move |slot| frame as u8 ^ slot << 3)).collect();
    let mut heard = Vec::new();
    for piece in said.chunks(100) {
        a.send(piece).expect("room");
        pass(&mut server, 1);
        heard.extend(read(&b));
    }
    pass(&mut server, 5);
    heard.extend(read(&b));
    assert_eq!(heard.len() % 31, 0);
    let frames: Vec<&[u8]> =
        heard.chunks(31).filter(|frame| frame.iter().any(|octet| *octet != 0xff && *octet != 0xd5)).collect();
    assert_eq!(frames.concat(), said, "each frame whole and in order, idle ones between");
    assert_eq!(read(&slot), [], "a timeslot by itself does not move in this mode");
    // And HDLC over all of it.
    drop((a, b));
    pass(&mut server, 2);
    let [a, b] =
        [0, 1].map(|interface| client.open(&mut server, [interface, 0, 254], 0x11, 1).into_messages());
    a.send(&[0xa5; 200], None).expect("room");
    pass(&mut server, 5);
    assert_eq!(frame(&b), Some(vec![0xa5; 200]), "264 octets a millisecond");
    // Back again.
    assert_eq!(client.asked(&mut server, 3, [1, 0, 255], &[0x20]), [0, 0x20, 0]);
    pass(&mut server, 5);
    assert_eq!(read(&slot).len(), 40);
    drop(b);
    pass(&mut server, 102);
    assert_eq!(server.board().open_slots(), 2, "that b was closed is seen though it does not move");
}

#[test]
fn what_cannot_be_done_is_answered_with_the_number_of_an_error() {
    let (mut server, path) = joined("refused", 1);
    let client = Client::connect(&mut server, &path);
    let mut fails = |kind, place: [u8; 3], payload: &[u8], errno: u8| {
        let (octets, given) = client.ask(&mut server, kind, place, payload);
        assert_eq!(octets, [0xe1, 1, 8, 0, 0xc0 | (64 - errno), 0, 0, 0], "{kind} {place:?} {payload:?}");
        assert!(given.is_none());
    };
    let raw = [0x10, 0, 8, 0];
    // No such interface, line, timeslot.
    for place in [[2, 0, 1], [0, 1, 1], [0, 0, 32], [0, 0, 0], [0, 0, 253]] {
        fails(4, place, &raw, 19);
    }
    fails(3, [0, 1, 255], &[0x20], 19);
    fails(5, [9, 0, 255], &[0], 19);
    // No such mode, no room to read into, no national bits on this card.
    for config in [[0x00, 0, 8, 0], [0x12, 0, 8, 0], [0x10, 0, 0, 0]] {
        fails(4, [0, 0, 1], &config, 22);
    }
    for mode in [0x00, 0x22, 0x23] {
        fails(3, [0, 0, 255], &[mode], 22);
    }
    fails(5, [0, 0, 255], &[0xf1], 22);
    assert_eq!(server.counters().failures, 14);
    // Somebody has it, until it is taken by force or closed.
    let first = client.open(&mut server, [0, 0, 1], 0x10, 8).into_stream();
    let (octets, given) = client.ask(&mut server, 4, [0, 0, 1], &raw);
    assert_eq!((octets[4], given.is_none()), (0xc0 | (64 - 16), true));
    let (octets, second) = client.ask(&mut server, 4, [0, 0, 1], &[0x10, 0x80, 8, 0]);
    assert_eq!((octets[4], second.is_some(), first.is_closed()), (0x84, true, true));
    drop(second);
    let third = client.open(&mut server, [0, 0, 1], 0x10, 8).into_stream();
    assert!(!third.is_closed());
}

#[test]
fn a_stranger_is_put_out_and_nobody_else_notices() {
    let (mut server, path) = joined("stranger", 1);
    let client = Client::connect(&mut server, &path);
    let slot = client.open(&mut server, [0, 0, 1], 0x10, 8).into_stream();
    let strange: [&[u8]; 9] = [
        b"GET / HTTP/1.1\r\n\r\n",
        b"x",
        &[0xff; 4096],
        // An older version; a wrong length; no such kind; no place; too many places; a payload too much; an event.
        &[0xe1, 0, 8, 0, 0, 255, 255, 255],
        &[0xe1, 1, 9, 0, 0, 255, 255, 255],
        &message(6, [255; 3], &[]),
        &message(2, [0, 255, 255], &[]),
        &message(4, [0, 0, 1], &[0x10, 0, 8]),
        &message(0x40, [0, 0, 0], &[]),
    ];
    for octets in strange {
        let stranger = Client::connect(&mut server, &path);
        stranger.send(octets);
        server.attend_to_all();
        assert!(stranger.take().is_some_and(|(octets, _)| octets.is_empty()), "{octets:x?}: put out");
    }
    assert_eq!((server.counters().malformed, server.counters().requests), (9, 1));
    // One that connects and says nothing, and very many of them.
    let silent: Vec<Client> = (0..300).map(|_| Client::connect(&mut server, &path)).collect();
    assert_eq!(server.counters().refused, 45);
    assert_eq!(client.asked(&mut server, 0, [1, 255, 255], &[]), [1, 1]);
    drop(silent);
    pass(&mut server, 3);
    server.attend_to_all();
    assert_eq!(read(&slot).len(), 24);
    let late = Client::connect(&mut server, &path);
    assert_eq!(late.asked(&mut server, 0, [1, 255, 255], &[]), [1, 1]);
}

#[test]
fn who_does_not_read_loses_its_own_octets_only() {
    let (mut server, path) = joined("unread", 1);
    let client = Client::connect(&mut server, &path);
    let slow = client.open(&mut server, [1, 0, 1], 0x10, 160).into_stream();
    let good = client.open(&mut server, [1, 0, 2], 0x10, 160).into_stream();
    let frames = client.open(&mut server, [1, 0, 3], 0x11, 1).into_messages();
    let source = client.open(&mut server, [0, 0, 3], 0x11, 1).into_messages();
    let (mut heard, mut said) = (0, 0);
    for ms in 0..20_000_usize {
        if ms.is_multiple_of(2) {
            source.send(&[5; 4], None).expect("16 octets of the line are room for it");
            said += 1;
        }
        server.tick();
        heard += read(&good).len();
    }
    assert_eq!(heard, 160_000);
    let lost = server.board().losses(1, 0).expect("a line").unread as usize;
    let left = std::iter::repeat_with(|| read(&slow).len()).take_while(|count| *count > 0).sum::<usize>();
    let whole = std::iter::repeat_with(|| frame(&frames)).take_while(Option::is_some).count();
    assert!(whole > 100 && whole < said, "{whole} of {said}");
    let unread_frames = lost - (160_000 - left - 160);
    assert!(unread_frames.is_multiple_of(4) && unread_frames > 4000, "{lost} {left} {whole}");
    // It goes on where it reads again.
    pass(&mut server, 60);
    assert!(read(&slow).len() >= 320);
}

#[test]
fn a_client_that_does_not_take_events_loses_them_and_others_do_not() {
    let (mut server, path) = joined("untold", 1);
    let deaf = Client::connect(&mut server, &path);
    // What it asks and does not read ends in a full socket, and the connection with it.
    let mut asked = 0;
    while server.counters().requests == asked {
        if deaf.0.send(&message(2, [0, 0, 255], &[]), None).is_err() {
            break;
        }
        asked += 1;
        server.attend(0);
        assert!(asked < 10_000);
    }
    let client = Client::connect(&mut server, &path);
    assert_eq!(client.asked(&mut server, 0, [0, 255, 255], &[]), [0, 1]);
    assert!(asked > 10);
    assert_eq!(deaf.0.send(&message(0, [255; 3], &[]), None), Err(Errno(32)));
}

#[test]
fn out_of_descriptors_it_looks_away_from_who_waits_and_lets_them_in_later() {
    const NAME: &str = "out_of_descriptors_it_looks_away_from_who_waits_and_lets_them_in_later";
    if std::env::var_os("TANDEM_FEW_DESCRIPTORS").is_none() {
        // In a process of its own, which is allowed few.
        let program = std::env::current_exe().expect("a path");
        let status = std::process::Command::new("sh")
            .args(["-c", "ulimit -n 64 && exec \"$0\" --exact \"$1\""])
            .args([program.as_os_str(), NAME.as_ref()])
            .env("TANDEM_FEW_DESCRIPTORS", "1")
            .status();
        return assert!(status.expect("a shell").success());
    }
    let (mut server, path) = joined("few", 1);
    let client = Client(MessageSocket::connect(&path).expect("it listens"));
    let mut files: Vec<_> = std::iter::from_fn(|| StreamEnd::pair().ok()).take(100).collect();
    assert!((10..64).contains(&files.len()));
    // One may be left of an odd number.
    let file = std::fs::File::open("/dev/null").ok();
    (0..50).for_each(|_| server.attend(0));
    assert_eq!(server.counters().unaccepted, 1);
    pass(&mut server, 100);
    server.attend_to_all();
    assert_eq!(server.counters().unaccepted, 2);
    files.clear();
    drop(file);
    pass(&mut server, 100);
    server.attend_to_all();
    assert_eq!(client.asked(&mut server, 0, [1, 255, 255], &[]), [1, 1]);
}

#[test]
fn only_spans_of_e1_are_lines() {
    let t1 = SpanConfig::t1(LineCode::B8zs, T1Framing::Esf, false);
    let with = |spans: &[(usize, usize, SpanConfig)], granule| {
        let card = opened(LoopCard::pair(1, granule).0);
        Board::new(vec![card], spans).map(|board| board.lines()).map_err(|error| error.to_string())
    };
    assert_eq!(with(&[(0, 0, E1)], 8), Ok(1));
    assert!(with(&[(0, 0, t1)], 8).is_err_and(|error| error.contains("E1 only")));
    assert!(with(&[(0, 1, E1)], 8).is_err() && with(&[(1, 0, E1)], 8).is_err());
    assert!(with(&[(0, 0, E1)], 16).is_err(), "more than a millisecond at a time");
    let (server, path) = joined("taken", 1);
    let board = Board::new(Vec::new(), &[]).expect("an empty one");
    assert!(Server::new(board, &path).is_err(), "somebody listens there");
    drop(server);
    assert!(!place("unused").exists());
}
