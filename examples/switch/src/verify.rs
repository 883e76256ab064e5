//! Did every call carry what it should? Compares what the callers did, by the exchanges' reports, with what
//! the switch knew and recorded.
use crate::ivr::{CallLog, Ivr};
use crate::trunks::Trunks;
use hw_sim::exchange::{CallRecord, Direction, ExchangeReport, SpeechStretch};
use std::collections::BTreeMap;
use std::sync::Arc;
use tandem_engine::{Engine, EngineError};
use tandem_files::wav;
use tandem_types::{FrameTime, Handle};

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verified {
    /// Calls compared.
    pub(crate) calls: u64,
    /// Stretches of speech found in the recording of their own call.
    pub(crate) own_speech: u64,
    /// Pairs of calls whose recordings were searched for each other's speech.
    pub(crate) pairs: u64,
    /// Pairs in which one was found with the other, as it should be.
    pub(crate) heard_pairs: u64,
    /// The smallest correlation of a caller's words with its own recording.
    pub(crate) worst_correlation: f64,
    /// Calls whose recordings the run itself deleted.
    pub(crate) deleted: u64,
    /// Why recordings were not compared, if so.
    pub(crate) not_compared: Option<String>,
    /// What is wrong.
    pub(crate) problems: Vec<String>,
}

/// A call as both sides know it.
struct Both<'a> {
    card: usize,
    caller: &'a CallRecord,
    log: &'a CallLog,
    /// The loudest second of what the caller said.
    probe: Option<Probe>,
    recording: Option<Recording>,
}

/// A second of what a caller said.
struct Probe {
    clip: usize,
    /// The place of its first sample in the clip.
    offset: usize,
    samples: Vec<f64>,
    /// When its first sample was sent.
    sent: FrameTime,
}

struct Recording {
    start: FrameTime,
    said: Vec<i16>,
    heard: Vec<i16>,
}

/// The channels of each span in the order of their timeslots: the n-th is telephone channel n of the exchange,
/// whether the span is an E1 or a T1.
pub(crate) struct Circuits(Vec<Vec<Handle>>);

impl Circuits {
    /// Asks an engine that is still open.
    pub(crate) fn of(engine: &Engine) -> Result<Self, EngineError> {
        let spans = 0..engine.spans()?.len();
        let handles = |span| Ok(engine.channels(span)?.into_iter().map(|(handle, _)| handle).collect());
        spans.map(handles).collect::<Result<_, _>>().map(Self)
    }

    /// The channel that carried a call of a card's exchange.
    fn channel(&self, card: usize, caller: &CallRecord, trunks: &Trunks) -> Option<Handle> {
        let span = self.0.get(trunks.span(card, usize::from(caller.span.0))?)?;
        let number = caller.slot.telephone_channel()?.number();
        span.get(usize::from(number) - 1).copied()
    }
}

/// Compares: the digits always, the recordings unless there is a reason not to.
pub(crate) fn verify(
    ivr: &Ivr<'_>,
    trunks: &Trunks,
    circuits: &Circuits,
    reports: &[Option<ExchangeReport>],
    not_compared: Option<String>,
) -> Verified {
    let mut verified = Verified { worst_correlation: 1.0, not_compared, ..Verified::default() };
    let mut calls = Vec::new();
    for (card, report) in reports.iter().enumerate() {
        let Some(report) = report else { continue };
        let channel = |caller: &CallRecord| circuits.channel(card, caller, trunks);
        pair_up(card, report, ivr, channel, &mut calls, &mut verified);
    }
    verified.calls = calls.len() as u64;
    for both in &calls {
        check_digits(both, &mut verified);
    }
    if verified.not_compared.is_none() {
        for both in &mut calls {
            both.probe = probe(both.caller, &trunks.clips_of(both.card));
            both.recording = recording(both.log, ivr, &mut verified);
        }
        check_content(&calls, &mut verified);
    }
    if verified.deleted > 0 && verified.deleted == verified.calls {
        verified.not_compared = Some("all recordings were deleted to make room".into());
    }
    verified
}

