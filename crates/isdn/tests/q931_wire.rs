//! Messages and elements as octets (Q.931 §4), and what `examine` finds in them (§5.8.5 to §5.8.7).
#[path = "q931_support/rng.rs"]
mod rng;

use rng::Rng;
use tandem_isdn::Side;
use tandem_isdn::q931::element::*;
use tandem_isdn::q931::rules::{Context, contents, examine};
use tandem_isdn::q931::{
    CallReference, Discriminator, Message, MessageType, MessageWriter, RawElement, WriteError,
};
use tandem_types::{Bearer, Cause, Law};

fn emitted<'a, E: Element<'a>>(element: &E) -> Vec<u8> {
    let mut buffer = [0; 300];
    let mut sink = Sink::new(&mut buffer);
    element.emit(&mut sink);
    let len = sink.written().expect("it fits");
    buffer[..len].to_vec()
}

const FROM_NETWORK: Context =
    Context { from: Side::Network, first_response: false, first_clearing: true, symmetric: false };
const FROM_USER: Context = Context { from: Side::User, ..FROM_NETWORK };

#[test]
fn speech_in_a_law_is_80_90_a3() {
    let speech = BearerCapability::circuit(Bearer::Speech, Law::A);
    assert_eq!(emitted(&speech), [0x80, 0x90, 0xa3]);
    assert_eq!(BearerCapability::parse(&[0x80, 0x90, 0xa3]), Ok(speech));
    assert_eq!(emitted(&BearerCapability::circuit(Bearer::Audio31, Law::Mu)), [0x90, 0x90, 0xa2]);
    assert_eq!(emitted(&BearerCapability::circuit(Bearer::Unrestricted, Law::A)), [0x88, 0x90]);
    assert_eq!(speech.to_string(), "speech, circuit 1x64, A-law");
}

#[test]
fn a_bearer_of_v110_has_a_user_rate() {
    let capability = BearerCapability::parse(&[0x88, 0x90, 0x21, 0x8f]).expect("sound");
    assert_eq!(capability.layer1.map(|layer| layer.protocol), Some(Layer1Protocol::V110));
    assert_eq!(capability.layer1.and_then(|layer| layer.user_rate()), Some(15));
    assert_eq!(emitted(&capability), [0x88, 0x90, 0x21, 0x8f]);
}

#[test]
fn a_multiple_of_64_kbit_s_has_a_multiplier() {
    let capability = BearerCapability::parse(&[0x88, 0x98, 0x86]).expect("sound");
    assert_eq!(capability.rate, Rate::Multiple(6));
    assert_eq!(capability.rate.channels(), Some(6));
    assert_eq!(emitted(&capability), [0x88, 0x98, 0x86]);
}

#[test]
fn octets_4a_and_4b_of_the_first_edition_are_passed_over() {
    let capability = BearerCapability::parse(&[0x80, 0x10, 0x00, 0x90, 0xa3]).expect("sound");
    assert_eq!(capability.law(), Some(Law::A));
}

#[test]
fn a_bearer_capability_is_refused_by_reason() {
    assert_eq!(BearerCapability::parse(&[]), Err(ContentError::Short));
    assert_eq!(BearerCapability::parse(&[0x80]), Err(ContentError::Short));
    assert_eq!(BearerCapability::parse(&[0x80, 0x90, 0x23]), Err(ContentError::Short));
    assert_eq!(BearerCapability::parse(&[0x80, 0x90, 0xc2, 0xa3]), Err(ContentError::Value));
    assert_eq!(BearerCapability::parse(&[0x80, 0x90, 0x23, 0, 0, 0, 0, 0x80]), Err(ContentError::Long));
}

#[test]
fn cause_16_of_the_user_is_80_90() {
    let cause = CauseInfo::new(Cause::NORMAL_CLEARING, Location::USER);
    assert_eq!(emitted(&cause), [0x80, 0x90]);
    let with = CauseInfo::parse(&[0x02, 0x80, 0xe4, 0x18]).expect("sound");
    assert_eq!((with.value, with.recommendation, with.diagnostics), (100, Some(0), &[0x18][..]));
    assert_eq!(with.location, Location::PUBLIC_LOCAL);
    assert_eq!(CauseInfo::parse(&[0x80]), Err(ContentError::Short));
}

