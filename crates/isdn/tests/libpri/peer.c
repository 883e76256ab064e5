/*
 * libpri as the far end of a primary rate interface, driven over stdin and stdout on a clock of its own.
 *
 *   peer nt|te SWITCHTYPE [group]
 *
 * With `group` there are two D channels, a primary and a backup, for one set of calls.
 *
 * Messages in both directions are two octets of length, high octet first, and so many octets, of which the first
 * says what they are:
 *
 *   to the peer    T  eight octets: let time pass until so many microseconds after the start
 *                  F  a LAPD frame without check sequence, from the other end; G the same on the second D channel
 *                  C  a command in text, see `commands` at the foot
 *   from the peer  F  a LAPD frame without check sequence, for the other end; G the same on the second D channel
 *                  E  an event in text: a name and fields, as in "PRI_EVENT_RING call=3 channel=1 called=2345"
 *                  L  a line of libpri's log
 *                  D  eight octets: all that belongs to the last message has been told, and libpri's next timer is
 *                     due at so many microseconds after the start, or never if all bits are set
 *
 * The peer begins with what libpri does when it starts, and a D. The program is linked to libpri, used only in
 * tests and not part of anything else.
 */
#include <libpri.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { MAX_MESSAGE = 4096, MAX_CALLS = 4096, FCS = 2 };

/* Microseconds since the start. libpri asks for the time of day; it gets this, beside a start that is not zero. */
static uint64_t now_us;
static const uint64_t START_US = 1000000ull * 1000000ull;

int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	(void)tz;
	tv->tv_sec = (time_t)((START_US + now_us) / 1000000);
	tv->tv_usec = (suseconds_t)((START_US + now_us) % 1000000);
	return 0;
}

/* Messages. */

static void say(char kind, const void *octets, size_t length)
{
	putchar((int)((length + 1) >> 8));
	putchar((int)((length + 1) & 255));
	putchar(kind);
	fwrite(octets, 1, length, stdout);
}

static void say_time(uint64_t us)
{
	unsigned char octets[8];
	for (int i = 0; i < 8; i++)
		octets[i] = (unsigned char)(us >> (56 - 8 * i));
	say('D', octets, sizeof octets);
}

static uint64_t time_of(const unsigned char *octets)
{
	uint64_t us = 0;
	for (int i = 0; i < 8; i++)
		us = us << 8 | octets[i];
	return us;
}

/* libpri has complained that a call is not one of its own. */
static int call_was_invalid;

static void log_line(struct pri *pri, char *line)
{
	(void)pri;
	if (strstr(line, "invalid call ptr"))
		call_was_invalid = 1;
	say('L', line, strlen(line));
}

/* Frames. libpri reads and writes them with two octets of check sequence, whose content nobody looks at. */

static unsigned char frame_in[MAX_MESSAGE];
static int frame_in_length;

static int read_frame(struct pri *pri, void *buffer, int room)
{
	int length = frame_in_length;
	(void)pri;
	if (length == 0 || length + FCS > room)
		return 0;
	memcpy(buffer, frame_in, (size_t)length);
	memset((char *)buffer + length, 0, FCS);
	frame_in_length = 0;
	return length + FCS;
}

static int write_frame(struct pri *pri, void *buffer, int length)
{
	say(pri_fd(pri) ? 'G' : 'F', buffer, (size_t)(length - FCS));
	return length;
}

/* D channels: the second one only in a group. Calls are placed and answered over the active one. */

static struct pri *d_channels[2];
static int d_channel_up[2];
static int active_d_channel;

static void note_d_channel(struct pri *pri, int up)
{
	d_channel_up[pri_fd(pri)] = up;
	if (!d_channel_up[active_d_channel] && d_channel_up[!active_d_channel])
		active_d_channel = !active_d_channel;
}

/*
 * Calls have numbers, in the order in which they were placed or rang. libpri may use the memory of a call that is over
 * for a new one: the old number then means no call.
 */

static q931_call *calls[MAX_CALLS];
static unsigned int next_call = 1;

static unsigned int number_of(q931_call *call)
{
	for (unsigned int back = 1; back <= MAX_CALLS && back < next_call; back++)
		if (calls[(next_call - back) % MAX_CALLS] == call)
			return next_call - back;
	return 0;
}

static void forget(q931_call *call)
{
	unsigned int number = number_of(call);
	if (number)
		calls[number % MAX_CALLS] = NULL;
}

static unsigned int remember(q931_call *call)
{
	forget(call);
	calls[next_call % MAX_CALLS] = call;
	return next_call++;
}

/* Events, as text. */

