//! Prints how much memory an engine with 480 channels takes.
use std::process::ExitCode;
use tandem_benches::memory::measure;
use tandem_rt::sys::{GuardedAlloc, peak_resident_bytes};

#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

fn main() -> ExitCode {
    let json = std::env::args().any(|argument| argument == "--json");
    let directory = std::env::temp_dir().join(format!("tandem-memory-{}", std::process::id()));
    let figures = std::fs::create_dir_all(&directory).map_err(|error| error.to_string()).and_then(|()| {
        let figures = measure(&directory).map_err(|error| error.to_string());
        let _ = std::fs::remove_dir_all(&directory);
        figures
    });
    match figures {
        Ok(figures) if json => println!("{}", figures.json()),
        Ok(figures) => {
            print!("{figures}");
            let resident = peak_resident_bytes().unwrap_or(0) as f64 / f64::from(1 << 20);
            println!("{:<16}{resident:>8.1}", "resident at most");
        }
        Err(problem) => {
            eprintln!("memory: {problem}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
