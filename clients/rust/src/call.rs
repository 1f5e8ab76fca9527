//! How a call is put: deadline, retries, request id, and streams.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use http::uri::PathAndQuery;
use prost::Message;
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout_at};
use tonic::client::Grpc;
use tonic::{Request, Status};
use tonic_prost::ProstCodec;

use crate::connect::{Client, Wire};
use crate::error::Error;
use crate::policy::Policy;

/// A request of a call that changes something.
pub(crate) trait Changing: Message + Clone + 'static {
    fn request_id(&mut self) -> &mut Option<String>;
}

impl Client {
    /// Put a call that changes nothing.
    pub(crate) async fn ask<Q, A>(&self, path: &'static str, request: Q) -> Result<A, Error>
    where
        Q: Message + Clone + 'static,
        A: Message + Default + 'static,
    {
        self.unary(path, request, None).await
    }

    /// Put a changing call; one that has no request id is given one, which its repetitions keep.
    pub(crate) async fn change<Q, A>(&self, path: &'static str, mut request: Q) -> Result<A, Error>
    where
        Q: Changing,
        A: Message + Default + 'static,
    {
        let id = request
            .request_id()
            .get_or_insert_with(|| uuid::Uuid::new_v4().to_string())
            .clone();
        self.unary(path, request, Some(id)).await
    }

    async fn unary<Q, A>(
        &self,
        path: &'static str,
        request: Q,
        request_id: Option<String>,
    ) -> Result<A, Error>
    where
        Q: Message + Clone + 'static,
        A: Message + Default + 'static,
    {
        let policy = Policy::of(path);
        let deadline = Instant::now() + self.deadline.unwrap_or(policy.timeout());
        for attempts in 1.. {
            let Ok(answered) = timeout_at(deadline, self.attempt(path, request.clone(), deadline)).await
            else {
                break;
            };
            let failed = match answered {
                Ok(answer) => return Ok(answer),
                Err(status) => Error::new(status, request_id.clone()),
            };
            match policy.wait(attempts, &failed) {
                Some(wait) if Instant::now() + wait < deadline => sleep(wait).await,
                _ => return Err(failed),
            }
        }
        Err(Error::out_of_time(request_id))
    }

    async fn attempt<Q, A>(&self, path: &'static str, request: Q, deadline: Instant) -> Result<A, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let mut grpc = self.grpc();
        grpc.ready().await?;
        let answer = grpc.unary(
            self.carrying(request, deadline),
            PathAndQuery::from_static(path),
            codec::<Q, A>(),
        );
        answer.await.map(tonic::Response::into_inner)
    }

    /// Put a call that takes a stream. Dropping the future cancels it.
    pub(crate) async fn send_stream<Q, A>(
        &self,
        path: &'static str,
        requests: impl Stream<Item = Q> + Send + 'static,
    ) -> Result<A, Error>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let deadline = Instant::now() + self.deadline.unwrap_or(Policy::of(path).timeout());
        let mut grpc = self.grpc();
        let call = async {
            grpc.ready().await?;
            let path = PathAndQuery::from_static(path);
            grpc.client_streaming(self.carrying(requests, deadline), path, codec::<Q, A>())
                .await
        };
        match timeout_at(deadline, call).await {
            Ok(answered) => answered
                .map(tonic::Response::into_inner)
                .map_err(|status| Error::new(status, None)),
            Err(_) => Err(Error::out_of_time(None)),
        }
    }

    /// Put a call that takes a stream and answers with one.
    pub(crate) fn exchange_streams<Q, A>(
        &self,
        path: &'static str,
        requests: impl Stream<Item = Q> + Send + 'static,
    ) -> Answers<A>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let deadline = Instant::now() + self.deadline.unwrap_or(Policy::of(path).timeout());
        let (mut grpc, request) = (self.grpc(), self.carrying(requests, deadline));
        let opening = async move {
            grpc.ready().await?;
            let answered = grpc
                .streaming(request, PathAndQuery::from_static(path), codec::<Q, A>())
                .await;
            answered.map(tonic::Response::into_inner)
        };
        Answers {
            state: State::Opening(Box::pin(opening)),
            deadline: Box::pin(sleep_until(deadline)),
        }
    }

    fn grpc(&self) -> Grpc<Wire> {
        Grpc::new(self.wire.clone()).max_decoding_message_size(self.most_answer_bytes)
    }

    fn carrying<T>(&self, message: T, deadline: Instant) -> Request<T> {
        let mut request = Request::new(message);
        *request.metadata_mut() = self.metadata.clone();
        // The longest time that the header grpc-timeout can carry in milliseconds.
        let left = deadline.saturating_duration_since(Instant::now());
        request.set_timeout(left.min(Duration::from_millis(99_999_999)));
        request
    }
}

fn codec<Q, A>() -> ProstCodec<Q, A>
where
    Q: Message + 'static,
    A: Message + Default + 'static,
{
    ProstCodec::default()
}

type Opening<A> = Pin<Box<dyn Future<Output = Result<tonic::Streaming<A>, Status>> + Send>>;

/// The answers of a call, as they come. The call begins when the first is waited for; the server is asked for no more than
/// is taken, and dropping this cancels the call. After an error there is nothing more.
pub struct Answers<A> {
    state: State<A>,
    deadline: Pin<Box<Sleep>>,
}

enum State<A> {
    Opening(Opening<A>),
    Open(Box<tonic::Streaming<A>>),
    Over,
}

impl<A> Answers<A> {
    /// The next answer; None when there is no further one.
    pub async fn next(&mut self) -> Option<Result<A, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    fn over(&mut self, error: Error) -> Poll<Option<Result<A, Error>>> {
        self.state = State::Over;
        Poll::Ready(Some(Err(error)))
    }
}

impl<A> Stream for Answers<A> {
    type Item = Result<A, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if matches!(self.state, State::Over) {
            return Poll::Ready(None);
        }
        if self.deadline.as_mut().poll(context).is_ready() {
            return self.over(Error::out_of_time(None));
        }
        if let State::Opening(opening) = &mut self.state {
            match ready!(opening.as_mut().poll(context)) {
                Ok(answers) => self.state = State::Open(Box::new(answers)),
                Err(status) => return self.over(Error::new(status, None)),
            }
        }
        let State::Open(answers) = &mut self.state else {
            return Poll::Ready(None);
        };
        match ready!(Pin::new(answers.as_mut()).poll_next(context)) {
            Some(Ok(answer)) => Poll::Ready(Some(Ok(answer))),
            Some(Err(status)) => self.over(Error::new(status, None)),
            None => {
                self.state = State::Over;
                Poll::Ready(None)
            }
        }
    }
}