/// Brings the calls of both sides together: the n-th call on a circuit is the same call at both ends.
fn pair_up<'a>(
    card: usize,
    report: &'a ExchangeReport,
    ivr: &'a Ivr<'_>,
    channel: impl Fn(&CallRecord) -> Option<Handle>,
    calls: &mut Vec<Both<'a>>,
    verified: &mut Verified,
) {
    let mut logs: BTreeMap<Handle, Vec<&CallLog>> = BTreeMap::new();
    for log in ivr.calls().filter(|log| log.answered.is_some()) {
        logs.entry(log.channel).or_default().push(log);
    }
    logs.values_mut().for_each(|logs| logs.sort_by_key(|log| log.answered));
    let mut seen: BTreeMap<Handle, usize> = BTreeMap::new();
    let answered = |call: &&CallRecord| call.direction == Direction::ToSwitch && call.answered.is_some();
    let mut callers: Vec<&CallRecord> = report.calls.iter().filter(answered).collect();
    callers.sort_by_key(|call| call.answered);
    for caller in callers {
        let channel = channel(caller);
        let place = channel.map_or(0, |channel| {
            let next = seen.entry(channel).or_insert(0);
            *next += 1;
            *next - 1
        });
        let log = channel.and_then(|channel| logs.get(&channel)?.get(place)).copied();
        match log {
            Some(log) => calls.push(Both { card, caller, log, probe: None, recording: None }),
            None => {
                verified
                    .problems
                    .push(format!("call {} of the exchange is unknown to the switch", caller.id));
            }
        }
    }
}

fn check_digits(both: &Both<'_>, verified: &mut Verified) {
    let pressed: String = both.caller.digits.iter().map(|pressed| pressed.digit).collect();
    if pressed != both.log.digits {
        let (call, heard) = (both.log.call.0, &both.log.digits);
        verified.problems.push(format!("call {call}: pressed {pressed:?}, received {heard:?}"));
    }
    if both.caller.number != both.log.called {
        let (call, called) = (both.log.call.0, &both.log.called);
        verified.problems.push(format!("call {call}: dialled {:?}, received {called:?}", both.caller.number));
    }
}

fn recording(log: &CallLog, ivr: &Ivr<'_>, verified: &mut Verified) -> Option<Recording> {
    let (path, start) = log.recording.as_ref()?;
    if ivr.keeper.has_deleted(log.call) {
        verified.deleted += 1;
        return None;
    }
    match wav::read(path, 1 << 30) {
        Ok(file) => Some(Recording {
            start: *start,
            said: file.channel(0).collect(),
            heard: file.channel(1).collect(),
        }),
        Err(error) => {
            verified.problems.push(format!("{}: {error}", path.display()));
            None
        }
    }
}

/// The loudest second of a caller's longest stretch.
fn probe(caller: &CallRecord, clips: &[Arc<[i16]>]) -> Option<Probe> {
    let stretch = caller.speech.iter().max_by_key(|stretch| stretch.frames)?;
    let samples = said(stretch, clips)?;
    let energy = |window: &[i16]| window.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
    let best = (0..samples.len().checked_sub(SECOND)?)
        .step_by(400)
        .max_by(|a, b| energy(&samples[*a..a + SECOND]).total_cmp(&energy(&samples[*b..b + SECOND])))?;
    if energy(&samples[best..best + SECOND]) / (SECOND as f64) < QUIET {
        return None;
    }
    Some(Probe {
        clip: stretch.clip,
        offset: stretch.offset + best,
        samples: samples[best..best + SECOND].iter().map(|sample| f64::from(*sample)).collect(),
        sent: FrameTime(stretch.first_frame.0 + best as u64),
    })
}

fn said<'a>(stretch: &SpeechStretch, clips: &'a [Arc<[i16]>]) -> Option<&'a [i16]> {
    let clip = clips.get(stretch.clip)?;
    clip.get(stretch.offset..stretch.offset + stretch.frames as usize)
}

