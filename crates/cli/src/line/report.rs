//! What `tandem line analyze` says: lines for people or JSON for programs.
use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;
use tandem_line::{DeframerSink, E1Counters, E1Deframer, LineEvent};
use tandem_types::{Abcd, Defect, Defects, FRAMES_PER_SECOND, TelephoneChannel};

use super::cas::CasBelief;

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
        fas_errors: u64,
        crc_errors: u64,
        e_bits: u64,
        lcv: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        cas: Option<BTreeMap<u8, String>>,
    },
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

    /// The lines since the last call.
    pub(super) fn take_text(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    /// Tells of alarms that have come and gone with frame `now`.
    pub(super) fn settle(&mut self, now: u64, deframer: &E1Deframer) {
        self.cas.settle(now, deframer.counters());
        let alarms = self.visible(deframer.defects());
        for defect in alarms.difference(self.told).iter() {
            let on = alarms.contains(defect);
            let state = if on { "on" } else { "off" };
            self.line(now, Line::Alarm { alarm: defect.name(), state, frame: now });
        }
        self.told = alarms;
    }

    /// The last line.
    pub(super) fn summary(&mut self, frames: u64, deframer: &E1Deframer) {
        self.cas.finish();
        let cas = self.cas.is_found().then(|| signalling(deframer)).filter(|known| !known.is_empty());
        let counters = deframer.counters();
        if !self.json {
            self.text += &human_summary(frames, counters, cas.as_ref());
            return;
        }
        let E1Counters { fas_errors, crc_errors, e_bits, lcv, .. } = *counters;
        self.json_line(&Line::Summary { frames, fas_errors, crc_errors, e_bits, lcv, cas });
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

/// The signalling bits known, by timeslot.
fn signalling(deframer: &E1Deframer) -> BTreeMap<u8, String> {
    let bits = |channel: TelephoneChannel| {
        let abcd: Option<Abcd> = deframer.abcd(channel.timeslot());
        abcd.map(|abcd| (channel.timeslot().number(), abcd.to_string()))
    };
    TelephoneChannel::all().filter_map(bits).collect()
}

fn human_summary(frames: u64, counters: &E1Counters, cas: Option<&BTreeMap<u8, String>>) -> String {
    let mut text = format!(
        "{frames} frames ({:.3} s): {} FAS errors, {} of {} CRC-4 blocks errored, {} E bits, \
         {} line code violations\n",
        seconds(frames),
        counters.fas_errors,
        counters.crc_errors,
        counters.crc_blocks,
        counters.e_bits,
        counters.lcv
    );
    if let Some(cas) = cas {
        let slots: Vec<String> = cas.iter().map(|(slot, abcd)| format!("{slot}={abcd}")).collect();
        let _ = writeln!(text, "signalling bits abcd by timeslot: {}", slots.join(" "));
    }
    text
}

fn seconds(frame: u64) -> f64 {
    frame as f64 / FRAMES_PER_SECOND as f64
}
