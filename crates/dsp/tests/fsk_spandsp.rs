//! Caller identification to libspandsp and from it: what one sends the other hears.

mod signal;

use signal::spandsp;
use tandem_dsp::fsk::{
    CallerIdDetector, CallerIdGenerator, CallerIdSender, Keying, Message, MessageKind, Parameter,
    ParameterKind,
};
use tandem_types::Law;

const STANDARDS: [(Keying, &str, &str); 2] =
    [(Keying::Bell202, "class", "send-class"), (Keying::V23, "clip", "send-clip")];

fn messages() -> [Message; 3] {
    let parameter = |kind, value| Parameter { kind, value };
    let call = [
        parameter(ParameterKind::DateTime, b"12312359".as_slice()),
        parameter(ParameterKind::CallingNumber, b"+4989123456789"),
        parameter(ParameterKind::CallingName, b"A. N. Other"),
    ];
    let waiting = [parameter(ParameterKind::VisualIndicator, [0xff].as_slice())];
    [
        Message::of_parameters(MessageKind::CallSetup, &call),
        Message::of_parameters(MessageKind::MessageWaiting, &waiting),
        Message::new(MessageKind::NumberDelivery, b"093012246095551212"),
    ]
    .map(|message| message.expect("short"))
}

#[test]
fn libspandsp_hears_what_we_send() {
    for (keying, receiver, _) in STANDARDS {
        for message in messages() {
            let sender = CallerIdSender::new(keying);
            let mut samples = vec![0; 1600 + sender.duration(&message).0 as usize];
            CallerIdGenerator::new(Law::A, sender, message).fill(&mut samples[800..]);
            let Some(heard) = spandsp::run(receiver, &spandsp::octets(&samples)) else { return };
            // It keeps the checksum to itself.
            let (_, told) = message.octets().split_last().expect("some");
            assert_eq!(heard, told, "{keying:?}");
        }
    }
}

#[test]
fn we_hear_what_libspandsp_sends() {
    for (keying, _, sender) in STANDARDS {
        for message in messages() {
            let (_, told) = message.octets().split_last().expect("some");
            let Some(octets) = spandsp::run(sender, told) else { return };
            let samples: Vec<i16> =
                octets.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
            let mut events = Vec::new();
            let mut detector = CallerIdDetector::new();
            detector.process(&samples, |event| events.push(event));
            detector.process(&[0; 800], |event| events.push(event));
            assert_eq!(events.len(), 1, "{keying:?} {events:?}");
            assert_eq!((events[0].message, events[0].keying), (Ok(message), keying));
        }
    }
}
