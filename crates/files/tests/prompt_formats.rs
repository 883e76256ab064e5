//! Prompts in the formats of old voice cards, beside a foreign reader where one is installed.
mod sndfile;

use std::path::{Path, PathBuf};

use tandem_files::wav::{RecordingEncoding, RecordingFormat, RecordingSides, RecordingWriter, SyncPolicy};
use tandem_files::{G726Rate, Prompt, PromptError, RawEncoding, RawError, RawFormat};
use tandem_testkit::Rng;
use tandem_types::Law;

fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn written(name: &str, octets: &[u8]) -> PathBuf {
    let path = place(name);
    std::fs::write(&path, octets).expect("a file");
    path
}

fn samples(path: &Path) -> Vec<i16> {
    Prompt::load(path).unwrap_or_else(|error| panic!("{path:?}: {error}")).samples().to_vec()
}

fn random_octets(seed: u64, length: usize) -> Vec<u8> {
    let mut random = Rng::new(seed);
    (0..length).map(|_| random.word() as u8).collect()
}

/// Frames of any parameters, with the bits that each frame begins with.
fn random_gsm(seed: u64, frames: usize) -> Vec<u8> {
    let mut octets = random_octets(seed, frames * 33);
    octets.iter_mut().step_by(33).for_each(|first| *first = 0xd0 | *first & 15);
    octets
}

fn crc_32(samples: &[i16]) -> u32 {
    crc_32_of(&samples.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<u8>>())
}

fn crc_32_of(octets: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0xedb8_8320 };
    !octets.iter().fold(!0, |crc, octet| (0..8).fold(crc ^ u32::from(*octet), |crc, _| step(crc)))
}

fn wav(tag: u16, channels: u16, block: u16, bits: u16, extension: &[u8], chunks: &[u8]) -> Vec<u8> {
    let mut octets = b"RIFF\xff\xff\xff\xffWAVEfmt ".to_vec();
    octets.extend((16 + extension.len() as u32).to_le_bytes());
    octets.extend([tag, channels].iter().flat_map(|word| word.to_le_bytes()));
    octets.extend([8_000_u32, 4_000].iter().flat_map(|word| word.to_le_bytes()));
    octets.extend([block, bits].iter().flat_map(|word| word.to_le_bytes()));
    octets.extend(extension);
    octets.extend(chunks);
    octets
}

fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [id, &(body.len() as u32).to_le_bytes()[..], body].concat()
}

#[test]
fn each_ending_tells_its_encoding() {
    let of = |name| RawFormat::of_name(Path::new(name));
    let format = |encoding, rate| Some(RawFormat { encoding, rate });
    assert_eq!(of("a/b.vox"), format(RawEncoding::OkiAdpcm, 8_000));
    assert_eq!(of("B.VOX"), format(RawEncoding::OkiAdpcm, 8_000));
    for (name, law) in [("x.alaw", Law::A), ("x.al", Law::A), ("x.ulaw", Law::Mu), ("x.ul", Law::Mu)] {
        assert_eq!(of(name), format(RawEncoding::G711(law), 8_000), "{name}");
    }
    assert_eq!(of("x.mu"), format(RawEncoding::G711(Law::Mu), 8_000));
    for name in ["x.pcm", "x.sln", "x.raw"] {
        assert_eq!(of(name), format(RawEncoding::Linear16, 8_000), "{name}");
    }
    assert_eq!(of("x.gsm"), format(RawEncoding::Gsm, 8_000));
    for (name, rate) in [
        ("x.g726-16", G726Rate::Kbit16),
        ("x.g726-24", G726Rate::Kbit24),
        ("x.6k.g726-32", G726Rate::Kbit32),
        ("x.726", G726Rate::Kbit32),
        ("x.G726-40", G726Rate::Kbit40),
    ] {
        assert_eq!(of(name), format(RawEncoding::G726(rate), 8_000), "{name}");
    }
    for name in ["x", "x.mp3", ".vox", "vox", "x.vox.bak", "x."] {
        assert_eq!(of(name), None, "{name}");
    }
}

