/* A recogniser of speech on libtandem: a prompt into which the caller may talk, what is said streamed to a thread of its own from
 * 200 ms before the voice on, and an answer that is made while it is played. The recogniser is a toy, which counts syllables by
 * the loudness of each 20 ms; the answer is as many tones. (Where lines have echo, have it cancelled: `[span.echo]`.)
 *
 *   cc -std=c11 -I include examples/c/asr.c -ltandem -pthread -o asr
 */
#define _POSIX_C_SOURCE 200809L
#include "tandem.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define SIZED(type, name) type name; memset(&name, 0, sizeof name); name.size = sizeof name
enum { PLACES = 1024, TONE = 1600, LOUD = 250000 };

static struct talk { /* with a caller */
    uint64_t call; /* 0: this place is free */
    tandem_handle prompt, stream, answer;
    pthread_t recogniser;
    FILE *speech; /* where it reads */
    int pipe[2], syllables;
    size_t said; /* samples of the answer */
} talks[PLACES];

static tandem_handle engine;
static volatile sig_atomic_t interrupted;
static void on_interrupt(int number) { interrupted = number; }

/* Says what failed. That a caller has hung up while we act is no failure of ours. */
static int failed(tandem_result result) {
    if (result != TANDEM_OK && result != TANDEM_E_NO_CALL && result != TANDEM_E_STATE && result != TANDEM_E_STALE) {
        fprintf(stderr, "asr: %s\n", tandem_problem());
    }
    return result != TANDEM_OK;
}

/* In a thread: takes samples until there are no more. A syllable begins above a threshold and ends 6 dB below it. */
static void *recognise(void *argument) {
    struct talk *talk = (struct talk *)argument;
    int16_t samples[160];
    for (int loud = 0; fread(samples, sizeof samples, 1, talk->speech) == 1;) {
        int64_t power = 0;
        for (int n = 0; n < 160; n++) {
            power += samples[n] * samples[n] / 160;
        }
        talk->syllables += !loud && power > LOUD;
        loud = power > (loud ? LOUD / 4 : LOUD);
    }
    return NULL;
}

/* Asks: a voice stops the prompt, and is listened to until a second of silence. */
static void ask(struct talk *talk, tandem_handle channel, const char *prompt) {
    SIZED(tandem_terms, barge_in);
    SIZED(tandem_terms, utterance);
    SIZED(tandem_stream_options, options);
    barge_in.voice = options.waits_for_voice = 1;
    options.before_voice_ms = 200;
    utterance.silence_ms = 1000, utterance.initial_silence_ms = 15000;
    talk->syllables = 0, talk->said = 0;
    failed(tandem_play(engine, channel, prompt, &barge_in, &talk->prompt));
    if (!failed(tandem_stream(engine, channel, &options, &utterance, &talk->stream)) &&
        (pipe(talk->pipe) != 0 || (talk->speech = fdopen(talk->pipe[0], "r")) == NULL ||
         pthread_create(&talk->recogniser, NULL, recognise, talk) != 0)) {
        perror("asr"), abort();
    }
}

/* Hands over what has come. */
static void listen(const struct talk *talk) {
    int16_t samples[800];
    uint64_t frame;
    size_t count;
    while (!failed(tandem_stream_read(engine, talk->stream, samples, 800, &count, &frame)) && count > 0 &&
           write(talk->pipe[1], samples, count * sizeof *samples) > 0) {}
}

/* Nothing more comes: waits for the result. A recogniser that takes its time tells it by an eventfd instead (epoll.c). */
static void finish(struct talk *talk) {
    if (talk->stream != 0) {
        close(talk->pipe[1]);
        pthread_join(talk->recogniser, NULL);
        fclose(talk->speech);
    }
    talk->stream = 0;
}

/* Gives the answer, as much of it as there is room for: for each syllable 200 ms of 500 Hz, and as much silence. */
static void speak(struct talk *talk) {
    size_t taken = 1, all = (size_t)talk->syllables * 2 * TONE; /* samples */
    for (int16_t samples[TONE]; talk->said < all && taken > 0; talk->said += taken) {
        size_t count = TONE - talk->said % TONE;
        for (size_t n = 0; n < count; n++) {
            samples[n] = talk->said / TONE % 2 ? 0 : n / 8 % 2 ? 4000 : -4000;
        }
        taken = 0;
        failed(tandem_stream_write(engine, talk->answer, samples, count, &taken));
    }
    failed(talk->said == all ? tandem_stream_end(engine, talk->answer) : TANDEM_OK);
}

/* Gives 1 when a call is over. */
static int handle(const tandem_event *event, const char *prompt) {
    uint64_t call = event->type == TANDEM_EVENT_CALL_ANSWERED ? 0 : event->call; /* a free place */
    struct talk *talk = talks;
    for (; talk < talks + PLACES - 1 && talk->call != call; talk++) {}
    if (event->type == TANDEM_EVENT_CALL_OFFERED) {
        failed(tandem_call_answer(engine, event->call));
    } else if (event->type == TANDEM_EVENT_CALL_ANSWERED) {
        talk->call = event->call;
        ask(talk, event->object, prompt);
    } else if (event->type == TANDEM_EVENT_STREAM_READY) {
        event->operation == talk->stream ? listen(talk) : speak(talk);
    } else if (event->type == TANDEM_EVENT_STREAM_DONE && event->operation == talk->stream) {
        finish(talk);
        printf("%d syllables in %d ms\n", talk->syllables, (int)event->length_ms);
        if (talk->syllables == 0) {
            failed(tandem_call_clear(engine, event->call, 16));
        } else if (!failed(tandem_play_stream(engine, event->object, 500, NULL, &talk->answer))) {
            speak(talk);
        }
    } else if (event->type == TANDEM_EVENT_PLAY_DONE && event->operation == talk->answer) {
        ask(talk, event->object, prompt);
    } else if (event->type == TANDEM_EVENT_CALL_CLEARED && talk->call == event->call) {
        finish(talk);
        memset(talk, 0, sizeof *talk);
    }
    return event->type == TANDEM_EVENT_CALL_CLEARED;
}

int main(int count, char **arguments) {
    long calls = count == 4 ? atol(arguments[3]) : -1; /* less than 0: any number */
    if (count < 3 || count > 4 || calls == 0) {
        return fputs("usage: asr CONFIG.toml PROMPT.wav [CALLS]\ncounts the syllables that callers say, until Ctrl-C or until so "
                     "many calls are over\n", count == 2 ? stdout : stderr), 2 * (count != 2);
    }
    SIZED(tandem_event, event);
    tandem_result result = tandem_engine_open_file(arguments[1], &engine);
    signal(SIGINT, on_interrupt);
    while (!interrupted && calls != 0 && (result == TANDEM_E_TIMEOUT || !failed(result))) {
        if ((result = tandem_event_wait(engine, 200, &event)) == TANDEM_OK) {
            calls -= handle(&event, arguments[2]);
        }
    }
    for (struct talk *talk = talks; talk < talks + PLACES; finish(talk++)) {}
    return (engine != 0 && failed(tandem_engine_close(engine))) || (result != TANDEM_OK && result != TANDEM_E_TIMEOUT);
}
