/*
 * Tandem for C++17: tandem.h with owners, exceptions and durations. Header only, nothing hidden: each member
 * function is the C function of the same name, whose comment in tandem.h holds here too.
 *
 *   - What fails throws tandem::error, with the code and the sentence of tandem_problem(). Built without exceptions
 *     (-fno-exceptions) it does not: what would have been returned is empty or 0, and tandem::take_failure() tells the first
 *     failure of this thread since it was asked last, which tandem_problem() may have words for.
 *   - An engine closes when its owner goes, a bridge is freed, and a line test stops; all can be moved, not copied.
 *     Bridges and line tests should go before their engine; one that goes later finds nothing left to do.
 *   - Channels, calls and operations are plain numbers, as in C: they are not owned.
 *   - Any thread may use an engine; moving or destroying the owner is for one thread at a time, as always.
 */
#ifndef TANDEM_HPP
#define TANDEM_HPP

#include "tandem.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

using handle = tandem_handle;
using milliseconds = std::chrono::milliseconds;

#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
#define TANDEM_HAS_EXCEPTIONS 1
#else
#define TANDEM_HAS_EXCEPTIONS 0
#endif

#if TANDEM_HAS_EXCEPTIONS
/** What a call that failed ran into: what() is the sentence, code() one of TANDEM_E_. */
class error : public std::runtime_error {
public:
    error(tandem_result code, const char *problem) : std::runtime_error(problem), code_(code) {}
    tandem_result code() const noexcept { return code_; }

private:
    tandem_result code_;
};

/** Throws unless a result is TANDEM_OK. Must follow the call in the same thread. */
inline void check(tandem_result result) {
    if (result != TANDEM_OK) {
        throw error(result, tandem_problem());
    }
}
#else
namespace detail {

inline tandem_result &first_failure() noexcept {
    thread_local tandem_result failure = TANDEM_OK;
    return failure;
}

} // namespace detail

/** Remembers a result that is not TANDEM_OK, if it is the first of this thread. */
inline void check(tandem_result result) noexcept {
    if (detail::first_failure() == TANDEM_OK) {
        detail::first_failure() = result;
    }
}

/** The first failure of this thread since the last call; TANDEM_OK if nothing failed. */
inline tandem_result take_failure() noexcept { return std::exchange(detail::first_failure(), TANDEM_OK); }
#endif

namespace detail {

/** More was given than a structure holds. */
[[maybe_unused]] inline void too_long(const char *what) {
#if TANDEM_HAS_EXCEPTIONS
    throw std::length_error(what);
#else
    (void)what;
    check(TANDEM_E_ARGUMENT);
#endif
}

/** A structure of the header that knows its size. */
template <typename structure> structure sized() {
    structure value{};
    value.size = sizeof value;
    return value;
}

} // namespace detail

/** One thing that happened: a tandem_event that knows its size. */
struct event : tandem_event {
    event() : tandem_event{} { size = sizeof(tandem_event); }
    std::string_view text_view() const noexcept { return text; }
};

/** What ends an operation, put together like `terms().digits("#").max_digits(4)`. */
class terms {
public:
    terms() : raw_{} { raw_.size = sizeof raw_; }

    /** Any digit ends it; for plays, the caller barges in. */
    terms &any_digit() {
        raw_.any_digit = 1;
        return *this;
    }
    /** These digits end it. Throws std::length_error when there are more than a tandem_terms holds. */
    terms &digits(std::string_view digits) {
        if (digits.size() >= sizeof raw_.digits) {
            detail::too_long("tandem::terms: too many digits");
            return *this;
        }
        raw_.digits[digits.copy(raw_.digits, digits.size())] = '\0';
        return *this;
    }
    /** So many digits complete a collection. */
    terms &max_digits(std::uint32_t count) {
        raw_.max_digits = count;
        return *this;
    }
    /** Longest wait of a collection for its first digit. */
    terms &first_digit(milliseconds wait) {
        raw_.first_digit_ms = unsigned_ms(wait);
        return *this;
    }
    /** Longest wait for each further digit. */
    terms &inter_digit(milliseconds wait) {
        raw_.inter_digit_ms = unsigned_ms(wait);
        return *this;
    }
    /** Longest duration of the operation. */
    terms &max_time(milliseconds time) {
        raw_.max_time_ms = unsigned_ms(time);
        return *this;
    }
    /** Somebody who talks ends it; for plays, the caller barges in. */
    terms &voice() {
        raw_.voice = 1;
        return *this;
    }
    /** So long a silence after a voice ends it, or after its beginning. */
    terms &silence(milliseconds length) {
        raw_.silence_ms = unsigned_ms(length);
        return *this;
    }
    /** So long a silence at its beginning ends it. */
    terms &initial_silence(milliseconds length) {
        raw_.initial_silence_ms = unsigned_ms(length);
        return *this;
    }
    /** A voice that goes on for so long without a pause ends it. */
    terms &max_voice(milliseconds length) {
        raw_.max_voice_ms = unsigned_ms(length);
        return *this;
    }

