//! One span of the card: the framer's registers, its two directions, and the line behind them.
use super::dma::{FRAMES, Piece};
use super::receiver::{Receiver, ReceiverSetup};
use super::registers::{self as reg, set, state};
use super::transmitter::{Transmitter, TransmitterSetup};
use crate::signalling_slot::SignallingSlot;
use crate::wire::{FRAME_WORDS, WireEnd, most_words};
use tandem_line::{CrcMode, E1Config, LineCode, Symbols};
use tandem_types::FRAMES_PER_SECOND;

/// One span.
#[derive(Debug)]
pub(super) struct Span {
    /// Configuration as written, by offset.
    registers: [u8; 256],
    receiver: Receiver,
    transmitter: Transmitter,
    /// Frames since the framer left reset.
    frames: u64,
    /// What was received last, for the payload loop.
    received: Piece,
    wire: Option<WireEnd>,
}

impl Span {
    /// A framer in reset, at the end of a wire or of none.
    pub(super) fn new(wire: Option<WireEnd>) -> Self {
        let registers = [0; 256];
        Self {
            registers,
            receiver: new_receiver(&registers),
            transmitter: Transmitter::new(transmitter_setup(&registers)),
            frames: 0,
            received: [[0xff; 32]; FRAMES],
            wire,
        }
    }

    /// Back to the values of reset.
    pub(super) fn reset(&mut self) {
        self.registers = [0; 256];
        self.receiver = new_receiver(&self.registers);
        self.transmitter = Transmitter::new(transmitter_setup(&self.registers));
        self.frames = 0;
        self.received = [[0xff; 32]; FRAMES];
    }

    /// What was written to a configuration register.
    pub(super) fn written(&self, offset: u8) -> u8 {
        self.registers[usize::from(offset)]
    }

    /// The offset of the clock of the received signal, while there is one.
    pub(super) fn received_ppb(&self) -> Option<i64> {
        let wire = self.wire.as_ref()?;
        (self.receiver.frs0() & state::LOS == 0).then(|| wire.received_ppb())
    }

    /// The host reads a framer register. `channels` is CIS, which the four framers share.
    pub(super) fn read(&mut self, offset: u8, channels: u8) -> u8 {
        match offset {
            reg::IMR0..=reg::IMR4 => self.receiver.status().interrupts.mask(usize::from(offset - reg::IMR0)),
            reg::IERR => 0,
            reg::VSTR => 0x05,
            reg::FRS0 => self.receiver.frs0(),
            reg::FRS1 => self.receiver.frs1(),
            reg::RSW => self.receiver.status().service_word,
            reg::RSP if self.receiver.finds_pattern() => state::RSP_LLBAD,
            // Without ECM the counters can be watched running; with it, what the last second had.
            reg::FEC_LOW..=reg::CEC2_HIGH => {
                self.receiver.status().counters.octet(offset - reg::FEC_LOW, self.latches())
            }
            reg::RSA4..=reg::RSA8 => self.receiver.status().received_sa(offset - reg::RSA4),
            // Clears the register, and with it its share of the interrupt line.
            reg::ISR0..=reg::ISR4 => {
                self.receiver.status_mut().interrupts.read(usize::from(offset - reg::ISR0))
            }
            reg::GIS => self.interrupts(),
            reg::CIS => channels,
            reg::RS1..=reg::RS16 => self.receiver.status().received_signalling(offset - reg::RS1),
            reg::FIRST_STATUS..reg::RS1 => 0,
            _ => self.registers[usize::from(offset)],
        }
    }

    /// The host writes a framer register.
    pub(super) fn write(&mut self, offset: u8, value: u8) {
        match offset {
            reg::IMR0..=reg::IMR4 => {
                self.receiver.status_mut().interrupts.set_mask(usize::from(offset - reg::IMR0), value);
            }
            // Nothing is kept: each bit does its work once.
            reg::IERR => self.transmitter.insert(value),
            reg::RS1..=reg::RS16 => self.transmitter.write_signalling(offset - reg::RS1, value),
            reg::FIRST_STATUS..reg::RS1 => {}
            _ => {
                self.registers[usize::from(offset)] = value;
                self.configure();
            }
        }
    }

    /// GIS: bit n for an unmasked bit in ISRn.
    pub(super) fn interrupts(&self) -> u8 {
        self.receiver.status().interrupts.global()
    }

    /// What the signalling slot brought in the last step.
    pub(super) const fn signalling(&self) -> &SignallingSlot {
        self.receiver.signalling()
    }

    /// Eight frames pass: `sent` leaves from the transmit highway, `received` arrives on the receive highway, and what
    /// the timeslot `signalling` brings is kept apart.
    pub(super) fn step(&mut self, sent: &Piece, received: &mut Piece, signalling: u8) {
        self.receiver.begin(signalling);
        self.consequences();
        let on = self.bit(reg::LIM1, set::LIM1_ON);
        let (mut heard, mut count) = self.listen();
        let own = match self.bit(reg::FMR2, set::FMR2_PLB) {
            true => self.transmitter.make(&self.received),
            false => self.transmitter.make(sent),
        };
        let speaks = on && !self.bit(reg::XPM2, set::XPM2_XLT);
        let remote_loop = self.bit(reg::LIM1, set::LIM1_RL);
        self.speak(match speaks {
            true if remote_loop => &heard[..count],
            true => &own,
            false => &SILENCE[..OWN_WORDS],
        });
        if self.bit(reg::LIM0, set::LIM0_LL) {
            heard[..OWN_WORDS].copy_from_slice(&own);
            count = OWN_WORDS;
        } else if !on {
            heard = SILENCE;
        }
        let tells = self.bit(reg::XSP, set::XSP_AXS);
        let transmitter = &mut self.transmitter;
        self.receiver.take(&heard[..count], received, |smf| {
            if tells {
                transmitter.report_errored(smf);
            }
        });
        self.received = *received;
        self.count_time();
    }

