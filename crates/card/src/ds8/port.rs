//! One span: its framer's set-up, status and counters, and what one direction does because of the other.
use super::bridge::Bridge;
use super::link::{self, Link};
use super::setup::{self, CONTROLS, Setup, TCR3_PLACE, Wanted};
use super::signalling::Signalling;
use super::tester::LineTest;
use super::{regs, status};
use crate::condition::{card_is_gone, signalling_is_lost};
use crate::obedience::Obedience;
use crate::sa_messages::{self, SaMessages};
use crate::{Bus, CardError, LineError, LineOrder, Loopback, SpanConfig, SpanStatus, add};
use status::Seen;
use tandem_line::CrcMode;
use tandem_line::clock::Quality;
use tandem_line::e1::{NationalBits, SaBit};
use tandem_line::pm::Second;
use tandem_line::t1::{LoopCode, PrmCounts};
use tandem_types::{Abcd, Defect, FrameTime, Frames, Timeslot};

/// A span and the driver's copy of what its framer was told.
#[derive(Debug)]
pub(super) struct Port {
    number: usize,
    pub(super) setup: Setup,
    pub(super) status: SpanStatus,
    pub(super) signalling: Signalling,
    /// Controlled slips between the transmit highway and the line.
    pub(super) transmit_slips: u64,
    orders: Orders,
    seen: Seen,
    /// What the registers of [`CONTROLS`] hold.
    written: [u8; CONTROLS.len()],
    /// The counters of a second are latched and not yet added.
    second_is_due: bool,
    /// Automatic CRC-4: given up until alignment is found anew.
    without_crc4: bool,
    /// T1: until when the remote alarm goes on at least.
    alarm_until: Option<FrameTime>,
    /// Since when it is sent.
    alarm_since: FrameTime,
    /// Until when it is interrupted for a report.
    interrupted_until: Option<FrameTime>,
    /// Until when received AIS is that of a customer installation.
    ais_ci_until: Option<FrameTime>,
    link: Link,
    sa: SaMessages,
    national: NationalBits,
    /// When its turn at the data link was last.
    attended: FrameTime,
    /// As of the end of the last second.
    reported: Reported,
}

/// What the host has ordered besides the set-up.
#[derive(Clone, Copy, Debug)]
struct Orders {
    obedience: Obedience,
    ais: bool,
    rai: bool,
    /// Of a T1, those of a customer installation.
    ais_ci: bool,
    rai_ci: bool,
    /// Sa4 to Sa8 of an E1.
    sa: u8,
    in_band: Option<LoopCode>,
    sync: Option<(SaBit, Quality)>,
    test: Option<LineTest>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Reported {
    slips: u64,
    severe: u64,
}

impl Port {
    pub(super) fn new(number: usize, setup: Setup) -> Self {
        Self {
            number,
            setup,
            status: SpanStatus::default(),
            signalling: Signalling::new(setup.is_t1()),
            transmit_slips: 0,
            orders: Orders {
                obedience: Obedience::new(),
                ais: false,
                rai: false,
                ais_ci: false,
                rai_ci: false,
                sa: regs::E1TNAF_SA,
                in_band: None,
                sync: None,
                test: None,
            },
            national: NationalBits::new(),
            seen: Seen::default(),
            written: [0; CONTROLS.len()],
            second_is_due: false,
            without_crc4: false,
            alarm_until: None,
            alarm_since: FrameTime::ZERO,
            interrupted_until: None,
            ais_ci_until: None,
            link: Link::new(),
            sa: SaMessages::default(),
            attended: FrameTime::ZERO,
            reported: Reported::default(),
        }
    }

    pub(super) fn configure(&mut self, config: &SpanConfig) -> Result<(), CardError> {
        *self = Self::new(self.number, Setup::new(config)?);
        Ok(())
    }

    /// Forgets everything but how it is set up.
    pub(super) fn forget(&mut self) {
        *self = Self::new(self.number, self.setup);
    }

