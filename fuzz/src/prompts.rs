//! Any octets under any name of a sound file, and as a line that says a phrase or sends a signal.
use std::path::Path;
use tandem_dsp::progress::TonePlan;
use tandem_files::phrases::{names, say_line};
use tandem_files::signals::Signal;
use tandem_files::{Prompt, PromptError, RawFormat};

/// The first octet chooses a name, the rest is the file. It becomes a prompt, as long as its format says, or is
/// refused for a reason that fits.
pub fn prompts(data: &[u8]) {
    let Some((choice, octets)) = data.split_first() else { return };
    if let Ok((language, prompts)) = say_line(&String::from_utf8_lossy(octets)) {
        let known = names(language);
        assert!(prompts.iter().all(|prompt| known.binary_search(prompt).is_ok()));
    }
    if let Ok(signal) = Signal::parse(&String::from_utf8_lossy(octets), &TonePlan::empty()) {
        listen(&signal, (*choice).into());
    }
    let name = Path::new(NAMES[usize::from(*choice) % NAMES.len()]);
    let raw = RawFormat::of_name(name);
    // Resampling is long work on long input, and its cost is not what is looked for here.
    if octets.len() > 8192 {
        return;
    }
    match (Prompt::from_octets(name, octets), raw) {
        (Ok(prompt), Some(format)) if !octets.starts_with(b"RI") && !octets.starts_with(b"RF") => {
            let expected = format.samples_in(octets.len()) as u64 * 8000 / u64::from(format.rate);
            assert!((prompt.samples().len() as u64).abs_diff(expected) <= 1 + expected / 100);
        }
        (Ok(prompt), _) => assert!(prompt.samples().len() <= 10 * octets.len()),
        (Err(PromptError::Unknown), raw) => assert!(raw.is_none()),
        (Err(PromptError::Raw(_)), raw) => assert!(raw.is_some()),
        (Err(PromptError::Read(_) | PromptError::Rate(_)), _) => {}
    }
}

/// A signal is silent behind its end, an hour from its beginning at the latest, and the same however it is cut.
fn listen(signal: &Signal, choice: u64) {
    let length = signal.length().0;
    assert!((1..=3600 * 8000).contains(&length));
    for begin in [0, length / 256 * choice, length.saturating_sub(300), u64::MAX - 200] {
        let mut whole = [0x5555; 400];
        signal.fill_from(begin, &mut whole);
        assert!((0..).zip(&whole).all(|(n, sample)| *sample == 0 || begin.saturating_add(n) < length));
        let (mut cut, middle) = ([0x5555; 400], 1 + choice as usize);
        signal.fill_from(begin, &mut cut[..middle]);
        signal.fill_from(begin.saturating_add(middle as u64), &mut cut[middle..]);
        assert_eq!(whole, cut, "from {begin}");
    }
}

const NAMES: [&str; 10] =
    ["p.wav", "p.vox", "p.6k.vox", "p.alaw", "p.mu", "p.sln", "p.16k.pcm", "p.gsm", "p", "p.mp3"];
