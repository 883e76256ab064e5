//! A network of packets between the cards of two engines.
use tandem_card::CardFactory;
use tandem_tdmop::{Impairments, PacketFactory, PacketIo, SimulatedPort};

/// Factories whose cards of one span are joined to each other by a network that delays, mixes, copies and loses packets.
pub(crate) fn over_packets(lost_ppm: u32, seed: u64) -> [Box<dyn CardFactory>; 2] {
    let impairments = Impairments { delay_ns: 2_000_000, jitter_ns: 1_500_000, lost_ppm, copied_ppm: 1000 };
    let (one, other) = SimulatedPort::pair(impairments, seed);
    [one, other].map(|port| {
        let mut port = Some(port);
        let join = move |_: &_| match port.take() {
            Some(port) => Ok(Box::new(port) as Box<dyn PacketIo>),
            None => Err(std::io::ErrorKind::AddrInUse.into()),
        };
        Box::new(PacketFactory::over(Box::new(join), 65_000)) as Box<dyn CardFactory>
    })
}
