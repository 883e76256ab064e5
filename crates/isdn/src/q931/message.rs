//! A message as it lies in a frame (Q.931 §4): discriminator, call reference, type, elements. A view; nothing
//! is copied or allocated, and each element is given in the order in which it came.
use super::element::{ContentError, Element, ElementId};
use super::{CallReference, MessageType};

/// The most octets of a message: what a frame of N201 = 260 carries (Q.921 §5.9.3).
pub const MAX_MESSAGE: usize = 260;

/// The protocol that a message belongs to (Q.931 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discriminator {
    /// 08: call control.
    CallControl,
    /// 03: maintenance, of AT&T switches.
    Maintenance,
    /// 43: maintenance, of National ISDN.
    NationalMaintenance,
}

impl Discriminator {
    /// The discriminator with this octet.
    #[must_use]
    pub const fn of_octet(octet: u8) -> Option<Self> {
        match octet {
            0x08 => Some(Self::CallControl),
            0x03 => Some(Self::Maintenance),
            0x43 => Some(Self::NationalMaintenance),
            _ => None,
        }
    }

    /// Its octet.
    #[must_use]
    pub const fn octet(self) -> u8 {
        match self {
            Self::CallControl => 0x08,
            Self::Maintenance => 0x03,
            Self::NationalMaintenance => 0x43,
        }
    }

    /// The type of SERVICE in a maintenance protocol. The two have the same types the other way round.
    #[must_use]
    pub const fn service(self) -> MessageType {
        match self {
            Self::NationalMaintenance => MessageType::new(0x07),
            Self::CallControl | Self::Maintenance => MessageType::new(0x0f),
        }
    }

    /// The type of SERVICE ACKNOWLEDGE in a maintenance protocol.
    #[must_use]
    pub const fn service_acknowledge(self) -> MessageType {
        match self {
            Self::NationalMaintenance => MessageType::new(0x0f),
            Self::CallControl | Self::Maintenance => MessageType::new(0x07),
        }
    }
}

/// Why octets are no message. Each is ignored (Q.931 §5.8.1 to §5.8.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// Another protocol.
    Discriminator(u8),
    /// It ends within its header.
    Short,
    /// Octet 2 has bits 8 to 5 set.
    CallReferenceFormat(u8),
    /// A call reference of more than two octets.
    CallReferenceLength(u8),
}

/// A message whose header is sound. Its elements may be anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    octets: &'a [u8],
    discriminator: Discriminator,
    reference: CallReference,
    kind: MessageType,
    /// Where the elements begin.
    body: usize,
}

impl<'a> Message<'a> {
    /// The message in these octets.
    pub fn new_checked(octets: &'a [u8]) -> Result<Self, MessageError> {
        let first = *octets.first().ok_or(MessageError::Short)?;
        let discriminator = Discriminator::of_octet(first).ok_or(MessageError::Discriminator(first))?;
        let octet2 = *octets.get(1).ok_or(MessageError::Short)?;
        if octet2 & 0xf0 != 0 {
            return Err(MessageError::CallReferenceFormat(octet2));
        }
        let reference = match (octet2, octets.get(2..)) {
            (0, Some(_)) => CallReference::Dummy,
            (1, Some([a, ..])) => CallReference::one_octet(*a),
            (2, Some([a, b, ..])) => CallReference::two_octets([*a, *b]),
            (0..=2, _) => return Err(MessageError::Short),
            (length, _) => return Err(MessageError::CallReferenceLength(length)),
        };
        let mut body = 2 + usize::from(octet2);
        let mut kind = *octets.get(body).ok_or(MessageError::Short)?;
        body += 1;
        let national = kind == MessageType::ESCAPE;
        if national {
            kind = *octets.get(body).ok_or(MessageError::Short)?;
            body += 1;
        }
        let kind = MessageType { value: kind & 0x7f, national };
        Ok(Self { octets, discriminator, reference, kind, body })
    }

    /// All of it.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The protocol.
    #[must_use]
    pub const fn discriminator(&self) -> Discriminator {
        self.discriminator
    }

    /// The call.
    #[must_use]
    pub const fn reference(&self) -> CallReference {
        self.reference
    }

    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> MessageType {
        self.kind
    }

    /// The octets after the message type.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.octets.get(self.body..).unwrap_or(&[])
    }

    /// The elements in their order.
    #[must_use]
    pub fn elements(&self) -> Elements<'a> {
        Elements { rest: self.body(), locked: 0, next: None }
    }

    /// The first element with this identifier in this codeset. A repeated element counts once (Q.931
    /// §5.8.5.2).
    #[must_use]
    pub fn raw(&self, codeset: u8, id: ElementId) -> Option<RawElement<'a>> {
        self.elements().find(|element| element.codeset == codeset && element.id == id)
    }

    /// The first element of a type in codeset 0, with what is wrong with it if something is.
    #[must_use]
    pub fn get<E: Element<'a>>(&self) -> Option<Result<E, ContentError>> {
        self.raw(0, E::ID).map(|element| element.parse())
    }

    /// The first element of a type in codeset 0, if it is there and sound.
    #[must_use]
    pub fn find<E: Element<'a>>(&self) -> Option<E> {
        self.get().and_then(Result::ok)
    }

    /// The second element of a type in codeset 0, if it is there and sound: where a service lets one come twice, as the calling
    /// number may (EN 300 092-1: that of the user, and that of the network).
    #[must_use]
    pub fn find_second<E: Element<'a>>(&self) -> Option<E> {
        let mut found = self.elements().filter(|element| element.codeset == 0 && element.id == E::ID);
        found.nth(1)?.parse().ok()
    }
}

