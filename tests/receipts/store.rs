//! Redelivery into a real SQL store.

use webchat_terminator::receipts::{Receipt, ndjson, verify, verify_ndjson};

use super::made::made;
use super::table::Store;

fn deliver(store: &Store, receipts: &[Receipt]) {
    receipts.iter().for_each(|receipt| store.upsert(&serde_json::to_value(receipt).unwrap()));
}

#[test]
fn however_often_and_in_whatever_order_receipts_come_there_is_one_row_a_session() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(&folder.path().join("receipts.sqlite"));
    // After each look at the status every receipt that there is goes out again, shuffled, and twice.
    let mut dice = fastrand::Rng::with_seed(4711);
    for finished in [3, 3, 9, 20, 20] {
        let mut deliveries: Vec<Receipt> = ["one", "two"].iter().flat_map(|uid| made(uid, finished)).collect();
        deliveries.extend_from_within(..);
        dice.shuffle(&mut deliveries);
        deliver(&store, &deliveries);
        assert_eq!(store.count("SELECT count(*) FROM receipts"), 2 * i64::from(finished));
        let chains = verify(&store.rows()).unwrap();
        assert_eq!(chains.iter().map(|chain| chain.receipts).collect::<Vec<_>>(), [finished as usize; 2]);
    }
    assert_eq!(store.count("SELECT count(*) FROM (SELECT DISTINCT conversation FROM receipts)"), 20, "of each termination one");
    assert_eq!(store.count("SELECT max(n) FROM (SELECT count(*) AS n FROM receipts GROUP BY conversation)"), 2);
}

#[test]
fn the_store_shows_what_was_done_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(&folder.path().join("receipts.sqlite"));
    deliver(&store, &made("one", 6));
    assert!(verify(&store.rows()).is_ok());
    let third = made("one", 6)[2].id.to_string();
    store.tamper("UPDATE receipts SET receipt = replace(receipt, '\"Ended\"', '\"Failed\"') WHERE id = ?1", &third);
    assert!(verify(&store.rows()).unwrap_err().to_string().contains("was changed"));
    store.tamper("DELETE FROM receipts WHERE id = ?1", &third);
    assert!(verify(&store.rows()).unwrap_err().to_string().contains("after 2 of 5 receipts"));
    // What is derived anew mends it.
    deliver(&store, &made("one", 6));
    assert_eq!(verify(&store.rows()).unwrap(), verify_ndjson(&ndjson(&made("one", 6)).unwrap()).unwrap());
}
