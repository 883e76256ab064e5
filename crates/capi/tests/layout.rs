//! The library's own types and functions are those of the header, as `bindgen` reads it.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use tandem::types::Event;
use tandem_bindings as outside;

/// The library's functions and types under the names of the header.
mod inside {
    pub(crate) use tandem::bridge::*;
    pub(crate) use tandem::call::*;
    pub(crate) use tandem::cards::*;
    pub(crate) use tandem::engine::*;
    pub(crate) use tandem::event::*;
    pub(crate) use tandem::frames::{
        tandem_span_get_frame_counts, tandem_span_read_frame, tandem_span_send_frame,
    };
    pub(crate) use tandem::info::*;
    pub(crate) use tandem::lines::*;
    pub(crate) use tandem::log::{LogFunction as tandem_log_function, tandem_log_set};
    pub(crate) use tandem::operation::*;
    pub(crate) use tandem::play::*;
    pub(crate) use tandem::queue::*;
    pub(crate) use tandem::result::*;
    pub(crate) use tandem::stream::*;
    pub(crate) use tandem::tones::*;
    pub(crate) use tandem::types::{
        Alarm as tandem_alarm, AnalysisOptions as tandem_analysis_options,
        AnswerOptions as tandem_answer_options, BridgeParty as tandem_bridge_party,
        BridgeTerms as tandem_bridge_terms, CallInfo as tandem_call_info, CallOptions as tandem_call_options,
        CallParties as tandem_call_parties, Card as tandem_card, CardFunction as tandem_card_function,
        CardInfo as tandem_card_info, CardSecond as tandem_card_second, CardSpan as tandem_card_span,
        CardStatus as tandem_card_status, Changes as tandem_changes, ChannelState as tandem_channel_state,
        Clock as tandem_clock, DChannel as tandem_d_channel, EchoTerms as tandem_echo_terms,
        Element as tandem_element, Event as tandem_event, FrameCounts as tandem_frame_counts,
        GroupStatistics as tandem_group_statistics, LineTest as tandem_line_test,
        Performance as tandem_performance, Piece as tandem_piece, PlayOptions as tandem_play_options,
        PlayState as tandem_play_state, PlayStreamOptions as tandem_play_stream_options,
        RecordOptions as tandem_record_options, RecordState as tandem_record_state, Shape as tandem_shape,
        SpanClock as tandem_span_clock, SpanInfo as tandem_span_info, Statistics as tandem_statistics,
        StreamOptions as tandem_stream_options, StreamPortion as tandem_stream_portion,
        TapCall as tandem_tap_call, Terms as tandem_terms, Time as tandem_time, Tone as tandem_tone,
        VoiceTerms as tandem_voice_terms,
    };
}

