//! Requests of devices by raw numbers, and the errors that the real driver has for them (measured with two dynamic spans).
use tandem_card::{LoopCard, OpenedCard};
use tandem_dahdi_server::Board;
use tandem_rt::sys::Errno;

const EINVAL: Errno = Errno(22);
const ENXIO: Errno = Errno(6);
const ENOSYS: Errno = Errno(38);
const ENOTTY: Errno = Errno(25);
const EBUSY: Errno = Errno(16);
const ENOENT: Errno = Errno(2);
const EFAULT: Errno = Errno(14);
const EAGAIN: Errno = Errno(11);

const SPANSTAT: u32 = 0xc13a_da0a;
const SPANCONFIG: u32 = 0x4024_da12;
const CHANCONFIG: u32 = 0x404c_da13;
const GET_PARAMS: u32 = 0xc088_da05;
const SET_BUFINFO: u32 = 0x4018_da1b;
const GET_BUFINFO: u32 = 0x8018_da1b;
const SET_BLOCKSIZE: u32 = 0x4004_da01;
const SPECIFY: u32 = 0x4004_da26;
const CHANNO: u32 = 0x8004_da22;
const AUDIOMODE: u32 = 0x4004_da20;
const ECHOCANCEL: u32 = 0x4004_da21;
const HDLCFCSMODE: u32 = 0x4004_da25;
const SETLINEAR: u32 = 0x4004_da28;
const HOOK: u32 = 0x4004_da07;
const FLUSH: u32 = 0x4004_da03;
const SYNC: u32 = 0x0000_da04;
const STARTUP: u32 = 0x4004_da63;
const GETEVENT: u32 = 0x8004_da08;
const GETRXBITS: u32 = 0x8004_da2b;
const SETTXBITS: u32 = 0x4004_da2b;
const SETCONF: u32 = 0xc00c_da0d;
const INDIRECT: u32 = 0xc010_da38;
const MAINT: u32 = 0x4008_da0b;
const TIMERCONFIG: u32 = 0x4004_da2f;
const TIMERACK: u32 = 0x4004_da30;
const CLEAR: i32 = 1 << 7;
const HDLCFCS: i32 = 1 << 9 | 1 << 8 | 1 << 7;
const CAS: i32 = 1 << 15;

struct Bench {
    board: Board,
    control: u64,
}

/// Two spans that are joined, as the driver's `dahdi_dynamic_loc` joins two.
fn bench() -> Bench {
    let (near, far) = LoopCard::pair(1, 8);
    let cards = [near, far].map(|card| OpenedCard { card: Box::new(card), world: None });
    let mut board = Board::new(cards.into(), &[(0, 0, false), (1, 0, false)]).expect("cards");
    let control = board.open("ctl").expect("there");
    Bench { board, control }
}

impl Bench {
    /// Both spans in use, all their channels like this.
    fn with_channels(sig: i32) -> Self {
        let mut bench = bench();
        for span in [1, 2] {
            assert_eq!(bench.ask(bench.control, SPANCONFIG, &line(span, 0x300)), Ok(vec![]));
        }
        for channel in 1..=62 {
            bench.ask(bench.control, CHANCONFIG, &chanconfig(channel, sig)).expect("a channel");
        }
        for span in [1, 2] {
            bench.ask(bench.control, STARTUP, &[span]).expect("a span");
        }
        bench
    }

    /// A request with numbers; the numbers it gives.
    fn ask(&mut self, device: u64, code: u32, numbers: &[i32]) -> Result<Vec<i32>, Errno> {
        let mut data: Vec<u8> = numbers.iter().flat_map(|number| number.to_ne_bytes()).collect();
        data.resize(data.len().max((code >> 16 & 0x3fff) as usize), 0);
        self.board.control(device, code, &mut data)?;
        Ok(data.as_chunks().0.iter().map(|number| i32::from_ne_bytes(*number)).collect())
    }

