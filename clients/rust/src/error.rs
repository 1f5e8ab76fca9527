//! Why a call failed.

use std::time::Duration;

use prost::Message;
use tonic::{Code, Status};

use crate::google::rpc;

/// A call that failed. A refusal of a call that changes nothing is no error but an answer.
///
/// Every status makes one, also one whose details are missing, broken, or contradict its code: they are then not read.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.text())]
pub struct Error(Box<Failure>);

#[derive(Clone, Debug)]
struct Failure {
    code: Code,
    message: String,
    reason: Option<String>,
    violations: Vec<Violation>,
    omitted: usize,
    retry_delay: Option<Duration>,
    request_id: Option<String>,
    status: Status,
}

/// One thing that is wrong with a request, or that stands against a change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    /// Path in the request ("order.lines[0].product.id"), or what the refusal is about.
    pub field: String,
    /// Catalogued code ("UNKNOWN_PRODUCT").
    pub reason: String,
    /// What is wrong, and what to do.
    pub description: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{}: {}: {}", self.field, self.reason, self.description)
    }
}

impl Error {
    pub(crate) fn new(status: Status, request_id: Option<String>) -> Self {
        let (code, message) = seen(&status);
        let mut failure = Failure {
            code,
            message,
            reason: None,
            violations: Vec::new(),
            omitted: 0,
            retry_delay: None,
            request_id,
            status,
        };
        if let Ok(packed) = rpc::Status::decode(failure.status.details())
            && packed.code == code as i32
        {
            for detail in &packed.details {
                failure.read(detail);
            }
        }
        Self(Box::new(failure))
    }

    pub(crate) fn out_of_time(request_id: Option<String>) -> Self {
        Self::new(
            Status::deadline_exceeded("the call took longer than its deadline"),
            request_id,
        )
    }

    /// The gRPC code. A connection that fails or ends without an answer is [`Code::Unavailable`].
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The server's message.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The catalogued reason ("UNKNOWN_PRODUCT"), where the server gave one.
    pub fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Everything that is wrong with the request, or that stands against the change.
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }

    /// How many further violations the server left out, so that its answer stays readable.
    pub fn omitted(&self) -> usize {
        self.0.omitted
    }

    /// How long to wait before asking again, where the server said so.
    pub fn retry_delay(&self) -> Option<Duration> {
        self.0.retry_delay
    }

    /// The request id of a changing call. Ask again with it to learn whether the call had its effect.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The status as it came, with its trailing metadata.
    pub fn status(&self) -> &Status {
        &self.0.status
    }

    fn text(&self) -> String {
        let reason = self
            .reason()
            .map_or_else(String::new, |reason| format!(" {reason}"));
        let mut text = format!("{}{reason}: {}", code_name(self.0.code), self.0.message);
        for each in &self.0.violations {
            text += &format!("\n  {each}");
        }
        if self.0.omitted > 0 {
            text += &format!("\n  and {} more", self.0.omitted);
        }
        text
    }
}

impl From<rpc::Status> for Error {
    /// The status of one item of a batch.
    fn from(status: rpc::Status) -> Self {
        let details = status.encode_to_vec().into();
        Self::new(
            Status::with_details(Code::from_i32(status.code), status.message, details),
            None,
        )
    }
}

impl Failure {
    /// Read one detail; of another kind, or broken, it says nothing.
    fn read(&mut self, detail: &prost_types::Any) {
        let bytes = detail.value.as_slice();
        match detail.type_url.rsplit('/').next() {
            Some("google.rpc.ErrorInfo") => {
                if let Ok(info) = rpc::ErrorInfo::decode(bytes) {
                    self.omitted = info
                        .metadata
                        .get("omitted")
                        .and_then(|each| each.parse().ok())
                        .unwrap_or(0);
                    self.reason = Some(info.reason);
                }
            }
            Some("google.rpc.BadRequest") => {
                let found = rpc::BadRequest::decode(bytes)
                    .unwrap_or_default()
                    .field_violations;
                self.violations.extend(found.into_iter().map(|each| Violation {
                    field: each.field,
                    reason: each.reason,
                    description: each.description,
                }));
            }
            Some("google.rpc.PreconditionFailure") => {
                let found = rpc::PreconditionFailure::decode(bytes)
                    .unwrap_or_default()
                    .violations;
                self.violations.extend(found.into_iter().map(|each| Violation {
                    field: each.subject,
                    reason: each.r#type,
                    description: each.description,
                }));
            }
            Some("google.rpc.RetryInfo") => {
                let told = rpc::RetryInfo::decode(bytes)
                    .ok()
                    .and_then(|each| each.retry_delay);
                self.retry_delay = told.and_then(|each| each.try_into().ok());
            }
            _ => {}
        }
    }
}

