/*
 * Tandem: a telephony engine for E1/T1 trunks.
 *
 * How it is used: open an engine from a configuration, fetch events, and act on them with the handles that
 * they carry. Operations (play, collect, record) run on their own; each ends in exactly one event. Nothing
 * here calls back into the host, except the log function if one is set, and the cards that the host brings.
 *
 * Rules that hold for every function:
 *   - The result is TANDEM_OK or one of the negative TANDEM_E_ codes; tandem_strerror() explains a code, and
 *     tandem_problem() tells what this thread's last failed call ran into.
 *   - A call that fails has changed nothing, and has written to none of its outputs.
 *   - Every pointer is checked for NULL; only `terms`, a `context`, and what a comment says of it may be
 *     NULL. None needs alignment. Inputs come first, then outputs.
 *   - The comment of a function lists the errors that are its own. Besides, whatever takes a handle may answer
 *     STALE or KIND for it, whatever takes an engine CLOSED while that is being closed, whatever takes `terms`
 *     UNSUPPORTED where its `tones` cannot be listened for on the channel, and any function NULL, ARGUMENT, SIZE,
 *     INTERNAL, or STATE in the child of a fork and in a log function.
 *   - Any function may be called from any thread. [control] marks those that wait for the control thread of
 *     the engine (microseconds, as a rule), [files] those that also read or create a file in the caller's
 *     thread, [wait] those that wait as long as they are told; all others return at once.
 *   - Structures begin with their size, set by the host: sizeof of the structure it was compiled with. A
 *     smaller structure than that of version 0.1 is refused; fields that a host does not know are not
 *     written, and fields that it does not have count as zero.
 *   - Handles are numbers. 0 names nothing; a handle of something gone is refused with TANDEM_E_STALE.
 *   - Strings are UTF-8 and end with a zero octet: a configuration within 1 MiB, a path within 4095 octets.
 *     The library keeps no pointer into the host's memory after a call returns, but for the log function,
 *     cards of the host, and their contexts.
 *
 * Times are in frames of 125 microseconds since the engine was opened, unless a name ends in _ms.
 */
#ifndef TANDEM_H
#define TANDEM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Versions and results -------------------------------------------------------------------------- */

/** The major version of this header: a library of another does not serve it. */
#define TANDEM_VERSION_MAJOR 0
/** The minor version: from 1.0 on a library of a greater one serves it, and one of a smaller one does not. */
#define TANDEM_VERSION_MINOR 1
/** The patch of that version. No program needs to ask for it. */
#define TANDEM_VERSION_PATCH 0

/** The outcome of a call: TANDEM_OK or a negative code. */
typedef int32_t tandem_result;

/* What calls answer. Numbers are never used again for something else. */
enum {
    TANDEM_OK = 0,            /* done */
    TANDEM_E_NULL = -1,       /* a pointer is NULL that must not be */
    TANDEM_E_ARGUMENT = -2,   /* an argument is out of range or malformed */
    TANDEM_E_SIZE = -3,       /* the size field of a structure is too small */
    TANDEM_E_STALE = -4,      /* the handle names something that is gone, or never was */
    TANDEM_E_KIND = -5,       /* the handle names something of another kind */
    TANDEM_E_NO_CALL = -6,    /* there is no such call, or it is over */
    TANDEM_E_STATE = -7,      /* not possible in the present state */
    TANDEM_E_BUSY = -8,       /* all in use, or the host is behind with its events: try later */
    TANDEM_E_FILE = -9,       /* a file cannot be read or created */
    TANDEM_E_CONFIG = -10,    /* the configuration is wrong */
    TANDEM_E_CARD = -11,      /* a card cannot be opened or used */
    TANDEM_E_SYSTEM = -12,    /* the operating system refused something */
    TANDEM_E_TIMEOUT = -13,   /* nothing happened in the time given */
    TANDEM_E_CLOSED = -14,    /* the engine has been closed */
    TANDEM_E_INTERNAL = -15,  /* a defect of the library; please report it */
    TANDEM_E_UNSUPPORTED = -16 /* the card or the signalling that it would take cannot do it */
};

/** A name for something inside an engine, or for an engine. 0 names nothing. */
typedef uint64_t tandem_handle;

/** The version of this interface that the library has: major << 16 | minor. Compatible if the major equals
 *  TANDEM_VERSION_MAJOR and the minor is at least TANDEM_VERSION_MINOR. */
uint32_t tandem_abi_version(void);

/** The version of the library as text, for logs. Static memory. */
const char *tandem_version(void);

/** A sentence that explains a result code. Static memory; never NULL. */
const char *tandem_strerror(tandem_result result);

/** A sentence on what this thread's last failed call ran into: the field of the configuration, the file, the
 *  state. Empty if none failed yet. Valid until this thread's next call. Never NULL. */
const char *tandem_problem(void);

/* ---- Logging --------------------------------------------------------------------------------------- */

/* How grave a message is: the smaller, the graver. */
enum {
    TANDEM_LOG_ERROR = 1,   /* something failed, or a defect of the library */
    TANDEM_LOG_WARNING = 2, /* something is not as it should be, and work goes on */
    TANDEM_LOG_INFO = 3,    /* what a log of operation has: open, close, failures and their end */
    TANDEM_LOG_DEBUG = 4    /* what helps to find a fault */
};

/** A log function. Called from threads of the engine, and from within calls of the host in the host's own;
 *  never from the media thread. Several may call it at once. It must not call back into Tandem (STATE), must not throw and must
 *  return soon: commands may wait for it, so it must not wait for a thread that is in one. `message` is valid during the call
 *  only. */
typedef void (*tandem_log_function)(void *context, uint32_t level, const char *message);

/** Sets the log function of the process for messages up to `level`. NULL turns logging off, as it is at
 *  first. A former function may still be running in another thread when this returns.
 *  Errors: STATE (a Rust program that holds the library has a logger of its own). */
tandem_result tandem_log_set(tandem_log_function function, void *context, uint32_t level);

/* ---- Engine ---------------------------------------------------------------------------------------- */

/** [files] Opens an engine from a configuration text (TOML, see docs/configuration.md) and starts it.
 *  Errors: CONFIG, CARD, SYSTEM. */
tandem_result tandem_engine_open(const char *configuration, tandem_handle *engine);

/** [files] The same from the file at `path`. Errors: FILE, CONFIG, CARD, SYSTEM. */
tandem_result tandem_engine_open_file(const char *path, tandem_handle *engine);

/** [wait] Clears all calls, finishes recordings (five seconds at most) and closes the engine. Its handles
 *  are stale from then on; threads in tandem_event_wait() return with CLOSED. Events that nobody has fetched
 *  by then are gone. Errors: CLOSED (another thread is closing it). */
tandem_result tandem_engine_close(tandem_handle engine);

/** What another configuration means for the spans. */
typedef struct tandem_changes {
    uint32_t size;
    uint32_t spans_added;   /* spans that there were not */
    uint32_t spans_changed; /* set up anew */
    uint32_t spans_removed; /* spans that there are no longer */
    uint32_t calls;         /* on those that change, or go; they are waited for */
    uint32_t reserved;
} tandem_changes;

/** [control] Has another configuration take effect while calls run: sections of spans that are new, other or gone, groups, and
 *  what holds for calls, recordings, prompts, tones and alarms. It is compared with the one that holds and refused as a whole if
 *  anything else in it is another; docs/configuration.md says more. A span that changes or goes takes no new calls at once, and
 *  changes when it has none any more, or `drain_ms` later, when those that are left are cleared (negative: they are waited
 *  for). Until then another configuration takes the place of this one, as to wait no longer. SPAN_CHANGED tells of each; handles
 *  of it and its channels are stale from then on. What it comes to is written to `changes`. Errors: CONFIG, BUSY (spans are just
 *  being changed). */
tandem_result tandem_engine_reload(tandem_handle engine, const char *configuration, int64_t drain_ms,
                                   tandem_changes *changes);

/** [files] As tandem_engine_reload(), from the file at `path`; `drain_ms` is as there. SPAN_CHANGED tells of each span.
 *  Errors: FILE, CONFIG, BUSY (the last change is still under way). */
tandem_result tandem_engine_reload_file(tandem_handle engine, const char *path, int64_t drain_ms,
                                        tandem_changes *changes);

/** [wait] In mode "lockstep", lets so many frames of virtual time pass, in whole ticks.
 *  Errors: STATE (the mode is "threads"). */
tandem_result tandem_engine_advance(tandem_handle engine, uint64_t frames);

/* ---- Events ---------------------------------------------------------------------------------------- */

/* What happens, and what the fields of tandem_event have for it; those that are not named are 0 or empty. */
enum {
    TANDEM_EVENT_CALL_OFFERED = 1,  /* object: channel; text: called number */
    TANDEM_EVENT_CALL_ANSWERED = 2, /* object: channel */
    TANDEM_EVENT_CALL_CLEARED = 3,  /* object: the channel it was on last, which may have another call by then; value: Q.850
                                       cause; reason: 1 if by the far end */
    TANDEM_EVENT_DIGIT = 4,         /* object: channel; text: the digit. For information */
    TANDEM_EVENT_PLAY_DONE = 5,     /* object: channel; operation; reason: TANDEM_END_; length_ms: heard; value: where in
                                       its round it was, in ms */
    TANDEM_EVENT_COLLECT_DONE = 6,  /* object: channel; operation; reason: TANDEM_END_; text: digits */
    TANDEM_EVENT_RECORD_DONE = 7,   /* object: channel; operation; reason: TANDEM_END_; text: path, and what
                                       failed if it did; length_ms: recorded; gap_ms: of them lost, filled with silence;
                                       lost_ms: of them lost before they came here, concealed or not; gaps: in how many
                                       places something is missing, which a WAV file names behind its samples (cue points
                                       with a length); start: its first frame; value: where in the file that is, in ms */
    TANDEM_EVENT_SPAN_DEFECTS = 8,  /* object: span; value: TANDEM_DEFECT_ bits now */
    TANDEM_EVENT_SPAN_FAILED = 9,   /* object: span; value: TANDEM_DEFECT_ bits; its circuits are blocked */
    TANDEM_EVENT_SPAN_RESTORED = 10,/* object: span; its circuits are in use again */
    TANDEM_EVENT_OVERFLOW = 11,     /* value: events for information that were dropped */
    TANDEM_EVENT_ENGINE_FAILED = 12,/* text: the part that failed by a defect of the library; seq: 0. Close it */
    TANDEM_EVENT_CLOCK_CHANGED = 13,/* object: the span whose clock is followed from now on; 0: none can be, and the
                                       cards run by their own oscillator */
    TANDEM_EVENT_TIMING_LOOP = 14,  /* object: span; its far end, whose clock was followed, says that it follows ours */
    TANDEM_EVENT_SPAN_LOOPED = 15,  /* object: span; value: the TANDEM_LOOP_ closed on it now; reason: 1 if its far end
                                       commanded it (T1) */
    TANDEM_EVENT_CALL_PROGRESS = 16,/* object: channel; value: TANDEM_STAGE_; reason: 1 if the far end sends something to
                                       be heard, such as a tone. TANDEM_STAGE_PROGRESS is for information */
    TANDEM_EVENT_LINK_CHANGED = 17, /* object: span; value: 1 if its signalling link is up, and calls can be made, else 0 */
    TANDEM_EVENT_CALL_DISCONNECTED = 18,/* object: channel; value: Q.850 cause; reason: 1 if the far end still sends something
                                       to be heard, such as a busy tone: the call stays for it until tandem_call_clear(), 30 s
                                       at most. CALL_CLEARED follows. Told where signalling clears in two steps */
    TANDEM_EVENT_CALL_HOLD = 19,    /* object: channel; value: TANDEM_HOLD_. CALL_CLEARED comes in its place when the call ends
                                       before the far end has answered */
    TANDEM_EVENT_CALL_INFORMATION = 20,/* object: channel; value: TANDEM_INFORMATION_; text: its octets, which may be
                                       zero; reason: how many. For information */
    TANDEM_EVENT_CHANNEL_SERVICE = 21,/* object: channel; value: TANDEM_SERVICE_ */
    TANDEM_EVENT_LINK_LOOPED = 22,  /* object: span; value: 1 if its D channel is looped to itself: what is sent comes back */
    TANDEM_EVENT_LINK_SWITCHED = 23,/* object: span; of several that share a D channel, that of this one signals from now on:
                                       another has failed */
    TANDEM_EVENT_SPAN_FACILITY = 24,/* object: span; text: a facility of Q.932 that belongs to no call, its octets, which may be
                                       zero; reason: how many. For information */
    TANDEM_EVENT_SOUND_BEGAN = 25,  /* object: channel; value: TANDEM_SOUND_; text: its name. For information */
    TANDEM_EVENT_SOUND_ENDED = 26,  /* object: channel; value: TANDEM_SOUND_; text: its name; length_ms: how long it was
                                       heard. For information */
    TANDEM_EVENT_CALLER_ID = 27,    /* object: channel; text: a message of caller identification, its octets from type and
                                       length to checksum, which may be zero; reason: how many. For information */
    TANDEM_EVENT_STREAM_READY = 28, /* object: channel; operation: of a stream; length_ms: about how much can be written to
                                       it, or read from it, now. Told again each second until it is read */
    TANDEM_EVENT_STREAM_DONE = 29,  /* object: channel; operation: of tandem_stream(); reason: TANDEM_END_; length_ms: how
                                       much was read; gap_ms: how much was lost, because it was read late or not at all */
    TANDEM_EVENT_CALL_ANALYSED = 30,/* object: channel; value: TANDEM_CLASS_; reason: how sure it is, 0 to 100; length_ms: how
                                       long the greeting was; gap_ms: for how long it was judged; text: why */
    TANDEM_EVENT_CALL_HEARD = 31,   /* object: channel; value: TANDEM_HEARD_, of a call that is analysed and goes on */
    TANDEM_EVENT_CALL_BEEP = 32,    /* object: channel; value: Hz; length_ms: how long it was: an answering machine has ended its
                                       beep, and records what it hears now */
    TANDEM_EVENT_GROUP_BUSY = 33,   /* value: 1 if no channel of a group of trunks is free any more, 0 if one is again; reason: the
                                       place of the group in the configuration, from 0; text: its name */
    TANDEM_EVENT_SPAN_CHANGED = 34, /* object: span, as it is named from now on; value: TANDEM_SPAN_; text: why its card refuses
                                       it, if it does */
    TANDEM_EVENT_DIGIT_ENDED = 35,  /* object: channel; length_ms: how long the key was held; value: level of its low tone, in
                                       tenths of dBm0; reason: of its high tone; text: the digit, and by how many Hz the two
                                       were off, as "5 -0.3 1.2". Told with TANDEM_DETECT_DIGITS. For information */
    TANDEM_EVENT_TIMER = 36,        /* object: channel to whose call it belongs, or 0; operation: the timer; reason: TANDEM_END_,
                                       FINISHED when its time was over */
    TANDEM_EVENT_RECORD_SEGMENT = 37, /* object: channel; operation, which goes on: one of its files is complete, and the next begun;
                                       text: path; value: its number, from 1; length_ms, gap_ms, lost_ms, gaps, start: as of RECORD_DONE */
    TANDEM_EVENT_ALARM = 38,        /* object: span or channel, or 0; value: TANDEM_SEVERITY_, CLEARED when it is over; reason:
                                       TANDEM_ALARM_; text: what is wrong, for people */
    TANDEM_EVENT_BITS = 39,         /* object: channel of a span with signalling = "cas"; value: the signalling bits that it
                                       receives from now on, a 8, b 4, c 2, d 1 */
    TANDEM_EVENT_FRAME = 43,        /* object: span with signalling = "hdlc"; value: its number: frames wait to be read. Told
                                       again each second until there are none */
    TANDEM_EVENT_FRAME_ROOM = 44,   /* object: span; value: its number: there is room for frames to be sent again, after
                                       tandem_span_send_frame() has answered BUSY */
    TANDEM_EVENT_BRIDGE_MODERATED = 46,/* object: a bridge that is moderated; value: 1 if the first moderator has come, 0 if the last
                                       has left */
    TANDEM_EVENT_CALL_TRANSFERRED = 45,/* object: channel; start: the call that it was transferred to; reason: TANDEM_END_,
                                       FINISHED when they are joined, FAILED when the other ended before it was answered, and
                                       the call is the host's again, HANGUP when the call itself ended, STOPPED when the host
                                       gave it up; value: the Q.850 cause of the one that ended */
    TANDEM_EVENT_TAP_CALL = 41,     /* a call of others, on a line with signalling = "tap": call; value: TANDEM_TAP_; object: channel
                                       that hears the network, 0 while none is certain; operation: the span that hears it;
                                       reason: of one that has ended the Q.850 cause, 0 if that was not heard; text: the called
                                       number as far as it has come. Told anew when the channel is another */
    TANDEM_EVENT_TALKER = 40        /* object: channel, party of a bridge that is watched; value: 1 if it begins to speak, 0 if it
                                       ceases; operation: the bridge. For information */
};

