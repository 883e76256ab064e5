//! Who calls whom: numbers with what is known of them, and what else comes with a call or is sent with one.
use crate::EngineError;
use tandem_isdn::q931::Message;
use tandem_isdn::q931::element::{
    self, CalledNumber, CalledSubaddress, CallingNumber, CallingSubaddress, ConnectedNumber,
    ConnectedSubaddress, Display, ElementId, NumberKind, NumberingPlan, OriginalCalledNumber, PartyNumber,
    Presentation, RedirectingNumber, RedirectionReason, Screening, Sink,
};
use tandem_types::{Bearer, Law};

/// What kind of number it is (Q.931 §4.5.8, §4.5.10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumberType {
    /// As dialled: nothing is said of it.
    #[default]
    Unknown,
    /// International, E.164.
    International,
    /// National, E.164.
    National,
    /// Of the subscriber, E.164.
    Subscriber,
    /// Of a private plan.
    Private,
    /// Anything else: type of number in bits 6 to 4, numbering plan in bits 3 to 0.
    Other(u8),
}

impl NumberType {
    pub(crate) const fn kind(self) -> NumberKind {
        match self {
            Self::Unknown | Self::Private => NumberKind::UNKNOWN,
            Self::International => NumberKind::INTERNATIONAL,
            Self::National => NumberKind::NATIONAL,
            Self::Subscriber => NumberKind::SUBSCRIBER,
            Self::Other(octet) => NumberKind(octet >> 4 & 7),
        }
    }

    pub(crate) const fn plan(self) -> NumberingPlan {
        match self {
            Self::Unknown => NumberingPlan::UNKNOWN,
            Self::International | Self::National | Self::Subscriber => NumberingPlan::E164,
            Self::Private => NumberingPlan::PRIVATE,
            Self::Other(octet) => NumberingPlan(octet & 15),
        }
    }

    fn of(number: &PartyNumber<'_>) -> Self {
        match (number.kind, number.plan) {
            (NumberKind::UNKNOWN, NumberingPlan::UNKNOWN) => Self::Unknown,
            (NumberKind::INTERNATIONAL, NumberingPlan::E164) => Self::International,
            (NumberKind::NATIONAL, NumberingPlan::E164) => Self::National,
            (NumberKind::SUBSCRIBER, NumberingPlan::E164) => Self::Subscriber,
            (NumberKind::UNKNOWN, NumberingPlan::PRIVATE) => Self::Private,
            (kind, plan) => Self::Other((kind.0 & 7) << 4 | plan.0 & 15),
        }
    }
}

/// A party of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// Its number; IA5 characters, empty if it is not told.
    pub number: String,
    /// What kind of number.
    pub number_type: NumberType,
    /// Its number is not to be shown to anybody (presentation restricted).
    pub withheld: bool,
    /// Who vouches for the number, as Q.931 has it: 0 nobody, 1 the network has checked it, 2 it has, and it is wrong, 3 it
    /// is the network's own. Not sent.
    pub screening: u8,
    /// Of a redirecting party: why the call was passed on, as Q.931 has it (1 busy, 2 no reply, 15 unconditional…).
    pub reason: u8,
    /// What continues the number behind its line.
    pub subaddress: Option<Box<Subaddress>>,
}

/// A subaddress (Q.931 §4.5.9).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subaddress {
    /// 0 for one of X.213, 2 for one of the user's own.
    pub kind: u8,
    /// Of one in BCD: the last octet has one digit only.
    pub odd: bool,
    /// At most 20 octets.
    pub octets: Vec<u8>,
}

impl Subaddress {
    fn of(subaddress: element::Subaddress<'_>) -> Self {
        let element::Subaddress { kind, odd, octets } = subaddress;
        Self { kind, odd, octets: octets.to_vec() }
    }

    fn element(&self) -> element::Subaddress<'_> {
        element::Subaddress { kind: self.kind, odd: self.odd, octets: &self.octets }
    }
}

