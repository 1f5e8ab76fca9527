//! Against a server with `--test-faults`: `QUOTARY_TARGET` names it, as `check.sh` does. Without it these tests are left out.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use quotary_client::google::r#type::Date;
use quotary_client::{Client, Code, Error, v1};
use tokio_stream::{self as stream, Stream, StreamExt};

fn server() -> Option<Client> {
    if std::env::var_os("QUOTARY_TARGET").is_none() {
        println!("skipped: QUOTARY_TARGET names no server");
        return None;
    }
    Some(Client::builder().connect().unwrap())
}

fn faulty(client: &Client, fault: &str) -> Client {
    let fault = format!("{fault}; key={}", uuid::Uuid::new_v4());
    client
        .clone()
        .with_metadata("quotary-fault".parse().unwrap(), fault.parse().unwrap())
}

fn order() -> v1::OrderRequest {
    let address = v1::PostalAddress {
        region_code: Some("TR".into()),
        ..Default::default()
    };
    let deal = v1::Deal {
        order_date: Some(Date {
            year: 2026,
            month: 3,
            day: 1,
        }),
        billing_party: Some(v1::Party {
            address: Some(address),
            ..Default::default()
        }),
        ..Default::default()
    };
    v1::OrderRequest {
        deal: Some(deal),
        lines: vec![line("jira")],
        ..Default::default()
    }
}