/// Each caller's words: in the receive channel of its own recording, in the transmit channels of those who
/// were in the room with it, and nowhere else.
fn check_content(calls: &[Both<'_>], verified: &mut Verified) {
    let delays = delays(calls);
    for talker in calls {
        check_own(talker, &delays, verified);
    }
    if verified.own_speech == 0 && calls.iter().any(|both| both.probe.is_some() && both.recording.is_some()) {
        verified.problems.push("nobody's words are found in their own recording".into());
    }
    let company = Company::new(calls);
    let through = way_through(calls, &delays, &company);
    for talker in calls {
        for pair in pairs(talker, calls, &delays) {
            check_pair(&pair, through, &company, verified);
        }
    }
}

/// How many frames after being sent an octet is recorded: exact, and the same for all callers of a card.
type Delays = BTreeMap<usize, u64>;

fn delays(calls: &[Both<'_>]) -> Delays {
    let mut delays = Delays::new();
    for both in calls {
        if let (false, Some(delay)) = (delays.contains_key(&both.card), calibrate(both)) {
            delays.insert(both.card, delay);
        }
    }
    delays
}

fn check_own(talker: &Both<'_>, delays: &Delays, verified: &mut Verified) {
    let (Some(probe), Some(own)) = (&talker.probe, &talker.recording) else { return };
    let Some(delay) = delays.get(&talker.card) else {
        let (call, card) = (talker.log.call.0, talker.card);
        verified.problems.push(format!("call {call}: no words of card {card} are found where they belong"));
        return;
    };
    let Some(window) = window(&own.said, own.start, probe.sent.0 + delay) else { return };
    let correlation = correlation(&probe.samples, window);
    verified.worst_correlation = verified.worst_correlation.min(correlation);
    verified.own_speech += 1;
    if correlation < 0.99 {
        let call = talker.log.call.0;
        verified.problems.push(format!("call {call}: its words correlate only {correlation:.3}"));
    }
}

fn pairs<'a>(
    talker: &'a Both<'a>,
    calls: &'a [Both<'a>],
    delays: &'a Delays,
) -> impl Iterator<Item = Pair<'a>> {
    let delay = delays.get(&talker.card);
    calls.iter().filter_map(move |listener| pair(talker, listener, *delay?))
}

/// The way through the switch is the same for all: it is searched for where it is found most easily.
fn way_through(calls: &[Both<'_>], delays: &Delays, company: &Company<'_>) -> usize {
    let pairs = calls.iter().flat_map(|talker| pairs(talker, calls, delays));
    let mut together: Vec<Pair<'_>> = pairs.filter(|pair| pair.together).collect();
    together.sort_by_cached_key(|pair| pair.others(company).count());
    together.iter().find_map(Pair::calibrate).unwrap_or(0)
}

/// Who was in which room.
struct Company<'a>(BTreeMap<&'a str, Vec<&'a Both<'a>>>);

impl<'a> Company<'a> {
    fn new(calls: &'a [Both<'a>]) -> Self {
        let mut rooms: BTreeMap<&str, Vec<&Both<'_>>> = BTreeMap::new();
        for both in calls {
            if let Some((room, _)) = &both.log.room {
                rooms.entry(room).or_default().push(both);
            }
        }
        Self(rooms)
    }

    /// All who were ever in the room of this call.
    fn of(&self, both: &Both<'_>) -> &[&'a Both<'a>] {
        let room = both.log.room.as_ref().and_then(|(room, _)| self.0.get(room.as_str()));
        room.map_or(&[], Vec::as_slice)
    }
}

/// A talker's second in the call of somebody else, who was on the line all the while.
struct Pair<'a> {
    talker: &'a Both<'a>,
    listener: &'a Both<'a>,
    said: &'a [f64],
    /// What the listener itself said meanwhile.
    own: &'a [i16],
    /// What the listener heard from the earliest moment at which the words can have come.
    heard: &'a [i16],
    /// That moment: when the switch received the first of the words.
    arrival: u64,
    /// Both were in one room for the whole second.
    together: bool,
    /// Neither was ever in the other's room during the second.
    apart: bool,
}

