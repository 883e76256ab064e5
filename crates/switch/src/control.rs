//! The control half of the switch: makes what crosses to media, and drops what comes back.
use crate::counters::SwitchCounters;
use crate::link::{
    BargeIn, Batch, BridgeId, Change, EchoSetup, FromMedia, LineScript, PlayerId, PromptBlock, Returned,
    Shape, SlotId, TapId, TapReader, TestId, ToMedia, TonesHeard, tap,
};
use crate::proc::{
    AnalystProc, BridgeProc, Capacities, ConcealProc, EchoProc, HdlcChannel, HiderProc, LineTestProc,
    LineTestShared, PartyMeters, PlayerProc, PreparedSpan, ShaperProc, SpanProc, SpanSetup, SwitchProc,
    TapProc, hdlc_channel,
};
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use tandem_dsp::activity::ActivityOptions;
use tandem_dsp::analysis::AnalysisOptions;
use tandem_dsp::blanking::Latency;
use tandem_dsp::fsk::CallerIdEvent;
use tandem_dsp::progress::ToneSet;
use tandem_line::bert::Pattern;
use tandem_rt::{Consumer, Producer, PushError, ring};
use tandem_types::{Frames, Law, SpanIndex, Timeslot};

/// How much a switch may hold. Everything on the media side is made for this many at open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SwitchLimits {
    /// Spans that there may come to be: at least as many as there are at open.
    pub spans: usize,
    /// Prompts playing at once.
    pub players: usize,
    /// Taps at once.
    pub taps: usize,
    /// Bridges at once.
    pub bridges: usize,
    /// Parties of one bridge.
    pub bridge_parties: usize,
}

/// As many of an object as the limits allow are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted(pub &'static str);

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "all {} are in use; raise the limit or try later", self.0)
    }
}

impl std::error::Error for Exhausted {}

/// The control half. One thread at a time.
#[derive(Debug)]
pub struct SwitchControl {
    to_media: Producer<ToMedia>,
    events: Consumer<FromMedia>,
    caller_ids: Consumer<(SlotId, CallerIdEvent)>,
    returns: Consumer<Returned>,
    /// What media has had no room for yet, in order: what control says always arrives. Bounded by the channels,
    /// operations and bridges there are, of which each is told of a few times.
    waiting: VecDeque<ToMedia>,
    /// Boxes that are out; never more than the return ring holds.
    outstanding: usize,
    most_outstanding: usize,
    most_spans: usize,
    /// Media has not taken the last change of tones yet.
    tones_are_out: bool,
    tones_next: Option<Arc<ToneSet>>,
    limits: SwitchLimits,
    players: Numbers,
    taps: Numbers,
    bridges: Numbers,
    tests: Numbers,
    /// How many marks were set.
    marks: u64,
    /// By span, until they are taken.
    hdlc: Vec<Option<HdlcChannel>>,
    counters: Arc<SwitchCounters>,
}

/// The two halves of a switch over these spans. `traffic` of a span must not hold its slot with HDLC frames.
#[must_use]
pub fn new_switch(spans: &[SpanSetup], limits: &SwitchLimits) -> (SwitchControl, SwitchProc) {
    let (mut procs, mut hdlc) = (Vec::new(), Vec::new());
    for (number, setup) in spans.iter().enumerate() {
        let (proc, channel) = setup.hdlc.map(hdlc_channel).unzip();
        procs.push(SpanProc::new(setup, number, proc));
        hdlc.push(channel);
    }
    let (to_media, from_control) = ring(MESSAGES);
    let (events_out, events) = ring(MESSAGES);
    let (caller_ids_out, caller_ids) = ring(MAX_CALLER_IDS);
    let counters = Arc::new(SwitchCounters::default());
    let most_spans = limits.spans.max(spans.len());
    let tests = TESTS_PER_SPAN * most_spans;
    // As many as media may keep, and as many again as may be on their way to take their place.
    let kept = limits.players + limits.bridges + limits.taps + tests;
    let most_outstanding = kept + BOXES_PER_SLOT * Timeslot::PER_FRAME * most_spans + MESSAGES;
    let (returns_out, returns) = ring(most_outstanding);
    let capacities = Capacities {
        spans: most_spans,
        players: limits.players,
        bridges: limits.bridges,
        taps: limits.taps,
        tests,
    };
    let proc = SwitchProc::new(
        procs,
        &capacities,
        from_control,
        events_out,
        caller_ids_out,
        returns_out,
        Arc::clone(&counters),
    );
    let control = SwitchControl {
        to_media,
        events,
        caller_ids,
        returns,
        waiting: VecDeque::new(),
        outstanding: 0,
        most_outstanding,
        most_spans,
        tones_are_out: false,
        tones_next: None,
        limits: *limits,
        players: Numbers::new(limits.players),
        taps: Numbers::new(limits.taps),
        bridges: Numbers::new(limits.bridges),
        tests: Numbers::new(tests),
        marks: 0,
        hdlc,
        counters,
    };
    (control, proc)
}

