//! Feeds [`tandem_fuzz::tap`].
#![cfg_attr(fuzzing, no_main)]
#![allow(missing_docs)] // of what the macro makes

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| tandem_fuzz::tap(data));

#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    tandem_fuzz::replay_arguments(tandem_fuzz::tap)
}
