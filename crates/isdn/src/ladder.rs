//! A frame of a D channel as a telephony engineer reads it: who sent it, what it is, and its elements below.
use core::fmt;

use crate::Side;
use crate::capture::Captured;
use crate::q921::{Control, Frame, Repr};
use crate::q931::{CallReference, Message};

/// A frame and what it means.
#[derive(Clone, Debug)]
pub struct Rung<'a> {
    /// Who sent it.
    pub sender: Side,
    /// What it is, or why it is no frame.
    pub repr: Result<Repr<'a>, String>,
    /// The message in it.
    pub message: Option<Message<'a>>,
    octets: &'a [u8],
}

impl<'a> Rung<'a> {
    /// Reads a frame.
    #[must_use]
    pub fn new(seen: &Captured<'a>) -> Self {
        let sender = seen.sender();
        let repr = Frame::new_checked(seen.frame)
            .map_err(|error| format!("{error:?}"))
            .and_then(|frame| Repr::parse(&frame, sender).map_err(|error| format!("{error:?}")));
        let carries = |repr: &&Repr<'a>| {
            repr.sapi == 0 && matches!(repr.control, Control::I { .. } | Control::Ui { .. })
        };
        let message = repr.as_ref().ok().filter(carries);
        let message = message.and_then(|repr| Message::new_checked(repr.information).ok());
        Self { sender, repr, message, octets: seen.frame }
    }

    /// Whether it only acknowledges or polls.
    #[must_use]
    pub fn is_acknowledgement(&self) -> bool {
        self.repr.as_ref().is_ok_and(|repr| matches!(repr.control, Control::Rr { .. }))
    }

    /// The call that its message belongs to: the side that began it, which chose the reference, and the reference. Both sides
    /// may have a call of the same one.
    #[must_use]
    pub fn call(&self) -> Option<(Side, u16)> {
        let CallReference::Call { value, flag } = self.message?.reference() else { return None };
        let began = match (flag, self.sender) {
            (false, sender) => sender,
            (true, Side::User) => Side::Network,
            (true, Side::Network) => Side::User,
        };
        Some((began, value))
    }

    /// To be printed: on one line, or with the elements of the message on lines of their own below, so far to the right.
    #[must_use]
    pub const fn shown(&self, elements_at: Option<usize>) -> Shown<'_, 'a> {
        Shown { rung: self, elements_at }
    }
}

/// A frame in text.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'r, 'a> {
    rung: &'r Rung<'a>,
    elements_at: Option<usize>,
}

impl fmt::Display for Shown<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.rung.sender == Side::User { "user ---> net  " } else { "user <--- net  " })?;
        match (&self.rung.message, &self.rung.repr) {
            (Some(message), _) => self.message(f, message),
            (None, Ok(repr)) if repr.information.is_empty() => write!(f, "{repr}"),
            (None, Ok(repr)) => write!(f, "{repr}: {}", Hex(repr.information)),
            (None, Err(problem)) => write!(f, "no frame ({problem}): {}", Hex(self.rung.octets)),
        }
    }
}

impl Shown<'_, '_> {
    fn message(&self, f: &mut fmt::Formatter<'_>, message: &Message<'_>) -> fmt::Result {
        let text = format!("{message:#}");
        let mut lines = text.lines();
        f.write_str(lines.next().unwrap_or_default())?;
        if let Some(indent) = self.elements_at {
            for element in lines {
                write!(f, "\n{:indent$}{}", "", element.trim_start())?;
            }
        }
        Ok(())
    }
}

/// Octets in hexadecimal.
#[derive(Clone, Copy, Debug)]
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(frame: &[u8]) -> String {
        let seen = Captured { at_us: 0, our_side: Side::User, sent: true, frame };
        Rung::new(&seen).shown(Some(4)).to_string()
    }

    #[test]
    fn whatever_comes_is_told() {
        assert_eq!(shown(&[0x00, 0x01, 0x7f]), "user ---> net  LAPD SAPI=0 TEI=0 C SABME P=1");
        let release = shown(&[0x00, 0x01, 0x02, 0x00, 0x08, 0x02, 0x00, 0x01, 0x4d, 0x08, 0x02, 0x80, 0x90]);
        assert!(release.starts_with("user ---> net  RELEASE"), "{release}");
        assert!(release.contains("\n    ") && release.contains("ause"), "{release}");
        let elements =
            |octets: &[u8]| shown(&[&[0x00, 0x01, 0x02, 0x00, 0x08, 0x02, 0x00, 0x00], octets].concat());
        assert!(elements(&[0x46, 0x79, 0x01, 0x87]).contains("Restart indicator: all interfaces"));
        assert!(elements(&[0x6e, 0x27, 0x01, 0xf9]).contains("Notification indicator: 121"));
        let user_user = elements(&[0x7b, 0x7e, 0x04, 0x04, b'h', b'i', 0x07]);
        assert!(user_user.contains(r"IA5 'hi\x07'"), "{user_user}");
        // An I frame whose information is no message of Q.931, one of another SAPI, and no frame at all.
        let foreign = shown(&[0x00, 0x01, 0x02, 0x00, 0xaa, 0xbb]);
        assert!(foreign.contains(" I ") && foreign.ends_with(": aabb"), "{foreign}");
        let other = shown(&[0xfc, 0x01, 0x02, 0x00, 0x08, 0x02]);
        assert!(other.contains("SAPI=63") && other.ends_with(": 0802"), "{other}");
        let none = shown(&[0x00]);
        assert!(none.contains("no frame") && none.ends_with(": 00"), "{none}");
        assert!(shown(&[]).contains("no frame"));
    }
}
