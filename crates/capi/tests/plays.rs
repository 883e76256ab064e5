//! Plays, streams and voices through the interface: one channel says what another hears at the far end of a line.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::{Directory, c, channel, ok, sized, wait, wait_for, write_wav};
use std::ptr::null;
use tandem_bindings::*;

/// Two cards back to back, without signalling.
const TWO_CARDS: &str = "[engine]\nmode = \"lockstep\"\n\
    [[card]]\nmodel = \"loop\"\noptions = { pair = \"a\" }\n[[card]]\nmodel = \"loop\"\noptions = { pair = \"a\" }\n\
    [[span]]\nport = 0\nsignalling = \"none\"\n[[span]]\ncard = 1\nport = 0\nsignalling = \"none\"\n";

struct Line {
    engine: u64,
    near: u64,
    far: u64,
}

impl Line {
    fn new() -> Self {
        Self::with("")
    }

    /// With more in its configuration.
    fn with(section: &str) -> Self {
        let engine = common::open(&format!("{TWO_CARDS}{section}"));
        let line = Self { engine, near: channel(engine, 0, 1), far: channel(engine, 1, 1) };
        line.pass(10); // until what is sent fills the line
        line
    }

    fn pass(&self, ms: u64) {
        ok(unsafe { tandem_engine_advance(self.engine, ms * 8) });
    }

    /// Begins to listen at the far end.
    fn listen(&self) -> u64 {
        let options = tandem_stream_options { buffer_ms: 60_000, ..sized() };
        let mut stream = 0;
        ok(unsafe { tandem_stream(self.engine, self.far, &options, null(), &mut stream) });
        stream
    }

    fn read(&self, stream: u64, room: usize) -> (Vec<i16>, u64) {
        let mut samples = vec![0x5555; room + 1];
        let (mut count, mut frame) = (usize::MAX, u64::MAX);
        ok(unsafe {
            tandem_stream_read(self.engine, stream, samples.as_mut_ptr(), room, &mut count, &mut frame)
        });
        assert!(samples[count..].iter().all(|sample| *sample == 0x5555), "nothing behind the count");
        samples.truncate(count);
        (samples, frame)
    }

    /// What has been heard since, but silence.
    fn sounds(&self, stream: u64) -> Vec<i16> {
        self.pass(50);
        self.read(stream, 480_000).0.into_iter().filter(|sample| sample.abs() > 8).collect()
    }

    fn end_of_play(&self, play: u64) -> tandem_event {
        let event = wait_for(self.engine, TANDEM_EVENT_PLAY_DONE);
        assert_eq!(event.operation, play);
        event
    }

    fn play(&self, pieces: &[tandem_piece], options: tandem_play_options) -> u64 {
        let mut play = 0;
        let count = pieces.len() as u32;
        ok(unsafe {
            tandem_play_list(self.engine, self.near, pieces.as_ptr(), count, &options, null(), &mut play)
        });
        play
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        ok(unsafe { tandem_engine_close(self.engine) });
    }
}

fn samples(samples: &[i16]) -> tandem_piece {
    tandem_piece {
        path: null(),
        samples: samples.as_ptr(),
        count: samples.len() as u64,
        offset: 0,
        length: 0,
        format: 0,
        reserved: 0,
    }
}

#[test]
fn a_list_is_heard_piece_by_piece_in_its_rounds_and_from_its_start() {
    let line = Line::new();
    let directory = Directory::new("pieces");
    let path = directory.file("piece.wav");
    write_wav(&path, &[8064; 800]);
    let path = c(&path);
    let file = tandem_piece {
        path: path.as_ptr(),
        samples: null(),
        count: 0,
        offset: 0,
        length: 0,
        format: 0,
        reserved: 0,
    };
    let silence = tandem_piece {
        path: null(),
        samples: null(),
        count: 160,
        offset: 0,
        length: 0,
        format: 0,
        reserved: 0,
    };
    let stream = line.listen();
    let options = tandem_play_options { rounds: 2, start_ms: 50, ..sized() };
    let play = line.play(&[file, silence, samples(&[-1008; 400])], options);
    let event = line.end_of_play(play);
    assert_eq!((event.reason, event.length_ms, event.value), (TANDEM_END_FINISHED as i32, 290, 170));
    assert_eq!(event.object, line.near);
    let expected = [vec![8064; 400], vec![-1008; 400], vec![8064; 800], vec![-1008; 400]].concat();
    assert!(line.sounds(stream) == expected);

    let forever = tandem_play_options { rounds: TANDEM_FOREVER, gain: 60, ..sized() };
    let play = line.play(&[samples(&[1008; 80])], forever);
    line.pass(3_000);
    ok(unsafe { tandem_operation_stop(line.engine, play) });
    assert_eq!(line.end_of_play(play).reason, TANDEM_END_STOPPED as i32);
    let sounds = line.sounds(stream);
    assert!(sounds.len() > 23_000 && sounds.iter().all(|sample| (1900..2200).contains(sample)));
}

