//! Phrases word by word, in English and Chinese, and numbers read back by a reader of its own.
mod spoken;

use std::collections::BTreeSet;
use std::path::Path;

use spoken::{chinese, chinese_value, english, english_value, prompts};
use tandem_files::phrases::{Clock, Currency, Date, Language, Phrase, Unsayable, names, say};
use tandem_testkit::Rng;

const US: Language = Language::EnglishUs;
const UK: Language = Language::EnglishUk;

fn date(year: u16, month: u8, day: u8) -> Phrase<'static> {
    Phrase::Date(Date { year, month, day })
}

fn time(hour: u8, minute: u8, clock: Clock) -> Phrase<'static> {
    Phrase::Time { hour, minute, clock }
}

fn money(minor_units: i64, currency: Currency) -> Phrase<'static> {
    Phrase::Money { minor_units, currency }
}

#[test]
fn prompts_are_named_as_those_of_asterisk() {
    let said = prompts(US, Phrase::Cardinal(-1_234_021));
    let expected = "digits/minus digits/1 digits/million digits/2 digits/hundred digits/30 digits/4 digits/thousand \
                    digits/20 digits/1";
    assert_eq!(said.join(" "), expected);
    assert_eq!(prompts(US, Phrase::Ordinal(121)), ["digits/1", "digits/hundred", "digits/20", "digits/h-1"]);
    assert_eq!(
        prompts(UK, date(2026, 7, 4)).join(" "),
        "digits/h-4 digits/mon-6 digits/20 digits/20 digits/6"
    );
}

#[test]
fn english_numbers() {
    for (number, us, uk) in [
        (0, "zero", "zero"),
        (-1, "minus one", "minus one"),
        (7, "seven", "seven"),
        (19, "nineteen", "nineteen"),
        (20, "twenty", "twenty"),
        (21, "twenty one", "twenty one"),
        (99, "ninety nine", "ninety nine"),
        (100, "one hundred", "one hundred"),
        (101, "one hundred one", "one hundred and one"),
        (342, "three hundred forty two", "three hundred and forty two"),
        (1_000, "one thousand", "one thousand"),
        (1_001, "one thousand one", "one thousand and one"),
        (1_100, "one thousand one hundred", "one thousand one hundred"),
        (1_199, "one thousand one hundred ninety nine", "one thousand one hundred and ninety nine"),
        (12_000, "twelve thousand", "twelve thousand"),
        (100_010, "one hundred thousand ten", "one hundred thousand and ten"),
        (115_000, "one hundred fifteen thousand", "one hundred and fifteen thousand"),
        (1_000_000, "one million", "one million"),
        (1_000_005, "one million five", "one million and five"),
        (2_000_300, "two million three hundred", "two million three hundred"),
        (5_006_000, "five million six thousand", "five million six thousand"),
        (3_000_000_000, "three billion", "three billion"),
        (-40_000_000_000_000, "minus forty trillion", "minus forty trillion"),
        (6_000_000_000_000_001, "six quadrillion one", "six quadrillion and one"),
    ] {
        assert_eq!(english(US, Phrase::Cardinal(number)), us);
        assert_eq!(english(UK, Phrase::Cardinal(number)), uk);
    }
    let least = english(UK, Phrase::Cardinal(i64::MIN));
    assert!(
        least
            .starts_with("minus nine quintillion two hundred and twenty three quadrillion three hundred and")
    );
    assert!(least.ends_with("seven hundred and seventy five thousand eight hundred and eight"), "{least}");
}

