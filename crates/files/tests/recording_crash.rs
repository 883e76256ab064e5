//! A recording is cut off at every moment it can be, and read.
mod storage;

use std::io::{BufRead, BufReader, Cursor};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use storage::{Log, LogStorage};
use tandem_files::wav::{
    RecordingEncoding, RecordingFormat, RecordingSides, RecordingWriter, SyncPolicy, Wav, parse, read,
};
use tandem_files::{G726Rate, RawEncoding, RawFormat};
use tandem_types::Law;

/// Frame n of the test recordings; no two near ones are alike and none is silence.
fn frame(n: u64) -> [i16; 2] {
    [(n % 30_011) as i16 + 1, -((n % 29_989) as i16) - 1]
}

/// Records `frames` frames in blocks of `block` and gives back what the disk saw.
fn record(format: impl Into<RecordingFormat>, policy: SyncPolicy, frames: u64, block: u64) -> Log {
    let (storage, log) = LogStorage::new();
    let handed_over = storage.handed_over.clone();
    let Ok(mut writer) = RecordingWriter::on(storage, Path::new("x"), format, policy) else {
        panic!("the log takes every write");
    };
    let mut done = 0;
    while done < frames {
        let block: Vec<_> = (done..(done + block).min(frames)).map(frame).collect();
        done += block.len() as u64;
        *handed_over.borrow_mut() = done;
        writer.append(&block);
    }
    let summary = writer.finish();
    assert!(summary.frames == frames && summary.lost_frames == 0 && summary.error.is_none());
    log
}

fn is_exact(wav: &Wav) -> bool {
    wav.samples().as_chunks::<2>().0.iter().zip(0..).all(|(read, n)| *read == frame(n))
}

fn frames_by_hound(disk: &[u8]) -> Option<u64> {
    let mut reader = hound::WavReader::new(Cursor::new(disk)).ok()?;
    assert_eq!((reader.spec().channels, reader.spec().sample_rate), (2, 8_000));
    let frames = u64::from(reader.duration());
    let exact = reader.samples::<i16>().flatten().eq((0..frames).flat_map(frame));
    exact.then_some(frames)
}

#[test]
fn a_kill_at_any_write_or_within_one_loses_less_than_a_second() {
    for block in [20, 160, 1_999, 30_000] {
        let log = record(RecordingEncoding::Linear16, SyncPolicy::None, 60_000, block);
        for entries in 1..=log.len() {
            for sectors in [0, 1, 2, 7, 15] {
                let disk = log.after_kill(entries, sectors);
                let Ok(wav) = parse(&disk) else { panic!("entry {entries} sector {sectors}") };
                let by_hound = frames_by_hound(&disk);
                // Within one call of append only what it has come to is at stake.
                let handed_over = match block {
                    30_000 => wav.frames() as u64,
                    _ => log.handed_over((entries).min(log.len() - 1)),
                };
                assert!(is_exact(&wav));
                assert!(wav.frames() as u64 + 8_000 > handed_over, "{} of {handed_over}", wav.frames());
                assert!(by_hound.is_some_and(|frames| frames + 8_000 > handed_over), "{by_hound:?}");
            }
        }
    }
}

#[test]
fn a_loss_of_power_with_writes_out_of_order_loses_less_than_a_second() {
    let log = record(RecordingEncoding::Linear16, SyncPolicy::EverySecond, 60_000, 160);
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    // The name and the first header are on the disk when `create` returns: after the second entry.
    for entries in 2..log.len() {
        for turn in 0..40 {
            let disk = log.after_power_loss(entries, || {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                match turn {
                    0 => false,
                    1 => true,
                    _ => random.is_multiple_of(2),
                }
            });
            let handed_over = log.handed_over(entries);
            let Ok(wav) = parse(&disk) else { panic!("entry {entries} turn {turn}") };
            let told = frames_by_hound(&disk);
            assert!(told.is_some_and(|frames| frames + 8_000 > handed_over), "{told:?} of {handed_over}");
            // Before the first second is told of we read to the end, where holes may be.
            assert!(told == Some(0) || is_exact(&wav));
        }
    }
}

