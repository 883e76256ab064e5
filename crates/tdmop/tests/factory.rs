//! Cards of packet spans as a configuration asks for them: what options make, and how wrong ones are refused.
use std::sync::{Arc, Mutex, PoisonError};
use tandem_card::{CardFactory, CardRequest, FactoryError, PortKind};
use tandem_tdmop::{Ends, Impairments, PacketFactory, PacketIo, SimulatedPort};

const UDP: &[(&str, &str)] = &[("local", "0.0.0.0:2142"), ("peer", "192.0.2.9:3000")];
const ETHERNET: &[(&str, &str)] = &[("local", "eth0"), ("peer", "02:00:00:00:0a:fF")];

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

#[test]
fn good_options_are_taken() {
    let cases: &[(&str, &[(&str, &str)])] = &[
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
    let cases: &[(&str, &[(&str, &str)])] = &[
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
