//! A program of libpri, `tests/libpri.c`, on a span whose far end is the exchange of the simulator.
mod common;
use common::*;

const CFG: &str = "/usr/sbin/dahdi_cfg";

#[test]
fn libpri_brings_the_d_channel_up_and_takes_a_call() {
    if !is_installed(CFG) {
        return;
    }
    let Some(program) = Program::compile("libpri", Some("libpri")) else { return };
    let options = [("cas", "false"), ("signalling", "pri"), ("calls_per_second", "2"), ("hold_seconds", "1")];
    let switch = Switch::start("libpri", vec![simulated("sim-falc4", &options)]);
    let system = std::env::temp_dir().join(format!("tandem-libpri-{}-system.conf", std::process::id()));
    let span = "span=1,1,0,ccs,hdb3,crc4\nbchan=1-15,17-31\ndchan=16\nloadzone=us\ndefaultzone=us\n";
    std::fs::write(&system, span).expect("a place for files");
    let configured = switch.command(CFG).arg("-c").arg(&system).output().expect("it runs");
    let _ = std::fs::remove_file(&system);
    assert!(configured.status.success(), "{configured:?}");
    // It ends with the first call that does.
    let output = switch.command("timeout").args(["60", program.path()]).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.starts_with("up\nring for 2001\n"), "{said}");
    assert!(said.ends_with("cause 16, heard\ndone\n"), "{said}");
}
