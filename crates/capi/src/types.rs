//! The structures of the header, and what its numbers mean in Rust.
use std::ffi::{c_char, c_void};

mod numbers;

pub use numbers::*;

/// `tandem_event`: one thing that happened.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)] // the header documents the fields
pub struct Event {
    pub size: u32,
    pub kind: u32,
    pub seq: u64,
    pub frame: u64,
    pub object: u64,
    pub call: u64,
    pub operation: u64,
    pub reason: i32,
    pub value: i32,
    pub length_ms: u64,
    pub gap_ms: u64,
    pub start: u64,
    pub text: [c_char; 256],
    pub lost_ms: u64,
    pub gaps: u32,
    pub reserved: u32,
}

/// `tandem_call_info`: what is known of a call.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct CallInfo {
    pub size: u32,
    pub state: u32,
    pub channel: u64,
    pub user: u64,
    pub interaction: u64,
    pub began: u64,
    pub answered: u64,
    pub ended: u64,
    pub bearer: u32,
    pub incoming: u32,
    pub cause: u32,
    pub cleared_by_far_end: u32,
    pub law: u32,
    pub number_end: u32,
    pub cause_location: u32,
    pub progress: u32,
}

/// `tandem_tap_call`: a call of others.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct TapCall {
    pub size: u32,
    pub state: u32,
    pub call: u64,
    pub span: u64,
    pub from_network: u64,
    pub from_user: u64,
    pub began: u64,
    pub answered: u64,
    pub ended: u64,
    pub by_network: u32,
    pub whole: u32,
    pub cause: u32,
    pub end: u32,
}

/// `tandem_time`: a moment by the clock of the day.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Time {
    pub size: u32,
    pub offset_seconds: i32,
    pub utc_us: u64,
    pub zone: [c_char; 16],
    pub text: [c_char; 40],
}

/// `tandem_d_channel`: what a D channel has counted.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct DChannel {
    pub size: u32,
    pub up: u32,
    pub frames: u64,
    pub bad_fcs: u64,
    pub aborts: u64,
    pub wrong_length: u64,
    pub frames_dropped: u64,
    pub sent: [u64; 16],
    pub received: [u64; 16],
    pub errors: [u64; 16],
    pub retransmitted: u64,
    pub t200_expiries: u64,
    pub established: u64,
    pub resets: u64,
    pub failures: u64,
    pub outages: u64,
    pub outage_ms: u64,
    pub far_end_busy: u64,
    pub messages_sent: [u64; 128],
    pub messages_received: [u64; 128],
    pub calls_made: u64,
    pub calls_taken: u64,
    pub refused: [u64; 128],
    pub released: [u64; 128],
    pub not_of_q931: u64,
    pub of_unknown_calls: u64,
    pub unexpected: u64,
    pub bad_elements: u64,
}

/// `tandem_channel_state`: how a channel stands.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct ChannelState {
    pub size: u32,
    pub service: u32,
    pub call: u64,
    pub span_down: u32,
    pub tested: u32,
    pub hears: u64,
    pub hears_as: u32,
    pub digits: u32,
}

/// `tandem_element`: an element of a message.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Element {
    pub codeset: u32,
    pub id: u32,
    pub length: u32,
    pub content: [u8; 256],
}

/// `tandem_answer_options`: what goes with an answer.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct AnswerOptions {
    pub size: u32,
    pub user_user_length: u32,
    pub connected: Party,
    pub display: [c_char; 96],
    pub user_user: [u8; 136],
}

/// `tandem_bridge_terms`: how a channel takes part in a bridge.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct BridgeTerms {
    pub size: u32,
    pub role: u32,
    pub pupil: u64,
    pub gain: i32,
    pub muted: u32,
    pub moderator: u32,
    pub reserved: u32,
}

/// `tandem_bridge_party`: a party of a bridge.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct BridgeParty {
    pub size: u32,
    pub role: u32,
    pub bridge: u64,
    pub pupil: u64,
    pub gain: i32,
    pub muted: u32,
    pub level: i32,
    pub speaks: u32,
    pub heard: u32,
    pub moderator: u32,
}

/// `tandem_echo_terms`: how echo is cancelled.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct EchoTerms {
    pub size: u32,
    pub tail_ms: u32,
    pub linear_only: u32,
    pub silence: u32,
    pub heed_no_tones: u32,
    pub reserved: u32,
}