/* What has become of a span by another configuration. */
enum {
    TANDEM_SPAN_ADDED = 1,   /* it is new, and in use */
    TANDEM_SPAN_CHANGED = 2, /* it is set up anew */
    TANDEM_SPAN_REMOVED = 3, /* it is gone */
    TANDEM_SPAN_REFUSED = 4  /* its card has not taken it, and it is not used */
};

/* What a call has come to that is analysed. */
enum {
    TANDEM_CLASS_DIAL_TONE = 1,      /* the network takes digits, and has not placed the call */
    TANDEM_CLASS_BUSY = 2,           /* the called party is busy */
    TANDEM_CLASS_CONGESTION = 3,     /* the network is */
    TANDEM_CLASS_VACANT = 4,         /* a tone that says that the number is not in use */
    TANDEM_CLASS_SIT = 5,            /* special information tone of no class */
    TANDEM_CLASS_SIT_INTERCEPT = 6,  /* special information tone: the call was intercepted */
    TANDEM_CLASS_SIT_VACANT = 7,     /* likewise: the number is not in use */
    TANDEM_CLASS_SIT_REORDER = 8,    /* likewise: the network is busy or has failed */
    TANDEM_CLASS_SIT_NO_CIRCUIT = 9, /* likewise: no circuit is free */
    TANDEM_CLASS_FAX = 10,           /* a fax machine */
    TANDEM_CLASS_MODEM = 11,         /* or a fax machine that answers like one */
    TANDEM_CLASS_HUMAN = 12,         /* a person */
    TANDEM_CLASS_MACHINE = 13,       /* an answering machine, or an announcement after the answer; CALL_BEEP may follow */
    TANDEM_CLASS_MUSIC = 14,         /* in place of ring-back tone, until the time was over */
    TANDEM_CLASS_ANNOUNCEMENT = 15,  /* speech before the answer */
    TANDEM_CLASS_SILENCE = 16,       /* answered, and nobody speaks */
    TANDEM_CLASS_NO_ANSWER = 17,     /* neither an answer nor a verdict in time */
    TANDEM_CLASS_UNKNOWN = 18        /* something, and not enough of anything */
};

/* What is heard of a call that is analysed and goes on. */
enum {
    TANDEM_HEARD_RINGING = 1, /* ring-back tone */
    TANDEM_HEARD_MUSIC = 2    /* music in place of it */
};

/* What may be heard on a channel besides digits. */
enum {
    TANDEM_SOUND_DIAL = 1,          /* dial tone */
    TANDEM_SOUND_SPECIAL_DIAL = 2,  /* there is something to tell: messages wait, or calls are diverted */
    TANDEM_SOUND_RINGING = 3,       /* ring-back tone */
    TANDEM_SOUND_BUSY = 4,          /* the called party is busy */
    TANDEM_SOUND_CONGESTION = 5,    /* the network is */
    TANDEM_SOUND_VACANT = 6,        /* number unobtainable */
    TANDEM_SOUND_WAITING = 7,       /* a second call waits */
    TANDEM_SOUND_CONFIRMATION = 8,  /* the network has taken an order */
    TANDEM_SOUND_HOWLER = 9,        /* the receiver is off the hook */
    TANDEM_SOUND_SIT = 10,          /* special information tone by E.180, of no class */
    TANDEM_SOUND_SIT_INTERCEPT = 11, /* of the class that the call was intercepted */
    TANDEM_SOUND_SIT_VACANT = 12,   /* that the number is not in use */
    TANDEM_SOUND_SIT_REORDER = 13,  /* that the network is busy or has failed */
    TANDEM_SOUND_SIT_NO_CIRCUIT = 14, /* that no circuit is free */
    TANDEM_SOUND_CNG = 15,          /* calling fax machine (T.30) */
    TANDEM_SOUND_ANS = 16,          /* answer tone of a fax machine or modem, 2100 Hz (V.25) */
    TANDEM_SOUND_ANS_PR = 17,       /* with phase reversals */
    TANDEM_SOUND_ANSAM = 18,        /* amplitude-modulated (V.8) */
    TANDEM_SOUND_ANSAM_PR = 19,     /* with phase reversals */
    TANDEM_SOUND_V21 = 20,          /* preamble of a fax machine's V.21 frames */
    TANDEM_SOUND_USER = 23,         /* and 1 to 8: user1 to user8 of tones.plan, or of tandem_tone_define() */
    TANDEM_SOUND_R1 = 40,           /* a register signal; text: which */
    TANDEM_SOUND_R2_FORWARD = 41,   /* likewise */
    TANDEM_SOUND_R2_BACKWARD = 42,  /* likewise */
    TANDEM_SOUND_LINE = 43,         /* a line signal in the speech band */
    TANDEM_SOUND_VOICE = 44         /* somebody talks */
};

/* What listens on a channel, besides the detector of digits. */
enum {
    TANDEM_DETECT_TONES = 1,        /* call progress, special information, fax machines and modems */
    TANDEM_DETECT_R1 = 2,           /* register signals of R1 */
    TANDEM_DETECT_R2_FORWARD = 4,   /* register signals of R2, forward */
    TANDEM_DETECT_R2_BACKWARD = 8,  /* and backward */
    TANDEM_DETECT_LINE = 16,        /* line signals in the speech band */
    TANDEM_DETECT_CALLER_ID = 32,   /* caller identification by FSK */
    TANDEM_DETECT_VOICE = 64,       /* voices: every span has this one */
    TANDEM_DETECT_DIGITS = 128      /* the ends of digits too, DIGIT_ENDED; of a channel without signalling also their beginnings.
                                       Every span has this one */
};

/* How far a call that was placed has come. */
enum {
    TANDEM_STAGE_MORE_DIGITS = 1, /* the far end wants more digits of the number */
    TANDEM_STAGE_PROCEEDING = 2,  /* it has the whole number and is on its way */
    TANDEM_STAGE_ALERTING = 3,    /* the called party is being alerted */
    TANDEM_STAGE_PROGRESS = 4,    /* something else, as that there is a tone or a voice to be heard */
    TANDEM_STAGE_DIGITS_NOT_WANTED = 5 /* digits that were given have not been sent: the number was complete without */
};

/* What has become of a hold. */
enum {
    TANDEM_HOLD_HELD = 1,             /* the far end holds the call, as we asked */
    TANDEM_HOLD_REFUSED = 2,          /* it has refused to */
    TANDEM_HOLD_RETRIEVED = 3,        /* the held call is back */
    TANDEM_HOLD_RETRIEVE_REFUSED = 4, /* the far end has refused to give it back yet */
    TANDEM_HOLD_FOR_FAR_END = 5,      /* the far end has asked for hold, and has it */
    TANDEM_HOLD_BACK_FOR_FAR_END = 6  /* the far end has its call back */
};

/* What ends tell each other during a call besides its progress. */
enum {
    TANDEM_INFORMATION_NOTIFICATION = 1, /* one octet, Q.931 4.5.22: 0 user suspended, 1 user resumed, and so on */
    TANDEM_INFORMATION_KEYPAD = 2,       /* what a user has keyed, IA5 */
    TANDEM_INFORMATION_USER_USER = 3,    /* protocol discriminator and the user's octets */
    TANDEM_INFORMATION_FACILITY = 4,     /* a facility of Q.932, its octets as they are */
    TANDEM_INFORMATION_DISPLAY = 5,      /* a text to be shown */
    TANDEM_INFORMATION_LATE_DIGITS = 6   /* digits of the called number that came when it was complete without; not sent */
};

/* Whether a channel takes calls, the state of its span apart. */
enum {
    TANDEM_SERVICE_IN = 0,             /* it does */
    TANDEM_SERVICE_BLOCKED = 1,        /* the host has blocked it */
    TANDEM_SERVICE_BLOCKED_BY_FAR = 2, /* the far end has */
    TANDEM_SERVICE_RESETTING = 3,      /* it is being reset, and the far end has not answered yet */
    TANDEM_SERVICE_OUT = 4             /* the far end has not answered its reset */
};

/* Why an operation ended. */
enum {
    TANDEM_END_FINISHED = 1,      /* it did all that was asked */
    TANDEM_END_DIGIT = 2,         /* a terminating digit */
    TANDEM_END_MAX_DIGITS = 3,    /* as many digits as asked for */
    TANDEM_END_DIGIT_TIMEOUT = 4, /* no digit in time */
    TANDEM_END_MAX_TIME = 5,      /* the longest time was reached */
    TANDEM_END_HANGUP = 6,        /* the call ended */
    TANDEM_END_STOPPED = 7,       /* the host stopped it */
    TANDEM_END_FAILED = 8,        /* a file failed; text tells */
    TANDEM_END_TONE = 9,          /* a tone that ends it */
    TANDEM_END_VOICE = 10,        /* somebody talks */
    TANDEM_END_SILENCE = 11,      /* nobody has talked for so long */
    TANDEM_END_MAX_VOICE = 12     /* somebody has talked for so long */
};

/* Defects of a span. */
enum {
    TANDEM_DEFECT_LOS = 1,      /* loss of signal */
    TANDEM_DEFECT_LOF = 2,      /* loss of frame alignment */
    TANDEM_DEFECT_AIS = 4,      /* alarm indication signal */
    TANDEM_DEFECT_RAI = 8,      /* remote alarm indication */
    TANDEM_DEFECT_LOMF = 16,    /* loss of CRC-4 multiframe */
    TANDEM_DEFECT_CAS_LOF = 32, /* loss of CAS multiframe */
    TANDEM_DEFECT_CAS_RAI = 64, /* remote alarm of the CAS multiframe */
    TANDEM_DEFECT_CAS_AIS = 128, /* AIS in timeslot 16 */
    TANDEM_DEFECT_RAI_CI = 256,  /* RAI bears the signature of a customer installation; RAI is set too */
    TANDEM_DEFECT_AIS_CI = 512,  /* AIS bears that signature; AIS is set too */
    TANDEM_DEFECT_CARD = 1024    /* the card does not answer, or answers nonsense; LOS is set too */
};

/** One thing that happened. */
typedef struct tandem_event {
    uint32_t size;
    uint32_t type;           /* TANDEM_EVENT_ */
    uint64_t seq;            /* counts from 1; a jump: so many were dropped, or replaced by a newer state */
    uint64_t frame;          /* when it happened */
    tandem_handle object;    /* channel, span or bridge, by type */
    uint64_t call;           /* number of the call, never used again; 0 if none */
    tandem_handle operation; /* the operation that ended; 0 if none */
    int32_t reason;          /* by type */
    int32_t value;           /* by type */
    uint64_t length_ms;      /* by type */
    uint64_t gap_ms;         /* by type */
    uint64_t start;          /* by type: the frame with which it began, or another call */
    char text[256];          /* by type; cut to fit, always ends with a zero octet */
    uint64_t lost_ms;        /* by type */
    uint32_t gaps;           /* by type */
    uint32_t reserved;
} tandem_event;

/** [wait] Fetches the next event, waiting at most `timeout_ms` (negative: as long as it takes). In mode
 *  "lockstep" waiting is what lets virtual time pass, and the limit is in virtual time. Any number of
 *  threads may wait; each event goes to one of them. Errors: TIMEOUT. */
tandem_result tandem_event_wait(tandem_handle engine, int64_t timeout_ms, tandem_event *event);

/** Gives in `fd` a file descriptor that is readable while events wait, for the host's own event loop; fetch with
 *  timeout 0 then. It belongs to the engine: do not read or close it. tandem_engine_close() closes it: before, CLOSED is what a
 *  thread that waits is told. Of no use in mode "lockstep", where
 *  time stands still unless a call lets it pass. */
tandem_result tandem_event_fd(tandem_handle engine, int *fd);

/** [control] Makes a queue of events besides the main one, for channels that are given to it with
 *  tandem_channel_set_queue(): so a thread of the host has the events of its own channels, in order, and waits for no others.
 *  Each queue counts its own `seq`, and is as long as engine.event_queue says; while its host is behind, nothing new begins on
 *  its channels alone. There may be 256. Errors: BUSY. */
tandem_result tandem_queue_new(tandem_handle engine, tandem_handle *queue);

/** [control] Takes a queue away. What waits in it, and what happens on its channels from then on, is told in the main one;
 *  threads in tandem_queue_wait() return with STALE. Errors: BUSY (the host is behind with the main queue). */
tandem_result tandem_queue_free(tandem_handle engine, tandem_handle queue);

/** [control] Tells all events about `channel` in `queue` from now on, its calls and operations too; 0: in the main one, as at
 *  first. */
tandem_result tandem_channel_set_queue(tandem_handle engine, tandem_handle channel, tandem_handle queue);

/** [wait] Fetches the next event of a queue, waiting at most `timeout_ms`, as tandem_event_wait() does of the main one.
 *  ENGINE_FAILED is told in each. Errors: TIMEOUT. */
tandem_result tandem_queue_wait(tandem_handle engine, tandem_handle queue, int64_t timeout_ms, tandem_event *event);

/** Gives in `fd` a file descriptor as tandem_event_fd(), of a queue. It is closed when the queue is freed. */
tandem_result tandem_queue_fd(tandem_handle engine, tandem_handle queue, int *fd);

/** [wait] Waits until an operation has ended, at most `timeout_ms` (negative: as long as it takes), and gives its event: for
 *  hosts that do one thing after another. It is told in its queue as well. The ends of the last 4096 operations are
 *  remembered, so that of one that has ended already is given at once. Its `seq` is 0 here. Errors: TIMEOUT. */
tandem_result tandem_operation_wait(tandem_handle engine, tandem_handle operation, int64_t timeout_ms,
                                    tandem_event *event);

/** [control] Starts a timer of `ms` milliseconds by the engine's time, 1 at least; TIMER follows. With `channel` not 0 it ends
 *  with the call there. Errors: ARGUMENT (0 ms), STATE (no call), BUSY. */
tandem_result tandem_timer_start(tandem_handle engine, tandem_handle channel, uint64_t ms, tandem_handle *timer);

/** [control] Ends a timer before its time; TIMER follows, with reason STOPPED. */
tandem_result tandem_timer_stop(tandem_handle engine, tandem_handle timer);

/** Gives the frame up to which the engine has worked. */
tandem_result tandem_get_frame(tandem_handle engine, uint64_t *frame);

/** A moment by the clock of the day. */
typedef struct tandem_time {
    uint32_t size;
    int32_t offset_seconds; /* by how much local time is ahead of UTC */
    uint64_t utc_us;        /* microseconds since 1970, UTC */
    char zone[16];          /* name of the local zone */
    char text[40];          /* 2026-11-22T18:12:36.123+01:00, local */
} tandem_time;

/** [control] Tells when a frame was, or will be, to some 20 milliseconds: the engine's time is that of its cards, and is
 *  compared with the clock of the day each ten seconds. In mode "lockstep" time begins with the year 1970. */
tandem_result tandem_get_time(tandem_handle engine, uint64_t frame, tandem_time *time);

/* ---- Calls ----------------------------------------------------------------------------------------- */

/* States of a call. */
enum {
    TANDEM_CALL_DIALLING = 1, /* the far end is still dialling */
    TANDEM_CALL_OFFERED = 2,  /* waits to be answered or cleared */
    TANDEM_CALL_PLACED = 3,   /* we have called; not answered yet */
    TANDEM_CALL_ANSWERED = 4, /* through in both directions */
    TANDEM_CALL_CLEARED = 5,  /* over */
    TANDEM_CALL_CLEARING = 6  /* being cleared, by whichever end; CALL_CLEARED follows */
};

/** How a call is analysed. All zero: as usual. */
typedef struct tandem_analysis_options {
    uint32_t size;
    int32_t bias;          /* -8 takes the fewest machines for people, 7 the fewest people for machines (docs/call-progress.md) */
    int32_t threshold;     /* what is no louder is silence, in tenths of dBm0: -600 to -1; 0: -400 */
    uint32_t no_answer_ms; /* NO_ANSWER without an answer or a verdict for so long, at most an hour; 0: 90000 */
    uint32_t silence_ms;   /* SILENCE when nobody has spoken for so long after the answer; 0: 4000 */
    uint32_t total_ms;     /* there is a verdict so long after the answer, whatever it is; 0: 10000 */
    uint32_t beep_ms;      /* beeps are listened for so long after the verdict MACHINE; 0: 60000 */
    uint32_t reserved;
} tandem_analysis_options;

/** [control] Finds out from what is heard of a call what it comes to: CALL_ANALYSED tells once, unless CALL_CLEARED comes
 *  before; CALL_HEARD and CALL_BEEP tell more. After that it may be asked for again, as after an announcement before the
 *  answer. From now on, or, where nothing can be heard of the far end yet, from when something can: so to be called right
 *  behind tandem_call_place(). `options` may be NULL. The span must have the detector of tones (`span.detectors`).
 *  Errors: NO_CALL, STATE (analysed already), UNSUPPORTED (the span has no such detector), ARGUMENT. */
tandem_result tandem_call_analyse(tandem_handle engine, uint64_t call, const tandem_analysis_options *options);

/** [control] Answers an offered call. CALL_ANSWERED follows. Errors: NO_CALL, STATE (also with recording.required, when no
 *  recording of the call runs). */
tandem_result tandem_call_answer(tandem_handle engine, uint64_t call);

/** [control] Tells the caller of an offered call that somebody is being alerted, where its signalling can tell it
 *  (ALERTING of an ISDN span); elsewhere nothing happens. Errors: NO_CALL, STATE. */