    /// Sets the framer up in the order of the page: cleared, told its mode, switched on, told the rest, and only then
    /// let loose; pulses come last. Signalling bits and orders are those last given.
    pub(super) fn set_up<B: Bus>(&mut self, bridge: &mut Bridge<B>, now: FrameTime) -> Result<(), CardError> {
        let number = self.number;
        setup::clear(bridge, number);
        let mode = self.setup.mode();
        for value in [regs::MODE_RESET, mode, mode | regs::MODE_ON] {
            bridge.write_port(number, regs::RMMR, value);
            bridge.write_port(number, regs::TMMR, value);
        }
        self.setup.write_fixed(bridge, number);
        self.signalling.set_up(bridge, number, &self.setup);
        (self.seen, self.second_is_due, self.without_crc4) = (Seen::default(), false, false);
        self.link.restart();
        self.keep_alarm_up(now);
        self.written = self.setup.controls(&self.wanted(now));
        for (register, value) in CONTROLS.into_iter().zip(self.written) {
            if register != regs::LMCR && value != 0 {
                bridge.write_port(number, register, value);
            }
        }
        if !self.setup.is_t1() && self.orders.sync.is_some() {
            self.send_sync_message(bridge);
        }
        let running = mode | regs::MODE_ON | regs::MODE_DONE;
        bridge.write_port(number, regs::RMMR, running);
        bridge.write_port(number, regs::TMMR, running);
        self.setup.write_line_interface(bridge, number);
        bridge.write_port(number, regs::LMCR, self.written[CONTROLS.len() - 1]);
        if bridge.read_port(number, regs::RMMR) != running || !bridge.is_sound() {
            return Err(CardError::Hardware("a framer does not keep what is written to RMMR"));
        }
        setup::clear_latched(bridge, number);
        self.setup.write_masks(bridge, number);
        if let Some(test) = &mut self.orders.test {
            test.begin(bridge, number);
        }
        Ok(())
    }

    /// Masks all interrupts and turns the transmitter off.
    pub(super) fn stop<B: Bus>(&mut self, bridge: &mut Bridge<B>) {
        for mask in [regs::RIM1, regs::RIM2, regs::RIM3, regs::RIM4, regs::RIM5, regs::RIM7, regs::TIM1] {
            bridge.write_port(self.number, mask, 0);
        }
        bridge.write_port(self.number, regs::LMCR, 0);
        bridge.write_port(self.number, regs::RMMR, regs::MODE_RESET);
        bridge.write_port(self.number, regs::TMMR, regs::MODE_RESET);
    }

    /// What was seen for a moment only has been shown.
    pub(super) fn begin_service(&mut self) {
        if self.seen.forget_moments() {
            self.show_defects();
        }
    }

    /// Takes what is latched and looks at the alarms as they are after that. Each register is read once: what comes
    /// meanwhile stays pending for the next service.
    pub(super) fn attend<B: Bus>(&mut self, bridge: &mut Bridge<B>, now: FrameTime) {
        let pending = bridge.read_port(self.number, regs::RIIR);
        let mut take = |number: u8, register, wanted| match pending >> (number - 1) & 1 {
            0 => 0,
            _ => bridge.take_latched(self.number, register, wanted),
        };
        let (alarms, codes) = (take(1, regs::RLS1, 0xff), take(3, regs::RLS3, 0xff));
        let events = take(4, regs::RLS4, EVENTS);
        let (hdlc, messages) =
            (take(5, regs::RLS5, 0xff), take(7, regs::RLS7, regs::RLS7_BOTH | regs::RLS7_AIS_CI));
        self.note_alarms(alarms);
        self.note_events(events);
        let went = codes >> regs::RLS3_WENT_SHIFT;
        if self.setup.is_t1() {
            self.link.note_codes_that_went(went);
            self.link.note_latched(hdlc, messages);
            if messages & regs::RLS7_AIS_CI != 0 {
                self.ais_ci_until = Some(now + AIS_CI_LASTS);
            }
        } else {
            self.seen.note_cas_alarm(codes & regs::RRTS3_CAS_ALARM != 0, went & regs::RRTS3_CAS_ALARM != 0);
        }
        let alarms = bridge.read_port(self.number, regs::RRTS1);
        if bridge.is_sound() {
            self.seen.set_alarms(alarms);
            self.act(bridge, now);
        }
    }

