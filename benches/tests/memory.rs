//! The memory that an engine may take.
use tandem_benches::memory::measure;
use tandem_rt::sys::{GuardedAlloc, ViolationPolicy};

#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

#[test]
fn an_engine_with_480_channels_takes_at_most_64_mib_even_while_all_are_recorded() {
    GuardedAlloc::set_policy(ViolationPolicy::Abort);
    let directory = std::env::temp_dir().join(format!("tandem-memory-test-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory of our own");
    let figures = measure(&directory);
    std::fs::remove_dir_all(&directory).expect("our own directory");
    let figures = figures.expect("480 calls");
    assert_eq!(figures.channels, 480);
    assert!(figures.peak <= 64 << 20, "{figures}");
}