#[test]
fn thousands_before_the_ending_tell_the_rate() {
    let rate = |name| RawFormat::of_name(Path::new(name)).map(|format| format.rate);
    for name in ["x.6k.vox", "x-6k.vox", "x_6K.VOX", "a.b.6k.vox"] {
        assert_eq!(rate(name), Some(6_000), "{name}");
    }
    assert_eq!(rate("x.11k.pcm"), Some(11_025));
    assert_eq!(rate("x.16k.sln"), Some(16_000));
    assert_eq!(rate("x.44k.raw"), Some(44_100));
    for name in ["x6k.vox", "6k.vox", "x.k.vox", "x.+6k.vox", "x.1234k.vox", "x.6k.a.vox", "x.6k.gsm"] {
        assert_eq!(rate(name), Some(8_000), "{name}");
    }
}

#[test]
fn six_thousand_samples_a_second_become_eight() {
    let octets: Vec<u8> = [0x70, 0x08].repeat(1_500);
    assert_eq!(samples(&written("long.vox", &octets)).len(), 6_000);
    assert!(samples(&written("long.6k.vox", &octets)).len().abs_diff(8_000) <= 1);
    let refused = Prompt::load(&written("long.3k.vox", &octets));
    assert!(matches!(refused, Err(PromptError::Rate(3_000))));
    assert!(matches!(Prompt::load(&written("none.0k.vox", &[])), Err(PromptError::Rate(0))));
}

#[test]
fn octets_and_words_without_a_header_are_samples() {
    assert_eq!(samples(&written("three.alaw", &[0xd5, 0x55, 0xaa])), [8, -8, 32_256]);
    assert_eq!(samples(&written("three.ulaw", &[0xff, 0x80, 0x00])), [0, 32_124, -32_124]);
    assert_eq!(samples(&written("two.sln", &[1, 0, 0, 0x80, 9])), [1, -32_768]);
    assert_eq!(samples(&written("two.vox", &[0x7f])), [480, -528]);
    assert_eq!(
        samples(&written("short.vox", &[0x41])),
        [18 * 16, 24 * 16],
        "by Dialogic's rule, if nothing tells"
    );
    assert_eq!(samples(&written("none.vox", &[])), []);
    assert_eq!(samples(&written("none.gsm", &[])), []);
}

#[test]
fn what_begins_like_a_wav_file_is_one_whatever_its_name() {
    let octets = wav(6, 1, 1, 8, &[], &chunk(b"data", &[0xd5, 0x55]));
    for name in ["wave.vox", "wave.gsm", "wave.alaw", "wave.anything", "wave"] {
        assert_eq!(samples(&written(name, &octets)), [8, -8], "{name}");
    }
    let cut = Prompt::load(&written("cut.vox", &octets[..30]));
    assert!(matches!(cut, Err(PromptError::Read(_))), "a WAV file cut short is no ADPCM");
}

#[test]
fn a_name_that_says_nothing_is_refused_with_those_that_do() {
    let refused = Prompt::load(&written("speech.mp3", b"ID3"));
    assert!(matches!(refused, Err(PromptError::Unknown)));
    let told = refused.expect_err("it was").to_string();
    for ending in
        ["vox", "alaw", "al", "ulaw", "ul", "mu", "pcm", "sln", "raw", "gsm", "726", "g726-16", "g726-24"]
    {
        assert!(told.contains(&format!(" {ending},")), "{ending}");
    }
    assert!(told.ends_with(" g726-32 or g726-40"));
}

#[test]
fn a_name_without_an_ending_finds_its_file() {
    let directory = place("found");
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(directory.join("digits/4.wav")).expect("a directory, which is no prompt");
    let find = |name: &str| Prompt::find(&directory.join(name));
    assert_eq!(find("digits/4"), None);
    for (ending, found) in [("mp3", None), ("gsm", Some("gsm")), ("vox", Some("vox"))] {
        std::fs::write(directory.join(format!("digits/4.{ending}")), b"").expect("a file");
        assert_eq!(find("digits/4"), found.map(|ending| directory.join(format!("digits/4.{ending}"))));
    }
    std::fs::write(directory.join("v1.2.wav"), b"").expect("a file");
    assert_eq!(find("v1.2"), Some(directory.join("v1.2.wav")));
    assert_eq!((find("v1"), find("v1.2.wav")), (None, None));
}

