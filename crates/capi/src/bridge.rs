//! Switching and conferences.
#![allow(unsafe_code)] // exported names, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::engines::{self, handle};
use crate::pointer::{self, Out, OutStructure, Room};
use crate::result::{Failure, entry};
use crate::types::{self, BridgeParty, BridgeTerms};
use tandem_engine::PartyTerms;
use tandem_types::{Handle, HandleKind};

/// Lets the far end of one channel hear what another receives.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_connect(engine: u64, sink: u64, source: u64, bearer: u32) -> i32 {
    entry(|| {
        let known = types::bearer(bearer);
        let bearer =
            known.ok_or_else(|| Failure::argument(format!("bearer: there is no bearer {bearer}")))?;
        let open = engines::get(engine)?;
        let sink = handle(sink, HandleKind::Channel, "sink")?;
        let source = match source {
            0 => None,
            source => Some(handle(source, HandleKind::Channel, "source")?),
        };
        Ok(open.engine.connect(sink, source, bearer)?)
    })
}

/// Lets the far end of one channel hear what passes on another.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_monitor(engine: u64, sink: u64, source: u64, side: u32) -> i32 {
    entry(|| {
        let known = types::stream_side(side);
        let side = known.ok_or_else(|| Failure::argument(format!("side: there is no side {side}")))?;
        let open = engines::get(engine)?;
        let sink = handle(sink, HandleKind::Channel, "sink")?;
        Ok(open.engine.monitor(sink, handle(source, HandleKind::Channel, "source")?, side)?)
    })
}

/// Makes a conference bridge.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_bridge_new(engine: u64, bridge: *mut u64) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let bridge = unsafe { Out::new(bridge, "bridge")? };
        bridge.put(engines::get(engine)?.engine.bridge_new()?.raw());
        Ok(())
    })
}

/// Tells who speaks in a bridge, or no longer.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_bridge_watch(engine: u64, bridge: u64, on: u32) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        Ok(open.engine.bridge_watch(handle(bridge, HandleKind::Bridge, "bridge")?, on != 0)?)
    })
}

/// Has a bridge heard only while a moderator is in it, or always.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_bridge_moderate(engine: u64, bridge: u64, on: u32) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        Ok(open.engine.bridge_moderate(handle(bridge, HandleKind::Bridge, "bridge")?, on != 0)?)
    })
}

/// Takes a bridge down.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_bridge_free(engine: u64, bridge: u64) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        Ok(open.engine.bridge_free(handle(bridge, HandleKind::Bridge, "bridge")?)?)
    })
}

/// Lets a channel talk and listen in a bridge.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_bridge_join(engine: u64, bridge: u64, channel: u64) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        let bridge = handle(bridge, HandleKind::Bridge, "bridge")?;
        let channel = handle(channel, HandleKind::Channel, "channel")?;
        Ok(open.engine.bridge_join(bridge, channel, PartyTerms::default())?)
    })
}

/// The same with terms.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_bridge_join_with(
    engine: u64,
    bridge: u64,
    channel: u64,
    terms: *const BridgeTerms,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let terms = unsafe { party_terms(terms)? };
        let open = engines::get(engine)?;
        let bridge = handle(bridge, HandleKind::Bridge, "bridge")?;
        let channel = handle(channel, HandleKind::Channel, "channel")?;
        Ok(open.engine.bridge_join(bridge, channel, terms)?)
    })
}

/// Changes how a channel takes part in its bridge.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_bridge_set_terms(
    engine: u64,
    channel: u64,
    terms: *const BridgeTerms,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let terms = unsafe { party_terms(terms)? };
        let open = engines::get(engine)?;
        Ok(open.engine.bridge_set_terms(handle(channel, HandleKind::Channel, "channel")?, terms)?)
    })
}

/// Lets only the loudest be heard.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_bridge_limit_talkers(engine: u64, bridge: u64, most: u32) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        let bridge = handle(bridge, HandleKind::Bridge, "bridge")?;
        let most = match most {
            0 => None,
            1..=MOST_TALKERS => Some(most as u8),
            _ => return Err(Failure::argument(format!("most: {MOST_TALKERS} at most, or 0 for all"))),
        };
        Ok(open.engine.bridge_limit_talkers(bridge, most)?)
    })
}

/// Lists the channels in a bridge.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_bridge_list(
    engine: u64,
    bridge: u64,
    channels: *mut u64,
    room: u32,
    count: *mut u32,
) -> i32 {
    entry(|| {
        let octets = (room as usize).saturating_mul(size_of::<u64>());
        // SAFETY: the host's promise.
        let (place, count) =
            unsafe { (Room::new(channels.cast(), "channels", octets)?, Out::new(count, "count")?) };
        let open = engines::get(engine)?;
        let parties = open.engine.bridge_parties(handle(bridge, HandleKind::Bridge, "bridge")?)?;
        let octets: Vec<u8> = parties.iter().flat_map(|party| party.raw().to_ne_bytes()).collect();
        place.put(&octets);
        count.put(parties.len() as u32);
        Ok(())
    })
}

/// How a channel takes part in its bridge, and what is heard of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_bridge_get_party(engine: u64, channel: u64, party: *mut BridgeParty) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let party = unsafe { OutStructure::new(party, "party")? };
        let open = engines::get(engine)?;
        let state = open.engine.bridge_party(handle(channel, HandleKind::Channel, "channel")?)?;
        let (role, pupil) = types::role_number(state.terms.role);
        party.put(&BridgeParty {
            size: 0,
            role,
            bridge: state.bridge.raw(),
            pupil: pupil.map_or(0, Handle::raw),
            gain: tenths(state.terms.gain_db),
            muted: state.terms.muted.into(),
            level: tenths(state.level_dbm0),
            speaks: state.speaks.into(),
            heard: state.is_heard.into(),
            moderator: state.terms.moderator.into(),
        });
        Ok(())
    })
}

/// The terms of a host; NULL for a full party.
///
/// # Safety
/// As for [`pointer::structure`].
unsafe fn party_terms(terms: *const BridgeTerms) -> Result<PartyTerms, Failure> {
    // SAFETY: this function's own condition.
    let Some(terms) = (unsafe { pointer::structure(terms, "terms")? }) else {
        return Ok(PartyTerms::default());
    };
    let pupil = match terms.pupil {
        0 => None,
        pupil => Some(handle(pupil, HandleKind::Channel, "terms.pupil")?),
    };
    let no_role = || Failure::argument(format!("terms.role: there is no role {}", terms.role));
    let role = types::role(terms.role, pupil).ok_or_else(no_role)?;
    let (muted, moderator) = (terms.muted != 0, terms.moderator != 0);
    Ok(PartyTerms { role, gain_db: terms.gain as f32 / 10.0, muted, moderator })
}

/// Tenths of dB.
fn tenths(db: f32) -> i32 {
    (db * 10.0).round() as i32
}

/// The most parties that can be told from the others as the loudest.
const MOST_TALKERS: u32 = 16;

/// Takes a channel out of its bridge.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_bridge_leave(engine: u64, channel: u64) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        Ok(open.engine.bridge_leave(handle(channel, HandleKind::Channel, "channel")?)?)
    })
}
