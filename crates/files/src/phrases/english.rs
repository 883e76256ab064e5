//! English. The names are those of Asterisk's core sounds where these have the word (`docs/phrases.md`).
use super::Currency;
use super::grammar::Part::{And, As, Numbered, Rest, RestOrZero, Round, Times, Word};
use super::grammar::{Field, Grammar, Part, Set, less, over, rule};

/// As said in the United States: no word between hundreds and the rest, the month before the day.
pub(super) static US: Grammar = Grammar {
    minus: "digits/minus",
    and: None,
    telephone: &[],
    cardinal: &CARDINAL,
    ordinal: &ORDINAL,
    date: [(Field::Month, &MONTH), (Field::Day, &ORDINAL), (Field::Year, &YEAR)],
    weekday: &WEEKDAY,
    twelve_hours: &TWELVE_HOURS,
    twenty_four_hours: &TWENTY_FOUR_HOURS,
    duration: &DURATION,
    money: [
        (Currency::Cny, &YUAN_AND_FEN),
        (Currency::Eur, &EUROS_AND_CENTS),
        (Currency::Gbp, &POUNDS_AND_PENCE),
        (Currency::Usd, &DOLLARS_AND_CENTS),
    ],
};

/// As said in the United Kingdom: "one hundred and one", the day before the month.
pub(super) static UK: Grammar = Grammar {
    and: Some("vm-and"),
    date: [(Field::Day, &ORDINAL), (Field::Month, &MONTH), (Field::Year, &YEAR)],
    minus: US.minus,
    telephone: US.telephone,
    cardinal: &CARDINAL,
    ordinal: &ORDINAL,
    weekday: &WEEKDAY,
    twelve_hours: &TWELVE_HOURS,
    twenty_four_hours: &TWENTY_FOUR_HOURS,
    duration: &DURATION,
    money: US.money,
};

static CARDINAL: Set = Set(&[
    rule(0, &[Numbered("digits/")]),
    over(20, 10, &[Word("digits/20"), Rest(&CARDINAL)]),
    over(30, 10, &[Word("digits/30"), Rest(&CARDINAL)]),
    over(40, 10, &[Word("digits/40"), Rest(&CARDINAL)]),
    over(50, 10, &[Word("digits/50"), Rest(&CARDINAL)]),
    over(60, 10, &[Word("digits/60"), Rest(&CARDINAL)]),
    over(70, 10, &[Word("digits/70"), Rest(&CARDINAL)]),
    over(80, 10, &[Word("digits/80"), Rest(&CARDINAL)]),
    over(90, 10, &[Word("digits/90"), Rest(&CARDINAL)]),
    over(100, 100, &[Times(&CARDINAL), Word("digits/hundred"), Rest(&AND_CARDINAL)]),
    over(THOUSAND, THOUSAND, &[Times(&CARDINAL), Word("digits/thousand"), Rest(&AND_CARDINAL)]),
    over(MILLION, MILLION, &[Times(&CARDINAL), Word("digits/million"), Rest(&AND_CARDINAL)]),
    over(BILLION, BILLION, &[Times(&CARDINAL), Word("digits/billion"), Rest(&AND_CARDINAL)]),
    over(TRILLION, TRILLION, &[Times(&CARDINAL), Word("digits/trillion"), Rest(&AND_CARDINAL)]),
    over(QUADRILLION, QUADRILLION, &[Times(&CARDINAL), Word("digits/quadrillion"), Rest(&AND_CARDINAL)]),
    over(QUINTILLION, QUINTILLION, &[Times(&CARDINAL), Word("digits/quintillion"), Rest(&AND_CARDINAL)]),
]);

static AND_CARDINAL: Set = Set(&[rule(0, &[And, As(&CARDINAL)]), rule(100, &[As(&CARDINAL)])]);

