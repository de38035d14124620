//! The listener against a notification service.
