//! Both ends of a primary rate interface in one engine: two cards back to back, span 0 the user, span 1 the network.
use super::{c, channel, ok, sized, text_of, wait, wait_for};
use tandem_bindings::*;

pub const TWO_ENDS: &str = "[engine]\nmode = \"lockstep\"\n[tones]\ncountry = \"fr\"\n\
    [[card]]\nmodel = \"loop\"\noptions = { pair = \"i\" }\n[[card]]\nmodel = \"loop\"\noptions = { pair = \"i\" }\n\
    [[span]]\nport = 0\nsignalling = \"pri\"\npri = { side = \"user\" }\n\
    [[span]]\ncard = 1\nport = 0\nsignalling = \"pri\"\npri = { side = \"network\" }\n";

pub struct Isdn {
    pub engine: u64,
}

/// A call and the channel it is on, as one end has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    pub call: u64,
    pub channel: u64,
}

impl Isdn {
    /// With the link up, and all that is told of that taken.
    pub fn up() -> Self {
        let isdn = Self { engine: super::open(TWO_ENDS) };
        for _ in 0..2 {
            assert_eq!(wait_for(isdn.engine, TANDEM_EVENT_LINK_CHANGED).value, 1);
        }
        while wait(isdn.engine, 3_000).is_ok() {}
        isdn
    }

    pub fn pass(&self, ms: u64) {
        ok(unsafe { tandem_engine_advance(self.engine, 8 * ms) });
    }

    /// A channel of the user (0) or the network (1).
    pub fn channel(&self, end: u32, timeslot: u32) -> u64 {
        channel(self.engine, end, timeslot)
    }

    /// The user calls 4711; the network has the call offered.
    pub fn place(&self, timeslot: u32) -> (End, End) {
        self.place_with(timeslot, &sized())
    }

    pub fn place_with(&self, timeslot: u32, options: &tandem_call_options) -> (End, End) {
        let (mut call, near) = (0, self.channel(0, timeslot));
        ok(unsafe { tandem_call_place_with(self.engine, near, c("4711").as_ptr(), options, &mut call) });
        let offered = wait_for(self.engine, TANDEM_EVENT_CALL_OFFERED);
        assert_eq!((offered.object, text_of(&offered)), (self.channel(1, timeslot), "4711".into()));
        (End { call, channel: near }, End { call: offered.call, channel: offered.object })
    }

    /// The same, answered.
    pub fn connect(&self, timeslot: u32) -> (End, End) {
        let (user, network) = self.place(timeslot);
        ok(unsafe { tandem_call_answer(self.engine, network.call) });
        self.told(user, TANDEM_EVENT_CALL_ANSWERED);
        self.pass(100);
        (user, network)
    }

    /// What an end is told next of this type, of its call.
    #[track_caller]
    pub fn told(&self, end: End, kind: u32) -> tandem_event {
        loop {
            let event = wait_for(self.engine, kind);
            if event.call == end.call {
                assert_eq!(event.object, end.channel);
                return event;
            }
        }
    }

    pub fn parties(&self, end: End) -> tandem_call_parties {
        let mut parties = sized();
        ok(unsafe { tandem_call_get_parties(self.engine, end.call, &mut parties) });
        parties
    }
}

impl Drop for Isdn {
    fn drop(&mut self) {
        unsafe { tandem_engine_close(self.engine) };
    }
}

/// The first octets of an event's text, which may be zero; `reason` says how many.
pub fn octets_of(event: &tandem_event) -> Vec<u8> {
    event.text.iter().map(|octet| *octet as u8).take(event.reason as usize).collect()
}
