//! Recordings in the ordinary way, and on disks that fail.
use std::cell::RefCell;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tandem_files::wav::{
    CreateError, Encoding, Gap, RecordError, RecordingEncoding, RecordingFormat, RecordingSides,
    RecordingWriter, Storage, SyncPolicy, parse_header, read,
};
use tandem_types::Law;

fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&path);
    path
}

fn create(path: &Path, encoding: RecordingEncoding) -> RecordingWriter {
    match RecordingWriter::create(path, encoding, SyncPolicy::EverySecond) {
        Ok(writer) => writer,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn what_is_recorded_is_read_back() {
    let path = fresh("plain.wav");
    let mut writer = create(&path, RecordingEncoding::Linear16);
    writer.append(&[[1, -1], [2, -2], [3, -3]]);
    let summary = writer.finish();
    assert_eq!((summary.frames, summary.lost_frames, summary.gap_frames), (3, 0, 0));
    assert_eq!(summary.path, path);
    let wav = read(&path, 1_000);
    assert!(wav.is_ok_and(|wav| wav.samples() == [1, -1, 2, -2, 3, -3] && wav.rate() == 8_000));
}

#[test]
fn an_empty_recording_is_a_wav_file() {
    let path = fresh("empty.wav");
    assert_eq!(create(&path, RecordingEncoding::Linear16).finish().frames, 0);
    assert!(read(&path, 1_000).is_ok_and(|wav| wav.frames() == 0 && wav.channels() == 2));
}

#[test]
fn octets_of_the_recordings_own_law_are_kept_as_they_are() {
    for law in [Law::A, Law::Mu] {
        let path = fresh(&format!("law-{law:?}.wav"));
        let mut writer = create(&path, RecordingEncoding::G711(law));
        let frames: Vec<[u8; 2]> = (0..=255).map(|octet| [octet, !octet]).collect();
        writer.append_octets(law, &frames);
        assert_eq!(writer.finish().frames, 256);
        let octets = std::fs::read(&path).unwrap_or_default();
        assert_eq!(octets[512..], frames.concat());
        assert!(read(&path, 10_000).is_ok_and(|wav| wav.encoding() == Encoding::G711(law)));
    }
}

#[test]
fn a_gap_is_silence_and_is_listed() {
    let path = fresh("gap.wav");
    let mut writer = create(&path, RecordingEncoding::G711(Law::A));
    writer.append(&[[1_000, 1_000]; 5]);
    writer.gap(3);
    writer.gap(4);
    writer.append(&[[1_000, 1_000]; 2]);
    writer.gap(10_000);
    writer.gap(0);
    let summary = writer.finish();
    assert_eq!(summary.frames, 10_014);
    assert_eq!(summary.gaps, [Gap { at: 5, frames: 7 }, Gap { at: 14, frames: 10_000 }]);
    assert_eq!(summary.gap_frames, 10_007);
    let octets = std::fs::read(&path).unwrap_or_default();
    assert!(octets[512 + 10..512 + 24].iter().all(|octet| *octet == 0xd5));
    // Behind the samples is said where the two are.
    assert_eq!(octets.len(), 512 + 20_028 + 24 + 2 * 52);
}

#[test]
fn only_the_owner_may_read_a_recording() {
    let path = fresh("mode.wav");
    create(&path, RecordingEncoding::Linear16).finish();
    let mode = std::fs::metadata(&path).map(|metadata| metadata.permissions().mode() & 0o777);
    assert_eq!(mode.ok(), Some(0o600));
}

#[test]
fn what_is_there_already_is_left_alone() {
    let target = fresh("target.txt");
    let link = fresh("link.wav");
    let dangling = fresh("dangling.wav");
    assert!(std::fs::write(&target, "precious").is_ok());
    assert!(symlink(&target, &link).is_ok() && symlink(fresh("nothing.wav"), &dangling).is_ok());
    for path in [&target, &link, &dangling] {
        let refused = RecordingWriter::create(path, RecordingEncoding::Linear16, SyncPolicy::None);
        assert!(matches!(refused, Err(CreateError::Exists)));
    }
    assert_eq!(std::fs::read_to_string(&target).ok().as_deref(), Some("precious"));
    assert!(!fresh("nothing.wav").exists());
}

#[test]
fn a_missing_directory_is_an_error_with_advice() {
    let path = fresh("no-such-directory").join("x.wav");
    let error = RecordingWriter::create(&path, RecordingEncoding::Linear16, SyncPolicy::None).err();
    assert!(error.is_some_and(|error| error.to_string().contains("check directory")));
}

/// A disk with room for so many octets, which holds the latest header only.
#[derive(Clone)]
struct SmallDisk {
    room: u64,
    end: Rc<RefCell<u64>>,
    header: Rc<RefCell<Vec<u8>>>,
    header_fails: bool,
}

impl SmallDisk {
    fn new(room: u64) -> Self {
        Self { room, end: Rc::default(), header: Rc::default(), header_fails: false }
    }
}

impl Storage for SmallDisk {
    fn write_at(&mut self, offset: u64, octets: &[u8]) -> io::Result<()> {
        let end = offset + octets.len() as u64;
        if end > self.room {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        let began = *self.end.borrow() > 0;
        if offset == 0 {
            if self.header_fails && began {
                return Err(io::Error::other("bad sector"));
            }
            *self.header.borrow_mut() = octets.to_vec();
        }
        let longest = end.max(*self.end.borrow());
        *self.end.borrow_mut() = longest;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn read_at(&self, _: u64, _: &mut [u8]) -> io::Result<()> {
        Err(io::Error::other("written to only"))
    }

    fn set_len(&mut self, octets: u64) -> io::Result<()> {
        *self.end.borrow_mut() = octets;
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(*self.end.borrow())
    }
}

fn on(disk: &SmallDisk) -> RecordingWriter<SmallDisk> {
    let linear = RecordingEncoding::Linear16;
    match RecordingWriter::on(disk.clone(), Path::new("x"), linear, SyncPolicy::EverySecond) {
        Ok(writer) => writer,
        Err(error) => panic!("{error}"),
    }
}

fn told(disk: &SmallDisk) -> Option<u64> {
    parse_header(&disk.header.borrow()).ok()?.data_octets
}

#[test]
fn on_a_full_disk_every_frame_is_written_or_counted_as_lost() {
    for room in [512, 600, 8_512, 50_000, 100_003] {
        let disk = SmallDisk::new(room);
        let mut writer = on(&disk);
        for _ in 0..300 {
            writer.append(&[[5, 5]; 160]);
            writer.gap(40);
        }
        assert_eq!(writer.frames() + writer.lost_frames(), 60_000);
        let summary = writer.finish();
        assert_eq!(summary.frames + summary.lost_frames, 60_000);
        assert!(summary.frames * 4 + 512 <= room);
        assert!(matches!(summary.error, Some(RecordError::Data(_))));
        assert_eq!(told(&disk), Some(summary.frames * 4));
        assert_eq!(summary.gap_frames, summary.gaps.iter().map(|gap| gap.frames).sum::<u64>());
        assert!(summary.gaps.iter().all(|gap| gap.at + gap.frames <= summary.frames));
    }
}

#[test]
fn of_blocks_too_every_frame_is_written_or_counted_as_lost() {
    let sides = RecordingSides::Mixed;
    for encoding in [RecordingEncoding::ImaAdpcm, RecordingEncoding::Vox] {
        for room in [512, 600, 8_512, 20_003] {
            for header_fails in [false, true] {
                let mut disk = SmallDisk::new(room);
                disk.header_fails = header_fails;
                let format = RecordingFormat { encoding, sides };
                let writer = RecordingWriter::on(disk.clone(), Path::new("x"), format, SyncPolicy::None);
                let mut writer = writer.expect("there is room for a header");
                (0..300).for_each(|_| writer.append(&[[5, 5]; 201]));
                assert_eq!(writer.frames() + writer.lost_frames(), 60_300);
                let summary = writer.finish();
                assert_eq!(summary.frames + summary.lost_frames, 60_300, "{encoding:?} in {room}");
                assert!(summary.lost_frames > 0 && summary.error.is_some());
            }
        }
    }
}

#[test]
fn no_room_for_a_header_is_told_at_once() {
    let disk = SmallDisk::new(511);
    let refused = RecordingWriter::on(disk, Path::new("x"), RecordingEncoding::Linear16, SyncPolicy::None);
    assert!(matches!(refused, Err(CreateError::File(_))));
}

#[test]
fn a_header_that_cannot_be_replaced_ends_the_recording() {
    let mut disk = SmallDisk::new(1 << 30);
    disk.header_fails = true;
    let mut writer = on(&disk);
    writer.append(&vec![[1, 1]; 20_000]);
    assert!(matches!(writer.error(), Some(RecordError::Header(_))));
    let summary = writer.finish();
    assert_eq!(summary.frames + summary.lost_frames, 20_000);
    assert_eq!(told(&disk), Some(0));
}

#[test]
fn beyond_4_gib_the_recording_goes_on_as_rf64() {
    let disk = SmallDisk::new(u64::MAX);
    let mut writer = on(&disk);
    let last_short = (u64::from(u32::MAX) - 504) / 4;
    writer.gap(last_short - 1_000);
    writer.append(&[[1, 1]; 4_000]);
    writer.append(&[[2, 2]; 4_000]);
    let summary = writer.finish();
    assert_eq!(summary.frames, last_short + 7_000);
    let header = disk.header.borrow();
    assert_eq!(&header[..4], b"RF64");
    assert_eq!(&header[12..16], b"ds64");
    assert_eq!(parse_header(&header).map(|header| header.data_octets), Ok(Some(summary.frames * 4)));
    // And behind them where the gap is.
    assert_eq!(*disk.end.borrow(), 512 + summary.frames * 4 + 76);
}
