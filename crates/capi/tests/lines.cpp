/* What tandem.hpp has for lines: each owner and each member function once. */
#include "tandem.hpp"

#include <cstdio>
#include <cstdlib>

namespace {

const char configuration[] = "[engine]\nmode = \"lockstep\"\n"
                             "[[card]]\nmodel = \"sim-bit\"\noptions = { cas = false }\n"
                             "[[span]]\nport = 0\nsignalling = \"none\"\n";

void expect(bool so, const char *what) {
    if (!so) {
        std::fprintf(stderr, "%s\n", what);
        std::exit(1);
    }
}

template <typename function> tandem_result code_of(function &&call) {
    try {
        call();
        return TANDEM_OK;
    } catch (const tandem::error &failed) {
        return failed.code();
    }
}

} // namespace

int main() {
    auto engine = tandem::engine::open(configuration);
    engine.loop(0, TANDEM_LOOP_LOCAL);
    tandem::handle stopped = 0;
    {
        auto first = engine.start_line_test(0, 6, TANDEM_PATTERN_PRBS11);
        engine.advance(16000);
        first.insert_errors(3);
        engine.advance(8000);
        const tandem::line_test test = std::move(first);
        expect(first.get() == 0 && test.found().synchronised != 0, "a line test that has moved");
        std::printf("%u errors\n", static_cast<unsigned>(test.found().errors));
        stopped = test.get();
    }
    auto again = engine.start_line_test(0, 6, TANDEM_PATTERN_PRBS11);
    expect(again.get() != stopped && again.stop().bits == 0, "the channels are free again");
    engine.loop(0, TANDEM_LOOP_NONE);
    engine.send_alarm(0, TANDEM_SEND_RAI, true);
    engine.send_alarm(0, TANDEM_SEND_RAI, false);
    engine.test_tone(engine.find_channel(0, 1), TANDEM_TONE_MILLIWATT);
    expect(engine.clock().source == 0 && engine.span_clock(0).text[0] != '\0', "clocks");
    if (code_of([&] { engine.insert_error(0, TANDEM_LINE_ERROR_CODE); }) == TANDEM_E_UNSUPPORTED) {
        std::puts("UNSUPPORTED");
    }
    if (code_of([] { tandem::register_card("mine", nullptr); }) == TANDEM_E_ARGUMENT) {
        std::puts("ARGUMENT");
    }
    {
        auto left = engine.start_line_test(0, 6, TANDEM_PATTERN_PRBS11);
        engine.close();
    }
    std::puts("released");
    return 0;
}
