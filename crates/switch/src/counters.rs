//! What the switch counts. The media thread alone writes; any thread reads.
//!
//! Each octet is counted where it is handled, under one name: at the card's side of the switch as it comes in
//! and goes out, and again where it is heard, muted, mixed, played, copied or recorded. No counter is derived
//! from another, and [`SwitchTotals::check`] compares the sums.
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])+ $name:ident),+ $(,)?) => {
        /// Live counters, written by the media thread.
        #[derive(Debug, Default)]
        pub struct SwitchCounters {
            $($(#[$doc])+ pub(crate) $name: AtomicU64,)+
        }

        /// The counters at one moment.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct SwitchTotals {
            $($(#[$doc])+ pub $name: u64,)+
        }

        impl SwitchCounters {
            /// Reads all counters.
            #[must_use]
            pub fn totals(&self) -> SwitchTotals {
                SwitchTotals { $($name: self.$name.load(Ordering::Relaxed),)+ }
            }
        }
    };
}

counters! {
    /// Ticks run.
    ticks,
    /// Octets of traffic slots that cards have received.
    octets_in,
    /// Of these, octets that somebody listened to: a slot, a bridge, a tap or a detector.
    octets_heard,
    /// Of these, octets that nobody listened to.
    octets_unheard,
    /// Of these, octets replaced by silence because the span had a severe defect.
    octets_muted,
    /// Of those received, octets in the place of such as were lost on their way to a card.
    octets_lost,
    /// Of these, octets that were concealed.
    octets_concealed,
    /// Octets of traffic slots that cards were given to send.
    octets_out,
    /// Of these, octets that came from another slot.
    octets_from_slots,
    /// Of these, octets that came from players.
    octets_from_players,
    /// Of these, octets that came from bridges.
    octets_from_bridges,
    /// Of these, octets of tones and patterns that test lines and line tests send.
    octets_from_tests,
    /// Of these, idle octets: nobody was heard, or whoever was heard is gone.
    octets_idle,
    /// Octets that were made for a span and not given to its card before the span was taken away.
    octets_lost_with_span,
    /// Octets of both directions that passed a tap.
    octets_tapped,
    /// Of these, octets put into the tap's ring.
    octets_recorded,
    /// Of these, octets lost because the tap's ring was full.
    octets_tap_dropped,
    /// Of these, octets that nobody keeps, because the tap rested.
    octets_tap_rested,
    /// Silence played because a prompt thread was late, in octets.
    octets_starved,
    /// Digits lost because control was far behind.
    digits_dropped,
    /// Tones, signals and caller identifications lost because control was far behind.
    sounds_dropped,
}

impl SwitchCounters {
    pub(crate) fn add(counter: &AtomicU64, amount: u64) {
        // Only the media thread writes, so that no read-modify-write is needed.
        counter.store(counter.load(Ordering::Relaxed).wrapping_add(amount), Ordering::Relaxed);
    }
}

/// Octets on their way at one moment: counted where they came from, and not yet where they go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// Received from cards, to be worked in the next tick.
    pub received: u64,
    /// Worked, and not yet given to cards.
    pub to_send: u64,
    /// In blocks of taps that are still being filled.
    pub in_taps: u64,
}

impl SwitchTotals {
    /// Whether every octet is accounted for; otherwise which sum is wrong. With what is `pending` it holds at
    /// every moment.
    pub fn check(&self, pending: &Pending) -> Result<(), String> {
        let worked = self.octets_heard + self.octets_unheard + self.octets_muted;
        let made = self.octets_from_slots
            + self.octets_from_players
            + self.octets_from_bridges
            + self.octets_from_tests
            + self.octets_idle;
        let kept = self.octets_recorded + self.octets_tap_dropped + self.octets_tap_rested;
        for (what, total, sum) in [
            ("received", self.octets_in, worked + pending.received),
            ("sent", self.octets_out + self.octets_lost_with_span + pending.to_send, made),
            ("tapped", self.octets_tapped, kept + pending.in_taps),
        ] {
            if total != sum {
                return Err(format!("{total} octets {what}, but the reasons add up to {sum}"));
            }
        }
        Ok(())
    }
}
