//! The factory of cards that DAHDI drives.
use super::{DahdiCard, DahdiOptions, Kernel};
use crate::options::{Options, wrong};
use crate::{CardFactory, CardRequest, FactoryError, OpenedCard};

/// Makes cards of the model `dahdi`, over the kernel's devices; their options are in `docs/configuration.md`.
#[derive(Clone, Copy, Debug, Default)]
pub struct DahdiFactory;

impl DahdiFactory {
    /// What a request asks for.
    pub fn options(request: &CardRequest) -> Result<DahdiOptions, FactoryError> {
        let options = Options::new(request, &["first_span", "spans", "granule", "buffers", "clock"], &[])?;
        let usual = DahdiOptions::default();
        let first_span = options.number("first_span", usual.first_span, 1..=MOST_SPANS)?;
        let granule = options.number("granule", usual.granule, 8..=160)?;
        if !granule.is_multiple_of(8) {
            return Err(wrong("granule", format!("{granule} frames are not a whole number of milliseconds")));
        }
        Ok(DahdiOptions {
            first_span,
            spans: options.number("spans", usual.spans, 1..=MOST_SPANS - first_span + 1)?,
            granule,
            buffers: options.number("buffers", usual.buffers, 2..=32)?,
            follow_line: options.choice("clock", true, &[("line", true), ("internal", false)])?,
        })
    }
}

impl CardFactory for DahdiFactory {
    fn models(&self) -> Vec<&'static str> {
        vec!["dahdi"]
    }

    fn open(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        if request.model != "dahdi" {
            return Err(FactoryError::UnknownModel);
        }
        let card = DahdiCard::new(Kernel, Self::options(request)?)?;
        Ok(OpenedCard { card: Box::new(card), world: None })
    }
}

const MOST_SPANS: u16 = 128;

#[cfg(test)]
mod tests {
    use super::*;

    fn request(options: &[(&str, &str)]) -> CardRequest {
        let options = options.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        CardRequest { model: "dahdi".into(), name: String::new(), options }
    }

    #[test]
    fn options_are_what_they_say_or_refused_with_a_sentence() {
        let options =
            request(&[("first_span", "3"), ("spans", "4"), ("granule", "40"), ("clock", "internal")]);
        let expected = DahdiOptions { first_span: 3, spans: 4, granule: 40, buffers: 8, follow_line: false };
        assert_eq!(DahdiFactory::options(&options), Ok(expected));
        for (name, value) in [
            ("first_span", "0"),
            ("spans", "129"),
            ("granule", "12"),
            ("granule", "168"),
            ("buffers", "33"),
            ("clock", "sun"),
            ("span", "1"),
        ] {
            let refused = DahdiFactory::options(&request(&[(name, value)]));
            assert!(matches!(refused, Err(FactoryError::Option { .. })), "{name} = {value}");
        }
        let last = [("first_span", "128"), ("spans", "2")];
        assert!(DahdiFactory::options(&request(&last)).is_err(), "there is none after the last");
    }
}