#[test]
fn a_gsm_frame_that_does_not_begin_as_one_is_named() {
    let mut octets = random_gsm(1, 5);
    octets[3 * 33] = 0xc0;
    let refused = Prompt::load(&written("spoilt.gsm", &octets));
    assert!(matches!(refused, Err(PromptError::Raw(RawError::NoGsmFrame { number: 3 }))));
    let refused = Prompt::load(&written("short.gsm", &octets[..32]));
    assert!(matches!(refused, Err(PromptError::Raw(RawError::NoGsmFrame { number: 0 }))));
    assert_eq!(samples(&written("cut.gsm", &octets[..3 * 33 - 1])).len(), 320);
}

#[test]
fn a_file_of_more_than_64_mi_samples_is_refused() {
    let format = RawFormat { encoding: RawEncoding::Gsm, rate: 8_000 };
    let octets = vec![0xd0; ((64 << 20) / 160 + 1) * 33];
    assert!(format.samples_in(octets.len()) > 64 << 20);
    assert!(matches!(Prompt::from_raw(format, &octets), Err(PromptError::Read(_))));
    let octets = wav(0x31, 1, 65, 0, &[], &chunk(b"data", &vec![0; ((64 << 20) / 320 + 1) * 65]));
    assert!(matches!(Prompt::from_octets(Path::new("x.wav"), &octets), Err(PromptError::Read(_))));
}

/// The sums are those of libsndfile's decoder too, as the tests beside it show.
#[test]
fn four_hundred_frames_of_any_parameters_are_decoded_to_these_samples() {
    let octets = random_gsm(610, 400);
    let decoded = samples(&written("any.gsm", &octets));
    assert_eq!((decoded.len(), crc_32(&decoded)), (64_000, 2_325_314_184));
    let blocks = wav(0x31, 1, 65, 0, &[2, 0, 64, 1], &chunk(b"data", &random_octets(49, 200 * 65)));
    let decoded = samples(&written("any-49.wav", &blocks));
    assert_eq!((decoded.len(), crc_32(&decoded)), (64_000, 1_535_220_078));
}

#[test]
fn gsm_of_any_parameters_is_decoded_as_libsndfile_does() {
    for seed in (0..20).chain([49, 610]) {
        let path = written(&format!("judged-{seed}.gsm"), &random_gsm(seed, 400));
        let Some(theirs) = sndfile::read(&path, sndfile::RAW | sndfile::GSM) else { return };
        assert!(samples(&path) == theirs, "seed {seed}");
        let data = chunk(b"data", &random_octets(seed, 200 * 65));
        let path = written(&format!("judged-{seed}.wav"), &wav(0x31, 1, 65, 0, &[2, 0, 64, 1], &data));
        let theirs = sndfile::read(&path, 0).expect("it was there a moment ago");
        assert!(samples(&path) == theirs, "seed {seed}, WAV");
    }
}

/// The octets that a recording of these samples in GSM has behind its header.
fn recorded_in_gsm(name: &str, samples: &[i16]) -> Vec<u8> {
    let path = place(name);
    let _ = std::fs::remove_file(&path);
    let format = RecordingFormat { encoding: RecordingEncoding::Gsm, sides: RecordingSides::Received };
    let mut writer = RecordingWriter::create(&path, format, SyncPolicy::None).expect("a file");
    samples.chunks(160).for_each(|block| {
        writer.append(&block.iter().map(|sample| [*sample, 0]).collect::<Vec<_>>());
    });
    assert!(writer.finish().error.is_none());
    let octets = std::fs::read(&path).expect("the file");
    octets[512..512 + samples.len() / 320 * 65].to_vec()
}

