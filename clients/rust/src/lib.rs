#![doc = include_str!("../README.md")]

mod call;
mod connect;
mod error;
mod explain;
mod figures;
mod policy;

#[allow(clippy::all, clippy::pedantic, missing_docs, rustdoc::all)]
mod generated;

pub use call::Answers;
pub use chrono::NaiveDate;
pub use connect::{Builder, Client, ConnectError};
pub use error::{Error, Violation, code_name};
pub use explain::{reason_line, step_text};
pub use figures::{FigureError, decimal};
pub use futures_core::Stream;
pub use generated::google;
pub use generated::quotary::v1;
pub use rust_decimal::Decimal;
pub use tonic::Code;
