//! WAV files of every kind we take, and files that lie.
use tandem_files::wav::{Encoding, ReadError, WavError, parse, parse_header, read};
use tandem_types::Law;

fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut octets = id.to_vec();
    octets.extend((body.len() as u32).to_le_bytes());
    octets.extend(body);
    octets.resize(octets.len().next_multiple_of(2), 0);
    octets
}

fn fmt(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let frame = channels * bits / 8;
    let mut body = Vec::new();
    body.extend(tag.to_le_bytes());
    body.extend(channels.to_le_bytes());
    body.extend(rate.to_le_bytes());
    body.extend((rate * u32::from(frame)).to_le_bytes());
    body.extend(frame.to_le_bytes());
    body.extend(bits.to_le_bytes());
    body
}

fn extensible(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let mut body = fmt(0xfffe, channels, rate, bits);
    body.extend([22, 0, bits as u8, 0, 0, 0, 0, 0]);
    body.extend(tag.to_le_bytes());
    body.extend([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    body
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    let mut octets = b"RIFF".to_vec();
    octets.extend((body.len() as u32 + 4).to_le_bytes());
    octets.extend(b"WAVE");
    octets.extend(body);
    octets
}

fn simple(tag: u16, channels: u16, bits: u16, data: &[u8]) -> Vec<u8> {
    riff(&[chunk(b"fmt ", &fmt(tag, channels, 8_000, bits)), chunk(b"data", data)])
}

fn samples(octets: &[u8]) -> Vec<i16> {
    parse(octets).map(|wav| wav.samples().to_vec()).unwrap_or_default()
}

#[test]
fn each_encoding_becomes_16_bit_linear() {
    assert_eq!(samples(&simple(1, 1, 8, &[0, 128, 255])), [-32_768, 0, 32_512]);
    assert_eq!(samples(&simple(1, 1, 16, &[0, 0x80, 1, 0, 0xff, 0x7f])), [-32_768, 1, 32_767]);
    assert_eq!(samples(&simple(1, 1, 24, &[0xff, 0, 0x80, 0xff, 0x34, 0x12])), [-32_768, 0x1234]);
    assert_eq!(samples(&simple(1, 1, 32, &[9, 9, 0x34, 0x12])), [0x1234]);
    let floats: Vec<u8> =
        [0.0, 0.5, -1.0, 2.0, f32::NAN].iter().flat_map(|f: &f32| f.to_le_bytes()).collect();
    assert_eq!(samples(&simple(3, 1, 32, &floats)), [0, 16_384, -32_768, 32_767, 0]);
    assert_eq!(samples(&simple(6, 1, 8, &[0xd5, 0x55])), [8, -8]);
    assert_eq!(samples(&simple(7, 1, 8, &[0xff, 0x80])), [0, 32_124]);
}

#[test]
fn an_extensible_format_is_read_by_its_guid() {
    let octets = riff(&[
        chunk(b"fmt ", &extensible(6, 2, 16_000, 8)),
        chunk(b"fact", &[0; 4]),
        chunk(b"data", &[0xd5; 6]),
    ]);
    let wav = parse(&octets);
    assert!(wav.is_ok_and(|wav| wav.encoding() == Encoding::G711(Law::A)
        && wav.channels() == 2
        && wav.rate() == 16_000
        && wav.frames() == 3));
}

#[test]
fn a_channel_is_every_nth_sample() {
    let octets = simple(1, 2, 16, &[1, 0, 2, 0, 3, 0, 4, 0]);
    let Ok(wav) = parse(&octets) else { panic!("it is a WAV file") };
    assert!(wav.channel(0).eq([1, 3]));
    assert!(wav.channel(1).eq([2, 4]));
    assert_eq!(wav.channel(2).count(), 0);
}

#[test]
fn a_file_cut_short_is_read_to_its_end_in_whole_frames() {
    let octets = simple(1, 2, 16, &[7; 40]);
    assert_eq!(samples(&octets[..octets.len() - 5]).len(), 16);
    assert_eq!(samples(&octets[..44]).len(), 0);
    assert_eq!(parse(&octets[..43]), Err(WavError::NoData));
}

#[test]
fn the_sizes_of_a_crashed_writer_mean_to_the_end() {
    for size in [0_u32, u32::MAX] {
        let mut octets = simple(1, 1, 16, &[7; 40]);
        octets[4..8].copy_from_slice(&size.to_le_bytes());
        octets[40..44].copy_from_slice(&size.to_le_bytes());
        assert_eq!(samples(&octets).len(), 20, "data size {size}");
    }
}

#[test]
fn zeros_after_an_empty_data_chunk_are_samples() {
    let mut octets = simple(1, 1, 16, &[0; 800]);
    octets[40..44].copy_from_slice(&[0; 4]);
    assert_eq!(samples(&octets).len(), 400);
}

#[test]
fn an_empty_data_chunk_before_other_chunks_is_empty() {
    let format = chunk(b"fmt ", &fmt(1, 1, 8_000, 16));
    let octets = riff(&[format, chunk(b"data", &[]), chunk(b"LIST", b"INFO")]);
    assert_eq!(parse(&octets).map(|wav| wav.frames()), Ok(0));
}

#[test]
fn rf64_takes_its_size_from_ds64() {
    let mut long = Vec::new();
    for size in [100_u64, 6, 3] {
        long.extend(size.to_le_bytes());
    }
    long.extend([0; 4]);
    let format = chunk(b"fmt ", &fmt(1, 1, 8_000, 16));
    let mut octets = riff(&[chunk(b"ds64", &long), format, chunk(b"data", &[1; 20])]);
    octets[..4].copy_from_slice(b"RF64");
    let size_at = octets.len() - 24;
    octets[size_at..size_at + 4].copy_from_slice(&[0xff; 4]);
    assert_eq!(parse_header(&octets).map(|header| header.data_octets), Ok(Some(6)));
    assert_eq!(samples(&octets).len(), 3);
}

#[test]
fn each_defect_has_its_name() {
    let data = chunk(b"data", &[0; 8]);
    let with = |format: &[u8]| parse(&riff(&[chunk(b"fmt ", format), data.clone()]));
    assert_eq!(parse(b""), Err(WavError::NotWave));
    assert_eq!(parse(b"RIFF\0\0\0\0AVI "), Err(WavError::NotWave));
    assert_eq!(parse(&riff(std::slice::from_ref(&data))), Err(WavError::NoFormat));
    assert_eq!(parse(&riff(&[])), Err(WavError::NoFormat));
    assert_eq!(with(&fmt(1, 1, 8_000, 16)[..15]), Err(WavError::ShortFormat));
    assert_eq!(with(&fmt(0xfffe, 1, 8_000, 16)), Err(WavError::ShortFormat));
    assert_eq!(with(&fmt(2, 1, 8_000, 8)), Err(WavError::UnknownEncoding { tag: 2, octets: 1 }));
    assert_eq!(with(&fmt(1, 0, 8_000, 16)), Err(WavError::BadFrame { channels: 0, octets: 0 }));
    assert_eq!(with(&fmt(1, 1, 0, 16)), Err(WavError::NoRate));
}

#[test]
fn a_chunk_of_odd_length_is_padded() {
    let format = chunk(b"fmt ", &fmt(1, 1, 8_000, 16));
    let octets = riff(&[chunk(b"note", b"odd"), format, chunk(b"data", &[1; 4])]);
    assert_eq!(samples(&octets).len(), 2);
}

#[test]
fn a_file_over_the_limit_is_not_read() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("limit.wav");
    let octets = simple(1, 1, 16, &[7; 40]);
    assert!(std::fs::write(&path, &octets).is_ok());
    assert!(read(&path, octets.len() as u64).is_ok());
    let refused = read(&path, octets.len() as u64 - 1);
    assert!(matches!(refused, Err(ReadError::TooLong { limit: 83 })));
    assert!(matches!(read(&path.with_extension("no"), 1), Err(ReadError::File(_))));
}

struct XorShift(u64);

impl XorShift {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }

    fn mutate(&mut self, octets: &mut Vec<u8>) {
        const SPECIAL: [u8; 6] = [0, 1, 0x7f, 0x80, 0xfe, 0xff];
        for _ in 0..=self.next(6) {
            let at = self.next(octets.len());
            match self.next(6) {
                0 if !octets.is_empty() => octets[at] = self.next(256) as u8,
                1 if !octets.is_empty() => octets[at] = SPECIAL[self.next(6)],
                2 => octets.truncate(at),
                3 => octets.insert(at, self.next(256) as u8),
                4 if at + 4 <= octets.len() => {
                    octets[at..at + 4].copy_from_slice(&(u32::MAX - self.next(9) as u32).to_le_bytes());
                }
                _ => {
                    let piece = octets[at..(at + self.next(24)).min(octets.len())].to_vec();
                    let to = self.next(octets.len());
                    octets.splice(to..to, piece);
                }
            }
        }
    }
}

