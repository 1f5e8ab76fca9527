//! Values in one line, as vector files write them.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, ReflectMessage, Value as Field};
use quotary_client::google::r#type::Money;
use serde_json::{Map, Value, json};

/// An expectation of the kit as a vector file has it.
pub(crate) fn written(node: &Value) -> Value {
    let Some((kind, of)) = node.as_object().and_then(|node| node.iter().next()) else {
        return node.clone();
    };
    match (kind.as_str(), of) {
        ("fields" | "map", Value::Object(of)) => of
            .iter()
            .map(|(name, each)| (name.clone(), written(each)))
            .collect::<Map<_, _>>()
            .into(),
        ("list", Value::Array(of)) => of.iter().map(written).collect(),
        ("any_order" | "contains", Value::Array(of)) => {
            json!({ kind: of.iter().map(written).collect::<Value>() })
        }
        ("absent", _) => Value::Null,
        _ => of.clone(),
    }
}

/// A message as vector files write it: what is set, dates and amounts in their short forms.
pub(crate) fn short(message: &DynamicMessage) -> Value {
    let descriptor = message.descriptor();
    match descriptor.full_name() {
        "google.type.Money" | "google.type.Date" => text(&whole(message)).into(),
        name if name.starts_with("google.protobuf.") => plain(message),
        _ => message
            .fields()
            .map(|(field, value)| (field.name().to_owned(), short_value(value, &field)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

/// The value of a field as vector files write it.
pub(crate) fn short_value(value: &Field, field: &FieldDescriptor) -> Value {
    match value {
        Field::List(entries) => entries.iter().map(|each| short_value(each, field)).collect(),
        Field::Map(entries) => {
            let Kind::Message(entry) = field.kind() else {
                return Value::Null;
            };
            let of = entry.map_entry_value_field();
            let mut shown: Vec<_> = entries
                .iter()
                .map(|(key, each)| (key_text(key), short_value(each, &of)))
                .collect();
            shown.sort_by(|left, right| left.0.cmp(&right.0));
            shown.into_iter().collect::<Map<_, _>>().into()
        }
        Field::Message(message) => short(message),
        Field::EnumNumber(number) => match field.kind() {
            Kind::Enum(names) => names
                .get_value(*number)
                .map_or_else(|| (*number).into(), |each| each.name().into()),
            _ => (*number).into(),
        },
        Field::Bool(each) => (*each).into(),
        Field::I32(each) => (*each).into(),
        Field::I64(each) => (*each).into(),
        Field::U32(each) => (*each).into(),
        Field::U64(each) => (*each).into(),
        Field::F32(each) => (*each).into(),
        Field::F64(each) => (*each).into(),
        Field::String(each) => each.as_str().into(),
        Field::Bytes(each) => each
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
            .into(),
    }
}

/// Every field of a Money or a Date, absent ones with their zero value.
pub(crate) fn whole(message: &DynamicMessage) -> Value {
    let fields = message.descriptor().fields().collect::<Vec<_>>();
    fields
        .iter()
        .map(|field| {
            (
                field.name().to_owned(),
                short_value(&message.get_field(field), field),
            )
        })
        .collect::<Map<_, _>>()
        .into()
}

/// A well-known type in its JSON form.
pub(crate) fn plain(message: &DynamicMessage) -> Value {
    serde_json::to_value(message).unwrap_or(Value::Null)
}

pub(crate) fn key_text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(each) => each.to_string(),
        MapKey::I32(each) => each.to_string(),
        MapKey::I64(each) => each.to_string(),
        MapKey::U32(each) => each.to_string(),
        MapKey::U64(each) => each.to_string(),
        MapKey::String(each) => each.clone(),
    }
}

/// A value in one line, as it would stand in a vector file.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Object(fields) => amount(fields).or_else(|| date(fields)).unwrap_or_else(|| {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, each)| format!("{name}: {}", text(each)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }),
        Value::Array(entries) => format!("[{}]", entries.iter().map(text).collect::<Vec<_>>().join(", ")),
        Value::String(words) => {
            let is_plain =
                !words.is_empty() && words.trim() == words && !words.contains([',', '[', ']', '{', '}']);
            if is_plain {
                words.clone()
            } else {
                value.to_string()
            }
        }
        other => other.to_string(),
    }
}

fn amount(fields: &Map<String, Value>) -> Option<String> {
    let money = Money {
        currency_code: fields.get("currency_code")?.as_str()?.to_owned(),
        units: number(fields.get("units")?)?,
        nanos: number(fields.get("nanos")?)?.try_into().ok()?,
    };
    money.text().ok().filter(|_| fields.len() == 3)
}

fn date(fields: &Map<String, Value>) -> Option<String> {
    let part = |name| fields.get(name).and_then(number);
    let (year, month, day) = (part("year")?, part("month")?, part("day")?);
    Some(format!("{year:04}-{month:02}-{day:02}")).filter(|_| fields.len() == 3)
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
