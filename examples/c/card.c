/* A card of your own on libtandem, as a template for a vendor's private driver: one E1 span whose line is looped to
 * itself, so that what is transmitted comes back two granules later. The program opens an engine on it, sends a test
 * pattern through all timeslots, puts errors in and finds them again.
 *
 *   cc -std=c11 -I include examples/c/card.c -ltandem -o card
 */
#include "tandem.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The card ---- */

enum { MOST_FRAMES = 160, OCTETS = 32 };

/* What a driver keeps of a card: registers and DMA memory here, of a real one. */
struct card {
    uint32_t granule;
    unsigned now; /* which of the two granules is on the line */
    uint8_t line[2][MOST_FRAMES * OCTETS];
};

/* Before the engine starts: refuse what the hardware cannot do. */
static tandem_result configure(void *context, uint32_t span, const tandem_card_span *setup) {
    (void)context;
    (void)span;
    return setup->cas == 0 ? TANDEM_OK : TANDEM_E_UNSUPPORTED;
}

static tandem_result start(void *context) {
    struct card *card = (struct card *)context;
    memset(card->line, 0xff, sizeof card->line);
    return TANDEM_OK;
}

static void stop(void *context) {
    (void)context; /* a driver stops its DMA here; the memory is still the card's until release */
}

/* The four below run on the media thread, once a granule: they copy, and do not wait, lock or allocate. */

static void service(void *context, uint64_t frame) {
    struct card *card = (struct card *)context;
    card->now = (unsigned)(frame / card->granule % 2);
}

static void get_status(void *context, uint32_t span, tandem_card_status *status) {
    (void)context;
    (void)span;
    status->defects = 0; /* and the counters of the framer; those left alone are 0 */
}

static void receive(void *context, uint32_t span, uint8_t *frames) {
    const struct card *card = (const struct card *)context;
    (void)span;
    memcpy(frames, card->line[card->now], (size_t)card->granule * OCTETS);
}

static void transmit(void *context, uint32_t span, const uint8_t *frames) {
    struct card *card = (struct card *)context;
    (void)span;
    memcpy(card->line[card->now], frames, (size_t)card->granule * OCTETS);
}

static void release(void *context) {
    puts("card released");
    free(context);
}

/* Called once for each card of the model in a configuration; `context` is that of tandem_card_register(). */
static tandem_result make_card(void *context, const char *name, const char *options, tandem_card *card) {
    const char *model = (const char *)context;
    uint32_t granule = 8;
    if (*options != '\0' && (sscanf(options, "granule=%" SCNu32, &granule) != 1 || granule < 1 ||
                             granule > MOST_FRAMES || strchr(options, '\n')[1] != '\0')) {
        fprintf(stderr, "%s (%s): the only option is granule, from 1 to %d\n", name, model, MOST_FRAMES);
        return TANDEM_E_ARGUMENT;
    }
    struct card *made = (struct card *)calloc(1, sizeof *made);
    if (made == NULL) { return TANDEM_E_SYSTEM; }
    made->granule = granule;
    printf("%s: a %s with %" PRIu32 " frames in a granule\n", name, model, granule);
    /* `size` stays as the library has set it; what a card cannot do stays NULL. */
    card->spans = 1;
    card->granule = granule;
    card->ports = TANDEM_PORT_E1;
    card->context = made;
    card->configure = configure;
    card->start = start;
    card->stop = stop;
    card->service = service;
    card->get_status = get_status;
    card->receive = receive;
    card->transmit = transmit;
    card->release = release;
    return TANDEM_OK;
}

/* ---- The program ---- */

enum { ERRORS = 25, SECOND = 8000 };

static int failed(tandem_result result) {
    if (result != TANDEM_OK) {
        fprintf(stderr, "card: %s\n", tandem_problem());
    }
    return result != TANDEM_OK;
}

/* Tests all timeslots for so many seconds of virtual time. */
static int test_line(tandem_handle engine, uint64_t seconds) {
    tandem_line_test found;
    tandem_handle test;
    memset(&found, 0, sizeof found);
    found.size = sizeof found;
    if (failed(tandem_line_test_start(engine, 0, 0xfffffffe, TANDEM_PATTERN_PRBS15, &test)) ||
        failed(tandem_engine_advance(engine, SECOND)) ||
        failed(tandem_line_test_insert_errors(engine, test, ERRORS)) ||
        failed(tandem_engine_advance(engine, seconds * SECOND)) ||
        failed(tandem_line_test_stop(engine, test, &found))) {
        return 1;
    }
    printf("%s: %" PRIu64 " bits, %" PRIu64 " errors found of %d put in, %" PRIu64 " losses\n",
           found.synchronised ? "in synchronism" : "no pattern", found.bits, found.errors, ERRORS, found.losses);
    return !found.synchronised || found.errors != ERRORS;
}

int main(int count, char **arguments) {
    static char model[] = "vendor-e1";
    const char *options = count > 2 ? arguments[2] : "";
    char *end = NULL, text[512];
    uint64_t seconds = count > 1 ? strtoull(arguments[1], &end, 10) : 2;
    int help = count > 1 && strcmp(arguments[1], "--help") == 0;
    if (help || count > 3 || seconds < 1 || seconds > 3600 || (end != NULL && *end != '\0')) {
        fputs("usage: card [SECONDS [OPTIONS]]\ntests the looped line of a card written in C for 1 to 3600 s of virtual time (2);\n"
              "OPTIONS are those of the card in a configuration, as in 'granule = 16'\n", help ? stdout : stderr);
        return help ? 0 : 2;
    }
    snprintf(text, sizeof text, "[engine]\nmode = \"lockstep\"\ntick_frames = 80\n[[card]]\nmodel = \"%s\"\n"
             "options = { %s }\n[[span]]\nport = 0\nsignalling = \"none\"\n", model, options);
    tandem_handle engine;
    if (failed(tandem_card_register(model, make_card, model)) || failed(tandem_engine_open(text, &engine))) {
        return 1;
    }
    int status = test_line(engine, seconds);
    return failed(tandem_engine_close(engine)) || status;
}
