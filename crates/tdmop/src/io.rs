//! What a span over packets needs of a network: to send and to receive, a batch at a time, without waiting.
use tandem_rt::sys::DatagramSocket;
use tandem_rt::{MediaTick, PacketBatch};

/// The network between the two ends of one span.
pub trait PacketIo: Send {
    /// Sends the packets of a batch to the far end, and says how many the network has taken.
    fn send(&mut self, tick: &MediaTick<'_>, batch: &PacketBatch) -> usize;

    /// Fills a batch with packets that have arrived; what it held before is gone.
    fn receive(&mut self, tick: &MediaTick<'_>, batch: &mut PacketBatch);
}

/// UDP, or Ethernet frames: one system call a batch, none of which waits.
impl PacketIo for DatagramSocket {
    fn send(&mut self, _: &MediaTick<'_>, batch: &PacketBatch) -> usize {
        Self::send(self, batch)
    }

    fn receive(&mut self, _: &MediaTick<'_>, batch: &mut PacketBatch) {
        Self::receive(self, batch);
    }
}

impl<N: PacketIo + ?Sized> PacketIo for Box<N> {
    fn send(&mut self, tick: &MediaTick<'_>, batch: &PacketBatch) -> usize {
        (**self).send(tick, batch)
    }

    fn receive(&mut self, tick: &MediaTick<'_>, batch: &mut PacketBatch) {
        (**self).receive(tick, batch);
    }
}