    /// What is polled, each span in its turn: what has no interrupt, and counters, which can wait.
    pub(super) fn take_turn<B: Bus>(&mut self, bridge: &mut Bridge<B>, now: FrameTime) {
        let number = self.number;
        if self.second_is_due {
            self.end_second(bridge, now);
        }
        let is_t1 = self.setup.is_t1();
        let wanted = if is_t1 { regs::RLS2_SEVERE } else { status::RLS2_E1 };
        let framing = bridge.take_latched(number, regs::RLS2, wanted);
        let slips = bridge.take_latched(number, regs::TLS1, regs::TLS1_SLIPS | regs::TLS1_SLIP);
        let codes = bridge.read_port(number, regs::RRTS3);
        let search = if is_t1 { 0 } else { bridge.read_port(number, regs::E1RRTS7) };
        if !bridge.is_sound() {
            return;
        }
        add(&mut self.transmit_slips, u64::from((slips & regs::TLS1_SLIPS).count_ones()));
        if is_t1 {
            add(&mut self.status.counters.severe_framing_errors, u64::from(framing != 0));
            let passed = Frames(now.since(self.attended).0);
            self.attended = now;
            self.orders.obedience.pass(passed);
            self.link.set_loop_hearing(self.orders.obedience.hearing());
            self.link.pass(passed, self.status.defects.is_severe());
            self.link.hear_codes(now, codes);
            let remote_alarm = self.status.defects.contains(Defect::Rai);
            self.link.take_turn(bridge, number, now, remote_alarm);
            self.status.sync_quality = self.link.quality();
        } else {
            self.seen.set_search(search, codes, framing);
            if self.setup.crc4() == CrcMode::Auto && self.seen.has_no_crc4() {
                self.without_crc4 = true;
            }
            self.take_national_bits(bridge);
            if let Some((bit, _)) = self.orders.sync
                && self.seen.has_crc4(self.looks_for_crc4())
            {
                let bits = bridge.read_port(number, regs::E1RSA4 + u16::from(sa_messages::place(bit)));
                if bridge.is_sound() {
                    self.sa.take(bits);
                }
                self.status.sync_quality = self.sa.quality();
            }
        }
        if let Some(test) = &mut self.orders.test {
            test.take_turn(bridge, number, self.status.defects.contains(Defect::Los));
            self.status.line_test = Some(test.state());
        }
        self.act(bridge, now);
    }

    fn take_national_bits<B: Bus>(&mut self, bridge: &mut Bridge<B>) {
        if self.status.defects.is_severe() {
            self.national = NationalBits::new();
        } else {
            let ts0 = bridge.read_port(self.number, regs::E1RNAF);
            if bridge.is_sound() {
                self.national.take(ts0);
            }
        }
        self.status.sa_bits = self.national.bits();
    }

    /// Takes signalling bits if there may be new ones; whether it asked for any. Those of a lost multiframe are not
    /// taken; they stay pending until it is back.
    pub(super) fn take_bits<B: Bus>(&mut self, bridge: &mut Bridge<B>) -> bool {
        if !self.setup.cas() || !self.signalling.is_pending() || signalling_is_lost(self.status.defects) {
            return false;
        }
        self.signalling.take(bridge, self.number, self.setup.is_t1());
        true
    }

    pub(super) fn set_bits<B: Bus>(&mut self, bridge: Option<&mut Bridge<B>>, slot: Timeslot, bits: Abcd) {
        self.signalling.set(bridge, self.number, &self.setup, slot, bits);
    }

    /// The card is gone.
    pub(super) fn lose_card(&mut self) {
        self.seen.forget_moments();
        self.status.defects = card_is_gone();
        (self.national, self.status.sa_bits) = (NationalBits::new(), None);
        if let Some(test) = &mut self.orders.test {
            test.note(false);
            self.status.line_test = Some(test.state());
        }
        self.forget_quality();
    }

    /// A second of the far end of a T1.
    pub(super) const fn take_far_second(&mut self) -> Option<Second> {
        self.link.take_second()
    }

    /// Carries out an order, now or when the card is back.
    pub(super) fn order<B: Bus>(
        &mut self,
        bridge: Option<&mut Bridge<B>>,
        now: FrameTime,
        order: &LineOrder,
    ) {
        self.orders.obedience.note(order);
        self.link.set_loop_hearing(self.orders.obedience.hearing());
        match *order {
            LineOrder::SendAis(on) => self.orders.ais = on,
            LineOrder::SendRai(on) => self.orders.rai = on,
            LineOrder::SendSaBits(bits) => self.orders.sa = bits & regs::E1TNAF_SA,
            LineOrder::SendLoopCode(code) => self.orders.in_band = code,
            LineOrder::SyncMessage(message) => {
                self.orders.sync = message;
                if message.is_none() && !self.setup.is_t1() {
                    self.forget_quality();
                }
            }
            LineOrder::Loop(_) | LineOrder::ObeyLoops(_) => {}
            LineOrder::InsertError(_) | LineOrder::CommandLoop(_) => {}
            LineOrder::SendAisCi(on) => self.orders.ais_ci = on && self.setup.is_t1(),
            LineOrder::SendRaiCi(on) => self.orders.rai_ci = on && self.setup.interrupts_alarm(),
            LineOrder::TestLine(pattern) => {
                self.orders.test = pattern.map(LineTest::new);
                self.status.line_test = self.orders.test.as_ref().map(LineTest::state);
            }
            LineOrder::InsertTestErrors(count) => {
                self.orders.test.iter_mut().for_each(|test| test.insert_errors(count));
            }
        }
        self.close_loop();
        let Some(bridge) = bridge else { return };
        match *order {
            LineOrder::InsertError(LineError::Code) => self.send_violation(bridge),
            LineOrder::CommandLoop(command) if self.setup.has_link() => {
                self.link.send(bridge, self.number, now, command.message().code());
            }
            LineOrder::SyncMessage(_) if !self.setup.is_t1() => self.send_sync_message(bridge),
            LineOrder::TestLine(_) => match &mut self.orders.test {
                Some(test) => test.begin(bridge, self.number),
                None => LineTest::end(bridge, self.number),
            },
            _ => self.act(bridge, now),
        }
    }

