//! Wrong arguments, function by function: the table names every function of the header and what its parameters
//! are, and each kind of parameter is abused in every way there is.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::{BARE, Directory, c, ok, problem, sized, text_at, write_wav};
use std::ffi::{CStr, CString, c_char, c_void};
use tandem_bindings::*;

/// What a parameter is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Engine,
    Channel,
    /// A channel, or 0 for none.
    Source,
    Bridge,
    Operation,
    Test,
    Queue,
    /// A queue, or 0 for the main one.
    Assigned,
    Timer,
    Call,
    /// Of any value that is good.
    Number(usize),
    /// A string: a path to a WAV file, which is also a number to call to those who do not look at it.
    Text,
    Samples,
    /// May be NULL.
    Terms,
    /// A structure of that size at least; may be NULL.
    Options(usize),
    /// A structure of that size at least.
    Structure(usize),
    /// Octets to be read.
    Octets,
    /// Room for octets.
    Room,
    /// A function of the host.
    Callback,
    /// May be NULL.
    Context,
    /// A place for a number.
    Out,
    /// A place for a structure of that size.
    OutStructure(usize),
}
use Kind::*;

impl Kind {
    const fn is_pointer(self) -> bool {
        matches!(
            self,
            Text | Samples
                | Octets
                | Room
                | Terms
                | Options(_)
                | Structure(_)
                | Context
                | Out
                | OutStructure(_)
        )
    }

    const fn may_be_null(self) -> bool {
        matches!(self, Terms | Options(_) | Context)
    }

    /// The top octet of handles that name such things.
    const fn handle(self) -> Option<u64> {
        match self {
            Engine => Some(1),
            Channel | Source => Some(3),
            Bridge => Some(4),
            Operation => Some(5),
            Test => Some(6),
            Queue | Assigned => Some(7),
            Timer => Some(8),
            _ => None,
        }
    }
}

/// A word as an argument.
trait Argument {
    fn from_word(word: usize) -> Self;
}

macro_rules! number_arguments {
    ($($number:ty),+) => { $(impl Argument for $number {
        fn from_word(word: usize) -> Self {
            word as $number
        }
    })+ };
}
number_arguments!(u32, i32, i64, u64, usize);

impl<T> Argument for *const T {
    fn from_word(word: usize) -> Self {
        std::ptr::with_exposed_provenance(word)
    }
}

impl<T> Argument for *mut T {
    fn from_word(word: usize) -> Self {
        std::ptr::with_exposed_provenance_mut(word)
    }
}

/// Makes no card.
unsafe extern "C" fn refuse(
    _: *mut c_void,
    _: *const c_char,
    _: *const c_char,
    _: *mut tandem_card,
) -> tandem_result {
    TANDEM_E_CARD
}

impl Argument for tandem_card_function {
    fn from_word(word: usize) -> Self {
        (word != 0).then_some(refuse)
    }
}

struct Function {
    name: &'static str,
    parameters: &'static [Kind],
    call: fn(&[usize]) -> i32,
}

macro_rules! functions {
    ($($name:ident($($kind:expr),+);)+) => {
        const FUNCTIONS: &[Function] = &[$(Function {
            name: stringify!($name),
            parameters: &[$($kind),+],
            call: |words| {
                let mut words = words.iter();
                unsafe { $name($({
                    let _: Kind = $kind;
                    Argument::from_word(*words.next().expect("a word for each parameter"))
                }),+) }
            },
        }),+];
    };
}

