//! What `tandem line analyze` says: lines for people or JSON for programs.
use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;
use tandem_line::{DeframerSink, E1Counters, LineEvent, T1Counters};
use tandem_types::{Abcd, Defect, Defects, FRAMES_PER_SECOND, Timeslot};

use super::Framing;
use super::cas::CasBelief;
use super::findings::Finding;
use super::receiver::Receiver;

/// One line of JSON.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Line {
    Aligned {
        frame: u64,
        bit_offset: u64,
    },
    Lost {
        frame: u64,
    },
    Alarm {
        alarm: &'static str,
        state: &'static str,
        frame: u64,
    },
    Summary {
        frames: u64,
        #[serde(flatten)]
        counts: Counts,
        #[serde(skip_serializing_if = "Option::is_none")]
        cas: Option<BTreeMap<u8, String>>,
    },
}

/// The counts of a summary.
#[derive(Serialize)]
#[serde(untagged)]
enum Counts {
    E1 { fas_errors: u64, crc_errors: u64, e_bits: u64, lcv: u64 },
    T1 { framing_errors: u64, crc_errors: u64, lcv: u64 },
}

/// Listens to a deframer and puts what it says into lines.
pub(super) struct Report {
    json: bool,
    cas_expected: bool,
    cas: CasBelief,
    /// Alarms that the last lines told of.
    told: Defects,
    /// The far end sends no CRC-4 where it should.
    crc_missing: bool,
    bit_offset: u64,
    text: String,
}

impl Report {
    pub(super) fn new(json: bool, cas_expected: bool) -> Self {
        Self {
            json,
            cas_expected,
            cas: CasBelief::default(),
            told: Defects::NONE,
            crc_missing: false,
            bit_offset: 0,
            text: String::new(),
        }
    }

    /// Where the alignment found last begins.
    pub(super) const fn bit_offset(&self) -> u64 {
        self.bit_offset
    }

    pub(super) const fn is_json(&self) -> bool {
        self.json
    }

    /// The lines since the last call.
    pub(super) fn take_text(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    /// Tells of alarms that have come and gone with frame `now`.
    pub(super) fn settle(&mut self, now: u64, receiver: &Receiver) {
        match receiver {
            Receiver::E1(deframer) => self.cas.settle(now, deframer.counters()),
            Receiver::T1(_) => self.cas.settle_robbed(now),
        }
        let alarms = self.visible(receiver.defects());
        for defect in alarms.difference(self.told).iter() {
            let on = alarms.contains(defect);
            let state = if on { "on" } else { "off" };
            self.line(now, Line::Alarm { alarm: defect.name(), state, frame: now });
        }
        self.told = alarms;
    }

    /// Whether channel-associated signalling was found, or is expected. The capture has ended.
    pub(super) const fn finish_signalling(&mut self) -> (bool, bool) {
        self.cas.finish();
        (self.cas.is_found(), self.cas_expected)
    }

    /// What was found. For programs it comes before the summary, for people behind it.
    pub(super) fn findings(&mut self, findings: &[Finding]) {
        if self.json {
            for finding in findings {
                // Strings and finite numbers: nothing in it can fail to be written.
                self.text += &serde_json::to_string(finding).unwrap_or_default();
                self.text.push('\n');
            }
            return;
        }
        if !findings.iter().any(Finding::is_fault) && !findings.iter().any(|f| f.is_inconclusive()) {
            self.text += "\nNothing is wrong with this line, as far as the capture tells.\n";
        }
        for finding in findings {
            let _ = writeln!(self.text, "\n{}", finding.text());
        }
    }

    /// The last line.
    pub(super) fn summary(&mut self, frames: u64, framing: Framing, receiver: &Receiver) {
        let told = match receiver {
            Receiver::E1(_) => self.cas.is_found(),
            Receiver::T1(_) => self.cas.is_found() || self.cas_expected,
        };
        let cas = told.then(|| signalling(framing, receiver)).filter(|known| !known.is_empty());
        if !self.json {
            self.text += &human_summary(frames, framing, receiver, cas.as_ref());
            return;
        }
        let counts = match receiver {
            Receiver::E1(deframer) => {
                let E1Counters { fas_errors, crc_errors, e_bits, lcv, .. } = *deframer.counters();
                Counts::E1 { fas_errors, crc_errors, e_bits, lcv }
            }
            Receiver::T1(deframer) => {
                let T1Counters { framing_errors, crc_errors, lcv, .. } = *deframer.counters();
                Counts::T1 { framing_errors, crc_errors, lcv }
            }
        };
        self.json_line(&Line::Summary { frames, counts, cas });
    }

    /// Alarms of the signalling multiframe only where it has been seen or is expected; and CRC-4 asked for
    /// but not sent stays an alarm when the deframer has settled to work without it.
    fn visible(&self, mut defects: Defects) -> Defects {
        if !self.cas_expected && !self.cas.is_found() {
            for defect in [Defect::LossOfCasMultiframe, Defect::CasRai, Defect::CasAis] {
                defects.set(defect, false);
            }
        }
        if self.crc_missing {
            defects.set(Defect::Lomf, true);
        }
        defects
    }

    fn line(&mut self, frame: u64, line: Line) {
        if self.json {
            return self.json_line(&line);
        }
        let what = match line {
            Line::Aligned { bit_offset, .. } => format!("aligned, with the first frame at bit {bit_offset}"),
            Line::Lost { .. } => "alignment lost".into(),
            Line::Alarm { alarm, state, .. } => format!("alarm {alarm} {state}"),
            Line::Summary { .. } => return, // it is told at length
        };
        self.remark(frame, &what);
    }

    fn json_line(&mut self, line: &Line) {
        // Numbers and strings only: nothing in it can fail to be written.
        self.text += &serde_json::to_string(line).unwrap_or_default();
        self.text.push('\n');
    }

    /// A line for people.
    fn remark(&mut self, frame: u64, what: &str) {
        let _ = writeln!(self.text, "frame {frame} ({:.3} s): {what}", seconds(frame));
    }
}

impl DeframerSink for Report {
    fn frame(&mut self, _: &[u8; 32], _: bool) {}

