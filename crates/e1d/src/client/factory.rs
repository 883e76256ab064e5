//! The factory of cards over osmo-e1d.
use super::{E1dCard, E1dOptions};
use tandem_card::options::{Options, wrong};
use tandem_card::{CardFactory, CardRequest, FactoryError, OpenedCard};

/// Makes cards of the model `e1d`; their options are in `docs/configuration.md`.
#[derive(Clone, Copy, Debug, Default)]
pub struct E1dFactory;

impl E1dFactory {
    /// What a request asks for.
    pub fn options(request: &CardRequest) -> Result<E1dOptions, FactoryError> {
        let options = Options::new(request, &NAMES, &[])?;
        let first_line = options.number("first_line", 0, 0..=LAST)?;
        let granule: usize = options.number("granule", 8, 8..=160)?;
        if !granule.is_multiple_of(8) {
            return Err(wrong("granule", format!("{granule} frames are not a whole number of milliseconds")));
        }
        Ok(E1dOptions {
            socket: options.text("socket").unwrap_or(USUAL_SOCKET).into(),
            interface: options.number("interface", 0, 0..=LAST)?,
            first_line,
            lines: options.number("lines", 1, 1..=MOST_LINES.min(LAST - first_line + 1))?,
            superchannel: options.choice("open", false, &[("timeslots", false), ("superchannel", true)])?,
            force: options.choice("force", false, &[("true", true), ("false", false)])?,
            granule,
            delay: 8 * options.number("delay_ms", USUAL_DELAY_MS, 1..=100)?,
        })
    }
}

impl CardFactory for E1dFactory {
    fn models(&self) -> Vec<&'static str> {
        vec![E1dCard::MODEL]
    }

    fn open(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        if request.model != E1dCard::MODEL {
            return Err(FactoryError::UnknownModel);
        }
        let card = E1dCard::new(&Self::options(request)?)?;
        Ok(OpenedCard { card: Box::new(card), world: None })
    }
}

const NAMES: [&str; 8] =
    ["socket", "interface", "first_line", "lines", "open", "force", "granule", "delay_ms"];
/// Where the daemon listens if nothing else is said to it.
const USUAL_SOCKET: &str = "/tmp/osmo-e1d.ctl";
/// The last number of an interface or a line.
const LAST: u8 = 254;
const MOST_LINES: u8 = 64;
/// More than the 4 ms that a driver of USB moves at a time.
const USUAL_DELAY_MS: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn request(options: &[(&str, &str)]) -> CardRequest {
        let options = options.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        CardRequest { model: "e1d".into(), name: String::new(), options }
    }

    #[test]
    fn options_are_what_they_say_or_refused_with_a_sentence() {
        let options = request(&[
            ("socket", "/run/osmo-e1d.ctl"),
            ("interface", "2"),
            ("first_line", "1"),
            ("lines", "3"),
            ("open", "superchannel"),
            ("force", "true"),
            ("granule", "16"),
            ("delay_ms", "20"),
        ]);
        let expected = E1dOptions {
            socket: "/run/osmo-e1d.ctl".into(),
            interface: 2,
            first_line: 1,
            lines: 3,
            superchannel: true,
            force: true,
            granule: 16,
            delay: 160,
        };
        assert_eq!(E1dFactory::options(&options), Ok(expected));
        let usual = E1dFactory::options(&request(&[])).expect("nothing is required");
        assert_eq!(
            (usual.socket.as_path(), usual.lines, usual.delay),
            (Path::new("/tmp/osmo-e1d.ctl"), 1, 80)
        );
        for (name, value) in [
            ("interface", "255"),
            ("first_line", "-1"),
            ("lines", "0"),
            ("lines", "65"),
            ("open", "channels"),
            ("force", "yes"),
            ("granule", "12"),
            ("granule", "168"),
            ("delay_ms", "101"),
            ("line", "1"),
        ] {
            let refused = E1dFactory::options(&request(&[(name, value)]));
            assert!(matches!(refused, Err(FactoryError::Option { .. })), "{name} = {value}");
        }
        let last = [("first_line", "254"), ("lines", "2")];
        assert!(E1dFactory::options(&request(&last)).is_err(), "there is none after the last");
        let long = "x".repeat(108);
        let refused = E1dFactory.open(&request(&[("socket", &long)])).map(|_| ());
        assert!(matches!(refused, Err(FactoryError::Card(_))));
    }
}
