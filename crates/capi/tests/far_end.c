/* Whoever is at the far ends of an example's trunks, by a script: callers, and parties to be called. Linked with an
 * example by -Wl,--wrap=tandem_event_wait, it takes the far ends' events out of those that the example fetches, and acts
 * in between. The engine has two cards back to back; the second half of its spans are the far ends.
 *
 * The file that the environment variable FAR_END names has a line for each: `caller NUMBER` or `at NUMBER`, and what it
 * does. Several lines `at` one number are for one call each; the last serves all that follow.
 *
 *   wait MS  call NUMBER  alert  answer  say HZ MS (syllables of 180 ms)  tone HZ MS  press DIGITS  hear FILE
 *   clear CAUSE  stay  interrupt (the example)
 *
 * What happens to them is written to the file that FAR_LOG names.
 */
#include "tandem.h"
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

tandem_result __real_tandem_event_wait(tandem_handle engine, int64_t timeout_ms, tandem_event *event);
tandem_result __wrap_tandem_event_wait(tandem_handle engine, int64_t timeout_ms, tandem_event *event);

enum { MOST = 64, WORDS = 64, FRAMES_MS = 8 };

struct script {
    char *words[WORDS];
    int used;
};

struct party {
    const struct script *script; /* NULL: this place is free */
    int next;                    /* its word that comes next */
    uint64_t call, wake;         /* wake: the frame in which it goes on; UINT64_MAX: when something happens */
    tandem_handle channel, play;
};

static struct script scripts[MOST];
static struct party parties[MOST];
static tandem_handle far_objects[MOST * 32];
static int script_count, far_count, slot = 31;
static uint32_t far_span;
static FILE *far_log;

static void must(tandem_result result, const char *what) {
    if (result != TANDEM_OK) {
        fprintf(stderr, "far end: %s: %s\n", what, tandem_problem());
        exit(70);
    }
}

static uint64_t now(tandem_handle engine) {
    tandem_statistics statistics = {.size = sizeof statistics};
    must(tandem_get_statistics(engine, &statistics), "statistics");
    return statistics.frames;
}

/* ---- What is heard of a party ---- */

static void play(tandem_handle engine, struct party *party, const int16_t *samples, size_t count) {
    must(tandem_play_samples(engine, party->channel, samples, count, NULL, &party->play), "play");
    party->wake = UINT64_MAX;
}

/* A tone, or a voice of this pitch: syllables of 180 ms with all harmonics of the speech band. */
static void sound(tandem_handle engine, struct party *party, double hz, int ms, int voice) {
    size_t count = (size_t)ms * FRAMES_MS;
    int16_t *samples = malloc(count * sizeof *samples + 1);
    for (size_t n = 0; n < count; n++) {
        double turn = 2 * 3.14159265358979 * (double)n, loud = voice ? 0.5 - 0.5 * cos(turn / 1440) : 1, sum = 0;
        for (int k = 1; k == 1 || (voice && k * hz < 3400); k++) {
            sum += cos(turn * k * hz / 8000) / sqrt(k);
        }
        samples[n] = (int16_t)((voice ? 1500 : 4000) * loud * sum);
    }
    play(engine, party, samples, count);
    free(samples);
}

static void press(tandem_handle engine, struct party *party, const char *digits) {
    static const char keys[] = "123A456B789C*0#D";
    static const double low[] = {697, 770, 852, 941}, high[] = {1209, 1336, 1477, 1633};
    enum { ON = 80 * FRAMES_MS, EACH = 160 * FRAMES_MS };
    size_t count = strlen(digits) * EACH;
    int16_t *samples = calloc(count, sizeof *samples);
    for (size_t n = 0; n < count; n++) {
        int key = (int)(strchr(keys, digits[n / EACH]) - keys);
        double at = 2 * 3.14159265358979 * (double)(n % EACH) / 8000;
        samples[n] = n % EACH < ON ? (int16_t)(4000 * (sin(low[key / 4] * at) + sin(high[key % 4] * at))) : 0;
    }
    play(engine, party, samples, count);
    free(samples);
}