/// `tandem_terms`: what ends an operation.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Terms {
    pub size: u32,
    pub any_digit: u32,
    pub digits: [c_char; 20],
    pub max_digits: u32,
    pub first_digit_ms: u64,
    pub inter_digit_ms: u64,
    pub max_time_ms: u64,
    pub tones: u64,
    pub silence_ms: u64,
    pub initial_silence_ms: u64,
    pub max_voice_ms: u64,
    pub voice: u32,
    pub reserved: u32,
}

/// `tandem_piece`: a piece of a play.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Piece {
    pub path: *const c_char,
    pub samples: *const i16,
    pub count: u64,
    pub offset: u64,
    pub length: u64,
    pub format: u32,
    pub reserved: u32,
}

/// `tandem_play_options`: how pieces are played.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct PlayOptions {
    pub size: u32,
    pub rounds: u32,
    pub speed_percent: u32,
    pub gain: i32,
    pub start_ms: u64,
}

/// `tandem_record_options`: what a recording is to be like.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct RecordOptions {
    pub size: u32,
    pub sides: u32,
    pub format: u32,
    pub target: i32,
    pub append: u32,
    pub trim: u32,
    pub segment_seconds: u32,
    pub before_ms: u32,
    pub received_gain: i32,
    pub sent_gain: i32,
    pub longest_silence_ms: u32,
}

/// `tandem_play_stream_options`: how what a host gives on the way is played.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct PlayStreamOptions {
    pub size: u32,
    pub buffer_ms: u32,
    pub live_ms: u32,
}

/// `tandem_stream_options`: how what is heard is given to the host.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct StreamOptions {
    pub size: u32,
    pub side: u32,
    pub each_ms: u32,
    pub buffer_ms: u32,
    pub waits_for_voice: u32,
    pub before_voice_ms: u32,
    pub suppress: u32,
}

/// `tandem_stream_portion`: what is to be sent of a stream that suppresses silence.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct StreamPortion {
    pub size: u32,
    pub kind: u32,
    pub frame: u64,
    pub count: u32,
    pub noise_length: u32,
    pub noise: [u8; 16],
}

/// `tandem_analysis_options`: how a call is analysed.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct AnalysisOptions {
    pub size: u32,
    pub bias: i32,
    pub threshold: i32,
    pub no_answer_ms: u32,
    pub silence_ms: u32,
    pub total_ms: u32,
    pub beep_ms: u32,
    pub reserved: u32,
}

/// `tandem_group_statistics`: a group of trunks.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct GroupStatistics {
    pub size: u32,
    pub channels: u32,
    pub calls: u32,
    pub free: u32,
    pub placed: u64,
    pub refused: u64,
    pub placed_answered: u64,
    pub offered: u64,
    pub offered_answered: u64,
    pub talk_ms: u64,
    pub all_busy_count: u64,
    pub all_busy_ms: u64,
}

/// `tandem_play_state`: how far a play has come.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct PlayState {
    pub size: u32,
    pub paused: u32,
    pub heard_ms: u64,
    pub position_ms: u64,
    pub length_ms: u64,
    pub waiting_ms: u64,
    pub dried: u32,
    pub faster_ppm: i32,
}

/// `tandem_record_state`: how far a recording has come.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct RecordState {
    pub size: u32,
    pub paused: u32,
    pub ending: u32,
    pub reserved: u32,
    pub recorded_ms: u64,
}

/// `tandem_alarm`: something that is wrong now.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Alarm {
    pub size: u32,
    pub kind: u32,
    pub severity: u32,
    pub place: u32,
    pub object: u64,
    pub number: u64,
    pub since: u64,
    pub text: [c_char; 128],
}

/// `tandem_changes`: what another configuration means for the spans.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Changes {
    pub size: u32,
    pub spans_added: u32,
    pub spans_changed: u32,
    pub spans_removed: u32,
    pub calls: u32,
    pub reserved: u32,
}

/// `tandem_levels`: the levels of one direction.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Levels {
    pub gain: i32,
    pub target: i32,
    pub gate: i32,
    pub reserved: i32,
}

/// `tandem_shape`: the levels of a channel.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Shape {
    pub size: u32,
    pub reserved: u32,
    pub received: Levels,
    pub sent: Levels,
    pub reminder_hz: u32,
    pub reminder_level: i32,
    pub reminder_ms: u32,
    pub reminder_each_ms: u32,
}

/// `tandem_frame_counts`: what has come of frames.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct FrameCounts {
    pub size: u32,
    pub waiting: u32,
    pub received: u64,
    pub bad_fcs: u64,
    pub aborts: u64,
    pub too_short: u64,
    pub too_long: u64,
    pub not_aligned: u64,
    pub dropped: u64,
    pub unread: u64,
    pub sent: u64,
    pub refused: u64,
}

