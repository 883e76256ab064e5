/* A recorder of all calls of a switch on libtandem: as in switch.c each incoming call is placed on by its number in a group of
 * trunks; from the answer to the end both sides are recorded, the caller on the left and who was called on the right, and a line
 * of CSV beside the recordings says who they were. (Calls on trunks
 * between other switches are recorded by tap.c.)
 *
 *   cc -std=c11 -I include examples/c/recorder.c -ltandem -o recorder
 */
#include "tandem.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SIZED(type, name) type name; memset(&name, 0, sizeof name); name.size = sizeof name

static tandem_handle engine;
static const char *group, *folder;
static FILE *list;
static volatile sig_atomic_t interrupted;
static void on_interrupt(int number) { interrupted = number; }

/* Says what failed. A caller who hangs up while we act is none of our failures. */
static int failed(tandem_result result) {
    if (result != TANDEM_OK && result != TANDEM_E_NO_CALL && result != TANDEM_E_STATE) {
        fprintf(stderr, "recorder: %s\n", tandem_problem());
    }
    return result != TANDEM_OK;
}

/* The legs of a call know each other by the host's number that each keeps, and have one interaction. */
static void place_on(const tandem_event *event, uint32_t bearer) {
    SIZED(tandem_call_parties, parties);
    SIZED(tandem_call_options, options);
    SIZED(tandem_event, nothing);
    uint64_t leg;
    failed(tandem_call_set_data(engine, event->call, &nothing, sizeof nothing)); /* no recording to wait for */
    options.bearer = bearer;
    if (!failed(tandem_call_get_parties(engine, event->call, &parties))) {
        options.calling = parties.calling;
    }
    if (failed(tandem_call_place_in(engine, group, event->text, &options, &leg))) {
        failed(tandem_call_clear(engine, event->call, 34)); /* no channel is free */
    } else if (!failed(tandem_call_set_user(engine, leg, event->call))) {
        failed(tandem_call_set_user(engine, event->call, leg));
        failed(tandem_call_set_interaction(engine, leg, event->call));
    }
}

/* Records a call, and answers it; one that cannot be recorded is not answered, as with recording.required. */
static void record_and_answer(uint64_t call, tandem_handle channel) {
    char path[256];
    tandem_handle operation;
    snprintf(path, sizeof path, "%s/call-%lld-%" PRIu64 ".wav", folder, (long long)time(NULL), call);
    if (failed(tandem_record(engine, channel, path, NULL, &operation))) {
        failed(tandem_call_clear(engine, call, 41)); /* temporary failure */
    } else {
        failed(tandem_call_set_data(engine, call, "", 0)); /* RECORD_DONE is to come */
        failed(tandem_call_answer(engine, call));
    }
}

/* Writes the line of a call that is over and whose recording, if there is one, is complete on disk. */
static void write_line(uint64_t call, const tandem_call_info *info, const tandem_event *recorded) {
    SIZED(tandem_call_parties, caller);
    SIZED(tandem_call_parties, called);
    SIZED(tandem_time, began);
    uint64_t answered = info->answered == 0 ? info->ended : info->answered;
    failed(tandem_call_get_parties(engine, call, &caller));
    failed(tandem_call_get_parties(engine, info->user, &called));
    failed(tandem_get_time(engine, info->began, &began));
    fprintf(list, "%" PRIu64 ",%s,%.1f,%.1f,%s,%s,%s,%" PRIu32 ",%s,%.1f,%.1f,%s\n", info->interaction, began.text,
            (double)(answered - info->began) / 8000, (double)(info->ended - answered) / 8000,
            caller.calling.withheld ? "withheld" : caller.calling.number, caller.called.number, called.connected.number,
            info->cause, info->cleared_by_far_end ? "caller" : "called", (double)recorded->length_ms / 1000,
            (double)recorded->gap_ms / 1000, recorded->text);
    fflush(list);
}

/* Gives by how many calls there are more now that are not written down. */
static int handle(const tandem_event *event) {
    SIZED(tandem_call_info, leg);
    SIZED(tandem_call_info, other);
    SIZED(tandem_event, recorded);
    size_t length = 0;
    if (event->call == 0 || failed(tandem_call_get_info(engine, event->call, &leg))) {
        return 0;
    }
    if (event->type == TANDEM_EVENT_CALL_OFFERED) {
        place_on(event, leg.bearer);
    } else if (event->type == TANDEM_EVENT_CALL_CLEARED || event->type == TANDEM_EVENT_CALL_DISCONNECTED) {
        failed(tandem_call_clear(engine, leg.user, (uint32_t)event->value));
        failed(tandem_call_clear(engine, event->call, 16));
    }
    if (leg.incoming && event->type == TANDEM_EVENT_RECORD_DONE && leg.ended == 0) { /* which will be soon */
        failed(tandem_call_set_data(engine, event->call, event, sizeof *event));
    } else if (leg.incoming && event->type == TANDEM_EVENT_RECORD_DONE) {
        write_line(event->call, &leg, event);
        return -1;
    } else if (leg.incoming && event->type == TANDEM_EVENT_CALL_CLEARED &&
               !failed(tandem_call_get_data(engine, event->call, &recorded, sizeof recorded, &length)) && length > 0) {
        write_line(event->call, &leg, &recorded);
        return -1;
    } else if (!leg.incoming && !failed(tandem_call_get_info(engine, leg.user, &other))) {
        if (event->type == TANDEM_EVENT_CALL_PROGRESS && event->value == TANDEM_STAGE_ALERTING) {
            failed(tandem_call_alert(engine, leg.user));
        }
        if (event->type == TANDEM_EVENT_CALL_ANSWERED) {
            record_and_answer(leg.user, other.channel);
            failed(tandem_connect(engine, leg.channel, other.channel, leg.bearer));
            failed(tandem_connect(engine, other.channel, leg.channel, leg.bearer));
        }
    }
    return event->type == TANDEM_EVENT_CALL_OFFERED;
}

int main(int count, char **arguments) {
    long calls = count == 5 ? atol(arguments[4]) : -1; /* less than 0: any number */
    char path[256];
    if (count < 4 || count > 5 || calls == 0 || strlen(arguments[3]) > 200) {
        return fputs("usage: recorder CONFIG.toml GROUP FOLDER [CALLS]\nplaces calls on in a group of trunks and records them, "
                     "until Ctrl-C or until so many are over\n", count == 2 ? stdout : stderr), 2 * (count != 2);
    }
    group = arguments[2], folder = arguments[3];
    snprintf(path, sizeof path, "%s/calls.csv", folder);
    if ((list = fopen(path, "a")) == NULL) {
        return perror(path), 1;
    }
    fputs("interaction,began,rang s,talked s,calling,called,connected,cause,cleared by,recorded s,lost s,file\n", list);
    SIZED(tandem_event, event);
    uint64_t newest = 0;
    int open = 0;
    tandem_result result = tandem_engine_open_file(arguments[1], &engine);
    signal(SIGINT, on_interrupt);
    while (((!interrupted && calls != 0) || open > 0) && (result == TANDEM_E_TIMEOUT || !failed(result))) {
        for (; interrupted && newest > 0; newest--) { /* what is closed with calls on it tells no more of them */
            tandem_call_clear(engine, newest, 16);
        }
        if ((result = tandem_event_wait(engine, 200, &event)) == TANDEM_OK) {
            int more = handle(&event);
            open += more;
            calls -= more < 0;
            newest = event.call > newest ? event.call : newest;
        }
    }
    fclose(list);
    return (engine != 0 && failed(tandem_engine_close(engine))) || (result != TANDEM_OK && result != TANDEM_E_TIMEOUT);
}
