//! Message types (Q.931 table 4-2, Q.932 table 8-1).
use core::fmt;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageType {
    /// The octet, bits 7 to 1.
    pub value: u8,
    /// It followed an escape: a type of a national protocol.
    pub national: bool,
}

impl MessageType {
    /// The octet that announces a national type in the next (Q.931 §4.4).
    pub const ESCAPE: u8 = 0x00;

    /// ALERTING.
    pub const ALERTING: Self = Self::new(0x01);
    /// CALL PROCEEDING.
    pub const CALL_PROCEEDING: Self = Self::new(0x02);
    /// PROGRESS.
    pub const PROGRESS: Self = Self::new(0x03);
    /// SETUP.
    pub const SETUP: Self = Self::new(0x05);
    /// CONNECT.
    pub const CONNECT: Self = Self::new(0x07);
    /// SETUP ACKNOWLEDGE.
    pub const SETUP_ACKNOWLEDGE: Self = Self::new(0x0d);
    /// CONNECT ACKNOWLEDGE.
    pub const CONNECT_ACKNOWLEDGE: Self = Self::new(0x0f);
    /// USER INFORMATION.
    pub const USER_INFORMATION: Self = Self::new(0x20);
    /// SUSPEND REJECT.
    pub const SUSPEND_REJECT: Self = Self::new(0x21);
    /// RESUME REJECT.
    pub const RESUME_REJECT: Self = Self::new(0x22);
    /// HOLD (Q.932).
    pub const HOLD: Self = Self::new(0x24);
    /// SUSPEND.
    pub const SUSPEND: Self = Self::new(0x25);
    /// RESUME.
    pub const RESUME: Self = Self::new(0x26);
    /// HOLD ACKNOWLEDGE (Q.932).
    pub const HOLD_ACKNOWLEDGE: Self = Self::new(0x28);
    /// SUSPEND ACKNOWLEDGE.
    pub const SUSPEND_ACKNOWLEDGE: Self = Self::new(0x2d);
    /// RESUME ACKNOWLEDGE.
    pub const RESUME_ACKNOWLEDGE: Self = Self::new(0x2e);
    /// HOLD REJECT (Q.932).
    pub const HOLD_REJECT: Self = Self::new(0x30);
    /// RETRIEVE (Q.932).
    pub const RETRIEVE: Self = Self::new(0x31);
    /// RETRIEVE ACKNOWLEDGE (Q.932).
    pub const RETRIEVE_ACKNOWLEDGE: Self = Self::new(0x33);
    /// RETRIEVE REJECT (Q.932).
    pub const RETRIEVE_REJECT: Self = Self::new(0x37);
    /// DISCONNECT.
    pub const DISCONNECT: Self = Self::new(0x45);
    /// RESTART.
    pub const RESTART: Self = Self::new(0x46);
    /// RELEASE.
    pub const RELEASE: Self = Self::new(0x4d);
    /// RESTART ACKNOWLEDGE.
    pub const RESTART_ACKNOWLEDGE: Self = Self::new(0x4e);
    /// RELEASE COMPLETE.
    pub const RELEASE_COMPLETE: Self = Self::new(0x5a);
    /// SEGMENT.
    pub const SEGMENT: Self = Self::new(0x60);
    /// FACILITY (Q.932).
    pub const FACILITY: Self = Self::new(0x62);
    /// REGISTER (Q.932).
    pub const REGISTER: Self = Self::new(0x64);
    /// NOTIFY.
    pub const NOTIFY: Self = Self::new(0x6e);
    /// STATUS ENQUIRY.
    pub const STATUS_ENQUIRY: Self = Self::new(0x75);
    /// CONGESTION CONTROL.
    pub const CONGESTION_CONTROL: Self = Self::new(0x79);
    /// INFORMATION.
    pub const INFORMATION: Self = Self::new(0x7b);
    /// STATUS.
    pub const STATUS: Self = Self::new(0x7d);

    /// The type of this octet.
    #[must_use]
    pub const fn new(value: u8) -> Self {
        Self { value, national: false }
    }

    /// The name in the protocol of call control.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        if self.national {
            return None;
        }
        NAMES.binary_search_by_key(&self.value, |entry| entry.0).ok().map(|at| NAMES[at].1)
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None if self.national => write!(f, "national message {:02x}", self.value),
            None => write!(f, "message {:02x}", self.value),
        }
    }
}

const NAMES: &[(u8, &str)] = &[
    (0x01, "ALERTING"),
    (0x02, "CALL PROCEEDING"),
    (0x03, "PROGRESS"),
    (0x05, "SETUP"),
    (0x07, "CONNECT"),
    (0x0d, "SETUP ACKNOWLEDGE"),
    (0x0f, "CONNECT ACKNOWLEDGE"),
    (0x20, "USER INFORMATION"),
    (0x21, "SUSPEND REJECT"),
    (0x22, "RESUME REJECT"),
    (0x24, "HOLD"),
    (0x25, "SUSPEND"),
    (0x26, "RESUME"),
    (0x28, "HOLD ACKNOWLEDGE"),
    (0x2d, "SUSPEND ACKNOWLEDGE"),
    (0x2e, "RESUME ACKNOWLEDGE"),
    (0x30, "HOLD REJECT"),
    (0x31, "RETRIEVE"),
    (0x33, "RETRIEVE ACKNOWLEDGE"),
    (0x37, "RETRIEVE REJECT"),
    (0x45, "DISCONNECT"),
    (0x46, "RESTART"),
    (0x4d, "RELEASE"),
    (0x4e, "RESTART ACKNOWLEDGE"),
    (0x5a, "RELEASE COMPLETE"),
    (0x60, "SEGMENT"),
    (0x62, "FACILITY"),
    (0x64, "REGISTER"),
    (0x6e, "NOTIFY"),
    (0x75, "STATUS ENQUIRY"),
    (0x79, "CONGESTION CONTROL"),
    (0x7b, "INFORMATION"),
    (0x7d, "STATUS"),
];