    const tandem_terms *raw() const noexcept { return &raw_; }

private:
    static std::uint64_t unsigned_ms(milliseconds time) {
        return time.count() < 0 ? 0 : static_cast<std::uint64_t>(time.count());
    }

    tandem_terms raw_;
};

/** A conference bridge, taken down when its owner goes. */
class bridge {
public:
    /** An owner of nothing. */
    bridge() noexcept = default;
    explicit bridge(handle engine) : engine_(engine) { check(tandem_bridge_new(engine, &bridge_)); }
    ~bridge() { free(); }

    bridge(bridge &&other) noexcept
        : engine_(std::exchange(other.engine_, 0)), bridge_(std::exchange(other.bridge_, 0)) {}
    bridge &operator=(bridge &&other) noexcept {
        if (this != &other) {
            free();
            engine_ = std::exchange(other.engine_, 0);
            bridge_ = std::exchange(other.bridge_, 0);
        }
        return *this;
    }
    bridge(const bridge &) = delete;
    bridge &operator=(const bridge &) = delete;

    void join(handle channel) { check(tandem_bridge_join(engine_, bridge_, channel)); }
    void join(handle channel, const tandem_bridge_terms &terms) {
        check(tandem_bridge_join_with(engine_, bridge_, channel, &terms));
    }
    /** 0: all are heard. */
    void limit_talkers(std::uint32_t most) { check(tandem_bridge_limit_talkers(engine_, bridge_, most)); }
    void moderate(bool on) { check(tandem_bridge_moderate(engine_, bridge_, on ? 1 : 0)); }
    /// The channels in it.
    std::vector<handle> channels() const {
        std::vector<handle> all(64);
        std::uint32_t count = 0;
        check(tandem_bridge_list(engine_, bridge_, all.data(), static_cast<std::uint32_t>(all.size()), &count));
        while (count > all.size()) {
            all.resize(count);
            check(tandem_bridge_list(engine_, bridge_, all.data(), count, &count));
        }
        all.resize(count);
        return all;
    }
    void watch(bool on) { check(tandem_bridge_watch(engine_, bridge_, on ? 1 : 0)); }
    handle get() const noexcept { return bridge_; }

    /** Takes the bridge down now. */
    void free() noexcept {
        if (bridge_ != 0) {
            /* All that can be wrong is that it is gone already. */
            (void)tandem_bridge_free(engine_, bridge_);
            bridge_ = 0;
        }
    }

private:
    handle engine_ = 0;
    handle bridge_ = 0;
};

/** A line test, stopped when its owner goes. */
class line_test {
public:
    /** An owner of nothing. */
    line_test() noexcept = default;
    line_test(handle engine, std::uint32_t index, std::uint32_t timeslots, std::uint32_t pattern)
        : engine_(engine) {
        check(tandem_line_test_start(engine, index, timeslots, pattern, &test_));
    }
    ~line_test() { give_up(); }

    line_test(line_test &&other) noexcept
        : engine_(std::exchange(other.engine_, 0)), test_(std::exchange(other.test_, 0)) {}
    line_test &operator=(line_test &&other) noexcept {
        if (this != &other) {
            give_up();
            engine_ = std::exchange(other.engine_, 0);
            test_ = std::exchange(other.test_, 0);
        }
        return *this;
    }
    line_test(const line_test &) = delete;
    line_test &operator=(const line_test &) = delete;

