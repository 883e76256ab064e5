/* A voice menu on libtandem: answers each call, records it, greets the caller, who may press on through the
 * greeting, collects up to four digits, puts those who begin with 1 into a conference and clears the others.
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

#define SIZED(type, name) type name; memset(&name, 0, sizeof name); name.size = sizeof name

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number) {
    (void)number;
    interrupted = 1;
}

/* Says what failed. A caller who hangs up while we act is none of our failures. */
static int failed(tandem_result result) {
    if (result != TANDEM_OK && result != TANDEM_E_NO_CALL && result != TANDEM_E_STATE) {
        fprintf(stderr, "ivr: %s\n", tandem_problem());
    }
    return result != TANDEM_OK;
}

static void handle(tandem_handle engine, tandem_handle room, const char *greeting, const tandem_event *event) {
    SIZED(tandem_terms, barge_in);
    SIZED(tandem_terms, four_digits);
    barge_in.any_digit = 1;
    strcpy(four_digits.digits, "#");
    four_digits.max_digits = 4;
    four_digits.first_digit_ms = 5000;
    four_digits.inter_digit_ms = 3000;
    tandem_handle operation;
    char path[64];
    if (event->type == TANDEM_EVENT_CALL_OFFERED) {
        failed(tandem_call_answer(engine, event->call));
    } else if (event->type == TANDEM_EVENT_CALL_ANSWERED) {
        snprintf(path, sizeof path, "call-%lld-%" PRIu64 ".wav", (long long)time(NULL), event->call);
        failed(tandem_record(engine, event->object, path, NULL, &operation));
        failed(tandem_play(engine, event->object, greeting, &barge_in, &operation));
    } else if (event->type == TANDEM_EVENT_PLAY_DONE && event->reason != TANDEM_END_HANGUP) {
        failed(tandem_collect(engine, event->object, &four_digits, &operation));
    } else if (event->type == TANDEM_EVENT_COLLECT_DONE && event->reason != TANDEM_END_HANGUP) {
        failed(event->text[0] == '1' ? tandem_bridge_join(engine, room, event->object)
                                     : tandem_call_clear(engine, event->call, 16));
    }
}

int main(int count, char **arguments) {
    const char *end = "";
    uint64_t calls = count > 3 ? strtoull(arguments[3], (char **)&end, 10) : UINT64_MAX;
    if (count < 3 || count > 4 || calls == 0 || *end != '\0') {
        fputs("usage: ivr CONFIG.toml GREETING.wav [CALLS]\n"
              "runs until Ctrl-C, or until so many calls were cleared\n", stderr);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    tandem_handle engine, room;
    if (failed(tandem_engine_open_file(arguments[1], &engine))) {
        return 1;
    }
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, NULL);
    SIZED(tandem_event, event);
    int status = failed(tandem_bridge_new(engine, &room));
    while (status == 0 && !interrupted && calls > 0) {
        tandem_result result = tandem_event_wait(engine, 200, &event);
        if (result == TANDEM_OK) {
            printf("%8.3f call %" PRIu64 " event %" PRIu32 " reason %" PRId32 " %s\n",
                   (double)event.frame / 8000, event.call, event.type, event.reason, event.text);
            handle(engine, room, arguments[2], &event);
            calls -= event.type == TANDEM_EVENT_CALL_CLEARED;
        } else if (result != TANDEM_E_TIMEOUT) {
            status = failed(result);
        }
    }
    /* Clears what calls there are and completes their recordings. */
    return failed(tandem_engine_close(engine)) || status;
}
