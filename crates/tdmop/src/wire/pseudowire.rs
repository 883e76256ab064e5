//! What SAToP and CESoPSN have in common: an RTP header where one is configured, the control word, and the length in it.
//!
//! Over UDP the RTP header comes first. LEN counts control word, RTP header and payload if they are fewer than 64 octets, and
//! is 0 otherwise; what lies behind that length is padding.
use super::{ControlWord, Packet, Refusal, Rtp, RtpHeader, put, take};

/// A packet taken apart.
pub(super) struct Parts<'a> {
    pub(super) word: ControlWord,
    pub(super) rtp: Option<RtpHeader>,
    pub(super) payload: &'a [u8],
}

pub(super) fn parse(octets: &[u8], rtp: Option<Rtp>) -> Result<Parts<'_>, Refusal> {
    let (header, rest) = match rtp {
        None => (None, octets),
        Some(rtp) => {
            let (header, rest) = take(octets).ok_or(Refusal::Short)?;
            let header = RtpHeader::parse(header).ok_or(Refusal::RtpHeader)?;
            if header.payload_type != rtp.payload_type {
                return Err(Refusal::PayloadType);
            }
            (Some(header), rest)
        }
    };
    let (word, behind) = take(rest).ok_or(Refusal::Short)?;
    let word = ControlWord::parse(word).ok_or(Refusal::NoControlWord)?;
    let payload = match usize::from(word.length) {
        0 => behind,
        stated => {
            let headers = octets.len() - behind.len();
            let length = stated.checked_sub(headers).ok_or(Refusal::Length)?;
            behind.get(..length).ok_or(Refusal::Length)?
        }
    };
    Ok(Parts { word, rtp: header, payload })
}

/// Writes the headers and then `packet`'s data and signalling.
pub(super) fn emit(packet: &Packet<'_>, modifier: u8, rtp: Option<Rtp>, out: &mut [u8]) -> Option<usize> {
    let mut at = 0;
    if let Some(Rtp { payload_type, ssrc }) = rtp {
        let (sequence, timestamp) = (packet.sequence, packet.timestamp);
        put(out, &mut at, &RtpHeader { payload_type, sequence, timestamp, ssrc }.emit())?;
    }
    let total = at + WORD_OCTETS + packet.data.len() + packet.signalling.len();
    let word = ControlWord {
        local_fault: packet.conditions.local_fault,
        remote_loss: packet.conditions.remote_loss,
        modifier,
        fragment: 0,
        length: if total < LENGTH_LIMIT { total as u8 } else { 0 },
        sequence: packet.sequence,
    };
    put(out, &mut at, &word.emit())?;
    put(out, &mut at, packet.data)?;
    put(out, &mut at, packet.signalling)?;
    Some(at)
}

/// What the RTP header and the control word say for the receiver.
pub(super) fn packet<'a>(parts: &Parts<'_>, data: &'a [u8], signalling: &'a [u8]) -> Packet<'a> {
    Packet {
        sequence: parts.word.sequence,
        conditions: super::Conditions {
            local_fault: parts.word.local_fault,
            remote_loss: parts.word.remote_loss,
            remote_defect: false,
        },
        timestamp: parts.rtp.map_or(0, |header| header.timestamp),
        source: parts.rtp.map(|header| header.ssrc),
        data,
        signalling,
    }
}

/// Octets of the control word.
pub(super) const WORD_OCTETS: usize = 4;
/// RFC 4553 §4.3.1: LEN is for packets shorter than this.
const LENGTH_LIMIT: usize = 64;
