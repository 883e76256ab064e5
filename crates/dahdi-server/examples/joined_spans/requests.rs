//! Requests that are right, and those that are not: what a driver answers, by the name of its error.
use crate::device::{Device, Errno};
use crate::result;
use std::ffi::CStr;
use std::fmt::Display;
use tandem_card::dahdi::abi::*;

const CONTROL: &CStr = c"/dev/dahdi/ctl";
const CHANNEL: &CStr = c"/dev/dahdi/channel";
const PSEUDO: &CStr = c"/dev/dahdi/pseudo";
const TIMER: &CStr = c"/dev/dahdi/timer";
/// Numbers of the group that no request has: one that takes nothing, one with a number.
const NO_REQUESTS: [u32; 2] = [0xda_e6, 0x4004_dae6];

fn tell<T: Display>(name: &str, answer: Result<T, Errno>) {
    match answer {
        Ok(value) => result(name, value),
        Err(errno) => result(name, errno),
    }
}

/// A request that takes a number, for each of these.
fn tell_each(device: &Device, name: &str, request: u32, numbers: &[i32]) {
    for number in numbers {
        tell(&format!("{name}({number})"), device.set(request, *number));
    }
}

fn tell_unknown(device: &Device, of: &str) {
    for request in NO_REQUESTS {
        tell(&format!("{of}.{request:#x}"), device.set(request, 0));
    }
}

/// What needs no channel, before any is configured.
pub(crate) fn of_no_channel() {
    let (control, fresh, timer) = match (Device::open(CONTROL), Device::open(CHANNEL), Device::open(TIMER)) {
        (Ok(control), Ok(fresh), Ok(timer)) => (control, fresh, timer),
        (control, fresh, timer) => {
            for (name, device) in [("ctl", control), ("channel", fresh), ("timer", timer)] {
                tell(&format!("open.{name}"), device.map(|_| "ok"));
            }
            return;
        }
    };
    tell_unknown(&control, "ctl");
    tell("ctl.read", control.read(&mut [0; 16]));
    tell("ctl.write", control.write(&[0; 16]));
    for number in [1, 2, 3, 0, -1, 999] {
        let mut info = dahdi_spaninfo::zeroed();
        info.spanno = number;
        let answer = control.ask(REQUEST_SPANSTAT, &mut info);
        tell(
            &format!("ctl.spanstat({number})"),
            answer.map(|_| format!("channels={} alarms={:#x}", { info.totalchans }, { info.alarms })),
        );
        if number == 1 {
            result("span1.type", text(&info.spantype));
            result("span1.clock", info.syncsrc);
        }
    }
    for number in [1, 31, 32, 62, 63, 0, -1, 5000] {
        let mut params = dahdi_params::zeroed();
        params.channo = number;
        let answer = control.ask(REQUEST_GET_PARAMS, &mut params);
        tell(
            &format!("ctl.get_params({number})"),
            answer.map(|_| {
                format!("span={} place={} sig={:#x}", params.spanno, params.chanpos, params.sigtype)
            }),
        );
    }
    let mut line = dahdi_lineconfig::zeroed();
    for number in [0, 3, -1] {
        line.span = number;
        tell(&format!("ctl.spanconfig({number})"), control.ask(REQUEST_SPANCONFIG, &mut line));
    }
    tell_each(&control, "ctl.startup", REQUEST_STARTUP, &[0, 3, -1]);
    tell_each(&control, "ctl.shutdown", REQUEST_SHUTDOWN, &[0, 3, -1]);
    for number in [0, 3, -1] {
        let mut maintenance = dahdi_maintinfo { spanno: number, command: 0 };
        tell(&format!("ctl.maint({number})"), control.ask(REQUEST_MAINT, &mut maintenance));
    }
    let mut channel = dahdi_chanconfig::zeroed();
    for (number, sig) in [(0, DAHDI_SIG_CLEAR), (63, DAHDI_SIG_CLEAR), (-1, DAHDI_SIG_CLEAR)] {
        (channel.chan, channel.master, channel.sigtype) = (number, number, sig as i32);
        tell(&format!("ctl.chanconfig({number})"), control.ask(REQUEST_CHANCONFIG, &mut channel));
    }
    tell("ctl.getevent", control.get(REQUEST_GETEVENT));
    tell("ctl.channo", control.get(REQUEST_CHANNO));
    tell("ctl.specify", control.set(REQUEST_SPECIFY, 1));
    tell("ctl.audiomode", control.set(REQUEST_AUDIOMODE, 1));

    tell_unknown(&fresh, "unspecified");
    tell("unspecified.read", fresh.read(&mut [0; 16]));
    tell("unspecified.write", fresh.write(&[0; 16]));
    tell("unspecified.getevent", fresh.get(REQUEST_GETEVENT));
    tell("unspecified.channo", fresh.get(REQUEST_CHANNO));
    tell("unspecified.get_blocksize", fresh.get(REQUEST_GET_BLOCKSIZE));
    tell("unspecified.spanstat", fresh.ask(REQUEST_SPANSTAT, &mut dahdi_spaninfo::zeroed()));
    // The last is there, and not configured.
    tell_each(&fresh, "unspecified.specify", REQUEST_SPECIFY, &[0, -1, 63, 999, 5000, 31]);

    tell_unknown(&timer, "timer");
    tell("timer.getevent", timer.get(REQUEST_GETEVENT));
    tell("timer.channo", timer.get(REQUEST_CHANNO));
    tell("timer.read", timer.read(&mut [0; 16]));
    tell("timer.write", timer.write(&[0; 16]));
    tell_each(&timer, "timer.config", REQUEST_TIMERCONFIG, &[0, -1]);
    tell_each(&timer, "timer.ack", REQUEST_TIMERACK, &[0, 1, -1]);
}

