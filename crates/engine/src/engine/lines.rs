//! What hosts do with spans and their channels, cards and clocks.
use super::Engine;
use crate::alarms::Alarm;
use crate::control::{ChannelState, ClockState, End, Performance, ReceivedFrame, SpanClock, TracedFrame};
use crate::error::EngineError;
use crate::sound::ToneTemplate;
use crate::statistics::{CardState, DChannel, FrameCounts, SpanState};
use std::path::Path;
use tandem_card::LineOrder;
use tandem_dsp::activity::ActivityOptions;
use tandem_dsp::blanking::Latency;
use tandem_isdn::capture;
use tandem_line::bert::{Pattern, TesterState};
use tandem_switch::link::{Detectors, EchoSetup, Shape, TestTone};
use tandem_types::{Abcd, Frames, Handle};

impl Engine {
    /// From now on, until the call on a channel is over, the host is told what these detectors hear there: `SoundBegan`,
    /// `SoundEnded` and `CallerId`. Digits are told in any case. The span has them by its configuration.
    pub fn channel_listen(&self, channel: Handle, detectors: Detectors) -> Result<(), EngineError> {
        self.ask(move |control| control.listen(channel, detectors))?
    }

    /// Has all detectors of tones listen for one more from now on, at most eight with those of the configuration. Gives the
    /// number of its name, `ToneName::User`. Channels that listen already go on.
    pub fn tone_define(&self, template: ToneTemplate) -> Result<u8, EngineError> {
        self.ask(move |control| control.define_tone(&template))?
    }

    /// Has them listen for a tone that was defined so no longer: where it is heard `SoundEnded` follows.
    pub fn tone_remove(&self, number: u8) -> Result<(), EngineError> {
        self.ask(move |control| control.remove_tone(number))?
    }

    /// From now on, until the call on a channel is over, the levels of what others hear of it, and of what its far end hears, are
    /// shaped so: a gain, one that follows the talker, a gate. Detectors and recordings hear what it received as it came; data
    /// is not touched. `None` leaves the levels as they are.
    pub fn channel_shape(&self, channel: Handle, shape: Option<Shape>) -> Result<(), EngineError> {
        self.ask(move |control| control.shape(channel, shape))?
    }

    /// From now on, until the call on a channel is over, these limits decide what counts as a voice there, for
    /// [`Detectors::VOICE`] and for operations that heed voices: `threshold_dbm0` from -60 to 0, the others at most 10 s.
    pub fn channel_attend(&self, channel: Handle, options: ActivityOptions) -> Result<(), EngineError> {
        self.ask(move |control| control.attend(channel, options))?
    }

    /// From now on, until the call on a channel is over, nobody who is connected to it or in a bridge with it hears the
    /// digits that its far end keys: the less it may be delayed, the more of their beginnings is heard
    /// (`docs/detectors.md`). The host is told of them as ever, recordings have them by their own rule, and connections
    /// for data are not touched. `None` has all heard at once again.
    pub fn channel_hide_digits(&self, channel: Handle, latency: Option<Latency>) -> Result<(), EngineError> {
        self.ask(move |control| control.hide_digits(channel, latency))?
    }

    /// From now on, until the call on a channel is over, the echo of what is sent to its far end is taken out of what comes
    /// back, by a canceller that has learnt nothing yet; or no longer. Calls begin as `span.echo` and `group.echo` of the
    /// configuration have it. Detectors, recordings and whoever is connected hear what is left; connections for data are
    /// not touched.
    pub fn channel_cancel_echo(&self, channel: Handle, setup: Option<EchoSetup>) -> Result<(), EngineError> {
        self.ask(move |control| control.cancel_echo(channel, setup))?
    }

    /// From now on, until the call on a channel is over, what its span loses on the way here is concealed, and what it receives
    /// is heard 3.75 ms later for that; or no longer. Calls begin as `span.conceal` of the configuration has it: with it
    /// where frames may be lost. Detectors, recordings and whoever is connected hear what is concealed; connections for data are
    /// not touched.
    pub fn channel_conceal(&self, channel: Handle, on: bool) -> Result<(), EngineError> {
        self.ask(move |control| control.conceal(channel, on))?
    }

    /// Blocks a channel, or gives it back. No new call begins on a blocked one; one in progress goes on. The far end is
    /// told where signalling can tell it. `ChannelServiceChanged` follows.
    pub fn channel_set_service(&self, channel: Handle, in_service: bool) -> Result<(), EngineError> {
        self.ask(move |control| control.set_channel_service(channel, in_service))?
    }