    handle get() const noexcept { return test_; }
    tandem_line_test found() const {
        tandem_line_test found = detail::sized<tandem_line_test>();
        check(tandem_line_test_get(engine_, test_, &found));
        return found;
    }
    void insert_errors(std::uint32_t count) {
        check(tandem_line_test_insert_errors(engine_, test_, count));
    }
    /** Ends the test now, and tells what it found in all. */
    tandem_line_test stop() {
        tandem_line_test found = detail::sized<tandem_line_test>();
        check(tandem_line_test_stop(engine_, std::exchange(test_, 0), &found));
        return found;
    }

private:
    void give_up() noexcept {
        if (test_ != 0) {
            tandem_line_test found = detail::sized<tandem_line_test>();
            /* All that can be wrong is that it is over already. */
            (void)tandem_line_test_stop(engine_, std::exchange(test_, 0), &found);
        }
    }

    handle engine_ = 0;
    handle test_ = 0;
};

/** An engine, closed when its owner goes. */
class engine {
public:
    /** An owner of nothing. */
    engine() noexcept = default;
    static engine open(const std::string &configuration) {
        engine opened;
        check(tandem_engine_open(configuration.c_str(), &opened.engine_));
        return opened;
    }
    static engine open_file(const std::string &path) {
        engine opened;
        check(tandem_engine_open_file(path.c_str(), &opened.engine_));
        return opened;
    }
    ~engine() {
        if (engine_ != 0) {
            /* Nobody is left to be told. */
            (void)tandem_engine_close(engine_);
        }
    }

    engine(engine &&other) noexcept : engine_(std::exchange(other.engine_, 0)) {}
    engine &operator=(engine &&other) noexcept {
        engine moved(std::move(other));
        std::swap(engine_, moved.engine_);
        return *this;
    }
    engine(const engine &) = delete;
    engine &operator=(const engine &) = delete;

    handle get() const noexcept { return engine_; }
    void close() { check(tandem_engine_close(std::exchange(engine_, 0))); }
    void advance(std::uint64_t frames) { check(tandem_engine_advance(engine_, frames)); }

    /** The next event; none when nothing happened in the time given, which is without limit if negative. */
    std::optional<event> wait(milliseconds timeout) {
        event fetched;
        return fetched_in_time(tandem_event_wait(engine_, timeout.count(), &fetched), fetched);
    }
    /** The same of a queue of new_queue(). */
    std::optional<event> wait_in(handle queue, milliseconds timeout) {
        event fetched;
        return fetched_in_time(tandem_queue_wait(engine_, queue, timeout.count(), &fetched), fetched);
    }
    /** The event that ends an operation. */
    std::optional<event> wait_for_end(handle operation, milliseconds timeout) {
        event fetched;
        return fetched_in_time(tandem_operation_wait(engine_, operation, timeout.count(), &fetched), fetched);
    }
    int event_fd() const {
        int fd = -1;
        check(tandem_event_fd(engine_, &fd));
        return fd;
    }