/// Pseudo channels.
pub(crate) fn of_pseudo_channels() {
    let pseudo = match Device::open(PSEUDO) {
        Ok(pseudo) => pseudo,
        Err(errno) => return result("open.pseudo", errno),
    };
    tell("pseudo.channo", pseudo.get(REQUEST_CHANNO));
    tell_blocks(&pseudo, "pseudo");
    tell_requests(&pseudo, "pseudo");
    tell_unknown(&pseudo, "pseudo");
    let second = Device::open(PSEUDO);
    tell("second_pseudo.channo", second.and_then(|second| second.get(REQUEST_CHANNO)));
}

fn tell_buffers(device: &Device, name: &str) {
    let mut buffers = dahdi_bufferinfo::zeroed();
    let answer = device.ask(REQUEST_GET_BUFINFO, &mut buffers);
    let told = |_| {
        let dahdi_bufferinfo { numbufs, bufsize, txbufpolicy, rxbufpolicy, .. } = buffers;
        format!("{numbufs}x{bufsize} policies={txbufpolicy},{rxbufpolicy}")
    };
    tell(name, answer.map(told));
}

fn tell_blocks(device: &Device, of: &str) {
    tell(&format!("{of}.get_blocksize"), device.get(REQUEST_GET_BLOCKSIZE));
    tell_buffers(device, &format!("{of}.get_bufinfo"));
    let sizes = [100_000, 8193, 15, 8, 0, -1, 8192, 16];
    tell_each(device, &format!("{of}.set_blocksize"), REQUEST_SET_BLOCKSIZE, &sizes);
    let wanted =
        [(0, 160, 0), (1, 160, 0), (1000, 160, 0), (-1, 160, 0), (4, 15, 0), (4, 160, 7), (32, 1024, 0)];
    for (count, size, policy) in wanted {
        let mut buffers = dahdi_bufferinfo::zeroed();
        (buffers.numbufs, buffers.bufsize) = (count, size);
        (buffers.txbufpolicy, buffers.rxbufpolicy) = (policy, policy);
        let name = format!("{of}.set_bufinfo({count}x{size},{policy})");
        let answer = device.ask(REQUEST_SET_BUFINFO, &mut buffers);
        tell(&name, answer);
        tell_buffers(device, &format!("{name}.then"));
    }
}

