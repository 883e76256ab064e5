//! Recordings through the interface: one channel says what the far end of another records.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::caller::CallerFactory;
use common::{Directory, c, channel, ok, sized, text_of, wait_for};
use std::ptr::null;
use std::sync::Once;
use tandem_bindings::*;

struct Line {
    engine: u64,
    near: u64,
    far: u64,
    directory: Directory,
}

impl Line {
    /// Two cards back to back, without signalling, and recordings in a directory of its own.
    fn new(name: &str) -> Self {
        Self::with(name, "")
    }

    /// With more in the section of recordings, and somebody who calls on a third card.
    fn with(name: &str, section: &str) -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| tandem::register_factory(Box::new(CallerFactory)));
        let directory = Directory::new(name);
        let card = "[[card]]\nmodel = \"loop\"\noptions = { pair = \"a\" }\n";
        let span = |card| format!("[[span]]\ncard = {card}\nport = 0\nsignalling = \"none\"\n");
        let recording = format!("[recording]\ndirectory = {:?}\nformat = \"g711\"\n{section}", directory.0);
        let caller = match section {
            "" => "",
            _ => "[[card]]\nmodel = \"caller\"\n[[span]]\ncard = 2\nport = 0\nem = { digits = 4 }\n",
        };
        let (first, second) = (span(0), span(1));
        let engine = common::open(&format!(
            "[engine]\nmode = \"lockstep\"\n{card}{card}{first}{second}{caller}{recording}"
        ));
        let line = Self { engine, near: channel(engine, 0, 1), far: channel(engine, 1, 1), directory };
        line.pass(10); // until what is sent fills the line
        line
    }

    fn pass(&self, ms: u64) {
        ok(unsafe { tandem_engine_advance(self.engine, ms * 8) });
    }

    /// Has this said for so many milliseconds.
    fn say(&self, sample: i16, ms: usize) -> u64 {
        let (samples, mut play) = (vec![sample; ms * 8], 0);
        ok(unsafe {
            tandem_play_samples(self.engine, self.near, samples.as_ptr(), samples.len(), null(), &mut play)
        });
        play
    }

    fn record(&self, name: &str, options: tandem_record_options) -> u64 {
        let (path, mut record) = (c(name), 0);
        ok(unsafe {
            tandem_record_with(self.engine, self.far, path.as_ptr(), &options, null(), &mut record)
        });
        record
    }

    fn stop(&self, record: u64) -> tandem_event {
        ok(unsafe { tandem_operation_stop(self.engine, record) });
        let event = wait_for(self.engine, TANDEM_EVENT_RECORD_DONE);
        assert_eq!((event.operation, event.object), (record, self.far));
        event
    }

    fn octets(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.directory.file(name)).expect("a recording")[512..].to_vec()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        ok(unsafe { tandem_engine_close(self.engine) });
    }
}

/// What the far end says, and nothing else.
fn received() -> tandem_record_options {
    tandem_record_options { sides: TANDEM_RECORD_RECEIVED, ..sized() }
}

#[test]
fn what_is_said_while_a_recording_rests_is_not_in_it() {
    let line = Line::new("c-rest");
    let record = line.record("rest.wav", received());
    let state = || {
        let mut state: tandem_record_state = sized();
        ok(unsafe { tandem_record_get_state(line.engine, record, &mut state) });
        (state.recorded_ms, state.paused, state.ending)
    };
    line.say(1008, 100);
    line.pass(200);
    assert_eq!(state(), (200, 0, 0));
    // Twice is as once.
    for _ in 0..2 {
        ok(unsafe { tandem_operation_pause(line.engine, record, 1) });
    }
    line.say(8064, 100);
    line.pass(300);
    assert_eq!(state(), (200, 1, 0));
    ok(unsafe { tandem_operation_pause(line.engine, record, 0) });
    line.say(2016, 50);
    line.pass(60);
    ok(unsafe { tandem_operation_pause(line.engine, record, 0) });
    line.pass(40);
    assert_eq!(state(), (300, 0, 0));
    let play = line.say(0, 10);
    let mut wrong: tandem_record_state = sized();
    assert_eq!(unsafe { tandem_record_get_state(line.engine, play, &mut wrong) }, TANDEM_E_STATE);
    ok(unsafe { tandem_operation_stop(line.engine, record) });
    assert_eq!(state(), (300, 0, 1));
    let event = wait_for(line.engine, TANDEM_EVENT_RECORD_DONE);
    assert_eq!((event.length_ms, event.gap_ms, event.reason), (300, 0, TANDEM_END_STOPPED as i32));
    let octets = line.octets("rest.wav");
    let count = |octet: u8| octets.iter().filter(|other| **other == octet).count();
    // 1008, 8064 and 2016 in A-law.
    assert_eq!((octets.len(), count(0xfa), count(0x8a), count(0xea)), (2400, 800, 0, 400));
    assert_eq!(unsafe { tandem_operation_pause(line.engine, record, 1) }, TANDEM_E_STALE);
}

