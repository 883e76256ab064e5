//! The first 512 octets of a recording. They fill one sector and nothing else is in it, so a header is
//! replaced whole or not at all, and samples never share a sector with it.
//!
//! ```text
//!   0  RIFF size WAVE            | RF64 ffffffff WAVE
//!  12  JUNK 28, empty            | ds64 28: size of RIFF, of data, frames, no table
//!  48  fmt  18; with IMA ADPCM and GSM 20, and what follows up to JUNK 2 further
//!  74  fact 4: frames            | ffffffff
//!  86  LIST INFO: ICRD, when it began; ICMT, what of
//!      JUNK up to 504
//! 504  data size                 | data ffffffff
//! ```
use super::encode::{RecordingEncoding, RecordingFormat};
use super::format::Format;
use tandem_types::{FRAMES_PER_SECOND, Law};

/// Where the samples begin.
pub(super) const HEADER_OCTETS: usize = 512;

/// What a recording says of itself, for people and for whoever finds the file alone. What does not fit is cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// When it began, as ISO 8601 has it.
    pub began: String,
    /// Anything else.
    pub comment: String,
}

impl Labels {
    /// What a recording says that goes on behind another: when the first began, and what of each is.
    pub(super) fn behind(self, before: &Self) -> Self {
        let began = if before.began.is_empty() { self.began } else { before.began.clone() };
        let comments = [before.comment.as_str(), &self.comment];
        let comments: Vec<&str> = comments.into_iter().filter(|comment| !comment.is_empty()).collect();
        Self { began, comment: comments.join("; ") }
    }
}

/// The header of a recording with so many frames of data, and so many octets of chunks behind them.
pub(super) fn header(
    what: RecordingFormat,
    frames: u64,
    labels: &Labels,
    behind: u64,
) -> [u8; HEADER_OCTETS] {
    let data = what.octets_of(frames);
    let riff = riff_octets(data).saturating_add(behind);
    let mut writer = HeaderWriter { octets: [0; HEADER_OCTETS], at: 0 };
    match u32::try_from(riff) {
        Ok(riff) => short_sizes(&mut writer, riff),
        Err(_) => long_sizes(&mut writer, riff, data, frames),
    }
    format(&mut writer, what);
    writer.chunk(b"fact", 4);
    writer.put(&short(frames, riff).to_le_bytes());
    info(&mut writer, labels);
    let filler = DATA_AT - writer.at - 8;
    writer.chunk(b"JUNK", filler as u32);
    writer.at = DATA_AT;
    writer.chunk(b"data", short(data, riff));
    writer.octets
}

/// Octets of the whole but for its name and size. An odd number of octets of data is made even by one more, which only the whole
/// counts.
const fn riff_octets(data: u64) -> u64 {
    data.saturating_add(data % 2).saturating_add(HEADER_OCTETS as u64 - 8)
}

/// What such a header says: how many frames, the labels, and how many octets of chunks are behind the frames; `None` if it is
/// not octet for octet one of ours, of this format.
pub(super) fn read_header(what: RecordingFormat, octets: &[u8; HEADER_OCTETS]) -> Option<(u64, Labels, u64)> {
    let fact = FORMAT_AT + 8 + format_octets(what) + 8;
    let long = |at: usize| Some(u64::from_le_bytes(*octets[at..].first_chunk()?));
    let short = |at: usize| Some(u64::from(u32::from_le_bytes(*octets[at..].first_chunk()?)));
    let (frames, riff) = match octets.starts_with(b"RF64") {
        true => (long(DS64_FRAMES_AT)?, long(DS64_RIFF_AT)?),
        false => (short(fact)?, short(4)?),
    };
    let behind = riff.checked_sub(riff_octets(what.octets_of(frames)))?;
    let list = &octets[fact + 4 + 12..];
    let began = text(list);
    let comment = text(list.get(TextChunk { id: b"ICRD", text: &began }.octets()..)?);
    let labels = Labels { began, comment };
    (header(what, frames, &labels, behind) == *octets).then_some((frames, labels, behind))
}

