//! Greetings and announcements spoken by espeak-ng: two halves, one to tune by and one to publish, which share neither
//! voices nor texts.

use std::f64::consts::PI;
use std::process::Command;

/// Which half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    Tuning,
    Published,
}

/// What somebody says, in a language of espeak-ng's.
pub(crate) struct Text {
    language: &'static str,
    words: &'static str,
}

impl Half {
    pub(crate) fn people(self) -> Vec<Text> {
        self.of(PEOPLE)
    }

    pub(crate) fn machines(self) -> Vec<Text> {
        self.of(MACHINES)
    }

    pub(crate) fn networks(self) -> Vec<Text> {
        self.of(NETWORKS)
    }

    pub(crate) const fn voices(self) -> [&'static str; 9] {
        match self {
            Self::Tuning => ["m1", "m3", "m5", "m7", "f1", "f3", "f5", "Andy", "linda"],
            Self::Published => ["m2", "m4", "m6", "m8", "f2", "f4", "Annie", "steph", "max"],
        }
    }

    fn of(self, all: &[(&'static str, &'static str)]) -> Vec<Text> {
        let own = all.iter().enumerate().filter(|(n, _)| (n % 2 == 1) == (self == Self::Published));
        own.map(|(_, (language, words))| Text { language, words }).collect()
    }
}

pub(crate) fn is_installed() -> bool {
    Command::new("espeak-ng").arg("--version").output().is_ok_and(|output| output.status.success())
}

impl Text {
    /// As it sounds at 8 kHz; the speed in words a minute.
    pub(crate) fn spoken(&self, voice: &str, pitch: u64, speed: u64) -> Vec<f64> {
        let output = Command::new("espeak-ng")
            .args(["-v", &format!("{}+{voice}", self.language), "-p", &pitch.to_string()])
            .args(["-s", &speed.to_string(), "--stdout", self.words])
            .output()
            .expect("espeak-ng runs");
        let octets = output.stdout.get(44..).unwrap_or_default();
        let samples = octets.as_chunks::<2>().0.iter().map(|pair| f64::from(i16::from_le_bytes(*pair)));
        let spoken = resampled(&samples.collect::<Vec<_>>());
        // It begins and ends with silence of its own.
        let loud = |x: &f64| x.abs() > 150.0;
        let (first, last) = (spoken.iter().position(loud), spoken.iter().rposition(loud));
        first.zip(last).map_or_else(Vec::new, |(first, last)| spoken[first..=last].to_vec())
    }
}

/// From 22,050 samples a second to 8,000, by a windowed sinc with its edge at 3,600 Hz.
fn resampled(samples: &[f64]) -> Vec<f64> {
    const RATIO: f64 = 22_050.0 / 8000.0;
    const REACH: i64 = 48;
    let cutoff = 2.0 * 3600.0 / 22_050.0;
    let count = (samples.len() as f64 / RATIO) as usize;
    let sample = |n: usize| {
        let middle = n as f64 * RATIO;
        let nearest = middle as i64;
        (nearest - REACH..=nearest + REACH)
            .filter_map(|k| {
                let x = k as f64 - middle;
                let sinc = if x.abs() < 1e-9 { cutoff } else { (PI * cutoff * x).sin() / (PI * x) };
                let window = 0.5 + 0.5 * (PI * x / (REACH + 1) as f64).cos();
                samples.get(usize::try_from(k).ok()?).map(|sample| sample * sinc * window)
            })
            .sum()
    };
    (0..count).map(sample).collect()
}

const PEOPLE: &[(&str, &str)] = &[
    ("en-us", "Hello?"),
    ("en-us", "Yes?"),
    ("en-gb", "Smith speaking."),
    ("en-us", "Hello, this is Mary."),
    ("en-gb", "Good morning, Miller and sons, how may I help you?"),
    ("en-us", "Thanks for calling Acme, this is Bob, how can I help you?"),
    ("en-us", "Hi."),
    ("en-us", "Yeah, hello?"),
    ("en-gb", "Good afternoon, doctor Brown's surgery."),
    ("en-gb", "Reception, good morning."),
    ("en-us", "Hello? Hello?"),
    ("en-us", "Yes, who is it?"),
    ("en-us", "John here."),
    ("en-us", "Sales, this is Peter."),
    ("en-gb", "Four five six, two one nine."),
    ("en-gb", "The Johnson residence."),
    ("de", "Hallo?"),
    ("de", "Ja, bitte?"),
    ("de", "Müller."),
    ("de", "Schneider, guten Tag."),
    ("de", "Guten Tag, Autohaus Becker, mein Name ist Klein, was kann ich für Sie tun?"),
    ("de", "Firma Weber, guten Morgen."),
    ("fr", "Allô ?"),
    ("fr", "Oui, allô ?"),
    ("fr", "Bonjour, cabinet Martin."),
    ("fr", "Allô, j'écoute."),
    ("es", "¿Diga?"),
    ("es", "¿Sí? ¿Quién es?"),
    ("es", "Hola, buenos días."),
    ("es", "Bueno, ¿quién habla?"),
    ("it", "Pronto?"),
    ("it", "Pronto, chi parla?"),
    ("it", "Sì, buongiorno."),
    ("it", "Studio Rossi, buongiorno."),
    ("ru", "Алло?"),
    ("ru", "Да, слушаю вас."),
    ("cmn", "喂,你好。"),
    ("cmn", "喂?"),
    (
        "en-us",
        "Good afternoon, thank you for calling the Springfield clinic, this is Karen, how may I direct your call?",
    ),
    ("en-gb", "Good morning, Wilson and partners, Claire speaking, how can I help?"),
    ("de", "Guten Tag, Stadtwerke Neustadt, Sie sprechen mit Frau Lehmann."),
    ("de", "Praxis Doktor Vogel, guten Morgen, was kann ich für Sie tun?"),
    ("fr", "Société Durand, bonjour, Claire à l'appareil."),
    ("fr", "Mairie de Lyon, bonjour, que puis-je pour vous ?"),
];

