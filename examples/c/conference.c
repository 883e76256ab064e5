/* A supervised call on libtandem: a customer and an agent talk, and a supervisor listens, then whispers to the agent,
 * then joins in. After each step everybody says something in turn, and the table tells who heard it.
 *
 * The far ends are in this program too, on a second card joined to the first back to back, so that it runs anywhere:
 * what they say is a tone, and what they hear is measured. With a card of your own, and calls instead of bare channels,
 * the first half is what a program of yours does.
 *
 *   cc -std=c11 -I include examples/c/conference.c -ltandem -o conference
 */
#include "tandem.h"
#include <stdio.h>
#include <string.h>

#define SIZED(type, name) type name; memset(&name, 0, sizeof name); name.size = sizeof name

static const char configuration[] =
    "[engine]\nmode = \"lockstep\"\n"
    "[[card]]\nmodel = \"loop\"\noptions = { pair = \"line\" }\n"
    "[[card]]\nmodel = \"loop\"\noptions = { pair = \"line\" }\n"
    "[[span]]\ncard = 0\nport = 0\nsignalling = \"none\"\n"
    "[[span]]\ncard = 1\nport = 0\nsignalling = \"none\"\n";

enum { CUSTOMER, AGENT, SUPERVISOR, PARTIES, OURS = 0, THEIRS = 1 };
static const char *const names[PARTIES] = {"customer", "agent", "supervisor"};

struct room {
    tandem_handle engine, bridge;
    tandem_handle ours[PARTIES], theirs[PARTIES];
};

static int failed(tandem_result result) {
    if (result != TANDEM_OK) {
        fprintf(stderr, "conference: %s\n", tandem_problem());
    }
    return result != TANDEM_OK;
}

/* ---- What a call centre does ---- */

static int customer_and_agent_talk(struct room *room) {
    return failed(tandem_bridge_new(room->engine, &room->bridge)) ||
           failed(tandem_bridge_join(room->engine, room->bridge, room->ours[CUSTOMER])) ||
           failed(tandem_bridge_join(room->engine, room->bridge, room->ours[AGENT]));
}

static int supervisor_listens(const struct room *room) {
    SIZED(tandem_bridge_terms, terms);
    terms.role = TANDEM_ROLE_LISTEN;
    return failed(tandem_bridge_join_with(room->engine, room->bridge, room->ours[SUPERVISOR], &terms));
}

static int supervisor_whispers(const struct room *room) {
    SIZED(tandem_bridge_terms, terms);
    terms.role = TANDEM_ROLE_COACH;
    terms.pupil = room->ours[AGENT];
    terms.gain = -60;
    return failed(tandem_bridge_set_terms(room->engine, room->ours[SUPERVISOR], &terms));
}

static int supervisor_joins_in(const struct room *room) {
    return failed(tandem_bridge_set_terms(room->engine, room->ours[SUPERVISOR], NULL));
}

/* ---- The far ends ---- */

/* Each listens in a bridge of its own, which measures what comes over the line. */
static int far_ends_listen(const struct room *room) {
    for (int party = 0; party < PARTIES; party++) {
        tandem_handle ear;
        if (failed(tandem_bridge_new(room->engine, &ear)) ||
            failed(tandem_bridge_join(room->engine, ear, room->theirs[party]))) {
            return 1;
        }
    }
    return 0;
}

/* One says something; who hears it how loud? */
static int say(const struct room *room, int talker) {
    int16_t tone[1600];
    tandem_handle operation;
    for (int n = 0; n < 1600; n++) { /* 200 ms of 1 kHz at about -10 dBm0 */
        static const int16_t wave[8] = {0, 5100, 7200, 5100, 0, -5100, -7200, -5100};
        tone[n] = wave[n % 8];
    }
    if (failed(tandem_play_samples(room->engine, room->theirs[talker], tone, 1600, NULL, &operation)) ||
        failed(tandem_engine_advance(room->engine, 8 * 150))) {
        return 1;
    }
    printf("  %-10s is heard by", names[talker]);
    int nobody = 1;
    for (int listener = 0; listener < PARTIES; listener++) {
        SIZED(tandem_bridge_party, ear);
        if (failed(tandem_bridge_get_party(room->engine, room->theirs[listener], &ear))) {
            return 1;
        }
        if (ear.level > -400) { /* silence in A-law is not quite none */
            printf(" %s at %.0f dBm0", names[listener], ear.level / 10.0);
            nobody = 0;
        }
    }
    puts(nobody ? " nobody" : "");
    return failed(tandem_engine_advance(room->engine, 8 * 250));
}

static int everybody_says_something(const struct room *room, const char *title) {
    puts(title);
    return say(room, CUSTOMER) || say(room, AGENT) || say(room, SUPERVISOR);
}

int main(int count, char **arguments) {
    if (count > 1) {
        int help = count == 2 && strcmp(arguments[1], "--help") == 0;
        fputs("usage: conference\nshows who hears whom while a supervisor listens, whispers and joins in\n",
              help ? stdout : stderr);
        return help ? 0 : 2;
    }
    struct room room;
    if (failed(tandem_engine_open(configuration, &room.engine))) {
        return 1;
    }
    int status = failed(tandem_engine_advance(room.engine, 8 * 1000)); /* the line comes up */
    for (uint32_t party = 0; status == 0 && party < PARTIES; party++) {
        status = failed(tandem_channel_find(room.engine, OURS, party + 1, &room.ours[party])) ||
                 failed(tandem_channel_find(room.engine, THEIRS, party + 1, &room.theirs[party]));
    }
    status = status || far_ends_listen(&room) || customer_and_agent_talk(&room) || supervisor_listens(&room) ||
             everybody_says_something(&room, "the supervisor listens") || supervisor_whispers(&room) ||
             everybody_says_something(&room, "the supervisor whispers to the agent") || supervisor_joins_in(&room) ||
             everybody_says_something(&room, "the supervisor joins in");
    return failed(tandem_engine_close(room.engine)) || status;
}
