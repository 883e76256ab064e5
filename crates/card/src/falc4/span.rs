//! One span: its framer's set-up, status, counters and signalling bits.
use super::bridge::Bridge;
use super::regs;
use super::tester::LineTest;
use crate::condition::{card_is_gone, signalling_is_lost};
use crate::sa_messages::{self, SaMessages};
use crate::{Bus, CardError, LineError, LineOrder, Loopback, SpanConfig, SpanStatus, add};
use tandem_line::clock::Quality;
use tandem_line::e1::{NationalBits, SaBit};
use tandem_line::{CrcMode, Framing, LineCode};
use tandem_types::{Abcd, Defect, Defects, Frames, TelephoneChannel, Timeslot};

/// What happened to the frames that a span sends. Counters saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransmitCounters {
    /// Controlled slips between the transmit highway and the line, of either sign.
    pub slips: u64,
    /// Frames that were handed over although the card had not made room; they were not sent.
    pub frames_dropped: u64,
}

/// How a span is set up, of what this card can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setup {
    line_code: LineCode,
    crc4: CrcMode,
    cas: bool,
    signalling_slot: Option<Timeslot>,
}

impl Setup {
    pub(super) const fn new(config: &SpanConfig) -> Result<Self, CardError> {
        let signalling_slot = config.signalling_slot;
        match (config.framing, config.line_code) {
            (Framing::E1(framing), line_code @ (LineCode::Ami | LineCode::Hdb3)) => {
                Ok(Self { line_code, crc4: framing.crc4, cas: framing.cas, signalling_slot })
            }
            (Framing::E1(_), LineCode::B8zs) => Err(CardError::Unsupported("B8ZS is no line code of E1")),
            (Framing::T1(_), _) => Err(CardError::Unsupported("its spans are E1")),
        }
    }

    pub(super) const fn signalling_slot(&self) -> Option<Timeslot> {
        self.signalling_slot
    }
}

/// What the host has ordered besides the set-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Orders {
    looped: Option<Loopback>,
    ais: bool,
    rai: bool,
    /// Sa4 to Sa8, in the places that XSW has for them.
    sa: u8,
    /// The synchronisation status message, and the bit that carries it.
    sync: Option<(SaBit, Quality)>,
}

impl Orders {
    const NONE: Self = Self { looped: None, ais: false, rai: false, sa: regs::XSW_SA, sync: None };

    /// The registers that an order can change, as set-up and orders together have them.
    fn registers(self, setup: &[(u8, u8)]) -> [(u8, u8); 5] {
        let base = |register| setup.iter().find(|(at, _)| *at == register).map_or(0, |(_, value)| *value);
        let with = |register, bit, on| (register, if on { base(register) | bit } else { base(register) });
        let alarm = if self.rai { regs::XSW_REMOTE_ALARM } else { 0 };
        let service_word = base(regs::XSW) & !regs::XSW_SA | self.sa | alarm;
        let line = if self.looped == Some(Loopback::Line) { regs::LIM1_REMOTE_LOOP } else { 0 };
        let ais = if self.ais { regs::FMR1_AIS } else { 0 };
        let messages = if self.sync.is_some() { regs::FMR1_SA_REGISTERS } else { 0 };
        [
            (regs::FMR1, base(regs::FMR1) | ais | messages),
            with(regs::FMR2, regs::FMR2_PAYLOAD_LOOP, self.looped == Some(Loopback::Payload)),
            (regs::XSW, service_word),
            with(regs::LIM0, regs::LIM0_LOCAL_LOOP, self.looped == Some(Loopback::Local)),
            (regs::LIM1, regs::LIM1_ON | line),
        ]
    }

    /// XSA4 to XSA8 while a message is sent: its own bit has it, the others are as ordered in every frame.
    fn sa_registers(self) -> Option<[(u8, u8); 5]> {
        let (bit, quality) = self.sync?;
        Some([0, 1, 2, 3, 4].map(|place| {
            let octet = match self.sa >> (4 - place) & 1 {
                _ if place == sa_messages::place(bit) => sa_messages::bits_of(quality),
                0 => 0x00,
                _ => 0xff,
            };
            (regs::XSA4 + place, octet)
        }))
    }
}