#[test]
fn a_piece_may_be_a_part_of_a_file_whatever_its_name() {
    let line = Line::new();
    let directory = Directory::new("parts");
    let file = |name: &str, octets: &[u8]| {
        let path = directory.file(name);
        std::fs::write(&path, octets).expect("written");
        c(&path)
    };
    // Messages one after another, as an index has them: A-law, linear, and A-law whose name says that it is mu-law.
    let linear: Vec<u8> = [1008_i16; 240].iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let index = file("prompts.idx", &[&[0xaa_u8; 160][..], &linear, &[0x2a; 80]].concat());
    let named = file("message.ulaw", &[0xaa; 80]);
    let wav = directory.file("piece.wav");
    write_wav(&wav, &[vec![8064; 400], vec![-1008; 400]].concat());
    let wav = c(&wav);
    let part = |path: &std::ffi::CString, offset, length, format| tandem_piece {
        path: path.as_ptr(),
        samples: null(),
        count: 0,
        offset,
        length,
        format,
        reserved: 0,
    };
    let stream = line.listen();
    let pieces = [
        part(&index, 160, 480, TANDEM_RAW_LINEAR16),
        part(&index, 40, 120, TANDEM_RAW_ALAW),
        part(&index, 640, 0, TANDEM_RAW_ALAW),
        part(&named, 0, 0, TANDEM_RAW_ALAW),
        part(&wav, 300, 200, TANDEM_RAW_NONE),
        part(&wav, 720, 0, TANDEM_RAW_NONE),
    ];
    let alaw = |octet: u8| tandem_dsp::g711::decode(tandem_types::Law::A, octet);
    let expected = [
        vec![1008; 240],
        vec![alaw(0xaa); 120],
        vec![alaw(0x2a); 80],
        vec![alaw(0xaa); 80],
        vec![8064; 100],
        vec![-1008; 180],
    ]
    .concat();
    for _ in 0..2 {
        let play = line.play(&pieces, sized());
        assert_eq!(line.end_of_play(play).length_ms, 100);
        assert!(line.sounds(stream) == expected);
    }
    // ADPCM begins anew with its part: the same octets sound the same wherever they are.
    let vox = file("two.bin", &[0x17, 0x28, 0x39, 0x80].repeat(60));
    let play = line.play(&[part(&vox, 0, 120, TANDEM_RAW_VOX), part(&vox, 120, 0, TANDEM_RAW_VOX)], sized());
    assert_eq!(line.end_of_play(play).length_ms, 60);
    let sounds = line.sounds(stream);
    assert!(sounds.len() > 400, "{}", sounds.len());
    let play = line.play(&[part(&vox, 0, 120, TANDEM_RAW_VOX_6K)], sized());
    assert_eq!(line.end_of_play(play).length_ms, 40, "240 samples at 6 kHz");
    line.sounds(stream);
    for (piece, code, word) in [
        (part(&index, 721, 0, TANDEM_RAW_ALAW), TANDEM_E_FILE, "it has 720 octets"),
        (part(&index, 700, 21, TANDEM_RAW_ALAW), TANDEM_E_FILE, "it has 720 octets"),
        (part(&index, u64::MAX, u64::MAX, TANDEM_RAW_ALAW), TANDEM_E_FILE, "it has 720 octets"),
        (part(&wav, 800, 1, TANDEM_RAW_NONE), TANDEM_E_FILE, "it has 800 frames"),
        (part(&c("none.vox"), 8, 8, TANDEM_RAW_VOX), TANDEM_E_FILE, "none.vox"),
        (part(&index, 0, 8, 12), TANDEM_E_ARGUMENT, "format 12"),
        (part(&index, 0, 33, TANDEM_RAW_GSM), TANDEM_E_FILE, "no GSM frame"),
        (part(&c("tone:sit"), 8, 0, TANDEM_RAW_NONE), TANDEM_E_ARGUMENT, "one of a file"),
        (part(&c("say:zh number 7"), 0, 0, TANDEM_RAW_VOX), TANDEM_E_ARGUMENT, "one of a file"),
    ] {
        let mut play = 0;
        let result =
            unsafe { tandem_play_list(line.engine, line.near, &piece, 1, null(), null(), &mut play) };
        assert_eq!(result, code, "{word}: {}", common::problem());
        assert!(common::problem().contains(word), "{word}: {}", common::problem());
    }
}