    void answer(std::uint64_t call) { check(tandem_call_answer(engine_, call)); }
    void clear(std::uint64_t call, std::uint32_t cause = 16) {
        check(tandem_call_clear(engine_, call, cause));
    }
    std::uint64_t place(handle channel, const std::string &number) {
        std::uint64_t call = 0;
        check(tandem_call_place(engine_, channel, number.c_str(), &call));
        return call;
    }
    /// The same with what is to go with the call.
    std::uint64_t place(handle channel, const std::string &number, const tandem_call_options &options) {
        std::uint64_t call = 0;
        check(tandem_call_place_with(engine_, channel, number.c_str(), &options, &call));
        return call;
    }
    /// Sends more digits of the number of a call that was placed with `incomplete`.
    void more_digits(std::uint64_t call, const std::string &digits, bool complete) {
        check(tandem_call_more_digits(engine_, call, digits.c_str(), complete ? 1 : 0));
    }
    /// Tells the caller that somebody is being alerted.
    void alert(std::uint64_t call) { check(tandem_call_alert(engine_, call)); }
    /// Tells the caller that something is to be heard before the answer.
    void progress(std::uint64_t call) { check(tandem_call_progress(engine_, call)); }
    /// Calls on a free channel of a group of trunks.
    std::uint64_t place_in(const std::string &group, const std::string &number,
                           const tandem_call_options *options = nullptr) {
        std::uint64_t call = 0;
        check(tandem_call_place_in(engine_, group.c_str(), number.c_str(), options, &call));
        return call;
    }
    void answer(std::uint64_t call, const tandem_answer_options &options) {
        check(tandem_call_answer_with(engine_, call, &options));
    }
    /// Finds out from what is heard of a call what it comes to; TANDEM_EVENT_CALL_ANALYSED tells.
    void analyse(std::uint64_t call, const tandem_analysis_options &options = detail::sized<tandem_analysis_options>()) {
        check(tandem_call_analyse(engine_, call, &options));
    }
    void hold(std::uint64_t call) { check(tandem_call_hold(engine_, call)); }
    void retrieve(std::uint64_t call) { check(tandem_call_retrieve(engine_, call)); }
    void transfer(std::uint64_t call, std::uint64_t to) { check(tandem_call_transfer(engine_, call, to)); }
    /// Tells the far end something besides the progress of a call; `kind` is a TANDEM_INFORMATION_.
    void send(std::uint64_t call, std::uint32_t kind, const std::string &octets) {
        check(tandem_call_send(engine_, call, kind, octets.data(), octets.size()));
    }
    /// Octets of the host's own with a call.
    void set_data(std::uint64_t call, const std::string &octets) {
        check(tandem_call_set_data(engine_, call, octets.data(), octets.size()));
    }
    std::string data(std::uint64_t call) const {
        std::string octets(4096, '\0');
        std::size_t length = 0;
        check(tandem_call_get_data(engine_, call, &octets[0], octets.size(), &length));
        octets.resize(length);
        return octets;
    }
    /// What follows the length of an element of a message, `which` of several alike; none if there is none.
    std::optional<std::string> element(std::uint64_t call, std::uint32_t message, std::uint32_t codeset,
                                       std::uint32_t id, std::uint32_t which = 0) const {
        std::string octets(256, '\0');
        std::size_t length = 0;
        const tandem_result result = tandem_call_get_element(engine_, call, message, codeset, id, which, &octets[0],
                                                             octets.size(), &length);
        if (result == TANDEM_E_STATE) {
            return std::nullopt;
        }
        check(result);
        octets.resize(length);
        return octets;
    }
    /// Elements for the next message that a command about the call sends.
    void set_elements(std::uint64_t call, const std::vector<tandem_element> &elements) {
        const auto count = static_cast<std::uint32_t>(elements.size());
        check(tandem_call_set_elements(engine_, call, elements.data(), count));
    }
    /// The calls in progress, and in `seq` the number of the last event of the main queue before the first of them was looked up.
    std::vector<std::uint64_t> calls(std::uint64_t &seq) const {
        std::vector<std::uint64_t> all;
        std::uint64_t piece[64];
        std::uint32_t count = 64;
        for (bool first = true; count == 64; first = false) {
            std::uint64_t last = 0;
            count = 0;
            check(tandem_call_list(engine_, all.empty() ? 0 : all.back(), piece, 64, &count, &last));
            seq = first ? last : seq;
            all.insert(all.end(), piece, piece + count);
        }
        return all;
    }
    void set_interaction(std::uint64_t call, std::uint64_t interaction) {
        check(tandem_call_set_interaction(engine_, call, interaction));
    }
    tandem_channel_state channel_state(handle channel) const {
        tandem_channel_state state = detail::sized<tandem_channel_state>();
        check(tandem_channel_get_state(engine_, channel, &state));
        return state;
    }
    void set_service(handle channel, bool in_service) {
        check(tandem_channel_set_service(engine_, channel, in_service ? 1 : 0));
    }
    void reset(handle channel) { check(tandem_channel_reset(engine_, channel)); }
    void reset_span(std::uint32_t index) { check(tandem_span_reset(engine_, index)); }
    void set_d_channel_service(std::uint32_t index, bool in_service) {
        check(tandem_span_set_d_channel_service(engine_, index, in_service ? 1 : 0));
    }
    tandem_call_parties call_parties(std::uint64_t call) const {
        tandem_call_parties parties = detail::sized<tandem_call_parties>();
        check(tandem_call_get_parties(engine_, call, &parties));
        return parties;
    }
    tandem_call_info call_info(std::uint64_t call) const {
        tandem_call_info info = detail::sized<tandem_call_info>();
        check(tandem_call_get_info(engine_, call, &info));
        return info;
    }
    tandem_tap_call tap_call(std::uint64_t call) const {
        tandem_tap_call tapped = detail::sized<tandem_tap_call>();
        check(tandem_tap_get_call(engine_, call, &tapped));
        return tapped;
    }
    tandem_time time(std::uint64_t frame) const {
        tandem_time time = detail::sized<tandem_time>();
        check(tandem_get_time(engine_, frame, &time));
        return time;
    }
    /** The next piece of a capture of a D channel; `last` begins as 0 and is kept for the next time. */
    std::string read_trace(std::uint32_t index, std::uint64_t &last) {
        std::string octets(65536, '\0');
        std::size_t length = 0;
        check(tandem_span_read_trace(engine_, index, last, &octets[0], octets.size(), &length, &last));
        octets.resize(length);
        return octets;
    }
    /// The last frames of a D channel, into a file.
    void write_trace(std::uint32_t index, const std::string &path) {
        check(tandem_span_write_trace(engine_, index, path.c_str()));
    }
    /// A facility that belongs to no call.
    void send_facility(std::uint32_t index, const std::string &octets) {
        check(tandem_span_send_facility(engine_, index, octets.data(), octets.size()));
    }
    tandem_d_channel d_channel(std::uint32_t index) const {
        tandem_d_channel counted = detail::sized<tandem_d_channel>();
        check(tandem_span_get_d_channel(engine_, index, &counted));
        return counted;
    }
    void set_user(std::uint64_t call, std::uint64_t user) {
        check(tandem_call_set_user(engine_, call, user));
    }