tandem_result tandem_call_alert(tandem_handle engine, uint64_t call);

/** [control] Tells the caller of an offered call that something is to be heard before the answer, where its signalling can
 *  tell it (PROGRESS of an ISDN span). Prompts and connections are possible from CALL_OFFERED on; whether the caller hears
 *  them before the answer is the network's to decide, by this. Errors: NO_CALL, STATE. */
tandem_result tandem_call_progress(tandem_handle engine, uint64_t call);

/** [control] Clears a call in any state with a Q.850 cause, 1 to 127 (16: normal clearing). CALL_CLEARED follows. One that is
 *  being cleared already stays so. No other call is touched, not even in the same bridge. Errors: NO_CALL, ARGUMENT. */
tandem_result tandem_call_clear(tandem_handle engine, uint64_t call, uint32_t cause);

/** [control] Calls `number` on a free channel: at most 32 characters of IA5 without a space. An empty one begins a call whose
 *  digits are to follow (tandem_call_more_digits()). CALL_ANSWERED or CALL_CLEARED follows.
 *  Errors: ARGUMENT (not a number), STATE (the channel is not free), BUSY. */
tandem_result tandem_call_place(tandem_handle engine, tandem_handle channel, const char *number,
                                uint64_t *call);

/* What kind of number a number is; another is 256 + type of number (bits 6 to 4) + numbering plan (bits 3 to 0), as in
 * Q.931. */
enum {
    TANDEM_NUMBER_UNKNOWN = 0, /* as dialled */
    TANDEM_NUMBER_INTERNATIONAL = 1, /* with its country code */
    TANDEM_NUMBER_NATIONAL = 2, /* with its area code */
    TANDEM_NUMBER_SUBSCRIBER = 3, /* within its area */
    TANDEM_NUMBER_PRIVATE = 4, /* of a private plan */
    TANDEM_NUMBER_OTHER = 256  /* and the octet of Q.931, as above */
};

/* Who vouches for a number. */
enum {
    TANDEM_SCREENING_NONE = 0,   /* nobody */
    TANDEM_SCREENING_PASSED = 1, /* the network has checked it */
    TANDEM_SCREENING_FAILED = 2, /* the network has checked it, and it is wrong */
    TANDEM_SCREENING_NETWORK = 3 /* it is the network's own */
};

/* What kind of subaddress it is. Others that Q.931 may come to have are 1 more than its type of subaddress. */
enum {
    TANDEM_SUBADDRESS_NONE = 0, /* there is none */
    TANDEM_SUBADDRESS_NSAP = 1, /* X.213 */
    TANDEM_SUBADDRESS_USER = 3  /* of the users' own */
};

/** A party of a call. Part of the structures below. */
typedef struct tandem_party {
    uint32_t number_type; /* TANDEM_NUMBER_ */
    uint32_t withheld;    /* not 0: the number is not to be shown to anybody (presentation restricted) */
    uint32_t screening;   /* TANDEM_SCREENING_: who vouches for the number. Not sent */
    uint32_t reason;      /* of a redirecting party: why it passed the call on, as in Q.931: 1 busy, 2 no reply, 15 always */
    uint32_t subaddress_kind;   /* TANDEM_SUBADDRESS_ */
    uint32_t subaddress_odd;    /* not 0: of one in BCD, the last octet has one digit only */
    uint32_t subaddress_length; /* octets of it, 20 at most */
    uint32_t reserved;
    char number[48];        /* empty: not told, or there is none */
    uint8_t subaddress[24]; /* what continues the number behind its line. Of calling, called and connected parties */
} tandem_party;

/* By what the voice of a call is coded. */
enum {
    TANDEM_LAW_OF_SPAN = 0, /* that of the span */
    TANDEM_LAW_A = 1,       /* A-law (G.711) */
    TANDEM_LAW_MU = 2       /* mu-law (G.711) */
};

/** What goes with a call that is placed, as far as its signalling can carry it. */
typedef struct tandem_call_options {
    uint32_t size;
    uint32_t bearer;      /* TANDEM_BEARER_ */
    uint32_t called_type; /* TANDEM_NUMBER_ of the called number */
    uint32_t incomplete;  /* not 0: more digits of the called number follow, with tandem_call_more_digits() */
    tandem_party calling;     /* who calls */
    tandem_party redirecting; /* who has passed the call on */
    char display[96];         /* a text to be shown, UTF-8, of 79 octets at most; a network sends it to its users only */
    uint32_t user_user_length; /* octets of `user_user`, 129 at most; 0: none is sent */
    uint32_t element_count;    /* how many `elements` there are, 16 at most */
    uint8_t user_user[136];    /* protocol discriminator and octets for the called user */
    const struct tandem_element *elements; /* any other elements of the message, as they are */
    uint32_t channel_may_change; /* not 0: the far end may take another channel, if switches of its kind do so; the object
                                    of CALL_PROGRESS and CALL_ANSWERED is then that one */
    uint32_t called_subaddress_kind; /* TANDEM_SUBADDRESS_ */
    tandem_party original_called;    /* who was called first, where the call has been passed on several times */
    uint32_t called_subaddress_odd;  /* as of tandem_party */
    uint32_t called_subaddress_length; /* octets of it, 20 at most */
    uint8_t called_subaddress[24];   /* what continues the called number behind its line */
    uint32_t law;                    /* TANDEM_LAW_: by what its voice is coded; octets are converted where the span has the other */
    uint32_t reserved;
} tandem_call_options;

/** An element of a signalling message, as it is. */
typedef struct tandem_element {
    uint32_t codeset; /* 0 to 7 */
    uint32_t id;      /* its identifier */
    uint32_t length;  /* octets of `content`, 255 at most */
    uint8_t content[256]; /* what follows its length */
} tandem_element;

/** [control] Calls `number` as tandem_call_place() does, with `options`, which may be NULL. CALL_PROGRESS tells of its way.
 *  Errors: as tandem_call_place(), and ARGUMENT for options that are none. */
tandem_result tandem_call_place_with(tandem_handle engine, tandem_handle channel, const char *number,
                                     const tandem_call_options *options, uint64_t *call);

/** [control] As tandem_call_place_with(), on a free channel of a group of trunks of the configuration. Where the call meets
 *  one of the far end on its channel, or the far end has none, it is tried on another, under the same number.
 *  tandem_call_get_info() tells where it is.
 *  Errors: as tandem_call_place_with(), ARGUMENT (no such group, or the number is none of the group), BUSY (no channel of the
 *  group is free). */
tandem_result tandem_call_place_in(tandem_handle engine, const char *group, const char *number,
                                   const tandem_call_options *options, uint64_t *call);

/** What goes with an answer, as far as signalling can carry it. */
typedef struct tandem_answer_options {
    uint32_t size;
    uint32_t user_user_length; /* octets of `user_user`, 129 at most; 0: none is sent */
    tandem_party connected;    /* who has answered, if it is not who was called */
    char display[96];          /* a text to be shown */
    uint8_t user_user[136];    /* protocol discriminator and octets for the calling user */
} tandem_answer_options;

/** [control] As tandem_call_answer(), with `options`, which may be NULL. Errors: NO_CALL, STATE, ARGUMENT. */
tandem_result tandem_call_answer_with(tandem_handle engine, uint64_t call, const tandem_answer_options *options);

/** [control] Asks the far end to hold a call for us. CALL_HOLD tells what it says; the channel stays the call's, but the far
 *  end may give it back on another: then all operations on the old one end, and the event names the new one.
 *  Errors: NO_CALL, STATE, UNSUPPORTED (its signalling has no hold). */
tandem_result tandem_call_hold(tandem_handle engine, uint64_t call);

/** [control] Asks for a held call back. CALL_HOLD tells what the far end says. Errors: as tandem_call_hold(). */
tandem_result tandem_call_retrieve(tandem_handle engine, uint64_t call);

/** [control] Transfers `call`, which has been answered, to another call of this engine: from then on they hear each other, and
 *  when one is over, the other is cleared for the same cause. What is played on either ends, each leaves its bridge, and `to`
 *  becomes a leg of the interaction of `call`. Recordings, collections and streams go on. If `to` has been placed and not
 *  answered yet, all this waits for its answer, and what `call` hears meanwhile stays as it is, such as music or a ring-back
 *  tone that is played to it. So tandem_call_place_in() and this at once are a transfer without asking first. The call of
 *  whoever transfers stays the host's. CALL_TRANSFERRED tells what has become of it. `to` 0: both calls are the host's again,
 *  whichever of them is named, and nobody is heard on them; or the wait is given up.
 *  Errors: NO_CALL, STATE (`call` has not been answered, `to` is being offered or cleared, one is held and has not been
 *  retrieved, has been transferred already or, with 0, has not, or carries data and the other does not), ARGUMENT (a call to
 *  itself), BUSY. */
tandem_result tandem_call_transfer(tandem_handle engine, uint64_t call, uint64_t to);

/** [control] Tells the far end of a call something besides its progress: TANDEM_INFORMATION_ `kind`, `length` octets.
 *  Errors: NO_CALL, ARGUMENT (no such kind, or too long), STATE, UNSUPPORTED (its signalling carries no such thing). */
tandem_result tandem_call_send(tandem_handle engine, uint64_t call, uint32_t kind, const void *octets,
                               size_t length);

/** [control] Gives the element `id` of `codeset` (0 to 7) in the last message of a type: the one that began the call (SETUP
 *  of an ISDN span, 5), or one that the far end has sent since, such as 1 ALERTING, 7 CONNECT, 69 DISCONNECT; `message` is
 *  the type's octet of Q.931 table 4-2. Where they have more than 768 octets together only the first and the newest are
 *  known. `which` of several elements alike in the message is meant, from 0 on: numbers, facilities and displays may come
 *  more than once. Of the element what follows its length is written, `room` octets at most; `length` is how many there are. Calls
 *  that are over are known for a while. Numbers that are not to be shown to anybody lack their digits, unless
 *  show_withheld of the group or of [calls] says otherwise. Errors: NO_CALL, ARGUMENT, STATE (there is none). */
tandem_result tandem_call_get_element(tandem_handle engine, uint64_t call, uint32_t message, uint32_t codeset,
                                      uint32_t id, uint32_t which, void *octets, size_t room, size_t *length);

/** [control] Gives `count` elements, 16 at most, to the next message that a command about the call sends: alert, progress,
 *  answer, hold, retrieve, send or clear. They take the place of any given before, and are forgotten with that command, also
 *  with an alert that the engine has sent for the host before. ARGUMENT of that command says that they are too long. An
 *  element that the message has anyway is sent twice.
 *  Errors: NO_CALL, ARGUMENT, UNSUPPORTED (its signalling has no messages). */
tandem_result tandem_call_set_elements(tandem_handle engine, uint64_t call, const tandem_element *elements,
                                       uint32_t count);

/** [control] Keeps `length` octets of the host's own with a call, 4096 at most, in place of former ones.
 *  Errors: NO_CALL, ARGUMENT. */
tandem_result tandem_call_set_data(tandem_handle engine, uint64_t call, const void *octets, size_t length);

/** [control] Gives the octets kept with a call: `room` of them at most are written; `length` is how many there are.
 *  Errors: NO_CALL. */
tandem_result tandem_call_get_data(tandem_handle engine, uint64_t call, void *octets, size_t room, size_t *length);

/** [control] Makes a call a leg of an interaction of that number. At first it is that of the call. Errors: NO_CALL. */
tandem_result tandem_call_set_interaction(tandem_handle engine, uint64_t call, uint64_t interaction);

/** [control] Sends more digits of the called number of a call that was placed with `incomplete`; `complete` not 0 says that
 *  these are the last. Digits sent before the far end wants them wait for it.
 *  Errors: NO_CALL, ARGUMENT, STATE (the number is complete), UNSUPPORTED (its signalling sends whole numbers only). */
tandem_result tandem_call_more_digits(tandem_handle engine, uint64_t call, const char *digits, uint32_t complete);

/** Who has to do with a call, as far as its signalling tells it, or as it was placed. What is longer is cut. */
typedef struct tandem_call_parties {
    uint32_t size;
    uint32_t reserved;
    tandem_party calling;     /* who calls */
    tandem_party redirecting; /* who has passed the call on last */
    char display[96];         /* a text, such as the name of who calls */
    tandem_party connected;   /* of a call that was placed: who has answered */
    tandem_party called;      /* the called number as far as it has come */
    tandem_party original_called; /* who was called first, where the call has been passed on several times */
    tandem_party second_calling; /* who calls, again, where the network delivers two numbers: `screening` tells which is the user's
                                    and which is its own */
} tandem_call_parties;

/** [control] Tells who is behind a call, as far as its signalling has told it. Numbers that are not to be shown to anybody
 *  are empty, unless show_withheld of the group or of [calls] says otherwise in the configuration. Errors: NO_CALL. */
tandem_result tandem_call_get_parties(tandem_handle engine, uint64_t call, tandem_call_parties *parties);

/* How the called number of an incoming call has come to its end. One that never had the digits it needs ends its call with
 * cause 28, before the host is told of it. */
enum {
    TANDEM_NUMBER_END_NOT_TOLD = 0, /* not known, or not yet */
    TANDEM_NUMBER_END_EN_BLOC = 1,  /* it came in one piece */
    TANDEM_NUMBER_END_COMPLETE = 2, /* the caller has said that it is complete */
    TANDEM_NUMBER_END_DIGIT = 3,    /* a digit that ends numbers, such as # */
    TANDEM_NUMBER_END_FULL = 4,     /* it has as many digits as the configuration says, by count or by the dial plan */
    TANDEM_NUMBER_END_TOO_MANY = 5, /* more came with the last; they are not in it */
    TANDEM_NUMBER_END_TIMER = 6,    /* no more digits came for a while (T302) */
    TANDEM_NUMBER_END_NOT_IN_PLAN = 7 /* no number of the dial plan begins so */
};

/* What has happened to a call besides its state: a bit each, as a host that has missed events wants to know. */
enum {
    TANDEM_PROGRESS_PROCEEDING = 1, /* the far end has the whole number of a call that was placed, and is on its way */
    TANDEM_PROGRESS_ALERTING = 2,   /* the called party is being alerted: that was told by the far end, or to it */
    TANDEM_PROGRESS_IN_BAND = 4,    /* a tone or a voice is to be heard before the answer, or after the far end has cleared */
    TANDEM_PROGRESS_HELD = 8,       /* the far end holds it for us, now */
    TANDEM_PROGRESS_HELD_FOR_FAR_END = 16 /* we hold it for the far end, now */
};

/** What is known of a call. */
typedef struct tandem_call_info {
    uint32_t size;
    uint32_t state;        /* TANDEM_CALL_ */
    tandem_handle channel; /* where it is, or was */
    uint64_t user;         /* what tandem_call_set_user() put there */
    uint64_t interaction;  /* what links the legs of one interaction */
    uint64_t began;        /* the frame in which it was seized or placed */
    uint64_t answered;     /* the frame in which it was answered; 0: it was not */
    uint64_t ended;        /* the frame in which it ended; 0: it has not */
    uint32_t bearer;       /* TANDEM_BEARER_: what it carries */
    uint32_t incoming;     /* not 0: the far end has called */
    uint32_t cause;        /* once it has ended, why: a Q.850 cause */
    uint32_t cleared_by_far_end; /* not 0: the far end has cleared it */
    uint32_t law;          /* how its voice is coded: TANDEM_LAW_A or TANDEM_LAW_MU */
    uint32_t number_end;   /* TANDEM_NUMBER_END_ */
    uint32_t cause_location; /* where the cause comes from, as in Q.850: 0 a user, 1 to 5 networks, 10 beyond interworking;
                                TANDEM_LOCATION_NOT_TOLD if the far end has told none */
    uint32_t progress;     /* TANDEM_PROGRESS_, or-ed */
} tandem_call_info;

/* Where a cause comes from, if nobody has told. */
enum {
    TANDEM_LOCATION_NOT_TOLD = 255 /* no location of Q.850 */
};

/** [control] Tells the state of a call. Calls that have ended are known for a while, so that a record can be made of them:
 *  as many as events fit the queue, 4096 at most. That goes for tandem_call_get_parties() and tandem_call_get_data() too.
 *  Errors: NO_CALL. */
tandem_result tandem_call_get_info(tandem_handle engine, uint64_t call, tandem_call_info *info);

/* How far a call of others has come, on a line that is listened to. It goes forward only. */
enum {
    TANDEM_TAP_UNKNOWN = 1,    /* it was there before its messages could be heard */
    TANDEM_TAP_SET_UP = 2,     /* one end has called */
    TANDEM_TAP_PROCEEDING = 3, /* the other has the whole number */
    TANDEM_TAP_ALERTING = 4,   /* the called party is being alerted */
    TANDEM_TAP_ANSWERED = 5,   /* they talk */
    TANDEM_TAP_ENDED = 6       /* it is over */
};

/* How a call of others has ended. */
enum {
    TANDEM_TAP_END_NONE = 0,       /* it has not */
    TANDEM_TAP_END_NETWORK = 1,    /* the network has cleared it */
    TANDEM_TAP_END_USER = 2,       /* the user has */
    TANDEM_TAP_END_RESTARTED = 3,  /* an end has restarted its channel */
    TANDEM_TAP_END_LOST = 4        /* its end was not heard: its channel is another's, a receiver has failed, or nothing was heard
                                      of it for ten minutes before its answer, for a day after it */
};

