// Prices the order of examples/turkey.yaml and prints its receipt; beside it, on standard error, a figure explained, a bad
// request and a refusal.
//
//     QUOTARY_TARGET=127.0.0.1:50051 build/order
#include <quotary/client.hpp>
#include <quotary/explain.hpp>
#include <quotary/figures.hpp>

#include <iostream>

namespace v1 = quotary::v1;

namespace {

/// A line for a year, a tenth off.
void add_line(v1::OrderRequest& order, const char* id, v1::Platform platform, v1::LineAction action, const char* price) {
  v1::Line& line = *order.add_lines();
  line.mutable_product()->set_id(id);
  line.mutable_product()->set_platform(platform);
  line.set_action(action);
  line.set_billing_cycle(v1::BILLING_CYCLE_ANNUAL);
  line.mutable_price()->set_unit_price(price);
  line.mutable_discount()->set_rate("0.10");
}

/// An order from Turkey: the fee is on the Data Center line, VAT on everything.
v1::OrderRequest turkey() {
  v1::OrderRequest order;
  v1::Deal& deal = *order.mutable_deal();
  *deal.mutable_order_date() = quotary::date(2026, 3, 1);
  deal.set_channel(v1::CHANNEL_DIRECT);
  deal.mutable_billing_party()->set_kind(v1::PARTY_KIND_BUSINESS);
  deal.mutable_billing_party()->mutable_address()->set_region_code("TR");
  add_line(order, "confluence", v1::PLATFORM_CLOUD, v1::LINE_ACTION_NEW, "100.00");
  add_line(order, "jira", v1::PLATFORM_DATA_CENTER, v1::LINE_ACTION_RENEWAL, "200.00");
  return order;
}

v1::PriceQuoteRequest asking(const v1::OrderRequest& order) {
  v1::PriceQuoteRequest request;
  *request.mutable_order() = order;
  return request;
}

}  // namespace

int main() {
  const quotary::Client client;
  auto request = asking(turkey());
  request.set_view(v1::VIEW_FULL);
  const auto priced = client.call(&v1::QuoteService::Stub::PriceQuote, request);
  std::cout << quotary::receipt(priced);

  // Why is the fee as it is? The step of its rule says so.
  for (const auto& step : priced.answer().steps()) {
    if (step.id() == priced.fee().rule_id()) {
      std::cerr << "why: " << quotary::step_text(step) << "\n";
      break;
    }
  }

  // A malformed request is an error, with every violation at once.
  auto bad = turkey();
  bad.mutable_lines(0)->mutable_product()->set_id("no-such-product");
  bad.mutable_lines(1)->mutable_price()->set_unit_price("-1");
  try {
    client.call(&v1::QuoteService::Stub::PriceQuote, asking(bad));
    std::cerr << "a bad request was answered\n";
    return 1;
  } catch (const quotary::Error& error) {
    for (const auto& each : error.violations()) {
      std::cerr << "bad request: " << each.field << ": " << each.reason << ": " << each.description << "\n";
    }
  }

  // A refusal is an answer.
  auto refused = turkey();
  refused.mutable_lines(1)->mutable_product()->set_platform(v1::PLATFORM_SERVER);
  const auto answer = client.call(&v1::QuoteService::Stub::PriceQuote, asking(refused)).answer();
  for (const auto& line : quotary::reason_lines(answer)) {
    std::cerr << "refusal: " << line << "\n";
  }
  return 0;
}
