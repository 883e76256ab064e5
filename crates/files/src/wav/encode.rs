//! What a recording makes of the two sides of a leg, and in which octets.
use tandem_dsp::g711;
use tandem_types::Law;

use super::write::CHANNELS;
use crate::codec::adpcm::{Ima, OkiCoder};
use crate::codec::g726::{self, G726, G726Rate};
use crate::codec::six::ToSix;
use crate::codec::{gsm, ima};

/// How the samples of a recording are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingEncoding {
    /// Linear, 16 bits, in a WAV file.
    Linear16,
    /// G.711 octets in a WAV file.
    G711(Law),
    /// IMA ADPCM, 4 bits a sample, in a WAV file (format 0x11) of blocks of 505 frames.
    ImaAdpcm,
    /// ADPCM of Oki and Dialogic, 4 bits a sample, without a header: a `.vox` file. It has one channel.
    Vox,
    /// The same of 6,000 samples a second, made of 8,000: a `.6k.vox` file. What is said is in it 3 ms late, and
    /// the last 3 ms are not in it.
    Vox6k,
    /// GSM full rate, 1.6 bits a sample, in a WAV file (format 0x31) of blocks of 320 frames. It has one channel.
    Gsm,
    /// G.711 octets without a header: an `.al` or `.ul` file. It has one channel.
    RawG711(Law),
    /// G.726 without a header: a `.g726-32` file and the like. It has one channel.
    G726(G726Rate),
}

/// What a recording has of what the leg heard (received) and what it said (sent).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordingSides {
    /// Two channels: received left, sent right.
    #[default]
    Apart,
    /// One channel: received.
    Received,
    /// One channel: sent.
    Sent,
    /// One channel: the sum of both, held at full scale where it is louder.
    Mixed,
}

impl RecordingSides {
    /// Channels of the file.
    #[must_use]
    pub const fn channels(self) -> usize {
        match self {
            Self::Apart => CHANNELS,
            Self::Received | Self::Sent | Self::Mixed => 1,
        }
    }

    /// Of a frame what is written; that of a mixed one is mixed already.
    const fn of<T>(self, frame: &[T; CHANNELS]) -> &[T] {
        let [received, sent] = frame;
        match self {
            Self::Apart => frame,
            Self::Received | Self::Mixed => std::slice::from_ref(received),
            Self::Sent => std::slice::from_ref(sent),
        }
    }
}

/// What a recording is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingFormat {
    /// How its samples are written.
    pub encoding: RecordingEncoding,
    /// What it has of either side.
    pub sides: RecordingSides,
}

impl From<RecordingEncoding> for RecordingFormat {
    fn from(encoding: RecordingEncoding) -> Self {
        Self { encoding, sides: RecordingSides::Apart }
    }
}

impl RecordingFormat {
    /// Whether there is such a file.
    pub(super) const fn is_possible(self) -> bool {
        let most = match self.encoding {
            RecordingEncoding::Linear16 | RecordingEncoding::G711(_) | RecordingEncoding::ImaAdpcm => {
                CHANNELS
            }
            RecordingEncoding::Vox
            | RecordingEncoding::Vox6k
            | RecordingEncoding::Gsm
            | RecordingEncoding::RawG711(_)
            | RecordingEncoding::G726(_) => 1,
        };
        self.sides.channels() <= most
    }

    /// Whether the file begins with the header of a WAV file.
    pub(super) const fn has_header(self) -> bool {
        !matches!(
            self.encoding,
            RecordingEncoding::Vox
                | RecordingEncoding::Vox6k
                | RecordingEncoding::RawG711(_)
                | RecordingEncoding::G726(_)
        )
    }

