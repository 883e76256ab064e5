//! Cards of the host: registering the function that makes them.
#![allow(unsafe_code)] // the exported name, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::card_functions::Maker;
use crate::factories::{register_factory, unregister_model};
use crate::host_card::HostCard;
use crate::pointer::text;
use crate::result::{Failure, c_string, entry};
use crate::types::CardFunction;
use std::collections::BTreeSet;
use std::ffi::{CString, c_char, c_void};
use std::sync::{Mutex, PoisonError};
use tandem_card::{CardFactory, CardRequest, FactoryError, OpenedCard};

/// Lets engines that this process opens from now on have cards of a model, or no longer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_card_register(
    model: *const c_char,
    function: CardFunction,
    context: *mut c_void,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let model = unsafe { text(model, "model", LONGEST_MODEL)? };
        if model.is_empty() {
            return Err(Failure::argument("model: a card model has a name"));
        }
        if function.is_none() {
            let known = unregister_model(&model);
            return if known { Ok(()) } else { Err(Failure::argument("model: nobody has registered it")) };
        }
        let (model, maker) = (name_for_ever(model), Maker::new(function, context));
        register_factory(Box::new(HostFactory { model, maker }));
        Ok(())
    })
}

/// Has cards of one model made by the host.
struct HostFactory {
    model: &'static str,
    maker: Maker,
}

impl CardFactory for HostFactory {
    fn models(&self) -> Vec<&'static str> {
        vec![self.model]
    }

    fn open(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let (name, options) = (c_string(&request.name), options_for_host(request)?);
        let functions = self.maker.make(&name, &options)?;
        let card = HostCard::new(self.model, functions)?;
        Ok(OpenedCard { card: Box::new(card), world: None })
    }
}

/// The options as lines. One that is no line is refused.
fn options_for_host(request: &CardRequest) -> Result<CString, FactoryError> {
    let mut lines = String::new();
    for (name, value) in &request.options {
        if name.contains(['=', '\n', '\0']) || value.contains(['\n', '\0']) {
            let problem = "a card of the host has options of one line, and no = in a name".to_owned();
            return Err(FactoryError::Option { name: name.clone(), problem });
        }
        lines.extend([name.as_str(), "=", value, "\n"]);
    }
    Ok(c_string(&lines))
}

/// Factories name their models for as long as the process lives; each name is kept once.
fn name_for_ever(model: String) -> &'static str {
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(model.as_str()) {
        return known;
    }
    let name = Box::leak(model.into_boxed_str());
    names.insert(name);
    name
}

static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
const LONGEST_MODEL: usize = 255;
