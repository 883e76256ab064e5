//! What two data link layers (Q.921) have given each other, by their frames alone.
//!
//! A frame with the N(S) that is next is given at once, one that was heard before is not given again. After a gap frames are
//! held: either the missing one is repeated, because the end that it was for has not got it either, or its acknowledgement
//! shows that only we have missed it.
use crate::Side;
use crate::q921::{Control, Frame, Repr};
use tandem_types::{FrameTime, Frames};

/// What takes the messages of both ends.
pub(super) type Deliver<'d> = dyn FnMut(Side, &[u8]) + 'd;

/// Frames of one end by what they were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TapFrames {
    /// I frames, repetitions too.
    pub information: u64,
    /// UI frames.
    pub unit_data: u64,
    /// RR, RNR and REJ.
    pub supervisory: u64,
    /// All others.
    pub unnumbered: u64,
}

/// What has been counted of the frames of one end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WayCounters {
    /// Frames by what they were.
    pub frames: TapFrames,
    /// Messages given on.
    pub messages: u64,
    /// I frames that had been heard before.
    pub repeated: u64,
    /// I frames that were never heard although the other end has got them.
    pub missed: u64,
    /// Frames that are none, or cannot be understood.
    pub invalid: u64,
    /// Frames of other data links.
    pub other_link: u64,
    /// Frames that only the other end sends: the receivers are exchanged.
    pub misdirected: u64,
}

/// The frames of one end.
#[derive(Debug, Default)]
struct Way {
    /// The N(S) that is next; `None` until one has been heard.
    next: Option<u8>,
    /// The N(R) that the other end said last.
    acknowledged: Option<u8>,
    /// Frames behind a gap, by N(S).
    held: Vec<(u8, Vec<u8>)>,
    /// When the first of them came.
    held_since: FrameTime,
    /// When anything was last heard, if ever.
    heard: Option<FrameTime>,
    counters: WayCounters,
}

/// What the last unnumbered command asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asked {
    #[default]
    Nothing,
    /// SABME.
    Establish,
    /// DISC.
    Release,
}

/// A data link that is listened to.
#[derive(Debug, Default)]
pub(super) struct PassiveLink {
    ways: [Way; 2],
    asked: Asked,
    up: bool,
    told_up: bool,
}

impl PassiveLink {
    /// A frame of an end. What it gives the other is delivered, with any that have been waiting for it.
    pub(super) fn handle_frame(
        &mut self,
        now: FrameTime,
        from: Side,
        octets: &[u8],
        deliver: &mut Deliver<'_>,
    ) {
        let way = self.way_mut(from);
        let Ok(frame) = Frame::new_checked(octets) else {
            way.counters.invalid += 1;
            return;
        };
        if frame.sapi() != CALL_CONTROL || !matches!(frame.tei(), POINT_TO_POINT | BROADCAST) {
            way.counters.other_link += 1;
            return;
        }
        let Ok(repr) = Repr::parse(&frame, from) else {
            way.counters.invalid += 1;
            return;
        };
        if repr.is_misdirected() {
            way.counters.misdirected += 1;
            return;
        }
        way.heard = Some(now);
        way.counters.frames.count(repr.control);
        if frame.tei() == BROADCAST {
            if let Control::Ui { .. } = repr.control {
                self.give(from, repr.information, deliver);
            }
            return;
        }
        match repr.control {
            Control::I { ns, nr, .. } => {
                self.on_acknowledgement(from.other(), nr, deliver);
                self.on_information(now, from, ns, repr.information, deliver);
                self.up = self.hears_both(now);
            }
            Control::Rr { nr, .. } | Control::Rnr { nr, .. } | Control::Rej { nr, .. } => {
                self.on_acknowledgement(from.other(), nr, deliver);
                self.up = self.hears_both(now);
            }
            Control::Ui { .. } => self.give(from, repr.information, deliver),
            Control::Sabme { .. } => self.ask(Asked::Establish, deliver),
            Control::Disc { .. } => self.ask(Asked::Release, deliver),
            Control::Ua { .. } => self.on_ua(now),
            Control::Dm { f: true } => self.up = false,
            Control::Dm { .. } | Control::Frmr { .. } | Control::Xid { .. } => {}
        }
    }

