//! Where samples of a recording are missing: behind its samples, as cue points with a length.
//!
//! ```text
//! cue   4 + 24 n: n, and for each its number, frame, "data", 0, 0, frame
//! LIST  4 + 28 n: adtl, and for each ltxt 20: number, frames, "rgn ", no language
//! ```
//! The points are those of *Multimedia Programming Interface and Data Specifications 1.0*, and so are the texts without any that
//! say how long each is. What says so of itself but is not octet for octet what is written here is none of ours.
use super::write::Gap;

/// Places of a recording at which samples are missing, in order.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// At most [`MOST_MARKS`].
    listed: Vec<Gap>,
    /// How many of those listed were there before.
    before: usize,
    /// Those behind are counted alone: how many there are, of how many frames, and where the last ends.
    unlisted: u64,
    unlisted_frames: u64,
    unlisted_end: u64,
}

impl Marks {
    /// Those of a recording that is gone on with.
    pub(super) const fn of_before(listed: Vec<Gap>) -> Self {
        Self { before: listed.len(), listed, unlisted: 0, unlisted_frames: 0, unlisted_end: 0 }
    }

    /// So many frames from one on are missing, none of them before what was noted last.
    pub(super) fn note(&mut self, gap: Gap) {
        let (before, listed) = (self.before, self.listed.len());
        match self.listed.last_mut() {
            Some(last) if self.unlisted == 0 && listed > before && end_of(last) == gap.at => {
                last.frames = last.frames.saturating_add(gap.frames);
            }
            _ if listed < MOST_MARKS => self.listed.push(gap),
            _ => {
                self.unlisted += u64::from(self.unlisted == 0 || self.unlisted_end != gap.at);
                self.unlisted_frames = self.unlisted_frames.saturating_add(gap.frames);
                self.unlisted_end = end_of(&gap);
            }
        }
    }

    /// The recording ends with this frame. Of those that are not listed all go if any of the others does, or else none.
    pub(super) fn cut(&mut self, end: u64) {
        if self.listed.last().is_some_and(|last| end_of(last) > end) {
            (self.unlisted, self.unlisted_frames) = (0, 0);
        }
        for gap in &mut self.listed {
            gap.frames = gap.frames.min(end.saturating_sub(gap.at));
        }
        self.listed.retain(|gap| gap.frames > 0);
        self.before = self.before.min(self.listed.len());
    }

    /// Places and frames, but for those of before.
    pub(super) fn count(&self) -> (u64, u64) {
        let listed = &self.listed[self.before..];
        let frames = listed.iter().fold(self.unlisted_frames, |sum, gap| sum.saturating_add(gap.frames));
        (listed.len() as u64 + self.unlisted, frames)
    }

    /// The chunks for all that can be told; none for nothing.
    pub(super) fn chunks(&self) -> Vec<u8> {
        chunks(&self.listed)
    }
}

const fn end_of(gap: &Gap) -> u64 {
    gap.at.saturating_add(gap.frames)
}

fn chunks(gaps: &[Gap]) -> Vec<u8> {
    // Numbers of frames have 32 bits: six days.
    let told = gaps
        .iter()
        .take(MOST_MARKS)
        .filter_map(|gap| Some((u32::try_from(gap.at).ok()?, u32::try_from(gap.frames).ok()?)));
    let told: Vec<(u32, u32)> = told.collect();
    let mut octets = Vec::with_capacity(told.len() * (CUE_OCTETS + TEXT_OCTETS) + 24);
    if told.is_empty() {
        return octets;
    }
    let mut put = |words: &[[u8; 4]]| octets.extend_from_slice(words.as_flattened());
    let number = |number: usize| (number as u32).to_le_bytes();
    put(&[*b"cue ", number(4 + told.len() * CUE_OCTETS), number(told.len())]);
    for (index, (at, _)) in told.iter().enumerate() {
        let at = at.to_le_bytes();
        put(&[number(index + 1), at, *b"data", [0; 4], [0; 4], at]);
    }
    put(&[*b"LIST", number(4 + told.len() * TEXT_OCTETS), *b"adtl"]);
    for (index, (_, frames)) in told.iter().enumerate() {
        put(&[*b"ltxt", number(20), number(index + 1), frames.to_le_bytes(), *b"rgn ", [0; 4], [0; 4]]);
    }
    octets
}

/// Where samples are missing, as the chunks behind the samples of one of our recordings say; `None` if they are not ours.
#[must_use]
pub fn parse_marks(octets: &[u8]) -> Option<Vec<Gap>> {
    let (words, rest) = octets.as_chunks::<4>();
    let word = |index: usize| words.get(index).copied().map(u32::from_le_bytes);
    if octets.is_empty() || !rest.is_empty() {
        return octets.is_empty().then(Vec::new);
    }
    let count = usize::try_from(word(2)?).ok().filter(|count| *count <= MOST_MARKS)?;
    let gap = |index: usize| {
        let at = word(3 + index * CUE_OCTETS / 4 + 1)?;
        let frames = word(3 + count * CUE_OCTETS / 4 + 3 + index * TEXT_OCTETS / 4 + 3)?;
        Some(Gap { at: at.into(), frames: frames.into() })
    };
    let gaps: Vec<Gap> = (0..count).map(gap).collect::<Option<_>>()?;
    (chunks(&gaps) == octets).then_some(gaps)
}