impl Pair<'_> {
    /// All others whom the listener heard in its room for any part of the second.
    fn others<'b>(&self, company: &'b Company<'b>) -> impl Iterator<Item = &'b Both<'b>> {
        let (talker, listener, arrival) = (self.talker.log.call, self.listener, self.arrival);
        company.of(listener).iter().copied().filter(move |other| {
            let third = other.log.call != talker && other.log.call != listener.log.call;
            third && in_one_room_at_all(other, listener, arrival)
        })
    }

    /// What the listener heard besides what all others said; `None` if nobody knows any more what that was.
    fn heard_besides(&self, lag: usize, company: &Company<'_>) -> Option<Vec<f64>> {
        let mut rest = in_f64(&self.heard[lag..lag + SECOND]);
        for other in self.others(company) {
            let recording = other.recording.as_ref()?;
            let Some(said) = window(&recording.said, recording.start, self.arrival) else { continue };
            for (rest, said) in rest.iter_mut().zip(said) {
                *rest -= f64::from(*said);
            }
        }
        Some(rest)
    }

    /// Whether the listener says the very same at this moment: clips are said again, and by chance together.
    fn in_unison(&self) -> bool {
        let Some(probe) = self.talker.probe.as_ref() else { return false };
        let begun = |at: FrameTime, offset: usize| at.0.wrapping_sub(offset as u64);
        self.talker.card == self.listener.card
            && self.listener.caller.speech.iter().any(|stretch| {
                stretch.clip == probe.clip
                    && begun(stretch.first_frame, stretch.offset) == begun(probe.sent, probe.offset)
            })
    }

    fn gain(&self, lag: usize) -> f64 {
        gain(self.said, self.heard[lag..lag + SECOND].iter().map(|sample| f64::from(*sample)))
    }

    /// The lag at which the words are heard best, if they are heard.
    fn calibrate(&self) -> Option<usize> {
        let best = (0..=MOST_THROUGH).max_by(|a, b| self.gain(*a).total_cmp(&self.gain(*b)))?;
        (self.gain(best) > 0.7).then_some(best)
    }
}

fn pair<'a>(talker: &'a Both<'a>, listener: &'a Both<'a>, delay: u64) -> Option<Pair<'a>> {
    let (probe, recording) = (talker.probe.as_ref()?, listener.recording.as_ref()?);
    if talker.log.call == listener.log.call {
        return None;
    }
    let arrival = probe.sent.0 + delay;
    let begin = usize::try_from(arrival.checked_sub(recording.start.0)?).ok()?;
    let heard = recording.heard.get(begin..begin + SECOND + MOST_THROUGH)?;
    let own = recording.said.get(begin..begin + SECOND + MOST_THROUGH)?;
    let together = in_one_room(talker, listener, arrival);
    let apart = !in_one_room_at_all(talker, listener, arrival);
    Some(Pair { talker, listener, said: &probe.samples, own, heard, arrival, together, apart })
}

fn check_pair(pair: &Pair<'_>, through: usize, company: &Company<'_>, verified: &mut Verified) {
    let Some(heard) = pair.heard_besides(through, company) else { return };
    let gain = gain(pair.said, heard.iter().copied());
    let problem = if pair.together && (gain - 1.0).abs() > 0.3 {
        "missing"
    } else if pair.apart && stands_out(pair.said, &heard) {
        "overheard"
    } else if speaks_for(pair, through) {
        "in the receive channel"
    } else {
        ""
    };
    verified.pairs += 1;
    verified.heard_pairs += u64::from(pair.together && problem.is_empty());
    if !problem.is_empty() {
        let (talker, listener) = (pair.talker.log.call.0, pair.listener.log.call.0);
        let text = format!("words of call {talker} in call {listener}: {problem} (gain {gain:.2})");
        verified.problems.push(text);
    }
}

/// Whether the talker's words are in what the listener's own caller is recorded to have said: as they came
/// from the line, or as they came through the switch.
fn speaks_for(pair: &Pair<'_>, through: usize) -> bool {
    let at = |lag: usize| stands_out(pair.said, &in_f64(&pair.own[lag..lag + SECOND]));
    (at(0) || at(through)) && !pair.in_unison()
}

fn stands_out(said: &[f64], heard: &[f64]) -> bool {
    let gain = gain(said, heard.iter().copied());
    gain.abs() > 0.5 && is_peak(said, heard, gain)
}

fn in_f64(samples: &[i16]) -> Vec<f64> {
    samples.iter().map(|sample| f64::from(*sample)).collect()
}

/// Whether both were in one room for the whole second.
fn in_one_room(a: &Both<'_>, b: &Both<'_>, arrival: u64) -> bool {
    overlap(a, b).is_some_and(|(from, to)| from + MARGIN <= arrival && arrival + SECOND as u64 + MARGIN <= to)
}

/// Whether both were in one room for any part of the second.
fn in_one_room_at_all(a: &Both<'_>, b: &Both<'_>, arrival: u64) -> bool {
    overlap(a, b).is_some_and(|(from, to)| from < arrival + SECOND as u64 + MARGIN && arrival < to + MARGIN)
}

