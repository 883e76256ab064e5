//! Messages on the control socket of osmo-e1d from whoever connects to it, or listens at its place.
use tandem_e1d::wire::{HEADER, InterfaceInfo, LONGEST, LineInfo, Message, SlotInfo};

/// Nothing panics; what is taken, written again, says the same and is no longer; infos of an answer come back octet by octet.
pub fn e1d(data: &[u8]) {
    check(data);
    // The same with a header that is right, so that what is behind it is reached.
    if let Some((kind, rest)) = data.split_first() {
        let rest = &rest[..rest.len().min(LONGEST)];
        let length = (5 + rest.len()) as u16;
        check(&[&[0xe1, 1], &length.to_le_bytes()[..], &[*kind], rest].concat());
    }
}

fn check(octets: &[u8]) {
    let Ok(message) = Message::parse(octets) else { return };
    let mut out = [0; LONGEST];
    let length = message.emit(&mut out).expect("what was read can be written");
    assert!((HEADER..=octets.len()).contains(&length));
    assert_eq!(Message::parse(&out[..length]), Ok(message));
    if let Message::Answer { payload, .. } = message {
        if let Some(infos) = InterfaceInfo::all(payload) {
            assert_eq!(infos.flat_map(InterfaceInfo::to_octets).collect::<Vec<_>>(), payload);
        }
        if let Some(infos) = LineInfo::all(payload) {
            assert_eq!(infos.flat_map(LineInfo::to_octets).collect::<Vec<_>>(), payload);
        }
        if let Some(infos) = SlotInfo::all(payload) {
            // Of the flags of a timeslot one is known.
            let infos: Vec<SlotInfo> = infos.collect();
            let again: Vec<u8> = infos.iter().flat_map(|info| info.to_octets()).collect();
            assert!(SlotInfo::all(&again).expect("as long").eq(infos));
        }
    }
}
