//! Conference mixing: exact sums, gains, levels, and the loudest of many.

use tandem_dsp::arch::InstructionSet;
use tandem_dsp::level::amplitude_for_dbm0;
use tandem_dsp::mix::{Gain, Mixer, PIECE, Party};
use tandem_dsp::tone::Oscillator;
use tandem_types::Law;

const LOUD: [i16; 4] = [32767, -32768, 30000, -25];

fn parties(voices: &[i16]) -> Vec<Party> {
    let say = |voice: &i16| {
        let mut party = Party::new(Gain::UNITY);
        party.say(&[*voice; PIECE]);
        party
    };
    voices.iter().map(say).collect()
}

/// What the parties hear, and somebody who only listens.
fn mixed(parties: &mut [Party], remote: &[i32]) -> (Vec<i16>, i16) {
    let results = InstructionSet::all().map(|set| {
        let mut mixer = Mixer::new(set);
        mixer.mix(parties, &[], PIECE, remote);
        let heard: Vec<[i16; PIECE]> = parties.iter().map(|party| *party.heard()).collect();
        (heard, mixer.heard_by_listeners())
    });
    let mut results: Vec<_> = results.collect();
    let (heard, all) = results.pop().unwrap();
    assert!(results.iter().all(|other| *other == (heard.clone(), all)), "sets differ");
    assert!(heard.iter().all(|piece| *piece == [piece[0]; PIECE]) && all == [all[0]; PIECE]);
    (heard.iter().map(|piece| piece[0]).collect(), all[0])
}

#[test]
fn everyone_hears_the_exact_sum_of_the_others() {
    // The first and the third together are 62742 less 25, cut once.
    assert_eq!(mixed(&mut parties(&LOUD), &[]), (vec![-2793, 32767, -26, 29999], 29974));
}

