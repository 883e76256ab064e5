//! A host gone wild: any row of calls of the C interface, in any order, with any handles.
#![allow(unsafe_code)] // the functions take pointers

use crate::Source;
use std::collections::BTreeMap;
use std::ffi::{CString, c_char, c_void};
use std::ptr::{null, null_mut};
use tandem::bridge::{
    tandem_bridge_free, tandem_bridge_get_party, tandem_bridge_join, tandem_bridge_join_with,
    tandem_bridge_leave, tandem_bridge_limit_talkers, tandem_bridge_list, tandem_bridge_moderate,
    tandem_bridge_new, tandem_bridge_set_terms, tandem_connect, tandem_monitor,
};
use tandem::call::{
    tandem_call_alert, tandem_call_analyse, tandem_call_answer, tandem_call_answer_with, tandem_call_clear,
    tandem_call_get_data, tandem_call_get_element, tandem_call_get_info, tandem_call_get_parties,
    tandem_call_hold, tandem_call_list, tandem_call_more_digits, tandem_call_place, tandem_call_place_in,
    tandem_call_place_with, tandem_call_progress, tandem_call_retrieve, tandem_call_send,
    tandem_call_set_data, tandem_call_set_elements, tandem_call_set_interaction, tandem_call_set_user,
    tandem_call_transfer, tandem_tap_get_call,
};
use tandem::cards::tandem_card_register;
use tandem::engine::{tandem_engine_advance, tandem_engine_close, tandem_engine_open, tandem_engine_reload};
use tandem::event::tandem_event_wait;
use tandem::frames::{tandem_span_get_frame_counts, tandem_span_read_frame, tandem_span_send_frame};
use tandem::info::{
    tandem_alarm_get, tandem_card_get_info, tandem_channel_find, tandem_channel_get_bits,
    tandem_channel_get_state, tandem_channel_reset, tandem_channel_send_bits, tandem_channel_set_service,
    tandem_get_statistics, tandem_get_time, tandem_group_get_statistics, tandem_span_get_info,
    tandem_span_get_performance, tandem_span_reset,
};
use tandem::lines::{
    tandem_channel_attend, tandem_channel_cancel_echo, tandem_channel_conceal, tandem_channel_hide_digits,
    tandem_channel_listen, tandem_channel_shape, tandem_clock_get, tandem_line_test_get,
    tandem_line_test_insert_errors, tandem_line_test_start, tandem_line_test_stop, tandem_span_command_loop,
    tandem_span_get_clock, tandem_span_get_d_channel, tandem_span_get_sa_bits, tandem_span_insert_error,
    tandem_span_loop, tandem_span_obey_loops, tandem_span_read_trace, tandem_span_send_alarm,
    tandem_span_send_facility, tandem_span_send_loop_code, tandem_span_send_sa_bits,
    tandem_span_set_d_channel_service, tandem_test_tone,
};
use tandem::operation::{
    tandem_collect, tandem_digits_clear, tandem_digits_peek, tandem_operation_pause, tandem_operation_stop,
    tandem_record_get_state, tandem_record_with,
};
use tandem::play::{
    tandem_play_adjust, tandem_play_get_state, tandem_play_list, tandem_play_samples, tandem_play_seek,
};
use tandem::queue::{
    tandem_channel_set_queue, tandem_get_frame, tandem_operation_wait, tandem_pair_free, tandem_pair_new,
    tandem_queue_fd, tandem_queue_free, tandem_queue_new, tandem_queue_wait, tandem_timer_start,
    tandem_timer_stop,
};
use tandem::stream::{
    tandem_play_stream, tandem_play_stream_with, tandem_stream, tandem_stream_end, tandem_stream_read,
    tandem_stream_read_portion, tandem_stream_write, tandem_stream_write_noise,
};
use tandem::tones::{tandem_tone_define, tandem_tone_remove};
use tandem::types::{
    Alarm, AnalysisOptions, AnswerOptions, BridgeParty, BridgeTerms, CallInfo, CallOptions, CallParties,
    Card, CardInfo, Changes, ChannelState, Clock, DChannel, EchoTerms, Element, Event, FrameCounts,
    GroupStatistics, Levels, LineTest, Performance, Piece, PlayOptions, PlayState, PlayStreamOptions,
    RecordOptions, RecordState, Shape, SpanClock, SpanInfo, Statistics, StreamOptions, StreamPortion,
    TapCall, Terms, Time, Tone, ToneStep, VoiceTerms,
};

/// An engine whose two spans are joined back to back, so that calls placed on one arrive on the other. Every
/// result is a code of the header and none says that the library is at fault; every call and every operation
/// that was accepted ends in exactly one event; the engine closes.
pub fn abi(data: &[u8]) {
    let mut source = Source(data);
    let mut host = Host::open(source.octet());
    while !source.is_empty() && host.spent_ms < LONGEST_MS {
        host.call(&mut source);
    }
    host.finish();
}

struct Host {
    engine: u64,
    configuration: String,
    channels: Vec<u64>,
    bridges: Vec<u64>,
    operations: Vec<u64>,
    tests: Vec<u64>,
    queues: Vec<u64>,
    timers: Vec<u64>,
    calls: Vec<u64>,
    /// Calls and operations that have begun, and whether they have ended.
    calls_ended: BTreeMap<u64, bool>,
    operations_ended: BTreeMap<u64, bool>,
    last_seq: u64,
    /// Virtual time that has passed, as far as the host let it.
    spent_ms: u64,
    recordings: Vec<String>,
}

