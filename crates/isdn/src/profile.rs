//! What differs between switches, as data: EuroISDN, NI-2, 5ESS, 4ESS, DMS-100, QSIG. The machines read these
//! fields; none asks which switch it is.
use tandem_types::{Frames, SignalledChannel, Timeslot};

use crate::Side;
use crate::q931::Discriminator;
use crate::q931::element::{ChannelForm, Coding, Location};

/// The lengths of timers, with the names of Q.931 §9. A switch that knows no overlap has those of overlap too: a far end that
/// does it all the same is not waited for without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// Far end alerting.
    pub t301: Frames,
    /// Between digits received.
    pub t302: Frames,
    /// SETUP sent.
    pub t303: Frames,
    /// Between digits sent.
    pub t304: Frames,
    /// DISCONNECT sent.
    pub t305: Frames,
    /// DISCONNECT with in-band information sent.
    pub t306: Frames,
    /// RELEASE sent.
    pub t308: Frames,
    /// The data link is lost and a call lives on; `None`: it does not.
    pub t309: Option<Frames>,
    /// CALL PROCEEDING received.
    pub t310: Frames,
    /// CONNECT sent.
    pub t313: Frames,
    /// RESTART sent.
    pub t316: Frames,
    /// A D channel has failed and its backup was asked (Q.931 annex F).
    pub t321: Frames,
    /// STATUS ENQUIRY sent.
    pub t322: Frames,
    /// HOLD sent (EN 300 196-1, T-HOLD).
    pub hold: Frames,
    /// RETRIEVE sent (EN 300 196-1, T-RETRIEVE).
    pub retrieve: Frames,
}

/// What becomes of a channel whose RESTART was never answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartFailure {
    /// It is out of service until maintenance or the far end brings it back.
    StayOut,
    /// It is out of service, and after so long it is restarted again.
    Retry(Frames),
    /// It is taken for idle.
    ReturnAtOnce,
}

/// What is done about active calls when the data link is back (Q.931 §5.8.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkRecovery {
    /// STATUS with cause 31 tells our state.
    Report,
    /// STATUS ENQUIRY asks for the other's.
    Enquire,
}

/// The cause in the answer to a message that cannot be used (Q.931 §5.8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageErrorCause {
    /// 98 for all.
    General,
    /// 97 for a type that is not known, 101 for one that does not fit the state.
    Distinguished,
}

/// How a channel number maps to a timeslot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelNumbering {
    /// It is the timeslot.
    Timeslot,
    /// B channels are counted, past timeslot 16 of an E1.
    Consecutive,
}

impl ChannelNumbering {
    /// The timeslot of a channel on an E1 or T1; `None` for a number that has none.
    #[must_use]
    pub fn timeslot(self, channel: SignalledChannel) -> Option<Timeslot> {
        let number = u8::try_from(channel.0).ok()?;
        match self {
            Self::Timeslot => Timeslot::new(number),
            Self::Consecutive if number < 16 => Timeslot::new(number),
            Self::Consecutive => Timeslot::new(number.checked_add(1)?),
        }
    }
}

/// A kind of switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name, for people.
    pub name: &'static str,
    /// Both ends follow the procedures of the user side, as in QSIG (ECMA-143 §10).
    pub symmetric: bool,
    /// Octets of a call reference, 1 or 2.
    pub call_reference_length: u8,
    /// Numbers may come digit by digit.
    pub overlap: bool,
    /// A complete number is marked by Sending complete.
    pub sends_sending_complete: bool,
    /// How channels are written.
    pub channel_form: ChannelForm,
    /// Octet 3.1 is written always, not only for an interface other than that of the D channel.
    pub explicit_interface: bool,
    /// The called side may answer with another channel. If not, channels are always exclusive.
    pub negotiates_channel: bool,
    /// The first answer to a SETUP that leaves the channel open must name one.
    pub channel_in_first_response: bool,
    /// Channel numbers.
    pub numbering: ChannelNumbering,
    /// The codeset of Display.
    pub display_codeset: u8,
    /// The octet in front of the text of a Display that is sent.
    pub display_type: Option<u8>,
    /// The protocol of SERVICE messages, if there are any.
    pub service: Option<Discriminator>,
    /// RESTART is used.
    pub restart: bool,
    /// The location of causes that the user side generates.
    pub user_location: Location,
    /// The location of causes that the network side generates.
    pub network_location: Location,
    /// The coding of causes and progress indicators.
    pub coding: Coding,
    /// HOLD and RETRIEVE are used.
    pub hold: bool,
    /// STATUS tells of elements that are unknown or wrong but not needed (Q.931 §5.8.7, "may").
    pub reports_element_errors: bool,
    /// The causes of §5.8.4.
    pub message_error: MessageErrorCause,
    /// How often a SETUP is sent again.
    pub n303: u8,
    /// How often a RESTART is sent in all.
    pub n316: u8,
    /// How often a STATUS ENQUIRY is sent again.
    pub n322: u8,
    /// After a RELEASE that was never answered, the channel is restarted.
    pub restarts_after_release_failure: bool,
    /// After a RESTART that was never answered.
    pub restart_failure: RestartFailure,
    /// After a link failure.
    pub link_recovery: LinkRecovery,
    /// Timers of the user side.
    pub user_timers: Timers,
    /// Timers of the network side.
    pub network_timers: Timers,
}

