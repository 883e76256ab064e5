//! Whether the line gives our own frames back.
//!
//! A command that only the far end can send but that bears our own C/R bit is ours. Supervisory frames do not show
//! it: an enquiry that comes back reads as its answer, an answer as an enquiry. So they are taken for ours as well
//! from the first sure sign on, until a frame comes that only the far end can have sent.
use tandem_types::{FrameTime, Frames};

#[derive(Clone, Debug, Default)]
pub(crate) struct Mirror {
    looped: bool,
    /// Enquiries received since `since`, with nothing else between.
    enquiries: u8,
    since: FrameTime,
}

impl Mirror {
    /// Our own answer to an enquiry, given back, is an enquiry, and so on as fast as the line goes round. A far end
    /// enquires once a T200 (§5.6.7), which is 100 ms at least where it was made short; so many in a second are nobody's.
    const MOST_ENQUIRIES: u8 = 64;
    const COUNTED_OVER: Frames = Frames::from_seconds(1);

    pub(crate) const fn is_looped(&self) -> bool {
        self.looped
    }

    /// A frame was ours. Whether that is news.
    pub(crate) const fn on_own_frame(&mut self) -> bool {
        !core::mem::replace(&mut self.looped, true)
    }

    /// A frame was the far end's. Whether that is news.
    pub(crate) const fn on_far_frame(&mut self) -> bool {
        self.enquiries = 0;
        core::mem::replace(&mut self.looped, false)
    }

    /// An enquiry came. Whether there are too many of them.
    pub(crate) fn on_enquiry(&mut self, now: FrameTime) -> bool {
        if now.since(self.since) >= Self::COUNTED_OVER || self.enquiries == 0 {
            self.since = now;
            self.enquiries = 0;
        }
        self.enquiries = self.enquiries.saturating_add(1);
        self.enquiries > Self::MOST_ENQUIRIES
    }
}
