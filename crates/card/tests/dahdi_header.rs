//! What is generated from `dahdi/user.h`, against what a C compiler makes of it: every size, offset, code and number. Needs the
//! header (Debian: `dahdi-source`; or its directory in `TANDEM_DAHDI_INCLUDE`) and a C compiler; without the header the
//! test says so in one line and passes.
use std::mem::{offset_of, size_of};
use std::path::PathBuf;
use std::process::Command;
use tandem_card::dahdi::abi::*;

fn include() -> Option<PathBuf> {
    let named = std::env::var_os("TANDEM_DAHDI_INCLUDE").map(PathBuf::from);
    let mut places = named.into_iter().chain([PathBuf::from("/usr/include")]);
    places.find(|place| place.join("dahdi/user.h").is_file())
}

macro_rules! structures {
    ($($name:ident { $($field:ident),* })*) => {
        vec![$(
            (concat!("sizeof(struct ", stringify!($name), ")"), size_of::<$name>() as u64),
            $((
                concat!("offsetof(struct ", stringify!($name), ", ", stringify!($field), ")"),
                offset_of!($name, $field) as u64,
            ),)*
        )*]
    };
}

macro_rules! numbers {
    ($($name:ident)*) => {
        [$((stringify!($name), $name as u64)),*]
    };
}

/// The codes bear another name here.
macro_rules! requests {
    ($($theirs:ident = $ours:ident)*) => {
        [$((concat!("DAHDI_", stringify!($theirs)), $ours as u64)),*]
    };
}

#[test]
fn sizes_offsets_codes_and_numbers_are_the_headers() {
    let Some(include) = include() else {
        println!("skipped: dahdi/user.h is not installed (Debian: dahdi-source)");
        return;
    };
    let facts: Vec<(&str, u64)> = structures().into_iter().chain(codes()).chain(constants()).collect();
    let lines: String = facts.iter().map(|(expression, _)| format!("print({expression});\n")).collect();
    let program = format!(
        "#include <stddef.h>\n#include <stdio.h>\n#include <linux/types.h>\n#include <sys/ioctl.h>\n\
         #include <dahdi/user.h>\n\
         static void print(unsigned int n) {{ printf(\"%u\\n\", n); }}\n\
         int main(void) {{ {lines} return 0; }}\n"
    );
    let base = std::env::temp_dir().join(format!("tandem-dahdi-{}", std::process::id()));
    let (source, binary) = (base.with_extension("c"), base.with_extension("bin"));
    std::fs::write(&source, program).expect("a source file is written");
    let compiled = Command::new("cc").arg(&source).arg("-I").arg(include).arg("-o").arg(&binary).output();
    let compiled = compiled.expect("a C compiler runs");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let output = Command::new(&binary).output().expect("the program runs");
    let _ = (std::fs::remove_file(&source), std::fs::remove_file(&binary));
    let text = String::from_utf8(output.stdout).expect("numbers");
    let theirs: Vec<u64> = text.lines().map(|line| line.parse().expect("a number")).collect();
    assert_eq!(theirs.len(), facts.len());
    for ((expression, ours), theirs) in facts.iter().zip(theirs) {
        assert_eq!(*ours, theirs, "{expression}");
    }
}

fn structures() -> Vec<(&'static str, u64)> {
    structures! {
        dahdi_params { channo, spanno, chanpos, sigtype, sigcap, rxisoffhook, rxbits, txbits, txhooksig, rxhooksig, curlaw, idlebits, name, prewinktime, preflashtime, winktime, flashtime, starttime, rxwinktime, rxflashtime, debouncetime, pulsebreaktime, pulsemaketime, pulseaftertime, chan_alarms }
        dahdi_spaninfo { spanno, name, desc, alarms, txlevel, rxlevel, bpvcount, crc4count, ebitcount, fascount, fecount, cvcount, becount, prbs, errsec, irqmisses, syncsrc, numchans, totalchans, totalspans, lbo, lineconfig, lboname, location, manufacturer, devicetype, irq, linecompat, spantype }
        dahdi_maintinfo { spanno, command }
        dahdi_confinfo { chan, confno, confmode }
        dahdi_gains { chan, rxgain, txgain }
        dahdi_lineconfig { span, name, lbo, lineconfig, sync }
        dahdi_chanconfig { chan, name, sigtype, deflaw, master, idlebits, netdev_name }
        dahdi_bufferinfo { txbufpolicy, rxbufpolicy, numbufs, bufsize, readbufs, writebufs }
        dahdi_dialparams { mfv1_tonelen, dtmf_tonelen, mfr2_tonelen, reserved }
        dahdi_dialoperation { op, dialstr }
        dahdi_versioninfo { version, echo_canceller }
        dahdi_attach_echocan { chan, echocan }
    }
}

