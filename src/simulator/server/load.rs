//! Reads worlds from YAML.

use crate::simulator::world::{SpecError, WorldSpec};

/// The world that is simulated when nobody names another: eight stories, used by the demo too.
pub const DEFAULT_WORLD: &str = include_str!("../../../deploy/examples/world.yaml");

/// Why a world cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It is no YAML, or not of the right shape.
    #[error("line {line}, column {column}: {message}")]
    Shape {
        /// The line, from 1.
        line: u64,
        /// The column, from 1.
        column: u64,
        /// What is wrong there, in one line.
        message: String,
    },
    /// It is no YAML, at a place that is not known.
    #[error("{0}")]
    Unplaced(String),
    /// The shape is right and the content is not.
    #[error(transparent)]
    Content(#[from] SpecError),
}

/// Reads a world.
///
/// # Errors
/// In one line, with line and column where they are known.
pub fn load_world(yaml: &str) -> Result<WorldSpec, LoadError> {
    let spec: WorldSpec = serde_saphyr::from_str(yaml).map_err(|error| shape(&error))?;
    spec.check()?;
    Ok(spec)
}

/// The built-in world.
///
/// # Errors
/// Never, as long as the tests pass.
pub fn default_world() -> Result<WorldSpec, LoadError> {
    load_world(DEFAULT_WORLD)
}

fn shape(error: &serde_saphyr::Error) -> LoadError {
    let text = error.without_snippet().to_string();
    let message = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    match error.location() {
        None => LoadError::Unplaced(message),
        Some(place) => {
            let (line, column) = (place.line(), place.column());
            // The place is said once, in front.
            let message = message.strip_suffix(&format!(" at line {line}, column {column}")).unwrap_or(&message).to_owned();
            LoadError::Shape { line, column, message }
        }
    }
}
