//! The audit: now and then the calls of the engine, its channels and what signalling knows are compared, and what belongs to
//! no call is freed. There should never be any.
use super::call::CallOnTrunk;
use super::group::Over;
use super::{AUDIT_EACH, Control, Trunk};
use crate::event::CallId;
use tandem_isdn::q931::{self, Extra};
use tandem_types::Cause;

/// What one of them has and the others do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stuck {
    /// A channel has a call that the engine or signalling has no more.
    Channel(usize, CallId),
    /// No channel has a call of the engine, and signalling has none of it.
    Call(CallId),
    /// Layer 3 of an access has a call that the engine has not.
    Layer3(usize, q931::CallId),
    /// So has the circuit of a channel.
    Circuit(usize),
}

impl Control {
    /// Frees what is stuck, tells it in the log and counts it. What has just been left behind may still be on its way out,
    /// so that only what two audits in turn have found is freed.
    pub(super) fn audit(&mut self) {
        if self.now < self.audit_at {
            return;
        }
        self.audit_at = self.now + AUDIT_EACH;
        self.compare_clocks();
        let stuck = self.find_stuck();
        let suspected = std::mem::replace(&mut self.suspected, stuck.clone());
        for what in stuck.into_iter().filter(|what| suspected.contains(what)) {
            if self.free(what) {
                log::error!("{what:?} was stuck, and has been freed");
                self.totals.circuits_freed += 1;
            }
        }
    }

    fn find_stuck(&self) -> Vec<Stuck> {
        let mut stuck = Vec::new();
        for (index, channel) in self.channels.iter().enumerate() {
            match channel.call {
                Some(id) if !self.is_signalled_on(id, Some(index)) => stuck.push(Stuck::Channel(index, id)),
                None if matches!(&channel.trunk, Trunk::Em(circuit) if circuit.has_call()) => {
                    stuck.push(Stuck::Circuit(index));
                }
                _ => {}
            }
        }
        let has_channel = |id: &CallId, index: usize| self.channels[index].call == Some(*id);
        let alone = self.calls.iter().filter(|(id, call)| !has_channel(id, call.channel));
        stuck.extend(alone.map(|(id, _)| *id).filter(|id| !self.is_signalled_on(*id, None)).map(Stuck::Call));
        for (access, pri) in self.isdn.iter().enumerate().filter_map(|(n, pri)| Some((n, pri.as_ref()?))) {
            let known =
                |call: &q931::CallId| pri.calls.get(call).is_some_and(|id| self.calls.contains_key(id));
            let unknown = pri.interface().calls().filter(|call| !known(call));
            stuck.extend(unknown.map(|call| Stuck::Layer3(access, call)));
        }
        stuck
    }

    /// Whether the engine knows a call and signalling has it: on this channel, or one that may be without.
    fn is_signalled_on(&self, id: CallId, index: Option<usize>) -> bool {
        let Some(call) = self.calls.get(&id) else { return false };
        let is_there = index.is_none_or(|index| call.channel == index);
        is_there
            && match call.trunk {
                CallOnTrunk::Circuit => index.is_some_and(
                    |index| matches!(&self.channels[index].trunk, Trunk::Em(circuit) if circuit.has_call()),
                ),
                CallOnTrunk::Isdn { access, call } => {
                    self.isdn[access].as_ref().is_some_and(|pri| pri.interface().call_state(call).is_some())
                }
            }
    }