/** A call of others, on a line that is listened to. It is none of the host's: nothing can be done with it. */
typedef struct tandem_tap_call {
    uint32_t size;
    uint32_t state;             /* TANDEM_TAP_ */
    uint64_t call;              /* its number, one of those that calls have */
    tandem_handle span;         /* the span that hears the network */
    tandem_handle from_network; /* channel that hears what the network says, 0 while none is certain; what is recorded of it has
                                   that as received and what the user says as sent */
    tandem_handle from_user;    /* channel that hears what the user says, 0 while none is certain */
    uint64_t began;             /* the frame in which it was first heard of */
    uint64_t answered;          /* the frame in which it was answered; 0: it was not */
    uint64_t ended;             /* the frame in which it ended; 0: it has not */
    uint32_t by_network;        /* not 0: the network's end has called; 0: the user's */
    uint32_t whole;             /* not 0: it was heard from its beginning; 0: its parties are not known */
    uint32_t cause;             /* once it has ended, why: a Q.850 cause; 0: that was not heard */
    uint32_t end;               /* TANDEM_TAP_END_ */
} tandem_tap_call;

/** [control] Tells of a call of others, on a line that is listened to (TAP_CALL), in `tapped`; also after its end, as long as of other calls.
 *  tandem_call_get_parties() tells its numbers. On its channels tandem_record(), tandem_record_with(), tandem_stream() and
 *  tandem_collect() go on to its end, as on those of a call; so do timers, and what is heard there is told with its number. Without a
 *  call there those four are STATE, so that nobody who is late has the next one; but for a line of which no call was heard yet: what is
 *  begun there goes on behind all of them. tandem_connect() and tandem_bridge_join() as TANDEM_ROLE_TALK let others hear a channel. Whatever would send there is UNSUPPORTED. Errors: NO_CALL. */
tandem_result tandem_tap_get_call(tandem_handle engine, uint64_t call, tandem_tap_call *tapped);

/** [control] Lists the calls in progress with numbers above `after`, from the lowest on: writes `room` of them at most to
 *  `calls`, and to `count` how many; fewer than `room` were all. `seq` is that of the last event of the main queue before: with
 *  the events behind it a host that has lost some knows all calls again, as tandem_call_get_info() tells of each. Of channels
 *  with another queue that is not told. */
tandem_result tandem_call_list(tandem_handle engine, uint64_t after, uint64_t *calls, uint32_t room, uint32_t *count,
                               uint64_t *seq);

/** [control] Keeps `user`, a number of the host's own, with a call. Errors: NO_CALL. */
tandem_result tandem_call_set_user(tandem_handle engine, uint64_t call, uint64_t user);

/** [control] Writes the last frames of the D channel of span number `index`, both ways, to the file at `path`, which
 *  Wireshark and `tandem trace` read (pcap): what happened just before, octet for octet, withheld numbers too. A quarter of a
 *  megabyte is kept. Waits for the disk.
 *  Errors: ARGUMENT (no such span), UNSUPPORTED (it has no D channel), FILE. */
tandem_result tandem_span_write_trace(tandem_handle engine, uint32_t index, const char *path);

/** [control] Gives the next piece of such a file of span number `index`, for a host that keeps it up to date: the frames
 *  after the one with number `after`, and what the file begins with if that is 0, as much as fits `room` octets; `length` is
 *  how many octets there are, `last` what to give for `after` next time. Who asks each second misses none.
 *  Errors: ARGUMENT (no such span, no room), UNSUPPORTED (it has no D channel). */
tandem_result tandem_span_read_trace(tandem_handle engine, uint32_t index, uint64_t after, void *octets,
                                     size_t room, size_t *length, uint64_t *last);

/* ---- Operations on channels ------------------------------------------------------------------------ */

/** What ends an operation, besides the end of the call, which ends every one. All zero: nothing else. Pass
 *  NULL for that too. */
typedef struct tandem_terms {
    uint32_t size;
    uint32_t any_digit;       /* not 0: any digit ends it; for plays, the caller barges in */
    char digits[20];          /* these digits end it, as a string; a collection keeps them out of its result */
    uint32_t max_digits;      /* so many digits complete a collection; 64 do in any case */
    uint64_t first_digit_ms;  /* longest wait of a collection for its first digit; 0 for ever */
    uint64_t inter_digit_ms;  /* longest wait for each further digit; 0 for ever */
    uint64_t max_time_ms;     /* longest duration of the operation; 0 for ever */
    uint64_t tones;           /* these tones end it: bit n for the TANDEM_SOUND_ n, up to TANDEM_SOUND_USER + 8 */
    uint64_t silence_ms;      /* so long a silence after a voice ends it, or after its beginning; 0: none does */
    uint64_t initial_silence_ms; /* so long a silence at its beginning ends it; 0: as long as any other */
    uint64_t max_voice_ms;    /* a voice that goes on for so long without a pause ends it; 0: none does */
    uint32_t voice;           /* not 0: a voice ends it, one that goes on at once; for plays, the caller barges in. A key is none */
    uint32_t reserved;
} tandem_terms;

/** [files] Plays a file to the far end of an answered call: WAV (linear, G.711, IMA and Oki ADPCM, GSM 6.10; resampled to 8
 *  kHz if need be), or one without a header (vox, G.711, G.726, GSM), by its extension (docs/configuration.md, prompts); or,
 *  with a path such as "say:en-us money 1234 usd", the prompts that say a phrase (docs/phrases.md). Or it sends a signal
 *  (docs/signals.md), by such a path:
 *    "dtmf:1234#", "dtmf:80/80@-8 1,2"   DTMF, 80 ms each with pauses of 80 ms at -8 dBm0; a comma is a pause of a second
 *    "mf:r1 KP 1234 ST"                  register signals: r1, r2-forward, r2-backward; line for line signals
 *    "tone:us busy", "tone:sit"          a tone by its name, one period of its cadence; "tone:us busy 10s": for so long
 *    "tone:440+480@-13 2000/4000"        a tone by frequencies and level, with milliseconds of sound and silence
 *  A relative path of a file is looked up in prompts.directory. PLAY_DONE follows. A digit that ends it and was pressed
 *  before, and not collected yet, ends it at once: see tandem_digits_clear(). Errors: FILE, STATE (no call whose channel is
 *  agreed, or something plays already), BUSY. */
tandem_result tandem_play(tandem_handle engine, tandem_handle channel, const char *path,
                          const tandem_terms *terms, tandem_handle *operation);

/** [control] Plays `count` linear samples at 8 kHz from memory, which is copied; an hour of them at most.
 *  PLAY_DONE follows. Errors: STATE (as for tandem_play), BUSY. */
tandem_result tandem_play_samples(tandem_handle engine, tandem_handle channel, const int16_t *samples,
                                  size_t count, const tandem_terms *terms, tandem_handle *operation);

/* How octets without a header are to be read, in memory or as a part of a file, as of prompts in one file with an index. */
enum {
    TANDEM_RAW_NONE = 0,     /* as its header or its name says */
    TANDEM_RAW_ALAW = 1,     /* A-law, 8 kHz */
    TANDEM_RAW_MULAW = 2,    /* mu-law, 8 kHz */
    TANDEM_RAW_LINEAR16 = 3, /* 16 bits, little-endian, 8 kHz */
    TANDEM_RAW_VOX = 4,      /* ADPCM of Oki and Dialogic, 8 kHz */
    TANDEM_RAW_VOX_6K = 5,   /* likewise, 6 kHz */
    TANDEM_RAW_GSM = 6,      /* GSM 6.10, 20 ms in 33 octets, 8 kHz */
    TANDEM_RAW_IMA_ADPCM = 7, /* IMA ADPCM, 8 kHz, in blocks of 256 octets as in a WAV file of one channel */
    TANDEM_RAW_G726_16 = 8,  /* G.726 of 16 kbit/s, the first code of an octet in its lowest bits, as RFC 3551 has it */
    TANDEM_RAW_G726_24 = 9,  /* of 24 kbit/s, 8 codes in 3 octets */
    TANDEM_RAW_G726_32 = 10, /* of 32 kbit/s, which is G.721 */
    TANDEM_RAW_G726_40 = 11  /* of 40 kbit/s, 8 codes in 5 octets */
};

/** One piece of a play. What is not named is 0. */
typedef struct tandem_piece {
    const char *path;       /* not NULL: this file, as for tandem_play() */
    const int16_t *samples; /* else, not NULL: `count` of these samples, as for tandem_play_samples(); with a `format` `count` octets
                               that are here, at any address: whole samples or frames. An hour at most is in memory, in all pieces
                               together */
    uint64_t count;         /* else so much silence: `count` frames, 8 a millisecond */
    uint64_t offset;        /* of a file: where in it the piece begins: with a `format` in octets, else in frames of what it plays */
    uint64_t length;        /* of a file: how much of it, likewise; 0: to its end */
    uint32_t format;        /* TANDEM_RAW_: of a file, whatever its header or name says; of what is in memory, if it is no samples */
    uint32_t reserved;
} tandem_piece;

/** As `rounds` of tandem_play_options: until something ends the play. */
#define TANDEM_FOREVER 0xffffffffu

/** How pieces are played. All zero: once, as they are. */
typedef struct tandem_play_options {
    uint32_t size;
    uint32_t rounds;        /* how often all of them are played; 0: once; TANDEM_FOREVER: until something ends it, as music */
    uint32_t speed_percent; /* how fast, with the pitch kept: 50 to 200; 0: 100 */
    int32_t gain;           /* by what they are louder, in tenths of dB: at most 180; below -780 nothing is heard */
    uint64_t start_ms;      /* how much of the first round is passed over */
} tandem_play_options;

/** [files] Plays `count` pieces, 256 at most, one after another without a gap, with `options`, which may be NULL. PLAY_DONE
 *  follows. What is in memory is copied, and made samples before this returns. Errors: as for tandem_play() and
 *  tandem_play_samples(), FILE (a part that ends behind its file), ARGUMENT (no such speed, gain or format, a part of something that is
 *  no file, a format of silence, or octets in memory that are not what their format says). */
tandem_result tandem_play_list(tandem_handle engine, tandem_handle channel, const tandem_piece *pieces, uint32_t count,
                               const tandem_play_options *options, const tandem_terms *terms,
                               tandem_handle *operation);

/* Ways to go on from elsewhere. */
enum {
    TANDEM_SEEK_TO = 0, /* so far from the beginning */
    TANDEM_SEEK_BY = 1  /* so far on from what has been heard; less than 0: back */
};

/** [control] Lets a play go on `ms` milliseconds from where `how` says (TANDEM_SEEK_); some milliseconds of silence lie
 *  between. Before the beginning is the beginning, and behind the end it is finished.
 *  Errors: STATE (no play, one of a stream, or over), ARGUMENT (no such way to seek). */
tandem_result tandem_play_seek(tandem_handle engine, tandem_handle operation, uint32_t how, int64_t ms);

/** [control] Lets a play go on at another speed, `speed_percent` 50 to 200, and volume, `gain` in tenths of dB.
 *  Errors: as tandem_play_seek(), ARGUMENT (no such speed or gain). */
tandem_result tandem_play_adjust(tandem_handle engine, tandem_handle operation, uint32_t speed_percent, int32_t gain);

/** How far a play has come. */
typedef struct tandem_play_state {
    uint32_t size;
    uint32_t paused;      /* not 0: it rests */
    uint64_t heard_ms;    /* how much of it has been heard */
    uint64_t position_ms; /* where it is in its round */
    uint64_t length_ms;   /* of a round; 0 of a stream */
    uint64_t waiting_ms;  /* of a stream: what was given and has not been heard yet */
    uint32_t dried;       /* of a live stream: times that it ran dry, and began anew */
    int32_t faster_ppm;   /* of a live stream: by how much the host's clock is faster than the line's, as far as it is known */
} tandem_play_state;

/** [control] Tells in `state` how far a play has come. Errors: STATE (no play). */
tandem_result tandem_play_get_state(tandem_handle engine, tandem_handle operation, tandem_play_state *state);

/** [control] Plays what tandem_stream_write() gives it on the way, such as speech that is being made, of which `buffer_ms`
 *  may wait, 100 to 60000. Where nothing waits the far end hears silence. PLAY_DONE follows once tandem_stream_end() was
 *  called and all was heard, or when the terms end it. Errors: as for tandem_play_samples(), ARGUMENT (the buffer). */
tandem_result tandem_play_stream(tandem_handle engine, tandem_handle channel, uint32_t buffer_ms,
                                 const tandem_terms *terms, tandem_handle *operation);

/** How what a host gives on the way is played. All zero: as there is room for it, of which half a second may wait. */
typedef struct tandem_play_stream_options {
    uint32_t size;
    uint32_t buffer_ms; /* how much may wait: 100 to 60000; 0: 500 */
    uint32_t live_ms;   /* not 0: it comes by a clock of the host's own, and so much waits on average: 40 to half of the buffer;
                         * two packets and what they may be late, at least */
} tandem_play_stream_options;

/** [control] As tandem_play_stream(), with `options`, which may be NULL. What is live, as the sound of a gateway to packets, is
 *  brought to the clock of the line if its own is up to 1000 parts per million off, without a step in it: so that what waits stays
 *  what it is to be. It is heard once that much has come, and again when it has run dry, as tandem_play_get_state() tells. What
 *  there is no room for is not taken; a host that is live drops it. Errors: as for tandem_play_stream(), ARGUMENT (`live_ms`). */
tandem_result tandem_play_stream_with(tandem_handle engine, tandem_handle channel,
                                      const tandem_play_stream_options *options, const tandem_terms *terms,
                                      tandem_handle *operation);

/** [control] Gives `count` linear samples at 8 kHz to a play of a stream, and tells in `taken` how many there was room for.
 *  If not for all, STREAM_READY tells when half of the buffer is free. Errors: STATE (no such play, or ended). */
tandem_result tandem_stream_write(tandem_handle engine, tandem_handle operation, const int16_t *samples, size_t count,
                                  size_t *taken);

/** [control] Has a play of a stream go on with noise behind what was given, until samples are given again, into which it goes over within 4
 *  ms: such as `payload` describes in `length` octets, 1 to 256, as packets of comfort noise have it (RFC 3389: level and
 *  coefficients, of which twelve count). Another description becomes heard within 20 ms. Of a live stream as much waits meanwhile
 *  as is to on average; of any other 60 ms, so that samples that come then are heard so much later. Without a description the time in which
 *  nothing is given is silent. Errors: STATE (no such play, or ended), ARGUMENT (`length`). */
tandem_result tandem_stream_write_noise(tandem_handle engine, tandem_handle operation, const void *payload, size_t length);

/** [control] What was given to a play of a stream is all. Errors: as tandem_stream_write(). */
tandem_result tandem_stream_end(tandem_handle engine, tandem_handle operation);

/* Which side of a channel a stream gives, or is heard by tandem_monitor(). */
enum {
    TANDEM_SIDE_RECEIVED = 0, /* what the far end says */
    TANDEM_SIDE_SENT = 1,     /* what it hears */
    TANDEM_SIDE_BOTH = 2      /* both; of a stream one sample of each in turn, what it says first */
};

/** How what is heard on a channel is given to the host. All zero: what the far end says, from now on. */
typedef struct tandem_stream_options {
    uint32_t size;
    uint32_t side;            /* TANDEM_SIDE_ */
    uint32_t each_ms;         /* STREAM_READY comes when nothing was read for so long: 20 to 1000; 0: 100 */
    uint32_t buffer_ms;       /* how much waits for the host; what comes then is lost: 100 to 60000; 0: 5000 */
    uint32_t waits_for_voice; /* not 0: it begins when somebody talks, or at once if somebody does */
    uint32_t before_voice_ms; /* with so much from before, at most 10000 */
    uint32_t suppress;        /* not 0: it is read with tandem_stream_read_portion(), for a gateway that sends no silence; not with
                                 TANDEM_SIDE_BOTH */
} tandem_stream_options;

/** [control] Gives the host what is heard on a channel, such as to a recogniser of speech, with `options`, which may be NULL.
 *  STREAM_READY tells when there is something, tandem_stream_read() takes it. Once something has ended it, the host has five
 *  seconds to read the rest; STREAM_DONE follows, at once after tandem_operation_stop(). It takes a place of
 *  limits.recordings; digits are in it as in recordings. Errors: STATE (no call whose channel is agreed), BUSY, ARGUMENT. */
tandem_result tandem_stream(tandem_handle engine, tandem_handle channel, const tandem_stream_options *options,
                            const tandem_terms *terms, tandem_handle *operation);

/** [control] Takes linear samples at 8 kHz from a stream, as many as there are and `room` has, without a gap among them:
 *  `count` tells how many, 0 if there are none now; `frame` when the first was heard. A jump from the end of those read before
 *  was lost. Errors: STATE (no such stream, or one with `suppress`). */
tandem_result tandem_stream_read(tandem_handle engine, tandem_handle operation, int16_t *samples, size_t room,
                                 size_t *count, uint64_t *frame);