/// A span and the driver's copy of what its framer cannot be asked for.
#[derive(Debug)]
pub(super) struct Span {
    number: usize,
    pub(super) config: Setup,
    pub(super) status: SpanStatus,
    pub(super) received: [Abcd; Timeslot::PER_FRAME],
    pub(super) transmit: TransmitCounters,
    /// As the status registers had it last.
    lasting: Defects,
    /// What came since the last service and may have gone again.
    moments: Defects,
    orders: Orders,
    national: NationalBits,
    /// What the far end tells of its clock.
    messages: SaMessages,
    /// The test of the whole line, while there is one.
    test: Option<LineTest>,
    /// Whether there is a CRC-4 multiframe, which tells where messages begin.
    has_multiframe: bool,
    /// What XS1 to XS16 were last given; they cannot be read.
    xs: [u8; 16],
    /// Whether RS1 to RS16 may hold bits that `received` does not have.
    bits_pending: bool,
}

impl Span {
    pub(super) fn new(number: usize) -> Self {
        Self {
            number,
            config: Setup { line_code: LineCode::Hdb3, crc4: CrcMode::On, cas: false, signalling_slot: None },
            status: SpanStatus::default(),
            received: [Abcd::default(); Timeslot::PER_FRAME],
            transmit: TransmitCounters::default(),
            lasting: Defects::NONE,
            moments: Defects::NONE,
            orders: Orders::NONE,
            national: NationalBits::new(),
            messages: SaMessages::default(),
            test: None,
            has_multiframe: false,
            xs: XS_IDLE,
            bits_pending: true,
        }
    }

    /// Forgets everything but how it is set up.
    pub(super) fn forget(&mut self) {
        *self = Self { config: self.config, ..Self::new(self.number) };
    }

    /// Sets the framer up in the order of [`setup`] with its transmitter off, turns that on, then clears what
    /// was latched and lets it interrupt: what is masked does not show in ISR either. Signalling bits and orders
    /// are those last given.
    pub(super) fn set_up<B: Bus>(&mut self, bridge: &mut Bridge<B>) -> Result<(), CardError> {
        self.bits_pending = true;
        for mask in regs::IMR {
            bridge.write(self.number, mask, MASK_ALL);
        }
        bridge.write(self.number, regs::XPM2, regs::XPM2_TRISTATE);
        let setup = setup(&self.config);
        for (register, value) in setup {
            bridge.write(self.number, register, value);
        }
        if bridge.read(self.number, regs::FMR1) != setup[1].1 {
            return Err(CardError::Hardware("a framer does not keep what is written to FMR1"));
        }
        if self.config.cas {
            for (register, value) in (regs::XS1..).zip(self.xs) {
                bridge.write(self.number, register, value);
            }
        }
        bridge.write(self.number, regs::XPM2, regs::XPM2_ON);
        bridge.write(self.number, regs::LIM1, regs::LIM1_ON);
        if self.orders != Orders::NONE {
            self.apply_orders(bridge);
        }
        if self.test.is_some() {
            bridge.write(self.number, regs::LCR1, regs::LCR1_TEST);
        }
        for status in regs::ISR {
            bridge.read(self.number, status);
        }
        for (mask, value) in regs::IMR.into_iter().zip(interrupt_masks(&self.config)) {
            bridge.write(self.number, mask, value);
        }
        Ok(())
    }

