//! State files, good and bad.

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::crd::{GenesysConnection, WebchatTermination};

fn connection(organization: u128) -> GenesysConnection {
    let spec = json!({
        "organizationId": Uuid::from_u128(organization),
        "region": "eu-central-1",
        "credentialsSecretRef": { "name": "genesys" },
    });
    GenesysConnection::new("main", serde_json::from_value(spec).unwrap())
}

fn manifest(name: &str, sessions: &[u128]) -> WebchatTermination {
    let sessions: Vec<_> = sessions.iter().map(|id| json!({ "conversationId": Uuid::from_u128(*id) })).collect();
    let spec = json!({ "connectionRef": { "name": "main" }, "sessions": sessions });
    let mut termination = WebchatTermination::new(name, serde_json::from_value(spec).unwrap());
    termination.metadata.namespace = Some("default".to_owned());
    termination
}

fn begun() -> Document {
    Document::begin(&manifest("one", &[1]), &connection(1), "2026-11-20T12:00:00Z".parse().unwrap())
}

fn in_folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("below").join("state.json");
    (folder, path)
}

#[test]
fn a_document_comes_back_as_it_went() {
    let document = begun();
    assert_eq!(Document::parse(&document.bytes().unwrap()).unwrap(), document);
}

#[test]
fn guests_who_came_after_the_first_apply_or_after_the_object_of_a_backup_are_no_targets() {
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    assert_eq!(begun().termination.spec.legs_connected_before, Some(now));
    let mut backup = manifest("one", &[1]);
    let then = "2026-11-01T12:00:00Z".parse().unwrap();
    backup.metadata.creation_timestamp = Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(then));
    let begun = Document::begin(&backup, &connection(1), now);
    assert_eq!(begun.termination.spec.legs_connected_before, Some(then));
}

#[test]
fn half_a_state_is_damaged_and_no_state_is_empty_and_neither_is_a_fresh_start() {
    let bytes = begun().bytes().unwrap();
    for length in [1, bytes.len() / 2, bytes.len() - 3] {
        assert!(matches!(Document::parse(&bytes[..length]), Err(StateError::Damaged(_))), "{length}");
    }
    assert!(matches!(Document::parse(b""), Err(StateError::Empty)));
    assert!(matches!(Document::parse(br#"{"format": "webchatops.dev/state/v9", "more": 1}"#), Err(StateError::Format(_))));
}

#[test]
fn a_state_goes_with_its_organization_and_its_name() {
    assert!(begun().resume(&manifest("one", &[1]), &connection(1)).is_ok());
    for (manifest, connection) in [(manifest("two", &[1]), connection(1)), (manifest("one", &[1]), connection(2))] {
        assert!(matches!(begun().resume(&manifest, &connection), Err(StateError::Foreign { .. })));
    }
}

#[test]
fn sessions_can_be_added_and_not_taken_away() {
    let more = begun().resume(&manifest("one", &[2, 1]), &connection(1)).unwrap();
    assert_eq!(more.termination.metadata.generation, Some(2));
    assert_eq!(more.termination.spec.legs_connected_before, begun().termination.spec.legs_connected_before);
    let Err(StateError::Changed(said)) = begun().resume(&manifest("one", &[2]), &connection(1)) else { panic!("accepted") };
    assert!(said.contains("sessions can be added, not changed or removed"), "{said}");
}

#[test]
fn a_second_lock_is_refused_and_names_the_process() {
    let (_folder, path) = in_folder();
    let _first = LockedFile::lock(&path).unwrap();
    let Err(StateError::Locked { holder }) = LockedFile::lock(&path) else { panic!("locked twice") };
    assert_eq!(holder, Some(std::process::id()));
}

#[test]
fn a_change_by_somebody_else_is_noticed_before_anything_is_written() {
    let (_folder, path) = in_folder();
    let file = LockedFile::lock(&path).unwrap();
    file.replace(None, b"one").unwrap();
    file.replace(Some(b"one"), b"two").unwrap();
    assert!(matches!(file.replace(Some(b"one"), b"three"), Err(StateError::Conflict)));
    assert!(matches!(file.replace(None, b"three"), Err(StateError::Conflict)));
    assert_eq!(fs::read(&path).unwrap(), b"two");
    fs::remove_file(&path).unwrap();
    assert!(matches!(file.replace(Some(b"two"), b"three"), Err(StateError::Gone)));
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = in_folder();
    LockedFile::lock(&path).unwrap().replace(None, b"one").unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let (folder, path) = in_folder();
    let file = LockedFile::lock(&path).unwrap();
    file.replace(None, b"one").unwrap();
    drop(file);
    let link = folder.path().join("link.json");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    LockedFile::lock(&link).unwrap().replace(Some(b"one"), b"two").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read(&path).unwrap(), b"two");
}
