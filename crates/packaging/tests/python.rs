//! A host in a managed language takes a call through the installed library, which it finds by name.
mod common;

use common::{Installed, has, output, root, run, text};

#[test]
fn a_host_in_python_takes_a_call_and_its_structures_are_those_of_the_release() {
    if !has("python3") {
        return;
    }
    let installed = Installed::new("python");
    let smoke = root().join("examples/python/smoke.py");
    let release = root().join("abi/0.1.0.abi");
    let said = run(installed.command("python3").arg(&smoke).arg("libtandem.so.0").arg(&release));
    let expected = "offered: 2001\nplayed: 500 ms\ncollected: 12\ncleared: cause 16\nlibtandem 0.1.0: done\n";
    assert_eq!(said, expected);

    // With another interface it says what is different.
    let interface = std::fs::read_to_string(release).expect("there");
    let other = installed.work().join("other.abi");
    for (from, to, problem) in [
        ("structure tandem_event 352 8", "structure tandem_event 328 8", "tandem_event has 328 octets"),
        ("field tandem_event.text 80", "field tandem_event.text 88", "tandem_event.text is elsewhere"),
        ("field tandem_event.call 32 8", "field tandem_event.call 32 4", "tandem_event.call is elsewhere"),
    ] {
        assert!(interface.contains(from), "{from}");
        std::fs::write(&other, interface.replace(from, to)).expect("written");
        let refused = output(installed.command("python3").arg(&smoke).arg("libtandem.so.0").arg(&other));
        assert_eq!(refused.status.code(), Some(1));
        assert_eq!(text(&refused.stderr), format!("smoke: {problem}\n"));
    }
}
