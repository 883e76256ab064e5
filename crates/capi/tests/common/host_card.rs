//! A card as a C host would write it: two spans that are each other's far end, frames and signalling bits alike.
//!
//! What is transmitted on one span in a granule is received on the other two granules later. What its functions were
//! told and how often is in [`Seen`]; [`Plan`] says what is wrong with it.
use std::ffi::{CStr, c_char, c_void};
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use tandem_bindings::*;

pub const GRANULE: usize = 8;
const OCTETS: usize = GRANULE * 32;
/// All bits of `TANDEM_CARD_`.
pub const EVERYTHING: u32 = 0x1fff;

/// What was asked of the cards of a plan.
#[derive(Default)]
pub struct Seen {
    pub made: AtomicU32,
    pub started: AtomicU32,
    pub stopped: AtomicU32,
    pub released: AtomicU32,
    pub services: AtomicU32,
    /// Functions called in an order that the header does not allow.
    pub out_of_order: AtomicU32,
    /// What `call_back` gave last, and when it was not what it gave before.
    pub called_back: AtomicI32,
    pub setups: Mutex<Vec<tandem_card_span>>,
    pub clocks: Mutex<Vec<i32>>,
    /// Span, order and value.
    pub orders: Mutex<Vec<(u32, u32, u32)>>,
    pub asked: Mutex<Vec<(String, String)>>,
}

impl Seen {
    /// Cards made, started, stopped and released.
    pub fn lives(&self) -> [u32; 4] {
        [&self.made, &self.started, &self.stopped, &self.released].map(|count| count.load(Relaxed))
    }
}

/// How the cards of a model are.
pub struct Plan {
    pub seen: Arc<Seen>,
    /// What is changed in a card that is good.
    pub spoil: fn(&mut tandem_card),
    /// What its maker returns at last, `configure`, and `start`.
    pub results: [tandem_result; 3],
    /// What is changed in the status of a span, by the number of services.
    pub status: fn(&mut tandem_card_status, u32),
    /// Called from within each of its functions.
    pub call_back: fn() -> i32,
}

impl Plan {
    pub fn good() -> Self {
        Self {
            seen: Arc::default(),
            spoil: |_| {},
            results: [TANDEM_OK; 3],
            status: |_, _| {},
            call_back: || 0,
        }
    }

    /// Registers it for a model; gives what will be seen.
    pub fn register(self, model: &str) -> Arc<Seen> {
        let seen = Arc::clone(&self.seen);
        let context = Box::into_raw(Box::new(self)).cast();
        super::ok(unsafe { tandem_card_register(super::c(model).as_ptr(), Some(make), context) });
        seen
    }
}

struct Crossed {
    plan: *const Plan,
    place: usize,
    lines: [[[u8; OCTETS]; 2]; 2],
    bits: [[u8; 32]; 2],
    looped: [u32; 2],
    /// Far seconds given of the first span.
    seconds: u32,
    order: u8,
}

impl Crossed {
    fn plan(&self) -> &Plan {
        unsafe { &*self.plan }
    }

    /// Notes a call of the function with this place in the order of a granule.
    fn enter(&mut self, place: u8) {
        if place < self.order {
            self.plan().seen.out_of_order.fetch_add(1, Relaxed);
        }
        self.order = place;
        let plan = self.plan();
        plan.seen.called_back.store((plan.call_back)(), Relaxed);
    }
}

/// The card behind a context. No two of its functions run at once.
fn at<'a>(context: *mut c_void) -> &'a mut Crossed {
    unsafe { &mut *context.cast() }
}

unsafe extern "C" fn make(
    context: *mut c_void,
    name: *const c_char,
    options: *const c_char,
    card: *mut tandem_card,
) -> tandem_result {
    let plan: &Plan = unsafe { &*context.cast() };
    let text = |text| unsafe { CStr::from_ptr(text) }.to_str().expect("UTF-8").to_owned();
    plan.seen.asked.lock().expect("whole").push((text(name), text(options)));
    plan.seen.called_back.store((plan.call_back)(), Relaxed);
    let card = unsafe { &mut *card };
    assert_eq!((card.size, card.spans, card.release.is_some()), (136, 0, false));
    if plan.results[0] != TANDEM_OK {
        return plan.results[0];
    }
    plan.seen.made.fetch_add(1, Relaxed);
    let crossed = Crossed {
        plan,
        place: 0,
        lines: [[[0xff; OCTETS]; 2]; 2],
        bits: [[0b1101; 32]; 2],
        looped: [0; 2],
        seconds: 0,
        order: 0,
    };
    *card = tandem_card {
        size: card.size,
        spans: 2,
        granule: GRANULE as u32,
        ports: TANDEM_PORT_E1_OR_T1,
        abilities: EVERYTHING,
        serial: 0,
        context: Box::into_raw(Box::new(crossed)).cast(),
        configure: Some(configure),
        start: Some(start),
        stop: Some(stop),
        service: Some(service),
        get_status: Some(get_status),
        get_bits: Some(get_bits),
        receive: Some(receive),
        set_bits: Some(set_bits),
        transmit: Some(transmit),
        set_clock: Some(set_clock),
        order: Some(order),
        get_far_second: Some(get_far_second),
        release: Some(release),
    };
    (plan.spoil)(card);
    TANDEM_OK
}

