//! The factory of cards whose spans travel in packets.
use crate::wire::{Cesopsn, LONGEST, Rtp, Satop, Tdmoe};
use crate::{JitterBuffer, PacketIo, SatopLine, SatopSpan, SlotCard, SlotFormat, SlotSpan};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use tandem_card::options::{Options, wrong};
use tandem_card::{CardFactory, CardRequest, FactoryError, OpenedCard, SoftFramer};
use tandem_rt::sys::{DatagramSocket, monotonic_ns};
use tandem_types::Law;

/// Makes cards of the models `satop`, `cesopsn` and `tdmoe`; their options are in `docs/configuration.md`.
pub struct PacketFactory {
    join: Join,
    first_sequence: u16,
}

/// Makes the network between the two ends of a span.
pub type Join = Box<dyn FnMut(&Ends) -> io::Result<Box<dyn PacketIo>> + Send>;

/// Spans and their networks.
type Joined<S> = Vec<(S, Box<dyn PacketIo>)>;

/// The two ends of one span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Addresses and ports of UDP.
    Udp {
        /// Ours.
        local: SocketAddr,
        /// The far end's.
        peer: SocketAddr,
    },
    /// Ethernet frames of [`Tdmoe::ETHERTYPE`].
    Ethernet {
        /// Our interface.
        interface: String,
        /// The hardware address of the far end's.
        peer: [u8; 6],
    },
}

impl PacketFactory {
    /// A factory of cards on the networks of this machine. Where it begins to number packets differs from run to run, so
    /// that far ends can tell a restart.
    #[must_use]
    pub fn new() -> Self {
        let join = |ends: &Ends| -> io::Result<Box<dyn PacketIo>> {
            Ok(Box::new(match ends {
                Ends::Udp { local, peer } => DatagramSocket::udp(*local, *peer)?,
                Ends::Ethernet { interface, peer } => {
                    DatagramSocket::ethernet(interface, Tdmoe::ETHERTYPE, *peer)?
                }
            }))
        };
        Self::over(Box::new(join), (monotonic_ns() / 1000) as u16)
    }

    /// A factory of cards on networks of the caller's, whose first packets bear this number.
    #[must_use]
    pub fn over(join: Join, first_sequence: u16) -> Self {
        Self { join, first_sequence }
    }

    fn open_satop(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let options = Options::new(request, &[&UDP_OPTIONS[..], &["packet_octets"]].concat(), &[])?;
        let t1 = is_t1(options)?;
        let (usual, frame_bits) = if t1 { (Satop::T1_OCTETS, 193) } else { (Satop::E1_OCTETS, 256) };
        let octets = options.number("packet_octets", usual, LEAST_OCTETS..=MOST_OCTETS)?;
        let depth = depth(options, octets as u64 * 8 * FRAME_NS / frame_bits)?;
        let first_sequence = self.first_sequence;
        let spans = self.joined(udp_ends(options)?, |number| {
            let format =
                Satop::new(octets, rtp(options, number)?).ok_or_else(|| too_much("packet_octets"))?;
            Ok(SatopSpan { t1, format, depth, source: None, first_sequence })
        })?;
        Ok(OpenedCard { card: Box::new(SoftFramer::new(SatopLine::new(spans))), world: None })
    }

    fn open_cesopsn(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let more = ["timeslots", "packet_frames", "cas", "law"];
        let options = Options::new(request, &[&UDP_OPTIONS[..], &more].concat(), &[])?;
        let t1 = is_t1(options)?;
        let cas = options.choice("cas", false, &[("false", false), ("true", true)])?;
        let slots = timeslots(options, t1, cas)?;
        let frames = if cas {
            if options.text("packet_frames").is_some() {
                return Err(wrong(
                    "packet_frames",
                    "is not for packets with signalling bits: each is one multiframe",
                ));
            }
            if t1 { T1_MULTIFRAME } else { E1_MULTIFRAME }
        } else {
            options.number("packet_frames", USUAL_FRAMES, 1..=MOST_FRAMES)?
        };
        let depth = depth(options, frames as u64 * FRAME_NS)?;
        let (idle, first_sequence) = (idle(options, t1)?, self.first_sequence);
        let spans = self.joined(udp_ends(options)?, |number| {
            let (channels, rtp) = (slots.count_ones() as usize, rtp(options, number)?);
            let make = if cas { Cesopsn::trunk } else { Cesopsn::basic };
            let format = make(channels, frames, rtp).ok_or_else(|| too_much("packet_frames"))?;
            let format = SlotFormat::Cesopsn(format);
            Ok(SlotSpan { t1, format, slots, depth, idle, source: None, first_sequence })
        })?;
        Ok(OpenedCard { card: Box::new(SlotCard::new(spans)?), world: None })
    }