impl Host {
    fn open(choice: u8) -> Self {
        let queue = if choice & 1 == 0 { 16 } else { 256 };
        let tick = if choice & 2 == 0 { 40 } else { 80 };
        let [near, far] = if choice & 4 == 0 {
            ["", "em = { digits = 2 }"]
        } else {
            ["signalling = \"pri\"", "signalling = \"pri\"\npri = { side = \"network\" }"]
        };
        let text = format!(
            "[engine]\nmode = \"lockstep\"\ntick_frames = {tick}\nevent_queue = {queue}\n\
             [limits]\nplayers = 3\nrecordings = 2\nbridges = 2\nbridge_parties = 3\n\
             [[card]]\nmodel = \"loop\"\noptions = {{ pair = \"p\", granule = {tick}, spans = 2 }}\n\
             [[card]]\nmodel = \"loop\"\noptions = {{ pair = \"p\", granule = {tick}, spans = 2 }}\n\
             [[card]]\nmodel = \"local\"\noptions = {{ granule = {tick} }}\n\
             [[span]]\nport = 0\n{near}\n[[span]]\ncard = 1\nport = 0\n{far}\n\
             [[span]]\ncard = 2\nport = 0\nsignalling = \"none\"\n\
             [[span]]\nport = 1\nsignalling = \"hdlc\"\n[[span]]\ncard = 1\nport = 1\nsignalling = \"hdlc\"\n\
             [[group]]\nname = \"all\"\nspans = [0, 1]\nattempts = 2\n"
        );
        let configuration = text.clone();
        let text = CString::new(text).expect("no zero octet");
        let mut engine = 0;
        // SAFETY: both pointers are valid for the call.
        let result = unsafe { tandem_engine_open(text.as_ptr(), &raw mut engine) };
        assert_eq!(result, 0, "the engine opens");
        // Until the circuits have seen each other on-hook and rested, and D channels are up, no call can be placed.
        assert_eq!(tandem_engine_advance(engine, 3_000 * 8), 0);
        let mut channels = vec![0];
        for (span, slot) in [(0, 1), (0, 2), (1, 1), (1, 2), (1, 16), (9, 1)] {
            let mut channel = 0;
            // SAFETY: the pointer is valid for the call.
            unsafe { tandem_channel_find(engine, span, slot, &raw mut channel) };
            channels.push(channel);
        }
        Self {
            engine,
            configuration,
            channels,
            bridges: vec![0],
            operations: vec![0],
            tests: vec![0],
            queues: vec![0],
            timers: vec![0],
            calls: vec![0],
            calls_ended: BTreeMap::new(),
            operations_ended: BTreeMap::new(),
            last_seq: 0,
            spent_ms: 0,
            recordings: Vec::new(),
        }
    }

    fn call(&mut self, source: &mut Source<'_>) {
        let (what, which, value) = (source.octet(), source.octet(), source.octet());
        let engine = if value == 0xff { self.any(which) } else { self.engine };
        let channel = pick(&self.channels, which);
        let result = match what % 16 {
            0 => self.place(channel, value),
            1 => work_on_call(engine, pick(&self.calls, which), what / 16, value),
            2 => tandem_call_clear(engine, pick(&self.calls, which), u32::from(value & 127)),
            3 | 4 => self.operate(channel, what / 16, value),
            5 => tandem_operation_stop(engine, pick(&self.operations, which)),
            6 => self.new_bridge(),
            7 => tandem_bridge_free(engine, pick(&self.bridges, which)),
            8 => tandem_bridge_join(engine, pick(&self.bridges, value), channel),
            9 if which & 1 == 0 => tandem_bridge_leave(engine, channel),
            9 if which & 2 == 0 => self.change_party(channel, value),
            9 if which & 4 == 0 && value & 8 == 0 => cancel_echo(engine, channel, value),
            9 if which & 4 == 0 => tandem_channel_conceal(engine, channel, u32::from(value & 1)),
            9 => turn(engine, channel, pick(&self.operations, which >> 3), value),
            10 if value & 1 == 1 => {
                tandem_monitor(engine, channel, pick(&self.channels, value), u32::from(what / 16 % 4))
            }
            10 => tandem_connect(engine, channel, pick(&self.channels, value), u32::from(what / 16 % 5)),
            11 => self.ask(which, value),
            12 if value & 3 == 0 => tandem_digits_clear(engine, channel),
            12 if value & 3 == 1 => tandem_channel_set_service(engine, channel, u32::from(value >> 2 & 1)),
            12 if value & 3 == 2 => tandem_channel_reset(engine, channel),
            12 => tandem_operation_stop(engine, self.any(which)),
            13 => self.advance(u64::from(value)),
            14 => self.work_on_lines(what / 16, which, value),
            _ => self.wait(u64::from(value) * 4),
        };
        let at_fault = result == -15 || !(-16..=0).contains(&result);
        assert!(!at_fault, "{result} from {what}, {which}, {value}");
    }

    /// Any handle there is, of whatever kind, or none.
    fn any(&self, which: u8) -> u64 {
        let others = [&self.tests, &self.queues, &self.timers];
        let all =
            [&self.channels, &self.bridges, &self.operations, &self.calls, others[usize::from(which) % 3]];
        pick(all[usize::from(which) % all.len()], which >> 2) ^ u64::from(which >> 7)
    }

    fn place(&mut self, channel: u64, value: u8) -> i32 {
        let number = CString::new(["42", "", "1#", "x", "123456"][usize::from(value) % 5]).expect("no zero");
        let mut call = 0;
        // SAFETY: all octets zero are a valid value.
        let mut options: CallOptions = unsafe { std::mem::zeroed() };
        options.size = size_of::<CallOptions>() as u32;
        options.incomplete = u32::from(value & 1);
        options.called_type = u32::from(value);
        options.calling.number[..3].fill(value as c_char);
        options.user_user_length = u32::from(value);
        let element = element(value);
        options.elements = &raw const element;
        options.element_count = u32::from(value >> 7);
        // SAFETY: the strings and options are valid; the place for the call is valid or NULL.
        let result = unsafe {
            let place = if value == 0xfe { null_mut() } else { &raw mut call };
            match value >> 4 & 3 {
                0 | 1 => tandem_call_place(self.engine, channel, number.as_ptr(), place),
                2 => tandem_call_place_with(self.engine, channel, number.as_ptr(), &raw const options, place),
                _ => {
                    let group = [c"all", c"none", c"\xff"][usize::from(value & 15) % 3];
                    let options = if value & 8 == 0 { null() } else { &raw const options };
                    tandem_call_place_in(self.engine, group.as_ptr(), number.as_ptr(), options, place)
                }
            }
        };
        if result == 0 {
            self.calls.push(call);
            assert_eq!(self.calls_ended.insert(call, false), None, "numbers of calls are never used again");
        }
        result
    }