functions! {
    tandem_engine_open(Text, Out);
    tandem_engine_open_file(Text, Out);
    tandem_engine_close(Engine);
    tandem_engine_advance(Engine, Number(8));
    tandem_event_wait(Engine, Number(0), OutStructure(352));
    tandem_event_fd(Engine, Out);
    tandem_call_answer(Engine, Call);
    tandem_call_clear(Engine, Call, Number(16));
    tandem_call_place(Engine, Channel, Text, Out);
    tandem_call_place_with(Engine, Channel, Text, Options(624), Out);
    tandem_call_alert(Engine, Call);
    tandem_call_more_digits(Engine, Call, Text, Number(0));
    tandem_call_get_parties(Engine, Call, OutStructure(728));
    tandem_call_get_info(Engine, Call, OutStructure(88));
    tandem_tap_get_call(Engine, Call, OutStructure(80));
    tandem_call_progress(Engine, Call);
    tandem_call_place_in(Engine, Text, Text, Options(624), Out);
    tandem_call_answer_with(Engine, Call, Options(344));
    tandem_call_analyse(Engine, Call, Options(32));
    tandem_call_hold(Engine, Call);
    tandem_call_retrieve(Engine, Call);
    tandem_call_transfer(Engine, Call, Number(0));
    tandem_call_send(Engine, Call, Number(3), Octets, Number(4));
    tandem_call_get_element(Engine, Call, Number(5), Number(0), Number(4), Number(0), Room, Number(64), Out);
    tandem_call_set_elements(Engine, Call, Octets, Number(1));
    tandem_channel_listen(Engine, Channel, Number(1));
    tandem_channel_hide_digits(Engine, Channel, Number(3));
    tandem_channel_cancel_echo(Engine, Channel, Options(24));
    tandem_channel_conceal(Engine, Channel, Number(1));
    tandem_span_send_facility(Engine, Number(0), Octets, Number(4));
    tandem_call_set_data(Engine, Call, Octets, Number(4));
    tandem_call_get_data(Engine, Call, Room, Number(64), Out);
    tandem_call_set_interaction(Engine, Call, Number(7));
    tandem_channel_get_state(Engine, Channel, OutStructure(40));
    tandem_channel_set_service(Engine, Channel, Number(1));
    tandem_channel_reset(Engine, Channel);
    tandem_span_reset(Engine, Number(0));
    tandem_call_set_user(Engine, Call, Number(7));
    tandem_play(Engine, Channel, Text, Terms, Out);
    tandem_play_samples(Engine, Channel, Samples, Number(80), Terms, Out);
    tandem_collect(Engine, Channel, Terms, Out);
    tandem_record(Engine, Channel, Text, Terms, Out);
    tandem_play_list(Engine, Channel, Octets, Number(1), Options(24), Terms, Out);
    tandem_operation_pause(Engine, Operation, Number(1));
    tandem_play_seek(Engine, Operation, Number(0), Number(0));
    tandem_play_adjust(Engine, Operation, Number(100), Number(0));
    tandem_play_stream(Engine, Channel, Number(500), Terms, Out);
    tandem_play_stream_with(Engine, Channel, Options(12), Terms, Out);
    tandem_stream_write(Engine, Operation, Samples, Number(80), Out);
    tandem_stream_end(Engine, Operation);
    tandem_stream_write_noise(Engine, Operation, Octets, Number(4));
    tandem_stream(Engine, Channel, Options(28), Terms, Out);
    tandem_stream_read(Engine, Operation, Room, Number(32), Out, Out);
    tandem_stream_read_portion(Engine, Operation, Room, Number(32), OutStructure(40));
    tandem_channel_attend(Engine, Channel, Options(16));
    tandem_channel_shape(Engine, Channel, Options(56));
    tandem_record_with(Engine, Channel, Text, Options(16), Terms, Out);
    tandem_queue_new(Engine, Out);
    tandem_queue_free(Engine, Queue);
    tandem_channel_set_queue(Engine, Channel, Assigned);
    tandem_queue_wait(Engine, Queue, Number(0), OutStructure(352));
    tandem_queue_fd(Engine, Queue, Out);
    tandem_operation_wait(Engine, Operation, Number(0), OutStructure(352));
    tandem_timer_start(Engine, Source, Number(1000), Out);
    tandem_timer_stop(Engine, Timer);
    tandem_get_frame(Engine, Out);
    tandem_call_list(Engine, Number(0), Room, Number(8), Out, Out);
    tandem_play_get_state(Engine, Operation, OutStructure(48));
    tandem_record_get_state(Engine, Operation, OutStructure(24));
    tandem_channel_send_bits(Engine, Channel, Number(9), Number(100));
    tandem_channel_get_bits(Engine, Channel, Out, Out);
    tandem_bridge_moderate(Engine, Bridge, Number(1));
    tandem_bridge_watch(Engine, Bridge, Number(1));
    tandem_alarm_get(Engine, Number(0), OutStructure(168));
    tandem_span_send_frame(Engine, Number(0), Octets, Number(4));
    tandem_span_read_frame(Engine, Number(0), Room, Number(64), Out, Out);
    tandem_span_get_frame_counts(Engine, Number(0), OutStructure(88));
    tandem_monitor(Engine, Channel, Channel, Number(1));
    tandem_tone_define(Engine, Structure(144), Out);
    tandem_tone_remove(Engine, Number(24));
    tandem_pair_new(Engine, Out, Out);
    tandem_pair_free(Engine, Channel);
    tandem_engine_reload(Engine, Text, Number(0), OutStructure(24));
    tandem_engine_reload_file(Engine, Text, Number(0), OutStructure(24));
    tandem_group_get_statistics(Engine, Text, OutStructure(80));
    tandem_digits_clear(Engine, Channel);
    tandem_digits_peek(Engine, Channel, Room, Number(64), Out);
    tandem_bridge_list(Engine, Bridge, Room, Number(8), Out);
    tandem_operation_stop(Engine, Operation);
    tandem_connect(Engine, Channel, Source, Number(0));
    tandem_bridge_new(Engine, Out);
    tandem_bridge_free(Engine, Bridge);
    tandem_bridge_join(Engine, Bridge, Channel);
    tandem_bridge_join_with(Engine, Bridge, Channel, Options(32));
    tandem_bridge_set_terms(Engine, Channel, Options(32));
    tandem_bridge_limit_talkers(Engine, Bridge, Number(1));
    tandem_bridge_get_party(Engine, Channel, OutStructure(48));
    tandem_bridge_leave(Engine, Channel);
    tandem_span_get_info(Engine, Number(0), OutStructure(40));
    tandem_card_get_info(Engine, Number(0), OutStructure(248));
    tandem_span_get_performance(Engine, Number(0), Number(0), Number(0), OutStructure(104));
    tandem_channel_find(Engine, Number(0), Number(1), Out);
    tandem_get_statistics(Engine, OutStructure(208));
    tandem_clock_get(Engine, OutStructure(32));
    tandem_span_get_clock(Engine, Number(0), OutStructure(192));
    tandem_span_get_d_channel(Engine, Number(0), OutStructure(4640));
    tandem_span_set_d_channel_service(Engine, Number(0), Number(1));
    tandem_get_time(Engine, Number(0), OutStructure(72));
    tandem_span_read_trace(Engine, Number(0), Number(0), Room, Number(64), Out, Out);
    tandem_span_write_trace(Engine, Number(0), Text);
    tandem_span_loop(Engine, Number(0), Number(0));
    tandem_span_insert_error(Engine, Number(0), Number(0));
    tandem_span_send_alarm(Engine, Number(0), Number(0), Number(0));
    tandem_span_send_sa_bits(Engine, Number(0), Number(0));
    tandem_span_get_sa_bits(Engine, Number(0), Out);
    tandem_span_command_loop(Engine, Number(0), Number(1));
    tandem_span_send_loop_code(Engine, Number(0), Number(1));
    tandem_span_obey_loops(Engine, Number(0), Number(1));
    tandem_line_test_start(Engine, Number(0), Number(0b1000), Number(1), Out);
    tandem_line_test_get(Engine, Test, OutStructure(56));
    tandem_line_test_insert_errors(Engine, Test, Number(1));
    tandem_line_test_stop(Engine, Test, OutStructure(56));
    tandem_test_tone(Engine, Channel, Number(0));
    tandem_card_register(Text, Callback, Context);
}

