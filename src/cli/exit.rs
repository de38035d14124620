//! The exit codes, as a type.

/// How a command ended, as a script sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was asked for is done.
    Succeeded,
    /// It finished, and not every session ended.
    NotAllEnded,
    /// Receipts that were checked are not what they were.
    Flawed,
    /// Bad usage or bad input. Nothing was sent.
    Usage,
    /// Credentials, organization, permission or connection: a person has to mend something.
    Blocked,
    /// Interrupted or suspended: the same command resumes.
    Interrupted,
    /// The state file is locked or unusable. Nothing was sent.
    State,
    /// A fault of the program.
    Internal,
}

/// The codes, as `--help` lists them.
pub(super) const TABLE: &str = "\
Exit codes:
   0  succeeded
   1  finished, but not every session ended
   2  bad usage or bad input; nothing was sent
   3  blocked: credentials, organization, permission or connection have to be fixed
   4  interrupted or suspended: run the same command to resume
   5  the state file is locked or unusable
  70  internal error (a bug)";

impl Exit {
    /// The number that the process exits with.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Succeeded => 0,
            Self::NotAllEnded | Self::Flawed => 1,
            Self::Usage => 2,
            Self::Blocked => 3,
            Self::Interrupted => 4,
            Self::State => 5,
            Self::Internal => 70,
        }
    }

    /// The graver of two, for a command that does several things.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Succeeded => 0,
            Self::NotAllEnded | Self::Flawed => 1,
            Self::Blocked => 2,
            Self::State => 3,
            Self::Usage => 4,
            Self::Interrupted => 5,
            Self::Internal => 6,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_in_the_help_names_every_code() {
        let all = [Exit::Succeeded, Exit::NotAllEnded, Exit::Usage, Exit::Blocked, Exit::Interrupted, Exit::State, Exit::Internal];
        let listed: Vec<u8> = TABLE.lines().skip(1).map(|line| line[..4].trim().parse().unwrap()).collect();
        assert_eq!(listed, all.map(Exit::code));
    }
}
