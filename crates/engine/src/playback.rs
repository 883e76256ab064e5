//! What a play sends: samples in memory and signals that are made on the way, one piece after another without a gap, as often as
//! asked, at some speed and volume.
use crate::EngineError;
use std::path::PathBuf;
use std::sync::Arc;
use tandem_dsp::mix::Gain;
use tandem_dsp::stretch::{HOP, Speed, Stretcher};
use tandem_files::signals::{Signal, is_signal};
use tandem_files::{RawEncoding, RawFormat};
use tandem_types::Frames;

/// A piece of what is played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A prompt file; a relative path is looked up where the configuration has prompts.
    File(PathBuf),
    /// A part of a prompt file.
    Part(PathBuf, Part),
    /// Samples in memory.
    Samples(Arc<[i16]>),
    /// Octets in memory, as a file without a header has them: whole samples or frames, an hour of them at most.
    Octets(Arc<[u8]>, RawFormat),
    /// So much silence.
    Silence(Frames),
    /// A number, a date, an amount and so on, as a line of text: a language, a kind, a value (`docs/phrases.md`), said by
    /// prompts that are looked up where the configuration has those of the language.
    Phrase(String),
    /// Digits, register signals or tones, as a line of text (`docs/signals.md`): `dtmf:12#`, `tone:us busy 10s`.
    Signal(String),
}

/// What is in memory is an hour of samples at most, in all pieces together.
pub(crate) fn check_memory(pieces: &[Piece]) -> Result<(), EngineError> {
    let frames = |piece: &Piece| match piece {
        Piece::Samples(samples) => samples.len() as u64,
        Piece::Octets(octets, format) => {
            (format.samples_in(octets.len()) as u64 * 8_000).div_ceil(u64::from(format.rate.max(1)))
        }
        _ => 0,
    };
    match pieces.iter().map(frames).sum::<u64>() <= MOST_IN_MEMORY {
        true => Ok(()),
        false => Err(EngineError::BadArgument("what pieces have in memory is an hour in all at most")),
    }
}

const MOST_IN_MEMORY: u64 = 3_600 * 8_000;

impl Piece {
    /// What a host names by a path: a phrase (`say:…`), a signal (`dtmf:…`, `mf:…`, `tone:…`) or a file.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        match path.strip_prefix("say:") {
            Some(line) => Self::Phrase(line.to_owned()),
            None if is_signal(path) => Self::Signal(path.to_owned()),
            None => Self::File(path.into()),
        }
    }
}

/// What of a file is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// How its octets are to be read, whatever its header or name says.
    pub format: Option<RawEncoding>,
    /// Samples a second, of a format.
    pub rate: u32,
    /// Where it begins: in octets of the file with a format, else in frames of what the file plays.
    pub offset: u64,
    /// How much of it, likewise; `None` to its end.
    pub length: Option<u64>,
}

/// How pieces are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayOptions {
    /// How fast, with the pitch kept.
    pub speed: Speed,
    /// How loud.
    pub gain: Gain,
    /// How often all of them are played; `None` until something ends the play.
    pub rounds: Option<u32>,
    /// How much of the first round is passed over.
    pub start: Frames,
}

impl Default for PlayOptions {
    fn default() -> Self {
        Self { speed: Speed::UNCHANGED, gain: Gain::UNITY, rounds: Some(1), start: Frames(0) }
    }
}

/// Where a play goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seek {
    /// So far from the beginning of the first round.
    To(Frames),
    /// So many frames further on, or back, but not before the beginning.
    By(i64),
}

impl Seek {
    /// This, and then another from where it leads.
    pub(crate) const fn then(self, next: Self) -> Self {
        match (self, next) {
            (_, Self::To(_)) => next,
            (Self::To(to), Self::By(by)) => Self::To(Frames(to.0.saturating_add_signed(by))),
            (Self::By(one), Self::By(other)) => Self::By(one.saturating_add(other)),
        }
    }
}

/// Pieces in memory.
#[derive(Clone, Debug)]
pub(crate) struct Playlist {
    /// Each with where it ends.
    pieces: Arc<[(Loaded, u64)]>,
    /// Samples of all rounds; `None` for ever.
    total: Option<u64>,
}

#[derive(Clone, Debug)]
pub(crate) enum Loaded {
    Samples(Arc<[i16]>),
    Silence(u64),
    Signal(Arc<Signal>),
}

impl Loaded {
    fn length(&self) -> u64 {
        match self {
            Self::Samples(samples) => samples.len() as u64,
            Self::Silence(length) => *length,
            Self::Signal(signal) => signal.length().0,
        }
    }
}

impl Loaded {
    fn shortened(self) -> Self {
        match self {
            Self::Silence(length) => Self::Silence(length.min(LONGEST_SILENCE)),
            heard @ (Self::Samples(_) | Self::Signal(_)) => heard,
        }
    }
}

