//! Cards of packet spans as a configuration asks for them: what options make, and how wrong ones are refused.
use std::sync::{Arc, Mutex, PoisonError};
use tandem_card::{CardFactory, CardRequest, CrcMode, FactoryError, LineCode, PortKind, SpanConfig};
use tandem_rt::{MediaLoop, MediaTick, PacketBatch};
use tandem_tdmop::{Ends, Impairments, PacketFactory, PacketIo, SimulatedPort};

/// Names and values.
type OptionList = &'static [(&'static str, &'static str)];

const UDP: OptionList = &[("local", "0.0.0.0:2142"), ("peer", "192.0.2.9:3000")];
const ETHERNET: OptionList = &[("local", "eth0"), ("peer", "02:00:00:00:0a:fF")];

fn request(model: &str, options: &[(&str, &str)]) -> CardRequest {
    let all = if model == "tdmoe" { ETHERNET } else { UDP };
    let mut request = CardRequest { model: model.into(), ..CardRequest::default() };
    for (name, value) in all.iter().chain(options) {
        request.options.insert((*name).into(), (*value).into());
    }
    request
}

/// The kinds of the ports of the card that is made, and the ends that were joined for it.
fn opened(request: &CardRequest) -> Result<(Vec<PortKind>, Vec<Ends>), FactoryError> {
    let joined = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&joined);
    let join = move |ends: &Ends| {
        all.lock().unwrap_or_else(PoisonError::into_inner).push(ends.clone());
        Ok(Box::new(SimulatedPort::pair(Impairments::default(), 1).0) as Box<dyn PacketIo>)
    };
    let card = PacketFactory::over(Box::new(join), 0).open(request)?.card;
    let joined = joined.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok((card.info().spans.clone(), joined))
}

#[test]
fn each_span_is_joined_by_ports_of_its_own_counted_up_from_the_first() {
    for model in ["satop", "cesopsn"] {
        let (ports, joined) =
            opened(&request(model, &[("spans", "3"), ("line", "t1")])).expect("good options");
        assert_eq!(ports, [PortKind::T1; 3]);
        let between = |local: &str, peer: &str| Ends::Udp {
            local: local.parse().expect("an address"),
            peer: peer.parse().expect("an address"),
        };
        assert_eq!(
            joined,
            [
                between("0.0.0.0:2142", "192.0.2.9:3000"),
                between("0.0.0.0:2143", "192.0.2.9:3001"),
                between("0.0.0.0:2144", "192.0.2.9:3002")
            ]
        );
    }
    let (ports, joined) =
        opened(&request("tdmoe", &[("spans", "2"), ("subaddress", "65534")])).expect("good");
    assert_eq!(ports, [PortKind::E1; 2]);
    assert_eq!(joined, vec![Ends::Ethernet { interface: "eth0".into(), peer: [2, 0, 0, 0, 10, 255] }; 2]);
}

/// A network that keeps what is sent.
struct Kept(Arc<Mutex<Vec<Vec<u8>>>>);

impl PacketIo for Kept {
    fn send(&mut self, _: &MediaTick<'_>, batch: &PacketBatch) -> usize {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(batch.iter().map(|packet| packet.octets.to_vec()));
        batch.len()
    }

    fn receive(&mut self, _: &MediaTick<'_>, batch: &mut PacketBatch) {
        batch.clear();
    }
}

/// What two spans send in 16 ms.
fn sent(request: &CardRequest, config: &SpanConfig) -> Vec<Vec<u8>> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&kept);
    let join = move |_: &Ends| Ok(Box::new(Kept(Arc::clone(&all))) as Box<dyn PacketIo>);
    let mut card = PacketFactory::over(Box::new(join), 0xfffe).open(request).expect("good options").card;
    (0..2).for_each(|span| card.configure(span, config).expect("the right kind"));
    card.start().expect("a card that starts");
    let mut media = MediaLoop::default();
    for _ in 0..16 {
        media.run_tick(8, |tick| {
            card.service(tick);
            for span in 0..2 {
                card.receive(tick, span, &mut [[0; 32]; 8]);
                card.transmit(tick, span, &[[0x55; 32]; 8]);
            }
        });
    }
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.clone()
}