#[test]
fn english_places() {
    for (number, us, uk) in [
        (0, "zeroth", "zeroth"),
        (1, "first", "first"),
        (12, "twelfth", "twelfth"),
        (20, "twentieth", "twentieth"),
        (22, "twenty second", "twenty second"),
        (90, "ninetieth", "ninetieth"),
        (100, "one hundredth", "one hundredth"),
        (103, "one hundred third", "one hundred and third"),
        (230, "two hundred thirtieth", "two hundred and thirtieth"),
        (1_000, "one thousandth", "one thousandth"),
        (1_100, "one thousand one hundredth", "one thousand one hundredth"),
        (1_200, "one thousand two hundredth", "one thousand two hundredth"),
        (31_001, "thirty one thousand first", "thirty one thousand and first"),
        (2_000_000, "two millionth", "two millionth"),
        (3_000_000_000, "three billionth", "three billionth"),
    ] {
        assert_eq!(english(US, Phrase::Ordinal(number)), us);
        assert_eq!(english(UK, Phrase::Ordinal(number)), uk);
    }
    assert!(english(US, Phrase::Ordinal(u64::MAX)).ends_with("six hundred fifteenth"));
    assert_eq!(english(US, Phrase::Ordinal(4_000_000_000_000_000_000)), "four quintillionth");
}

#[test]
fn characters_one_by_one() {
    assert_eq!(english(US, Phrase::Digits("0a Z*#+")), "zero a z star pound key plus");
    assert_eq!(prompts(US, Phrase::Digits("")), [""; 0]);
    assert_eq!(
        english(UK, Phrase::Telephone("+44 (20) 7946-0018")),
        "plus four four two zero seven nine four six zero zero one eight"
    );
    assert_eq!(chinese(Phrase::Digits("110#")), "一一零井号");
    assert_eq!(chinese(Phrase::Telephone("138 1001 2*")), "幺三八幺零零幺二星号");
    for (text, character) in [("1,2", ','), ("٣", '٣'), ("12é", 'é'), ("\0", '\0')] {
        assert_eq!(say(US, Phrase::Digits(text)), Err(Unsayable::Character(character)));
    }
}

#[test]
fn english_dates() {
    for (phrase, us, uk) in [
        (date(2026, 1, 1), "January first twenty twenty six", "first January twenty twenty six"),
        (
            date(2024, 2, 29),
            "February twenty ninth twenty twenty four",
            "twenty ninth February twenty twenty four",
        ),
        (date(2000, 2, 29), "February twenty ninth two thousand", "twenty ninth February two thousand"),
        (
            date(2005, 12, 31),
            "December thirty first two thousand five",
            "thirty first December two thousand and five",
        ),
        (date(2010, 8, 20), "August twentieth twenty ten", "twentieth August twenty ten"),
        (date(1999, 3, 3), "March third nineteen ninety nine", "third March nineteen ninety nine"),
        (date(1905, 4, 12), "April twelfth nineteen oh five", "twelfth April nineteen oh five"),
        (date(1900, 5, 15), "May fifteenth nineteen hundred", "fifteenth May nineteen hundred"),
        (date(1100, 5, 1), "May first eleven hundred", "first May eleven hundred"),
        (date(2100, 5, 1), "May first twenty one hundred", "first May twenty one hundred"),
        (date(1066, 10, 14), "October fourteenth ten sixty six", "fourteenth October ten sixty six"),
        (date(1000, 6, 2), "June second one thousand", "second June one thousand"),
        (
            date(476, 9, 4),
            "September fourth four hundred seventy six",
            "fourth September four hundred and seventy six",
        ),
        (date(3001, 7, 9), "July ninth three thousand one", "ninth July three thousand and one"),
        (
            date(9999, 11, 30),
            "November thirtieth ninety nine ninety nine",
            "thirtieth November ninety nine ninety nine",
        ),
    ] {
        assert_eq!(english(US, phrase), us);
        assert_eq!(english(UK, phrase), uk);
    }
}

#[test]
fn the_first_ten_years_of_a_thousand_are_numbers_and_the_others_go_by_hundreds() {
    let thousands = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let tens = ["ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    for (n, (thousand, ten)) in thousands.into_iter().zip(tens).enumerate() {
        let year = |of| english(UK, date(1_000 * (n as u16 + 1) + of, 5, 1)).replace("first May ", "");
        assert_eq!(year(0), format!("{thousand} thousand"));
        assert_eq!(year(9), format!("{thousand} thousand and nine"));
        assert_eq!(year(10), format!("{ten} ten"));
    }
}