static ORDINAL: Set = Set(&[
    rule(0, &[Numbered("digits/h-")]),
    over(20, 10, &[Round { alone: "digits/h-20", before: "digits/20" }, Rest(&ORDINAL)]),
    over(30, 10, &[Round { alone: "digits/h-30", before: "digits/30" }, Rest(&ORDINAL)]),
    over(40, 10, &[Round { alone: "digits/h-40", before: "digits/40" }, Rest(&ORDINAL)]),
    over(50, 10, &[Round { alone: "digits/h-50", before: "digits/50" }, Rest(&ORDINAL)]),
    over(60, 10, &[Round { alone: "digits/h-60", before: "digits/60" }, Rest(&ORDINAL)]),
    over(70, 10, &[Round { alone: "digits/h-70", before: "digits/70" }, Rest(&ORDINAL)]),
    over(80, 10, &[Round { alone: "digits/h-80", before: "digits/80" }, Rest(&ORDINAL)]),
    over(90, 10, &[Round { alone: "digits/h-90", before: "digits/90" }, Rest(&ORDINAL)]),
    over(100, 100, &[Times(&CARDINAL), HUNDREDTH, Rest(&AND_ORDINAL)]),
    over(THOUSAND, THOUSAND, &[Times(&CARDINAL), THOUSANDTH, Rest(&AND_ORDINAL)]),
    over(MILLION, MILLION, &[Times(&CARDINAL), MILLIONTH, Rest(&AND_ORDINAL)]),
    over(BILLION, BILLION, &[Times(&CARDINAL), BILLIONTH, Rest(&AND_ORDINAL)]),
    over(TRILLION, TRILLION, &[Times(&CARDINAL), TRILLIONTH, Rest(&AND_ORDINAL)]),
    over(QUADRILLION, QUADRILLION, &[Times(&CARDINAL), QUADRILLIONTH, Rest(&AND_ORDINAL)]),
    over(QUINTILLION, QUINTILLION, &[Times(&CARDINAL), QUINTILLIONTH, Rest(&AND_ORDINAL)]),
]);

static AND_ORDINAL: Set = Set(&[rule(0, &[And, As(&ORDINAL)]), rule(100, &[As(&ORDINAL)])]);

/// Centuries and the rest, but for the first ten years of each thousand.
static YEAR: Set = Set(&[
    rule(0, &[As(&CARDINAL)]),
    over(1_010, 100, &[Times(&CARDINAL), RestOrZero(&YEAR_OF_CENTURY)]),
    rule(2_000, &[As(&CARDINAL)]),
    over(2_010, 100, &[Times(&CARDINAL), RestOrZero(&YEAR_OF_CENTURY)]),
    rule(3_000, &[As(&CARDINAL)]),
    over(3_010, 100, &[Times(&CARDINAL), RestOrZero(&YEAR_OF_CENTURY)]),
    rule(4_000, &[As(&CARDINAL)]),
    over(4_010, 100, &[Times(&CARDINAL), RestOrZero(&YEAR_OF_CENTURY)]),
    rule(5_000, &[As(&CARDINAL)]),
    over(5_010, 100, &[Times(&CARDINAL), RestOrZero(&YEAR_OF_CENTURY)]),
    rule(6_000, &[As(&CARDINAL)]),
    over(6_010, 100, &[Times(&CARDINAL), RestOrZero(&YEAR_OF_CENTURY)]),
    rule(7_000, &[As(&CARDINAL)]),
    over(7_010, 100, &[Times(&CARDINAL), RestOrZero(&YEAR_OF_CENTURY)]),
    rule(8_000, &[As(&CARDINAL)]),
    over(8_010, 100, &[Times(&CARDINAL), RestOrZero(&YEAR_OF_CENTURY)]),
    rule(9_000, &[As(&CARDINAL)]),
    over(9_010, 100, &[Times(&CARDINAL), RestOrZero(&YEAR_OF_CENTURY)]),
]);

static YEAR_OF_CENTURY: Set = Set(&[
    rule(0, &[Word("digits/hundred")]),
    rule(1, &[Word("digits/oh"), As(&CARDINAL)]),
    rule(10, &[As(&CARDINAL)]),
]);

static MONTH: Set = Set(&[less(1, 1, 1, &[Numbered("digits/mon-")]), rule(13, &[])]);
static WEEKDAY: Set = Set(&[rule(0, &[Numbered("digits/day-")]), rule(7, &[])]);

static TWELVE_HOURS: Set = Set(&[
    over(0, 60, &[Word("digits/12"), RestOrZero(&MINUTES), Word("digits/a-m")]),
    over(60, 60, &[Times(&CARDINAL), RestOrZero(&MINUTES), Word("digits/a-m")]),
    over(720, 60, &[Times(&CARDINAL), RestOrZero(&MINUTES), Word("digits/p-m")]),
    less(780, 720, 60, &[Times(&CARDINAL), RestOrZero(&MINUTES), Word("digits/p-m")]),
]);

static MINUTES: Set =
    Set(&[rule(0, &[]), rule(1, &[Word("digits/oh"), As(&CARDINAL)]), rule(10, &[As(&CARDINAL)])]);

static TWENTY_FOUR_HOURS: Set = Set(&[over(0, 60, &[Times(&HOUR), RestOrZero(&YEAR_OF_CENTURY)])]);

static HOUR: Set = Set(&[
    rule(0, &[As(&CARDINAL)]),
    rule(1, &[Word("digits/oh"), As(&CARDINAL)]),
    rule(10, &[As(&CARDINAL)]),
]);

static DURATION: Set = Set(&[
    rule(0, &[As(&SECONDS)]),
    over(60, 60, &[Times(&MINUTES_LONG), Rest(&DURATION)]),
    over(3_600, 3_600, &[Times(&HOURS_LONG), Rest(&DURATION)]),
    over(86_400, 86_400, &[Times(&DAYS), Rest(&DURATION)]),
]);