    /// The receivers heard nothing for a while: what comes next may have any number.
    pub(super) fn forget(&mut self) {
        for way in &mut self.ways {
            (way.next, way.acknowledged) = (None, None);
            way.held.clear();
            way.heard = None;
        }
        (self.up, self.asked) = (false, Asked::Nothing);
    }

    pub(super) fn handle_timeout(&mut self, now: FrameTime, deliver: &mut Deliver<'_>) {
        for from in [Side::User, Side::Network] {
            let way = self.way_mut(from);
            if !way.held.is_empty() && way.held_since + LONGEST_HELD <= now {
                self.give_up_gaps(from, deliver);
            }
        }
        if self.up && !self.hears_both(now) {
            self.up = false;
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<FrameTime> {
        let held = self.ways.iter().filter(|way| !way.held.is_empty());
        let silent = self.silent_at().filter(|_| self.up);
        held.map(|way| way.held_since + LONGEST_HELD).chain(silent).min()
    }

    pub(super) const fn is_up(&self) -> bool {
        self.up
    }

    /// Whether it is up, if that is another than was told.
    pub(super) fn poll_change(&mut self) -> Option<bool> {
        let changed = std::mem::replace(&mut self.told_up, self.up) != self.up;
        changed.then_some(self.up)
    }

    pub(super) const fn way(&self, of: Side) -> &WayCounters {
        &self.ways[place(of)].counters
    }

    const fn way_mut(&mut self, of: Side) -> &mut Way {
        &mut self.ways[place(of)]
    }

    /// When an end has said nothing for so long that there is no link any more; `None` until both were heard.
    fn silent_at(&self) -> Option<FrameTime> {
        let [user, network] = &self.ways;
        Some(user.heard?.min(network.heard?) + LONGEST_SILENCE)
    }

    fn hears_both(&self, now: FrameTime) -> bool {
        self.silent_at().is_some_and(|silent| silent > now)
    }

    fn give(&mut self, from: Side, message: &[u8], deliver: &mut Deliver<'_>) {
        self.way_mut(from).counters.messages += 1;
        deliver(from, message);
    }

    /// SABME or DISC: what was held is all that will come.
    fn ask(&mut self, asked: Asked, deliver: &mut Deliver<'_>) {
        for from in [Side::User, Side::Network] {
            self.give_up_gaps(from, deliver);
            let way = self.way_mut(from);
            (way.next, way.acknowledged) = (None, None);
        }
        (self.asked, self.up) = (asked, false);
    }

    /// Q.921 §5.5.1.2: both ends begin with 0.
    fn on_ua(&mut self, now: FrameTime) {
        if std::mem::take(&mut self.asked) == Asked::Establish {
            for way in &mut self.ways {
                // What came since SABME was of the link before.
                (way.next, way.acknowledged) = (Some(0), None);
                way.held.clear();
            }
            self.up = self.hears_both(now);
        }
    }

    fn on_information(
        &mut self,
        now: FrameTime,
        from: Side,
        ns: u8,
        message: &[u8],
        deliver: &mut Deliver<'_>,
    ) {
        self.take_acknowledged(from, ns, deliver);
        let way = self.way_mut(from);
        let next = *way.next.get_or_insert(ns);
        match ahead(ns, next) {
            0 => {
                way.next = Some(following(ns));
                self.give(from, message, deliver);
                self.give_held(from, deliver);
            }
            1..=WINDOW if way.held.iter().any(|(held, _)| *held == ns) => way.counters.repeated += 1,
            1..=WINDOW => {
                if way.held.is_empty() {
                    way.held_since = now;
                }
                way.held.push((ns, message.to_vec()));
                if way.held.len() > MOST_HELD {
                    self.give_up_gaps(from, deliver);
                }
            }
            _ => way.counters.repeated += 1,
        }
    }

    /// The other end has got all frames before N(R): what is missing of them was missed here alone, and will not be repeated.
    fn on_acknowledgement(&mut self, from: Side, nr: u8, deliver: &mut Deliver<'_>) {
        let way = self.way_mut(from);
        way.acknowledged = Some(nr);
        // With nothing behind the gap the acknowledged frame may only be late.
        if let Some((ns, _)) = way.held.first() {
            let ns = *ns;
            self.take_acknowledged(from, ns, deliver);
        }
    }

    /// Passes over what is missing before a frame, as far as it has been acknowledged.
    fn take_acknowledged(&mut self, from: Side, ns: u8, deliver: &mut Deliver<'_>) {
        let way = self.way_mut(from);
        let (Some(next), Some(nr)) = (way.next, way.acknowledged) else { return };
        let (frame, acknowledged) = (ahead(ns, next), ahead(nr, next));
        if (1..=WINDOW).contains(&frame) && (1..=WINDOW).contains(&acknowledged) {
            self.pass_over(from, nr, deliver);
        }
    }

    /// Gives what is held of the frames before `end`, and passes over the others.
    fn pass_over(&mut self, from: Side, end: u8, deliver: &mut Deliver<'_>) {
        self.give_held(from, deliver);
        while let Some(next) =
            self.way_mut(from).next.filter(|next| (1..=WINDOW).contains(&ahead(end, *next)))
        {
            let way = self.way_mut(from);
            way.counters.missed += 1;
            way.next = Some(following(next));
            self.give_held(from, deliver);
        }
    }

    /// Gives what is held, in order, whatever is missing between.
    fn give_up_gaps(&mut self, from: Side, deliver: &mut Deliver<'_>) {
        let way = self.way_mut(from);
        let Some(next) = way.next else { return way.held.clear() };
        let Some(last) = way.held.iter().map(|(ns, _)| *ns).max_by_key(|ns| ahead(*ns, next)) else { return };
        // The last is given as soon as it is next: one number more could lie outside the window.
        self.pass_over(from, last, deliver);
        self.way_mut(from).held.clear();
    }

    /// Gives the frames that are held and are next.
    fn give_held(&mut self, from: Side, deliver: &mut Deliver<'_>) {
        loop {
            let way = self.way_mut(from);
            let Some(at) = way.held.iter().position(|(ns, _)| Some(*ns) == way.next) else { return };
            let (ns, message) = way.held.swap_remove(at);
            way.next = Some(following(ns));
            self.give(from, &message, deliver);
        }
    }
}

impl TapFrames {
    const fn count(&mut self, control: Control) {
        match control {
            Control::I { .. } => self.information += 1,
            Control::Ui { .. } => self.unit_data += 1,
            Control::Rr { .. } | Control::Rnr { .. } | Control::Rej { .. } => self.supervisory += 1,
            _ => self.unnumbered += 1,
        }
    }
}

const fn place(side: Side) -> usize {
    match side {
        Side::User => 0,
        Side::Network => 1,
    }
}

/// How far a number is ahead of another, modulo 128.
const fn ahead(number: u8, of: u8) -> u8 {
    number.wrapping_sub(of) & 0x7f
}

const fn following(number: u8) -> u8 {
    (number + 1) & 0x7f
}

/// SAPI of call control, and TEIs of a primary rate interface (Q.921 §3.3.3, §3.3.4).
const CALL_CONTROL: u8 = 0;
const POINT_TO_POINT: u8 = 0;
const BROADCAST: u8 = 127;
/// A number so far ahead is a new one; any other was there before.
const WINDOW: u8 = 63;
/// Frames held behind a gap: more than the usual window (k = 7, Q.921 §5.9.5).
const MOST_HELD: usize = 8;
/// How long a gap is waited out: some repetitions after T200 = 1 s.
const LONGEST_HELD: Frames = Frames::from_seconds(4);
/// An end of a link asks for the other at least each ten seconds (T203); where it does not, calls tell too.
const LONGEST_SILENCE: Frames = Frames::from_seconds(60);