#[test]
fn packets_are_as_the_options_say() {
    const CAS: SpanConfig = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, true);
    const NO_CAS: SpanConfig = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, false);
    // Options, octets of a packet, and how many of both spans come in 16 ms.
    let cases: &[(&str, &SpanConfig, OptionList, usize, usize)] = &[
        ("satop", &CAS, &[], 4 + 256, 32),
        ("satop", &CAS, &[("packet_octets", "512")], 4 + 512, 16),
        ("satop", &CAS, &[("rtp_payload_type", "96")], 12 + 4 + 256, 32),
        ("cesopsn", &NO_CAS, &[], 4 + 31 * 8, 32),
        ("cesopsn", &NO_CAS, &[("timeslots", "1-3,16"), ("packet_frames", "32")], 4 + 4 * 32, 8),
        ("cesopsn", &CAS, &[("cas", "true")], 4 + 30 * 16 + 15, 16),
        ("tdmoe", &CAS, &[], 8 + 16 + 31 * 8, 32),
    ];
    for (model, config, options, octets, count) in cases {
        let mut request = request(model, options);
        request.options.insert("spans".into(), "2".into());
        let packets = sent(&request, config);
        assert_eq!(packets.len(), *count, "{model} {options:?}");
        assert!(
            packets.iter().all(|packet| packet.len() == *octets),
            "{model} {options:?}: {}",
            packets[0].len()
        );
    }
    let spans = ("spans", "2");
    let rtp = [spans, ("rtp_payload_type", "97"), ("ssrc", "4294967295")];
    let packets = sent(&request("satop", &rtp), &CAS);
    // RFC 3550 §5.1: version 2 and the payload type, the number, and the source in octets 8 to 11.
    assert_eq!((&packets[0][..4], &packets[0][8..12]), (&[0x80, 97, 0xff, 0xfe][..], &[0xff; 4][..]));
    assert_eq!((&packets[1][..4], &packets[1][8..12]), (&[0x80, 97, 0xff, 0xfe][..], &[0; 4][..]));
    let packets = sent(&request("tdmoe", &[spans, ("subaddress", "258")]), &CAS);
    assert_eq!((&packets[0][..2], &packets[1][..2]), (&[1, 2][..], &[1, 3][..]));
}

#[test]
fn good_options_are_taken() {
    let cases: &[(&str, OptionList)] = &[
        ("satop", &[("packet_octets", "1456"), ("rtp_payload_type", "96"), ("ssrc", "4294967295")]),
        ("satop", &[("local", "[::]:1"), ("peer", "[2001:db8::1]:65535")]),
        ("satop", &[("packet_octets", "32"), ("jitter_ms", "8")]),
        ("cesopsn", &[("cas", "true"), ("timeslots", "1-15, 17-31")]),
        ("cesopsn", &[("cas", "true"), ("line", "t1"), ("law", "a")]),
        ("cesopsn", &[("timeslots", "16"), ("packet_frames", "64")]),
        ("tdmoe", &[("timeslots", "1-24"), ("law", "mu"), ("line", "t1")]),
    ];
    for (model, options) in cases {
        assert!(opened(&request(model, options)).is_ok(), "{model} {options:?}");
    }
}

