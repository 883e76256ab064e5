//! Adaptive clock recovery: the far end's clock from the times at which its packets arrive.
//!
//! The far end sends a packet each packet time of its own clock; the network adds a delay that varies. Arrival times less
//! nominal times, averaged over blocks of about a second, lie on a line whose slope is the difference of the clocks, and which
//! least squares finds in the blocks of the last two minutes. What the averages stray from that line is wander. A lasting
//! step of the delay (another way through the network) is taken out of the earlier blocks, so that it makes no frequency.
//!
//! All arithmetic is in integers and in one order: equal arrivals give equal clocks.

/// The length of a packet in time, as a fraction of nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketTime {
    /// Nanoseconds in [`PacketTime::packets`].
    nanoseconds: u64,
    packets: u64,
}

impl PacketTime {
    /// So many bits at so many bits a second; a packet with no bits or at no rate lasts a nanosecond.
    #[must_use]
    pub const fn of(bits: u64, rate: u64) -> Self {
        if bits == 0 || rate == 0 {
            return Self { nanoseconds: 1, packets: 1 };
        }
        Self { nanoseconds: bits * NS_PER_SECOND, packets: rate }
    }

    /// So many packets, rounded down.
    const fn times(self, packets: u64) -> i64 {
        ((packets as u128 * self.nanoseconds as u128) / self.packets as u128) as i64
    }

    /// The packets of about a second.
    const fn in_a_second(self) -> u64 {
        let count = (NS_PER_SECOND * self.packets).div_ceil(self.nanoseconds);
        if count == 0 { 1 } else { count }
    }
}

/// What is known of the far end's clock.
#[derive(Debug)]
pub struct ClockRecovery {
    packet_time: PacketTime,
    block_packets: u64,
    stream: Option<Stream>,
    line: Line,
    estimate: Estimate,
}

/// The far end's clock beside ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// How much faster it is, in parts per thousand million; negative if it is slower.
    pub ppb: i32,
    /// How many blocks, of about a second each, it is known from; 0 while it is not known.
    pub blocks: u32,
    /// The greatest distance between two block averages, measured from the line, in nanoseconds: the wander of the last two
    /// minutes, and the network's.
    pub wander_ns: u64,
}

/// A stream of packets without a break in their numbering.
#[derive(Debug)]
struct Stream {
    /// When its first packet arrived.
    origin_ns: u64,
    newest: u16,
    /// Number of the newest packet in this stream, which begins with 0.
    number: u64,
    block: Block,
}

/// Arrivals of a block.
#[derive(Debug)]
struct Block {
    /// Number of its first packet, and the time of it by the nominal clock.
    first: u64,
    nominal_ns: i64,
    sum_ns: i64,
    count: u64,
}

impl ClockRecovery {
    /// For packets of this length.
    #[must_use]
    pub const fn new(packet_time: PacketTime) -> Self {
        Self {
            packet_time,
            block_packets: packet_time.in_a_second(),
            stream: None,
            line: Line::new(),
            estimate: Estimate { ppb: 0, blocks: 0, wander_ns: 0 },
        }
    }

    /// What is known now.
    #[must_use]
    pub const fn estimate(&self) -> Estimate {
        self.estimate
    }

    /// The numbering of the packets begins anew: what is known stays, and arrivals so far say nothing of those that follow.
    pub const fn restart(&mut self) {
        self.stream = None;
        self.line.break_off();
    }

    /// A packet arrived, for the first time. Those that are lost or come late are no harm; copies are not to be noted.
    pub fn note(&mut self, sequence: u16, at_ns: u64) {
        let time = self.packet_time;
        let Some(stream) = &mut self.stream else {
            let block = Block { first: 0, nominal_ns: 0, sum_ns: 0, count: 1 };
            self.stream = Some(Stream { origin_ns: at_ns, newest: sequence, number: 0, block });
            return;
        };
        let step = i64::from(sequence.wrapping_sub(stream.newest).cast_signed());
        let Some(number) = stream.number.checked_add_signed(step) else { return };
        if step > 0 {
            (stream.newest, stream.number) = (sequence, number);
        }
        if number >= stream.block.first + self.block_packets {
            let full = stream.block.average(self.block_packets);
            let blocks = number / self.block_packets;
            let passed = blocks - stream.block.first / self.block_packets;
            let first = blocks * self.block_packets;
            stream.block = Block { first, nominal_ns: time.times(first), sum_ns: 0, count: 0 };
            self.line.add(full, passed);
            self.estimate = self.line.fit(time.times(self.block_packets), self.estimate);
        }
        // A packet of a block that is over has no part in this one.
        let Some(place) = number.checked_sub(stream.block.first) else { return };
        let nominal_ns = stream.block.nominal_ns + time.times(place);
        let arrived_ns = at_ns.wrapping_sub(stream.origin_ns).cast_signed();
        stream.block.sum_ns = stream.block.sum_ns.saturating_add(arrived_ns.saturating_sub(nominal_ns));
        stream.block.count += 1;
    }
}

