//! The judgement of one octet: which views it agrees with, and which steps from them would explain it.
use super::calibrate::Search;
use super::listener::View;
use super::room::{self, MOST_VIEWS};
use super::{Checker, alaw};
use crate::exchange::report::HeardClass;
use crate::exchange::trace::{Circuit, Trace};
use std::cmp::Reverse;
use std::collections::BTreeSet;

impl Checker {
    /// Judges what a circuit heard in a frame.
    pub(super) fn judge(&mut self, trace: &Trace, circuit: Circuit, frame: u64) {
        let octet = trace.heard(circuit, frame);
        if self.listeners[circuit.index()].dialling {
            self.report.dialling += 1;
        } else if self.suspended & self.room_spans(circuit) != 0 {
            self.report.unchecked += 1;
        } else {
            let views = std::mem::take(&mut self.listeners[circuit.index()].views);
            let views = self.explain(trace, circuit, frame, octet, views);
            self.listeners[circuit.index()].views = views;
            self.give_up_if_lost(circuit, frame);
        }
        if octet != alaw::IDLE {
            self.listeners[circuit.index()].last_sound = Some(frame);
        }
    }

    /// Counts the octet, and gives the views that hold after it.
    fn explain(
        &mut self,
        trace: &Trace,
        circuit: Circuit,
        frame: u64,
        octet: u8,
        views: Vec<View>,
    ) -> Vec<View> {
        if let [view] = views[..]
            && let Some(after) = self.agree(trace, circuit, frame, octet, view)
        {
            return self.accept(circuit, view, vec![after], views);
        }
        let uncertain = self.is_uncertain(trace, circuit, frame);
        let mut found = self.follow(trace, circuit, frame, octet, &views, uncertain);
        if !found.is_empty() {
            if uncertain {
                // With a delay unknown, agreement with one view says nothing against another.
                found.extend(views.iter().filter(|view| view.mask().is_some()).map(|view| (*view, *view)));
            }
            return self.accept_all(circuit, found, views);
        }
        if uncertain {
            return self.explain_by_delay(trace, circuit, frame, octet, views);
        }
        self.fail(circuit, frame, octet, views, trace)
    }

    /// The views that agree with the octet, and of those that do not, the steps from them that do.
    fn follow(
        &mut self,
        trace: &Trace,
        circuit: Circuit,
        frame: u64,
        octet: u8,
        views: &[View],
        uncertain: bool,
    ) -> Vec<(View, View)> {
        let mut found = Vec::new();
        let mut stepped = BTreeSet::new();
        // With very many views of a conference, one of them must be right until it is over.
        let many = views.len() > FEW_VIEWS;
        for view in views {
            if let Some(after) = self.agree(trace, circuit, frame, octet, *view) {
                found.push((*view, after));
                continue;
            }
            if !stepped.insert(view.origin(many)) {
                continue;
            }
            let mut steps = self.steps(trace, circuit, frame, *view, many);
            steps.extend(self.steps_together(trace, circuit, frame, *view, many));
            for step in steps {
                if let Some(after) = self.agree(trace, circuit, frame, octet, step)
                    && (!uncertain || self.lasts(trace, circuit, frame, step))
                {
                    found.push((step, after));
                }
            }
        }
        found.truncate(MOST_VIEWS);
        found
    }

    fn accept_all(&mut self, circuit: Circuit, found: Vec<(View, View)>, before: Vec<View>) -> Vec<View> {
        self.note_steps(circuit, &before, &found);
        let first = found.first().map_or(View::Idle { since: 0 }, |(view, _)| *view);
        let mut after: Vec<View> = Vec::with_capacity(found.len());
        for (_, view) in found {
            if !after.contains(&view) {
                after.push(view);
            }
        }
        self.accept(circuit, first, after, before)
    }

    fn accept(&mut self, circuit: Circuit, view: View, after: Vec<View>, before: Vec<View>) -> Vec<View> {
        let listener = &mut self.listeners[circuit.index()];
        listener.failures = 0;
        listener.lost &= matches!(view, View::Idle { .. });
        let class = match view {
            View::Idle { .. } => HeardClass::Idle,
            View::Prompt { number, .. } => HeardClass::Prompt(usize::from(number)),
            View::Mix { .. } => HeardClass::Mix(0),
        };
        self.count(class);
        // The old memory is used again in the steady state.
        if let ([after], mut before) = (&after[..], before) {
            before.clear();
            before.push(*after);
            return before;
        }
        after
    }