/// These take nothing that can be wrong, or are tested for it in `log.rs`.
const NOTHING_TO_ABUSE: [&str; 5] =
    ["tandem_abi_version", "tandem_version", "tandem_strerror", "tandem_problem", "tandem_log_set"];

#[test]
fn the_table_has_every_function_and_every_pointer_of_the_header() {
    let mut left: Vec<&str> =
        FUNCTIONS.iter().map(|function| function.name).chain(NOTHING_TO_ABUSE).collect();
    for prototype in common::header::prototypes() {
        let place = left.iter().position(|name| *name == prototype.name);
        left.swap_remove(place.unwrap_or_else(|| panic!("{} is not in the table", prototype.name)));
        let Some(function) = FUNCTIONS.iter().find(|function| function.name == prototype.name) else {
            continue;
        };
        let written: Vec<bool> = prototype.parameters.iter().map(|one| one.contains('*')).collect();
        let table: Vec<bool> = function.parameters.iter().map(|kind| kind.is_pointer()).collect();
        assert_eq!(table, written, "{}", function.name);
    }
    assert_eq!(left, Vec::<&str>::new());
}

/// An engine with one of everything, and good arguments for every kind of parameter.
struct World {
    engine: u64,
    channel: u64,
    bridge: u64,
    operation: u64,
    test: u64,
    queue: u64,
    timer: u64,
    text: CString,
    /// Samples, octets, elements and pieces.
    samples: [i16; 160],
    terms: Box<tandem_terms>,
    options: Box<tandem_call_options>,
    room: Box<[u8; 64]>,
    /// Large enough for every structure and then some.
    out: Box<[u64; 64]>,
    /// Whoever has it closes the engine.
    directory: Option<Directory>,
}

/// What lies in an output before a call, except for the size of a structure.
const UNTOUCHED: u64 = 0xa5a5_a5a5_a5a5_a5a5;

impl World {
    fn new(name: &str) -> Self {
        Self::in_mode(name, "lockstep")
    }

    fn in_mode(name: &str, mode: &str) -> Self {
        let directory = Directory::new(name);
        let path = directory.file("prompt.wav");
        write_wav(&path, &[0; 800]);
        let engine = common::open(&BARE.replace("lockstep", mode));
        let channel = common::channel(engine, 0, 1);
        let (mut bridge, mut operation, mut test, mut queue, mut timer) = (0, 0, 0, 0, 0);
        ok(unsafe { tandem_queue_new(engine, &mut queue) });
        ok(unsafe { tandem_timer_start(engine, 0, 1 << 40, &mut timer) });
        ok(unsafe { tandem_bridge_new(engine, &mut bridge) });
        let other = common::channel(engine, 0, 2);
        ok(unsafe { tandem_collect(engine, other, std::ptr::null(), &mut operation) });
        ok(unsafe { tandem_line_test_start(engine, 1, 2, TANDEM_PATTERN_PRBS9, &mut test) });
        Self {
            engine,
            channel,
            bridge,
            operation,
            test,
            queue,
            timer,
            text: c(&path),
            samples: [0; 160],
            terms: Box::new(sized()),
            options: Box::new(sized()),
            room: Box::new([0; 64]),
            out: Box::new([UNTOUCHED; 64]),
            directory: Some(directory),
        }
    }

    /// What another thread needs for the same things with other memory.
    fn handles(&self) -> [u64; 7] {
        [self.engine, self.channel, self.bridge, self.operation, self.test, self.queue, self.timer]
    }

    fn shared([engine, channel, bridge, operation, test, queue, timer]: [u64; 7], text: &CStr) -> Self {
        Self {
            engine,
            channel,
            bridge,
            operation,
            test,
            queue,
            timer,
            text: text.to_owned(),
            samples: [0; 160],
            terms: Box::new(sized()),
            options: Box::new(sized()),
            room: Box::new([0; 64]),
            out: Box::new([UNTOUCHED; 64]),
            directory: None,
        }
    }

    /// Good arguments. The outputs are fresh.
    fn words(&mut self, function: &Function) -> Vec<usize> {
        *self.out = [UNTOUCHED; 64];
        *self.terms = sized();
        *self.options = sized();
        let words = function.parameters.iter().map(|kind| match *kind {
            Engine => self.engine as usize,
            Channel | Source => self.channel as usize,
            Bridge => self.bridge as usize,
            Operation => self.operation as usize,
            Test => self.test as usize,
            Queue | Assigned => self.queue as usize,
            Timer => self.timer as usize,
            Call => 1,
            Number(number) => number,
            Text => self.text.as_ptr().expose_provenance(),
            Samples => self.samples.as_ptr().expose_provenance(),
            Callback => 1,
            Context => 0,
            Terms => (&raw mut *self.terms).expose_provenance(),
            Options(_) | Structure(_) => (&raw mut *self.options).expose_provenance(),
            Octets => self.samples.as_ptr().expose_provenance(),
            Room => self.room.as_mut_ptr().expose_provenance(),
            Out => self.out.as_mut_ptr().expose_provenance(),
            OutStructure(size) => {
                self.out[0] = UNTOUCHED << 32 | size as u64;
                self.out.as_mut_ptr().expose_provenance()
            }
        });
        words.collect()
    }

    /// Calls with one argument replaced, and sees that it fails so and writes nothing.
    #[track_caller]
    fn fails(&mut self, function: &Function, place: usize, word: usize, code: i32) {
        let mut words = self.words(function);
        words[place] = word;
        let before = *self.out;
        let result = (function.call)(&words);
        assert_eq!(result, code, "{} with argument {place} {word:#x}: {}", function.name, problem());
        assert_eq!(*self.out, before, "{} wrote to its output", function.name);
        assert!(problem().len() > 5, "{}: {:?}", function.name, problem());
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if self.directory.is_some() {
            unsafe { tandem_engine_close(self.engine) };
        }
    }
}

