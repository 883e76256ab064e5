#!/usr/bin/env python3
"""Takes a call through libtandem by ctypes, as hosts in managed languages do.

    python3 smoke.py [libtandem.so.0 [0.1.0.abi]]

Opens an engine in virtual time, answers the caller at the far end of its trunk, plays half a second, collects digits and
clears. Before that it tells the library structures that are too small, just right and larger than it knows. With the
interface of a release (abi/ of the sources) it also compares the structures below with that.
"""
import ctypes
import sys
from ctypes import POINTER, Structure, byref, c_char, c_char_p, c_int16, c_int32, c_int64, c_size_t, c_uint32, c_uint64

CONFIGURATION = b"""
[engine]
mode = "lockstep"
[[card]]
model = "sim-bit"
options = { seed = 5, calls_per_second = 2, max_calls = 1, hold_seconds = 30, digits = "12#" }
[[span]]
port = 0
em = { digits = 4 }
"""
OK, E_SIZE, E_STALE = 0, -3, -4
CALL_OFFERED, CALL_ANSWERED, CALL_CLEARED, PLAY_DONE, COLLECT_DONE = 1, 2, 3, 5, 6
END_FINISHED, END_DIGIT = 1, 2


class Event(Structure):
    name = "tandem_event"
    _fields_ = [("size", c_uint32), ("type", c_uint32), ("seq", c_uint64), ("frame", c_uint64), ("object", c_uint64),
                ("call", c_uint64), ("operation", c_uint64), ("reason", c_int32), ("value", c_int32),
                ("length_ms", c_uint64), ("gap_ms", c_uint64), ("start", c_uint64), ("text", c_char * 256),
                ("lost_ms", c_uint64), ("gaps", c_uint32), ("reserved", c_uint32)]


class Terms(Structure):
    name = "tandem_terms"
    _fields_ = [("size", c_uint32), ("any_digit", c_uint32), ("digits", c_char * 20), ("max_digits", c_uint32),
                ("first_digit_ms", c_uint64), ("inter_digit_ms", c_uint64), ("max_time_ms", c_uint64), ("tones", c_uint64),
                ("silence_ms", c_uint64), ("initial_silence_ms", c_uint64), ("max_voice_ms", c_uint64),
                ("voice", c_uint32), ("reserved", c_uint32)]


class CallInfo(Structure):
    name = "tandem_call_info"
    _fields_ = [("size", c_uint32), ("state", c_uint32), ("channel", c_uint64), ("user", c_uint64),
                ("interaction", c_uint64), ("began", c_uint64), ("answered", c_uint64), ("ended", c_uint64),
                ("bearer", c_uint32), ("incoming", c_uint32), ("cause", c_uint32), ("cleared_by_far_end", c_uint32),
                ("law", c_uint32), ("number_end", c_uint32), ("cause_location", c_uint32), ("progress", c_uint32)]


class SpanInfo(Structure):
    name = "tandem_span_info"
    _fields_ = [("size", c_uint32), ("defects", c_uint32), ("span", c_uint64), ("failed", c_uint32),
                ("channels", c_uint32), ("calls", c_uint32), ("looped", c_uint32), ("frames_lost", c_uint64)]


def load(path):
    """The library with the types of the functions used here: without them ctypes takes handles for 32 bits."""
    library = ctypes.CDLL(path)
    handle, result = c_uint64, c_int32
    for name, kind, *parameters in [
        ("tandem_abi_version", c_uint32),
        ("tandem_version", c_char_p),
        ("tandem_strerror", c_char_p, result),
        ("tandem_problem", c_char_p),
        ("tandem_engine_open", result, c_char_p, POINTER(handle)),
        ("tandem_engine_advance", result, handle, c_uint64),
        ("tandem_engine_close", result, handle),
        ("tandem_event_wait", result, handle, c_int64, POINTER(Event)),
        ("tandem_call_answer", result, handle, c_uint64),
        ("tandem_call_clear", result, handle, c_uint64, c_uint32),
        ("tandem_call_get_info", result, handle, c_uint64, POINTER(CallInfo)),
        ("tandem_play_samples", result, handle, handle, POINTER(c_int16), c_size_t, POINTER(Terms), POINTER(handle)),
        ("tandem_collect", result, handle, handle, POINTER(Terms), POINTER(handle)),
        ("tandem_span_get_info", result, handle, c_uint32, POINTER(SpanInfo)),
    ]:
        function = getattr(library, name)
        function.restype, function.argtypes = kind, parameters
    return library


def check(condition, what):
    if not condition:
        sys.exit(f"smoke: {what}")


