//! Writes what is generated from C headers, or with `--check` tells whether it is up to date.
//!
//! Two headers: `include/tandem.h`, our own, and DAHDI's `dahdi/user.h`, of which numbers and layouts come over and nothing
//! else. The latter is in Debian's package `dahdi-source`; where it is not installed its part is left as it is. The
//! directory that holds `dahdi/user.h` may be named in `TANDEM_DAHDI_INCLUDE`.
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A committed file, and how its text is made.
struct Generated {
    file: &'static str,
    of: &'static str,
    text: Result<String, String>,
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut all = vec![Generated {
        file: "crates/bindings/src/generated.rs",
        of: "include/tandem.h",
        text: tandem(&root),
    }];
    match dahdi_include() {
        Some(include) => all.push(Generated {
            file: "crates/card/src/dahdi/header.rs",
            of: "dahdi/user.h",
            text: dahdi(&root, &include),
        }),
        None => println!("skipped: dahdi/user.h is not installed (Debian: dahdi-source)"),
    }
    let is_check = std::env::args().any(|argument| argument == "--check");
    let mut code = ExitCode::SUCCESS;
    for generated in all {
        if let Err(problem) = settle(&root, generated, is_check) {
            eprintln!("generate-bindings: {problem}");
            code = ExitCode::FAILURE;
        }
    }
    code
}

/// Writes the file or compares it.
fn settle(root: &Path, generated: Generated, is_check: bool) -> Result<(), String> {
    let Generated { file, of, text } = generated;
    let (text, path) = (text?, root.join(file));
    let problem = |error: std::io::Error| format!("{}: {error}", path.display());
    if !is_check {
        return std::fs::write(&path, text).map_err(problem);
    }
    if std::fs::read_to_string(&path).map_err(problem)? == text {
        return Ok(());
    }
    Err(format!("{file} is not what {of} says: run `make bindings`"))
}

fn builder(root: &Path) -> Result<bindgen::Builder, String> {
    let oldest = bindgen::RustTarget::stable(88, 0).map_err(|error| error.to_string())?;
    Ok(bindgen::Builder::default()
        .use_core()
        .rust_target(oldest)
        .rust_edition(bindgen::RustEdition::Edition2024)
        .rustfmt_configuration_file(Some(root.join("rustfmt.toml"))))
}

fn text_of(builder: bindgen::Builder) -> Result<String, String> {
    builder.generate().map(|bindings| bindings.to_string()).map_err(|error| error.to_string())
}

fn tandem(root: &Path) -> Result<String, String> {
    let builder = builder(root)?
        .header(root.join("include/tandem.h").display().to_string())
        .clang_arg("-std=c11")
        .allowlist_item("(tandem|TANDEM)_.*");
    text_of(builder)
}

fn dahdi_include() -> Option<PathBuf> {
    let named = std::env::var_os("TANDEM_DAHDI_INCLUDE").map(PathBuf::from);
    let mut places = named.into_iter().chain([PathBuf::from("/usr/include")]);
    places.find(|place| place.join("dahdi/user.h").is_file())
}

/// The codes of its requests are expressions, which only constants make plain.
fn dahdi(root: &Path, include: &Path) -> Result<String, String> {
    let mut text =
        String::from("#include <linux/types.h>\n#include <linux/ioctl.h>\n#include <dahdi/user.h>\n");
    for request in REQUESTS {
        text += &format!("static const unsigned int REQUEST_{request} = DAHDI_{request};\n");
    }
    // Followed by as many tones as it says: only its sizes are of use.
    text += "static const unsigned int SIZE_TONE_DEF_HEADER = sizeof(struct dahdi_tone_def_header);\n";
    text += "static const unsigned int SIZE_TONE_DEF = sizeof(struct dahdi_tone_def);\n";
    let builder = builder(root)?
        .header_contents("requests.h", &text)
        .clang_args(["-std=gnu11", "-I", &include.display().to_string()])
        .allowlist_type(format!("dahdi_({})", STRUCTURES.join("|")))
        .allowlist_var("(REQUEST|SIZE)_.*")
        .allowlist_var(format!("DAHDI_({})", CONSTANTS.join("|")))
        .allowlist_var("ELAST")
        .generate_comments(false)
        .derive_default(false);
    text_of(builder)
}

/// The requests that either side of the interface knows here.
const REQUESTS: &[&str] = &[
    "GET_BLOCKSIZE",
    "SET_BLOCKSIZE",
    "FLUSH",
    "SYNC",
    "GET_PARAMS_V1",
    "GET_PARAMS",
    "SET_PARAMS",
    "HOOK",
    "GETEVENT",
    "IOMUX",
    "SPANSTAT",
    "SPANSTAT_V1",
    "MAINT",
    "GETCONF_V1",
    "GETCONF",
    "SETCONF_V1",
    "SETCONF",
    "CONFLINK",
    "CONFDIAG",
    "GETGAINS_V1",
    "GETGAINS",
    "SETGAINS",
    "SPANCONFIG",
    "CHANCONFIG",
    "CONFMUTE",
    "SENDTONE",
    "GETTONEZONE",
    "SETTONEZONE",
    "DEFAULTZONE",
    "LOADZONE",
    "FREEZONE",
    "GET_BUFINFO",
    "SET_BUFINFO",
    "GET_DIALPARAMS",
    "SET_DIALPARAMS",
    "DIAL",
    "AUDIOMODE",
    "ECHOCANCEL",
    "ECHOCANCEL_PARAMS",
    "CHANNO",
    "DIALING",
    "HDLCRAWMODE",
    "HDLCFCSMODE",
    "SPECIFY",
    "SETLAW",
    "SETLINEAR",
    "GETRXBITS",
    "SETTXBITS",
    "TIMERCONFIG",
    "TIMERACK",
    "GETCONFMUTE",
    "ECHOTRAIN",
    "TIMERPING",
    "TIMERPONG",
    "GETSIGFREEZE",
    "SETSIGFREEZE",
    "INDIRECT",
    "GETVERSION",
    "LOOPBACK",
    "ATTACH_ECHOCAN",
    "DYNAMIC_CREATE",
    "DYNAMIC_DESTROY",
    "TONEDETECT",
    "STARTUP",
    "SHUTDOWN",
    "HDLC_RATE",
    "BUFFER_EVENTS",
];
const STRUCTURES: &[&str] = &[
    "params",
    "spaninfo",
    "maintinfo",
    "confinfo",
    "gains",
    "lineconfig",
    "chanconfig",
    "bufferinfo",
    "dialparams",
    "dialoperation",
    "versioninfo",
    "attach_echocan",
];
const CONSTANTS: &[&str] = &[
    "CODE",
    "CONFIG_(TXLEVEL|D4|ESF|AMI|B8ZS|CCS|HDB3|CRC4|NOTOPEN)",
    "SIG_.*",
    "POLICY_.*",
    "LAW_.*",
    "FLUSH_.*",
    "ALARM_.*",
    "MAINT_.*",
    "RESET_COUNTERS",
    "IOMUX_.*",
    "EVENT_.*",
    "CONF_.*",
    "MAX_.*",
    "DEFAULT_.*",
];