#[test]
fn channel_1_exclusive_is_a9_83_81() {
    let channel = ChannelIdentification::b_channel(None, 1, true, ChannelForm::Number);
    assert_eq!(emitted(&channel), [0xa9, 0x83, 0x81]);
    let parsed = ChannelIdentification::parse(&[0xa1, 0x83, 0x9f]).expect("sound");
    assert_eq!((parsed.single(), parsed.exclusive, parsed.interface), (Some(31), false, None));
}

#[test]
fn an_explicit_interface_has_octet_3_1() {
    let channel = ChannelIdentification::b_channel(Some(2), 7, true, ChannelForm::Number);
    assert_eq!(emitted(&channel), [0xe9, 0x82, 0x83, 0x87]);
    let parsed = ChannelIdentification::parse(&[0xe9, 0x82, 0x83, 0x87]).expect("sound");
    assert_eq!((parsed.interface, parsed.single()), (Some(2), Some(7)));
}

#[test]
fn a_slot_map_has_channel_24_or_31_in_its_first_octet() {
    let map = ChannelIdentification::parse(&[0xa9, 0x93, 0x80, 0x00, 0x01]).expect("sound");
    let Selection::Channels(set) = map.selection else { panic!("{map:?}") };
    assert_eq!(set.iter().collect::<Vec<_>>(), [1, 24]);
    assert_eq!(emitted(&map), [0xa9, 0x93, 0x80, 0x00, 0x01]);
    let map = ChannelIdentification::parse(&[0xa9, 0x93, 0x80, 0x00, 0x00, 0x02]).expect("sound");
    let Selection::Channels(set) = map.selection else { panic!("{map:?}") };
    assert_eq!(set.iter().collect::<Vec<_>>(), [1, 31]);
}

#[test]
fn any_channel_no_channel_and_the_d_channel_have_no_number() {
    let parse = |octets: &'static [u8]| ChannelIdentification::parse(octets);
    assert_eq!(parse(&[0xa3]), Ok(ChannelIdentification::any()));
    assert_eq!(parse(&[0xa0]).map(|channel| channel.selection), Ok(Selection::None));
    assert_eq!(parse(&[0xac]), Ok(ChannelIdentification::d_channel(None)));
    assert_eq!(parse(&[0x89]).map(|channel| channel.single()), Ok(Some(1)));
    assert_eq!(parse(&[0xa9]), Err(ContentError::Short));
    assert_eq!(parse(&[0xa9, 0x83]), Err(ContentError::Short));
    assert_eq!(parse(&[0xaa]), Err(ContentError::Value));
    assert_eq!(parse(&[0xe9, 0x02]), Err(ContentError::Value));
}

#[test]
fn numbers_have_octets_3a_and_3b_when_they_are_there() {
    let called = CalledNumber(PartyNumber {
        kind: NumberKind::NATIONAL,
        plan: NumberingPlan::E164,
        digits: b"02#*",
        ..PartyNumber::default()
    });
    assert_eq!(emitted(&called), [0xa1, b'0', b'2', b'#', b'*']);
    let calling = CallingNumber::parse(&[0x21, 0x83, b'5', b'5']).expect("sound").0;
    assert_eq!(calling.shown, Some((Presentation::ALLOWED, Screening::NETWORK)));
    assert_eq!(calling.text(), Some("55"));
    let redirecting = RedirectingNumber::parse(&[0x21, 0x01, 0x8f, b'7']).expect("sound").0;
    assert_eq!(redirecting.reason, Some(RedirectionReason::UNCONDITIONAL));
    assert_eq!(CallingNumber::parse(&[0x21]), Err(ContentError::Short));
    assert_eq!(CallingNumber::parse(&[0xa1, 0xb5]), Err(ContentError::Value));
}

