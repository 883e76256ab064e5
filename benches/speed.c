/*
 * The works of the speed table as others do them: spandsp, where SPANDSP is defined, speexdsp, where SPEEXDSP is, and plain C.
 *
 *   speed WORK PASSES SAMPLES...   prints the processor time of so many passes over the samples in nanoseconds
 *
 * SAMPLES is a file of 16-bit samples, one second of a channel. A work that this program does not have is an error.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if defined(SPANDSP)
#include <stdarg.h>
#include <spandsp.h>
#include <spandsp/expose.h>
#elif defined(SPEEXDSP)
#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>
#include <speex/speex_resampler.h>
#endif

enum { SECOND = 8000, BLOCK = 160, PORTS = 30, PIECE = 8 };

static int16_t samples[SECOND];
static uint8_t octets[SECOND];
static int16_t linear[SECOND];
static volatile long events;

/* G.711 A-law by its segments, a sample at a time. */
static uint8_t naive_a_octet(int16_t sample)
{
	int magnitude = (sample < 0 ? ~sample : sample) >> 4;
	int segment = 0;
	int code;

	while (segment < 7 && magnitude >> (segment + 4) > 0)
		segment++;
	code = segment == 0 ? magnitude : segment << 4 | (magnitude >> (segment - 1) & 15);
	return (uint8_t)((code | (sample < 0 ? 0 : 0x80)) ^ 0x55);
}

static int16_t naive_a_sample(uint8_t octet)
{
	int bits = octet ^ 0x55;
	int segment = bits >> 4 & 7;
	int step = (bits & 15) * 16 + 8;
	int value = segment == 0 ? step : (step + 256) << (segment - 1);

	return (int16_t)(bits & 0x80 ? value : -value);
}

static void naive_encode(void)
{
	for (int n = 0; n < SECOND; n++)
		octets[n] = naive_a_octet(samples[n]);
}

static void naive_decode(void)
{
	for (int n = 0; n < SECOND; n++)
		linear[n] = naive_a_sample(octets[n]);
}

/* A bridge of any size, pieces of any length, a gain a port: port after port, sample after sample. */
__attribute__((noinline)) static void mix(const int16_t *said, const float *gains, int ports, int frames, int16_t *heard)
{
	int sum[BLOCK] = { 0 };

	for (int port = 0; port < ports; port++)
		for (int n = 0; n < frames; n++)
			sum[n] += (int)((float)said[port * frames + n] * gains[port]);
	for (int port = 0; port < ports; port++)
		for (int n = 0; n < frames; n++) {
			int rest = sum[n] - (int)((float)said[port * frames + n] * gains[port]);

			heard[port * frames + n] = (int16_t)(rest > 32767 ? 32767 : rest < -32768 ? -32768 : rest);
		}
}

static void naive_mix(void)
{
	float gains[PORTS];

	for (int port = 0; port < PORTS; port++)
		gains[port] = 0.7f;
	for (int at = 0; at + PORTS * PIECE <= SECOND; at += PORTS * PIECE)
		mix(samples + at, gains, PORTS, PIECE, linear);
}

#if defined(SPANDSP) || defined(SPEEXDSP)
static int16_t echoes[SECOND];

/* The same echo as ours hear, before its law cuts it. */
static void make_echoes(void)
{
	static const int taps[][2] = { { 40, 32 }, { 44, -25 }, { 51, 12 }, { 70, -7 }, { 112, 3 } };

	for (int n = 0; n < SECOND; n++) {
		int sum = 0;

		for (size_t k = 0; k < sizeof taps / sizeof *taps; k++)
			sum += taps[k][1] * samples[(n + SECOND - taps[k][0]) % SECOND];
		echoes[n] = (int16_t)(sum / 256);
	}
}
#endif

#ifdef SPEEXDSP
static SpeexEchoState *speex[2];

static void speex_echo(SpeexEchoState *state)
{
	for (int at = 0; at < SECOND; at += BLOCK)
		speex_echo_cancellation(state, echoes + at, samples + at, linear + at);
}

