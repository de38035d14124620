//! Which statuses and codes there are, as the vendor documents them.

/// Statuses, and the codes of the platform that the vendor documents for each.
pub(crate) const DOCUMENTED: [(u16, &[&str]); 13] = [
    (
        400,
        &[
            "bad.request",
            "invalid.date",
            "invalid.value",
            "invalid.query.param.value",
            "client.failed.request",
            "response.entity.too.large",
        ],
    ),
    (401, &["authentication.required", "bad.credentials", "credentials.expired", "ip.not.authorized", "unauthorized"]),
    (403, &["missing.permissions", "missing.any.permissions", "not.authorized"]),
    (404, &["not.found"]),
    (408, &["client.timeout"]),
    (409, &["general.conflict", "general.resource.conflict"]),
    (413, &["request.entity.too.large"]),
    (415, &["unsupported.media.type"]),
    (429, &["too.many.requests", "too.many.requests.retry.after"]),
    (500, &["internal.server.error"]),
    (502, &["bad.gateway"]),
    (503, &["service.unavailable"]),
    (504, &["request.timeout", "authentication.request.timeout"]),
];

/// The words of the login service, as its standard has them.
pub(crate) const OF_LOGIN: [(u16, &[&str]); 4] = [
    (400, &["invalid_request", "invalid_grant", "unsupported_grant_type"]),
    (401, &["invalid_client"]),
    (403, &["unauthorized_client"]),
    (429, &["too.many.requests"]),
];

/// Statuses that are tried with a code that nobody documents, and without one.
pub(crate) const STATUSES: [u16; 33] = [
    200, 201, 202, 204, 301, 302, 307, 400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 412, 413, 415, 422, 423, 425, 429, 451, 500, 501,
    502, 503, 504, 505, 520, 599,
];
