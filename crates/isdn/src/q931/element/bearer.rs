//! Bearer capability (Q.931 §4.5.5).
use core::fmt;

use tandem_types::{Bearer, Law};

use super::{Coding, ContentError, Element, ElementId, LAST, Sink, first, is_last};

/// Information transfer capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferCapability(pub u8);

impl TransferCapability {
    /// Speech.
    pub const SPEECH: Self = Self(0x00);
    /// Unrestricted digital information.
    pub const UNRESTRICTED: Self = Self(0x08);
    /// Restricted digital information.
    pub const RESTRICTED: Self = Self(0x09);
    /// 3.1 kHz audio.
    pub const AUDIO_31: Self = Self(0x10);
    /// Unrestricted digital information with tones and announcements (7 kHz audio).
    pub const UNRESTRICTED_WITH_TONES: Self = Self(0x11);
    /// Video.
    pub const VIDEO: Self = Self(0x18);
}

/// Transfer mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferMode(pub u8);

impl TransferMode {
    /// Circuit.
    pub const CIRCUIT: Self = Self(0);
    /// Packet.
    pub const PACKET: Self = Self(2);
}

/// Information transfer rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// A rate with a code of its own.
    Code(u8),
    /// So many times 64 kbit/s, 2 to 30.
    Multiple(u8),
}

impl Rate {
    /// 64 kbit/s.
    pub const KBIT_64: Self = Self::Code(0x10);
    /// 2 × 64 kbit/s.
    pub const KBIT_2X64: Self = Self::Code(0x11);
    /// 384 kbit/s, H0.
    pub const KBIT_384: Self = Self::Code(0x13);
    /// 1536 kbit/s, H11.
    pub const KBIT_1536: Self = Self::Code(0x15);
    /// 1920 kbit/s, H12.
    pub const KBIT_1920: Self = Self::Code(0x17);
    const MULTIPLE: u8 = 0x18;

    /// How many channels of 64 kbit/s the rate takes.
    #[must_use]
    pub const fn channels(self) -> Option<u8> {
        match self {
            Self::KBIT_64 => Some(1),
            Self::KBIT_2X64 => Some(2),
            Self::KBIT_384 => Some(6),
            Self::KBIT_1536 => Some(24),
            Self::KBIT_1920 => Some(30),
            Self::Multiple(count) => Some(count),
            Self::Code(_) => None,
        }
    }
}

/// User information layer 1 protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer1Protocol(pub u8);

impl Layer1Protocol {
    /// Rate adaption V.110, I.460, X.30.
    pub const V110: Self = Self(0x01);
    /// G.711 µ-law.
    pub const MU_LAW: Self = Self(0x02);
    /// G.711 A-law.
    pub const A_LAW: Self = Self(0x03);
    /// H.221 and H.242.
    pub const H221: Self = Self(0x05);
    /// Rate adaption V.120.
    pub const V120: Self = Self(0x08);
    /// Rate adaption X.31 by flags.
    pub const X31: Self = Self(0x09);
}

/// Up to four octets that extend another, without their extension bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    octets: [u8; Self::MAX],
    len: u8,
}

impl Parameters {
    /// The most octets there are.
    pub const MAX: usize = 4;

    /// These octets; `None` when there are too many or one has its bit 8 set.
    #[must_use]
    pub fn new(octets: &[u8]) -> Option<Self> {
        if octets.iter().any(|octet| is_last(*octet)) {
            return None;
        }
        let mut new = Self::default();
        new.octets.get_mut(..octets.len())?.copy_from_slice(octets);
        new.len = octets.len() as u8;
        Some(new)
    }

    /// The octets.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.octets[..usize::from(self.len)]
    }

    /// The octets that extend `leading`, and what follows them.
    fn parse(leading: u8, mut rest: &[u8]) -> Result<(Self, &[u8]), ContentError> {
        let mut new = Self::default();
        let mut octet = leading;
        while !is_last(octet) {
            (octet, rest) = first(rest)?;
            let place = new.octets.get_mut(usize::from(new.len)).ok_or(ContentError::Long)?;
            *place = octet & !LAST;
            new.len += 1;
        }
        Ok((new, rest))
    }

    /// Writes `leading` and the octets that extend it.
    fn emit(&self, leading: u8, out: &mut Sink<'_>) {
        let mut pending = leading & !LAST;
        for octet in self.as_slice() {
            out.put(pending);
            pending = *octet;
        }
        out.put(pending | LAST);
    }
}

