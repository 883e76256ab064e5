/* Echo cancellers of libspandsp and libspeexdsp, for comparison: the one that is defined when this is compiled.
   Usage: peer TAPS   pairs of 16-bit samples on standard input (to the line, from the line), what is left on output */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef SPANDSP
#include <spandsp.h>

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
#else
#include <speex/speex_echo.h>
#endif

enum { BLOCK = 160 };

int main(int argc, char **argv)
{
	int16_t pairs[BLOCK][2], receive[BLOCK], send[BLOCK], left[BLOCK];
	int taps = argc > 1 ? atoi(argv[1]) : 256;
#ifdef SPANDSP
	echo_can_state_t *canceller = echo_can_init(taps, ECHO_CAN_USE_ADAPTION);
#else
	SpeexEchoState *canceller = speex_echo_state_init(BLOCK, taps);
	int rate = 8000;

	speex_echo_ctl(canceller, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
#endif
	while (fread(pairs, sizeof pairs, 1, stdin) == 1) {
		for (int n = 0; n < BLOCK; n++) {
			receive[n] = pairs[n][0];
			send[n] = pairs[n][1];
		}
#ifdef SPANDSP
		for (int n = 0; n < BLOCK; n++)
			left[n] = echo_can_update(canceller, receive[n], send[n]);
#else
		speex_echo_cancellation(canceller, send, receive, left);
#endif
		fwrite(left, sizeof left, 1, stdout);
	}
	return 0;
}