#[test]
fn a_recording_is_appended_and_says_where_it_begins() {
    let line = Line::new("c-append");
    let options = tandem_record_options { append: 1, ..received() };
    for (from, length) in [(0, 200), (200, 100), (300, 50)] {
        let record = line.record("append.wav", options);
        line.pass(length);
        let now = frame(line.engine);
        let event = line.stop(record);
        assert_eq!((event.value, event.length_ms), (from, length));
        assert_eq!(event.start, now - length * 8);
    }
    assert_eq!(line.octets("append.wav").len(), 350 * 8);
    let other = tandem_record_options { sides: TANDEM_RECORD_APART, ..options };
    let (path, mut record) = (c("append.wav"), 0);
    let refused =
        unsafe { tandem_record_with(line.engine, line.far, path.as_ptr(), &other, null(), &mut record) };
    assert_eq!(refused, TANDEM_E_FILE);
    assert!(common::problem().contains("same format and channels"), "{}", common::problem());
}

#[test]
fn each_full_file_of_a_recording_is_told() {
    let line = Line::new("c-segments");
    let record = line.record("part.wav", tandem_record_options { segment_seconds: 1, ..received() });
    let began = frame(line.engine);
    for number in [1, 2] {
        let event = wait_for(line.engine, TANDEM_EVENT_RECORD_SEGMENT);
        assert_eq!((event.operation, event.object, event.value), (record, line.far, number));
        assert_eq!((event.length_ms, event.gap_ms), (1_000, 0));
        assert_eq!(event.start, began + (number as u64 - 1) * 8_000);
        assert_eq!(text_of(&event), line.directory.file(&format!("part-000{number}.wav")));
    }
    let event = line.stop(record);
    assert_eq!((text_of(&event), event.start), (line.directory.file("part-0003.wav"), began + 16_000));
    assert_eq!(line.octets("part-0002.wav").len(), 8_000);
}

#[test]
fn a_message_ends_with_its_last_words() {
    let line = Line::new("c-trim");
    let terms = tandem_terms { silence_ms: 1_000, ..sized() };
    let record = |name, trim| {
        let (path, mut record) = (c(name), 0);
        let options = tandem_record_options { trim, ..received() };
        ok(unsafe {
            tandem_record_with(line.engine, line.far, path.as_ptr(), &options, &terms, &mut record)
        });
        record
    };
    let [trimmed, whole] = [record("trimmed.wav", 1), record("whole.wav", 0)];
    // Syllables of 180 ms.
    let loudness = |n: usize| 0.55 - 0.45 * (n as f64 / 1440.0 * std::f64::consts::TAU).cos();
    let words: Vec<i16> =
        (0..8_640).map(|n| (9_000.0 * loudness(n)) as i16 * if n / 25 % 2 == 0 { 1 } else { -1 }).collect();
    let mut play = 0;
    ok(unsafe {
        tandem_play_samples(line.engine, line.near, words.as_ptr(), words.len(), null(), &mut play)
    });
    let [first, second] = [(); 2].map(|()| wait_for(line.engine, TANDEM_EVENT_RECORD_DONE));
    let (first, second) = if first.operation == trimmed { (first, second) } else { (second, first) };
    assert_eq!((first.operation, second.operation), (trimmed, whole));
    assert_eq!((first.reason, second.reason), (TANDEM_END_SILENCE as i32, TANDEM_END_SILENCE as i32));
    // 1080 ms of words.
    assert!((1_150..1_350).contains(&first.length_ms), "{}", first.length_ms);
    assert!(second.length_ms >= 1_980, "{}", second.length_ms);
}

