//! Switching and conferences.
#![allow(unsafe_code)] // exported names, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::engines::{self, handle};
use crate::pointer::Out;
use crate::result::{Failure, entry};
use crate::types;
use tandem_types::HandleKind;

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
        Ok(open.engine.bridge_join(bridge, channel)?)
    })
}

/// Takes a channel out of its bridge.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_bridge_leave(engine: u64, channel: u64) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        Ok(open.engine.bridge_leave(handle(channel, HandleKind::Channel, "channel")?)?)
    })
}