    fn operate(&mut self, channel: u64, kind: u8, value: u8) -> i32 {
        let mut terms = Terms {
            size: if value == 0xfd { 7 } else { size_of::<Terms>() as u32 },
            any_digit: u32::from(value & 1),
            digits: [0; 20],
            max_digits: u32::from(value >> 1 & 3),
            first_digit_ms: u64::from(value) * 10,
            inter_digit_ms: u64::from(value) * 5,
            max_time_ms: if value & 8 == 0 { 0 } else { u64::from(value) * 4 },
            tones: if value & 16 == 0 { 0 } else { 1 << (value >> 5) << 2 },
            silence_ms: u64::from(value & 3) * 40,
            initial_silence_ms: u64::from(value & 7) * 30,
            max_voice_ms: u64::from(value >> 6) * 70,
            voice: u32::from(value & 64),
            reserved: 0,
        };
        terms.digits[0] = match value & 32 {
            0 => 0,
            _ if value == 0xfc => b'x' as c_char,
            _ => b'#' as c_char,
        };
        let terms = if value & 16 == 0 { null() } else { &raw const terms };
        let samples = [1000_i16; 800];
        let mut operation = 0;
        let place = &raw mut operation;
        // SAFETY: all pointers are valid for the calls, or NULL.
        let result = unsafe {
            match kind % 8 {
                4 => self.play_list(channel, value, terms, place),
                5 if value & 32 == 0 => self.live_stream(channel, value, terms, place),
                5 => tandem_play_stream(self.engine, channel, u32::from(value) * 10, terms, place),
                6 => self.stream(channel, value, terms, place),
                0 => tandem_play_samples(
                    self.engine,
                    channel,
                    samples.as_ptr(),
                    usize::from(value) * 3,
                    terms,
                    place,
                ),
                1 => tandem_collect(self.engine, channel, terms, place),
                2 if self.recordings.len() < 2 => {
                    let path = self.recording_path();
                    let options = RecordOptions {
                        size: size_of::<RecordOptions>() as u32,
                        sides: u32::from(value & 7),
                        format: u32::from(value % 14),
                        target: -i32::from(value),
                        append: u32::from(value & 16),
                        trim: u32::from(value & 32),
                        segment_seconds: u32::from(value & 64) >> 6,
                        before_ms: u32::from(value & 15) * 8,
                        received_gain: i32::from(value) - 128,
                        sent_gain: i32::from(value & 3),
                        longest_silence_ms: u32::from(value & 12) * 100,
                    };
                    let options = if value & 128 == 0 { null() } else { &raw const options };
                    tandem_record_with(self.engine, channel, path.as_ptr(), options, terms, place)
                }
                _ => tandem_collect(self.engine, channel, terms, null_mut()),
            }
        };
        if result == 0 {
            self.operations.push(operation);
            assert_eq!(self.operations_ended.insert(operation, false), None, "a handle that was used before");
        }
        result
    }

    /// A play of pieces, in any way there may be.
    fn play_list(&self, channel: u64, value: u8, terms: *const Terms, place: *mut u64) -> i32 {
        let samples = [value as i16; 300];
        let none =
            Piece { path: null(), samples: null(), count: 0, offset: 0, length: 0, format: 0, reserved: 0 };
        let pieces = [
            // Octets of some format, or as many samples.
            Piece {
                samples: samples.as_ptr(),
                count: u64::from(value),
                format: if value & 16 == 0 { 0 } else { u32::from(value % 13) },
                ..none
            },
            Piece { count: u64::from(value) << (value % 50), ..none },
            Piece {
                path: if value & 1 == 0 { null() } else { c"none.wav".as_ptr() },
                count: 1,
                offset: u64::from(value & 6) << (value % 60),
                length: u64::from(value & 24),
                format: u32::from(value % 13),
                ..none
            },
        ];
        let options = PlayOptions {
            size: size_of::<PlayOptions>() as u32,
            rounds: [0, 1, 3, u32::MAX][usize::from(value & 3)],
            speed_percent: [0, 50, 133, 200, 9][usize::from(value % 5)],
            gain: [0, 60, -100, i32::MIN, 181][usize::from(value / 5 % 5)],
            start_ms: [0, 5, u64::MAX, u64::MAX / 8][usize::from(value % 4)],
        };
        let options = if value & 8 == 0 { null() } else { &raw const options };
        let count = u32::from(value % 4);
        // SAFETY: all pointers are valid for the call, or NULL.
        unsafe { tandem_play_list(self.engine, channel, pieces.as_ptr(), count, options, terms, place) }
    }

    /// A stream of the host, in any way there may be.
    fn live_stream(&self, channel: u64, value: u8, terms: *const Terms, place: *mut u64) -> i32 {
        let options = PlayStreamOptions {
            size: size_of::<PlayStreamOptions>() as u32,
            buffer_ms: [0, 100, 200, u32::MAX][usize::from(value & 3)],
            live_ms: [0, 40, 50, 100, 101, u32::MAX][usize::from(value >> 2) % 6],
        };
        let options = if value & 64 == 0 { null() } else { &raw const options };
        // SAFETY: all pointers are valid for the call, or NULL.
        unsafe { tandem_play_stream_with(self.engine, channel, options, terms, place) }
    }