    fn open_tdmoe(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let known = ["local", "peer", "spans", "line", "jitter_ms", "timeslots", "subaddress", "law"];
        let options = Options::new(request, &known, &[])?;
        let t1 = is_t1(options)?;
        let slots = timeslots(options, t1, false)?;
        let depth = depth(options, Tdmoe::SAMPLES as u64 * FRAME_NS)?;
        let (idle, first_sequence) = (idle(options, t1)?, self.first_sequence);
        let ends = ethernet_ends(options)?;
        let subaddress = options.number("subaddress", 0, 0..=u16::MAX - ends.len() as u16 + 1)?;
        let spans = self.joined(ends, |number| {
            let format = Tdmoe::new(subaddress + number, slots.count_ones() as usize);
            let format = SlotFormat::Tdmoe(format.ok_or_else(|| too_much("timeslots"))?);
            Ok(SlotSpan { t1, format, slots, depth, idle, source: None, first_sequence })
        })?;
        Ok(OpenedCard { card: Box::new(SlotCard::new(spans)?), world: None })
    }

    /// The spans of a card, each at its network.
    fn joined<S>(
        &mut self,
        ends: Vec<Ends>,
        make: impl Fn(u16) -> Result<S, FactoryError>,
    ) -> Result<Joined<S>, FactoryError> {
        let join = |(number, ends): (u16, Ends)| {
            let span = make(number)?;
            let network = (self.join)(&ends).map_err(|error| wrong("local", format!("{ends}: {error}")))?;
            Ok((span, network))
        };
        (0..).zip(ends).map(join).collect()
    }
}

impl Default for PacketFactory {
    fn default() -> Self {
        Self::new()
    }
}

impl CardFactory for PacketFactory {
    fn models(&self) -> Vec<&'static str> {
        vec!["satop", "cesopsn", "tdmoe"]
    }

    fn open(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        match request.model.as_str() {
            "satop" => self.open_satop(request),
            "cesopsn" => self.open_cesopsn(request),
            "tdmoe" => self.open_tdmoe(request),
            _ => Err(FactoryError::UnknownModel),
        }
    }
}

impl fmt::Debug for PacketFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PacketFactory").field("first_sequence", &self.first_sequence).finish_non_exhaustive()
    }
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Udp { local, peer } => write!(f, "{local} to {peer}"),
            Self::Ethernet { interface, .. } => f.write_str(interface),
        }
    }
}

fn too_much(name: &str) -> FactoryError {
    wrong(name, "is more than a packet carries")
}

fn is_t1(options: Options<'_>) -> Result<bool, FactoryError> {
    options.choice("line", false, &[("e1", false), ("t1", true)])
}

/// By how many packets of such a length the jitter buffer delays.
fn depth(options: Options<'_>, packet_ns: u64) -> Result<usize, FactoryError> {
    let ms = options.number("jitter_ms", USUAL_JITTER_MS, 1..=MOST_JITTER_MS)?;
    let packets = (ms * NS_PER_MS).div_ceil(packet_ns) as usize;
    if packets > JitterBuffer::DEEPEST {
        let most = JitterBuffer::DEEPEST;
        return Err(wrong(
            "jitter_ms",
            format!("{ms} ms are {packets} packets of this size; {most} can be held"),
        ));
    }
    Ok(packets)
}

/// The octet of silence.
fn idle(options: Options<'_>, t1: bool) -> Result<u8, FactoryError> {
    let usual = if t1 { Law::Mu } else { Law::A };
    Ok(options.choice("law", usual, &[("a", Law::A), ("mu", Law::Mu)])?.idle_octet())
}

/// The RTP header of a span, where there is one.
fn rtp(options: Options<'_>, number: u16) -> Result<Option<Rtp>, FactoryError> {
    if options.text("rtp_payload_type").is_none() {
        return match options.text("ssrc") {
            None => Ok(None),
            Some(_) => Err(wrong("ssrc", "there is no RTP header without rtp_payload_type")),
        };
    }
    let payload_type = options.number("rtp_payload_type", DYNAMIC.0, DYNAMIC.0..=DYNAMIC.1)?;
    let ssrc = options.number("ssrc", 0, 0..=u32::MAX)?.wrapping_add(number.into());
    Ok(Some(Rtp { payload_type, ssrc }))
}

