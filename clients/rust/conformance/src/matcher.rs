//! An answer against the expectations of the kit: each node says how it is compared.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage, Value as Field};
use serde_json::{Map, Value};

use crate::words::{key_text, plain, short_value, text, whole, written};

/// A place where an answer is not what was expected.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Difference {
    pub path: String,
    pub expected: String,
    pub got: String,
}

impl Difference {
    pub(crate) fn new(path: &str, expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            expected: expected.into(),
            got: got.into(),
        }
    }

    fn of(path: &str, node: &Value, got: impl Into<String>) -> Self {
        Self::new(path, text(&written(node)), got)
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = if self.path.is_empty() {
            "answer"
        } else {
            &self.path
        };
        write!(to, "{path}: expected {}, got {}", self.expected, self.got)
    }
}

type Found = Vec<Difference>;

const ABSENT: &str = "absent";

/// Every place where a message is not what a node expects.
pub(crate) fn differences(node: &Value, message: &DynamicMessage, path: &str) -> Found {
    match entry(node) {
        Some(("fields", Value::Object(fields))) => fields
            .iter()
            .flat_map(|(name, each)| in_field(each, message, name, &joined(path, name)))
            .collect(),
        Some(("message", Value::Object(fields))) => {
            let actual = whole(message);
            let differs = fields
                .iter()
                .any(|(name, each)| !same_number_or_text(each, actual.get(name)));
            if differs {
                vec![Difference::of(path, node, text(&actual))]
            } else {
                Vec::new()
            }
        }
        Some(("value", expected)) => in_plain(expected, &plain(message), path),
        _ => vec![Difference::of(path, node, text(&crate::words::short(message)))],
    }
}

