/* Voicemail on libtandem: a greeting, a beep, and what the caller says is recorded until a silence, # or the end of the call.
 * Who presses * during the greeting hears the messages: 7 goes back and 9 on by three seconds, 8 rests and goes on, 4 is slower
 * and 6 faster, 0 deletes a message and # keeps it. (A voicemail of yours asks for a secret number first.)
 *
 *   cc -std=c11 -I include examples/c/voicemail.c -ltandem -o voicemail
 */
#define _POSIX_C_SOURCE 200809L
#include "tandem.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZED(type, name) type name; memset(&name, 0, sizeof name); name.size = sizeof name
enum stage { GREETING, REVIEW, FAREWELL };

struct visit { /* what is kept with a call */
    enum stage stage;
    int number; /* of the message that is heard */
    uint32_t speed, rests;
    tandem_handle operation; /* the play, or whatever else was begun */
};

static tandem_handle engine;
static const char *mailbox;
static int newest; /* no number is used twice: what was played is kept in memory by its name */
static volatile sig_atomic_t interrupted;
static void on_interrupt(int number) { interrupted = number; }

/* Says what failed. That a caller has hung up while we act, or a play has just ended, is no failure of ours. */
static int failed(tandem_result result) {
    if (result != TANDEM_OK && result != TANDEM_E_NO_CALL && result != TANDEM_E_STATE && result != TANDEM_E_STALE) {
        fprintf(stderr, "voicemail: %s\n", tandem_problem());
    }
    return result != TANDEM_OK;
}

/* The file of a message: "new" while it is recorded, "message" when it is complete. */
static const char *file(const char *kind, int number) {
    static char paths[2][256];
    char *path = paths[*kind == 'n'];
    snprintf(path, sizeof paths[0], "%s/%s-%04d.wav", mailbox, kind, number);
    return path;
}

/* Plays a file, if there is one, and so many beeps behind it, without a gap. */
static void play(struct visit *visit, tandem_handle channel, const char *path, uint32_t beeps) {
    static int16_t beep[1600];      /* 200 ms of 1 kHz */
    static tandem_piece pieces[4]; /* the file or a pause, a beep, a pause, a beep */
    pieces[0].path = path, pieces[1].samples = pieces[3].samples = beep;
    pieces[1].count = pieces[3].count = 1600, pieces[0].count = pieces[2].count = 800;
    for (int n = 0; n < 1600; n++) { beep[n] = n / 4 % 2 ? 4000 : -4000; }
    SIZED(tandem_terms, terms);
    terms.digits[0] = visit->stage == GREETING ? '*' : '\0';
    visit->speed = 100, visit->rests = 0;
    failed(tandem_play_list(engine, channel, pieces, beeps == 0 ? 1 : 2 * beeps, NULL, &terms, &visit->operation));
}

static void record(struct visit *visit, tandem_handle channel) {
    SIZED(tandem_record_options, options);
    SIZED(tandem_terms, terms);
    options.sides = TANDEM_RECORD_RECEIVED;
    terms.silence_ms = 3000, terms.max_time_ms = 180000;
    failed(tandem_record_with(engine, channel, file("new", visit->number = ++newest), &options, &terms, &visit->operation));
}

/* Plays the message behind the one that was heard, or, behind the last, two beeps. */
static void play_next(struct visit *visit, tandem_handle channel) {
    while (++visit->number <= newest && access(file("message", visit->number), R_OK) != 0) {}
    visit->stage = visit->number > newest ? FAREWELL : REVIEW;
    play(visit, channel, visit->stage == REVIEW ? file("message", visit->number) : NULL, visit->stage == REVIEW ? 0 : 2);
}

