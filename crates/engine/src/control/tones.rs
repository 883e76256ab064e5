//! The tones that are listened for: those of the configuration, and those that the host defines while calls run.
use super::Control;
use crate::EngineError;
use crate::config::{Config, ConfigError};
use crate::sound::ToneTemplate;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tandem_dsp::progress::{PlanTone, ToneName, ToneSet};
use tandem_switch::SwitchControl;

/// The tones of all spans.
pub(super) struct Tones {
    set: Arc<ToneSet>,
    /// The host's own, by the number of their name.
    defined: BTreeMap<u8, PlanTone>,
    /// Numbers that are free, or would be without the configuration; that which has been so for longest first.
    free: VecDeque<u8>,
}

impl Tones {
    pub(super) fn new(set: Arc<ToneSet>) -> Self {
        Self { set, defined: BTreeMap::new(), free: (1..=MOST_OWN).collect() }
    }

    pub(super) const fn set(&self) -> &Arc<ToneSet> {
        &self.set
    }

    /// The tones of another configuration, and those of the host with them.
    pub(super) fn of(&self, config: &Config) -> Result<ToneSet, ConfigError> {
        let wrong = |problem: &str| ConfigError { field: "tones.plan".into(), problem: problem.into() };
        let mut set = config.tones.set()?;
        for (number, tone) in &self.defined {
            if is_of(config, *number) {
                return Err(wrong("has a tone whose name the host has given to one of its own"));
            }
            set = set.with(*tone).map_err(|_| wrong("leaves no room for the tones of the host"))?;
            if set.twin_of(ToneName::User(*number)).is_some() {
                return Err(wrong("has a tone that could not be told from one of the host's"));
            }
        }
        Ok(set)
    }

    /// Media listens for these from now on.
    pub(super) fn put(&mut self, set: ToneSet, link: &mut SwitchControl) {
        self.set = Arc::new(set);
        link.listen_for(&self.set);
    }
}

impl Control {
    /// Has all detectors of tones listen for one more. Gives the number of its name, 1 to 8.
    pub(crate) fn define_tone(&mut self, template: &ToneTemplate) -> Result<u8, EngineError> {
        let free = |number: &&u8| !is_of(&self.config, **number);
        let number = self.tones.free.iter().find(free).copied();
        let number = number.ok_or(EngineError::Busy("all eight names of a host's own tones are given"))?;
        let name = ToneName::User(number);
        let tone = template.tone(name)?;
        let set = self.tones.set.with(tone).map_err(|_| {
            EngineError::Busy("there are as many different frequencies as can be listened for")
        })?;
        if set.twin_of(name).is_some() {
            return Err(EngineError::BadArgument(
                "the tone could not be told from another that is listened for",
            ));
        }
        self.tones.free.retain(|own| *own != number);
        self.tones.defined.insert(number, tone);
        self.tones.put(set, &mut self.link);
        Ok(number)
    }

    /// Has them listen for it no longer: where it is heard it ends.
    pub(crate) fn remove_tone(&mut self, number: u8) -> Result<(), EngineError> {
        if self.tones.defined.remove(&number).is_none() {
            return Err(EngineError::BadArgument("there is no such tone that the host has defined"));
        }
        self.tones.free.push_back(number);
        let set = self.tones.set.without(ToneName::User(number));
        self.tones.put(set, &mut self.link);
        Ok(())
    }
}

/// Whether a configuration has a tone of this number.
fn is_of(config: &Config, number: u8) -> bool {
    // A plan with mistakes has been refused.
    config.tones.tones().is_ok_and(|plan| plan.tone(ToneName::User(number)).is_some())
}

const MOST_OWN: u8 = 8;
