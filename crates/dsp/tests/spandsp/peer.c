/* Receivers and senders of libspandsp, and of libopenr2 its own of R2, for comparison.
   Usage: peer dtmf|dtmf-filter|r1|r2-fwd|r2-bwd   16-bit samples on standard input, digits on standard output
          peer openr2-fwd|openr2-bwd              the same by libopenr2, where the program was built with it
          peer class|clip                          the same, messages of caller identification as they are on output
          peer send-class|send-clip                a message without its checksum on input, samples on output
          peer g726-encode-32|g726-decode-32       samples to G.726 of 16, 24, 32 or 40 kbit/s, or back */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spandsp.h>

enum { BLOCK = 160, SILENT_BLOCKS = 10 };

static void put_digit(void *unused, int code, int level, int delay)
{
    (void)unused;
    (void)level;
    (void)delay;
    if (code != 0)
        putchar(code);
}

#ifdef OPENR2
/* Of its static library: what its channels call by default, which no header tells. */
void *openr2_mf_rx_init(void *state, int forward);
int openr2_mf_rx(void *state, const int16_t samples[], int count);

/* It tells what it hears in each block of 20 ms, as channels read them: what is new is a signal. */
static void hear_openr2(void *state, const int16_t samples[])
{
    static int before;
    int now = openr2_mf_rx(state, samples, BLOCK);
    if (now != before && now != 0)
        putchar(now);
    before = now;
}
#endif

static void put_message(void *unused, const uint8_t *message, int length)
{
    (void)unused;
    fwrite(message, 1, length, stdout);
}

static int send_message(int standard)
{
    uint8_t message[256];
    int16_t block[BLOCK];
    size_t length = fread(message, 1, sizeof message, stdin);
    adsi_tx_state_t *sender = adsi_tx_init(NULL, standard);
    adsi_tx_put_message(sender, message, (int)length);
    for (int count = BLOCK; count == BLOCK;) {
        count = adsi_tx(sender, block, BLOCK);
        fwrite(block, sizeof block[0], count, stdout);
    }
    return 0;
}

/* Eight samples are as many octets as a code has bits. */
static int convert_g726(const char *rate, int encode)
{
    enum { UNITS = 100 };
    int bits = atoi(rate) / 8;
    g726_state_t *state = g726_init(NULL, bits * 8000, G726_ENCODING_LINEAR, G726_PACKING_RIGHT);
    int16_t samples[8 * UNITS];
    uint8_t octets[5 * UNITS];
    for (;;) {
        size_t count = encode ? fread(samples, sizeof samples[0], 8 * UNITS, stdin) : fread(octets, 1, bits * UNITS, stdin);
        if (count == 0)
            return 0;
        if (encode)
            fwrite(octets, 1, g726_encode(state, octets, samples, (int)count), stdout);
        else
            fwrite(samples, sizeof samples[0], g726_decode(state, samples, octets, (int)count), stdout);
    }
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";
    if (strncmp(kind, "g726-encode-", 12) == 0)
        return convert_g726(kind + 12, 1);
    if (strncmp(kind, "g726-decode-", 12) == 0)
        return convert_g726(kind + 12, 0);
    if (strncmp(kind, "send-", 5) == 0)
        return send_message(strcmp(kind, "send-clip") == 0 ? ADSI_STANDARD_CLIP : ADSI_STANDARD_CLASS);
    adsi_rx_state_t *adsi = NULL;
    dtmf_rx_state_t *dtmf = NULL;
    bell_mf_rx_state_t *bell = NULL;
    r2_mf_rx_state_t *r2 = NULL;
#ifdef OPENR2
    static int64_t room[1024];
    void *openr2 = strncmp(kind, "openr2-", 7) == 0 ? openr2_mf_rx_init(room, strcmp(kind, "openr2-fwd") == 0) : NULL;
#else
    void *openr2 = NULL;
#endif
    if (openr2) {
        ;
    } else if (strncmp(kind, "dtmf", 4) == 0) {
        dtmf = dtmf_rx_init(NULL, NULL, NULL);
        dtmf_rx_parms(dtmf, strcmp(kind, "dtmf-filter") == 0, -1, -1, -99);
    } else if (strcmp(kind, "r1") == 0) {
        bell = bell_mf_rx_init(NULL, NULL, NULL);
    } else if (strncmp(kind, "r2-", 3) == 0) {
        r2 = r2_mf_rx_init(NULL, strcmp(kind, "r2-fwd") == 0, put_digit, NULL);
    } else if (strcmp(kind, "class") == 0) {
        adsi = adsi_rx_init(NULL, ADSI_STANDARD_CLASS, put_message, NULL);
    } else if (strcmp(kind, "clip") == 0) {
        adsi = adsi_rx_init(NULL, ADSI_STANDARD_CLIP, put_message, NULL);
    } else {
        fprintf(stderr, "no such receiver: %s\n", kind);
        return 2;
    }
    int16_t block[BLOCK];
    for (int silent = 0; silent < SILENT_BLOCKS;) {
        size_t count = fread(block, sizeof block[0], BLOCK, stdin);
        if (count < BLOCK) {
            memset(block + count, 0, (BLOCK - count) * sizeof block[0]);
            silent++;
        }
        char digits[128];
        size_t length = 0;
#ifdef OPENR2
        if (openr2)
            hear_openr2(openr2, block);
        else
#endif
        if (dtmf) {
            dtmf_rx(dtmf, block, BLOCK);
            length = dtmf_rx_get(dtmf, digits, sizeof digits - 1);
        } else if (bell) {
            bell_mf_rx(bell, block, BLOCK);
            length = bell_mf_rx_get(bell, digits, sizeof digits - 1);
        } else if (adsi) {
            adsi_rx(adsi, block, BLOCK);
        } else {
            r2_mf_rx(r2, block, BLOCK);
        }
        fwrite(digits, 1, length, stdout);
    }
    return 0;
}