def compare_layouts(path):
    """Our structures with those of a release: place and octets of each field. The release may have more behind them."""
    with open(path, encoding="utf-8") as file:
        release = {tuple(line.split()[:2]): line.split()[2:4] for line in file if line.startswith(("structure", "field"))}
    for ours in (Event, Terms, CallInfo, SpanInfo):
        size = int(release[("structure", ours.name)][0])
        check(size >= ctypes.sizeof(ours), f"{ours.name} has {size} octets")
        for field, _ in ours._fields_:
            place = getattr(ours, field)
            theirs = release[("field", f"{ours.name}.{field}")]
            check(theirs == [str(place.offset), str(place.size)], f"{ours.name}.{field} is elsewhere")


class Host:
    def __init__(self, library):
        self.library, self.engine = library, c_uint64()
        self.ok(library.tandem_engine_open(CONFIGURATION, byref(self.engine)))

    def ok(self, result):
        check(result == OK, f"{result}: {self.library.tandem_problem().decode()}")

    def event(self):
        event = Event(size=ctypes.sizeof(Event))
        self.ok(self.library.tandem_event_wait(self.engine, 20000, byref(event)))
        return event

    def wait_for(self, kind):
        event = self.event()
        while event.type != kind:
            event = self.event()
        return event

    def sizes(self):
        """The rule of sizes: smaller is refused and nothing written; larger is filled as far as it is known."""
        class Larger(Structure):
            _fields_ = [("known", SpanInfo), ("more", ctypes.c_uint8 * 40)]

        get = self.library.tandem_span_get_info
        for size in (0, 4, ctypes.sizeof(SpanInfo) - 1):
            info = SpanInfo(size=size, channels=77)
            check(get(self.engine, 0, byref(info)) == E_SIZE and info.channels == 77, f"{size} octets are too few")
        larger = Larger(SpanInfo(size=ctypes.sizeof(Larger)), (ctypes.c_uint8 * 40)(*[0xA5] * 40))
        self.ok(get(self.engine, 0, byref(larger.known)))
        check(larger.known.channels == 30 and larger.known.size == ctypes.sizeof(Larger), "what is known is written")
        check(set(larger.more) == {0xA5}, "what is not known is left alone")

    def call(self):
        library, engine, operation = self.library, self.engine, c_uint64()
        self.ok(library.tandem_engine_advance(engine, 8000))
        offered = self.wait_for(CALL_OFFERED)
        print(f"offered: {offered.text.decode()}")
        self.ok(library.tandem_call_answer(engine, offered.call))
        channel = self.wait_for(CALL_ANSWERED).object
        samples = (c_int16 * 4000)(*[4000 if n // 10 % 2 else -4000 for n in range(4000)])
        self.ok(library.tandem_play_samples(engine, channel, samples, len(samples), None, byref(operation)))
        played = self.wait_for(PLAY_DONE)
        check((played.operation, played.reason) == (operation.value, END_FINISHED), "the sound was heard out")
        print(f"played: {played.length_ms} ms")
        terms = Terms(size=ctypes.sizeof(Terms), digits=b"#", max_digits=4, first_digit_ms=5000)
        self.ok(library.tandem_collect(engine, channel, byref(terms), byref(operation)))
        collected = self.wait_for(COLLECT_DONE)
        check((collected.operation, collected.reason) == (operation.value, END_DIGIT), "a digit ended it")
        print(f"collected: {collected.text.decode()}")
        self.ok(library.tandem_call_clear(engine, offered.call, 16))
        print(f"cleared: cause {self.wait_for(CALL_CLEARED).value}")
        info = CallInfo(size=ctypes.sizeof(CallInfo))
        self.ok(library.tandem_call_get_info(engine, offered.call, byref(info)))
        check(info.channel == channel and info.began < info.answered < info.ended, "the call is told in full")

    def close(self):
        self.ok(self.library.tandem_engine_close(self.engine))
        check(self.library.tandem_engine_advance(self.engine, 8) == E_STALE, "a handle of what is gone is stale")


def main():
    library = load(sys.argv[1] if len(sys.argv) > 1 else "libtandem.so.0")
    check(library.tandem_abi_version() == 0 << 16 | 1, "made for version 0.1")
    if len(sys.argv) > 2:
        compare_layouts(sys.argv[2])
    host = Host(library)
    host.sizes()
    host.call()
    host.close()
    print(f"libtandem {library.tandem_version().decode()}: {library.tandem_strerror(OK).decode()}")


if __name__ == "__main__":
    main()