    /// The fewest frames that can be written.
    pub(super) const fn unit_frames(self) -> usize {
        match self.encoding {
            RecordingEncoding::Linear16 | RecordingEncoding::G711(_) | RecordingEncoding::RawG711(_) => 1,
            RecordingEncoding::ImaAdpcm => ima::frames_in(ima::BLOCK, 1),
            RecordingEncoding::Vox => 2,
            RecordingEncoding::Vox6k | RecordingEncoding::G726(_) => g726::UNIT_SAMPLES,
            RecordingEncoding::Gsm => gsm::PAIR_SAMPLES,
        }
    }

    /// Octets of so many frames.
    pub(super) const fn unit_octets(self) -> usize {
        let channels = self.sides.channels();
        match self.encoding {
            RecordingEncoding::Linear16 => 2 * channels,
            RecordingEncoding::G711(_) | RecordingEncoding::RawG711(_) => channels,
            RecordingEncoding::ImaAdpcm => ima::BLOCK * channels,
            RecordingEncoding::Vox => 1,
            RecordingEncoding::Vox6k => 3,
            RecordingEncoding::G726(rate) => rate.bits(),
            RecordingEncoding::Gsm => gsm::PAIR_OCTETS,
        }
    }

    /// Frames in so many octets, in whole units.
    pub(super) const fn frames_in(self, octets: u64) -> u64 {
        (octets / self.unit_octets() as u64).saturating_mul(self.unit_frames() as u64)
    }

    /// Octets that frames need, those included that only fill the last unit.
    pub(super) const fn octets_of(self, frames: u64) -> u64 {
        frames.div_ceil(self.unit_frames() as u64).saturating_mul(self.unit_octets() as u64)
    }
}

/// Makes octets of frames, and keeps those that do not fill a unit.
#[derive(Debug)]
pub(super) struct Encoder {
    pub(super) format: RecordingFormat,
    /// What is kept, frame by frame.
    kept: Vec<i16>,
    ima: [Ima; CHANNELS],
    oki: OkiCoder,
    gsm: gsm::Coder,
    /// Of a recording of 6,000 samples a second.
    six: Option<Box<ToSix>>,
    /// Of a recording of G.726.
    g726: Option<G726>,
}

impl Encoder {
    pub(super) fn new(format: RecordingFormat) -> Self {
        let room = match format.unit_frames() {
            1 => 0,
            frames => frames * format.sides.channels(),
        };
        Self {
            format,
            kept: Vec::with_capacity(room),
            ima: Default::default(),
            oki: OkiCoder::default(),
            gsm: gsm::Coder::default(),
            six: (format.encoding == RecordingEncoding::Vox6k).then(|| Box::new(ToSix::new())),
            g726: match format.encoding {
                RecordingEncoding::G726(rate) => Some(G726::new(rate)),
                _ => None,
            },
        }
    }

    /// How many frames are kept.
    pub(super) fn kept_frames(&self) -> usize {
        self.kept.len() / self.format.sides.channels()
    }

    /// Goes on behind whole units that have been written, as a decoder of them does that has read all before them.
    pub(super) fn follow(&mut self, units: &[u8], decoder: &mut gsm::Decoder) {
        match self.format.encoding {
            RecordingEncoding::Vox | RecordingEncoding::Vox6k => self.oki.follow(units),
            RecordingEncoding::G726(rate) => {
                if let Some(coder) = &mut self.g726 {
                    g726::unpack(rate.bits(), units).for_each(|code| _ = coder.decode(code));
                }
            }
            RecordingEncoding::Gsm => {
                for frame in units.as_chunks().0.iter().flat_map(gsm::Frame::pair_from_octets) {
                    self.gsm.follow(&frame, &decoder.decode(&frame));
                }
            }
            _ => {}
        }
    }

    /// Keeps the first frames of a block that has been written, to write it again with others behind them.
    pub(super) fn keep_of_block(&mut self, block: &[u8], frames: usize, decoder: &mut gsm::Decoder) {
        let channels = self.format.sides.channels();
        if self.format.encoding == RecordingEncoding::Gsm {
            let pairs = block.as_chunks().0.iter().flat_map(gsm::Frame::pair_from_octets);
            self.kept.extend(pairs.flat_map(|frame| decoder.decode(&frame)));
        } else {
            for (coder, head) in self.ima.iter_mut().zip(block.as_chunks::<4>().0.iter().take(channels)) {
                *coder = Ima::resume(0, head[2]);
            }
            ima::decode_block(block, channels, &mut self.kept);
        }
        self.kept.truncate(frames * channels);
    }