/// The most octets that these chunks have.
pub(super) const MOST_OCTETS: u64 = (24 + MOST_MARKS * (CUE_OCTETS + TEXT_OCTETS)) as u64;
const CUE_OCTETS: usize = 24;
const TEXT_OCTETS: usize = 28;
/// Ten minutes in which each twentieth packet of 2 ms is lost.
const MOST_MARKS: usize = 16_384;

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(gaps: &[(u64, u64)]) -> Vec<Gap> {
        gaps.iter().map(|(at, frames)| Gap { at: *at, frames: *frames }).collect()
    }

    #[test]
    fn golden_chunks_of_two_places() {
        let octets = chunks(&gaps(&[(80, 16), (4000, 300)]));
        assert_eq!(&octets[..12], b"cue \x34\0\0\0\x02\0\0\0");
        assert_eq!(&octets[12..36], b"\x01\0\0\0\x50\0\0\0data\0\0\0\0\0\0\0\0\x50\0\0\0");
        assert_eq!(&octets[36..60], b"\x02\0\0\0\xa0\x0f\0\0data\0\0\0\0\0\0\0\0\xa0\x0f\0\0");
        assert_eq!(&octets[60..72], b"LIST\x3c\0\0\0adtl");
        assert_eq!(&octets[72..100], b"ltxt\x14\0\0\0\x01\0\0\0\x10\0\0\0rgn \0\0\0\0\0\0\0\0");
        assert_eq!(&octets[100..], b"ltxt\x14\0\0\0\x02\0\0\0\x2c\x01\0\0rgn \0\0\0\0\0\0\0\0");
        assert_eq!(parse_marks(&octets), Some(gaps(&[(80, 16), (4000, 300)])));
        assert_eq!((chunks(&[]), parse_marks(&[])), (Vec::new(), Some(Vec::new())));
    }

    #[test]
    fn chunks_that_are_not_ours_to_the_last_octet_are_none() {
        let octets = chunks(&gaps(&[(80, 16), (4000, 300)]));
        for place in 0..octets.len() {
            let mut other = octets.clone();
            other[place] ^= 0x80;
            // The frames and their numbers may be any; those of a point are there twice.
            let parsed = parse_marks(&other);
            let is_length = (84..88).contains(&place) || (112..116).contains(&place);
            assert_eq!(parsed.is_some(), is_length, "octet {place}");
            assert_eq!(parse_marks(&octets[..place]).is_some(), place == 0, "{place} octets");
        }
        assert_eq!(parse_marks(&[&octets[..], &[0; 4]].concat()), None);
        assert_eq!(parse_marks(&[0xff; 64]), None);
    }

    #[test]
    fn neighbours_are_one_and_what_was_there_before_is_not_counted() {
        let mut marks = Marks::of_before(gaps(&[(10, 5), (100, 20)]));
        for (at, frames) in [(120, 8), (128, 8), (200, 1)] {
            marks.note(Gap { at, frames });
        }
        assert_eq!(marks.listed, gaps(&[(10, 5), (100, 20), (120, 16), (200, 1)]));
        assert_eq!(marks.count(), (2, 17));
        marks.cut(130);
        assert_eq!(marks.listed, gaps(&[(10, 5), (100, 20), (120, 10)]));
        assert_eq!(marks.count(), (1, 10));
        marks.cut(110);
        assert_eq!((marks.listed.len(), marks.count()), (2, (0, 0)));
    }

    #[test]
    fn of_too_many_the_first_are_told_and_all_are_counted() {
        let mut marks = Marks::default();
        (0..20_000).for_each(|number| marks.note(Gap { at: 3 * number, frames: 2 }));
        marks.note(Gap { at: 59_999, frames: 5 });
        assert_eq!(marks.count(), (20_000, 40_005));
        marks.cut(50_000);
        assert_eq!(marks.count(), (20_000, 40_005), "as far as is known");
        let octets = marks.chunks();
        assert_eq!(octets.len() as u64, MOST_OCTETS);
        let told = parse_marks(&octets).expect("ours");
        assert_eq!((told.len(), told[16_383]), (16_384, Gap { at: 49_149, frames: 2 }));
        marks.cut(49_150);
        assert_eq!(marks.count(), (16_384, 32_767));
    }

    #[test]
    fn what_is_beyond_32_bits_is_counted_alone() {
        let mut marks = Marks::default();
        let far = u64::from(u32::MAX) + 1;
        marks.note(Gap { at: 5, frames: 1 });
        marks.note(Gap { at: far, frames: 7 });
        assert_eq!(marks.count(), (2, 8));
        assert_eq!(parse_marks(&marks.chunks()), Some(gaps(&[(5, 1)])));
    }
}
