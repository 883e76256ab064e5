//! Feeds [`tandem_fuzz::prompts`].
#![cfg_attr(fuzzing, no_main)]
#![allow(missing_docs)] // of what the macro makes

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| tandem_fuzz::prompts(data));

#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    tandem_fuzz::replay_arguments(tandem_fuzz::prompts)
}