fn frame(engine: u64) -> u64 {
    let mut now = 0;
    ok(unsafe { tandem_get_frame(engine, &mut now) });
    now
}

#[test]
fn a_recording_has_what_was_said_before_it_was_asked_for() {
    let line = Line::with("c-before", "pre_roll_ms = 700\n");
    let begin = |channel, before_ms| {
        let (path, mut record) = (c("before.wav"), 0);
        let options = tandem_record_options { before_ms, ..received() };
        let result =
            unsafe { tandem_record_with(line.engine, channel, path.as_ptr(), &options, null(), &mut record) };
        (result, record)
    };
    assert_eq!(begin(line.far, 700).0, TANDEM_E_STATE, "a channel without calls");
    assert_eq!(begin(line.far, 701).0, TANDEM_E_ARGUMENT);
    let offered = wait_for(line.engine, TANDEM_EVENT_CALL_OFFERED);
    ok(unsafe { tandem_call_answer(line.engine, offered.call) });
    line.pass(2_000);
    let now = frame(line.engine);
    let (result, record) = begin(offered.object, 700);
    ok(result);
    line.pass(300);
    ok(unsafe { tandem_operation_stop(line.engine, record) });
    let event = wait_for(line.engine, TANDEM_EVENT_RECORD_DONE);
    assert_eq!((event.length_ms, event.gap_ms, event.start), (1_000, 0, now - 5_600));
}

#[test]
fn each_side_of_a_recording_has_a_volume_of_its_own() {
    let line = Line::new("c-volumes");
    let options = |received_gain, sent_gain, sides| tandem_record_options {
        format: TANDEM_FORMAT_LINEAR16,
        sides,
        received_gain,
        sent_gain,
        ..sized()
    };
    let records = [
        ("plain.wav", options(0, 0, TANDEM_RECORD_APART)),
        ("volumes.wav", options(60, -200, TANDEM_RECORD_APART)),
        ("mixed.wav", options(0, -200, TANDEM_RECORD_MIXED)),
    ]
    .map(|(name, options)| (name, line.record(name, options)));
    line.say(4_032, 200);
    let (samples, mut play) = (vec![8_064; 1_600], 0);
    ok(unsafe {
        tandem_play_samples(line.engine, line.far, samples.as_ptr(), samples.len(), null(), &mut play)
    });
    line.pass(100);
    let middle = |name| {
        let octets = line.octets(name);
        let middle = (octets.len() / 2) & !3;
        [0, 2].map(|at| i16::from_le_bytes([octets[middle + at], octets[middle + at + 1]]))
    };
    for (_, record) in records {
        line.stop(record);
    }
    let near = |sample: i16, wanted: i16| (sample - wanted).abs() <= 2;
    assert_eq!(middle("plain.wav"), [4_032, 8_064]);
    // Twice as much by 6 dB, a tenth by -20.
    let [received, sent] = middle("volumes.wav");
    assert!(near(received, 8_045) && near(sent, 806), "{received} and {sent}");
    let [mixed, _] = middle("mixed.wav");
    assert!(near(mixed, 4_032 + 806), "{mixed}");
}

#[test]
fn of_a_long_silence_only_so_much_is_in_a_recording() {
    let line = Line::new("c-silence");
    let record = line.record("short.wav", tandem_record_options { longest_silence_ms: 600, ..received() });
    line.pass(5_000);
    let event = line.stop(record);
    assert!((560..=640).contains(&event.length_ms), "{}", event.length_ms);
    assert_eq!(event.gap_ms, 0);
}
