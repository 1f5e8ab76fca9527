//! Every vector of the kit against a server: `QUOTARY_TARGET` and `QUOTARY_KIT`, as `clients/rust/check.sh` sets them.

use std::process::ExitCode;

use quotary_client::Client;
use quotary_conformance::Vectors;

fn main() -> ExitCode {
    let Ok(kit) = std::env::var("QUOTARY_KIT") else {
        println!("skipped: QUOTARY_KIT does not name the folder of the kit");
        return ExitCode::SUCCESS;
    };
    match Vectors::read(kit) {
        Ok(vectors) => vectors.run(|| Client::builder().connect()),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
