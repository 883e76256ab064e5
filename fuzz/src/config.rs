//! Any octets as a configuration.
use tandem_engine::Config;

/// What is accepted passes its check again and gives every card and span its set-up; what is refused says
/// why.
pub fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Config::parse(text) {
        Ok(config) => {
            config.check().expect("checked before");
            let tick = config.tick().expect("checked before");
            assert!((1..=160).contains(&tick.frames()));
            for (index, card) in config.cards.iter().enumerate() {
                assert_eq!(card.request(index).model, card.model);
            }
            for span in &config.spans {
                assert!(span.card < config.cards.len());
                let profile = span.em_profile();
                assert!(profile.min_digits <= profile.max_digits);
                assert!(span.traffic() & 1 == 0, "timeslot 0 carries no traffic");
                let _ = span.span_config();
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
