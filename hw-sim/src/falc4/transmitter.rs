//! Transmit side of a span: frames of the transmit highway in, symbols out, with defects put in on demand.
use super::dma::Piece;
use super::line_test::LineTest;
use super::registers::set;
use tandem_line::{CrcMode, E1Config, E1Framer, Encoder, LineCode, Smf, Symbols, frame_to_words};

/// What the registers say of the transmit side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TransmitterSetup {
    pub(super) code: LineCode,
    pub(super) crc4: bool,
    /// XSA4 to XSA8, if Sa bits are sent from them.
    pub(super) sa: Option<[u8; 5]>,
    /// Whether timeslot 16 is sent from the XS registers.
    pub(super) cas: bool,
}

/// Transmit side of one span.
#[derive(Debug)]
pub(super) struct Transmitter {
    setup: TransmitterSetup,
    framer: E1Framer,
    encoder: Encoder,
    /// XS1 to XS16 as written, and as they are being sent: they are taken over with frame 0.
    written: [u8; 16],
    sending: [u8; 16],
    /// XSW, and the XSA registers as they are being sent: these too are taken over with frame 0.
    service_word: u8,
    sending_sa: Option<[u8; 5]>,
    /// LCR1.XPRBS: this goes out in place of frames.
    test: Option<LineTest>,
    /// Bits of IERR that are still to be done.
    to_insert: u8,
    /// Whether polarities are the opposite of what the encoder makes: an odd number of violations was put in.
    inverted: bool,
}

impl Transmitter {
    pub(super) const fn new(setup: TransmitterSetup) -> Self {
        Self {
            setup,
            framer: framer(setup.crc4),
            encoder: Encoder::new(setup.code),
            written: [0; 16],
            sending: [0; 16],
            service_word: 0,
            sending_sa: None,
            test: None,
            to_insert: 0,
            inverted: false,
        }
    }

    /// The registers were written. What they leave as it is keeps its state.
    pub(super) fn configure(&mut self, setup: TransmitterSetup, service_word: u8, ais: bool) {
        if setup.code != self.setup.code {
            self.encoder = Encoder::new(setup.code);
        }
        if setup.crc4 != self.setup.crc4 {
            self.framer = framer(setup.crc4);
        }
        self.setup = setup;
        self.service_word = service_word;
        self.framer.set_ais(ais);
    }

    /// LCR1.XPRBS was written.
    pub(super) fn send_pattern(&mut self, on: bool) {
        if on != self.test.is_some() {
            self.test = on.then(LineTest::new);
        }
    }

    pub(super) const fn set_remote_alarm(&mut self, on: bool) {
        self.framer.set_rai(on);
    }

    /// Whether the E bits tell of errors; if not, they are 0.
    pub(super) const fn set_e_bits(&mut self, live: bool) {
        self.framer.set_crc_received(live);
    }

    pub(super) fn report_errored(&mut self, smf: Smf) {
        self.framer.report_errored_smf(smf);
    }

    /// XS1 to XS16, by index.
    pub(super) fn write_signalling(&mut self, index: u8, octet: u8) {
        if let Some(place) = self.written.get_mut(usize::from(index)) {
            *place = octet;
        }
    }

    /// IERR was written.
    pub(super) const fn insert(&mut self, defects: u8) {
        let pattern = if self.test.is_some() { set::IERR_IPE } else { 0 };
        self.to_insert |= defects & (set::IERR_IBV | set::IERR_ICRCE | set::IERR_IFASE | pattern);
    }

    /// The symbols of the next eight frames.
    pub(super) fn make(&mut self, highway: &Piece) -> [Symbols; 32] {
        let mut bits = [0; 32];
        for (words, slots) in bits.as_chunks_mut::<4>().0.iter_mut().zip(highway) {
            let mut slots = *slots;
            let number = self.framer.next_number();
            if self.setup.cas {
                slots[16] = self.timeslot_16(number);
            }
            let sa = self.sa_bits(number);
            self.framer.set_sa_bits(sa);
            self.framer.frame(&mut slots);
            *words = frame_to_words(&slots);
            if number & 1 == 0 && self.to_insert != 0 {
                self.spoil_fas(&mut words[0]);
            }
            if let Some(test) = &mut self.test {
                *words = test.frame(self.to_insert & set::IERR_IPE != 0);
                self.to_insert &= !set::IERR_IPE;
            }
        }
        let mut symbols = [Symbols::default(); 32];
        self.encoder.encode(&bits, &mut symbols);
        if self.inverted || self.to_insert & set::IERR_IBV != 0 {
            self.violate(&mut symbols);
        }
        symbols
    }

