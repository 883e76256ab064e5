//! A record of each call that is over, as a line of JSON: what is billed and reported from.
use crate::ivr::CallLog;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tandem_engine::{CallId, CallInfo, Engine, EngineError, Party};
use tandem_types::{FrameTime, Handle};

/// The file of records.
pub(crate) struct Records {
    path: PathBuf,
    file: File,
    /// Span and timeslot of each channel.
    places: BTreeMap<Handle, (usize, u8)>,
    /// Of calls whose recordings are not complete yet.
    waiting: BTreeMap<CallId, Value>,
}

impl Records {
    /// Goes on with the file, or makes it.
    pub(crate) fn new(path: &Path, engine: &Engine) -> Result<Self, String> {
        let file = File::options().create(true).append(true).open(path);
        let file = file.map_err(|error| format!("{}: {error}", path.display()))?;
        let mut places = BTreeMap::new();
        for span in 0..engine.config().spans.len() {
            let channels = engine.channels(span).map_err(|error| error.to_string())?;
            places.extend(channels.into_iter().map(|(channel, slot)| (channel, (span, slot))));
        }
        Ok(Self { path: path.to_owned(), file, places, waiting: BTreeMap::new() })
    }

    /// Makes the record of a call that has ended just now. It is written when what it says of the recording is known.
    pub(crate) fn add(&mut self, engine: &Engine, log: &CallLog) -> Result<(), String> {
        let record = self.record(engine, log).map_err(|error| format!("call {}: {error}", log.call.0))?;
        self.waiting.insert(log.call, record);
        Ok(())
    }

    /// Adds the records of these calls, of which some may be there already.
    pub(crate) fn keep_all(&mut self, logs: &[CallLog]) -> Result<(), String> {
        logs.iter().try_for_each(|log| self.keep(log))
    }

    /// Adds the record of a call that is over.
    pub(crate) fn keep(&mut self, log: &CallLog) -> Result<(), String> {
        let Some(mut record) = self.waiting.remove(&log.call) else { return Ok(()) };
        if let Some((_, start)) = &log.recording {
            record["recording_frame"] = start.0.into();
            (record["lost_ms"], record["gaps"]) = (log.lost_ms.into(), log.gaps.into());
        }
        let written = self.file.write_all(format!("{record}\n").as_bytes());
        written.map_err(|error| format!("{}: {error}", self.path.display()))
    }

    fn record(&self, engine: &Engine, log: &CallLog) -> Result<Value, EngineError> {
        let info: CallInfo = engine.call_info(log.call)?;
        let parties = engine.call_parties(log.call)?;
        let moment = |at: FrameTime| engine.local_time(at).map(|moment| moment.to_string());
        let number = |party: &Option<Party>| match party {
            Some(party) if party.withheld => Some("withheld".to_owned()),
            party => party.as_ref().map(|party| party.number.clone()),
        };
        let place = self.places.get(&info.channel);
        let talked = info.answered.zip(info.ended).map(|(from, end)| end.at.since(from).as_seconds());
        Ok(json!({
            "call": log.call.0,
            "interaction": info.interaction,
            "direction": if info.incoming { "in" } else { "out" },
            "span": place.map(|place| place.0),
            "timeslot": place.map(|place| place.1),
            "called": parties.called.number,
            "calling": number(&parties.calling),
            "redirecting": number(&parties.redirecting),
            "began": moment(info.began)?,
            "answered": info.answered.map(moment).transpose()?,
            "ended": info.ended.map(|end| moment(end.at)).transpose()?,
            "talked_s": talked,
            "cause": info.ended.map(|end| end.cause.value()),
            "by_far_end": info.ended.map(|end| end.by_far_end),
            "digits": log.digits,
            "room": log.room.as_ref().map(|(name, _)| name),
            "recording": log.recording_name,
            "recording_frame": null,
            "lost_ms": null,
            "gaps": null,
        }))
    }
}