fn each(wanted: impl Fn(Kind) -> bool, mut look: impl FnMut(&Function, usize, Kind)) {
    let mut looked = 0;
    for function in FUNCTIONS {
        for (place, kind) in function.parameters.iter().enumerate().filter(|(_, kind)| wanted(**kind)) {
            look(function, place, *kind);
            looked += 1;
        }
    }
    assert!(looked > 0);
}

#[test]
fn null_is_refused_in_every_pointer_but_terms() {
    let mut world = World::new("null");
    each(
        |kind| kind.is_pointer() && !kind.may_be_null(),
        |function, place, _| {
            world.fails(function, place, 0, TANDEM_E_NULL);
            assert!(problem().ends_with(" is NULL"), "{}", problem());
        },
    );
}

#[test]
fn a_number_that_is_no_handle_is_stale_in_every_place_of_a_handle() {
    let mut world = World::new("no-handle");
    each(
        |kind| kind.handle().is_some(),
        |function, place, kind| {
            // Nothing; no kind at all; the right kind, but no such thing; the right thing, but not this one.
            let right = kind.handle().expect("a handle") << 56;
            for word in [0, 7, u64::MAX, 9 << 56 | 1, right, right | 0xff_ffff << 32 | 1, right | 0xffff_ffff]
            {
                if word != 0 || !matches!(kind, Source | Assigned) {
                    world.fails(function, place, word as usize, TANDEM_E_STALE);
                }
            }
        },
    );
}

#[test]
fn a_handle_of_another_kind_is_told_apart_in_every_place_of_a_handle() {
    let mut world = World::new("kind");
    let handles = [world.engine, world.channel, world.bridge, world.operation, world.test, 2 << 56 | 1];
    each(
        |kind| kind.handle().is_some(),
        |function, place, kind| {
            for handle in handles.into_iter().filter(|handle| Some(handle >> 56) != kind.handle()) {
                world.fails(function, place, handle as usize, TANDEM_E_KIND);
            }
        },
    );
}

#[test]
fn a_call_that_is_not_there_is_told_so_in_every_place_of_a_call() {
    let mut world = World::new("no-call");
    each(
        |kind| kind == Call,
        |function, place, _| {
            for word in [0, 1, usize::MAX] {
                world.fails(function, place, word, TANDEM_E_NO_CALL);
            }
        },
    );
}

#[test]
fn a_structure_smaller_than_the_first_one_is_refused_everywhere() {
    let mut world = World::new("size");
    each(
        |kind| matches!(kind, OutStructure(_) | Terms | Options(_) | Structure(_)),
        |function, place, kind| {
            let least = match kind {
                OutStructure(size) => size,
                Options(size) | Structure(size) => size,
                _ => 96,
            };
            for size in [0, 4, least as u32 - 1] {
                let mut small = [u32::MAX; 128];
                small[0] = size;
                let before = small;
                let word = small.as_mut_ptr().expose_provenance();
                world.fails(function, place, word, TANDEM_E_SIZE);
                assert_eq!(small, before, "{}", function.name);
                assert!(problem().contains("size"), "{}", problem());
            }
        },
    );
}

#[test]
fn what_a_newer_host_has_more_is_left_alone_and_its_size_kept() {
    let mut world = World::new("newer");
    each(
        |kind| matches!(kind, OutStructure(_)),
        |function, place, kind| {
            let OutStructure(size) = kind else { return };
            for said in [size as u32, size as u32 + 4, 5000, u32::MAX] {
                let mut large = [0xa5_u8; 5000];
                large[..4].copy_from_slice(&said.to_ne_bytes());
                let mut words = world.words(function);
                words[place] = large.as_mut_ptr().expose_provenance();
                let result = (function.call)(&words);
                assert_ne!(result, TANDEM_E_SIZE, "{}", function.name);
                assert_eq!(large[..4], said.to_ne_bytes(), "{}: the size is the host's", function.name);
                assert!(large[size..].iter().all(|octet| *octet == 0xa5), "{}", function.name);
                let written = large[4..size].iter().any(|octet| *octet != 0xa5);
                assert_eq!(written, result == TANDEM_OK, "{}", function.name);
            }
        },
    );
}

#[test]
fn terms_of_a_newer_host_are_taken() {
    let mut world = World::new("newer-terms");
    let mut large = [0_u32; 100];
    large[0] = 400;
    let collect = FUNCTIONS.iter().find(|function| function.name == "tandem_collect").expect("there");
    let mut words = world.words(collect);
    words[2] = large.as_ptr().expose_provenance();
    ok((collect.call)(&words));
}

#[test]
fn no_pointer_needs_alignment() {
    let world = World::new("alignment");
    let mut room = [0_u8; 400];
    room[1..5].copy_from_slice(&208_u32.to_ne_bytes());
    ok(unsafe { tandem_get_statistics(world.engine, room.as_mut_ptr().wrapping_add(1).cast()) });
    assert_eq!(room[1..5], 208_u32.to_ne_bytes());
    ok(unsafe { tandem_channel_find(world.engine, 0, 1, room.as_mut_ptr().wrapping_add(1).cast()) });
    assert_eq!(room[1..9], world.channel.to_ne_bytes());
    let (samples, mut operation) = ([0_u8; 21], 0);
    let odd = samples.as_ptr().wrapping_add(1).cast();
    ok(unsafe {
        tandem_play_samples(world.engine, world.channel, odd, 10, std::ptr::null(), &mut operation)
    });
}