/// Every function with its type: what both sides must have.
macro_rules! with_signatures {
    ($then:ident $($more:tt)*) => {
        $then! {
            [$($more)*]
            tandem_abi_version: () -> u32;
            tandem_version: () -> *const c_char;
            tandem_strerror: (i32) -> *const c_char;
            tandem_problem: () -> *const c_char;
            tandem_log_set: (tandem_log_function, *mut c_void, u32) -> i32;
            tandem_engine_open: (*const c_char, *mut u64) -> i32;
            tandem_engine_open_file: (*const c_char, *mut u64) -> i32;
            tandem_engine_close: (u64) -> i32;
            tandem_engine_advance: (u64, u64) -> i32;
            tandem_event_wait: (u64, i64, *mut tandem_event) -> i32;
            tandem_event_fd: (u64, *mut c_int) -> i32;
            tandem_call_answer: (u64, u64) -> i32;
            tandem_call_clear: (u64, u64, u32) -> i32;
            tandem_call_place: (u64, u64, *const c_char, *mut u64) -> i32;
            tandem_call_alert: (u64, u64) -> i32;
            tandem_call_place_with: (u64, u64, *const c_char, *const tandem_call_options, *mut u64) -> i32;
            tandem_call_more_digits: (u64, u64, *const c_char, u32) -> i32;
            tandem_call_progress: (u64, u64) -> i32;
            tandem_call_place_in:
                (u64, *const c_char, *const c_char, *const tandem_call_options, *mut u64) -> i32;
            tandem_call_answer_with: (u64, u64, *const tandem_answer_options) -> i32;
            tandem_call_hold: (u64, u64) -> i32;
            tandem_call_retrieve: (u64, u64) -> i32;
            tandem_call_transfer: (u64, u64, u64) -> i32;
            tandem_call_send: (u64, u64, u32, *const c_void, usize) -> i32;
            tandem_call_get_element: (u64, u64, u32, u32, u32, u32, *mut c_void, usize, *mut usize) -> i32;
            tandem_call_set_data: (u64, u64, *const c_void, usize) -> i32;
            tandem_call_get_data: (u64, u64, *mut c_void, usize, *mut usize) -> i32;
            tandem_call_set_interaction: (u64, u64, u64) -> i32;
            tandem_channel_get_state: (u64, u64, *mut tandem_channel_state) -> i32;
            tandem_channel_set_service: (u64, u64, u32) -> i32;
            tandem_channel_reset: (u64, u64) -> i32;
            tandem_span_reset: (u64, u32) -> i32;
            tandem_call_get_parties: (u64, u64, *mut tandem_call_parties) -> i32;
            tandem_call_get_info: (u64, u64, *mut tandem_call_info) -> i32;
            tandem_tap_get_call: (u64, u64, *mut tandem_tap_call) -> i32;
            tandem_call_set_user: (u64, u64, u64) -> i32;
            tandem_play: (u64, u64, *const c_char, *const tandem_terms, *mut u64) -> i32;
            tandem_play_samples: (u64, u64, *const i16, usize, *const tandem_terms, *mut u64) -> i32;
            tandem_collect: (u64, u64, *const tandem_terms, *mut u64) -> i32;
            tandem_record: (u64, u64, *const c_char, *const tandem_terms, *mut u64) -> i32;
            tandem_play_list:
                (u64, u64, *const tandem_piece, u32, *const tandem_play_options, *const tandem_terms, *mut u64)
                    -> i32;
            tandem_operation_pause: (u64, u64, u32) -> i32;
            tandem_play_seek: (u64, u64, u32, i64) -> i32;
            tandem_play_adjust: (u64, u64, u32, i32) -> i32;
            tandem_play_stream: (u64, u64, u32, *const tandem_terms, *mut u64) -> i32;
            tandem_play_stream_with:
                (u64, u64, *const tandem_play_stream_options, *const tandem_terms, *mut u64) -> i32;
            tandem_stream_write: (u64, u64, *const i16, usize, *mut usize) -> i32;
            tandem_stream_end: (u64, u64) -> i32;
            tandem_stream_write_noise: (u64, u64, *const c_void, usize) -> i32;
            tandem_stream: (u64, u64, *const tandem_stream_options, *const tandem_terms, *mut u64) -> i32;
            tandem_stream_read: (u64, u64, *mut i16, usize, *mut usize, *mut u64) -> i32;
            tandem_stream_read_portion: (u64, u64, *mut i16, usize, *mut tandem_stream_portion) -> i32;
            tandem_call_analyse: (u64, u64, *const tandem_analysis_options) -> i32;
            tandem_channel_shape: (u64, u64, *const tandem_shape) -> i32;
            tandem_channel_attend: (u64, u64, *const tandem_voice_terms) -> i32;
            tandem_record_with:
                (u64, u64, *const c_char, *const tandem_record_options, *const tandem_terms, *mut u64) -> i32;
            tandem_queue_new: (u64, *mut u64) -> i32;
            tandem_queue_free: (u64, u64) -> i32;
            tandem_channel_set_queue: (u64, u64, u64) -> i32;
            tandem_queue_wait: (u64, u64, i64, *mut tandem_event) -> i32;
            tandem_queue_fd: (u64, u64, *mut c_int) -> i32;
            tandem_operation_wait: (u64, u64, i64, *mut tandem_event) -> i32;
            tandem_timer_start: (u64, u64, u64, *mut u64) -> i32;
            tandem_timer_stop: (u64, u64) -> i32;
            tandem_get_frame: (u64, *mut u64) -> i32;
            tandem_call_list: (u64, u64, *mut u64, u32, *mut u32, *mut u64) -> i32;
            tandem_play_get_state: (u64, u64, *mut tandem_play_state) -> i32;
            tandem_record_get_state: (u64, u64, *mut tandem_record_state) -> i32;
            tandem_channel_send_bits: (u64, u64, u32, u64) -> i32;
            tandem_channel_get_bits: (u64, u64, *mut u32, *mut u32) -> i32;
            tandem_bridge_moderate: (u64, u64, u32) -> i32;
            tandem_bridge_watch: (u64, u64, u32) -> i32;
            tandem_alarm_get: (u64, u64, *mut tandem_alarm) -> i32;
            tandem_span_send_frame: (u64, u32, *const c_void, usize) -> i32;
            tandem_span_read_frame: (u64, u32, *mut c_void, usize, *mut usize, *mut u64) -> i32;
            tandem_span_get_frame_counts: (u64, u32, *mut tandem_frame_counts) -> i32;
            tandem_monitor: (u64, u64, u64, u32) -> i32;
            tandem_tone_define: (u64, *const tandem_tone, *mut u32) -> i32;
            tandem_tone_remove: (u64, u32) -> i32;
            tandem_pair_new: (u64, *mut u64, *mut u64) -> i32;
            tandem_pair_free: (u64, u64) -> i32;
            tandem_engine_reload: (u64, *const c_char, i64, *mut tandem_changes) -> i32;
            tandem_engine_reload_file: (u64, *const c_char, i64, *mut tandem_changes) -> i32;
            tandem_group_get_statistics: (u64, *const c_char, *mut tandem_group_statistics) -> i32;
            tandem_digits_clear: (u64, u64) -> i32;
            tandem_digits_peek: (u64, u64, *mut c_char, usize, *mut usize) -> i32;
            tandem_bridge_list: (u64, u64, *mut u64, u32, *mut u32) -> i32;
            tandem_operation_stop: (u64, u64) -> i32;
            tandem_connect: (u64, u64, u64, u32) -> i32;
            tandem_bridge_new: (u64, *mut u64) -> i32;
            tandem_bridge_free: (u64, u64) -> i32;
            tandem_bridge_join: (u64, u64, u64) -> i32;
            tandem_bridge_join_with: (u64, u64, u64, *const tandem_bridge_terms) -> i32;
            tandem_bridge_set_terms: (u64, u64, *const tandem_bridge_terms) -> i32;
            tandem_bridge_limit_talkers: (u64, u64, u32) -> i32;
            tandem_bridge_get_party: (u64, u64, *mut tandem_bridge_party) -> i32;
            tandem_bridge_leave: (u64, u64) -> i32;
            tandem_span_get_info: (u64, u32, *mut tandem_span_info) -> i32;
            tandem_card_get_info: (u64, u32, *mut tandem_card_info) -> i32;
            tandem_span_get_performance: (u64, u32, u32, u32, *mut tandem_performance) -> i32;
            tandem_channel_find: (u64, u32, u32, *mut u64) -> i32;
            tandem_get_statistics: (u64, *mut tandem_statistics) -> i32;
            tandem_clock_get: (u64, *mut tandem_clock) -> i32;
            tandem_span_get_clock: (u64, u32, *mut tandem_span_clock) -> i32;
            tandem_call_set_elements: (u64, u64, *const tandem_element, u32) -> i32;
            tandem_span_send_facility: (u64, u32, *const c_void, usize) -> i32;
            tandem_channel_listen: (u64, u64, u32) -> i32;
            tandem_channel_hide_digits: (u64, u64, u32) -> i32;
            tandem_channel_conceal: (u64, u64, u32) -> i32;
            tandem_channel_cancel_echo: (u64, u64, *const tandem_echo_terms) -> i32;
            tandem_span_get_d_channel: (u64, u32, *mut tandem_d_channel) -> i32;
            tandem_span_set_d_channel_service: (u64, u32, u32) -> i32;
            tandem_get_time: (u64, u64, *mut tandem_time) -> i32;
            tandem_span_read_trace: (u64, u32, u64, *mut c_void, usize, *mut usize, *mut u64) -> i32;
            tandem_span_write_trace: (u64, u32, *const c_char) -> i32;
            tandem_span_loop: (u64, u32, u32) -> i32;
            tandem_span_insert_error: (u64, u32, u32) -> i32;
            tandem_span_send_alarm: (u64, u32, u32, u32) -> i32;
            tandem_span_send_sa_bits: (u64, u32, u32) -> i32;
            tandem_span_get_sa_bits: (u64, u32, *mut u32) -> i32;
            tandem_span_command_loop: (u64, u32, u32) -> i32;
            tandem_span_send_loop_code: (u64, u32, u32) -> i32;
            tandem_span_obey_loops: (u64, u32, u32) -> i32;
            tandem_line_test_start: (u64, u32, u32, u32, *mut u64) -> i32;
            tandem_line_test_get: (u64, u64, *mut tandem_line_test) -> i32;
            tandem_line_test_insert_errors: (u64, u64, u32) -> i32;
            tandem_line_test_stop: (u64, u64, *mut tandem_line_test) -> i32;
            tandem_test_tone: (u64, u64, u32) -> i32;
            tandem_card_register: (*const c_char, tandem_card_function, *mut c_void) -> i32;
        }
    };
}

