/* A program of libpri on channel 16 of the first span, as PBXs have it: the D channel comes up, and a call that comes is
 * answered and heard on its channel until the far end clears. Says "done" at the end. */
#include <errno.h>
#include <fcntl.h>
#include <libpri.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

#define SPECIFY 0x4004da26u
#define GETEVENT 0x8004da08u

static int channel(int number)
{
    int fd = open("/dev/dahdi/channel", O_RDWR | O_NONBLOCK);
    if (fd < 0 || ioctl(fd, SPECIFY, &number)) {
        printf("channel %d: errno %d\n", number, errno);
        exit(1);
    }
    return fd;
}

static void handle(struct pri *pri, pri_event *event)
{
    static int voice = -1;
    char octets[1024];
    switch (event->e) {
    case PRI_EVENT_DCHAN_UP:
        puts("up");
        break;
    case PRI_EVENT_RING:
        printf("ring for %s\n", event->ring.callednum);
        voice = channel(event->ring.channel & 0xff);
        pri_answer(pri, event->ring.call, event->ring.channel, 1);
        break;
    case PRI_EVENT_HANGUP_REQ:
    case PRI_EVENT_HANGUP:
        if (voice < 0)
            break;
        printf("cause %d, %s\n", event->hangup.cause,
               read(voice, octets, sizeof octets) == sizeof octets ? "heard" : "not heard");
        pri_hangup(pri, event->hangup.call, event->hangup.cause);
        puts("done");
        exit(0);
    default:
        break;
    }
    fflush(stdout);
}

int main(void)
{
    int fd = channel(16), none;
    struct pri *pri = pri_new(fd, PRI_CPE, PRI_SWITCH_EUROISDN_E1);
    struct timeval *next, now;
    struct pollfd polled = { .fd = fd, .events = POLLIN | POLLPRI };
    pri_event *event;
    for (;;) {
        int wait = 1000;
        event = NULL;
        if ((next = pri_schedule_next(pri))) {
            gettimeofday(&now, NULL);
            wait = (int)((next->tv_sec - now.tv_sec) * 1000 + (next->tv_usec - now.tv_usec) / 1000);
            wait = wait < 0 ? 0 : wait > 1000 ? 1000 : wait;
        }
        if (poll(&polled, 1, wait) == 0)
            event = pri_schedule_run(pri);
        else if (polled.revents & POLLPRI)
            (void)ioctl(fd, GETEVENT, &none);
        else
            event = pri_check_event(pri);
        if (event)
            handle(pri, event);
    }
}
