//! Any octets to the echo canceller in both directions, and any changes of what it is to do.
use crate::Source;
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::echo::{EchoCanceller, EchoOptions};
use tandem_dsp::g711;
use tandem_types::Law;

/// Operations, each an octet and what it takes: samples both ways, over and over; other options; what was learnt saved and
/// taken up again; octets that are to be taken up. Every instruction set gives the same samples and tells the same.
pub fn echo(data: &[u8]) {
    let mut source = Source(data);
    let mut options = EchoOptions::default();
    let mut cancellers: Vec<EchoCanceller<128>> =
        InstructionSet::all().map(|set| EchoCanceller::new(set, options)).collect();
    while !source.is_empty() {
        let operation = source.octet();
        match operation % 8 {
            0..=4 => {
                let law = if operation & 0x80 == 0 { Law::A } else { Law::Mu };
                let length = 1 + usize::from(operation >> 3 & 15);
                let mut samples =
                    || (0..length).map(|_| g711::decode(law, source.octet())).collect::<Vec<_>>();
                let (receive, send) = (samples(), samples());
                for _ in 0..1 << (operation % 8) {
                    let sent = cancellers.iter_mut().map(|canceller| {
                        let mut sent = send.clone();
                        canceller.process(&receive, &mut sent);
                        sent
                    });
                    let sent: Vec<_> = sent.collect();
                    assert!(sent.iter().all(|own| *own == sent[0]));
                }
            }
            5 => {
                let bit = |n: u8| operation >> (3 + n) & 1 == 1;
                options = EchoOptions {
                    nonlinear: bit(0),
                    comfort_noise: bit(1),
                    tone_disabler: bit(2),
                    learning: bit(3),
                };
                cancellers.iter_mut().for_each(|canceller| canceller.set_options(options));
            }
            6 => {
                let mut saved = [0; EchoCanceller::<128>::SAVED];
                cancellers[0].save(&mut saved).expect("room");
                for canceller in &mut cancellers {
                    canceller.restore(&saved).expect("what was saved");
                }
            }
            _ => {
                let mut octets = [0; EchoCanceller::<128>::SAVED];
                cancellers[0].save(&mut octets).expect("room");
                let from = usize::from(source.octet());
                octets[from..].iter_mut().take(32).for_each(|octet| *octet = source.octet());
                let taken = cancellers.iter_mut().map(|canceller| canceller.restore(&octets).is_ok());
                let taken: Vec<_> = taken.collect();
                assert!(taken.iter().all(|own| *own == taken[0]));
            }
        }
    }
    let reports: Vec<_> = cancellers.iter().map(EchoCanceller::report).collect();
    assert!(reports.iter().all(|report| *report == reports[0]));
    let report = reports[0];
    assert!(
        report.return_loss_db.is_finite() && report.enhancement_db.is_finite() && report.tail_frames <= 128
    );
}