fn entry(node: &Value) -> Option<(&str, &Value)> {
    let node = node.as_object().filter(|each| each.len() == 1)?;
    node.iter().next().map(|(kind, of)| (kind.as_str(), of))
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// In a Money or a Date a 64-bit number may be a number or text.
fn same_number_or_text(expected: &Value, actual: Option<&Value>) -> bool {
    let bare = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    actual.is_some_and(|actual| bare(actual) == bare(expected))
}

fn in_field(node: &Value, message: &DynamicMessage, name: &str, path: &str) -> Found {
    let Some(field) = message.descriptor().get_field_by_name(name) else {
        return vec![Difference::of(path, node, "no such field")];
    };
    let value = message.get_field(&field);
    let absent = matches!(entry(node), Some(("absent", _)));
    if absent {
        // Set, though it may be to its zero value; without presence: another value than zero; a list that is not empty.
        let set = message.has_field(&field);
        return if set {
            vec![Difference::new(path, ABSENT, text(&short_value(&value, &field)))]
        } else {
            Vec::new()
        };
    }
    match value.as_ref() {
        Field::List(entries) => in_list(node, entries, &field, path),
        Field::Map(entries) => in_map(node, entries, &field, path),
        _ if field.supports_presence() && !message.has_field(&field) => {
            vec![Difference::of(path, node, ABSENT)]
        }
        one => in_value(node, one, &field, path),
    }
}

fn in_value(node: &Value, value: &Field, field: &FieldDescriptor, path: &str) -> Found {
    if let Field::Message(message) = value {
        return differences(node, message, path);
    }
    let actual = short_value(value, field);
    let agrees = match (entry(node), value) {
        (Some(("equals", Value::String(expected))), Field::I64(number)) => *expected == number.to_string(),
        (Some(("equals", Value::String(expected))), Field::U64(number)) => *expected == number.to_string(),
        (Some(("equals", expected)), _) => *expected == actual,
        _ => false,
    };
    if agrees {
        Vec::new()
    } else {
        vec![Difference::of(path, node, text(&actual))]
    }
}

fn in_list(node: &Value, values: &[Field], field: &FieldDescriptor, path: &str) -> Found {
    let shown = || text(&values.iter().map(|each| short_value(each, field)).collect());
    let (kind, expected) = match entry(node) {
        Some((kind @ ("list" | "any_order" | "contains"), Value::Array(expected))) => (kind, expected),
        _ => return vec![Difference::of(path, node, shown())],
    };
    if kind == "list" {
        if expected.len() != values.len() {
            return vec![Difference::of(path, node, shown())];
        }
        let pairs = expected.iter().zip(values).enumerate();
        return pairs
            .flat_map(|(i, (each, value))| in_value(each, value, field, &format!("{path}[{i}]")))
            .collect();
    }
    let agrees = |each: &Value, value: &Field| in_value(each, value, field, path).is_empty();
    let fits: Vec<Vec<bool>> = expected
        .iter()
        .map(|each| values.iter().map(|value| agrees(each, value)).collect())
        .collect();
    let mut found = Found::new();
    for place in unmatched(&fits) {
        let nearest = nearest(&expected[place], values, field, path);
        if nearest.is_empty() {
            let alone = serde_json::json!({ kind: [expected[place]] });
            found.push(Difference::of(path, &alone, shown()));
        }
        found.extend(nearest);
    }
    if kind == "any_order" && expected.len() != values.len() {
        found.push(Difference::of(path, node, shown()));
    }
    found
}

/// Where the entry differs that is most like the one wanted; nothing when none is much like it.
fn nearest(node: &Value, values: &[Field], field: &FieldDescriptor, path: &str) -> Found {
    let Some(("fields", Value::Object(wanted))) = entry(node) else {
        return Found::new();
    };
    let all = values
        .iter()
        .enumerate()
        .map(|(i, value)| in_value(node, value, field, &format!("{path}[{i}]")));
    all.min_by_key(Vec::len)
        .filter(|found| 2 * found.len() < wanted.len())
        .unwrap_or_default()
}

/// Rows that find no column of their own in a largest matching of rows to columns that fit.
fn unmatched(fits: &[Vec<bool>]) -> Vec<usize> {
    fn place(row: usize, fits: &[Vec<bool>], tried: &mut [bool], holder: &mut [Option<usize>]) -> bool {
        for column in 0..holder.len() {
            if fits[row][column] && !std::mem::replace(&mut tried[column], true) {
                let free = match holder[column] {
                    None => true,
                    Some(other) => place(other, fits, tried, holder),
                };
                if free {
                    holder[column] = Some(row);
                    return true;
                }
            }
        }
        false
    }
    let columns = fits.first().map_or(0, Vec::len);
    let mut holder = vec![None; columns];
    (0..fits.len())
        .filter(|row| !place(*row, fits, &mut vec![false; columns], &mut holder))
        .collect()
}

fn in_map(
    node: &Value,
    values: &std::collections::HashMap<prost_reflect::MapKey, Field>,
    field: &FieldDescriptor,
    path: &str,
) -> Found {
    let (Some(("map", Value::Object(expected))), Kind::Message(pair)) = (entry(node), field.kind()) else {
        return vec![Difference::of(
            path,
            node,
            text(&short_value(&Field::Map(values.clone()), field)),
        )];
    };
    let of = pair.map_entry_value_field();
    let in_key = |(key, each): (&String, &Value)| {
        let here = format!("{path}[{key}]");
        match values.iter().find(|(name, _)| key_text(name) == *key) {
            Some((_, value)) => in_value(each, value, &of, &here),
            None => vec![Difference::of(&here, each, ABSENT)],
        }
    };
    expected.iter().flat_map(in_key).collect()
}

fn in_plain(expected: &Value, actual: &Value, path: &str) -> Found {
    match (expected, actual) {
        (Value::Object(wanted), Value::Object(there)) => in_plain_object(wanted, there, path),
        (Value::Array(wanted), Value::Array(there)) if wanted.len() == there.len() => {
            let pairs = wanted.iter().zip(there).enumerate();
            pairs
                .flat_map(|(i, (each, value))| in_plain(each, value, &format!("{path}[{i}]")))
                .collect()
        }
        // `1` and `1.0` are the same number.
        (Value::Number(wanted), Value::Number(there)) if wanted.as_f64() == there.as_f64() => Found::new(),
        _ if expected == actual => Found::new(),
        _ => vec![Difference::new(path, text(expected), text(actual))],
    }
}

fn in_plain_object(wanted: &Map<String, Value>, there: &Map<String, Value>, path: &str) -> Found {
    let in_key = |(key, each): (&String, &Value)| {
        let here = joined(path, key);
        match there.get(key) {
            Some(value) => in_plain(each, value, &here),
            None => vec![Difference::new(&here, text(each), ABSENT)],
        }
    };
    wanted.iter().flat_map(in_key).collect()
}
