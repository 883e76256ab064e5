//! Requests of devices, and the errors that the driver has for them.
//!
//! `data` is what the request takes, at least as long as its code says, and then what it gives.
use crate::board::{Board, Device, FIRST_PSEUDO};
use crate::channel::{CHUNK, Channel};
use crate::errno::{EFAULT, EINVAL, ENODATA, ENODEV, ENOSYS, ENOTTY, ENXIO};
use crate::monitor::Monitor;
use crate::span::Span;
use tandem_card::dahdi::abi::*;
use tandem_rt::sys::Errno;
use tandem_types::{Abcd, Law};

impl Board {
    /// Makes a request of a device. What `data` has of it afterwards goes back to the program.
    pub fn control(&mut self, id: u64, code: u32, data: &mut Vec<u8>) -> Result<(), Errno> {
        let result = match self.devices.get(&id) {
            _ if code >> 8 & 0xff != DAHDI_CODE => Err(ENOTTY),
            _ if data.len() < size_of_request(code) => Err(EFAULT),
            None => Err(ENODEV),
            Some(Device::Control) => self.control_request(code, data),
            Some(Device::Unspecified) => self.specify(id, code, data),
            Some(Device::Timer(_)) => self.timer_request(id, code, data),
            Some(Device::Channel(number)) => self.channel_request(*number, code, data),
        };
        let given = match code {
            _ if result.is_err() => 0,
            REQUEST_INDIRECT => data.len(),
            _ if code & GIVES != 0 => size_of_request(code),
            _ => 0,
        };
        data.truncate(given);
        result
    }

    fn specify(&mut self, id: u64, code: u32, data: &[u8]) -> Result<(), Errno> {
        if code != REQUEST_SPECIFY {
            return Err(ENOSYS);
        }
        let number = value(data)?;
        if !self.channels.contains_key(&number) {
            return Err(EINVAL);
        }
        self.open_channel(number, id)?;
        self.devices.insert(id, Device::Channel(number));
        Ok(())
    }

    fn timer_request(&mut self, id: u64, code: u32, data: &mut [u8]) -> Result<(), Errno> {
        let Some(Device::Timer(timer)) = self.devices.get_mut(&id) else { return Err(ENODEV) };
        match code {
            REQUEST_TIMERCONFIG => timer.configure(value(data)?),
            REQUEST_TIMERACK => timer.acknowledge(value(data)?),
            REQUEST_GETEVENT => give(data, timer.event() as i32),
            REQUEST_TIMERPING => timer.set_ping(true),
            REQUEST_TIMERPONG => timer.set_ping(false),
            _ => return Err(ENOTTY),
        }
        Ok(())
    }

    fn control_request(&mut self, code: u32, data: &mut Vec<u8>) -> Result<(), Errno> {
        match code {
            REQUEST_SPANCONFIG => {
                let line = dahdi_lineconfig::from_octets(data).ok_or(EFAULT)?;
                let span = self.span_index(line.span).ok_or(ENXIO)?;
                self.spans[span].configure(&line)
            }
            REQUEST_STARTUP => {
                let span = self.span_index(value(data)?).ok_or(ENXIO)?;
                // What the card cannot do was found out too late for a better error.
                self.start_span(span).map_err(|_| EINVAL)
            }
            REQUEST_SHUTDOWN => {
                let span = self.span_index(value(data)?).ok_or(ENXIO)?;
                self.spans[span].running = false;
                let Span { first_channel, .. } = self.spans[span];
                let count = self.spans[span].channels();
                for (_, channel) in self.channels.range_mut(first_channel..first_channel + count) {
                    channel.sig = 0;
                }
                Ok(())
            }
            REQUEST_CHANCONFIG => self.configure_channel(data),
            REQUEST_ATTACH_ECHOCAN => {
                let attach = dahdi_attach_echocan::from_octets(data).ok_or(EFAULT)?;
                let known = self.channels.contains_key(&attach.chan);
                // There are no echo cancellers but the one that does nothing.
                let name = text(&attach.echocan);
                if known && name.is_empty() { Ok(()) } else { Err(EINVAL) }
            }
            REQUEST_DEFAULTZONE => {
                let zone = value(data)?;
                if self.zones.has(zone) { Ok(()) } else { Err(EINVAL) }
            }
            REQUEST_LOADZONE => self.zones.load(data),
            REQUEST_FREEZONE => {
                self.zones.free(value(data)?);
                Ok(())
            }
            REQUEST_SET_DIALPARAMS => {
                let wanted = dahdi_dialparams::from_octets(data).ok_or(EFAULT)?;
                let lengths = [wanted.mfv1_tonelen, wanted.dtmf_tonelen, wanted.mfr2_tonelen];
                for (length, wanted) in self.dialling.iter_mut().zip(lengths) {
                    if (10..=4000).contains(&wanted) {
                        *length = wanted;
                    }
                }
                Ok(())
            }
            REQUEST_GET_DIALPARAMS => {
                for (place, length) in data.as_chunks_mut::<4>().0.iter_mut().zip(self.dialling) {
                    *place = length.to_ne_bytes();
                }
                Ok(())
            }
            REQUEST_GETVERSION => {
                let mut version = dahdi_versioninfo::zeroed();
                set_text(&mut version.version, concat!("tandem-", env!("CARGO_PKG_VERSION")));
                put(data, &version);
                Ok(())
            }
            REQUEST_MAINT => self.maintain(data),
            REQUEST_DYNAMIC_CREATE | REQUEST_DYNAMIC_DESTROY => Err(ENOSYS),
            REQUEST_INDIRECT => self.indirect(data),
            _ => self.common_request(None, code, data),
        }
    }