fn line(id: &str) -> v1::Line {
    let platform = v1::Platform::Cloud as i32;
    v1::Line {
        product: Some(v1::Product {
            id: Some(id.into()),
            platform,
            ..Default::default()
        }),
        price: Some(v1::GivenPrice {
            unit_price: Some("200".into()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn asking(lines: Vec<v1::Line>) -> v1::PriceQuoteRequest {
    v1::PriceQuoteRequest {
        order: Some(v1::OrderRequest { lines, ..order() }),
        ..Default::default()
    }
}

async fn failing(client: &Client) -> Error {
    client
        .quotes()
        .price_quote(asking(vec![line("jira")]))
        .await
        .unwrap_err()
}

fn new_quote(customer: &str) -> v1::CreateQuoteRequest {
    let quote = v1::Quote {
        customer_id: Some(customer.to_owned()),
        order: Some(order()),
        ..Default::default()
    };
    v1::CreateQuoteRequest {
        quote: Some(quote),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_answer_is_lost_has_one_effect() {
    for fault in [
        "unavailable-before; times=2",
        "unavailable-after; times=2",
        "drop",
        "goaway",
    ] {
        let (Some(client), customer) = (server(), uuid::Uuid::new_v4().to_string()) else {
            return;
        };
        let quote = faulty(&client, fault)
            .quotes()
            .create_quote(new_quote(&customer))
            .await
            .expect(fault);
        let request = v1::ListQuotesRequest {
            customer_id: Some(customer),
            ..Default::default()
        };
        let kept = client.quotes().list_quotes(request).await.unwrap().quotes;
        assert_eq!(
            kept.iter().map(|each| &each.name).collect::<Vec<_>>(),
            [&quote.name],
            "{fault}"
        );
    }
}

#[tokio::test]
async fn a_change_that_fails_names_its_request_id() {
    let Some(client) = server() else { return };
    let client = faulty(&client, "unavailable-after; times=4");
    let customer = uuid::Uuid::new_v4().to_string();
    let failed = client
        .quotes()
        .create_quote(new_quote(&customer))
        .await
        .unwrap_err();
    assert_eq!(failed.code(), Code::Unavailable);
    // Asked again with it, the lost answer comes.
    let again = v1::CreateQuoteRequest {
        request_id: failed.request_id().map(Into::into),
        ..new_quote(&customer)
    };
    assert!(!client.quotes().create_quote(again).await.unwrap().name.is_empty());
    let request = v1::ListQuotesRequest {
        customer_id: Some(customer),
        ..Default::default()
    };
    assert_eq!(
        client.quotes().list_quotes(request).await.unwrap().quotes.len(),
        1
    );
}

#[tokio::test]
async fn every_shape_of_error_is_told() {
    for (fault, code) in [
        ("unavailable-before; times=4", Code::Unavailable),
        ("oversized", Code::ResourceExhausted),
        ("contradiction", Code::InvalidArgument),
        ("broken-details", Code::InvalidArgument),
    ] {
        let Some(client) = server() else { return };
        let failed = failing(&faulty(&client, fault)).await;
        assert_eq!(
            (failed.code(), failed.reason()),
            (code, None),
            "{fault}: {failed}"
        );
        assert!(failed.violations().is_empty(), "{fault}");
    }
    let Some(client) = server() else { return };
    let failed = failing(&faulty(&client, "exhausted; ms=1500")).await;
    assert_eq!(
        (failed.code(), failed.retry_delay()),
        (Code::ResourceExhausted, Some(Duration::from_millis(1500)))
    );
    assert!(failed.reason().is_some());
}

#[tokio::test]
async fn a_deadline_ends_a_slow_call() {
    let Some(client) = server() else { return };
    let started = Instant::now();
    let client = faulty(&client, "slow; ms=20000").with_deadline(Duration::from_millis(300));
    assert_eq!(failing(&client).await.code(), Code::DeadlineExceeded);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let client = Client::connect("127.0.0.1:1").unwrap();
    assert_eq!(failing(&client).await.code(), Code::Unavailable);
}

#[tokio::test]
async fn a_bad_request_says_what_to_do_by_field() {
    let Some(client) = server() else { return };
    let failed = client
        .quotes()
        .price_quote(asking(vec![line("nope")]))
        .await
        .unwrap_err();
    let [violation] = failed.violations() else {
        panic!("{failed}")
    };
    assert_eq!(
        (violation.field.as_str(), violation.reason.as_str()),
        ("order.lines[0].product.id", "UNKNOWN_PRODUCT")
    );
    assert!(!violation.description.is_empty());

    let failed = client
        .quotes()
        .price_quote(asking(vec![line("nope"); 200]))
        .await
        .unwrap_err();
    assert_eq!(failed.violations().len() + failed.omitted(), 200);
    assert!(failed.omitted() > 0);
}

/// Requests for a count, a hundred users each; counts what is drawn.
fn users(many: usize, drawn: Arc<AtomicUsize>) -> impl Stream<Item = v1::CountBillableUsersRequest> {
    let organisation = v1::Organisation {
        verified_domains: vec!["acme.example".into()],
        ..Default::default()
    };
    let settings = v1::BillableUserSettings {
        organisation: Some(organisation),
        ..Default::default()
    };
    stream::iter(0..many / 100).map(move |part| {
        drawn.fetch_add(100, Ordering::Relaxed);
        let user = |i: usize| v1::User {
            id: Some(format!("u{:07}", part * 100 + i)),
            active: Some(true),
            managed: Some(true),
            accesses: vec![v1::ProductAccess {
                product_id: Some("jira".into()),
                ..Default::default()
            }],
            ..Default::default()
        };
        v1::CountBillableUsersRequest {
            edition: (part == 0).then(|| "2026".into()),
            settings: (part == 0).then(|| settings.clone()),
            users: (0..100).map(user).collect(),
            ..Default::default()
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_users_are_counted() {
    let Some(client) = server() else { return };
    let answer = client
        .tiers()
        .count_billable_users(users(100_000, Arc::default()))
        .await
        .unwrap();
    assert_eq!(answer.standard.unwrap().billable_users, Some(100_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_is_dropped_draws_no_more() {
    let Some(client) = server() else { return };
    let drawn = Arc::new(AtomicUsize::new(0));
    let counting = client.tiers();
    let slowly = users(1_000_000, drawn.clone()).throttle(Duration::from_millis(1));
    let call = tokio::spawn(async move { counting.count_billable_users(slowly).await });
    while drawn.load(Ordering::Relaxed) < 5_000 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    tokio::time::sleep(Duration::from_millis(300)).await;
    let held = drawn.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(drawn.load(Ordering::Relaxed), held);
}

fn batch(many: usize, drawn: Arc<AtomicUsize>) -> impl Stream<Item = v1::BatchPriceQuotesRequest> {
    stream::iter(0..many).map(move |i| {
        drawn.fetch_add(1, Ordering::Relaxed);
        let id = if i == 100 { "nope" } else { "jira" };
        v1::BatchPriceQuotesRequest {
            correlation_id: Some(i.to_string()),
            request: Some(asking(vec![line(id)])),
        }
    })
}

#[tokio::test]
async fn a_malformed_item_of_a_batch_is_one_answer() {
    let Some(client) = server() else { return };
    let mut answers = client.quotes().batch_price_quotes(batch(300, Arc::default()));
    let mut place = 0;
    while let Some(answer) = answers.next().await {
        let answer = answer.unwrap();
        assert_eq!(answer.correlation_id, place.to_string());
        match answer.result.unwrap() {
            v1::batch_price_quotes_response::Result::Status(status) => {
                assert_eq!(place, 100);
                assert_eq!(Error::from(status).violations()[0].reason, "UNKNOWN_PRODUCT");
            }
            v1::batch_price_quotes_response::Result::Response(priced) => assert!(priced.total.is_some()),
        }
        place += 1;
    }
    assert_eq!(place, 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_drawn_that_nobody_reads() {
    let Some(client) = server() else { return };
    let drawn = Arc::new(AtomicUsize::new(0));
    let mut answers = client
        .quotes()
        .batch_price_quotes(batch(1_000_000, drawn.clone()));
    assert!(answers.next().await.unwrap().is_ok());
    // Until the streams are full of what is not read.
    let mut before = usize::MAX;
    while before != drawn.load(Ordering::Relaxed) {
        before = drawn.load(Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert!(before < 500_000, "{before} drawn for one answer");
    drop(answers);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(drawn.load(Ordering::Relaxed), before);
}