    /// Carries out an order, now or when the card is back.
    pub(super) fn order<B: Bus>(&mut self, bridge: Option<&mut Bridge<B>>, order: &LineOrder) {
        match *order {
            LineOrder::Loop(which) => self.orders.looped = which,
            LineOrder::SendAis(on) => self.orders.ais = on,
            LineOrder::SendRai(on) => self.orders.rai = on,
            LineOrder::SendSaBits(bits) => self.orders.sa = bits & regs::XSW_SA,
            LineOrder::SyncMessage(message) => {
                let bit = |sync: Option<(SaBit, Quality)>| sync.map(|(bit, _)| bit);
                if bit(self.orders.sync) != bit(message) {
                    self.forget_quality();
                }
                self.orders.sync = message;
            }
            LineOrder::InsertError(error) => {
                let defect = match error {
                    LineError::Code => regs::IERR_CODE,
                    LineError::Framing => regs::IERR_FAS,
                    LineError::Crc => regs::IERR_CRC4,
                    LineError::Payload => return,
                };
                if let Some(bridge) = bridge {
                    bridge.write(self.number, regs::IERR, defect);
                }
                return;
            }
            LineOrder::TestLine(pattern) => return self.test_line(bridge, pattern.is_some()),
            LineOrder::InsertTestErrors(count) => {
                return self.test.iter_mut().for_each(|test| test.insert_errors(count));
            }
            LineOrder::SendAisCi(_)
            | LineOrder::SendRaiCi(_)
            | LineOrder::CommandLoop(_)
            | LineOrder::SendLoopCode(_)
            | LineOrder::ObeyLoops(_) => return,
        }
        self.status.looped = self.orders.looped;
        if let Some(bridge) = bridge {
            self.apply_orders(bridge);
        }
    }

    fn test_line<B: Bus>(&mut self, bridge: Option<&mut Bridge<B>>, on: bool) {
        if on {
            self.test = Some(LineTest::begin(bridge, self.number));
        } else if self.test.take().is_some()
            && let Some(bridge) = bridge
        {
            bridge.write(self.number, regs::LCR1, regs::LCR1_FRAMES);
        }
        self.show_test();
    }

    /// The card has moved so many frames.
    pub(super) fn pass_test<B: Bus>(&mut self, bridge: &mut Bridge<B>, frames: Frames) {
        if let Some(test) = &mut self.test {
            test.pass(bridge, self.number, frames);
        }
    }

    /// Asks the framer how the test stands.
    pub(super) fn look_at_test<B: Bus>(&mut self, bridge: &mut Bridge<B>) {
        if let Some(test) = &mut self.test {
            test.look(bridge, self.number, self.lasting.contains(Defect::Los));
            self.show_test();
        }
    }

    fn show_test(&mut self) {
        self.status.line_test = self.test.as_ref().map(LineTest::state);
    }

    fn apply_orders<B: Bus>(&self, bridge: &mut Bridge<B>) {
        for (register, value) in self.orders.sa_registers().into_iter().flatten() {
            bridge.write(self.number, register, value);
        }
        for (register, value) in self.orders.registers(&setup(&self.config)) {
            bridge.write(self.number, register, value);
        }
    }

    /// Masks all interrupts and turns transmitter and line interface off.
    pub(super) fn stop<B: Bus>(&mut self, bridge: &mut Bridge<B>) {
        for mask in regs::IMR {
            bridge.write(self.number, mask, MASK_ALL);
        }
        bridge.write(self.number, regs::XPM2, regs::XPM2_TRISTATE);
        bridge.write(self.number, regs::LIM1, regs::LIM1_OFF);
    }

    /// What was seen for a moment only has been shown for a service.
    pub(super) fn begin_service(&mut self) {
        if !std::mem::replace(&mut self.moments, Defects::NONE).is_empty() {
            self.show_defects();
        }
    }

    /// Attends to the interrupts that GIS names. Each status register is read once: what comes meanwhile
    /// stays pending for the next service. What would be counted is believed only of a card that knows its name.
    pub(super) fn handle_interrupts<B: Bus>(&mut self, bridge: &mut Bridge<B>) {
        let pending = bridge.read(self.number, regs::GIS);
        let mut isr = [0; 5];
        for (index, (value, register)) in isr.iter_mut().zip(regs::ISR).enumerate() {
            if pending & (1 << index) != 0 {
                *value = bridge.read(self.number, register);
            }
        }
        let second = (isr[3] & regs::ISR3_SEC != 0).then(|| self.read_second(bridge));
        if is_counted(&isr) && !bridge.knows_its_name() {
            return;
        }
        self.count_losses_and_slips(&isr);
        if let Some((second, wrong_bits)) = second {
            self.add_second(second);
            self.test.iter_mut().for_each(|test| test.add_errors(wrong_bits));
        }
        let signalling = isr[0] & regs::ISR0_CASC != 0;
        self.bits_pending |= signalling;
        if signalling || isr[2] & regs::ISR2_STATUS != 0 || isr[3] & regs::ISR3_CAS_STATUS != 0 {
            self.note_moments(isr[2], isr[3]);
            self.refresh(bridge);
        }
    }

