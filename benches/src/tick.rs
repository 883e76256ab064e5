//! A switch under load: spans full of channels with the same features in use, ticked without a card.
use crate::signal::{self, Frame, PERIOD};
use std::fmt;
use std::hint::black_box;
use std::sync::Arc;
use tandem_dsp::progress::{TonePlan, ToneSet};
use tandem_rt::sys::thread_cpu_ns;
use tandem_rt::{MediaLoop, MediaTick};
use tandem_switch::link::{BridgeId, Change, Detectors, FromMedia, SlotId, Source, TapReader, Voice};
use tandem_switch::{EarSetup, Exhausted, SpanSetup, SwitchControl, SwitchLimits, SwitchProc, new_switch};
use tandem_types::{
    Abcd, Bearer, FRAMES_PER_MS, Frames, Law, MAX_TICK_FRAMES, SpanIndex, TelephoneChannel, TickLength,
    Timeslot,
};

/// What is in use on every channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// Each channel hears another, in the same law: octets are copied.
    Plain,
    /// Each channel hears another through a conversion between A-law and µ-law.
    Conversion,
    /// As plain, and digits are detected.
    Dtmf,
    /// As plain, and every detector there is listens: digits, tones of a country, register and line signals, caller
    /// identification.
    Detectors,
    /// All channels talk and listen in bridges of eight.
    Bridge,
    /// As plain, and both directions are tapped.
    Tap,
    /// Bridges of eight whose parties are A-law and µ-law, digits detected, both directions tapped.
    Full,
}

impl Mix {
    /// All mixes, from the least work to the most.
    pub const ALL: [Self; 7] =
        [Self::Plain, Self::Conversion, Self::Dtmf, Self::Detectors, Self::Bridge, Self::Tap, Self::Full];

    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Conversion => "conversion",
            Self::Dtmf => "dtmf",
            Self::Detectors => "detectors",
            Self::Bridge => "bridge",
            Self::Tap => "tap",
            Self::Full => "full",
        }
    }

    const fn both_laws(self) -> bool {
        matches!(self, Self::Conversion | Self::Full)
    }

    const fn bridged(self) -> bool {
        matches!(self, Self::Bridge | Self::Full)
    }

    const fn detectors(self) -> Detectors {
        match self {
            Self::Dtmf | Self::Full => Detectors::DIGITS,
            Self::Detectors => Detectors::ALL,
            Self::Plain | Self::Conversion | Self::Bridge | Self::Tap => Detectors::NONE,
        }
    }

    const fn tapped(self) -> bool {
        matches!(self, Self::Tap | Self::Full)
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A switch of so many spans with 30 channels each, all in use.
#[derive(Debug)]
pub struct Load {
    media: MediaLoop,
    tick: TickLength,
    switch: SwitchProc,
    control: SwitchControl,
    taps: Vec<TapReader>,
    spans: usize,
    /// What the spans receive, in A-law and in µ-law.
    received: [Vec<Frame>; 2],
    sent: [Frame; MAX_TICK_FRAMES],
    laws: Vec<Law>,
    digits: u64,
    tapped: u64,
}

impl Load {
    /// Sets everything up and runs the first second, which reaches every part once. `spans` from 1 to 128;
    /// with fewer than two a conversion has no second law to convert to.
    pub fn new(spans: usize, mix: Mix, tick: TickLength) -> Result<Self, Exhausted> {
        let laws: Vec<Law> =
            (0..spans).map(|span| if mix.both_laws() && span % 2 == 1 { Law::Mu } else { Law::A }).collect();
        let plan = TonePlan::country("cn").expect("it comes with the library");
        let tones = Arc::new(ToneSet::new(&plan).expect("it fits"));
        let ears = EarSetup { detectors: mix.detectors(), tones: Some(tones) };
        let setups: Vec<SpanSetup> = laws
            .iter()
            .map(|law| SpanSetup {
                law: *law,
                traffic: TRAFFIC,
                idle_bits: Abcd::new(0b1101),
                hdlc: None,
                ears: ears.clone(),
            })
            .collect();
        let (control, switch) = new_switch(&setups, &limits(spans));
        let received = [Law::A, Law::Mu].map(signal::span_octets);
        let media = MediaLoop::default();
        let sent = [[0; Timeslot::PER_FRAME]; MAX_TICK_FRAMES];
        let (taps, digits, tapped) = (Vec::new(), 0, 0);
        let mut load =
            Self { media, tick, switch, control, taps, spans, received, sent, laws, digits, tapped };
        load.set_up(mix)?;
        load.run(PERIOD as u64 / tick.frames() as u64);
        Ok(load)
    }

    /// How many channels are in use.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.spans * CHANNELS_PER_SPAN
    }

    /// Digits recognised so far.
    #[must_use]
    pub const fn digits(&self) -> u64 {
        self.digits
    }

    /// Frames that came out of the taps so far.
    #[must_use]
    pub const fn tapped(&self) -> u64 {
        self.tapped
    }

    /// Runs so many ticks, and says what processor time they took, in nanoseconds. What the control and
    /// recorder threads would do meanwhile is done in between and not counted.
    pub fn run(&mut self, ticks: u64) -> u64 {
        let longest = (BETWEEN_DRAINS / self.tick.frames() as u64).max(1);
        let (mut left, mut spent) = (ticks, 0);
        while left > 0 {
            let now = left.min(longest);
            let begun = thread_cpu_ns();
            (0..now).for_each(|_| self.one_tick());
            spent += thread_cpu_ns() - begun;
            left -= now;
            self.drain();
        }
        spent
    }

    /// Checks that every octet so far is accounted for, and that none was lost.
    pub fn check(&self) -> Result<(), String> {
        let totals = self.control.counters().totals();
        totals.check(&self.switch.pending(|_| 0))?;
        match totals.octets_tap_dropped + totals.digits_dropped + totals.sounds_dropped {
            0 => Ok(()),
            lost => {
                Err(format!("{lost} octets, digits and sounds were dropped: the load is not what it claims"))
            }
        }
    }

    fn one_tick(&mut self) {
        let Self { media, tick, switch, received, sent, laws, .. } = self;
        media.run_tick(tick.frames(), |tick| {
            for (span, law) in laws.iter().enumerate() {
                receive(switch, span, &received[usize::from(*law == Law::Mu)], tick);
            }
            switch.process(tick);
            for span in 0..laws.len() {
                send(switch, span, &mut sent[..tick.frames()]);
            }
        });
    }

    fn drain(&mut self) {
        for tap in &mut self.taps {
            while let Some(block) = tap.pop() {
                self.tapped += u64::from(black_box(block).length);
            }
        }
        while let Some(message) = self.control.poll() {
            self.digits += u64::from(matches!(message, FromMedia::DigitStart { .. }));
        }
        while self.control.poll_caller_id().is_some() {}
    }

    fn set_up(&mut self, mix: Mix) -> Result<(), Exhausted> {
        let channels = self.channels();
        let bridges: Vec<BridgeId> = if mix.bridged() {
            (0..channels.div_ceil(PARTIES))
                .map(|_| self.control.new_bridge().map(|(bridge, _)| bridge))
                .collect::<Result<_, _>>()?
        } else {
            Vec::new()
        };
        let mut changes = Vec::new();
        for number in 0..channels {
            let slot = channel(number);
            // Parties of a bridge and the two ends of a route are on different spans.
            let source = match bridges.get(number % bridges.len().max(1)) {
                Some(bridge) => {
                    changes.push(Change::Enter { slot, bridge: *bridge, voice: Voice::FULL });
                    Source::Bridge(*bridge)
                }
                None => Source::Slot(channel((number + CHANNELS_PER_SPAN) % channels)),
            };
            changes.push(Change::Listen { sink: slot, source, bearer: Bearer::Speech });
            changes.push(Change::Detect { slot, detectors: mix.detectors() });
        }
        self.control.apply(changes);
        for number in (0..channels).filter(|_| mix.tapped()) {
            self.taps.push(self.control.start_tap(channel(number), None, None, Frames(16_000))?.1);
            // Media takes a bounded number of messages a tick.
            if number % 64 == 63 {
                self.run(1);
            }
        }
        Ok(())
    }
}

