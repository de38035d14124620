//! A real SQL store of receipts, which upserts by id as the receiver of a delivery would.

use std::path::Path;

use rusqlite::{Connection, params};
use serde_json::Value;

const TABLE: &str = "CREATE TABLE receipts (id TEXT PRIMARY KEY, conversation TEXT NOT NULL, state TEXT NOT NULL, receipt TEXT NOT NULL)";
const UPSERT: &str = "INSERT INTO receipts VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (id) DO UPDATE SET conversation = excluded.conversation, state = excluded.state, receipt = excluded.receipt";

/// A store in a file.
pub(super) struct Store(Connection);

impl Store {
    /// A new store.
    pub(super) fn create(file: &Path) -> Self {
        let connection = Connection::open(file).unwrap();
        connection.execute(TABLE, []).unwrap();
        Self(connection)
    }

    /// Takes one receipt in, again if it is there.
    pub(super) fn upsert(&self, receipt: &Value) {
        let text = |name: &str| receipt[name].as_str().unwrap();
        let line = webchat_terminator::receipts::canonical(receipt);
        self.0.execute(UPSERT, params![text("id"), text("conversationId"), text("state"), line]).unwrap();
    }

    /// Every receipt, by id.
    pub(super) fn rows(&self) -> Vec<Value> {
        let mut select = self.0.prepare("SELECT receipt FROM receipts ORDER BY id").unwrap();
        let rows = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(|row| serde_json::from_str(&row.unwrap()).unwrap()).collect()
    }

    /// What a query counts.
    pub(super) fn count(&self, query: &str) -> i64 {
        self.0.query_row(query, [], |row| row.get(0)).unwrap()
    }

    /// Does something to one row, past the upsert.
    #[allow(dead_code, reason = "not every test target tampers")]
    pub(super) fn tamper(&self, statement: &str, id: &str) {
        self.0.execute(statement, [id]).unwrap();
    }
}
