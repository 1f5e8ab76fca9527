//! The client object, and how it is connected.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tonic::Status;
use tonic::body::Body;
use tonic::codegen::StdError;
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue, MetadataMap};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};
use tower::Service;
use tower::util::{BoxCloneSyncService, ServiceExt};

/// What carries a call: a connection, or an engine in the same process.
pub(crate) type Wire = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, Status>;

/// A client of a Quotary server. Cloning is cheap and shares the connection.
#[derive(Clone)]
pub struct Client {
    pub(crate) wire: Wire,
    pub(crate) deadline: Option<Duration>,
    pub(crate) metadata: MetadataMap,
    pub(crate) most_answer_bytes: usize,
}

/// The client cannot be made as it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// No address was given.
    #[error("no address: give one, or set QUOTARY_TARGET (\"127.0.0.1:50051\")")]
    NoAddress,
    /// The address, or a certificate, cannot be used.
    #[error("{0}: {1}")]
    Unusable(String, #[source] tonic::transport::Error),
    /// A file could not be read.
    #[error("{0}: {1}")]
    File(PathBuf, #[source] std::io::Error),
    /// A token cannot be sent.
    #[error("the token holds a character that no header may have")]
    Token,
    /// A token is not sent where others could read it.
    #[error("a token is not sent to {0} in the clear: use https://, or an address of this machine")]
    TokenInTheClear(String),
    /// A client certificate needs its key.
    #[error("a client certificate and its key go together: give both, or neither")]
    HalfIdentity,
}

impl Client {
    /// Connect to "host:port", "http://host:port", "https://host:port" or "unix:/path".
    ///
    /// The connection is made with the first call, and again when it was lost. What the environment says (`QUOTARY_TOKEN_FILE`,
    /// `QUOTARY_CA`, `QUOTARY_CERT`, `QUOTARY_KEY`) is used.
    ///
    /// # Errors
    /// The address or a file cannot be used, or a token would be sent in the clear.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn connect(address: &str) -> Result<Self, ConnectError> {
        Self::builder().address(address).connect()
    }

    /// A client of which more than the address is said.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A client of an engine in the same process, for tests: of a service that tonic generated, or of several in a router.
    pub fn over<S>(engine: S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>> + Clone + Send + Sync + 'static,
        S::Error: Into<StdError>,
        S::Future: Send + 'static,
    {
        let wire = BoxCloneSyncService::new(engine.map_err(|error| Status::from_error(error.into())));
        Self {
            wire,
            deadline: None,
            metadata: MetadataMap::new(),
            most_answer_bytes: MOST_ANSWER_BYTES,
        }
    }

    /// The same client with a deadline for each call, its repetitions included.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The same client that sends one more header with each call.
    #[must_use]
    pub fn with_metadata(mut self, key: AsciiMetadataKey, value: AsciiMetadataValue) -> Self {
        self.metadata.append(key, value);
        self
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the headers: one of them is the token.
        to.debug_struct("Client")
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

const MOST_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// How a client is to be connected. What is not said is taken from the environment.
#[derive(Clone, Default)]
pub struct Builder {
    address: Option<String>,
    token: Option<String>,
    ca: Option<Vec<u8>>,
    identity: Option<(Vec<u8>, Vec<u8>)>,
    deadline: Option<Duration>,
    most_answer_bytes: Option<usize>,
}

impl Builder {
    /// "host:port", "http://host:port", "https://host:port" or "unix:/path". Else `QUOTARY_TARGET`.
    #[must_use]
    pub fn address(mut self, address: &str) -> Self {
        self.address = Some(address.to_owned());
        self
    }

    /// Sent with each call as `authorization: Bearer ...`. Else the content of the file `QUOTARY_TOKEN_FILE`.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// The authority that signed the server's certificate, PEM. Else the file `QUOTARY_CA`; else the system's.
    #[must_use]
    pub fn ca(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca = Some(pem.into());
        self
    }

    /// The client's own certificate and key, PEM. Else the files `QUOTARY_CERT` and `QUOTARY_KEY`.
    #[must_use]
    pub fn identity(mut self, certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.identity = Some((certificate.into(), key.into()));
        self
    }

    /// How long a call may take, its repetitions included. Else as the service config says: 30 seconds, 600 for a stream.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The largest answer that is read. Else 4 MiB.
    #[must_use]
    pub fn most_answer_bytes(mut self, bytes: usize) -> Self {
        self.most_answer_bytes = Some(bytes);
        self
    }

    /// Make the client; see [`Client::connect`].
    ///
    /// # Errors
    /// The address or a file cannot be used, or a token would be sent in the clear.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn connect(self) -> Result<Client, ConnectError> {
        self.connect_in(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn connect_in(self, environment: impl Fn(&str) -> Option<String>) -> Result<Client, ConnectError> {
        let file = |name: &str| environment(name).map(|path| read(Path::new(&path))).transpose();
        let address = self
            .address
            .or_else(|| environment("QUOTARY_TARGET"))
            .ok_or(ConnectError::NoAddress)?;
        let ca = self.ca.map_or_else(|| file("QUOTARY_CA"), |pem| Ok(Some(pem)))?;
        let identity = match self.identity {
            Some(both) => Some(both),
            None => match (file("QUOTARY_CERT")?, file("QUOTARY_KEY")?) {
                (Some(certificate), Some(key)) => Some((certificate, key)),
                (None, None) => None,
                _ => return Err(ConnectError::HalfIdentity),
            },
        };
        let token = match self.token {
            Some(token) => Some(token),
            None => {
                file("QUOTARY_TOKEN_FILE")?.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned())
            }
        };
        let place = Place::of(&address, ca.is_some() || identity.is_some());
        let unusable = |error| ConnectError::Unusable(address.clone(), error);
        let mut endpoint = Endpoint::from_shared(place.uri.clone())
            .and_then(|each| each.user_agent(concat!("quotary-rust/", env!("CARGO_PKG_VERSION"))))
            .map_err(unusable)?;
        if place.tls {
            let mut tls = match ca {
                Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
                None => ClientTlsConfig::new().with_native_roots(),
            };
            if let Some((certificate, key)) = identity {
                tls = tls.identity(Identity::from_pem(certificate, key));
            }
            endpoint = endpoint.tls_config(tls).map_err(unusable)?;
        }
        let mut client = Client::over(tower::util::MapResponse::new(endpoint.connect_lazy(), sound));
        client.deadline = self.deadline;
        client.most_answer_bytes = self.most_answer_bytes.unwrap_or(MOST_ANSWER_BYTES);
        if let Some(token) = token {
            if !place.tls && !place.here {
                return Err(ConnectError::TokenInTheClear(address));
            }
            let mut value: AsciiMetadataValue = format!("Bearer {token}")
                .parse()
                .map_err(|_| ConnectError::Token)?;
            value.set_sensitive(true);
            client.metadata.insert("authorization", value);
        }
        Ok(client)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ConnectError> {
    std::fs::read(path).map_err(|error| ConnectError::File(path.to_owned(), error))
}

/// Where a server is: what is dialled, whether by TLS, and whether it is on this machine.
struct Place {
    uri: String,
    tls: bool,
    here: bool,
}

impl Place {
    fn of(address: &str, certificates: bool) -> Self {
        if address.starts_with("unix:") {
            return Self {
                uri: address.to_owned(),
                tls: false,
                here: true,
            };
        }
        let (tls, rest) = match address.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some((_, rest)) => (false, rest),
            None => (certificates, address),
        };
        let uri = match address.split_once("://") {
            Some(_) => address.to_owned(),
            None => format!("{}://{rest}", if tls { "https" } else { "http" }),
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let host = authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host)
            .trim_matches(['[', ']']);
        let here = host == "localhost"
            || host
                .parse()
                .is_ok_and(|address: std::net::IpAddr| address.is_loopback());
        Self { uri, tls, here }
    }
}

/// An answer without error details that are no base64: tonic panics on them.
fn sound(answer: http::Response<Body>) -> http::Response<Body> {
    use http_body_util::BodyExt as _;
    let (mut head, body) = answer.into_parts();
    drop_broken_details(&mut head.headers);
    let body = body.map_frame(|mut frame| {
        if let Some(trailers) = frame.trailers_mut() {
            drop_broken_details(trailers);
        }
        frame
    });
    http::Response::from_parts(head, Body::new(body))
}

fn drop_broken_details(headers: &mut http::HeaderMap) {
    const DETAILS: &str = "grpc-status-details-bin";
    let is_base64 = |value: &http::HeaderValue| {
        let text = value.as_bytes();
        let padding = text.iter().rev().take_while(|each| **each == b'=').count();
        let (digits, _) = text.split_at(text.len() - padding);
        digits.len() % 4 != 1
            && (padding == 0 || (padding < 3 && text.len().is_multiple_of(4)))
            && digits
                .iter()
                .all(|each| each.is_ascii_alphanumeric() || matches!(each, b'+' | b'/'))
    };
    if headers.get(DETAILS).is_some_and(|value| !is_base64(value)) {
        headers.remove(DETAILS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn addresses_say_how_they_are_reached() {
        for (address, certificates, uri, tls, here) in [
            ("127.0.0.1:50051", false, "http://127.0.0.1:50051", false, true),
            ("localhost:1", true, "https://localhost:1", true, true),
            ("http://[::1]:1", false, "http://[::1]:1", false, true),
            (
                "https://quotes.example:443",
                false,
                "https://quotes.example:443",
                true,
                false,
            ),
            ("quotes.example:1", false, "http://quotes.example:1", false, false),
            ("127.example:1", false, "http://127.example:1", false, false),
            (
                "unix:/run/quotary.sock",
                false,
                "unix:/run/quotary.sock",
                false,
                true,
            ),
        ] {
            let place = Place::of(address, certificates);
            assert_eq!(
                (place.uri.as_str(), place.tls, place.here),
                (uri, tls, here),
                "{address}"
            );
        }
    }

    #[tokio::test]
    async fn a_token_goes_over_tls_or_stays_on_this_machine() {
        let with = |address: &str| {
            Client::builder()
                .address(address)
                .token("secret")
                .connect_in(nothing)
        };
        let refused = with("quotes.example:1").unwrap_err();
        assert!(matches!(refused, ConnectError::TokenInTheClear(_)), "{refused}");
        for address in [
            "https://quotes.example:1",
            "127.0.0.1:1",
            "unix:/run/quotary.sock",
        ] {
            let client = with(address).unwrap();
            assert_eq!(client.metadata.get("authorization").unwrap(), "Bearer secret");
            assert!(!format!("{client:?}").contains("secret"));
        }
    }

    #[tokio::test]
    async fn what_is_not_said_comes_from_the_environment() {
        let folder = std::env::temp_dir().join(format!("quotary-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("token"), "from a file\n").unwrap();
        let token = folder.join("token").to_string_lossy().into_owned();
        let environment = move |name: &str| match name {
            "QUOTARY_TARGET" => Some("127.0.0.1:1".to_owned()),
            "QUOTARY_TOKEN_FILE" => Some(token.clone()),
            _ => None,
        };
        let client = Client::builder().connect_in(&environment).unwrap();
        assert_eq!(
            client.metadata.get("authorization").unwrap(),
            "Bearer from a file"
        );
        let client = Client::builder()
            .token("from code")
            .connect_in(&environment)
            .unwrap();
        assert_eq!(client.metadata.get("authorization").unwrap(), "Bearer from code");
        std::fs::remove_dir_all(folder).unwrap();

        assert!(matches!(
            Client::builder().connect_in(nothing),
            Err(ConnectError::NoAddress)
        ));
        let half = |name: &str| (name != "QUOTARY_CA" && name != "QUOTARY_KEY").then(|| file!().to_owned());
        let half = Client::builder()
            .address("h:1")
            .connect_in(|name| half(name).filter(|_| name != "QUOTARY_TOKEN_FILE"));
        assert!(half.is_err());
    }

    #[test]
    fn details_that_are_no_base64_are_dropped() {
        for (value, stays) in [
            ("AAE", true),
            ("AAE=", true),
            ("", true),
            ("A", false),
            ("A!==", false),
            ("AAE==", false),
        ] {
            let mut headers = http::HeaderMap::new();
            headers.insert("grpc-status-details-bin", value.parse().unwrap());
            drop_broken_details(&mut headers);
            assert_eq!(!headers.is_empty(), stays, "{value}");
        }
    }
}