    handle play(handle channel, const std::string &path, const terms &terms = {}) {
        handle operation = 0;
        check(tandem_play(engine_, channel, path.c_str(), terms.raw(), &operation));
        return operation;
    }
    handle play_samples(handle channel, const std::int16_t *samples, std::size_t count,
                        const terms &terms = {}) {
        handle operation = 0;
        check(tandem_play_samples(engine_, channel, samples, count, terms.raw(), &operation));
        return operation;
    }
    /** Pieces one after another, as often and as fast and loud as `options` say. */
    handle play_list(handle channel, const std::vector<tandem_piece> &pieces,
                     const tandem_play_options &options = detail::sized<tandem_play_options>(),
                     const terms &terms = {}) {
        handle operation = 0;
        const auto count = static_cast<std::uint32_t>(pieces.size());
        check(tandem_play_list(engine_, channel, pieces.data(), count, &options, terms.raw(), &operation));
        return operation;
    }
    void pause(handle operation) { check(tandem_operation_pause(engine_, operation, 1)); }
    void resume(handle operation) { check(tandem_operation_pause(engine_, operation, 0)); }
    /** TANDEM_SEEK_TO or TANDEM_SEEK_BY, in milliseconds. */
    void seek(handle play, std::uint32_t how, std::int64_t ms) { check(tandem_play_seek(engine_, play, how, ms)); }
    void adjust(handle play, std::uint32_t speed_percent, std::int32_t gain) {
        check(tandem_play_adjust(engine_, play, speed_percent, gain));
    }
    handle play_stream(handle channel, std::uint32_t buffer_ms, const terms &terms = {}) {
        handle operation = 0;
        check(tandem_play_stream(engine_, channel, buffer_ms, terms.raw(), &operation));
        return operation;
    }
    handle play_stream(handle channel, const tandem_play_stream_options &options, const terms &terms = {}) {
        handle operation = 0;
        check(tandem_play_stream_with(engine_, channel, &options, terms.raw(), &operation));
        return operation;
    }
    /** How many of the samples there was room for. */
    std::size_t write(handle stream, const std::int16_t *samples, std::size_t count) {
        std::size_t taken = 0;
        check(tandem_stream_write(engine_, stream, samples, count, &taken));
        return taken;
    }
    /** Noise like this (RFC 3389) until samples are written again. */
    void write_noise(handle stream, const std::vector<std::uint8_t> &payload) {
        check(tandem_stream_write_noise(engine_, stream, payload.data(), payload.size()));
    }
    void end(handle stream) { check(tandem_stream_end(engine_, stream)); }
    handle stream(handle channel,
                  const tandem_stream_options &options = detail::sized<tandem_stream_options>(),
                  const terms &terms = {}) {
        handle operation = 0;
        check(tandem_stream(engine_, channel, &options, terms.raw(), &operation));
        return operation;
    }
    /** How many samples there were, from `frame` on. */
    std::size_t read(handle stream, std::int16_t *samples, std::size_t room, std::uint64_t &frame) {
        std::size_t count = 0;
        check(tandem_stream_read(engine_, stream, samples, room, &count, &frame));
        return count;
    }
    /** Of a stream with `suppress`: what is to be sent on next. */
    tandem_stream_portion read_portion(handle stream, std::int16_t *samples, std::size_t room) {
        auto portion = detail::sized<tandem_stream_portion>();
        check(tandem_stream_read_portion(engine_, stream, samples, room, &portion));
        return portion;
    }
    void send_frame(std::uint32_t span, const std::vector<std::uint8_t> &octets) {
        check(tandem_span_send_frame(engine_, span, octets.data(), octets.size()));
    }
    /** The oldest frame that waits on a span, and when it had come; empty if none does. */
    std::vector<std::uint8_t> read_frame(std::uint32_t span, std::uint64_t &frame) {
        std::vector<std::uint8_t> octets(TANDEM_LONGEST_FRAME);
        std::size_t length = 0;
        check(tandem_span_read_frame(engine_, span, octets.data(), octets.size(), &length, &frame));
        octets.resize(length);
        return octets;
    }
    tandem_frame_counts frame_counts(std::uint32_t span) const {
        auto counts = detail::sized<tandem_frame_counts>();
        check(tandem_span_get_frame_counts(engine_, span, &counts));
        return counts;
    }
    /** TANDEM_SIDE_: what the far end of `source` says, what it hears, or both. */
    void monitor(handle sink, handle source, std::uint32_t side = TANDEM_SIDE_BOTH) {
        check(tandem_monitor(engine_, sink, source, side));
    }
    /** The TANDEM_SOUND_ of a tone that is listened for from now on. */
    std::uint32_t define_tone(const tandem_tone &tone) {
        std::uint32_t sound = 0;
        check(tandem_tone_define(engine_, &tone, &sound));
        return sound;
    }
    void remove_tone(std::uint32_t sound) { check(tandem_tone_remove(engine_, sound)); }
    void shape(handle channel, const tandem_shape &shape) { check(tandem_channel_shape(engine_, channel, &shape)); }
    /// Tells what these detectors hear on a channel; bits of TANDEM_DETECT_.
    void listen(handle channel, std::uint32_t detectors) {
        check(tandem_channel_listen(engine_, channel, detectors));
    }
    /// Whether others hear the digits of a channel; a TANDEM_DIGITS_.
    void hide_digits(handle channel, std::uint32_t how) {
        check(tandem_channel_hide_digits(engine_, channel, how));
    }
    /** What counts as a voice on a channel. */
    void attend(handle channel, const tandem_voice_terms &terms) {
        check(tandem_channel_attend(engine_, channel, &terms));
    }
    handle collect(handle channel, const terms &terms) {
        handle operation = 0;
        check(tandem_collect(engine_, channel, terms.raw(), &operation));
        return operation;
    }
    /// Digits pressed and not collected.
    std::string digits(handle channel) const {
        std::string digits(64, '\0');
        std::size_t length = 0;
        check(tandem_digits_peek(engine_, channel, &digits[0], digits.size(), &length));
        digits.resize(length);
        return digits;
    }
    void clear_digits(handle channel) { check(tandem_digits_clear(engine_, channel)); }
    handle record(handle channel, const std::string &path, const terms &terms = {}) {
        handle operation = 0;
        check(tandem_record(engine_, channel, path.c_str(), terms.raw(), &operation));
        return operation;
    }
    /** One side or both, in a format of its own. */
    handle record_with(handle channel, const std::string &path, const tandem_record_options &options,
                       const terms &terms = {}) {
        handle operation = 0;
        check(tandem_record_with(engine_, channel, path.c_str(), &options, terms.raw(), &operation));
        return operation;
    }
    void stop(handle operation) { check(tandem_operation_stop(engine_, operation)); }

