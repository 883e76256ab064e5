/* A program that uses DAHDI as programs do: every way to wait, copies of descriptors, children. Two spans are joined to each
 * other, channel n to channel n + 31. Numbers are those of the interface. Says "done" if all was as it should be. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition) do { if (!(condition)) { \
    printf("line %d: " #condition ", errno %d\n", __LINE__, errno); exit(1); } } while (0)
#define AUDIOMODE 0x4004da20u
#define SETLINEAR 0x4004da28u
#define LOOPBACK 0x4004da3au
#define SPANCONFIG 0x4024da12u
#define CHANCONFIG 0x404cda13u
#define STARTUP 0x4004da63u
#define SPECIFY 0x4004da26u
#define SET_BLOCKSIZE 0x4004da01u
#define FLUSH 0x4004da03u
#define GETEVENT 0x8004da08u
#define IOMUX 0xc004da09u
#define SYNC 0x0000da04u
#define SETTXBITS 0x4004da2bu
#define GETRXBITS 0x8004da2bu
#define TIMERCONFIG 0x4004da2fu
#define TIMERACK 0x4004da30u
#define CHANNO 0x8004da22u
#define ELAST 500

static void configure(int channel, int type)
{
    int ctl = open("/dev/dahdi/ctl", O_RDWR), config[19] = { 0 };
    CHECK(ctl >= 0);
    config[0] = config[13] = channel;
    config[11] = type;
    config[14] = 13;
    CHECK(ioctl(ctl, CHANCONFIG, config) == 0);
    CHECK(close(ctl) == 0);
}

static int channel(int number, int flags)
{
    int fd = open("/dev/dahdi/channel", O_RDWR | flags), size = 160;
    CHECK(fd >= 0);
    CHECK(ioctl(fd, SPECIFY, &number) == 0);
    CHECK(ioctl(fd, SET_BLOCKSIZE, &size) == 0);
    return fd;
}

/* What is written to one descriptor is read from the other, in blocks. */
static void carry(int from, int to)
{
    unsigned char sent[160], heard[4096];
    size_t i, n = 0, matched = 0;
    for (i = 0; i < sizeof sent; i++)
        sent[i] = (unsigned char)(i + 1);
    CHECK(write(from, sent, sizeof sent) == sizeof sent);
    while (matched < sizeof sent) {
        ssize_t count = read(to, heard, sizeof heard);
        CHECK(count == 160);
        for (i = 0; i < (size_t)count && matched < sizeof sent; i++)
            matched = heard[i] == sent[matched] ? matched + 1 : 0;
        CHECK(++n < 100);
    }
}

/* Half a second is not read: there is no more of it than a driver would have kept, and an event is told all the same. */
static void leave(void)
{
    int one = channel(5, 0), other = channel(36, O_NONBLOCK), bits = 6, event, all = 7;
    struct pollfd polled = { .fd = other, .events = POLLPRI };
    char octets[160];
    ssize_t count, total = 0;
    CHECK(ioctl(other, FLUSH, &all) == 0);
    usleep(500000);
    CHECK(ioctl(one, SETTXBITS, &bits) == 0);
    CHECK(poll(&polled, 1, 5000) == 1 && polled.revents == POLLPRI);
    do
        CHECK(ioctl(other, GETEVENT, &event) == 0);
    while (event);
    while ((count = read(other, octets, sizeof octets)) > 0)
        total += count;
    CHECK(count == -1 && errno == EAGAIN && total > 0 && total <= 8 * 160);
    close(one);
    close(other);
}

