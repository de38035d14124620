//! `crds/` holds what the types say.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use webchat_terminator::crd;

/// With `WCT_BLESS=1` it writes the files instead.
#[test]
fn the_checked_in_definitions_are_those_of_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crds");
    let bless = std::env::var("WCT_BLESS").is_ok_and(|value| value == "1");
    let mut expected = BTreeSet::from(["kustomization.yaml".to_owned()]);
    for definition in crd::all() {
        let name = crd::file_name(&definition);
        let (path, text) = (folder.join(&name), crd::yaml(&definition).unwrap());
        if bless {
            fs::write(&path, &text).unwrap();
        }
        let same = fs::read_to_string(&path).is_ok_and(|file| file == text);
        assert!(same, "crds/{name} is not what the types say: run `WCT_BLESS=1 cargo test --test crds` and commit it");
        expected.insert(name);
    }
    let found: BTreeSet<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, expected, "crds/ holds a file too many or too few");
}
