#ifndef QUOTARY_CLIENT_HPP
#define QUOTARY_CLIENT_HPP

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <quotary/v1/change_service.grpc.pb.h>
#include <quotary/v1/entitlement_service.grpc.pb.h>
#include <quotary/v1/licence_tier_service.grpc.pb.h>
#include <quotary/v1/order_service.grpc.pb.h>
#include <quotary/v1/quote_service.grpc.pb.h>
#include <quotary/v1/refund_service.grpc.pb.h>
#include <quotary/v1/rulebook_service.grpc.pb.h>
#include <quotary/v1/subscription_service.grpc.pb.h>
#include <quotary/v1/tax_service.grpc.pb.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "quotary/error.hpp"

namespace quotary {

/// How a client is connected. What is empty is taken from the environment variable named.
struct Options {
  std::string address;      ///< "host:port", "http://...", "https://..." or "unix:/path". QUOTARY_TARGET.
  std::string token;        ///< Sent as `authorization: Bearer ...`. Content of the file QUOTARY_TOKEN_FILE.
  std::string ca;           ///< Authority of the server's certificate, PEM. File QUOTARY_CA; else the system's.
  std::string certificate;  ///< The client's own certificate, PEM. File QUOTARY_CERT.
  std::string key;          ///< Its key, PEM. File QUOTARY_KEY.
  /// How long a call may take with its repetitions. Absent: 30 seconds, 600 for a stream.
  std::optional<std::chrono::milliseconds> deadline;
  int most_answer_bytes = 4 * 1024 * 1024;                    ///< The largest answer that is read.
  std::vector<std::pair<std::string, std::string>> metadata;  ///< Sent with each call.
};

/// The channel of a client with these options. Throws std::invalid_argument where they cannot be used, for one where a token
/// would be sent in the clear to another machine.
std::shared_ptr<grpc::Channel> connect(const Options& options = {});

/// A random UUID, version 4.
std::string new_request_id();

/// The answers of a batch, as they come: a range to be gone through once. Requests are drawn in a thread of its own, no
/// faster than the server takes them. Destroying it cancels the call.
class Answers {
 public:
  using Next = std::function<std::optional<v1::BatchPriceQuotesRequest>()>;
  using Stream = grpc::ClientReaderWriter<v1::BatchPriceQuotesRequest, v1::BatchPriceQuotesResponse>;

  Answers(std::unique_ptr<grpc::ClientContext> context, std::unique_ptr<Stream> stream, Next next);
  ~Answers();
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;

  /// The next answer; none when there is no further one. Throws Error when the call failed.
  std::optional<v1::BatchPriceQuotesResponse> next();

  class Iterator {
   public:
    explicit Iterator(Answers* answers) : answers_(answers) { ++*this; }
    const v1::BatchPriceQuotesResponse& operator*() const { return *answer_; }
    Iterator& operator++() {
      if (answers_ != nullptr && !(answer_ = answers_->next())) answers_ = nullptr;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return answers_ != other.answers_; }

   private:
    Answers* answers_;
    std::optional<v1::BatchPriceQuotesResponse> answer_;
  };
  Iterator begin() { return Iterator(this); }
  Iterator end() { return Iterator(nullptr); }

 private:
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<Stream> stream_;
  std::exception_ptr thrown_;
  bool over_ = false;
  std::thread writer_;
};

namespace detail {
template <class T>
struct Identity {
  using type = T;
};
/// T, without a part in finding out what T is: a request may then be written in braces.
template <class T>
using Same = typename Identity<T>::type;

template <class Q, class = void>
struct Changes : std::false_type {};
template <class Q>
struct Changes<Q, std::void_t<decltype(std::declval<Q&>().mutable_request_id())>> : std::true_type {};
}  // namespace detail

/// A client of a Quotary server. Use it from any number of threads.
class Client {
 public:
  /// Connects with the first call. Throws as connect() does.
  explicit Client(Options options = {});
  /// A client of a channel of yours, such as one in the same process (grpc::Server::InProcessChannel).
  explicit Client(std::shared_ptr<grpc::Channel> channel, Options options = {});

  /// Put a call: `client.call(&v1::QuoteService::Stub::PriceQuote, request)`. A changing call that has no request id is
  /// given one, which its repetitions keep. Throws Error.
  template <class Stub, class Q, class A>
  A call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Q&, A*), detail::Same<Q> request) const;

  /// Price a stream of orders: `next` gives the requests, and none at the end.
  std::unique_ptr<Answers> batch_price_quotes(Answers::Next next) const;

  /// Count the users of a stream: `next` gives its parts, and none at the end. What it throws cancels the call and goes on.
  v1::CountBillableUsersResponse count_billable_users(
      const std::function<std::optional<v1::CountBillableUsersRequest>()>& next) const;

 private:
  std::unique_ptr<grpc::ClientContext> context() const;

  template <class Stub>
  Stub& stub() const {
    return *std::get<std::unique_ptr<Stub>>(stubs_);
  }

  Options options_;
  std::tuple<std::unique_ptr<v1::ChangeService::Stub>, std::unique_ptr<v1::EntitlementService::Stub>,
             std::unique_ptr<v1::LicenceTierService::Stub>, std::unique_ptr<v1::OrderService::Stub>,
             std::unique_ptr<v1::QuoteService::Stub>, std::unique_ptr<v1::RefundService::Stub>,
             std::unique_ptr<v1::RulebookService::Stub>, std::unique_ptr<v1::SubscriptionService::Stub>,
             std::unique_ptr<v1::TaxService::Stub>>
      stubs_;
};

template <class Stub, class Q, class A>
A Client::call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Q&, A*), detail::Same<Q> request) const {
  std::string request_id;
  if constexpr (detail::Changes<Q>::value) {
    if (request.request_id().empty()) request.set_request_id(new_request_id());
    request_id = request.request_id();
  }
  A answer;
  const auto sent = context();
  const grpc::Status status = (stub<Stub>().*method)(sent.get(), request, &answer);
  if (!status.ok()) throw Error(status, request_id);
  return answer;
}

}  // namespace quotary

#endif