fn codes() -> impl IntoIterator<Item = (&'static str, u64)> {
    requests! {
        GET_BLOCKSIZE = REQUEST_GET_BLOCKSIZE
        SET_BLOCKSIZE = REQUEST_SET_BLOCKSIZE
        FLUSH = REQUEST_FLUSH
        SYNC = REQUEST_SYNC
        GET_PARAMS_V1 = REQUEST_GET_PARAMS_V1
        GET_PARAMS = REQUEST_GET_PARAMS
        SET_PARAMS = REQUEST_SET_PARAMS
        HOOK = REQUEST_HOOK
        GETEVENT = REQUEST_GETEVENT
        IOMUX = REQUEST_IOMUX
        SPANSTAT = REQUEST_SPANSTAT
        SPANSTAT_V1 = REQUEST_SPANSTAT_V1
        MAINT = REQUEST_MAINT
        GETCONF_V1 = REQUEST_GETCONF_V1
        GETCONF = REQUEST_GETCONF
        SETCONF_V1 = REQUEST_SETCONF_V1
        SETCONF = REQUEST_SETCONF
        CONFLINK = REQUEST_CONFLINK
        CONFDIAG = REQUEST_CONFDIAG
        GETGAINS_V1 = REQUEST_GETGAINS_V1
        GETGAINS = REQUEST_GETGAINS
        SETGAINS = REQUEST_SETGAINS
        SPANCONFIG = REQUEST_SPANCONFIG
        CHANCONFIG = REQUEST_CHANCONFIG
        CONFMUTE = REQUEST_CONFMUTE
        SENDTONE = REQUEST_SENDTONE
        GETTONEZONE = REQUEST_GETTONEZONE
        SETTONEZONE = REQUEST_SETTONEZONE
        DEFAULTZONE = REQUEST_DEFAULTZONE
        LOADZONE = REQUEST_LOADZONE
        FREEZONE = REQUEST_FREEZONE
        GET_BUFINFO = REQUEST_GET_BUFINFO
        SET_BUFINFO = REQUEST_SET_BUFINFO
        GET_DIALPARAMS = REQUEST_GET_DIALPARAMS
        SET_DIALPARAMS = REQUEST_SET_DIALPARAMS
        DIAL = REQUEST_DIAL
        AUDIOMODE = REQUEST_AUDIOMODE
        ECHOCANCEL = REQUEST_ECHOCANCEL
        ECHOCANCEL_PARAMS = REQUEST_ECHOCANCEL_PARAMS
        CHANNO = REQUEST_CHANNO
        DIALING = REQUEST_DIALING
        HDLCRAWMODE = REQUEST_HDLCRAWMODE
        HDLCFCSMODE = REQUEST_HDLCFCSMODE
        SPECIFY = REQUEST_SPECIFY
        SETLAW = REQUEST_SETLAW
        SETLINEAR = REQUEST_SETLINEAR
        GETRXBITS = REQUEST_GETRXBITS
        SETTXBITS = REQUEST_SETTXBITS
        TIMERCONFIG = REQUEST_TIMERCONFIG
        TIMERACK = REQUEST_TIMERACK
        GETCONFMUTE = REQUEST_GETCONFMUTE
        ECHOTRAIN = REQUEST_ECHOTRAIN
        TIMERPING = REQUEST_TIMERPING
        TIMERPONG = REQUEST_TIMERPONG
        GETSIGFREEZE = REQUEST_GETSIGFREEZE
        SETSIGFREEZE = REQUEST_SETSIGFREEZE
        INDIRECT = REQUEST_INDIRECT
        GETVERSION = REQUEST_GETVERSION
        LOOPBACK = REQUEST_LOOPBACK
        ATTACH_ECHOCAN = REQUEST_ATTACH_ECHOCAN
        DYNAMIC_CREATE = REQUEST_DYNAMIC_CREATE
        DYNAMIC_DESTROY = REQUEST_DYNAMIC_DESTROY
        TONEDETECT = REQUEST_TONEDETECT
        STARTUP = REQUEST_STARTUP
        SHUTDOWN = REQUEST_SHUTDOWN
        HDLC_RATE = REQUEST_HDLC_RATE
        BUFFER_EVENTS = REQUEST_BUFFER_EVENTS
    }
}