/* What is to be sent of a stream with `suppress`. */
enum {
    TANDEM_PORTION_NONE = 0,  /* there is nothing to be read now */
    TANDEM_PORTION_VOICE = 1, /* its samples */
    TANDEM_PORTION_NOISE = 2, /* a description of the noise */
    TANDEM_PORTION_SILENT = 3 /* nothing: the noise goes on as it was described last */
};

/** A portion of a stream with `suppress`: whole frames of 10 ms, without a gap among them. */
typedef struct tandem_stream_portion {
    uint32_t size;
    uint32_t kind;         /* TANDEM_PORTION_ */
    uint64_t frame;        /* when its first sample was heard; a jump from the end of the portion before was lost */
    uint32_t count;        /* samples that it stands for: 80 of NOISE; of VOICE they were written */
    uint32_t noise_length; /* octets of the description */
    uint8_t noise[16];     /* the payload of comfort noise (RFC 3389, as of RTP): level and ten coefficients */
} tandem_stream_portion;

/** [control] Takes from a stream with `suppress` what is to be sent on next: as much of one kind as there is, `room` has and a
 *  second holds. Of a voice its linear samples at 8 kHz are written; of pauses there is a description at their beginning, each
 *  second, and when their noise becomes another. What is a voice says tandem_channel_attend() before the stream begins; all comes
 *  late by its onset (40 ms, at most 100), so that a voice is sent from its beginning on, and its hangover is sent too. A frame
 *  before a gap, and the last, is filled up with silence. Errors: STATE (no such stream, or one without `suppress`),
 *  ARGUMENT (`room` below 80). */
tandem_result tandem_stream_read_portion(tandem_handle engine, tandem_handle operation, int16_t *samples, size_t room,
                                         tandem_stream_portion *portion);

/** [control] Collects digits, those pressed before the call of this function first. COLLECT_DONE follows.
 *  Errors: STATE (no call whose channel is agreed, or digits are collected already), BUSY. */
tandem_result tandem_collect(tandem_handle engine, tandem_handle channel, const tandem_terms *terms,
                             tandem_handle *operation);

/** [control] Writes the digits pressed on a channel and not collected yet to `digits`, the first first and without a zero octet, `room`
 *  of them at most, and how many there are, 64 at most, to `length`. They stay for tandem_collect(). */
tandem_result tandem_digits_peek(tandem_handle engine, tandem_handle channel, char *digits, size_t room,
                                 size_t *length);

/** [control] Forgets the digits pressed on a channel and not collected yet. */
tandem_result tandem_digits_clear(tandem_handle engine, tandem_handle channel);

/** [files] Records both directions of a channel into a new two-channel WAV file, received on the left, sent
 *  on the right, for as long as the call lasts, however it is re-routed. A relative path is created in
 *  recording.directory. RECORD_DONE follows once the file is complete on disk.
 *  Errors: FILE (exists already, no room, no right), STATE (no call whose channel is agreed), BUSY, ARGUMENT (recording.format is
 *  one of one channel). */
tandem_result tandem_record(tandem_handle engine, tandem_handle channel, const char *path,
                            const tandem_terms *terms, tandem_handle *operation);

/* What a recording has. */
enum {
    TANDEM_RECORD_APART = 0,    /* two channels: received left, sent right */
    TANDEM_RECORD_RECEIVED = 1, /* one channel: what the far end says, as for a voicemail */
    TANDEM_RECORD_SENT = 2,     /* one channel: what it hears */
    TANDEM_RECORD_MIXED = 3     /* one channel: both */
};

/* How the samples of a recording are kept. */
enum {
    TANDEM_FORMAT_CONFIGURED = 0, /* as recording.format says */
    TANDEM_FORMAT_LINEAR16 = 1,   /* WAV, 16 bits */
    TANDEM_FORMAT_G711 = 2,       /* WAV, the octets of the trunk */
    TANDEM_FORMAT_IMA_ADPCM = 3,  /* WAV, 4 bits a sample */
    TANDEM_FORMAT_VOX = 4,        /* ADPCM of Oki and Dialogic, 4 bits a sample, without a header; of one channel */
    TANDEM_FORMAT_GSM = 5,        /* WAV, GSM 6.10 (format 0x31), 40 ms in 65 octets; of one channel */
    TANDEM_FORMAT_ALAW = 6,       /* A-law, 8 bits a sample, without a header, as in a file .al or .alaw; of one channel. The octets of a
                                     trunk of A-law are kept as they are, those of mu-law are converted by the table of G.711 */
    TANDEM_FORMAT_ULAW = 7,       /* mu-law likewise, as in a file .ul or .ulaw */
    TANDEM_FORMAT_VOX_6K = 8,     /* as TANDEM_FORMAT_VOX, of 6000 samples a second, 24 kbit/s: a file .6k.vox or -6k.vox, for its
                                     name to tell. What is said is in it 3 ms late, and the last 3 ms are not, of
                                     each segment */
    TANDEM_FORMAT_G726_16 = 9,    /* G.726 of 16 kbit/s without a header, as in a file .g726-16; of one channel */
    TANDEM_FORMAT_G726_24 = 10,   /* of 24 kbit/s: .g726-24 */
    TANDEM_FORMAT_G726_32 = 11,   /* of 32 kbit/s, which is G.721: .g726-32 or .726 */
    TANDEM_FORMAT_G726_40 = 12    /* of 40 kbit/s: .g726-40 */
};

/** What a recording is to be like. All zero: as for tandem_record(). */
typedef struct tandem_record_options {
    uint32_t size;
    uint32_t sides;  /* TANDEM_RECORD_ */
    uint32_t format; /* TANDEM_FORMAT_ */
    int32_t target;  /* the level to which the voices of each side are brought, in tenths of dBm0: -400 to -60; 0: they are not */
    uint32_t append; /* not 0: it goes on at the end of the file, if there is one, to the frame; of vox and GSM all of the file is
                        gone through for that, in the caller's thread: a second or so for each hour of it */
    uint32_t trim;   /* not 0: when it ends by silence, a digit or the end of the call, it ends in the file 200 ms after the last
                        voice, and before the digit; for TANDEM_RECORD_RECEIVED */
    uint32_t segment_seconds; /* so long is each of the files that it fills one after another, name-0001.wav and so on, without
                                 losing a frame: RECORD_SEGMENT tells of each, RECORD_DONE of the last; at most a day; 0:
                                 one file. A first file that exists is refused; later names that exist are passed over */
    uint32_t before_ms; /* so much of what was said before is in it too, as far as the call is as old; recording.pre_roll_ms of the
                           configuration at most: of a call that was there before a reload changed that, what was kept then */
    int32_t received_gain; /* by what the voice of the far end is louder in it, in tenths of dB: -400 to 180 */
    int32_t sent_gain;     /* by what is louder in it that the far end hears, likewise */
    uint32_t longest_silence_ms; /* a silence that is longer, on all sides that are recorded, is so long in it, to 40 ms: 500 to
                                    60000; 0: as long as it was. What is left out counts as no gap, and what was lost in it is
                                    not told; what is a voice tandem_channel_attend() says, at its ordinary values */
} tandem_record_options;

/** [files] As tandem_record(), into a file of another kind at `path`; `options` may be NULL. RECORD_DONE follows. With `append` a
 *  file that is there must be a recording of this library, as it is if nobody else has written it, in the same format and
 *  channels; in a format without a header it may be any that begins like no WAV file. What a crash has left behind what its header
 *  tells of is cut. One that is written by another recording is refused.
 *  With `trim` nothing is left of a recording in which nobody spoke, but for what was before it (`before_ms`), of which silence
 *  is never cut; what is a voice tandem_channel_attend() says. Of one in segments the last is cut at most.
 *  With `before_ms` there is nothing of what was said while another recording of the channel rested.
 *  Errors: as tandem_record(), STATE (before_ms, and a channel without calls), FILE (what is there is something else), ARGUMENT
 *  (no such side, format, level, gain or silence, two channels in a format of one, segments that are to be appended, trim of another side, or
 *  more before than is kept). */
tandem_result tandem_record_with(tandem_handle engine, tandem_handle channel, const char *path,
                                 const tandem_record_options *options, const tandem_terms *terms,
                                 tandem_handle *operation);

/** How far a recording has come. */
typedef struct tandem_record_state {
    uint32_t size;
    uint32_t paused;      /* not 0: it rests */
    uint32_t ending;      /* not 0: it has ended, and its file is being completed */
    uint32_t reserved;    /* 0 */
    uint64_t recorded_ms; /* how long it has run since it was begun, without the times that it rested */
} tandem_record_state;

/** [control] Tells in `state` how far a recording has come; RECORD_DONE tells what is in its file, to the frame.
 *  Errors: STATE (the operation is no recording). */
tandem_result tandem_record_get_state(tandem_handle engine, tandem_handle operation, tandem_record_state *state);

/** [control] Lets a play or a recording rest (`on` not 0), or go on (0). Of a play that rests the far end hears what it would
 *  hear without it, and it goes on at its own speed from the very sample where it was. What is said while a recording rests, as
 *  a card number, is not in its file, from the next tick on (engine.tick_frames), to the frame; it counts as no gap. Whatever
 *  ends the operation still does, and the time that limits it goes on.
 *  Errors: STATE (neither play nor recording, a play of a stream, or over). */
tandem_result tandem_operation_pause(tandem_handle engine, tandem_handle operation, uint32_t on);

/** [control] Ends an operation early. Its event follows, with reason TANDEM_END_STOPPED: PLAY_DONE, COLLECT_DONE, RECORD_DONE
 *  or STREAM_DONE. */
tandem_result tandem_operation_stop(tandem_handle engine, tandem_handle operation);

/* ---- Switching and conferences --------------------------------------------------------------------- */

/* What a connection or call carries, and what may be done to it. */
enum {
    TANDEM_BEARER_SPEECH = 0,       /* conversion between laws; other treatments allowed */
    TANDEM_BEARER_AUDIO_3K1 = 1,    /* conversion between laws only */
    TANDEM_BEARER_UNRESTRICTED = 2, /* octets pass untouched */
    TANDEM_BEARER_RESTRICTED = 3    /* octets pass untouched */
};

/** [control] Lets the far end of `sink` hear what `source` receives (0: nothing), whenever no prompt plays
 *  to it and it is in no bridge. One direction; a source may be heard by any number. Ends with the call on
 *  either of them. Errors: ARGUMENT (no such bearer), STATE (`source` hears what `sink` hears, by tandem_monitor()). */
tandem_result tandem_connect(tandem_handle engine, tandem_handle sink, tandem_handle source, uint32_t bearer);

/** [control] Lets the far end of `sink` hear what passes on `source`: what its far end says, what that hears, or both together, as
 *  `side` says (TANDEM_SIDE_). So a supervisor listens to a call whose parties are connected, to prompts and to how a caller fares
 *  with them, without a bridge. Who coaches `source` in a bridge is not heard. Otherwise as tandem_connect(), whose place it
 *  takes, and which ends it (`source` 0): whenever no prompt plays to `sink` and it is in no bridge, for any number of them, until
 *  the call on either ends, or until a connection or a bridge would let `sink` hear itself by it.
 *  Errors: ARGUMENT (no such side), UNSUPPORTED (one of them carries data), STATE (`sink` would hear
 *  itself, as when it is heard on `source`; or one of the two hears another, or is heard, by this function with a side other than
 *  RECEIVED). */
tandem_result tandem_monitor(tandem_handle engine, tandem_handle sink, tandem_handle source, uint32_t side);

/** [control] Makes a conference bridge: each party hears all others. Errors: BUSY. */
tandem_result tandem_bridge_new(tandem_handle engine, tandem_handle *bridge);

/** [control] Takes a bridge down. Its parties keep their calls and hear what they were connected to before, or silence. */
tandem_result tandem_bridge_free(tandem_handle engine, tandem_handle bridge);

/** [control] Lets the call on `channel` talk and listen in `bridge`; it leaves any other.
 *  Errors: STATE (in it already, or no call whose channel is agreed), BUSY (the bridge is full). */
tandem_result tandem_bridge_join(tandem_handle engine, tandem_handle bridge, tandem_handle channel);

/* Who hears whom in a bridge. All that hear, hear those that are heard by all. */
enum {
    TANDEM_ROLE_FULL = 0,   /* hears the others and is heard by them */
    TANDEM_ROLE_LISTEN = 1, /* hears, and is heard by nobody: a supervisor who monitors, a recorder */
    TANDEM_ROLE_TALK = 2,   /* is heard, and hears what it is connected to, not the bridge */
    TANDEM_ROLE_COACH = 3   /* hears, and is heard by its pupil alone, whose recording has it: a supervisor who whispers */
};

/** How a channel takes part in a bridge. */
typedef struct tandem_bridge_terms {
    uint32_t size;
    uint32_t role;       /* TANDEM_ROLE_ */
    tandem_handle pupil; /* of a coach: the channel of another party; 0: nobody hears it, as when the pupil has left */
    int32_t gain;        /* by what it is louder to whoever hears it, in tenths of dB: at most 180; below -780 nothing is heard */
    uint32_t muted;      /* not 0: nobody hears it */
    uint32_t moderator;  /* not 0: a bridge that is moderated is heard while it is in it */
    uint32_t reserved;
} tandem_bridge_terms;

/** [control] As tandem_bridge_join(), with `terms`, which may be NULL.
 *  Errors: as tandem_bridge_join(), ARGUMENT (no such role or gain), STATE (the pupil is no other party of the bridge). */
tandem_result tandem_bridge_join_with(tandem_handle engine, tandem_handle bridge, tandem_handle channel,
                                      const tandem_bridge_terms *terms);

/** [control] Changes how `channel` takes part in its bridge; NULL: fully. Barging in is to turn a coach or listener
 *  into a full party. Errors: STATE (in none, or the pupil is no other party of it), ARGUMENT. */
tandem_result tandem_bridge_set_terms(tandem_handle engine, tandem_handle channel, const tandem_bridge_terms *terms);

/** [control] Lets only `most` parties of a bridge be heard by all, 1 to 16: those that were loudest of late. 0, as at
 *  first: all are. Errors: ARGUMENT (more than 16). */
tandem_result tandem_bridge_limit_talkers(tandem_handle engine, tandem_handle bridge, uint32_t most);

/** [control] With `on` not 0 a bridge is moderated: its parties hear each other only while one who is a `moderator` by its terms is
 *  among them, and before and after that what they are connected to, such as music. BRIDGE_MODERATED tells when the first has come
 *  and when the last has left from now on, so that the host may end the calls of the others. Who speaks is told and measured in
 *  any case. 0, as at first: they hear each other always. */
tandem_result tandem_bridge_moderate(tandem_handle engine, tandem_handle bridge, uint32_t on);

/** A party of a bridge as it stands now; measured each 20 ms. */
typedef struct tandem_bridge_party {
    uint32_t size;
    uint32_t role;        /* TANDEM_ROLE_ */
    tandem_handle bridge; /* in which it is */
    tandem_handle pupil;  /* of a coach; 0: it has none, or none any more */
    int32_t gain;         /* in tenths of dB */
    uint32_t muted;       /* not 0: nobody hears it */
    int32_t level;        /* of its last 20 ms, before its gain, in tenths of dBm0; -990: silence */
    uint32_t speaks;      /* not 0: it spoke in the last 200 ms */
    uint32_t heard;       /* not 0: it is part of what all hear, and not left out for louder ones */
    uint32_t moderator;   /* not 0: it is one of its moderators */
} tandem_bridge_party;

/** [control] How `channel` takes part in its bridge, how loud it is and whether it speaks. Errors: STATE (in none). */
tandem_result tandem_bridge_get_party(tandem_handle engine, tandem_handle channel, tandem_bridge_party *party);

/** [control] Lists the channels in a bridge: writes `room` of them at most to `channels`, and to `count` how many there are.
 *  tandem_bridge_get_party() tells of each. */
tandem_result tandem_bridge_list(tandem_handle engine, tandem_handle bridge, tandem_handle *channels, uint32_t room,
                                 uint32_t *count);

/** [control] With `on` not 0 TALKER tells who begins to speak in a bridge and who ceases, looked at each 100 ms; 0: no longer, as
 *  at first. */
tandem_result tandem_bridge_watch(tandem_handle engine, tandem_handle bridge, uint32_t on);

/** [control] Takes `channel` out of its bridge; its call goes on, and hears what it was connected to before, or silence.
 *  Errors: STATE (in none). */
tandem_result tandem_bridge_leave(tandem_handle engine, tandem_handle channel);

/** [control] Gives a pair of channels inside the engine, each the far end of the other: what is played on `near` is received on
 *  `far`, and the other way. So prompts and tones are played into a bridge and it is recorded, streamed or listened to (`far`
 *  joins it, the host works on `near`), and music is played once for as many as are connected to `far`. Pairs are on spans of a
 *  card of the model "local", 15 on each of an E1, 12 of a T1 (docs/configuration.md).
 *  Errors: BUSY (all are in use, or there is no such span). */
tandem_result tandem_pair_new(tandem_handle engine, tandem_handle *near, tandem_handle *far);

/** [control] Takes a pair back by either of its channels: what runs on them ends, and both handles are stale. Errors: STATE (the
 *  channel is of no pair). */