    void connect(handle sink, handle source, std::uint32_t bearer = TANDEM_BEARER_SPEECH) {
        check(tandem_connect(engine_, sink, source, bearer));
    }
    bridge new_bridge() { return bridge(engine_); }
    void leave_bridge(handle channel) { check(tandem_bridge_leave(engine_, channel)); }
    void set_bridge_terms(handle channel, const tandem_bridge_terms &terms) {
        check(tandem_bridge_set_terms(engine_, channel, &terms));
    }
    tandem_bridge_party bridge_party(handle channel) const {
        tandem_bridge_party party = detail::sized<tandem_bridge_party>();
        check(tandem_bridge_get_party(engine_, channel, &party));
        return party;
    }

    tandem_span_info span_info(std::uint32_t index) const {
        tandem_span_info info = detail::sized<tandem_span_info>();
        check(tandem_span_get_info(engine_, index, &info));
        return info;
    }
    tandem_card_info card_info(std::uint32_t index) const {
        tandem_card_info info = detail::sized<tandem_card_info>();
        check(tandem_card_get_info(engine_, index, &info));
        return info;
    }
    tandem_performance performance(std::uint32_t index, std::uint32_t end, std::uint32_t ago = 0) const {
        tandem_performance performance = detail::sized<tandem_performance>();
        check(tandem_span_get_performance(engine_, index, end, ago, &performance));
        return performance;
    }
    handle find_channel(std::uint32_t index, std::uint32_t timeslot) const {
        handle channel = 0;
        check(tandem_channel_find(engine_, index, timeslot, &channel));
        return channel;
    }
    tandem_statistics statistics() const {
        tandem_statistics statistics = detail::sized<tandem_statistics>();
        check(tandem_get_statistics(engine_, &statistics));
        return statistics;
    }