/// Octets in memory sound as the same octets do in a file.
#[test]
fn a_piece_from_memory_may_be_in_any_format_of_a_file() {
    let line = Line::new();
    let directory = Directory::new("octets");
    let stream = line.listen();
    // One octet off, so that no sample could be read where they are.
    let block: Vec<u8> =
        [0x10, 0x27, 0x20, 0].into_iter().chain([0x17, 0x28, 0x39, 0x80].repeat(63)).collect();
    let frames: Vec<u8> =
        (0..330_u32).map(|n| if n % 33 == 0 { 0xd7 } else { (n * 97 % 251) as u8 }).collect();
    for (format, octets, ms) in [
        (TANDEM_RAW_ALAW, [0xaa, 0x2a, 0x9d].repeat(80), 30),
        (TANDEM_RAW_MULAW, [0x80, 0x0a, 0x9d].repeat(80), 30),
        (TANDEM_RAW_LINEAR16, [0x10, 0x27, 0xf0, 0xd8].repeat(80), 20),
        (TANDEM_RAW_VOX, [0x17, 0x28, 0x39, 0x80].repeat(60), 60),
        (TANDEM_RAW_VOX_6K, [0x17, 0x28, 0x39, 0x80].repeat(60), 80),
        (TANDEM_RAW_GSM, frames, 200),
        (TANDEM_RAW_IMA_ADPCM, block, 63),
        (TANDEM_RAW_G726_16, [0x17, 0x28, 0x39, 0x80].repeat(60), 120),
        (TANDEM_RAW_G726_24, [0x17, 0x28, 0x39, 0x80].repeat(60), 80),
        (TANDEM_RAW_G726_32, [0x17, 0x28, 0x39, 0x80].repeat(60), 60),
        (TANDEM_RAW_G726_40, [0x17, 0x28, 0x39, 0x80].repeat(60), 48),
    ] {
        let path = directory.file("octets.bin");
        std::fs::write(&path, &octets).expect("written");
        let path = c(&path);
        let shifted = [&[0][..], &octets].concat();
        let memory = tandem_piece {
            samples: shifted[1..].as_ptr().cast(),
            count: octets.len() as u64,
            format,
            ..samples(&[])
        };
        let file = tandem_piece { path: path.as_ptr(), format, ..samples(&[]) };
        let [from_memory, from_file] = [memory, file].map(|piece| {
            let play = line.play(&[piece], sized());
            let event = line.end_of_play(play);
            assert_eq!((event.reason, event.length_ms), (TANDEM_END_FINISHED as i32, ms), "format {format}");
            line.sounds(stream)
        });
        assert!(from_memory.len() as u64 > ms * 4, "format {format}: {} samples", from_memory.len());
        assert!(from_memory == from_file, "format {format}");
    }
}