    /// A stream to the host, in any way there may be.
    fn stream(&self, channel: u64, value: u8, terms: *const Terms, place: *mut u64) -> i32 {
        let options = StreamOptions {
            size: size_of::<StreamOptions>() as u32,
            side: u32::from(value & 3),
            each_ms: u32::from(value) * 4,
            buffer_ms: u32::from(value) * 300,
            waits_for_voice: u32::from(value & 4),
            before_voice_ms: u32::from(value) * 50,
            suppress: u32::from(value & 16),
        };
        let options = if value & 8 == 0 { null() } else { &raw const options };
        // SAFETY: all pointers are valid for the call, or NULL.
        unsafe { tandem_stream(self.engine, channel, options, terms, place) }
    }

    fn recording_path(&mut self) -> CString {
        let name = format!("tandem-fuzz-{}-{}.wav", std::process::id(), self.recordings.len());
        let path = std::env::temp_dir().join(name).to_string_lossy().into_owned();
        let _ = std::fs::remove_file(&path);
        self.recordings.push(path.clone());
        CString::new(path).expect("no zero octet")
    }

    fn new_bridge(&mut self) -> i32 {
        let mut bridge = 0;
        // SAFETY: the pointer is valid for the call.
        let result = unsafe { tandem_bridge_new(self.engine, &raw mut bridge) };
        if result == 0 {
            self.bridges.push(bridge);
        }
        result
    }

    /// How a channel takes part in a bridge, in any way there may be.
    fn change_party(&self, channel: u64, value: u8) -> i32 {
        let (engine, number) = (self.engine, value >> 2);
        let bridge = pick(&self.bridges, number);
        let terms = BridgeTerms {
            size: size_of::<BridgeTerms>() as u32,
            role: u32::from(number % 5),
            pupil: pick(&self.channels, number / 5),
            gain: [0, 60, -100, i32::MAX, i32::MIN, 181][usize::from(number % 6)],
            muted: u32::from(number % 7 == 0),
            moderator: u32::from(number % 3 == 0),
            reserved: 0,
        };
        match value & 3 {
            // SAFETY: the pointers are valid for the call; all octets zero are a valid value.
            0 => unsafe { tandem_bridge_join_with(engine, bridge, channel, &raw const terms) },
            // SAFETY: as above.
            1 => unsafe { tandem_bridge_set_terms(engine, channel, &raw const terms) },
            2 if number & 1 == 0 => tandem_bridge_limit_talkers(engine, bridge, u32::from(number)),
            2 => tandem_bridge_moderate(engine, bridge, u32::from(number >> 1 & 1)),
            // SAFETY: as above.
            _ => unsafe {
                let mut party: BridgeParty = std::mem::zeroed();
                party.size = size_of::<BridgeParty>() as u32;
                let (mut listed, mut count) = ([0; 4], 0);
                let room = u32::from(value & 3);
                tandem_bridge_list(engine, bridge, listed.as_mut_ptr(), room, &raw mut count);
                let (mut digits, mut length) = ([0; 8], 0);
                let room = usize::from(value & 7);
                tandem_digits_peek(engine, channel, digits.as_mut_ptr(), room, &raw mut length);
                tandem_bridge_get_party(engine, channel, &raw mut party)
            },
        }
    }

    /// Loops, errors, alarms, line tests and test tones.
    fn work_on_lines(&mut self, what: u8, which: u8, value: u8) -> i32 {
        let (engine, index, number) = (self.engine, u32::from(which & 3), u32::from(value >> 4));
        let test = pick(&self.tests, which);
        // SAFETY: all octets zero are a valid value.
        let mut found: LineTest = unsafe { std::mem::zeroed() };
        found.size = if value == 0xfd { 7 } else { size_of::<LineTest>() as u32 };
        match what {
            0 => tandem_span_loop(engine, index, number),
            1 => tandem_span_insert_error(engine, index, number),
            2 if value & 2 == 0 => tandem_span_send_alarm(engine, index, number & 3, u32::from(value & 1)),
            2 => tandem_span_send_sa_bits(engine, index, u32::from(value >> 2)),
            3 => match value & 3 {
                0 => tandem_span_command_loop(engine, index, number),
                1 => tandem_span_send_loop_code(engine, index, number),
                _ => tandem_span_obey_loops(engine, index, number & 3),
            },
            4..=6 => self.start_line_test(index, u32::from(value & 15) << (which >> 3), number),
            7 => tandem_line_test_insert_errors(engine, test, u32::from(value) << (which >> 3)),
            // SAFETY: the pointer is valid for the call.
            8 | 9 => unsafe { tandem_line_test_get(engine, test, &raw mut found) },
            // SAFETY: as above.
            10 | 11 => unsafe { tandem_line_test_stop(engine, test, &raw mut found) },
            12 => tandem_test_tone(engine, pick(&self.channels, which), number & 3),
            13 if value & 1 == 0 => tandem_channel_listen(engine, pick(&self.channels, which), number & 0x7f),
            13 if value & 2 == 0 => self.define_tone(index, value),
            13 if value & 4 == 0 => self.exchange_frames(index, value),
            13 => tandem_channel_hide_digits(engine, pick(&self.channels, which), number & 7),
            _ => register_card(value),
        }
    }

