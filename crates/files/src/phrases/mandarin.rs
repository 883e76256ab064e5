//! Mandarin Chinese. What each prompt says is in `docs/phrases.md`.
use super::Currency;
use super::grammar::Part::{As, Numbered, Rest, RestOrZero, Times, Word};
use super::grammar::{Field, Grammar, Part, Set, less, over, rule};

pub(super) static MANDARIN: Grammar = Grammar {
    minus: "digits/minus",
    and: None,
    // 一 is easily taken for 七 on the telephone.
    telephone: &[('1', "digits/1-yao")],
    cardinal: &CARDINAL,
    ordinal: &ORDINAL,
    date: [(Field::Year, &YEAR), (Field::Month, &MONTH), (Field::Day, &DAY)],
    weekday: &WEEKDAY,
    twelve_hours: &TWELVE_HOURS,
    twenty_four_hours: &TWENTY_FOUR_HOURS,
    duration: &DURATION,
    money: [
        (Currency::Cny, &YUAN_JIAO_FEN),
        (Currency::Eur, &EUROS_AND_CENTS),
        (Currency::Gbp, &POUNDS_AND_PENCE),
        (Currency::Usd, &DOLLARS_AND_CENTS),
    ],
};

/// Alone or in front: 十二 and 十二万, not 一十二.
static CARDINAL: Set = Set(&[
    rule(0, &[Numbered("digits/")]),
    over(11, 10, &[TEN, Rest(&CARDINAL)]),
    over(20, 10, &[Times(&CARDINAL), TEN, Rest(&CARDINAL)]),
    over(100, 100, &[Times(&CARDINAL), Word("digits/hundred"), Rest(&AFTER_HUNDRED)]),
    over(1_000, 1_000, &[Times(&COUNT), Word("digits/thousand"), Rest(&AFTER_THOUSAND)]),
    over(WAN, WAN, &[Times(&COUNT), Word("digits/wan"), Rest(&AFTER_WAN)]),
    over(YI, YI, &[Times(&COUNT), Word("digits/yi"), Rest(&AFTER_YI)]),
]);

/// After something greater: 一百一十二, 两亿二千万, 一亿零一十二万.
static INNER: Set = Set(&[
    rule(0, &[As(&CARDINAL)]),
    over(10, 10, &[Times(&CARDINAL), TEN, Rest(&CARDINAL)]),
    rule(100, &[As(&CARDINAL)]),
    over(1_000, 1_000, &[Times(&CARDINAL), Word("digits/thousand"), Rest(&AFTER_THOUSAND)]),
    over(WAN, WAN, &[Times(&INNER), Word("digits/wan"), Rest(&AFTER_WAN)]),
]);

/// How many: two is 两 before 千, 万 and 亿 at the front and before what is counted, otherwise 二.
static COUNT: Set = Set(&[rule(0, &[As(&CARDINAL)]), rule(2, &[LIANG]), rule(3, &[As(&CARDINAL)])]);

/// 零 stands for places left out: 一百零二, 一千零二十, 一万零二百, 一亿零二百万.
static AFTER_HUNDRED: Set = Set(&[rule(0, &[ZERO, As(&INNER)]), rule(10, &[As(&INNER)])]);
static AFTER_THOUSAND: Set = Set(&[rule(0, &[ZERO, As(&INNER)]), rule(100, &[As(&INNER)])]);
static AFTER_WAN: Set = Set(&[rule(0, &[ZERO, As(&INNER)]), rule(1_000, &[As(&INNER)])]);
static AFTER_YI: Set = Set(&[rule(0, &[ZERO, As(&INNER)]), rule(1_000 * WAN, &[As(&INNER)])]);

static ORDINAL: Set = Set(&[rule(0, &[Word("digits/di"), As(&CARDINAL)])]);

/// Figure by figure: 二零二六年.
static YEAR: Set = Set(&[rule(0, &[As(&FIGURES), Word("date/year")])]);
static FIGURES: Set = Set(&[
    rule(0, &[As(&CARDINAL)]),
    over(10, 10, &[Times(&CARDINAL), RestOrZero(&CARDINAL)]),
    over(100, 100, &[Times(&CARDINAL), RestOrZero(&TWO_FIGURES)]),
    over(1_000, 1_000, &[Times(&CARDINAL), RestOrZero(&THREE_FIGURES)]),
]);
static TWO_FIGURES: Set = Set(&[over(0, 10, &[Times(&CARDINAL), RestOrZero(&CARDINAL)])]);
static THREE_FIGURES: Set = Set(&[over(0, 100, &[Times(&CARDINAL), RestOrZero(&TWO_FIGURES)])]);