impl SwitchControl {
    /// The counters of the media side.
    #[must_use]
    pub const fn counters(&self) -> &Arc<SwitchCounters> {
        &self.counters
    }

    /// Makes changes to the routes, all on one frame.
    pub fn apply(&mut self, changes: Vec<Change>) {
        self.send(ToMedia::Apply(Box::new(Batch { changes })));
    }

    /// Makes a player whose ring holds `blocks` blocks. It starts with [`SwitchControl::start_player`], when
    /// its ring has been filled, and frees its number with [`SwitchControl::remove_player`].
    pub fn new_player(
        &mut self,
        blocks: usize,
        barge_in: Option<BargeIn>,
    ) -> Result<(Box<PlayerProc>, Producer<PromptBlock>), Exhausted> {
        let id = PlayerId(self.players.take().ok_or(Exhausted("players"))?);
        let (producer, consumer) = ring(blocks);
        Ok((Box::new(PlayerProc::new(id, barge_in, consumer)), producer))
    }

    /// Starts a player, and makes changes to the routes on the same frame: whoever hears it by these hears it from its first
    /// sample.
    pub fn start_player(&mut self, mut player: Box<PlayerProc>, changes: Vec<Change>) -> PlayerId {
        let id = player.id;
        player.routes = changes;
        self.send(ToMedia::StartPlayer(player));
        id
    }

    /// Ends a player early; its end is reported like any other.
    pub fn stop_player(&mut self, id: PlayerId) {
        self.send(ToMedia::StopPlayer(id));
    }

    /// Takes a player out.
    pub fn remove_player(&mut self, id: PlayerId) {
        self.send(ToMedia::RemovePlayer(id));
    }

    /// Starts a tap on both directions of a slot: what it receives, and what it sends or, of a line that is listened to, what the
    /// slot of the other direction receives. With the law of the slot, digits in either direction are replaced by silence, those
    /// of whom it hears too, as far as they are detected there. So many frames wait for its reader at most.
    pub fn start_tap(
        &mut self,
        slot: SlotId,
        other_way: Option<SlotId>,
        blank: Option<Law>,
        frames: Frames,
    ) -> Result<(TapId, TapReader), Exhausted> {
        let id = TapId(self.taps.take().ok_or(Exhausted("taps"))?);
        let (writer, reader) = tap((frames.0 as usize).div_ceil(crate::link::BLOCK_FRAMES));
        self.send(ToMedia::StartTap(Box::new(
            TapProc::new(id, slot, writer, blank).with_other_way(other_way),
        )));
        Ok((id, reader))
    }

    /// Ends a tap: its ring ends after what was gathered until then.
    pub fn stop_tap(&mut self, id: TapId) {
        self.send(ToMedia::StopTap(id));
    }

    /// Lets a tap rest: nothing that passes is kept, until it goes on.
    pub fn rest_tap(&mut self, id: TapId, on: bool) {
        self.send(ToMedia::RestTap { id, on });
    }

    /// From now on the detectors of tones of all spans listen for these. One change is on its way at a time; of those that wait
    /// for it the last counts.
    pub fn listen_for(&mut self, tones: &Arc<ToneSet>) {
        if self.tones_are_out {
            self.tones_next = Some(Arc::clone(tones));
        } else {
            let sets = vec![Arc::clone(tones); self.most_spans];
            self.tones_are_out = true;
            self.send(ToMedia::ListenFor(Box::new(TonesHeard { sets })));
        }
    }

