//! Every bad input is one line that names the place and the way out, exits as documented, and touches nothing.

use std::fs;

use crate::lab::{Lab, repository};

/// The example that every case spoils in one place.
fn example() -> String {
    fs::read_to_string(repository("deploy/examples/incident.yaml")).unwrap()
}

/// What is replaced, by what, and what must be said.
type Case = (&'static str, &'static str, &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "conversationId: 00000001-0000",
        "conversationId: 1-0000",
        &["m.yaml:31:23: spec.sessions[0].conversationId: ", "is not a UUID", "write it like"],
    ),
    (
        "conversationId: 00000001-0000-4000-8000-000000000000",
        "conversationId: 0000000A-0000-4000-8000-000000000000",
        &["is not a UUID in lower case"],
    ),
    (
        "        - 00000008-0005-4000-8000-000000000000",
        "        - 00000008-0001-4000-8000-000000000000",
        &["participantIds[1]", "is there twice; list it once"],
    ),
    (
        "conversationId: 00000002",
        "conversationId: 00000001",
        &["m.yaml:33:7: spec.sessions[1].conversationId: ", "is there twice; list it once"],
    ),
    ("  sessions:", "  sessions: []\n  session:", &["spec.sessions: 0 items; at least 1 must be there, add what is missing"]),
    (
        "      reason: incident 4711",
        "      cause: incident 4711",
        &["m.yaml:32:7: spec.sessions[0].cause: unknown field; one of conversationId, participantIds, reason is expected"],
    ),
    (
        "      reason: incident 4711",
        "      raison: incident 4711",
        &["m.yaml:32:7: spec.sessions[0].raison: unknown field; did you mean `reason`?"],
    ),
    (
        "  region: eu-central-1",
        "  endpoints: {api: '127.0.0.1:18480', login: 'http://127.0.0.1:18480'}",
        &["spec.endpoints.api: \"127.0.0.1:18480\" is not a base URL; write it like https://api.mypurecloud.de"],
    ),
    ("  sessions:", "  parallelism: many\n  sessions:", &["spec.parallelism: \"many\" is not a whole number; write 1 to 100"]),
    (
        "    name: contact-centre\n  sessions",
        "    name: Contact Centre\n  sessions",
        &["spec.connectionRef.name: \"Contact Centre\" is not a valid name; write"],
    ),
    (
        "kind: WebchatTermination",
        "kind: WebchatTerminatoin",
        &["kind: \"WebchatTerminatoin\" is not a kind of webchatops.dev; did you mean WebchatTermination?"],
    ),
    (
        "webchatops.dev/v1alpha1\nkind: Gen",
        "webchatops.dev/v1\nkind: Gen",
        &["apiVersion: \"webchatops.dev/v1\" is not known", "write webchatops.dev/v1alpha1"],
    ),
    (
        "    name: contact-centre\n  sessions",
        "    name: elsewhere\n  sessions",
        &["spec.connectionRef.name: GenesysConnection elsewhere is not found in the given files; add its file with -f"],
    ),
    (
        "  name: contact-centre\nspec",
        "  name: contact-centre\n  namespace: other\nspec",
        &["GenesysConnection contact-centre is in namespace other, not in default; put both into one namespace"],
    ),
    (
        "  name: genesys-oauth\ntype",
        "  name: another\ntype",
        &["spec.credentialsSecretRef.name: Secret genesys-oauth is not found in the given files", "WCT_CLIENT_ID"],
    ),
    (
        "  name: genesys-oauth\ntype",
        "  name: genesys-oauth\n  namespace: other\ntype",
        &["Secret genesys-oauth is in namespace other, not in default"],
    ),
    ("  clientSecret: not", "  secret: not", &["Secret genesys-oauth has no clientSecret; it needs the keys clientId and clientSecret"]),
    ("type: webchatops.dev/genesys-oauth", "type: Opaque", &["has the type Opaque; only webchatops.dev/genesys-oauth is used, set `type`"]),
    ("region: eu-central-1", "region: eu-south-9", &["m.yaml:19:11: spec.region: \"eu-south-9\" is not known; one of us-east-1,"]),
    (
        "  region: eu-central-1",
        "  endpoints: {api: 'https://evil.example', login: 'https://evil.example'}",
        &["spec.endpoints.api: host evil.example is not allowed; add --allow-custom-endpoints evil.example"],
    ),
    (
        "  region: eu-central-1",
        "  region: eu-central-1\n  dialect: webchat",
        &["spec: no region speaks this dialect, it is for gateways: write endpoints in place of region; fix the manifest"],
    ),
    (
        "  region: eu-central-1",
        "  region: eu-central-1\n  confirmation: {sources: [Webhook]}",
        &["m.yaml:20:27: spec.confirmation.sources: Poll cannot be left out: reads are the backstop of every other source; fix"],
    ),
    ("  region: eu-central-1\n", "", &["spec: exactly one of region and endpoints must be set"]),
    ("  organizationId: 0a11ce00-0000-4000-8000-000000000001", "  organizationId: mine", &["spec.organizationId: \"mine\" is not a UUID"]),
    ("  sessions:", "  parallelism: 0\n  sessions:", &["spec.parallelism: 0 is out of bounds; write a number from 1 to 100"]),
    (
        "  sessions:",
        "  parallelism: \"5\"\n  sessions:",
        &["spec.parallelism: a whole number is expected, a text is there; write it without quotes"],
    ),
    (
        "  sessions:",
        "  notFoundPolicy: Maybe\n  sessions:",
        &["spec.notFoundPolicy: \"Maybe\" is not known; one of Fail, Succeed is expected"],
    ),
    (
        "  sessions:",
        "  legsConnectedBefore: yesterday\n  sessions:",
        &["spec.legsConnectedBefore: \"yesterday\" is not a time; write it like"],
    ),
    (
        "settleSeconds: 3",
        "settleSeconds: 7200",
        &["m.yaml:69:18: spec.settleSeconds: 7200 is out of bounds; write a number from 0 to 3600"],
    ),
    ("reason: incident 4711", "reason: 4711", &["spec.sessions[0].reason: a text is expected, a number is there; put it in quotes"]),
    ("metadata:\n  name: incident-4711", "metadata:\n  name: Incident 4711", &["metadata.name: \"Incident 4711\" is not a valid name; "]),
    ("metadata:\n  name: incident-4711", "metadata:\n  generateName: incident-", &["metadata.name: missing; "]),
    (
        "---\napiVersion: webchatops.dev/v1alpha1\nkind: WebchatTermination",
        "---\n- just\n- a list\n---\napiVersion: webchatops.dev/v1alpha1\nkind: WebchatTermination",
        &["not a Kubernetes resource; "],
    ),
    ("  sessions:", "  sessions: &loop\n    - *loop\n  more:", &["m.yaml:"]),
    (
        "    name: contact-centre\n  sessions",
        "\tname: contact-centre\n  sessions",
        &["m.yaml:29:", "not valid YAML: ", "fix the file and try again"],
    ),
];