fn overlap(a: &Both<'_>, b: &Both<'_>) -> Option<(u64, u64)> {
    let (room_a, since_a) = a.log.room.as_ref()?;
    let (room_b, since_b) = b.log.room.as_ref()?;
    if room_a != room_b {
        return None;
    }
    let until = |both: &Both<'_>| both.log.cleared.map_or(u64::MAX, |at| at.0);
    Some((since_a.0.max(since_b.0), until(a).min(until(b))))
}

/// How many frames after being sent an octet is recorded: found once, exact, and the same for all.
fn calibrate(both: &Both<'_>) -> Option<u64> {
    let (probe, recording) = (both.probe.as_ref()?, both.recording.as_ref()?);
    (0..MOST_DELAY).find(|delay| {
        window(&recording.said, recording.start, probe.sent.0 + delay)
            .is_some_and(|window| correlation(&probe.samples, window) > 0.99)
    })
}

fn window(samples: &[i16], start: FrameTime, at: u64) -> Option<&[i16]> {
    let begin = usize::try_from(at.checked_sub(start.0)?).ok()?;
    samples.get(begin..begin + SECOND)
}

/// Normalised cross-correlation at this alignment.
fn correlation(said: &[f64], recorded: &[i16]) -> f64 {
    let (mut product, mut said_power, mut recorded_power) = (0.0, 0.0, 0.0);
    for (a, b) in said.iter().zip(recorded) {
        let b = f64::from(*b);
        product += a * b;
        said_power += a * a;
        recorded_power += b * b;
    }
    if said_power * recorded_power == 0.0 { 0.0 } else { product / (said_power * recorded_power).sqrt() }
}

/// How much of what was said is in what was heard, whatever else is in it.
fn gain(said: &[f64], heard: impl Iterator<Item = f64>) -> f64 {
    let product: f64 = said.iter().zip(heard).map(|(a, b)| a * b).sum();
    product / said.iter().map(|a| a * a).sum::<f64>()
}

/// Whether the words are there at just this moment. Quiet words resemble loud ones by chance, but then as well
/// a little earlier or later.
fn is_peak(said: &[f64], heard: &[f64], gain_now: f64) -> bool {
    (1..=NEARBY).all(|shift| {
        let later = gain(&said[..SECOND - shift], heard[shift..].iter().copied());
        let earlier = gain(&said[shift..], heard[..SECOND - shift].iter().copied());
        later.abs() < gain_now.abs() && earlier.abs() < gain_now.abs()
    })
}

/// Frames within which a resemblance by chance shows again.
const NEARBY: usize = 40;
/// Frames compared.
const SECOND: usize = 8000;
/// The longest way through the switch: two ticks of 160 frames.
const MOST_THROUGH: usize = 320;
/// The longest way from the caller's mouth to the switch.
const MOST_DELAY: u64 = 2000;
/// Frames within which entering and leaving a room may take effect.
const MARGIN: u64 = 2000;
/// Mean square below which a second is too quiet to be told from others.
const QUIET: f64 = 300.0 * 300.0;

#[cfg(test)]
mod tests {
    use super::*;

    /// A second that sounds like speech to a correlator: noise whose neighbours resemble each other.
    fn second(seed: u32, loudness: f64) -> Vec<f64> {
        let (mut state, mut last) = (seed, 0.0);
        (0..SECOND)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                last = 0.9 * last + f64::from(state >> 16) - 32_768.0;
                last * loudness
            })
            .collect()
    }

    #[test]
    fn words_that_leak_under_louder_ones_stand_out_at_their_moment() {
        let (said, louder) = (second(1, 0.01), second(2, 0.1));
        let heard: Vec<f64> = louder.iter().zip(&said).map(|(louder, leaked)| louder + leaked).collect();
        let gain = gain(&said, heard.iter().copied());
        assert!(gain > 0.5, "{gain}");
        assert!(is_peak(&said, &heard, gain));
    }

    #[test]
    fn a_resemblance_by_chance_shows_at_other_moments_too() {
        let said = second(1, 0.01);
        // The same words, but three frames away from where they would be if they had been passed on.
        let heard: Vec<f64> = said.iter().skip(3).chain(&[0.0; 3]).copied().collect();
        let gain = gain(&said, heard.iter().copied());
        assert!(gain > 0.5, "{gain}");
        assert!(!is_peak(&said, &heard, gain));
    }
}
