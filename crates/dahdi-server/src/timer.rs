//! The timer device: it trips every so many samples until it is told that this was noticed.
use tandem_card::dahdi::abi::{DAHDI_EVENT_NONE, DAHDI_EVENT_TIMER_EXPIRED, DAHDI_EVENT_TIMER_PING};

#[derive(Debug, Default)]
pub(crate) struct Timer {
    period: i32,
    left: i32,
    tripped: i32,
    ping: bool,
}

impl Timer {
    pub(crate) const fn configure(&mut self, samples: i32) {
        let samples = if samples < 0 { 0 } else { samples };
        (self.period, self.left) = (samples, samples);
    }

    pub(crate) const fn pass(&mut self, samples: i32) {
        if self.period == 0 {
            return;
        }
        self.left -= samples;
        if self.left <= 0 {
            self.left = self.period;
            self.tripped = self.tripped.saturating_add(1);
        }
    }

    pub(crate) const fn acknowledge(&mut self, count: i32) {
        self.tripped -= if count < 1 || count > self.tripped { self.tripped } else { count };
    }

    pub(crate) const fn set_ping(&mut self, ping: bool) {
        self.ping = ping;
    }

    pub(crate) const fn event(&self) -> u32 {
        if self.ping {
            DAHDI_EVENT_TIMER_PING
        } else if self.tripped > 0 {
            DAHDI_EVENT_TIMER_EXPIRED
        } else {
            DAHDI_EVENT_NONE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_trips_every_so_many_samples_and_a_ping_goes_before() {
        let mut timer = Timer::default();
        timer.pass(8000);
        assert_eq!(timer.event(), 0);
        timer.configure(160);
        (0..60).for_each(|_| timer.pass(8));
        assert_eq!((timer.event(), timer.tripped), (15, 3));
        timer.acknowledge(2);
        timer.set_ping(true);
        assert_eq!((timer.event(), timer.tripped), (16, 1));
        timer.set_ping(false);
        timer.acknowledge(-1);
        assert_eq!(timer.event(), 0);
        timer.configure(-5);
        timer.pass(8000);
        assert_eq!(timer.event(), 0);
    }
}