tandem_result tandem_pair_free(tandem_handle engine, tandem_handle channel);

/* ---- Spans, channels, statistics ------------------------------------------------------------------- */

/** A channel as it stands now. */
typedef struct tandem_channel_state {
    uint32_t size;
    uint32_t service;   /* TANDEM_SERVICE_ */
    uint64_t call;      /* the call on it; 0: none */
    uint32_t span_down; /* not 0: its span carries no calls: it has failed, is looped, or its signalling link is down */
    uint32_t tested;    /* not 0: a line test has it */
    tandem_handle hears;  /* the operation, bridge or channel that its far end hears; 0: none */
    uint32_t hears_as;  /* TANDEM_HEARS_ */
    uint32_t digits;    /* how many were pressed and not collected: tandem_digits_peek() */
} tandem_channel_state;

/* What the far end of a channel hears. */
enum {
    TANDEM_HEARS_NOTHING = 0, /* silence */
    TANDEM_HEARS_PLAY = 1,    /* a play; no operation while the engine plays for itself, as the digits of a number */
    TANDEM_HEARS_BRIDGE = 2,  /* the others in a bridge */
    TANDEM_HEARS_CHANNEL = 3, /* another channel: what it receives, or what tandem_monitor() was told */
    TANDEM_HEARS_TONE = 4,    /* the tone of tandem_test_tone() */
    TANDEM_HEARS_TEST = 5     /* the pattern of a line test */
};

/** [control] Tells how a channel stands. */
tandem_result tandem_channel_get_state(tandem_handle engine, tandem_handle channel, tandem_channel_state *state);

/** [control] Takes a channel out of service (`in_service` 0), or puts it back. No new call begins on it then; one in progress
 *  goes on. The far end is told where signalling can tell it, as soon as its link is up. CHANNEL_SERVICE follows if the
 *  channel stands otherwise than before. Errors: UNSUPPORTED (no calls are signalled on it), STATE (it is to be put back, but
 *  its span is to change), BUSY. */
tandem_result tandem_channel_set_service(tandem_handle engine, tandem_handle channel, uint32_t in_service);

/** [control] Brings a channel to idle at both ends, whatever its state; a call on it is cleared (RESTART of an ISDN span).
 *  Errors: UNSUPPORTED, STATE (its signalling link is down, or it is being reset). */
tandem_result tandem_channel_reset(tandem_handle engine, tandem_handle channel);

/** [control] As tandem_channel_reset() for every channel of span number `index` on which calls are signalled; those that are being
 *  reset already are left to it. CHANNEL_SERVICE follows for each. Errors: ARGUMENT (no such span), UNSUPPORTED (there are no calls
 *  on it, or the switch has no RESTART), STATE (its signalling link is down). */
tandem_result tandem_span_reset(tandem_handle engine, uint32_t index);

/** Signalling bits that are not known: none have come, or the host has sent none. */
#define TANDEM_BITS_NOT_KNOWN 16

/** [control] Sends signalling bits on a channel of a span with signalling = "cas" (timeslot 16 of an E1, robbed bits of a T1),
 *  `bits` 0 to 15, a 8 and d 1, after those on their way, and holds them for `ms` milliseconds at least before others may follow: a
 *  wink is two calls. So hosts signal by systems of their own, with tandem_play() of "mf:" paths and tandem_channel_listen() for
 *  registers. BITS tells what comes. Errors: ARGUMENT (more than four bits, or too long), BUSY (twelve wait already),
 *  UNSUPPORTED (they are not the host's). */
tandem_result tandem_channel_send_bits(tandem_handle engine, tandem_handle channel, uint32_t bits, uint64_t ms);

/** [control] Tells the signalling bits that a channel receives in `received`, and in `sent` those that the host has sent last, or
 *  TANDEM_BITS_NOT_KNOWN. */
tandem_result tandem_channel_get_bits(tandem_handle engine, tandem_handle channel, uint32_t *received, uint32_t *sent);

/* Kinds of frames of a signalling link (Q.921). */
enum {
    TANDEM_FRAME_I = 0,     /* information, with a message */
    TANDEM_FRAME_RR = 1,    /* receive ready */
    TANDEM_FRAME_RNR = 2,   /* receive not ready */
    TANDEM_FRAME_REJ = 3,   /* reject */
    TANDEM_FRAME_SABME = 4, /* set asynchronous balanced mode extended: sets the link up */
    TANDEM_FRAME_DM = 5,    /* disconnected mode */
    TANDEM_FRAME_UI = 6,    /* unnumbered information */
    TANDEM_FRAME_DISC = 7,  /* disconnect */
    TANDEM_FRAME_UA = 8,    /* unnumbered acknowledgement */
    TANDEM_FRAME_FRMR = 9,  /* frame reject */
    TANDEM_FRAME_XID = 10   /* exchange of identification */
};

/** What the D channel of an ISDN span has counted since the engine was opened. */
typedef struct tandem_d_channel {
    uint32_t size;
    uint32_t up;             /* not 0: its data link is up; it signals calls, or stands by to */
    /* Between flags. */
    uint64_t frames;         /* good ones */
    uint64_t bad_fcs;        /* frames with a wrong check sequence */
    uint64_t aborts;         /* frames that their sender has broken off */
    uint64_t wrong_length;   /* too short, too long, or no whole octets */
    uint64_t frames_dropped; /* good ones that were lost because the engine was behind */
    /* The data link. */
    uint64_t sent[16];       /* frames by kind (TANDEM_FRAME_), those sent again included */
    uint64_t received[16];   /* frames by kind, those to this link that were understood */
    uint64_t errors[16];     /* MDL-ERROR indications, A to O from 0 on (Q.921 table II.1) */
    uint64_t retransmitted;  /* I frames sent again */
    uint64_t t200_expiries;  /* times that no acknowledgement came in time */
    uint64_t established;    /* times that it came up */
    uint64_t resets;         /* times that it was set up again while up, by either end */
    uint64_t failures;       /* times that it failed */
    uint64_t outages;        /* times that it went down, however */
    uint64_t outage_ms;      /* for how long, in all; one that lasts counts when it is over */
    uint64_t far_end_busy;   /* times that the far end could take no more */
    /* Messages and calls. */
    uint64_t messages_sent[128];     /* by type of Q.931, as 5 SETUP */
    uint64_t messages_received[128]; /* likewise by type */
    uint64_t calls_made;     /* calls begun by us */
    uint64_t calls_taken;            /* calls of the far end that were not refused at once */
    uint64_t refused[128];           /* calls of the far end that were, by cause */
    uint64_t released[128];          /* all others that are over, by cause */
    uint64_t not_of_q931;            /* messages of another protocol, too short, or without a call reference */
    uint64_t of_unknown_calls; /* messages of calls that are not there (Q.931 5.8.3.2) */
    uint64_t unexpected;             /* messages that did not fit the state of their call, or of an unknown type */
    uint64_t bad_elements;           /* elements missing or wrong */
} tandem_d_channel;

/** [control] Tells what the D channel of span number `index` has counted.
 *  Errors: ARGUMENT (no such span), UNSUPPORTED (it has none). */
tandem_result tandem_span_get_d_channel(tandem_handle engine, uint32_t index, tandem_d_channel *counted);

/** [control] Takes the D channel on span number `index` out of service (`in_service` 0), or puts it back. Meanwhile its data link is
 *  released (DISC) and the far end is refused (DM). Calls fare as when it fails: its backup takes over, and LINK_SWITCHED follows
 *  if this one signalled; without one LINK_CHANGED follows, calls that are not answered end, and those that are live for T309. Put
 *  back, it is asked for within a second. Errors: ARGUMENT (no such span), UNSUPPORTED (it has none, or is listened to only). */
tandem_result tandem_span_set_d_channel_service(tandem_handle engine, uint32_t index, uint32_t in_service);

/** [control] Sends a facility of Q.932 that belongs to no call over the D channel that signals for span number `index`:
 *  `length` octets, 1 to 255. SPAN_FACILITY tells of those that come.
 *  Errors: ARGUMENT (no such span, or too long), STATE (the D channel is down), UNSUPPORTED (the span has none). */
tandem_result tandem_span_send_facility(tandem_handle engine, uint32_t index, const void *octets, size_t length);

/** The longest frame of tandem_span_send_frame() and tandem_span_read_frame(), in octets. */
#define TANDEM_LONGEST_FRAME 512

/** [control] Sends a frame of signalling that is the host's own, on span number `index` with signalling = "hdlc", behind those that
 *  wait: `length` octets, 2 to TANDEM_LONGEST_FRAME, without flags and check sequence, which the engine makes; between frames it
 *  sends flags. 32 of the longest may wait, or more that are shorter. Errors: ARGUMENT (no such span, too short or too long), BUSY
 *  (no room; FRAME_ROOM tells when half of it is free), UNSUPPORTED (its signalling is another). */
tandem_result tandem_span_send_frame(tandem_handle engine, uint32_t index, const void *octets, size_t length);

/** [control] Takes the oldest frame that span number `index` with signalling = "hdlc" has received and that was not read yet: its
 *  octets, without the check sequence, which was right, `room` of them at most; in `length` how many they are, 0 if no frame
 *  waits; in `frame` when its end came. FRAME tells that there are some. 1024 wait at most: then the oldest go, and are counted.
 *  Errors: ARGUMENT (no such span, or the frame is longer than `room`, and stays), UNSUPPORTED (its signalling is another). */
tandem_result tandem_span_read_frame(tandem_handle engine, uint32_t index, void *octets, size_t room, size_t *length,
                                     uint64_t *frame);

/** What has come of the frames of a span with signalling = "hdlc" since it was set up. */
typedef struct tandem_frame_counts {
    uint32_t size;
    uint32_t waiting;     /* frames that wait to be read */
    uint64_t received;    /* good ones */
    uint64_t bad_fcs;     /* frames with a wrong check sequence */
    uint64_t aborts;      /* frames that their sender has broken off */
    uint64_t too_short;   /* frames of less than 2 octets */
    uint64_t too_long;    /* frames of more than TANDEM_LONGEST_FRAME octets */
    uint64_t not_aligned; /* frames of no whole octets */
    uint64_t dropped;     /* good ones that were lost because the engine was behind */
    uint64_t unread;      /* good ones, the oldest, that were lost because the host did not read them */
    uint64_t sent;        /* frames that were given to be sent */
    uint64_t refused;     /* frames for which there was no room */
} tandem_frame_counts;

/** [control] Tells in `counted` what has come of the frames of span number `index`.
 *  Errors: ARGUMENT (no such span), UNSUPPORTED (its signalling is another). */
tandem_result tandem_span_get_frame_counts(tandem_handle engine, uint32_t index, tandem_frame_counts *counted);

/** The state of a span. */
typedef struct tandem_span_info {
    uint32_t size;
    uint32_t defects;    /* TANDEM_DEFECT_ bits */
    tandem_handle span;  /* as in events */
    uint32_t failed;     /* not 0: it has failed and its circuits are blocked */
    uint32_t channels;   /* traffic channels it has */
    uint32_t calls;      /* calls on them */
    uint32_t looped;     /* not 0: a loop is closed on it, by order or by the far end, and its circuits are blocked */
    uint64_t frames_lost; /* frames of it that were lost on their way here, since the engine was opened */
} tandem_span_info;

/** [control] Tells the state of span number `index`, counted from 0 as in the configuration.
 *  Errors: ARGUMENT (no such span). */
tandem_result tandem_span_get_info(tandem_handle engine, uint32_t index, tandem_span_info *info);

/* Whether a card is in its place. */
enum {
    TANDEM_PRESENCE_THERE = 0,  /* it is, and works */
    TANDEM_PRESENCE_AWAY = 1,   /* it was pulled, or does not work, and is looked for */
    TANDEM_PRESENCE_ANOTHER = 2 /* another card is where it was, which is left alone */
};

/** A card. One that was pulled is known again by its serial number when it is put back. */
typedef struct tandem_card_info {
    uint32_t size;
    uint32_t presence;     /* TANDEM_PRESENCE_ */
    uint32_t serial;       /* its serial number; 0: it tells none */
    uint32_t other_serial; /* that of the card in its place, with ANOTHER; 0: it tells none */
    uint32_t ports;        /* that it has */
    uint32_t reserved;
    char name[64];         /* as the configuration has it, or `card` and its index; what is longer is cut */
    char model[32];        /* likewise */
    char text[128];        /* all of this as a sentence for people */
} tandem_card_info;

/** Tells the state of card number `index`, counted from 0 as in the configuration.
 *  Errors: ARGUMENT (no such card). */
tandem_result tandem_card_get_info(tandem_handle engine, uint32_t index, tandem_card_info *info);

/* How bad something is, as in ITU-T X.733, numbered as in RFC 3877. */
enum {
    TANDEM_SEVERITY_CLEARED = 1,  /* it is over */
    TANDEM_SEVERITY_CRITICAL = 3, /* service is lost */
    TANDEM_SEVERITY_MAJOR = 4,    /* service is much worse */
    TANDEM_SEVERITY_MINOR = 5,    /* nothing is lost yet */
    TANDEM_SEVERITY_WARNING = 6   /* to be looked at */
};

/* What is wrong. `alarms` of the configuration says how bad each is, or that it is no alarm. */
enum {
    TANDEM_ALARM_CARD = 1,        /* a card does not answer, or is another */
    TANDEM_ALARM_SPAN = 2,        /* a span has failed */
    TANDEM_ALARM_REMOTE = 3,      /* the far end of a span does not receive us, for 2.5 s */
    TANDEM_ALARM_LINK = 4,        /* the signalling link of a span is down, for 10 s */
    TANDEM_ALARM_LINK_LOOPED = 5, /* it is looped to itself */
    TANDEM_ALARM_CLOCK = 6,       /* no span can be followed for the clock, for 10 s */
    TANDEM_ALARM_MAINTENANCE = 7, /* a span is out of use by order: looped, sending AIS, tested */
    TANDEM_ALARM_CHANNEL = 8,     /* the far end has not answered the reset of a channel */
    TANDEM_ALARM_GROUP = 9,       /* no trunk of a group is free */
    TANDEM_ALARM_HOST = 10        /* the host does not fetch its events, for a second */
};

/** `place` of an alarm about what has none in the configuration. */
#define TANDEM_NO_PLACE 0xffffffffu

/** Something that is wrong now. */
typedef struct tandem_alarm {
    uint32_t size;
    uint32_t kind;        /* TANDEM_ALARM_ */
    uint32_t severity;    /* TANDEM_SEVERITY_ */
    uint32_t place;       /* of the card, span or group in the configuration, from 0; TANDEM_NO_PLACE of others */
    tandem_handle object; /* the span or channel; 0 of others */
    uint64_t number;      /* counts the alarms of an engine from 1 */
    uint64_t since;       /* the frame since which it is so */
    char text[128];       /* what is wrong, for people */
} tandem_alarm;

/** [control] Gives the oldest alarm that goes on with a number above `after`: with 0 and then the number of the last each time,
 *  all of them. What follows from something worse is none of its own, as the link of a span that has failed. ALARM tells of
 *  changes. Errors: STATE (there is none). */
tandem_result tandem_alarm_get(tandem_handle engine, uint64_t after, tandem_alarm *alarm);

/* Ends of a span. */
enum {
    TANDEM_PERFORMANCE_NEAR = 0, /* what we receive */
    TANDEM_PERFORMANCE_FAR = 1   /* what the far end receives, as it reports it */
};

/** The performance of one end of a span in some time, by the rules that the configuration names. All but
 *  unavailable seconds and failures are counted in available time only. Whether time was available is known ten
 *  seconds later: until then counts are as it seems, and are put right afterwards. They stop at their highest
 *  value instead of wrapping. */
typedef struct tandem_performance {
    uint32_t size;
    uint32_t seconds; /* monitored */
    uint64_t errored_seconds;                  /* ES */
    uint64_t severely_errored_seconds;         /* SES */
    uint64_t severely_errored_framing_seconds; /* SEFS */
    uint64_t bursty_errored_seconds;           /* BES */
    uint64_t unavailable_seconds;              /* UAS */
    uint64_t line_errored_seconds;             /* LES */
    uint64_t controlled_slip_seconds;          /* CSS */
    uint64_t degraded_minutes;                 /* DM */
    uint64_t path_coding_violations;           /* PCV; by G.826, errored blocks */
    uint64_t line_coding_violations;           /* LCV */
    uint64_t background_block_errors;          /* BBE */
    uint64_t failures;                         /* failures declared */
} tandem_performance;

/** Instead of a quarter hour: all that are over, 24 hours at most. */
#define TANDEM_PERFORMANCE_DAY 1000

/** [control] Tells the performance of an end (TANDEM_PERFORMANCE_) of span number `index` in the quarter hour in
 *  progress (`ago` 0), in one that is over (1 for the last, up to 96), or in the day (TANDEM_PERFORMANCE_DAY).
 *  Quarter hours begin when the engine is opened.
 *  Errors: ARGUMENT (no such span, end or quarter hour), STATE (the engine is not that old). */
tandem_result tandem_span_get_performance(tandem_handle engine, uint32_t index, uint32_t end, uint32_t ago,
                                          tandem_performance *performance);

