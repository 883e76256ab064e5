//! Debian's tools for DAHDI, as they are, on the spans of a simulated card.
mod common;
use common::*;
use std::path::PathBuf;
use std::process::Output;
use tandem_rt::sys::{monotonic_ns, sleep_until_ns};

const SCAN: &str = "/usr/sbin/dahdi_scan";
const CFG: &str = "/usr/sbin/dahdi_cfg";
const MAINT: &str = "/usr/sbin/dahdi_maint";

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Runs a tool that must succeed.
fn run(switch: &Switch, program: &str, arguments: &[&str]) -> String {
    let output = switch.command(program).args(arguments).output().expect("it runs");
    assert!(output.status.success(), "{program} {arguments:?}: {}", text(&output));
    text(&output)
}

/// Runs a tool again and again until it says this, as long as a person would have patience.
fn run_until(switch: &Switch, program: &str, arguments: &[&str], expected: &str) -> String {
    for _ in 0..300 {
        let said = run(switch, program, arguments);
        if said.contains(expected) {
            return said;
        }
        sleep_until_ns(monotonic_ns() + 50_000_000);
    }
    panic!("{program} never says {expected:?}: {}", run(switch, program, arguments));
}

/// A file for the tools, gone with the test.
struct File(PathBuf);

impl File {
    fn new(name: &str, content: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tandem-{}-{name}", std::process::id()));
        std::fs::write(&path, content).expect("a place for files");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a plain name")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn span(number: usize, alarms: &str, clock: usize, coding: &str, framing: &str) -> String {
    let (port, base) = (number - 1, (number - 1) * 31 + 1);
    format!(
        "[{number}]\nactive=yes\nalarms={alarms}\ndescription=Tandem falc4 card 0 span {number}\n\
         name=TDM/0/{port}\nmanufacturer=Tandem\ndevicetype=falc4\nlocation=card 0\nbasechan={base}\n\
         totchans=31\nirq=0\ntype=digital-E1\nsyncsrc={clock}\nlbo=0 to 133 feet\ncoding_opts=AMI,HDB3\n\
         framing_opts=CCS,CRC4\ncoding={coding}\nframing={framing}\n"
    )
}

#[test]
fn the_tools_find_configure_and_maintain_the_spans_of_a_simulated_card() {
    if ![SCAN, CFG, MAINT].into_iter().all(is_installed) {
        return;
    }
    let switch = Switch::start("tools", vec![simulated("sim-falc4", &[("cas", "false")])]);
    let none: String = (1..=4).map(|number| span(number, "UNCONFIGURED", 0, "", "CAS")).collect();
    assert_eq!(run(&switch, SCAN, &[]), none);

    let system = File::new(
        "system.conf",
        "span=1,1,0,ccs,hdb3,crc4\nspan=2,2,0,ccs,hdb3,crc4\nbchan=1-15,17-31\ndchan=16\nclear=32\n\
         cas=33-46:1101\nloadzone=us\ndefaultzone=us\n",
    );
    let said = run(&switch, CFG, &["-v", "-c", system.path()]);
    assert!(said.contains("SPAN 1: CCS/HDB3 Build-out: 0 db (CSU)/0-133 feet (DSX-1)"), "{said}");
    assert!(said.contains("46 channels to configure."), "{said}");
    let three = span(3, "UNCONFIGURED", 1, "", "CAS") + &span(4, "UNCONFIGURED", 1, "", "CAS");
    let both = span(1, "OK", 1, "HDB3", "CCS/CRC4") + &span(2, "OK", 1, "HDB3", "CCS/CRC4");
    let scanned = run_until(&switch, SCAN, &[], &both);
    assert_eq!(scanned, both + &three);

    // The card counts what the lines had to find out once a second.
    sleep_until_ns(monotonic_ns() + 2_500_000_000);
    run(&switch, MAINT, &["-s", "1", "-r"]);
    let zero = "Span 1:\n>Framing Errors : 0:\n>CRC Errors : 0:\n>Code Violations : 0:\n>E-bit Count : 0:\n\
                >General Errored Seconds : 0:";
    assert_eq!(run(&switch, MAINT, &["-s", "1"]).trim_end(), zero);
    run(&switch, MAINT, &["-s", "1", "-i", "crc"]);
    run_until(&switch, MAINT, &["-s", "1"], ">E-bit Count : 1:");
    run(&switch, MAINT, &["-s", "1", "-l", "localhost"]);
    run_until(&switch, SCAN, &[], "[1]\nactive=yes\nalarms=LB\n");
    run(&switch, MAINT, &["-s", "1", "-l", "off"]);
    run_until(&switch, SCAN, &[], "[1]\nactive=yes\nalarms=OK\n");
    let refused = switch.command(MAINT).args(["-s", "1", "-i", "prbs"]).output().expect("it runs");
    assert!(!text(&refused).contains("inserted") || !refused.status.success(), "{}", text(&refused));

    // Nobody to configure it for: what is not there is said as the driver says it.
    let wrong = File::new("wrong.conf", "span=9,1,0,ccs,hdb3,crc4\n");
    let refused = switch.command(CFG).args(["-c", wrong.path()]).output().expect("it runs");
    assert!(!refused.status.success());
    assert!(text(&refused).contains("DAHDI_SPANCONFIG failed on span 9: No such device or address (6)"));
}

#[test]
fn the_clock_of_a_pseudo_channel_is_measured_and_a_channel_recorded() {
    let (test, monitor) = ("/usr/sbin/dahdi_test", "/usr/sbin/dahdi_monitor");
    if ![CFG, test, monitor].into_iter().all(is_installed) {
        return;
    }
    let switch = Switch::start("clock", vec![simulated("sim-falc4", &[("cas", "false")])]);
    let said = run(&switch, test, &["-c", "1"]);
    assert!(said.contains("Opened pseudo dahdi interface, measuring accuracy..."), "{said}");
    assert!(said.contains("--- Results after 1 passes ---"), "{said}");

    let system = File::new("clear.conf", "span=1,1,0,ccs,hdb3,crc4\nbchan=1-15,17-31\ncas=32:1101\n");
    run(&switch, CFG, &["-c", system.path()]);
    let (one, other) = (File::new("rx.raw", ""), File::new("tx.raw", ""));
    run(&switch, monitor, &["1", "-l", "8000", "-r", one.path(), "-t", other.path()]);
    for file in [&one, &other] {
        let octets = std::fs::read(&file.0).expect("a recording");
        assert!(octets.len() >= 4000, "{} octets", octets.len());
        // The silence of A-law is half a step, in samples of 16 bits.
        let samples = octets.as_chunks().0.iter().map(|sample| i16::from_le_bytes(*sample));
        assert!(samples.clone().all(|sample| sample.abs() <= 16), "{:?}", samples.max());
    }
}

#[test]
fn without_a_switch_there_is_no_driver() {
    if !is_installed(SCAN) {
        return;
    }
    let nowhere = place("nowhere");
    let output = std::process::Command::new(SCAN)
        .env("LD_PRELOAD", library())
        .env("TANDEM_DAHDI_SOCKET", &nowhere)
        .output()
        .expect("it runs");
    assert_eq!(text(&output), "Unable to open /dev/dahdi/ctl: No such file or directory\n");
}