#[test]
fn text_that_is_not_utf8_or_does_not_end_is_refused_everywhere() {
    let mut world = World::new("text");
    let endless = vec![b'5'; (1 << 20) + 1]; // one more than the longest configuration; nothing behind is read
    each(
        |kind| kind == Text,
        |function, place, _| {
            world.fails(function, place, c"ab\xff\xfe".as_ptr().expose_provenance(), TANDEM_E_ARGUMENT);
            assert!(problem().contains("UTF-8"), "{}", problem());
            world.fails(function, place, endless.as_ptr().expose_provenance(), TANDEM_E_ARGUMENT);
            assert!(problem().contains("longer"), "{}", problem());
        },
    );
}

#[test]
fn every_function_knows_that_an_engine_has_been_closed() {
    let mut world = World::new("closed");
    ok(unsafe { tandem_engine_close(world.engine) });
    let closed = world.engine as usize;
    each(|kind| kind == Engine, |function, place, _| world.fails(function, place, closed, TANDEM_E_STALE));
}

#[test]
fn the_place_of_a_closed_engine_is_not_taken_for_its_successor() {
    let first = common::open(BARE);
    ok(unsafe { tandem_engine_close(first) });
    let others: Vec<u64> = (0..3).map(|_| common::open(BARE)).collect();
    assert!(!others.contains(&first));
    assert_eq!(unsafe { tandem_engine_close(first) }, TANDEM_E_STALE);
    for other in others {
        ok(unsafe { tandem_engine_close(other) });
        assert_eq!(unsafe { tandem_engine_close(other) }, TANDEM_E_STALE);
    }
}

#[test]
fn numbers_out_of_their_range_are_refused() {
    let world = World::new("range");
    let (engine, channel) = (world.engine, world.channel);
    let mut out = 0;
    for cause in [0, 128, 256 + 16, u32::MAX] {
        refused(unsafe { tandem_call_clear(engine, 1, cause) }, "cause");
    }
    for bearer in [4, u32::MAX] {
        refused(unsafe { tandem_connect(engine, channel, 0, bearer) }, "bearer");
    }
    let mut info = sized::<tandem_span_info>();
    refused(unsafe { tandem_span_get_info(engine, 2, &mut info) }, "there are 2");
    let mut card = sized::<tandem_card_info>();
    refused(unsafe { tandem_card_get_info(engine, 9, &mut card) }, "there is no card 9");
    let mut performance = sized::<tandem_performance>();
    for (span, end, ago, word) in
        [(2, 0, 0, "there are 2"), (0, 2, 0, "far end"), (0, 0, 97, "0 to 96"), (0, 0, u32::MAX, "0 to 96")]
    {
        let told = unsafe { tandem_span_get_performance(engine, span, end, ago, &mut performance) };
        refused(told, word);
    }
    refused(unsafe { tandem_channel_find(engine, 2, 1, &mut out) }, "there are 2");
    for slot in [0, 32, u32::MAX] {
        refused(unsafe { tandem_channel_find(engine, 0, slot, &mut out) }, "timeslot");
    }
    for result in [
        unsafe { tandem_span_get_clock(engine, 2, &mut sized()) },
        unsafe { tandem_span_loop(engine, 2, 0) },
        unsafe { tandem_span_insert_error(engine, 2, 0) },
        unsafe { tandem_span_send_alarm(engine, u32::MAX, 0, 0) },
        unsafe { tandem_line_test_start(engine, 2, 8, 1, &mut out) },
    ] {
        refused(result, "there are 2");
    }
    refused(unsafe { tandem_span_loop(engine, 0, 4) }, "loop 4");
    refused(unsafe { tandem_span_insert_error(engine, 0, 4) }, "error 4");
    refused(unsafe { tandem_span_send_alarm(engine, 0, 4, 1) }, "alarm 4");
    refused(unsafe { tandem_test_tone(engine, channel, 3) }, "tone 3");
    refused(unsafe { tandem_channel_listen(engine, channel, 256) }, "detectors");
    refused(unsafe { tandem_channel_hide_digits(engine, channel, 4) }, "way 4");
    let tail = tandem_echo_terms { tail_ms: 65, ..sized() };
    refused(unsafe { tandem_channel_cancel_echo(engine, channel, &tail) }, "not 65");
    refuse_plays(engine, channel);
    refused(unsafe { tandem_span_obey_loops(engine, 0, 3) }, "kind of equipment 3");
    for pattern in [0, 14, u32::MAX] {
        refused(unsafe { tandem_line_test_start(engine, 0, 8, pattern, &mut out) }, "pattern");
    }
    let mut call = 0;
    type Spoil = fn(&mut tandem_call_options);
    let spoiled: [(Spoil, &str); 7] = [
        (|options| options.bearer = 4, "bearer"),
        (|options| options.called_type = 5, "called_type"),
        (|options| options.called_type = 384, "called_type"),
        (|options| options.calling.number_type = 255, "calling.number_type"),
        (|options| options.redirecting.reason = 16, "redirecting.reason"),
        (|options| options.calling.number = [b'1' as c_char; 48], "calling.number"),
        (|options| options.display[0] = 0x80_u8 as c_char, "display"),
    ];
    for (spoil, word) in spoiled {
        let mut options = sized();
        spoil(&mut options);
        let number = c"42".as_ptr();
        refused(unsafe { tandem_call_place_with(engine, channel, number, &options, &mut call) }, word);
    }
    for (slots, word) in [(0, "a timeslot at least"), (1, "carry traffic"), (0x8000_0001, "carry traffic")] {
        refused(unsafe { tandem_line_test_start(engine, 0, slots, 1, &mut out) }, word);
    }
    let whole = unsafe { tandem_line_test_start(engine, 1, TANDEM_WHOLE_LINE, 1, &mut out) };
    assert_eq!(whole, TANDEM_E_UNSUPPORTED, "its card tests none");
    refused(unsafe { tandem_card_register(c"".as_ptr(), Some(refuse), std::ptr::null_mut()) }, "name");
    let samples = [0_i16; 8];
    let hour = 3600 * 8000;
    let count = unsafe {
        tandem_play_samples(engine, channel, samples.as_ptr(), hour + 1, std::ptr::null(), &mut out)
    };
    refused(count, "count");
    refused(
        unsafe {
            tandem_play_samples(engine, channel, samples.as_ptr(), usize::MAX, std::ptr::null(), &mut out)
        },
        "count",
    );
    let mut terms = sized::<tandem_terms>();
    for (digits, word) in [(b"5x".as_slice(), "'x'"), (b"+".as_slice(), "'+'"), (&[b'1'; 20], "zero octet")] {
        terms.digits = [0; 20];
        for (place, digit) in terms.digits.iter_mut().zip(digits) {
            *place = *digit as c_char;
        }
        refused(unsafe { tandem_collect(engine, channel, &terms, &mut out) }, word);
    }
    for tone in [0, 21, 23, 32, 63] {
        let terms = tandem_terms { tones: 1 << tone, ..sized() };
        refused(unsafe { tandem_collect(engine, channel, &terms, &mut out) }, &format!("tone {tone}"));
    }
    assert_eq!(out, 0);
}

