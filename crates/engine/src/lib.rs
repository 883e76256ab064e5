//! The engine: control plane and assembly. Opens cards, runs the media, and turns circuits into calls.
//!
//! [`Engine`] is what hosts use, from any thread. Inside, media, control, prompts and recordings are
//! components that are stepped; one of two runners drives them, in virtual time or with a thread each. Only
//! the runners read a clock and make threads.
#![forbid(unsafe_code)]

mod alarms;
mod bridge;
mod clock;
pub mod config;
mod control;
mod engine;
mod error;
mod event;
mod event_queue;
mod information;
mod media;
mod party;
mod playback;
mod prompter;
mod prompts;
mod recorder;
mod runner;
mod seconds;
mod sound;
mod span_change;
mod statistics;
mod streams;
mod table;
mod tapped;

pub use alarms::{Alarm, AlarmKind, Severity};
pub use bridge::{PartyState, PartyTerms, Role};
pub use config::{Config, ConfigError};
pub use control::{
    CallEnd, CallInfo, CallState, ChannelState, ClockState, End, Hears, Performance, PlayState,
    ReceivedFrame, RecordState, SpanClock, Terms, TracedFrame, WHOLE_LINE,
};
pub use engine::Engine;
pub use error::{EngineError, OpenError};
pub use event::{CallId, CallNews, CallStage, EndReason, Event, EventKind};
pub use information::{CallProgress, ChannelService, HoldChange, InformationKind, Provisioned, SpanNews};
pub use party::{AnswerOptions, CallParties, Element, NumberType, Party, PlaceOptions, Subaddress};
pub use playback::{Part, Piece, PlayOptions, Seek};
pub use recorder::RecordOptions;
pub use sound::{Sound, ToneTemplate};
pub use statistics::{CardState, DChannel, FrameCounts, GroupState, SpanState, Statistics, Totals};
pub use streams::{Chunk, PlayStreamOptions, Portion, Sent, StreamOptions, StreamSide};
pub use tandem_card::{LineError, LineOrder, LoopCommand, LoopObedience, Loopback, Presence};
pub use tandem_dsp::activity::ActivityOptions;
pub use tandem_dsp::analysis::{AnalysisOptions, Class, Interim, Reasons, Verdict};
pub use tandem_dsp::blanking::Latency;
pub use tandem_dsp::comfort::Description as NoiseDescription;
pub use tandem_dsp::echo::EchoOptions;
pub use tandem_dsp::leveller::LevelOptions;
pub use tandem_dsp::mf::{MfSignal, MfSystem};
pub use tandem_dsp::mix::Gain;
pub use tandem_dsp::progress::{Step as ToneStep, ToneName};
pub use tandem_dsp::reminder::ReminderTone;
pub use tandem_dsp::stretch::Speed;
pub use tandem_files::wav::RecordingSides;
pub use tandem_files::{G726Rate, RawEncoding, RawFormat};
pub use tandem_isdn::Side;
pub use tandem_isdn::q921::LinkCounters;
pub use tandem_isdn::q931::{Counters as CallCounters, DigitsEnd};
pub use tandem_isdn::tap::{TapEnd, TapState};
pub use tandem_line::bert::{Pattern, TesterCounts, TesterState};
pub use tandem_line::clock::{Drift, Quality};
pub use tandem_line::hdlc::HdlcCounters;
pub use tandem_line::pm::Counts as PerformanceCounts;
pub use tandem_line::t1::LoopCode;
pub use tandem_rt::sys::LocalTime;
pub use tandem_switch::link::{Detectors, DigitTones, EchoSetup, EchoTail, Shape, TestTone};
pub use tapped::TapCallInfo;