/// The text of the chunk that begins here, as long as one of ours may be.
fn text(chunk: &[u8]) -> String {
    let text = chunk.iter().skip(8).take(LONGEST_COMMENT).copied().take_while(|octet| *octet != 0).collect();
    String::from_utf8(text).unwrap_or_default()
}

fn short_sizes(writer: &mut HeaderWriter, riff: u32) {
    writer.chunk(b"RIFF", riff);
    writer.put(b"WAVE");
    writer.chunk(b"JUNK", DS64_OCTETS);
    writer.at += DS64_OCTETS as usize;
}

fn long_sizes(writer: &mut HeaderWriter, riff: u64, data: u64, frames: u64) {
    writer.chunk(b"RF64", u32::MAX);
    writer.put(b"WAVE");
    writer.chunk(b"ds64", DS64_OCTETS);
    for size in [riff, data, frames] {
        writer.put(&size.to_le_bytes());
    }
    writer.put(&[0; 4]);
}

fn info(writer: &mut HeaderWriter, labels: &Labels) {
    let began = TextChunk { id: b"ICRD", text: cut(&labels.began, LONGEST_DATE) };
    let comment = TextChunk { id: b"ICMT", text: cut(&labels.comment, LONGEST_COMMENT) };
    writer.chunk(b"LIST", (4 + began.octets() + comment.octets()) as u32);
    writer.put(b"INFO");
    for TextChunk { id, text } in [began, comment] {
        writer.chunk(id, text.len() as u32 + 1);
        writer.put(text.as_bytes());
        // A zero ends it, and another makes its length even.
        writer.at += 2 - text.len() % 2;
    }
}

struct TextChunk<'a> {
    id: &'static [u8; 4],
    text: &'a str,
}

impl TextChunk<'_> {
    const fn octets(&self) -> usize {
        8 + self.text.len() + 2 - self.text.len() % 2
    }
}