    fn send_violation<B: Bus>(&self, bridge: &mut Bridge<B>) {
        let without = self.written[TCR3_PLACE];
        bridge.write_port(self.number, regs::TCR3, without | regs::TCR3_VIOLATION);
        bridge.write_port(self.number, regs::TCR3, without);
    }

    fn note_alarms(&mut self, latched: u8) {
        let came = latched & regs::RLS1_CAME;
        self.seen.note_alarms_that_came(came);
        if !self.setup.is_t1() {
            let lost = came & regs::RRTS1_LOF != 0;
            add(&mut self.status.counters.severe_framing_errors, u64::from(lost));
        }
        if latched & regs::RLS1_LOF_WENT != 0 {
            // G.706 Annex B: CRC-4 is looked for again.
            self.without_crc4 = false;
        }
        if latched != 0 {
            self.signalling.doubt();
        }
    }

    fn note_events(&mut self, latched: u8) {
        let counters = &mut self.status.counters;
        add(&mut counters.slips_deleted, u64::from(latched & regs::RLS4_DELETED != 0));
        add(&mut counters.slips_repeated, u64::from(latched & regs::RLS4_REPEATED != 0));
        self.second_is_due |= latched & regs::RLS4_TIMER != 0;
        if latched & regs::RLS4_SIGNALLING != 0 {
            self.signalling.note_change();
        }
    }

    /// Adds the second that the framer has latched. It stays there until the next one.
    fn end_second<B: Bus>(&mut self, bridge: &mut Bridge<B>, now: FrameTime) {
        let is_t1 = self.setup.is_t1();
        let [violations, blocks, framing] = [regs::LCVCR1, regs::PCVCR1, regs::FOSCR1]
            .map(|register| bridge.read_counter(self.number, register));
        let e_bits = if is_t1 { 0 } else { bridge.read_counter(self.number, regs::E1EBCR1) };
        if !bridge.is_sound() {
            return;
        }
        self.second_is_due = false;
        // In a superframe the counter of blocks counts framing bits once more.
        let blocks = if is_t1 && !self.setup.has_link() { 0 } else { blocks };
        let counters = &mut self.status.counters;
        add(&mut counters.line_code_violations, violations);
        add(&mut counters.crc_errors, blocks);
        add(&mut counters.fas_errors, framing);
        add(&mut counters.e_bits, e_bits);
        if !self.setup.has_link() {
            return;
        }
        let slips = counters.slips_deleted.saturating_add(counters.slips_repeated);
        let severe = counters.severe_framing_errors;
        let counts = PrmCounts {
            crc_errors: blocks,
            severe_framing: severe.saturating_sub(self.reported.severe)
                + u64::from(self.status.defects.is_severe()),
            framing_errors: framing,
            code_violations: violations,
            slips: slips.saturating_sub(self.reported.slips),
            payload_loop: self.status.looped == Some(Loopback::Payload),
        };
        self.reported = Reported { slips, severe };
        let interrupts = self.interrupt_alarm(now);
        // A message would take the interruption from the report.
        let quality = self.orders.sync.map(|(_, quality)| quality).filter(|_| !interrupts);
        self.link.end_second(bridge, self.number, now, &counts, quality);
    }

    /// Shows what was seen, and answers it: alarms, loops, the CRC-4 that is looked for. Only registers that change are
    /// written.
    fn act<B: Bus>(&mut self, bridge: &mut Bridge<B>, now: FrameTime) {
        self.ais_ci_until = self.ais_ci_until.filter(|until| now < *until);
        self.show_defects();
        self.close_loop();
        self.keep_alarm_up(now);
        let controls = self.setup.controls(&self.wanted(now));
        for ((register, written), value) in CONTROLS.into_iter().zip(&mut self.written).zip(controls) {
            if *written != value {
                *written = value;
                bridge.write_port(self.number, register, value);
            }
        }
        if self.setup.cas() && !self.setup.is_t1() {
            let lost = signalling_is_lost(self.status.defects);
            self.signalling.send_remote_alarm(bridge, self.number, &self.setup, lost);
        }
    }