#[test]
fn a_path_may_be_a_phrase() {
    let directory = Directory::new("say");
    let path = directory.file("digits");
    std::fs::create_dir_all(&path).expect("a directory");
    write_wav(&format!("{path}/7.wav"), &[8064; 80]);
    let section = format!("[prompts]\ndirectory = {:?}\n", directory.0);
    let line = Line::with(&section);
    let stream = line.listen();
    let said = c("say:en-us digits 77");
    let piece = tandem_piece {
        path: said.as_ptr(),
        samples: null(),
        count: 0,
        offset: 0,
        length: 0,
        format: 0,
        reserved: 0,
    };
    let play = line.play(&[piece, piece], sized());
    assert_eq!(line.end_of_play(play).length_ms, 40);
    let mut play = 0;
    ok(unsafe { tandem_play(line.engine, line.near, said.as_ptr(), null(), &mut play) });
    assert_eq!(line.end_of_play(play).length_ms, 20);
    assert!(line.sounds(stream) == [8064; 6 * 80]);
    let pipe = c(&directory.file("pipe.wav"));
    assert_eq!(unsafe { libc::mkfifo(pipe.as_ptr(), 0o600) }, 0);
    for (wrong, word) in [
        ("say:en-us digits 8", "digits/8"),
        ("say:fr digits 7", "no language \"fr\""),
        ("none.wav", "check its name"),
        ("", "it is no file"),
        ("pipe.wav", "it is no file"),
    ] {
        let path = c(wrong);
        let result = unsafe { tandem_play(line.engine, line.near, path.as_ptr(), null(), &mut play) };
        assert_eq!(result, TANDEM_E_FILE, "{wrong}");
        assert!(common::problem().contains(word), "{}", common::problem());
    }
}

#[test]
fn a_play_rests_goes_on_seeks_and_changes_its_speed_and_volume() {
    let line = Line::new();
    let stream = line.listen();
    let voice: Vec<i16> = vec![1008; 8_000];
    let play = line.play(&[samples(&voice)], sized());
    line.pass(200);
    ok(unsafe { tandem_operation_pause(line.engine, play, 1) });
    line.pass(500);
    let before = line.sounds(stream).len();
    assert!((1_500..=1_640).contains(&before), "{before}");
    line.pass(500);
    assert_eq!(line.sounds(stream), Vec::<i16>::new());
    ok(unsafe { tandem_play_adjust(line.engine, play, 200, -60) });
    ok(unsafe { tandem_play_seek(line.engine, play, TANDEM_SEEK_BY, 300) });
    ok(unsafe { tandem_operation_pause(line.engine, play, 0) });
    let event = line.end_of_play(play);
    // 200 ms, and half of the 500 that are left behind the 300 that were passed over.
    assert_eq!((event.reason, event.value), (TANDEM_END_FINISHED as i32, 1_000));
    assert!((440..=460).contains(&event.length_ms), "{}", event.length_ms);
    let sounds = line.sounds(stream);
    assert!((1_900..2_100).contains(&sounds.len()), "{}", sounds.len());
    assert!(sounds.iter().all(|sample| (480..530).contains(sample)), "half as loud");
    for over in [
        unsafe { tandem_operation_pause(line.engine, play, 1) },
        unsafe { tandem_play_seek(line.engine, play, TANDEM_SEEK_TO, 0) },
        unsafe { tandem_play_adjust(line.engine, play, 100, 0) },
    ] {
        assert_eq!(over, TANDEM_E_STALE);
    }
    assert_eq!(unsafe { tandem_operation_pause(line.engine, stream, 1) }, TANDEM_E_STATE);
}