    /// Keeps account of prompts begun and of digits that cut one off.
    fn note_steps(&mut self, circuit: Circuit, before: &[View], found: &[(View, View)]) {
        let listener = &mut self.listeners[circuit.index()];
        for (step, _) in found {
            if let View::Prompt { number, .. } = step
                && !before.contains(step)
            {
                listener.plays[usize::from(*number)] += 1;
            }
        }
        let was_prompt = matches!(before, [View::Prompt { .. }]);
        if was_prompt && !listener.leaving {
            listener.use_digit(self.config.barge_in_limit.0);
        }
    }

    /// The view after the octet, if the octet is what the view expects.
    fn agree(&mut self, trace: &Trace, circuit: Circuit, frame: u64, octet: u8, view: View) -> Option<View> {
        match view {
            View::Idle { .. } => (octet == alaw::IDLE).then_some(view),
            View::Mix { mask } => (self.mixed(trace, circuit, frame, mask) == octet).then_some(view),
            View::Prompt { number, next } => {
                let expected = *self.prompts[usize::from(number)].octets.get(next as usize)?;
                (expected == octet && !self.is_overdue(circuit, frame, number, next))
                    .then(|| self.after_prompt(number, next, frame))
            }
        }
    }

    fn after_prompt(&self, number: u16, next: u32, frame: u64) -> View {
        if next as usize + 1 == self.prompts[usize::from(number)].octets.len() {
            View::Idle { since: frame + 1 }
        } else {
            View::Prompt { number, next: next + 1 }
        }
    }

    /// The octet of the conference, in the view of one listener.
    fn mixed(&mut self, trace: &Trace, circuit: Circuit, frame: u64, mask: u64) -> u8 {
        alaw::encode_sum(self.sum_heard(trace, circuit, frame, mask))
    }

    /// The sum behind that octet.
    pub(super) fn sum_heard(&mut self, trace: &Trace, circuit: Circuit, frame: u64, mask: u64) -> i32 {
        let listener = &self.listeners[circuit.index()];
        let Some(room) = listener.room.and_then(|room| self.rooms.get_mut(usize::from(room))) else {
            return i32::from(alaw::decode(alaw::IDLE));
        };
        let to = circuit.span();
        let mut sum = room.sum(trace, &self.delays, to, frame);
        if listener.times_in_sum != 0 {
            sum -= listener.times_in_sum * trace.said(circuit, frame, self.delays.assumed(to, to));
        }
        if mask != 0 {
            sum += room.changes(trace, &self.delays, to, frame, mask);
        }
        sum
    }

    /// Whether a digit should have cut off this prompt by now.
    fn is_overdue(&self, circuit: Circuit, frame: u64, number: u16, next: u32) -> bool {
        let began = frame.saturating_sub(u64::from(next));
        let limit = self.config.barge_in_limit.0;
        let listener = &self.listeners[circuit.index()];
        self.prompts[usize::from(number)].barge_in
            && listener.digits.iter().any(|digit| *digit >= began && frame > digit + limit)
    }

    /// Whether a view of a conference, with the delays that are known, explains what is to come as well.
    fn lasts(&mut self, trace: &Trace, circuit: Circuit, frame: u64, view: View) -> bool {
        view.mask().is_none_or(|mask| {
            (frame..frame + LASTING)
                .all(|frame| self.mixed(trace, circuit, frame, mask) == trace.heard(circuit, frame))
        })
    }

    /// All that may follow a view in this frame; of a conference with `many` views, only its end.
    fn steps(&self, trace: &Trace, circuit: Circuit, frame: u64, view: View, many: bool) -> Vec<View> {
        let listener = &self.listeners[circuit.index()];
        match view {
            View::Idle { since } => self.steps_from_idle(trace, circuit, frame, since),
            View::Prompt { number, .. } if self.may_be_cut(circuit, frame, number) => {
                let since = listener.silent_since();
                let mut steps = vec![View::Idle { since }];
                steps.extend(self.steps_from_idle(trace, circuit, frame, since));
                steps
            }
            View::Prompt { .. } => Vec::new(),
            View::Mix { mask } => {
                let room = &self.rooms[usize::from(listener.room.unwrap_or(0))];
                let free = if many { 0 } else { room.open & !room.bits_of(circuit) };
                let toggled = room::supersets(mask, free, most_at_once(free))
                    .into_iter()
                    .map(|mask| View::Mix { mask });
                let leave = listener.leaving.then_some(View::Idle { since: frame });
                toggled.chain(leave).collect()
            }
        }
    }