/* Voice activity and a gain that follows it; noise is left as it is. */
static SpeexPreprocessState *speex_leveller;

static void speex_level(void)
{
	memcpy(linear, samples, sizeof linear);
	for (int at = 0; at < SECOND; at += BLOCK)
		events += speex_preprocess_run(speex_leveller, linear + at);
}

static SpeexPreprocessState *make_leveller(void)
{
	SpeexPreprocessState *state = speex_preprocess_state_init(BLOCK, SECOND);
	int on = 1;
	int off = 0;

	speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_DENOISE, &off);
	speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_VAD, &on);
	speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_AGC, &on);
	return state;
}

/* Quality 5 of 0 to 10. */
static SpeexResamplerState *resampler;

static void speex_drift(void)
{
	for (int at = 0; at < SECOND; at += BLOCK) {
		spx_uint32_t taken = BLOCK;
		spx_uint32_t room = SECOND;

		speex_resampler_process_int(resampler, 0, samples + at, &taken, linear, &room);
	}
}

static void speex_echo_256(void)
{
	speex_echo(speex[0]);
}

static void speex_echo_1024(void)
{
	speex_echo(speex[1]);
}
#endif

#ifdef SPANDSP
/* Debian's canceller prints several lines for each sample: none of it. */
int printf(const char *format, ...)
{
	(void)format;
	return 0;
}

int __printf_chk(int level, const char *format, ...)
{
	(void)level, (void)format;
	return 0;
}

int puts(const char *text)
{
	(void)text;
	return 0;
}

static echo_can_state_t *cancellers[2];

static void span_echo(echo_can_state_t *canceller)
{
	for (int n = 0; n < SECOND; n++)
		linear[n] = echo_can_update(canceller, samples[n], echoes[n]);
}

static void span_echo_256(void)
{
	span_echo(cancellers[0]);
}

static void span_echo_1024(void)
{
	span_echo(cancellers[1]);
}

static g711_state_t *g711;
static dtmf_rx_state_t *dtmf;
static bell_mf_rx_state_t *r1;
static r2_mf_rx_state_t *r2;
static super_tone_rx_state_t *tones;

static void on_digits(void *user, const char *digits, int length)
{
	(void)user, (void)digits;
	events += length;
}

static void on_tone(void *user, int code, int level, int delay)
{
	(void)user, (void)level, (void)delay;
	events += code;
}

static void span_encode(void)
{
	g711_encode(g711, octets, samples, SECOND);
}

static void span_decode(void)
{
	g711_decode(g711, linear, octets, SECOND);
}

static void span_dtmf(void)
{
	for (int at = 0; at < SECOND; at += BLOCK) {
		for (int n = at; n < at + BLOCK; n++)
			linear[n] = alaw_to_linear(octets[n]);
		dtmf_rx(dtmf, linear + at, BLOCK);
	}
}

static void span_r1(void)
{
	for (int at = 0; at < SECOND; at += BLOCK)
		bell_mf_rx(r1, samples + at, BLOCK);
}

static void span_r2(void)
{
	for (int at = 0; at < SECOND; at += BLOCK)
		r2_mf_rx(r2, samples + at, BLOCK);
}

static void span_tones(void)
{
	for (int at = 0; at < SECOND; at += BLOCK)
		super_tone_rx(tones, samples + at, BLOCK);
}

static plc_state_t *heard;

/* Every 10 ms are lost, by a copy of one that then hears them. */
static void span_lost(void)
{
	for (int at = 0; at < SECOND; at += 80) {
		plc_state_t lost = *heard;

		plc_fillin(&lost, linear, 80);
		memcpy(linear, samples + at, 80 * sizeof *linear);
		plc_rx(heard, linear, 80);
	}
}

static time_scale_state_t *scale;

/* As many samples put out as a second has. */
static void span_stretch(void)
{
	static int16_t out[4 * SECOND];

	for (int at = 0; at < SECOND * 3 / 2; at += BLOCK)
		events += time_scale(scale, out, samples + at % SECOND, BLOCK);
}