impl From<Arc<[i16]>> for Playlist {
    fn from(samples: Arc<[i16]>) -> Self {
        Self::new([Loaded::Samples(samples)], Some(1))
    }
}

impl Playlist {
    pub(crate) fn new(pieces: impl IntoIterator<Item = Loaded>, rounds: Option<u32>) -> Self {
        let mut end = 0_u64;
        let pieces: Arc<[_]> = pieces
            .into_iter()
            .filter(|piece| piece.length() > 0)
            .map(|piece| {
                let piece = piece.shortened();
                end = end.saturating_add(piece.length());
                (piece, end)
            })
            .collect();
        // What has no length is over at once, however often it is played.
        let rounds = if end == 0 { Some(0) } else { rounds };
        let total = rounds.map(|rounds| end.saturating_mul(rounds.into()).min(LONGEST));
        Self { pieces, total }
    }

    /// Samples of all rounds; `None` for ever.
    pub(crate) const fn total(&self) -> Option<u64> {
        self.total
    }

    /// A position that there is: the end for those behind it, and of rounds without end the same place in the first.
    pub(crate) fn within(&self, position: u64) -> u64 {
        self.total.map_or_else(|| self.place_in_round(position), |total| position.min(total))
    }

    /// Samples of a round.
    pub(crate) fn round(&self) -> u64 {
        self.pieces.last().map_or(0, |piece| piece.1)
    }

    /// Where in its round a sample is.
    pub(crate) fn place_in_round(&self, position: u64) -> u64 {
        let round = self.round();
        match self.total {
            Some(total) if position >= total => round,
            _ => position % round.max(1),
        }
    }

    /// Gives the samples from a position on, and silence for those behind the end.
    fn read(&self, position: u64, to: &mut [i16]) {
        to.fill(0);
        let left = self.total.map_or(u64::MAX, |total| total.saturating_sub(position));
        let length = to.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let mut rest = &mut to[..length];
        let mut place = self.place_in_round(position);
        let mut index = self.pieces.partition_point(|piece| piece.1 <= place);
        while !rest.is_empty() {
            let Some((piece, end)) = self.pieces.get(index) else {
                // The round is over, and the next begins.
                (index, place) = (0, 0);
                continue;
            };
            let length = rest.len().min(usize::try_from(end - place).unwrap_or(usize::MAX));
            let (now, later) = rest.split_at_mut(length);
            let from = piece.length() - (end - place);
            match piece {
                Loaded::Samples(samples) => now.copy_from_slice(&samples[from as usize..][..length]),
                Loaded::Silence(_) => {}
                Loaded::Signal(signal) => signal.fill_from(from, now),
            }
            (rest, index, place) = (later, index + 1, *end);
        }
    }
}

/// Samples of a list: more than a thousand years, and far from where sums of positions end.
const LONGEST: u64 = 1 << 48;

/// Four years: of 256 pieces far less than the most.
const LONGEST_SILENCE: u64 = 1 << 40;

/// How a playlist is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    pub(crate) speed: Speed,
    pub(crate) gain: Gain,
}

impl Manner {
    pub(crate) const PLAIN: Self = Self { speed: Speed::UNCHANGED, gain: Gain::UNITY };
}

/// A playlist from one position to its end, in some manner.
#[derive(Debug)]
pub(crate) struct Playback {
    list: Playlist,
    gain: Gain,
    stretcher: Stretcher,
    /// What the stretcher has put out, and how much of it has been given.
    hop: [i16; HOP],
    given: usize,
    /// Samples that are still to be given; `None` for ever.
    left: Option<u64>,
}

impl Playback {
    pub(crate) fn new(list: Playlist, from: u64, manner: Manner) -> Self {
        let left = list.total().map(|total| manner.speed.put_out(total.saturating_sub(from)));
        let stretcher = Stretcher::new(manner.speed, from);
        Self { list, gain: manner.gain, stretcher, hop: [0; HOP], given: HOP, left }
    }