impl Party {
    fn of(number: &PartyNumber<'_>) -> Self {
        let (presentation, screening) =
            number.shown.unwrap_or((Presentation::ALLOWED, Screening::NOT_SCREENED));
        Self {
            number: String::from_utf8_lossy(number.digits).into_owned(),
            number_type: NumberType::of(number),
            withheld: presentation == Presentation::RESTRICTED,
            screening: screening.0,
            reason: number.reason.map_or(0, |reason| reason.0),
            subaddress: None,
        }
    }

    /// As it is sent: our own numbers are screened by nobody yet.
    pub(crate) fn number(&self) -> PartyNumber<'_> {
        let presentation = if self.withheld { Presentation::RESTRICTED } else { Presentation::ALLOWED };
        PartyNumber {
            kind: self.number_type.kind(),
            plan: self.number_type.plan(),
            shown: Some((presentation, Screening::NOT_SCREENED)),
            reason: None,
            digits: self.number.as_bytes(),
        }
    }

    /// As it is sent of one who has passed the call on.
    pub(crate) fn redirecting_number(&self) -> PartyNumber<'_> {
        let reason = (self.reason != 0).then_some(RedirectionReason(self.reason));
        PartyNumber { reason, ..self.number() }
    }

    /// With the subaddress that came beside the number, or alone.
    fn with_subaddress(party: Option<Self>, subaddress: Option<element::Subaddress<'_>>) -> Option<Self> {
        match subaddress {
            Some(subaddress) => {
                let subaddress = Some(Box::new(Subaddress::of(subaddress)));
                Some(Self { subaddress, ..party.unwrap_or_default() })
            }
            None => party,
        }
    }

    fn check(&self) -> Result<(), EngineError> {
        check_number(&self.number)?;
        let good =
            |subaddress: &Subaddress| subaddress.octets.len() <= LONGEST_SUBADDRESS && subaddress.kind < 8;
        match self.subaddress.as_deref().is_none_or(good) {
            true => Ok(()),
            false => {
                Err(EngineError::BadArgument("a subaddress has at most 20 octets and is of kind 0 to 7"))
            }
        }
    }
}

/// A number is IA5 characters that can be shown, and fits into its element with room to spare.
pub(crate) fn check_number(number: &str) -> Result<(), EngineError> {
    let good = number.bytes().all(|octet| octet.is_ascii_graphic());
    match good && number.len() <= LONGEST_NUMBER {
        true => Ok(()),
        false => Err(EngineError::BadArgument("a number has at most 32 characters of IA5 and no spaces")),
    }
}

/// Digits of a number in either direction; E.164 has 15.
const LONGEST_NUMBER: usize = 32;
const LONGEST_SUBADDRESS: usize = 20;
/// Octets of a message (Q.921 §5.9.3, N201).
const LONGEST_MESSAGE: usize = 260;
/// Characters of a text to be shown, in octets: the element has 80, one of them for its kind with some switches.
const LONGEST_DISPLAY: usize = 79;

/// Who has to do with a call, as far as its signalling tells it, or as it was placed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallParties {
    /// Who is called.
    pub called: Party,
    /// Who calls.
    pub calling: Option<Party>,
    /// Who calls, again, where the network delivers two numbers, the user's and its own: `screening` tells which is which. Seldom, so
    /// that it takes no room in most calls.
    pub second_calling: Option<Box<Party>>,
    /// Who has passed the call on last.
    pub redirecting: Option<Party>,
    /// Who was called first, where the call has been passed on several times.
    pub original_called: Option<Party>,
    /// A text to be shown, such as the name of who calls.
    pub display: String,
    /// Of a call that was placed: who has answered.
    pub connected: Option<Party>,
}