/// Layer 1 of the user's information: the law of speech, or the rate adaption of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer1 {
    /// The protocol.
    pub protocol: Layer1Protocol,
    /// Octets 5a to 5d: user rate, then rates, formats and modem type.
    pub parameters: Parameters,
}

impl Layer1 {
    /// The user rate code of octet 5a, of rate adaption (Q.931 table 4-6).
    #[must_use]
    pub fn user_rate(&self) -> Option<u8> {
        self.parameters.as_slice().first().map(|octet| octet & 0x1f)
    }
}

/// What the calling user asks of the bearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BearerCapability {
    /// The coding standard.
    pub coding: Coding,
    /// What is carried.
    pub transfer: TransferCapability,
    /// Circuit or packet.
    pub mode: TransferMode,
    /// How much of it.
    pub rate: Rate,
    /// Octet 5 and what extends it.
    pub layer1: Option<Layer1>,
    /// Octet 6, the layer 2 protocol, and what extends it.
    pub layer2: Option<(u8, Parameters)>,
    /// Octet 7, the layer 3 protocol, and what extends it.
    pub layer3: Option<(u8, Parameters)>,
}

impl BearerCapability {
    /// A circuit of 64 kbit/s for this bearer, with the law where the octets are samples.
    #[must_use]
    pub const fn circuit(bearer: Bearer, law: Law) -> Self {
        let transfer = match bearer {
            Bearer::Speech => TransferCapability::SPEECH,
            Bearer::Audio31 => TransferCapability::AUDIO_31,
            Bearer::Unrestricted => TransferCapability::UNRESTRICTED,
            Bearer::Restricted => TransferCapability::RESTRICTED,
        };
        let protocol = match law {
            Law::A => Layer1Protocol::A_LAW,
            Law::Mu => Layer1Protocol::MU_LAW,
        };
        let sampled = Layer1 { protocol, parameters: Parameters { octets: [0; Parameters::MAX], len: 0 } };
        Self {
            coding: Coding::ITU,
            transfer,
            mode: TransferMode::CIRCUIT,
            rate: Rate::KBIT_64,
            layer1: if bearer.is_data() { None } else { Some(sampled) },
            layer2: None,
            layer3: None,
        }
    }

    /// How the engine may treat the octets; `None` for what is no circuit of one channel, or not known.
    #[must_use]
    pub fn bearer(&self) -> Option<Bearer> {
        if self.mode != TransferMode::CIRCUIT || self.rate != Rate::KBIT_64 {
            return None;
        }
        match self.transfer {
            TransferCapability::SPEECH => Some(Bearer::Speech),
            TransferCapability::AUDIO_31 => Some(Bearer::Audio31),
            TransferCapability::RESTRICTED => Some(Bearer::Restricted),
            TransferCapability::UNRESTRICTED | TransferCapability::UNRESTRICTED_WITH_TONES => {
                Some(Bearer::Unrestricted)
            }
            _ => None,
        }
    }

    /// The law of the samples, where layer 1 names one.
    #[must_use]
    pub fn law(&self) -> Option<Law> {
        match self.layer1?.protocol {
            Layer1Protocol::A_LAW => Some(Law::A),
            Layer1Protocol::MU_LAW => Some(Law::Mu),
            _ => None,
        }
    }

