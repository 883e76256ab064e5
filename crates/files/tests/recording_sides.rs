//! Recordings of one side, of both mixed, and in ADPCM; and what plays them again.
mod sndfile;

use std::path::{Path, PathBuf};

use tandem_dsp::g711;
use tandem_files::Prompt;
use tandem_files::wav::{
    CreateError, RecordingEncoding, RecordingFormat, RecordingSides, RecordingWriter, Summary, SyncPolicy,
    read,
};
use tandem_types::Law;

fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&path);
    path
}

fn record(
    name: &str,
    encoding: RecordingEncoding,
    sides: RecordingSides,
    fill: impl FnOnce(&mut RecordingWriter),
) -> (PathBuf, Summary) {
    let path = fresh(name);
    let format = RecordingFormat { encoding, sides };
    let mut writer = RecordingWriter::create(&path, format, SyncPolicy::None).expect("a file");
    fill(&mut writer);
    let summary = writer.finish();
    assert!(summary.error.is_none());
    (path, summary)
}

fn samples(path: &Path) -> Vec<i16> {
    read(path, 1 << 24).expect("a WAV file").samples().to_vec()
}

#[test]
fn each_choice_of_sides_has_its_samples() {
    let frames = [[1, 10], [2, 20], [-3, -30]];
    let linear = |name, sides| {
        let (path, summary) =
            record(name, RecordingEncoding::Linear16, sides, |writer| writer.append(&frames));
        assert_eq!(summary.frames, 3);
        samples(&path)
    };
    assert_eq!(linear("apart.wav", RecordingSides::Apart), [1, 10, 2, 20, -3, -30]);
    assert_eq!(linear("received.wav", RecordingSides::Received), [1, 2, -3]);
    assert_eq!(linear("sent.wav", RecordingSides::Sent), [10, 20, -30]);
    assert_eq!(linear("mixed.wav", RecordingSides::Mixed), [11, 22, -33]);
}

#[test]
fn a_mix_is_held_at_full_scale() {
    let frames = [[30_000, 30_000], [-30_000, -30_000], [32_767, 1], [-32_768, -1], [32_767, -32_768]];
    let fill = |writer: &mut RecordingWriter| writer.append(&frames);
    let (path, _) = record("loud.wav", RecordingEncoding::Linear16, RecordingSides::Mixed, fill);
    assert_eq!(samples(&path), [32_767, -32_768, 32_767, -32_768, -1]);
}

#[test]
fn one_side_in_its_own_law_keeps_its_octets() {
    let frames: Vec<[u8; 2]> = (0..=255).map(|octet| [octet, !octet]).collect();
    for (sides, side) in [(RecordingSides::Received, 0), (RecordingSides::Sent, 1)] {
        for law in [Law::A, Law::Mu] {
            let fill = |writer: &mut RecordingWriter| writer.append_octets(law, &frames);
            let name = format!("law-{law:?}-{side}.wav");
            let (path, _) = record(&name, RecordingEncoding::G711(law), sides, fill);
            let octets = std::fs::read(&path).expect("the file");
            let expected: Vec<u8> = frames.iter().map(|frame| frame[side]).collect();
            assert_eq!(octets[512..], expected);
        }
    }
}

#[test]
fn a_mix_of_octets_is_the_octet_of_their_sum() {
    // A-law 0xaa and 0xd5 are +32256 and +8; µ-law 0x80 and 0x00 are +32124 and −32124.
    let fill = |writer: &mut RecordingWriter| writer.append_octets(Law::A, &[[0xd5, 0x55], [0xaa, 0xaa]]);
    let (path, _) = record("sum-a.wav", RecordingEncoding::G711(Law::A), RecordingSides::Mixed, fill);
    assert_eq!(samples(&path), [8, 32_256]);
    let fill = |writer: &mut RecordingWriter| writer.append_octets(Law::Mu, &[[0x80, 0x00], [0x80, 0xff]]);
    let (path, _) = record("sum-mu.wav", RecordingEncoding::Linear16, RecordingSides::Mixed, fill);
    assert_eq!(samples(&path), [0, 32_124]);
}