#[test]
fn what_a_host_writes_is_heard_and_what_is_heard_a_host_reads() {
    let line = Line::new();
    let stream = line.listen();
    let speech: Vec<i16> = (0..8_000).map(|n| if n / 50 % 2 == 0 { 1008 } else { -2016 }).collect();
    let mut play = 0;
    ok(unsafe { tandem_play_stream(line.engine, line.near, 200, null(), &mut play) });
    let mut given = 0;
    while given < speech.len() {
        let (part, mut taken) = (&speech[given..], 0);
        ok(unsafe { tandem_stream_write(line.engine, play, part.as_ptr(), part.len(), &mut taken) });
        given += taken;
        if given < speech.len() {
            // The other stream is ready too.
            while wait_for(line.engine, TANDEM_EVENT_STREAM_READY).operation != play {}
        }
    }
    ok(unsafe { tandem_stream_end(line.engine, play) });
    assert_eq!(unsafe { tandem_stream_end(line.engine, play) }, TANDEM_E_STATE);
    let event = line.end_of_play(play);
    assert_eq!((event.reason, event.length_ms), (TANDEM_END_FINISHED as i32, 1_000));
    line.pass(50);
    // In parts of whatever size: one follows the other to the frame.
    let (mut sounds, mut next) = (Vec::new(), None);
    loop {
        let (part, frame) = line.read(stream, 777);
        if part.is_empty() {
            break;
        }
        assert!(next.is_none_or(|next| next == frame));
        next = Some(frame + part.len() as u64);
        sounds.extend(part.into_iter().filter(|sample| sample.abs() > 8));
    }
    assert!(sounds == speech);
    ok(unsafe { tandem_operation_stop(line.engine, stream) });
    let event = wait_for(line.engine, TANDEM_EVENT_STREAM_DONE);
    assert_eq!((event.operation, event.reason, event.gap_ms), (stream, TANDEM_END_STOPPED as i32, 0));
    assert!((1_000..1_200).contains(&event.length_ms), "{}", event.length_ms);
}

#[test]
fn a_live_host_is_heard_once_enough_waits_and_its_clock_is_told() {
    let line = Line::new();
    let options = tandem_play_stream_options { buffer_ms: 200, live_ms: 60, ..sized() };
    let (mut play, mut taken) = (0, 0);
    ok(unsafe { tandem_play_stream_with(line.engine, line.near, &options, null(), &mut play) });
    let state = || {
        let mut state: tandem_play_state = sized();
        ok(unsafe { tandem_play_get_state(line.engine, play, &mut state) });
        state
    };
    // Packets of 20 ms, each 10 µs early: 500 parts per million.
    let mut begun = None;
    let mut passed = 0;
    for n in 0..8_000 {
        ok(unsafe { tandem_stream_write(line.engine, play, [1008; 160].as_ptr(), 160, &mut taken) });
        assert_eq!(taken, 160);
        let state = state();
        assert_eq!((state.dried, state.length_ms, state.paused), (0, 0, 0));
        match begun {
            None if state.heard_ms > 0 => begun = Some(n),
            None => assert!((20 * n..=20 * n + 70).contains(&state.waiting_ms), "{}", state.waiting_ms),
            Some(_) => assert!((45..=90).contains(&state.waiting_ms), "{}", state.waiting_ms),
        }
        // Time passes in whole milliseconds.
        let due = (n + 1) * 19_990 / 1_000;
        line.pass(due - passed);
        passed = due;
    }
    assert_eq!(begun, Some(3), "it begins with the third: 60 ms wait on average");
    assert!((400..600).contains(&state().faster_ppm), "{}", state().faster_ppm);
    line.pass(500);
    assert!(state().waiting_ms < 20);
    ok(unsafe { tandem_stream_write(line.engine, play, [1008; 160].as_ptr(), 160, &mut taken) });
    assert_eq!(state().dried, 1);
    ok(unsafe { tandem_stream_end(line.engine, play) });
    assert_eq!(line.end_of_play(play).reason, TANDEM_END_FINISHED as i32);
    // Without options half a second may wait.
    ok(unsafe { tandem_play_stream_with(line.engine, line.near, null(), null(), &mut play) });
    ok(unsafe { tandem_stream_write(line.engine, play, [1008; 9_000].as_ptr(), 9_000, &mut taken) });
    assert_eq!(taken, 4_000);
}

/// Syllables for so many milliseconds.
fn talk(ms: usize) -> Vec<i16> {
    let sample = |n: usize| {
        let syllable = 0.55 - 0.45 * (n as f64 * std::f64::consts::TAU / 1440.0).cos();
        let angle = n as f64 * 150.0 * std::f64::consts::TAU / 8000.0;
        (4000.0 * syllable * (angle.sin() + (2.0 * angle).sin())) as i16
    };
    (0..ms * 8).map(sample).collect()
}