    fn exchange_frames(&self, index: u32, value: u8) -> i32 {
        let (mut octets, mut length, mut frame) = ([value; 600], 0, 0);
        // SAFETY: all octets zero are a valid value.
        let mut counts: FrameCounts = unsafe { std::mem::zeroed() };
        counts.size = size_of::<FrameCounts>() as u32;
        let count = usize::from(value) * 3;
        let place = octets.as_mut_ptr().cast();
        // SAFETY: the pointers are valid for the calls, for so many octets.
        unsafe {
            match value >> 6 {
                0 => tandem_span_get_frame_counts(self.engine, index, &raw mut counts),
                1 => tandem_span_read_frame(
                    self.engine,
                    index,
                    place,
                    count.min(600),
                    &raw mut length,
                    &raw mut frame,
                ),
                _ => tandem_span_send_frame(self.engine, index, place, count.min(600)),
            }
        }
    }

    fn define_tone(&self, index: u32, value: u8) -> i32 {
        if value & 4 == 0 {
            return tandem_tone_remove(self.engine, 20 + u32::from(value >> 4));
        }
        let hz = [u32::from(value) * 16, (index & 1) * 1000];
        let step = ToneStep { hz, on_ms: u32::from(value) * 3, off_ms: index };
        let size = size_of::<Tone>() as u32;
        let tone =
            Tone { size, step_count: u32::from(value) % 10, deviation_hz: 0, periods: 0, steps: [step; 8] };
        let mut sound = 0;
        // SAFETY: the pointers are valid for the call.
        let result = unsafe { tandem_tone_define(self.engine, &raw const tone, &raw mut sound) };
        assert!(result != 0 || (24..=31).contains(&sound), "{sound}");
        result
    }

    fn start_line_test(&mut self, index: u32, timeslots: u32, pattern: u32) -> i32 {
        let mut test = 0;
        // SAFETY: the pointer is valid for the call.
        let result = unsafe { tandem_line_test_start(self.engine, index, timeslots, pattern, &raw mut test) };
        if result == 0 {
            assert!(!self.tests.contains(&test), "a handle that was used before");
            self.tests.push(test);
        }
        result
    }

    /// Asks for what the engine knows, with structures of the right size and of a wrong one.
    fn ask(&mut self, which: u8, value: u8) -> i32 {
        let size = |right: usize| if value & 1 == 0 { right as u32 } else { u32::from(value) };
        let call = pick(&self.calls, which);
        // SAFETY: all octets zero are a valid value of all three.
        let (mut info, mut parties, mut channel): (CallInfo, CallParties, ChannelState) =
            unsafe { std::mem::zeroed() };
        info.size = size(size_of::<CallInfo>());
        parties.size = size(size_of::<CallParties>());
        channel.size = size(size_of::<ChannelState>());
        // SAFETY: all octets zero are a valid value of all three.
        let (mut card, mut d_channel, mut time): (CardInfo, DChannel, Time) = unsafe { std::mem::zeroed() };
        card.size = size(size_of::<CardInfo>());
        d_channel.size = size(size_of::<DChannel>());
        time.size = size(size_of::<Time>());
        let (mut octets, mut length, mut last, mut bits) = ([0_u8; 1024], 0, 0, 0);
        // SAFETY: all octets zero are a valid value of all three.
        let (mut span, mut performance, mut statistics): (SpanInfo, Performance, Statistics) =
            unsafe { std::mem::zeroed() };
        // SAFETY: as above.
        let (mut clock, mut span_clock, mut group): (Clock, SpanClock, GroupStatistics) =
            unsafe { std::mem::zeroed() };
        span.size = size(size_of::<SpanInfo>());
        performance.size = size(size_of::<Performance>());
        statistics.size = size(size_of::<Statistics>());
        clock.size = size(size_of::<Clock>());
        span_clock.size = size(size_of::<SpanClock>());
        group.size = size(size_of::<GroupStatistics>());
        // SAFETY: the pointers are valid for the calls.
        unsafe {
            match value / 2 % 21 {
                20 => {
                    let mut tapped: TapCall = std::mem::zeroed();
                    tapped.size = size(size_of::<TapCall>());
                    tandem_tap_get_call(self.engine, call, &raw mut tapped)
                }
                0 => tandem_call_get_info(self.engine, call, &raw mut info),
                1 => tandem_span_get_info(self.engine, u32::from(which), &raw mut span),
                2 if which & 1 == 0 => {
                    let name = [c"all", c"none", c"\xff"][usize::from(which >> 1) % 3];
                    tandem_group_get_statistics(self.engine, name.as_ptr(), &raw mut group)
                }
                2 => tandem_get_statistics(self.engine, &raw mut statistics),
                3 => {
                    let (index, end, ago) = (which & 3, which >> 2 & 3, which >> 4);
                    let [index, end, ago] = [index, end, ago].map(u32::from);
                    tandem_span_get_performance(self.engine, index, end, ago, &raw mut performance)
                }
                4 => tandem_clock_get(self.engine, &raw mut clock),
                5 => tandem_span_get_clock(self.engine, u32::from(which), &raw mut span_clock),
                6 => tandem_call_get_parties(self.engine, call, &raw mut parties),
                8 => tandem_card_get_info(self.engine, u32::from(which & 3), &raw mut card),
                9 => tandem_span_get_d_channel(self.engine, u32::from(which & 3), &raw mut d_channel),
                14 => match which >> 4 {
                    0 => tandem_span_reset(self.engine, u32::from(which & 3)),
                    in_service => {
                        let in_service = u32::from(in_service & 1);
                        tandem_span_set_d_channel_service(self.engine, u32::from(which & 3), in_service)
                    }
                },
                10 => tandem_get_time(self.engine, u64::from(which) << (value >> 2), &raw mut time),
                13 => {
                    let octets = octets.as_ptr().cast();
                    tandem_span_send_facility(self.engine, u32::from(which & 3), octets, usize::from(which))
                }
                11 => tandem_span_get_sa_bits(self.engine, u32::from(which & 3), &raw mut bits),
                12 => {
                    let (place, room) = (octets.as_mut_ptr().cast(), usize::from(which) * 4);
                    let after = u64::from(value >> 5);
                    let (length, last) = (&raw mut length, &raw mut last);
                    tandem_span_read_trace(
                        self.engine,
                        u32::from(which & 1),
                        after,
                        place,
                        room,
                        length,
                        last,
                    )
                }
                15 => self.reload(which, value),
                16 => self.time(which, value),
                17 => self.pair(which, value),
                18 => self.queue(which, value),
                19 => self.list(which, value),
                7 => tandem_channel_get_state(self.engine, pick(&self.channels, which), &raw mut channel),
                _ => tandem_call_set_user(self.engine, call, u64::from(value)),
            }
        }
    }