macro_rules! names {
    ([] $($name:ident: ($($parameter:ty),*) -> $result:ty;)+) => {
        const NAMES: &[&str] = &[$(stringify!($name)),+];
    };
}

/// Compiles only if the functions of that side have these types exactly.
macro_rules! side_has_them {
    ([$module:ident $side:ident] $($name:ident: ($($parameter:ty),*) -> $result:ty;)+) => {
        mod $module {
            use super::$side::{self as side, *};
            use std::ffi::{c_char, c_int, c_void};
            $(const _: unsafe extern "C" fn($($parameter),*) -> $result = side::$name;)+
        }
    };
}

with_signatures!(names);
with_signatures!(side_has_them checked_inside inside);
with_signatures!(side_has_them checked_outside outside);

/// The functions that the library calls, with their types: compiles only if that side has these exactly.
macro_rules! callbacks_are {
    ($module:ident $side:ident) => {
        mod $module {
            use super::$side::*;
            use std::ffi::{c_char, c_void};
            type Host = *mut c_void;

            #[allow(dead_code, clippy::type_complexity)]
            fn compare(card: tandem_card, function: tandem_card_function) {
                let _: Option<
                    unsafe extern "C" fn(Host, *const c_char, *const c_char, *mut tandem_card) -> i32,
                > = function;
                let _: Option<unsafe extern "C" fn(Host, u32, *const tandem_card_span) -> i32> =
                    card.configure;
                let _: Option<unsafe extern "C" fn(Host) -> i32> = card.start;
                let _: [Option<unsafe extern "C" fn(Host)>; 2] = [card.stop, card.release];
                let _: Option<unsafe extern "C" fn(Host, u64)> = card.service;
                let _: Option<unsafe extern "C" fn(Host, u32, *mut tandem_card_status)> = card.get_status;
                let _: [Option<unsafe extern "C" fn(Host, u32, *mut u8)>; 2] = [card.get_bits, card.receive];
                let _: [Option<unsafe extern "C" fn(Host, u32, u32, u32)>; 2] = [card.set_bits, card.order];
                let _: Option<unsafe extern "C" fn(Host, u32, *const u8)> = card.transmit;
                let _: Option<unsafe extern "C" fn(Host, u32, *mut tandem_card_second) -> u32> =
                    card.get_far_second;
                let _: Option<unsafe extern "C" fn(Host, i32)> = card.set_clock;
            }
        }
    };
}

