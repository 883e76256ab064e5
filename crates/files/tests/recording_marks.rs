//! What recordings say of samples that are missing: at their place, with their length, behind the samples.
#[allow(dead_code)] // a part of it is used here
mod storage;

use std::path::{Path, PathBuf};

use storage::LogStorage;
use tandem_files::wav::{
    CreateError, Gap, RecordingEncoding, RecordingFormat, RecordingSides, RecordingWriter, Summary,
    SyncPolicy, parse, parse_marks, read,
};
use tandem_types::Law;

const LINEAR: RecordingFormat =
    RecordingFormat { encoding: RecordingEncoding::Linear16, sides: RecordingSides::Apart };
const A_LAW: RecordingFormat =
    RecordingFormat { encoding: RecordingEncoding::G711(Law::A), sides: RecordingSides::Received };
const IMA: RecordingFormat =
    RecordingFormat { encoding: RecordingEncoding::ImaAdpcm, sides: RecordingSides::Mixed };

fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&path);
    path
}

/// Frames in blocks of 160, of which those from `lost` are told as such.
fn append(writer: &mut RecordingWriter, frames: u64, lost: &[(u64, u64)]) {
    let begin = writer.frames();
    for block in (begin..begin + frames).step_by(160) {
        let end = (block + 160).min(begin + frames);
        for (at, length) in lost {
            let (from, to) = ((*at).max(block), (at + length).min(end));
            if from < to {
                writer.mark(from - block, to - from);
            }
        }
        let samples: Vec<[i16; 2]> = (block..end).map(|n| [(n % 3000) as i16, 7]).collect();
        writer.append(&samples);
    }
}

fn begin(path: &Path, format: RecordingFormat) -> RecordingWriter {
    RecordingWriter::resume(path, format, SyncPolicy::None).unwrap_or_else(|error| panic!("{error}"))
}

fn word(octets: &[u8], at: usize) -> usize {
    u32::from_le_bytes(octets[at..at + 4].try_into().expect("four octets")) as usize
}

/// The chunks of a file, one after another to its very end, each with its octets.
fn chunks(file: &[u8]) -> Vec<([u8; 4], &[u8])> {
    assert_eq!((&file[..4], word(file, 4)), (&b"RIFF"[..], file.len() - 8));
    let (mut found, mut at) = (Vec::new(), 12);
    while at < file.len() {
        let size = word(file, at + 4);
        found.push((file[at..at + 4].try_into().expect("four"), &file[at + 8..at + 8 + size]));
        at += 8 + size + size % 2;
    }
    assert_eq!(at, file.len());
    found
}

/// Where a file says that samples are missing, as any program reads it that knows cue points.
fn told(path: &Path) -> Vec<(u64, u64)> {
    let file = std::fs::read(path).expect("a file");
    let chunks = chunks(&file);
    let Some((_, cue)) = chunks.iter().find(|(id, _)| id == b"cue ") else { return Vec::new() };
    let is_list = |(id, body): &&([u8; 4], &[u8])| id == b"LIST" && body.starts_with(b"adtl");
    let (_, list) = chunks.iter().find(is_list).expect("lengths");
    let texts = list[4..].as_chunks::<28>().0;
    assert_eq!((word(cue, 0), cue.len()), (texts.len(), 4 + 24 * texts.len()));
    let places = cue[4..].as_chunks::<24>().0.iter().zip(texts).map(|(point, text)| {
        assert_eq!(
            (&point[..4], &text[..8], &point[8..12]),
            (&text[8..12], &b"ltxt\x14\0\0\0"[..], &b"data"[..])
        );
        assert_eq!(word(point, 4), word(point, 20));
        (word(point, 4) as u64, word(text, 12) as u64)
    });
    places.collect()
}

fn sums(summary: &Summary) -> (u64, u64, u64) {
    assert!(summary.error.is_none());
    (summary.missing, summary.marked_frames, summary.gap_frames)
}

#[test]
fn lost_frames_and_gaps_are_told_at_their_place_with_their_length() {
    for (name, format) in [("marks-l16.wav", LINEAR), ("marks-a.wav", A_LAW), ("marks-ima.wav", IMA)] {
        let path = fresh(name);
        let mut writer = begin(&path, format);
        // Neighbours in two blocks are one; a gap and what was lost right behind it too.
        append(&mut writer, 4001, &[(0, 16), (150, 20), (2000, 1), (3990, 11)]);
        writer.gap(99);
        append(&mut writer, 1000, &[(4100, 5), (4200, 700)]);
        assert_eq!(sums(&writer.finish()), (5, 16 + 20 + 1 + 11 + 5 + 700, 99), "{name}");
        let all = [(0, 16), (150, 20), (2000, 1), (3990, 115), (4200, 700)];
        assert_eq!(told(&path), all, "{name}");
        assert_eq!(read(&path, 1 << 20).expect("a recording").frames(), 5100, "{name}");
    }
}

#[test]
fn a_recording_that_lacks_nothing_ends_with_its_samples() {
    let path = fresh("marks-none.wav");
    let mut writer = begin(&path, A_LAW);
    append(&mut writer, 4001, &[]);
    assert_eq!(sums(&writer.finish()), (0, 0, 0));
    assert_eq!(std::fs::metadata(&path).expect("a file").len(), 512 + 4002);
}