#[test]
fn order_of_the_parties_cannot_be_heard() {
    for order in [[3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
        let (heard, all) = mixed(&mut parties(&order.map(|n| LOUD[n])), &[]);
        let expected = [-2793, 32767, -26, 29999];
        assert_eq!((heard, all), (order.map(|n| expected[n]).to_vec(), 29974));
    }
}

#[test]
fn bridge_in_two_parts_sounds_like_one() {
    let mut far = Mixer::new(InstructionSet::detect());
    far.mix(&mut parties(&LOUD[..2]), &[], PIECE, &[]);
    assert_eq!(far.local_sum(), &[-1; PIECE]);
    assert_eq!(mixed(&mut parties(&LOUD[2..]), far.local_sum()), (vec![-26, 29999], 29974));
}

#[test]
fn eight_thousand_parties_at_the_highest_gain_do_not_overflow() {
    let mut crowd = parties(&[-32768; 8192]);
    let highest = Gain::from_db(Gain::MAX_DB).unwrap();
    crowd.iter_mut().for_each(|party| party.set_gain(highest));
    let (heard, all) = mixed(&mut crowd, &[]);
    assert!(all == -32768 && heard.iter().all(|sample| *sample == -32768));
}

#[test]
fn a_gain_counts_for_all_others_and_leaves_nothing_behind() {
    let mut three = parties(&[1000, -2001, 7]);
    three[0].set_gain(Gain::from_db(6.0206).unwrap());
    three[1].set_gain(Gain::from_db(-6.0206).unwrap());
    // Twice 1000; half of -2001, rounded up; 7 as it is.
    assert_eq!(mixed(&mut three, &[]), (vec![-993, 2007, 1000], 1007));
    three[0].set_gain(Gain::MUTE);
    assert_eq!(mixed(&mut three, &[]), (vec![-993, 7, -1000], -993));
    assert_eq!(Gain::from_db(f32::NEG_INFINITY), Ok(Gain::MUTE));
    assert_eq!(Gain::from_db(0.0), Ok(Gain::UNITY));
}

#[test]
fn gains_that_are_no_numbers_or_too_high_are_refused() {
    for db in [f32::NAN, f32::INFINITY, 18.1, 1e30] {
        assert!(Gain::from_db(db).is_err(), "{db}");
    }
}

#[test]
fn a_party_that_is_not_public_is_heard_by_those_it_whispers_to_alone() {
    let mut four = parties(&[1000, 200, 30, -4]);
    four[2].set_public(false);
    four[3].set_public(false);
    four[3].set_gain(Gain::from_db(6.0206).unwrap());
    for set in InstructionSet::all() {
        let mut mixer = Mixer::new(set);
        let mut heard = |whispers: &[(usize, usize)]| -> (Vec<i16>, i16, i32) {
            mixer.mix(&mut four, whispers, PIECE, &[]);
            let heard = four.iter().map(|party| party.heard()[0]).collect();
            (heard, mixer.heard_by_listeners()[0], mixer.local_sum()[0])
        };
        assert_eq!(heard(&[]), (vec![200, 1000, 1200, 1200], 1200, 1200));
        assert_eq!(heard(&[(2, 1)]), (vec![200, 1030, 1200, 1200], 1200, 1200));
        assert_eq!(heard(&[(2, 1), (3, 1)]), (vec![200, 1022, 1200, 1200], 1200, 1200), "two to one");
        assert_eq!(heard(&[(2, 3), (3, 2)]), (vec![200, 1000, 1192, 1230], 1200, 1200), "to each other");
        assert_eq!(heard(&[(2, 9), (9, 1)]), (vec![200, 1000, 1200, 1200], 1200, 1200), "nobody there");
    }
    four[2].set_public(true);
    assert_eq!(mixed(&mut four, &[]), (vec![230, 1030, 1200, 1230], 1230));
}

#[test]
fn a_party_that_is_unmuted_comes_in_at_once_only_where_all_are_heard() {
    let mut mixer = Mixer::new(InstructionSet::detect());
    let mut parties = parties(&[0; 3]);
    parties[2].set_gain(Gain::MUTE);
    assert!(!parties[2].is_in(), "nobody hears one that is muted");
    parties[2].set_gain(Gain::UNITY);
    assert!(parties[2].is_in());
    mixer.set_loudest(Some(2));
    converse(&mut mixer, &mut parties, &[-10.0, -10.0, -30.0], 40);
    for gain in [Gain::MUTE, Gain::UNITY] {
        parties[2].set_gain(gain);
        assert!(!parties[2].is_in(), "two others are louder");
    }
    // One that was not public is heard from the next piece on.
    mixer.set_loudest(None);
    parties[2].set_public(false);
    converse(&mut mixer, &mut parties, &[-10.0, -10.0, -30.0], 40);
    parties[2].set_public(true);
    assert!(parties[2].is_in());
}

#[test]
fn a_whisper_and_the_sum_are_cut_once() {
    let mut three = parties(&[30_000, 0, -20_000]);
    three[2].set_public(false);
    let mut mixer = Mixer::new(InstructionSet::detect());
    mixer.mix(&mut three, &[(2, 1)], PIECE, &[20_000; PIECE]);
    assert_eq!(three[1].heard(), &[30_000; PIECE], "50000 less 20000");
}

#[test]
fn a_short_piece_is_silent_behind_its_end() {
    let mut two = parties(&[100, 100]);
    two[0].say(&[5; 3]);
    let mut mixer = Mixer::new(InstructionSet::detect());
    mixer.mix(&mut two, &[], 3, &[]);
    assert_eq!(two[1].heard(), &[5, 5, 5, 0, 0, 0, 0, 0]);
}

/// A bridge whose parties send tones of these levels, for so many milliseconds.
fn converse(mixer: &mut Mixer, parties: &mut [Party], levels: &[f32], ms: usize) {
    let mut voices: Vec<Oscillator> =
        levels.iter().map(|dbm0| Oscillator::new(1020.0, amplitude_for_dbm0(Law::A, *dbm0))).collect();
    for _ in 0..ms {
        for (party, voice) in parties.iter_mut().zip(&mut voices) {
            let mut piece = [0; PIECE];
            voice.fill(&mut piece);
            party.say(&piece);
        }
        mixer.mix(parties, &[], PIECE, &[]);
    }
}

#[test]
fn levels_are_those_sent() {
    for set in InstructionSet::all() {
        let levels = [3.0, -10.0, -40.0, -55.0];
        let mut parties = parties(&[0; 4]);
        converse(&mut Mixer::new(set), &mut parties, &levels, 40);
        for (party, sent) in parties.iter().zip(levels) {
            assert!((party.level_dbm0(Law::A) - sent).abs() < 0.5, "{} for {sent}", party.level_dbm0(Law::A));
        }
    }
}

#[test]
fn who_is_louder_than_the_background_speaks_until_200_ms_later() {
    let mut mixer = Mixer::new(InstructionSet::detect());
    let mut parties = parties(&[0; 3]);
    let speaking = |parties: &[Party]| -> Vec<bool> { parties.iter().map(Party::is_speaking).collect() };
    converse(&mut mixer, &mut parties, &[-50.0, -80.0, -42.0], 20);
    assert_eq!(speaking(&parties), [false, false, true]);
    converse(&mut mixer, &mut parties, &[-50.0, -20.0, -42.0], 10_000);
    assert_eq!(speaking(&parties), [false, true, false], "what goes on for ten seconds is background");
    converse(&mut mixer, &mut parties, &[-50.0, -80.0, -30.0], 180);
    assert_eq!(speaking(&parties), [false, true, true]);
    converse(&mut mixer, &mut parties, &[-50.0, -80.0, -30.0], 20);
    assert_eq!(speaking(&parties), [false, false, true]);
}

#[test]
fn only_the_loudest_are_heard_and_stay_until_another_is_louder_by_3_db() {
    let mut mixer = Mixer::new(InstructionSet::detect());
    let mut parties = parties(&[0; 4]);
    let heard = |parties: &[Party]| -> Vec<bool> { parties.iter().map(Party::is_in).collect() };
    mixer.set_loudest(Some(2));
    converse(&mut mixer, &mut parties, &[-30.0, -20.0, -10.0, -40.0], 20);
    assert_eq!(heard(&parties), [false, true, true, false]);
    converse(&mut mixer, &mut parties, &[-18.0, -20.0, -10.0, -40.0], 20);
    assert_eq!(heard(&parties), [false, true, true, false]);
    converse(&mut mixer, &mut parties, &[-16.0, -20.0, -10.0, -40.0], 20);
    assert_eq!(heard(&parties), [true, false, true, false]);
    // Who is left out hears both of the others; who is in hears the other.
    parties.iter_mut().zip([1000, 400, 30, 2]).for_each(|(party, voice)| party.say(&[voice; PIECE]));
    mixer.mix(&mut parties, &[], PIECE, &[]);
    let pieces: Vec<i16> = parties.iter().map(|party| party.heard()[0]).collect();
    assert_eq!(pieces, [30, 1030, 1000, 1030]);
    parties[3].set_gain(Gain::from_db(18.0).unwrap());
    converse(&mut mixer, &mut parties, &[-30.0, -30.0, -30.0, -30.0], 300);
    assert_eq!(heard(&parties).iter().filter(|is_in| **is_in).count(), 2, "of equals, two");
    assert!(parties[3].is_in(), "the one with the gain");
    mixer.set_loudest(None);
    converse(&mut mixer, &mut parties, &[-30.0, -20.0, -10.0, -40.0], 20);
    assert_eq!(heard(&parties), [true; 4]);
    mixer.set_loudest(Some(2));
    parties[2].set_public(false);
    parties[3].set_gain(Gain::UNITY);
    converse(&mut mixer, &mut parties, &[-30.0, -20.0, -10.0, -40.0], 1000);
    assert_eq!(heard(&parties), [true, true, false, false], "one that is not public takes no place");
    parties[2].set_public(true);
    mixer.set_loudest(Some(0));
    converse(&mut mixer, &mut parties, &[-30.0, -20.0, -10.0, -40.0], 20);
    assert_eq!(heard(&parties), [false; 4]);
}