impl Block {
    /// The average delay of its packets beyond the first packet's; none if half of them are missing.
    const fn average(&self, packets: u64) -> Option<i64> {
        if 2 * self.count < packets { None } else { Some(self.sum_ns / self.count as i64) }
    }
}

/// The averages of the last blocks.
#[derive(Debug)]
struct Line {
    /// Number of the block, and its average in nanoseconds; the oldest is overwritten.
    points: [(i64, i64); WINDOW],
    count: usize,
    /// Where the next one goes.
    place: usize,
    /// Number of the newest block.
    number: i64,
    course: Course,
}

/// How averages continue those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Steady,
    /// The last average was far from the line, and left out.
    Stepped,
    /// The next average has no relation to those before.
    Broken,
}

impl Line {
    const fn new() -> Self {
        Self { points: [(0, 0); WINDOW], count: 0, place: 0, number: 0, course: Course::Steady }
    }

    const fn break_off(&mut self) {
        if self.count > 0 {
            self.course = Course::Broken;
        }
    }

    fn points(&self) -> &[(i64, i64)] {
        &self.points[..self.count]
    }

    /// Takes the average of a block that ended; the next block is so many further.
    fn add(&mut self, average: Option<i64>, passed: u64) {
        let number = self.number;
        self.number += passed.min(MOST_PASSED).cast_signed();
        let Some(average) = average else { return };
        let off = average.saturating_sub(self.expected(number).unwrap_or(average));
        match self.course {
            Course::Steady if off.unsigned_abs() > STEP_NS => {
                self.course = Course::Stepped;
                return;
            }
            Course::Stepped if off.unsigned_abs() > STEP_NS => self.shift(off),
            Course::Broken => self.shift(off),
            Course::Steady | Course::Stepped => {}
        }
        self.course = Course::Steady;
        self.points[self.place] = (number, average);
        self.place = (self.place + 1) % WINDOW;
        self.count = (self.count + 1).min(WINDOW);
    }

    fn shift(&mut self, by: i64) {
        for (_, average) in &mut self.points[..self.count] {
            *average = average.saturating_add(by);
        }
    }

    /// Where the line is at a block: level as long as too few blocks are known.
    fn expected(&self, number: i64) -> Option<i64> {
        let sums = self.sums()?;
        Some(if self.count < LEAST_BLOCKS { sums.level() } else { sums.height(number) })
    }

    fn sums(&self) -> Option<Sums> {
        let (origin_x, origin_y) = *self.points().first()?;
        let mut sums = Sums { count: self.count as i128, origin_x, origin_y, ..Sums::default() };
        for (x, y) in self.points() {
            let (x, y) = (i128::from(x - origin_x), i128::from(*y) - i128::from(origin_y));
            sums.x += x;
            sums.y += y;
            sums.xx += x * x;
            sums.xy += x * y;
        }
        Some(sums)
    }

    /// The clock by these averages; what was known before while they are too few.
    fn fit(&self, block_ns: i64, before: Estimate) -> Estimate {
        let Some(sums) = self.sums() else { return before };
        if self.count < LEAST_BLOCKS {
            return before;
        }
        let off = |(x, y): &(i64, i64)| y.saturating_sub(sums.height(*x));
        let (least, most) = self
            .points()
            .iter()
            .map(off)
            .fold((i64::MAX, i64::MIN), |(least, most), off| (least.min(off), most.max(off)));
        // Packets of a faster clock come earlier and earlier.
        let ppb = -sums.slope(NS_PER_SECOND.cast_signed().into(), block_ns.into());
        Estimate {
            ppb: ppb.clamp(-MOST_PPB, MOST_PPB) as i32,
            blocks: self.count as u32,
            wander_ns: most.abs_diff(least),
        }
    }
}

/// Sums of least squares, with the first point as the origin.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    count: i128,
    origin_x: i64,
    origin_y: i64,
    x: i128,
    y: i128,
    xx: i128,
    xy: i128,
}

impl Sums {
    /// `factor` times the slope, over `divisor`.
    fn slope(&self, factor: i128, divisor: i128) -> i128 {
        let below = (self.count * self.xx - self.x * self.x) * divisor;
        if below == 0 { 0 } else { (self.count * self.xy - self.x * self.y) * factor / below }
    }

    /// The average of the averages.
    fn level(&self) -> i64 {
        self.origin_y.saturating_add((self.y / self.count) as i64)
    }

    /// Where the line is at `x`.
    fn height(&self, x: i64) -> i64 {
        let rise = self.slope(i128::from(x - self.origin_x) * self.count - self.x, self.count);
        self.level().saturating_add(rise as i64)
    }
}

