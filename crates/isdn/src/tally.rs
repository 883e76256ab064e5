//! A row of counters, one for each value of something small.

/// `N` counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally<const N: usize>([u64; N]);

impl<const N: usize> Default for Tally<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> Tally<N> {
    pub(crate) const fn of(&self, at: usize) -> u64 {
        self.0[at]
    }

    pub(crate) const fn all(&self) -> &[u64; N] {
        &self.0
    }

    pub(crate) const fn count(&mut self, at: usize) {
        self.0[at] += 1;
    }

    pub(crate) fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}