/// Code and message as other gRPC libraries give them, where tonic makes a status itself.
fn seen(status: &Status) -> (Code, String) {
    let mut because = std::error::Error::source(status);
    if because.is_none() {
        let too_large = status
            .message()
            .starts_with("Error, decoded message length too large");
        let code = if too_large {
            Code::ResourceExhausted
        } else {
            status.code()
        };
        return (code, status.message().to_owned());
    }
    let mut message = status.message().to_owned();
    while let Some(error) = because {
        if error.is::<tonic::TimeoutExpired>() {
            return (Code::DeadlineExceeded, message);
        }
        let more = error.to_string();
        if !message.contains(&more) {
            message += &format!(": {more}");
        }
        because = error.source();
    }
    (Code::Unavailable, message)
}

/// The name of a code in the gRPC specification ("INVALID_ARGUMENT").
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(code: Code, details: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let details = details
            .iter()
            .map(|(name, value)| prost_types::Any {
                type_url: format!("type.googleapis.com/google.rpc.{name}"),
                value: value.clone(),
            })
            .collect();
        rpc::Status {
            code: code as i32,
            message: String::new(),
            details,
        }
        .encode_to_vec()
    }

    fn info(reason: &str, metadata: &[(&str, &str)]) -> (&'static str, Vec<u8>) {
        let metadata = metadata
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect();
        let info = rpc::ErrorInfo {
            reason: reason.into(),
            domain: "quotary.dev".into(),
            metadata,
        };
        ("ErrorInfo", info.encode_to_vec())
    }

    fn error(code: Code, details: Vec<u8>) -> Error {
        Error::new(Status::with_details(code, "said", details.into()), None)
    }

    #[test]
    fn every_violation_is_read_and_those_left_out_are_counted() {
        let bad = rpc::BadRequest {
            field_violations: vec![rpc::bad_request::FieldViolation {
                field: "order.lines".into(),
                reason: "MISSING_FIELD".into(),
                description: "Give a line.".into(),
                ..Default::default()
            }],
        };
        let details = [
            info("MISSING_FIELD", &[("omitted", "3")]),
            ("BadRequest", bad.encode_to_vec()),
        ];
        let error = error(Code::InvalidArgument, packed(Code::InvalidArgument, &details));
        assert_eq!(
            (error.code(), error.reason(), error.omitted()),
            (Code::InvalidArgument, Some("MISSING_FIELD"), 3)
        );
        assert_eq!(error.violations()[0].field, "order.lines");
        assert_eq!(
            error.to_string(),
            "INVALID_ARGUMENT MISSING_FIELD: said\n  order.lines: MISSING_FIELD: Give a line.\n  and 3 more"
        );
    }

    #[test]
    fn a_refused_change_names_each_reason_against_it() {
        let refused = rpc::PreconditionFailure {
            violations: vec![rpc::precondition_failure::Violation {
                r#type: "PRODUCT_NOT_SOLD".into(),
                subject: "lines[0]".into(),
                description: "Not sold.".into(),
            }],
        };
        let details = [
            info("PRODUCT_NOT_SOLD", &[]),
            ("PreconditionFailure", refused.encode_to_vec()),
        ];
        let error = error(
            Code::FailedPrecondition,
            packed(Code::FailedPrecondition, &details),
        );
        let violation = Violation {
            field: "lines[0]".into(),
            reason: "PRODUCT_NOT_SOLD".into(),
            description: "Not sold.".into(),
        };
        assert_eq!((error.violations(), error.omitted()), (&[violation][..], 0));
    }

    #[test]
    fn a_retry_delay_is_a_duration() {
        let retry = rpc::RetryInfo {
            retry_delay: Some(prost_types::Duration {
                seconds: 1,
                nanos: 500_000_000,
            }),
        };
        let details = packed(Code::ResourceExhausted, &[("RetryInfo", retry.encode_to_vec())]);
        assert_eq!(
            error(Code::ResourceExhausted, details).retry_delay(),
            Some(Duration::from_millis(1500))
        );
    }

    #[test]
    fn details_that_are_broken_or_contradict_the_status_are_not_read() {
        let contradiction = packed(Code::NotFound, &[info("UNKNOWN_PRODUCT", &[])]);
        let broken_inside = packed(
            Code::Internal,
            &[("ErrorInfo", vec![0xff]), ("BadRequest", vec![0xff])],
        );
        for details in [Vec::new(), vec![0xff; 7], contradiction, broken_inside] {
            let error = error(Code::Internal, details);
            assert_eq!(
                (error.code(), error.message(), error.reason()),
                (Code::Internal, "said", None)
            );
            assert!(error.violations().is_empty());
        }
    }
}