    /// Gives the next samples, and returns how many there were: fewer than asked for at the end.
    pub(crate) fn give(&mut self, to: &mut [i16]) -> usize {
        let length =
            self.left.map_or(to.len(), |left| to.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
        for sample in &mut to[..length] {
            if self.given == HOP {
                let list = &self.list;
                self.hop = self.stretcher.put_out(|position, to| list.read(position, to));
                self.given = 0;
            }
            *sample = self.gain.of(self.hop[self.given]);
            self.given += 1;
        }
        self.left = self.left.map(|left| left - length as u64);
        length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_memory_is_an_hour_in_all_pieces_together() {
        let half: Arc<[i16]> = vec![0; 14_400_000].into();
        let octets: Arc<[u8]> = vec![0xd5; 10_800_000].into();
        let alaw = RawFormat { encoding: RawEncoding::G711(tandem_types::Law::A), rate: 6_000 };
        let half_as_octets = Piece::Octets(octets, alaw);
        let hour = [Piece::Samples(Arc::clone(&half)), Piece::Silence(Frames(u64::MAX)), half_as_octets];
        assert_eq!(check_memory(&hour), Ok(()));
        let more = [&hour[..], &[Piece::Samples([0].into())]].concat();
        assert!(matches!(check_memory(&more), Err(EngineError::BadArgument(_))));
        let all = vec![Piece::Samples(half); 256];
        assert!(matches!(check_memory(&all), Err(EngineError::BadArgument(_))));
    }
    use tandem_dsp::progress::TonePlan;

    fn samples(numbers: std::ops::Range<i16>) -> Loaded {
        Loaded::Samples(numbers.collect())
    }

    fn all(list: &Playlist, from: u64, manner: Manner) -> Vec<i16> {
        let mut playback = Playback::new(list.clone(), from, manner);
        let mut out = Vec::new();
        loop {
            let mut block = [0; 160];
            let length = playback.give(&mut block);
            out.extend_from_slice(&block[..length]);
            if length < 160 || out.len() > 5000 {
                return out;
            }
        }
    }

    #[test]
    fn pieces_follow_each_other_without_a_gap_round_after_round() {
        let list = Playlist::new([samples(1..201), Loaded::Silence(3), samples(201..203)], Some(2));
        let round: Vec<i16> = (1..201).chain([0; 3]).chain(201..203).collect();
        assert_eq!(list.total(), Some(410));
        assert_eq!(all(&list, 0, Manner::PLAIN), [round.clone(), round.clone()].concat());
        assert_eq!(all(&list, 199, Manner::PLAIN), [round[199..].to_vec(), round.clone()].concat());
        assert_eq!(all(&list, 410, Manner::PLAIN), []);
        assert_eq!(all(&list, 4100, Manner::PLAIN), []);
        assert_eq!(
            [0, 204, 205, 409, 410, 4100].map(|it| list.place_in_round(it)),
            [0, 204, 0, 204, 205, 205]
        );
    }

    #[test]
    fn a_signal_is_a_piece_as_long_as_it_is_from_wherever_it_is_read() {
        let signal = Signal::parse("dtmf:11/13 1,2", &TonePlan::empty()).expect("a signal");
        let mut made = vec![0; 8384];
        signal.fill_from(0, &mut made);
        let list = Playlist::new([samples(1..8), Loaded::Signal(Arc::new(signal)), samples(8..10)], Some(2));
        let round: Vec<i16> = (1..8).chain(made).chain(8..10).collect();
        assert_eq!(list.total(), Some(2 * 8393));
        for (position, length) in [(0, 16_786), (3, 200), (8_200, 400), (8_393 + 8_195, 198), (9_000, 7_786)]
        {
            let mut read = vec![1; length];
            list.read(position as u64, &mut read);
            let expected = [&round[..], &round[..]].concat();
            assert!(read == expected[position..position + length], "{position}");
        }
    }

    #[test]
    fn a_path_names_a_file_a_phrase_or_a_signal() {
        for (path, piece) in [
            ("say:zh number 7", Piece::Phrase("zh number 7".to_owned())),
            ("dtmf:1", Piece::Signal("dtmf:1".to_owned())),
            ("mf:r1 1", Piece::Signal("mf:r1 1".to_owned())),
            ("tone:sit", Piece::Signal("tone:sit".to_owned())),
            ("tone.wav", Piece::File("tone.wav".into())),
            ("./tone:sit", Piece::File("./tone:sit".into())),
            ("Tone:sit", Piece::File("Tone:sit".into())),
        ] {
            assert_eq!(Piece::of_path(path), piece);
        }
    }

    #[test]
    fn rounds_without_end_go_on_and_what_has_no_length_is_over_at_once() {
        let list = Playlist::new([samples(0..7)], None);
        let out = all(&list, 0, Manner::PLAIN);
        assert!(out.len() > 5000);
        assert!(out.iter().enumerate().all(|(n, sample)| *sample == (n % 7) as i16));
        assert_eq!(all(&Playlist::new([Loaded::Silence(0), samples(0..0)], None), 0, Manner::PLAIN), []);
        assert_eq!(all(&Playlist::new([samples(1..9)], Some(0)), 0, Manner::PLAIN), []);
    }

    #[test]
    fn speed_makes_it_shorter_and_gain_louder() {
        let list = Playlist::new([Loaded::Samples([1000; 3000].into())], Some(1));
        let manner = |percent, db| Manner {
            speed: Speed::percent(percent).expect("a speed"),
            gain: Gain::from_db(db).expect("a gain"),
        };
        assert_eq!(all(&list, 0, manner(200, 6.0)).len(), 1500);
        assert_eq!(all(&list, 1000, manner(50, 6.0)).len(), 4000);
        assert!(all(&list, 0, manner(100, 6.0)).iter().all(|sample| (1990..=2000).contains(sample)));
        assert!(all(&list, 0, manner(100, -120.0)).iter().all(|sample| *sample == 0));
    }
}
