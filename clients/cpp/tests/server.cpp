// Against a server with --test-faults: QUOTARY_TARGET names it, as check.sh does.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <quotary/client.hpp>
#include <quotary/figures.hpp>

namespace v1 = quotary::v1;
using Quotes = v1::QuoteService::Stub;

namespace {

class Server : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("QUOTARY_TARGET") == nullptr) GTEST_SKIP() << "QUOTARY_TARGET names no server";
  }
};

quotary::Options faulty(const std::string& fault) {
  quotary::Options options;
  options.metadata = {{"quotary-fault", fault + "; key=" + quotary::new_request_id()}};
  return options;
}

v1::OrderRequest order(const char* id = "jira", int lines = 1) {
  v1::OrderRequest order;
  *order.mutable_deal()->mutable_order_date() = quotary::date(2026, 3, 1);
  order.mutable_deal()->mutable_billing_party()->mutable_address()->set_region_code("TR");
  for (int i = 0; i < lines; ++i) {
    auto& line = *order.add_lines();
    line.mutable_product()->set_id(id);
    line.mutable_product()->set_platform(v1::PLATFORM_CLOUD);
    line.mutable_price()->set_unit_price("200");
  }
  return order;
}

v1::PriceQuoteRequest asking(const v1::OrderRequest& order) {
  v1::PriceQuoteRequest request;
  *request.mutable_order() = order;
  return request;
}

quotary::Error failure(const quotary::Client& client, const v1::OrderRequest& order) {
  try {
    client.call(&Quotes::PriceQuote, asking(order));
  } catch (const quotary::Error& error) {
    return error;
  }
  ADD_FAILURE() << "the call was answered";
  return quotary::Error(grpc::Status::OK);
}

v1::CreateQuoteRequest new_quote(const std::string& customer) {
  v1::CreateQuoteRequest request;
  request.mutable_quote()->set_customer_id(customer);
  *request.mutable_quote()->mutable_order() = order();
  return request;
}

int kept(const std::string& customer) {
  v1::ListQuotesRequest request;
  request.set_customer_id(customer);
  return quotary::Client().call(&Quotes::ListQuotes, request).quotes_size();
}

TEST_F(Server, AChangeWhoseAnswerIsLostHasOneEffect) {
  for (const char* fault : {"unavailable-before; times=2", "unavailable-after; times=2", "drop", "goaway"}) {
    const auto customer = quotary::new_request_id();
    const quotary::Client client(faulty(fault));
    EXPECT_FALSE(client.call(&Quotes::CreateQuote, new_quote(customer)).name().empty()) << fault;
    EXPECT_EQ(kept(customer), 1) << fault;
  }
}

TEST_F(Server, AChangeThatFailsNamesItsRequestId) {
  const quotary::Client client(faulty("unavailable-after; times=4"));
  const auto customer = quotary::new_request_id();
  auto request = new_quote(customer);
  try {
    client.call(&Quotes::CreateQuote, request);
    FAIL() << "the call was answered";
  } catch (const quotary::Error& error) {
    EXPECT_EQ(error.code(), grpc::StatusCode::UNAVAILABLE);
    request.set_request_id(error.request_id());
  }
  EXPECT_FALSE(client.call(&Quotes::CreateQuote, request).name().empty());
  EXPECT_EQ(kept(customer), 1);
}