/// Whatever a coder may meet, 320 samples and more of each.
fn anything_to_code() -> Vec<(String, Vec<i16>)> {
    const LENGTH: usize = 320 * 60;
    let mut random = Rng::new(6_010);
    let wave = |hertz: f64, level: f64| -> Vec<i16> {
        let step = hertz / 8_000.0 * std::f64::consts::TAU;
        (0..LENGTH).map(|n| ((n as f64 * step).sin() * level) as i16).collect()
    };
    let mut all = vec![
        ("speech".to_owned(), signal(1, LENGTH)),
        ("silence".to_owned(), vec![0; LENGTH]),
        (
            "edges".to_owned(),
            (0..LENGTH).map(|n| if n / 97 % 2 == 0 { i16::MAX } else { i16::MIN }).collect(),
        ),
        (
            "bits".to_owned(),
            (0..LENGTH).map(|_| if random.once_in(2) { i16::MAX } else { i16::MIN }).collect(),
        ),
        ("clicks".to_owned(), (0..LENGTH).map(|n| if n % 1_117 == 0 { i16::MIN } else { 0 }).collect()),
    ];
    // From one end to the other when the constant part is gone: the loudest that there is.
    let steps = (0..LENGTH).map(|n| if n / 6_000 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
    all.push(("steps".to_owned(), steps));
    for constant in [1, 8, -8, 5_000, i16::MAX, i16::MIN] {
        all.push((format!("constant {constant}"), vec![constant; LENGTH]));
    }
    for (hertz, level) in
        [(20.0, 32_767.0), (300.0, 100.0), (697.0, 12_000.0), (1_004.0, 32_767.0), (3_900.0, 32_767.0)]
    {
        all.push((format!("{hertz} Hz"), wave(hertz, level)));
    }
    for bits in [1, 4, 7, 10, 13, 15, 16] {
        let noise = (0..LENGTH).map(|_| (random.word() as i16) >> (16 - bits)).collect();
        all.push((format!("noise of {bits} bits"), noise));
    }
    // Bursts between silences: each frame another level.
    let bursts = (0..LENGTH).map(|n| (random.word() as i16) >> (n / 160 * 7 % 16)).collect();
    all.push(("bursts".to_owned(), bursts));
    all
}

#[test]
fn gsm_is_coded_to_the_bit_as_libsndfile_does() {
    for (name, samples) in anything_to_code() {
        let file = name.replace(' ', "-");
        let Some(theirs) =
            sndfile::write(&format!("gsm-{file}.wav"), sndfile::WAV | sndfile::GSM, 1, &samples)
        else {
            return;
        };
        let theirs = std::fs::read(&theirs).expect("the file");
        let data = theirs.windows(4).position(|id| id == b"data").expect("its data") + 8;
        let theirs = theirs[data..].as_chunks::<65>().0;
        let own = format!("gsm-{file}.ours.wav");
        let ours = recorded_in_gsm(&own, &samples);
        let ours = ours.as_chunks::<65>().0;
        assert_eq!(ours.len(), samples.len() / 320);
        let wrong = ours.iter().zip(theirs).position(|(our, their)| our != their);
        assert_eq!((wrong, theirs.len() >= ours.len()), (None, true), "{name}: this block is another");
        let heard = sndfile::read(&place(&own), 0).expect("it was there a moment ago");
        assert!(crate::samples(&place(&own)) == heard, "{name}: decoded otherwise");
    }
}

/// The sum is of what libsndfile codes too, as the test above shows. Of what is made in floating point nothing is in it.
#[test]
fn samples_of_whole_numbers_are_coded_to_these_octets() {
    let whole = anything_to_code().into_iter().filter(|(name, _)| name != "speech" && !name.ends_with("Hz"));
    let octets: Vec<u8> = whole
        .flat_map(|(name, samples)| recorded_in_gsm(&format!("sum-{}.wav", name.replace(' ', "-")), &samples))
        .collect();
    assert_eq!((octets.len(), crc_32_of(&octets)), (74_100, 3_423_721_178));
}

/// Something like speech: tones that come and go, some noise.
fn signal(channels: usize, frames: usize) -> Vec<i16> {
    let mut random = Rng::new(7);
    let mut samples = Vec::with_capacity(frames * channels);
    for n in 0..frames {
        for channel in 0..channels {
            let t = n as f64 / 8_000.0;
            let swell = (t * 2.1).sin().abs() * 9_000.0;
            let tone = (t * 1_500.0).sin() + (t * (2_900.0 + 400.0 * channel as f64)).sin();
            samples.push((swell * tone) as i16 + random.below(200) as i16);
        }
    }
    samples
}

#[test]
fn ima_adpcm_that_libsndfile_wrote_is_read_as_it_reads_it() {
    for channels in [1, 2] {
        let written = signal(channels, 20_000);
        let format = sndfile::WAV | sndfile::IMA;
        let Some(path) = sndfile::write(&format!("ima-{channels}.wav"), format, channels, &written) else {
            return;
        };
        let theirs = sndfile::read(&path, 0).expect("it was there a moment ago");
        let octets = std::fs::read(&path).expect("the file");
        let ours = tandem_files::wav::parse(&octets).expect("a WAV file");
        // It fills the last block and counts what fills it.
        assert_eq!((ours.channels(), ours.frames()), (channels, 20_200));
        assert!(ours.samples() == theirs);
    }
}

#[test]
fn ima_blocks_without_a_header_are_those_of_a_wav_file() {
    let ima = RawFormat { encoding: RawEncoding::ImaAdpcm, rate: 8_000 };
    let data = random_octets(11, 256 * 3 + 40);
    let octets = wav(0x11, 1, 256, 4, &[2, 0, 0xf9, 1], &chunk(b"data", &data));
    let in_wav = tandem_files::wav::parse(&octets).expect("a WAV file");
    assert_eq!(ima.decode(&data).as_deref(), Ok(in_wav.samples()));
    assert_eq!((ima.samples_in(data.len()), in_wav.frames()), (3 * 505 + 73, 3 * 505 + 73));
    assert_eq!(
        [0, 3, 4, 7, 8, 255, 256, 259].map(|octets| ima.samples_in(octets)),
        [0, 0, 1, 1, 9, 497, 505, 505]
    );
    for octets in [0, 1, 3, 4, 8, 256, 259, 260, 257, 255] {
        let samples = ima.decode(&vec![0; octets]).expect("any octets are").len();
        assert_eq!((samples, octets % 4 == 0), (ima.samples_in(octets), ima.is_whole(octets)));
    }
}

#[test]
fn octets_that_end_within_a_sample_or_a_frame_are_not_whole() {
    let whole = |encoding, octets| RawFormat { encoding, rate: 8_000 }.is_whole(octets);
    assert!(whole(RawEncoding::OkiAdpcm, 1) && whole(RawEncoding::G711(Law::A), 1));
    assert!(whole(RawEncoding::Linear16, 2) && !whole(RawEncoding::Linear16, 3));
    assert!(whole(RawEncoding::Gsm, 66) && !whole(RawEncoding::Gsm, 65) && !whole(RawEncoding::Gsm, 1));
}

#[test]
fn ima_blocks_of_any_octets_are_read_as_libsndfile_reads_them() {
    for (channels, block, frames) in [(1, 256, 505_u16), (2, 256, 249), (2, 1_024, 1_017), (1, 36, 65)] {
        let mut data = random_octets(u64::from(block), usize::from(block) * 60);
        for head in data.as_chunks_mut::<4>().0.chunks_mut(usize::from(block) / 4) {
            // An index that there is: what to do with others is not agreed upon.
            head[..channels].iter_mut().for_each(|head| (head[2], head[3]) = (head[2] % 89, 0));
        }
        let extension = [&[2, 0][..], &frames.to_le_bytes()].concat();
        let octets = wav(0x11, channels as u16, block, 4, &extension, &chunk(b"data", &data));
        let path = written(&format!("ima-any-{channels}-{block}.wav"), &octets);
        let Some(theirs) = sndfile::read(&path, 0) else { return };
        let ours = tandem_files::wav::parse(&octets).expect("a WAV file");
        assert_eq!(ours.frames(), 60 * usize::from(frames));
        assert!(ours.samples() == theirs, "{channels} channels, blocks of {block}");
    }
}

/// libsndfile cuts the sum of the parts of a step, Dialogic's note each part. Read by the other rule, a file goes
/// astray and is 18 dB above what is wrong with it; read by its own, 31 dB.
#[test]
fn vox_files_that_libsndfile_wrote_are_read_as_it_reads_them() {
    let written = signal(1, 40_000);
    let Some(path) = sndfile::write("signal.vox", sndfile::RAW | sndfile::VOX, 1, &written) else { return };
    let theirs = sndfile::read(&path, sndfile::RAW | sndfile::VOX).expect("it was there a moment ago");
    let ours = samples(&path);
    assert!(ours == theirs);
    let rest: f64 = ours.iter().zip(&written).map(|(r, w)| (f64::from(*r) - f64::from(*w)).powi(2)).sum();
    let power: f64 = written.iter().map(|w| f64::from(*w).powi(2)).sum();
    assert!(10.0 * (power / rest).log10() > 30.0);
}

#[test]
fn oki_adpcm_in_a_wav_file_is_that_of_a_vox_file() {
    let octets = random_octets(10, 3_001);
    let bare = samples(&written("bare.vox", &octets));
    assert_eq!(bare.len(), 6_002);
    for tag in [0x10, 0x17] {
        let path = written(&format!("oki-{tag}.wav"), &wav(tag, 1, 1, 4, &[], &chunk(b"data", &octets)));
        assert!(samples(&path) == bare);
    }
}

#[test]
fn the_fact_chunk_takes_what_only_fills_the_last_block() {
    let frames = |fact: u32| {
        let chunks = [chunk(b"fact", &fact.to_le_bytes()), chunk(b"data", &[0; 64])].concat();
        samples(&written(&format!("fact-{fact}.wav"), &wav(0x11, 1, 32, 4, &[2, 0, 57, 0], &chunks))).len()
    };
    // Two blocks of 57 frames.
    assert_eq!([114, 113, 58].map(frames), [114, 113, 58]);
    assert_eq!([0, 57, 115, u32::MAX].map(frames), [114; 4], "a count that cannot be is not believed");
    let gsm = |fact: u32| {
        let chunks = [chunk(b"fact", &fact.to_le_bytes()), chunk(b"data", &[0; 130])].concat();
        samples(&written(&format!("fact-gsm-{fact}.wav"), &wav(0x31, 1, 65, 0, &[2, 0, 64, 1], &chunks)))
            .len()
    };
    assert_eq!([640, 600, 321, 320].map(gsm), [640, 600, 321, 640]);
}

#[test]
fn the_last_block_may_be_cut_short() {
    let frames = |octets: usize| {
        let octets = wav(0x11, 2, 64, 4, &[], &chunk(b"data", &vec![0; octets]));
        tandem_files::wav::parse(&octets).map(|wav| wav.frames())
    };
    assert_eq!([64, 64 + 7, 64 + 8, 64 + 15, 64 + 16].map(frames), [57, 57, 58, 58, 66].map(Ok));
}

#[test]
fn formats_that_cannot_be_are_refused() {
    let refused = |tag, channels, block, bits| {
        let octets = wav(tag, channels, block, bits, &[], &chunk(b"data", &[0; 640]));
        matches!(Prompt::from_octets(Path::new("x.wav"), &octets), Err(PromptError::Read(_)))
    };
    assert!(refused(0x11, 1, 256, 3) && refused(0x17, 1, 1, 3) && refused(0x10, 1, 1, 8));
    assert!(refused(0x11, 0, 256, 4) && refused(0x11, 1, 0, 4) && refused(0x11, 1, 4, 4));
    assert!(refused(0x11, 2, 260, 4) && refused(0x11, u16::MAX, u16::MAX, 4));
    assert!(refused(0x31, 2, 65, 0) && refused(0x31, 1, 64, 0) && refused(0x31, 1, 33, 0));
    assert!(refused(0x17, 2, 2, 4));
    assert!(!refused(0x11, 1, 256, 4) && !refused(0x31, 1, 130, 0) && !refused(0x17, 1, 1, 4));
}