const MACHINES: &[(&str, &str)] = &[
    (
        "en-us",
        "Hi, you have reached Mary and John. We can't come to the phone right now. Please leave your name and number after the tone, and we will call you back.",
    ),
    ("en-us", "The person you are calling is not available. At the tone, please record your message."),
    (
        "en-gb",
        "Hello. You're through to the voicemail of Peter Smith. Please leave a message after the beep.",
    ),
    (
        "en-gb",
        "Thank you for calling Miller and sons. Our office is closed at the moment. Our opening hours are Monday to Friday, nine to five. Please call again, or leave a message.",
    ),
    (
        "en-us",
        "Your call has been forwarded to an automatic voice message system. Five five five, one two three four, is not available.",
    ),
    ("en-us", "Hey, it's Bob. I'm not here. Leave me a message."),
    ("en-us", "Leave a message."),
    ("en-us", "Hello, this is Jane. Sorry I missed you. Leave a message and I'll get back to you."),
    (
        "en-gb",
        "Welcome to the Northern bank. For account balances, press one. For cards, press two. To speak to an adviser, please hold.",
    ),
    (
        "en-gb",
        "Sorry, there's nobody here to take your call. Please leave your name, your number and a short message after the tone. Thank you.",
    ),
    (
        "de",
        "Guten Tag. Sie sind verbunden mit dem Anschluss von Familie Müller. Leider sind wir im Moment nicht zu Hause. Bitte hinterlassen Sie eine Nachricht nach dem Signalton.",
    ),
    ("de", "Hallo, hier ist die Mailbox von Anna. Bitte sprich nach dem Ton."),
    (
        "de",
        "Der gewünschte Gesprächspartner ist zurzeit nicht erreichbar. Bitte hinterlassen Sie eine Nachricht.",
    ),
    (
        "de",
        "Willkommen bei der Firma Weber. Leider rufen Sie außerhalb unserer Geschäftszeiten an. Sie erreichen uns montags bis freitags von acht bis siebzehn Uhr.",
    ),
    (
        "fr",
        "Bonjour, vous êtes bien chez Paul et Marie. Nous ne sommes pas là pour le moment. Laissez-nous un message après le bip sonore.",
    ),
    (
        "fr",
        "Bonjour. Vous êtes sur la messagerie vocale de votre correspondant. Veuillez laisser un message après le signal sonore.",
    ),
    (
        "es",
        "Hola. En este momento no podemos atender su llamada. Por favor, deje su mensaje después de la señal.",
    ),
    ("es", "El número que usted marcó no está disponible. Deje su mensaje después del tono."),
    (
        "it",
        "Salve, risponde la segreteria telefonica di casa Rossi. Lasciate un messaggio dopo il segnale acustico.",
    ),
    (
        "it",
        "Il cliente chiamato non è al momento raggiungibile. Si prega di lasciare un messaggio dopo il tono.",
    ),
    (
        "ru",
        "Здравствуйте. К сожалению, сейчас я не могу ответить на ваш звонок. Оставьте сообщение после сигнала.",
    ),
    ("ru", "Абонент временно недоступен. Пожалуйста, оставьте сообщение после звукового сигнала."),
    ("en-us", "Please leave a message."),
    ("en-us", "You know what to do."),
    ("en-gb", "Bob's phone. Leave a message after the beep."),
    ("en-us", "This is Tom. Leave a message."),
    ("de", "Anschluss Müller. Nachricht bitte nach dem Ton."),
    ("de", "Bitte hinterlassen Sie eine Nachricht."),
];

const NETWORKS: &[(&str, &str)] = &[
    ("en-us", "The number you have dialed is not in service. Please check the number and dial again."),
    ("en-gb", "Sorry, the person you are calling is on another call. Please hold the line or call later."),
    ("de", "Kein Anschluss unter dieser Nummer. Kein Anschluss unter dieser Nummer."),
    ("de", "Der Teilnehmer ist vorübergehend nicht erreichbar. Bitte versuchen Sie es später noch einmal."),
    ("cmn", "您好,您拨打的电话已关机,请稍后再拨。"),
    ("cmn", "您好,您拨打的号码是空号,请核对后再拨。"),
    ("fr", "Le numéro que vous avez demandé n'est pas attribué. Veuillez consulter l'annuaire."),
    ("fr", "Votre correspondant n'est pas joignable. Veuillez renouveler votre appel ultérieurement."),
    ("es", "El número que usted ha marcado no existe. Por favor, compruebe el número."),
    ("es", "El teléfono al que llama está apagado o fuera de cobertura en este momento."),
];