/* Does what a key says while a message is recorded or heard. */
static void key_pressed(struct visit *visit, char key) {
    if (key == '7' || key == '9') {
        failed(tandem_play_seek(engine, visit->operation, TANDEM_SEEK_BY, key == '7' ? -3000 : 3000));
    } else if (key == '8') {
        failed(tandem_operation_pause(engine, visit->operation, visit->rests ^= 1));
    } else if ((key == '4' && visit->speed > 50) || (key == '6' && visit->speed < 200)) {
        visit->speed += key == '4' ? -25u : 25u;
        failed(tandem_play_adjust(engine, visit->operation, visit->speed, 0));
    } else if (key == '#' || (key == '0' && remove(file("message", visit->number)) == 0)) {
        failed(tandem_operation_stop(engine, visit->operation)); /* RECORD_DONE or PLAY_DONE goes on */
    }
}

static void handle(const tandem_event *event) {
    struct visit visit = {GREETING, 0, 100, 0, 0};
    size_t length;
    if (tandem_call_get_data(engine, event->call, &visit, sizeof visit, &length) != TANDEM_OK) {
        return; /* of no call */
    }
    if (event->type == TANDEM_EVENT_RECORD_DONE) { /* also when the caller has hung up */
        int kept = event->reason != TANDEM_END_FAILED && rename(event->text, file("message", visit.number)) == 0;
        printf("message %d, %d ms%s%s\n", visit.number, (int)event->length_ms, kept ? "" : ": ", kept ? "" : event->text);
    }
    if (event->reason == TANDEM_END_HANGUP) {
        return;
    }
    int done = event->type == TANDEM_EVENT_PLAY_DONE, greeted = done && visit.stage == GREETING;
    if (event->type == TANDEM_EVENT_CALL_OFFERED) {
        failed(tandem_call_answer(engine, event->call));
    } else if (event->type == TANDEM_EVENT_CALL_ANSWERED) {
        play(&visit, event->object, file("greeting", 0), 1);
    } else if (event->type == TANDEM_EVENT_COLLECT_DONE) {
        key_pressed(&visit, event->text[0]);
    } else if (event->type == TANDEM_EVENT_RECORD_DONE) {
        visit.stage = FAREWELL;
        play(&visit, event->object, NULL, 2);
    } else if (greeted && event->reason != TANDEM_END_DIGIT) {
        record(&visit, event->object);
    } else if (done && visit.stage != FAREWELL) {
        play_next(&visit, event->object);
    } else if (done) {
        failed(tandem_call_clear(engine, event->call, 16));
    }
    if (event->type == TANDEM_EVENT_COLLECT_DONE || greeted) { /* and waits for a key */
        tandem_handle collection;
        SIZED(tandem_terms, one_digit);
        one_digit.max_digits = 1;
        failed(tandem_collect(engine, event->object, &one_digit, &collection));
    }
    failed(tandem_call_set_data(engine, event->call, &visit, sizeof visit));
}

int main(int count, char **arguments) {
    long calls = count == 4 ? atol(arguments[3]) : -1; /* less than 0: any number */
    if (count < 3 || count > 4 || calls == 0 || strlen(arguments[2]) > 200) {
        return fputs("usage: voicemail CONFIG.toml MAILBOX [CALLS]\nMAILBOX is a directory with greeting-0000.wav; messages "
                     "come to it, until Ctrl-C or so many calls are over\n", count == 2 ? stdout : stderr), 2 * (count != 2);
    }
    mailbox = arguments[2];
    for (int number = 1; number < 10000; number++) { /* what was recorded last when a run ended is a message too */
        rename(file("new", number), file("message", number));
        newest = access(file("message", number), F_OK) == 0 ? number : newest;
    }
    SIZED(tandem_event, event);
    tandem_result result = tandem_engine_open_file(arguments[1], &engine);
    signal(SIGINT, on_interrupt);
    while (!interrupted && calls != 0 && (result == TANDEM_E_TIMEOUT || !failed(result))) {
        if ((result = tandem_event_wait(engine, 200, &event)) == TANDEM_OK) {
            handle(&event);
            calls -= event.type == TANDEM_EVENT_CALL_CLEARED;
        }
    }
    return (engine != 0 && failed(tandem_engine_close(engine))) || (result != TANDEM_OK && result != TANDEM_E_TIMEOUT);
}
