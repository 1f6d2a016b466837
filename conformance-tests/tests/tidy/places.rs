//! Nothing in a text file depends on the machine it was written on.

use conformance_tests::shared::workspace_root;

use crate::files;

/// Folders that only name something on one machine. Each is put together here so that this file does not name it.
const MACHINE_FOLDERS: [&str; 5] = [
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("C:\\", "Users\\"),
];

/// Hosts that serve packages: which one a machine asks is its own configuration.
const REGISTRIES: [&str; 11] = [
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("py", "pi.org"),
    concat!("files.", "pythonhosted.org"),
    concat!("registry.", "npmjs.org"),
    concat!("registry.", "yarnpkg.com"),
    concat!("repo1.", "maven.org"),
    concat!("repo.", "maven.apache.org"),
    concat!("proxy.", "golang.org"),
    concat!("sum.", "golang.org"),
    concat!("ruby", "gems.org"),
];

/// What Cargo writes into a lock for the default registry, however a machine reaches it.
const LOCK_SOURCE: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

#[test]
fn no_file_names_a_place_on_one_machine() {
    let root = workspace_root();
    let root = root.to_string_lossy();
    let faults: Vec<String> = files::all()
        .iter()
        .flat_map(|file| {
            let folders = MACHINE_FOLDERS
                .iter()
                .copied()
                .chain(std::iter::once(root.as_ref()));
            folders
                .filter(|folder| names_folder(&file.text, folder))
                .map(|folder| format!("{}: {folder}", file.path))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        faults.is_empty(),
        "absolute paths of a machine:\n{}",
        faults.join("\n")
    );
}

#[test]
fn no_file_names_a_package_registry() {
    let faults: Vec<String> = files::all()
        .iter()
        .flat_map(|file| {
            REGISTRIES
                .iter()
                .filter(|host| file.text.contains(**host))
                .map(|host| format!("{}: {host}", file.path))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        faults.is_empty(),
        "hosts of package registries:\n{}",
        faults.join("\n")
    );
}

#[test]
fn the_lock_names_only_the_default_registry() {
    let lock = files::all()
        .into_iter()
        .find(|file| file.path == "Cargo.lock")
        .expect("Cargo.lock is committed");
    let strange: Vec<&str> = lock
        .text
        .lines()
        .filter(|line| line.starts_with("source = ") && *line != LOCK_SOURCE)
        .collect();
    assert!(strange.is_empty(), "{strange:?}");
}

/// Whether `text` holds the folder as the beginning of a path, not within a longer one or in an address.
fn names_folder(text: &str, folder: &str) -> bool {
    text.match_indices(folder).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|letter| {
            letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | '~' | '}')
        })
    })
}

#[test]
fn a_folder_within_an_address_or_a_longer_path_is_no_place() {
    let folder = MACHINE_FOLDERS[0];
    assert!(names_folder(&format!("see {folder}someone/file"), folder));
    assert!(names_folder(&format!("file://{folder}someone"), folder));
    assert!(!names_folder(
        &format!("https://example.com{folder}page"),
        folder
    ));
    assert!(!names_folder(&format!("..{folder}file"), folder));
}