    /// Steps into a conference in which very much may have happened at once.
    fn steps_together(
        &mut self,
        trace: &Trace,
        circuit: Circuit,
        frame: u64,
        view: View,
        many: bool,
    ) -> Vec<View> {
        let Some(number) = self.listeners[circuit.index()].room else { return Vec::new() };
        let room = &self.rooms[usize::from(number)];
        let base = view.mask().unwrap_or(0);
        let free = room.open & !room.bits_of(circuit) & !base;
        let goes_on = matches!(view, View::Prompt { number, .. } if !self.may_be_cut(circuit, frame, number));
        if many || goes_on || free.count_ones() <= FEW {
            return Vec::new();
        }
        let masks = self.fitting_masks(trace, circuit, frame, base, free);
        masks.into_iter().map(|mask| View::Mix { mask }).collect()
    }

    fn steps_from_idle(&self, trace: &Trace, circuit: Circuit, frame: u64, since: u64) -> Vec<View> {
        let listener = &self.listeners[circuit.index()];
        let mut steps = Vec::new();
        if listener.call.is_none() {
            return steps;
        }
        for (number, prompt) in (0..).zip(&self.prompts) {
            let Some(first) = prompt.first_sound else { continue };
            let allowed = listener.plays[usize::from(number)] < prompt.most_plays;
            // The silence at the beginning of a prompt is part of it. A conference may begin like a prompt.
            let certain = listener.room.is_none() || self.goes_on(trace, circuit, frame, number, first);
            if allowed && certain && since + u64::from(first) <= frame {
                steps.push(View::Prompt { number, next: first });
            }
            if listener.lost {
                steps.extend(self.places_in(trace, circuit, frame, number));
            }
        }
        if listener.room.is_some() {
            steps.extend(self.entry_masks(circuit).into_iter().map(|mask| View::Mix { mask }));
        }
        steps
    }

    /// Whether the next octets are those of a prompt from `next` on.
    fn goes_on(&self, trace: &Trace, circuit: Circuit, frame: u64, number: u16, next: u32) -> bool {
        let due = self.prompts[usize::from(number)].octets.iter().skip(next as usize).take(SURE);
        (frame..).zip(due).all(|(frame, octet)| trace.heard(circuit, frame) == *octet)
    }

    /// Wherever in a prompt a circuit may be whose checking has begun again. Much of a prompt sounds alike:
    /// the places that explain most come first.
    fn places_in(&self, trace: &Trace, circuit: Circuit, frame: u64, number: u16) -> Vec<View> {
        let octets = &self.prompts[usize::from(number)].octets;
        // Silence follows a prompt.
        let explained = |next: usize| {
            let due = octets[next..].iter().chain(std::iter::repeat(&alaw::IDLE));
            let heard = (frame..frame + AHEAD).map(|frame| trace.heard(circuit, frame));
            due.zip(heard).take_while(|(due, heard)| *due == heard).count()
        };
        let places = (0..octets.len()).map(|next| (explained(next), next));
        let mut places: Vec<(usize, usize)> = places.filter(|(explained, _)| *explained >= SURE).collect();
        places.sort_by_key(|(explained, _)| Reverse(*explained));
        places.truncate(MOST_VIEWS);
        places.into_iter().map(|(_, next)| View::Prompt { number, next: next as u32 }).collect()
    }

    fn may_be_cut(&self, circuit: Circuit, frame: u64, number: u16) -> bool {
        let listener = &self.listeners[circuit.index()];
        let since = listener.silent_since();
        let limit = self.config.barge_in_limit.0;
        let by_digit = |digit: &u64| *digit <= frame && *digit + limit >= since;
        listener.leaving || self.prompts[usize::from(number)].barge_in && listener.digits.iter().any(by_digit)
    }

    /// The views with which a caller may come into its room: those of the others, and their near ones.
    pub(super) fn entry_masks(&self, circuit: Circuit) -> Vec<u64> {
        let Some(number) = self.listeners[circuit.index()].room else { return Vec::new() };
        let room = &self.rooms[usize::from(number)];
        let own = room.bits_of(circuit);
        let mut seeds = vec![0];
        for other in room.listeners.iter().filter(|other| **other != circuit) {
            for mask in self.listeners[other.index()].masks().take(FEW_VIEWS) {
                let mask = mask & !own;
                if seeds.len() < FEW_VIEWS && !seeds.contains(&mask) {
                    seeds.push(mask);
                }
            }
        }
        let free = room.open & !own;
        let near = |mask: &u64| room::supersets(*mask, free, 2);
        let mut masks = seeds.clone();
        masks.extend(seeds.iter().flat_map(near));
        masks.extend(room::supersets(0, free, most_at_once(free)));
        let mut known = BTreeSet::new();
        masks.retain(|mask| known.insert(*mask));
        masks.truncate(MOST_VIEWS);
        masks
    }