    void send_bits(tandem_handle channel, std::uint32_t bits, std::uint64_t ms) {
        check(tandem_channel_send_bits(engine_, channel, bits, ms));
    }
    /// The signalling bits that a channel receives, and those sent last; TANDEM_BITS_NOT_KNOWN for none.
    std::pair<std::uint32_t, std::uint32_t> bits(tandem_handle channel) const {
        std::pair<std::uint32_t, std::uint32_t> bits(0, 0);
        check(tandem_channel_get_bits(engine_, channel, &bits.first, &bits.second));
        return bits;
    }
    /// The alarms that go on.
    std::vector<tandem_alarm> alarms() const {
        std::vector<tandem_alarm> all;
        for (;;) {
            tandem_alarm alarm = detail::sized<tandem_alarm>();
            const tandem_result result =
                tandem_alarm_get(engine_, all.empty() ? 0 : all.back().number, &alarm);
            if (result != TANDEM_OK) {
                if (result != TANDEM_E_STATE) {
                    check(result);
                }
                return all;
            }
            all.push_back(alarm);
        }
    }
    /// A queue of events for channels of its own; see tandem_queue_new().
    tandem_handle new_queue() {
        tandem_handle queue = 0;
        check(tandem_queue_new(engine_, &queue));
        return queue;
    }
    int queue_fd(tandem_handle queue) const {
        int fd = -1;
        check(tandem_queue_fd(engine_, queue, &fd));
        return fd;
    }
    void free_queue(tandem_handle queue) { check(tandem_queue_free(engine_, queue)); }
    void set_queue(tandem_handle channel, tandem_handle queue) {
        check(tandem_channel_set_queue(engine_, channel, queue));
    }
    /// A timer; see tandem_timer_start().
    tandem_handle start_timer(std::uint64_t ms, tandem_handle channel = 0) {
        tandem_handle timer = 0;
        check(tandem_timer_start(engine_, channel, ms, &timer));
        return timer;
    }
    void stop_timer(tandem_handle timer) { check(tandem_timer_stop(engine_, timer)); }
    std::uint64_t frame() const {
        std::uint64_t frame = 0;
        check(tandem_get_frame(engine_, &frame));
        return frame;
    }
    /// A pair of channels inside the engine, each the far end of the other.
    std::pair<tandem_handle, tandem_handle> new_pair() {
        std::pair<tandem_handle, tandem_handle> pair(0, 0);
        check(tandem_pair_new(engine_, &pair.first, &pair.second));
        return pair;
    }
    void free_pair(tandem_handle channel) { check(tandem_pair_free(engine_, channel)); }
    tandem_play_state play_state(tandem_handle operation) const {
        tandem_play_state state = detail::sized<tandem_play_state>();
        check(tandem_play_get_state(engine_, operation, &state));
        return state;
    }
    tandem_record_state record_state(tandem_handle operation) const {
        tandem_record_state state = detail::sized<tandem_record_state>();
        check(tandem_record_get_state(engine_, operation, &state));
        return state;
    }
    /// Another configuration takes effect; `drain_ms` negative waits for the calls of spans that change.
    tandem_changes reload(const std::string &configuration, std::int64_t drain_ms) {
        tandem_changes changes = detail::sized<tandem_changes>();
        check(tandem_engine_reload(engine_, configuration.c_str(), drain_ms, &changes));
        return changes;
    }
    tandem_changes reload_file(const std::string &path, std::int64_t drain_ms) {
        tandem_changes changes = detail::sized<tandem_changes>();
        check(tandem_engine_reload_file(engine_, path.c_str(), drain_ms, &changes));
        return changes;
    }
    tandem_group_statistics group_statistics(const std::string &group) const {
        tandem_group_statistics statistics = detail::sized<tandem_group_statistics>();
        check(tandem_group_get_statistics(engine_, group.c_str(), &statistics));
        return statistics;
    }
    tandem_clock clock() const {
        tandem_clock clock = detail::sized<tandem_clock>();
        check(tandem_clock_get(engine_, &clock));
        return clock;
    }
    tandem_span_clock span_clock(std::uint32_t index) const {
        tandem_span_clock clock = detail::sized<tandem_span_clock>();
        check(tandem_span_get_clock(engine_, index, &clock));
        return clock;
    }
    void loop(std::uint32_t index, std::uint32_t loop) { check(tandem_span_loop(engine_, index, loop)); }
    void insert_error(std::uint32_t index, std::uint32_t error) {
        check(tandem_span_insert_error(engine_, index, error));
    }
    void send_alarm(std::uint32_t index, std::uint32_t alarm, bool on) {
        check(tandem_span_send_alarm(engine_, index, alarm, on ? 1 : 0));
    }

