//! Old runs go, everything else stays.
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tandem_files::retention::{MARKER, PruneError, create_run, prune};

fn fresh(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&root);
    assert!(fs::create_dir(&root).is_ok());
    root
}

/// A run of 1000 octets that began `age` seconds after the epoch.
fn run(root: &Path, name: &str, age: u64) -> PathBuf {
    let path = root.join(name);
    assert!(create_run(&path).is_ok());
    assert!(fs::create_dir(path.join("calls")).is_ok());
    assert!(fs::write(path.join("a.wav"), [0; 600]).is_ok());
    assert!(fs::write(path.join("calls/b.wav"), [0; 400]).is_ok());
    let began = SystemTime::UNIX_EPOCH + Duration::from_secs(age);
    let marker = File::options().write(true).open(path.join(MARKER));
    assert!(marker.and_then(|marker| marker.set_modified(began)).is_ok());
    path
}

#[test]
fn the_oldest_runs_go_until_the_rest_fits() {
    let root = fresh("oldest");
    let [third, first, second] =
        [("x", 3_000), ("y", 1_000), ("z", 2_000)].map(|(n, age)| run(&root, n, age));
    let pruned = prune(&root, 1_000, &root.join("none"));
    assert!(pruned.is_ok_and(|p| p.removed == [first.clone(), second.clone()] && p.kept_octets == 1_000));
    assert!(!first.exists() && !second.exists() && third.join("calls/b.wav").exists());
}

#[test]
fn nothing_goes_while_all_fits() {
    let root = fresh("fits");
    run(&root, "a", 1);
    run(&root, "b", 2);
    assert!(prune(&root, 2_000, &root).is_ok_and(|p| p.removed.is_empty() && p.kept_octets == 2_000));
}

#[test]
fn the_run_in_progress_stays_whatever_its_name_here() {
    let root = fresh("keep");
    let current = run(&root, "current", 1);
    let other = run(&root, "other", 2);
    let alias = root.join("../keep/./current");
    assert!(prune(&root, 0, &alias).is_ok_and(|p| p.removed == [other] && p.kept_octets == 1_000));
    assert!(current.exists());
}

#[test]
fn what_has_no_marker_is_not_ours() {
    let root = fresh("foreign");
    assert!(fs::create_dir(root.join("holiday")).is_ok());
    assert!(fs::write(root.join("holiday/film"), [0; 5_000]).is_ok());
    assert!(fs::write(root.join("letter"), [0; 5_000]).is_ok());
    let ours = run(&root, "ours", 1);
    assert!(prune(&root, 0, &root).is_ok_and(|p| p.removed == [ours]));
    assert!(root.join("holiday/film").exists() && root.join("letter").exists());
}

#[test]
fn links_are_neither_followed_nor_counted() {
    let elsewhere = fresh("elsewhere");
    let outside = run(&elsewhere, "outside", 1);
    let root = fresh("links");
    let ours = run(&root, "ours", 2);
    assert!(symlink(&outside, root.join("linked-run")).is_ok());
    assert!(symlink(&outside, ours.join("linked-directory")).is_ok());
    assert!(symlink(outside.join("a.wav"), ours.join("linked-file")).is_ok());
    assert!(fs::create_dir(root.join("linked-marker")).is_ok());
    assert!(symlink(outside.join(MARKER), root.join("linked-marker").join(MARKER)).is_ok());
    assert!(prune(&root, 0, &root).is_ok_and(|p| p.removed == [ours] && p.stuck.is_empty()));
    assert!(outside.join("a.wav").exists() && outside.join("calls/b.wav").exists());
    assert!(root.join("linked-run").is_symlink() && root.join("linked-marker").exists());
}

#[test]
fn a_linked_or_missing_root_is_refused() {
    let root = fresh("root");
    let linked = root.join("linked");
    assert!(symlink(&root, &linked).is_ok());
    assert!(matches!(prune(&linked, 0, &root), Err(PruneError::NotADirectory)));
    assert!(matches!(prune(&root.join("none"), 0, &root), Err(PruneError::Root(_))));
}

#[test]
fn a_run_is_made_once() {
    let root = fresh("once");
    assert!(create_run(&root.join("a")).is_ok());
    assert!(create_run(&root.join("a")).is_err());
}
