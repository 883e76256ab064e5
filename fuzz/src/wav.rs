//! Any octets as a WAV file.
use tandem_files::Prompt;
use tandem_files::wav::{parse, parse_header};

/// What can be read has whole frames, no more than five samples an octet, and becomes a prompt or says why not.
pub fn wav(data: &[u8]) {
    let header = parse_header(data);
    let Ok(wav) = parse(data) else { return };
    let header = header.expect("the whole needs its header");
    assert_eq!((header.rate(), header.channels()), (wav.rate(), wav.channels()));
    assert!(wav.channels() >= 1 && wav.samples().len().is_multiple_of(wav.channels()));
    assert!(wav.samples().len() <= 5 * data.len());
    for channel in 0..wav.channels().min(4) {
        assert_eq!(wav.channel(channel).count(), wav.frames());
    }
    // Resampling is long work on long input, and its cost is not what is looked for here.
    if wav.frames() <= 4096
        && let Ok(prompt) = Prompt::from_wav(&wav)
    {
        let expected = wav.frames() as u64 * 8000 / u64::from(wav.rate());
        assert!((prompt.samples().len() as u64).abs_diff(expected) <= 1 + expected / 100);
    }
}