impl CallParties {
    /// `display_codeset` is where switches of this kind have texts.
    pub(crate) fn of_setup(setup: &Message<'_>, display_codeset: u8) -> Self {
        let display = setup.raw(display_codeset, ElementId::DISPLAY);
        let display = display.and_then(|element| element.parse::<Display<'_>>().ok());
        let called = setup.find::<CalledNumber<'_>>();
        Self {
            called: Party::with_subaddress(
                called.map(|number| Party::of(&number.0)),
                setup.find::<CalledSubaddress<'_>>().map(|found| found.0),
            )
            .unwrap_or_default(),
            calling: Party::with_subaddress(
                setup.find::<CallingNumber<'_>>().map(|number| Party::of(&number.0)),
                setup.find::<CallingSubaddress<'_>>().map(|found| found.0),
            ),
            second_calling: setup
                .find_second::<CallingNumber<'_>>()
                .map(|number| Box::new(Party::of(&number.0))),
            redirecting: setup.find::<RedirectingNumber<'_>>().map(|number| Party::of(&number.0)),
            original_called: setup.find::<OriginalCalledNumber<'_>>().map(|number| Party::of(&number.0)),
            display: display
                .map_or_else(String::new, |display| String::from_utf8_lossy(display.text()).into_owned()),
            connected: None,
        }
    }

    pub(crate) fn of_placed(number: &str, options: &PlaceOptions) -> Self {
        let PlaceOptions { called_type, called_subaddress, .. } = options.clone();
        let PlaceOptions { calling, redirecting, original_called, display, .. } = options.clone();
        let number = number.to_owned();
        let called = Party {
            number,
            number_type: called_type,
            subaddress: called_subaddress.map(Box::new),
            ..Party::default()
        };
        Self { called, calling, redirecting, original_called, display, ..Self::default() }
    }

    /// Who has answered, if the message tells it.
    pub(crate) fn note_connected(&mut self, message: &Message<'_>) {
        let told = Party::with_subaddress(
            message.find::<ConnectedNumber<'_>>().map(|number| Party::of(&number.0)),
            message.find::<ConnectedSubaddress<'_>>().map(|found| found.0),
        );
        if told.is_some() {
            self.connected = told;
        }
    }

    /// Without what is not to be shown to anybody.
    pub(crate) fn without_withheld(mut self) -> Self {
        let Self { calling, second_calling, redirecting, original_called, connected, .. } = &mut self;
        let parties = [calling, redirecting, original_called, connected].map(Option::as_mut);
        let parties = parties.into_iter().chain([second_calling.as_deref_mut()]);
        for party in parties.flatten() {
            if party.withheld {
                party.number.clear();
                party.subaddress = None;
            }
        }
        self
    }
}

/// What goes with a call that is placed, where its signalling can carry it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlaceOptions {
    /// What kind of number is called.
    pub called_type: NumberType,
    /// What continues the called number.
    pub called_subaddress: Option<Subaddress>,
    /// Who calls.
    pub calling: Option<Party>,
    /// Who has passed the call on last.
    pub redirecting: Option<Party>,
    /// Who was called first, where the call has been passed on several times.
    pub original_called: Option<Party>,
    /// A text to be shown.
    pub display: String,
    /// What the call carries.
    pub bearer: Bearer,
    /// By what its voice is coded, if not as on its span: the far end is told, and the octets are converted.
    pub law: Option<Law>,
    /// The far end may take another channel than the one called on; what is told of the call names it.
    pub channel_may_change: bool,
    /// The number is not complete: more digits follow with `call_more_digits` (overlap sending).
    pub more_digits_follow: bool,
    /// For the called user: the protocol discriminator and octets; nothing if it is empty.
    pub user_user: Vec<u8>,
    /// Any other elements of the message.
    pub elements: Vec<Element>,
}

/// What goes with an answer, where signalling can carry it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerOptions {
    /// Who has answered, if it is not who was called.
    pub connected: Option<Party>,
    /// A text to be shown.
    pub display: String,
    /// For the calling user: the protocol discriminator and octets; nothing if it is empty.
    pub user_user: Vec<u8>,
}

/// An element of a signalling message, as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its codeset, 0 to 7.
    pub codeset: u8,
    /// Its identifier.
    pub id: u8,
    /// What follows its length.
    pub content: Vec<u8>,
}

impl Element {
    fn of<'a>(element: &impl element::Element<'a>) -> Self {
        let (mut octets, id) = ([0; 255], id_of(element));
        let mut sink = Sink::new(&mut octets);
        element.emit(&mut sink);
        // Numbers and subaddresses were looked at before.
        let length = sink.written().unwrap_or(0);
        Self { codeset: 0, id: id.0, content: octets[..length].to_vec() }
    }
}