#[test]
fn wrong_options_are_named_in_one_sentence() {
    // The last of the options is the wrong one.
    let cases: &[(&str, OptionList)] = &[
        ("satop", &[("local", "0.0.0.0")]),
        ("satop", &[("local", "0.0.0.0:0")]),
        ("satop", &[("peer", "gateway:2142")]),
        ("satop", &[("peer", "0.0.0.0:2142")]),
        ("satop", &[("peer", "224.0.0.1:2142")]),
        ("satop", &[("peer", "[2001:db8::1]:2142")]),
        ("satop", &[("spans", "0")]),
        ("satop", &[("spans", "65")]),
        ("satop", &[("spans", "2"), ("local", "0.0.0.0:65535")]),
        ("satop", &[("spans", "2"), ("peer", "192.0.2.9:65535")]),
        ("satop", &[("line", "e3")]),
        ("satop", &[("packet_octets", "31")]),
        ("satop", &[("packet_octets", "1457")]),
        ("satop", &[("jitter_ms", "0")]),
        ("satop", &[("jitter_ms", "65")]),
        ("satop", &[("ssrc", "1")]),
        ("satop", &[("rtp_payload_type", "95")]),
        ("satop", &[("rtp_payload_type", "128")]),
        ("satop", &[("rtp_payload_type", "96"), ("ssrc", "-1")]),
        ("satop", &[("timeslots", "1-31")]),
        ("satop", &[("cas", "true")]),
        ("cesopsn", &[("packet_octets", "256")]),
        ("cesopsn", &[("packet_frames", "0")]),
        ("cesopsn", &[("packet_frames", "65")]),
        ("cesopsn", &[("packet_frames", "47")]), // of 31 timeslots
        ("cesopsn", &[("cas", "true"), ("packet_frames", "16")]),
        ("cesopsn", &[("cas", "yes")]),
        ("cesopsn", &[("law", "u")]),
        ("cesopsn", &[("timeslots", "0-15")]),
        ("cesopsn", &[("timeslots", "1-32")]),
        ("cesopsn", &[("line", "t1"), ("timeslots", "25")]),
        ("cesopsn", &[("timeslots", "5-3")]),
        ("cesopsn", &[("timeslots", "1-5,5")]),
        ("cesopsn", &[("timeslots", "")]),
        ("cesopsn", &[("timeslots", "1,")]),
        ("cesopsn", &[("timeslots", "4294967296")]),
        ("tdmoe", &[("peer", "02:00:00:00:00")]),
        ("tdmoe", &[("peer", "02:00:00:00:00:+1")]),
        ("tdmoe", &[("peer", "192.0.2.9:2142")]),
        ("tdmoe", &[("subaddress", "65536")]),
        ("tdmoe", &[("spans", "2"), ("subaddress", "65535")]),
        ("tdmoe", &[("rtp_payload_type", "96")]),
    ];
    for (model, options) in cases {
        let wrong = options.last().expect("an option").0;
        match opened(&request(model, options)) {
            Err(FactoryError::Option { name, problem }) => {
                assert_eq!(name, wrong, "{model} {options:?}: {problem}");
                assert!(!problem.is_empty() && !problem.contains('\n'), "{problem:?}");
            }
            other => panic!("{model} {options:?}: {:?}", other.map(|_| "a card")),
        }
    }
}

#[test]
fn both_ends_must_be_said() {
    for model in ["satop", "cesopsn", "tdmoe"] {
        for missing in ["local", "peer"] {
            let mut request = request(model, &[]);
            request.options.remove(missing);
            let problem = "is required".to_owned();
            let expected = FactoryError::Option { name: missing.into(), problem };
            assert_eq!(opened(&request).expect_err("an end is missing"), expected, "{model}");
        }
    }
}

#[test]
fn an_address_that_cannot_be_had_is_the_local_end_that_is_wrong() {
    // 192.0.2.0/24 is for documentation: no machine has an address in it. No interface has such a name.
    for (model, local) in [("satop", "192.0.2.1:2142"), ("tdmoe", "no such interface")] {
        match PacketFactory::new().open(&request(model, &[("local", local)])) {
            Err(FactoryError::Option { name, problem }) => {
                assert_eq!(name, "local");
                assert!(problem.starts_with(local), "{problem}");
            }
            _ => panic!("{model} was opened at {local}"),
        }
    }
}