fn constants() -> impl IntoIterator<Item = (&'static str, u64)> {
    numbers! {
        ELAST
        DAHDI_CONFIG_TXLEVEL
        DAHDI_CONFIG_D4
        DAHDI_CONFIG_ESF
        DAHDI_CONFIG_AMI
        DAHDI_CONFIG_B8ZS
        DAHDI_CONFIG_CCS
        DAHDI_CONFIG_HDB3
        DAHDI_CONFIG_CRC4
        DAHDI_CONFIG_NOTOPEN
        DAHDI_SIG_BROKEN
        DAHDI_SIG_NONE
        DAHDI_SIG_FXSLS
        DAHDI_SIG_FXSGS
        DAHDI_SIG_FXSKS
        DAHDI_SIG_FXOLS
        DAHDI_SIG_FXOGS
        DAHDI_SIG_FXOKS
        DAHDI_SIG_EM
        DAHDI_SIG_CLEAR
        DAHDI_SIG_HDLCRAW
        DAHDI_SIG_HDLCFCS
        DAHDI_SIG_HDLCNET
        DAHDI_SIG_SLAVE
        DAHDI_SIG_SF
        DAHDI_SIG_CAS
        DAHDI_SIG_DACS
        DAHDI_SIG_EM_E1
        DAHDI_SIG_DACS_RBS
        DAHDI_SIG_HARDHDLC
        DAHDI_SIG_MTP2
        DAHDI_MAX_BLOCKSIZE
        DAHDI_DEFAULT_NUM_BUFS
        DAHDI_MAX_NUM_BUFS
        DAHDI_MAX_BUF_SPACE
        DAHDI_DEFAULT_BLOCKSIZE
        DAHDI_DEFAULT_MTR_MRU
        DAHDI_DEFAULT_MTU_MRU
        DAHDI_POLICY_IMMEDIATE
        DAHDI_POLICY_WHEN_FULL
        DAHDI_POLICY_HALF_FULL
        DAHDI_LAW_DEFAULT
        DAHDI_LAW_MULAW
        DAHDI_LAW_ALAW
        DAHDI_MAX_CADENCE
        DAHDI_MAX_DTMF_BUF
        DAHDI_MAX_EVENTSIZE
        DAHDI_FLUSH_READ
        DAHDI_FLUSH_WRITE
        DAHDI_FLUSH_BOTH
        DAHDI_FLUSH_EVENT
        DAHDI_FLUSH_ALL
        DAHDI_MAX_SPANS
        DAHDI_MAX_CHANNELS
        DAHDI_MAX_CONF
        DAHDI_CONF_MODE_MASK
        DAHDI_CONF_NORMAL
        DAHDI_CONF_MONITOR
        DAHDI_CONF_MONITORTX
        DAHDI_CONF_MONITORBOTH
        DAHDI_CONF_CONF
        DAHDI_CONF_CONFANN
        DAHDI_CONF_CONFMON
        DAHDI_CONF_CONFANNMON
        DAHDI_CONF_REALANDPSEUDO
        DAHDI_CONF_DIGITALMON
        DAHDI_CONF_MONITOR_RX_PREECHO
        DAHDI_CONF_MONITOR_TX_PREECHO
        DAHDI_CONF_MONITORBOTH_PREECHO
        DAHDI_CONF_FLAG_MASK
        DAHDI_CONF_LISTENER
        DAHDI_CONF_TALKER
        DAHDI_CONF_PSEUDO_LISTENER
        DAHDI_CONF_PSEUDO_TALKER
        DAHDI_ALARM_NONE
        DAHDI_ALARM_RECOVER
        DAHDI_ALARM_LOOPBACK
        DAHDI_ALARM_YELLOW
        DAHDI_ALARM_RED
        DAHDI_ALARM_BLUE
        DAHDI_ALARM_NOTOPEN
        DAHDI_ALARM_LOS
        DAHDI_ALARM_LFA
        DAHDI_ALARM_LMFA
        DAHDI_MAINT_NONE
        DAHDI_MAINT_LOCALLOOP
        DAHDI_MAINT_REMOTELOOP
        DAHDI_MAINT_NETWORKLINELOOP
        DAHDI_MAINT_LOOPUP
        DAHDI_MAINT_LOOPDOWN
        DAHDI_MAINT_FAS_DEFECT
        DAHDI_MAINT_MULTI_DEFECT
        DAHDI_MAINT_CRC_DEFECT
        DAHDI_MAINT_CAS_DEFECT
        DAHDI_MAINT_PRBS_DEFECT
        DAHDI_MAINT_BIPOLAR_DEFECT
        DAHDI_MAINT_PRBS
        DAHDI_MAINT_NETWORKPAYLOADLOOP
        DAHDI_RESET_COUNTERS
        DAHDI_MAINT_ALARM_SIM
        DAHDI_IOMUX_READ
        DAHDI_IOMUX_WRITE
        DAHDI_IOMUX_WRITEEMPTY
        DAHDI_IOMUX_SIGEVENT
        DAHDI_IOMUX_NOWAIT
        DAHDI_EVENT_NONE
        DAHDI_EVENT_ONHOOK
        DAHDI_EVENT_RINGOFFHOOK
        DAHDI_EVENT_WINKFLASH
        DAHDI_EVENT_ALARM
        DAHDI_EVENT_NOALARM
        DAHDI_EVENT_ABORT
        DAHDI_EVENT_OVERRUN
        DAHDI_EVENT_BADFCS
        DAHDI_EVENT_DIALCOMPLETE
        DAHDI_EVENT_RINGERON
        DAHDI_EVENT_RINGEROFF
        DAHDI_EVENT_HOOKCOMPLETE
        DAHDI_EVENT_BITSCHANGED
        DAHDI_EVENT_PULSE_START
        DAHDI_EVENT_TIMER_EXPIRED
        DAHDI_EVENT_TIMER_PING
        DAHDI_EVENT_POLARITY
        DAHDI_EVENT_RINGBEGIN
        DAHDI_EVENT_EC_DISABLED
        DAHDI_EVENT_REMOVED
        DAHDI_EVENT_NEONMWI_ACTIVE
        DAHDI_EVENT_NEONMWI_INACTIVE
        DAHDI_EVENT_TX_CED_DETECTED
        DAHDI_EVENT_RX_CED_DETECTED
        DAHDI_EVENT_TX_CNG_DETECTED
        DAHDI_EVENT_RX_CNG_DETECTED
        DAHDI_EVENT_EC_NLP_DISABLED
        DAHDI_EVENT_EC_NLP_ENABLED
        DAHDI_EVENT_READ_OVERRUN
        DAHDI_EVENT_WRITE_UNDERRUN
        DAHDI_EVENT_PULSEDIGIT
        DAHDI_EVENT_DTMFDOWN
        DAHDI_EVENT_DTMFUP
        DAHDI_MAX_ECHOCANPARAMS
        DAHDI_CODE
    }
}