/// Requests of one channel that take a number or give one.
fn tell_requests(device: &Device, of: &str) {
    let name = |what: &str| format!("{of}.{what}");
    tell_each(device, &name("specify"), REQUEST_SPECIFY, &[1]);
    tell(&name("getevent"), device.get(REQUEST_GETEVENT));
    tell(&name("dialing"), device.get(REQUEST_DIALING));
    tell(&name("getrxbits"), device.get(REQUEST_GETRXBITS).map(|_| "ok"));
    tell_each(device, &name("settxbits"), REQUEST_SETTXBITS, &[9]);
    tell(&name("getsigfreeze"), device.get(REQUEST_GETSIGFREEZE));
    tell_each(device, &name("setsigfreeze"), REQUEST_SETSIGFREEZE, &[0]);
    tell_each(device, &name("hook"), REQUEST_HOOK, &[0, 1, 99]);
    tell_each(device, &name("hdlc_rate"), REQUEST_HDLC_RATE, &[64]);
    tell_each(device, &name("buffer_events"), REQUEST_BUFFER_EVENTS, &[0]);
    tell_each(device, &name("loopback"), REQUEST_LOOPBACK, &[0]);
    tell_each(device, &name("setlinear.before"), REQUEST_SETLINEAR, &[0]);
    tell(&name("getgains.before"), device.ask(REQUEST_GETGAINS, &mut dahdi_gains::zeroed()));
    tell(&name("getconf.before"), device.ask(REQUEST_GETCONF, &mut dahdi_confinfo::zeroed()));
    tell(&name("getconfmute.before"), device.get(REQUEST_GETCONFMUTE));
    tell_each(device, &name("echocancel.before"), REQUEST_ECHOCANCEL, &[0, 1, 128]);
    tell_each(device, &name("audiomode"), REQUEST_AUDIOMODE, &[1]);
    tell_each(device, &name("setlinear"), REQUEST_SETLINEAR, &[1, 0]);
    tell(&name("getgains"), device.ask(REQUEST_GETGAINS, &mut dahdi_gains::zeroed()));
    tell(&name("getconf"), device.ask(REQUEST_GETCONF, &mut dahdi_confinfo::zeroed()));
    tell(&name("getconfmute"), device.get(REQUEST_GETCONFMUTE));
    tell_each(device, &name("echocancel"), REQUEST_ECHOCANCEL, &[0, 1, 128, 9999, -1]);
    tell_each(device, &name("setlaw"), REQUEST_SETLAW, &[0, 1, 2, 3, -1]);
    tell_each(device, &name("settonezone"), REQUEST_SETTONEZONE, &[99]);
    tell_each(device, &name("sendtone"), REQUEST_SENDTONE, &[-1, 99]);
    tell_each(device, &name("flush"), REQUEST_FLUSH, &[0, 1, 2, 4, 7, 99]);
    tell(&name("getevent.again"), device.get(REQUEST_GETEVENT));
    tell(&name("spanstat"), spanstat_of_own(device));
    tell(&name("params"), params_of_own(device));
    tell(&name("write_nothing"), device.write(&[]));
    tell(&name("read_nothing"), device.read(&mut []));
    tell_each(device, &name("audiomode"), REQUEST_AUDIOMODE, &[0]);
    tell_each(device, &name("hdlcraw"), REQUEST_HDLCRAWMODE, &[0]);
    tell_each(device, &name("hdlcfcs"), REQUEST_HDLCFCSMODE, &[0]);
}

fn spanstat_of_own(device: &Device) -> Result<i32, Errno> {
    let mut info = dahdi_spaninfo::zeroed();
    device.ask(REQUEST_SPANSTAT, &mut info).map(|_| info.spanno)
}

fn params_of_own(device: &Device) -> Result<String, Errno> {
    let mut params = dahdi_params::zeroed();
    device.ask(REQUEST_GET_PARAMS, &mut params)?;
    let dahdi_params { channo, spanno, chanpos, sigtype, rxhooksig, txhooksig, .. } = params;
    Ok(format!(
        "channel={channo} span={spanno} place={chanpos} sig={sigtype:#x} hooks={rxhooksig},{txhooksig} law={}",
        params.curlaw
    ))
}

/// Channels 1 clear, 2 of bits, 16 of frames, 3 of nothing; all others as they were left.
pub(crate) fn of_configured_channels() -> Result<(), Errno> {
    let control = Device::open(CONTROL)?;
    let kinds = [(1, DAHDI_SIG_CLEAR), (2, DAHDI_SIG_CAS), (16, DAHDI_SIG_HDLCFCS), (3, DAHDI_SIG_NONE)];
    for (number, sig) in kinds {
        let mut channel = dahdi_chanconfig::zeroed();
        (channel.chan, channel.master, channel.sigtype) = (number, number, sig as i32);
        tell(&format!("ctl.chanconfig({number},{sig:#x})"), control.ask(REQUEST_CHANCONFIG, &mut channel));
    }
    tell("none.specify", Device::channel(3).map(|_| "ok"));
    for (number, of) in [(1, "clear"), (2, "cas"), (16, "hdlc")] {
        let device = Device::channel(number)?;
        tell(&format!("{of}.channo"), device.get(REQUEST_CHANNO));
        tell(&format!("{of}.specify_by_another"), Device::channel(number).map(|_| "ok"));
        tell_requests(&device, of);
        tell_blocks(&device, of);
        tell_unknown(&device, of);
        drop(device);
        // A device that is closed leaves the channel to the next.
        tell(&format!("{of}.specify_again"), Device::channel(number).map(|_| "ok"));
    }
    Ok(())
}