    /// A request of a channel by its number: those of the channel and of the request, then what it takes.
    fn indirect(&mut self, data: &mut Vec<u8>) -> Result<(), Errno> {
        let (channel, code) = (value(data)?, value(data.get(4..).ok_or(EFAULT)?)? as u32);
        if !self.channels.contains_key(&channel) {
            return Err(EINVAL);
        }
        let mut inner = data.split_off(16.min(data.len()));
        if inner.len() < size_of_request(code) || code == REQUEST_INDIRECT {
            return Err(EFAULT);
        }
        self.channel_request(channel, code, &mut inner)?;
        inner.truncate(if code & GIVES == 0 { 0 } else { size_of_request(code) });
        *data = inner;
        Ok(())
    }

    fn maintain(&mut self, data: &[u8]) -> Result<(), Errno> {
        let wanted = dahdi_maintinfo::from_octets(data).ok_or(EFAULT)?;
        let span = self.span_index(wanted.spanno).ok_or(EINVAL)?;
        let span = &mut self.spans[span];
        let board = &mut self.cards[span.card];
        let order = span.maintain(wanted.command as u32, &board.card.info().abilities)?;
        if let Some(order) = order
            && board.orders.len() < MOST_ORDERS
        {
            board.orders.push((span.port, order));
        }
        Ok(())
    }

    fn configure_channel(&mut self, data: &mut [u8]) -> Result<(), Errno> {
        let wanted = dahdi_chanconfig::from_octets(data).ok_or(EFAULT)?;
        let usual = self
            .channels
            .get(&wanted.chan)
            .and_then(|channel| channel.place)
            .map(|(span, _)| self.spans[span].law())
            .ok_or(EINVAL)?;
        // A channel whose octets another has makes one fast stream of both; there is none here.
        if wanted.sigtype as u32 & DAHDI_SIG_CLEAR != 0 && wanted.master != wanted.chan && wanted.master != 0
        {
            return Err(EINVAL);
        }
        let law = law_of(wanted.deflaw, usual).ok_or(EINVAL)?;
        let channel = self.channels.get_mut(&wanted.chan).ok_or(EINVAL)?;
        channel.configure(wanted.sigtype as u32, wanted.idlebits, law)
    }

