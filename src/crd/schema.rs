//! The schemas as they are installed: what derives cannot say is added here, and what they say too much is taken away.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, CustomResourceDefinitionVersion, JSON, JSONSchemaProps, JSONSchemaPropsOrArray,
};
use kube::CustomResourceExt;
use serde_json::{Value, json};

use super::{GenesysConnection, WebchatTermination};

/// Lower case only: one conversation must not be listed twice in two spellings.
const UUID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

/// Returns the definitions of all our resources, ready to be installed.
#[must_use]
pub fn all() -> Vec<CustomResourceDefinition> {
    [GenesysConnection::crd(), WebchatTermination::crd()].into_iter().map(finish).collect()
}

/// Renders a definition as YAML.
///
/// # Errors
/// When it cannot be rendered, which no definition of [`all`] shows.
pub fn yaml(definition: &CustomResourceDefinition) -> Result<String, serde_saphyr::ser::Error> {
    let mut value = serde_json::to_value(definition).map_err(<serde_saphyr::ser::Error as serde::ser::Error>::custom)?;
    whole_numbers(&mut value);
    serde_saphyr::to_string(&value)
}

/// Bounds are floating-point numbers in the types of Kubernetes; people write `100`, not `100.0`.
fn whole_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let whole = number.as_f64().map(|float| (float, float as i64));
            if let Some((_, whole)) = whole.filter(|(float, whole)| *whole as f64 == *float) {
                *number = whole.into();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(whole_numbers),
        Value::Object(fields) => fields.values_mut().for_each(whole_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// Returns the name of the file that holds a definition in `crds/`.
#[must_use]
pub fn file_name(definition: &CustomResourceDefinition) -> String {
    format!("{}_{}.yaml", definition.spec.group, definition.spec.names.plural)
}

fn finish(mut definition: CustomResourceDefinition) -> CustomResourceDefinition {
    for CustomResourceDefinitionVersion { schema, .. } in &mut definition.spec.versions {
        let root = schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut());
        let Some(root) = root else { continue };
        root.title = None;
        let Some(properties) = &mut root.properties else { continue };
        for (name, property) in properties {
            tidy(property);
            if name == "status" {
                finish_status(property);
            }
        }
    }
    definition
}

fn finish_status(status: &mut JSONSchemaProps) {
    // Without it, whoever waits for a condition could take an object that nobody has looked at for one that is current.
    status.default = Some(JSON(json!({ "observedGeneration": -1 })));
    let Some(properties) = &mut status.properties else { return };
    if let Some(JSONSchemaPropsOrArray::Schema(condition)) = properties.get_mut("conditions").and_then(|list| list.items.as_mut()) {
        bound_condition(condition);
    }
}

/// The bounds that Kubernetes itself sets for conditions, with a shorter message.
fn bound_condition(condition: &mut JSONSchemaProps) {
    let Some(properties) = &mut condition.properties else { return };
    for (name, property) in properties {
        match name.as_str() {
            "type" => property.max_length = Some(316),
            "reason" => {
                property.max_length = Some(128);
                property.min_length = Some(1);
                property.pattern = Some("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$".to_owned());
            }
            "message" => property.max_length = Some(1024),
            "status" => property.enum_ = Some(["True", "False", "Unknown"].map(|value| JSON(json!(value))).to_vec()),
            "observedGeneration" => property.minimum = Some(0.0),
            _ => {}
        }
    }
}

/// Puts one property and all below it into the form that the API server checks best.
fn tidy(schema: &mut JSONSchemaProps) {
    // An explicit null is dropped by the API server, as if the field were absent: there is no third case to handle.
    schema.nullable = None;
    if let Some(values) = &mut schema.enum_ {
        values.retain(|JSON(value)| *value != Value::Null);
    }
    if schema.format.as_deref() == Some("uuid") {
        schema.format = None;
        schema.pattern = Some(UUID.to_owned());
        schema.max_length = Some(36);
    }
    if schema.type_.as_deref() == Some("array") {
        // Unless it says otherwise a list has one writer, who replaces it whole.
        schema.x_kubernetes_list_type.get_or_insert_with(|| "atomic".to_owned());
    }
    // Wrapped source lines are one paragraph.
    schema.description = schema.description.take().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    schema.properties.iter_mut().flatten().for_each(|(_, property)| tidy(property));
    if let Some(JSONSchemaPropsOrArray::Schema(item)) = &mut schema.items {
        tidy(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Visits every property of every kind, with its path.
    fn each_property(visit: &mut dyn FnMut(&str, &JSONSchemaProps)) {
        fn below(path: &str, schema: &JSONSchemaProps, visit: &mut dyn FnMut(&str, &JSONSchemaProps)) {
            visit(path, schema);
            for (name, property) in schema.properties.iter().flatten() {
                below(&format!("{path}.{name}"), property, visit);
            }
            if let Some(JSONSchemaPropsOrArray::Schema(item)) = &schema.items {
                below(&format!("{path}[]"), item, visit);
            }
        }
        for definition in all() {
            let schema = definition.spec.versions[0].schema.as_ref().unwrap().open_api_v3_schema.as_ref().unwrap();
            for part in ["spec", "status"] {
                below(&format!("{}.{part}", definition.spec.names.kind), &schema.properties.as_ref().unwrap()[part], visit);
            }
        }
    }

    #[test]
    fn every_property_is_described() {
        each_property(&mut |path, schema| {
            let described = schema.description.as_ref().is_some_and(|text| text.ends_with(['.', ')']) && !text.contains('\n'));
            assert!(described || path.ends_with("[]"), "{path}: {:?}", schema.description);
        });
    }

    #[test]
    fn every_string_and_list_is_bounded() {
        each_property(&mut |path, schema| match schema.type_.as_deref() {
            Some("string") => {
                let timed = schema.format.as_deref() == Some("date-time");
                assert!(schema.max_length.is_some() || schema.enum_.is_some() || timed, "{path} has no maximal length");
            }
            Some("array") => {
                assert!(schema.max_items.is_some(), "{path} has no maximal number of items");
                assert!(schema.x_kubernetes_list_type.is_some(), "{path} does not say how it is merged");
            }
            _ => assert!(schema.type_.is_some(), "{path} has no type"),
        });
    }

    #[test]
    fn every_integer_is_signed_and_has_a_lower_bound() {
        each_property(&mut |path, schema| {
            if schema.type_.as_deref() == Some("integer") {
                assert!(matches!(schema.format.as_deref(), Some("int32" | "int64")), "{path}: {:?}", schema.format);
                assert!(schema.minimum.is_some() || path.ends_with("status.observedGeneration"), "{path} has no minimum");
            }
        });
    }

    #[test]
    fn nothing_in_a_status_is_required_and_only_the_whole_has_a_default() {
        each_property(&mut |path, schema| match path.split_once(".status") {
            Some((_, "")) => {
                assert_eq!(schema.required, None, "{path}");
                assert_eq!(schema.default, Some(JSON(json!({ "observedGeneration": -1 }))), "{path}");
            }
            Some(_) => assert_eq!(schema.default, None, "{path}"),
            None => {}
        });
    }
}