    /// Brings a channel to idle at both ends, whatever its state, and clears a call on it: RESTART of an ISDN span.
    pub fn channel_reset(&self, channel: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.reset_channel(channel))?
    }

    /// The same for all channels of a span on which calls are signalled; those that are being reset already are left to it.
    /// `ChannelServiceChanged` tells of each.
    pub fn span_reset(&self, span: usize) -> Result<(), EngineError> {
        self.ask(move |control| control.reset_span(span))?
    }

    /// Takes the D channel on a span out of service, or puts it back: its data link is released meanwhile, and the far end
    /// refused. Calls fare as when it fails: a backup takes over, or those that are answered live for T309. `LinkChanged` or
    /// `LinkSwitched` follows if that changes what signals them.
    pub fn d_channel_set_service(&self, span: usize, in_service: bool) -> Result<(), EngineError> {
        self.ask(move |control| control.set_d_channel_service(span, in_service))?
    }

    /// How a channel stands.
    pub fn channel_state(&self, channel: Handle) -> Result<ChannelState, EngineError> {
        self.ask(move |control| control.channel_state(channel))?
    }

    /// Writes the last frames of the D channel of an ISDN span, both ways, to a file that Wireshark and `tandem trace`
    /// read (pcap). In this thread. In virtual time it begins in 1970.
    pub fn write_trace(&self, span: usize, path: &Path) -> Result<(), EngineError> {
        let frames = self.ask(move |control| control.trace(span, 0, usize::MAX))??;
        let mut file = capture::file_header();
        frames.iter().for_each(|frame| capture::append(&mut file, &frame.captured()));
        std::fs::write(path, file)
            .map_err(|error| EngineError::File { path: path.to_owned(), problem: error.to_string() })
    }

    /// The frames of the D channel of a span after the one with number `last` that are kept still, the oldest first: who
    /// asks each second misses none. 0 asks for all.
    pub fn read_trace(&self, span: usize, last: u64) -> Result<Vec<TracedFrame>, EngineError> {
        self.ask(move |control| control.trace(span, last, usize::MAX))?
    }

    /// The same as a piece of a capture of at most `room` octets, which begins with the header of the file if `last` is 0;
    /// and the number of the last frame in it, for the next time.
    pub fn read_capture(&self, span: usize, last: u64, room: usize) -> Result<(Vec<u8>, u64), EngineError> {
        let mut octets = if last == 0 { capture::file_header() } else { Vec::new() };
        let left = room.checked_sub(octets.len());
        let left = left.ok_or(EngineError::BadArgument("there is no room for the header of a capture"))?;
        let frames = self.ask(move |control| control.trace(span, last, left))??;
        frames.iter().for_each(|frame| capture::append(&mut octets, &frame.captured()));
        // Without a frame the header is asked for again.
        let newest = frames.last().map_or(last, |frame| frame.number);
        Ok((if newest == 0 { Vec::new() } else { octets }, newest))
    }

    /// The channels of a span, in the order of their timeslots, each with its timeslot.
    pub fn channels(&self, span: usize) -> Result<Vec<(Handle, u8)>, EngineError> {
        self.ask(move |control| control.channels_of(span))
    }

    /// Sends a facility of Q.932 that belongs to no call over the D channel that signals for a span.
    pub fn send_facility(&self, span: usize, octets: &[u8]) -> Result<(), EngineError> {
        let octets = octets.to_owned();
        self.ask(move |control| control.send_facility(span, &octets))?
    }

    /// What has come on the D channel of an ISDN span.
    pub fn d_channel(&self, span: usize) -> Result<DChannel, EngineError> {
        self.ask(move |control| control.d_channel(span))?
    }

    /// The cards, in the order of the configuration, and whether they are in their places.
    pub fn cards(&self) -> Result<Vec<CardState>, EngineError> {
        self.check_open()?;
        let now = |(index, card): (usize, &CardState)| CardState {
            presence: self.media.presence(index),
            ..card.clone()
        };
        Ok(self.cards.iter().enumerate().map(now).collect())
    }

    /// The spans and their state.
    pub fn spans(&self) -> Result<Vec<SpanState>, EngineError> {
        let mut states = self.ask(|control| control.span_states())?;
        for (number, state) in states.iter_mut().enumerate() {
            state.frames_lost = self.media.frames_lost(number);
        }
        Ok(states)
    }

    /// The performance of an end of a span, counted from 0, in the quarter hour in progress (`ago` 0) or in one
    /// that is over (1 for the last, up to 96); `None` if the engine is not that old. Quarter hours begin when
    /// the engine is opened.
    pub fn performance(&self, span: usize, end: End, ago: usize) -> Result<Option<Performance>, EngineError> {
        self.ask(move |control| control.performance(span, end, ago))?
    }

    /// The performance of an end of a span over all quarter hours that are over, 24 hours at most.
    pub fn performance_of_day(&self, span: usize, end: End) -> Result<Performance, EngineError> {
        self.ask(move |control| control.performance_of_day(span, end))?
    }

    /// Where the engine's clock comes from.
    pub fn clock(&self) -> Result<ClockState, EngineError> {
        self.ask(|control| control.clock())
    }

    /// Sends signalling bits on a channel of a span with `signalling = "cas"`, after those on their way, for so long at least
    /// before others may follow. `BitsReceived` tells what comes.
    pub fn send_bits(&self, channel: Handle, bits: Abcd, length: Frames) -> Result<(), EngineError> {
        self.ask(move |control| control.send_bits(channel, bits, length))?
    }

    /// The signalling bits that a channel receives, where any have been, and those that the host sends.
    pub fn bits(&self, channel: Handle) -> Result<(Option<Abcd>, Option<Abcd>), EngineError> {
        self.ask(move |control| control.bits(channel))?
    }

    /// Sends a frame of 2 to 512 octets, without its check sequence, on a span, counted from 0, with `signalling = "hdlc"`. Where it
    /// finds no room, `FramesSendable` tells when there is some.
    pub fn send_frame(&self, span: usize, octets: Vec<u8>) -> Result<(), EngineError> {
        self.ask(move |control| control.send_frame(span, &octets))?
    }

    /// The oldest frame received on such a span that has not been read, without its check sequence, and when its closing flag
    /// came; none if none waits. One longer than `room` is refused, and stays. `FramesReceived` tells that frames wait.
    pub fn read_frame(&self, span: usize, room: usize) -> Result<Option<ReceivedFrame>, EngineError> {
        self.ask(move |control| control.read_frame(span, room))?
    }

    /// What has come of frames on such a span.
    pub fn frame_counts(&self, span: usize) -> Result<FrameCounts, EngineError> {
        self.ask(move |control| control.frame_counts(span))?
    }

    /// The alarms that go on with numbers above this, the oldest first, at most so many. `AlarmChanged` tells of changes.
    pub fn alarms_after(&self, number: u64, most: usize) -> Result<Vec<Alarm>, EngineError> {
        self.ask(move |control| control.alarms_after(number, most))
    }

    /// The clock of the line of a span, counted from 0.
    pub fn span_clock(&self, span: usize) -> Result<SpanClock, EngineError> {
        self.ask(move |control| control.span_clock(span))?
    }

    /// The national bits Sa4 to Sa8 that an E1 span, counted from 0, receives: Sa4 in bit 4 to Sa8 in bit 0, each as it
    /// was three times in a row; `None` while they are not known. [`LineOrder::SendSaBits`] sends some.
    pub fn sa_bits(&self, span: usize) -> Result<Option<u8>, EngineError> {
        self.check_open()?;
        if span >= self.config().spans.len() {
            return Err(EngineError::BadArgument("there is no span of that number"));
        }
        Ok(self.media.sa_bits(span))
    }

    /// Gives an order for the line of a span, counted from 0: a loop, a test error, an alarm. A span that is looped
    /// or sends AIS is out of use meanwhile: its calls are cleared with cause 27 and its circuits blocked.
    pub fn line_order(&self, span: usize, order: LineOrder) -> Result<(), EngineError> {
        self.ask(move |control| control.line_order(span, order))?
    }

    /// Sends a test pattern in these timeslots of a span, counted from 0 (bit n for timeslot n; they are one channel
    /// of N × 64 kbit/s), and looks for it in what they receive. Their channels must be free; they are blocked until
    /// the test is stopped. With [`WHOLE_LINE`](crate::WHOLE_LINE) in place of timeslots the pattern takes every bit of the
    /// line, framing too, if the card can do that; the span is out of use meanwhile, and has lost its alignment at both
    /// ends.
    pub fn line_test_start(&self, span: usize, slots: u32, pattern: Pattern) -> Result<Handle, EngineError> {
        self.ask(move |control| control.start_line_test(span, slots, pattern))?
    }

    /// What a line test has found so far.
    pub fn line_test(&self, test: Handle) -> Result<TesterState, EngineError> {
        self.ask(move |control| control.line_test(test))?
    }

    /// Sends so many bits of a line test wrong, at most one in each octet; of a whole line, one in each frame.
    pub fn line_test_insert_errors(&self, test: Handle, count: u32) -> Result<(), EngineError> {
        self.ask(move |control| control.insert_test_errors(test, count))?
    }

    /// Ends a line test, and gives what it found in all.
    pub fn line_test_stop(&self, test: Handle) -> Result<TesterState, EngineError> {
        self.ask(move |control| control.stop_line_test(test))?
    }

    /// Lets the far end of a channel hear the tone of a test line whenever no prompt plays to it and it is in no
    /// bridge, or no longer. Ends with the call.
    pub fn test_tone(&self, channel: Handle, tone: Option<TestTone>) -> Result<(), EngineError> {
        self.ask(move |control| control.test_tone(channel, tone))?
    }
}