/// `tandem_tone_step`: a sound of a tone.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct ToneStep {
    pub hz: [u32; 2],
    pub on_ms: u32,
    pub off_ms: u32,
}

/// `tandem_tone`: a tone that a host defines.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Tone {
    pub size: u32,
    pub step_count: u32,
    pub deviation_hz: u32,
    pub periods: u32,
    pub steps: [ToneStep; 8],
}

/// `tandem_voice_terms`: what counts as a voice.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct VoiceTerms {
    pub size: u32,
    pub threshold: i32,
    pub onset_ms: u32,
    pub hangover_ms: u32,
}

/// `tandem_span_info`: the state of a span.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct SpanInfo {
    pub size: u32,
    pub defects: u32,
    pub span: u64,
    pub failed: u32,
    pub channels: u32,
    pub calls: u32,
    pub looped: u32,
    pub frames_lost: u64,
}

/// `tandem_performance`: the performance of one end of a span.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Performance {
    pub size: u32,
    pub seconds: u32,
    pub errored_seconds: u64,
    pub severely_errored_seconds: u64,
    pub severely_errored_framing_seconds: u64,
    pub bursty_errored_seconds: u64,
    pub unavailable_seconds: u64,
    pub line_errored_seconds: u64,
    pub controlled_slip_seconds: u64,
    pub degraded_minutes: u64,
    pub path_coding_violations: u64,
    pub line_coding_violations: u64,
    pub background_block_errors: u64,
    pub failures: u64,
}

/// `tandem_statistics`: what an engine has counted.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Statistics {
    pub size: u32,
    pub calls_active: u32,
    pub frames: u64,
    pub ticks: u64,
    pub late_ticks: u64,
    pub calls_offered: u64,
    pub calls_refused: u64,
    pub calls_placed: u64,
    pub calls_answered: u64,
    pub calls_cleared: u64,
    pub digits_received: u64,
    pub digits_dropped: u64,
    pub recordings: u64,
    pub recorded_ms: u64,
    pub octets_in: u64,
    pub octets_out: u64,
    pub octets_tap_dropped: u64,
    pub octets_starved: u64,
    pub octets_muted: u64,
    pub card_frames_missed: u64,
    pub slips: u64,
    pub span_failures: u64,
    pub events_dropped: u64,
    pub circuits_freed: u64,
    pub sounds_dropped: u64,
    pub octets_lost: u64,
    pub octets_concealed: u64,
}

/// `tandem_clock`: the clock of an engine.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Clock {
    pub size: u32,
    pub reserved: u32,
    pub source: u64,
    pub since: u64,
    pub changes: u64,
}

/// `tandem_card_info`: a card, and whether it is in its place.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct CardInfo {
    pub size: u32,
    pub presence: u32,
    pub serial: u32,
    pub other_serial: u32,
    pub ports: u32,
    pub reserved: u32,
    pub name: [c_char; 64],
    pub model: [c_char; 32],
    pub text: [c_char; 128],
}

/// `tandem_span_clock`: the clock of the line of a span.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct SpanClock {
    pub size: u32,
    pub known: u32,
    pub ppm: f64,
    pub uncertainty_ppm: f64,
    pub slip_period: u64,
    pub next_slip: u64,
    pub slips_repeated: u64,
    pub slips_deleted: u64,
    pub quality: u32,
    pub reserved: u32,
    pub text: [c_char; 128],
}

/// `tandem_line_test`: what a line test has found.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct LineTest {
    pub size: u32,
    pub synchronised: u32,
    pub bits: u64,
    pub errors: u64,
    pub losses: u64,
    pub deletions: u64,
    pub repetitions: u64,
    pub last_slip: i64,
}

/// `tandem_card_span`: how a span of a card is set up.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct CardSpan {
    pub size: u32,
    pub framing: u32,
    pub line_code: u32,
    pub crc4: u32,
    pub cas: u32,
    pub reserved: u32,
}

/// `tandem_card_status`: the state of a span of a card.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct CardStatus {
    pub size: u32,
    pub defects: u32,
    pub framing_errors: u64,
    pub crc_errors: u64,
    pub e_bits: u64,
    pub line_code_violations: u64,
    pub slips_repeated: u64,
    pub slips_deleted: u64,
    pub frames_missed: u64,
    pub line_bits: u64,
    pub quality: u32,
    pub looped: u32,
    pub looped_by_far_end: u32,
    pub sa_bits: u32,
}