    fn event(&mut self, event: LineEvent) {
        self.cas.note(&event);
        match event {
            LineEvent::Aligned { frame, bit_offset } => {
                self.bit_offset = bit_offset;
                self.line(frame, Line::Aligned { frame, bit_offset });
            }
            LineEvent::Lost { frame } => {
                self.crc_missing = false;
                self.line(frame, Line::Lost { frame });
            }
            LineEvent::MultiframeAligned { frame } if !self.json => {
                self.remark(frame, "CRC-4 multiframe aligned");
            }
            LineEvent::NonCrcInterworking { frame } => {
                self.crc_missing = true;
                if !self.json {
                    self.remark(frame, "the far end sends no CRC-4");
                }
            }
            _ => {} // counted, or told by `settle`
        }
    }
}

/// The signalling bits known, by timeslot. A superframe of 12 frames has A and B only.
fn signalling(framing: Framing, receiver: &Receiver) -> BTreeMap<u8, String> {
    let text = |abcd: Abcd| match framing {
        Framing::T1(framing) if !framing.is_extended() => format!("{:02b}", abcd.bits() >> 2),
        _ => abcd.to_string(),
    };
    let bits = |timeslot: Timeslot| match receiver {
        Receiver::E1(deframer) => deframer.abcd(timeslot),
        Receiver::T1(deframer) => deframer.abcd(timeslot),
    };
    let slots = (0..32).filter_map(Timeslot::new);
    slots.filter_map(|timeslot| Some((timeslot.number(), text(bits(timeslot)?)))).collect()
}

fn human_summary(
    frames: u64,
    framing: Framing,
    receiver: &Receiver,
    cas: Option<&BTreeMap<u8, String>>,
) -> String {
    let mut text = format!("{frames} frames ({:.3} s): ", seconds(frames));
    let _ = match receiver {
        Receiver::E1(deframer) => {
            let E1Counters { fas_errors, crc_errors, crc_blocks, e_bits, lcv, .. } = deframer.counters();
            writeln!(
                text,
                "{fas_errors} FAS errors, {crc_errors} of {crc_blocks} CRC-4 blocks errored, {e_bits} E bits, \
                 {lcv} line code violations"
            )
        }
        Receiver::T1(deframer) => {
            let T1Counters { framing_errors, crc_errors, crc_blocks, lcv, .. } = deframer.counters();
            writeln!(
                text,
                "{framing_errors} framing bit errors, {crc_errors} of {crc_blocks} CRC-6 blocks errored, \
                 {lcv} line code violations"
            )
        }
    };
    if let Some(cas) = cas {
        let slots: Vec<String> = cas.iter().map(|(slot, bits)| format!("{slot}={bits}")).collect();
        let is_superframe = matches!(framing, Framing::T1(framing) if !framing.is_extended());
        let name = if is_superframe { "ab" } else { "abcd" };
        let _ = writeln!(text, "signalling bits {name} by timeslot: {}", slots.join(" "));
    }
    text
}

fn seconds(frame: u64) -> f64 {
    frame as f64 / FRAMES_PER_SECOND as f64
}