#[test]
fn every_bad_manifest_is_one_line_with_the_place_and_the_way_out() {
    let lab = Lab::without_service();
    for (from, to, said) in CASES {
        let text = example();
        assert!(text.contains(from), "{from:?} is not in the example");
        lab.file("m.yaml", &text.replacen(from, to, 1));
        for verb in ["plan", "apply"] {
            let ran = lab.wct(&[verb, "-f", "m.yaml"]);
            assert_eq!(ran.code, Some(2), "{to:?}: {}", ran.err);
            assert_eq!(ran.err.lines().count(), 1, "{to:?}: {}", ran.err);
            assert!(ran.err.starts_with("error: m.yaml:") && ran.err.contains("; "), "{to:?}: {}", ran.err);
            for part in *said {
                assert!(ran.err.contains(part), "{to:?}: {}", ran.err);
            }
            assert_eq!(ran.out, "");
        }
    }
    assert!(!lab.path("state").exists(), "nothing is left behind");
}

#[test]
fn files_that_cannot_be_used_are_one_line_too() {
    let lab = Lab::without_service();
    lab.file("empty.yaml", "");
    lab.file("comments.yaml", "# nothing\n---\n# at all\n");
    lab.file("no-text.yaml", "");
    fs::write(lab.path("no-text.yaml"), [b'a', b':', 0xff, 0xfe]).unwrap();
    fs::create_dir(lab.path("folder")).unwrap();
    let too_large = "x: &x [1, 2, 3, 4, 5, 6, 7, 8]\n".repeat(10 * 1024 * 1024 / 30);
    lab.file("large.yaml", &too_large);
    lab.file("deep.yaml", &"[".repeat(100_000));
    let cases = [
        (vec!["plan", "-f", "missing.yaml"], "error: missing.yaml: No such file or directory (os error 2); name a file that can be read"),
        (vec!["plan", "-f", "empty.yaml"], "no WebchatTermination in it; "),
        (vec!["plan", "-f", "comments.yaml"], "no WebchatTermination in it; "),
        (vec!["plan", "-f", "no-text.yaml"], "error: no-text.yaml: not UTF-8 text from byte 2; save it as UTF-8"),
        (vec!["plan", "-f", "folder"], "error: folder: no *.yaml, *.yml or *.json in this folder (subfolders are not read); "),
        (vec!["plan", "-f", "large.yaml"], "error: large.yaml: larger than 1024 KiB; split it into several files"),
        (vec!["plan", "-f", "deep.yaml"], "error: deep.yaml:1:"),
        (vec!["plan", "-f", "-", "-f", "-"], "error: -: standard input can be read once; name `-` once"),
    ];
    for (arguments, expected) in cases {
        let ran = lab.wct(&arguments).exits(2);
        assert_eq!(ran.errors().len(), 1, "{arguments:?}: {}", ran.err);
        assert!(ran.errors()[0].contains(expected), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn half_of_the_credentials_in_the_environment_is_refused() {
    let lab = Lab::without_service();
    lab.file("m.yaml", &example());
    let output = lab.command(&["plan", "-f", "m.yaml"]).env("WCT_CLIENT_ID", "x").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "error: WCT_CLIENT_SECRET: missing while WCT_CLIENT_ID is set; set both or neither\n");
}

#[test]
fn bad_usage_exits_as_bad_input_does() {
    let lab = Lab::without_service();
    for arguments in [&["plan"][..], &["frobnicate"], &["apply", "-f", "x", "-o", "xml"], &["simulate", "--port", "99999"], &[]] {
        let ran = lab.wct(arguments).exits(2);
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
    }
}

#[test]
fn the_files_of_a_folder_and_standard_input_are_read_together() {
    let lab = Lab::without_service();
    let text = example();
    let (secret, rest) = text.split_once("\n---\n").unwrap();
    lab.file("folder/b.yaml", rest);
    lab.file("folder/notes.txt", "not: read");
    let mut command = lab.command(&["plan", "-f", "folder", "-f", "-", "--state", "cut.json"]);
    command.stdin(std::process::Stdio::piped());
    // A state that is refused shows that everything before it was understood.
    lab.file("cut.json", "{");
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), secret.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{output:?}");
}

#[test]
fn a_log_filter_that_is_none_is_refused() {
    let lab = Lab::without_service();
    let expected = "error: --log (WCT_LOG): \"loud\" is not a log filter; write a level (";
    let ran = lab.wct(&["crds", "--log", "loud"]).exits(2);
    assert!(ran.err.starts_with(expected) && ran.err.lines().count() == 1, "{}", ran.err);
    let output = lab.command(&["crds"]).env("WCT_LOG", "loud").output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
}

#[test]
fn hosts_are_named_alone() {
    let lab = Lab::without_service();
    lab.file("m.yaml", &example());
    for host in ["http://127.0.0.1", "127.0.0.1:8085", "api.example.com/x", "::1"] {
        let ran = lab.wct(&["plan", "--allow-custom-endpoints", host, "-f", "m.yaml"]).exits(2);
        let expected = format!("error: --allow-custom-endpoints: \"{host}\" is not a host; write the host alone");
        assert!(ran.err.starts_with(&expected), "{}", ran.err);
    }
}