    fn channel(&mut self, number: i32) -> u64 {
        let device = self.board.open("channel").expect("there");
        assert_eq!(self.ask(device, SPECIFY, &[number]), Ok(vec![]));
        device
    }

    fn pass(&mut self, ms: usize) {
        (0..ms).for_each(|_| self.board.tick());
    }

    fn read(&mut self, device: u64) -> Option<Vec<u8>> {
        let mut block = Vec::new();
        self.board.read(device, &mut block).then_some(block)
    }
}

/// `dahdi_lineconfig`: the span, 20 octets of name, LBO, configuration, place among clocks.
fn line(span: i32, config: i32) -> Vec<i32> {
    vec![span, 0, 0, 0, 0, 0, 0, config, 1]
}

/// `dahdi_chanconfig`: the channel, 40 octets of name, type, law, master, idle bits, 16 octets of name.
fn chanconfig(channel: i32, sig: i32) -> Vec<i32> {
    let mut numbers = vec![0; 19];
    (numbers[0], numbers[11], numbers[13], numbers[14]) = (channel, sig, channel, 0b1101);
    numbers
}

fn bufinfo(count: i32, size: i32) -> [i32; 6] {
    [0, 0, count, size, 0, 0]
}

#[test]
fn before_a_channel_is_named_nothing_else_can_be_asked() {
    let mut bench = Bench::with_channels(CLEAR);
    let device = bench.board.open("channel").expect("there");
    assert_eq!(bench.board.write(device, &[1]), Err(ENOSYS));
    assert_eq!(bench.board.shape(device).most, 0, "a read is refused: ENOSYS");
    for code in [GET_PARAMS, SET_BUFINFO, GETEVENT, FLUSH] {
        assert_eq!(bench.ask(device, code, &[0]), Err(ENOSYS), "{code:#x}");
    }
    assert_eq!(bench.ask(device, SPECIFY, &[999]), Err(EINVAL));
    assert_eq!(bench.ask(device, SPECIFY, &[7]), Ok(vec![]));
    let second = bench.board.open("channel").expect("there");
    assert_eq!(bench.ask(second, SPECIFY, &[7]), Err(EBUSY));
    bench.board.close(device);
    assert_eq!(bench.ask(second, SPECIFY, &[7]), Ok(vec![]), "closed, so free");
}

#[test]
fn paths_name_devices_and_channels() {
    let mut bench = Bench::with_channels(CLEAR);
    for (path, number) in [("33", 33), ("chan/001/004", 4), ("chan/002/001", 32), ("pseudo", 32_768)] {
        let device = bench.board.open(path).expect("there");
        assert_eq!(bench.ask(device, CHANNO, &[0]), Ok(vec![number]), "{path}");
    }
    for (path, errno) in [
        ("33", EBUSY),
        ("63", ENXIO),
        ("transcode", ENXIO),
        ("nothing", ENOENT),
        ("0", ENOENT),
        ("-1", ENOENT),
        ("chan/003/001", ENOENT),
        ("chan/001/032", ENOENT),
        ("chan/001", ENOENT),
        ("", ENOENT),
    ] {
        assert_eq!(bench.board.open(path), Err(errno), "{path}");
    }
}

#[test]
fn buffers_have_the_limits_of_the_driver() {
    let mut bench = Bench::with_channels(CLEAR);
    let device = bench.channel(1);
    let info = |bench: &mut Bench| bench.ask(device, GET_BUFINFO, &[]).expect("known")[2..4].to_vec();
    assert_eq!(info(&mut bench), [2, 1024]);
    for (count, size, result, then) in [
        (0, 160, Ok(vec![]), [2, 160]),
        (1000, 160, Err(EINVAL), [2, 160]),
        (32, 1024, Ok(vec![]), [32, 1024]),
        (33, 1024, Err(EINVAL), [32, 1024]),
        (4, 15, Err(EINVAL), [32, 1024]),
        (2, 8193, Err(EINVAL), [32, 1024]),
        (-4, 16, Ok(vec![]), [2, 16]),
        (i32::MIN, i32::MAX, Err(EINVAL), [2, 16]),
    ] {
        assert_eq!(bench.ask(device, SET_BUFINFO, &bufinfo(count, size)), result, "{count} x {size}");
        assert_eq!(info(&mut bench), then);
    }
    assert_eq!(bench.ask(device, SET_BLOCKSIZE, &[100_000]), Err(EINVAL));
    assert_eq!(bench.ask(device, SET_BLOCKSIZE, &[15]), Err(EINVAL));
    assert_eq!(bench.ask(device, SET_BLOCKSIZE, &[200]), Ok(vec![]));
}