    /// No view explains the octet: perhaps a delay is not known yet.
    fn explain_by_delay(
        &mut self,
        trace: &Trace,
        circuit: Circuit,
        frame: u64,
        octet: u8,
        views: Vec<View>,
    ) -> Vec<View> {
        let mut masks: Vec<u64> = views.iter().filter_map(View::mask).collect();
        masks.extend(self.entry_masks(circuit));
        // What a caller that leaves hears may end at any frame, and be too short to tell a delay.
        if !self.listeners[circuit.index()].leaving
            && self.goes_on_without(trace, circuit, frame, &views)
            && self.no_delay_explains(trace, circuit, frame, LASTING as usize, &masks)
        {
            return self.fail(circuit, frame, octet, views, trace);
        }
        match self.find_delays(trace, circuit, frame, &masks) {
            Search::Found(masks) => {
                let after = masks.into_iter().map(|mask| View::Mix { mask }).collect();
                return self.accept(circuit, View::Mix { mask: 0 }, after, views);
            }
            Search::Waiting => {
                self.report.uncalibrated += 1;
                self.listeners[circuit.index()].uncalibrated += 1;
                return views;
            }
            Search::Nothing => {}
        }
        // Those who are to be heard from elsewhere are not in the conference yet.
        let found = self.follow(trace, circuit, frame, octet, &views, false);
        if found.is_empty() {
            return self.fail(circuit, frame, octet, views, trace);
        }
        self.accept_all(circuit, found, views)
    }

    /// Whether one of the views explains all that follows this octet: then nobody has come or gone.
    fn goes_on_without(&mut self, trace: &Trace, circuit: Circuit, frame: u64, views: &[View]) -> bool {
        views.iter().any(|view| match *view {
            View::Idle { .. } => {
                (frame + 1..frame + LASTING).all(|frame| trace.heard(circuit, frame) == alaw::IDLE)
            }
            View::Mix { .. } => self.lasts(trace, circuit, frame + 1, *view),
            View::Prompt { .. } => false,
        })
    }

    fn fail(
        &mut self,
        circuit: Circuit,
        frame: u64,
        octet: u8,
        views: Vec<View>,
        trace: &Trace,
    ) -> Vec<View> {
        let expected = match views.first() {
            Some(View::Mix { mask }) => Some(self.mixed(trace, circuit, frame, *mask)),
            Some(View::Prompt { number, next }) => {
                let due = self.prompts[usize::from(*number)].octets.get(*next as usize).copied();
                due.filter(|_| !self.is_overdue(circuit, frame, *number, *next))
            }
            _ => Some(alaw::IDLE),
        };
        let mut after: Vec<View> = views.iter().map(|view| self.despite(*view, frame)).collect();
        self.listeners[circuit.index()].views = views;
        self.report_unexplained(circuit, frame, octet, expected);
        self.listeners[circuit.index()].failures += 1;
        // A prompt of which only these few octets were heard may never have begun.
        let young = |view: &View| match view {
            View::Prompt { number, next } => {
                self.prompts[usize::from(*number)].first_sound.is_some_and(|first| *next <= first + YOUNG)
            }
            _ => false,
        };
        if after.iter().any(young) {
            after.push(View::Idle { since: frame });
        }
        after
    }

    /// The view after an octet that was wrong.
    fn despite(&self, view: View, frame: u64) -> View {
        match view {
            View::Prompt { number, next } => self.after_prompt(number, next, frame),
            view => view,
        }
    }

    fn give_up_if_lost(&mut self, circuit: Circuit, frame: u64) {
        if self.listeners[circuit.index()].failures >= SURE as u32 {
            self.listeners[circuit.index()].failures = 0;
            self.begin_anew(circuit, frame + 1);
        }
    }
}

/// How many transitions are taken to have happened in one step: all of a few, and few of many.
const fn most_at_once(free: u64) -> u32 {
    if free.count_ones() <= FEW { FEW } else { 3 }
}

impl View {
    fn mask(&self) -> Option<u64> {
        match self {
            Self::Mix { mask } => Some(*mask),
            _ => None,
        }
    }

    /// Views with equal origins have the same steps.
    const fn origin(self, many: bool) -> Self {
        match self {
            Self::Prompt { number, .. } => Self::Prompt { number, next: 0 },
            Self::Mix { .. } if many => Self::Mix { mask: 0 },
            view => view,
        }
    }
}

/// Octets to come that are looked at where several explanations are to be weighed: 100 ms.
const AHEAD: u64 = 800;
/// Octets that a view must explain to be believed while a delay is unknown: 10 ms.
const LASTING: u64 = 80;
/// So many octets are no coincidence.
const SURE: usize = 16;
/// Up to so many transitions are taken to happen in any combination.
const FEW: u32 = 8;
/// Up to so many views, the steps from each that fails are tried.
const FEW_VIEWS: usize = 32;
/// A prompt this far past its first sound may yet be a mistake.
const YOUNG: u32 = 4;
