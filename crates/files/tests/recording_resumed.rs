//! Recordings that go on at the end of a file.
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tandem_files::wav::{
    CreateError, Labels, RecordingEncoding, RecordingFormat, RecordingSides, RecordingWriter, Storage,
    SyncPolicy, parse, parse_header, read,
};
use tandem_types::Law;

const ENCODINGS: [RecordingEncoding; 8] = [
    RecordingEncoding::Linear16,
    RecordingEncoding::G711(Law::A),
    RecordingEncoding::G711(Law::Mu),
    RecordingEncoding::ImaAdpcm,
    RecordingEncoding::Vox,
    RecordingEncoding::Gsm,
    RecordingEncoding::RawG711(Law::A),
    RecordingEncoding::RawG711(Law::Mu),
];

fn has_header(format: RecordingFormat) -> bool {
    !matches!(format.encoding, RecordingEncoding::Vox | RecordingEncoding::RawG711(_))
}

fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&path);
    path
}

/// Frame n: two slow sweeps, which ADPCM follows.
fn frame(n: u64) -> [i16; 2] {
    let wave = |n: u64, step: u64| (n * n / step % 4_000) as i16 - 2_000;
    [wave(n, 9_001), wave(n, 7_001)]
}

fn resume(path: &Path, format: RecordingFormat) -> RecordingWriter {
    RecordingWriter::resume(path, format, SyncPolicy::None).unwrap_or_else(|error| panic!("{error}"))
}

/// Records the frames up to each of these ends in turn, each time into the same file.
fn record_in_parts(path: &Path, format: RecordingFormat, ends: &[u64]) {
    let mut done = 0;
    for end in ends {
        let mut writer = resume(path, format);
        assert_eq!(writer.frames(), done);
        for n in done..*end {
            writer.append(&[frame(n)]);
        }
        let summary = writer.finish();
        assert!(summary.error.is_none());
        assert_eq!((summary.from, summary.frames, summary.lost_frames), (done, end - done, 0));
        done = *end;
    }
}

fn formats() -> impl Iterator<Item = RecordingFormat> {
    let sides = [RecordingSides::Apart, RecordingSides::Received, RecordingSides::Mixed];
    let all = ENCODINGS
        .into_iter()
        .flat_map(move |encoding| sides.into_iter().map(move |sides| RecordingFormat { encoding, sides }));
    all.filter(|format| {
        let has_one = matches!(
            format.encoding,
            RecordingEncoding::Vox | RecordingEncoding::Gsm | RecordingEncoding::RawG711(_)
        );
        !has_one || format.sides != RecordingSides::Apart
    })
}

#[test]
fn a_recording_in_parts_is_that_in_one() {
    // Ends within blocks of 505 frames, at their ends, after nothing, and after more than a second.
    let ends = [2, 100, 504, 1_010, 1_010, 1_012, 14_000, 14_140];
    for format in formats() {
        let (parts, whole) = (fresh("parts"), fresh("whole"));
        record_in_parts(&parts, format, &ends);
        record_in_parts(&whole, format, &ends[7..]);
        let [parts, whole] = [parts, whole].map(|path| std::fs::read(path).expect("a file"));
        assert_eq!(parts.len(), whole.len(), "{format:?}");
        if !matches!(format.encoding, RecordingEncoding::ImaAdpcm | RecordingEncoding::Gsm) {
            assert!(parts == whole, "{format:?}");
            continue;
        }
        // What is coded again is not the same to the bit.
        assert!(parts[..512] == whole[..512], "{format:?}");
        let [parts, whole] = [parts, whole].map(|octets| parse(&octets).expect("a WAV file"));
        assert_eq!(parts.frames(), 14_140);
        let pairs = parts.samples().iter().zip(whole.samples());
        let off: Vec<i32> = pairs.map(|(part, whole)| (i32::from(*part) - i32::from(*whole)).abs()).collect();
        let mean = off.iter().sum::<i32>() / off.len() as i32;
        let most = if format.encoding == RecordingEncoding::Gsm { 300 } else { 60 };
        assert!(mean < most, "{format:?}: {mean}");
    }
}

#[test]
fn an_odd_sample_at_the_end_gets_its_neighbour() {
    let format =
        RecordingFormat { encoding: RecordingEncoding::G711(Law::A), sides: RecordingSides::Received };
    let path = fresh("odd.wav");
    record_in_parts(&path, format, &[7, 8]);
    assert_eq!(std::fs::read(&path).expect("a file").len(), 512 + 8);
    assert_eq!(read(&path, 1_000).expect("a WAV file").frames(), 8);
}