/// The beginning of a text, in whole characters.
fn cut(text: &str, octets: usize) -> &str {
    let end = (0..=octets.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

fn format(writer: &mut HeaderWriter, what: RecordingFormat) {
    let (tag, bits) = match what.encoding {
        RecordingEncoding::G711(Law::A) => (Format::A_LAW, 8),
        RecordingEncoding::G711(Law::Mu) => (Format::MU_LAW, 8),
        RecordingEncoding::ImaAdpcm => (Format::IMA_ADPCM, 4_u16),
        RecordingEncoding::Gsm => (Format::GSM, 0),
        // Of these all but the first have no header.
        RecordingEncoding::Linear16
        | RecordingEncoding::Vox
        | RecordingEncoding::Vox6k
        | RecordingEncoding::RawG711(_)
        | RecordingEncoding::G726(_) => (Format::LINEAR, 16),
    };
    let (rate, frames, octets) = (FRAMES_PER_SECOND as usize, what.unit_frames(), what.unit_octets());
    let frames_a_block = (frames > 1).then_some(frames as u16);
    writer.chunk(b"fmt ", format_octets(what) as u32);
    writer.put(&tag.to_le_bytes());
    writer.put(&(what.sides.channels() as u16).to_le_bytes());
    writer.put(&(rate as u32).to_le_bytes());
    writer.put(&((rate * octets / frames) as u32).to_le_bytes());
    writer.put(&(octets as u16).to_le_bytes());
    writer.put(&bits.to_le_bytes());
    match frames_a_block {
        Some(frames) => writer.put(&[2_u16, frames].map(u16::to_le_bytes).concat()),
        None => writer.put(&[0; 2]),
    }
}

/// Octets of what `fmt ` has.
const fn format_octets(what: RecordingFormat) -> usize {
    if what.unit_frames() > 1 { 20 } else { 18 }
}

/// In RF64 the 32-bit sizes are all ones.
fn short(size: u64, riff: u64) -> u32 {
    if riff > u64::from(u32::MAX) { u32::MAX } else { size as u32 }
}

struct HeaderWriter {
    octets: [u8; HEADER_OCTETS],
    at: usize,
}

impl HeaderWriter {
    fn put(&mut self, octets: &[u8]) {
        if let Some(place) = self.octets.get_mut(self.at..self.at + octets.len()) {
            place.copy_from_slice(octets);
        }
        self.at += octets.len();
    }

    fn chunk(&mut self, id: &[u8; 4], size: u32) {
        self.put(id);
        self.put(&size.to_le_bytes());
    }
}

const DS64_OCTETS: u32 = 28;
const DS64_RIFF_AT: usize = 20;
const DS64_FRAMES_AT: usize = 36;
const FORMAT_AT: usize = 48;
const DATA_AT: usize = HEADER_OCTETS - 8;
const LONGEST_DATE: usize = 40;
const LONGEST_COMMENT: usize = 240;

#[cfg(test)]
mod tests {
    use super::{HEADER_OCTETS, Labels, RecordingEncoding, RecordingFormat};
    use crate::wav::{Encoding, RecordingSides, parse_header};
    use tandem_types::Law;

    fn header(what: impl Into<RecordingFormat>, frames: u64, labels: &Labels) -> [u8; HEADER_OCTETS] {
        super::header(what.into(), frames, labels, 0)
    }

    #[test]
    fn chunks_behind_the_samples_are_counted_by_the_whole_alone() {
        let what = RecordingFormat { encoding: RecordingEncoding::G711(Law::A), sides: RecordingSides::Sent };
        let labels = Labels { began: "2026".into(), comment: "call 7".into() };
        for frames in [7, 8, u64::from(u32::MAX) - 550, u64::from(u32::MAX)] {
            let octets = super::header(what, frames, &labels, 128);
            assert_eq!(super::read_header(what, &octets), Some((frames, labels.clone(), 128)), "{frames}");
            let read = parse_header(&octets).expect("a header");
            assert_eq!(read.data_octets, Some(frames));
        }
        assert_eq!(&super::header(what, 7, &labels, 128)[4..8], (504 + 8 + 128_u32).to_le_bytes());
    }

    #[test]
    fn sizes_are_where_the_recommendation_wants_them() {
        let header = header(RecordingEncoding::Linear16, 1_000, &Labels::default());
        assert_eq!(&header[..12], b"RIFF\x98\x11\x00\x00WAVE");
        assert_eq!(&header[12..20], b"JUNK\x1c\x00\x00\x00");
        assert_eq!(&header[48..56], b"fmt \x12\x00\x00\x00");
        assert_eq!(&header[504..512], b"data\xa0\x0f\x00\x00");
    }

    #[test]
    fn beyond_4_gib_the_header_is_rf64() {
        let last_short = (u64::from(u32::MAX) - 504) / 4;
        let none = Labels::default();
        assert_eq!(&header(RecordingEncoding::Linear16, last_short, &none)[..4], b"RIFF");
        let long = header(RecordingEncoding::Linear16, last_short + 1, &none);
        assert_eq!(&long[..12], b"RF64\xff\xff\xff\xffWAVE");
        assert_eq!(&long[12..20], b"ds64\x1c\x00\x00\x00");
        assert_eq!(&long[504..512], b"data\xff\xff\xff\xff");
        let read = parse_header(&long);
        assert_eq!(read.map(|header| header.data_octets), Ok(Some((last_short + 1) * 4)));
    }

    #[test]
    fn labels_of_any_length_leave_the_samples_where_they_are() {
        for length in [0, 1, 2, 39, 40, 41, 239, 240, 241, 10_000] {
            let labels = Labels { began: "é".repeat(length), comment: "c".repeat(length) };
            let header = header(RecordingEncoding::Linear16, 8, &labels);
            assert_eq!((&header[86..90], &header[94..98]), (&b"LIST"[..], &b"INFO"[..]));
            let list = u32::from_le_bytes(header[90..94].try_into().expect("four")) as usize;
            let junk = 94 + list;
            assert_eq!(&header[junk..junk + 4], b"JUNK");
            let filler = u32::from_le_bytes(header[junk + 4..junk + 8].try_into().expect("four")) as usize;
            assert_eq!(junk + 8 + filler, 504);
            let kept = [length.min(20) * 2, length.min(240)];
            let sizes = kept.map(|octets| (octets as u32 + 1).to_le_bytes());
            let comment = 98 + 8 + kept[0] + 2 - kept[0] % 2;
            assert_eq!((&header[98..102], &header[102..106]), (&b"ICRD"[..], &sizes[0][..]));
            assert_eq!(
                (&header[comment..comment + 4], &header[comment + 4..comment + 8]),
                (&b"ICMT"[..], &sizes[1][..])
            );
            assert!(header[comment + 8..][..kept[1]].iter().all(|octet| *octet == b'c'));
            assert!(parse_header(&header).is_ok());
        }
    }

    #[test]
    fn a_block_of_ima_adpcm_is_described() {
        let ima = RecordingFormat { encoding: RecordingEncoding::ImaAdpcm, sides: RecordingSides::Mixed };
        let one = header(ima, 1_011, &Labels::default());
        // Three blocks of 256 octets: 1011 frames are one more than two blocks hold.
        assert_eq!(&one[..8], b"RIFF\xf8\x04\x00\x00");
        assert_eq!(
            &one[48..76],
            b"fmt \x14\0\0\0\x11\0\x01\0\x40\x1f\0\0\xd7\x0f\0\0\0\x01\x04\0\x02\0\xf9\x01"
        );
        assert_eq!(&one[76..88], b"fact\x04\0\0\0\xf3\x03\0\0");
        assert_eq!(&one[504..512], b"data\x00\x03\x00\x00");
        let two = header(RecordingEncoding::ImaAdpcm, 505, &Labels::default());
        assert_eq!(&two[58..60], b"\x02\0");
        assert_eq!(&two[64..76], b"\xae\x1f\0\0\0\x02\x04\0\x02\0\xf9\x01");
    }

    #[test]
    fn an_odd_number_of_octets_is_even_for_the_whole() {
        let what = RecordingFormat { encoding: RecordingEncoding::G711(Law::A), sides: RecordingSides::Sent };
        let header = header(what, 7, &Labels::default());
        assert_eq!((header[4], &header[504..512]), ((504 + 8) as u8, &b"data\x07\0\0\0"[..]));
    }

    #[test]
    fn the_reader_agrees_about_every_encoding() {
        let encodings = [
            (RecordingEncoding::Linear16, Encoding::Linear16, 4),
            (RecordingEncoding::G711(Law::A), Encoding::G711(Law::A), 2),
            (RecordingEncoding::G711(Law::Mu), Encoding::G711(Law::Mu), 2),
            (RecordingEncoding::ImaAdpcm, Encoding::ImaAdpcm, 0),
        ];
        let gsm = RecordingFormat { encoding: RecordingEncoding::Gsm, sides: RecordingSides::Sent };
        let read = parse_header(&header(gsm, 8_000, &Labels::default())).expect("a header");
        assert_eq!((read.encoding(), read.channels(), read.data_octets), (Encoding::Gsm, 1, Some(25 * 65)));
        for (written, read, frame) in encodings {
            let header = parse_header(&header(written, 8_000, &Labels::default()));
            assert!(header.is_ok_and(|header| header.encoding() == read
                && header.channels() == 2
                && header.rate() == 8_000
                && header.data_offset == 512
                && header.data_octets == Some(if frame == 0 { 16 * 512 } else { 8_000 * frame })));
        }
    }
}
