//! Any octets as a message of caller identification, and any samples to the receivers of such messages.
use crate::Source;
use tandem_dsp::dtmf::LANES;
use tandem_dsp::fsk::{
    CallerIdBank, CallerIdEvent, CallerIdGenerator, CallerIdSender, Keying, Message, MessageKind,
};
use tandem_dsp::g711;
use tandem_types::{FrameTime, Law};

/// The first octet chooses what the rest is: a message, its checksum put right or not; the body of one that is sent
/// and heard; or samples, cut into any pieces.
pub fn cid(data: &[u8]) {
    let mut source = Source(data);
    let choice = source.octet();
    match choice % 4 {
        0 => read(source.0),
        1 => {
            let sum = source.0.iter().fold(0u8, |sum, octet| sum.wrapping_add(*octet));
            read(&[source.0, &[sum.wrapping_neg()]].concat());
        }
        2 => send(choice, source),
        _ => listen(usize::from(choice >> 2) + 1, source.0),
    }
}

/// What parses is made again of its parts, and its parameters are all of its body.
fn read(octets: &[u8]) {
    let Ok(message) = Message::parse(octets) else { return };
    assert_eq!(message.octets(), octets);
    assert_eq!(Message::new(message.kind(), message.body()), Some(message));
    let parameters: Vec<_> = message.parameters().collect();
    if !parameters.is_empty() {
        assert_eq!(Message::of_parameters(message.kind(), &parameters), Some(message));
    }
    let _ = (message.date_time(), message.calling_number(), message.calling_name(), message.messages_wait());
}

/// Whatever is sent on a clean line is heard, and nothing else.
fn send(choice: u8, mut source: Source<'_>) {
    let kind = MessageKind::Other(source.octet());
    let body = &source.0[..source.0.len().min(40)];
    let Some(message) = Message::new(kind, body) else { return };
    let keying = if choice & 4 == 0 { Keying::Bell202 } else { Keying::V23 };
    let (seizes, stuffing) = (choice & 8 == 0, choice >> 4);
    let sender = CallerIdSender { seizes, stuffing, ..CallerIdSender::new(keying) };
    let mut samples = vec![0; sender.duration(&message).0 as usize + 800];
    CallerIdGenerator::new(Law::A, sender, message).fill(&mut samples[400..]);
    let events = detect(&samples, 160);
    assert_eq!(events.len(), 2, "on both lanes");
    assert!(events.iter().all(|event| event.message == Ok(message) && event.keying == keying));
}

/// Another cut gives the same events, each of some length, in order of time.
fn listen(cut: usize, octets: &[u8]) {
    let samples: Vec<i16> = octets.iter().map(|octet| g711::decode(Law::A, *octet)).collect();
    let events = detect(&samples, cut);
    assert_eq!(events, detect(&samples, samples.len().max(1)));
    let mut last = [FrameTime::ZERO; LANES];
    for event in events {
        assert!(last[event.lane] <= event.start && event.start < event.end);
        assert!(event.dbm0.iter().all(|level| level.is_finite()) && event.mark_hz.is_finite());
        last[event.lane] = event.end;
    }
}

/// The events of lanes 3 and 29, lane by lane.
fn detect(samples: &[i16], cut: usize) -> Vec<CallerIdEvent> {
    let mut bank = CallerIdBank::new();
    [3, 29, LANES].into_iter().for_each(|lane| bank.enable(lane, true));
    let frames: Vec<[i16; LANES]> = samples.iter().map(|sample| [*sample; LANES]).collect();
    let mut events = Vec::new();
    for (n, piece) in frames.chunks(cut).enumerate() {
        bank.process(piece, FrameTime((n * cut) as u64), |event| events.push(event));
    }
    events.sort_by_key(|event| event.lane);
    events
}
