//! Redelivery into a real SQL store.

use rusqlite::{Connection, params};
use serde_json::Value;
use webchat_terminator::receipts::{Receipt, ndjson, verify, verify_ndjson};

use super::made::made;

const TABLE: &str = "CREATE TABLE receipts (id TEXT PRIMARY KEY, conversation TEXT NOT NULL, state TEXT NOT NULL, receipt TEXT NOT NULL)";
const UPSERT: &str = "INSERT INTO receipts VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (id) DO UPDATE SET conversation = excluded.conversation, state = excluded.state, receipt = excluded.receipt";

/// Stores one receipt, as the receiver of a delivery would.
fn deliver(store: &Connection, receipt: &Receipt) {
    let (id, conversation) = (receipt.id.to_string(), receipt.conversation_id.to_string());
    let line = ndjson(std::slice::from_ref(receipt)).unwrap();
    store.execute(UPSERT, params![id, conversation, receipt.state.name(), line.trim()]).unwrap();
}

fn rows(store: &Connection) -> Vec<Value> {
    let mut select = store.prepare("SELECT receipt FROM receipts ORDER BY id").unwrap();
    let rows = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.map(|row| serde_json::from_str(&row.unwrap()).unwrap()).collect()
}

fn count(store: &Connection, query: &str) -> i64 {
    store.query_row(query, [], |row| row.get(0)).unwrap()
}

#[test]
fn however_often_and_in_whatever_order_receipts_come_there_is_one_row_a_session() {
    let folder = tempfile::tempdir().unwrap();
    let store = Connection::open(folder.path().join("receipts.sqlite")).unwrap();
    store.execute(TABLE, []).unwrap();
    // After each look at the status every receipt that there is goes out again, shuffled, and twice.
    let mut dice = fastrand::Rng::with_seed(4711);
    for finished in [3, 3, 9, 20, 20] {
        let mut deliveries: Vec<Receipt> = ["one", "two"].iter().flat_map(|uid| made(uid, finished)).collect();
        deliveries.extend_from_within(..);
        dice.shuffle(&mut deliveries);
        deliveries.iter().for_each(|receipt| deliver(&store, receipt));
        assert_eq!(count(&store, "SELECT count(*) FROM receipts"), 2 * i64::from(finished));
        let chains = verify(&rows(&store)).unwrap();
        assert_eq!(chains.iter().map(|chain| chain.receipts).collect::<Vec<_>>(), [finished as usize; 2]);
    }
    assert_eq!(count(&store, "SELECT count(*) FROM (SELECT DISTINCT conversation FROM receipts)"), 20, "of each termination one");
    assert_eq!(count(&store, "SELECT max(n) FROM (SELECT count(*) AS n FROM receipts GROUP BY conversation)"), 2);
}

#[test]
fn the_store_shows_what_was_done_to_it() {
    let store = Connection::open_in_memory().unwrap();
    store.execute(TABLE, []).unwrap();
    made("one", 6).iter().for_each(|receipt| deliver(&store, receipt));
    assert!(verify(&rows(&store)).is_ok());
    let third = made("one", 6)[2].id.to_string();
    store.execute("UPDATE receipts SET receipt = replace(receipt, '\"Ended\"', '\"Failed\"') WHERE id = ?1", [&third]).unwrap();
    assert!(verify(&rows(&store)).unwrap_err().to_string().contains("was changed"));
    store.execute("DELETE FROM receipts WHERE id = ?1", [&third]).unwrap();
    assert!(verify(&rows(&store)).unwrap_err().to_string().contains("after 2 of 5 receipts"));
    // What is derived anew mends it.
    made("one", 6).iter().for_each(|receipt| deliver(&store, receipt));
    assert_eq!(verify(&rows(&store)).unwrap(), verify_ndjson(&ndjson(&made("one", 6)).unwrap()).unwrap());
}