unsafe extern "C" fn configure(
    context: *mut c_void,
    span: u32,
    setup: *const tandem_card_span,
) -> tandem_result {
    assert!(span < 2);
    let plan = at(context).plan();
    plan.seen.setups.lock().expect("whole").push(unsafe { *setup });
    plan.seen.called_back.store((plan.call_back)(), Relaxed);
    plan.results[1]
}

unsafe extern "C" fn start(context: *mut c_void) -> tandem_result {
    let plan = at(context).plan();
    plan.seen.started.fetch_add(1, Relaxed);
    plan.results[2]
}

unsafe extern "C" fn stop(context: *mut c_void) {
    at(context).plan().seen.stopped.fetch_add(1, Relaxed);
}

unsafe extern "C" fn service(context: *mut c_void, frame: u64) {
    let card = at(context);
    card.order = 0;
    card.enter(1);
    card.place = frame as usize / GRANULE % 2;
    card.plan().seen.services.fetch_add(1, Relaxed);
}

unsafe extern "C" fn get_status(context: *mut c_void, span: u32, status: *mut tandem_card_status) {
    let card = at(context);
    card.enter(2);
    let status = unsafe { &mut *status };
    assert_eq!((status.size, status.defects, status.line_bits, status.looped), (88, 0, 0, 0));
    status.looped = card.looped[span as usize];
    (card.plan().status)(status, card.plan().seen.services.load(Relaxed));
}

unsafe extern "C" fn get_bits(context: *mut c_void, span: u32, bits: *mut u8) {
    let card = at(context);
    card.enter(2);
    // What has no meaning is the library's to drop.
    let given = card.bits[1 - span as usize].map(|bits| bits | 0xa0);
    unsafe { bits.copy_from_nonoverlapping(given.as_ptr(), 32) };
}

unsafe extern "C" fn receive(context: *mut c_void, span: u32, frames: *mut u8) {
    let card = at(context);
    card.enter(3);
    let given = &card.lines[1 - span as usize][card.place];
    unsafe { frames.copy_from_nonoverlapping(given.as_ptr(), OCTETS) };
}

unsafe extern "C" fn set_bits(context: *mut c_void, span: u32, timeslot: u32, bits: u32) {
    let card = at(context);
    card.enter(4);
    assert!(bits < 16);
    card.bits[span as usize][timeslot as usize] = bits as u8;
}

unsafe extern "C" fn transmit(context: *mut c_void, span: u32, frames: *const u8) {
    let card = at(context);
    card.enter(4);
    let (span, place) = (span as usize, card.place);
    card.lines[span][place].copy_from_slice(unsafe { std::slice::from_raw_parts(frames, OCTETS) });
}

unsafe extern "C" fn set_clock(context: *mut c_void, span: i32) {
    at(context).plan().seen.clocks.lock().expect("whole").push(span);
}

unsafe extern "C" fn order(context: *mut c_void, span: u32, order: u32, value: u32) {
    let card = at(context);
    if order == TANDEM_ORDER_LOOP {
        card.looped[span as usize] = value;
    }
    card.plan().seen.orders.lock().expect("whole").push((span, order, value));
}

/// A second of the far end for each of ours, with errors in every other, on the first span.
unsafe extern "C" fn get_far_second(context: *mut c_void, span: u32, second: *mut tandem_card_second) -> u32 {
    let card = at(context);
    let seconds = card.plan().seen.services.load(Relaxed) / 1000;
    if span != 0 || card.seconds >= seconds {
        return 0;
    }
    card.seconds += 1;
    let second = unsafe { &mut *second };
    assert_eq!((second.size, second.crc_errors), (40, 0));
    second.crc_errors = u64::from(card.seconds % 2) * 7;
    1
}

unsafe extern "C" fn release(context: *mut c_void) {
    let card: Box<Crossed> = unsafe { Box::from_raw(context.cast()) };
    card.plan().seen.called_back.store((card.plan().call_back)(), Relaxed);
    card.plan().seen.released.fetch_add(1, Relaxed);
}