callbacks_are!(callbacks_inside inside);
callbacks_are!(callbacks_outside outside);

#[test]
fn the_types_of_all_functions_are_compared() {
    let mut header: Vec<String> = common::header::prototypes().into_iter().map(|one| one.name).collect();
    let mut compared: Vec<&str> = NAMES.to_vec();
    header.sort_unstable();
    compared.sort_unstable();
    assert_eq!(header, compared);
}

/// Compares a structure of ours with that of the header: size, alignment, and every field's place.
macro_rules! same_layout {
    ($ours:ident, $theirs:ident { $($field:ident = $name:ident),+ $(,)? }) => {{
        // Naming every field fails to compile when the header has one more.
        let fields = |value: outside::$theirs| {
            let outside::$theirs { $($name),+ } = value;
            let _ = ($($name),+);
        };
        let _ = fields;
        assert_eq!(size_of::<tandem::types::$ours>(), size_of::<outside::$theirs>());
        assert_eq!(align_of::<tandem::types::$ours>(), align_of::<outside::$theirs>());
        $(assert_eq!(
            std::mem::offset_of!(tandem::types::$ours, $field),
            std::mem::offset_of!(outside::$theirs, $name),
            stringify!($field)
        );)+
        let sizes = [$(size_of_field(|value: &tandem::types::$ours| &value.$field)),+];
        assert_eq!(sizes, [$(size_of_field(|value: &outside::$theirs| &value.$name)),+]);
        assert_eq!(sizes.iter().sum::<usize>(), size_of::<outside::$theirs>(), "there is no padding");
    }};
}