/* ---- What a party does ---- */

static int place(tandem_handle engine, struct party *party, const char *number) {
    tandem_call_options options = {.size = sizeof options};
    strcpy(options.calling.number, party->script->words[1]);
    if (party->channel == 0) {
        must(tandem_channel_find(engine, far_span, (uint32_t)slot, &party->channel), "a slot");
        slot -= slot == 17 ? 2 : 1;
    }
    return tandem_call_place_with(engine, party->channel, number, &options, &party->call) == TANDEM_OK;
}

static void step(tandem_handle engine, struct party *party, uint64_t frame) {
    char *const *words = party->script->words + party->next;
    const char *word = words[0] == NULL ? "stay" : words[0];
    tandem_handle record;
    party->wake = frame;
    party->next += 2;
    if (strcmp(word, "wait") == 0) {
        party->wake = frame + (uint64_t)atoi(words[1]) * FRAMES_MS;
    } else if (strcmp(word, "call") == 0) {
        party->wake = UINT64_MAX;
        if (!place(engine, party, words[1])) { /* the link is not up yet */
            party->next -= 2;
            party->wake = frame + 100 * FRAMES_MS;
        }
    } else if (strcmp(word, "alert") == 0) {
        must(tandem_call_alert(engine, party->call), word);
        party->next--;
    } else if (strcmp(word, "answer") == 0) {
        must(tandem_call_answer(engine, party->call), word);
        party->next--;
        party->wake = UINT64_MAX;
    } else if (strcmp(word, "say") == 0 || strcmp(word, "tone") == 0) {
        sound(engine, party, atof(words[1]), atoi(words[2]), *word == 's');
        party->next++;
    } else if (strcmp(word, "press") == 0) {
        press(engine, party, words[1]);
    } else if (strcmp(word, "hear") == 0) {
        tandem_record_options options = {.size = sizeof options, .sides = TANDEM_RECORD_RECEIVED};
        must(tandem_record_with(engine, party->channel, words[1], &options, NULL, &record), word);
    } else if (strcmp(word, "clear") == 0) {
        must(tandem_call_clear(engine, party->call, (uint32_t)atoi(words[1])), word);
        party->wake = UINT64_MAX;
    } else if (strcmp(word, "interrupt") == 0) {
        raise(SIGINT);
        party->next--;
    } else if (strcmp(word, "stay") == 0) {
        party->wake = UINT64_MAX;
    } else {
        fprintf(stderr, "far end: what is '%s'?\n", word);
        exit(70);
    }
}

static struct party *begin(const struct script *script) {
    struct party *party = parties;
    while (party->script != NULL) {
        party++;
    }
    memset(party, 0, sizeof *party);
    party->script = script;
    party->next = 2;
    return party;
}

static void offered(tandem_handle engine, const tandem_event *event) {
    struct script *found = NULL;
    tandem_call_parties parties_of = {.size = sizeof parties_of};
    must(tandem_call_get_parties(engine, event->call, &parties_of), "parties");
    fprintf(far_log, "%s called by %s\n", event->text, parties_of.calling.number);
    for (int n = 0; n < script_count; n++) {
        int of_number = strcmp(scripts[n].words[0], "at") == 0 && strcmp(scripts[n].words[1], event->text) == 0;
        if (of_number && (found == NULL || found->used)) {
            found = &scripts[n];
        }
    }
    if (found == NULL) {
        must(tandem_call_clear(engine, event->call, 1), "nobody there");
        return;
    }
    found->used = 1;
    struct party *party = begin(found);
    party->call = event->call;
    party->channel = event->object;
}

