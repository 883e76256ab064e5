//! Messages to send: `MessageWriter` writes one into a buffer in the order of its calls; `Draft` collects
//! elements in any order and writes them in that of Q.931 §4.5.1.
use super::element::{Element, ElementId, Sink};
use super::message::{Discriminator, MAX_MESSAGE};
use super::{CallReference, MessageType, RawElement};

/// Why a message cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// It is longer than the buffer, or than a frame carries.
    TooLong,
    /// An element has more than 255 octets, or a codeset or identifier that cannot be written.
    Element,
}

/// Writes a message into a buffer: the inverse of [`Message`](super::Message).
#[derive(Debug)]
pub struct MessageWriter<'b> {
    out: Sink<'b>,
    codeset: u8,
    bad_element: bool,
}

impl<'b> MessageWriter<'b> {
    /// A message of call control, its call reference in at least so many octets.
    #[must_use]
    pub fn new(buffer: &'b mut [u8], reference: CallReference, length: u8, kind: MessageType) -> Self {
        Self::with_discriminator(buffer, Discriminator::CallControl, reference, length, kind)
    }

    /// A message of any protocol.
    #[must_use]
    pub fn with_discriminator(
        buffer: &'b mut [u8],
        discriminator: Discriminator,
        reference: CallReference,
        length: u8,
        kind: MessageType,
    ) -> Self {
        let mut out = Sink::new(buffer);
        out.put(discriminator.octet());
        let (octets, used) = reference.encode(length);
        out.put_all(&octets[..used]);
        if kind.national {
            out.put(MessageType::ESCAPE);
        }
        out.put(kind.value);
        Self { out, codeset: 0, bad_element: false }
    }

    /// Appends an element of codeset 0 with a meaning.
    pub fn element<'e, E: Element<'e>>(&mut self, element: &E) -> &mut Self {
        let mut content = [0; MAX_MESSAGE];
        let mut sink = Sink::new(&mut content);
        element.emit(&mut sink);
        match sink.written() {
            Some(len) => self.raw(RawElement::new(E::ID, &content[..len])),
            None => {
                self.bad_element = true;
                self
            }
        }
    }

    /// Appends any element, with a shift where its codeset asks for one: locking to a higher codeset, and
    /// for one element to a lower.
    pub fn raw(&mut self, element: RawElement<'_>) -> &mut Self {
        let RawElement { codeset, id, content, .. } = element;
        if codeset > 7 || (1..=3).contains(&codeset) || id == ElementId::SHIFT {
            self.bad_element = true;
            return self;
        }
        if codeset > self.codeset {
            self.out.put(ElementId::SHIFT.0 | codeset);
            self.codeset = codeset;
        } else if codeset < self.codeset {
            self.out.put(ElementId::SHIFT.0 | 0x08 | codeset);
        }
        match (id.is_single_octet(), content.len()) {
            (true, _) => self.out.put(content.first().copied().unwrap_or(id.0)),
            (false, len @ 0..=255) => {
                self.out.put(id.0);
                self.out.put(len as u8);
                self.out.put_all(content);
            }
            (false, _) => self.bad_element = true,
        }
        self
    }

    /// How long the message is.
    pub fn finish(&self) -> Result<usize, WriteError> {
        match self.out.written() {
            _ if self.bad_element => Err(WriteError::Element),
            Some(len) if len <= MAX_MESSAGE => Ok(len),
            _ => Err(WriteError::TooLong),
        }
    }
}

/// Elements of a message to be, in any order.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    contents: [u8; Self::ROOM],
    /// Octets of `contents` in use.
    used: usize,
    parts: Vec<Part>,
    /// An element could not be taken; the message cannot be written.
    spoiled: Option<WriteError>,
}

#[derive(Clone, Copy, Debug)]
struct Part {
    codeset: u8,
    id: ElementId,
    start: usize,
    len: usize,
}

impl Part {
    /// Q.931 §4.5.1: codesets ascend, elements of one octet lie anywhere, the others in the order of their
    /// identifiers; those alike stay in the order in which they were put.
    const fn rank(&self) -> (u8, bool, u8) {
        let single = self.id.is_single_octet();
        (self.codeset, !single, if single { 0 } else { self.id.0 })
    }
}

impl Default for Draft {
    fn default() -> Self {
        Self { contents: [0; Self::ROOM], used: 0, parts: Vec::new(), spoiled: None }
    }
}

impl Draft {
    /// More contents than a message holds.
    const ROOM: usize = 2 * MAX_MESSAGE;

    pub(super) fn clear(&mut self) {
        self.used = 0;
        self.parts.clear();
        self.spoiled = None;
    }

    pub(super) fn put<'e, E: Element<'e>>(&mut self, element: &E) {
        let mut sink = Sink::new(&mut self.contents[self.used..]);
        element.emit(&mut sink);
        match sink.written() {
            Some(len) => self.insert(0, E::ID, len),
            None => self.spoiled = Some(WriteError::TooLong),
        }
    }

    pub(super) fn put_raw(&mut self, element: &RawElement<'_>) {
        let mut sink = Sink::new(&mut self.contents[self.used..]);
        sink.put_all(element.content);
        match sink.written() {
            Some(len) => self.insert(element.codeset, element.id, len),
            None => self.spoiled = Some(WriteError::TooLong),
        }
    }

    /// Whether there is an element of this kind in codeset 0.
    pub(super) fn has(&self, id: ElementId) -> bool {
        self.parts.iter().any(|part| part.codeset == 0 && part.id == id)
    }

    /// Takes the next octets of `contents` as an element, after all that are to be written before it.
    fn insert(&mut self, codeset: u8, id: ElementId, len: usize) {
        let part = Part { codeset, id, start: self.used, len };
        self.used += len;
        if self.parts.len() >= MAX_MESSAGE {
            self.spoiled = Some(WriteError::TooLong);
            return;
        }
        let place = self.parts.iter().rposition(|other| other.rank() <= part.rank());
        self.parts.insert(place.map_or(0, |before| before + 1), part);
    }

    /// Appends all elements to a message that has been begun.
    pub(super) fn write(&self, writer: &mut MessageWriter<'_>) -> Result<usize, WriteError> {
        if let Some(error) = self.spoiled {
            return Err(error);
        }
        for part in &self.parts {
            let content = &self.contents[part.start..part.start + part.len];
            writer.raw(RawElement { codeset: part.codeset, id: part.id, content, whole: true });
        }
        writer.finish()
    }
}
