/*
 * The voice menu of examples/c/ivr.c with tandem.hpp: answers, records, greets, collects digits, and puts
 * those who begin with 1 into a conference.
 *
 *   c++ -std=c++17 -I include examples/cpp/ivr.cpp -ltandem -o ivr
 */
#include "tandem.hpp"

#include <csignal>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::chrono_literals;

const char usage[] = "usage: ivr [--prompt FILE.wav] [--calls N] [--seconds N] CONFIG.toml\n"
                     "  --prompt FILE.wav  the greeting (a tone without)\n"
                     "  --calls N          ends after so many calls were cleared\n"
                     "  --seconds N        ends after so many seconds of the engine's time\n";

volatile std::sig_atomic_t interrupted = 0;

struct options {
    std::string configuration;
    std::string prompt;
    std::uint64_t calls = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t seconds = std::numeric_limits<std::uint64_t>::max();
};

/* What is wrong with the command line. */
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class ivr {
public:
    explicit ivr(const options &options)
        : engine_(tandem::engine::open_file(options.configuration)), bridge_(engine_.new_bridge()),
          prompt_(options.prompt) {}

    void run(const options &options) {
        while (!interrupted && cleared_ < options.calls
               && engine_.statistics().frames / 8000 < options.seconds) {
            if (const auto event = engine_.wait(200ms)) {
                handle(*event);
            }
        }
        const auto counted = engine_.statistics();
        std::cout << counted.calls_offered << " calls offered, " << counted.calls_answered << " answered, "
                  << counted.calls_cleared << " cleared\n";
        bridge_.free();
        engine_.close();
    }

private:
    void handle(const tandem::event &event) {
        std::cout << event.frame / 8 << " ms: event " << event.type << " call " << event.call << " reason "
                  << event.reason << " value " << event.value << ' ' << event.text_view() << '\n';
        try {
            act(event);
        } catch (const tandem::error &error) {
            /* A caller who hangs up while we act is none of our failures. */
            if (error.code() != TANDEM_E_NO_CALL && error.code() != TANDEM_E_STATE) {
                std::cerr << "ivr: " << error.what() << '\n';
            }
        }
    }

    void act(const tandem::event &event) {
        const bool gone = event.reason == TANDEM_END_HANGUP;
        switch (event.type) {
        case TANDEM_EVENT_CALL_OFFERED:
            engine_.answer(event.call);
            break;
        case TANDEM_EVENT_CALL_ANSWERED:
            greet(event.object, event.call);
            break;
        case TANDEM_EVENT_PLAY_DONE:
            if (!gone) {
                const auto menu =
                    tandem::terms().digits("#").max_digits(4).first_digit(5s).inter_digit(3s);
                engine_.collect(engine_.call_info(event.call).channel, menu);
            }
            break;
        case TANDEM_EVENT_COLLECT_DONE:
            if (!gone && event.text[0] == '1') {
                bridge_.join(engine_.call_info(event.call).channel);
            } else if (!gone) {
                engine_.clear(event.call);
            }
            break;
        case TANDEM_EVENT_CALL_CLEARED:
            cleared_++;
            break;
        default: /* for information */
            break;
        }
    }

    void greet(tandem::handle channel, std::uint64_t call) {
        const auto barge_in = tandem::terms().any_digit();
        const auto now = static_cast<long long>(std::time(nullptr));
        engine_.record(channel, "call-" + std::to_string(now) + "-" + std::to_string(call) + ".wav");
        if (prompt_.empty()) {
            engine_.play_samples(channel, tone_.data(), tone_.size(), barge_in);
        } else {
            engine_.play(channel, prompt_, barge_in);
        }
    }

    static std::vector<std::int16_t> second_of_tone() {
        std::vector<std::int16_t> tone(8000);
        for (std::size_t i = 0; i < tone.size(); i++) {
            tone[i] = i / 10 % 2 ? 4000 : -4000;
        }
        return tone;
    }

    tandem::engine engine_;
    tandem::bridge bridge_; /* goes before the engine */
    std::string prompt_;
    std::vector<std::int16_t> tone_ = second_of_tone();
    std::uint64_t cleared_ = 0;
};

std::uint64_t number(std::string_view option, const std::string &text) {
    if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos
        || std::stoull(text) == 0) {
        throw usage_error(std::string(option) + " needs a number above 0");
    }
    return std::stoull(text);
}

options read_arguments(const std::vector<std::string> &arguments) {
    options options;
    for (std::size_t i = 0; i < arguments.size(); i++) {
        const std::string &argument = arguments[i];
        const std::string next = i + 1 < arguments.size() ? arguments[i + 1] : "";
        if (argument == "--calls" || argument == "--seconds") {
            (argument == "--calls" ? options.calls : options.seconds) = number(argument, next);
            i++;
        } else if (argument == "--prompt" && !next.empty()) {
            options.prompt = next;
            i++;
        } else if (argument.rfind('-', 0) == 0 || !options.configuration.empty()) {
            throw usage_error("cannot use '" + argument + "'");
        } else {
            options.configuration = argument;
        }
    }
    if (options.configuration.empty()) {
        throw usage_error("which configuration?");
    }
    return options;
}

} // namespace

int main(int count, char **arguments) {
    const std::vector<std::string> words(arguments + 1, arguments + count);
    if (!words.empty() && words[0] == "--help") {
        std::cout << usage;
        return 0;
    }
    std::signal(SIGINT, [](int) { interrupted = 1; });
    try {
        const options options = read_arguments(words);
        ivr(options).run(options);
        return 0;
    } catch (const usage_error &error) {
        std::cerr << "ivr: " << error.what() << '\n' << usage;
        return 2;
    } catch (const tandem::error &error) {
        std::cerr << "ivr: " << error.what() << '\n';
        return 1;
    }
}
