//! Where engines that are opened through the C interface get their cards from.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tandem_card::{CardFactory, CardRequest, FactoryError, OpenedCard};

/// Lets engines that this process opens from now on have cards of these models. For Rust programs that bring
/// cards or far ends of their own; where two factories know a model, the one registered last makes it.
pub fn register_factory(factory: Box<dyn CardFactory>) {
    let models = factory.models();
    let shared = Shared { models, factory: Arc::new(Mutex::new(factory)) };
    let mut registered = lock(&REGISTERED);
    // One that nobody will ask any more goes.
    registered.retain(|older| older.models.iter().any(|model| !shared.models.contains(model)));
    registered.insert(0, shared);
}

/// Takes a model away from whoever registered it, for engines to come; false if nobody had.
pub(crate) fn unregister_model(model: &str) -> bool {
    let mut registered = lock(&REGISTERED);
    let before = registered.len();
    registered.retain(|shared| shared.models != [model]);
    registered.len() < before
}

/// The factories for one engine: those registered, then those built in.
pub(crate) fn for_one_engine() -> Vec<Box<dyn CardFactory>> {
    let registered = lock(&REGISTERED).clone();
    let mut factories: Vec<Box<dyn CardFactory>> = Vec::new();
    for factory in registered {
        factories.push(Box::new(factory));
    }
    factories.push(Box::new(tandem_tdmop::PacketFactory::new()));
    factories.push(Box::new(tandem_card::DahdiFactory));
    factories.push(Box::new(tandem_e1d::E1dFactory));
    factories.push(Box::new(tandem_card::LocalFactory));
    #[cfg(feature = "sim")]
    factories.push(Box::new(tandem_lab::SimFactory::by_options()));
    factories
}

/// A factory that several engines use, one at a time.
#[derive(Clone)]
struct Shared {
    models: Vec<&'static str>,
    factory: Arc<Mutex<Box<dyn CardFactory>>>,
}

impl CardFactory for Shared {
    fn models(&self) -> Vec<&'static str> {
        self.models.clone()
    }

    fn open(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        lock(&self.factory).open(request)
    }
}

/// A factory that panicked is asked again all the same; it is the registering program's.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

static REGISTERED: Mutex<Vec<Shared>> = Mutex::new(Vec::new());