impl Profile {
    /// EuroISDN (EN 300 403-1).
    pub const EURO_ISDN: Self = Self {
        name: "euroisdn",
        symmetric: false,
        call_reference_length: 2,
        overlap: true,
        sends_sending_complete: true,
        channel_form: ChannelForm::Number,
        explicit_interface: false,
        negotiates_channel: true,
        channel_in_first_response: true,
        numbering: ChannelNumbering::Timeslot,
        display_codeset: 0,
        display_type: None,
        service: None,
        restart: true,
        user_location: Location::USER,
        network_location: Location::PUBLIC_LOCAL,
        coding: Coding::ITU,
        hold: true,
        reports_element_errors: true,
        message_error: MessageErrorCause::Distinguished,
        n303: 1,
        n316: 2,
        n322: 2,
        restarts_after_release_failure: true,
        restart_failure: RestartFailure::Retry(Frames::from_seconds(300)),
        link_recovery: LinkRecovery::Report,
        user_timers: Timers::Q931_USER,
        network_timers: Timers::Q931_NETWORK,
    };

    /// China's primary rate, "30B+D", which follows EuroISDN and is met en bloc and with overlap.
    pub const CHINA: Self = Self { name: "china", ..Self::EURO_ISDN };

    /// National ISDN 2 (SR-4994, ANSI T1.607): en bloc, channels of several interfaces on one D channel.
    pub const NI2: Self = Self {
        name: "ni2",
        overlap: false,
        sends_sending_complete: false,
        negotiates_channel: false,
        channel_in_first_response: false,
        display_type: Some(0xb1),
        service: Some(Discriminator::NationalMaintenance),
        link_recovery: LinkRecovery::Enquire,
        ..Self::EURO_ISDN
    };

    /// Lucent 5ESS with custom signalling: names in codeset 6, DISCONNECT answered within 4 s.
    pub const ESS5: Self = Self {
        name: "5ess",
        display_codeset: 6,
        display_type: None,
        service: Some(Discriminator::Maintenance),
        user_timers: Timers::ATT,
        network_timers: Timers { t305: SECONDS_4, ..Timers::Q931_NETWORK },
        hold: false,
        ..Self::NI2
    };

    /// AT&T 4ESS.
    pub const ESS4: Self = Self { name: "4ess", ..Self::ESS5 };

    /// Nortel DMS-100 with custom signalling.
    pub const DMS100: Self =
        Self { name: "dms100", service: Some(Discriminator::Maintenance), hold: false, ..Self::NI2 };

    /// QSIG basic call (ECMA-143): two equal ends.
    pub const QSIG: Self = Self {
        name: "qsig",
        symmetric: true,
        network_location: Location::PRIVATE_LOCAL,
        user_location: Location::PRIVATE_LOCAL,
        hold: false,
        user_timers: Timers { t309: Some(Frames::from_seconds(90)), ..Timers::Q931_USER },
        network_timers: Timers { t309: Some(Frames::from_seconds(90)), ..Timers::Q931_USER },
        ..Self::EURO_ISDN
    };

    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::EURO_ISDN, Self::CHINA, Self::NI2, Self::ESS5, Self::ESS4, Self::DMS100, Self::QSIG];

    /// The profile of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name == name)
    }

    /// The timers of a side.
    #[must_use]
    pub const fn timers(&self, side: Side) -> &Timers {
        match side {
            Side::User => &self.user_timers,
            Side::Network => &self.network_timers,
        }
    }

    /// Where the causes of a side come from.
    #[must_use]
    pub const fn location(&self, side: Side) -> Location {
        match side {
            Side::User => self.user_location,
            Side::Network => self.network_location,
        }
    }
}

const SECONDS_4: Frames = Frames::from_seconds(4);

impl Timers {
    /// Q.931 table 9-2, with the optional timers at their least values and T309 at the 90 s that PBXs use.
    pub const Q931_USER: Self = Self {
        t301: Frames::from_seconds(180),
        t302: Frames::from_seconds(15),
        t303: SECONDS_4,
        t304: Frames::from_seconds(30),
        t305: Frames::from_seconds(30),
        t306: Frames::from_seconds(30),
        t308: SECONDS_4,
        t309: Some(Frames::from_seconds(90)),
        t310: Frames::from_seconds(30),
        t313: SECONDS_4,
        t316: Frames::from_seconds(120),
        t321: Frames::from_seconds(30),
        t322: SECONDS_4,
        hold: SECONDS_4,
        retrieve: SECONDS_4,
    };

    /// Q.931 table 9-1.
    pub const Q931_NETWORK: Self = Self {
        t302: Frames::from_seconds(12),
        t304: Frames::from_seconds(20),
        t310: Frames::from_seconds(10),
        ..Self::Q931_USER
    };

    /// AT&T's primary rate: T305 and T310 are short, T309 long.
    pub const ATT: Self = Self {
        t305: SECONDS_4,
        t310: Frames::from_seconds(10),
        t309: Some(Frames::from_seconds(90)),
        ..Self::Q931_USER
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_profile_has_a_name_of_its_own() {
        for profile in Profile::ALL {
            assert_eq!(Profile::named(profile.name), Some(profile));
        }
        assert_eq!(Profile::named("unknown"), None);
    }

    #[test]
    fn t309_lies_between_6_and_90_s_and_t316_is_two_minutes() {
        for timers in Profile::ALL.iter().flat_map(|profile| [profile.user_timers, profile.network_timers]) {
            assert!(timers.t309.is_some_and(|length| (48_000..=720_000).contains(&length.0)));
            assert_eq!(timers.t316, Frames(960_000));
        }
    }
}