    void send_sa_bits(std::uint32_t index, std::uint32_t bits) {
        check(tandem_span_send_sa_bits(engine_, index, bits));
    }
    std::uint32_t sa_bits(std::uint32_t index) const {
        std::uint32_t bits = 0;
        check(tandem_span_get_sa_bits(engine_, index, &bits));
        return bits;
    }

    /// Commands a loop at the far end of a T1, or its end (TANDEM_COMMAND_).
    void command_loop(std::uint32_t index, std::uint32_t command) {
        check(tandem_span_command_loop(engine_, index, command));
    }

    /// Sends an in-band loop code (TANDEM_LOOP_CODE_) on a T1, until NONE ends it.
    void send_loop_code(std::uint32_t index, std::uint32_t code) {
        check(tandem_span_send_loop_code(engine_, index, code));
    }

    /// Closes the loops that the far end of a T1 commands to equipment of this kind (TANDEM_OBEY_).
    void obey_loops(std::uint32_t index, std::uint32_t kind) {
        check(tandem_span_obey_loops(engine_, index, kind));
    }
    /** Bit n of `timeslots` for timeslot n. */
    line_test start_line_test(std::uint32_t index, std::uint32_t timeslots, std::uint32_t pattern) {
        return line_test(engine_, index, timeslots, pattern);
    }
    void conceal(handle channel, bool on) {
        check(tandem_channel_conceal(engine_, channel, on ? 1 : 0));
    }
    void cancel_echo(handle channel, const tandem_echo_terms &terms) {
        check(tandem_channel_cancel_echo(engine_, channel, &terms));
    }
    void test_tone(handle channel, std::uint32_t tone) { check(tandem_test_tone(engine_, channel, tone)); }

private:
    static std::optional<event> fetched_in_time(tandem_result result, const event &fetched) {
        if (result == TANDEM_OK) {
            return fetched;
        }
        if (result != TANDEM_E_TIMEOUT) {
            check(result);
        }
        return std::nullopt;
    }

    handle engine_ = 0;
};

/** Lets engines that are opened from now on have cards of `model`. What `function` and the functions of its cards
 *  throw must not leave them. */
inline void register_card(const std::string &model, tandem_card_function function, void *context = nullptr) {
    check(tandem_card_register(model.c_str(), function, context));
}

} // namespace tandem

#endif /* TANDEM_HPP */