    /// From now on these limits decide what counts as a voice on a slot.
    pub fn attend(&mut self, slot: SlotId, options: ActivityOptions) {
        self.send(ToMedia::Attend { slot, options });
    }

    /// From now on nobody hears the digits that a slot of this law receives, as far as they are detected there. A tap on
    /// the slot itself has them still, and so have connections for data.
    pub fn hide_digits(&mut self, slot: SlotId, law: Law, latency: Latency) {
        self.send(ToMedia::HideDigits(Box::new(HiderProc::new(slot, law, latency))));
    }

    /// From now on it is found out what the call on a slot comes to. Tones are told apart where they are detected on the slot.
    pub fn analyse(&mut self, slot: SlotId, options: AnalysisOptions) {
        self.send(ToMedia::Analyse(Box::new(AnalystProc::new(slot, options))));
    }

    /// The call that is analysed was answered.
    pub fn analysed_answered(&mut self, slot: SlotId) {
        self.send(ToMedia::AnalysedAnswered(slot));
    }

    /// It is analysed no longer.
    pub fn end_analysis(&mut self, slot: SlotId) {
        self.send(ToMedia::EndAnalysis(slot));
    }

    /// From now on the levels of a slot of this law are shaped so, by what has heard nothing yet.
    pub fn shape(&mut self, slot: SlotId, law: Law, shape: Shape) {
        self.send(ToMedia::Shape(Box::new(ShaperProc::new(slot, law, shape))));
    }

    /// They are as they are again.
    pub fn leave_unshaped(&mut self, slot: SlotId) {
        self.send(ToMedia::LeaveUnshaped(slot));
    }

    /// They are heard again.
    pub fn show_digits(&mut self, slot: SlotId) {
        self.send(ToMedia::ShowDigits(slot));
    }

    /// From now on what a slot of this law does not receive is concealed, and what it receives is heard 3.75 ms later.
    /// Connections for data hear the slot as it came, and a slot with one is not touched.
    pub fn conceal(&mut self, slot: SlotId, law: Law) {
        self.send(ToMedia::Conceal(Box::new(ConcealProc::new(slot, law))));
    }

    /// Its losses are heard again.
    pub fn pass_gaps(&mut self, slot: SlotId) {
        self.send(ToMedia::PassGaps(slot));
    }

    /// From now on the echo of what a slot of this law sends is taken out of what it receives, by a canceller that has
    /// learnt nothing yet. Connections for data hear the slot as it came, and a slot with one is not touched.
    pub fn cancel_echo(&mut self, slot: SlotId, law: Law, setup: EchoSetup) {
        self.send(ToMedia::CancelEcho(Box::new(EchoProc::new(slot, law, setup))));
    }

    /// Its echo passes again.
    pub fn pass_echo(&mut self, slot: SlotId) {
        self.send(ToMedia::PassEcho(slot));
    }

    /// Makes an empty bridge. How loud its parties are is in what is given back.
    pub fn new_bridge(&mut self) -> Result<(BridgeId, Arc<PartyMeters>), Exhausted> {
        let id = BridgeId(self.bridges.take().ok_or(Exhausted("bridges"))?);
        let bridge = Box::new(BridgeProc::new(id, self.limits.bridge_parties));
        let meters = bridge.meters();
        self.send(ToMedia::NewBridge(bridge));
        Ok((id, meters))
    }

    /// Lets only so many parties of a bridge be heard, those that were loudest of late, or all.
    pub fn limit_talkers(&mut self, bridge: BridgeId, most: Option<u8>) {
        self.send(ToMedia::LimitTalkers { bridge, most });
    }

    /// Takes a bridge out.
    pub fn remove_bridge(&mut self, id: BridgeId) {
        self.send(ToMedia::RemoveBridge(id));
    }

    /// Starts a line test on these slots of a span (bit n for timeslot n), which send its pattern in place of what
    /// they were routed to. What it finds is in what is given back. Without slots it is the card that tests the line as a
    /// whole; what it finds is taken by [`SwitchProc::note_line_test`](crate::SwitchProc::note_line_test).
    pub fn start_test(
        &mut self,
        span: SpanIndex,
        slots: u32,
        pattern: Pattern,
    ) -> Result<(TestId, Arc<LineTestShared>), Exhausted> {
        let id = TestId(self.tests.take().ok_or(Exhausted("line tests"))?);
        let test = Box::new(LineTestProc::new(id, span, slots, pattern));
        let shared = test.shared();
        self.send(ToMedia::StartTest(test));
        Ok((id, shared))
    }

