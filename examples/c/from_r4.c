/* An announcement machine that was an asynchronous R4 program: docs/porting-r4.md has both side by side. A caller hears a greeting,
 * presses 1 to leave a message in a vox file, ended by silence or time, or anything else to be done; each case of the switch is that
 * of the former program.
 *
 *   cc -std=c11 -I include examples/c/from_r4.c -ltandem -o from_r4
 */
#include "tandem.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZED(type, name) type name; memset(&name, 0, sizeof name); name.size = sizeof name

static volatile sig_atomic_t interrupted;
static void on_interrupt(int number) { interrupted = number; }

/* Says what failed, as ATDV_ERRMSGP() did. A caller who hangs up while we act is none of our failures. */
static int failed(tandem_result result) {
    if (result != TANDEM_OK && result != TANDEM_E_NO_CALL && result != TANDEM_E_STATE) {
        fprintf(stderr, "from_r4: %s\n", tandem_problem());
    }
    return result != TANDEM_OK;
}

/* dx_playiottdata(), EV_ASYNC, with a DV_TPT of DX_MAXDTMF: any digit ends it, and stays for the collection. */
static void play(tandem_handle engine, tandem_handle channel, const char *greeting) {
    tandem_handle operation;
    SIZED(tandem_terms, terms);
    terms.any_digit = 1;
    failed(tandem_play(engine, channel, greeting, &terms, &operation));
}

/* dx_getdig() with DX_MAXDTMF 1 and DX_MAXTIME. */
static void collect(tandem_handle engine, tandem_handle channel) {
    tandem_handle operation;
    SIZED(tandem_terms, terms);
    terms.max_digits = 1;
    terms.max_time_ms = 5000;
    failed(tandem_collect(engine, channel, &terms, &operation));
}

/* dx_reciottdata() into a vox file, with DX_MAXSIL and DX_MAXTIME. DX_LCOFF needs no term: the end of a call ends everything. */
static void record(tandem_handle engine, tandem_handle channel, uint64_t call) {
    char path[64];
    tandem_handle operation;
    SIZED(tandem_terms, terms);
    SIZED(tandem_record_options, options);
    terms.silence_ms = 3000;
    terms.max_time_ms = 60000;
    options.sides = TANDEM_RECORD_RECEIVED;
    options.format = TANDEM_FORMAT_VOX;
    snprintf(path, sizeof path, "message-%" PRIu64 ".vox", call);
    failed(tandem_record_with(engine, channel, path, &options, &terms, &operation));
}

static void handle(tandem_handle engine, const char *greeting, const tandem_event *event) {
    switch (event->type) {
    case TANDEM_EVENT_CALL_OFFERED: /* GCEV_OFFERED */
        failed(tandem_call_answer(engine, event->call));
        break;
    case TANDEM_EVENT_CALL_ANSWERED: /* GCEV_ANSWERED */
        play(engine, event->object, greeting);
        break;
    case TANDEM_EVENT_PLAY_DONE: /* TDX_PLAY */
        collect(engine, event->object);
        break;
    case TANDEM_EVENT_COLLECT_DONE: /* TDX_GETDIG */
        if (event->text[0] == '1') {
            record(engine, event->object, event->call);
        } else {
            failed(tandem_call_clear(engine, event->call, 16));
        }
        break;
    case TANDEM_EVENT_RECORD_DONE: /* TDX_RECORD; ATDX_TERMMSK() is `reason` */
        printf("%s: %" PRIu64 " ms, reason %" PRId32 "\n", event->text, event->length_ms, event->reason);
        failed(tandem_call_clear(engine, event->call, 16));
        break;
    case TANDEM_EVENT_CALL_DISCONNECTED: /* GCEV_DISCONNECTED */
        failed(tandem_call_clear(engine, event->call, 16));
        break;
    default: /* GCEV_DROPCALL and GCEV_RELEASECALL are one, CALL_CLEARED, and ask for nothing */
        break;
    }
}

int main(int count, char **arguments) {
    long calls = count == 4 ? atol(arguments[3]) : -1; /* less than 0: any number */
    if (count < 3 || count > 4 || calls == 0) {
        return fputs("usage: from_r4 CONFIG.toml GREETING.vox [CALLS]\nanswers calls until Ctrl-C, or until so many are over\n",
                     count == 2 ? stdout : stderr), 2 * (count != 2);
    }
    SIZED(tandem_event, event);
    tandem_handle engine = 0;
    tandem_result result = tandem_engine_open_file(arguments[1], &engine);
    signal(SIGINT, on_interrupt);
    while (!interrupted && calls != 0 && (result == TANDEM_E_TIMEOUT || !failed(result))) {
        if ((result = tandem_event_wait(engine, 200, &event)) == TANDEM_OK) { /* sr_waitevt() and sr_getevt…() in one */
            handle(engine, arguments[2], &event);
            calls -= event.type == TANDEM_EVENT_CALL_CLEARED;
        }
    }
    return (engine != 0 && failed(tandem_engine_close(engine))) || (result != TANDEM_OK && result != TANDEM_E_TIMEOUT);
}
