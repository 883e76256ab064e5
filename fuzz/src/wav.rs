//! Any octets as a WAV file, and as a recording that is to go on.
use std::io;
use std::path::Path;
use tandem_files::wav::{
    RecordingEncoding, RecordingFormat, RecordingSides, RecordingWriter, Storage, SyncPolicy, parse,
    parse_header, parse_marks,
};
use tandem_files::{G726Rate, Prompt};
use tandem_types::Law;

/// What can be read has whole frames, no more than five samples an octet, and becomes a prompt or says why not.
pub fn wav(data: &[u8]) {
    resume(data);
    gsm(data);
    for gaps in [parse_marks(data), data.get(512..).and_then(parse_marks)].into_iter().flatten() {
        assert!(data.len() >= 52 * gaps.len());
    }
    let header = parse_header(data);
    let Ok(wav) = parse(data) else { return };
    let header = header.expect("the whole needs its header");
    assert_eq!((header.rate(), header.channels()), (wav.rate(), wav.channels()));
    assert!(wav.channels() >= 1 && wav.samples().len().is_multiple_of(wav.channels()));
    assert!(wav.samples().len() <= 5 * data.len());
    for channel in 0..wav.channels().min(4) {
        assert_eq!(wav.channel(channel).count(), wav.frames());
    }
    // Resampling is long work on long input, and its cost is not what is looked for here.
    if wav.frames() <= 4096
        && let Ok(prompt) = Prompt::from_wav(&wav)
    {
        let expected = wav.frames() as u64 * 8000 / u64::from(wav.rate());
        assert!((prompt.samples().len() as u64).abs_diff(expected) <= 1 + expected / 100);
    }
}

/// What can go on does so at the end of what it says it has, and is a recording of all of it then.
fn resume(data: &[u8]) {
    for encoding in [
        RecordingEncoding::Linear16,
        RecordingEncoding::G711(Law::A),
        RecordingEncoding::G711(Law::Mu),
        RecordingEncoding::ImaAdpcm,
        RecordingEncoding::Vox,
        RecordingEncoding::Vox6k,
        RecordingEncoding::Gsm,
        RecordingEncoding::RawG711(Law::A),
        RecordingEncoding::RawG711(Law::Mu),
        RecordingEncoding::G726(G726Rate::Kbit16),
        RecordingEncoding::G726(G726Rate::Kbit24),
        RecordingEncoding::G726(G726Rate::Kbit32),
        RecordingEncoding::G726(G726Rate::Kbit40),
    ] {
        for sides in [RecordingSides::Apart, RecordingSides::Received] {
            let format = RecordingFormat { encoding, sides };
            let mut disk = Memory(data.to_vec());
            let resumed = RecordingWriter::resume_on(&mut disk, Path::new("x"), format, SyncPolicy::None);
            let Ok(mut writer) = resumed else { continue };
            let before = writer.frames();
            writer.mark(10, 20);
            writer.append(&[[1_000, -1_000]; 100]);
            let summary = writer.finish();
            assert_eq!((summary.from, summary.frames, summary.lost_frames), (before, 100, 0));
            assert_eq!((summary.missing, summary.marked_frames), (1, 20));
            assert!(disk.0.len() <= data.len() + 1_024);
            let vox = matches!(encoding, RecordingEncoding::Vox | RecordingEncoding::Vox6k);
            let bare = matches!(encoding, RecordingEncoding::RawG711(_) | RecordingEncoding::G726(_));
            if !vox && !bare {
                let wav = parse(&disk.0).expect("a recording");
                assert_eq!(wav.frames() as u64, before + 100);
            }
        }
    }
}

/// Any samples are coded in GSM, each of them once, into blocks of parameters that can be, which are decoded without an end
/// that was cut: and coded in two parts they are as many.
fn gsm(data: &[u8]) {
    let format = RecordingFormat { encoding: RecordingEncoding::Gsm, sides: RecordingSides::Received };
    let samples = data.as_chunks().0.iter().map(|octets| [i16::from_le_bytes(*octets), 0]);
    let samples: Vec<[i16; 2]> = samples.take(8_000).collect();
    let cut = data.first().map_or(0, |first| usize::from(*first) * 7 % (samples.len() + 1));
    let mut disk = Memory(Vec::new());
    let mut writer =
        RecordingWriter::on(&mut disk, Path::new("x"), format, SyncPolicy::None).expect("one side");
    writer.append(&samples[..cut]);
    writer.finish();
    let mut writer =
        RecordingWriter::resume_on(&mut disk, Path::new("x"), format, SyncPolicy::None).expect("a recording");
    writer.append(&samples[cut..]);
    assert_eq!(writer.finish().lost_frames, 0);
    let blocks = samples.len().div_ceil(320);
    assert_eq!(disk.0.len(), (512 + 65 * blocks).next_multiple_of(2));
    let wav = parse(&disk.0).expect("a recording");
    assert_eq!(wav.frames(), samples.len());
    // A coder knows no lag but 40 to 120: of each frame the bits 36, 92, 148 and 204 on, the lowest first.
    for block in disk.0[512..].as_chunks::<65>().0 {
        for at in [36, 92, 148, 204].into_iter().flat_map(|bit| [bit, bit + 260]) {
            let lag = (at..at + 7).rev().fold(0, |lag, bit| lag << 1 | block[bit / 8] >> (bit % 8) & 1);
            assert!((40..=120).contains(&lag), "{lag}");
        }
    }
}

struct Memory(Vec<u8>);

impl Storage for &mut Memory {
    fn write_at(&mut self, offset: u64, octets: &[u8]) -> io::Result<()> {
        let (from, to) = (offset as usize, offset as usize + octets.len());
        self.0.resize(self.0.len().max(to), 0);
        self.0[from..to].copy_from_slice(octets);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn read_at(&self, offset: u64, octets: &mut [u8]) -> io::Result<()> {
        octets.copy_from_slice(&self.0[offset as usize..][..octets.len()]);
        Ok(())
    }

    fn set_len(&mut self, octets: u64) -> io::Result<()> {
        assert!(octets <= self.0.len() as u64, "it is cut, and does not grow");
        self.0.truncate(octets as usize);
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }
}