    /// Takes a line test out; its slots turn to idle.
    pub fn remove_test(&mut self, id: TestId) {
        self.send(ToMedia::RemoveTest(id));
    }

    /// Sends a line signal on a slot.
    pub fn signal(&mut self, slot: SlotId, script: LineScript) {
        self.send(ToMedia::Signal { slot, script });
    }

    /// The frames of the HDLC slot of a span, if it has one; once.
    pub fn take_hdlc(&mut self, span: SpanIndex) -> Option<HdlcChannel> {
        self.hdlc.get_mut(usize::from(span.0))?.take()
    }

    /// Makes a span to take the place of one of that number, or the first that there is none of yet.
    #[must_use]
    pub fn prepare_span(&mut self, span: SpanIndex, setup: &SpanSetup) -> PreparedSpan {
        let (frames, channel) = setup.hdlc.map(hdlc_channel).unzip();
        let number = usize::from(span.0);
        let proc = Some(Box::new(SpanProc::new(setup, number, frames)));
        self.hdlc.resize_with(self.hdlc.len().max(number + 1), || None);
        self.hdlc[number] = channel;
        PreparedSpan { span, proc }
    }

    /// Sets a mark: media has carried out all that it was told before when its own has come to this number.
    pub fn mark(&mut self) -> u64 {
        self.marks += 1;
        self.send(ToMedia::Mark(self.marks));
        self.marks
    }

    /// Whether media has had no room for something. It is passed on by and by as [`SwitchControl::poll`] is
    /// called.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The next message from media. Boxes that came back are dropped on the way.
    pub fn poll(&mut self) -> Option<FromMedia> {
        while let Some(returned) = self.returns.pop() {
            self.outstanding -= 1;
            match returned {
                Returned::Batch(_)
                | Returned::Hider(_)
                | Returned::Shaper(_)
                | Returned::Analyst(_)
                | Returned::Concealer(_)
                | Returned::Echo(_) => {}
                Returned::Tones(_) => {
                    self.tones_are_out = false;
                    if let Some(next) = self.tones_next.take() {
                        self.listen_for(&next);
                    }
                }
                Returned::Player(player) => self.players.give(player.id.0),
                Returned::Tap(tap) => self.taps.give(tap.id.0),
                Returned::Bridge(bridge) => self.bridges.give(bridge.id.0),
                Returned::Test(test) => self.tests.give(test.id.0),
            }
        }
        self.flush();
        self.events.pop()
    }

    /// The next caller identification that was heard, and where.
    pub fn poll_caller_id(&mut self) -> Option<(SlotId, CallerIdEvent)> {
        self.caller_ids.pop()
    }

    fn send(&mut self, message: ToMedia) {
        self.waiting.push_back(message);
        self.flush();
    }

    /// Passes on what media has room for; no more boxes than can come back.
    fn flush(&mut self) {
        while let Some(message) = self.waiting.pop_front() {
            let boxed = message.is_boxed();
            if boxed && self.outstanding == self.most_outstanding {
                self.waiting.push_front(message);
                return;
            }
            if let Err(PushError::Full(message)) = self.to_media.push(message) {
                self.waiting.push_front(message);
                return;
            }
            self.outstanding += usize::from(boxed);
        }
    }
}

/// Numbers of objects, each in use or free. Freed numbers are used again in order, oldest first.
#[derive(Debug)]
struct Numbers(VecDeque<u32>);

impl Numbers {
    fn new(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    fn take(&mut self) -> Option<u32> {
        self.0.pop_front()
    }

    fn give(&mut self, number: u32) {
        self.0.push_back(number);
    }
}

/// A test has one slot at least, and a span seldom more than a few at once.
const TESTS_PER_SPAN: usize = 4;
const MESSAGES: usize = 4096;
/// What conceals losses, hides digits, cancels echo, shapes levels and analyses a call.
const BOXES_PER_SLOT: usize = 5;
/// One takes a third of a second at least.
const MAX_CALLER_IDS: usize = 256;