/// `tandem_party`: a party of a call.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Party {
    pub number_type: u32,
    pub withheld: u32,
    pub screening: u32,
    pub reason: u32,
    pub subaddress_kind: u32,
    pub subaddress_odd: u32,
    pub subaddress_length: u32,
    pub reserved: u32,
    pub number: [c_char; 48],
    pub subaddress: [u8; 24],
}

/// `tandem_call_options`: what goes with a call.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct CallOptions {
    pub size: u32,
    pub bearer: u32,
    pub called_type: u32,
    pub incomplete: u32,
    pub calling: Party,
    pub redirecting: Party,
    pub display: [c_char; 96],
    pub user_user_length: u32,
    pub element_count: u32,
    pub user_user: [u8; 136],
    pub elements: *const Element,
    pub channel_may_change: u32,
    pub called_subaddress_kind: u32,
    pub original_called: Party,
    pub called_subaddress_odd: u32,
    pub called_subaddress_length: u32,
    pub called_subaddress: [u8; 24],
    pub law: u32,
    pub reserved: u32,
}

/// `tandem_call_parties`: who is behind a call.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct CallParties {
    pub size: u32,
    pub reserved: u32,
    pub calling: Party,
    pub redirecting: Party,
    pub display: [c_char; 96],
    pub connected: Party,
    pub called: Party,
    pub original_called: Party,
    pub second_calling: Party,
}

/// `tandem_card_second`: a second of the far end of a T1.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct CardSecond {
    pub size: u32,
    pub severe: u32,
    pub framing_errors: u64,
    pub crc_errors: u64,
    pub line_code_violations: u64,
    pub slips: u64,
}

type Context = *mut c_void;

/// `tandem_card`: a card that the host brings, and its functions.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Card {
    pub size: u32,
    pub spans: u32,
    pub granule: u32,
    pub ports: u32,
    pub abilities: u32,
    pub serial: u32,
    pub context: Context,
    pub configure: Option<unsafe extern "C" fn(Context, u32, *const CardSpan) -> i32>,
    pub start: Option<unsafe extern "C" fn(Context) -> i32>,
    pub stop: Option<unsafe extern "C" fn(Context)>,
    pub service: Option<unsafe extern "C" fn(Context, u64)>,
    pub get_status: Option<unsafe extern "C" fn(Context, u32, *mut CardStatus)>,
    pub get_bits: Option<unsafe extern "C" fn(Context, u32, *mut u8)>,
    pub receive: Option<unsafe extern "C" fn(Context, u32, *mut u8)>,
    pub set_bits: Option<unsafe extern "C" fn(Context, u32, u32, u32)>,
    pub transmit: Option<unsafe extern "C" fn(Context, u32, *const u8)>,
    pub set_clock: Option<unsafe extern "C" fn(Context, i32)>,
    pub order: Option<unsafe extern "C" fn(Context, u32, u32, u32)>,
    pub get_far_second: Option<unsafe extern "C" fn(Context, u32, *mut CardSecond) -> u32>,
    pub release: Option<unsafe extern "C" fn(Context)>,
}

/// `tandem_card_function`, which makes a card; NULL is refused.
pub type CardFunction = Option<
    unsafe extern "C" fn(
        context: Context,
        name: *const c_char,
        options: *const c_char,
        card: *mut Card,
    ) -> i32,
>;

/// `TANDEM_EVENT_`: the types of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[allow(missing_docs)]
pub enum EventType {
    CallOffered = 1,
    CallAnswered = 2,
    CallCleared = 3,
    Digit = 4,
    PlayDone = 5,
    CollectDone = 6,
    RecordDone = 7,
    SpanDefects = 8,
    SpanFailed = 9,
    SpanRestored = 10,
    Overflow = 11,
    EngineFailed = 12,
    ClockChanged = 13,
    TimingLoop = 14,
    SpanLooped = 15,
    CallProgress = 16,
    LinkChanged = 17,
    CallDisconnected = 18,
    CallHold = 19,
    CallInformation = 20,
    ChannelService = 21,
    LinkLooped = 22,
    LinkSwitched = 23,
    SpanFacility = 24,
    SoundBegan = 25,
    SoundEnded = 26,
    CallerId = 27,
    StreamReady = 28,
    StreamDone = 29,
    CallAnalysed = 30,
    CallHeard = 31,
    CallBeep = 32,
    GroupBusy = 33,
    SpanChanged = 34,
    DigitEnded = 35,
    Timer = 36,
    RecordSegment = 37,
    Alarm = 38,
    Bits = 39,
    Talker = 40,
    TapCall = 41,
    CallTransferred = 45,
    Frame = 43,
    FrameRoom = 44,
    BridgeModerated = 46,
}