#[test]
fn a_file_of_an_odd_number_of_octets_is_padded() {
    let fill = |writer: &mut RecordingWriter| writer.append_octets(Law::A, &[[0x2a, 0]; 7]);
    let (path, summary) = record("odd.wav", RecordingEncoding::G711(Law::A), RecordingSides::Received, fill);
    let octets = std::fs::read(&path).expect("the file");
    assert_eq!((summary.frames, octets.len()), (7, 520));
    assert_eq!(octets[4..8], 512_u32.to_le_bytes());
    assert_eq!(samples(&path).len(), 7);
}

/// Something like speech on both sides.
fn speech(frames: usize) -> Vec<[i16; 2]> {
    let wave = |n: usize, hertz: f64, swell: f64| {
        let t = n as f64 / 8_000.0 * std::f64::consts::TAU;
        ((t * swell).sin().abs() * ((t * hertz).sin() + (t * hertz * 2.7).sin()) * 5_000.0) as i16
    };
    (0..frames).map(|n| [wave(n, 210.0, 1.3), wave(n, 330.0, 0.7)]).collect()
}

fn snr_db(signal: impl Iterator<Item = i16>, read: &[i16]) -> f64 {
    let (mut power, mut rest) = (0.0, 0.0);
    for (signal, read) in signal.zip(read) {
        power += f64::from(signal).powi(2);
        rest += (f64::from(signal) - f64::from(*read)).powi(2);
    }
    10.0 * (power / f64::max(rest, 1.0)).log10()
}

#[test]
fn what_is_recorded_in_fewer_bits_is_heard_again() {
    let frames = speech(40_001);
    for (name, encoding, floor) in [
        ("mail.vox", RecordingEncoding::Vox, 25.0),
        ("mail.wav", RecordingEncoding::ImaAdpcm, 25.0),
        ("mail.gsm.wav", RecordingEncoding::Gsm, 12.0),
        ("mail.al", RecordingEncoding::RawG711(Law::A), 35.0),
        ("mail.ul", RecordingEncoding::RawG711(Law::Mu), 35.0),
    ] {
        let (path, summary) = record(name, encoding, RecordingSides::Received, |writer| {
            frames.chunks(160).for_each(|f| writer.append(f));
        });
        assert_eq!((summary.frames, summary.lost_frames), (40_001, 0));
        let prompt = Prompt::load(&path).expect("a prompt");
        // Two samples share an octet, and nothing tells that the last is none.
        let filler = usize::from(encoding == RecordingEncoding::Vox);
        assert_eq!(prompt.samples().len(), 40_001 + filler);
        let snr = snr_db(frames.iter().map(|frame| frame[0]), prompt.samples());
        assert!(snr > floor, "{name}: {snr} dB");
    }
}

#[test]
fn both_sides_in_ima_adpcm_stay_apart() {
    let frames = speech(10_000);
    let fill = |writer: &mut RecordingWriter| writer.append(&frames);
    let (path, _) = record("apart-ima.wav", RecordingEncoding::ImaAdpcm, RecordingSides::Apart, fill);
    let wav = read(&path, 1 << 20).expect("a WAV file");
    assert_eq!((wav.channels(), wav.frames()), (2, 10_000));
    for side in 0..2 {
        let read: Vec<i16> = wav.channel(side).collect();
        let snr = snr_db(frames.iter().map(|frame| frame[side]), &read);
        assert!(snr > 25.0, "side {side}: {snr} dB");
    }
    assert_eq!(std::fs::metadata(&path).expect("the file").len(), 512 + 20 * 512);
}