    fn span_index(&self, number: i32) -> Option<usize> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        (index < self.spans.len()).then_some(index)
    }

    /// What can be asked by way of any device. `own` is its channel.
    fn common_request(&mut self, own: Option<i32>, code: u32, data: &mut [u8]) -> Result<(), Errno> {
        match code {
            REQUEST_GET_PARAMS | REQUEST_GET_PARAMS_V1 => self.get_params(own, data),
            REQUEST_SET_PARAMS => {
                let wanted = dahdi_params::from_octets(data).ok_or(EFAULT)?;
                let channel = self.channels.get_mut(&own.unwrap_or(wanted.channo)).ok_or(EINVAL)?;
                channel.times = times_of(&wanted);
                Ok(())
            }
            REQUEST_GETGAINS | REQUEST_GETGAINS_V1 | REQUEST_SETGAINS => {
                let mut gains = dahdi_gains::from_octets(data).ok_or(EFAULT)?;
                let number = if gains.chan == 0 { own.unwrap_or(0) } else { gains.chan };
                let channel = self.channels.get_mut(&number).ok_or(EINVAL)?;
                if !channel.audio {
                    return Err(EINVAL);
                }
                if code == REQUEST_SETGAINS {
                    channel.gains = Some(Box::new([gains.rxgain, gains.txgain]));
                    return Ok(());
                }
                gains.chan = number;
                let unchanged = std::array::from_fn(|octet| octet as u8);
                [gains.rxgain, gains.txgain] = channel.gains.as_deref().copied().unwrap_or([unchanged; 2]);
                put(data, &gains);
                Ok(())
            }
            REQUEST_SPANSTAT => self.span_status(own, data),
            REQUEST_CONFLINK => Err(ENOSYS),
            _ => Err(ENOTTY),
        }
    }

    fn span_status(&self, own: Option<i32>, data: &mut [u8]) -> Result<(), Errno> {
        let wanted = value(data)?;
        let index = if wanted == 0 {
            own.and_then(|number| self.channels.get(&number)?.place).map(|(span, _)| span)
        } else {
            self.span_index(wanted)
        };
        let index = index.ok_or(EINVAL)?;
        let span = &self.spans[index];
        let board = &self.cards[span.card];
        let configured = self.channels_of(index).filter(|channel| channel.sig != 0).count();
        let clock = board.clock().and_then(|port| {
            let mut spans = (1..).zip(&self.spans);
            spans.find(|(_, other)| other.card == span.card && other.port == port).map(|(number, _)| number)
        });
        let model = board.card.info().model;
        let (number, of) = (index as i32 + 1, self.spans.len() as i32);
        put(data, &span.info(number, of, clock.unwrap_or(0), configured as i32, model));
        Ok(())
    }

    fn get_params(&self, own: Option<i32>, data: &mut [u8]) -> Result<(), Errno> {
        let mut params = dahdi_params::from_octets(data).ok_or(EFAULT)?;
        let with_master = params.channo & WITH_MASTER != 0;
        let channel = self.channels.get(&own.unwrap_or(params.channo & !WITH_MASTER)).ok_or(EINVAL)?;
        params = dahdi_params::zeroed();
        params.channo = channel.number | if with_master { channel.number << 16 } else { 0 };
        params.sigtype = channel.sig as i32;
        (params.rxbits, params.txbits, params.rxhooksig, params.txhooksig) = (-1, -1, -1, -1);
        let name = match channel.place {
            Some((index, slot)) => {
                let span = &self.spans[index];
                (params.spanno, params.chanpos) = (index as i32 + 1, slot.number().into());
                params.sigcap = (DAHDI_SIG_CLEAR | DAHDI_SIG_HDLCFCS | DAHDI_SIG_CAS) as i32;
                params.chan_alarms = span.alarms;
                if channel.is_signalled() {
                    params.rxbits = channel.rx_bits.bits().into();
                    params.txbits = channel.tx_bits.bits().into();
                    params.idlebits = channel.idle_bits;
                }
                format!("TDM/{}/{}/{}", span.card, span.port, slot.number())
            }
            None => {
                (params.sigtype, params.chanpos) = (DAHDI_SIG_CLEAR as i32, 1);
                format!("Pseudo/{}", channel.number - FIRST_PSEUDO)
            }
        };
        set_text(&mut params.name, &name);
        params.curlaw = if channel.law == Law::A { DAHDI_LAW_ALAW } else { DAHDI_LAW_MULAW } as i32;
        set_times(&mut params, channel.times);
        put(data, &params);
        Ok(())
    }

    fn channel_request(&mut self, number: i32, code: u32, data: &mut [u8]) -> Result<(), Errno> {
        match code {
            REQUEST_SETCONF | REQUEST_SETCONF_V1 => return self.set_conference(number, data),
            REQUEST_GETCONF | REQUEST_GETCONF_V1 => return self.get_conference(number, data),
            _ => {}
        }
        let channel = self.channels.get_mut(&number).ok_or(ENODEV)?;
        match one_channel(channel, code, data) {
            Err(ENOTTY) => self.common_request(Some(number), code, data),
            result => result,
        }
    }

    fn set_conference(&mut self, own: i32, data: &mut [u8]) -> Result<(), Errno> {
        let mut wanted = dahdi_confinfo::from_octets(data).ok_or(EFAULT)?;
        let number = if wanted.chan == 0 { own } else { wanted.chan };
        let is_monitor = Monitor::new(0, wanted.confmode).is_some();
        let of_known = self.channels.contains_key(&wanted.confno);
        let channel = self.channels.get_mut(&number).ok_or(EINVAL)?;
        if !channel.audio || is_monitor && !of_known || (wanted.confno == 0) != (wanted.confmode == 0) {
            return Err(EINVAL);
        }
        channel.monitor = match wanted.confmode {
            0 => None,
            // There are no conferences, and only channels of no span hear others.
            mode => Some(Monitor::new(wanted.confno, mode).filter(|_| channel.is_pseudo()).ok_or(EINVAL)?),
        };
        wanted.chan = number;
        put(data, &wanted);
        Ok(())
    }

    fn get_conference(&mut self, own: i32, data: &mut [u8]) -> Result<(), Errno> {
        let mut info = dahdi_confinfo::from_octets(data).ok_or(EFAULT)?;
        info.chan = if info.chan == 0 { own } else { info.chan };
        let channel = self.channels.get(&info.chan).filter(|channel| channel.audio).ok_or(EINVAL)?;
        (info.confno, info.confmode) = channel.monitor.map_or((0, 0), |monitor| (monitor.of, monitor.mode));
        put(data, &info);
        Ok(())
    }
}