#[test]
fn each_header_stands_between_two_syncs() {
    let log = record(RecordingEncoding::Linear16, SyncPolicy::EverySecond, 8_000, 160);
    assert_eq!(log.syncs(), 5, "one after the first header, two at each of two rewritings");
    let log = record(RecordingEncoding::Linear16, SyncPolicy::None, 8_000, 160);
    assert_eq!(log.syncs(), 0);
}

#[test]
fn without_syncs_a_loss_of_power_still_leaves_a_wav_file() {
    let log = record(RecordingEncoding::G711(Law::A), SyncPolicy::None, 30_000, 160);
    let mut random = 77_u64;
    for entries in 2..log.len() {
        let disk = log.after_power_loss(entries, || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random.is_multiple_of(3)
        });
        let readable = disk.len() < 512 || disk[..4] == [0; 4] || parse(&disk).is_ok();
        assert!(readable, "entry {entries}");
    }
}

#[test]
fn g711_recordings_survive_a_kill_too() {
    for law in [Law::A, Law::Mu] {
        let log = record(RecordingEncoding::G711(law), SyncPolicy::None, 30_000, 160);
        for entries in 1..=log.len() {
            let Ok(wav) = parse(&log.after_kill(entries, 3)) else { panic!("entry {entries}") };
            assert!(wav.frames() as u64 + 8_000 > log.handed_over(entries.min(log.len() - 1)));
        }
    }
}

#[test]
fn adpcm_and_gsm_recordings_survive_a_kill_and_a_loss_of_power_too() {
    for (encoding, sides) in [
        (RecordingEncoding::ImaAdpcm, RecordingSides::Apart),
        (RecordingEncoding::ImaAdpcm, RecordingSides::Received),
        (RecordingEncoding::ImaAdpcm, RecordingSides::Mixed),
        (RecordingEncoding::Gsm, RecordingSides::Received),
        (RecordingEncoding::Gsm, RecordingSides::Mixed),
    ] {
        let format = RecordingFormat { encoding, sides };
        let log = record(format, SyncPolicy::EverySecond, 60_000, 160);
        let whole = parse(&log.after_kill(log.len(), 0)).expect("a WAV file");
        assert_eq!((whole.frames(), whole.channels()), (60_000, sides.channels()));
        for entries in 2..log.len() {
            for sectors in [0, 1, 3] {
                let killed = parse(&log.after_kill(entries, sectors)).expect("a WAV file");
                assert!(killed.frames() as u64 + 8_000 > log.handed_over(entries), "entry {entries}");
                let told = killed.samples().len().min(whole.samples().len());
                assert!(killed.samples()[..told] == whole.samples()[..told]);
            }
            let lost = parse(&log.after_power_loss(entries, || false)).expect("a WAV file");
            assert!(lost.frames() as u64 + 8_000 > log.handed_over(entries), "entry {entries}");
        }
    }
}

#[test]
fn what_a_kill_leaves_of_a_file_without_a_header_is_its_beginning() {
    for (encoding, raw) in [
        (RecordingEncoding::Vox, RawEncoding::OkiAdpcm),
        (RecordingEncoding::RawG711(Law::A), RawEncoding::G711(Law::A)),
        (RecordingEncoding::RawG711(Law::Mu), RawEncoding::G711(Law::Mu)),
        (RecordingEncoding::G726(G726Rate::Kbit24), RawEncoding::G726(G726Rate::Kbit24)),
    ] {
        let format = RecordingFormat { encoding, sides: RecordingSides::Received };
        let log = record(format, SyncPolicy::None, 60_000, 160);
        let raw = RawFormat { encoding: raw, rate: 8_000 };
        let whole = log.after_kill(log.len(), 0);
        assert_eq!(raw.decode(&whole).map(|samples| samples.len()), Ok(60_000));
        for entries in 0..log.len() {
            let killed = log.after_kill(entries, 1);
            assert!(whole.starts_with(&killed));
            assert!(raw.samples_in(killed.len()) as u64 + 8_000 > log.handed_over(entries));
        }
        let log = record(format, SyncPolicy::EverySecond, 60_000, 160);
        assert_eq!(log.syncs(), 15, "one for each half second");
    }
}

