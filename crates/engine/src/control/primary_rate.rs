//! A primary rate access in an engine: its D channels as frames of the switch, its channels as slots.
use super::trace::Trace;
use crate::config::{AccessPlan, SpanSection};
use crate::event::CallId;
use std::collections::BTreeMap;
use tandem_isdn::Side;
use tandem_isdn::access::Access;
use tandem_isdn::profile::ChannelNumbering;
use tandem_isdn::q921::{DataLink, LinkCounters, LinkParameters};
use tandem_isdn::q931::element::Location;
use tandem_isdn::q931::{self, BChannel, Interface, LinkId, LinkService, RestartScope};
use tandem_rt::LONGEST_FRAME;
use tandem_switch::HdlcChannel;
use tandem_switch::link::SlotId;
use tandem_types::{FrameTime, SignalledChannel, SpanIndex, Timeslot};

/// The signalling of one span, or of several that share a D channel.
pub(super) struct PrimaryRate {
    pub(super) access: Access,
    pub(super) d_channels: Vec<DChannelLine>,
    /// The spans and which interface each is, that of the primary D channel first.
    pub(super) members: Vec<(usize, u8)>,
    /// Calls of the engine by those of layer 3.
    pub(super) calls: BTreeMap<q931::CallId, CallId>,
    numbering: ChannelNumbering,
    /// Texts go from the network to the user (Q.931 §4.5.16), and both ways between equals.
    pub(super) may_display: bool,
    pub(super) display_codeset: u8,
    /// Numbers may come and go digit by digit.
    pub(super) overlap: bool,
    /// Where what this end says comes from.
    pub(super) location: Location,
    /// The channels are still to be restarted, when the link first comes up.
    pub(super) restart: bool,
    /// The host is still to be told that the link is up, by then at the latest.
    pub(super) tell_up_by: Option<FrameTime>,
    /// The host has been told so.
    pub(super) told_up: bool,
}

/// A D channel and the span that it is on.
pub(super) struct DChannelLine {
    pub(super) id: LinkId,
    pub(super) span: usize,
    pub(super) frames: HdlcChannel,
    pub(super) trace: Trace,
    /// The host has been told that what we send on it comes back.
    pub(super) told_looped: bool,
}

impl PrimaryRate {
    /// Asks for the data links from the first step on. `frames` are those of the D channels, in their order.
    pub(super) fn new(
        plan: AccessPlan,
        spans: &[SpanSection],
        frames: Vec<HdlcChannel>,
        link: LinkParameters,
    ) -> Result<Self, q931::ConfigError> {
        let config = plan.interface(spans);
        let (side, profile) = (config.side, config.profile);
        let lines = plan.d_channels.iter().zip(frames).zip(0..);
        let line = |((span, frames), id): ((&usize, HdlcChannel), u8)| DChannelLine {
            id: LinkId(id),
            span: *span,
            frames,
            trace: Trace::new(side),
            told_looped: false,
        };
        let d_channels = lines.map(line).collect();
        let links: Vec<LinkId> = config.links.iter().map(|link| link.id).collect();
        let mut access = Access::new(config, link)?;
        links.into_iter().for_each(|link| access.interface_mut().establish(link));
        Ok(Self {
            access,
            d_channels,
            members: plan.members,
            calls: BTreeMap::new(),
            numbering: profile.numbering,
            may_display: side == Side::Network || profile.symmetric,
            display_codeset: profile.display_codeset,
            overlap: profile.overlap,
            location: profile.location(side),
            restart: spans[plan.d_channels[0]].pri.restart,
            tell_up_by: None,
            told_up: false,
        })
    }

    pub(super) const fn interface(&self) -> &Interface {
        self.access.interface()
    }

    pub(super) const fn interface_mut(&mut self) -> &mut Interface {
        self.access.interface_mut()
    }

    /// The D channel on a span.
    pub(super) fn line(&self, span: usize) -> Option<&DChannelLine> {
        self.d_channels.iter().find(|line| line.span == span)
    }

    pub(super) fn link_counters(&self, line: &DChannelLine) -> Option<&LinkCounters> {
        self.access.link(line.id).map(DataLink::counters)
    }

    pub(super) fn link_service(&self, line: &DChannelLine) -> Option<LinkService> {
        self.interface().link_service(line.id)
    }

    pub(super) fn poll_timeout(&self) -> Option<FrameTime> {
        super::earliest([self.access.poll_timeout(), self.tell_up_by])
    }

    /// Takes what has been received, lets happen what is due, and sends what there is to send.
    pub(super) fn exchange(&mut self, now: FrameTime) {
        let Self { access, d_channels, .. } = self;
        let mut frame = [0; LONGEST_FRAME];
        for line in &mut *d_channels {
            while let Some((at, length)) = line.frames.receive(&mut frame) {
                line.trace.note(at, false, &frame[..length]);
                access.handle_frame(now, line.id, &frame[..length]);
            }
        }
        if access.poll_timeout().is_some_and(|due| due <= now) {
            access.handle_timeout(now);
        }
        self.send(now);
    }

    pub(super) fn send(&mut self, now: FrameTime) {
        let Self { access, d_channels, .. } = self;
        for line in d_channels {
            while let Some(frame) = access.poll_transmit(now, line.id) {
                // What finds no room is sent again by the link.
                if line.frames.send(now, frame) {
                    line.trace.note(now, true, frame);
                }
            }
        }
    }

    /// What the far end keeps of calls that we know nothing of is over (Q.931 §5.5).
    pub(super) fn restart_all(&mut self, now: FrameTime) {
        for channel in self.channels() {
            // Not every switch has RESTART.
            let _ = self.interface_mut().restart(now, RestartScope::Channel(channel));
        }
    }

    pub(super) fn is_restarting(&self) -> bool {
        let mut services =
            self.channels().into_iter().filter_map(|channel| self.interface().channel_service(channel));
        services.any(|service| service == q931::ChannelService::Restarting)
    }

    /// Keeps a slot from all calls, or no longer.
    pub(super) fn reserve(&mut self, place: SlotId, reserved: bool) {
        if let Some(channel) = self.channel(place) {
            // It is a channel of the interface.
            let _ = self.interface_mut().reserve(channel, reserved);
        }
    }

    fn channels(&self) -> Vec<BChannel> {
        let of_member = |(span, _): &(usize, u8)| {
            let span = SpanIndex(*span as u16);
            (0..32).filter_map(Timeslot::new).map(move |slot| SlotId { span, slot })
        };
        let places: Vec<SlotId> = self.members.iter().flat_map(of_member).collect();
        let known = |channel: &BChannel| self.interface().channel_service(*channel).is_some();
        places.into_iter().filter_map(|place| self.channel(place)).filter(known).collect()
    }

    pub(super) fn channel(&self, place: SlotId) -> Option<BChannel> {
        let (_, interface) = self.members.iter().find(|(span, _)| *span == usize::from(place.span.0))?;
        let is_it =
            |number: &u8| self.numbering.timeslot(SignalledChannel(u16::from(*number))) == Some(place.slot);
        (0..128).find(is_it).map(|number| BChannel::new(*interface, number))
    }

    pub(super) fn slot(&self, channel: BChannel) -> Option<SlotId> {
        let (span, _) = self.members.iter().find(|(_, interface)| *interface == channel.interface)?;
        let slot = self.numbering.timeslot(SignalledChannel(channel.number.0))?;
        Some(SlotId { span: SpanIndex(*span as u16), slot })
    }
}