/* An event that waits is none the less told after a flush of what is read, and no request makes an octet of its mark. */
static void keep(void)
{
    int one = channel(5, 0), other = channel(36, O_NONBLOCK), bits = 9, event, read_only = 1, all = 7, n;
    struct pollfd polled = { .fd = other, .events = POLLPRI };
    unsigned char octets[160];
    ssize_t count, total = 0, i;
    CHECK(ioctl(other, FLUSH, &all) == 0);
    CHECK(ioctl(one, SETTXBITS, &bits) == 0);
    CHECK(poll(&polled, 1, 5000) == 1 && polled.revents == POLLPRI);
    /* The idle bits of who had it before may come first. */
    for (n = 0; ioctl(other, GETRXBITS, &bits) == 0 && bits != 9; n++)
        CHECK(n < 5000 && usleep(1000) == 0);
    for (n = 0; n < 3; n++) {
        CHECK(ioctl(other, FLUSH, &read_only) == 0);
        CHECK(poll(&polled, 1, 5000) == 1 && polled.revents == POLLPRI);
        CHECK(read(other, octets, sizeof octets) == -1 && errno == ELAST);
    }
    for (n = 0; n < 10; n++)
        CHECK(ioctl(other, GETRXBITS, &bits) == 0);
    CHECK(ioctl(other, GETEVENT, &event) == 0 && event == 13);
    while (event)
        CHECK(ioctl(other, GETEVENT, &event) == 0);
    for (n = 0; n < 5000 && total < 480; n++) {
        CHECK((count = read(other, octets, sizeof octets)) > 0 || errno == EAGAIN);
        for (i = 0; i < count; i++)
            CHECK(octets[i] == 0xd5);
        total += count > 0 ? count : 0;
        usleep(1000);
    }
    CHECK(total >= 480);
    close(one);
    close(other);
}

/* Whatever lies in a channel, it is free when it was closed: half samples are no end of it, and a loop takes what is written. */
static void fill(void)
{
    int on = 1, fd, tries;
    unsigned char octets[321] = { 0 };
    for (int looped = 0; looped < 2; looped++) {
        fd = channel(7, 0);
        CHECK(ioctl(fd, AUDIOMODE, &on) == 0 && ioctl(fd, looped ? LOOPBACK : SETLINEAR, &on) == 0);
        CHECK(write(fd, octets, 1) == 1);
        for (int n = 0; n < 40; n++)
            CHECK(write(fd, octets, sizeof octets) > 0);
        CHECK(ioctl(fd, SYNC) == 0);
        CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
        while (write(fd, octets, sizeof octets) > 0)
            continue;
        CHECK(errno == EAGAIN && close(fd) == 0);
        for (tries = 0; (fd = open("/dev/dahdi/7", O_RDWR)) < 0; tries++)
            CHECK(errno == EBUSY && tries < 5000 && usleep(1000) == 0);
        close(fd);
    }
}

/* Who writes to a device that is not written, past the library, has it no more; the switch goes on. */
static void flood(void)
{
    int fd = open("/dev/dahdi/ctl", O_RDWR), number = 7, event = 8;
    char octets[1000] = { 0 };
    CHECK(fd >= 0 && send(fd, octets, sizeof octets, MSG_NOSIGNAL) == sizeof octets);
    while (send(fd, octets, sizeof octets, MSG_NOSIGNAL) > 0)
        continue;
    CHECK(errno == EPIPE || errno == ECONNRESET);
    CHECK(ioctl(fd, STARTUP, &number) == -1 && errno == ENODEV);
    /* Nothing will come of it any more. */
    CHECK(ioctl(fd, IOMUX, &event) == -1 && errno == ENODEV);
    CHECK(close(fd) == 0);
}

