//! What prompts say, in letters: written down here once more, apart from the tables that are tested.
use std::collections::BTreeMap;

use tandem_files::phrases::{Language, Phrase, say};

/// The prompts of a phrase as English text.
pub(crate) fn english(language: Language, phrase: Phrase<'_>) -> String {
    let texts = prompts(language, phrase).iter().map(|name| english_word(name)).collect::<Vec<_>>();
    texts.join(" ")
}

/// The prompts of a phrase as Chinese text.
pub(crate) fn chinese(phrase: Phrase<'_>) -> String {
    let known: BTreeMap<&str, &str> = CHINESE.iter().copied().collect();
    let text = |name: &String| *known.get(name.as_str()).unwrap_or_else(|| panic!("{name} says what?"));
    prompts(Language::Mandarin, phrase).iter().map(text).collect()
}

pub(crate) fn prompts(language: Language, phrase: Phrase<'_>) -> Vec<String> {
    say(language, phrase).unwrap_or_else(|error| panic!("{phrase:?}: {error}"))
}

pub(crate) fn english_word(name: &str) -> String {
    let numbered = |start: &str| name.strip_prefix(start).and_then(|number| number.parse::<usize>().ok());
    if let Some(number) = numbered("digits/") {
        return CARDINALS.iter().find(|(value, _)| *value == number).expect("a cardinal").1.to_owned();
    }
    if let Some(number) = numbered("digits/h-") {
        return ORDINALS.iter().find(|(value, _)| *value == number).expect("an ordinal").1.to_owned();
    }
    if let Some(number) = numbered("digits/mon-") {
        return MONTHS[number].to_owned();
    }
    if let Some(number) = numbered("digits/day-") {
        return WEEKDAYS[number].to_owned();
    }
    match name {
        "vm-and" => "and".to_owned(),
        "digits/dollars" => "dollars".to_owned(),
        "digits/pound" => "pound key".to_owned(),
        "digits/h-hundred" | "digits/h-thousand" | "digits/h-million" | "digits/h-billion" => {
            format!("{}th", &name[9..])
        }
        "digits/h-trillion" | "digits/h-quadrillion" | "digits/h-quintillion" => format!("{}th", &name[9..]),
        _ => name.rsplit('/').next().expect("a name").replace('-', " "),
    }
}

const CARDINALS: [(usize, &str); 28] = [
    (0, "zero"),
    (1, "one"),
    (2, "two"),
    (3, "three"),
    (4, "four"),
    (5, "five"),
    (6, "six"),
    (7, "seven"),
    (8, "eight"),
    (9, "nine"),
    (10, "ten"),
    (11, "eleven"),
    (12, "twelve"),
    (13, "thirteen"),
    (14, "fourteen"),
    (15, "fifteen"),
    (16, "sixteen"),
    (17, "seventeen"),
    (18, "eighteen"),
    (19, "nineteen"),
    (20, "twenty"),
    (30, "thirty"),
    (40, "forty"),
    (50, "fifty"),
    (60, "sixty"),
    (70, "seventy"),
    (80, "eighty"),
    (90, "ninety"),
];

const ORDINALS: [(usize, &str); 28] = [
    (0, "zeroth"),
    (1, "first"),
    (2, "second"),
    (3, "third"),
    (4, "fourth"),
    (5, "fifth"),
    (6, "sixth"),
    (7, "seventh"),
    (8, "eighth"),
    (9, "ninth"),
    (10, "tenth"),
    (11, "eleventh"),
    (12, "twelfth"),
    (13, "thirteenth"),
    (14, "fourteenth"),
    (15, "fifteenth"),
    (16, "sixteenth"),
    (17, "seventeenth"),
    (18, "eighteenth"),
    (19, "nineteenth"),
    (20, "twentieth"),
    (30, "thirtieth"),
    (40, "fortieth"),
    (50, "fiftieth"),
    (60, "sixtieth"),
    (70, "seventieth"),
    (80, "eightieth"),
    (90, "ninetieth"),
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The value of an English cardinal, by a reader of its own.
pub(crate) fn english_value(text: &str) -> i128 {
    let (sign, text) = match text.strip_prefix("minus ") {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (mut total, mut group) = (0_i128, 0_i128);
    for word in text.split(' ').filter(|word| *word != "and") {
        let scale = ["thousand", "million", "billion", "trillion", "quadrillion", "quintillion"];
        if let Some(power) = scale.iter().position(|known| *known == word) {
            total += group * 1_000_i128.pow(power as u32 + 1);
            group = 0;
        } else if word == "hundred" {
            group *= 100;
        } else {
            group += CARDINALS.iter().find(|(_, known)| *known == word).expect("a number").0 as i128;
        }
    }
    sign * (total + group)
}

/// The value of a Chinese cardinal, by a reader of its own: figures, small units within a group of four, 万 and 亿.
pub(crate) fn chinese_value(text: &str) -> i128 {
    let (sign, text) = match text.strip_prefix('负') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    sign * chinese_magnitude(text)
}

fn chinese_magnitude(text: &str) -> i128 {
    for (unit, worth) in [('亿', 100_000_000), ('万', 10_000)] {
        if let Some((before, after)) = text.rsplit_once(unit) {
            return chinese_magnitude(before) * worth + chinese_magnitude(after);
        }
    }
    let (mut total, mut figure) = (0, None);
    for character in text.chars() {
        let unit = match character {
            '十' => 10,
            '百' => 100,
            '千' => 1_000,
            '两' => {
                figure = Some(2);
                continue;
            }
            other => {
                figure =
                    Some("零一二三四五六七八九".chars().position(|known| known == other).expect("a figure"));
                continue;
            }
        };
        total += figure.take().unwrap_or(1) as i128 * unit;
    }
    total + figure.unwrap_or(0) as i128
}

const CHINESE: &[(&str, &str)] = &[
    ("digits/0", "零"),
    ("digits/1", "一"),
    ("digits/1-yao", "幺"),
    ("digits/2", "二"),
    ("digits/2-liang", "两"),
    ("digits/3", "三"),
    ("digits/4", "四"),
    ("digits/5", "五"),
    ("digits/6", "六"),
    ("digits/7", "七"),
    ("digits/8", "八"),
    ("digits/9", "九"),
    ("digits/10", "十"),
    ("digits/hundred", "百"),
    ("digits/thousand", "千"),
    ("digits/wan", "万"),
    ("digits/yi", "亿"),
    ("digits/minus", "负"),
    ("digits/di", "第"),
    ("digits/star", "星号"),
    ("digits/pound", "井号"),
    ("digits/mon-0", "一月"),
    ("digits/mon-1", "二月"),
    ("digits/mon-9", "十月"),
    ("digits/mon-11", "十二月"),
    ("digits/day-0", "星期日"),
    ("digits/day-4", "星期四"),
    ("digits/oclock", "点"),
    ("date/year", "年"),
    ("date/day", "日"),
    ("time/before-dawn", "凌晨"),
    ("time/morning", "上午"),
    ("time/noon", "中午"),
    ("time/afternoon", "下午"),
    ("time/evening", "晚上"),
    ("time/exactly", "整"),
    ("time/minute", "分"),
    ("seconds", "秒"),
    ("minutes", "分钟"),
    ("hours", "小时"),
    ("days", "天"),
    ("currency/yuan", "元"),
    ("currency/jiao", "角"),
    ("currency/fen", "分"),
    ("currency/us-dollar", "美元"),
    ("currency/us-cent", "美分"),
    ("currency/euro", "欧元"),
    ("currency/euro-cent", "欧分"),
    ("currency/pound", "英镑"),
    ("currency/penny", "便士"),
];