fn limits(spans: usize) -> SwitchLimits {
    let channels = spans * CHANNELS_PER_SPAN;
    SwitchLimits {
        spans,
        players: 512,
        taps: channels,
        bridges: channels.div_ceil(PARTIES),
        bridge_parties: PARTIES,
    }
}

/// What the engine does with a span before the switch works: frames in, signalling bits in.
fn receive(switch: &mut SwitchProc, span: usize, second: &[Frame], tick: &MediaTick<'_>) {
    let from = (tick.start().0 as usize + span * SPAN_SHIFT) % PERIOD;
    switch.receive(span, 0, tick.frames()).copy_from_slice(&second[from..from + tick.frames()]);
    switch.note_received_bits(span, &[Abcd::new(0b0101); Timeslot::PER_FRAME], tick.end());
}

/// What the engine does with a span after the switch has worked: frames out, changed bits out.
fn send(switch: &mut SwitchProc, span: usize, frames: &mut [Frame]) {
    let (made, changes) = switch.take_made(span, frames.len());
    frames.copy_from_slice(made);
    changes.for_each(|change| {
        black_box(change);
    });
    switch.note_sent(span, frames.len());
    black_box(frames);
}

/// Channel `number` of the load, from 0.
fn channel(number: usize) -> SlotId {
    let channel = TelephoneChannel::new((number % CHANNELS_PER_SPAN + 1) as u8).expect("1 to 30");
    SlotId { span: SpanIndex((number / CHANNELS_PER_SPAN) as u16), slot: channel.timeslot() }
}

/// Telephone channels of an E1 with channel-associated signalling.
pub const CHANNELS_PER_SPAN: usize = 30;
const TRAFFIC: u32 = 0xfffe_fffe;
const PARTIES: usize = 8;
/// By how many frames the signal of each span is ahead of the one before.
const SPAN_SHIFT: usize = 1237;
/// Frames between two visits of control and recorder: 100 ms, a twentieth of what a tap holds.
const BETWEEN_DRAINS: u64 = 100 * FRAMES_PER_MS;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mix_does_what_it_says_and_loses_nothing() {
        for mix in Mix::ALL {
            let mut load = Load::new(2, mix, TickLength::DEFAULT).expect("within the limits");
            load.run(1000);
            load.check().expect("all accounted for");
            // Two digits a second and channel: one second to set up, one to run.
            let expected = if mix.detectors().contains(Detectors::DIGITS) { 60 * 3..=60 * 4 } else { 0..=0 };
            assert!(expected.contains(&load.digits()), "{mix}: {} digits", load.digits());
            assert_eq!(load.tapped() > 0, mix.tapped(), "{mix}");
        }
    }
}
