/* A campaign on libtandem: calls the numbers of a list, so many at once, and finds out what has answered. People are connected
 * to an agent, who is called first and stays; machines hear a message behind their beep; who is busy or does not answer is
 * called again a minute later. What came of each call is a line of CSV.
 *
 *   cc -std=c11 -I include examples/c/outbound.c -ltandem -o outbound
 */
#include "tandem.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZED(type, name) type name; memset(&name, 0, sizeof name); name.size = sizeof name

enum { MOST = 1000, ATTEMPTS = 3, MINUTE = 60 * 8000 };
enum stage { TO_CALL, CALLING, WITH_PERSON, WITH_AGENT, WITH_MACHINE, DONE };

struct contact {
    char number[32];
    enum stage stage;
    int attempts;
    uint64_t call, when; /* the frame in which there is something to do, while it is to call, or a machine */
    tandem_handle channel;
    char result[256];
};

static struct contact contacts[MOST];
static int contact_count;
static tandem_handle engine, agent; /* the agent's channel; 0: there is none yet */
static const char *group, *message;
static volatile sig_atomic_t interrupted;
static void on_interrupt(int number) { interrupted = number; }

/* Says what failed. That a party has hung up while we act is no failure of ours. */
static int failed(tandem_result result) {
    if (result != TANDEM_OK && result != TANDEM_E_NO_CALL && result != TANDEM_E_STATE && result != TANDEM_E_STALE) {
        fprintf(stderr, "outbound: %s\n", tandem_problem());
    }
    return result != TANDEM_OK;
}

/* How many are at such a stage, and who is the first of them. */
static int at_stage(enum stage first, enum stage last, struct contact **found) {
    int count = 0;
    for (struct contact *contact = contacts; contact < contacts + contact_count; contact++) {
        if (contact->stage >= first && contact->stage <= last && count++ == 0) {
            *found = contact;
        }
    }
    return count;
}

/* Calls whom there is to call, as long as fewer than `most` are on the line; gives up machines that do not beep. */
static void work(uint64_t now, int most) {
    struct contact *any;
    SIZED(tandem_analysis_options, options);
    options.no_answer_ms = 30000;
    for (struct contact *contact = contacts; contact < contacts + contact_count; contact++) {
        if (contact->stage == WITH_MACHINE && contact->when <= now) {
            failed(tandem_call_clear(engine, contact->call, 16));
        } else if (contact->stage == TO_CALL && contact->when <= now && at_stage(CALLING, WITH_MACHINE, &any) < most &&
                   tandem_call_place_in(engine, group, contact->number, NULL, &contact->call) == TANDEM_OK) {
            contact->stage = CALLING;
            contact->attempts++;
            strcpy(contact->result, "no verdict");
            failed(tandem_call_analyse(engine, contact->call, &options));
        }
    }
}

/* Connects the agent with the first person who waits, unless somebody is connected. */
static void serve(void) {
    struct contact *contact;
    if (at_stage(WITH_AGENT, WITH_AGENT, &contact) == 0 && at_stage(WITH_PERSON, WITH_PERSON, &contact) > 0) {
        contact->stage = WITH_AGENT;
        failed(tandem_connect(engine, contact->channel, agent, TANDEM_BEARER_SPEECH));
        failed(tandem_connect(engine, agent, contact->channel, TANDEM_BEARER_SPEECH));
    }
}

static void handle(struct contact *contact, const tandem_event *event) {
    tandem_handle operation;
    if (event->type == TANDEM_EVENT_CALL_ANALYSED) {
        contact->channel = event->object;
        contact->when = event->frame + MINUTE;
        strcpy(contact->result, event->text); /* as long as it, at most */
        contact->stage = event->value == TANDEM_CLASS_HUMAN ? WITH_PERSON : WITH_MACHINE;
        int no_answer = event->value == TANDEM_CLASS_BUSY || event->value == TANDEM_CLASS_NO_ANSWER;
        if (event->value != TANDEM_CLASS_HUMAN && event->value != TANDEM_CLASS_MACHINE) {
            failed(tandem_call_clear(engine, event->call, no_answer ? 19 : 16));
        }
    } else if (event->type == TANDEM_EVENT_CALL_BEEP) {
        contact->when = UINT64_MAX;
        failed(tandem_play(engine, event->object, message, NULL, &operation));
    } else if (event->type == TANDEM_EVENT_PLAY_DONE && event->reason == TANDEM_END_FINISHED) {
        strcpy(contact->result, "message left");
        failed(tandem_call_clear(engine, event->call, 16));
    } else if (event->type == TANDEM_EVENT_CALL_DISCONNECTED) {
        failed(tandem_call_clear(engine, event->call, 16));
    } else if (event->type == TANDEM_EVENT_CALL_CLEARED) { /* causes 17 to 19 of Q.850: busy, or no answer */
        int again = event->value >= 17 && event->value <= 19 && contact->attempts < ATTEMPTS;
        printf("%s,%d,\"%s\",%" PRId32 "\n", contact->number, contact->attempts, contact->result, event->value);
        contact->stage = again ? TO_CALL : DONE;
        contact->when = event->frame + MINUTE;
    }
    serve();
}

int main(int count, char **arguments) {
    int most = count == 7 ? atoi(arguments[6]) : 2;
    if (count < 6 || count > 7 || most < 1) {
        return fputs("usage: outbound CONFIG.toml GROUP AGENT NUMBERS.txt MESSAGE.wav [CALLS AT ONCE]\n"
                     "calls the agent's number, and then those of the list\n", count == 2 ? stdout : stderr), 2 * (count != 2);
    }
    FILE *list = fopen(arguments[4], "r");
    while (list != NULL && contact_count < MOST && fscanf(list, "%31s", contacts[contact_count].number) == 1) {
        contact_count++;
    }
    if (list == NULL || fclose(list) != 0) {
        return perror(arguments[4]), 1;
    }
    group = arguments[2], message = arguments[5];
    signal(SIGINT, on_interrupt);
    uint64_t agent_call = 0;
    tandem_result result = tandem_engine_open_file(arguments[1], &engine);
    struct contact *contact;
    SIZED(tandem_event, event);
    SIZED(tandem_statistics, now);
    while (!interrupted && at_stage(TO_CALL, WITH_MACHINE, &contact) > 0 && (result == TANDEM_E_TIMEOUT || !failed(result))) {
        if (agent_call == 0) { /* as soon as the trunk is up */
            tandem_call_place_in(engine, group, arguments[3], NULL, &agent_call);
        } else if (agent != 0 && !failed(tandem_get_statistics(engine, &now))) {
            work(now.frames, most);
        }
        if ((result = tandem_event_wait(engine, 200, &event)) != TANDEM_OK) {
            continue;
        }
        for (contact = contacts; contact < contacts + contact_count && contact->call != event.call; contact++) {}
        if (contact < contacts + contact_count && event.call != 0) {
            handle(contact, &event);
        }
        agent = event.call == agent_call && event.type == TANDEM_EVENT_CALL_ANSWERED ? event.object : agent;
        if (event.call == agent_call && event.type == TANDEM_EVENT_CALL_CLEARED) {
            interrupted = fprintf(stderr, "outbound: the agent has gone\n");
        }
    }
    return (engine != 0 && failed(tandem_engine_close(engine))) || (result != TANDEM_OK && result != TANDEM_E_TIMEOUT);
}