#[test]
fn a_kill_of_one_that_goes_on_leaves_what_was_there_and_lacks_less_than_a_second_of_what_came() {
    // A block that was begun is coded again: 9595 frames are 19 blocks of IMA ADPCM, 9920 are 31 of GSM.
    for (encoding, sides, again) in [
        (RecordingEncoding::Linear16, RecordingSides::Apart, 10_003),
        (RecordingEncoding::G711(Law::A), RecordingSides::Apart, 10_003),
        (RecordingEncoding::ImaAdpcm, RecordingSides::Apart, 9_595),
        (RecordingEncoding::Gsm, RecordingSides::Received, 9_920),
    ] {
        let format = RecordingFormat { encoding, sides };
        let first = record(format, SyncPolicy::None, 10_003, 160);
        let disk = first.after_kill(first.len(), 0);
        let before = parse(&disk).expect("a WAV file");
        let (storage, log) = LogStorage::with(disk);
        let handed_over = storage.handed_over.clone();
        let resumed = RecordingWriter::resume_on(storage, Path::new("x"), format, SyncPolicy::EverySecond);
        let mut writer = resumed.expect("a recording of ours");
        for block in 0..200 {
            *handed_over.borrow_mut() = 10_003 + (block + 1) * 160;
            writer.append(&[[0x1234, 0x1234]; 160]);
        }
        writer.finish();
        assert!(log.syncs() >= 12, "two at each rewriting of the header");
        for entries in 2..log.len() {
            let disks = [0, 1, 3].map(|sectors| log.after_kill(entries, sectors));
            for disk in disks.into_iter().chain([log.after_power_loss(entries, || false)]) {
                let wav = parse(&disk).expect("a WAV file");
                assert!(wav.frames() as u64 + 8_000 > log.handed_over(entries), "entry {entries}");
                let again = again * sides.channels();
                assert!(wav.samples()[..again] == before.samples()[..again], "entry {entries}");
                assert!(wav.frames() >= 10_003);
            }
        }
    }
}

/// Not a test by itself: what the test below kills. It records for ever and says how far it is.
#[test]
#[ignore = "runs until it is killed"]
fn child_that_records() {
    let Some(path) = std::env::var_os("TANDEM_TEST_RECORDING") else { return };
    let path = PathBuf::from(path);
    let Ok(mut writer) = RecordingWriter::create(&path, RecordingEncoding::Linear16, SyncPolicy::None) else {
        return;
    };
    for block in 0.. {
        let frames: Vec<_> = (block * 160..(block + 1) * 160).map(frame).collect();
        writer.append(&frames);
        println!("\nhanded over {}", (block + 1) * 160);
    }
}

#[test]
fn fifty_processes_killed_while_recording_leave_readable_files() {
    let Ok(myself) = std::env::current_exe() else { panic!("the test has no name") };
    for turn in 0..50_u64 {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("killed-{turn}.wav"));
        let _ = std::fs::remove_file(&path);
        let Ok(mut child) = Command::new(&myself)
            .args(["--exact", "child_that_records", "--ignored", "--nocapture"])
            .env("TANDEM_TEST_RECORDING", &path)
            .stdout(Stdio::piped())
            .spawn()
        else {
            panic!("the test cannot start itself");
        };
        let wanted = 160 * (1 + turn * turn % 977);
        let handed_over = child.stdout.take().map_or(0, |output| {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            let mut counts = lines.filter_map(|line| line.strip_prefix("handed over ")?.parse::<u64>().ok());
            let reached = counts.find(|count| *count >= wanted).unwrap_or(0);
            // Killed with the pipe still open, so that nothing else ends it.
            let _ = child.kill();
            reached
        });
        let _ = child.wait();
        assert!(handed_over >= wanted);
        let wav = read(&path, 1 << 30);
        assert!(wav.is_ok_and(|wav| is_exact(&wav) && wav.frames() as u64 + 8_000 > handed_over));
        let _ = std::fs::remove_file(&path);
    }
}