fn random_capability(rng: &mut Rng) -> BearerCapability {
    let parameters = |rng: &mut Rng| {
        let octets: Vec<u8> = (0..rng.below(5)).map(|_| rng.bits(7)).collect();
        Parameters::new(&octets).expect("four at most")
    };
    BearerCapability {
        coding: Coding(rng.bits(2)),
        transfer: TransferCapability(rng.bits(5)),
        mode: TransferMode(rng.bits(2)),
        rate: if rng.flip() { Rate::Multiple(rng.bits(7)) } else { Rate::Code(rng.bits(4)) },
        layer1: rng
            .flip()
            .then(|| Layer1 { protocol: Layer1Protocol(rng.bits(5)), parameters: parameters(rng) }),
        layer2: rng.flip().then(|| (rng.bits(5), parameters(rng))),
        layer3: rng.flip().then(|| (rng.bits(5), parameters(rng))),
    }
}

fn random_channel(rng: &mut Rng) -> ChannelIdentification {
    let wide = (1..5).fold(0, |sum, _| sum << 32 | u128::from(rng.word() >> 32));
    let (form, members) = match rng.below(3) {
        0 => (ChannelForm::Number, wide | 1 << rng.below(128)),
        1 => (ChannelForm::Map24, wide & 0x1ff_fffe),
        _ => (ChannelForm::Map32, wide & 0xffff_ffff),
    };
    let (kind, selection) = match rng.below(5) {
        0 => (InterfaceType::Other, Selection::None),
        1 => (InterfaceType::Basic, Selection::Any),
        2 => (InterfaceType::Basic, Selection::Basic(1 + rng.bits(1))),
        _ => (InterfaceType::Other, Selection::Channels(ChannelSet { form, unit: rng.bits(4), members })),
    };
    ChannelIdentification {
        interface: rng.flip().then(|| rng.bits(7)),
        kind,
        exclusive: rng.flip(),
        d_channel: rng.flip(),
        selection,
    }
}

fn random_number<'a>(rng: &mut Rng, digits: &'a [u8]) -> PartyNumber<'a> {
    let shown = rng.flip().then(|| (Presentation(rng.bits(2)), Screening(rng.bits(2))));
    PartyNumber {
        kind: NumberKind(rng.bits(3)),
        plan: NumberingPlan(rng.bits(4)),
        shown,
        reason: shown.and_then(|_| rng.flip().then(|| RedirectionReason(rng.bits(4)))),
        digits,
    }
}

fn holds<'a, E: Element<'a> + PartialEq + std::fmt::Debug>(element: E, octets: &'a mut Vec<u8>) {
    *octets = emitted(&element);
    assert_eq!(E::parse(octets).as_ref(), Ok(&element));
}

#[test]
fn what_is_emitted_parses_to_the_same() {
    for seed in 0..20_000 {
        let mut rng = Rng::new(seed);
        let (text, octets) = (rng.ia5(30), rng.octets(20));
        let coding = Coding(rng.bits(2));
        let location = Location(rng.bits(4));
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h, mut i] = [const { Vec::new() }; 9];
        holds(random_capability(&mut rng), &mut a);
        holds(random_channel(&mut rng), &mut b);
        holds(CallingNumber(random_number(&mut rng, &text)), &mut c);
        let recommendation = rng.flip().then(|| rng.bits(7));
        holds(
            CauseInfo { coding, location, recommendation, value: rng.bits(7), diagnostics: &octets },
            &mut d,
        );
        let negotiation = rng.flip().then(|| rng.bits(7));
        holds(LowLayerCompatibility { capability: random_capability(&mut rng), negotiation }, &mut e);
        let network = rng.flip().then(|| NetworkId { kind: rng.bits(3), plan: rng.bits(4), digits: &text });
        holds(NetworkFacilities { network, specification: &octets }, &mut f);
        holds(CalledSubaddress(Subaddress { kind: rng.bits(3), odd: rng.flip(), octets: &octets }), &mut g);
        let extended = rng.flip().then(|| rng.bits(7));
        holds(
            HighLayerCompatibility { coding, method: rng.bits(5), characteristics: rng.bits(7), extended },
            &mut h,
        );
        holds(UserUser { protocol: rng.octet(), information: &octets }, &mut i);
    }
}

