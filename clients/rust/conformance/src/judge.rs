//! What comes of a vector that was put.

use prost::Message;
use prost_reflect::DynamicMessage;
use quotary_client::google::rpc;
use quotary_client::{Client, Code, Error, code_name};
use serde_json::Value;

use crate::ask::{NoAnswer, Requests};
use crate::calls::ask;
use crate::kit::{Expected, Kit, Vector};
use crate::matcher::{Difference, differences};

/// Put a vector, and judge the answer. An error is the whole text of the failure.
pub(crate) async fn judge(vector: &Vector, kit: &Kit, client: &Client) -> Result<(), String> {
    let requests = encoded(vector, kit)?;
    let told = match (ask(client, &vector.call, requests).await, &vector.error) {
        (Ok(answers), None) => ("disagreed", judge_answers(vector, kit, &answers)?),
        (Ok(_), Some(error)) => ("disagreed", vec![Difference::new("status", &error.code, "OK")]),
        (Err(NoAnswer::Failed(error)), expected) => judge_error(expected.as_ref(), &error),
        (Err(NoAnswer::NotPut(why)), _) => return Err(why),
    };
    match told {
        (_, found) if found.is_empty() => Ok(()),
        (verdict, found) => Err(failure(vector, verdict, &found)),
    }
}

fn encoded(vector: &Vector, kit: &Kit) -> Result<Requests, String> {
    let no_call = || format!("{}: the contract has no such call", vector.call);
    let descriptor = kit.method(&vector.call).ok_or_else(no_call)?.input();
    let one = std::slice::from_ref(&vector.request);
    let requests = vector.request.as_array().map_or(one, Vec::as_slice);
    let read = |json: &Value| {
        DynamicMessage::deserialize(descriptor.clone(), json.clone())
            .map(|message| message.encode_to_vec())
            .map_err(|error| format!("the request is none of the contract: {error}"))
    };
    requests.iter().map(read).collect()
}

fn judge_answers(vector: &Vector, kit: &Kit, answers: &[Vec<u8>]) -> Result<Vec<Difference>, String> {
    let method = kit.method(&vector.call).ok_or("the contract has no such call")?;
    let decode = |bytes: &Vec<u8>| DynamicMessage::decode(method.output(), bytes.as_slice());
    let messages = answers
        .iter()
        .map(decode)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| error.to_string())?;
    let differs = |expect: &Value| in_answers(expect, &messages, method.is_server_streaming());
    let mut found = vector.expect.as_ref().map(differs).unwrap_or_default();
    let by_reading: Vec<_> = vector.readings.iter().map(|each| differs(&each.expect)).collect();
    if !by_reading.is_empty() && (!found.is_empty() || by_reading.iter().all(|each| !each.is_empty())) {
        // As the rule book reads it, which stands first.
        found.extend(by_reading.into_iter().next().unwrap_or_default());
    }
    Ok(found)
}

fn in_answers(expect: &Value, answers: &[DynamicMessage], streamed: bool) -> Vec<Difference> {
    if !streamed {
        return answers
            .iter()
            .flat_map(|answer| differences(expect, answer, ""))
            .collect();
    }
    let awaited = expect.as_array().map(Vec::as_slice).unwrap_or_default();
    if awaited.len() != answers.len() {
        let (wanted, got) = (awaited.len(), answers.len());
        return vec![Difference::new(
            "",
            format!("{wanted} answers"),
            format!("{got} answers"),
        )];
    }
    let pairs = awaited.iter().zip(answers).enumerate();
    pairs
        .flat_map(|(i, (want, answer))| differences(want, answer, &format!("[{i}]")))
        .collect()
}

fn judge_error(expected: Option<&Expected>, error: &Error) -> (&'static str, Vec<Difference>) {
    let code = code_name(error.code());
    let Some(expected) = expected.filter(|each| each.code == code) else {
        let wanted = expected.map_or("OK", |each| &each.code);
        return match error.code() {
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => {
                ("missing", vec![Difference::new("status", "an answer", code)])
            }
            Code::Unimplemented => (
                "not offered: select the calls that the engine has",
                vec![Difference::new("status", wanted, code)],
            ),
            _ => (
                "disagreed",
                vec![Difference::new(
                    "status",
                    wanted,
                    format!("{code} {}", error.message()).trim(),
                )],
            ),
        };
    };
    ("disagreed", error_differences(expected, error))
}

fn error_differences(expected: &Expected, error: &Error) -> Vec<Difference> {
    let status = match rpc::Status::decode(error.status().details()) {
        Ok(status) => status,
        Err(_) => {
            return vec![Difference::new(
                "status details",
                "a google.rpc.Status",
                "bytes that are none",
            )];
        }
    };
    let code = error.code() as i32;
    if !error.status().details().is_empty() && status.code != code {
        let (expected, got) = (
            format!("code {code} as in the status"),
            format!("code {}", status.code),
        );
        return vec![Difference::new("status details", expected, got)];
    }
    let mut found = Vec::new();
    if let Some(reason) = &expected.reason {
        let infos = status
            .details
            .iter()
            .filter(|each| each.type_url.ends_with("/google.rpc.ErrorInfo"));
        let read = |each: &prost_types::Any| {
            rpc::ErrorInfo::decode(each.value.as_slice())
                .unwrap_or_default()
                .reason
        };
        let reasons: Vec<_> = infos.map(read).collect();
        if reasons != [reason.as_str()] {
            let got = if reasons.is_empty() {
                "none".to_owned()
            } else {
                reasons.join(", ")
            };
            found.push(Difference::new("reason", reason, got));
        }
    }
    if let Some(violations) = &expected.violations {
        let mut awaited: Vec<_> = violations
            .iter()
            .map(|each| format!("{}: {}", each.field, each.reason))
            .collect();
        let mut got: Vec<_> = error
            .violations()
            .iter()
            .map(|each| format!("{}: {}", each.field, each.reason))
            .collect();
        awaited.sort();
        got.sort();
        if awaited != got {
            let braced = |all: Vec<String>| format!("{{{}}}", all.join(", "));
            found.push(Difference::new("violations", braced(awaited), braced(got)));
        }
    }
    found
}

/// The words of the kit's own runner: what differs, the working, and what the vector rests on.
fn failure(vector: &Vector, verdict: &str, found: &[Difference]) -> String {
    let mut lines = vec![format!("{}/{}: {verdict}", vector.topic, vector.id)];
    let mut add = |line: String| lines.push(format!("    {line}"));
    if !vector.title.is_empty() {
        add(vector.title.clone());
    }
    found.iter().for_each(|each| add(each.to_string()));
    if verdict == "missing" {
        return lines.join("\n");
    }
    vector.working.lines().for_each(|line| add(format!("| {line}")));
    vector
        .cites
        .iter()
        .for_each(|each| add(about("passage", &each.passage, each.heading.as_deref())));
    vector
        .rules
        .iter()
        .for_each(|each| add(about("rule", &each.id, each.statement.as_deref())));
    vector
        .rulings
        .iter()
        .for_each(|each| add(about("ruling", &each.id, each.title.as_deref())));
    add(format!("asked {} {}", vector.call, vector.request));
    lines.join("\n")
}

fn about(kind: &str, id: &str, words: Option<&str>) -> String {
    let words = words
        .filter(|each| !each.is_empty())
        .map_or_else(String::new, |each| format!(": {each}"));
    format!("{kind} {id}{words}")
}