/* North American dial tone, ringing, busy and congestion; CNG, ANS and the first two of the information tones. */
static super_tone_rx_state_t *north_american(void)
{
	super_tone_rx_descriptor_t *all = super_tone_rx_make_descriptor(NULL);
	static const int elements[][4] = {
		{ 350, 440, 1000, 0 }, { 440, 480, 2000, 2000 }, { 480, 620, 500, 500 }, { 480, 620, 250, 250 },
		{ 1100, 0, 500, 3000 }, { 2100, 0, 2000, 0 }, { 950, 0, 330, 0 }, { 1400, 0, 330, 0 },
	};

	for (size_t n = 0; n < sizeof elements / sizeof *elements; n++) {
		int tone = super_tone_rx_add_tone(all);
		const int *e = elements[n];

		super_tone_rx_add_element(all, tone, e[0], e[1], e[2] * 9 / 10, e[3] ? e[2] * 11 / 10 : 0);
		if (e[3])
			super_tone_rx_add_element(all, tone, 0, 0, e[3] * 9 / 10, e[3] * 11 / 10);
	}
	return super_tone_rx_init(NULL, all, on_tone, NULL);
}
#endif

static const struct {
	const char *name;
	void (*pass)(void);
} works[] = {
	{ "naive expand", naive_decode },
	{ "naive compand", naive_encode },
	{ "naive mix", naive_mix },
#ifdef SPANDSP
	{ "expand", span_decode },
	{ "compand", span_encode },
	{ "dtmf", span_dtmf },
	{ "r1", span_r1 },
	{ "r2", span_r2 },
	{ "tones", span_tones },
	{ "lost", span_lost },
	{ "stretch", span_stretch },
	{ "echo 256", span_echo_256 },
	{ "echo 1024", span_echo_1024 },
#endif
#ifdef SPEEXDSP
	{ "speex level", speex_level },
	{ "speex drift", speex_drift },
	{ "speex echo 256", speex_echo_256 },
	{ "speex echo 1024", speex_echo_1024 },
#endif
};

static long long cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

int main(int argc, char **argv)
{
	FILE *file = argc == 4 ? fopen(argv[3], "rb") : NULL;

	if (!file || fread(samples, sizeof *samples, SECOND, file) != SECOND)
		return 2;
	fclose(file);
	naive_encode();
#ifdef SPANDSP
	g711 = g711_init(NULL, G711_ALAW);
	dtmf = dtmf_rx_init(NULL, on_digits, NULL);
	r1 = bell_mf_rx_init(NULL, on_digits, NULL);
	r2 = r2_mf_rx_init(NULL, 1, NULL, NULL);
	tones = north_american();
	heard = plc_init(NULL);
	scale = time_scale_init(NULL, SECOND, 2.0f / 3.0f);
	for (int n = 0; n < 2; n++)
		cancellers[n] = echo_can_init(n ? 1024 : 256, ECHO_CAN_USE_ADAPTION | ECHO_CAN_USE_NLP | ECHO_CAN_USE_CNG);
	make_echoes();
#endif
#ifdef SPEEXDSP
	speex_leveller = make_leveller();
	resampler = speex_resampler_init(1, 8000, 8001, 5, NULL);
	for (int n = 0; n < 2; n++) {
		int rate = 8000;

		speex[n] = speex_echo_state_init(BLOCK, n ? 1024 : 256);
		speex_echo_ctl(speex[n], SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
	}
	make_echoes();
#endif
	for (size_t n = 0; n < sizeof works / sizeof *works; n++) {
		if (strcmp(works[n].name, argv[1]) == 0) {
			long passes = atol(argv[2]);
			long long begun = cpu_ns();

			while (passes-- > 0)
				works[n].pass();
			fprintf(stdout, "%lld\n", cpu_ns() - begun);
			return 0;
		}
	}
	return 3;
}
