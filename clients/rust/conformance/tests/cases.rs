//! The cases that every client is held to: the kit's for a matcher, and `clients/helper-cases.json` for the helpers.

use std::path::Path;

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage};
use quotary_client::google::r#type::{Date, Money};
use quotary_client::v1::PriceQuoteResponse;
use quotary_client::{NaiveDate, decimal};
use serde_json::Value;

fn kit() -> Option<String> {
    let kit = std::env::var("QUOTARY_KIT").ok();
    if kit.is_none() {
        println!("skipped: QUOTARY_KIT does not name the folder of the kit");
    }
    kit
}

#[test]
fn the_matcher_accepts_and_refuses_what_the_kit_says() {
    let Some(kit) = kit() else { return };
    let (wrong, cases) = quotary_conformance::check_matcher(kit).unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases > 50, "{cases} cases");
}

struct Helpers {
    pool: DescriptorPool,
    cases: Value,
}

impl Helpers {
    fn read(kit: &str) -> Self {
        let bytes = std::fs::read(Path::new(kit).join("quotary.binpb")).unwrap();
        let cases = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../helper-cases.json")).unwrap();
        Self {
            pool: DescriptorPool::decode(bytes.as_slice()).unwrap(),
            cases: serde_json::from_slice(&cases).unwrap(),
        }
    }

    fn of(&self, name: &str) -> &[Value] {
        let cases = self.cases[name].as_array().unwrap();
        assert!(!cases.is_empty(), "{name}");
        cases
    }

    fn message<T: Message + Default>(&self, name: &str, json: &Value) -> T {
        let descriptor = self.pool.get_message_by_name(name).unwrap();
        let message = DynamicMessage::deserialize(descriptor, json.clone()).unwrap();
        T::decode(message.encode_to_vec().as_slice()).unwrap()
    }

    fn money(&self, json: &Value) -> Money {
        self.message("google.type.Money", json)
    }
}

#[test]
fn amounts_go_to_minor_units_and_text_and_back() {
    let Some(kit) = kit() else { return };
    let helpers = Helpers::read(&kit);
    for case in helpers.of("money") {
        let money = helpers.money(&case["money"]);
        let (minor, text) = (
            case["minor"].as_str().unwrap().parse().unwrap(),
            case["text"].as_str().unwrap(),
        );
        assert_eq!(money.minor(), Ok(minor), "{case}");
        assert_eq!(money.text().as_deref(), Ok(text));
        assert_eq!(Money::from_minor(minor, &money.currency_code), money, "{case}");
        assert_eq!(text.parse(), Ok(money.clone()), "{case}");
        let number = text.split(' ').next().unwrap();
        assert_eq!(
            money.decimal(),
            Ok(decimal(number).unwrap().normalize()),
            "{case}"
        );
    }
    for case in helpers.of("money_finer_than_minor_units") {
        let (money, text) = (helpers.money(&case["money"]), case["text"].as_str().unwrap());
        assert_eq!(money.text().as_deref(), Ok(text), "{case}");
        assert_eq!(text.parse(), Ok(money.clone()), "{case}");
        assert!(money.minor().is_err(), "{case}");
    }
    for case in helpers.of("money_wrong") {
        let money = helpers.money(&case["money"]);
        assert!(
            money.text().is_err() && money.minor().is_err() && money.decimal().is_err(),
            "{case}"
        );
    }
    for case in helpers.of("money_text_wrong") {
        assert!(case.as_str().unwrap().parse::<Money>().is_err(), "{case}");
    }
}

#[test]
fn dates_and_decimals_are_those_of_the_language() {
    let Some(kit) = kit() else { return };
    let helpers = Helpers::read(&kit);
    for case in helpers.of("dates") {
        let (date, text): (Date, _) = (
            helpers.message("google.type.Date", &case["date"]),
            case["text"].as_str().unwrap(),
        );
        let civil = NaiveDate::try_from(date).unwrap();
        assert_eq!(
            (civil.to_string().as_str(), date.to_string().as_str()),
            (text, text)
        );
        assert_eq!(Date::from(civil), date);
    }
    for case in helpers.of("dates_wrong") {
        let date: Date = helpers.message("google.type.Date", case);
        assert!(NaiveDate::try_from(date).is_err(), "{case}");
    }
    for case in helpers.of("decimals") {
        let text = case.as_str().unwrap();
        assert_eq!(decimal(text).unwrap().to_string(), text);
    }
    for case in helpers.of("decimals_wrong") {
        assert!(decimal(case.as_str().unwrap()).is_err(), "{case}");
    }
    assert!(decimal("0.12345678901234567890123456789012").is_err(), "rounded");
}

#[test]
fn a_priced_order_is_told_as_everywhere() {
    let Some(kit) = kit() else { return };
    let helpers = Helpers::read(&kit);
    for case in helpers.of("priced") {
        let priced: PriceQuoteResponse = helpers.message("quotary.v1.PriceQuoteResponse", &case["response"]);
        assert_eq!(priced.receipt(), case["receipt"].as_str().unwrap());
        assert_eq!(priced.explain(), case["explained"].as_str().unwrap());
        assert_eq!(
            priced.answer.unwrap().explain(),
            case["explained_answer"].as_str().unwrap()
        );
    }
}