#[test]
fn libsndfile_reads_recordings_in_ima_adpcm_as_we_do() {
    for sides in [RecordingSides::Apart, RecordingSides::Mixed] {
        let fill = |writer: &mut RecordingWriter| writer.append(&speech(10_100));
        let (path, _) = record(&format!("foreign-{sides:?}.wav"), RecordingEncoding::ImaAdpcm, sides, fill);
        let Some(theirs) = sndfile::read(&path, 0) else { return };
        assert!(samples(&path) == theirs, "{sides:?}");
        assert_eq!(theirs.len(), 10_100 * sides.channels());
    }
}

#[test]
fn libsndfile_reads_a_voicemail_in_a_vox_file() {
    let frames = speech(20_000);
    let fill = |writer: &mut RecordingWriter| writer.append(&frames);
    let (path, _) = record("foreign.vox", RecordingEncoding::Vox, RecordingSides::Sent, fill);
    let Some(theirs) = sndfile::read(&path, sndfile::RAW | sndfile::VOX) else { return };
    assert_eq!(theirs.len(), 20_000);
    // It rounds otherwise and goes astray; the beginning is the signal.
    let snr = snr_db(frames.iter().map(|frame| frame[1]).take(2_000), &theirs);
    assert!(snr > 10.0, "{snr} dB");
}

#[test]
fn libsndfile_reads_recordings_in_gsm_as_we_do() {
    for frames in [10_240, 10_241, 10_100] {
        let fill = |writer: &mut RecordingWriter| writer.append(&speech(frames));
        let (path, _) = record("foreign-gsm.wav", RecordingEncoding::Gsm, RecordingSides::Mixed, fill);
        let Some(theirs) = sndfile::read(&path, 0) else { return };
        // It does not believe `fact`, and plays what fills the last block; where an octet makes their number even, that too.
        assert_eq!((samples(&path).len(), theirs.len()), (frames, frames.next_multiple_of(640)));
        assert!(samples(&path) == theirs[..frames]);
    }
}

#[test]
fn a_recording_in_gsm_has_the_blocks_that_its_header_tells_of() {
    let fill = |writer: &mut RecordingWriter| writer.append(&speech(1_000));
    let (path, _) = record("blocks-gsm.wav", RecordingEncoding::Gsm, RecordingSides::Received, fill);
    let octets = std::fs::read(&path).expect("the file");
    // Four blocks of 65 octets, 1625 octets a second.
    assert_eq!(octets.len(), 512 + 260);
    assert_eq!(
        &octets[48..76],
        b"fmt \x14\0\0\0\x31\0\x01\0\x40\x1f\0\0\x59\x06\0\0\x41\0\0\0\x02\0\x40\x01"
    );
    assert_eq!(
        (&octets[76..88], &octets[504..512]),
        (&b"fact\x04\0\0\0\xe8\x03\0\0"[..], &b"data\x04\x01\0\0"[..])
    );
    // An odd number of blocks is made even by an octet.
    let fill = |writer: &mut RecordingWriter| writer.append(&speech(700));
    let (path, _) = record("odd-gsm.wav", RecordingEncoding::Gsm, RecordingSides::Received, fill);
    let octets = std::fs::read(&path).expect("the file");
    assert_eq!((octets.len(), &octets[4..8]), (512 + 196, &(504_u32 + 196).to_le_bytes()[..]));
    assert_eq!(samples(&path).len(), 700);
}

