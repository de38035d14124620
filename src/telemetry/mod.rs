//! SHELL: what is told about the program's own doing.
//!
//! | file   | what it is |
//! |--------|------------|
//! | `logs` | log lines on standard error, as text or JSON |

pub mod logs;