/* Qualities of a clock, as synchronisation status messages tell them. */
enum {
    TANDEM_QUALITY_NOT_TOLD = 0,   /* no message is received */
    TANDEM_QUALITY_PRIMARY = 1,    /* a primary reference clock (G.811) */
    TANDEM_QUALITY_SUPPLY_A = 2,   /* a synchronisation supply unit of the transit kind (G.812) */
    TANDEM_QUALITY_SUPPLY_B = 3,   /* of the local kind (G.812) */
    TANDEM_QUALITY_EQUIPMENT = 4,  /* the clock of a piece of equipment (G.813) */
    TANDEM_QUALITY_UNKNOWN = 5,    /* the message says that it is not known */
    TANDEM_QUALITY_DO_NOT_USE = 6  /* its clock comes from those who would follow it */
};

/** The clock of an engine. */
typedef struct tandem_clock {
    uint32_t size;
    uint32_t reserved;
    tandem_handle source; /* the span whose clock is followed; 0: the cards' own oscillator */
    uint64_t since;       /* frame since when */
    uint64_t changes;     /* how often the source has changed */
} tandem_clock;

/** [control] Tells where the engine's clock comes from. */
tandem_result tandem_clock_get(tandem_handle engine, tandem_clock *clock);

/** The clock of the line of a span, as of the last second. */
typedef struct tandem_span_clock {
    uint32_t size;
    uint32_t known;          /* 0: there is no telling yet how fast it is, or the signal is lost; then ppm,
                                uncertainty_ppm and next_slip are 0 */
    double ppm;              /* how fast it is against the engine's clock, in parts per million */
    double uncertainty_ppm;  /* by how much that may be wrong, either way */
    uint64_t slip_period;    /* frames from one slip to the next at that rate; 0: none is foreseen */
    uint64_t next_slip;      /* the frame by which the next slip is to be expected; 0: none is foreseen */
    uint64_t slips_repeated; /* frames repeated because the line is slow */
    uint64_t slips_deleted;  /* frames deleted because the line is fast */
    uint32_t quality;        /* TANDEM_QUALITY_ of the far end's clock */
    uint32_t reserved;
    char text[128];          /* the same as a sentence for people */
} tandem_span_clock;

/** [control] Tells the clock of span number `index`. Errors: ARGUMENT (no such span). */
tandem_result tandem_span_get_clock(tandem_handle engine, uint32_t index, tandem_span_clock *clock);

/* Loops of a span. */
enum {
    TANDEM_LOOP_NONE = 0,    /* all loops open */
    TANDEM_LOOP_LOCAL = 1,   /* what is sent comes back to the engine */
    TANDEM_LOOP_LINE = 2,    /* what the line brings goes back to it, bit for bit */
    TANDEM_LOOP_PAYLOAD = 3  /* the timeslots that the line brings go back to it in new frames */
};

/** [control] Closes a loop (TANDEM_LOOP_) on span number `index`, and opens any other. A looped span is out of use:
 *  its calls are cleared with cause 27, and its circuits are blocked until the loop is opened.
 *  Errors: ARGUMENT (no such span or loop), UNSUPPORTED. */
tandem_result tandem_span_loop(tandem_handle engine, uint32_t index, uint32_t loop);

/* Errors that can be put into a line. */
enum {
    TANDEM_LINE_ERROR_CODE = 0,    /* a bipolar violation */
    TANDEM_LINE_ERROR_FRAMING = 1, /* an errored frame alignment signal; on T1 a framing bit */
    TANDEM_LINE_ERROR_CRC = 2,     /* an errored CRC */
    TANDEM_LINE_ERROR_PAYLOAD = 3  /* an errored bit of traffic */
};

/** [control] Puts one error (TANDEM_LINE_ERROR_) into what span number `index` sends.
 *  Errors: ARGUMENT (no such span or error), UNSUPPORTED. */
tandem_result tandem_span_insert_error(tandem_handle engine, uint32_t index, uint32_t error);

/* Alarms that can be sent on demand. */
enum {
    TANDEM_SEND_RAI = 0,    /* the remote alarm */
    TANDEM_SEND_AIS = 1,    /* ones and nothing else; the span is out of use meanwhile, as if it were looped */
    TANDEM_SEND_RAI_CI = 2, /* the remote alarm of a customer installation, on a T1 with extended superframes */
    TANDEM_SEND_AIS_CI = 3  /* the ones of a customer installation, on a T1; it and AIS take each other's place */
};

/** [control] Sends an alarm (TANDEM_SEND_) on span number `index` whatever is received, or (`on` 0) no longer.
 *  Errors: ARGUMENT (no such span or alarm), UNSUPPORTED. */
tandem_result tandem_span_send_alarm(tandem_handle engine, uint32_t index, uint32_t alarm, uint32_t on);

/** [control] Sends these national bits on the E1 span number `index`, Sa4 being 16 and Sa8 1; at first all are 1. One
 *  that carries synchronisation status messages goes on to do so.
 *  Errors: ARGUMENT (no such span, more than five bits), UNSUPPORTED (a T1, or the card cannot). */
tandem_result tandem_span_send_sa_bits(tandem_handle engine, uint32_t index, uint32_t bits);

/** Tells the national bits that the E1 span number `index` receives, likewise, each as it was three times in a row.
 *  Errors: ARGUMENT (no such span), STATE (not known: a T1, no alignment, or the card cannot tell). */
tandem_result tandem_span_get_sa_bits(tandem_handle engine, uint32_t index, uint32_t *bits);

/* What the far end of a T1 is told of its loops, by a message in the data link of an extended superframe. */
enum {
    TANDEM_COMMAND_LINE_UP = 1,      /* to send back all bits as they come */
    TANDEM_COMMAND_LINE_DOWN = 2,    /* to do so no longer */
    TANDEM_COMMAND_PAYLOAD_UP = 3,   /* to send back the timeslots in new frames */
    TANDEM_COMMAND_PAYLOAD_DOWN = 4, /* to do so no longer */
    TANDEM_COMMAND_NETWORK_UP = 5,   /* the network interface on the way is to send back all bits */
    TANDEM_COMMAND_ALL_DOWN = 6      /* all loops are to end */
};

/** [control] Commands a loop at the far end of span number `index`, or its end (TANDEM_COMMAND_). Whether it is obeyed
 *  shows in what comes back. Errors: ARGUMENT (no such span or command), UNSUPPORTED. */
tandem_result tandem_span_command_loop(tandem_handle engine, uint32_t index, uint32_t command);

/* In-band loop codes. */
enum {
    TANDEM_LOOP_CODE_NONE = 0,        /* traffic again */
    TANDEM_LOOP_CODE_LINE_UP = 1,     /* 00001 */
    TANDEM_LOOP_CODE_LINE_DOWN = 2,   /* 001 */
    TANDEM_LOOP_CODE_NETWORK_UP = 3,  /* 11000 */
    TANDEM_LOOP_CODE_NETWORK_DOWN = 4 /* 11100 */
};

/** [control] Sends an in-band loop code (TANDEM_LOOP_CODE_) in place of all traffic of the T1 span number `index`, until NONE
 *  ends it; the far end wants it for five seconds. The span is out of use meanwhile, as if it were looped.
 *  Errors: ARGUMENT (no such span or code), UNSUPPORTED. */
tandem_result tandem_span_send_loop_code(tandem_handle engine, uint32_t index, uint32_t code);

/* Which equipment a T1 span is to its far end, whose loop commands it obeys as such. */
enum {
    TANDEM_OBEY_NOTHING = 0,  /* no commands */
    TANDEM_OBEY_CUSTOMER = 1, /* commands to a customer installation: line and payload loops, codes 00001 and 001 */
    TANDEM_OBEY_NETWORK = 2   /* those to a network interface unit: its loop, codes 11000 and 11100 */
};

/** [control] Closes the loops that the far end of the T1 span number `index` commands to equipment of this kind
 *  (TANDEM_OBEY_; at first that of a customer). SPAN_LOOPED tells of one.
 *  Errors: ARGUMENT (no such span or kind), UNSUPPORTED. */
tandem_result tandem_span_obey_loops(tandem_handle engine, uint32_t index, uint32_t kind);

/* Test patterns. */
enum {
    TANDEM_PATTERN_PRBS9 = 1,        /* 2^9 - 1 (O.153) */
    TANDEM_PATTERN_PRBS11 = 2,       /* 2^11 - 1 (O.152) */
    TANDEM_PATTERN_PRBS15 = 3,       /* 2^15 - 1, inverted (O.151) */
    TANDEM_PATTERN_PRBS20 = 4,       /* 2^20 - 1 (O.153) */
    TANDEM_PATTERN_QRSS = 5,         /* quasi-random signal, 2^20 - 1 with zero suppression (O.151) */
    TANDEM_PATTERN_PRBS23 = 6,       /* 2^23 - 1, inverted (O.151) */
    TANDEM_PATTERN_ONES = 7,         /* 1 in every bit */
    TANDEM_PATTERN_ZEROS = 8,        /* 0 in every bit */
    TANDEM_PATTERN_ALTERNATING = 9,  /* 10 */
    TANDEM_PATTERN_ONE_IN_8 = 10,    /* a 1 and seven 0 */
    TANDEM_PATTERN_3_IN_24 = 11,     /* three 1 in 24 bits, with up to 15 zeros in a row */
    TANDEM_PATTERN_PRBS29 = 12,      /* 2^29 - 1, inverted (O.150) */
    TANDEM_PATTERN_PRBS31 = 13       /* 2^31 - 1, inverted (O.150) */
};

/** What a line test has found since it began. Counts stop at their highest value. */
typedef struct tandem_line_test {
    uint32_t size;
    uint32_t synchronised; /* not 0: the pattern is being received */
    uint64_t bits;         /* bits compared while synchronised */
    uint64_t errors;       /* of these, wrong ones */
    uint64_t losses;       /* times that synchronisation was lost */
    uint64_t deletions;    /* of these, times after which the pattern was a few bits early: bits were lost */
    uint64_t repetitions;  /* times after which it was a few bits late: bits were repeated */
    int64_t last_slip;     /* bits that the last of these was about, negative for bits repeated */
} tandem_line_test;

/** In place of timeslots of a line test: every bit of the line, framing too. */
#define TANDEM_WHOLE_LINE 0xffffffffu

/** [control] Sends a pattern (TANDEM_PATTERN_) in timeslots of span number `index`, bit n of `timeslots` for
 *  timeslot n, and looks for it in what they receive. The timeslots are one channel of N x 64 kbit/s. Their
 *  channels must be free, and are blocked until the test is stopped. On a T1 with robbed bits those count as errors.
 *  With TANDEM_WHOLE_LINE the pattern takes every bit of the line, as it is sent and before any slip: all channels must be
 *  free, and until the test is stopped the span is out of use and neither end has frames; what is found is told once a
 *  granule, wrong bits by some framer chips once a second.
 *  Errors: ARGUMENT (no such span or pattern, or a slot carries no traffic), STATE (a channel is in use), BUSY,
 *  UNSUPPORTED (the card tests no whole line, or not with this pattern). */
tandem_result tandem_line_test_start(tandem_handle engine, uint32_t index, uint32_t timeslots, uint32_t pattern,
                                     tandem_handle *test);

/** [control] Tells what a line test has found so far. */
tandem_result tandem_line_test_get(tandem_handle engine, tandem_handle test, tandem_line_test *found);

/** [control] Sends `count` more bits of a line test wrong, at most one in each octet; of a whole line, one a frame. */
tandem_result tandem_line_test_insert_errors(tandem_handle engine, tandem_handle test, uint32_t count);

/** [control] Ends a line test and tells what it found in all. */
tandem_result tandem_line_test_stop(tandem_handle engine, tandem_handle test, tandem_line_test *found);

/* Tones of test lines. */
enum {
    TANDEM_TONE_NONE = 0,      /* no longer a tone */
    TANDEM_TONE_MILLIWATT = 1, /* the digital milliwatt of G.711: 1 kHz at 0 dBm0 */
    TANDEM_TONE_1004 = 2       /* 1004 Hz at 0 dBm0 */
};

/** [control] From now on, until the call on a channel is over, tells what the detectors in `detectors` (TANDEM_DETECT_ bits)
 *  hear there, by SOUND_BEGAN, SOUND_ENDED and CALLER_ID. Digits are told in any case. `span.detectors` of the configuration
 *  says which a span has. Errors: ARGUMENT (no such detector), STATE (no call), UNSUPPORTED (the span has it not). */
tandem_result tandem_channel_listen(tandem_handle engine, tandem_handle channel, uint32_t detectors);

/** One sound of a tone, and the silence behind it. Part of the structure below. */
typedef struct tandem_tone_step {
    uint32_t hz[2];  /* its frequency, 250 to 3400, or two of them; the second 0: one alone */
    uint32_t on_ms;  /* how long it sounds, 40 to 60000; 0, of a tone of one step: for ever */
    uint32_t off_ms; /* how long silence follows, 60000 at most */
} tandem_tone_step;

/** A tone of a host's own that is listened for: its cadence comes again and again. */
typedef struct tandem_tone {
    uint32_t size;
    uint32_t step_count;   /* steps of its cadence, 1 to 8 */
    uint32_t deviation_hz; /* how far its first frequency may be off, 20 at most; 0: 15 */
    uint32_t periods;      /* how often the cadence comes before it is told, 4 at most; 0: as often as makes it certain */
    tandem_tone_step steps[8]; /* its sounds in order */
} tandem_tone;

/** [control] From the next tick on the detectors of tones of all spans listen for one more, such as the busy tone of an exchange
 *  behind the network. Its number is written to `sound`, TANDEM_SOUND_USER and 1 to 8, as of a tone of tones.plan: SOUND_BEGAN and
 *  SOUND_ENDED tell of it on channels that listen to tones, those that do so already too, and `tones` of tandem_terms ends
 *  operations by it. What is heard of others meanwhile goes on. Errors: ARGUMENT (no such steps; or as it is it could not be told
 *  from another tone that is listened for, and then neither would be), BUSY (all eight numbers are given, those of tones.plan
 *  too; or too many different frequencies). */
tandem_result tandem_tone_define(tandem_handle engine, const tandem_tone *tone, uint32_t *sound);

/** [control] No longer listens for the tone that tandem_tone_define() has given the number `sound`. Where it is heard
 *  SOUND_ENDED follows; operations that it was to end go on. Its number is given again once all others have been.
 *  Errors: ARGUMENT (there is none that was defined so). */
tandem_result tandem_tone_remove(tandem_handle engine, uint32_t sound);

/** What counts as a voice. All zero: as at first. */
typedef struct tandem_voice_terms {
    uint32_t size;
    int32_t threshold;    /* what is no louder is none, in tenths of dBm0: -600 to -1; 0: -400 */
    uint32_t onset_ms;    /* it is told once it has lasted so long, at most 10000; 0: 40 */
    uint32_t hangover_ms; /* pauses that are shorter are part of it, at most 10000; 0: 200 */
} tandem_voice_terms;

/** The levels of one direction of a channel. All zero: as they are. */
typedef struct tandem_levels {
    int32_t gain;   /* in tenths of dB, before all else: -400 to 180 */
    int32_t target; /* the level to which voices are brought, in tenths of dBm0: -400 to -60; 0: they are not */
    int32_t gate;   /* what is softer is let through 20 dB softer, in tenths of dBm0: -700 to -200; 0: no gate */
    int32_t reserved;
} tandem_levels;

/** The levels of a channel. */
typedef struct tandem_shape {
    uint32_t size;
    uint32_t reserved;
    tandem_levels received; /* of what others hear of it */
    tandem_levels sent;     /* of what its far end hears */
    uint32_t reminder_hz;   /* a tone that its far end hears on top, again and again, from now on: that it is recorded, or pays
                               more; 300 to 3400; 0: none */
    int32_t reminder_level; /* of it, in tenths of dBm0: -600 to 0 */
    uint32_t reminder_ms;   /* how long it is: 20 to 5000 */
    uint32_t reminder_each_ms; /* from one beginning to the next, an hour at most */
} tandem_shape;

/** [control] From now on, until the call on a channel is over, its levels are shaped so; NULL: they are as they are again.
 *  Detectors and recordings hear what it received as it came; data is not touched.
 *  Errors: ARGUMENT (a level), STATE (no call). */
tandem_result tandem_channel_shape(tandem_handle engine, tandem_handle channel, const tandem_shape *shape);

/** [control] From now on, until the call on a channel is over, `terms` say what counts as a voice there, for
 *  TANDEM_DETECT_VOICE, for the terms of operations and for streams that wait for one; NULL: as at first.
 *  Errors: ARGUMENT (no such threshold, or too long), STATE (no call). */
tandem_result tandem_channel_attend(tandem_handle engine, tandem_handle channel, const tandem_voice_terms *terms);

/* Whether digits are hidden from those who hear a channel. The less what they hear may be delayed, the more of the
 * beginning of each digit they hear. */
enum {
    TANDEM_DIGITS_HEARD = 0,        /* they are not */
    TANDEM_DIGITS_HIDDEN_0_MS = 1,  /* without delay: the first 40 ms of each are heard */
    TANDEM_DIGITS_HIDDEN_12_MS = 2, /* 12 ms later: next to nothing is heard, and parts of speech are lost now and then */
    TANDEM_DIGITS_HIDDEN_40_MS = 3  /* 40 ms later: the first 4 ms are heard at most, and speech stays whole */
};

