//! A T1 for the exchange, which thinks in thirty channels of A-law: channel n is timeslot n, 1 to 24, and octets are
//! turned from µ-law and into it on their way. What is robbed of them is not seen at that place.
use super::alaw;
use super::port::FarPort;
use crate::line_port::LinePort;
use tandem_types::{Abcd, Defects, TelephoneChannel, Timeslot};

/// The far end of a T1.
#[derive(Debug)]
pub struct T1Port(LinePort);

impl T1Port {
    /// Telephone channels of a T1.
    pub const CHANNELS: u8 = 24;

    /// The exchange's end of this port, which must be a T1.
    #[must_use]
    pub const fn new(port: LinePort) -> Self {
        Self(port)
    }
}

fn timeslot(channel: TelephoneChannel) -> Option<Timeslot> {
    Timeslot::new(channel.number()).filter(|_| channel.number() <= T1Port::CHANNELS)
}

fn channels() -> impl Iterator<Item = (usize, usize)> {
    let places = |channel: TelephoneChannel| Some((timeslot(channel)?.index(), channel.timeslot().index()));
    TelephoneChannel::all().filter_map(places)
}

impl FarPort for T1Port {
    fn channels(&self) -> u8 {
        Self::CHANNELS
    }

    fn exchange_frame(&mut self, slots: &[u8; 32]) -> Option<[u8; 32]> {
        self.0.exchange_frame(&to_line(slots)).map(from_line)
    }

    fn set_bits(&mut self, channel: TelephoneChannel, bits: Abcd) {
        if let Some(slot) = timeslot(channel) {
            let _ = self.0.set_abcd(slot, bits);
        }
    }

    fn bits(&self, channel: TelephoneChannel) -> Option<Abcd> {
        self.0.abcd(timeslot(channel)?)
    }

    fn defects(&self) -> Defects {
        self.0.defects()
    }
}

/// The frame of a T1 for the octets of the exchange's channels.
pub(super) fn to_line(slots: &[u8; 32]) -> [u8; 32] {
    let mut sent = [MU_IDLE; 32];
    for (t1, e1) in channels() {
        sent[t1] = to_mu(slots[e1]);
    }
    sent
}

/// The octets of the exchange's channels in the frame of a T1.
pub(super) fn from_line(heard: &[u8; 32]) -> [u8; 32] {
    let mut row = [alaw::IDLE; 32];
    for (t1, e1) in channels() {
        row[e1] = from_mu(heard[t1]);
    }
    row
}

/// The µ-law octet for an A-law octet (G.711 table 2a); silence is silence.
fn to_mu(octet: u8) -> u8 {
    if octet == alaw::IDLE {
        return MU_IDLE;
    }
    let sample = i32::from(alaw::decode(octet));
    let magnitude = (sample.abs() + BIAS).min(i32::from(i16::MAX));
    let segment = (24 - magnitude.leading_zeros().min(24)) as i32;
    let step = magnitude >> (segment + 3) & 0x0f;
    let sign = if sample < 0 { 0x80 } else { 0 };
    !(sign | (segment << 4) as u8 | step as u8)
}

/// The A-law octet for a µ-law octet; the two smallest values of µ-law are silence.
fn from_mu(octet: u8) -> u8 {
    let bits = !octet;
    let (segment, step) = (bits >> 4 & 7, i32::from(bits & 0x0f));
    let magnitude = (((step << 3) + BIAS) << segment) - BIAS;
    let sample = if bits & 0x80 == 0 { magnitude } else { -magnitude };
    if sample.abs() <= 8 { alaw::IDLE } else { alaw::encode(sample as i16) }
}

/// Both zeros of µ-law have all bits but the sign set; this is the positive one.
const MU_IDLE: u8 = 0xff;
/// In steps of 16-bit samples: 33 in the scale of 14 bits.
const BIAS: i32 = 132;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loud_octet_comes_back_as_itself_or_its_neighbour_and_silence_as_silence() {
        assert_eq!((to_mu(alaw::IDLE), from_mu(MU_IDLE), from_mu(0x7f)), (0xff, alaw::IDLE, alaw::IDLE));
        for octet in 0..=255_u8 {
            let sample = i32::from(alaw::decode(octet));
            let back = i32::from(alaw::decode(from_mu(to_mu(octet))));
            // A step of A-law is a sixteenth of its segment or less; the steps of µ-law are as fine.
            assert!((back - sample).abs() <= sample.abs() / 16 + 16, "{octet:#x}: {sample} became {back}");
        }
    }

    #[test]
    fn the_milliwatt_of_one_law_is_that_of_the_other() {
        let a = [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4];
        let mu = [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e];
        for (a, mu) in a.into_iter().zip(mu) {
            let (ours, theirs) = (i32::from(alaw::decode(a)), i32::from(alaw::decode(from_mu(mu))));
            assert!((ours - theirs).abs() <= ours.abs() / 16, "{a:#x} {mu:#x}: {ours} {theirs}");
        }
    }
}
