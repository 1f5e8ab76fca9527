//! Writes the stubs of the Rust client from the contract: messages and server traits by prost and tonic, and one method a
//! call, which answers with the client's own error type.
//!
//! Usage: `quotary-generate CONTRACT GOOGLEAPIS CLIENT`, three folders.

use std::collections::HashSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use prost_build::{Method, Service, ServiceGenerator};
use prost_types::FileDescriptorSet;

/// What a service is called on the client object.
const ACCESSORS: [(&str, &str); 9] = [
    ("ChangeService", "changes"),
    ("EntitlementService", "entitlements"),
    ("LicenceTierService", "tiers"),
    ("OrderService", "orders"),
    ("QuoteService", "quotes"),
    ("RefundService", "refunds"),
    ("RulebookService", "rulebook"),
    ("SubscriptionService", "subscriptions"),
    ("TaxService", "taxes"),
];

/// Written after prost's messages: the server traits of tonic, and the methods of the client.
struct Stubs {
    tonic: Box<dyn ServiceGenerator>,
    changing: HashSet<String>,
    calls: Arc<Mutex<String>>,
}

impl ServiceGenerator for Stubs {
    fn generate(&mut self, service: Service, out: &mut String) {
        let accessor = accessor(&service.proto_name);
        let name = &service.name;
        comment(&service.comments.leading, out);
        write!(
            out,
            "#[derive(Clone, Debug)]\npub struct {name}(pub(crate) crate::Client);\n\n\
             impl crate::Client {{\n/// The calls of {name}.\npub fn {accessor}(&self) -> {name} {{ {name}(self.clone()) }}\n}}\n\n\
             impl {name} {{\n"
        )
        .unwrap();
        for method in &service.methods {
            self.method(&service, method, out);
            self.call(&service, accessor, method);
        }
        out.push_str("}\n");
        for method in service.methods.iter().filter(|each| self.changes(each)) {
            let request = &method.input_type;
            write!(
                out,
                "impl crate::call::Changing for {request} {{\n\
                 fn request_id(&mut self) -> &mut Option<String> {{ &mut self.request_id }}\n}}\n"
            )
            .unwrap();
        }
        self.tonic.generate(service, out);
    }

    fn finalize(&mut self, out: &mut String) {
        self.tonic.finalize(out);
    }

    fn finalize_package(&mut self, package: &str, out: &mut String) {
        self.tonic.finalize_package(package, out);
    }
}

impl Stubs {
    fn changes(&self, method: &Method) -> bool {
        self.changing.contains(&method.input_proto_type)
    }

    fn method(&self, service: &Service, method: &Method, out: &mut String) {
        let (request, answer) = (&method.input_type, &method.output_type);
        let path = format!(
            "/{}.{}/{}",
            service.package, service.proto_name, method.proto_name
        );
        let streamed = format!("impl crate::Stream<Item = {request}> + Send + 'static");
        let may_fail = |answer: &str| format!("Result<{answer}, crate::Error>");
        let (takes, gives, by) = match (method.client_streaming, method.server_streaming) {
            (false, false) if self.changes(method) => (request.clone(), may_fail(answer), "change"),
            (false, false) => (request.clone(), may_fail(answer), "ask"),
            (true, false) => (streamed, may_fail(answer), "send_stream"),
            (true, true) => (streamed, format!("crate::Answers<{answer}>"), "exchange_streams"),
            (false, true) => panic!("{path}: no call answers one request with a stream yet"),
        };
        // An exchange of streams begins when its answers are first waited for.
        let (begins, waits) = if method.server_streaming {
            ("fn", "")
        } else {
            ("async fn", ".await")
        };
        let noun = if method.client_streaming {
            "requests"
        } else {
            "request"
        };
        comment(&method.comments.leading, out);
        write!(
            out,
            "pub {begins} {}(&self, {noun}: {takes}) -> {gives} {{\n\
             self.0.{by}(\"{path}\", {noun}){waits}\n}}\n\n",
            method.name
        )
        .unwrap();
    }

    /// One arm of the table by which the vectors reach the calls by name.
    fn call(&self, service: &Service, accessor: &str, method: &Method) {
        let by = format!("|sent| client.{accessor}().{}(sent)", method.name);
        let (shape, by) = match (method.client_streaming, method.server_streaming) {
            (true, true) => ("streams", by),
            (true, false) => ("stream", format!("async {by}.await")),
            _ => ("one", format!("async {by}.await")),
        };
        writeln!(
            self.calls.lock().unwrap(),
            "        \"{}.{}\" => {shape}(requests, {by}).await,",
            service.proto_name,
            method.proto_name
        )
        .unwrap();
    }
}

fn accessor(service: &str) -> &'static str {
    ACCESSORS
        .iter()
        .find(|(name, _)| *name == service)
        .unwrap_or_else(|| panic!("{service} has no name on the client: give it one in ACCESSORS"))
        .1
}

fn comment(lines: &[String], out: &mut String) {
    for line in lines.iter().flat_map(|each| each.lines()) {
        writeln!(out, "/// {}", line.trim()).unwrap();
    }
}

/// The messages that carry a request id, by full name: those of the changing calls.
fn changing(files: &FileDescriptorSet) -> HashSet<String> {
    files
        .file
        .iter()
        .flat_map(|file| file.message_type.iter().map(move |message| (file, message)))
        .filter(|(_, message)| message.field.iter().any(|field| field.name() == "request_id"))
        .map(|(file, message)| format!(".{}.{}", file.package(), message.name()))
        .collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let [contract, googleapis, client] =
        <[String; 3]>::try_from(std::env::args().skip(1).collect::<Vec<_>>())
            .map_err(|_| "usage: quotary-generate CONTRACT GOOGLEAPIS CLIENT")?;
    let mut roots = std::fs::read_dir(Path::new(&contract).join("quotary/v1"))?
        .map(|entry| Ok(format!("quotary/v1/{}", entry?.file_name().to_string_lossy())))
        .collect::<std::io::Result<Vec<_>>>()?;
    roots.sort();
    roots.push("google/rpc/error_details.proto".into());
    let mut files = protox::compile(&roots, [&contract, &googleapis])?;
    // Options alone, which no stub reads.
    files.file.retain(|file| file.package() != "google.api");

    let calls = Arc::new(Mutex::new(String::new()));
    let stubs = Stubs {
        tonic: tonic_prost_build::configure()
            .build_client(false)
            .build_transport(false)
            .generate_default_stubs(true)
            .server_mod_attribute(".", "#[cfg(feature = \"server\")]")
            .service_generator(),
        changing: changing(&files),
        calls: calls.clone(),
    };
    prost_build::Config::new()
        .out_dir(Path::new(&client).join("src/generated"))
        .include_file("mod.rs")
        .disable_comments([".google"])
        .service_generator(Box::new(stubs))
        .compile_fds(files)?;
    std::fs::write(
        Path::new(&client).join("conformance/src/calls.rs"),
        format!(
            "// @generated by quotary-generate from the contract.\n\
             use quotary_client::Client;\n\n\
             use crate::ask::{{Asked, NoAnswer, Requests, one, stream, streams}};\n\n\
             /// Puts encoded requests to the call of that name through the client's own types.\n\
             pub(crate) async fn ask(client: &Client, call: &str, requests: Requests) -> Asked {{\n    \
             match call {{\n{}        _ => Err(NoAnswer::NotPut(format!(\"{{call}}: the client has no such call\"))),\n    }}\n}}\n",
            calls.lock().unwrap()
        ),
    )?;
    Ok(())
}
