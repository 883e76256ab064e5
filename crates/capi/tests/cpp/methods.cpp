// What tandem.hpp makes of lists, buffers and of what is not there, on two ISDN spans that are joined. Says nothing, and gives 0.
#include "tandem.hpp"
#include <algorithm>
#include <cstdio>
#include <fcntl.h>

using namespace std::chrono_literals;

static int failures = 0;

static void expect(bool good, const char *what) {
    if (!good) {
        std::fprintf(stderr, "not so: %s\n", what);
        failures++;
    }
}

static tandem::event next(tandem::engine &engine, std::uint32_t type) {
    for (;;) {
        const auto event = engine.wait(20s);
        if (!event) {
            throw tandem::error(TANDEM_E_TIMEOUT, "an event has not come");
        }
        if (event->type == type) {
            return *event;
        }
    }
}

static tandem_stream_options plain_stream() {
    tandem_stream_options options{};
    options.size = sizeof options;
    return options;
}

/// A facility of Q.932: an invoke without arguments.
static const char facility[] = "\x91\xa1\x06\x02\x01\x01\x02\x01\x00";

static void use(const char *configuration) {
    auto engine = tandem::engine::open_file(configuration);
    next(engine, TANDEM_EVENT_LINK_CHANGED);
    next(engine, TANDEM_EVENT_LINK_CHANGED);

    std::vector<std::uint64_t> placed;
    std::vector<tandem::event> offered;
    for (std::uint32_t timeslot : {1, 2}) {
        placed.push_back(engine.place(engine.find_channel(0, timeslot), "4711"));
        offered.push_back(next(engine, TANDEM_EVENT_CALL_OFFERED));
    }
    tandem_element display{};
    display.id = 0x28;
    display.length = 5;
    std::copy_n("Hello", 5, display.content);
    engine.set_elements(offered[0].call, {display});
    for (const auto &call : offered) {
        engine.answer(call.call);
    }
    for (int ends = 0; ends < 4; ends++) {
        next(engine, TANDEM_EVENT_CALL_ANSWERED);
    }
    expect(engine.element(offered[0].call, 5, 0, 0x70) == "\x80" "4711", "the called number of SETUP");
    expect(engine.element(placed[0], 7, 0, 0x28) == "Hello", "the display of CONNECT");
    expect(engine.element(placed[0], 7, 0, 0x28, 1) == std::nullopt, "a second display");
    expect(engine.element(placed[1], 7, 0, 0x28) == std::nullopt, "a display of the other call");

    std::uint64_t seq = 0;
    const auto calls = engine.calls(seq);
    expect(calls.size() == 4 && seq > 0, "four calls, two at each end");
    for (const auto call : placed) {
        expect(std::count(calls.begin(), calls.end(), call) == 1, "a call that was placed");
    }

    {
        auto bridge = engine.new_bridge();
        expect(bridge.channels().empty(), "nobody in a bridge");
        bridge.join(offered[1].object);
        bridge.join(offered[0].object);
        std::vector<tandem::handle> in{offered[0].object, offered[1].object};
        auto listed = bridge.channels();
        std::sort(in.begin(), in.end());
        std::sort(listed.begin(), listed.end());
        expect(listed == in, "both in a bridge");
    }

    const auto near = engine.find_channel(0, 1);
    engine.hide_digits(offered[0].object, TANDEM_DIGITS_HIDDEN_40_MS);
    engine.connect(offered[1].object, offered[0].object);
    engine.play(near, "dtmf:80/80 12");
    next(engine, TANDEM_EVENT_PLAY_DONE);
    expect(engine.digits(offered[0].object) == "12", "digits that wait");
    expect(engine.digits(engine.find_channel(0, 2)).empty(), "digits that were hidden");

    engine.listen(offered[0].object, TANDEM_DETECT_TONES);
    engine.play(near, "tone:fr busy 3s");
    expect(next(engine, TANDEM_EVENT_SOUND_BEGAN).object == offered[0].object, "a tone");

    const auto queue = engine.new_queue();
    expect(fcntl(engine.queue_fd(queue), F_GETFD) >= 0, "a descriptor of a queue");
    engine.free_queue(queue);

    engine.send_facility(0, std::string(facility, sizeof facility - 1));
    const auto came = next(engine, TANDEM_EVENT_SPAN_FACILITY);
    expect(came.reason == sizeof facility - 1 && std::equal(facility, facility + came.reason, came.text),
           "the facility at the other end");

    engine.write_trace(0, "trace.pcap");
    std::uint64_t last = 0;
    const auto trace = engine.read_trace(0, last);
    std::string file(trace.size() + 1, '\0');
    std::FILE *written = std::fopen("trace.pcap", "rb");
    expect(written != nullptr, "a capture");
    if (written != nullptr) {
        file.resize(std::fread(&file[0], 1, file.size(), written));
        std::fclose(written);
    }
    expect(file.size() > 24 && file == trace, "the capture as it is read");

    const auto recording = engine.record(offered[0].object, "recording.wav");
    engine.advance(8000);
    expect(engine.record_state(recording).recorded_ms == 1000, "a second was recorded");
    // What a gateway sends of one call is heard in the other: silence as a description of it, and noise made of that.
    auto sieve = plain_stream();
    sieve.suppress = 1;
    const auto gateway = engine.stream(offered[1].object, sieve);
    engine.advance(16000);
    std::vector<std::int16_t> samples(1600);
    auto portion = engine.read_portion(gateway, samples.data(), samples.size());
    while (portion.kind == TANDEM_PORTION_VOICE) {
        portion = engine.read_portion(gateway, samples.data(), samples.size());
    }
    expect(portion.kind == TANDEM_PORTION_NOISE && portion.count == 80 && portion.noise_length > 0, "a description of noise");
    const auto far = engine.play_stream(engine.find_channel(0, 1), 500);
    engine.write_noise(far, {portion.noise, portion.noise + portion.noise_length});
    engine.advance(8000);
    expect(engine.play_state(far).heard_ms > 500, "noise is played");
    engine.stop(far);
    const auto end = engine.wait_for_end(far, 20s);
    expect(end && end->operation == far && end->reason == TANDEM_END_STOPPED, "its end");

    try {
        engine.set_elements(offered[0].call + 1000, {display});
        expect(false, "a call that there is not");
    } catch (const tandem::error &error) {
        expect(error.code() == TANDEM_E_NO_CALL, "its code");
    }
    engine.close();
}

int main(int, char **arguments) {
    try {
        use(arguments[1]);
    } catch (const tandem::error &error) {
        std::fprintf(stderr, "%d: %s\n", error.code(), error.what());
        return 1;
    }
    return failures;
}