const fn size_of_field<T, F>(_: fn(&T) -> &F) -> usize {
    size_of::<F>()
}

#[test]
fn every_structure_is_laid_out_as_in_the_header() {
    same_layout!(Event, tandem_event {
        size = size, kind = type_, seq = seq, frame = frame, object = object, call = call,
        operation = operation, reason = reason, value = value, length_ms = length_ms, gap_ms = gap_ms,
        start = start,
        text = text,
        lost_ms = lost_ms, gaps = gaps, reserved = reserved,
    });
    same_layout!(Party, tandem_party {
        number_type = number_type, withheld = withheld, screening = screening, reason = reason,
        subaddress_kind = subaddress_kind, subaddress_odd = subaddress_odd, subaddress_length = subaddress_length,
        reserved = reserved, number = number, subaddress = subaddress,
    });
    same_layout!(CallOptions, tandem_call_options {
        size = size, bearer = bearer, called_type = called_type, incomplete = incomplete, calling = calling,
        redirecting = redirecting, display = display, user_user_length = user_user_length,
        element_count = element_count, user_user = user_user, elements = elements,
        channel_may_change = channel_may_change, called_subaddress_kind = called_subaddress_kind,
        original_called = original_called, called_subaddress_odd = called_subaddress_odd,
        called_subaddress_length = called_subaddress_length, called_subaddress = called_subaddress, law = law,
        reserved = reserved,
    });
    same_layout!(Element, tandem_element { codeset = codeset, id = id, length = length, content = content });
    same_layout!(AnswerOptions, tandem_answer_options {
        size = size, user_user_length = user_user_length, connected = connected, display = display,
        user_user = user_user,
    });
    same_layout!(CallParties, tandem_call_parties {
        size = size, reserved = reserved, calling = calling, redirecting = redirecting, display = display,
        connected = connected, called = called, original_called = original_called, second_calling = second_calling,
    });
    same_layout!(CallInfo, tandem_call_info {
        size = size, state = state, channel = channel, user = user, interaction = interaction, began = began,
        answered = answered, ended = ended, bearer = bearer, incoming = incoming, cause = cause, cleared_by_far_end = cleared_by_far_end, law = law, number_end = number_end, cause_location = cause_location, progress = progress,
    });
    same_layout!(TapCall, tandem_tap_call {
        size = size, state = state, call = call, span = span, from_network = from_network, from_user = from_user,
        began = began, answered = answered, ended = ended, by_network = by_network, whole = whole, cause = cause,
        end = end,
    });
    same_layout!(Time, tandem_time {
        size = size, offset_seconds = offset_seconds, utc_us = utc_us, zone = zone, text = text,
    });
    same_layout!(DChannel, tandem_d_channel {
        size = size, up = up, frames = frames, bad_fcs = bad_fcs, aborts = aborts, wrong_length = wrong_length,
        frames_dropped = frames_dropped, sent = sent, received = received, errors = errors,
        retransmitted = retransmitted, t200_expiries = t200_expiries, established = established, resets = resets,
        failures = failures, outages = outages, outage_ms = outage_ms, far_end_busy = far_end_busy,
        messages_sent = messages_sent, messages_received = messages_received, calls_made = calls_made,
        calls_taken = calls_taken, refused = refused, released = released, not_of_q931 = not_of_q931,
        of_unknown_calls = of_unknown_calls, unexpected = unexpected, bad_elements = bad_elements,
    });
    same_layout!(ChannelState, tandem_channel_state {
        size = size, service = service, call = call, span_down = span_down, tested = tested,
        hears = hears, hears_as = hears_as, digits = digits,
    });
    same_layout!(BridgeTerms, tandem_bridge_terms {
        size = size, role = role, pupil = pupil, gain = gain, muted = muted, moderator = moderator,
        reserved = reserved,
    });
    same_layout!(BridgeParty, tandem_bridge_party {
        size = size, role = role, bridge = bridge, pupil = pupil, gain = gain, muted = muted, level = level,
        speaks = speaks, heard = heard, moderator = moderator,
    });
    same_layout!(EchoTerms, tandem_echo_terms {
        size = size, tail_ms = tail_ms, linear_only = linear_only, silence = silence,
        heed_no_tones = heed_no_tones, reserved = reserved,
    });
    same_layout!(Terms, tandem_terms {
        size = size, any_digit = any_digit, digits = digits, max_digits = max_digits,
        first_digit_ms = first_digit_ms, inter_digit_ms = inter_digit_ms, max_time_ms = max_time_ms, tones = tones,
        silence_ms = silence_ms, initial_silence_ms = initial_silence_ms, max_voice_ms = max_voice_ms,
        voice = voice, reserved = reserved,
    });
    same_layout!(Piece, tandem_piece {
        path = path, samples = samples, count = count, offset = offset, length = length, format = format,
        reserved = reserved,
    });
    same_layout!(PlayOptions, tandem_play_options {
        size = size, rounds = rounds, speed_percent = speed_percent, gain = gain, start_ms = start_ms,
    });
    same_layout!(PlayStreamOptions, tandem_play_stream_options {
        size = size, buffer_ms = buffer_ms, live_ms = live_ms,
    });
    same_layout!(StreamOptions, tandem_stream_options {
        size = size, side = side, each_ms = each_ms, buffer_ms = buffer_ms,
        waits_for_voice = waits_for_voice, before_voice_ms = before_voice_ms,
        suppress = suppress,
    });
    same_layout!(StreamPortion, tandem_stream_portion {
        size = size, kind = kind, frame = frame, count = count, noise_length = noise_length, noise = noise,
    });
    same_layout!(AnalysisOptions, tandem_analysis_options {
        size = size, bias = bias, threshold = threshold, no_answer_ms = no_answer_ms, silence_ms = silence_ms,
        total_ms = total_ms, beep_ms = beep_ms, reserved = reserved,
    });
    same_layout!(RecordOptions, tandem_record_options {
        size = size, sides = sides, format = format, target = target, append = append, trim = trim,
        segment_seconds = segment_seconds, before_ms = before_ms, received_gain = received_gain,
        sent_gain = sent_gain, longest_silence_ms = longest_silence_ms,
    });
    same_layout!(GroupStatistics, tandem_group_statistics {
        size = size, channels = channels, calls = calls, free = free, placed = placed, refused = refused,
        placed_answered = placed_answered, offered = offered, offered_answered = offered_answered,
        talk_ms = talk_ms, all_busy_count = all_busy_count, all_busy_ms = all_busy_ms,
    });
    same_layout!(Alarm, tandem_alarm {
        size = size, kind = kind, severity = severity, place = place, object = object, number = number,
        since = since, text = text,
    });
    same_layout!(PlayState, tandem_play_state {
        size = size, paused = paused, heard_ms = heard_ms, position_ms = position_ms, length_ms = length_ms,
        waiting_ms = waiting_ms, dried = dried, faster_ppm = faster_ppm,
    });
    same_layout!(RecordState, tandem_record_state {
        size = size, paused = paused, ending = ending, reserved = reserved, recorded_ms = recorded_ms,
    });
    same_layout!(Changes, tandem_changes {
        size = size, spans_added = spans_added, spans_changed = spans_changed, spans_removed = spans_removed,
        calls = calls, reserved = reserved,
    });
    same_layout!(Levels, tandem_levels { gain = gain, target = target, gate = gate, reserved = reserved });
    same_layout!(Shape, tandem_shape { size = size, reserved = reserved, received = received, sent = sent,
        reminder_hz = reminder_hz, reminder_level = reminder_level, reminder_ms = reminder_ms,
        reminder_each_ms = reminder_each_ms,
    });
    same_layout!(FrameCounts, tandem_frame_counts {
        size = size, waiting = waiting, received = received, bad_fcs = bad_fcs, aborts = aborts,
        too_short = too_short, too_long = too_long, not_aligned = not_aligned, dropped = dropped,
        unread = unread, sent = sent, refused = refused,
    });
    same_layout!(ToneStep, tandem_tone_step { hz = hz, on_ms = on_ms, off_ms = off_ms });
    same_layout!(Tone, tandem_tone {
        size = size, step_count = step_count, deviation_hz = deviation_hz, periods = periods, steps = steps,
    });
    same_layout!(VoiceTerms, tandem_voice_terms {
        size = size, threshold = threshold, onset_ms = onset_ms, hangover_ms = hangover_ms,
    });
    same_layout!(SpanInfo, tandem_span_info {
        size = size, defects = defects, span = span, failed = failed, channels = channels, calls = calls,
        looped = looped, frames_lost = frames_lost,
    });
    same_layout!(Performance, tandem_performance {
        size = size, seconds = seconds,
        errored_seconds = errored_seconds,
        severely_errored_seconds = severely_errored_seconds,
        severely_errored_framing_seconds = severely_errored_framing_seconds,
        bursty_errored_seconds = bursty_errored_seconds,
        unavailable_seconds = unavailable_seconds,
        line_errored_seconds = line_errored_seconds,
        controlled_slip_seconds = controlled_slip_seconds,
        degraded_minutes = degraded_minutes,
        path_coding_violations = path_coding_violations,
        line_coding_violations = line_coding_violations,
        background_block_errors = background_block_errors,
        failures = failures,
    });
    same_layout!(Statistics, tandem_statistics {
        size = size, calls_active = calls_active, frames = frames, ticks = ticks, late_ticks = late_ticks,
        calls_offered = calls_offered, calls_refused = calls_refused, calls_placed = calls_placed,
        calls_answered = calls_answered, calls_cleared = calls_cleared, digits_received = digits_received,
        digits_dropped = digits_dropped, recordings = recordings, recorded_ms = recorded_ms,
        octets_in = octets_in, octets_out = octets_out, octets_tap_dropped = octets_tap_dropped,
        octets_starved = octets_starved, octets_muted = octets_muted,
        card_frames_missed = card_frames_missed, slips = slips, span_failures = span_failures,
        events_dropped = events_dropped, circuits_freed = circuits_freed, sounds_dropped = sounds_dropped,
        octets_lost = octets_lost, octets_concealed = octets_concealed,
    });
}