#[test]
fn a_file_of_g711_octets_is_those_of_the_trunk_or_what_they_are_in_the_other_law() {
    let frames: Vec<[u8; 2]> = (0..=255).map(|octet| [octet, !octet]).collect();
    for own in [Law::A, Law::Mu] {
        for law in [Law::A, Law::Mu] {
            for (sides, side) in [(RecordingSides::Received, 0), (RecordingSides::Sent, 1)] {
                let fill = |writer: &mut RecordingWriter| writer.append_octets(law, &frames);
                let name = format!("bare-{own:?}-{law:?}-{side}.al");
                let (path, _) = record(&name, RecordingEncoding::RawG711(own), sides, fill);
                let expected: Vec<u8> = frames
                    .iter()
                    .map(
                        |frame| if own == law { frame[side] } else { g711::transcode(law, own, frame[side]) },
                    )
                    .collect();
                assert_eq!(std::fs::read(&path).expect("the file"), expected, "{own:?} of {law:?}");
            }
        }
    }
    // Twice the largest is held at it; +8 and -8 are nothing.
    let fill = |writer: &mut RecordingWriter| {
        writer.append_octets(Law::A, &[[0xaa, 0xaa], [0x2a, 0x2a], [0xd5, 0x55]]);
    };
    let (path, _) = record("mixed.ul", RecordingEncoding::RawG711(Law::Mu), RecordingSides::Mixed, fill);
    assert_eq!(std::fs::read(&path).expect("the file"), [0x80, 0x00, 0xff]);
}

#[test]
fn a_file_of_one_channel_is_not_made_of_two() {
    for encoding in [
        RecordingEncoding::Vox,
        RecordingEncoding::Gsm,
        RecordingEncoding::RawG711(Law::A),
        RecordingEncoding::RawG711(Law::Mu),
    ] {
        let path = fresh("two.one");
        for begun in [
            RecordingWriter::create(&path, encoding, SyncPolicy::None),
            RecordingWriter::resume(&path, encoding, SyncPolicy::None),
        ] {
            assert!(matches!(begun, Err(CreateError::TwoChannels)), "{encoding:?}");
            assert!(!path.exists());
        }
    }
}

#[test]
fn gaps_are_silence_in_every_encoding() {
    for (name, encoding) in [
        ("gap.ima.wav", RecordingEncoding::ImaAdpcm),
        ("gap.vox", RecordingEncoding::Vox),
        ("gap.gsm.wav", RecordingEncoding::Gsm),
        ("gap.al", RecordingEncoding::RawG711(Law::A)),
    ] {
        let (path, summary) = record(name, encoding, RecordingSides::Mixed, |writer| {
            writer.append(&speech(1_000));
            writer.gap(3_000);
            assert_eq!(writer.frames(), 4_000);
        });
        assert_eq!((summary.frames, summary.gap_frames), (4_000, 3_000));
        let prompt = Prompt::load(&path).expect("a prompt");
        assert_eq!(prompt.samples().len(), 4_000);
        assert!(prompt.samples()[1_400..].iter().all(|sample| sample.abs() < 64), "{name}");
    }
}

#[test]
fn a_vox_file_of_6_khz_is_heard_again_3_ms_late_and_goes_on() {
    let frames = speech(40_000);
    let (path, summary) =
        record("mail.6k.vox", RecordingEncoding::Vox6k, RecordingSides::Received, |writer| {
            frames[..20_003].chunks(160).for_each(|f| writer.append(f));
        });
    // 20,003 frames are 2,501 units of eight, the last filled.
    assert_eq!((summary.frames, std::fs::metadata(&path).expect("a file").len()), (20_003, 2_501 * 3));
    let format = RecordingFormat { encoding: RecordingEncoding::Vox6k, sides: RecordingSides::Received };
    let mut writer = RecordingWriter::resume(&path, format, SyncPolicy::None).expect("a vox file");
    assert_eq!(writer.frames(), 20_008);
    writer.append(&frames[20_008..]);
    let summary = writer.finish();
    assert_eq!((summary.from, summary.frames), (20_008, 40_000 - 20_008));
    assert_eq!(std::fs::metadata(&path).expect("a file").len(), 15_000);
    let prompt = Prompt::load(&path).expect("a prompt");
    assert!(prompt.samples().len().abs_diff(40_000) <= 8, "{}", prompt.samples().len());
    for range in [1_000..19_900, 20_100..39_900] {
        let wanted = frames[range.clone()].iter().map(|frame| frame[0]);
        let snr = snr_db(wanted, &prompt.samples()[range.start + 24..]);
        assert!(snr > 15.0, "{range:?}: {snr} dB");
    }
}
