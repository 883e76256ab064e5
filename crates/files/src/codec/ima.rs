//! Blocks of IMA ADPCM as WAV files have them (format 0x11).
//!
//! A block begins with four octets a channel: the first sample as it is, the index of the step, a zero. Then
//! come four octets a channel in turn, eight codes each, the lower half of an octet first.
use super::adpcm::Ima;

/// Octets of a block of one channel, as is usual at 8 kHz.
pub(crate) const BLOCK: usize = 256;

/// Octets a channel at the start of a block, and in each piece of it.
const PIECE: usize = 4;

/// Frames in a block of so many octets.
pub(crate) const fn frames_in(octets: usize, channels: usize) -> usize {
    let pieces = octets / (PIECE * channels);
    if pieces == 0 { 0 } else { (pieces - 1) * 8 + 1 }
}

/// Adds the frames of a block, or of what is left of one, in whole pieces.
pub(crate) fn decode_block(block: &[u8], channels: usize, samples: &mut Vec<i16>) {
    let first = samples.len();
    let (pieces, _) = block.as_chunks::<PIECE>();
    let mut rounds = pieces.chunks_exact(channels);
    let Some(heads) = rounds.next() else { return };
    samples.resize(first + frames_in(block.len(), channels) * channels, 0);
    let place = &mut samples[first..];
    for (channel, head) in heads.iter().enumerate() {
        let start = i16::from_le_bytes([head[0], head[1]]);
        let mut decoder = Ima::resume(start, head[2]);
        place[channel] = start;
        let codes =
            rounds.clone().flat_map(|round| round[channel]).flat_map(|octet| [octet & 15, octet >> 4]);
        for (code, sample) in codes.zip(place[channels..].iter_mut().skip(channel).step_by(channels)) {
            *sample = decoder.decode(code);
        }
    }
}

/// Adds one block made of these samples, frame by frame, one frame more than a multiple of eight.
pub(crate) fn encode_block(samples: &[i16], coders: &mut [Ima], octets: &mut Vec<u8>) {
    let channels = coders.len();
    let (first, rest) = samples.split_at(channels.min(samples.len()));
    for (coder, sample) in coders.iter_mut().zip(first) {
        let index = coder.restart(*sample);
        octets.extend(sample.to_le_bytes());
        octets.extend([index, 0]);
    }
    for eight in rest.chunks_exact(8 * channels) {
        for (channel, coder) in coders.iter_mut().enumerate() {
            octets.extend(eight.chunks_exact(2 * channels).map(|two| {
                let [low, high] = [channel, channel + channels].map(|at| coder.encode(two[at]));
                low | high << 4
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_256_octets_has_505_frames_of_one_channel_and_249_of_two() {
        assert_eq!((frames_in(256, 1), frames_in(256, 2), frames_in(512, 2)), (505, 249, 505));
        assert_eq!((frames_in(4, 1), frames_in(3, 1), frames_in(7, 2)), (1, 0, 0));
    }

    #[test]
    fn the_first_sample_is_as_written_and_the_lower_half_comes_first() {
        let mut samples = Vec::new();
        // Step 7 at the index 0: code 7 adds 7 + 3 + 1 + 0, the next step is 16.
        decode_block(&[0x10, 0x27, 0, 0, 0x07, 0, 0, 0], 1, &mut samples);
        assert_eq!(samples[..3], [10_000, 10_011, 10_013]);
        assert_eq!(samples.len(), 9);
    }

    #[test]
    fn pieces_of_two_channels_take_turns() {
        let mut samples = Vec::new();
        let block = [1, 0, 0, 0, 2, 0, 0, 0, 0x70, 0, 0, 0, 0xf0, 0, 0, 0];
        decode_block(&block, 2, &mut samples);
        assert_eq!(samples[..6], [1, 2, 1, 2, 12, -9]);
        assert_eq!(samples.len(), 18);
    }

    #[test]
    fn an_index_beyond_the_table_is_its_last() {
        let mut samples = Vec::new();
        decode_block(&[0, 0, 255, 9, 0, 0, 0, 0], 1, &mut samples);
        assert_eq!(samples[1], 32_767 / 8);
    }
}
