//! Prices the order of `examples/turkey.yaml` and prints its receipt; beside it, on standard error, a figure explained, a bad
//! request and a refusal.
//!
//! `QUOTARY_TARGET=127.0.0.1:50051 cargo run --example order`

use std::error::Error;

use quotary_client::google::r#type::Date;
use quotary_client::{Client, NaiveDate, step_text, v1};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::builder().connect()?;
    let full = v1::PriceQuoteRequest {
        view: v1::View::Full as i32,
        ..asking(turkey())
    };
    let priced = client.quotes().price_quote(full).await?;
    print!("{}", priced.receipt());

    // Why is the fee as it is? The step of its rule says so.
    let rule = priced.fee.map(|fee| fee.rule_id).unwrap_or_default();
    let steps = priced.answer.map(|answer| answer.steps).unwrap_or_default();
    if let Some(step) = steps.iter().find(|step| step.id == rule) {
        eprintln!("why: {}", step_text(step));
    }

    // A malformed request is an error, with every violation at once.
    let mut bad = turkey();
    bad.lines[0].product.get_or_insert_default().id = Some("no-such-product".into());
    bad.lines[1].price.get_or_insert_default().unit_price = Some("-1".into());
    match client.quotes().price_quote(asking(bad)).await {
        Ok(_) => return Err("a bad request was answered".into()),
        Err(error) => error
            .violations()
            .iter()
            .for_each(|violation| eprintln!("bad request: {violation}")),
    }

    // A refusal is an answer.
    let mut refused = turkey();
    refused.lines[1].product.get_or_insert_default().platform = v1::Platform::Server as i32;
    let answer = client
        .quotes()
        .price_quote(asking(refused))
        .await?
        .answer
        .unwrap_or_default();
    answer
        .reason_lines()
        .iter()
        .for_each(|line| eprintln!("refusal: {line}"));
    Ok(())
}

fn asking(order: v1::OrderRequest) -> v1::PriceQuoteRequest {
    v1::PriceQuoteRequest {
        order: Some(order),
        ..Default::default()
    }
}

/// An order from Turkey: the fee is on the Data Center line, VAT on everything.
fn turkey() -> v1::OrderRequest {
    let address = v1::PostalAddress {
        region_code: Some("TR".into()),
        ..Default::default()
    };
    let billing_party = v1::Party {
        kind: v1::PartyKind::Business as i32,
        address: Some(address),
        ..Default::default()
    };
    let deal = v1::Deal {
        order_date: NaiveDate::from_ymd_opt(2026, 3, 1).map(Date::from),
        channel: v1::Channel::Direct as i32,
        billing_party: Some(billing_party),
        ..Default::default()
    };
    v1::OrderRequest {
        deal: Some(deal),
        lines: vec![
            line("confluence", v1::Platform::Cloud, v1::LineAction::New, "100.00"),
            line(
                "jira",
                v1::Platform::DataCenter,
                v1::LineAction::Renewal,
                "200.00",
            ),
        ],
        ..Default::default()
    }
}

/// A line for a year, a tenth off.
fn line(id: &str, platform: v1::Platform, action: v1::LineAction, unit_price: &str) -> v1::Line {
    let product = v1::Product {
        id: Some(id.into()),
        platform: platform as i32,
        ..Default::default()
    };
    let tenth = v1::given_discount::Size::Rate("0.10".into());
    v1::Line {
        product: Some(product),
        action: action as i32,
        billing_cycle: v1::BillingCycle::Annual as i32,
        price: Some(v1::GivenPrice {
            unit_price: Some(unit_price.into()),
            ..Default::default()
        }),
        discount: Some(v1::GivenDiscount {
            size: Some(tenth),
            ..Default::default()
        }),
        ..Default::default()
    }
}