#[test]
fn days_that_are_not_are_refused() {
    for (year, month, day) in [
        (2023, 2, 29),
        (1900, 2, 29),
        (2100, 2, 29),
        (2024, 2, 30),
        (2024, 4, 31),
        (2024, 1, 32),
        (2024, 1, 0),
        (2024, 0, 1),
        (2024, 13, 1),
        (0, 1, 1),
        (10_000, 1, 1),
        (u16::MAX, u8::MAX, u8::MAX),
    ] {
        let day = Date { year, month, day };
        for language in [US, UK, Language::Mandarin] {
            assert_eq!(say(language, Phrase::Date(day)), Err(Unsayable::Date(day)));
            assert_eq!(say(language, Phrase::Weekday(day)), Err(Unsayable::Date(day)));
        }
    }
}

#[test]
fn days_of_the_week() {
    let weekday = |year, month, day| english(US, Phrase::Weekday(Date { year, month, day }));
    assert_eq!(weekday(2000, 1, 1), "Saturday");
    assert_eq!(weekday(2000, 2, 29), "Tuesday");
    assert_eq!(weekday(1970, 1, 1), "Thursday");
    assert_eq!(weekday(1582, 10, 15), "Friday");
    assert_eq!(weekday(2026, 11, 22), "Sunday");
    assert_eq!(weekday(1, 1, 1), "Monday");
    assert_eq!(chinese(Phrase::Weekday(Date { year: 1970, month: 1, day: 1 })), "星期四");
    let mut expected = 1;
    for year in 1..=9_999 {
        for month in 1..=12 {
            for day in 1..=31 {
                let phrase = Phrase::Weekday(Date { year, month, day });
                if let Ok(said) = say(US, phrase) {
                    assert_eq!(said, [format!("digits/day-{expected}")], "{year}-{month}-{day}");
                    expected = (expected + 1) % 7;
                }
            }
        }
    }
}

#[test]
fn english_times() {
    for (hour, minute, twelve, twenty_four) in [
        (0, 0, "twelve a m", "zero hundred"),
        (0, 1, "twelve oh one a m", "zero oh one"),
        (1, 0, "one a m", "oh one hundred"),
        (9, 10, "nine ten a m", "oh nine ten"),
        (11, 59, "eleven fifty nine a m", "eleven fifty nine"),
        (12, 0, "twelve p m", "twelve hundred"),
        (12, 30, "twelve thirty p m", "twelve thirty"),
        (13, 0, "one p m", "thirteen hundred"),
        (20, 5, "eight oh five p m", "twenty oh five"),
        (23, 59, "eleven fifty nine p m", "twenty three fifty nine"),
    ] {
        assert_eq!(english(US, time(hour, minute, Clock::Twelve)), twelve);
        assert_eq!(english(UK, time(hour, minute, Clock::TwentyFour)), twenty_four);
    }
    for (hour, minute) in [(24, 0), (0, 60), (255, 255)] {
        assert_eq!(say(US, time(hour, minute, Clock::Twelve)), Err(Unsayable::Time { hour, minute }));
    }
}

#[test]
fn english_durations() {
    for (seconds, text) in [
        (0, "zero seconds"),
        (1, "one second"),
        (59, "fifty nine seconds"),
        (60, "one minute"),
        (61, "one minute one second"),
        (120, "two minutes"),
        (3_600, "one hour"),
        (3_661, "one hour one minute one second"),
        (7_205, "two hours five seconds"),
        (86_400, "one day"),
        (90_000, "one day one hour"),
        (172_800, "two days"),
    ] {
        assert_eq!(english(US, Phrase::Duration { seconds }), text);
    }
    assert!(
        english(US, Phrase::Duration { seconds: u64::MAX }).ends_with("days seven hours fifteen seconds")
    );
}