#[test]
fn small_elements_parse_to_what_was_emitted() {
    for value in 0..=255u8 {
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g] = [const { Vec::new() }; 7];
        let coding = Coding(value & 3);
        let description = ProgressDescription(value & 0x7f);
        holds(ProgressIndicator { coding, location: Location(value >> 4), description }, &mut a);
        holds(CallStateInfo { coding, value: value >> 2 }, &mut b);
        holds(NotificationIndicator(value & 0x7f), &mut c);
        holds(Signal(value), &mut d);
        holds(ReverseCharging(value & 0x7f), &mut e);
        holds(RepeatIndicator(value & 0xf), &mut f);
        holds(CongestionLevel(value & 0xf), &mut g);
    }
    for class in [RestartClass::Channels, RestartClass::Interface, RestartClass::AllInterfaces] {
        holds(RestartIndicator(class), &mut Vec::new());
    }
    for state in [InterfaceState::InService, InterfaceState::Maintenance, InterfaceState::OutOfService] {
        holds(ChangeStatus { of_channel: true, state }, &mut Vec::new());
        holds(ChangeStatus { of_channel: false, state }, &mut Vec::new());
    }
    for (hour, minute, second) in
        [(None, None, None), (Some(23), Some(59), None), (Some(0), Some(0), Some(7))]
    {
        holds(DateTime { year: 99, month: 12, day: 31, hour, minute, second }, &mut Vec::new());
    }
    assert_eq!(emitted(&RestartIndicator(RestartClass::Interface)), [0x86]);
    let out_of_service = ChangeStatus { of_channel: true, state: InterfaceState::OutOfService };
    assert_eq!(emitted(&out_of_service), [0xc2]);
}

#[test]
fn random_messages_are_read_back_as_they_were_written() {
    for seed in 0..5_000 {
        let mut rng = Rng::new(seed);
        let reference = match rng.below(4) {
            0 => CallReference::Dummy,
            1 => CallReference::Global { flag: rng.flip() },
            _ => CallReference::Call { value: 1 + rng.below(32767) as u16, flag: rng.flip() },
        };
        let kind = MessageType { value: 1 + rng.below(127) as u8, national: rng.flip() };
        let contents: Vec<(u8, ElementId, Vec<u8>)> = (0..rng.below(8))
            .map(|_| {
                let codeset = [0, 4, 5, 6, 7][rng.below(5) as usize];
                match rng.below(4) {
                    0 => (codeset, ElementId(0xa1), vec![0xa1]),
                    _ => (codeset, ElementId(rng.bits(7)), rng.octets(20)),
                }
            })
            .collect();
        let mut buffer = [0; 260];
        let mut writer = MessageWriter::new(&mut buffer, reference, 2, kind);
        for (codeset, id, content) in &contents {
            writer.raw(RawElement { codeset: *codeset, id: *id, content, whole: true });
        }
        let len = writer.finish().expect("it fits");
        let message = Message::new_checked(&buffer[..len]).expect("sound");
        assert_eq!((message.reference(), message.kind()), (reference, kind));
        let seen: Vec<_> =
            message.elements().map(|seen| (seen.codeset, seen.id, seen.content.to_vec())).collect();
        assert_eq!(seen, contents);
    }
}

#[test]
fn a_message_longer_than_260_octets_is_not_written() {
    let mut buffer = [0; 400];
    let reference = CallReference::Call { value: 1, flag: false };
    let mut writer = MessageWriter::new(&mut buffer, reference, 2, MessageType::SETUP);
    writer.raw(RawElement::new(ElementId(0x7e), &[0; 253]));
    assert_eq!(writer.finish(), Ok(260));
    writer.raw(RawElement::new(ElementId::SENDING_COMPLETE, &[0xa1]));
    assert_eq!(writer.finish(), Err(WriteError::TooLong));
    let mut small = [0; 6];
    let writer = MessageWriter::new(&mut small[..4], reference, 2, MessageType::SETUP);
    assert_eq!(writer.finish(), Err(WriteError::TooLong));
}

