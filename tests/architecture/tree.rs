//! The files that are held to the order.

use std::collections::BTreeMap;
use std::path::Path;

/// Every file below `src/`, by its path from the package on.
pub(crate) fn sources() -> BTreeMap<String, String> {
    below("src")
}

/// Every file below `tests/`.
pub(crate) fn tests() -> BTreeMap<String, String> {
    below("tests")
}

fn below(folder: &str) -> BTreeMap<String, String> {
    fn walk(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = BTreeMap::new();
    walk(root, &root.join(folder), &mut files);
    files
}