TEST_F(Server, EveryShapeOfErrorIsTold) {
  const std::pair<const char*, grpc::StatusCode> shapes[] = {{"unavailable-before; times=4", grpc::StatusCode::UNAVAILABLE},
                                                             {"oversized", grpc::StatusCode::RESOURCE_EXHAUSTED},
                                                             {"contradiction", grpc::StatusCode::INVALID_ARGUMENT},
                                                             {"broken-details", grpc::StatusCode::INVALID_ARGUMENT}};
  for (const auto& [fault, code] : shapes) {
    const auto error = failure(quotary::Client(faulty(fault)), order());
    EXPECT_EQ(error.code(), code) << fault << ": " << error.what();
    EXPECT_TRUE(error.reason().empty() && error.violations().empty()) << fault;
  }
  const auto exhausted = failure(quotary::Client(faulty("exhausted; ms=1500")), order());
  EXPECT_EQ(exhausted.code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(exhausted.retry_delay(), std::chrono::milliseconds(1500));
}

TEST_F(Server, ADeadlineEndsASlowCall) {
  auto options = faulty("slow; ms=20000");
  options.deadline = std::chrono::milliseconds(300);
  EXPECT_EQ(failure(quotary::Client(options), order()).code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(Server, ABadRequestSaysWhatToDoByField) {
  const auto error = failure(quotary::Client(), order("nope"));
  ASSERT_EQ(error.violations().size(), 1U);
  EXPECT_EQ(error.violations()[0].field, "order.lines[0].product.id");
  EXPECT_EQ(error.violations()[0].reason, "UNKNOWN_PRODUCT");
  const auto many = failure(quotary::Client(), order("nope", 200));
  EXPECT_GT(many.omitted(), 0);
  EXPECT_EQ(many.violations().size() + static_cast<std::size_t>(many.omitted()), 200U);
}

/// Gives the users of a count, a hundred at a time.
auto users(int many, int& drawn) {
  return [many, &drawn]() -> std::optional<v1::CountBillableUsersRequest> {
    if (drawn >= many) return std::nullopt;
    v1::CountBillableUsersRequest part;
    if (drawn == 0) {
      part.set_edition("2026");
      part.mutable_settings()->mutable_organisation()->add_verified_domains("acme.example");
    }
    for (int i = 0; i < 100; ++i) {
      char id[16];
      std::snprintf(id, sizeof id, "u%07d", drawn++);
      auto& user = *part.add_users();
      user.set_id(id);
      user.set_active(true);
      user.set_managed(true);
      user.add_accesses()->set_product_id("jira");
    }
    return part;
  };
}

TEST_F(Server, AHundredThousandUsersAreCounted) {
  int drawn = 0;
  const auto answer = quotary::Client().count_billable_users(users(100'000, drawn));
  EXPECT_EQ(answer.standard().billable_users(), 100'000);
}

TEST_F(Server, WhatTheUsersThrowCancelsTheCount) {
  int drawn = 0;
  const auto source = users(100'000, drawn);
  const auto breaks = [&]() {
    if (drawn >= 50'000) throw std::runtime_error("no more");
    return source();
  };
  EXPECT_THROW(quotary::Client().count_billable_users(breaks), std::runtime_error);
  EXPECT_EQ(drawn, 50'000);
}

TEST_F(Server, AMalformedItemOfABatchIsOneAnswer) {
  int asked = 0, place = 0;
  const quotary::Client client;
  const auto answers = client.batch_price_quotes([&asked]() -> std::optional<v1::BatchPriceQuotesRequest> {
    if (asked == 300) return std::nullopt;
    v1::BatchPriceQuotesRequest item;
    item.set_correlation_id(std::to_string(asked));
    *item.mutable_request() = asking(order(asked == 100 ? "nope" : "jira"));
    ++asked;
    return item;
  });
  for (const auto& answer : *answers) {
    EXPECT_EQ(answer.correlation_id(), std::to_string(place));
    EXPECT_EQ(answer.has_status(), place == 100);
    if (answer.has_status()) {
      EXPECT_EQ(quotary::Error(answer.status()).violations().at(0).reason, "UNKNOWN_PRODUCT");
    }
    ++place;
  }
  EXPECT_EQ(place, 300);
}

TEST_F(Server, ABatchThatIsLeftIsCancelled) {
  const quotary::Client client;
  int drawn = 0;
  {
    auto answers = client.batch_price_quotes([&drawn]() -> std::optional<v1::BatchPriceQuotesRequest> {
      v1::BatchPriceQuotesRequest item;
      *item.mutable_request() = asking(order());
      ++drawn;
      return item;  // without end
    });
    EXPECT_TRUE(answers->next().has_value());
  }
  EXPECT_GT(drawn, 0);
}

}  // namespace