const NS_PER_SECOND: u64 = 1_000_000_000;
/// Blocks in the line.
const WINDOW: usize = 128;
/// Fewer blocks give no frequency: the jitter of the averages would be greater than what clocks differ by.
const LEAST_BLOCKS: usize = 4;
/// Averages further from the line than this are another way through the network.
const STEP_NS: u64 = 1_000_000;
/// No clock of a trunk is further off (T1 of old equipment: 130 ppm).
const MOST_PPB: i128 = 200_000;
/// Blocks without packets are counted as no more than these.
const MOST_PASSED: u64 = 2 * WINDOW as u64;

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets of a millisecond from a clock that is `ppm` off, delayed by `delay(n)` nanoseconds.
    fn run(
        recovery: &mut ClockRecovery,
        packets: std::ops::Range<u64>,
        ppm: i64,
        delay: impl Fn(u64) -> u64,
    ) {
        for number in packets {
            let sent = number as i64 * 1_000_000 - number as i64 * ppm;
            recovery.note(number as u16, 1_000_000_000 + sent as u64 + delay(number));
        }
    }

    fn e1() -> ClockRecovery {
        ClockRecovery::new(PacketTime::of(2048, 2_048_000))
    }

    #[test]
    fn without_jitter_the_clock_is_known_to_a_part_in_a_thousand_million() {
        for ppm in [-130, -50, -1, 0, 1, 50, 130] {
            let mut recovery = e1();
            run(&mut recovery, 0..10_001, ppm, |_| 5_000_000);
            let Estimate { ppb, blocks, wander_ns } = recovery.estimate();
            assert_eq!(blocks, 10);
            assert!((i64::from(ppb) - 1000 * ppm).abs() <= 20, "{ppm} ppm: {ppb} ppb");
            assert!(wander_ns <= 2, "{wander_ns}");
        }
    }

    #[test]
    fn nothing_is_said_of_a_clock_before_four_seconds() {
        let mut recovery = e1();
        run(&mut recovery, 0..4000, 50, |_| 0);
        assert_eq!(recovery.estimate(), Estimate::default());
        run(&mut recovery, 4000..4001, 50, |_| 0);
        assert_eq!(recovery.estimate().blocks, 4);
    }

    #[test]
    fn packets_of_a_t1_have_no_whole_number_of_nanoseconds() {
        let time = PacketTime::of(192 * 8, 1_544_000);
        assert_eq!(time.times(1), 994_818);
        assert_eq!(time.times(1_544_000), 1_536_000_000_000);
        assert_eq!(time.in_a_second(), 1006);
    }

    #[test]
    fn another_way_through_the_network_is_no_other_clock() {
        let mut recovery = e1();
        run(&mut recovery, 0..60_500, 20, |_| 1_000_000);
        run(&mut recovery, 60_500..120_001, 20, |_| 9_000_000);
        let Estimate { ppb, wander_ns, .. } = recovery.estimate();
        assert!((ppb - 20_000).abs() < 100, "{ppb}");
        assert!(wander_ns < 10_000, "{wander_ns}");
    }

    #[test]
    fn a_far_end_that_begins_anew_keeps_its_clock() {
        let mut recovery = e1();
        run(&mut recovery, 0..60_001, -35, |_| 1_000_000);
        let before = recovery.estimate();
        recovery.restart();
        run(&mut recovery, 90_000..91_500, -35, |_| 7_000_000);
        assert!((recovery.estimate().ppb - before.ppb).abs() < 100, "{:?}", recovery.estimate());
        run(&mut recovery, 91_500..150_000, -35, |_| 7_000_000);
        assert!((recovery.estimate().ppb + 35_000).abs() < 100, "{:?}", recovery.estimate());
    }

    #[test]
    fn wander_is_what_the_delay_strays_from_the_line() {
        let mut recovery = e1();
        // 100 µs up and down in a minute.
        let wander = |number: u64| {
            let phase = number % 60_000;
            if phase < 30_000 { phase * 100 / 30 } else { (60_000 - phase) * 100 / 30 }
        };
        run(&mut recovery, 0..120_001, 0, |number| 1_000_000 + wander(number));
        let wander_ns = recovery.estimate().wander_ns;
        assert!((90_000..=110_000).contains(&wander_ns), "{wander_ns}");
    }

    #[test]
    fn no_arrivals_however_absurd_are_more_than_a_wrong_estimate() {
        let mut recovery = e1();
        let mut word = 1_u64;
        for round in 0..200_000_u64 {
            word = word.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            let sequence = if round % 3 == 0 { (word >> 48) as u16 } else { round as u16 };
            recovery.note(sequence, if round % 7 == 0 { word } else { round });
            if round % 5000 == 0 {
                recovery.restart();
            }
            assert!(recovery.estimate().ppb.unsigned_abs() <= 200_000);
        }
    }
}
