//! The delay of every pair of spans: from the frame in which one sends an octet to the frame in which the
//! other hears it. Found once; a pair keeps its delay until one of its spans has had a defect.

/// All pairs.
#[derive(Debug)]
pub(super) struct Delays {
    spans: usize,
    /// By listening span, then by speaking span.
    table: Vec<Option<u16>>,
    /// For each listening span, the first one that hears everybody with the same delays.
    class: Vec<u8>,
}

impl Delays {
    pub(super) fn new(spans: usize) -> Self {
        Self { spans, table: vec![None; spans * spans], class: vec![0; spans] }
    }

    pub(super) fn get(&self, from: usize, to: usize) -> Option<u16> {
        self.table[to * self.spans + from]
    }

    /// The delay, or 0 while it is unknown: right for those who are silent, and for a listener's own part.
    pub(super) fn assumed(&self, from: usize, to: usize) -> u64 {
        u64::from(self.get(from, to).unwrap_or(0))
    }

    pub(super) fn set(&mut self, from: usize, to: usize, frames: u16) {
        self.table[to * self.spans + from] = Some(frames);
        self.classify();
    }

    pub(super) fn forget(&mut self, span: usize) {
        for other in 0..self.spans {
            self.table[other * self.spans + span] = None;
            self.table[span * self.spans + other] = None;
        }
        self.classify();
    }

    /// Listening spans with equal classes hear everybody with the same delays.
    pub(super) fn class(&self, to: usize) -> usize {
        usize::from(self.class[to])
    }

    /// Bit n: the delay from span n is unknown.
    pub(super) fn unknown(&self, to: usize) -> u32 {
        let row = &self.table[to * self.spans..(to + 1) * self.spans];
        (0..).zip(row).filter(|(_, delay)| delay.is_none()).fold(0, |mask, (span, _)| mask | 1 << span)
    }

    /// All that are known: speaking span, listening span, delay.
    pub(super) fn known(&self) -> impl Iterator<Item = (usize, usize, u32)> {
        let pair = |(index, delay): (usize, &Option<u16>)| {
            Some((index % self.spans, index / self.spans, u32::from((*delay)?)))
        };
        self.table.iter().enumerate().filter_map(pair)
    }

    fn classify(&mut self) {
        let rows: Vec<&[Option<u16>]> = self.table.chunks(self.spans).collect();
        for (span, class) in self.class.iter_mut().enumerate() {
            *class = rows.iter().position(|row| *row == rows[span]).unwrap_or(span) as u8;
        }
    }
}