/// Elements as octets, so that many small ones take little room: codeset, identifier, length and content of each.
#[derive(Clone, Debug, Default)]
pub(crate) struct PackedElements(Box<[u8]>);

impl PackedElements {
    /// Contents have at most 255 octets: [`check_elements`].
    pub(crate) fn of(elements: &[Element]) -> Self {
        let mut octets = Vec::new();
        for Element { codeset, id, content } in elements {
            let content = &content[..content.len().min(255)];
            octets.extend([*codeset, *id, content.len() as u8]);
            octets.extend_from_slice(content);
        }
        Self(octets.into())
    }

    pub(crate) fn unpack(&self) -> Vec<Element> {
        let (mut elements, mut rest) = (Vec::new(), &*self.0);
        while let [codeset, id, length, after @ ..] = rest {
            let (content, others) = after.split_at(after.len().min(usize::from(*length)));
            elements.push(Element { codeset: *codeset, id: *id, content: content.to_vec() });
            rest = others;
        }
        elements
    }
}

const fn id_of<'a, E: element::Element<'a>>(_: &E) -> ElementId {
    E::ID
}

impl PlaceOptions {
    /// All elements that go with the message besides those with a place of their own in it.
    pub(crate) fn all_elements(&self) -> Vec<Element> {
        let calling = self.calling.as_ref().and_then(|party| party.subaddress.as_ref());
        let own = [
            self.original_called
                .as_ref()
                .map(|party| Element::of(&OriginalCalledNumber(party.redirecting_number()))),
            calling.map(|subaddress| Element::of(&CallingSubaddress(subaddress.element()))),
            self.called_subaddress
                .as_ref()
                .map(|subaddress| Element::of(&CalledSubaddress(subaddress.element()))),
        ];
        own.into_iter().flatten().chain(self.elements.iter().cloned()).collect()
    }

    /// What could not be sent as it is.
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        let called = Party { subaddress: self.called_subaddress.clone().map(Box::new), ..Party::default() };
        let others = self.calling.iter().chain(&self.redirecting).chain(&self.original_called);
        others.chain([&called]).try_for_each(Party::check)?;
        check_display(&self.display)?;
        check_user_user(&self.user_user)?;
        check_elements(&self.elements)
    }
}

/// What could not be sent as it is.
pub(crate) fn check_elements(elements: &[Element]) -> Result<(), EngineError> {
    let in_a_message: usize = elements.iter().map(|element| element.content.len() + 1).sum();
    if in_a_message > LONGEST_MESSAGE {
        return Err(EngineError::BadArgument("the elements are longer than any message"));
    }
    match elements.iter().all(|element| element.codeset < 8 && element.content.len() < 256) {
        true => Ok(()),
        false => Err(EngineError::BadArgument("an element is of codeset 0 to 7 and has at most 255 octets")),
    }
}

impl AnswerOptions {
    /// The subaddress of who has answered, as an element.
    pub(crate) fn subaddress(&self) -> Option<Element> {
        let subaddress = self.connected.as_ref()?.subaddress.as_ref()?;
        Some(Element::of(&ConnectedSubaddress(subaddress.element())))
    }

    /// What could not be sent as it is.
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        self.connected.iter().try_for_each(Party::check)?;
        check_display(&self.display)?;
        check_user_user(&self.user_user)
    }
}

pub(crate) fn check_display(text: &str) -> Result<(), EngineError> {
    match text.len() <= LONGEST_DISPLAY {
        true => Ok(()),
        false => Err(EngineError::BadArgument("a text to be shown has at most 79 octets")),
    }
}

/// Q.931 §4.5.30: 131 octets, with identifier, length and discriminator.
pub(crate) fn check_user_user(octets: &[u8]) -> Result<(), EngineError> {
    match octets.len() <= 129 {
        true => Ok(()),
        false => Err(EngineError::BadArgument("user-to-user information has at most 129 octets")),
    }
}
