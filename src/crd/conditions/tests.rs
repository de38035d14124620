use super::super::message::message;
use super::*;
use crate::crd::WebchatTermination;
use crate::termination::{Fault, Session, State};

fn order() -> Order {
    let spec = serde_json::json!({ "connectionRef": { "name": "main" }, "sessions": [{ "conversationId": uuid::Uuid::nil() }] });
    WebchatTermination::new("tried", serde_json::from_value(spec).unwrap()).order()
}

fn verdicts() -> Vec<Verdict> {
    let kinds =
        [BlockerKind::Restored, BlockerKind::Connection, BlockerKind::Credentials, BlockerKind::Organization, BlockerKind::Permission];
    let failures =
        [Failure::SessionsNotFound, Failure::SessionsFailed, Failure::Cancelled, Failure::DeadlineExceeded, Failure::FailureLimitExceeded];
    let blocked = kinds.map(|kind| Verdict::Blocked(Blocker { kind, fault: Fault::new("code", "what to mend") }));
    let mut all = vec![Verdict::Working, Verdict::Suspended, Verdict::Succeeded];
    all.extend(blocked);
    all.extend(failures.map(Verdict::Failed));
    all
}

fn made(verdict: &Verdict, previous: &[Condition]) -> Vec<Condition> {
    let stamp = Stamp { previous, generation: Some(7), now: "2026-11-22T12:00:00Z".parse().unwrap() };
    conditions(verdict, &order(), &Progress::default(), &stamp)
}

fn status_of<'a>(conditions: &'a [Condition], type_: &str) -> &'a str {
    conditions.iter().find(|condition| condition.type_ == type_).map_or("-", |condition| &condition.status)
}

#[test]
fn the_truth_table_holds() {
    for verdict in verdicts() {
        let expected = match verdict {
            Verdict::Working => ["Unknown", "False", "False", "True", "-"],
            Verdict::Succeeded => ["True", "True", "True", "-", "-"],
            Verdict::Failed(_) => ["False", "True", "False", "-", "True"],
            Verdict::Suspended => ["Unknown", "False", "False", "-", "-"],
            Verdict::Blocked(_) => ["Unknown", "False", "False", "-", "True"],
        };
        let conditions = made(&verdict, &[]);
        let seen = ["Succeeded", "Finished", "Ready", "Reconciling", "Stalled"].map(|type_| status_of(&conditions, type_));
        assert_eq!(seen, expected, "{verdict:?}");
    }
}

/// The rules of kstatus for a resource with conditions: sigs.k8s.io/cli-utils, pkg/kstatus/status.
fn kstatus(conditions: &[Condition], generation: i64, observed: i64) -> &'static str {
    match status_of(conditions, "Ready") {
        _ if observed != generation || status_of(conditions, "Reconciling") == "True" => "InProgress",
        _ if status_of(conditions, "Stalled") == "True" => "Failed",
        "True" | "-" => "Current",
        _ => "InProgress",
    }
}

#[test]
fn tools_that_judge_health_by_kstatus_see_what_is_meant() {
    for verdict in verdicts() {
        let expected = match verdict {
            Verdict::Working | Verdict::Suspended => "InProgress",
            Verdict::Succeeded => "Current",
            Verdict::Failed(_) | Verdict::Blocked(_) => "Failed",
        };
        assert_eq!(kstatus(&made(&verdict, &[]), 7, 7), expected, "{verdict:?}");
        assert_eq!(kstatus(&made(&verdict, &[]), 8, 7), "InProgress", "a status of an older generation is not current");
    }
}

#[test]
fn reconciling_and_stalled_are_never_both_true_whatever_stood_before() {
    for before in verdicts() {
        for after in verdicts() {
            let conditions = made(&after, &made(&before, &[]));
            assert!(status_of(&conditions, "Reconciling") != "True" || status_of(&conditions, "Stalled") != "True", "{before:?} {after:?}");
        }
    }
}

#[test]
fn a_transition_time_changes_only_with_the_status() {
    let before = made(&Verdict::Working, &[]);
    let later = Stamp { previous: &before, generation: Some(8), now: "2026-11-22T13:00:00Z".parse().unwrap() };
    let after = conditions(&Verdict::Succeeded, &order(), &Progress::default(), &later);
    for condition in &after {
        let stood = before.iter().find(|old| old.type_ == condition.type_ && old.status == condition.status);
        let expected = stood.map_or(later.now, |old| old.last_transition_time.0);
        assert_eq!((condition.last_transition_time.0, condition.observed_generation), (expected, Some(8)), "{}", condition.type_);
    }
}

#[test]
fn every_reason_is_one_camel_case_word_and_every_message_fits() {
    let session =
        Session { state: State::Pending, failures: 3, last_error: Some(Fault::new("timeout", &"x".repeat(999))), ..Session::default() };
    let progress = Progress { sessions: vec![session], ..Progress::default() };
    for verdict in verdicts() {
        let word = reason(&verdict, &progress);
        assert!(word.chars().all(char::is_alphanumeric) && word.starts_with(char::is_uppercase), "{word}");
        assert!(message(&verdict, &order(), &progress).len() < 1024);
    }
    assert_eq!(reason(&Verdict::Working, &progress), "BackingOff");
}

#[test]
fn a_connection_names_the_check_that_failed_and_leaves_later_ones_open() {
    let stamp = Stamp { previous: &[], generation: Some(1), now: "2026-11-22T12:00:00Z".parse().unwrap() };
    let blocker = Blocker { kind: BlockerKind::Organization, fault: Fault::new("organization.mismatch", "another organization") };
    let conditions = connection_conditions(&Checked::Blocked(blocker), &stamp);
    let seen = ["Ready", "CredentialsValid", "OrganizationMatches", "PermissionsSufficient"].map(|type_| status_of(&conditions, type_));
    assert_eq!(seen, ["False", "True", "False", "Unknown"]);
}

#[test]
fn a_connection_that_could_not_be_checked_is_not_ready_and_says_nothing_new() {
    let stamp = Stamp { previous: &[], generation: Some(1), now: "2026-11-22T12:00:00Z".parse().unwrap() };
    let silent = Checked::NotYet("Unreachable", "no answer");
    let types = ["Ready", "CredentialsValid", "OrganizationMatches", "PermissionsSufficient"];
    let new = connection_conditions(&silent, &stamp);
    assert_eq!(types.map(|type_| status_of(&new, type_)), ["False", "Unknown", "Unknown", "Unknown"]);
    let good = connection_conditions(&Checked::Good, &stamp);
    let later = connection_conditions(&silent, &Stamp { previous: &good, ..stamp });
    assert_eq!(types.map(|type_| status_of(&later, type_)), ["False", "True", "True", "True"]);
}