    fn time(&mut self, which: u8, value: u8) -> i32 {
        let (mut timer, mut frame) = (0, 0);
        if value & 1 == 0 {
            return tandem_timer_stop(self.engine, pick(&self.timers, which));
        }
        // SAFETY: the pointers are valid for the calls.
        let (told, result) = unsafe {
            let told = tandem_get_frame(self.engine, &raw mut frame);
            let channel = pick(&self.channels, which);
            (told, tandem_timer_start(self.engine, channel, u64::from(which) * 3, &raw mut timer))
        };
        assert_eq!(told, 0, "the engine tells its time");
        if result == 0 {
            self.timers.push(timer);
            assert_eq!(self.operations_ended.insert(timer, false), None, "a handle that was used before");
        }
        result
    }

    fn pair(&mut self, which: u8, value: u8) -> i32 {
        if value & 1 == 0 {
            return tandem_pair_free(self.engine, pick(&self.channels, which));
        }
        let (mut near, mut far) = (0, 0);
        // SAFETY: the pointers are valid for the call.
        let result = unsafe { tandem_pair_new(self.engine, &raw mut near, &raw mut far) };
        if result == 0 {
            self.channels.extend([near, far]);
        }
        result
    }

    fn queue(&mut self, which: u8, value: u8) -> i32 {
        let (mut queue, known, mut fd) = (0, pick(&self.queues, which >> 3), -1);
        // SAFETY: the pointers are valid for the calls.
        unsafe {
            match (value ^ which) % 4 {
                0 => {
                    let result = tandem_queue_new(self.engine, &raw mut queue);
                    if result == 0 {
                        self.queues.push(queue);
                    }
                    result
                }
                1 => tandem_channel_set_queue(self.engine, pick(&self.channels, which), known),
                2 => tandem_queue_fd(self.engine, known, &raw mut fd),
                _ => tandem_queue_free(self.engine, known),
            }
        }
    }

    fn list(&mut self, which: u8, value: u8) -> i32 {
        let (mut calls, mut count, mut seq, mut room) = ([0_u64; 8], 0, 0, 0);
        // SAFETY: all octets zero are a valid value of all three.
        let (mut event, mut state, mut alarm): (Event, PlayState, Alarm) = unsafe { std::mem::zeroed() };
        alarm.size = size_of::<Alarm>() as u32;
        event.size = size_of::<Event>() as u32;
        state.size = size_of::<PlayState>() as u32;
        let operation = pick(&self.operations, which);
        // SAFETY: the pointers are valid for the calls.
        unsafe {
            match (value ^ which) % 8 {
                7 => {
                    let mut state = RecordState {
                        size: size_of::<RecordState>() as u32,
                        paused: 0,
                        ending: 0,
                        reserved: 0,
                        recorded_ms: 0,
                    };
                    tandem_record_get_state(self.engine, operation, &raw mut state)
                }
                5 => {
                    let channel = pick(&self.channels, which);
                    tandem_channel_send_bits(self.engine, channel, u32::from(which) & 17, u64::from(value))
                }
                6 => {
                    let (first, second) = (&raw mut count, &raw mut room);
                    tandem_channel_get_bits(self.engine, pick(&self.channels, which), first, second)
                }
                4 => tandem_alarm_get(self.engine, u64::from(which & 3), &raw mut alarm),
                0 => {
                    let place = calls.as_mut_ptr();
                    let room = u32::from(which % 9);
                    let after = u64::from(value >> 6);
                    let result =
                        tandem_call_list(self.engine, after, place, room, &raw mut count, &raw mut seq);
                    assert!(result != 0 || count <= room, "no more than there is room for");
                    result
                }
                1 => tandem_play_get_state(self.engine, operation, &raw mut state),
                2 => {
                    self.spent_ms += 40;
                    tandem_operation_wait(self.engine, operation, 40, &raw mut event)
                }
                _ => {
                    let queue = pick(&self.queues, which);
                    self.spent_ms += 40;
                    let result = tandem_queue_wait(self.engine, queue, 40, &raw mut event);
                    if result == 0 {
                        self.book_ends(&event);
                    }
                    result
                }
            }
        }
    }

    /// Another configuration: spans come, go and change, or nothing does because it is refused.
    fn reload(&self, which: u8, value: u8) -> i32 {
        let mut text = self.configuration.clone();
        if which & 1 != 0 {
            text = text.replacen("port = 0\n", "port = 0\nin_use = false\n", 1 + usize::from(which >> 7));
        }
        if which & 2 != 0 {
            text = text.replace("[[span]]\nport", "[[span]]\ndetectors = [\"tones\", \"r1\"]\nport");
        }
        if which & 4 != 0 {
            text += "[[group]]\nname = \"more\"\nspans = [1]\n";
        }
        if which & 0x38 == 0x38 {
            text += "prefix = 4\n";
        }
        let text = CString::new(text).expect("no zero octet");
        // SAFETY: all octets zero are a valid value.
        let mut changes: Changes = unsafe { std::mem::zeroed() };
        changes.size = size_of::<Changes>() as u32;
        let drain_ms = i64::from(value & 0x81) - 1;
        // SAFETY: all pointers are valid for the call.
        unsafe { tandem_engine_reload(self.engine, text.as_ptr(), drain_ms, &raw mut changes) }
    }

