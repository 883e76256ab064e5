//! The monotonic clock, the clock of the day and the processor time of a thread.
#![allow(unsafe_code)]

fn read(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid timespec for the call to fill.
    let result = unsafe { libc::clock_gettime(clock, &raw mut time) };
    debug_assert_eq!(result, 0, "these clocks exist on every Linux");
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Nanoseconds on the monotonic clock. Only the engine's runners and benches call this.
#[must_use]
pub fn monotonic_ns() -> u64 {
    read(libc::CLOCK_MONOTONIC)
}

/// Nanoseconds of processor time that the calling thread has used.
#[must_use]
pub fn thread_cpu_ns() -> u64 {
    read(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// Nanoseconds since 1970 on the clock of the day, by which the kernel stamps what arrives.
pub(super) fn realtime_ns() -> u64 {
    read(libc::CLOCK_REALTIME)
}

/// Microseconds since 1970 on the clock of the day. For stamps that people compare with other clocks; nothing is timed
/// by it.
#[must_use]
pub fn realtime_us() -> u64 {
    realtime_ns() / 1000
}

/// A moment on the calendar of this place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// Microseconds since 1970, UTC.
    pub utc_us: u64,
    /// Seconds by which local time is ahead of UTC.
    pub offset_seconds: i32,
    /// The name of the zone, as `CET`.
    pub zone: String,
    /// Year, month, day, hour, minute, second, local.
    fields: [i32; 6],
}

/// The calendar at a moment, in microseconds since 1970. The zone is that of the process.
#[must_use]
pub fn local_time(utc_us: u64) -> LocalTime {
    let seconds = libc::time_t::try_from(utc_us / 1_000_000).unwrap_or(libc::time_t::MAX);
    // SAFETY: all octets zero are a valid value.
    let mut tm: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are valid for the call, which fills `tm` or, for a year that no `int` holds, leaves it.
    let found = unsafe { libc::localtime_r(&raw const seconds, &raw mut tm) };
    let is_named = !found.is_null() && !tm.tm_zone.is_null();
    // SAFETY: the name of a zone is a string of the C library, which keeps it until the zone of the process changes.
    let name = is_named.then(|| unsafe { std::ffi::CStr::from_ptr(tm.tm_zone) });
    LocalTime {
        utc_us,
        offset_seconds: i32::try_from(tm.tm_gmtoff).unwrap_or(0),
        zone: name.map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        fields: [tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec],
    }
}

/// RFC 3339, with milliseconds: `2026-11-22T18:12:36.123+01:00`.
impl std::fmt::Display for LocalTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [year, month, day, hour, minute, second] = self.fields;
        let ms = self.utc_us / 1000 % 1000;
        let sign = if self.offset_seconds < 0 { '-' } else { '+' };
        let offset = self.offset_seconds.unsigned_abs() / 60;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}")?;
        write!(f, "{sign}{:02}:{:02}", offset / 60, offset % 60)
    }
}

/// Sleeps until the monotonic clock shows `deadline_ns`, through any number of signals.
pub fn sleep_until_ns(deadline_ns: u64) {
    let time = libc::timespec {
        tv_sec: (deadline_ns / 1_000_000_000) as libc::time_t,
        tv_nsec: (deadline_ns % 1_000_000_000) as libc::c_long,
    };
    loop {
        // SAFETY: `time` is a valid timespec, and an absolute sleep writes no remaining time.
        let result = unsafe {
            libc::clock_nanosleep(
                libc::CLOCK_MONOTONIC,
                libc::TIMER_ABSTIME,
                &raw const time,
                std::ptr::null_mut(),
            )
        };
        if result != libc::EINTR {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_with_the_offset_of_its_zone() {
        // No test may change the zone of the process, so what it is here is taken out again.
        let moment = local_time(1_000_000_000_987_654);
        assert_eq!(moment.utc_us, 1_000_000_000_987_654);
        let local = moment.utc_us + 3_600_000_000 * 24;
        let shifted = local.saturating_add_signed(-i64::from(moment.offset_seconds) * 1_000_000);
        let in_utc = local_time(shifted).to_string();
        // 9 September 2001, 01:46:40 UTC, is when Unix time was 10^9; a day later by the local calendar.
        if moment.offset_seconds == local_time(shifted).offset_seconds {
            assert_eq!(&in_utc[..23], "2001-09-10T01:46:40.987");
        }
        assert_eq!(in_utc.len(), 29);
        assert!(!moment.zone.is_empty());
        let west = LocalTime { offset_seconds: -12_600, ..moment };
        assert!(west.to_string().ends_with("-03:30"), "{west}");
        assert!(!local_time(u64::MAX).to_string().is_empty());
    }

    #[test]
    fn a_sleep_never_ends_early() {
        let deadline = monotonic_ns() + 2_000_000;
        sleep_until_ns(deadline);
        assert!(monotonic_ns() >= deadline);
    }
}
