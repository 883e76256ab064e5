//! Numbers, against a far end of our own making: those of a group that grow digit by digit, and those that are not to be shown.
mod far_end;
use far_end::*;
use tandem_engine::{CallId, EngineError, PlaceOptions};

fn placed_in(group: &str, number: &str, more_digits_follow: bool) -> (Bench, CallId) {
    let mut bench = Bench::up_with("", &format!("[[group]]\nname = \"out\"\nspans = [0]\n{group}"));
    let options = PlaceOptions { more_digits_follow, ..PlaceOptions::default() };
    let call = bench.engine.call_place_in("out", number, &options).expect("a free channel");
    bench.pass_ms(100);
    (bench, call)
}

#[test]
fn a_number_is_complete_only_with_as_many_digits_as_those_of_the_group_have_at_least() {
    let (mut bench, call) = placed_in("prefix = \"0\"\nmin_digits = 5\nmax_digits = 6\n", "1", true);
    bench.say(&["08 02 80 01 0d 18 03 a9 83 81"]);
    bench.heard_whole();
    let more = |bench: &Bench, digits, complete| bench.engine.call_more_digits(call, digits, complete);
    let wrong = EngineError::BadArgument("the number is shorter or longer than those of the group");
    assert_eq!(more(&bench, "2", true), Err(wrong.clone()));
    assert_eq!(more(&bench, "23", false), Ok(()));
    assert_eq!(more(&bench, "", true), Err(wrong.clone()), "0123: three without the prefix");
    assert_eq!(more(&bench, "4567", true), Err(wrong), "seven");
    assert_eq!(more(&bench, "45", true), Ok(()));
    bench.pass_ms(100);
    let said = bench.heard_whole();
    let information = ["08 02 00 01 7b 70 03 80 32 33", "08 02 00 01 7b a1 70 03 80 34 35"].map(octets);
    assert_eq!(said, information);
}

#[test]
fn a_number_that_was_placed_whole_grows_no_more_nor_when_its_channel_is_lost() {
    let (mut bench, call) = placed_in("", "12", false);
    let refused = Err(EngineError::WrongState("the call takes no more digits"));
    assert_eq!(bench.engine.call_more_digits(call, "3", false), refused);
    bench.say(&["08 02 80 01 45 08 02 82 ac"]);
    assert_eq!(bench.engine.call_more_digits(call, "3", false), refused);
    bench.heard_whole();
    bench.say(&["08 02 80 01 5a 08 02 82 ac"]);
    bench.pass_ms(100);
    let again = bench.heard_whole();
    let called = octets("70 03 80 31 32");
    assert!(again.iter().any(|said| said[4] == 5 && said.ends_with(&called)), "{again:02x?}");
}

#[test]
fn where_a_call_was_diverted_to_is_withheld_like_any_number() {
    let mut bench = Bench::up();
    let call = bench.place(1);
    let withheld = "76 09 21 a0 35 35 35 31 32 33 34";
    bench.say(&[&format!("08 02 80 01 01 18 03 a9 83 81 {withheld}")]);
    bench.say(&[&format!("08 02 80 01 6e 27 01 fb {withheld}")]);
    for message in [0x01, 0x6e] {
        let told = bench.engine.call_element(call, message, 0, 0x76, 0).expect("a call");
        assert_eq!(told, Some(vec![0x21, 0xa0]), "{message:#x}");
    }
}