    fn timeslot_16(&mut self, number: u8) -> u8 {
        if number == 0 {
            self.sending = self.written;
        }
        match number {
            0 => self.sending[0] & 0x0f,
            _ => self.sending[usize::from(number & 15)],
        }
    }

    /// Sa4 to Sa8 of a frame, Sa4 in bit 4.
    fn sa_bits(&mut self, number: u8) -> u8 {
        if number == 0 {
            self.sending_sa = self.setup.sa;
        }
        match self.sending_sa {
            Some(registers) => registers.iter().fold(0, |bits, octet| bits << 1 | octet >> (number / 2) & 1),
            None => self.service_word,
        }
    }

    /// Puts framing defects into the first octet of a frame with alignment signal: bit 1, where the CRC-4 is,
    /// or bit 2, which belongs to the signal.
    const fn spoil_fas(&mut self, first_word: &mut u64) {
        if self.to_insert & set::IERR_ICRCE != 0 {
            *first_word ^= 1 << 63;
        }
        if self.to_insert & set::IERR_IFASE != 0 {
            *first_word ^= 1 << 62;
        }
        self.to_insert &= set::IERR_IBV | set::IERR_IPE;
    }

    /// Turns polarities round, and puts in one more bipolar violation if one is to come.
    fn violate(&mut self, symbols: &mut [Symbols; 32]) {
        let wanted = self.to_insert & set::IERR_IBV != 0;
        // In HDB3 a wrong substitution is exactly one violation to the far end. Without one at hand, and in
        // AMI, it is two pulses of the same polarity; HDB3 then sees another at the next substitution.
        let site = match self.setup.code {
            _ if !wanted => None,
            LineCode::Hdb3 => find(symbols, substitution).or_else(|| find(symbols, neighbours)),
            LineCode::Ami | LineCode::B8zs => find(symbols, neighbours),
        };
        for (index, word) in symbols.iter_mut().enumerate() {
            if let Some((_, site)) = site.filter(|(at, _)| *at == index) {
                let from_here = u64::MAX >> site.place;
                word.pos ^= site.toggle_pos;
                word.neg ^= site.toggle_neg;
                let turned = if self.inverted { !from_here } else { from_here };
                turn(word, turned);
                self.inverted = !self.inverted;
                self.to_insert &= !set::IERR_IBV;
            } else if self.inverted {
                turn(word, u64::MAX);
            }
        }
    }
}

/// Where a violation can be put: from `place` on polarities are turned, and other places change as well.
#[derive(Clone, Copy)]
struct Site {
    place: u32,
    toggle_pos: u64,
    toggle_neg: u64,
}

fn find(symbols: &[Symbols; 32], look: impl Fn(Symbols) -> Option<Site>) -> Option<(usize, Site)> {
    symbols.iter().enumerate().find_map(|(index, word)| Some((index, look(*word)?)))
}

/// The first violation V of a substitution whose four places lie in this word, at V. With the B before it put
/// in or left out, V has the polarity of the V before.
fn substitution(word: Symbols) -> Option<Site> {
    let mut before = None;
    for place in 0..64 {
        let here = (1 << 63) >> place;
        if word.pulses() & here == 0 {
            continue;
        }
        let positive = word.pos & here != 0;
        if before == Some(positive) && place >= 3 {
            let b = here << 3;
            let there = word.pulses() & b != 0;
            // B that is put in has the polarity that V will have, the opposite of what V has now.
            let pos = if there { word.pos & b != 0 } else { !positive };
            let (toggle_pos, toggle_neg) = if pos { (b, 0) } else { (0, b) };
            return Some(Site { place, toggle_pos, toggle_neg });
        }
        before = Some(positive);
    }
    None
}

/// The first pulse of this word whose neighbour is a pulse too.
const fn neighbours(word: Symbols) -> Option<Site> {
    let pulses = word.pulses();
    let second = pulses & (pulses >> 1);
    if second == 0 {
        return None;
    }
    Some(Site { place: second.leading_zeros(), toggle_pos: 0, toggle_neg: 0 })
}

/// Exchanges the polarities at these places.
const fn turn(word: &mut Symbols, places: u64) {
    let differs = (word.pos ^ word.neg) & places;
    word.pos ^= differs;
    word.neg ^= differs;
}

/// A framer that leaves timeslot 16 alone: it is sent as the XS registers have it, whatever they have.
const fn framer(crc4: bool) -> E1Framer {
    let crc4 = if crc4 { CrcMode::On } else { CrcMode::Off };
    E1Framer::new(&E1Config { crc4, cas: false, nfas_loss: false })
}
