//! The service config of the contract: how long a call may take, and when it is put again.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::error::{Error, code_name};

static CONFIG: LazyLock<ServiceConfig> = LazyLock::new(|| {
    serde_json::from_str(include_str!("service_config.json"))
        .expect("the service config of the contract is whole")
});

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServiceConfig {
    method_config: Vec<MethodConfig>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MethodConfig {
    name: Vec<Name>,
    #[serde(deserialize_with = "seconds")]
    timeout: Duration,
    retry_policy: Option<RetryPolicy>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Name {
    service: String,
    method: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RetryPolicy {
    max_attempts: u32,
    #[serde(deserialize_with = "seconds")]
    initial_backoff: Duration,
    #[serde(deserialize_with = "seconds")]
    max_backoff: Duration,
    backoff_multiplier: f64,
    retryable_status_codes: Vec<String>,
}

fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    let number = text.strip_suffix('s').and_then(|each| each.parse().ok());
    number
        .and_then(|each| Duration::try_from_secs_f64(each).ok())
        .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no duration")))
}

/// What the service config says of one call.
pub(crate) struct Policy(&'static MethodConfig);

impl Policy {
    /// Of the call with this path ("/quotary.v1.QuoteService/PriceQuote"): the entry that names it, its service, or all.
    pub(crate) fn of(path: &str) -> Self {
        let (service, method) = path.trim_start_matches('/').split_once('/').unwrap_or((path, ""));
        let named = |service: &str, method: &str| {
            CONFIG.method_config.iter().find(|config| {
                config
                    .name
                    .iter()
                    .any(|name| name.service == service && name.method == method)
            })
        };
        let config = named(service, method)
            .or_else(|| named(service, ""))
            .or_else(|| named("", ""));
        Self(config.expect("the service config has an entry for all calls"))
    }

    /// How long the call may take with everything that is tried.
    pub(crate) fn timeout(&self) -> Duration {
        self.0.timeout
    }

    /// How long to wait before the call is put again after so many attempts; None when it is not.
    pub(crate) fn wait(&self, attempts: u32, failed: &Error) -> Option<Duration> {
        let policy = self.0.retry_policy.as_ref()?;
        let code = code_name(failed.code());
        if attempts >= policy.max_attempts || !policy.retryable_status_codes.iter().any(|each| each == code) {
            return None;
        }
        // The server may say when to come again, or with a negative number that it wants no repetition.
        if let Some(told) = failed.status().metadata().get("grpc-retry-pushback-ms") {
            return told.to_str().ok()?.parse().ok().map(Duration::from_millis);
        }
        let grown =
            policy.initial_backoff.as_secs_f64() * policy.backoff_multiplier.powf(f64::from(attempts - 1));
        Some(
            policy
                .max_backoff
                .min(Duration::from_secs_f64(grown))
                .mul_f64(0.8 + 0.4 * random()),
        )
    }
}

/// A number from 0 to 1, so that clients that failed together do not come again together.
fn random() -> f64 {
    f64::from((RandomState::new().build_hasher().finish() >> 32) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(code: tonic::Code) -> Error {
        Error::new(tonic::Status::new(code, ""), None)
    }

    #[test]
    fn unavailable_alone_is_put_again_and_three_times_at_most() {
        let policy = Policy::of("/quotary.v1.QuoteService/CreateQuote");
        for (attempts, base) in [(1, 100), (2, 200), (3, 400)] {
            let wait = policy.wait(attempts, &failed(tonic::Code::Unavailable)).unwrap();
            assert!(
                wait >= Duration::from_millis(base * 8 / 10) && wait <= Duration::from_millis(base * 12 / 10)
            );
        }
        assert!(policy.wait(4, &failed(tonic::Code::Unavailable)).is_none());
        for code in [
            tonic::Code::DeadlineExceeded,
            tonic::Code::ResourceExhausted,
            tonic::Code::Internal,
        ] {
            assert!(policy.wait(1, &failed(code)).is_none());
        }
    }

    #[test]
    fn a_server_says_when_to_come_again_or_never() {
        let policy = Policy::of("/quotary.v1.QuoteService/CreateQuote");
        let told = |ms: &'static str| {
            let mut status = tonic::Status::unavailable("");
            status
                .metadata_mut()
                .insert("grpc-retry-pushback-ms", ms.parse().unwrap());
            policy.wait(1, &Error::new(status, None))
        };
        assert_eq!(told("7"), Some(Duration::from_millis(7)));
        assert_eq!(told("-1"), None);
    }

    #[test]
    fn streams_have_their_own_time_and_are_not_put_again() {
        let stream = Policy::of("/quotary.v1.LicenceTierService/CountBillableUsers");
        assert_eq!(stream.timeout(), Duration::from_secs(600));
        assert!(stream.wait(1, &failed(tonic::Code::Unavailable)).is_none());
        assert_eq!(
            Policy::of("/quotary.v1.TaxService/CalculateTax").timeout(),
            Duration::from_secs(30)
        );
    }
}