#[test]
fn times_without_end_are_no_overflow() {
    let world = World::new("endless");
    let mut terms = sized::<tandem_terms>();
    (terms.first_digit_ms, terms.inter_digit_ms, terms.max_time_ms) = (u64::MAX, u64::MAX, u64::MAX);
    terms.max_digits = u32::MAX;
    let mut operation = 0;
    ok(unsafe { tandem_collect(world.engine, world.channel, &terms, &mut operation) });
    ok(unsafe { tandem_engine_advance(world.engine, 8000) });
    ok(unsafe { tandem_operation_stop(world.engine, operation) });
    let event = common::wait(world.engine, i64::MAX).expect("the end of the operation");
    assert_eq!((event.operation, event.reason), (operation, TANDEM_END_STOPPED as i32));
}

#[test]
fn every_code_has_a_sentence_and_so_has_a_code_that_does_not_exist() {
    for code in [1, i32::MIN, -17, -16, -15, -1, 0] {
        assert!(text_at(unsafe { tandem_strerror(code) }).len() >= 4, "{code}");
    }
}

#[track_caller]
fn refused(result: i32, word: &str) {
    assert_eq!(result, TANDEM_E_ARGUMENT);
    assert!(problem().contains(word), "{}", problem());
}

/// Levels as they are.
const fn no_level() -> tandem_levels {
    tandem_levels { gain: 0, target: 0, gate: 0, reserved: 0 }
}