#[test]
fn english_money() {
    for (minor_units, currency, text) in [
        (0, Currency::Usd, "zero dollars"),
        (1, Currency::Usd, "one cent"),
        (50, Currency::Usd, "fifty cents"),
        (100, Currency::Usd, "one dollar"),
        (101, Currency::Usd, "one dollar and one cent"),
        (12_345, Currency::Usd, "one hundred twenty three dollars and forty five cents"),
        (-250, Currency::Usd, "minus two dollars and fifty cents"),
        (100, Currency::Gbp, "one pound"),
        (201, Currency::Gbp, "two pounds and one penny"),
        (99, Currency::Gbp, "ninety nine pence"),
        (0, Currency::Gbp, "zero pounds"),
        (100, Currency::Eur, "one euro"),
        (350, Currency::Eur, "three euros and fifty cents"),
        (1_234, Currency::Cny, "twelve yuan three jiao four fen"),
        (1_204, Currency::Cny, "twelve yuan four fen"),
        (50, Currency::Cny, "five jiao"),
    ] {
        assert_eq!(english(US, money(minor_units, currency)), text);
    }
    assert_eq!(english(UK, money(10_150, Currency::Gbp)), "one hundred and one pounds and fifty pence");
    let least = english(US, money(i64::MIN, Currency::Usd));
    assert!(least.starts_with("minus ninety two quadrillion") && least.ends_with("dollars and eight cents"));
}