    pub(super) fn emit_from(&self, octet_3a: Option<u8>, out: &mut Sink<'_>) {
        let octet3 = self.coding.bits() | self.transfer.0 & 0x1f;
        match octet_3a {
            None => out.put(LAST | octet3),
            Some(octet) => {
                out.put(octet3);
                out.put(LAST | octet);
            }
        }
        match self.rate {
            Rate::Code(code) => out.put(LAST | (self.mode.0 & 3) << 5 | code & 0x1f),
            Rate::Multiple(count) => {
                out.put(LAST | (self.mode.0 & 3) << 5 | Rate::MULTIPLE);
                out.put(LAST | count & 0x7f);
            }
        }
        if let Some(layer1) = self.layer1 {
            layer1.parameters.emit(1 << 5 | layer1.protocol.0 & 0x1f, out);
        }
        for (layer, octets) in [(2, self.layer2), (3, self.layer3)] {
            if let Some((protocol, parameters)) = octets {
                parameters.emit(layer << 5 | protocol & 0x1f, out);
            }
        }
    }

    /// Reads from octet 4 on, when octet 3 was `octet3`.
    pub(super) fn parse_from(octet3: u8, rest: &[u8]) -> Result<Self, ContentError> {
        let (octet4, rest) = first(rest)?;
        // Octets 4a and 4b of the 1988 edition (structure, configuration, establishment) are passed over.
        let mut rest = super::skip_group(octet4, rest)?;
        let mut rate = Rate::Code(octet4 & 0x1f);
        if octet4 & 0x1f == Rate::MULTIPLE {
            let (multiplier, after) = first(rest)?;
            rate = Rate::Multiple(multiplier & 0x7f);
            rest = after;
        }
        let mut new = Self {
            coding: Coding::from_octet(octet3),
            transfer: TransferCapability(octet3 & 0x1f),
            mode: TransferMode(octet4 >> 5 & 3),
            rate,
            layer1: None,
            layer2: None,
            layer3: None,
        };
        new.parse_layers(rest)?;
        Ok(new)
    }

    fn parse_layers(&mut self, mut rest: &[u8]) -> Result<(), ContentError> {
        let mut above = 0;
        while let Ok((octet, after)) = first(rest) {
            let (parameters, after) = Parameters::parse(octet, after)?;
            let (layer, protocol) = (octet >> 5 & 3, octet & 0x1f);
            if layer <= above {
                return Err(ContentError::Value);
            }
            match layer {
                1 => self.layer1 = Some(Layer1 { protocol: Layer1Protocol(protocol), parameters }),
                2 => self.layer2 = Some((protocol, parameters)),
                _ => self.layer3 = Some((protocol, parameters)),
            }
            above = layer;
            rest = after;
        }
        Ok(())
    }
}

impl Element<'_> for BearerCapability {
    const ID: ElementId = ElementId::BEARER_CAPABILITY;

    fn parse(content: &[u8]) -> Result<Self, ContentError> {
        let (octet3, rest) = first(content)?;
        Self::parse_from(octet3, super::skip_group(octet3, rest)?)
    }

    fn emit(&self, out: &mut Sink<'_>) {
        self.emit_from(None, out);
    }
}

impl fmt::Display for BearerCapability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.transfer {
            TransferCapability::SPEECH => f.write_str("speech")?,
            TransferCapability::UNRESTRICTED => f.write_str("unrestricted")?,
            TransferCapability::RESTRICTED => f.write_str("restricted")?,
            TransferCapability::AUDIO_31 => f.write_str("3.1 kHz audio")?,
            TransferCapability::UNRESTRICTED_WITH_TONES => f.write_str("unrestricted with tones")?,
            TransferCapability::VIDEO => f.write_str("video")?,
            other => write!(f, "capability {:02x}", other.0)?,
        }
        match self.mode {
            TransferMode::CIRCUIT => f.write_str(", circuit")?,
            TransferMode::PACKET => f.write_str(", packet")?,
            other => write!(f, ", mode {}", other.0)?,
        }
        match (self.rate, self.rate.channels()) {
            (_, Some(channels)) => write!(f, " {channels}x64")?,
            (Rate::Code(code), None) => write!(f, " rate {code:02x}")?,
            (Rate::Multiple(_), None) => {}
        }
        match (self.law(), self.layer1) {
            (Some(Law::A), _) => f.write_str(", A-law"),
            (Some(Law::Mu), _) => f.write_str(", mu-law"),
            (None, Some(layer1)) => write!(f, ", layer 1 {:02x}", layer1.protocol.0),
            (None, None) => Ok(()),
        }
    }
}