    /// Eight frames pass in reset: nothing is sent, and what comes is not heard.
    pub(super) fn idle(&mut self) {
        let _ = self.listen();
        self.speak(&SILENCE[..OWN_WORDS]);
    }

    /// What came in eight frames, and how many words that is.
    fn listen(&mut self) -> ([Symbols; most_words(FRAMES)], usize) {
        let mut heard = SILENCE;
        let count = match &mut self.wire {
            Some(wire) => wire.receive(FRAMES, &mut heard),
            None => OWN_WORDS,
        };
        (heard, count)
    }

    fn speak(&mut self, symbols: &[Symbols]) {
        if let Some(wire) = &mut self.wire {
            wire.send(symbols);
        }
    }

    /// What the transmitter says of the state of the receiver, where the registers want it.
    fn consequences(&mut self) {
        let automatic = self.bit(reg::FMR2, set::FMR2_AXRA) && !self.receiver.is_aligned();
        self.transmitter.set_remote_alarm(automatic || self.bit(reg::XSW, set::XSW_XRA));
        // With AXS the E bits tell of errors, and without multiframe alignment they are as EBP says. Without
        // AXS they are what XS13 and XS15 say; the model knows only both together.
        let e_bits = match self.bit(reg::XSP, set::XSP_AXS) {
            true => self.receiver.is_crc_aligned() || self.bit(reg::XSP, set::XSP_EBP),
            false => self.bit(reg::XSP, set::XSP_XS13) && self.bit(reg::XSP, set::XSP_XS15),
        };
        self.transmitter.set_e_bits(e_bits);
    }

    fn count_time(&mut self) {
        self.frames += FRAMES as u64;
        if self.frames.is_multiple_of(FRAMES_PER_SECOND) {
            self.receiver.second(self.latches());
        }
    }

    fn configure(&mut self) {
        let registers = &self.registers;
        let value = |offset: u8| registers[usize::from(offset)];
        let (pcd, pcr, global) = (value(reg::PCD), value(reg::PCR), value(reg::GCR));
        self.receiver.configure(receiver_setup(registers), pcd, pcr, global);
        let ais = value(reg::FMR1) & set::FMR1_XAIS != 0;
        self.transmitter.configure(transmitter_setup(registers), value(reg::XSW), ais);
        let tests = value(reg::LCR1);
        self.transmitter.send_pattern(tests & set::LCR1_XPRBS != 0);
        self.receiver.watch_pattern(tests & set::LCR1_EPRM != 0);
    }

    fn latches(&self) -> bool {
        self.bit(reg::FMR1, set::FMR1_ECM)
    }

    fn bit(&self, offset: u8, bit: u8) -> bool {
        self.registers[usize::from(offset)] & bit != 0
    }
}

fn new_receiver(registers: &[u8; 256]) -> Receiver {
    let [pcd, pcr] = [reg::PCD, reg::PCR].map(|offset| registers[usize::from(offset)]);
    Receiver::new(receiver_setup(registers), pcd, pcr)
}

fn receiver_setup(registers: &[u8; 256]) -> ReceiverSetup {
    let value = |offset: u8| registers[usize::from(offset)];
    let crc4 = match value(reg::FMR2) & set::FMR2_RFS {
        set::FMR2_RFS_CRC4 => CrcMode::On,
        set::FMR2_RFS_AUTO => CrcMode::Auto,
        _ => CrcMode::Off,
    };
    let cas = value(reg::XSP) & set::XSP_CASEN != 0;
    let nfas_loss = value(reg::RC0) & set::RC0_SWD == 0;
    let code = line_code(value(reg::FMR0), set::FMR0_RC);
    ReceiverSetup { code, framing: E1Config { crc4, cas, nfas_loss } }
}

fn transmitter_setup(registers: &[u8; 256]) -> TransmitterSetup {
    let value = |offset: u8| registers[usize::from(offset)];
    TransmitterSetup {
        code: line_code(value(reg::FMR0), set::FMR0_XC),
        crc4: value(reg::FMR1) & set::FMR1_XFS != 0,
        sa: (value(reg::FMR1) & set::FMR1_ENSA != 0)
            .then(|| std::array::from_fn(|place| value(reg::XSA4 + place as u8))),
        cas: value(reg::XSP) & set::XSP_CASEN != 0,
    }
}

/// Both bits of the field set mean HDB3; the other codes of the chip are taken for AMI.
const fn line_code(fmr0: u8, field: u8) -> LineCode {
    if fmr0 & field == field { LineCode::Hdb3 } else { LineCode::Ami }
}

/// Words that eight frames fill by the card's own clock.
const OWN_WORDS: usize = FRAME_WORDS * FRAMES;
const SILENCE: [Symbols; most_words(FRAMES)] = [Symbols { pos: 0, neg: 0 }; most_words(FRAMES)];