    /// What came, even if it has gone by now. LOS and AIS tell that they went by the same bit, as those that were there.
    fn note_moments(&mut self, isr2: u8, isr3: u8) {
        for (defect, bit) in ISR2_DEFECTS {
            self.moments.set(defect, isr2 & bit != 0);
        }
        for (defect, bit) in ISR2_BOTH_EDGES {
            self.moments.set(defect, isr2 & bit != 0 && !self.lasting.contains(defect));
        }
        let cas_lost = self.config.cas && isr3 & regs::ISR3_LMFA16 != 0;
        self.moments.set(Defect::LossOfCasMultiframe, cas_lost);
        self.bits_pending |= !self.moments.is_empty();
    }

    /// Reads the status, answers it with the remote alarm of the CAS multiframe, and takes pending signalling
    /// bits. Also called without an interrupt: some changes have none, and a lost one does no lasting harm.
    pub(super) fn refresh<B: Bus>(&mut self, bridge: &mut Bridge<B>) {
        let frs0 = bridge.read(self.number, regs::FRS0);
        let frs1 = bridge.read(self.number, regs::FRS1);
        self.lasting = defects(&self.config, frs0, frs1);
        let no_multiframe = regs::FRS0_LFA | regs::FRS0_LMFA | regs::FRS0_NO_CRC4;
        self.has_multiframe = self.config.crc4 != CrcMode::Off && frs0 & no_multiframe == 0;
        self.show_defects();
        self.take_national_bits(bridge);
        if self.config.cas {
            self.send_cas_remote_alarm(bridge);
            self.take_bits(bridge);
        }
    }

    fn take_national_bits<B: Bus>(&mut self, bridge: &mut Bridge<B>) {
        if self.lasting.is_severe() {
            self.national = NationalBits::new();
        } else {
            self.national.take(bridge.read(self.number, regs::RSW));
        }
        self.status.sa_bits = self.national.bits();
    }

    /// Looks at the last multiframe for what the far end tells of its clock. Called at most once a multiframe.
    pub(super) fn listen_for_message<B: Bus>(&mut self, bridge: &mut Bridge<B>) {
        let Some((bit, _)) = self.orders.sync else { return };
        if !self.has_multiframe {
            return self.forget_quality();
        }
        self.messages.take(bridge.read(self.number, regs::RSA4 + sa_messages::place(bit)));
        self.status.sync_quality = self.messages.quality();
    }

    fn forget_quality(&mut self) {
        (self.messages, self.status.sync_quality) = (SaMessages::default(), None);
    }

    fn show_defects(&mut self) {
        self.status.defects = Defects::from_bits(self.lasting.bits() | self.moments.bits());
    }

    /// Lets the next [`Span::refresh`] read the signalling bits, whether their change was announced or not.
    pub(super) const fn doubt_bits(&mut self) {
        self.bits_pending = true;
    }

    /// The card is gone.
    pub(super) fn lose_card(&mut self) {
        (self.lasting, self.moments) = (card_is_gone(), Defects::NONE);
        (self.national, self.status.sa_bits) = (NationalBits::new(), None);
        self.forget_quality();
        self.test.iter_mut().for_each(|test| test.note(false));
        self.show_test();
        self.show_defects();
    }

    /// Sends `bits` for `slot`. Two channels share a register, whose other half is kept. 0000 on channels 1
    /// to 15 would imitate the multiframe alignment signal (G.704 §5.1.3.2); the last bits stay instead.
    pub(super) fn set_bits<B: Bus>(&mut self, bridge: Option<&mut Bridge<B>>, slot: Timeslot, bits: Abcd) {
        let Some((index, shift)) = slot.telephone_channel().map(place) else {
            return; // timeslots 0 and 16 have no signalling bits
        };
        if shift == HIGH_NIBBLE && bits == Abcd::new(0) {
            return;
        }
        let kept = self.xs[index] & !(0x0f << shift);
        let value = kept | bits.bits() << shift;
        match bridge {
            Some(bridge) => self.write_xs(bridge, index, value),
            None => self.xs[index] = value,
        }
    }