#[test]
fn every_structure_of_lines_and_cards_is_laid_out_as_in_the_header() {
    same_layout!(Clock, tandem_clock {
        size = size, reserved = reserved, source = source, since = since, changes = changes,
    });
    same_layout!(CardInfo, tandem_card_info {
        size = size, presence = presence, serial = serial, other_serial = other_serial, ports = ports,
        reserved = reserved, name = name, model = model, text = text,
    });
    same_layout!(SpanClock, tandem_span_clock {
        size = size, known = known, ppm = ppm, uncertainty_ppm = uncertainty_ppm, slip_period = slip_period,
        next_slip = next_slip, slips_repeated = slips_repeated, slips_deleted = slips_deleted,
        quality = quality, reserved = reserved, text = text,
    });
    same_layout!(LineTest, tandem_line_test {
        size = size, synchronised = synchronised, bits = bits, errors = errors, losses = losses,
        deletions = deletions, repetitions = repetitions, last_slip = last_slip,
    });
    same_layout!(CardSpan, tandem_card_span {
        size = size, framing = framing, line_code = line_code, crc4 = crc4, cas = cas, reserved = reserved,
    });
    same_layout!(CardStatus, tandem_card_status {
        size = size, defects = defects, framing_errors = framing_errors, crc_errors = crc_errors,
        e_bits = e_bits, line_code_violations = line_code_violations, slips_repeated = slips_repeated,
        slips_deleted = slips_deleted, frames_missed = frames_missed, line_bits = line_bits,
        quality = quality, looped = looped, looped_by_far_end = looped_by_far_end, sa_bits = sa_bits,
    });
    same_layout!(CardSecond, tandem_card_second {
        size = size, severe = severe, framing_errors = framing_errors, crc_errors = crc_errors,
        line_code_violations = line_code_violations, slips = slips,
    });
    same_layout!(Card, tandem_card {
        size = size, spans = spans, granule = granule, ports = ports, abilities = abilities,
        serial = serial, context = context,
        configure = configure, start = start, stop = stop, service = service, get_status = get_status,
        get_bits = get_bits, receive = receive, set_bits = set_bits, transmit = transmit,
        set_clock = set_clock, order = order, get_far_second = get_far_second, release = release,
    });
}