/** [control] From now on, until the call on a channel is over, whoever is connected to it or in a bridge with it does not
 *  hear what its far end keys in, as card numbers, or hears all again, as `how` says (TANDEM_DIGITS_). DIGIT events come as
 *  ever, connections for data are not touched, and recordings of the channel follow `recording.blank_digits` of the
 *  configuration. Errors: ARGUMENT (no such way), STATE (no call). */
tandem_result tandem_channel_hide_digits(tandem_handle engine, tandem_handle channel, uint32_t how);

/** How the echo of a call is cancelled. */
typedef struct tandem_echo_terms {
    uint32_t size;
    uint32_t tail_ms;     /* how late the last of the echo comes: 16, 32, 64 or 128; 0: no echo is cancelled */
    uint32_t linear_only; /* not 0: what cannot be cancelled is left as it is, and not replaced while the far end is silent */
    uint32_t silence;     /* not 0: it is replaced by silence, and not by noise like that of the line */
    uint32_t heed_no_tones; /* not 0: 2100 Hz, of a modem or a fax machine, does not turn the canceller off */
    uint32_t reserved;
} tandem_echo_terms;

/** [control] From now on, until the call on a channel is over, the echo of what is sent to its far end is taken out of what
 *  comes back, by a canceller that has learnt nothing yet; NULL: with a tail of 64 ms. Calls begin as `span.echo` and
 *  `group.echo` of the configuration have it. Detectors, recordings and whoever is connected hear what is left; connections
 *  for data are not touched. Errors: ARGUMENT (no such tail), STATE (no call). */
tandem_result tandem_channel_cancel_echo(tandem_handle engine, tandem_handle channel, const tandem_echo_terms *terms);

/** [control] From now on, until the call on a channel is over, what its span loses on its way here, as packets of spans over
 *  networks, is concealed (`on` not 0): the voice goes on for a moment as it was, and fades; what is received is heard 3.75 ms
 *  later for that. Or it is concealed no longer (0). Calls begin as `span.conceal` of the configuration has it: concealed where
 *  frames may be lost. Detectors, recordings and whoever is connected hear what is concealed; connections for data are not
 *  touched. Errors: STATE (no call). */
tandem_result tandem_channel_conceal(tandem_handle engine, tandem_handle channel, uint32_t on);

/** [control] Lets the far end of a channel hear the tone of a test line (TANDEM_TONE_) whenever no prompt plays to
 *  it and it is in no bridge, or no longer. Ends with the call. A quiet line needs no tone, and a loop-around is two
 *  calls of tandem_connect(). Errors: ARGUMENT (no such tone), STATE (no call, or a line test runs there). */
tandem_result tandem_test_tone(tandem_handle engine, tandem_handle channel, uint32_t tone);

/** [control] Finds the channel in `timeslot` of span number `index`. Errors: ARGUMENT (no such span, or the
 *  slot carries no traffic). */
tandem_result tandem_channel_find(tandem_handle engine, uint32_t index, uint32_t timeslot,
                                  tandem_handle *channel);

/** What an engine has counted since it was opened. Octets are those of traffic slots. */
typedef struct tandem_statistics {
    uint32_t size;
    uint32_t calls_active;       /* calls there are now */
    uint64_t frames;             /* frames worked */
    uint64_t ticks;              /* media ticks */
    uint64_t late_ticks;         /* steps of the media thread that began late */
    uint64_t calls_offered;      /* to the host */
    uint64_t calls_refused;      /* with cause 42, because the host was behind */
    uint64_t calls_placed;       /* by the host */
    uint64_t calls_answered;     /* in both directions */
    uint64_t calls_cleared;      /* offered or placed before */
    uint64_t digits_received;    /* on calls, without those of called numbers */
    uint64_t digits_dropped;     /* the oldest of too many pressed ahead, or control was far behind */
    uint64_t recordings;         /* begun */
    uint64_t recorded_ms;        /* written, gaps included */
    uint64_t octets_in;          /* received from cards */
    uint64_t octets_out;         /* sent to cards */
    uint64_t octets_tap_dropped; /* lost to recordings because the disk was slow */
    uint64_t octets_starved;     /* silence in prompts because their thread was late */
    uint64_t octets_muted;       /* received while a span had a severe defect */
    uint64_t card_frames_missed; /* lost by cards because the host came late */
    uint64_t slips;              /* controlled slips */
    uint64_t span_failures;      /* failures declared */
    uint64_t events_dropped;     /* events for information only */
    uint64_t circuits_freed;     /* channels freed that belonged to calls that were no more; there should never be any */
    uint64_t sounds_dropped;     /* tones, signals and caller identifications: control was far behind */
    uint64_t octets_lost;        /* of octets_in, in the place of such as were lost on their way here */
    uint64_t octets_concealed;   /* of these, concealed */
} tandem_statistics;

/** [control] Reads the counters. */
tandem_result tandem_get_statistics(tandem_handle engine, tandem_statistics *statistics);

/** A group of trunks: how it stands, and what it has counted since open. Calls that were placed on a channel, and those of far
 *  ends, count for the first group that their trunk belongs to. */
typedef struct tandem_group_statistics {
    uint32_t size;
    uint32_t channels;          /* that it has */
    uint32_t calls;             /* on them now */
    uint32_t free;              /* channels on which a call could begin now */
    uint64_t placed;            /* calls placed in it */
    uint64_t refused;           /* calls that could not be, because no channel was free */
    uint64_t placed_answered;   /* of those placed; their part is the answer-seizure ratio (ITU-T E.425) */
    uint64_t offered;           /* calls of far ends */
    uint64_t offered_answered;  /* of those */
    uint64_t talk_ms;           /* how long the answered calls that are over lasted, together */
    uint64_t all_busy_count;    /* how often its last free channel was taken */
    uint64_t all_busy_ms;       /* for how long none was free */
} tandem_group_statistics;

/** [control] Tells how a group of trunks of the configuration stands. GROUP_BUSY tells when none of its channels is free.
 *  Errors: ARGUMENT (no such group). */
tandem_result tandem_group_get_statistics(tandem_handle engine, const char *group, tandem_group_statistics *statistics);

/* ---- Cards of the host ------------------------------------------------------------------------------ */

/* Framings of a span. */
enum {
    TANDEM_FRAMING_E1 = 0,     /* E1 (G.704) */
    TANDEM_FRAMING_T1_SF = 1,  /* T1, superframes of 12 frames */
    TANDEM_FRAMING_T1_ESF = 2, /* T1, extended superframes of 24 frames */
    TANDEM_FRAMING_J1_ESF = 3, /* J1, with extended superframes */
    TANDEM_FRAMING_J1_SF = 4   /* J1, with superframes */
};

/* Line codes of a span. */
enum {
    TANDEM_LINE_CODE_AMI = 0,  /* alternate mark inversion */
    TANDEM_LINE_CODE_HDB3 = 1, /* of E1 (G.703) */
    TANDEM_LINE_CODE_B8ZS = 2  /* of T1 and J1 */
};

/* Whether an E1 has the CRC-4 multiframe of G.704. */
enum {
    TANDEM_CRC4_OFF = 0, /* without */
    TANDEM_CRC4_ON = 1,  /* with */
    TANDEM_CRC4_AUTO = 2 /* G.706 Annex B */
};

/** How a span of a card is set up. Written by the library, with the size that it knows. */
typedef struct tandem_card_span {
    uint32_t size;
    uint32_t framing;   /* TANDEM_FRAMING_ */
    uint32_t line_code; /* TANDEM_LINE_CODE_ */
    uint32_t crc4;      /* TANDEM_CRC4_; of E1 */
    uint32_t cas;       /* not 0: there is channel-associated signalling */
    uint32_t reserved;
} tandem_card_span;

/** The state of a span of a card, written by the card: what its receiver sees, and counts since `start`. */
typedef struct tandem_card_status {
    uint32_t size;
    uint32_t defects;         /* TANDEM_DEFECT_ bits */
    uint64_t framing_errors;  /* errored alignment signals or framing bits */
    uint64_t crc_errors;      /* blocks with a wrong CRC */
    uint64_t e_bits;          /* blocks that the far end reported errored */
    uint64_t line_code_violations; /* violations of the line code */
    uint64_t slips_repeated;  /* frames repeated because the line is slow */
    uint64_t slips_deleted;   /* frames deleted because the line is fast */
    uint64_t frames_missed;   /* the host came too late for them */
    uint64_t line_bits;       /* bits received from the line by its own clock; 0: the card does not count them */
    uint32_t quality;         /* TANDEM_QUALITY_ that the far end tells of its clock */
    uint32_t looped;          /* the TANDEM_LOOP_ that is closed, by order or because the far end has commanded it */
    uint32_t looped_by_far_end; /* not 0: the far end has commanded it */
    uint32_t sa_bits;         /* 32 + Sa4 to Sa8 as the E1 receives them, Sa4 being 16 and Sa8 1; 0: not known */
} tandem_card_status;

/** A second of the far end of a T1, as its performance report messages tell it. */
typedef struct tandem_card_second {
    uint32_t size;
    uint32_t severe;          /* not 0: severely errored framing */
    uint64_t framing_errors;  /* framing bits in error */
    uint64_t crc_errors;      /* blocks with a wrong CRC */
    uint64_t line_code_violations; /* violations of the line code */
    uint64_t slips;           /* controlled slips */
} tandem_card_second;

/* What ports a card has. */
enum {
    TANDEM_PORT_E1_OR_T1 = 0, /* either, by configuration */
    TANDEM_PORT_E1 = 1,       /* E1 alone */
    TANDEM_PORT_T1 = 2        /* T1 and J1 alone */
};

/* What a card can do besides carrying frames; their sum is `abilities` of tandem_card. */
enum {
    TANDEM_CARD_LOOP_LOCAL = 1,        /* closes TANDEM_LOOP_LOCAL */
    TANDEM_CARD_LOOP_LINE = 2,         /* closes TANDEM_LOOP_LINE */
    TANDEM_CARD_LOOP_PAYLOAD = 4,      /* closes TANDEM_LOOP_PAYLOAD */
    TANDEM_CARD_ERROR_CODE = 8,        /* puts in TANDEM_LINE_ERROR_CODE */
    TANDEM_CARD_ERROR_FRAMING = 16,    /* puts in TANDEM_LINE_ERROR_FRAMING */
    TANDEM_CARD_ERROR_CRC = 32,        /* puts in TANDEM_LINE_ERROR_CRC */
    TANDEM_CARD_ERROR_PAYLOAD = 64,    /* puts in TANDEM_LINE_ERROR_PAYLOAD */
    TANDEM_CARD_ALARMS = 128,          /* sends RAI and AIS on demand */
    TANDEM_CARD_CUSTOMER_ALARMS = 256, /* sends RAI-CI and AIS-CI on demand */
    TANDEM_CARD_SYNC_MESSAGES = 512,   /* sends and receives synchronisation status messages */
    TANDEM_CARD_LOOP_COMMANDS = 1024,  /* on T1 commands loops at the far end and obeys its commands to a customer */
    TANDEM_CARD_NETWORK_LOOPS = 2048,  /* obeys those to a network interface unit too */
    TANDEM_CARD_SA_BITS = 4096,        /* on E1 sends and receives the national bits Sa4 to Sa8 */
    TANDEM_CARD_CHANGES = 8192         /* sets a span up anew while others run: `configure` [media], between two granules */
};

/* Orders for the line of a span. */
enum {
    TANDEM_ORDER_LOOP = 1,         /* closes this TANDEM_LOOP_ and opens any other; the status tells that it is closed */
    TANDEM_ORDER_INSERT_ERROR = 2, /* puts in this TANDEM_LINE_ERROR_ once */
    TANDEM_ORDER_SEND = 3,         /* sends this TANDEM_SEND_ from now on */
    TANDEM_ORDER_SEND_NO_MORE = 4, /* and no longer */
    TANDEM_ORDER_QUALITY = 5,      /* tells the far end this TANDEM_QUALITY_; on E1 in the Sa bit (4 to 8) whose number is
                                      in bits 8 to 15. 0: tells none, and listens for none */
    TANDEM_ORDER_COMMAND_LOOP = 6, /* tells the far end this TANDEM_COMMAND_ */
    TANDEM_ORDER_LOOP_CODE = 7,    /* sends this TANDEM_LOOP_CODE_ in place of traffic */
    TANDEM_ORDER_OBEY_LOOPS = 8,   /* closes the loops that the far end commands to this TANDEM_OBEY_; at first CUSTOMER */
    TANDEM_ORDER_SA_BITS = 9       /* on E1 sends these as Sa4 to Sa8, Sa4 being 16 and Sa8 1; at first all are 1 */
};

/** A card that the host brings. The functions get `context`; those marked [media] are called on the media thread,
 *  once a granule in the order in which they stand here, for the spans in use, and must return within a fraction of
 *  it: no lock, no wait, no allocation. No two are called at once. None may call a function of this header; one that
 *  does gets STATE. None may be left by an exception or a jump. `set_clock` and `get_far_second` may be NULL, and so may
 *  `order` if `abilities` is 0, and `get_bits` and `set_bits` if no span has signalling. */
typedef struct tandem_card {
    uint32_t size;    /* of this structure */
    uint32_t spans;   /* 1 to 64 */
    uint32_t granule; /* frames moved at a time, 1 to 160 */
    uint32_t ports;   /* TANDEM_PORT_, of all spans */
    uint32_t abilities; /* TANDEM_CARD_ bits; one without a meaning is refused */
    uint32_t serial;    /* its serial number; 0: it has none */
    void *context;
    /** Sets a span up, before `start`; see TANDEM_CARD_CHANGES. */
    tandem_result (*configure)(void *context, uint32_t span, const tandem_card_span *setup);
    /** Starts all spans. */
    tandem_result (*start)(void *context);
    /** Stops all spans, and leaves the lines quiet. May come without a `start`, and is followed by `release` only. It
     *  and `release` may run on the media thread or on the one that opens or closes the engine. */
    void (*stop)(void *context);
    /** [media] Attends to the hardware for the granule that ends at `frame`. */
    void (*service)(void *context, uint64_t frame);
    /** [media] Gives the state of a span; `size` is set by the library, all else is 0. Counters go on from one call to
     *  the next; one that falls back counts on from there. */
    void (*get_status)(void *context, uint32_t span, tandem_card_status *status);
    /** [media] Gives the signalling bits received, octet n for timeslot n, abcd in the low half with a highest. They
     *  keep their last value while the multiframe is lost; `bits` has what was given last. */
    void (*get_bits)(void *context, uint32_t span, uint8_t *bits);
    /** [media] Gives the frames received in this granule, each 32 octets with timeslot n in octet n. */
    void (*receive)(void *context, uint32_t span, uint8_t *frames);
    /** [media] Sends these signalling bits for a timeslot from now on. */
    void (*set_bits)(void *context, uint32_t span, uint32_t timeslot, uint32_t bits);
    /** [media] Takes the frames that are sent in the next granule. */
    void (*transmit)(void *context, uint32_t span, const uint8_t *frames);
    /** [media] Takes the card's clock from the line of this span; -1: from its own oscillator, -2: from another card.
     *  Called when that changes, before or after any other. */
    void (*set_clock)(void *context, int32_t span);
    /** [media] Does on the line of a span what is ordered (TANDEM_ORDER_), as far as `abilities` says that it can.
     *  Called when ordered, between other calls of the granule. */
    void (*order)(void *context, uint32_t span, uint32_t order, uint32_t value);
    /** [media] Gives the oldest second of the far end that it has reported and that has not been given yet; `size` is set
     *  by the library, all else is 0. Gives 0 if there is none, else 1. */
    uint32_t (*get_far_second)(void *context, uint32_t span, tandem_card_second *second);
    /** Releases the card, when the engine is closed or could not be opened. Nothing is called afterwards. */
    void (*release)(void *context);
} tandem_card;

/** Makes a card for an engine that is being opened, whose configuration asks for the model. `name` is what the
 *  configuration calls it, `options` its options as lines of "name=value", each with a line feed at its end. Called
 *  in the thread that opens the engine, for one card of a model at a time. Must fill `card`, whose octets are 0 but
 *  for its size, and return TANDEM_OK: the card is released in any case then, even if it is refused. The size is that
 *  of the library's structure and stays as it is; a card of another size is refused. Or the function fails with another
 *  result, which fails the opening with CARD. */
typedef tandem_result (*tandem_card_function)(void *context, const char *name, const char *options,
                                              tandem_card *card);

/** Lets engines that this process opens from now on have cards of `model`, made by `function`. One registered before
 *  for the same model is replaced, for engines to come; NULL takes it away. A name of a built-in model is taken by the
 *  host's. `function` and `context` must stay as they are until they are replaced or taken away and no engine is being
 *  opened; cards that were made keep to their own functions.
 *  Errors: ARGUMENT (an empty name, or NULL for one that nobody has registered). */
tandem_result tandem_card_register(const char *model, tandem_card_function function, void *context);

#ifdef __cplusplus
}
#endif

#endif /* TANDEM_H */