    /// Reads the second that the framer has just latched, in the order of [`COUNTERS`], and the wrong bits of a test. Both
    /// octets count: 1000 errors are 0x03e8.
    fn read_second<B: Bus>(&self, bridge: &mut Bridge<B>) -> ([u64; 4], u64) {
        let counted = COUNTERS.map(|register| bridge.read_counter(self.number, register));
        let wrong_bits = self.test.map_or(0, |_| bridge.read_counter(self.number, regs::CEC2));
        (counted, wrong_bits)
    }

    fn add_second(&mut self, second: [u64; 4]) {
        let counters = &mut self.status.counters;
        add(&mut counters.fas_errors, second[0]);
        add(&mut counters.line_code_violations, second[1]);
        add(&mut counters.crc_errors, second[2]);
        add(&mut counters.e_bits, second[3]);
    }

    fn count_losses_and_slips(&mut self, isr: &[u8; 5]) {
        let [_, _, isr2, isr3, isr4] = *isr;
        let counters = &mut self.status.counters;
        add(&mut counters.severe_framing_errors, u64::from(isr2 & regs::ISR2_LFA != 0));
        add(&mut counters.slips_deleted, u64::from(isr3 & regs::ISR3_RSN != 0));
        add(&mut counters.slips_repeated, u64::from(isr3 & regs::ISR3_RSP != 0));
        add(&mut self.transmit.slips, u64::from((isr4 & regs::ISR4_TX_SLIP).count_ones()));
    }

    /// G.732: bit y is sent while the received signalling cannot be used. The framer does not do it, unlike
    /// bit A.
    fn send_cas_remote_alarm<B: Bus>(&mut self, bridge: &mut Bridge<B>) {
        let alarm = if signalling_is_lost(self.lasting) { regs::XS1_REMOTE_ALARM } else { 0 };
        let xs1 = regs::XS1_IDLE | alarm;
        if xs1 != self.xs[0] {
            self.write_xs(bridge, 0, xs1);
        }
    }

    fn write_xs<B: Bus>(&mut self, bridge: &mut Bridge<B>, index: usize, value: u8) {
        self.xs[index] = value;
        if self.config.cas {
            bridge.write(self.number, regs::XS1 + index as u8, value);
        }
    }

    /// Copies RS2 to RS16 when they may be new. Bits of a lost multiframe are not taken; they stay pending
    /// until it is back.
    fn take_bits<B: Bus>(&mut self, bridge: &mut Bridge<B>) {
        if !self.bits_pending || signalling_is_lost(self.lasting) {
            return;
        }
        let mut rs = [0; 16];
        for (value, register) in rs.iter_mut().zip(regs::RS1..).skip(1) {
            *value = bridge.read(self.number, register);
        }
        if !bridge.knows_its_name() {
            return;
        }
        self.bits_pending = false;
        for channel in TelephoneChannel::all() {
            let (index, shift) = place(channel);
            self.received[channel.timeslot().index()] = Abcd::new(rs[index] >> shift);
        }
    }
}

/// The registers that describe a span, in the order in which they are written: line code, frame, service
/// bits, the line interface's thresholds, and what interrupts. The transmitter is turned on after them.
fn setup(config: &Setup) -> [(u8, u8); 9] {
    let line_code = match config.line_code {
        LineCode::Hdb3 => regs::FMR0_HDB3,
        LineCode::Ami | LineCode::B8zs => regs::FMR0_AMI,
    };
    let (send_crc4, receive) = match config.crc4 {
        CrcMode::Off => (0, regs::FMR2_DOUBLE_FRAME),
        CrcMode::On => (regs::FMR1_TX_CRC4, regs::FMR2_CRC4),
        CrcMode::Auto => (regs::FMR1_TX_CRC4, regs::FMR2_CRC4_AUTO),
    };
    let cas = if config.cas { regs::XSP_CAS } else { 0 };
    [
        (regs::FMR0, line_code),
        (regs::FMR1, regs::FMR1_E1 | send_crc4),
        (regs::FMR2, receive | regs::FMR2_AUTO_REMOTE_ALARM),
        (regs::XSW, regs::XSW_IDLE),
        (regs::XSP, cas | regs::XSP_AUTO_E_BITS),
        (regs::LIM0, regs::LIM0_NO_LOOP),
        (regs::PCD, regs::PCD_176_ZEROS),
        (regs::PCR, regs::PCR_22_PULSES),
        (regs::GCR, regs::GCR_BOTH_EDGES),
    ]
}