    fn wanted(&self, now: FrameTime) -> Wanted {
        let rai = if self.setup.is_t1() {
            let interrupted = self.interrupted_until.is_some_and(|until| now < until);
            self.sends_alarm(now) && !interrupted
        } else {
            // Elsewhere the framer does it by itself.
            self.orders.rai || self.setup.crc4() == CrcMode::Auto && self.seen.hears_nothing()
        };
        Wanted {
            looped: self.status.looped,
            ais: self.orders.ais,
            rai,
            ais_ci: self.orders.ais_ci,
            rai_ci: self.orders.rai_ci,
            sa: self.orders.sa,
            without_crc4: self.without_crc4,
            in_band: self.orders.in_band.and_then(link::in_band),
        }
    }

    /// T1.403: the remote alarm lasts a second at least.
    fn keep_alarm_up(&mut self, now: FrameTime) {
        if self.orders.rai || self.orders.rai_ci || self.seen.hears_nothing() {
            if !self.sends_alarm(now) {
                self.alarm_since = now;
            }
            self.alarm_until = Some(now + Frames::from_seconds(1));
        }
    }

    fn sends_alarm(&self, now: FrameTime) -> bool {
        self.alarm_until.is_some_and(|until| now < until)
    }

    /// T1.403 lets the remote alarm of an extended superframe be interrupted for 100 ms: for the report of a second, once
    /// the alarm has lasted for one. Whether it is interrupted. That of a customer installation is not: the chip would begin
    /// its cycle anew each second and never come to the signature.
    fn interrupt_alarm(&mut self, now: FrameTime) -> bool {
        let interrupts = self.setup.interrupts_alarm()
            && !self.orders.rai_ci
            && self.sends_alarm(now)
            && now.since(self.alarm_since) >= Frames::from_seconds(1);
        self.interrupted_until = interrupts.then_some(now + REPORT_LASTS);
        interrupts
    }

    fn close_loop(&mut self) {
        let commanded = self.link.commanded().filter(|_| self.setup.is_t1());
        self.orders.obedience.close(commanded, &mut self.status);
    }

    /// Sends a message from registers, or the idle bits of timeslot 0 again.
    fn send_sync_message<B: Bus>(&self, bridge: &mut Bridge<B>) {
        let mut sources = 0;
        if let Some((bit, quality)) = self.orders.sync {
            let place = sa_messages::place(bit);
            bridge.write_port(self.number, regs::E1TSA4 + u16::from(place), sa_messages::bits_of(quality));
            sources = 1 << (4 - place);
        }
        bridge.write_port(self.number, regs::E1TSACR, sources);
    }

    const fn looks_for_crc4(&self) -> bool {
        !matches!(self.setup.crc4(), CrcMode::Off) && !self.without_crc4
    }

    /// What the far end told of its clock is believed no more; Sa messages must be told anew.
    fn forget_quality(&mut self) {
        (self.sa, self.status.sync_quality) = (SaMessages::default(), None);
    }

    fn show_defects(&mut self) {
        let before = signalling_is_lost(self.status.defects);
        self.status.defects = if self.setup.is_t1() {
            let mut defects = self.seen.t1_defects();
            let rai = defects.contains(Defect::Rai);
            defects.set(Defect::RaiCi, rai && self.link.hears_rai_ci());
            let ais = defects.contains(Defect::Ais);
            defects.set(Defect::AisCi, ais && self.ais_ci_until.is_some());
            defects
        } else {
            self.seen.e1_defects(self.looks_for_crc4(), self.setup.cas())
        };
        // What comes after a break may come from another clock. For a T1 its link sees to that.
        if self.status.defects.is_severe() && !self.setup.is_t1() {
            self.forget_quality();
        }
        if before {
            self.signalling.doubt();
        }
    }
}

/// Two cycles of AIS-CI.
const AIS_CI_LASTS: Frames = Frames::from_ms(2520);
/// A report with its flags is 40 ms in the data link; what of the 100 ms is left is for services that come late.
const REPORT_LASTS: Frames = Frames::from_ms(56);
/// What is taken of RLS4.
const EVENTS: u8 =
    regs::RLS4_DELETED | regs::RLS4_REPEATED | regs::RLS4_SLIP | regs::RLS4_SIGNALLING | regs::RLS4_TIMER;
