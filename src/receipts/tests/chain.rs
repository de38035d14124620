//! Chains: how they grow, and that what is done to them is found.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::receipts::canonical::hash;
use crate::receipts::{Chain, Flaw, Happened, Identity, NoReceipt, Receipt, canonical, ndjson, receipts, verify, verify_ndjson};
use crate::termination::Reason;

fn values(receipts: &[Receipt]) -> Vec<Value> {
    receipts.iter().map(|receipt| serde_json::to_value(receipt).unwrap()).collect()
}

/// Four finished sessions, in another order than they finished in.
fn four() -> Vec<Value> {
    values(&receipts(&termination(vec![ended(4, 130), ended(1, 100), ended(3, 120), ended(2, 110)])).unwrap())
}

/// The same receipt with something changed and its hash made again, as somebody would who knows how.
fn forged(receipt: &Value, field: &str, value: Value) -> Value {
    let mut forged = receipt.clone();
    forged[field] = value;
    forged["hash"] = json!(hash(&forged));
    forged
}

#[test]
fn there_are_receipts_of_finished_sessions_only() {
    let pending = Session { state: State::GuestCloseAccepted, ..ended(2, 5) };
    let made = receipts(&termination(vec![pending.clone(), ended(1, 100)])).unwrap();
    assert_eq!(made.iter().map(|receipt| receipt.conversation_id).collect::<Vec<_>>(), [conversation(1)]);
    let identity = Identity::of(&termination(vec![])).unwrap();
    let refused = Receipt::of(&identity, &pending, None, &identity.genesis()).unwrap_err();
    assert!(matches!(refused, NoReceipt::Unfinished(id) if id == conversation(2)), "{refused}");
    let mut unrecorded = termination(vec![ended(1, 1)]);
    unrecorded.status = None;
    assert!(matches!(receipts(&unrecorded), Err(NoReceipt::NoRecord)));
}

#[test]
fn every_final_state_has_a_receipt_that_says_it() {
    for state in State::ALL.into_iter().filter(|state| state.is_final()) {
        let session = Session { state, reason: Some(Reason::Gone), ..ended(1, 100) };
        let made = receipts(&termination(vec![session])).unwrap();
        assert_eq!((made[0].state, made[0].state_reason), (state, Some(Reason::Gone)));
    }
}

#[test]
fn a_step_that_is_not_on_record_is_not_claimed() {
    let bare = Session { state: State::NotFound, since: Some(at(1)), ..Session::pending(conversation(1)) };
    let steps = |session| receipts(&termination(vec![session])).unwrap()[0].steps.iter().map(|step| step.step).collect::<Vec<_>>();
    assert_eq!(steps(bare), [Happened::Finished]);
    let torn_down = Session { torn_down: true, guest_closed_time: None, ..ended(1, 100) };
    let expected = [
        Happened::GuestLegsFrozen,
        Happened::GuestCloseAccepted,
        Happened::TeardownAccepted,
        Happened::ConversationEnded,
        Happened::Finished,
    ];
    assert_eq!(steps(torn_down), expected);
    assert_eq!(steps(seen(1, 100)), [Happened::SeenEnded, Happened::Finished]);
}

#[test]
fn sessions_that_finish_later_are_appended_and_change_nothing() {
    let early = receipts(&termination(vec![ended(2, 110), Session { state: State::Settling, ..ended(1, 5) }])).unwrap();
    let late = receipts(&termination(vec![ended(2, 110), ended(1, 120)])).unwrap();
    assert_eq!(late[..1], early[..]);
    assert_eq!((late.len(), late[1].previous_hash.as_str()), (2, early[0].hash.as_str()));
}

#[test]
fn the_same_record_makes_the_same_receipts_wherever_it_stands_in_the_spec() {
    let one = receipts(&termination(vec![ended(1, 100), ended(2, 100), ended(3, 90)])).unwrap();
    let other = receipts(&termination(vec![ended(2, 100), ended(3, 90), ended(1, 100)])).unwrap();
    assert_eq!(one, other);
    let mut restored = termination(vec![ended(1, 100), ended(2, 100), ended(3, 90)]);
    restored.metadata.uid = Some("another".into());
    assert_eq!(receipts(&restored).unwrap(), one, "what was restored from a backup was done under the uid of its record");
}

#[test]
fn a_whole_chain_is_whole_in_any_order_and_with_repetitions() {
    let mut chain = four();
    let head = chain[3]["hash"].as_str().unwrap().to_owned();
    let expected = Chain { organization_id: ORGANIZATION, termination_uid: UID.into(), receipts: 4, head };
    assert_eq!(verify(&chain), Ok(vec![expected.clone()]));
    chain.swap(0, 3);
    chain.extend_from_within(1..3);
    assert_eq!(verify(&chain), Ok(vec![expected.clone()]));
    let lines: Vec<String> = chain.iter().map(canonical).collect();
    assert_eq!(verify_ndjson(&lines.join("\n\n")), Ok(vec![expected]));
    assert_eq!(verify(&[]), Ok(vec![]));
}