/// A message of a type with one element of a given identifier and length octet, and so many octets of it.
fn with_element(kind: u8, id: u8, length: u8, there: usize) -> Vec<u8> {
    let mut octets = vec![0x08, 0x02, 0x00, 0x01, kind, id];
    if id & 0x80 == 0 {
        octets.push(length);
        octets.extend((0..there).map(|n| if n % 2 == 0 { 0x80 } else { 0x01 }));
    }
    octets
}

#[test]
fn every_type_with_every_element_of_every_edge_length_has_a_defined_outcome() {
    for kind in 0..=255 {
        for id in 0..=255 {
            let edges = [(0, 0), (1, 1), (2, 2), (255, 255), (1, 0), (2, 1), (255, 3), (30, 29)];
            for (length, there) in edges {
                for context in [&FROM_USER, &FROM_NETWORK] {
                    outcome(kind, id, length, there, context);
                }
            }
        }
    }
}

fn outcome(kind: u8, id: u8, length: u8, there: usize, context: &Context) {
    let octets = with_element(kind, id, length, there);
    let Ok(message) = Message::new_checked(&octets) else { panic!("the header is sound: {octets:02x?}") };
    let findings = examine(&message, context);
    assert!(!message.to_string().is_empty());
    let escaped = kind & 0x7f == 0 && kind == 0;
    let known = !escaped && contents(Discriminator::CallControl, MessageType::new(kind & 0x7f)).is_some();
    if !known {
        assert_eq!(findings, Default::default(), "an unknown type has no rules");
        return;
    }
    let id_name = ElementId::of_octet(id);
    let shift = id_name == ElementId::SHIFT;
    let broken = id & 0x80 == 0 && usize::from(length) > there;
    let empty = id & 0x80 == 0 && length == 0;
    let told = |faulty: &tandem_isdn::q931::rules::Faulty| faulty.ids().contains(&id_name.0);
    let unknown = id_name.name().is_none() || id_name == ElementId::CHANGE_STATUS;
    match (shift || empty, unknown) {
        (true, _) => assert!(!told(&findings.unrecognised) && !told(&findings.invalid)),
        (false, true) if id_name.needs_comprehension() => assert!(told(&findings.missing)),
        (false, true) => assert!(told(&findings.unrecognised)),
        (false, false) if broken => {
            assert!(told(&findings.invalid) || told(&findings.invalid_mandatory), "{message}");
        }
        (false, false) => assert!(!told(&findings.unrecognised)),
    }
}

fn findings(octets: &[u8], context: &Context) -> [Vec<u8>; 5] {
    let message = Message::new_checked(octets).expect("sound");
    let found = examine(&message, context);
    [found.missing, found.invalid_mandatory, found.unrecognised, found.invalid, found.discarded]
        .map(|faulty| faulty.ids().to_vec())
}

const NONE: Vec<u8> = Vec::new();

#[test]
fn a_setup_of_the_network_needs_bearer_and_channel_and_one_of_the_user_the_bearer() {
    let empty = [0x08, 0x02, 0x00, 0x01, 0x05];
    assert_eq!(findings(&empty, &FROM_NETWORK), [vec![0x04, 0x18], NONE, NONE, NONE, NONE]);
    assert_eq!(findings(&empty, &FROM_USER), [vec![0x04], NONE, NONE, NONE, NONE]);
    let symmetric = Context { symmetric: true, ..FROM_USER };
    assert_eq!(findings(&empty, &symmetric)[0], [0x04, 0x18]);
}

