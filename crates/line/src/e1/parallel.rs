//! The second search of G.706 Annex B: while traffic runs on the first alignment found, which has shown no
//! CRC-4 multiframe, another is looked for behind it.
use super::multiframe::{Found, MultiframeSearch};
use super::search::confirmed_fas;
use super::window::Window;
use super::{BAD_FAS_LIMIT, is_fas};

#[derive(Clone, Debug)]
pub(super) enum ParallelSearch {
    Searching { from: u64 },
    Candidate(Candidate),
}

/// An alignment on trial.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Where its first FAS was found.
    first_fas: u64,
    /// Where its next frame begins.
    next: u64,
    next_has_fas: bool,
    bad_fas: u8,
    multiframe: MultiframeSearch,
}

/// An alignment with a CRC-4 multiframe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Proved {
    pub(super) first_fas: u64,
    /// Where its frame 12 begins.
    pub(super) next: u64,
}

impl ParallelSearch {
    /// Looks for alignments that begin at `from` or later.
    pub(super) const fn behind(from: u64) -> Self {
        Self::Searching { from }
    }

    /// Looks at the bits of the last push.
    pub(super) fn step(&mut self, window: &Window) -> Option<Proved> {
        if let Self::Searching { from } = *self {
            let first_fas = confirmed_fas(window, from)?;
            *self = Self::Candidate(Candidate::new(first_fas));
        }
        let Self::Candidate(candidate) = self else { return None };
        if candidate.next + 256 > window.end() {
            return None;
        }
        match candidate.take(window.octet_at(candidate.next)) {
            Found::NotYet => None,
            Found::Aligned => Some(Proved { first_fas: candidate.first_fas, next: candidate.next }),
            Found::Failed => {
                *self = Self::Searching { from: candidate.next - 256 + 1 };
                None
            }
        }
    }
}

impl Candidate {
    const fn new(first_fas: u64) -> Self {
        Self {
            first_fas,
            next: first_fas + 2 * 256,
            next_has_fas: true,
            bad_fas: 0,
            multiframe: MultiframeSearch::EMPTY,
        }
    }

    fn take(&mut self, ts0: u8) -> Found {
        self.next += 256;
        self.next_has_fas = !self.next_has_fas;
        if self.next_has_fas {
            return self.multiframe.take(ts0);
        }
        self.bad_fas = if is_fas(ts0) { 0 } else { self.bad_fas + 1 };
        if self.bad_fas >= BAD_FAS_LIMIT { Found::Failed } else { Found::NotYet }
    }
}
