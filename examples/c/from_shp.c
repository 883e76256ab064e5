/* A front desk that was an SHP_A3 program: docs/porting-shp-a3.md has both side by side. Calls are answered and greeted; who presses
 * 1 is connected to an agent, whose number is called, and both sides are recorded in one file; whoever hangs up ends both calls.
 * What the former program polled of each channel comes as events.
 *
 *   cc -std=c11 -I include examples/c/from_shp.c -ltandem -o from_shp
 */
#include "tandem.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZED(type, name) type name; memset(&name, 0, sizeof name); name.size = sizeof name

static tandem_handle engine;
static const char *greeting, *group, *agent;
static volatile sig_atomic_t interrupted;
static void on_interrupt(int number) { interrupted = number; }

/* Says what failed, as SsmGetLastErrMsg() did, but for this thread. A caller who hangs up while we act is no failure. */
static int failed(tandem_result result) {
    if (result != TANDEM_OK && result != TANDEM_E_NO_CALL && result != TANDEM_E_STATE) {
        fprintf(stderr, "from_shp: %s\n", tandem_problem());
    }
    return result != TANDEM_OK;
}

/* SsmSetDtmfStopPlay(), SsmPlayFile(). */
static void play(tandem_handle channel) {
    tandem_handle operation;
    SIZED(tandem_terms, terms);
    terms.any_digit = 1;
    failed(tandem_play(engine, channel, greeting, &terms, &operation));
}

/* SsmSetWaitDtmf(). SsmClearRxDtmfBuf() is tandem_digits_clear(), and is left out: digits pressed ahead count. */
static void collect(tandem_handle channel) {
    tandem_handle operation;
    SIZED(tandem_terms, terms);
    terms.max_digits = 1;
    terms.first_digit_ms = 5000;
    failed(tandem_collect(engine, channel, &terms, &operation));
}

/* SsmSearchIdleCallOutCh(), SsmAutoDial(). Both calls keep each other's number, and are one interaction. */
static void call_agent(uint64_t call) {
    uint64_t leg;
    if (failed(tandem_call_place_in(engine, group, agent, NULL, &leg))) {
        failed(tandem_call_clear(engine, call, 16));
    } else if (!failed(tandem_call_set_user(engine, leg, call)) && !failed(tandem_call_set_user(engine, call, leg))) {
        failed(tandem_call_set_interaction(engine, leg, call));
    }
}

/* SsmTalkWith(); SsmSetRecMixer(), SsmRecToFile(). */
static void connect_agent(uint64_t call, tandem_handle caller, tandem_handle of_agent) {
    char path[64];
    tandem_handle operation;
    SIZED(tandem_record_options, options);
    options.sides = TANDEM_RECORD_MIXED;
    options.format = TANDEM_FORMAT_G711;
    snprintf(path, sizeof path, "call-%" PRIu64 ".wav", call);
    failed(tandem_connect(engine, caller, of_agent, TANDEM_BEARER_SPEECH));
    failed(tandem_connect(engine, of_agent, caller, TANDEM_BEARER_SPEECH));
    failed(tandem_record_with(engine, caller, path, &options, NULL, &operation));
}

static void handle(const tandem_event *event) {
    SIZED(tandem_call_info, call);
    SIZED(tandem_call_info, other);
    if (event->call == 0 || event->reason == TANDEM_END_HANGUP || failed(tandem_call_get_info(engine, event->call, &call))) {
        return;
    }
    if (event->type == TANDEM_EVENT_CALL_OFFERED) { /* S_CALL_RINGING: SsmPickup() */
        failed(tandem_call_answer(engine, event->call));
    } else if (event->type == TANDEM_EVENT_CALL_ANSWERED && call.incoming) { /* S_CALL_TALKING */
        play(event->object);
    } else if (event->type == TANDEM_EVENT_PLAY_DONE) { /* SsmCheckPlay() */
        collect(event->object);
    } else if (event->type == TANDEM_EVENT_COLLECT_DONE && event->text[0] == '1') { /* SsmChkWaitDtmf() */
        call_agent(event->call);
    } else if (event->type == TANDEM_EVENT_COLLECT_DONE) {
        failed(tandem_call_clear(engine, event->call, 16));
    } else if (event->type == TANDEM_EVENT_CALL_ANSWERED && !failed(tandem_call_get_info(engine, call.user, &other))) {
        connect_agent(call.user, other.channel, call.channel); /* SsmChkAutoDial() */
    } else if (event->type == TANDEM_EVENT_CALL_DISCONNECTED) { /* S_CALL_PENDING: SsmHangup() */
        failed(tandem_call_clear(engine, event->call, 16));
    } else if (event->type == TANDEM_EVENT_CALL_CLEARED) {
        failed(tandem_call_clear(engine, call.user, 16));
    }
}

int main(int count, char **arguments) {
    long calls = count == 6 ? atol(arguments[5]) : -1; /* less than 0: any number */
    if (count < 5 || count > 6 || calls == 0) {
        return fputs("usage: from_shp CONFIG.toml GREETING.wav GROUP AGENT [CALLS]\nanswers calls and connects them to the number "
                     "AGENT, until Ctrl-C, or until so many calls of both kinds are over\n", count == 2 ? stdout : stderr),
               2 * (count != 2);
    }
    greeting = arguments[2], group = arguments[3], agent = arguments[4];
    SIZED(tandem_event, event);
    tandem_result result = tandem_engine_open_file(arguments[1], &engine); /* SsmStartCti() */
    signal(SIGINT, on_interrupt);
    while (!interrupted && calls != 0 && (result == TANDEM_E_TIMEOUT || !failed(result))) {
        if ((result = tandem_event_wait(engine, 200, &event)) == TANDEM_OK) {
            handle(&event);
            calls -= event.type == TANDEM_EVENT_CALL_CLEARED;
        }
    }
    return (engine != 0 && failed(tandem_engine_close(engine))) || (result != TANDEM_OK && result != TANDEM_E_TIMEOUT);
}
