//! Low and high layer compatibility (Q.931 §4.5.19, §4.5.17).
use super::{BearerCapability, Coding, ContentError, Element, ElementId, LAST, Sink, first, is_last};

/// Low layer compatibility: a bearer capability for the other end, which may be negotiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LowLayerCompatibility {
    /// The capability.
    pub capability: BearerCapability,
    /// Octet 3a without its extension bit: bit 7 set where negotiation out of band is possible.
    pub negotiation: Option<u8>,
}

impl Element<'_> for LowLayerCompatibility {
    const ID: ElementId = ElementId::LOW_LAYER_COMPATIBILITY;

    fn parse(content: &[u8]) -> Result<Self, ContentError> {
        let (octet3, mut rest) = first(content)?;
        let mut negotiation = None;
        if !is_last(octet3) {
            let (octet, after) = first(rest)?;
            negotiation = Some(octet & !LAST);
            rest = super::skip_group(octet, after)?;
        }
        Ok(Self { capability: BearerCapability::parse_from(octet3, rest)?, negotiation })
    }

    fn emit(&self, out: &mut Sink<'_>) {
        self.capability.emit_from(self.negotiation, out);
    }
}

/// High layer compatibility: the teleservice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HighLayerCompatibility {
    /// The coding standard.
    pub coding: Coding,
    /// Interpretation and presentation method, bits 5 to 1 of octet 3; 17 in ordinary calls.
    pub method: u8,
    /// The characteristics: 1 telephony, 4 facsimile group 2/3, and so on.
    pub characteristics: u8,
    /// Octet 4a without its extension bit.
    pub extended: Option<u8>,
}

impl HighLayerCompatibility {
    /// Telephony.
    pub const TELEPHONY: Self = Self { coding: Coding::ITU, method: 17, characteristics: 1, extended: None };
}

impl Element<'_> for HighLayerCompatibility {
    const ID: ElementId = ElementId::HIGH_LAYER_COMPATIBILITY;

    fn parse(content: &[u8]) -> Result<Self, ContentError> {
        let (octet3, rest) = first(content)?;
        let (octet4, rest) = first(super::skip_group(octet3, rest)?)?;
        let mut extended = None;
        if !is_last(octet4) {
            extended = Some(first(rest)?.0 & !LAST);
        }
        Ok(Self {
            coding: Coding::from_octet(octet3),
            method: octet3 & 0x1f,
            characteristics: octet4 & !LAST,
            extended,
        })
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put(LAST | self.coding.bits() | self.method & 0x1f);
        match self.extended {
            None => out.put(LAST | self.characteristics),
            Some(extended) => {
                out.put(self.characteristics & !LAST);
                out.put(LAST | extended);
            }
        }
    }
}
