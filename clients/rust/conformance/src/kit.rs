//! The files of the kit.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The kit cannot be read.
#[derive(Debug)]
pub struct KitError(String);

impl std::fmt::Display for KitError {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(&self.0)
    }
}

impl std::error::Error for KitError {}

/// One question and what is expected of its answer.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Vector {
    pub id: String,
    pub topic: String,
    pub call: String,
    pub title: String,
    pub working: String,
    pub cites: Vec<Cited>,
    pub rules: Vec<Rule>,
    pub rulings: Vec<Ruling>,
    pub request: Value,
    pub expect: Option<Value>,
    #[serde(default)]
    pub readings: Vec<Reading>,
    pub error: Option<Expected>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Cited {
    pub passage: String,
    pub heading: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Rule {
    pub id: String,
    pub statement: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Ruling {
    pub id: String,
    pub title: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Reading {
    pub expect: Value,
}

/// An error that a vector wants.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Expected {
    pub code: String,
    pub reason: Option<String>,
    pub violations: Option<Vec<Violation>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Violation {
    pub field: String,
    pub reason: String,
}

/// One case of what a matcher accepts or refuses.
#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    pub message: String,
    pub answer: Value,
    pub expect: Value,
    pub accepts: bool,
}

#[derive(Deserialize)]
struct VectorFile {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct CaseFile {
    cases: Vec<Case>,
}

/// The kit: its vectors, and the contract that they are written for.
pub(crate) struct Kit {
    folder: PathBuf,
    pool: DescriptorPool,
}

impl Kit {
    pub(crate) fn open(folder: &Path) -> Result<Self, KitError> {
        let path = folder.join("quotary.binpb");
        let bytes = fs::read(&path).map_err(|error| not_read(&path, &error))?;
        let pool = DescriptorPool::decode(bytes.as_slice())
            .map_err(|error| KitError(format!("{}: {error}", path.display())))?;
        Ok(Self {
            folder: folder.to_owned(),
            pool,
        })
    }

    pub(crate) fn vectors(&self) -> Result<Vec<Vector>, KitError> {
        Ok(self.json::<VectorFile>("vectors.json")?.vectors)
    }

    pub(crate) fn cases(&self) -> Result<Vec<Case>, KitError> {
        Ok(self.json::<CaseFile>("matcher-cases.json")?.cases)
    }

    pub(crate) fn message(&self, name: &str) -> Option<MessageDescriptor> {
        self.pool.get_message_by_name(name)
    }

    /// The method of a call by its short name ("QuoteService.PriceQuote").
    pub(crate) fn method(&self, call: &str) -> Option<MethodDescriptor> {
        let (service, method) = call.split_once('.')?;
        let service = self.pool.get_service_by_name(&format!("quotary.v1.{service}"))?;
        service.methods().find(|each| each.name() == method)
    }

    fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T, KitError> {
        let path = self.folder.join(name);
        let bytes = fs::read(&path).map_err(|error| not_read(&path, &error))?;
        serde_json::from_slice(&bytes).map_err(|error| KitError(format!("{}: {error}", path.display())))
    }
}

fn not_read(path: &Path, error: &io::Error) -> KitError {
    KitError(format!(
        "{}: {error} (`make kit` writes the kit to dist/kit)",
        path.display()
    ))
}