    fn advance(&mut self, ms: u64) -> i32 {
        self.spent_ms += ms;
        tandem_engine_advance(self.engine, ms * 8)
    }

    /// Fetches one event, letting so much time pass for it.
    fn wait(&mut self, ms: u64) -> i32 {
        // SAFETY: all octets zero are a valid value.
        let mut event: Event = unsafe { std::mem::zeroed() };
        event.size = size_of::<Event>() as u32;
        // SAFETY: the pointer is valid for the call.
        let result = unsafe { tandem_event_wait(self.engine, ms as i64, &raw mut event) };
        if result == 0 {
            self.book(&event);
        } else {
            self.spent_ms += ms;
        }
        result
    }

    fn book(&mut self, event: &Event) {
        assert!(event.seq > self.last_seq, "events come in order");
        self.last_seq = event.seq;
        self.book_ends(event);
    }

    /// Of whatever queue.
    fn book_ends(&mut self, event: &Event) {
        match event.kind {
            1 => {
                self.calls.push(event.call);
                assert_eq!(self.calls_ended.insert(event.call, false), None, "offered twice");
            }
            3 => match self.calls_ended.get_mut(&event.call) {
                Some(ended) => assert!(!std::mem::replace(ended, true), "cleared twice"),
                None => panic!("cleared, but it never began: {}", event.call),
            },
            5..=7 | 29 | 36 => match self.operations_ended.get_mut(&event.operation) {
                Some(ended) => assert!(!std::mem::replace(ended, true), "ended twice"),
                None => panic!("ended, but it was never accepted"),
            },
            _ => {}
        }
    }

    fn finish(mut self) {
        // What waits in a queue is told in the main one when it is gone.
        for queue in std::mem::take(&mut self.queues) {
            tandem_queue_free(self.engine, queue);
        }
        // Where there are no calls, nothing else ends them.
        for operation in open_ones(&self.operations_ended) {
            tandem_operation_stop(self.engine, operation);
        }
        for timer in std::mem::take(&mut self.timers) {
            tandem_timer_stop(self.engine, timer);
        }
        // Clearing, and the events of it, take turns until nothing is left: the queue of events is short, and a far end whose
        // span is gone answers nothing (T305 and twice T308).
        for _ in 0..600 {
            for call in open_ones(&self.calls_ended) {
                tandem_call_clear(self.engine, call, 16);
            }
            while self.wait(100) == 0 {}
            // A call may have been offered meanwhile, whose caller had been cleared before.
            if open_ones(&self.calls_ended).is_empty() && open_ones(&self.operations_ended).is_empty() {
                break;
            }
        }
        assert_eq!(open_ones(&self.calls_ended), [], "calls that never ended");
        assert_eq!(open_ones(&self.operations_ended), [], "operations that never ended");
        assert_eq!(tandem_engine_close(self.engine), 0, "it closes");
        assert!(tandem_engine_close(self.engine) < 0, "but once");
        for path in &self.recordings {
            let _ = std::fs::remove_file(path);
            // A recording in segments has others.
            let segment = |number| path.replace(".wav", &format!("-{number:04}.wav"));
            (1..).take_while(|number| std::fs::remove_file(segment(*number)).is_ok()).for_each(drop);
        }
    }
}

/// Cancels the echo of a channel, in any way there may be.
fn cancel_echo(engine: u64, channel: u64, value: u8) -> i32 {
    let terms = EchoTerms {
        size: size_of::<EchoTerms>() as u32,
        tail_ms: [0, 16, 32, 64, 128, 7][usize::from(value % 6)],
        linear_only: u32::from(value & 1),
        silence: u32::from(value & 2),
        heed_no_tones: u32::from(value & 4),
        reserved: 0,
    };
    // SAFETY: the pointer is valid for the call.
    unsafe { tandem_channel_cancel_echo(engine, channel, &raw const terms) }
}

/// Everything that a host can do with a play or a stream on its way, and with what counts as a voice.
fn turn(engine: u64, channel: u64, operation: u64, value: u8) -> i32 {
    let mut samples = [1000_i16; 300];
    let (mut count, mut frame) = (0, 0);
    let room = usize::from(value) % samples.len();
    // SAFETY: all octets zero are a valid value.
    let mut portion: StreamPortion = unsafe { std::mem::zeroed() };
    portion.size = size_of::<StreamPortion>() as u32;
    let far = [0, 10, -10, i64::MAX, i64::MIN][usize::from(value / 8 % 5)];
    let terms = VoiceTerms {
        size: size_of::<VoiceTerms>() as u32,
        threshold: [0, -300, -601, i32::MAX][usize::from(value / 8 % 4)],
        onset_ms: u32::from(value) * 50,
        hangover_ms: u32::from(value),
    };
    let number = i32::from(value);
    let levels = Levels { gain: number * 2 - 300, target: number - 255, gate: -number * 3, reserved: 0 };
    let shape = Shape {
        size: size_of::<Shape>() as u32,
        reserved: 0,
        received: levels,
        sent: levels,
        reminder_hz: u32::from(value) * 20,
        reminder_level: -number,
        reminder_ms: u32::from(value) * 30,
        reminder_each_ms: u32::from(value) * 40,
    };
    // SAFETY: all pointers are valid for the calls.
    unsafe {
        match value % 8 {
            0 | 1 => tandem_operation_pause(engine, operation, u32::from(value & 1)),
            2 => tandem_play_seek(engine, operation, u32::from(value / 8 % 3), far),
            3 => tandem_play_adjust(engine, operation, u32::from(value), i32::from(value) - 50),
            4 if value & 8 == 0 => {
                let payload = samples.as_ptr().cast::<c_void>();
                tandem_stream_write_noise(engine, operation, payload, usize::from(value))
            }
            4 => tandem_stream_write(engine, operation, samples.as_ptr(), room, &raw mut count),
            5 => tandem_stream_end(engine, operation),
            6 if value & 8 == 0 => tandem_channel_attend(engine, channel, &raw const terms),
            6 => tandem_channel_shape(engine, channel, &raw const shape),
            _ if value & 8 == 0 => {
                let place = samples.as_mut_ptr();
                tandem_stream_read_portion(engine, operation, place, room, &raw mut portion)
            }
            _ => {
                let place = samples.as_mut_ptr();
                tandem_stream_read(engine, operation, place, room, &raw mut count, &raw mut frame)
            }
        }
    }
}

