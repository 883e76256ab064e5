//! A channel that hears another: what that receives, sends, or both.
use tandem_card::dahdi::abi;
use tandem_dsp::g711::{decode, encode};
use tandem_types::Law;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Monitor {
    /// The number of the channel.
    pub(crate) of: i32,
    /// As it was set.
    pub(crate) mode: i32,
    pub(crate) receives: bool,
    pub(crate) sends: bool,
}

impl Monitor {
    /// What a mode of conferences listens to; `None` if it is another kind of mode. There are no echo cancellers, so before
    /// and after them is the same.
    pub(crate) const fn new(of: i32, mode: i32) -> Option<Self> {
        let (receives, sends) = match mode as u32 & abi::DAHDI_CONF_MODE_MASK {
            abi::DAHDI_CONF_MONITOR | abi::DAHDI_CONF_MONITOR_RX_PREECHO => (true, false),
            abi::DAHDI_CONF_MONITORTX | abi::DAHDI_CONF_MONITOR_TX_PREECHO => (false, true),
            abi::DAHDI_CONF_MONITORBOTH | abi::DAHDI_CONF_MONITORBOTH_PREECHO => (true, true),
            _ => return None,
        };
        Some(Self { of, mode, receives, sends })
    }

    /// What is heard, in the law of the listener.
    pub(crate) fn hear<const N: usize>(
        self,
        received: [u8; N],
        sent: [u8; N],
        law: Law,
        own: Law,
    ) -> [u8; N] {
        std::array::from_fn(|n| {
            let part = |on: bool, octet: u8| if on { i32::from(decode(law, octet)) } else { 0 };
            let sum = part(self.receives, received[n]) + part(self.sends, sent[n]);
            encode(own, sum.clamp(i16::MIN.into(), i16::MAX.into()) as i16)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monitor_hears_what_its_mode_says() {
        let (received, sent) = ([encode(Law::A, 1000)], [encode(Law::A, -3000)]);
        let heard = |mode| {
            let monitor = Monitor::new(1, mode).expect("a monitor");
            decode(Law::Mu, monitor.hear(received, sent, Law::A, Law::Mu)[0])
        };
        for (modes, expected) in [([1, 10], 1000), ([2, 11], -3000), ([3, 12], -2000)] {
            for mode in modes {
                assert!((heard(mode) - expected).abs() < 100, "{mode}: {}", heard(mode));
            }
        }
        for mode in [0, 4, 5, 6, 7, 8, 9, 13] {
            assert_eq!(Monitor::new(1, mode), None);
        }
    }
}