#[test]
fn a_clear_channel_has_no_hook_no_bits_and_no_sound_before_it_is_asked_for() {
    let mut bench = Bench::with_channels(CLEAR);
    let device = bench.channel(1);
    for (code, number) in [(HOOK, 1), (ECHOCANCEL, 128), (SETLINEAR, 1), (SETTXBITS, 5)] {
        assert_eq!(bench.ask(device, code, &[number]), Err(EINVAL), "{code:#x}");
    }
    assert_eq!(bench.ask(device, AUDIOMODE, &[1]), Ok(vec![]));
    assert_eq!(bench.ask(device, SETLINEAR, &[1]), Ok(vec![]));
    assert_eq!(bench.board.shape(device).most, 2048, "samples of two octets");
    assert_eq!(bench.ask(device, ECHOCANCEL, &[128]), Ok(vec![]), "none is attached");
    assert_eq!(bench.ask(device, 0x4004_da16, &[99]), Err(Errno(61)), "a tone zone that is not there");
    assert_eq!(bench.ask(device, 0x4004_da24, &[1]), Err(EINVAL), "frames without a check sequence");
    assert_eq!(bench.ask(device, 0x4004_da24, &[0]), Ok(vec![]));
    assert_eq!(bench.ask(device, 0x8004_dac8, &[0]), Err(ENOTTY));
    assert_eq!(bench.ask(device, 0x8004_5430, &[0]), Err(ENOTTY), "another group's");
}

#[test]
fn spans_that_are_not_there_have_their_errors() {
    let mut bench = bench();
    let control = bench.control;
    for span in [0, 3, -1, i32::MAX] {
        assert_eq!(bench.ask(control, SPANSTAT, &[span]), Err(EINVAL), "{span}");
        assert_eq!(bench.ask(control, SPANCONFIG, &line(span, 0)), Err(ENXIO));
        assert_eq!(bench.ask(control, STARTUP, &[span]), Err(ENXIO));
        assert_eq!(bench.ask(control, MAINT, &[span, 0]), Err(EINVAL));
        assert_eq!(bench.ask(control, CHANCONFIG, &chanconfig(span.max(63), CLEAR)), Err(EINVAL));
    }
    assert_eq!(bench.ask(control, SPANCONFIG, &line(1, 1 << 5)), Err(EINVAL), "an E1 has no ESF");
    assert_eq!(bench.ask(control, MAINT, &[1, 5]), Err(ENOSYS));
    assert_eq!(bench.board.control(control, SPANSTAT, &mut vec![1; 313]), Err(EFAULT));
    assert_eq!(bench.board.open("1"), Err(ENXIO), "not configured");
}

#[test]
fn octets_of_a_clear_channel_come_out_at_the_other_span_unchanged() {
    let mut bench = Bench::with_channels(CLEAR);
    let (one, other) = (bench.channel(3), bench.channel(34));
    for device in [one, other] {
        bench.ask(device, SET_BUFINFO, &bufinfo(4, 160)).expect("room");
    }
    let sent: Vec<u8> = (0..16_000_u32).map(|n| (n * 7 + n / 251) as u8).collect();
    let (mut blocks, mut heard) = (sent.chunks(160).peekable(), Vec::new());
    for _ in 0..2200 {
        while bench.board.has_room(one) && blocks.peek().is_some() {
            let block = blocks.next().expect("one more");
            assert_eq!(bench.board.write(one, block), Ok(160));
        }
        bench.pass(1);
        heard.extend(bench.read(other).unwrap_or_default());
    }
    let begin = heard.windows(16).position(|window| *window == sent[..16]).expect("they came");
    assert_eq!(heard[begin..begin + sent.len()], sent);
    assert_eq!(bench.ask(one, SYNC, &[]), Ok(vec![]), "all was sent");
    bench.board.write(one, &[1; 160]).expect("room");
    assert_eq!(bench.ask(one, SYNC, &[]), Err(EAGAIN));
}