/// Plays and streams of values that are none.
#[track_caller]
fn refuse_plays(engine: u64, channel: u64) {
    let mut out = 0;
    let null = std::ptr::null();
    let samples = [0_i16; 8];
    let silence = tandem_piece {
        path: std::ptr::null(),
        samples: std::ptr::null(),
        count: 8,
        offset: 0,
        length: 0,
        format: 0,
        reserved: 0,
    };
    let list = |pieces: &[tandem_piece], count, options: tandem_play_options, out: &mut u64| unsafe {
        tandem_play_list(engine, channel, pieces.as_ptr(), count, &options, null, out)
    };
    refused(list(&[silence; 257], 257, sized(), &mut out), "at most 256");
    refused(list(&[silence], u32::MAX, sized(), &mut out), "at most 256");
    let speed = tandem_play_options { speed_percent: 201, ..sized() };
    refused(list(&[silence], 1, speed, &mut out), "not 201");
    let gain = tandem_play_options { gain: 181, ..sized() };
    refused(list(&[silence], 1, gain, &mut out), "not 181");
    let long = tandem_piece { samples: samples.as_ptr(), count: u64::MAX, ..silence };
    refused(list(&[long], 1, sized(), &mut out), "an hour");
    let octets = |format, count| tandem_piece { samples: samples.as_ptr(), count, format, ..silence };
    for (piece, word) in [
        (octets(12, 8), "format 12"),
        (octets(TANDEM_RAW_LINEAR16, 7), "a whole sample"),
        (octets(TANDEM_RAW_GSM, 16), "a whole sample"),
        (octets(TANDEM_RAW_IMA_ADPCM, 6), "a whole sample"),
        (octets(TANDEM_RAW_ALAW, u64::MAX), "an hour"),
        (octets(TANDEM_RAW_ALAW, 57_600_001), "an hour"),
        (tandem_piece { samples: std::ptr::null(), ..octets(TANDEM_RAW_ALAW, 8) }, "silence has none"),
        (tandem_piece { offset: 1, ..octets(TANDEM_RAW_ALAW, 8) }, "one of a file"),
        (tandem_piece { length: 8, ..octets(TANDEM_RAW_ALAW, 8) }, "one of a file"),
    ] {
        refused(list(&[piece], 1, sized(), &mut out), word);
    }
    let no_frames = [0_u8; 33];
    let no_frames = tandem_piece { samples: no_frames.as_ptr().cast(), ..octets(TANDEM_RAW_GSM, 33) };
    refused(list(&[no_frames], 1, sized(), &mut out), "1101");
    let no_file = tandem_piece { path: c"no/such/file.wav".as_ptr(), ..silence };
    assert_eq!(list(&[silence, no_file], 2, sized(), &mut out), TANDEM_E_FILE);
    // A piece has no size: what is behind the count is never looked at.
    ok(list(&[silence, no_file], 1, sized(), &mut out));
    refused(unsafe { tandem_play_seek(engine, out, 2, 0) }, "way 2");
    refused(unsafe { tandem_play_adjust(engine, out, 49, 0) }, "not 49");
    refused(unsafe { tandem_play_adjust(engine, out, 100, i32::MAX) }, "180 at most");
    for buffer in [0, 99, 60_001, u32::MAX] {
        refused(unsafe { tandem_play_stream(engine, channel, buffer, null, &mut out) }, "buffer");
    }
    for (options, word) in [
        (tandem_play_stream_options { buffer_ms: 99, ..sized() }, "buffer"),
        (tandem_play_stream_options { buffer_ms: u32::MAX, live_ms: 40, ..sized() }, "buffer"),
        (tandem_play_stream_options { live_ms: 39, ..sized() }, "40 ms"),
        (tandem_play_stream_options { live_ms: 251, ..sized() }, "half of its buffer"),
        (tandem_play_stream_options { buffer_ms: 100, live_ms: 400, ..sized() }, "half of its buffer"),
        (tandem_play_stream_options { live_ms: u32::MAX, ..sized() }, "half of its buffer"),
    ] {
        refused(unsafe { tandem_play_stream_with(engine, channel, &options, null, &mut out) }, word);
    }
    for (options, word) in [
        (tandem_stream_options { side: 3, ..sized() }, "side 3"),
        (tandem_stream_options { each_ms: 19, ..sized() }, "20 to 1000"),
        (tandem_stream_options { buffer_ms: 60_001, ..sized() }, "buffer"),
        (tandem_stream_options { waits_for_voice: 1, before_voice_ms: 10_001, ..sized() }, "before a voice"),
        (tandem_stream_options { before_voice_ms: 1, ..sized() }, "does not wait"),
        (tandem_stream_options { side: TANDEM_SIDE_BOTH, suppress: 1, ..sized() }, "not of both"),
    ] {
        refused(unsafe { tandem_stream(engine, channel, &options, null, &mut out) }, word);
    }
    for (options, word) in [
        (tandem_analysis_options { bias: 8, ..sized() }, "not 8"),
        (tandem_analysis_options { bias: i32::MIN, ..sized() }, "-8 to 7"),
        (tandem_analysis_options { threshold: -601, ..sized() }, "-60 to 0 dBm0"),
        (tandem_analysis_options { total_ms: 3_600_001, ..sized() }, "an hour"),
    ] {
        refused(unsafe { tandem_call_analyse(engine, 1, &options) }, word);
    }
    for (options, word) in [
        (tandem_record_options { sides: 4, ..sized() }, "no 4"),
        (tandem_record_options { format: 13, ..sized() }, "format 13"),
        (tandem_record_options { format: TANDEM_FORMAT_VOX_6K, ..sized() }, "one channel"),
        (tandem_record_options { format: TANDEM_FORMAT_VOX, ..sized() }, "one channel"),
        (tandem_record_options { format: TANDEM_FORMAT_G726_40, ..sized() }, "one channel"),
        (tandem_record_options { format: TANDEM_FORMAT_GSM, ..sized() }, "one channel"),
        (tandem_record_options { format: TANDEM_FORMAT_ALAW, append: 1, ..sized() }, "one channel"),
        (tandem_record_options { format: TANDEM_FORMAT_ULAW, ..sized() }, "one channel"),
        (tandem_record_options { target: -401, ..sized() }, "-40 to -6 dBm0"),
        (tandem_record_options { received_gain: 181, ..sized() }, "-40 to 18 dB"),
        (tandem_record_options { sent_gain: i32::MIN, ..sized() }, "-40 to 18 dB"),
        (tandem_record_options { longest_silence_ms: 499, ..sized() }, "half a second"),
        (tandem_record_options { longest_silence_ms: 60_001, ..sized() }, "half a second"),
        (tandem_record_options { trim: 1, ..sized() }, "far end's side"),
        (tandem_record_options { before_ms: 1, ..sized() }, "recording.pre_roll_ms"),
        (tandem_record_options { segment_seconds: 86_401, ..sized() }, "whole seconds"),
        (tandem_record_options { segment_seconds: 1, append: 1, ..sized() }, "segments"),
    ] {
        let path = c"/no/such/directory/x.wav".as_ptr();
        refused(unsafe { tandem_record_with(engine, channel, path, &options, null, &mut out) }, word);
    }
    let mut statistics = sized::<tandem_group_statistics>();
    let group = c"none".as_ptr();
    refused(unsafe { tandem_group_get_statistics(engine, group, &mut statistics) }, "no such group");
    for level in [
        tandem_levels { gain: 181, ..no_level() },
        tandem_levels { target: -401, ..no_level() },
        tandem_levels { gate: 1, ..no_level() },
    ] {
        let shape = tandem_shape { sent: level, ..sized() };
        refused(unsafe { tandem_channel_shape(engine, channel, &shape) }, "dBm0");
    }
    let reminder = tandem_shape { reminder_hz: 1400, reminder_ms: 400, reminder_each_ms: 15_000, ..sized() };
    for shape in [
        tandem_shape { reminder_hz: 299, ..reminder },
        tandem_shape { reminder_level: 1, ..reminder },
        tandem_shape { reminder_each_ms: u32::MAX, ..reminder },
    ] {
        refused(unsafe { tandem_channel_shape(engine, channel, &shape) }, "a reminder is a tone");
    }
    for terms in [
        tandem_voice_terms { threshold: -601, ..sized() },
        tandem_voice_terms { threshold: 1, ..sized() },
        tandem_voice_terms { onset_ms: 10_001, ..sized() },
        tandem_voice_terms { hangover_ms: u32::MAX, ..sized() },
    ] {
        refused(unsafe { tandem_channel_attend(engine, channel, &terms) }, "-60 to 0 dBm0");
    }
}

