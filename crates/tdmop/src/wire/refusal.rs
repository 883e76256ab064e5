//! Why octets are no packet of a format, and how often.
use core::fmt;

/// Why octets are no packet of the format that is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Refusal {
    /// Shorter than the headers.
    Short,
    /// The RTP header is not of version 2, or has padding, extensions or contributing sources.
    RtpHeader,
    /// The RTP header has another payload type than configured.
    PayloadType,
    /// The control word does not begin with four zeros: it is of an associated channel, or none at all.
    NoControlWord,
    /// A fragment of a multiframe.
    Fragment,
    /// A combination of the bits L and M that has no meaning.
    Modifier,
    /// A packet of CESoPSN that carries signalling alone.
    SignallingOnly,
    /// The length that the packet states cannot be its length.
    Length,
    /// Samples a channel other than eight.
    Samples,
    /// Another number of channels than configured.
    Channels,
    /// Another number of octets of the span than configured.
    Payload,
}

impl Refusal {
    /// All reasons, in the order in which they are counted.
    pub const ALL: [Self; 11] = [
        Self::Short,
        Self::RtpHeader,
        Self::PayloadType,
        Self::NoControlWord,
        Self::Fragment,
        Self::Modifier,
        Self::SignallingOnly,
        Self::Length,
        Self::Samples,
        Self::Channels,
        Self::Payload,
    ];

    /// Its short name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::RtpHeader => "rtp-header",
            Self::PayloadType => "payload-type",
            Self::NoControlWord => "no-control-word",
            Self::Fragment => "fragment",
            Self::Modifier => "modifier",
            Self::SignallingOnly => "signalling-only",
            Self::Length => "length",
            Self::Samples => "samples",
            Self::Channels => "channels",
            Self::Payload => "payload",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How many packets were refused, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusals([u64; Refusal::ALL.len()]);

impl Refusals {
    /// Counts one.
    pub const fn add(&mut self, reason: Refusal) {
        self.0[reason as usize] = self.0[reason as usize].saturating_add(1);
    }

    /// Those of one reason.
    #[must_use]
    pub const fn of(&self, reason: Refusal) -> u64 {
        self.0[reason as usize]
    }

    /// Those of all reasons.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.0.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_a_count_and_a_name_of_its_own() {
        let mut refusals = Refusals::default();
        for (place, reason) in Refusal::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, place);
            (0..=place).for_each(|_| refusals.add(reason));
        }
        for (place, reason) in Refusal::ALL.into_iter().enumerate() {
            assert_eq!(refusals.of(reason), place as u64 + 1, "{reason}");
            assert!(Refusal::ALL.iter().filter(|other| other.name() == reason.name()).count() == 1);
        }
        assert_eq!(refusals.sum(), 66);
    }
}