/// Requests that concern nothing but the channel. `Err(ENOTTY)` is none of these.
fn one_channel(channel: &mut Channel, code: u32, data: &mut [u8]) -> Result<(), Errno> {
    match code {
        REQUEST_GET_BLOCKSIZE => give(data, channel.received.size() as i32),
        REQUEST_SET_BLOCKSIZE => {
            let size = block_size(value(data)?)?;
            channel.set_blocks(size, channel.received.count());
        }
        REQUEST_GET_BUFINFO => put(
            data,
            &dahdi_bufferinfo {
                txbufpolicy: channel.policy,
                rxbufpolicy: DAHDI_POLICY_IMMEDIATE as i32,
                numbufs: channel.received.count() as i32,
                bufsize: channel.received.size() as i32,
                readbufs: -1,
                writebufs: -1,
            },
        ),
        REQUEST_SET_BUFINFO => {
            let wanted = dahdi_bufferinfo::from_octets(data).ok_or(EFAULT)?;
            let size = block_size(wanted.bufsize)?;
            if i64::from(wanted.bufsize) * i64::from(wanted.numbufs) > i64::from(DAHDI_MAX_BUF_SPACE) {
                return Err(EINVAL);
            }
            channel.policy = wanted.txbufpolicy & 3;
            channel.set_blocks(size, wanted.numbufs.max(0) as usize);
        }
        REQUEST_FLUSH => channel.flush(value(data)? as u32),
        REQUEST_SYNC if !channel.is_quiet() => return Err(Errno::AGAIN),
        REQUEST_SYNC => {}
        REQUEST_GETEVENT => give(data, channel.take_event()),
        REQUEST_CHANNO => give(data, channel.number),
        REQUEST_DIALING => give(data, 0),
        REQUEST_SETLAW => channel.law = law_of(value(data)?, channel.usual_law).ok_or(EINVAL)?,
        REQUEST_SETLINEAR if channel.audio => channel.linear = value(data)? != 0,
        REQUEST_CONFMUTE if channel.audio => channel.conference_muted = value(data)?,
        REQUEST_GETCONFMUTE if channel.audio => give(data, channel.conference_muted),
        REQUEST_SETLINEAR | REQUEST_CONFMUTE | REQUEST_GETCONFMUTE => return Err(EINVAL),
        REQUEST_GETTONEZONE => give(data, 0),
        // No tones are made here, and no channel has a zone of them.
        REQUEST_SETTONEZONE if value(data)? > 0 => return Err(ENODATA),
        REQUEST_SENDTONE | REQUEST_DIAL if value(data)? > 0 => return Err(EINVAL),
        REQUEST_SETTONEZONE | REQUEST_SENDTONE => {}
        _ if channel.is_pseudo() => return Err(ENOTTY),
        _ => return line_channel(channel, code, data),
    }
    Ok(())
}