#[test]
fn a_file_without_a_header_tells_nothing_and_its_end_does() {
    let path = fresh("marks.vox");
    let format = RecordingFormat { encoding: RecordingEncoding::Vox, sides: RecordingSides::Received };
    let mut writer = begin(&path, format);
    append(&mut writer, 4000, &[(100, 50)]);
    assert_eq!(sums(&writer.finish()), (1, 50, 0));
    assert_eq!(std::fs::metadata(&path).expect("a file").len(), 2000);
}

#[test]
fn what_is_cut_takes_its_marks_along() {
    let path = fresh("marks-cut.wav");
    let mut writer = begin(&path, A_LAW);
    append(&mut writer, 4000, &[(100, 50), (2990, 30), (3500, 50)]);
    let summary = writer.finish_at(3001);
    assert_eq!((summary.frames, sums(&summary)), (3001, (2, 61, 0)));
    assert_eq!(told(&path), [(100, 50), (2990, 11)]);
    assert_eq!(read(&path, 1 << 20).expect("a recording").frames(), 3001);
}

#[test]
fn a_recording_that_goes_on_keeps_the_marks_of_before_and_has_its_own_behind_them() {
    for (name, format) in [("marks-on-l16.wav", LINEAR), ("marks-on-a.wav", A_LAW), ("marks-on-ima.wav", IMA)]
    {
        let path = fresh(name);
        let mut writer = begin(&path, format);
        append(&mut writer, 1003, &[(100, 50), (990, 13)]);
        assert_eq!(sums(&writer.finish()), (2, 63, 0));
        // One in between that adds none, and one whose first frames are lost too.
        let mut writer = begin(&path, format);
        append(&mut writer, 101, &[]);
        assert_eq!(sums(&writer.finish()), (0, 0, 0), "{name}");
        assert_eq!(told(&path), [(100, 50), (990, 13)], "{name}");
        let mut writer = begin(&path, format);
        append(&mut writer, 500, &[(1104, 7), (1500, 9)]);
        assert_eq!(sums(&writer.finish()), (2, 16, 0), "{name}");
        assert_eq!(told(&path), [(100, 50), (990, 13), (1104, 7), (1500, 9)], "{name}");
        let wav = read(&path, 1 << 20).expect("a recording");
        assert_eq!(wav.frames(), 1604, "{name}");
    }
}

#[test]
fn a_file_that_was_gone_on_with_and_cut_off_has_no_marks_and_all_samples() {
    let path = fresh("marks-killed.wav");
    let mut writer = begin(&path, A_LAW);
    append(&mut writer, 1000, &[(100, 50)]);
    writer.finish();
    std::mem::forget(begin(&path, A_LAW));
    let file = std::fs::read(&path).expect("a file");
    assert_eq!((chunks(&file).last().expect("chunks").0, file.len()), (*b"data", 1512));
}

#[test]
fn what_somebody_else_put_behind_the_samples_is_not_written_over() {
    let path = fresh("marks-other.wav");
    let mut writer = begin(&path, A_LAW);
    append(&mut writer, 1000, &[(100, 50)]);
    writer.finish();
    let ours = std::fs::read(&path).expect("a file");
    for place in [1512, 1530, 1560, ours.len() - 1] {
        let mut other = ours.clone();
        other[place] ^= 1;
        std::fs::write(&path, &other).expect("written");
        let resumed = RecordingWriter::resume(&path, A_LAW, SyncPolicy::None);
        assert!(matches!(resumed, Err(CreateError::Unlike)), "octet {place}");
        assert!(std::fs::read(&path).expect("a file") == other, "octet {place}");
    }
    std::fs::write(&path, &ours[..ours.len() - 4]).expect("written");
    let resumed = RecordingWriter::resume(&path, A_LAW, SyncPolicy::None);
    assert!(matches!(resumed, Err(CreateError::Unlike)));
}

#[test]
fn a_kill_while_marks_are_written_leaves_a_recording_with_all_of_them_or_none() {
    for policy in [SyncPolicy::None, SyncPolicy::EverySecond] {
        let (storage, log) = LogStorage::new();
        let mut writer = RecordingWriter::on(storage, Path::new("x"), A_LAW, policy)
            .unwrap_or_else(|error| panic!("{error}"));
        writer.append(&[[100; 2]; 5001]);
        for mark in 0..100 {
            writer.mark(7 * mark, 3);
        }
        writer.append(&[[100; 2]; 1000]);
        writer.finish();
        let mut with_marks = 0;
        for entries in 1..=log.len() {
            for sectors in 0..12 {
                let disk = log.after_kill(entries, sectors);
                let wav = parse(&disk).unwrap_or_else(|error| panic!("{entries} {sectors}: {error}"));
                assert!(wav.samples().iter().all(|sample| (90..110).contains(sample)), "{entries} {sectors}");
                let (riff, data) = (word(&disk, 4), word(&disk, 508));
                let behind = riff - 504 - data - data % 2;
                if behind > 0 {
                    with_marks += 1;
                    let marks = parse_marks(&disk[512 + data + data % 2..][..behind]).expect("all of them");
                    let all: Vec<Gap> = (0..100).map(|n| Gap { at: 5001 + 7 * n, frames: 3 }).collect();
                    assert!(marks == all, "{entries} {sectors}");
                }
            }
        }
        assert!(with_marks > 0, "{policy:?}");
    }
}
