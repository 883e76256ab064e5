/* libtandem in an event loop of your own, on epoll: the engine's events, a timer and signals, in one thread. Each call is answered
 * and hears a tone; once a second a line tells how many there are; Ctrl-C or a TERM signal ends it cleanly.
 *
 *   cc -std=c11 -I include examples/c/epoll.c -ltandem -o epoll
 */
#define _POSIX_C_SOURCE 200809L
#include "tandem.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define SIZED(type, name) type name; memset(&name, 0, sizeof name); name.size = sizeof name

/* Says what failed. A caller who hangs up while we act is none of our failures. */
static int failed(tandem_result result) {
    if (result != TANDEM_OK && result != TANDEM_E_NO_CALL && result != TANDEM_E_STATE) {
        fprintf(stderr, "epoll: %s\n", tandem_problem());
    }
    return result != TANDEM_OK;
}

/* Lets the loop wait for a descriptor too. */
static int watch(int loop, int descriptor) {
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    if (descriptor < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, descriptor, &event) != 0) {
        perror("epoll");
        return 1;
    }
    return 0;
}

/* A descriptor that is readable once a second. */
static int every_second(void) {
    const struct itimerspec second = {{1, 0}, {1, 0}};
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    return timer >= 0 && timerfd_settime(timer, 0, &second, NULL) == 0 ? timer : -1;
}

/* A descriptor that is readable when there is an interrupt. To be called before the engine is opened: its threads then leave
 * these signals alone, too. */
static int interrupts(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* Acts on all events that there are, which may be none, until no more calls are wanted. */
static long act(tandem_handle engine, long calls) {
    SIZED(tandem_event, event);
    while (calls != 0 && tandem_event_wait(engine, 0, &event) == TANDEM_OK) {
        if (event.type == TANDEM_EVENT_CALL_OFFERED) {
            failed(tandem_call_answer(engine, event.call));
        } else if (event.type == TANDEM_EVENT_CALL_ANSWERED) {
            failed(tandem_test_tone(engine, event.object, TANDEM_TONE_1004));
        }
        calls -= event.type == TANDEM_EVENT_CALL_CLEARED;
    }
    return calls;
}

static void report(tandem_handle engine, int timer) {
    uint64_t times;
    SIZED(tandem_statistics, now);
    if (read(timer, &times, sizeof times) == sizeof times && !failed(tandem_get_statistics(engine, &now))) {
        printf("%" PRIu32 " calls, %" PRIu64 " so far\n", now.calls_active, now.calls_offered);
    }
}

/* Runs until an interrupt, or until so many calls are over. */
static int run(tandem_handle engine, int signals, long calls) {
    int loop = epoll_create1(EPOLL_CLOEXEC), timer = every_second(), engine_ready = -1;
    int status = failed(tandem_event_fd(engine, &engine_ready)) || watch(loop, engine_ready) || watch(loop, timer) ||
                 watch(loop, signals);
    for (int interrupted = status; !interrupted && calls != 0;) {
        struct epoll_event ready[3];
        int count = epoll_wait(loop, ready, 3, -1);
        for (int n = 0; n < count; n++) {
            if (ready[n].data.fd == engine_ready) {
                calls = act(engine, calls);
            } else if (ready[n].data.fd == timer) {
                report(engine, timer);
            } else {
                interrupted = 1;
            }
        }
    }
    close(timer);
    close(loop);
    return status;
}

int main(int count, char **arguments) {
    long calls = count == 3 ? atol(arguments[2]) : -1; /* less than 0: any number */
    int help = count == 2 && strcmp(arguments[1], "--help") == 0;
    if (help || count < 2 || count > 3 || calls == 0) {
        fputs("usage: epoll CONFIG.toml [CALLS]\nanswers calls until Ctrl-C, or until so many are over\n", help ? stdout : stderr);
        return help ? 0 : 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    int signals = interrupts();
    tandem_handle engine;
    if (failed(tandem_engine_open_file(arguments[1], &engine))) {
        return 1;
    }
    int status = tandem_engine_advance(engine, 0) == TANDEM_OK;
    if (status) {
        fputs("epoll: in the mode \"lockstep\" nothing happens while nobody waits: the mode must be \"threads\"\n", stderr);
    }
    status = status || run(engine, signals, calls);
    close(signals);
    return failed(tandem_engine_close(engine)) || status;
}
