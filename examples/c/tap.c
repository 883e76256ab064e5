/* A recorder of every call on ISDN lines of others on libtandem: two receivers hear each line (signalling = "tap"), nothing is sent.
 * From the answer to the end both directions go into one file, the network on the left and the user on the right, and a line on
 * standard output says who talked with whom. Calls that were under way when it began are recorded from the first message of them
 * on that tells of an answer.
 *
 *   cc -std=c11 -I include examples/c/tap.c -ltandem -o tap
 */
#include "tandem.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZED(type, name) type name; memset(&name, 0, sizeof name); name.size = sizeof name

static tandem_handle engine;
static const char *folder;
static volatile sig_atomic_t interrupted;
static void on_interrupt(int number) { interrupted = number; }

static int failed(tandem_result result) {
    if (result != TANDEM_OK) {
        fprintf(stderr, "tap: %s\n", tandem_problem());
    }
    return result != TANDEM_OK;
}

/* Begins a recording of both directions; it ends with the call, or when that has another channel: what is said there goes into a
 * file of its own. Gives how many recordings there are more. */
static int record(const tandem_event *event) {
    char path[256];
    tandem_handle operation;
    snprintf(path, sizeof path, "%s/call-%" PRIu64 ".wav", folder, event->call);
    tandem_result result = tandem_record(engine, event->object, path, NULL, &operation);
    if (result == TANDEM_E_FILE) {
        snprintf(path, sizeof path, "%s/call-%" PRIu64 "-from-frame-%" PRIu64 ".wav", folder, event->call, event->frame);
        result = tandem_record(engine, event->object, path, NULL, &operation);
    }
    return !failed(result);
}

/* Says who talked with whom, for how long, and who ended it. */
static void tell(uint64_t call) {
    static const char *const ends[] = {"", "network", "user", "restart", "unknown"};
    SIZED(tandem_tap_call, tapped);
    SIZED(tandem_call_parties, parties);
    SIZED(tandem_time, began);
    if (failed(tandem_tap_get_call(engine, call, &tapped)) || failed(tandem_call_get_parties(engine, call, &parties)) ||
        failed(tandem_get_time(engine, tapped.began, &began))) {
        return;
    }
    double talked = tapped.answered == 0 ? 0 : (double)(tapped.ended - tapped.answered) / 8000;
    printf("%" PRIu64 ",%s,%s,%s,%s,%.1f,%" PRIu32 ",%s\n", call, began.text, tapped.by_network ? "network" : "user",
           parties.calling.withheld ? "withheld" : parties.calling.number, parties.called.number, talked, tapped.cause,
           ends[tapped.end]);
    fflush(stdout);
}

int main(int count, char **arguments) {
    long calls = count == 4 ? atol(arguments[3]) : -1; /* less than 0: any number */
    if (count < 3 || count > 4 || calls == 0 || strlen(arguments[2]) > 200) {
        return fputs("usage: tap CONFIG.toml FOLDER [CALLS]\nrecords the calls of lines that it listens to, until Ctrl-C or until "
                     "so many are over\n", count == 2 ? stdout : stderr), 2 * (count != 2);
    }
    folder = arguments[2];
    SIZED(tandem_event, event);
    int recordings = 0;
    tandem_result result = tandem_engine_open_file(arguments[1], &engine);
    signal(SIGINT, on_interrupt);
    puts("call,began,caller,calling,called,talked s,cause,ended by");
    while (!interrupted && (calls != 0 || recordings > 0) && (result == TANDEM_E_TIMEOUT || !failed(result))) {
        if ((result = tandem_event_wait(engine, 200, &event)) != TANDEM_OK) {
            continue;
        }
        if (event.type == TANDEM_EVENT_TAP_CALL && event.value == TANDEM_TAP_ANSWERED && event.object != 0) {
            recordings += record(&event);
        } else if (event.type == TANDEM_EVENT_TAP_CALL && event.value == TANDEM_TAP_ENDED) {
            tell(event.call);
            calls -= calls > 0;
        } else if (event.type == TANDEM_EVENT_RECORD_DONE) {
            recordings--;
            if (event.reason == TANDEM_END_FAILED || event.gap_ms > 0) {
                fprintf(stderr, "tap: call %" PRIu64 ": %s: %" PRIu64 " ms are lost\n", event.call, event.text, event.gap_ms);
            }
        } else if (event.type == TANDEM_EVENT_SPAN_FAILED) {
            fputs("tap: a receiver hears nothing\n", stderr);
        }
    }
    return (engine != 0 && failed(tandem_engine_close(engine))) || (result != TANDEM_OK && result != TANDEM_E_TIMEOUT);
}
