//! Encoded requests put through the client's own types, so that what is measured is what the client reads.

use prost::Message;
use quotary_client::{Answers, Error};
use tokio_stream::Iter;

pub(crate) type Requests = Vec<Vec<u8>>;

/// The encoded answers, or why there are none.
pub(crate) type Asked = Result<Vec<Vec<u8>>, NoAnswer>;

pub(crate) enum NoAnswer {
    /// The call failed.
    Failed(Error),
    /// The vector cannot be put.
    NotPut(String),
}

impl From<Error> for NoAnswer {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<prost::DecodeError> for NoAnswer {
    fn from(error: prost::DecodeError) -> Self {
        Self::NotPut(format!("the client does not read the request: {error}"))
    }
}

type Sent<Q> = Iter<std::vec::IntoIter<Q>>;

fn decoded<Q: Message + Default>(requests: Requests) -> Result<Vec<Q>, NoAnswer> {
    Ok(requests
        .iter()
        .map(|each| Q::decode(each.as_slice()))
        .collect::<Result<_, _>>()?)
}

pub(crate) async fn one<Q, A>(requests: Requests, call: impl AsyncFn(Q) -> Result<A, Error>) -> Asked
where
    Q: Message + Default,
    A: Message,
{
    let request = decoded(requests)?
        .pop()
        .ok_or_else(|| NoAnswer::NotPut("there is no request".into()))?;
    Ok(vec![call(request).await?.encode_to_vec()])
}

pub(crate) async fn stream<Q, A>(requests: Requests, call: impl AsyncFn(Sent<Q>) -> Result<A, Error>) -> Asked
where
    Q: Message + Default,
    A: Message,
{
    Ok(vec![
        call(tokio_stream::iter(decoded(requests)?))
            .await?
            .encode_to_vec(),
    ])
}

pub(crate) async fn streams<Q, A>(requests: Requests, call: impl Fn(Sent<Q>) -> Answers<A>) -> Asked
where
    Q: Message + Default,
    A: Message,
{
    let mut answers = call(tokio_stream::iter(decoded(requests)?));
    let mut encoded = Vec::new();
    while let Some(answer) = answers.next().await {
        encoded.push(answer?.encode_to_vec());
    }
    Ok(encoded)
}
