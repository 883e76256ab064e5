//! The first 512 octets of a recording. They fill one sector and nothing else is in it, so a header is
//! replaced whole or not at all, and samples never share a sector with it.
//!
//! ```text
//!   0  RIFF size WAVE            | RF64 ffffffff WAVE
//!  12  JUNK 28, empty            | ds64 28: size of RIFF, of data, frames, no table
//!  48  fmt  18
//!  74  fact 4: frames            | ffffffff
//!  86  JUNK up to 504
//! 504  data size                 | data ffffffff
//! ```
use super::format::Format;
use super::write::{CHANNELS, RecordingEncoding};
use tandem_types::FRAMES_PER_SECOND;

/// Where the samples begin.
pub(super) const HEADER_OCTETS: usize = 512;

/// The header of a recording with so many frames of data.
pub(super) fn header(encoding: RecordingEncoding, frames: u64) -> [u8; HEADER_OCTETS] {
    let data = frames.saturating_mul(encoding.frame_octets() as u64);
    let riff = data.saturating_add(HEADER_OCTETS as u64 - 8);
    let mut writer = HeaderWriter { octets: [0; HEADER_OCTETS], at: 0 };
    match u32::try_from(riff) {
        Ok(riff) => short_sizes(&mut writer, riff),
        Err(_) => long_sizes(&mut writer, riff, data, frames),
    }
    format(&mut writer, encoding);
    writer.chunk(b"fact", 4);
    writer.put(&short(frames, riff).to_le_bytes());
    writer.chunk(b"JUNK", (DATA_AT - FILLER_AT - 8) as u32);
    writer.at = DATA_AT;
    writer.chunk(b"data", short(data, riff));
    writer.octets
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

fn format(writer: &mut HeaderWriter, encoding: RecordingEncoding) {
    let (tag, sample_octets) = match encoding {
        RecordingEncoding::Linear16 => (Format::LINEAR, 2),
        RecordingEncoding::G711(tandem_types::Law::A) => (Format::A_LAW, 1),
        RecordingEncoding::G711(tandem_types::Law::Mu) => (Format::MU_LAW, 1),
    };
    let rate = FRAMES_PER_SECOND as u32;
    writer.chunk(b"fmt ", 18);
    writer.put(&tag.to_le_bytes());
    writer.put(&(CHANNELS as u16).to_le_bytes());
    writer.put(&rate.to_le_bytes());
    writer.put(&(rate * encoding.frame_octets() as u32).to_le_bytes());
    writer.put(&(encoding.frame_octets() as u16).to_le_bytes());
    writer.put(&(sample_octets * 8_u16).to_le_bytes());
    writer.put(&[0; 2]);
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
const FILLER_AT: usize = 86;
const DATA_AT: usize = HEADER_OCTETS - 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wav::{Encoding, parse_header};
    use tandem_types::Law;

    #[test]
    fn sizes_are_where_the_recommendation_wants_them() {
        let header = header(RecordingEncoding::Linear16, 1_000);
        assert_eq!(&header[..12], b"RIFF\x98\x11\x00\x00WAVE");
        assert_eq!(&header[12..20], b"JUNK\x1c\x00\x00\x00");
        assert_eq!(&header[48..56], b"fmt \x12\x00\x00\x00");
        assert_eq!(&header[504..512], b"data\xa0\x0f\x00\x00");
    }

    #[test]
    fn beyond_4_gib_the_header_is_rf64() {
        let last_short = (u64::from(u32::MAX) - 504) / 4;
        assert_eq!(&header(RecordingEncoding::Linear16, last_short)[..4], b"RIFF");
        let long = header(RecordingEncoding::Linear16, last_short + 1);
        assert_eq!(&long[..12], b"RF64\xff\xff\xff\xffWAVE");
        assert_eq!(&long[12..20], b"ds64\x1c\x00\x00\x00");
        assert_eq!(&long[504..512], b"data\xff\xff\xff\xff");
        let read = parse_header(&long);
        assert_eq!(read.map(|header| header.data_octets), Ok(Some((last_short + 1) * 4)));
    }

    #[test]
    fn the_reader_agrees_about_every_encoding() {
        let encodings = [
            (RecordingEncoding::Linear16, Encoding::Linear16, 4),
            (RecordingEncoding::G711(Law::A), Encoding::G711(Law::A), 2),
            (RecordingEncoding::G711(Law::Mu), Encoding::G711(Law::Mu), 2),
        ];
        for (written, read, frame) in encodings {
            let header = parse_header(&header(written, 8_000));
            assert!(header.is_ok_and(|header| header.encoding() == read
                && header.channels() == 2
                && header.rate() == 8_000
                && header.data_offset == 512
                && header.data_octets == Some(8_000 * frame)));
        }
    }
}