#[test]
fn chinese_numbers() {
    for (number, text) in [
        (0, "零"),
        (2, "二"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (22, "二十二"),
        (-5, "负五"),
        (100, "一百"),
        (101, "一百零一"),
        (110, "一百一十"),
        (112, "一百一十二"),
        (200, "二百"),
        (222, "二百二十二"),
        (1_000, "一千"),
        (1_001, "一千零一"),
        (1_010, "一千零一十"),
        (1_100, "一千一百"),
        (2_000, "两千"),
        (2_222, "两千二百二十二"),
        (10_000, "一万"),
        (10_001, "一万零一"),
        (10_010, "一万零一十"),
        (10_100, "一万零一百"),
        (11_000, "一万一千"),
        (20_000, "两万"),
        (22_222, "两万二千二百二十二"),
        (32_000, "三万二千"),
        (100_000, "十万"),
        (120_000, "十二万"),
        (200_000, "二十万"),
        (1_100_000, "一百一十万"),
        (20_000_000, "两千万"),
        (20_020_002, "两千零二万零二"),
        (100_000_000, "一亿"),
        (100_000_001, "一亿零一"),
        (100_120_000, "一亿零一十二万"),
        (102_000_000, "一亿零二百万"),
        (220_000_000, "两亿二千万"),
        (1_000_000_000, "十亿"),
        (1_500_000_000, "十五亿"),
        (20_000_000_000, "二百亿"),
        (200_000_000_000, "两千亿"),
        (1_000_000_000_000, "一万亿"),
        (2_000_000_000_000, "两万亿"),
        (10_000_000_000_000_000, "一亿亿"),
        (i64::MIN, "负九百二十二亿三千三百七十二万零三百六十八亿五千四百七十七万五千八百零八"),
    ] {
        assert_eq!(chinese(Phrase::Cardinal(number)), text, "{number}");
    }
}

#[test]
fn chinese_places() {
    for (number, text) in
        [(1, "第一"), (2, "第二"), (10, "第十"), (12, "第十二"), (200, "第二百"), (0, "第零")]
    {
        assert_eq!(chinese(Phrase::Ordinal(number)), text);
    }
}

#[test]
fn chinese_dates_and_times() {
    assert_eq!(chinese(date(2026, 10, 1)), "二零二六年十月一日");
    assert_eq!(chinese(date(2000, 2, 29)), "二零零零年二月二十九日");
    assert_eq!(chinese(date(1949, 1, 12)), "一九四九年一月十二日");
    assert_eq!(chinese(date(476, 12, 2)), "四七六年十二月二日");
    assert_eq!(chinese(date(106, 12, 2)), "一零六年十二月二日");
    assert_eq!(chinese(date(30, 12, 20)), "三零年十二月二十日");
    assert_eq!(chinese(date(5, 12, 22)), "五年十二月二十二日");
    for (hour, minute, twelve, twenty_four) in [
        (0, 0, "凌晨零点整", "零点整"),
        (0, 5, "凌晨零点零五分", "零点零五分"),
        (2, 2, "凌晨两点零二分", "两点零二分"),
        (5, 59, "凌晨五点五十九分", "五点五十九分"),
        (6, 0, "上午六点整", "六点整"),
        (11, 10, "上午十一点十分", "十一点十分"),
        (12, 0, "中午十二点整", "十二点整"),
        (12, 59, "中午十二点五十九分", "十二点五十九分"),
        (13, 30, "下午一点三十分", "十三点三十分"),
        (14, 0, "下午两点整", "十四点整"),
        (17, 59, "下午五点五十九分", "十七点五十九分"),
        (18, 0, "晚上六点整", "十八点整"),
        (22, 22, "晚上十点二十二分", "二十二点二十二分"),
        (23, 59, "晚上十一点五十九分", "二十三点五十九分"),
    ] {
        assert_eq!(chinese(time(hour, minute, Clock::Twelve)), twelve);
        assert_eq!(chinese(time(hour, minute, Clock::TwentyFour)), twenty_four);
    }
}

#[test]
fn chinese_durations_and_money() {
    for (seconds, text) in [
        (0, "零秒"),
        (2, "两秒"),
        (62, "一分钟两秒"),
        (7_320, "两小时两分钟"),
        (72_012, "二十小时十二秒"),
        (172_802, "两天两秒"),
    ] {
        assert_eq!(chinese(Phrase::Duration { seconds }), text);
    }
    for (minor_units, currency, text) in [
        (0, Currency::Cny, "零元"),
        (1, Currency::Cny, "一分"),
        (2, Currency::Cny, "两分"),
        (20, Currency::Cny, "两角"),
        (22, Currency::Cny, "两角二分"),
        (50, Currency::Cny, "五角"),
        (100, Currency::Cny, "一元"),
        (200, Currency::Cny, "两元"),
        (1_234, Currency::Cny, "十二元三角四分"),
        (1_204, Currency::Cny, "十二元零四分"),
        (1_230, Currency::Cny, "十二元三角"),
        (1_202, Currency::Cny, "十二元零二分"),
        (-2_222, Currency::Cny, "负二十二元两角二分"),
        (200_000, Currency::Cny, "两千元"),
        (202, Currency::Usd, "两美元两美分"),
        (5, Currency::Usd, "五美分"),
        (0, Currency::Usd, "零美元"),
        (1_250, Currency::Eur, "十二欧元五十欧分"),
        (301, Currency::Gbp, "三英镑一便士"),
    ] {
        assert_eq!(chinese(money(minor_units, currency)), text);
    }
}

#[test]
fn ten_thousand_numbers_are_read_back() {
    let mut random = Rng::new(5);
    let mut numbers = vec![i64::MIN, i64::MAX, 0, -1];
    for power in 0..19 {
        let ten = 10_i64.pow(power);
        numbers.extend([ten, ten - 1, ten + 1, 2 * ten.min(i64::MAX / 4), -ten]);
    }
    // Of all lengths; half of them end in zeros.
    numbers.extend((0..10_000).map(|n| {
        let number = random.word() as i64 >> random.below(64);
        let zeros = if n % 2 == 0 { 1 } else { 10_i64.pow(random.below(16) as u32) };
        number / zeros * zeros
    }));
    // Twos among zeros.
    numbers.extend((0..5_000).map(|_| {
        let figures = (0..18).map(|_| if random.once_in(3) { 2 } else { 0 });
        figures.fold(0, |number, figure| number * 10 + figure)
    }));
    for number in numbers {
        for language in [US, UK] {
            let text = english(language, Phrase::Cardinal(number));
            assert_eq!(english_value(&text), i128::from(number), "{text}");
        }
        let text = chinese(Phrase::Cardinal(number));
        assert_eq!(chinese_value(&text), i128::from(number), "{text}");
        assert!(!text.contains("零零") && (number == 0 || !text.ends_with('零')), "{text}");
    }
}

/// The names in backquotes of a section of the page.
fn documented(section: &str) -> BTreeSet<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/phrases.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let (_, after) = page.split_once(&format!("\n## {section}\n")).expect("the section");
    let section = after.split("\n## ").next().expect("its text");
    let rows = section.lines().filter(|line| line.starts_with('|'));
    rows.flat_map(|row| row.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn the_page_lists_every_prompt_and_no_other() {
    let set = |language: Language| -> BTreeSet<String> { names(language).into_iter().collect() };
    let english: BTreeSet<String> = &set(US) | &set(UK);
    let page = &documented("English, in Debian's package") | &documented("English, to be recorded");
    assert_eq!(&english - &page, BTreeSet::new(), "missing on the page");
    assert_eq!(&page - &english, BTreeSet::new(), "on the page in vain");
    assert_eq!(set(Language::Mandarin), documented("Mandarin"));
    assert!(set(UK).contains("vm-and") && english.len() > 100);
}

#[test]
fn every_prompt_of_a_phrase_is_among_the_names() {
    let mut random = Rng::new(6);
    for language in [US, UK, Language::Mandarin] {
        let known: BTreeSet<String> = names(language).into_iter().collect();
        let mut used = BTreeSet::new();
        for _ in 0..20_000 {
            let any = match random.below(10) {
                0 => 10_u64.pow(random.below(20) as u32),
                _ => random.word() >> random.below(64),
            };
            let day = Date {
                year: 1 + (any % 9_999) as u16,
                month: 1 + (any % 12) as u8,
                day: 1 + (any % 28) as u8,
            };
            let currency = [Currency::Cny, Currency::Eur, Currency::Gbp, Currency::Usd][(any % 4) as usize];
            let clock = if any % 2 == 0 { Clock::Twelve } else { Clock::TwentyFour };
            for phrase in [
                Phrase::Cardinal(any as i64),
                Phrase::Ordinal(any),
                money((any / 4) as i64, currency),
                Phrase::Date(day),
                Phrase::Weekday(day),
                time((any % 24) as u8, (any / 48 % 60) as u8, clock),
                Phrase::Duration { seconds: any },
                Phrase::Telephone("1234567890*#+abcdefghijklmnopqrstuvwxyz"),
                Phrase::Digits("1"),
            ] {
                used.extend(prompts(language, phrase));
            }
        }
        assert_eq!(&used - &known, BTreeSet::new());
        assert_eq!(&known - &used, BTreeSet::new(), "never said");
    }
}

#[test]
fn debians_english_prompts_are_those_that_the_page_says_there_are() {
    let sounds = Path::new("/usr/share/asterisk/sounds/en_US_f_Allison");
    if !sounds.is_dir() {
        println!("skipped: asterisk-core-sounds-en-wav is not installed");
        return;
    }
    let is_there = |name: &String| sounds.join(name).with_extension("wav").is_file();
    let missing: Vec<_> =
        documented("English, in Debian's package").into_iter().filter(|name| !is_there(name)).collect();
    assert_eq!(missing, [""; 0]);
    let there: Vec<_> = documented("English, to be recorded").into_iter().filter(is_there).collect();
    assert_eq!(there, [""; 0]);
}