    /// Whether there was still something to free.
    fn free(&mut self, what: Stuck) -> bool {
        let (now, cause) = (self.now, Cause::TEMPORARY_FAILURE);
        match what {
            // The call goes on elsewhere.
            Stuck::Channel(index, id)
                if self.calls.get(&id).is_some_and(|call| self.is_signalled_on(id, Some(call.channel))) =>
            {
                self.leave_channel(id, index);
            }
            Stuck::Channel(index, _) => {
                self.clear_circuit(index, cause);
                self.run_circuit(index);
                self.cleared(index, cause, false);
            }
            Stuck::Call(id) => self.over(Over { id, cause, by_far_end: false }, false),
            Stuck::Layer3(access, call) => {
                let Some(pri) = self.isdn[access].as_mut() else { return false };
                pri.calls.remove(&call);
                // One that is being cleared already ends by its own timers.
                if pri.interface_mut().disconnect(now, call, cause, &Extra::default()).is_err() {
                    return false;
                }
                self.run_isdn(access);
            }
            Stuck::Circuit(index) => {
                self.clear_circuit(index, cause);
                self.run_circuit(index);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Engine, EventKind};
    use tandem_lab::SimFactory;
    use tandem_types::Frames;

    /// An engine with a call that its simulated far end has placed and that was answered, and the index of its channel.
    fn with_call(signalling: &str, span: &str) -> (Engine, CallId, usize) {
        let text = format!(
            "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"sim-bit\"\n\
             options = {{ calls_per_second = 2, hold_seconds = 600, max_calls = 2, {signalling} }}\n\
             [[span]]\nport = 0\n{span}\n"
        );
        let config = Config::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let engine = Engine::open(config, &mut [Box::new(SimFactory::by_options())]).expect("opens");
        let call = wait_for(&engine, |kind| match kind {
            EventKind::CallOffered { call, .. } => Some(call),
            _ => None,
        });
        engine.call_answer(call).expect("offered");
        let index = engine.ask(move |control| control.calls[&call].channel).expect("open");
        (engine, call, index)
    }

    fn with_isdn_call() -> (Engine, CallId, usize) {
        let span = "signalling = \"pri\"\npri = { side = \"user\" }";
        with_call("signalling = \"pri\", side = \"network\", cas = false", span)
    }

    fn with_em_call() -> (Engine, CallId, usize) {
        with_call("digits = 4", "em = { digits = 4 }")
    }

    fn wait_for<T>(engine: &Engine, mut wanted: impl FnMut(EventKind) -> Option<T>) -> T {
        loop {
            let event = engine.event_wait(Some(Frames::from_seconds(60))).expect("an event");
            if let Some(found) = wanted(event.kind) {
                return found;
            }
        }
    }

    /// How a call has ended: the cause, and whether by the far end.
    fn end_of(engine: &Engine, id: CallId) -> (Cause, bool) {
        wait_for(engine, |kind| match kind {
            EventKind::CallCleared { call, cause, by_far_end, .. } if call == id => Some((cause, by_far_end)),
            _ => None,
        })
    }

    fn freed(engine: &Engine) -> u64 {
        engine.statistics().expect("open").totals.circuits_freed
    }

    /// Lets what was done to control take its course, and says what was freed then.
    fn after_audits(engine: &Engine) -> u64 {
        assert!(engine.advance(Frames::from_seconds(25)), "in virtual time");
        freed(engine)
    }

    fn has_no_call(engine: &Engine, index: usize) -> bool {
        let stuck = engine.ask(move |control| (control.channels[index].call, control.find_stuck()));
        stuck.expect("open") == (None, Vec::new())
    }

    #[test]
    fn what_is_as_it_must_be_stays() {
        for (engine, call, _) in [with_isdn_call(), with_em_call()] {
            assert_eq!(after_audits(&engine), 0);
            engine.call_info(call).expect("in progress");
        }
    }

    #[test]
    fn a_channel_whose_call_the_engine_has_forgotten_is_freed_at_both_ends() {
        for (engine, call, index) in [with_isdn_call(), with_em_call()] {
            engine.ask(move |control| control.calls.remove(&call).expect("there")).expect("open");
            assert!(after_audits(&engine) >= 1);
            assert!(has_no_call(&engine, index));
        }
    }

    #[test]
    fn what_one_audit_has_found_is_freed_by_the_next_if_it_is_there_still() {
        let (engine, call, index) = with_isdn_call();
        assert!(engine.advance(Frames::from_seconds(1)), "it is acknowledged");
        let until_audit = engine
            .ask(move |control| {
                control.channels[index].call = Some(CallId(u64::MAX));
                control.audit_at.since(control.now)
            })
            .expect("open");
        assert!(engine.advance(until_audit + Frames::from_ms(100)), "in virtual time");
        let put_right = move |control: &mut Control| {
            let found = control.suspected.len();
            control.channels[index].call = Some(call);
            found
        };
        assert!(engine.ask(put_right).expect("open") >= 1);
        assert_eq!((freed(&engine), after_audits(&engine)), (0, 0), "it was on its way");
        engine.call_info(call).expect("in progress");
    }

    #[test]
    fn a_call_that_layer_3_has_lost_ends_with_its_event() {
        let (engine, call, index) = with_isdn_call();
        engine
            .ask(move |control| {
                let nobody = q931::CallId(u64::MAX);
                let known = control.calls.get_mut(&call).expect("there");
                known.trunk = CallOnTrunk::Isdn { access: 0, call: nobody };
            })
            .expect("open");
        assert_eq!(end_of(&engine, call), (Cause::TEMPORARY_FAILURE, false));
        assert!(after_audits(&engine) >= 1);
        assert!(has_no_call(&engine, index));
    }

    #[test]
    fn a_call_without_a_channel_that_no_signalling_knows_ends_with_its_event() {
        let (engine, call, index) = with_em_call();
        engine.ask(move |control| control.channels[index].call = None).expect("open");
        assert_eq!(end_of(&engine, call), (Cause::TEMPORARY_FAILURE, false));
        // And the circuit is free.
        assert!(after_audits(&engine) >= 2);
        assert!(has_no_call(&engine, index));
    }

    #[test]
    fn a_call_of_layer_3_that_the_engine_does_not_know_is_cleared() {
        let (engine, call, index) = with_isdn_call();
        engine
            .ask(move |control| {
                control.calls.remove(&call).expect("there");
                control.channels[index].call = None;
            })
            .expect("open");
        assert_eq!(after_audits(&engine), 1);
        assert!(has_no_call(&engine, index));
        let left = engine.ask(|control| control.isdn[0].as_ref().map(|pri| pri.interface().call_count()));
        // The other caller's, if it has called by now.
        assert!(left.expect("open").expect("an access") <= 1);
    }
}