#[test]
fn receipts_of_several_terminations_are_several_chains() {
    let mut other = termination(vec![ended(1, 100), ended(5, 90)]);
    other.status.as_mut().unwrap().uid = Some("other".into());
    let mut both = four();
    both.extend(values(&receipts(&other).unwrap()));
    let chains = verify(&both).unwrap();
    assert_eq!(chains.iter().map(|chain| (chain.termination_uid.as_str(), chain.receipts)).collect::<Vec<_>>(), [(UID, 4), ("other", 2)]);
}

#[test]
fn what_is_done_to_a_chain_is_found() {
    let chain = four();
    let id = |place: usize| chain[place]["id"].as_str().unwrap().parse::<Uuid>().unwrap();
    let gap = |reached, present| Flaw::Gap { termination_uid: UID.into(), reached, present };
    let with = |place: usize, receipt: Value| {
        let mut changed = chain.clone();
        changed[place] = receipt;
        changed
    };
    let mut changed = chain[1].clone();
    changed["state"] = json!("NotFound");
    let mut more = chain[1].clone();
    more["note"] = json!("all is well");
    let mut grown = chain.clone();
    grown.push(forged(&chain[2], "state", json!("NotFound")));
    let second = forged(&forged(&chain[1], "conversationId", json!(conversation(9))), "id", {
        json!(Identity::of(&termination(vec![])).unwrap().receipt_id(conversation(9)))
    });
    let mut forked = chain.clone();
    forked.push(second.clone());
    let new_id = second["id"].as_str().unwrap().parse::<Uuid>().unwrap();
    let table = [
        ("a field changed", with(1, changed), Flaw::Changed(id(1))),
        ("a field added", with(1, more), Flaw::Changed(id(1))),
        ("changed, and the hash with it", with(1, forged(&chain[1], "state", json!("NotFound"))), gap(2, 4)),
        ("another conversation", with(3, forged(&chain[3], "conversationId", json!(conversation(9)))), Flaw::Id(id(3))),
        ("one from the middle is missing", [&chain[..1], &chain[2..]].concat(), gap(1, 3)),
        ("the first is missing", chain[1..].to_vec(), gap(0, 3)),
        ("a session twice", grown, Flaw::Conflict(id(2))),
        ("one slipped in", forked, Flaw::Fork(id(1).min(new_id), id(1).max(new_id))),
        ("the end of another chain", with(0, forged(&chain[0], "previousHash", json!("0"))), gap(0, 4)),
        ("no receipt", with(2, json!({ "id": id(2) })), Flaw::Unreadable(3)),
        ("no object", with(2, json!([])), Flaw::Unreadable(3)),
        ("a format of tomorrow", with(2, forged(&chain[2], "format", json!("webchatops.dev/receipt/v2"))), Flaw::Unreadable(3)),
    ];
    for (what, receipts, flaw) in table {
        assert_eq!(verify(&receipts), Err(flaw), "{what}");
    }
    assert_eq!(verify_ndjson("{}\nnot json\n"), Err(Flaw::Unreadable(2)));
}

#[test]
fn what_is_cut_off_the_end_shows_in_the_head_and_the_count() {
    let chain = four();
    let whole = verify(&chain).unwrap().remove(0);
    let cut = verify(&chain[..3]).unwrap().remove(0);
    assert!(whole.head != cut.head && whole.receipts == cut.receipts + 1);
}

/// A later build's receipt has a field that this one does not know, and says so in its hash.
#[test]
fn a_field_of_tomorrow_is_hashed_all_the_same() {
    let known = four().remove(0);
    assert!(verify(&[forged(&known, "somethingNew", json!({ "b": 1, "a": [true, null] }))]).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_one_byte_that_is_changed_is_found(at in any::<prop::sample::Index>(), flip in 1u8..) {
        let made = receipts(&termination(vec![ended(1, 100), ended(2, 110)])).unwrap();
        let lines = ndjson(&made).unwrap();
        let whole = verify_ndjson(&lines);
        let mut bytes = lines.into_bytes();
        let place = at.index(bytes.len());
        bytes[place] ^= flip;
        if let Ok(text) = String::from_utf8(bytes) {
            // What it says is the same if only white space changed.
            let said: Result<Vec<Value>, _> = text.lines().map(serde_json::from_str).collect();
            let same = said.is_ok_and(|said| said == values(&made));
            prop_assert_eq!(verify_ndjson(&text) == whole, same, "{}", text);
        }
    }

    #[test]
    fn any_text_is_judged(text in any::<String>()) {
        let _judged = verify_ndjson(&text);
    }
}
