#![doc = include_str!("../README.md")]

mod ask;
mod calls;
mod judge;
mod kit;
mod matcher;
mod words;

use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};
use prost_reflect::DynamicMessage;
use quotary_client::Client;
use tokio::runtime::Runtime;

pub use kit::KitError;
use kit::{Case, Kit, Vector};

/// Vectors of the kit, to be run as tests.
pub struct Vectors {
    kit: Arc<Kit>,
    chosen: Vec<Vector>,
}

impl Vectors {
    /// All vectors of the kit in that folder (`vectors.json` and `quotary.binpb`).
    ///
    /// # Errors
    /// A file is not there or is none of the kit's.
    pub fn read(kit: impl AsRef<Path>) -> Result<Self, KitError> {
        let kit = Kit::open(kit.as_ref())?;
        let chosen = kit.vectors()?;
        Ok(Self {
            kit: Arc::new(kit),
            chosen,
        })
    }

    /// Only those that ask one of these calls ("QuoteService.PriceQuote").
    #[must_use]
    pub fn calls(mut self, calls: &[&str]) -> Self {
        self.chosen.retain(|each| calls.contains(&each.call.as_str()));
        self
    }

    /// Only those of these areas: the folders of the vectors ("tax", "tax/canada").
    #[must_use]
    pub fn areas(mut self, areas: &[&str]) -> Self {
        let is_in = |topic: &str, area: &str| {
            topic
                .strip_prefix(area)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.chosen
            .retain(|each| areas.iter().any(|area| is_in(&each.topic, area)));
        self
    }

    /// How many are chosen.
    pub fn count(&self) -> usize {
        self.chosen.len()
    }

    /// Run each as a test, with the arguments of `cargo test` (a part of a name chooses, `--exact`, `--list` ...). This is the
    /// whole `main` of a test target that says `harness = false`.
    ///
    /// The client is made once. No vector chosen is a failure.
    pub fn run<E: Display>(self, connect: impl FnOnce() -> Result<Client, E>) -> ExitCode {
        let arguments = Arguments::from_args();
        if self.chosen.is_empty() {
            eprintln!("no vector is of these calls and areas");
            return ExitCode::FAILURE;
        }
        let connected = Runtime::new()
            .map_err(|error| error.to_string())
            .and_then(|runtime| {
                let client = runtime
                    .block_on(async { connect() })
                    .map_err(|error| error.to_string())?;
                Ok((Arc::new(runtime), client))
            });
        match connected {
            Ok((runtime, client)) => {
                libtest_mimic::run(&arguments, self.trials(&runtime, &client)).exit_code()
            }
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        }
    }

    fn trials(self, runtime: &Arc<Runtime>, client: &Client) -> Vec<Trial> {
        let kit = self.kit;
        let trial = |vector: Vector| {
            let (kit, runtime, client) = (kit.clone(), runtime.clone(), client.clone());
            let (name, call) = (format!("{}/{}", vector.topic, vector.id), vector.call.clone());
            let run = move || {
                runtime
                    .block_on(judge::judge(&vector, &kit, &client))
                    .map_err(Into::into)
            };
            Trial::test(name, run).with_kind(call)
        };
        self.chosen.into_iter().map(trial).collect()
    }
}

/// What the kit says of matchers, against the one of this crate: what it wrongly accepts or refuses, and how many cases
/// there are.
///
/// # Errors
/// A file is not there or is none of the kit's.
pub fn check_matcher(kit: impl AsRef<Path>) -> Result<(Vec<String>, usize), KitError> {
    let kit = Kit::open(kit.as_ref())?;
    let cases = kit.cases()?;
    Ok((
        cases.iter().filter_map(|case| wrong(case, &kit)).collect(),
        cases.len(),
    ))
}

fn wrong(case: &Case, kit: &Kit) -> Option<String> {
    let Some(descriptor) = kit.message(&case.message) else {
        return Some(format!("{}: the contract has no such message", case.message));
    };
    let answer = match DynamicMessage::deserialize(descriptor, case.answer.clone()) {
        Ok(answer) => answer,
        Err(error) => return Some(format!("{}: {error}", case.answer)),
    };
    let found = matcher::differences(&case.expect, &answer, "");
    let accepts = found.is_empty();
    (accepts != case.accepts).then(|| {
        let did = if accepts { "accepted" } else { "refused" };
        let why = found
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ");
        format!("{did} {} for {} {why}", case.answer, case.expect)
    })
}