#[test]
fn frames_of_a_d_channel_come_out_with_their_check_sequence() {
    let mut bench = Bench::with_channels(HDLCFCS);
    let (one, other) = (bench.channel(16), bench.channel(47));
    assert!(bench.board.shape(one).is_framed);
    let frames: Vec<Vec<u8>> =
        (4..204).map(|length| (0..length).map(|n| (n * 31 + length) as u8).collect()).collect();
    let (mut waiting, mut heard) = (frames.iter(), Vec::new());
    for _ in 0..4000 {
        if bench.board.has_room(one)
            && let Some(frame) = waiting.next()
        {
            // Two octets more, for the check sequence.
            assert_eq!(bench.board.write(one, &[&frame[..], &[0; 2]].concat()), Ok(frame.len() + 2));
        }
        bench.pass(1);
        heard.extend(bench.read(other).map(|frame| frame[..frame.len() - 2].to_vec()));
    }
    assert_eq!(heard.len(), frames.len());
    assert!(heard == frames, "as they were");
    assert_eq!(bench.ask(other, GETEVENT, &[0]), Ok(vec![0]));
}

#[test]
fn what_is_no_frame_is_refused_and_does_not_stop_those_that_follow() {
    let mut bench = Bench::with_channels(HDLCFCS);
    let (one, other) = (bench.channel(16), bench.channel(47));
    for short in [&[][..], &[1], &[1, 2]] {
        assert_eq!(bench.board.write(one, short), Err(EINVAL));
    }
    assert_eq!(bench.board.write(one, &[1, 2, 3, 4, 0, 0]), Ok(6));
    bench.pass(50);
    assert_eq!(bench.read(other).map(|frame| frame[..4].to_vec()), Some(vec![1, 2, 3, 4]));
}

#[test]
fn an_open_channel_that_turns_to_frames_and_back_has_nothing_left_of_before() {
    let mut bench = Bench::with_channels(CLEAR);
    let (one, other) = (bench.channel(16), bench.channel(47));
    bench.ask(one, AUDIOMODE, &[1]).expect("sound");
    bench.ask(one, SETLINEAR, &[1]).expect("samples");
    // Not whole blocks, and one that would be no frame.
    bench.pass(100);
    assert_eq!(bench.board.write(one, &[1; 4]), Ok(4));
    for device in [one, other] {
        bench.ask(device, HDLCFCSMODE, &[1]).expect("clear");
        assert_eq!((bench.board.shape(device).most, bench.read(device)), (1024, None));
    }
    assert_eq!(bench.board.write(one, &[1, 2, 3, 4, 0, 0]), Ok(6));
    bench.pass(100);
    assert_eq!(bench.read(other).map(|frame| frame[..4].to_vec()), Some(vec![1, 2, 3, 4]));
    bench.ask(other, HDLCFCSMODE, &[0]).expect("clear");
    bench.pass(128);
    assert_eq!(bench.read(other).map(|block| block.len()), Some(1024));
}

