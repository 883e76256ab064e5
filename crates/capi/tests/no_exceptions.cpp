/* tandem.hpp in a program built without exceptions: failures are remembered, and nothing throws. */
#include "tandem.hpp"

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

static int failed(const char *what) {
    std::fprintf(stderr, "%s\n", what);
    return 1;
}

int main() {
    if (const auto nothing = tandem::engine::open("[limits]\nplayers = 0\n"); nothing.get() != 0) {
        return failed("a wrong configuration opens nothing");
    }
    if (tandem::take_failure() != TANDEM_E_CONFIG) {
        return failed("it is told why");
    }
    auto engine = tandem::engine::open("[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"local\"\n"
                          "[[span]]\nport = 0\nsignalling = \"none\"\n");
    const auto [near, far] = engine.new_pair();
    const tandem::handle queue = engine.new_queue();
    engine.set_queue(near, queue);
    const tandem::handle timer = engine.start_timer(250, near);
    const auto over = engine.wait_in(queue, 1s);
    if (!over || over->type != TANDEM_EVENT_TIMER || over->operation != timer || engine.frame() != 2000) {
        return failed("the timer ends in its queue");
    }
    if (engine.wait(100ms) || tandem::take_failure() != TANDEM_OK) {
        return failed("no event in time is no failure");
    }
    engine.free_pair(far);
    engine.free_pair(near);
    if (engine.start_timer(10, near) != 0 || tandem::take_failure() != TANDEM_E_STALE) {
        return failed("the first failure is kept, and what failed gives nothing");
    }
    if (tandem::take_failure() != TANDEM_OK) {
        return failed("it is told once");
    }
    tandem::terms().digits("0123456789012345678901234567890");
    if (tandem::take_failure() != TANDEM_E_ARGUMENT || !engine.alarms().empty()) {
        return failed("too many digits are refused");
    }
    engine.close();
    return tandem::take_failure() == TANDEM_OK ? 0 : failed("it closes");
}