static void happened(tandem_handle engine, const tandem_event *event) {
    if (event->type == TANDEM_EVENT_CALL_OFFERED) {
        offered(engine, event);
        return;
    }
    for (struct party *party = parties; party < parties + MOST; party++) {
        if (party->script == NULL || party->call == 0 || party->call != event->call) {
            continue;
        }
        if (event->type == TANDEM_EVENT_CALL_CLEARED) {
            fprintf(far_log, "%s cleared %" PRId32 "\n", party->script->words[1], event->value);
            party->script = NULL;
        } else if (event->type == TANDEM_EVENT_CALL_PROGRESS && event->value == TANDEM_STAGE_ALERTING) {
            fprintf(far_log, "%s alerted\n", party->script->words[1]);
        } else if (event->type == TANDEM_EVENT_CALL_DISCONNECTED) {
            must(tandem_call_clear(engine, party->call, 16), "clear");
        } else if (event->type == TANDEM_EVENT_CALL_ANSWERED ||
                   (event->type == TANDEM_EVENT_PLAY_DONE && event->operation == party->play)) {
            party->wake = event->frame;
        }
    }
}

/* ---- Between the example and the engine ---- */

static void read_scripts(void) {
    static char line[MOST][1024];
    const char *path = getenv("FAR_END"), *log_path = getenv("FAR_LOG");
    FILE *file = path == NULL ? NULL : fopen(path, "r");
    far_log = log_path == NULL ? stderr : fopen(log_path, "w");
    if (file == NULL || far_log == NULL) {
        perror("far end");
        exit(70);
    }
    setvbuf(far_log, NULL, _IOLBF, 0);
    while (fgets(line[script_count], sizeof line[0], file) != NULL) {
        int count = 0;
        for (char *word = strtok(line[script_count], " \n"); word != NULL; word = strtok(NULL, " \n")) {
            scripts[script_count].words[count++] = word;
        }
        if (count > 0) {
            struct script *script = &scripts[script_count++];
            if (strcmp(script->words[0], "caller") == 0) {
                begin(script);
            }
        }
    }
    fclose(file);
}

static void find_far_ends(tandem_handle engine) {
    tandem_span_info info = {.size = sizeof info};
    uint32_t spans = 0;
    while (tandem_span_get_info(engine, spans, &info) == TANDEM_OK) {
        spans++;
    }
    far_span = spans / 2;
    for (uint32_t span = far_span; span < spans; span++) {
        must(tandem_span_get_info(engine, span, &info), "a span");
        far_objects[far_count++] = info.span;
        for (uint32_t n = 1; n < 32; n++) {
            far_count += tandem_channel_find(engine, span, n, &far_objects[far_count]) == TANDEM_OK;
        }
    }
}

static int is_far(const tandem_event *event) {
    int n = 0;
    while (n < far_count && far_objects[n] != event->object) {
        n++;
    }
    return n < far_count;
}

tandem_result __wrap_tandem_event_wait(tandem_handle engine, int64_t timeout_ms, tandem_event *event) {
    if (far_count == 0) {
        find_far_ends(engine);
        read_scripts();
    }
    uint64_t frame = now(engine);
    uint64_t deadline = timeout_ms < 0 ? UINT64_MAX : frame + (uint64_t)timeout_ms * FRAMES_MS;
    for (;; frame = now(engine)) {
        uint64_t until = deadline;
        for (struct party *party = parties; party < parties + MOST; party++) {
            while (party->script != NULL && party->wake <= frame) {
                step(engine, party, frame);
            }
            until = party->script != NULL && party->wake < until ? party->wake : until;
        }
        int64_t most = until == UINT64_MAX ? -1 : (int64_t)((until - frame + FRAMES_MS - 1) / FRAMES_MS);
        tandem_result result = __real_tandem_event_wait(engine, most, event);
        if (result == TANDEM_OK && is_far(event)) {
            happened(engine, event);
        } else if (result != TANDEM_E_TIMEOUT || now(engine) >= deadline) {
            return result;
        }
    }
}