static MONTH: Set = Set(&[less(1, 1, 1, &[Numbered("digits/mon-")]), rule(13, &[])]);
static DAY: Set = Set(&[rule(1, &[As(&CARDINAL), Word("date/day")])]);
static WEEKDAY: Set = Set(&[rule(0, &[Numbered("digits/day-")]), rule(7, &[])]);

static TWELVE_HOURS: Set = Set(&[
    over(0, 60, &[Word("time/before-dawn"), Times(&COUNT), OCLOCK, RestOrZero(&MINUTES)]),
    over(360, 60, &[Word("time/morning"), Times(&COUNT), OCLOCK, RestOrZero(&MINUTES)]),
    over(720, 60, &[Word("time/noon"), Times(&COUNT), OCLOCK, RestOrZero(&MINUTES)]),
    less(780, 720, 60, &[Word("time/afternoon"), Times(&COUNT), OCLOCK, RestOrZero(&MINUTES)]),
    less(1_080, 720, 60, &[Word("time/evening"), Times(&COUNT), OCLOCK, RestOrZero(&MINUTES)]),
]);
static TWENTY_FOUR_HOURS: Set = Set(&[over(0, 60, &[Times(&COUNT), OCLOCK, RestOrZero(&MINUTES)])]);
static MINUTES: Set = Set(&[
    rule(0, &[Word("time/exactly")]),
    rule(1, &[ZERO, As(&CARDINAL), Word("time/minute")]),
    rule(10, &[As(&CARDINAL), Word("time/minute")]),
]);

static DURATION: Set = Set(&[
    rule(0, &[As(&COUNT), Word("seconds")]),
    over(60, 60, &[Times(&COUNT), Word("minutes"), Rest(&DURATION)]),
    over(3_600, 3_600, &[Times(&COUNT), Word("hours"), Rest(&DURATION)]),
    over(86_400, 86_400, &[Times(&COUNT), Word("days"), Rest(&DURATION)]),
]);

static YUAN_JIAO_FEN: Set = Set(&[
    rule(0, &[As(&COUNT), Word("currency/yuan")]),
    rule(1, &[As(&COUNT), Word("currency/fen")]),
    over(10, 10, &[Times(&COUNT), Word("currency/jiao"), Rest(&FEN)]),
    over(100, 100, &[Times(&COUNT), Word("currency/yuan"), Rest(&AFTER_YUAN)]),
]);
static AFTER_YUAN: Set =
    Set(&[rule(1, &[ZERO, As(&FEN)]), over(10, 10, &[Times(&COUNT), Word("currency/jiao"), Rest(&FEN)])]);
static FEN: Set = Set(&[rule(1, &[As(&CARDINAL), Word("currency/fen")])]);

static DOLLARS_AND_CENTS: Set = Set(&[
    rule(0, &[As(&COUNT), Word("currency/us-dollar")]),
    rule(1, &[As(&US_CENTS)]),
    over(100, 100, &[Times(&COUNT), Word("currency/us-dollar"), Rest(&US_CENTS)]),
]);
static US_CENTS: Set = Set(&[rule(1, &[As(&COUNT), Word("currency/us-cent")])]);

static EUROS_AND_CENTS: Set = Set(&[
    rule(0, &[As(&COUNT), Word("currency/euro")]),
    rule(1, &[As(&EURO_CENTS)]),
    over(100, 100, &[Times(&COUNT), Word("currency/euro"), Rest(&EURO_CENTS)]),
]);
static EURO_CENTS: Set = Set(&[rule(1, &[As(&COUNT), Word("currency/euro-cent")])]);

static POUNDS_AND_PENCE: Set = Set(&[
    rule(0, &[As(&COUNT), Word("currency/pound")]),
    rule(1, &[As(&PENCE)]),
    over(100, 100, &[Times(&COUNT), Word("currency/pound"), Rest(&PENCE)]),
]);
static PENCE: Set = Set(&[rule(1, &[As(&COUNT), Word("currency/penny")])]);

const ZERO: Part = Word("digits/0");
const TEN: Part = Word("digits/10");
const LIANG: Part = Word("digits/2-liang");
const OCLOCK: Part = Word("digits/oclock");
const WAN: u64 = 10_000;
const YI: u64 = WAN * WAN;