static void tell(struct pri *pri, pri_event *event)
{
	char text[MAX_MESSAGE - 1];
	int length = 0;
	q931_call *call = NULL;
	int channel = -1;
	char more[1024] = "";
	const char *name = pri_event2str(event->e);

	switch (event->e) {
	case PRI_EVENT_RING:
		call = event->ring.call;
		channel = event->ring.channel;
		remember(call);
		snprintf(more, sizeof more, " called=%.200s calling=%.200s complete=%d flexible=%d uui=%.200s",
			 event->ring.callednum, event->ring.callingnum, event->ring.complete,
			 event->ring.flexible, event->ring.useruserinfo);
		break;
	case PRI_EVENT_HANGUP:
	case PRI_EVENT_HANGUP_REQ:
	case PRI_EVENT_HANGUP_ACK:
		call = event->hangup.call;
		channel = event->hangup.channel;
		snprintf(more, sizeof more, " cause=%d", event->hangup.cause);
		break;
	case PRI_EVENT_RINGING:
		call = event->ringing.call;
		channel = event->ringing.channel;
		snprintf(more, sizeof more, " progress=%d", event->ringing.progressmask);
		break;
	case PRI_EVENT_ANSWER:
		call = event->answer.call;
		channel = event->answer.channel;
		snprintf(more, sizeof more, " uui=%.200s", event->answer.useruserinfo);
		break;
	case PRI_EVENT_PROCEEDING:
	case PRI_EVENT_PROGRESS:
		call = event->proceeding.call;
		channel = event->proceeding.channel;
		snprintf(more, sizeof more, " progress=%d cause=%d", event->proceeding.progressmask,
			 event->proceeding.cause);
		break;
	case PRI_EVENT_SETUP_ACK:
		call = event->setup_ack.call;
		channel = event->setup_ack.channel;
		break;
	case PRI_EVENT_INFO_RECEIVED:
		call = event->ring.call;
		channel = event->ring.channel;
		snprintf(more, sizeof more, " called=%.200s complete=%d", event->ring.callednum,
			 event->ring.complete);
		break;
	case PRI_EVENT_KEYPAD_DIGIT:
		call = event->digit.call;
		channel = event->digit.channel;
		snprintf(more, sizeof more, " digits=%.60s", event->digit.digits);
		break;
	case PRI_EVENT_NOTIFY:
		call = event->notify.call;
		channel = event->notify.channel;
		snprintf(more, sizeof more, " info=%d", event->notify.info);
		break;
	case PRI_EVENT_FACILITY:
		call = event->facility.call;
		channel = event->facility.channel;
		break;
	case PRI_EVENT_CONNECT_ACK:
		call = event->connect_ack.call;
		channel = event->connect_ack.channel;
		break;
	case PRI_EVENT_HOLD:
	case PRI_EVENT_HOLD_ACK:
	case PRI_EVENT_HOLD_REJ:
		call = event->hold.call;
		channel = event->hold.channel;
		break;
	case PRI_EVENT_RETRIEVE:
	case PRI_EVENT_RETRIEVE_ACK:
	case PRI_EVENT_RETRIEVE_REJ:
		call = event->retrieve.call;
		channel = event->retrieve.channel;
		break;
	case PRI_EVENT_RESTART:
		channel = event->restart.channel;
		break;
	case PRI_EVENT_RESTART_ACK:
		channel = event->restartack.channel;
		break;
	case PRI_EVENT_SERVICE:
	case PRI_EVENT_SERVICE_ACK:
		channel = event->service.channel;
		snprintf(more, sizeof more, " status=%d", event->service.changestatus);
		break;
	case PRI_EVENT_DCHAN_UP:
	case PRI_EVENT_DCHAN_DOWN:
		note_d_channel(pri, event->e == PRI_EVENT_DCHAN_UP);
		if (d_channels[1])
			snprintf(more, sizeof more, " d=%d active=%d", pri_fd(pri), active_d_channel);
		break;
	case PRI_EVENT_CONFIG_ERR:
		snprintf(more, sizeof more, " text=%.200s", event->err.err);
		break;
	default:
		break;
	}
	length = snprintf(text, sizeof text, "%s call=%u channel=%d%s", name, call ? number_of(call) : 0, channel,
			  more);
	say('E', text, (size_t)length);

	/* The owner of a call has to take leave of it, as every user of libpri does; an acknowledgement is the end. */
	if (event->e == PRI_EVENT_HANGUP || event->e == PRI_EVENT_HANGUP_REQ)
		pri_hangup(pri, call, event->hangup.cause);
	if (event->e == PRI_EVENT_HANGUP || event->e == PRI_EVENT_HANGUP_ACK)
		forget(call);
}

/* Time: every timer runs at the moment that it is due. */