#[test]
fn voices_are_told_end_operations_and_open_streams() {
    let line = Line::new();
    let talk = talk(600);
    ok(unsafe { tandem_channel_listen(line.engine, line.far, TANDEM_DETECT_VOICE) });
    let terms = tandem_terms { voice: 1, ..sized() };
    let mut collect = 0;
    ok(unsafe { tandem_collect(line.engine, line.far, &terms, &mut collect) });
    let silence = tandem_terms { silence_ms: 400, initial_silence_ms: 5_000, ..sized() };
    let options = tandem_stream_options { waits_for_voice: 1, before_voice_ms: 100, ..sized() };
    let mut stream = 0;
    ok(unsafe { tandem_stream(line.engine, line.far, &options, &silence, &mut stream) });
    line.pass(1_000);
    assert_eq!(line.read(stream, 100).0, []);
    line.play(&[samples(&talk)], sized());
    let event = wait_for(line.engine, TANDEM_EVENT_COLLECT_DONE);
    assert_eq!((event.operation, event.reason), (collect, TANDEM_END_VOICE as i32));
    let began = wait_for(line.engine, TANDEM_EVENT_SOUND_BEGAN);
    assert_eq!((began.value, common::text_of(&began).as_str()), (TANDEM_SOUND_VOICE as i32, "voice"));
    let mut read = Vec::new();
    let done = loop {
        let event = wait(line.engine, 20_000).expect("an event");
        match event.type_ {
            TANDEM_EVENT_STREAM_READY => read.extend(line.read(stream, 80_000).0),
            TANDEM_EVENT_STREAM_DONE => break event,
            _ => {}
        }
    };
    assert_eq!(done.reason, TANDEM_END_SILENCE as i32);
    let voice = read.iter().position(|sample| sample.abs() > 500).expect("a voice");
    assert!((600..1_000).contains(&voice), "100 ms from before it: {voice} samples");
    assert!((8_000..9_600).contains(&read.len()), "{} samples", read.len());

    // Of voices that are not loud enough nobody is told.
    let terms = tandem_voice_terms { threshold: -20, ..sized() };
    ok(unsafe { tandem_channel_attend(line.engine, line.far, &terms) });
    let mut collect = 0;
    let silent = tandem_terms { initial_silence_ms: 2_000, ..sized() };
    ok(unsafe { tandem_collect(line.engine, line.far, &silent, &mut collect) });
    line.play(&[samples(&talk)], sized());
    let event = wait_for(line.engine, TANDEM_EVENT_COLLECT_DONE);
    assert_eq!((event.operation, event.reason), (collect, TANDEM_END_SILENCE as i32));
    ok(unsafe { tandem_channel_attend(line.engine, line.far, null()) });
    ok(unsafe { tandem_collect(line.engine, line.far, &silent, &mut collect) });
    let long = tandem_terms { max_voice_ms: 300, ..sized() };
    let mut other = 0;
    ok(unsafe { tandem_stream(line.engine, line.far, null(), &long, &mut other) });
    line.play(&[samples(&talk)], sized());
    let done = wait_for(line.engine, TANDEM_EVENT_STREAM_DONE);
    assert_eq!((done.operation, done.reason), (other, TANDEM_END_MAX_VOICE as i32));
}

