//! What listens on a span: detectors for all of its slots at once, one pass of the expanded samples for all of them.
use crate::link::Detectors;
use crate::proc::PIECE;
use crate::proc::voices::{VoiceEvent, Voices};
use std::fmt;
use std::sync::Arc;
use tandem_dsp::activity::ActivityOptions;
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::dtmf::{DetectorBank, DtmfEvent};
use tandem_dsp::fsk::{CallerIdBank, CallerIdEvent};
use tandem_dsp::mf::{MfBank, MfEvent, MfSystem};
use tandem_dsp::progress::{ToneBank, ToneEvent, ToneSet};
use tandem_types::{FrameTime, Timeslot};

/// What may be listened for on the slots of a span. Digits and voices always may.
#[derive(Clone, Debug, Default)]
pub struct EarSetup {
    /// Register and line signals, and caller identification.
    pub detectors: Detectors,
    /// The tones of a country, with those of fax machines and modems, which many spans may share.
    pub tones: Option<Arc<ToneSet>>,
}

/// What was heard. It is handed over and never kept, so that its size does not matter.
#[allow(clippy::large_enum_variant)]
pub(crate) enum Heard {
    Digit(DtmfEvent),
    Tone(ToneEvent),
    Signal(MfEvent),
    CallerId(CallerIdEvent),
    Voice(VoiceEvent),
}

/// The detectors of a span.
pub(crate) struct Ears {
    /// What is listened for on each slot.
    wanted: [Detectors; Timeslot::PER_FRAME],
    /// Slots that are listened to.
    listening: u32,
    digits: DetectorBank,
    /// Digits that go on, as their beginnings were told, and on which slots.
    held: [Option<DtmfEvent>; Timeslot::PER_FRAME],
    holding: u32,
    tones: Option<(Arc<ToneSet>, ToneBank)>,
    signals: Vec<(Detectors, MfBank)>,
    caller_ids: Option<CallerIdBank>,
    voices: Voices,
}

impl Ears {
    /// For span `number`: the work of different spans falls on different ticks.
    pub(crate) fn new(setup: &EarSetup, number: usize) -> Self {
        let set = InstructionSet::detect();
        let phase = number * PIECE;
        let may = |system: &(Detectors, MfSystem)| setup.detectors.contains(system.0);
        let bank = |(detector, system)| (detector, MfBank::with_phase(set, system, phase));
        let caller_ids = setup.detectors.contains(Detectors::CALLER_ID);
        Self {
            wanted: [Detectors::NONE; Timeslot::PER_FRAME],
            listening: 0,
            held: [None; Timeslot::PER_FRAME],
            holding: 0,
            digits: DetectorBank::with_phase(set, phase),
            tones: setup.tones.clone().map(|tones| (tones, ToneBank::with_phase(set, phase))),
            signals: SYSTEMS.into_iter().filter(may).map(bank).collect(),
            caller_ids: caller_ids.then(CallerIdBank::new),
            voices: Voices::new(),
        }
    }

    /// Slots that are listened to.
    pub(crate) const fn listening(&self) -> u32 {
        self.listening
    }

    /// Slots on which a digit goes on.
    pub(crate) const fn holding(&self) -> u32 {
        self.holding
    }

    /// The beginning of the digit that goes on on a slot, if one does.
    pub(crate) const fn held(&self, index: usize) -> Option<DtmfEvent> {
        self.held[index]
    }

    /// From now on these listen to a slot. Those that go on are not disturbed. Gives the end of a voice that was told.
    pub(crate) fn listen(&mut self, index: usize, wanted: Detectors) -> Option<VoiceEvent> {
        let before = std::mem::replace(&mut self.wanted[index], wanted);
        let on = |detector| wanted.contains(detector);
        let changes = |detector| before.contains(detector) != on(detector);
        if changes(Detectors::DIGITS) {
            self.digits.enable(index, on(Detectors::DIGITS));
            (self.held[index], self.holding) = (None, self.holding & !(1 << index));
        }
        if let Some((_, bank)) = self.tones.as_mut().filter(|_| changes(Detectors::TONES)) {
            bank.enable(index, on(Detectors::TONES));
        }
        for (detector, bank) in self.signals.iter_mut().filter(|(detector, _)| changes(*detector)) {
            bank.enable(index, on(*detector));
        }
        if let Some(bank) = self.caller_ids.as_mut().filter(|_| changes(Detectors::CALLER_ID)) {
            bank.enable(index, on(Detectors::CALLER_ID));
        }
        self.listening = self.listening & !(1 << index) | u32::from(wanted != Detectors::NONE) << index;
        changes(Detectors::VOICE).then(|| self.voices.listen(index, on(Detectors::VOICE))).flatten()
    }

    /// From now on these tones are listened for; gives those before in their place. What is told of others goes on.
    pub(crate) fn listen_for(&mut self, tones: &mut Arc<ToneSet>) {
        if let Some((own, bank)) = &mut self.tones {
            bank.change(own, tones);
            std::mem::swap(own, tones);
        }
    }

    /// From now on these limits decide what counts as a voice on a slot.
    pub(crate) fn attend(&mut self, index: usize, options: ActivityOptions) {
        self.voices.attend(index, options);
    }

    /// Takes the frames of a piece.
    pub(crate) fn process(
        &mut self,
        frames: &[[i16; Timeslot::PER_FRAME]],
        at: FrameTime,
        mut on_heard: impl FnMut(Heard),
    ) {
        let (held, holding, voices) = (&mut self.held, &mut self.holding, &mut self.voices);
        self.digits.process(frames, at, |event| {
            let (lane, begins) = (event.lane(), matches!(event, DtmfEvent::Start { .. }));
            held[lane] = begins.then_some(event);
            *holding = *holding & !(1 << lane) | u32::from(begins) << lane;
            voices.on_digit(&event);
            on_heard(Heard::Digit(event));
        });
        if let Some((set, bank)) = &mut self.tones {
            bank.process(set, frames, at, |event| on_heard(Heard::Tone(event)));
        }
        for (_, bank) in &mut self.signals {
            bank.process(frames, at, |event| on_heard(Heard::Signal(event)));
        }
        if let Some(bank) = &mut self.caller_ids {
            bank.process(frames, at, |event| on_heard(Heard::CallerId(event)));
        }
        self.voices.process(frames, at, |event| on_heard(Heard::Voice(event)));
    }
}

impl fmt::Debug for Ears {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ears").field("listening", &format_args!("{:08x}", self.listening)).finish()
    }
}

const SYSTEMS: [(Detectors, MfSystem); 4] = [
    (Detectors::R1, MfSystem::R1),
    (Detectors::R2_FORWARD, MfSystem::R2Forward),
    (Detectors::R2_BACKWARD, MfSystem::R2Backward),
    (Detectors::LINE, MfSystem::Line),
];
