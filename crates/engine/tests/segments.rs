//! What is told of the files of a recording: of whose channel, and to a host that does not read.
use std::path::{Path, PathBuf};
use tandem_card::LocalFactory;
use tandem_engine::{Config, Engine, EventKind, RecordOptions, RecordingSides, Terms};
use tandem_types::{Frames, Handle};

/// An engine of channels in pairs that records into a directory of its own.
struct Place {
    engine: Engine,
    directory: PathBuf,
}

impl Place {
    fn new(name: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).expect("a directory");
        let text = format!(
            "[engine]\nmode = \"lockstep\"\nevent_queue = 16\n[recording]\ndirectory = {directory:?}\n\
             [[card]]\nmodel = \"local\"\n[[span]]\nport = 0\nsignalling = \"none\"\n"
        );
        let config = Config::parse(&text).expect("good");
        Self { engine: Engine::open(config, &mut [Box::new(LocalFactory)]).expect("opens"), directory }
    }

    fn record(&self, channel: Handle) -> Handle {
        let (sides, segment) = (RecordingSides::Received, Some(Frames::from_seconds(1)));
        let options = RecordOptions { sides, segment, ..RecordOptions::default() };
        self.engine.record_with(channel, Path::new("a.wav"), options, Terms::default()).expect("a channel")
    }

    /// The files that were told of, by number and channel, and the channel of the end of the recording.
    fn told(&self) -> (Vec<(u32, Handle)>, Option<Handle>) {
        let (mut files, mut done) = (Vec::new(), None);
        // What found no room comes after what had.
        for _ in 0..2 {
            for event in std::iter::from_fn(|| self.engine.event_wait(Some(Frames(0)))) {
                match event.kind {
                    EventKind::RecordSegment { number, channel, .. } => files.push((number, channel)),
                    EventKind::RecordDone { channel, .. } => done = Some(channel),
                    _ => {}
                }
            }
            assert!(self.engine.advance(Frames::from_ms(200)));
        }
        (files, done)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

#[test]
fn a_host_that_does_not_read_has_the_first_files_and_the_newest() {
    let place = Place::new("segments-unread");
    let (near, _) = place.engine.pair_new().expect("a pair");
    let record = place.record(near);
    assert!(place.engine.advance(Frames::from_ms(60_500)));
    place.engine.stop(record).expect("it runs");
    assert!(place.engine.advance(Frames::from_ms(500)));
    let (files, done) = place.told();
    assert_eq!(done, Some(near));
    // The queue has room for one event more, which was told before.
    let numbers: Vec<u32> = files.into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, (1..=15).chain([60]).collect::<Vec<u32>>());
}

#[test]
fn the_files_of_a_channel_that_is_gone_are_told_as_its_own() {
    let place = Place::new("segments-of-a-pair");
    let (near, _) = place.engine.pair_new().expect("a pair");
    place.record(near);
    assert!(place.engine.advance(Frames(8001)));
    place.engine.pair_free(near).expect("a pair");
    assert!(place.engine.advance(Frames::from_ms(500)));
    assert_eq!(place.told(), (vec![(1, near)], Some(near)));
}