#[test]
fn a_handle_of_another_engine_is_stale_in_every_place_of_a_handle_and_nothing_of_either_is_touched() {
    let (mut one, other) = (World::new("one"), World::new("other"));
    let theirs = |kind: Kind| match kind {
        Channel | Source => Some(other.channel),
        Bridge => Some(other.bridge),
        Operation => Some(other.operation),
        Test => Some(other.test),
        Queue | Assigned => Some(other.queue),
        Timer => Some(other.timer),
        _ => None,
    };
    let mut looked = 0;
    each(
        |kind| theirs(kind).is_some(),
        |function, place, kind| {
            one.fails(function, place, theirs(kind).expect("a handle") as usize, TANDEM_E_STALE);
            looked += 1;
        },
    );
    assert!(looked > 50, "{looked}");
    for world in [&one, &other] {
        ok(unsafe { tandem_operation_stop(world.engine, world.operation) });
        ok(unsafe { tandem_timer_stop(world.engine, world.timer) });
        ok(unsafe { tandem_bridge_free(world.engine, world.bridge) });
        let mut result = sized::<tandem_line_test>();
        ok(unsafe { tandem_line_test_stop(world.engine, world.test, &mut result) });
    }
}

/// Calls every function with good arguments, and gives those that were not refused by the present state of all.
fn taken_by(world: &mut World) -> Vec<&'static str> {
    let is_taken = |function: &&Function| (function.call)(&world.words(function)) != TANDEM_E_STATE;
    FUNCTIONS.iter().filter(is_taken).map(|function| function.name).collect()
}

#[test]
fn the_child_of_a_fork_is_refused_every_function_and_the_parents_engine_goes_on() {
    for mode in ["lockstep", "threads"] {
        let mut world = World::in_mode(&format!("fork-{mode}"), mode);
        // SAFETY: what is left of the process is this thread, which calls functions that are to do nothing, and ends.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // Whatever hangs is ended.
            unsafe { libc::alarm(20) };
            let taken = taken_by(&mut world);
            let told = problem().contains("forked") && unsafe { tandem_abi_version() } > 0;
            unsafe { libc::_exit(if told { taken.len().min(100) as i32 } else { 101 }) };
        }
        let mut status = 0;
        assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
        assert!(libc::WIFEXITED(status), "{mode}: {status:#x}");
        assert_eq!(libc::WEXITSTATUS(status), 0, "{mode}: so many functions were not refused");
        let mut bridge = 0;
        ok(unsafe { tandem_bridge_new(world.engine, &mut bridge) });
    }
    // Who has no engine has nothing to lose by a fork.
    let child = unsafe { libc::fork() };
    if child == 0 {
        unsafe { libc::alarm(20) };
        let mut engine = 0;
        let opened = unsafe { tandem_engine_open(c(BARE).as_ptr(), &mut engine) };
        unsafe { libc::_exit(if opened == TANDEM_OK { tandem_engine_close(engine) } else { 1 }) };
    }
    let mut status = 0;
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert_eq!(status, 0);
}

/// A world whose functions are all called where the library calls the host, and those that it did not refuse there.
struct FromInside {
    world: World,
    taken: Vec<&'static str>,
    calls: usize,
}

impl FromInside {
    fn new(name: &str) -> Box<Self> {
        Box::new(Self { world: World::new(name), taken: Vec::new(), calls: 0 })
    }

    fn call_all(&mut self) {
        self.calls += 1;
        self.taken.extend(taken_by(&mut self.world));
    }
}

unsafe extern "C" fn call_all_and_refuse(
    context: *mut c_void,
    _: *const c_char,
    _: *const c_char,
    _: *mut tandem_card,
) -> tandem_result {
    unsafe { &mut *context.cast::<FromInside>() }.call_all();
    TANDEM_E_CARD
}

unsafe extern "C" fn call_all_of_a_log(context: *mut c_void, _: u32, _: *const c_char) {
    let inside = unsafe { &mut *context.cast::<FromInside>() };
    if inside.calls == 0 {
        inside.call_all();
    }
}

#[test]
fn every_function_is_refused_where_the_library_calls_the_host() {
    let mut card = FromInside::new("card");
    let model = c("from-inside");
    let context = (&raw mut *card).cast();
    ok(unsafe { tandem_card_register(model.as_ptr(), Some(call_all_and_refuse), context) });
    let text = c(&BARE.replacen("\"loop\"", "\"from-inside\"", 1));
    let mut engine = 0;
    assert_eq!(unsafe { tandem_engine_open(text.as_ptr(), &mut engine) }, TANDEM_E_CARD, "{}", problem());
    assert_eq!((card.calls, &card.taken[..]), (1, &[][..]));
    ok(unsafe { tandem_card_register(model.as_ptr(), None, std::ptr::null_mut()) });

    let mut log = FromInside::new("log");
    let context = (&raw mut *log).cast();
    ok(unsafe { tandem_log_set(Some(call_all_of_a_log), context, TANDEM_LOG_DEBUG) });
    log::info!("one of its messages");
    ok(unsafe { tandem_log_set(None, std::ptr::null_mut(), 0) });
    assert_eq!((log.calls, &log.taken[..]), (1, &[][..]));
}

#[test]
fn every_function_is_called_by_two_threads_at_once_and_the_engine_stays_whole() {
    const ROUNDS: usize = 20;
    let world = World::in_mode("threads", "threads");
    let (handles, text) = (world.handles(), &*world.text);
    // Closing is tried in threads.rs, and waiting without end is not for two.
    let not_here = ["tandem_engine_close", "tandem_engine_advance", "tandem_event_wait", "tandem_queue_wait"];
    for function in FUNCTIONS.iter().filter(|function| !not_here.contains(&function.name)) {
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut mine = World::shared(handles, text);
                    for _ in 0..ROUNDS {
                        let result = (function.call)(&mine.words(function));
                        assert!((TANDEM_E_UNSUPPORTED..=TANDEM_OK).contains(&result), "{}", function.name);
                        assert_ne!(result, TANDEM_E_INTERNAL, "{}: {}", function.name, problem());
                    }
                });
            }
        });
        let mut event = sized::<tandem_event>();
        while unsafe { tandem_event_wait(world.engine, 0, &mut event) } == TANDEM_OK {}
    }
    let mut counted = sized::<tandem_statistics>();
    ok(unsafe { tandem_get_statistics(world.engine, &mut counted) });
}