static uint64_t next_due(void)
{
	uint64_t earliest = UINT64_MAX;
	for (int d = 0; d < 2 && d_channels[d]; d++) {
		struct timeval *due = pri_schedule_next(d_channels[d]);
		uint64_t us = due ? (uint64_t)due->tv_sec * 1000000 + (uint64_t)due->tv_usec : UINT64_MAX;
		if (due)
			us = us > START_US ? us - START_US : 0;
		if (us < earliest)
			earliest = us;
	}
	return earliest;
}

static void run_timers(void)
{
	for (int d = 0; d < 2 && d_channels[d]; d++) {
		pri_event *event;
		/* One call runs timers until one of them has an event. */
		while ((event = pri_schedule_run(d_channels[d])))
			tell(d_channels[d], event);
	}
}

static void advance(uint64_t until_us)
{
	uint64_t due;
	while ((due = next_due()) <= until_us) {
		if (due > now_us)
			now_us = due;
		run_timers();
	}
	if (until_us > now_us)
		now_us = until_us;
}

static void take_frame(struct pri *pri, const unsigned char *octets, int length)
{
	pri_event *event;
	memcpy(frame_in, octets, (size_t)length);
	frame_in_length = length;
	if ((event = pri_check_event(pri)))
		tell(pri, event);
	frame_in_length = 0;
	run_timers();
}

/* Commands. */

static void place(struct pri *pri, const char *text)
{
	char called[64] = "", calling[64] = "", uui[200] = "";
	int channel = 1, exclusive = 1, complete = 1;
	struct pri_sr *request = pri_sr_new();
	q931_call *call = pri_new_call(pri);
	char placed[64];
	sscanf(text, "call %d %d %d %63s %63s %199s", &channel, &exclusive, &complete, called, calling, uui);
	pri_sr_set_channel(request, channel, exclusive, 0);
	pri_sr_set_bearer(request, PRI_TRANS_CAP_SPEECH, PRI_LAYER_1_ALAW);
	pri_sr_set_called(request, called, PRI_NATIONAL_ISDN, complete);
	if (*calling)
		pri_sr_set_caller(request, calling, NULL, PRI_NATIONAL_ISDN, PRES_ALLOWED_USER_NUMBER_PASSED_SCREEN);
	if (*uui)
		pri_sr_set_useruser(request, uui);
	snprintf(placed, sizeof placed, "placed call=%u", remember(call));
	say('E', placed, strlen(placed));
	pri_setup(pri, call, request);
	pri_sr_free(request);
}

/* Calls that libpri holds memory for, by its own account. */
static void tell_live(struct pri *pri)
{
	char text[64];
	unsigned int count = 0;
	char *info = pri_dump_info_str(pri);
	char *line = info ? strstr(info, "Total active-calls:") : NULL;
	int found = line && sscanf(line, "Total active-calls:%u", &count) == 1;
	snprintf(text, sizeof text, found ? "live calls=%u" : "live calls=unknown", count);
	say('E', text, strlen(text));
	free(info);
}

/* A command was for a call that libpri no longer has; it does not always tell when it ends one. */
static void tell_gone(int number)
{
	char text[64];
	snprintf(text, sizeof text, "gone call=%d", number);
	say('E', text, strlen(text));
}