#[test]
fn a_channel_is_as_loud_as_its_shape_says() {
    let line = Line::new();
    let stream = line.listen();
    let loudness = |near: Option<tandem_levels>| {
        let shape = near.map(|sent| tandem_shape { sent, ..sized() });
        let place = shape.as_ref().map_or(null(), std::ptr::from_ref);
        ok(unsafe { tandem_channel_shape(line.engine, line.near, place) });
        let play = line.play(&[samples(&[4032; 1600])], sized());
        line.end_of_play(play);
        let sounds = line.sounds(stream);
        sounds[sounds.len() / 2]
    };
    let levels = tandem_levels { gain: 0, target: 0, gate: 0, reserved: 0 };
    assert_eq!(loudness(Some(levels)), 4032);
    let softer = loudness(Some(tandem_levels { gain: -120, ..levels }));
    assert!((950..1_070).contains(&softer), "{softer}");
    let gated = loudness(Some(tandem_levels { gate: -200, gain: -200, ..levels }));
    assert!((36..46).contains(&gated), "{gated}");
    assert_eq!(loudness(None), 4032);
    // A reminder of a second is on top of it.
    let reminder = tandem_shape {
        reminder_hz: 2000,
        reminder_level: -100,
        reminder_ms: 1_000,
        reminder_each_ms: 2_000,
        ..sized()
    };
    ok(unsafe { tandem_channel_shape(line.engine, line.near, &reminder) });
    line.pass(100);
    let heard = line.sounds(stream);
    let most = heard.iter().map(|sample| sample.abs()).max().expect("a tone");
    assert!((6_500..7_800).contains(&most), "-10 dBm0: {most}");
    assert_eq!(loudness(None), 4032);
    // What is received is shaped for others: here for whoever is connected to the far channel.
    let shape = tandem_shape { received: tandem_levels { gain: -120, ..levels }, ..sized() };
    ok(unsafe { tandem_channel_shape(line.engine, line.far, &shape) });
    ok(unsafe { tandem_connect(line.engine, line.far, line.far, TANDEM_BEARER_SPEECH) });
    let mut back = 0;
    ok(unsafe { tandem_stream(line.engine, line.near, null(), null(), &mut back) });
    line.play(&[samples(&[4032; 1600])], sized());
    line.pass(100);
    let heard = *line.read(back, 80_000).0.last().expect("samples");
    assert!((950..1_070).contains(&heard), "{heard}");
    assert_eq!(*line.read(stream, 480_000).0.last().expect("samples"), 4032, "a stream has what came");
}

#[test]
fn a_voicemail_of_one_side_is_recorded_and_played_again() {
    let line = Line::new();
    let directory = Directory::new("voicemail");
    for (format, name, sizes) in [
        (TANDEM_FORMAT_VOX, "message.vox", 3_900..4_800),
        (TANDEM_FORMAT_VOX_6K, "message-6k.vox", 2_950..3_200),
        (TANDEM_FORMAT_IMA_ADPCM, "message.wav", 3_900..4_800),
        (TANDEM_FORMAT_GSM, "message-gsm.wav", 2_000..2_300),
        (TANDEM_FORMAT_ALAW, "message.al", 7_900..8_100),
        (TANDEM_FORMAT_ULAW, "message.ul", 7_900..8_100),
        (TANDEM_FORMAT_G726_24, "message.g726-24", 2_950..3_050),
        (TANDEM_FORMAT_G726_32, "message.726", 3_950..4_050),
        (TANDEM_FORMAT_G726_40, "message.g726-40", 4_950..5_050),
    ] {
        let path = c(&directory.file(name));
        let options = tandem_record_options { sides: TANDEM_RECORD_RECEIVED, format, ..sized() };
        let terms = tandem_terms { max_time_ms: 1_000, ..sized() };
        let mut record = 0;
        let begun = unsafe {
            tandem_record_with(line.engine, line.far, path.as_ptr(), &options, &terms, &mut record)
        };
        ok(begun);
        let tone: Vec<i16> = (0..12_000).map(|n| if n / 10 % 2 == 0 { 3000 } else { -3000 }).collect();
        let play = line.play(&[samples(&tone)], sized());
        let event = wait_for(line.engine, TANDEM_EVENT_RECORD_DONE);
        assert_eq!((event.operation, event.reason), (record, TANDEM_END_MAX_TIME as i32));
        ok(unsafe { tandem_operation_stop(line.engine, play) });
        line.end_of_play(play);
        let octets = std::fs::metadata(directory.file(name)).expect("a file").len();
        assert!(sizes.contains(&octets), "{name}: {octets}");
        line.pass(100);
        let stream = line.listen();
        let mut again = 0;
        ok(unsafe { tandem_play(line.engine, line.near, path.as_ptr(), null(), &mut again) });
        let event = line.end_of_play(again);
        assert!((990..=1_070).contains(&event.length_ms), "{}", event.length_ms);
        let sounds = line.sounds(stream);
        let loud = sounds.iter().filter(|sample| (2_300..3_900).contains(&sample.abs())).count();
        // Above 2.7 kHz corners are rounder.
        let least = if format == TANDEM_FORMAT_VOX_6K { 6_000 } else { 7_000 };
        assert!(loud > least, "{name}: {loud} of {}", sounds.len());
        ok(unsafe { tandem_operation_stop(line.engine, stream) });
    }
}
