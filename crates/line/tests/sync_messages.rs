//! Synchronisation status messages of an E1: G.704 §2.3.4, in raw bits.
mod common;
use common::Log;
use tandem_line::clock::Quality;
use tandem_line::e1::SaBit;
use tandem_line::{CrcMode, E1Config, E1Terminal};

const CRC4: E1Config = E1Config { crc4: CrcMode::On, cas: false, nfas_loss: false };

/// Every message, as the recommendation writes it.
const MESSAGES: [(Quality, [u8; 4]); 6] = [
    (Quality::Unknown, [0, 0, 0, 0]),
    (Quality::Primary, [0, 0, 1, 0]),
    (Quality::SupplyA, [0, 1, 0, 0]),
    (Quality::SupplyB, [1, 0, 0, 0]),
    (Quality::Equipment, [1, 0, 1, 1]),
    (Quality::DoNotUse, [1, 1, 1, 1]),
];

fn sa(number: u8) -> SaBit {
    SaBit::new(number).expect("4 to 8")
}

/// Timeslot 0 of the next frames.
fn sent(terminal: &mut E1Terminal, frames: usize) -> Vec<u8> {
    let one = |_| {
        let mut slots = [0xd5; 32];
        terminal.transmit(&mut slots);
        slots[0]
    };
    (0..frames).map(one).collect()
}

#[test]
fn a_message_is_sent_first_bit_in_frame_1_and_again_in_frame_9_and_other_sa_bits_stay_ones() {
    for number in 4..=8 {
        for (quality, bits) in MESSAGES {
            let mut terminal = E1Terminal::new(CRC4);
            terminal.set_sync_message(Some((sa(number), quality)));
            let frames = sent(&mut terminal, 16);
            for (place, bit) in bits.into_iter().enumerate() {
                for half in [0, 8] {
                    let ts0 = frames[half + 2 * place + 1];
                    assert_eq!(ts0 >> (8 - number) & 1, bit, "Sa{number} {quality} bit {place}");
                    assert_eq!(ts0 | 1 << (8 - number), ts0 | 0x1f, "Sa{number} {quality}");
                }
            }
        }
    }
    assert!(SaBit::new(3).is_none() && SaBit::new(9).is_none());
}

#[test]
fn a_message_is_believed_when_three_are_alike_and_not_before() {
    let (mut near, mut far) = (E1Terminal::new(CRC4), E1Terminal::new(CRC4));
    let (mut at_near, mut at_far) = (Log::default(), Log::default());
    near.set_sync_message(Some((sa(7), Quality::Primary)));
    far.set_sync_message(Some((sa(7), Quality::DoNotUse)));
    let mut pass = |near: &mut E1Terminal, far: &mut E1Terminal, frames| {
        for _ in 0..frames {
            let (mut there, mut back) = ([0xd5; 32], [0xd5; 32]);
            near.transmit(&mut there);
            far.transmit(&mut back);
            far.receive(&there, &mut at_far);
            near.receive(&back, &mut at_near);
        }
    };
    pass(&mut near, &mut far, 400);
    assert_eq!(near.sync_quality(), Some(Quality::DoNotUse));
    assert_eq!(far.sync_quality(), Some(Quality::Primary));
    // 400 frames are 25 multiframes: the next message begins with the next frame.
    near.set_sync_message(Some((sa(7), Quality::SupplyB)));
    pass(&mut near, &mut far, 23);
    assert_eq!(far.sync_quality(), Some(Quality::Primary));
    pass(&mut near, &mut far, 4);
    assert_eq!(far.sync_quality(), Some(Quality::SupplyB));
}

#[test]
fn without_a_crc4_multiframe_nothing_is_believed() {
    let plain = E1Config { crc4: CrcMode::Off, ..CRC4 };
    let (mut near, mut far) = (E1Terminal::new(plain), E1Terminal::new(plain));
    let mut log = Log::default();
    near.set_sync_message(Some((sa(4), Quality::Primary)));
    far.set_sync_message(Some((sa(4), Quality::Equipment)));
    for _ in 0..400 {
        let mut there = [0xd5; 32];
        near.transmit(&mut there);
        far.receive(&there, &mut log);
    }
    assert_eq!(far.sync_quality(), None);
}
