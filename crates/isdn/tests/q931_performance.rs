//! How many calls a second two interfaces back to back make, without a data link between them.
//! `cargo test --release -p tandem-isdn --test q931_performance -- --ignored --nocapture`
mod q931_support;

use std::collections::VecDeque;
use std::time::Instant;

use q931_support::{LINK, cause, none, request};
use tandem_isdn::Side;
use tandem_isdn::profile::Profile;
use tandem_isdn::q931::*;
use tandem_types::FrameTime;

fn interface(side: Side, channels: u16) -> Interface {
    let numbers = (0..channels).map(|n| BChannel::new((n / 30) as u8, (n % 30 + 1) as u8));
    let mut config = InterfaceConfig::e1(side, Profile::EURO_ISDN);
    config.channels = numbers.collect();
    config.max_calls = channels + 8;
    config.max_events = 100_000;
    config.max_messages = 100_000;
    let mut interface = Interface::new(config).expect("sound");
    interface.handle_link(FrameTime(0), LINK, LinkChange::Established);
    interface
}

/// Carries messages from one end to the other until both are silent.
fn exchange(ends: &mut [Interface; 2], now: FrameTime) {
    loop {
        let mut silent = true;
        for from in 0..2 {
            let (left, right) = ends.split_at_mut(1);
            let (sender, receiver) =
                if from == 0 { (&mut left[0], &mut right[0]) } else { (&mut right[0], &mut left[0]) };
            while let Some((link, octets)) = sender.poll_message() {
                receiver.handle_message(now, link, octets);
                silent = false;
            }
        }
        if silent {
            return;
        }
    }
}

/// Calls are made until `concurrent` are up, then the oldest is cleared for each new one.
fn calls_a_second(concurrent: usize, calls: u32) -> f64 {
    let mut ends = [interface(Side::User, 3_800), interface(Side::Network, 3_800)];
    let mut up = VecDeque::new();
    let mut now = FrameTime(8_000);
    #[allow(clippy::disallowed_methods)] // a measurement
    let start = Instant::now();
    for _ in 0..calls {
        now.0 += 1;
        up.push_back(ends[0].setup(now, &request(b"5551234")).expect("accepted"));
        exchange(&mut ends, now);
        while let Some(event) = ends[1].poll_event() {
            let Event::Call(event) = event else { continue };
            if matches!(event.news, CallNews::Incoming { .. }) {
                ends[1].proceeding(now, event.call, &none()).expect("accepted");
                ends[1].alerting(now, event.call, &none()).expect("accepted");
                ends[1].connect(now, event.call, &none()).expect("accepted");
            }
        }
        exchange(&mut ends, now);
        if up.len() > concurrent {
            let oldest = up.pop_front().expect("there are some");
            ends[0].disconnect(now, oldest, cause(16), &none()).expect("accepted");
            exchange(&mut ends, now);
        }
        for end in &mut ends {
            while end.poll_event().is_some() {}
        }
    }
    f64::from(calls) / start.elapsed().as_secs_f64()
}

#[test]
#[ignore = "a measurement"]
fn calls_a_second_by_concurrency() {
    for concurrent in [1, 30, 480, 3_700] {
        println!("{concurrent} concurrent: {:.0} calls/s", calls_a_second(concurrent, 400_000));
    }
}