/* A number that was a device's is another file's now, by each way that there is. */
static void reuse(void)
{
    int ctl = open("/dev/dahdi/ctl", O_RDWR | O_NONBLOCK), fd, ends[2];
    volatile size_t room = 4;
    char octets[4] = "abc", long_one[200] = "";
    FILE *file;
    CHECK(ctl >= 0 && read(ctl, octets, room) == -1 && errno == ENOSYS);
    CHECK(pipe(ends) == 0 && dup2(ends[1], ctl) == ctl && write(ctl, octets, 3) == 3);
    CHECK(dup2(ends[0], ctl) == ctl && read(ctl, octets, 3) == 3);
    CHECK(dup2(ctl, ctl) == ctl && dup2(-1, ctl) == -1 && errno == EBADF);
    close(ctl);
    close(ends[0]);
    close(ends[1]);
    /* Closed unseen. */
    ctl = open("/dev/dahdi/ctl", O_RDWR);
    file = fdopen(ctl, "r+");
    CHECK(file && fclose(file) == 0 && pipe(ends) == 0 && ends[1] == ctl);
    CHECK(write(ends[1], octets, 3) == 3 && read(ends[0], octets, 3) == 3);
    close(ends[0]);
    close(ends[1]);
    /* Of a socket no more is read at once than of a device, if it is taken for one. */
    fd = channel(7, 0);
    CHECK(close_range((unsigned)fd, (unsigned)fd, 0) == 0);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && ends[1] == fd);
    CHECK(write(ends[0], long_one, 200) == 200 && read(fd, long_one, 200) == 200);
    close(ends[0]);
    close(ends[1]);
    ctl = open("/dev/dahdi/ctl", O_RDWR);
    file = fdopen(ctl, "r+");
    CHECK(file && fclose(file) == 0);
    ends[0] = open("/dev/null", O_RDWR);
    fd = open("/dev/null", O_RDWR);
    CHECK(fd == ctl && read(fd, octets, 3) == 0);
    close(ends[0]);
    close(fd);
}

static void signalling(void)
{
    int one = channel(5, 0), other = channel(36, O_NONBLOCK), bits, event = 0, copy, queue, what;
    struct pollfd polled = { .fd = other, .events = POLLPRI };
    struct epoll_event wanted = { .events = EPOLLPRI }, ready;
    char octet;
    fd_set urgent;
    CHECK(poll(&polled, 1, 1000) >= 0);
    do
        CHECK(ioctl(other, GETEVENT, &event) == 0);
    while (event);
    /* Waited for in four ways; then nothing can be read or written before the event is fetched. */
    queue = epoll_create1(0);
    CHECK(queue >= 0 && epoll_ctl(queue, EPOLL_CTL_ADD, other, &wanted) == 0);
    for (bits = 1; bits <= 4; bits++) {
        CHECK(ioctl(one, SETTXBITS, &bits) == 0);
        FD_ZERO(&urgent);
        FD_SET(other, &urgent);
        what = 8;
        switch (bits) {
        case 1: CHECK(poll(&polled, 1, 5000) == 1 && polled.revents == POLLPRI); break;
        case 2: CHECK(select(other + 1, NULL, NULL, &urgent, NULL) == 1 && FD_ISSET(other, &urgent)); break;
        case 3: CHECK(epoll_wait(queue, &ready, 1, 5000) == 1 && ready.events == EPOLLPRI); break;
        case 4: CHECK(ioctl(other, IOMUX, &what) == 0 && what == 8); break;
        }
        CHECK(read(other, &octet, 1) == -1 && errno == ELAST);
        CHECK(write(other, &octet, 1) == -1 && errno == ELAST);
        /* A copy of the descriptor is the same device. */
        copy = dup(other);
        CHECK(ioctl(copy, GETEVENT, &event) == 0 && event == 13);
        CHECK(ioctl(copy, GETRXBITS, &event) == 0 && event == bits);
        CHECK(close(copy) == 0);
        CHECK(poll(&polled, 1, 0) == 0);
        CHECK(ioctl(other, GETEVENT, &event) == 0 && event == 0);
    }
    close(queue);
    close(one);
    close(other);
}

static void timer(void)
{
    int fd = open("/dev/dahdi/timer", O_RDWR), period = 160, all = -1, event;
    struct pollfd polled = { .fd = fd, .events = POLLPRI };
    CHECK(fd >= 0 && ioctl(fd, TIMERCONFIG, &period) == 0);
    for (int i = 0; i < 3; i++) {
        CHECK(poll(&polled, 1, 5000) == 1 && polled.revents == POLLPRI);
        CHECK(ioctl(fd, GETEVENT, &event) == 0 && event == 15);
        CHECK(ioctl(fd, TIMERACK, &all) == 0);
    }
    CHECK(read(fd, &event, 4) == -1 && errno == ENOSYS);
    close(fd);
}