#[test]
fn an_empty_mandatory_element_is_a_missing_one() {
    let octets = [0x08, 0x02, 0x00, 0x01, 0x45, 0x08, 0x00];
    assert_eq!(findings(&octets, &FROM_USER), [vec![0x08], NONE, NONE, NONE, NONE]);
}

#[test]
fn only_the_first_of_a_repeated_element_counts() {
    let octets = [0x08, 0x02, 0x00, 0x01, 0x45, 0x08, 0x02, 0x80, 0x90, 0x08, 0x01, 0x80];
    assert_eq!(findings(&octets, &FROM_USER), [NONE, NONE, NONE, NONE, NONE]);
}

#[test]
fn elements_out_of_sequence_are_processed() {
    let octets = [0x08, 0x02, 0x00, 0x01, 0x7d, 0x14, 0x01, 0x0a, 0x08, 0x02, 0x80, 0x9e];
    assert_eq!(findings(&octets, &FROM_USER), [NONE, NONE, NONE, NONE, NONE]);
}

#[test]
fn an_unknown_element_that_must_be_understood_counts_as_missing() {
    let octets = [0x08, 0x02, 0x00, 0x01, 0x75, 0x0e, 0x01, 0x00];
    assert_eq!(findings(&octets, &FROM_USER), [vec![0x0e], NONE, NONE, NONE, NONE]);
}

#[test]
fn user_information_of_130_octets_is_discarded() {
    let mut octets = vec![0x08, 0x02, 0x00, 0x01, 0x01, 0x7e, 130];
    octets.extend([0x04; 130]);
    assert_eq!(findings(&octets, &FROM_USER), [NONE, NONE, NONE, NONE, vec![0x7e]]);
}

#[test]
fn elements_of_other_codesets_are_not_judged() {
    let octets = [0x08, 0x02, 0x00, 0x01, 0x75, 0x96, 0x0e, 0x01, 0x00];
    assert_eq!(findings(&octets, &FROM_USER), [NONE, NONE, NONE, NONE, NONE]);
}

#[test]
fn the_first_response_of_the_network_names_the_channel() {
    let octets = [0x08, 0x02, 0x80, 0x01, 0x02];
    let first = Context { first_response: true, ..FROM_NETWORK };
    assert_eq!(findings(&octets, &first)[0], [0x18]);
    assert_eq!(findings(&octets, &FROM_NETWORK)[0], NONE);
}

#[test]
fn a_service_message_belongs_to_the_maintenance_protocols() {
    let service = [0x43, 0x02, 0x00, 0x00, 0x07, 0x01, 0x01, 0xc0, 0x18, 0x03, 0xa9, 0x83, 0x81];
    let message = Message::new_checked(&service).expect("sound");
    assert_eq!(message.discriminator(), Discriminator::NationalMaintenance);
    assert_eq!(message.reference(), CallReference::Global { flag: false });
    assert_eq!(findings(&service, &FROM_NETWORK), [NONE, NONE, NONE, NONE, NONE]);
    assert_eq!(
        message.to_string(),
        "SERVICE CR=global/0; Change status: channel in service; Channel identification: channel 1, exclusive"
    );
}

#[test]
fn a_message_reads_like_a_trace_line() {
    let octets = [
        0x08, 0x02, 0x00, 0x03, 0x05, 0xa1, 0x04, 0x03, 0x80, 0x90, 0xa3, 0x18, 0x03, 0xa1, 0x83, 0x82, 0x6c,
        0x06, 0x01, 0x81, b'5', b'5', b'1', b'2', 0x70, 0x03, 0x81, b'1', b'1', 0x96, 0x28, 0x01, b'x',
    ];
    let message = Message::new_checked(&octets).expect("sound");
    assert_eq!(
        message.to_string(),
        "SETUP CR=3/0; Sending complete; Bearer capability: speech, circuit 1x64, A-law; \
         Channel identification: channel 2, preferred; \
         Calling party number: '5512' unknown E.164, allowed, screening 1; \
         Called party number: '11' unknown E.164; codeset 6 element 28: 78"
    );
    assert_eq!(format!("{message:#}").lines().count(), 7);
}
