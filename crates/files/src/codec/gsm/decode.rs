//! The decoder (§5.3).
use super::arithmetic::rounded;
use super::synthesis::{Excitation, Mouth, PART_SAMPLES};
use super::{FRAME_SAMPLES, Frame};

/// What the decoder remembers from frame to frame.
#[derive(Clone, Debug)]
pub(crate) struct Decoder {
    excitation: Excitation,
    mouth: Mouth,
    lattice: [i16; 9],
    last: i16,
}

impl Decoder {
    pub(crate) fn new() -> Self {
        Self { excitation: Excitation::new(), mouth: Mouth::default(), lattice: [0; 9], last: 0 }
    }

    /// The samples of a frame.
    pub(crate) fn decode(&mut self, frame: &Frame) -> [i16; FRAME_SAMPLES] {
        let mut samples = [0; FRAME_SAMPLES];
        for (part, place) in frame.parts.iter().zip(samples.as_chunks_mut::<PART_SAMPLES>().0) {
            *place = self.excitation.extend(part);
        }
        let mut rest = &mut samples[..];
        for (length, reflections) in self.mouth.move_to(&frame.ratios) {
            let (now, later) = rest.split_at_mut(length);
            now.iter_mut().for_each(|sample| *sample = self.shape(&reflections, *sample));
            rest = later;
        }
        samples.map(|sample| self.deemphasise(sample))
    }

    /// §5.3.4: the filter of the mouth.
    fn shape(&mut self, reflections: &[i16; 8], sample: i16) -> i16 {
        let mut forward = sample;
        for n in (0..8).rev() {
            forward = forward.saturating_sub(rounded(reflections[n], self.lattice[n]));
            self.lattice[n + 1] = self.lattice[n].saturating_add(rounded(reflections[n], forward));
        }
        self.lattice[0] = forward;
        forward
    }

    /// §5.3.5 to §5.3.7: the treble that the coder added goes, the level doubles, three bits are cut.
    fn deemphasise(&mut self, sample: i16) -> i16 {
        self.last = sample.saturating_add(rounded(self.last, 28_180));
        self.last.saturating_add(self.last) & !7
    }
}