/// Requests that only channels of a span have.
fn line_channel(channel: &mut Channel, code: u32, data: &mut [u8]) -> Result<(), Errno> {
    let is_plain = channel.sig == DAHDI_SIG_CLEAR;
    match code {
        REQUEST_AUDIOMODE | REQUEST_HDLCFCSMODE if !is_plain => return Err(EINVAL),
        REQUEST_AUDIOMODE => {
            channel.audio = value(data)? != 0;
            if channel.audio {
                channel.set_hdlc(false);
            } else {
                channel.gains = None;
            }
        }
        REQUEST_HDLCFCSMODE => {
            channel.audio = false;
            channel.set_hdlc(value(data)? != 0);
        }
        // Frames without a check sequence of ours are not to be had.
        REQUEST_HDLCRAWMODE if !is_plain || value(data)? != 0 => return Err(EINVAL),
        REQUEST_HDLCRAWMODE => {
            channel.audio = false;
            channel.set_hdlc(false);
        }
        REQUEST_BUFFER_EVENTS => channel.tells_losses = value(data)? != 0,
        REQUEST_HDLC_RATE => {
            channel.seven_bits = value(data)? == 56;
            channel.set_hdlc(channel.hdlc.is_some());
        }
        // No echo canceller is attached: there is nothing to be turned on or off, which the driver does not mind.
        REQUEST_ECHOCANCEL if channel.audio => {}
        REQUEST_ECHOCANCEL | REQUEST_ECHOCANCEL_PARAMS | REQUEST_ECHOTRAIN => return Err(EINVAL),
        REQUEST_SETTXBITS if channel.is_signalled() => channel.tx_bits = Abcd::new(value(data)? as u8 & 0xf),
        REQUEST_SETTXBITS => return Err(EINVAL),
        REQUEST_GETRXBITS => give(data, channel.rx_bits.bits().into()),
        REQUEST_SETSIGFREEZE => channel.frozen = value(data)? != 0,
        REQUEST_GETSIGFREEZE => give(data, channel.frozen.into()),
        REQUEST_LOOPBACK => channel.looped = value(data)? != 0,
        // Hooks are of signalling types that there are not here.
        REQUEST_HOOK => return Err(EINVAL),
        _ => return Err(ENOTTY),
    }
    Ok(())
}

fn block_size(size: i32) -> Result<usize, Errno> {
    let allowed = 2 * CHUNK as i32..=DAHDI_MAX_BLOCKSIZE as i32;
    if allowed.contains(&size) { Ok(size as usize) } else { Err(EINVAL) }
}

fn law_of(number: i32, usual: Law) -> Option<Law> {
    match u32::try_from(number).ok()? {
        DAHDI_LAW_DEFAULT => Some(usual),
        DAHDI_LAW_MULAW => Some(Law::Mu),
        DAHDI_LAW_ALAW => Some(Law::A),
        _ => None,
    }
}

const fn times_of(params: &dahdi_params) -> [i32; 11] {
    [
        params.prewinktime,
        params.preflashtime,
        params.winktime,
        params.flashtime,
        params.starttime,
        params.rxwinktime,
        params.rxflashtime,
        params.debouncetime,
        params.pulsebreaktime,
        params.pulsemaketime,
        params.pulseaftertime,
    ]
}

const fn set_times(params: &mut dahdi_params, times: [i32; 11]) {
    [
        params.prewinktime,
        params.preflashtime,
        params.winktime,
        params.flashtime,
        params.starttime,
        params.rxwinktime,
        params.rxflashtime,
        params.debouncetime,
        params.pulsebreaktime,
        params.pulsemaketime,
        params.pulseaftertime,
    ] = times;
}

/// How many octets a request passes, by its own code.
const fn size_of_request(code: u32) -> usize {
    (code >> 16 & 0x3fff) as usize
}

fn value(data: &[u8]) -> Result<i32, Errno> {
    i32::from_octets(data).ok_or(EFAULT)
}

fn give(data: &mut [u8], value: i32) {
    put(data, &value);
}

fn put<T: Plain>(data: &mut [u8], value: &T) {
    for (place, octet) in data.iter_mut().zip(value.octets()) {
        *place = *octet;
    }
}

/// The direction of requests that give something (`asm-generic/ioctl.h`).
const GIVES: u32 = 1 << 31;
/// Asks for the number of the master too, in the upper half of the channel's.
const WITH_MASTER: i32 = 0x4000_0000;
/// Orders that may wait for a millisecond.
const MOST_ORDERS: usize = 64;
