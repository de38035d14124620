//! What the witness must say after every test, and how it is told.

use webchat_terminator::simulator::world::Witness;

use super::stage::Stage;

impl Stage<'_> {
    /// The witness, after everything is marked as finished and the controller had time to do more: nothing was closed twice,
    /// nothing out of order, nothing afterwards. `repeated` is how many closes were sent in vain, each explained by the test.
    pub(super) fn judge(&self, repeated: u64) -> Witness {
        self.genesys.world(|world| world.mark_finished(None));
        std::thread::sleep(std::time::Duration::from_millis(500));
        let witness = self.genesys.witness();
        eprintln!("{}: {witness}", self.namespace);
        assert!(witness.effective_closes.iter().all(|closes| closes.count == 1), "{:?}", witness.effective_closes);
        assert_eq!(witness.repeated_closes, repeated, "repeated closes: {:#?}", witness.writes);
        assert_eq!(witness.out_of_order, 0, "out of order: {:#?}", witness.writes);
        assert_eq!(witness.after_finished, 0, "after finished: {:#?}", witness.writes);
        assert_eq!(witness.teardowns, 0);
        witness
    }
}