/// IMR0 to IMR4 of a running span: signalling changes only where there is signalling.
fn interrupt_masks(config: &Setup) -> [u8; 5] {
    let (signalling, cas_status) = if config.cas { (regs::ISR0_CASC, regs::ISR3_CAS_STATUS) } else { (0, 0) };
    let seconds_and_slips = regs::ISR3_SEC | regs::ISR3_RSN | regs::ISR3_RSP;
    let isr3 = cas_status | seconds_and_slips;
    [!signalling, MASK_ALL, !regs::ISR2_STATUS, !isr3, !regs::ISR4_TX_SLIP]
}

fn defects(config: &Setup, frs0: u8, frs1: u8) -> Defects {
    let mut defects = Defects::NONE;
    for (defect, bit) in FRS0_DEFECTS {
        defects.set(defect, frs0 & bit != 0);
    }
    // In automatic mode a far end without CRC-4 is no defect.
    let lost_crc4 = match config.crc4 {
        CrcMode::Off => false,
        CrcMode::On => frs0 & (regs::FRS0_LMFA | regs::FRS0_NO_CRC4) != 0,
        CrcMode::Auto => frs0 & (regs::FRS0_LMFA | regs::FRS0_NO_CRC4) == regs::FRS0_LMFA,
    };
    defects.set(Defect::Lomf, lost_crc4);
    for (defect, bit) in FRS1_DEFECTS {
        defects.set(defect, config.cas && frs1 & bit != 0);
    }
    defects
}

/// Where a channel's bits are: the index of its register among the 16 and the position in it. Channels 1 to
/// 15 have the high nibble, 16 to 30 the low one.
const fn place(channel: TelephoneChannel) -> (usize, u8) {
    let number = channel.number();
    if number <= 15 { (number as usize, HIGH_NIBBLE) } else { (number as usize - 15, 0) }
}

/// Whether ISR0 to ISR4 tell of what is counted, or have all bits set, as those of a pulled card have.
fn is_counted(isr: &[u8; 5]) -> bool {
    let counted =
        [0, 0, regs::ISR2_LFA, regs::ISR3_SEC | regs::ISR3_RSN | regs::ISR3_RSP, regs::ISR4_TX_SLIP];
    isr.contains(&ALL_PENDING) || isr.iter().zip(counted).any(|(isr, counted)| isr & counted != 0)
}

const FRS0_DEFECTS: [(Defect, u8); 4] = [
    (Defect::Los, regs::FRS0_LOS),
    (Defect::Ais, regs::FRS0_AIS),
    (Defect::Lof, regs::FRS0_LFA),
    (Defect::Rai, regs::FRS0_RRA),
];
/// What tells by a bit of its own that it came.
const ISR2_DEFECTS: [(Defect, u8); 2] = [(Defect::Lof, regs::ISR2_LFA), (Defect::Rai, regs::ISR2_RA)];
/// What tells by the same bit that it came and that it went.
const ISR2_BOTH_EDGES: [(Defect, u8); 2] = [(Defect::Los, regs::ISR2_LOS), (Defect::Ais, regs::ISR2_AIS)];
const FRS1_DEFECTS: [(Defect, u8); 3] = [
    (Defect::CasRai, regs::FRS1_TS16_RA),
    (Defect::CasAis, regs::FRS1_TS16_AIS),
    (Defect::LossOfCasMultiframe, regs::FRS1_TS16_LFA),
];
/// In the order in which [`Span::add_second`] adds them.
const COUNTERS: [u8; 4] = [regs::FEC, regs::CVC, regs::CEC1, regs::EBC];
/// What a pulled card reads. A framer hardly ever reports so much at once.
const ALL_PENDING: u8 = 0xff;
const HIGH_NIBBLE: u8 = 4;
const MASK_ALL: u8 = 0xff;
const XS_IDLE: [u8; 16] = {
    let mut xs = [regs::XS_BLOCKED; 16];
    xs[0] = regs::XS1_IDLE;
    xs
};
