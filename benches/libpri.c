/*
 * Both ends of libpri back to back in memory: calls placed, answered and cleared, so many at a time.
 *
 *   libpri CONCURRENT CALLS        prints the processor time of the calls in nanoseconds
 *
 * The calls are those of `pri.rs`: SETUP, CALL PROCEEDING, ALERTING, CONNECT, CONNECT ACKNOWLEDGE, DISCONNECT, RELEASE,
 * RELEASE COMPLETE, over Q.921, on EuroISDN. libpri asks for the time of day and gets one that the program advances.
 */
#include <libpri.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

enum { FRAME = 512, QUEUE = 256, MOST = 4096, EURO_ISDN = 5 };

static long long now_us = 1000000000000ll;

int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	(void)tz;
	tv->tv_sec = (time_t)(now_us / 1000000);
	tv->tv_usec = (suseconds_t)(now_us % 1000000);
	return 0;
}

/* Frames for an end. */
struct queue {
	unsigned char octets[QUEUE][FRAME];
	int lengths[QUEUE];
	unsigned int head, tail;
};

static struct queue queues[2];
static struct pri *ends[2];
static q931_call *up[MOST + 1];
static int first_up, count_up;

static struct queue *queue_of(struct pri *pri, int other)
{
	return &queues[(pri == ends[1]) ^ other];
}

static int read_frame(struct pri *pri, void *buffer, int room)
{
	struct queue *queue = queue_of(pri, 0);
	int length;
	if (queue->head == queue->tail)
		return 0;
	length = queue->lengths[queue->head % QUEUE];
	if (length > room)
		return 0;
	memcpy(buffer, queue->octets[queue->head++ % QUEUE], (size_t)length);
	return length;
}

static int write_frame(struct pri *pri, void *buffer, int length)
{
	struct queue *queue = queue_of(pri, 1);
	if (!ends[1] || length > FRAME || queue->tail - queue->head >= QUEUE)
		return length;
	memcpy(queue->octets[queue->tail % QUEUE], buffer, (size_t)length);
	queue->lengths[queue->tail++ % QUEUE] = length;
	return length;
}

static void handle(struct pri *pri, pri_event *event)
{
	switch (event->e) {
	case PRI_EVENT_RING:
		pri_proceeding(pri, event->ring.call, event->ring.channel, 0);
		pri_acknowledge(pri, event->ring.call, event->ring.channel, 0);
		pri_answer(pri, event->ring.call, event->ring.channel, 0);
		break;
	case PRI_EVENT_ANSWER:
		up[(first_up + count_up++) % (MOST + 1)] = event->answer.call;
		break;
	case PRI_EVENT_HANGUP:
	case PRI_EVENT_HANGUP_REQ:
		pri_hangup(pri, event->hangup.call, event->hangup.cause);
		break;
	default:
		break;
	}
}

/* Frames go to and fro until there are none. */
static void exchange(void)
{
	int quiet = 0;
	while (!quiet) {
		quiet = 1;
		for (int end = 0; end < 2; end++) {
			while (queues[end].head != queues[end].tail) {
				pri_event *event = pri_check_event(ends[end]);
				quiet = 0;
				if (event)
					handle(ends[end], event);
			}
		}
	}
}

/* Time passes, and timers run out. */
static void pass(long long us)
{
	now_us += us;
	for (int end = 0; end < 2; end++) {
		pri_event *event;
		while ((event = pri_schedule_run(ends[end])))
			handle(ends[end], event);
	}
	exchange();
}

static void place(int channel)
{
	struct pri_sr *request = pri_sr_new();
	q931_call *call = pri_new_call(ends[1]);
	pri_sr_set_channel(request, channel, 1, 0);
	pri_sr_set_bearer(request, PRI_TRANS_CAP_SPEECH, PRI_LAYER_1_ALAW);
	pri_sr_set_called(request, "5551234", PRI_NATIONAL_ISDN, 1);
	pri_setup(ends[1], call, request);
	pri_sr_free(request);
	exchange();
}

static void turn(int concurrent, long number)
{
	if (count_up >= concurrent) {
		q931_call *oldest = up[first_up];
		first_up = (first_up + 1) % (MOST + 1);
		count_up--;
		pri_hangup(ends[1], oldest, PRI_CAUSE_NORMAL_CLEARING);
		exchange();
	}
	place((int)(number % 30) + 1 + (number % 30 >= 15));
	pass(125);
}

static void silence(struct pri *pri, char *line)
{
	(void)pri;
	(void)line;
}

static long long processor_ns(void)
{
	struct timespec time;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

int main(int argc, char **argv)
{
	int concurrent = argc == 3 ? atoi(argv[1]) : 0;
	long calls = argc == 3 ? atol(argv[2]) : 0;
	long long begun;
	if (concurrent < 1 || concurrent > MOST || calls < 1)
		return 2;
	pri_set_message(silence);
	pri_set_error(silence);
	ends[0] = pri_new_cb(0, PRI_NETWORK, EURO_ISDN, read_frame, write_frame, NULL);
	ends[1] = pri_new_cb(1, PRI_CPE, EURO_ISDN, read_frame, write_frame, NULL);
	if (!ends[0] || !ends[1])
		return 2;
	for (int second = 0; second < 10; second++)
		pass(1000000);
	for (int number = 0; number < concurrent; number++)
		turn(concurrent, number);
	if (count_up != concurrent)
		return 1;
	begun = processor_ns();
	for (long number = 0; number < calls; number++)
		turn(concurrent, number);
	printf("%lld\n", processor_ns() - begun);
	return count_up == concurrent ? 0 : 1;
}