static void command(struct pri *pri, const char *text)
{
	char verb[32] = "", word[64] = "";
	int number = 0, first = 0, second = 0;
	q931_call *call;
	sscanf(text, "%31s %d %d %d", verb, &number, &first, &second);
	sscanf(text, "%*s %*s %63s", word);
	call_was_invalid = 0;
	call = number > 0 ? calls[(unsigned int)number % MAX_CALLS] : NULL;

	/* With the whole interface. */
	if (!strcmp(verb, "call"))
		place(pri, text);
	else if (!strcmp(verb, "reset"))
		pri_reset(pri, number);
	else if (!strcmp(verb, "service"))
		pri_maintenance_service(pri, 0, number, first);
	else if (!strcmp(verb, "overlap"))
		pri_set_overlapdial(pri, number);
	else if (!strcmp(verb, "debug"))
		pri_set_debug(pri, number);
	else if (!strcmp(verb, "live"))
		tell_live(pri);
	else if (!strcmp(verb, "enable-hold"))
		pri_hold_enable(pri, 1);
	else if (!strcmp(verb, "enable-service"))
		pri_set_service_message_support(pri, 1);
	else if (!strcmp(verb, "timer")) {
		sscanf(text, "timer %63s %d", word, &first);
		pri_set_timer(pri, pri_timer2idx(word), first);
	}
	/* With one call, that there is. */
	else if (!call)
		tell_gone(number);
	else if (!strcmp(verb, "more"))
		pri_need_more_info(pri, call, first, 1);
	else if (!strcmp(verb, "proceeding"))
		pri_proceeding(pri, call, first, second);
	else if (!strcmp(verb, "alerting"))
		pri_acknowledge(pri, call, first, second);
	else if (!strcmp(verb, "progress"))
		pri_progress(pri, call, first, second);
	else if (!strcmp(verb, "answer"))
		pri_answer(pri, call, first, 0);
	else if (!strcmp(verb, "hangup"))
		pri_hangup(pri, call, first);
	else if (!strcmp(verb, "destroy")) {
		forget(call);
		pri_destroycall(pri, call);
	} else if (!strcmp(verb, "digit"))
		pri_information(pri, call, *word);
	else if (!strcmp(verb, "keypad"))
		pri_keypad_facility(pri, call, word);
	else if (!strcmp(verb, "notify"))
		pri_notify(pri, call, 0, first);
	else if (!strcmp(verb, "uui"))
		pri_call_set_useruser(call, word);
	else if (!strcmp(verb, "hold"))
		pri_hold(pri, call);
	else if (!strcmp(verb, "hold-ack"))
		pri_hold_ack(pri, call);
	else if (!strcmp(verb, "hold-rej"))
		pri_hold_rej(pri, call, first);
	else if (!strcmp(verb, "retrieve"))
		pri_retrieve(pri, call, first);
	else if (!strcmp(verb, "retrieve-ack"))
		pri_retrieve_ack(pri, call, first);
	else if (!strcmp(verb, "retrieve-rej"))
		pri_retrieve_rej(pri, call, first);
	else
		say('L', "no such command", 15);
	if (call_was_invalid && call) {
		forget(call);
		tell_gone(number);
	}
	run_timers();
}

static int read_message(unsigned char *message)
{
	int high = getchar(), low = getchar();
	size_t length;
	if (high == EOF || low == EOF)
		return -1;
	length = (size_t)high << 8 | (size_t)low;
	if (length == 0 || length >= MAX_MESSAGE || fread(message, 1, length, stdin) != length)
		return -1;
	message[length] = 0;
	return (int)length;
}

int main(int argc, char **argv)
{
	unsigned char message[MAX_MESSAGE + 1];
	int length, side, group;

	if (argc != 3 && argc != 4)
		return 2;
	side = strcmp(argv[1], "nt") ? PRI_CPE : PRI_NETWORK;
	group = argc == 4;
	pri_set_message(log_line);
	pri_set_error(log_line);
	for (int d = 0; d <= group; d++) {
		d_channels[d] = pri_new_cb(d, side, atoi(argv[2]), read_frame, write_frame, NULL);
		if (!d_channels[d])
			return 2;
	}
	if (group)
		pri_enslave(d_channels[0], d_channels[1]);
	run_timers();
	for (;;) {
		say_time(next_due());
		fflush(stdout);
		if ((length = read_message(message)) < 0)
			return 0;
		if (message[0] == 'T' && length == 9)
			advance(time_of(message + 1));
		else if (message[0] == 'F' || (message[0] == 'G' && group))
			take_frame(d_channels[message[0] == 'G'], message + 1, length - 1);
		else if (message[0] == 'C')
			command(d_channels[active_d_channel], (const char *)message + 1);
	}
}

/*
 * commands
 *
 *   call CHANNEL EXCLUSIVE COMPLETE CALLED [CALLING [UUI]]   place a call; the event "placed" has its number
 *   more CALL CHANNEL                SETUP ACKNOWLEDGE
 *   proceeding CALL CHANNEL INBAND   CALL PROCEEDING
 *   alerting CALL CHANNEL INBAND     ALERTING
 *   progress CALL CHANNEL INBAND     PROGRESS
 *   answer CALL CHANNEL              CONNECT
 *   hangup CALL CAUSE                DISCONNECT, RELEASE or RELEASE COMPLETE
 *   destroy CALL                     the call is over without a message, as after a RESTART of its channel
 *   digit CALL DIGIT                 INFORMATION with one digit
 *   keypad CALL DIGITS               INFORMATION with keypad facility
 *   notify CALL INDICATOR            NOTIFY
 *   uui CALL TEXT                    user-user information of the next message
 *   hold, hold-ack CALL; hold-rej CALL CAUSE; retrieve, retrieve-ack CALL CHANNEL; retrieve-rej CALL CAUSE
 *   reset CHANNEL                    RESTART
 *   live                             the event "live" says how many calls libpri has
 *   service CHANNEL STATUS           SERVICE
 *   overlap 0|1, debug BITS, enable-hold, enable-service, timer NAME VALUE
 */
