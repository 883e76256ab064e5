/*
 * A small voice menu on libtandem: answers each call, records it, greets the caller, who may press on through
 * the greeting, collects up to four digits, and puts those who begin with 1 into a conference. The others
 * are cleared. No table of calls is needed: events carry the call, and the engine knows the rest.
 *
 *   cc -std=c11 -I include examples/c/ivr.c -ltandem -o ivr
 */
#define _POSIX_C_SOURCE 200809L
#include "tandem.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "usage: ivr [--prompt FILE.wav] [--calls N] [--seconds N] CONFIG.toml\n"
    "  --prompt FILE.wav  the greeting (a tone without)\n"
    "  --calls N          ends after so many calls were cleared\n"
    "  --seconds N        ends after so many seconds of the engine's time\n";

static volatile sig_atomic_t interrupted;
static tandem_handle engine, bridge;
static const char *prompt;
static uint64_t calls_cleared;

static void on_interrupt(int number) {
    (void)number;
    interrupted = 1;
}

/* Prints what failed. A caller who hangs up while we act is none of our failures. */
static int failed(const char *what, tandem_result result) {
    if (result != TANDEM_OK && result != TANDEM_E_NO_CALL && result != TANDEM_E_STATE) {
        fprintf(stderr, "ivr: %s: %s\n", what, tandem_problem());
    }
    return result != TANDEM_OK;
}

static void greet(tandem_handle channel, uint64_t call) {
    const tandem_terms barge_in = {.size = sizeof barge_in, .any_digit = 1};
    tandem_handle operation;
    char path[64];
    snprintf(path, sizeof path, "call-%lld-%" PRIu64 ".wav", (long long)time(NULL), call);
    failed("record", tandem_record(engine, channel, path, NULL, &operation));
    if (prompt != NULL) {
        failed("play", tandem_play(engine, channel, prompt, &barge_in, &operation));
        return;
    }
    int16_t tone[8000]; /* a second of 400 Hz */
    for (size_t i = 0; i < 8000; i++) {
        tone[i] = i / 10 % 2 ? 4000 : -4000;
    }
    failed("play", tandem_play_samples(engine, channel, tone, 8000, &barge_in, &operation));
}

static void ask_for_digits(tandem_handle channel) {
    const tandem_terms terms = {.size = sizeof terms,
                                .digits = "#",
                                .max_digits = 4,
                                .first_digit_ms = 5000,
                                .inter_digit_ms = 3000};
    tandem_handle operation;
    failed("collect", tandem_collect(engine, channel, &terms, &operation));
}

static void print(const tandem_event *event) {
    static const char *const names[] = {"?",           "offered",      "answered",    "cleared",
                                        "digit",       "play done",    "collect done", "record done",
                                        "span defects", "span failed", "span restored", "overflow"};
    const char *name = names[event->type < sizeof names / sizeof *names ? event->type : 0];
    printf("%8.3f %-13s call %" PRIu64 " reason %" PRId32 " value %" PRId32 " %s\n",
           (double)event->frame / 8000, name, event->call, event->reason, event->value, event->text);
}

static void handle(const tandem_event *event) {
    tandem_call_info info = {.size = sizeof info};
    switch (event->type) {
    case TANDEM_EVENT_CALL_OFFERED:
        failed("answer", tandem_call_answer(engine, event->call));
        break;
    case TANDEM_EVENT_CALL_ANSWERED:
        greet(event->object, event->call);
        break;
    case TANDEM_EVENT_PLAY_DONE:
        if (event->reason != TANDEM_END_HANGUP
            && !failed("call", tandem_call_get_info(engine, event->call, &info))) {
            ask_for_digits(info.channel);
        }
        break;
    case TANDEM_EVENT_COLLECT_DONE:
        if (event->reason == TANDEM_END_HANGUP) {
            break;
        }
        if (event->text[0] != '1') {
            failed("clear", tandem_call_clear(engine, event->call, 16));
        } else if (!failed("call", tandem_call_get_info(engine, event->call, &info))) {
            failed("join", tandem_bridge_join(engine, bridge, info.channel));
        }
        break;
    case TANDEM_EVENT_CALL_CLEARED:
        calls_cleared++;
        break;
    default: /* for information */
        break;
    }
}

static int run(uint64_t most_calls, uint64_t seconds) {
    tandem_statistics statistics = {.size = sizeof statistics};
    tandem_event event = {.size = sizeof event};
    while (!interrupted && calls_cleared < most_calls && statistics.frames / 8000 < seconds) {
        tandem_result result = tandem_event_wait(engine, 200, &event);
        if (result == TANDEM_OK) {
            print(&event);
            handle(&event);
        } else if (result != TANDEM_E_TIMEOUT) {
            return failed("event", result);
        }
        if (failed("statistics", tandem_get_statistics(engine, &statistics))) {
            return 1;
        }
    }
    printf("%" PRIu64 " calls offered, %" PRIu64 " answered, %" PRIu64 " cleared in %.1f s\n",
           statistics.calls_offered, statistics.calls_answered, statistics.calls_cleared,
           (double)statistics.frames / 8000);
    return 0;
}

/* The number behind an option; ends the program if it is none. */
static uint64_t number(const char *option, const char *text) {
    char *end = NULL;
    uint64_t value = text == NULL ? 0 : strtoull(text, &end, 10);
    if (value == 0 || *end != '\0' || text[0] == '-') {
        fprintf(stderr, "ivr: %s needs a number above 0\n%s", option, usage);
        exit(2);
    }
    return value;
}

int main(int count, char **arguments) {
    uint64_t most_calls = UINT64_MAX, seconds = UINT64_MAX;
    const char *configuration = NULL;
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--help") == 0) {
            fputs(usage, stdout);
            return 0;
        } else if (strcmp(arguments[i], "--calls") == 0) {
            most_calls = number("--calls", arguments[++i]);
        } else if (strcmp(arguments[i], "--seconds") == 0) {
            seconds = number("--seconds", arguments[++i]);
        } else if (strcmp(arguments[i], "--prompt") == 0 && i + 1 < count) {
            prompt = arguments[++i];
        } else if (arguments[i][0] == '-' || configuration != NULL) {
            fprintf(stderr, "ivr: cannot use '%s'\n%s", arguments[i], usage);
            return 2;
        } else {
            configuration = arguments[i];
        }
    }
    if (configuration == NULL) {
        fprintf(stderr, "ivr: which configuration?\n%s", usage);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    const struct sigaction action = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &action, NULL);
    if (failed("open", tandem_engine_open_file(configuration, &engine))) {
        return 1;
    }
    int status = failed("bridge", tandem_bridge_new(engine, &bridge)) || run(most_calls, seconds);
    /* Clears what calls there are and completes their recordings. */
    return failed("close", tandem_engine_close(engine)) || status;
}