/// Everything that a host can do with a call but clear it.
fn work_on_call(engine: u64, call: u64, what: u8, value: u8) -> i32 {
    let octets = [value; 200];
    let mut room = [0_u8; 64];
    let mut length = 0;
    let (source, space) = (octets.as_ptr().cast::<c_void>(), room.as_mut_ptr().cast::<c_void>());
    let count = usize::from(value).min(octets.len());
    let digits = [c"1", c"23", c"", c"#*", c"x"][usize::from(value) % 5];
    // SAFETY: all octets zero are a valid value.
    let mut answer: AnswerOptions = unsafe { std::mem::zeroed() };
    answer.size = size_of::<AnswerOptions>() as u32;
    answer.user_user_length = u32::from(value);
    answer.user_user = [value; 136];
    answer.display[0] = value as c_char;
    let analysis = AnalysisOptions {
        size: size_of::<AnalysisOptions>() as u32,
        bias: i32::from(value >> 2 & 31) - 12,
        threshold: -i32::from(value & 3) * 200,
        no_answer_ms: u32::from(value) * 20,
        silence_ms: u32::from(value) * 10,
        total_ms: u32::from(value) * 15,
        beep_ms: if value == 0xfe { u32::MAX } else { 0 },
        reserved: 0,
    };
    // SAFETY: all pointers are valid for the calls, with as many octets as said.
    unsafe {
        match what {
            0..=3 => tandem_call_answer(engine, call),
            4 => tandem_call_answer_with(engine, call, &raw const answer),
            5 => tandem_call_alert(engine, call),
            6 => tandem_call_progress(engine, call),
            7 => tandem_call_hold(engine, call),
            8 if value & 1 == 0 => tandem_call_retrieve(engine, call),
            8 => tandem_call_transfer(engine, call, u64::from(value >> 1 & 7)),
            9 => tandem_call_send(engine, call, u32::from(value >> 4), source, count),
            10 if value & 1 == 0 => {
                let (elements, count) = ([element(value), element(!value)], u32::from(value >> 1 & 3));
                tandem_call_set_elements(engine, call, elements.as_ptr(), count.min(2))
            }
            10 => {
                let message = [1, 5, 7, 69][usize::from(value >> 3 & 3)];
                let (codeset, id, which) = (u32::from(value & 7), u32::from(value), u32::from(value >> 6));
                let (room_size, length) = (room.len(), &raw mut length);
                tandem_call_get_element(engine, call, message, codeset, id, which, space, room_size, length)
            }
            11 => tandem_call_set_data(engine, call, source, count),
            12 => tandem_call_get_data(engine, call, space, room.len(), &raw mut length),
            13 if value & 1 == 0 => tandem_call_analyse(engine, call, &raw const analysis),
            13 => tandem_call_set_interaction(engine, call, u64::from(value)),
            _ => tandem_call_more_digits(engine, call, digits.as_ptr(), u32::from(value & 1)),
        }
    }
}

/// An element of a message with any identifier, and often too long.
fn element(value: u8) -> Element {
    Element {
        codeset: u32::from(value & 15),
        id: u32::from(value),
        length: u32::from(value) * 2,
        content: [value; 256],
    }
}

/// Registers a function that makes no card, or none at all, and has an engine ask for one.
fn register_card(value: u8) -> i32 {
    unsafe extern "C" fn make(
        context: *mut c_void,
        _: *const c_char,
        _: *const c_char,
        card: *mut Card,
    ) -> i32 {
        // SAFETY: the library gives a card to fill.
        unsafe { (*card).spans = context.addr() as u32 };
        let mut engine = 0;
        // SAFETY: both pointers are valid for the call.
        let inside = unsafe { tandem_engine_open(c"".as_ptr(), &raw mut engine) };
        assert_eq!(inside, -7, "no function of a card may call back");
        if context.addr() & 1 == 0 { 0 } else { -11 }
    }
    let model = [c"fuzz", c"", c"\xff"][usize::from(value) % 3];
    let context = std::ptr::without_provenance_mut(usize::from(value));
    let function =
        if value & 0x40 == 0 { Some(make as unsafe extern "C" fn(_, _, _, _) -> i32) } else { None };
    // SAFETY: the string is valid, and the function takes the context for a number.
    let result = unsafe { tandem_card_register(model.as_ptr(), function, context) };
    if result != 0 {
        return result;
    }
    let mut engine = 0;
    let text = c"[[card]]\nmodel = \"fuzz\"\n";
    // SAFETY: both pointers are valid for the call.
    let opened = unsafe { tandem_engine_open(text.as_ptr(), &raw mut engine) };
    let expected = if function.is_some() { -11 } else { -10 };
    assert_eq!((opened, engine), (expected, 0), "no such card is known, or it cannot be used");
    opened
}

fn open_ones(books: &BTreeMap<u64, bool>) -> Vec<u64> {
    books.iter().filter(|(_, ended)| !**ended).map(|(number, _)| *number).collect()
}

fn pick(handles: &[u64], which: u8) -> u64 {
    handles[usize::from(which) % handles.len()]
}

/// Virtual time that one input may take.
const LONGEST_MS: u64 = 6_000;
