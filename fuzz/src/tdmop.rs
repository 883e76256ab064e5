//! Packets from a hostile network. The first octets choose what is configured, the others are the packet.
use crate::Source;
use tandem_tdmop::wire::{Cesopsn, Conditions, Format, LONGEST, Packet, Rtp, Satop, Tdmoe};
use tandem_tdmop::{Kind, PacketTime, Receiver, ReceiverConfig};

/// Nothing panics; what is taken has the configured sizes and, written again, says the same.
pub fn satop(data: &[u8]) {
    let mut source = Source(data);
    let rtp = rtp(&mut source);
    let octets = usize::from(source.octet()) << 3 | usize::from(source.octet() & 7);
    if let Some(format) = Satop::new(octets, rtp) {
        check(Format::Satop(format), source.0);
    }
}

/// The same for CESoPSN, basic and trunk-specific.
pub fn cesopsn(data: &[u8]) {
    let mut source = Source(data);
    let rtp = rtp(&mut source);
    let (timeslots, frames) = (source.octet().into(), source.octet().into());
    let format = if source.octet() & 1 == 0 {
        Cesopsn::basic(timeslots, frames, rtp)
    } else {
        Cesopsn::trunk(timeslots, frames, rtp)
    };
    if let Some(format) = format {
        check(Format::Cesopsn(format), source.0);
    }
}

/// The same for TDMoE.
pub fn tdmoe(data: &[u8]) {
    let mut source = Source(data);
    let channels = source.octet().into();
    let subaddress =
        u16::from_be_bytes([source.0.first().copied().unwrap_or(0), source.0.get(1).copied().unwrap_or(0)]);
    if let Some(format) = Tdmoe::new(subaddress, channels) {
        check(Format::Tdmoe(format), source.0);
    }
}

fn rtp(source: &mut Source<'_>) -> Option<Rtp> {
    let payload_type = source.octet();
    (payload_type & 0x80 != 0).then_some(Rtp { payload_type: payload_type & 0x7f, ssrc: 0x0102_0304 })
}

fn check(format: Format, octets: &[u8]) {
    let Ok(packet) = format.parse(octets) else { return };
    assert!([0, format.data_octets()].contains(&packet.data.len()));
    assert!([0, format.signalling_octets()].contains(&packet.signalling.len()));
    let mut out = [0; LONGEST];
    let length = format.emit(&packet, &mut out).expect("what was read can be written");
    assert!(length <= octets.len(), "and is no longer without padding");
    let again = format.parse(&out[..length]).expect("what was written can be read");
    // With RTP, what is written bears our own source.
    assert_eq!(again, Packet { source: again.source, ..packet });
}

/// The receive side of a span with a hostile network: every datagram is counted under one reason, every packet time filled,
/// every gap told with its length, and the clock stays within bounds.
pub fn packet_span(data: &[u8]) {
    let mut source = Source(data);
    let format = Format::Cesopsn(Cesopsn::trunk(2, 16, rtp(&mut source)).expect("a size"));
    let depth = source.octet().into();
    let packet_time = PacketTime::of(16, 8000);
    let config = ReceiverConfig { format, packet_time, depth, fill: 0xd5, source: None };
    let mut span = PacketSpan {
        receiver: Receiver::new(config),
        format,
        sequence: 0,
        now_ns: 0,
        missing: None,
        told: 0,
    };
    while !source.is_empty() {
        span.stimulate(&mut source);
        span.check();
    }
}

struct PacketSpan {
    receiver: Receiver,
    format: Format,
    sequence: u16,
    now_ns: u64,
    /// Packet times without a packet since the first that was played, and those of gaps told.
    missing: Option<u64>,
    told: u64,
}

impl PacketSpan {
    fn stimulate(&mut self, source: &mut Source<'_>) {
        let (what, value) = (source.octet(), source.octet());
        self.now_ns = match what >> 6 {
            0 => self.now_ns.wrapping_add(u64::from(value) << (what & 63)),
            _ => self.now_ns.wrapping_add(2_000_000),
        };
        match what % 16 {
            0..=6 => self.packet(self.sequence.wrapping_add((value % 16).into()), what, source),
            7 => self.packet(u16::from_be_bytes([value, source.octet()]), what, source),
            8 => self.sequence = self.sequence.wrapping_add(u16::from(value) << 8),
            9 => self.receiver.handle_stranger(),
            10 => {
                let octets: Vec<u8> = (0..value).map(|_| source.octet()).collect();
                self.receiver.handle_datagram(self.now_ns, &octets);
            }
            _ => (0..=value % 32).for_each(|_| self.play()),
        }
    }

    fn packet(&mut self, sequence: u16, what: u8, source: &mut Source<'_>) {
        let conditions = Conditions { local_fault: what & 0x30 == 0x30, ..Conditions::default() };
        let (data, signalling) = ([source.octet(); 32], [source.octet()]);
        let packet =
            Packet { sequence, conditions, data: &data, signalling: &signalling, ..Packet::default() };
        let mut out = [0; LONGEST];
        let length = self.format.emit(&packet, &mut out).expect("a packet");
        self.receiver.handle_datagram(self.now_ns, &out[..length]);
        self.sequence = self.sequence.wrapping_add(1);
    }

    fn play(&mut self) {
        let played = self.receiver.play();
        assert_eq!(played.data.len(), 32);
        match (played.kind, &mut self.missing) {
            (Kind::Lost | Kind::Idle, Some(missing)) => *missing += 1,
            (Kind::Data | Kind::Fault, None) => self.missing = Some(0),
            _ => {}
        }
        let is_missing = matches!(played.kind, Kind::Lost | Kind::Idle);
        self.told += std::iter::from_fn(|| self.receiver.poll_gap()).map(|gap| gap.length).sum::<u64>();
        if !is_missing {
            assert_eq!(self.missing, Some(self.told), "all gaps have ended");
        }
    }

    fn check(&self) {
        let counters = self.receiver.counters();
        assert!(counters.balances(self.receiver.held()), "{counters:?}");
        assert!(self.receiver.held() <= 128);
        assert!(self.receiver.rate_ppb().unsigned_abs() <= 210_000);
    }
}
