//! Debian's `r2test`, the program of libopenr2, as it is: calls by MFC-R2 from one span to the other that it is joined to. Register
//! signals are tones that the two compel from each other, so every octet has to come through in time.
mod common;
use common::*;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command};
use tandem_card::{LoopCard, OpenedCard};
use tandem_rt::sys::{monotonic_ns, sleep_until_ns};

const R2TEST: &str = "/usr/bin/r2test";
const CFG: &str = "/usr/sbin/dahdi_cfg";
const COMMON: &str = "category=NATIONAL_SUBSCRIBER\nloglevel=error,warning\nvariant=itu\nmaxani=10\nmaxdnis=4\n\
                      getanifirst=no\nusedahdimf=no\nmfthreshold=0\nmfbacktimeout=-1\nmeteringpulsetimeout=-1\n\
                      collectcalls=no\nchargecalls=yes\ndoubleanswer=no\nimmediateaccept=no\nskipcategory=no\n";

/// One run of the program; its files are gone with it, and so is it.
struct Run {
    child: Child,
    said: PathBuf,
    config: PathBuf,
}

impl Run {
    fn start(switch: &Switch, name: &str, config: &str) -> Self {
        let base = std::env::temp_dir().join(format!("tandem-r2-{}-{name}", std::process::id()));
        let (said, config_file) = (base.with_extension("out"), base.with_extension("conf"));
        std::fs::write(&config_file, format!("{COMMON}{config}")).expect("a place for files");
        let out = File::create(&said).expect("a place for files");
        // It would keep what it says to itself until it ends.
        let mut command = switch.command("stdbuf");
        command.args(["-oL", R2TEST, "-c"]).arg(&config_file).stdout(out);
        Self { child: command.spawn().expect("it runs"), said, config: config_file }
    }

    /// Waits until it has said all this, as long as a person would have patience.
    fn wait_for(&self, expected: &[&str]) {
        let mut text = String::new();
        for _ in 0..600 {
            text = std::fs::read_to_string(&self.said).expect("a file");
            if expected.iter().all(|line| text.contains(line)) {
                return;
            }
            sleep_until_ns(monotonic_ns() + 50_000_000);
        }
        panic!("not all of {expected:?} was said: {text}");
    }

    fn stop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.stop();
        let _ = (std::fs::remove_file(&self.said), std::fs::remove_file(&self.config));
    }
}

#[test]
fn libopenr2_calls_itself_with_both_numbers() {
    if !is_installed(CFG) {
        return;
    }
    if !std::path::Path::new(R2TEST).is_file() || Command::new("stdbuf").arg("--version").output().is_err() {
        println!("skipped: {R2TEST} is not installed (Debian: libopenr2-bin)");
        return;
    }
    let (near, far) = LoopCard::pair(1, 8);
    let cards = [near, far].map(|card| OpenedCard { card: Box::new(card), world: None });
    let switch = Switch::start("openr2", cards.into());
    let system = std::env::temp_dir().join(format!("tandem-r2-{}-system.conf", std::process::id()));
    let spans = "span=1,0,0,cas,hdb3\nspan=2,0,0,cas,hdb3\ncas=1-15,17-31:1001\ncas=32-46,48-62:1001\n";
    std::fs::write(&system, format!("{spans}loadzone=us\ndefaultzone=us\n")).expect("a place for files");
    let configured = switch.command(CFG).arg("-c").arg(&system).output().expect("it runs");
    let _ = std::fs::remove_file(&system);
    assert!(configured.status.success(), "{configured:?}");

    let called = Run::start(&switch, "called", "channel=32-33\ncaller=no\n");
    called.wait_for(&["far end unblocked on chan 32", "far end unblocked on chan 33"]);
    let mut calling = Run::start(&switch, "calling", "dnid=1234\ncid=5551234\ncaller=yes\nchannel=1-2\n");
    calling.wait_for(&["call has been answered on chan 1", "call has been answered on chan 2"]);
    for channel in [32, 33] {
        called.wait_for(&[
            &format!("call ready on chan {channel}. ANI = 5551234, DNIS = 1234, Category = 0"),
            &format!("call read data of length 160 on chan {channel}"),
        ]);
    }
    // A program that is gone leaves its channels idle, and idle is to clear forward.
    calling.stop();
    called.wait_for(&["got disconnect on chan 32: Normal Clearing", "call ended at chan 33"]);
}