#[test]
fn what_a_header_does_not_know_of_is_no_part_of_the_recording() {
    let format = RecordingFormat { encoding: RecordingEncoding::Linear16, sides: RecordingSides::Apart };
    let path = fresh("cut-off.wav");
    record_in_parts(&path, format, &[1_000]);
    let mut octets = std::fs::read(&path).expect("a file");
    octets.extend([0x55; 30_001]);
    std::fs::write(&path, &octets).expect("our own");
    record_in_parts(&path, format, &[]);
    let mut writer = resume(&path, format);
    writer.append(&[frame(1_000)]);
    writer.finish();
    let wav = read(&path, 1 << 20).expect("a WAV file");
    assert!(wav.samples().as_chunks::<2>().0.iter().zip(0..).all(|(read, n)| *read == frame(n)));
    assert_eq!(wav.frames(), 1_001);
    assert_eq!(std::fs::metadata(&path).expect("a file").len(), 512 + 4_004);

    // One that is shorter than its header says goes on where it ends.
    std::fs::write(&path, &octets[..512 + 4 * 300 + 2]).expect("our own");
    let mut writer = resume(&path, format);
    assert_eq!(writer.frames(), 300);
    writer.append(&[frame(300)]);
    assert_eq!(writer.finish().from, 300);
    assert_eq!(read(&path, 1 << 20).expect("a WAV file").frames(), 301);
}

#[test]
fn whatever_is_no_recording_of_the_same_format_is_refused_and_left_alone() {
    let linear = RecordingFormat { encoding: RecordingEncoding::Linear16, sides: RecordingSides::Apart };
    let path = fresh("unlike.wav");
    record_in_parts(&path, linear, &[1_000]);
    let ours = std::fs::read(&path).expect("a file");
    let mut foreign = ours[..12].to_vec();
    foreign.extend(&ours[48..74]);
    foreign.extend(b"data\x04\0\0\0\x01\0\x02\0");
    let mut other_rate = ours.clone();
    other_rate[60] = 0x41;
    let mut more = ours.clone();
    more[508] += 4;
    for octets in [ours.clone(), foreign, other_rate, more, ours[..511].to_vec(), vec![], vec![0; 600]] {
        std::fs::write(&path, &octets).expect("our own");
        for format in formats() {
            // Without a header anything is samples but what has one.
            if octets == ours && format == linear || !has_header(format) && !octets.starts_with(b"RIFF") {
                continue;
            }
            let refused = RecordingWriter::resume(&path, format, SyncPolicy::None);
            assert!(matches!(refused, Err(CreateError::Unlike)), "{format:?}: {:?}", refused.err());
            assert!(std::fs::read(&path).expect("a file") == octets, "{format:?}");
        }
    }
    std::fs::write(&path, &ours).expect("our own");
    let link = fresh("link.wav");
    symlink(&path, &link).expect("a directory of ours");
    for other in [link, PathBuf::from(env!("CARGO_TARGET_TMPDIR"))] {
        let refused = RecordingWriter::resume(&other, linear, SyncPolicy::None);
        assert!(matches!(refused, Err(CreateError::Unlike)), "{:?}", refused.err());
    }
}

#[test]
fn two_recordings_do_not_go_into_one_file() {
    let format = RecordingFormat { encoding: RecordingEncoding::G711(Law::A), sides: RecordingSides::Apart };
    let path = fresh("in-use.wav");
    for _ in 0..2 {
        // First one that is new, then one that goes on.
        let writer = resume(&path, format);
        let second = RecordingWriter::resume(&path, format, SyncPolicy::None);
        assert!(matches!(second, Err(CreateError::InUse)), "{:?}", second.err());
        writer.finish();
    }
}

#[test]
fn a_file_says_when_its_first_recording_began_and_what_all_are_of() {
    let format = RecordingFormat { encoding: RecordingEncoding::Linear16, sides: RecordingSides::Sent };
    let path = fresh("labels.wav");
    for (began, comment) in [("2031-01-01", "call 7"), ("2032-02-02", "call 9")] {
        let mut writer = resume(&path, format);
        writer.set_labels(Labels { began: began.into(), comment: "?".into() });
        writer.append(&[[1, 1]; 5_000]);
        writer.set_labels(Labels { began: began.into(), comment: comment.into() });
        writer.finish();
    }
    resume(&path, format).finish();
    let octets = std::fs::read(&path).expect("a file");
    let text = String::from_utf8_lossy(&octets[86..512]);
    assert!(text.contains("2031-01-01\0") && !text.contains("2032"), "{text}");
    assert!(text.contains("call 7; call 9\0"), "{text}");
}

