//! Elements that name a network: transit network selection and network-specific facilities (Q.931 §4.5.29,
//! §4.5.21).
use super::{ContentError, Element, ElementId, LAST, Sink, first, is_last};

/// A network by its identification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkId<'a> {
    /// Type of identification: 2 national, 3 international.
    pub kind: u8,
    /// Plan: 0 unknown, 1 carrier identification code, 3 data network identification code.
    pub plan: u8,
    /// The identification in IA5.
    pub digits: &'a [u8],
}

impl<'a> NetworkId<'a> {
    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        let (octet, digits) = first(content)?;
        if !is_last(octet) {
            return Err(ContentError::Value);
        }
        Ok(Self { kind: octet >> 4 & 7, plan: octet & 0xf, digits })
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put(LAST | (self.kind & 7) << 4 | self.plan & 0xf);
        out.put_all(self.digits);
    }
}

/// Transit network selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransitNetwork<'a>(pub NetworkId<'a>);

impl<'a> Element<'a> for TransitNetwork<'a> {
    const ID: ElementId = ElementId::TRANSIT_NETWORK;

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        NetworkId::parse(content).map(Self)
    }

    fn emit(&self, out: &mut Sink<'_>) {
        self.0.emit(out);
    }
}

/// Network-specific facilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkFacilities<'a> {
    /// The network that they are asked of, if it is not the one on the interface. Its identification is 1 to
    /// 254 octets with octet 3.1.
    pub network: Option<NetworkId<'a>>,
    /// The specification, as the network codes it.
    pub specification: &'a [u8],
}

impl<'a> Element<'a> for NetworkFacilities<'a> {
    const ID: ElementId = ElementId::NETWORK_FACILITIES;

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        let (length, rest) = first(content)?;
        let (network, specification) =
            rest.split_at_checked(usize::from(length)).ok_or(ContentError::Short)?;
        let network = if length == 0 { None } else { Some(NetworkId::parse(network)?) };
        Ok(Self { network, specification })
    }

    fn emit(&self, out: &mut Sink<'_>) {
        match self.network {
            None => out.put(0),
            Some(network) => {
                out.put(network.digits.len().saturating_add(1).min(255) as u8);
                network.emit(out);
            }
        }
        out.put_all(self.specification);
    }
}