static void frames(void)
{
    int one = channel(16, 0), other = channel(47, 0), status;
    unsigned char frame[260], heard[300];
    for (int length = 4; length < 100; length += 7) {
        memset(frame, length, sizeof frame);
        /* Two at once: each read has one of them, and two octets for the check sequence. */
        CHECK(write(one, frame, (size_t)length + 2) == length + 2);
        CHECK(write(one, frame, (size_t)length + 3) == length + 3);
        CHECK(read(other, heard, sizeof heard) == length + 2 && memcmp(frame, heard, (size_t)length) == 0);
        CHECK(read(other, heard, sizeof heard) == length + 3);
    }
    /* A child has the descriptors of its parent. */
    if (fork() == 0) {
        CHECK(write(one, "a child's..", 11) == 11);
        _exit(0);
    }
    CHECK(wait(&status) > 0 && status == 0);
    CHECK(read(other, heard, sizeof heard) == 11 && memcmp(heard, "a child's", 9) == 0);
    close(one);
    close(other);
}

int main(void)
{
    int ctl = open("/dev/dahdi/ctl", O_RDWR), span, number, one, other, copy, both = 3;
    struct pollfd polled;
    char octets[16];
    /* What waits without end has failed. */
    alarm(60);
    for (span = 1; span <= 2; span++) {
        int config[9] = { span, 0, 0, 0, 0, 0, 0, 0x300, 0 };
        CHECK(ioctl(ctl, SPANCONFIG, config) == 0);
    }
    for (number = 1; number <= 62; number++)
        configure(number, number % 31 == 16 ? 896 : number % 31 == 5 ? 32768 : 128);
    for (span = 1; span <= 2; span++)
        CHECK(ioctl(ctl, STARTUP, &span) == 0);
    CHECK(read(ctl, octets, 16) == -1 && errno == ENOSYS);
    CHECK(ioctl(ctl, SPECIFY, (void *)0) == -1 && errno == EFAULT);
    CHECK(ioctl(ctl, STARTUP, (void *)16) == -1 && errno == EFAULT);

    one = channel(3, 0);
    other = channel(34, 0);
    carry(one, other);
    /* What lies there unread while others are opened and closed is still there. */
    CHECK(write(one, octets, 16) == 16 && close(open("/dev/dahdi/1", O_RDWR)) == 0);
    carry(one, other);
    /* By way of a copy that nobody knows of, and of the device's own name. */
    copy = fcntl(other, F_DUPFD, 100);
    CHECK(ioctl(copy, CHANNO, &number) == 0 && number == 34);
    carry(one, copy);
    CHECK(open("/dev/dahdi/34", O_RDWR) == -1 && errno == EBUSY);
    close(other);
    CHECK(open("/dev/dahdi/34", O_RDWR) == -1 && errno == EBUSY);
    close(copy);
    CHECK(ioctl(one, SYNC) == 0);
    /* What was closed can be opened again at once. */
    other = open("/dev/dahdi/chan/002/003", O_RDWR | O_NONBLOCK);
    CHECK(other >= 0 && ioctl(other, FLUSH, &both) == 0);
    CHECK(read(other, octets, 16) == -1 && errno == EAGAIN);
    CHECK(write(other, octets, 0) == -1 && errno == EINVAL);
    polled.fd = other;
    polled.events = POLLIN;
    CHECK(poll(&polled, 1, 5000) == 1 && polled.revents == POLLIN);
    CHECK(read(other, octets, 16) == 16);
    close(one);
    close(other);

    signalling();
    leave();
    keep();
    fill();
    flood();
    reuse();
    timer();
    frames();

    /* What is no device's is none of the library's business. */
    one = open("/dev/null", O_RDWR);
    CHECK(one >= 0 && write(one, "x", 1) == 1 && read(one, octets, 1) == 0);
    CHECK(ioctl(one, GETEVENT, &number) == -1 && errno == ENOTTY);
    CHECK(open("/dev/dahdi/nothing", O_RDWR) == -1 && errno == ENOENT);
    puts("done");
    return 0;
}