/// A disk of which only the header is kept.
struct Sparse {
    header: Vec<u8>,
    octets: u64,
    first: Option<u64>,
}

impl Storage for &mut Sparse {
    fn write_at(&mut self, offset: u64, octets: &[u8]) -> io::Result<()> {
        match offset {
            0 => self.header = octets.to_vec(),
            _ => _ = self.first.get_or_insert(offset),
        }
        self.octets = self.octets.max(offset + octets.len() as u64);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn read_at(&self, offset: u64, octets: &mut [u8]) -> io::Result<()> {
        assert_eq!(offset, 0, "nothing but the header");
        octets.copy_from_slice(&self.header);
        Ok(())
    }

    fn set_len(&mut self, octets: u64) -> io::Result<()> {
        self.octets = octets;
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.octets)
    }
}

#[test]
fn a_recording_goes_on_beyond_4_gib_and_into_them() {
    let format = RecordingFormat { encoding: RecordingEncoding::Linear16, sides: RecordingSides::Apart };
    let path = fresh("long.wav");
    record_in_parts(&path, format, &[0]);
    let header = std::fs::read(&path).expect("a file");
    let mut short = header.clone();
    // One frame less than fits: 0xffffffff - 504 octets in frames of 4.
    let frames = (u32::MAX - 504) / 4;
    short[4..8].copy_from_slice(&(frames * 4 + 504).to_le_bytes());
    short[82..86].copy_from_slice(&frames.to_le_bytes());
    short[508..512].copy_from_slice(&(frames * 4).to_le_bytes());
    let mut disk = Sparse { header: short, octets: 512 + u64::from(frames) * 4, first: None };
    for round in 0..2 {
        let resumed = RecordingWriter::resume_on(&mut disk, &path, format, SyncPolicy::None);
        let mut writer = resumed.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(writer.frames(), u64::from(frames) + round * 1_000);
        writer.append(&[[1, 1]; 1_000]);
        writer.finish();
        assert_eq!(&disk.header[..16], b"RF64\xff\xff\xff\xffWAVEds64");
        let told = parse_header(&disk.header).expect("a header").data_octets;
        assert_eq!(told, Some((u64::from(frames) + (round + 1) * 1_000) * 4));
    }
    assert_eq!(disk.first, Some(512 + u64::from(frames) * 4));
}

/// A file in memory, on a disk that takes nothing behind so many octets.
struct FullDisk {
    octets: Vec<u8>,
    room: usize,
}

impl Storage for &mut FullDisk {
    fn write_at(&mut self, offset: u64, octets: &[u8]) -> io::Result<()> {
        let (from, end) = (offset as usize, offset as usize + octets.len());
        if end > self.room {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        self.octets.resize(self.octets.len().max(end), 0);
        self.octets[from..end].copy_from_slice(octets);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn read_at(&self, offset: u64, octets: &mut [u8]) -> io::Result<()> {
        octets.copy_from_slice(&self.octets[offset as usize..][..octets.len()]);
        Ok(())
    }

    fn set_len(&mut self, octets: u64) -> io::Result<()> {
        self.octets.truncate(octets as usize);
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.octets.len() as u64)
    }
}

#[test]
fn a_full_disk_takes_nothing_of_the_recording_that_was_there() {
    for format in formats().filter(|format| has_header(*format)) {
        for frames in [300, 900] {
            let mut disk = FullDisk { octets: Vec::new(), room: usize::MAX };
            let write = |disk: &mut FullDisk, comment: &str| {
                let writer = match disk.octets.is_empty() {
                    true => RecordingWriter::on(&mut *disk, Path::new("x"), format, SyncPolicy::None),
                    false => RecordingWriter::resume_on(&mut *disk, Path::new("x"), format, SyncPolicy::None),
                };
                let mut writer = writer.unwrap_or_else(|error| panic!("{error}"));
                writer.set_labels(Labels { began: "then".into(), comment: comment.into() });
                (0..frames).for_each(|n| writer.append(&[frame(n)]));
                writer.finish()
            };
            assert_eq!(write(&mut disk, "call 1").frames, frames);
            disk.room = 512;
            let summary = write(&mut disk, "call 2");
            assert_eq!(
                (summary.from, summary.frames, summary.lost_frames),
                (frames, 0, frames),
                "{format:?}"
            );
            assert!(summary.error.is_some());
            assert_eq!(parse(&disk.octets).expect("a recording").frames() as u64, frames, "{format:?}");
        }
    }
}
