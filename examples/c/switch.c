/* A switch in 60 lines on libtandem: each incoming call is placed on by its number in a group of trunks, with its caller's
 * number, and connected both ways; ringing, tones before the answer, the answer and the end pass over.
 *
 *   cc -std=c11 -I include examples/c/switch.c -ltandem -o switch
 */
#include "tandem.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define SIZED(type, name) static type name; name.size = sizeof name

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number) { interrupted = number; }

/* Says what failed. A caller who hangs up while we act is none of our failures. */
static int failed(tandem_result result) {
    if (result != TANDEM_OK && result != TANDEM_E_NO_CALL && result != TANDEM_E_STATE)
        fprintf(stderr, "switch: %s\n", tandem_problem());
    return result != TANDEM_OK;
}

/* The two legs of a connection know each other by the number of the host's that each keeps. */
static void place_on(tandem_handle engine, const char *group, const tandem_event *event, uint32_t bearer) {
    SIZED(tandem_call_parties, parties);
    SIZED(tandem_call_options, options);
    uint64_t leg;
    options.bearer = bearer;
    if (!failed(tandem_call_get_parties(engine, event->call, &parties)))
        options.calling = parties.calling;
    if (failed(tandem_call_place_in(engine, group, event->text, &options, &leg)))
        failed(tandem_call_clear(engine, event->call, 34)); /* no channel is free */
    else if (!failed(tandem_call_set_user(engine, leg, event->call)))
        failed(tandem_call_set_user(engine, event->call, leg));
}

/* Gives 1 when a call is over, on its incoming leg. */
static int handle(tandem_handle engine, const char *group, const tandem_event *event) {
    SIZED(tandem_call_info, leg);
    SIZED(tandem_call_info, other);
    if (event->call == 0 || failed(tandem_call_get_info(engine, event->call, &leg)))
        return 0;
    if (event->type == TANDEM_EVENT_CALL_OFFERED)
        place_on(engine, group, event, leg.bearer);
    if (event->type == TANDEM_EVENT_CALL_CLEARED || event->type == TANDEM_EVENT_CALL_DISCONNECTED) {
        failed(tandem_call_clear(engine, leg.user, (uint32_t)event->value));
        failed(tandem_call_clear(engine, event->call, 16)); /* what is still to be heard is not waited for */
    }
    if (leg.incoming || failed(tandem_call_get_info(engine, leg.user, &other)))
        return leg.incoming && event->type == TANDEM_EVENT_CALL_CLEARED;
    if (event->type == TANDEM_EVENT_CALL_PROGRESS && event->value == TANDEM_STAGE_ALERTING)
        failed(tandem_call_alert(engine, leg.user));
    if (event->type == TANDEM_EVENT_CALL_PROGRESS && event->reason == 1)
        failed(tandem_call_progress(engine, leg.user));
    if (event->type == TANDEM_EVENT_CALL_ANSWERED)
        failed(tandem_call_answer(engine, leg.user));
    if (event->type == TANDEM_EVENT_CALL_ANSWERED || event->type == TANDEM_EVENT_CALL_PROGRESS) {
        failed(tandem_connect(engine, leg.channel, other.channel, leg.bearer));
        failed(tandem_connect(engine, other.channel, leg.channel, leg.bearer));
    }
    return 0;
}

int main(int count, char **arguments) {
    long calls = count == 4 ? atol(arguments[3]) : -1; /* less than 0: any number */
    SIZED(tandem_event, event);
    tandem_handle engine;
    if (count < 3 || count > 4 || calls == 0)
        return fputs("usage: switch CONFIG.toml GROUP [CALLS]\nplaces calls on in a group of trunks of the configuration, "
                     "until Ctrl-C, or until so many are over\n", count == 2 ? stdout : stderr), 2 * (count != 2);
    tandem_result result = tandem_engine_open_file(arguments[1], &engine);
    if (failed(result))
        return 1;
    signal(SIGINT, on_interrupt);
    while (!interrupted && calls != 0 && (result == TANDEM_E_TIMEOUT || !failed(result)))
        if ((result = tandem_event_wait(engine, 200, &event)) == TANDEM_OK)
            calls -= handle(engine, arguments[2], &event);
    return failed(tandem_engine_close(engine)) || (result != TANDEM_OK && result != TANDEM_E_TIMEOUT);
}