/// An element as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawElement<'a> {
    /// The codeset it was read in.
    pub codeset: u8,
    /// Which element.
    pub id: ElementId,
    /// What follows the length; of an element of one octet that octet itself.
    pub content: &'a [u8],
    /// False when the message ended before the element did. The content is then what there was.
    pub whole: bool,
}

impl<'a> RawElement<'a> {
    /// An element of codeset 0 to send.
    #[must_use]
    pub const fn new(id: ElementId, content: &'a [u8]) -> Self {
        Self { codeset: 0, id, content, whole: true }
    }

    /// The element with its meaning; the caller knows that the identifier is that of the type.
    pub fn parse<E: Element<'a>>(&self) -> Result<E, ContentError> {
        if self.whole { E::parse(self.content) } else { Err(ContentError::Short) }
    }
}

/// The elements of a message in order. Shifts are followed and not given (Q.931 §4.5.2 to §4.5.4).
#[derive(Clone, Copy, Debug)]
pub struct Elements<'a> {
    rest: &'a [u8],
    locked: u8,
    /// The codeset of the next element alone.
    next: Option<u8>,
}

impl Elements<'_> {
    /// Q.931 §4.5.3: a locking shift goes to a higher codeset only; another is passed over.
    fn shift(&mut self, octet: u8) {
        let codeset = octet & 7;
        if octet & NON_LOCKING != 0 {
            self.next = Some(codeset);
        } else if codeset > self.locked {
            self.locked = codeset;
        }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = RawElement<'a>;

    fn next(&mut self) -> Option<RawElement<'a>> {
        loop {
            let (first, after) = self.rest.split_first()?;
            let id = ElementId::of_octet(*first);
            if id == ElementId::SHIFT {
                self.rest = after;
                self.shift(*first);
                continue;
            }
            let codeset = self.next.take().unwrap_or(self.locked);
            if id.is_single_octet() {
                let content = &self.rest[..1];
                self.rest = after;
                return Some(RawElement { codeset, id, content, whole: true });
            }
            let (length, after) = after.split_first().unwrap_or((&1, &[]));
            let end = usize::from(*length);
            let whole = end <= after.len();
            let (content, rest) = after.split_at(end.min(after.len()));
            self.rest = rest;
            return Some(RawElement { codeset, id, content, whole });
        }
    }
}

/// In a shift octet: for one element only (Q.931 §4.5.4).
const NON_LOCKING: u8 = 0x08;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_refused_by_reason() {
        let refused = |octets: &[u8]| Message::new_checked(octets).err();
        assert_eq!(refused(&[]), Some(MessageError::Short));
        assert_eq!(refused(&[0x09, 0, 0x05]), Some(MessageError::Discriminator(0x09)));
        assert_eq!(refused(&[0x08]), Some(MessageError::Short));
        assert_eq!(refused(&[0x08, 0x12, 0, 1, 5]), Some(MessageError::CallReferenceFormat(0x12)));
        assert_eq!(refused(&[0x08, 0x03, 0, 0, 1, 5]), Some(MessageError::CallReferenceLength(3)));
        assert_eq!(refused(&[0x08, 0x02, 0x00, 0x01]), Some(MessageError::Short));
        assert_eq!(refused(&[0x08, 0x02, 0x00]), Some(MessageError::Short));
        assert_eq!(refused(&[0x08, 0x00]), Some(MessageError::Short));
        assert_eq!(refused(&[0x08, 0x02, 0x00, 0x01, 0x00]), Some(MessageError::Short));
    }

    #[test]
    fn a_locking_shift_lasts_and_a_non_locking_one_is_for_one_element() {
        let octets =
            [0x08, 0, 0x05, 0x9e, 0x01, 1, 7, 0x28, 1, b'a', 0x95, 0x28, 1, b'b', 0xa1, 0x28, 1, b'c'];
        let message = Message::new_checked(&octets).expect("sound");
        let seen: Vec<_> = message.elements().map(|element| (element.codeset, element.id.0)).collect();
        assert_eq!(seen, [(6, 0x01), (0, 0x28), (5, 0x28), (5, 0xa1), (5, 0x28)]);
        assert_eq!(message.raw(5, ElementId(0x28)).map(|element| element.content), Some(&b"b"[..]));
    }

    #[test]
    fn a_locking_shift_to_a_lower_codeset_is_passed_over() {
        let octets = [0x08, 0, 0x05, 0x96, 0x94, 0x28, 0];
        let message = Message::new_checked(&octets).expect("sound");
        assert_eq!(message.elements().next().map(|element| element.codeset), Some(6));
    }

    #[test]
    fn an_element_beyond_the_end_is_given_as_broken() {
        for octets in [&[0x08, 0, 0x05, 0x28][..], &[0x08, 0, 0x05, 0x28, 3, 1, 2]] {
            let message = Message::new_checked(octets).expect("sound");
            let all: Vec<_> = message.elements().collect();
            assert_eq!(all.len(), 1);
            assert!(!all[0].whole);
            assert_eq!(message.get::<crate::q931::element::Signal>(), None);
            assert_eq!(all[0].parse::<crate::q931::element::Display<'_>>(), Err(ContentError::Short));
        }
    }
}
