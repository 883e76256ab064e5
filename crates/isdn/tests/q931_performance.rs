//! How many calls a second two ends make back to back, with a data link between them and without.
//! `cargo test --release -p tandem-isdn --test q931_performance -- --ignored --nocapture`
mod q931_support;

use std::collections::VecDeque;
use std::time::Instant;

use q931_support::{LINK, cause, none, request};
use tandem_isdn::Side;
use tandem_isdn::profile::Profile;
use tandem_isdn::q921::{DataLink, Delivered, LinkEvent, LinkParameters};
use tandem_isdn::q931::*;
use tandem_types::FrameTime;

struct End {
    interface: Interface,
    link: Option<DataLink>,
}

impl End {
    fn new(side: Side, channels: u16, with_link: bool) -> Self {
        let numbers = (0..channels).map(|n| BChannel::new((n / 30) as u8, (n % 30 + 1) as u8));
        let mut config = InterfaceConfig::e1(side, Profile::EURO_ISDN);
        config.channels = numbers.collect();
        config.max_calls = channels + 8;
        let mut interface = Interface::new(config).expect("sound");
        if !with_link {
            interface.handle_link(FrameTime(0), LINK, LinkChange::Established);
        }
        Self { interface, link: with_link.then(|| DataLink::new(LinkParameters::new(side))) }
    }

    /// Hands over what layer 3 wants to send, and tells it of the link.
    fn serve_link(&mut self, now: FrameTime) {
        let Some(link) = &mut self.link else { return };
        while let Some(event) = link.poll_event() {
            if let LinkEvent::Established(_) = event {
                self.interface.handle_link(now, LINK, LinkChange::Established);
            }
        }
        while let Some((_, octets)) = self.interface.poll_message() {
            link.send(now, octets).expect("there is room");
        }
    }
}

/// Carries what one end has for the other; false when it has nothing.
fn carry(from: &mut End, to: &mut End, now: FrameTime) -> bool {
    from.serve_link(now);
    let mut carried = false;
    match (&mut from.link, &mut to.link) {
        (Some(sender), Some(receiver)) => {
            while let Some(frame) = sender.poll_transmit(now) {
                carried = true;
                if let Some(Delivered::Data(octets)) = receiver.handle_frame(now, frame) {
                    to.interface.handle_message(now, LINK, octets);
                }
            }
        }
        _ => {
            while let Some((link, octets)) = from.interface.poll_message() {
                carried = true;
                to.interface.handle_message(now, link, octets);
            }
        }
    }
    carried
}

fn exchange(ends: &mut [End; 2], now: FrameTime) {
    let [user, network] = ends;
    while carry(user, network, now) | carry(network, user, now) {}
}

/// Calls are made until `concurrent` are up, then the oldest is cleared for each new one.
fn calls_a_second(concurrent: usize, calls: u32, with_link: bool) -> f64 {
    let mut ends = [Side::User, Side::Network].map(|side| End::new(side, 3_800, with_link));
    let mut up = VecDeque::new();
    let mut now = FrameTime(8_000);
    if let Some(link) = &mut ends[0].link {
        link.establish(now);
    }
    exchange(&mut ends, now);
    #[allow(clippy::disallowed_methods)] // a measurement
    let start = Instant::now();
    for _ in 0..calls {
        now.0 += 1;
        up.push_back(ends[0].interface.setup(now, &request(b"5551234")).expect("accepted"));
        exchange(&mut ends, now);
        answer(&mut ends[1].interface, now);
        exchange(&mut ends, now);
        if up.len() > concurrent {
            let oldest = up.pop_front().expect("there are some");
            ends[0].interface.disconnect(now, oldest, cause(16), &none()).expect("accepted");
            exchange(&mut ends, now);
        }
        ends.iter_mut().for_each(|end| while end.interface.poll_event().is_some() {});
    }
    f64::from(calls) / start.elapsed().as_secs_f64()
}

fn answer(interface: &mut Interface, now: FrameTime) {
    while let Some(event) = interface.poll_event() {
        let Event::Call(event) = event else { continue };
        if matches!(event.news, CallNews::Incoming { .. }) {
            interface.proceeding(now, event.call, &none()).expect("accepted");
            interface.alerting(now, event.call, &none()).expect("accepted");
            interface.connect(now, event.call, &none()).expect("accepted");
        }
    }
}

#[test]
#[ignore = "a measurement"]
fn calls_a_second_by_concurrency() {
    for with_link in [false, true] {
        for concurrent in [1, 30, 480, 3_700] {
            let rate = calls_a_second(concurrent, 300_000, with_link);
            println!("{concurrent} concurrent, link {with_link}: {rate:.0} calls/s");
        }
    }
}
