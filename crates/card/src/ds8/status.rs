//! What was seen of a received signal: as it is now, and what was there for a moment between two services.
use super::regs;
use tandem_types::{Defect, Defects};

/// The driver's picture of a receiver.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// RRTS1.
    alarms: u8,
    /// Of RRTS1, what came since the last service and may have gone again.
    came: u8,
    /// E1RRTS7, of E1 only.
    search: u8,
    /// E1: what was lost since the last turn and may have been found again.
    lost: Defects,
    /// E1: bit y of timeslot 16.
    cas_alarm: bool,
    /// E1: turns in a row in which timeslot 16 had brought a multiframe of ones.
    cas_ones: u8,
}

impl Default for Seen {
    /// A receiver that has found nothing yet.
    fn default() -> Self {
        Self {
            alarms: regs::RRTS1_LOF,
            came: 0,
            search: SEARCHING,
            lost: Defects::NONE,
            cas_alarm: false,
            cas_ones: 0,
        }
    }
}

impl Seen {
    /// What was there for a moment has been shown for a service; whether there was any.
    pub(super) fn forget_moments(&mut self) -> bool {
        let any = self.came != 0 || !self.lost.is_empty();
        (self.came, self.lost) = (0, Defects::NONE);
        any
    }

    pub(super) const fn note_alarms_that_came(&mut self, came: u8) {
        self.came |= came;
        if came & regs::RRTS1_LOF != 0 {
            // Multiframes are gone with the frames; the next turn tells whether they have been found again.
            self.search |= SEARCHING;
        }
    }

    pub(super) const fn set_alarms(&mut self, alarms: u8) {
        self.alarms = alarms;
        if alarms & regs::RRTS1_LOF != 0 {
            self.search |= SEARCHING;
        }
    }

    /// Bit y came, went, or both; then the turn of the span tells how it is.
    pub(super) const fn note_cas_alarm(&mut self, came: bool, went: bool) {
        if came || went {
            self.cas_alarm = came;
        }
    }

    /// E1RRTS7, RRTS3 and RLS2 of an E1.
    pub(super) fn set_search(&mut self, search: u8, codes: u8, framing: u8) {
        self.search = search;
        self.cas_alarm = codes & regs::RRTS3_CAS_ALARM != 0;
        self.lost.set(Defect::Lomf, framing & regs::RLS2_CRC4_LOST != 0);
        self.lost.set(Defect::LossOfCasMultiframe, framing & regs::RLS2_CAS_LOST != 0);
        self.cas_ones = if framing & regs::RLS2_CAS_ONES != 0 { (self.cas_ones + 1).min(2) } else { 0 };
    }

    /// Whether there is nothing to be understood, which the far end is to know.
    pub(super) const fn hears_nothing(&self) -> bool {
        (self.alarms | self.came) & (regs::RRTS1_LOS | regs::RRTS1_LOF) != 0
    }

    /// Whether a framed signal has shown for long enough that it has no CRC-4.
    pub(super) const fn has_no_crc4(&self) -> bool {
        self.search >= regs::E1RRTS7_NO_CRC4 && !self.hears_nothing()
    }

    /// Whether the CRC-4 multiframe, if looked for, is there.
    pub(super) const fn has_crc4(&self, looked_for: bool) -> bool {
        looked_for && self.search & regs::E1RRTS7_CRC4 == 0 && !self.hears_nothing()
    }

    pub(super) fn t1_defects(&self) -> Defects {
        let alarms = self.alarms | self.came;
        let mut defects = Defects::NONE;
        defects.set(Defect::Los, alarms & regs::RRTS1_LOS != 0);
        defects.set(Defect::Lof, alarms & regs::RRTS1_LOF != 0);
        // Ones within frames are no AIS.
        let unframed_ones = regs::RRTS1_AIS | regs::RRTS1_LOF;
        defects.set(Defect::Ais, alarms & unframed_ones == unframed_ones);
        defects.set(Defect::Rai, alarms & regs::RRTS1_RAI != 0);
        defects
    }

    pub(super) fn e1_defects(&self, looks_for_crc4: bool, cas: bool) -> Defects {
        let mut defects = self.t1_defects();
        let framed = !self.hears_nothing();
        let lost = |defect, search| self.lost.contains(defect) || self.search & search != 0;
        defects.set(Defect::Lomf, looks_for_crc4 && lost(Defect::Lomf, regs::E1RRTS7_CRC4));
        let cas_lost = lost(Defect::LossOfCasMultiframe, regs::E1RRTS7_CAS);
        defects.set(Defect::LossOfCasMultiframe, cas && cas_lost);
        defects.set(Defect::CasRai, cas && framed && self.cas_alarm);
        defects.set(Defect::CasAis, cas && framed && self.cas_ones >= 2);
        defects
    }
}

/// What is taken of RLS2 of an E1.
pub(super) const RLS2_E1: u8 = regs::RLS2_CRC4_LOST | regs::RLS2_CAS_LOST | regs::RLS2_CAS_ONES;
const SEARCHING: u8 = regs::E1RRTS7_CRC4 | regs::E1RRTS7_CAS;
