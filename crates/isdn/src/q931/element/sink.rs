//! Where elements are written to.

/// A buffer that is written from its start and notes when it was too small. What does not fit is counted and
/// not written, so an element may write without looking and its owner asks once at the end.
#[derive(Debug)]
pub struct Sink<'b> {
    octets: &'b mut [u8],
    /// Octets put so far; more than the buffer holds when it was too small.
    len: usize,
}

impl<'b> Sink<'b> {
    /// A sink that fills this buffer.
    #[must_use]
    pub const fn new(octets: &'b mut [u8]) -> Self {
        Self { octets, len: 0 }
    }

    /// One octet.
    pub const fn put(&mut self, octet: u8) {
        if self.len < self.octets.len() {
            self.octets[self.len] = octet;
        }
        self.len += 1;
    }

    /// Several octets.
    pub fn put_all(&mut self, octets: &[u8]) {
        if let Some(place) = self.octets.get_mut(self.len..).and_then(|free| free.get_mut(..octets.len())) {
            place.copy_from_slice(octets);
        }
        self.len += octets.len();
    }

    /// How many octets were put; `None` when they did not fit.
    #[must_use]
    pub const fn written(&self) -> Option<usize> {
        if self.len <= self.octets.len() { Some(self.len) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_noted() {
        let mut buffer = [0; 3];
        let mut sink = Sink::new(&mut buffer);
        sink.put_all(&[1, 2]);
        assert_eq!(sink.written(), Some(2));
        sink.put_all(&[3, 4]);
        assert_eq!(sink.written(), None);
        sink.put(5);
        assert_eq!(sink.written(), None);
        assert_eq!(buffer, [1, 2, 0]);
    }
}