static SECONDS: Set = Set(&[
    rule(0, &[As(&CARDINAL), Word("seconds")]),
    rule(1, &[As(&CARDINAL), Word("second")]),
    rule(2, &[As(&CARDINAL), Word("seconds")]),
]);
static MINUTES_LONG: Set =
    Set(&[rule(1, &[As(&CARDINAL), Word("minute")]), rule(2, &[As(&CARDINAL), Word("minutes")])]);
static HOURS_LONG: Set =
    Set(&[rule(1, &[As(&CARDINAL), Word("hour")]), rule(2, &[As(&CARDINAL), Word("hours")])]);
static DAYS: Set = Set(&[rule(1, &[As(&CARDINAL), Word("day")]), rule(2, &[As(&CARDINAL), Word("days")])]);

static DOLLARS_AND_CENTS: Set = Set(&[
    rule(0, &[As(&DOLLARS)]),
    rule(1, &[As(&CENTS)]),
    over(100, 100, &[Times(&DOLLARS), Rest(&AND_CENTS)]),
]);
static DOLLARS: Set = Set(&[
    rule(0, &[As(&CARDINAL), Word("digits/dollars")]),
    rule(1, &[As(&CARDINAL), Word("letters/dollar")]),
    rule(2, &[As(&CARDINAL), Word("digits/dollars")]),
]);
static CENTS: Set = Set(&[rule(1, &[As(&CARDINAL), Word("cent")]), rule(2, &[As(&CARDINAL), Word("cents")])]);
static AND_CENTS: Set = Set(&[rule(0, &[Word("vm-and"), As(&CENTS)])]);

static EUROS_AND_CENTS: Set = Set(&[
    rule(0, &[As(&EUROS)]),
    rule(1, &[As(&CENTS)]),
    over(100, 100, &[Times(&EUROS), Rest(&AND_CENTS)]),
]);
static EUROS: Set = Set(&[
    rule(0, &[As(&CARDINAL), Word("currency/euros")]),
    rule(1, &[As(&CARDINAL), Word("currency/euro")]),
    rule(2, &[As(&CARDINAL), Word("currency/euros")]),
]);

static POUNDS_AND_PENCE: Set = Set(&[
    rule(0, &[As(&POUNDS)]),
    rule(1, &[As(&PENCE)]),
    over(100, 100, &[Times(&POUNDS), Rest(&AND_PENCE)]),
]);
static POUNDS: Set = Set(&[
    rule(0, &[As(&CARDINAL), Word("currency/pounds")]),
    rule(1, &[As(&CARDINAL), Word("currency/pound")]),
    rule(2, &[As(&CARDINAL), Word("currency/pounds")]),
]);
static PENCE: Set = Set(&[
    rule(1, &[As(&CARDINAL), Word("currency/penny")]),
    rule(2, &[As(&CARDINAL), Word("currency/pence")]),
]);
static AND_PENCE: Set = Set(&[rule(0, &[Word("vm-and"), As(&PENCE)])]);

static YUAN_AND_FEN: Set = Set(&[
    rule(0, &[As(&YUAN)]),
    rule(1, &[As(&JIAO_AND_FEN)]),
    over(100, 100, &[Times(&YUAN), Rest(&JIAO_AND_FEN)]),
]);
static YUAN: Set = Set(&[rule(0, &[As(&CARDINAL), Word("currency/yuan")])]);
static JIAO_AND_FEN: Set = Set(&[
    rule(0, &[As(&CARDINAL), Word("currency/fen")]),
    over(10, 10, &[Times(&CARDINAL), Word("currency/jiao"), Rest(&JIAO_AND_FEN)]),
]);

const HUNDREDTH: Part = Round { alone: "digits/h-hundred", before: "digits/hundred" };
const THOUSANDTH: Part = Round { alone: "digits/h-thousand", before: "digits/thousand" };
const MILLIONTH: Part = Round { alone: "digits/h-million", before: "digits/million" };
const BILLIONTH: Part = Round { alone: "digits/h-billion", before: "digits/billion" };
const TRILLIONTH: Part = Round { alone: "digits/h-trillion", before: "digits/trillion" };
const QUADRILLIONTH: Part = Round { alone: "digits/h-quadrillion", before: "digits/quadrillion" };
const QUINTILLIONTH: Part = Round { alone: "digits/h-quintillion", before: "digits/quintillion" };

const THOUSAND: u64 = 1_000;
const MILLION: u64 = 1_000 * THOUSAND;
const BILLION: u64 = 1_000 * MILLION;
const TRILLION: u64 = 1_000 * BILLION;
const QUADRILLION: u64 = 1_000 * TRILLION;
const QUINTILLION: u64 = 1_000 * QUADRILLION;