/// The timeslots that travel, bit n for timeslot n, from numbers and ranges with commas between.
fn timeslots(options: Options<'_>, t1: bool, cas: bool) -> Result<u32, FactoryError> {
    let (usual, last) = match (t1, cas) {
        (true, _) => ("1-24", 24),
        (false, true) => ("1-15,17-31", 31),
        (false, false) => ("1-31", 31),
    };
    let text = options.text("timeslots").unwrap_or(usual);
    let mut slots = 0;
    for part in text.split(',') {
        let range =
            range(part).filter(|range| !range.is_empty() && *range.start() > 0 && *range.end() <= last);
        let Some(range) = range else {
            let like = "numbers and ranges as in 1-15,17";
            return Err(wrong("timeslots", format!("'{text}' is not {like}, from 1 to {last}")));
        };
        for slot in range {
            if slots & (1 << slot) != 0 {
                return Err(wrong("timeslots", format!("'{text}' has timeslot {slot} twice")));
            }
            slots |= 1 << slot;
        }
    }
    Ok(slots)
}

fn range(text: &str) -> Option<RangeInclusive<u32>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(first.trim().parse().ok()?..=last.trim().parse().ok()?)
}

/// The ends of each span: the ports count up from those that are given.
fn udp_ends(options: Options<'_>) -> Result<Vec<Ends>, FactoryError> {
    let (local, peer) = (address(options, "local")?, address(options, "peer")?);
    if peer.ip().is_unspecified() || peer.ip().is_multicast() {
        return Err(wrong("peer", format!("'{peer}' is not the address of one far end")));
    }
    if local.is_ipv4() != peer.is_ipv4() {
        return Err(wrong("peer", format!("'{peer}' and local '{local}' are not both IPv4 or both IPv6")));
    }
    let spans = spans(options)?;
    if let Some((name, _)) = [("local", local), ("peer", peer)]
        .into_iter()
        .find(|(_, end)| end.port().checked_add(spans - 1).is_none())
    {
        return Err(wrong(name, format!("there are no ports for {spans} spans from this on")));
    }
    let on = |end: SocketAddr, number: u16| SocketAddr::new(end.ip(), end.port() + number);
    Ok((0..spans).map(|number| Ends::Udp { local: on(local, number), peer: on(peer, number) }).collect())
}

fn address(options: Options<'_>, name: &str) -> Result<SocketAddr, FactoryError> {
    let text = required(options, name)?;
    let address = text.parse().ok().filter(|address: &SocketAddr| address.port() > 0);
    address.ok_or_else(|| {
        wrong(
            name,
            format!("'{text}' is not an address and a port, as in 192.0.2.1:2142 or [2001:db8::1]:2142"),
        )
    })
}

/// All spans of a card are between the same two interfaces; their subaddresses tell them apart.
fn ethernet_ends(options: Options<'_>) -> Result<Vec<Ends>, FactoryError> {
    let (interface, peer) = (required(options, "local")?.to_owned(), required(options, "peer")?);
    let octets: Option<Vec<u8>> = peer.split(':').map(hex_octet).collect();
    let Some(peer) = octets.and_then(|octets| <[u8; 6]>::try_from(octets).ok()) else {
        return Err(wrong("peer", format!("'{peer}' is not a hardware address, as in 02:00:00:00:00:02")));
    };
    Ok(vec![Ends::Ethernet { interface, peer }; spans(options)?.into()])
}

/// Two digits; `from_str_radix` takes a sign besides.
fn hex_octet(text: &str) -> Option<u8> {
    let digits = text.len() == 2 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    digits.then(|| u8::from_str_radix(text, 16).ok())?
}

fn spans(options: Options<'_>) -> Result<u16, FactoryError> {
    options.number("spans", 1, 1..=MOST_SPANS)
}

fn required<'a>(options: Options<'a>, name: &str) -> Result<&'a str, FactoryError> {
    options.text(name).ok_or_else(|| wrong(name, "is required"))
}

const UDP_OPTIONS: [&str; 7] = ["local", "peer", "spans", "line", "jitter_ms", "rtp_payload_type", "ssrc"];
/// RTP payload types that two ends may agree on.
const DYNAMIC: (u8, u8) = (96, 127);
const MOST_SPANS: u16 = 64;
/// A frame of an E1: shorter packets would be more than a card hears in a granule.
const LEAST_OCTETS: usize = 32;
/// What [`LONGEST`] leaves behind the headers.
const MOST_OCTETS: usize = LONGEST - 16;
/// A millisecond.
const USUAL_FRAMES: usize = 8;
const MOST_FRAMES: usize = 64;
const E1_MULTIFRAME: usize = 16;
const T1_MULTIFRAME: usize = 24;
const USUAL_JITTER_MS: u64 = 5;
const MOST_JITTER_MS: u64 = 500;
const FRAME_NS: u64 = 125_000;
const NS_PER_MS: u64 = 1_000_000;