/// A file of two blocks of so many octets.
fn blocks(tag: u16, channels: u16, block: u16, bits: u16) -> Vec<u8> {
    let mut format = fmt(tag, channels, 8_000, 8);
    format[12..14].copy_from_slice(&block.to_le_bytes());
    format[14..16].copy_from_slice(&bits.to_le_bytes());
    format.extend([2, 0, 64, 1]);
    let data = [3, 7, 88, 0].repeat(usize::from(block) / 2);
    riff(&[chunk(b"fmt ", &format), chunk(b"fact", &[100, 0, 0, 0]), chunk(b"data", &data)])
}

#[test]
fn two_hundred_thousand_spoilt_files_neither_panic_nor_grow() {
    let seeds = [
        simple(1, 1, 16, &[3; 64]),
        simple(3, 2, 32, &[3; 64]),
        simple(7, 1, 8, &[3; 63]),
        riff(&[
            chunk(b"ds64", &[9; 28]),
            chunk(b"fmt ", &extensible(1, 2, 48_000, 24)),
            chunk(b"fact", &[0; 4]),
            chunk(b"data", &[1; 60]),
            chunk(b"LIST", b"INFOxyz"),
        ]),
        blocks(0x11, 1, 36, 4),
        blocks(0x11, 2, 64, 4),
        blocks(0x17, 1, 1, 4),
        blocks(0x31, 1, 65, 0),
    ];
    let mut random = XorShift(0x1234_5678_9abc_def1);
    let mut good = 0;
    for case in 0..200_000 {
        let mut octets = seeds[case % seeds.len()].clone();
        random.mutate(&mut octets);
        if let Ok(wav) = parse(&octets) {
            good += 1;
            assert!(wav.samples().len() <= 5 * octets.len());
            assert_eq!(wav.samples().len() % wav.channels(), 0);
        }
    }
    assert!((20_000..180_000).contains(&good), "{good} were still WAV files");
}