    /// Adds a frame of linear samples.
    pub(super) fn linear(&mut self, frame: [i16; CHANNELS], octets: &mut Vec<u8>) {
        let [received, sent] = frame;
        let frame = match self.format.sides {
            RecordingSides::Mixed => [received.saturating_add(sent); CHANNELS],
            _ => frame,
        };
        let chosen = self.format.sides.of(&frame);
        match self.format.encoding {
            RecordingEncoding::Linear16 => octets.extend(chosen.iter().flat_map(|s| s.to_le_bytes())),
            RecordingEncoding::G711(law) | RecordingEncoding::RawG711(law) => {
                octets.extend(chosen.iter().map(|s| g711::encode(law, *s)));
            }
            RecordingEncoding::ImaAdpcm
            | RecordingEncoding::Vox
            | RecordingEncoding::Vox6k
            | RecordingEncoding::Gsm
            | RecordingEncoding::G726(_) => {
                self.kept.extend(chosen);
                if self.kept_frames() == self.format.unit_frames() {
                    self.write_kept(octets);
                }
            }
        }
    }

    /// Adds a frame of G.711 octets. One of the recording's own law is kept as it is, unless it is mixed.
    pub(super) fn g711(&mut self, law: Law, frame: [u8; CHANNELS], octets: &mut Vec<u8>) {
        match (self.format.encoding, self.format.sides) {
            (RecordingEncoding::G711(own) | RecordingEncoding::RawG711(own), sides)
                if sides != RecordingSides::Mixed =>
            {
                let chosen = sides.of(&frame).iter();
                octets.extend(chosen.map(|o| if own == law { *o } else { g711::transcode(law, own, *o) }));
            }
            _ => self.linear(frame.map(|octet| g711::decode(law, octet)), octets),
        }
    }

    /// Fills the last unit, if one is begun: with its last frame again, which is heard least.
    pub(super) fn flush(&mut self, octets: &mut Vec<u8>) {
        if self.kept.is_empty() {
            return;
        }
        let channels = self.format.sides.channels();
        let last = self.kept.len() - channels;
        while self.kept_frames() < self.format.unit_frames() {
            self.kept.extend_from_within(last..last + channels);
        }
        self.write_kept(octets);
    }

    fn write_kept(&mut self, octets: &mut Vec<u8>) {
        match self.format.encoding {
            RecordingEncoding::ImaAdpcm => {
                ima::encode_block(&self.kept, &mut self.ima[..self.format.sides.channels()], octets);
            }
            RecordingEncoding::Gsm => {
                for [first, second] in self.kept.as_chunks().0.as_chunks().0 {
                    let frames = [self.gsm.encode(first), self.gsm.encode(second)];
                    octets.extend(gsm::Frame::pair_to_octets(&frames));
                }
            }
            RecordingEncoding::G726(rate) => {
                if let (Some(coder), [unit]) = (&mut self.g726, self.kept.as_chunks().0) {
                    octets.extend(g726::pack(rate.bits(), unit.map(|sample| coder.encode(sample))));
                }
            }
            _ => {
                if let (Some(six), [first, second]) = (&mut self.six, self.kept.as_chunks().0) {
                    let made = [six.process(*first), six.process(*second)];
                    self.kept.clear();
                    self.kept.extend(made.as_flattened());
                }
                let pairs = self.kept.as_chunks::<2>().0.iter();
                octets.extend(pairs.map(|pair| {
                    let [first, second] = pair.map(|sample| self.oki.encode(sample));
                    first << 4 | second
                }));
            }
        }
        self.kept.clear();
    }
}