#[test]
fn the_sizes_of_version_0_1_stay_as_they_were() {
    // Raw numbers: hosts compiled with the first header say these. They never grow.
    assert_eq!(size_of::<Event>(), 352);
    assert_eq!(size_of::<tandem::types::CallInfo>(), 88);
    assert_eq!(size_of::<tandem::types::TapCall>(), 80);
    assert_eq!(size_of::<tandem::types::Time>(), 72);
    assert_eq!(size_of::<tandem::types::DChannel>(), 4640);
    assert_eq!(size_of::<tandem::types::CallOptions>(), 624);
    assert_eq!(size_of::<tandem::types::BridgeTerms>(), 32);
    assert_eq!(size_of::<tandem::types::EchoTerms>(), 24);
    assert_eq!(size_of::<tandem::types::BridgeParty>(), 48);
    assert_eq!(size_of::<tandem::types::CallParties>(), 728);
    assert_eq!(size_of::<tandem::types::AnswerOptions>(), 344);
    assert_eq!(size_of::<tandem::types::Element>(), 268);
    assert_eq!(size_of::<tandem::types::ChannelState>(), 40);
    assert_eq!(size_of::<tandem::types::Party>(), 104);
    assert_eq!(size_of::<tandem::types::Terms>(), 96);
    assert_eq!(size_of::<tandem::types::Piece>(), 48);
    assert_eq!(size_of::<tandem::types::ToneStep>(), 16);
    assert_eq!(size_of::<tandem::types::Tone>(), 144);
    assert_eq!(size_of::<tandem::types::FrameCounts>(), 88);
    assert_eq!(size_of::<tandem::types::PlayOptions>(), 24);
    assert_eq!(size_of::<tandem::types::StreamOptions>(), 28);
    assert_eq!(size_of::<tandem::types::StreamPortion>(), 40);
    assert_eq!(size_of::<tandem::types::VoiceTerms>(), 16);
    assert_eq!(size_of::<tandem::types::Levels>(), 16);
    assert_eq!(size_of::<tandem::types::GroupStatistics>(), 80);
    assert_eq!(size_of::<tandem::types::Changes>(), 24);
    assert_eq!(size_of::<tandem::types::PlayState>(), 48);
    assert_eq!(size_of::<tandem::types::RecordState>(), 24);
    assert_eq!(size_of::<tandem::types::PlayStreamOptions>(), 12);
    assert_eq!(size_of::<tandem::types::Alarm>(), 168);
    assert_eq!(size_of::<tandem::types::RecordOptions>(), 44);
    assert_eq!(size_of::<tandem::types::AnalysisOptions>(), 32);
    assert_eq!(size_of::<tandem::types::Shape>(), 56);
    assert_eq!(size_of::<tandem::types::SpanInfo>(), 40);
    assert_eq!(size_of::<tandem::types::Performance>(), 104);
    assert_eq!(size_of::<tandem::types::Statistics>(), 208);
    assert_eq!(size_of::<tandem::types::Clock>(), 32);
    assert_eq!(size_of::<tandem::types::SpanClock>(), 192);
    assert_eq!(size_of::<tandem::types::CardInfo>(), 248);
    assert_eq!(size_of::<tandem::types::LineTest>(), 56);
    assert_eq!(size_of::<tandem::types::CardSpan>(), 24);
    assert_eq!(size_of::<tandem::types::CardStatus>(), 88);
    assert_eq!(size_of::<tandem::types::Card>(), 136);
    assert_eq!(size_of::<tandem::types::CardSecond>(), 40);
}

#[test]
fn the_version_of_the_interface_is_the_headers() {
    let version = unsafe { outside::tandem_abi_version() };
    assert_eq!(version, outside::TANDEM_VERSION_MAJOR << 16 | outside::TANDEM_VERSION_MINOR);
    assert_eq!(common::text_at(unsafe { outside::tandem_version() }), env!("CARGO_PKG_VERSION"));
}
