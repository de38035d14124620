//! The regions of Genesys Cloud.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A region of Genesys Cloud. Written `eu-central-1`; `eu_central_1` is read as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Cow<'_, str>", into = "&'static str")]
pub struct Region(&'static Entry);

/// A name that is no region of Genesys Cloud.
#[derive(Debug, thiserror::Error)]
#[error("unknown region {0:?}: one of {known} is expected", known = known())]
pub struct UnknownRegion(String);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Entry {
    name: &'static str,
    domain: &'static str,
}

const fn entry(name: &'static str, domain: &'static str) -> Entry {
    Entry { name, domain }
}

static REGIONS: [Entry; 18] = [
    entry("us-east-1", "mypurecloud.com"),
    entry("us-east-2", "use2.us-gov-pure.cloud"),
    entry("us-west-2", "usw2.pure.cloud"),
    entry("ca-central-1", "cac1.pure.cloud"),
    entry("mx-central-1", "mxc1.pure.cloud"),
    entry("sa-east-1", "sae1.pure.cloud"),
    entry("eu-west-1", "mypurecloud.ie"),
    entry("eu-west-2", "euw2.pure.cloud"),
    entry("eu-central-1", "mypurecloud.de"),
    entry("eu-central-2", "euc2.pure.cloud"),
    entry("eusc-de-east-1", "edee1.eusc-pure.cloud"),
    entry("me-central-1", "mec1.pure.cloud"),
    entry("ap-south-1", "aps1.pure.cloud"),
    entry("ap-southeast-1", "apse1.pure.cloud"),
    entry("ap-southeast-2", "mypurecloud.com.au"),
    entry("ap-northeast-1", "mypurecloud.jp"),
    entry("ap-northeast-2", "apne2.pure.cloud"),
    entry("ap-northeast-3", "apne3.pure.cloud"),
];

impl Region {
    /// Every region.
    pub fn all() -> impl Iterator<Item = Self> {
        REGIONS.iter().map(Self)
    }

    /// Its name, as `eu-central-1`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The domain that its hosts are under, as `mypurecloud.de`: `api.` and `login.` go before it.
    #[must_use]
    pub fn domain(self) -> &'static str {
        self.0.domain
    }
}

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(name: &str) -> Result<Self, UnknownRegion> {
        let hyphens = name.replace('_', "-");
        Self::all().find(|region| region.name() == hyphens).ok_or_else(|| UnknownRegion(name.to_owned()))
    }
}

impl TryFrom<Cow<'_, str>> for Region {
    type Error = UnknownRegion;

    fn try_from(name: Cow<'_, str>) -> Result<Self, UnknownRegion> {
        name.parse()
    }
}

impl From<Region> for &'static str {
    fn from(region: Region) -> Self {
        region.name()
    }
}

impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl JsonSchema for Region {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Region".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let hyphens = Self::all().map(|region| region.name().to_owned());
        let underscores = Self::all().map(|region| region.name().replace('-', "_"));
        json_schema!({ "type": "string", "enum": hyphens.chain(underscores).collect::<Vec<_>>() })
    }
}

fn known() -> String {
    REGIONS.each_ref().map(|region| region.name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_name_the_same_region_and_it_is_written_with_hyphens() {
        let [hyphens, underscores]: [Region; 2] = serde_json::from_str(r#"["eu-central-1", "eu_central_1"]"#).unwrap();
        assert_eq!(hyphens, underscores);
        assert_eq!(hyphens.domain(), "mypurecloud.de");
        assert_eq!(serde_json::to_string(&underscores).unwrap(), r#""eu-central-1""#);
    }

    #[test]
    fn an_unknown_region_is_refused_with_the_known_ones() {
        let refused = "eu-south-9".parse::<Region>().unwrap_err().to_string();
        assert!(refused.starts_with("unknown region \"eu-south-9\": one of us-east-1, "), "{refused}");
    }
}