#[test]
fn bits_of_a_signalled_channel_change_at_the_other_end_and_are_told() {
    let mut bench = Bench::with_channels(CAS);
    let (one, other) = (bench.channel(5), bench.channel(36));
    bench.pass(10);
    while bench.ask(other, GETEVENT, &[0]) != Ok(vec![0]) {}
    for bits in (0..16).filter(|bits| *bits != 0b1101).chain([0b1101]) {
        bench.ask(one, SETTXBITS, &[bits]).expect("signalled");
        bench.pass(5);
        assert!(bench.board.is_urgent(other));
        assert_eq!(bench.ask(other, GETEVENT, &[0]), Ok(vec![13]));
        assert_eq!(bench.ask(other, GETRXBITS, &[0]), Ok(vec![bits]));
        assert!(!bench.board.is_urgent(other));
    }
    // By way of the control device, the request lies behind the channel, its code and a pointer.
    let mut data: Vec<u8> =
        [36, GETRXBITS as i32, 0, 0, 77].iter().flat_map(|number: &i32| number.to_ne_bytes()).collect();
    assert_eq!(bench.board.control(bench.control, INDIRECT, &mut data), Ok(()));
    assert_eq!(data, 0b1101_i32.to_ne_bytes());
    let params = bench.ask(bench.control, GET_PARAMS, &[36]).expect("a channel");
    assert_eq!(params[..8], [36, 2, 5, CAS, CAS | HDLCFCS, 0, 0b1101, 0b1101]);
}

#[test]
fn a_pseudo_channel_hears_what_another_receives() {
    let mut bench = Bench::with_channels(CAS);
    let (one, other, ear) = (bench.channel(5), bench.channel(36), bench.board.open("pseudo").expect("there"));
    assert_eq!(bench.ask(ear, SETCONF, &[0, 36, 1]), Ok(vec![32_768, 36, 1]));
    assert_eq!(bench.ask(ear, 0x4004_da69, &[1]), Err(ENOTTY), "it loses nothing of a line");
    for (wanted, errno) in
        [([0, 36, 4], EINVAL), ([0, 999, 1], EINVAL), ([0, 0, 1], EINVAL), ([0, 36, 0], EINVAL)]
    {
        assert_eq!(bench.ask(ear, SETCONF, &wanted), Err(errno), "{wanted:?}");
    }
    assert_eq!(bench.ask(other, SETCONF, &[0, 5, 1]), Err(EINVAL), "only those of no span hear others");
    bench.ask(ear, SETLINEAR, &[1]).expect("sound");
    bench.ask(ear, SET_BLOCKSIZE, &[160]).expect("a size");
    for _ in 0..100 {
        // The digital milliwatt of A-law, of which no sample is silent.
        bench.board.write(one, &[0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4]).expect("room");
        bench.pass(1);
    }
    let mut last = Vec::new();
    while let Some(block) = bench.read(ear) {
        last = block;
    }
    let samples: Vec<i32> =
        last.as_chunks().0.iter().map(|sample| i16::from_ne_bytes(*sample).into()).collect();
    assert_eq!(samples.len(), 160);
    assert!(samples.iter().all(|sample| sample.abs() > 4000), "{samples:?}");
}

#[test]
fn a_timer_is_urgent_until_it_was_acknowledged() {
    let mut bench = bench();
    let timer = bench.board.open("timer").expect("there");
    assert_eq!(bench.ask(timer, TIMERCONFIG, &[160]), Ok(vec![]));
    bench.pass(19);
    assert!(!bench.board.is_urgent(timer));
    bench.pass(1);
    assert!(bench.board.is_urgent(timer));
    assert_eq!(bench.ask(timer, GETEVENT, &[0]), Ok(vec![15]));
    assert_eq!(bench.ask(timer, TIMERACK, &[1]), Ok(vec![]));
    assert!(!bench.board.is_urgent(timer));
    assert_eq!(bench.ask(timer, CHANNO, &[0]), Err(ENOTTY));
}

#[test]
fn what_is_open_is_bounded() {
    let mut bench = bench();
    let opened = (0..5000).take_while(|_| bench.board.open("pseudo").is_ok()).count();
    assert_eq!(opened, 1023);
    assert_eq!(bench.board.open("ctl"), Err(Errno(24)));
    bench.board.close(500);
    assert!(bench.board.open("ctl").is_ok());
}
