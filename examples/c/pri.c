/* ISDN primary rate on libtandem: a call that is dialled digit by digit, from the user end of an interface to its
 * network end. Both ends are in this program, on two cards that are joined back to back; with a card of your own and
 * the side that your operator leaves to you, each half is what a program of yours does.
 *
 *   cc -std=c11 -I include examples/c/pri.c -ltandem -o pri
 */
#include "tandem.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SIZED(type, name) type name; memset(&name, 0, sizeof name); name.size = sizeof name

static const char configuration[] =
    "[engine]\nmode = \"lockstep\"\n"
    "[[card]]\nmodel = \"loop\"\noptions = { pair = \"line\" }\n"
    "[[card]]\nmodel = \"loop\"\noptions = { pair = \"line\" }\n"
    "[[span]]\ncard = 0\nport = 0\nsignalling = \"pri\"\npri = { side = \"user\" }\n"
    "[[span]]\ncard = 1\nport = 0\nsignalling = \"pri\"\npri = { side = \"network\" }\n";

enum { USER, NETWORK, CAUSE_NORMAL = 16, LONGEST_WAIT_MS = 30000 };

static int failed(tandem_result result) {
    if (result != TANDEM_OK) {
        fprintf(stderr, "pri: %s\n", tandem_problem());
    }
    return result != TANDEM_OK;
}

/* ---- The caller ---- */

/* Begins a call without a digit of its number; our own number goes with it, and is not to be shown. */
static int place(tandem_handle engine, uint64_t *call) {
    SIZED(tandem_call_options, options);
    tandem_handle channel;
    options.bearer = TANDEM_BEARER_SPEECH;
    options.incomplete = 1;
    options.calling.number_type = TANDEM_NUMBER_NATIONAL;
    options.calling.withheld = 1;
    strcpy(options.calling.number, "5550100");
    return failed(tandem_channel_find(engine, USER, 1, &channel)) ||
           failed(tandem_call_place_with(engine, channel, "", &options, call));
}

/* The far end wants digits: these, and no more. */
static int dial(tandem_handle engine, uint64_t call, const char *number) {
    for (; *number != '\0'; number++) {
        const char digit[2] = {*number, '\0'};
        if (failed(tandem_call_more_digits(engine, call, digit, number[1] == '\0'))) {
            return 1;
        }
    }
    return 0;
}

/* ---- The called party ---- */

static int offered(tandem_handle engine, const tandem_event *event) {
    SIZED(tandem_call_parties, parties);
    if (failed(tandem_call_get_parties(engine, event->call, &parties))) {
        return 1;
    }
    const char *caller = parties.calling.withheld ? "somebody who does not want to be shown" : parties.calling.number;
    printf("network: a call to %s from %s\n", event->text, caller);
    return failed(tandem_call_alert(engine, event->call)) || failed(tandem_call_answer(engine, event->call));
}

/* ---- Both, by their events ---- */

int main(int count, char **arguments) {
    const char *number = count > 1 ? arguments[1] : "4711";
    int help = count == 2 && strcmp(number, "--help") == 0;
    if (help || count > 3 || *number == '\0' || strspn(number, "0123456789*#") != strlen(number)) {
        fputs("usage: pri [NUMBER [TRACE.pcap]]\n"
              "dials a number (4711) digit by digit over a primary rate interface, and writes what its\n"
              "D channel carried to a file that Wireshark and 'tandem trace' read\n", help ? stdout : stderr);
        return help ? 0 : 2;
    }
    tandem_handle engine;
    if (failed(tandem_engine_open(configuration, &engine))) {
        return 1;
    }
    SIZED(tandem_event, event);
    uint64_t call = 0;
    int links = 0, answered = 0, cleared = 0, status = 0;
    while (status == 0 && cleared < 2 && !failed(tandem_event_wait(engine, LONGEST_WAIT_MS, &event))) {
        if (event.type == TANDEM_EVENT_LINK_CHANGED && event.value == 1 && ++links == 2) {
            status = place(engine, &call);
        } else if (event.type == TANDEM_EVENT_CALL_PROGRESS && event.value == TANDEM_STAGE_MORE_DIGITS) {
            status = dial(engine, call, number);
        } else if (event.type == TANDEM_EVENT_CALL_PROGRESS && event.value == TANDEM_STAGE_ALERTING) {
            puts("user: it rings");
        } else if (event.type == TANDEM_EVENT_CALL_OFFERED) {
            status = offered(engine, &event);
        } else if (event.type == TANDEM_EVENT_CALL_ANSWERED && ++answered == 2) {
            puts("both: answered");
            status = failed(tandem_call_clear(engine, call, CAUSE_NORMAL));
        } else if (event.type == TANDEM_EVENT_CALL_CLEARED) {
            printf("%s: cleared with cause %" PRId32 "\n", event.call == call ? "user" : "network", event.value);
            cleared++;
        }
    }
    if (count > 2) {
        status |= failed(tandem_span_write_trace(engine, USER, arguments[2]));
    }
    return failed(tandem_engine_close(engine)) || status || cleared < 2;
}
