// The cases that every client is held to: the kit's for a matcher, and clients/helper-cases.json for the helpers.
#include <google/protobuf/util/json_util.h>
#include <google/rpc/error_details.pb.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <quotary/client.hpp>
#include <quotary/conformance.hpp>
#include <quotary/explain.hpp>
#include <quotary/figures.hpp>

namespace {

using Json = nlohmann::json;

const Json& helpers() {
  static const Json cases = Json::parse(std::ifstream(HELPER_CASES));
  return cases;
}

template <class M>
M parsed(const Json& json) {
  M message;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json.dump(), &message).ok()) << json;
  return message;
}

google::type::Money money_of(const Json& json) { return parsed<google::type::Money>(json); }

TEST(Cases, TheMatcherAcceptsAndRefusesWhatTheKitSays) {
  const char* kit = std::getenv("QUOTARY_KIT");
  if (kit == nullptr) GTEST_SKIP() << "QUOTARY_KIT does not name the folder of the kit";
  int cases = 0;
  const auto wrong = quotary::conformance::wrong_matcher_cases(kit, &cases);
  for (const auto& each : wrong) ADD_FAILURE() << each;
  EXPECT_GT(cases, 50);
}

TEST(Cases, AmountsGoToMinorUnitsAndTextAndBack) {
  for (const auto& each : helpers().at("money")) {
    const auto money = money_of(each["money"]);
    const std::int64_t minor = std::stoll(each["minor"].get<std::string>());
    const auto text = each["text"].get<std::string>();
    EXPECT_EQ(quotary::minor_units(money), minor);
    EXPECT_EQ(quotary::text(money), text);
    EXPECT_EQ(quotary::money(minor, money.currency_code()).SerializeAsString(), money.SerializeAsString()) << each;
    EXPECT_EQ(quotary::parse_money(text).SerializeAsString(), money.SerializeAsString()) << each;
  }
  for (const auto& each : helpers().at("money_finer_than_minor_units")) {
    const auto money = money_of(each["money"]);
    EXPECT_EQ(quotary::text(money), each["text"].get<std::string>());
    EXPECT_EQ(quotary::parse_money(each["text"]).SerializeAsString(), money.SerializeAsString()) << each;
    EXPECT_THROW(quotary::minor_units(money), quotary::FigureError) << each;
  }
  for (const auto& each : helpers().at("money_wrong")) {
    EXPECT_THROW(quotary::text(money_of(each["money"])), quotary::FigureError) << each;
    EXPECT_THROW(quotary::minor_units(money_of(each["money"])), quotary::FigureError) << each;
  }
  for (const auto& each : helpers().at("money_text_wrong")) {
    EXPECT_THROW(quotary::parse_money(each), quotary::FigureError) << each;
  }
}

TEST(Cases, DatesAndDecimals) {
  for (const auto& each : helpers().at("dates")) {
    const auto wire = parsed<google::type::Date>(each["date"]);
    const auto date = quotary::civil(wire);
    EXPECT_EQ(quotary::text(date), each["text"].get<std::string>());
    EXPECT_EQ(quotary::date(date.year, date.month, date.day).SerializeAsString(), wire.SerializeAsString());
  }
  for (const auto& each : helpers().at("dates_wrong")) {
    EXPECT_THROW(quotary::civil(parsed<google::type::Date>(each)), quotary::FigureError) << each;
  }
  for (const auto& each : helpers().at("decimals")) {
    EXPECT_EQ(quotary::text(quotary::parse_decimal(each)), each.get<std::string>());
  }
  for (const auto& each : helpers().at("decimals_wrong")) {
    EXPECT_THROW(quotary::parse_decimal(each), quotary::FigureError) << each;
  }
}

TEST(Cases, APricedOrderIsToldAsEverywhere) {
  for (const auto& each : helpers().at("priced")) {
    const auto priced = parsed<quotary::v1::PriceQuoteResponse>(each["response"]);
    EXPECT_EQ(quotary::receipt(priced), each["receipt"].get<std::string>());
    EXPECT_EQ(quotary::explain(priced), each["explained"].get<std::string>());
    EXPECT_EQ(quotary::explain(priced.answer()), each["explained_answer"].get<std::string>());
  }
}

grpc::Status status(grpc::StatusCode code, int packed_code, const google::protobuf::Message& detail) {
  google::rpc::Status packed;
  packed.set_code(packed_code);
  google::rpc::ErrorInfo info;
  info.set_reason("R");
  (*info.mutable_metadata())["omitted"] = "3";
  packed.add_details()->PackFrom(info);
  packed.add_details()->PackFrom(detail);
  return {code, "said", packed.SerializeAsString()};
}

TEST(Errors, EveryViolationIsReadAndThoseLeftOutAreCounted) {
  google::rpc::BadRequest bad;
  auto& violation = *bad.add_field_violations();
  violation.set_field("a.b");
  violation.set_reason("UNKNOWN_PRODUCT");
  violation.set_description("Name another.");
  const quotary::Error error(status(grpc::StatusCode::INVALID_ARGUMENT, 3, bad));
  EXPECT_STREQ(error.what(), "INVALID_ARGUMENT R: said\n  a.b: UNKNOWN_PRODUCT: Name another.\n  and 3 more");
  EXPECT_EQ(error.omitted(), 3);
}

TEST(Errors, DetailsThatAreBrokenOrContradictTheStatusAreNotRead) {
  const grpc::Status contradiction = status(grpc::StatusCode::INTERNAL, 5, google::rpc::BadRequest());
  const grpc::Status broken(grpc::StatusCode::INTERNAL, "said", "\xff\xff");
  for (const auto& each : {contradiction, broken, grpc::Status(grpc::StatusCode::INTERNAL, "said")}) {
    const quotary::Error error(each);
    EXPECT_STREQ(error.what(), "INTERNAL: said");
    EXPECT_TRUE(error.reason().empty() && error.violations().empty());
  }
}

TEST(Options, ATokenGoesOverTlsOrStaysOnThisMachine) {
  quotary::Options options;
  options.token = "secret";
  for (const char* address : {"https://quotes.example:1", "127.0.0.1:1", "unix:/run/quotary.sock"}) {
    options.address = address;
    EXPECT_NO_THROW(quotary::Client{options}) << address;
  }
  for (const char* address : {"quotes.example:1", "http://quotes.example:1", "127.example:1"}) {
    options.address = address;
    EXPECT_THROW(quotary::Client{options}, std::invalid_argument) << address;
  }
}

TEST(Options, ARequestIdIsARandomUuid) {
  const auto id = quotary::new_request_id();
  EXPECT_EQ(id.size(), 36U);
  EXPECT_EQ(id[14], '4');
  EXPECT_NE(id, quotary::new_request_id());
}

}  // namespace
