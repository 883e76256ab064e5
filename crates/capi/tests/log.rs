//! The log function of the process. One test: it is one for the whole process.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::{ok, problem, text_at};
use std::ffi::{c_char, c_void};
use std::sync::Mutex;
use tandem_bindings::*;

type Messages = Mutex<Vec<(u32, String)>>;

unsafe extern "C" fn keep(context: *mut c_void, level: u32, message: *const c_char) {
    let messages = unsafe { &*context.cast::<Messages>() };
    messages.lock().expect("no panic").push((level, text_at(message)));
}

fn say_one_of_each() {
    log::error!("gr{}ve", 'a');
    log::warn!("odd");
    log::info!("told");
    log::debug!("step");
    log::trace!("never");
}

fn take(messages: &Messages) -> Vec<(u32, String)> {
    std::mem::take(&mut *messages.lock().expect("no panic"))
}

#[test]
fn messages_go_to_the_hosts_function_up_to_its_level_and_nowhere_without_one() {
    let (first, second) = (Messages::default(), Messages::default());
    let context = |messages: &Messages| (&raw const *messages).cast_mut().cast::<c_void>();

    ok(unsafe { tandem_log_set(None, std::ptr::null_mut(), 0) });
    for level in [0, 5, u32::MAX] {
        assert_eq!(unsafe { tandem_log_set(Some(keep), context(&first), level) }, TANDEM_E_ARGUMENT);
        assert!(problem().contains("level"), "{}", problem());
    }
    say_one_of_each();
    assert_eq!(take(&first), []);

    ok(unsafe { tandem_log_set(Some(keep), context(&first), TANDEM_LOG_WARNING) });
    say_one_of_each();
    let expected = [(TANDEM_LOG_ERROR, "grave".to_owned()), (TANDEM_LOG_WARNING, "odd".to_owned())];
    assert_eq!(take(&first), expected);

    ok(unsafe { tandem_log_set(Some(keep), context(&second), TANDEM_LOG_DEBUG) });
    say_one_of_each();
    assert_eq!(take(&first), []);
    let levels: Vec<u32> = take(&second).into_iter().map(|(level, _)| level).collect();
    assert_eq!(levels, [1, 2, 3, 4]);
    log::warn!("zero \0 octet");
    assert_eq!(take(&second), [(TANDEM_LOG_WARNING, "zero   octet".to_owned())]);

    ok(unsafe { tandem_log_set(None, std::ptr::null_mut(), 0) });
    say_one_of_each();
    assert_eq!((take(&first), take(&second)), (vec![], vec![]));
}
