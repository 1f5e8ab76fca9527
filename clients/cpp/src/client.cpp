#include "quotary/client.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <random>
#include <regex>
#include <sstream>

#include "quotary/service_config.hpp"

namespace quotary {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string file(const char* name) {
  const std::string path = environment(name);
  if (path.empty()) return "";
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  if (!(content << in.rdbuf())) throw std::invalid_argument(path + " cannot be read (" + name + ")");
  return content.str();
}

/// Where a server is: what is dialled, whether by TLS, and whether it is on this machine.
struct Place {
  std::string target;
  bool tls;
  bool here;

  explicit Place(const Options& options)
      : target(options.address), tls(!options.ca.empty() || !options.certificate.empty()), here(false) {
    if (target.rfind("https://", 0) == 0) {
      tls = true;
      target.erase(0, 8);
    } else if (target.rfind("http://", 0) == 0) {
      tls = false;
      target.erase(0, 7);
    }
    static const std::regex loopback("unix:.*|(localhost|127(\\.[0-9]{1,3}){3}|\\[::1\\])(:[0-9]+)?/?");
    here = std::regex_match(target, loopback);
  }
};

Options completed(Options options) {
  const auto fill = [](std::string& option, const std::string& value) {
    if (option.empty()) option = value;
  };
  fill(options.address, environment("QUOTARY_TARGET"));
  if (options.address.empty()) throw std::invalid_argument("no address: give one, or set QUOTARY_TARGET");
  if (options.token.empty()) {
    options.token = file("QUOTARY_TOKEN_FILE");
    while (!options.token.empty() && std::isspace(static_cast<unsigned char>(options.token.back()))) {
      options.token.pop_back();
    }
  }
  if (options.ca.empty()) options.ca = file("QUOTARY_CA");
  if (options.certificate.empty() && options.key.empty()) {
    options.certificate = file("QUOTARY_CERT");
    options.key = file("QUOTARY_KEY");
  }
  if (options.certificate.empty() != options.key.empty()) {
    throw std::invalid_argument("a client certificate and its key go together: give both, or neither");
  }
  const Place place(options);
  if (!options.token.empty() && !place.tls && !place.here) {
    throw std::invalid_argument("a token is not sent to " + options.address + " in the clear: use https://");
  }
  return options;
}

/// The service config of the contract, with another deadline where one is given.
std::string service_config(const Options& options) {
  if (!options.deadline) return kServiceConfig;
  char seconds[40];
  std::snprintf(seconds, sizeof seconds, "%.3fs", static_cast<double>(options.deadline->count()) / 1000);
  static const std::regex timeout("\"timeout\": *\"[^\"]*\"");
  return std::regex_replace(std::string(kServiceConfig), timeout, "\"timeout\": \"" + std::string(seconds) + "\"");
}

std::shared_ptr<grpc::Channel> channel(const Options& options) {
  const Place place(options);
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(service_config(options));
  arguments.SetMaxReceiveMessageSize(options.most_answer_bytes);
  arguments.SetUserAgentPrefix("quotary-cpp/" QUOTARY_VERSION);
  // A proxy of the environment leads outwards; nobody's loopback is there.
  if (place.here) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  const auto credentials =
      place.tls ? grpc::SslCredentials({options.ca, options.key, options.certificate}) : grpc::InsecureChannelCredentials();
  return grpc::CreateCustomChannel(place.target, credentials, arguments);
}

}  // namespace

std::shared_ptr<grpc::Channel> connect(const Options& options) { return channel(completed(options)); }

std::string new_request_id() {
  std::random_device random;
  std::ostringstream id;
  id << std::hex << std::setfill('0');
  for (int part = 0; part < 8; ++part) {
    unsigned bits = random() & 0xffff;
    if (part == 3) bits = (bits & 0x0fff) | 0x4000;  // version 4
    if (part == 4) bits = (bits & 0x3fff) | 0x8000;  // the variant of RFC 4122
    id << (part >= 2 && part <= 5 ? "-" : "") << std::setw(4) << bits;
  }
  return id.str();
}

Client::Client(Options options) : Client(nullptr, completed(std::move(options))) {}

Client::Client(std::shared_ptr<grpc::Channel> given, Options options) : options_(std::move(options)) {
  const auto to = given != nullptr ? given : channel(options_);
  std::apply(
      [&to](auto&... stub) { ((stub = std::make_unique<typename std::decay_t<decltype(stub)>::element_type>(to)), ...); },
      stubs_);
}

std::unique_ptr<grpc::ClientContext> Client::context() const {
  auto context = std::make_unique<grpc::ClientContext>();
  if (options_.deadline) context->set_deadline(std::chrono::system_clock::now() + *options_.deadline);
  if (!options_.token.empty()) context->AddMetadata("authorization", "Bearer " + options_.token);
  for (const auto& [key, value] : options_.metadata) context->AddMetadata(key, value);
  return context;
}

std::unique_ptr<Answers> Client::batch_price_quotes(Answers::Next next) const {
  auto sent = context();
  auto stream = stub<v1::QuoteService::Stub>().BatchPriceQuotes(sent.get());
  return std::make_unique<Answers>(std::move(sent), std::move(stream), std::move(next));
}

v1::CountBillableUsersResponse Client::count_billable_users(
    const std::function<std::optional<v1::CountBillableUsersRequest>()>& next) const {
  const auto sent = context();
  v1::CountBillableUsersResponse answer;
  const auto stream = stub<v1::LicenceTierService::Stub>().CountBillableUsers(sent.get(), &answer);
  try {
    // A part that is not taken means that the call has ended: its status says why.
    for (auto part = next(); part && stream->Write(*part); part = next()) {
    }
  } catch (...) {
    sent->TryCancel();
    stream->Finish();
    throw;
  }
  stream->WritesDone();
  const grpc::Status status = stream->Finish();
  if (!status.ok()) throw Error(status);
  return answer;
}

Answers::Answers(std::unique_ptr<grpc::ClientContext> context, std::unique_ptr<Stream> stream, Next next)
    : context_(std::move(context)), stream_(std::move(stream)) {
  writer_ = std::thread([this, next = std::move(next)] {
    try {
      for (auto request = next(); request && stream_->Write(*request); request = next()) {
      }
      stream_->WritesDone();
    } catch (...) {
      thrown_ = std::current_exception();
      context_->TryCancel();
    }
  });
}

Answers::~Answers() {
  if (!over_) {
    context_->TryCancel();
    writer_.join();
    stream_->Finish();
  }
}

std::optional<v1::BatchPriceQuotesResponse> Answers::next() {
  v1::BatchPriceQuotesResponse answer;
  if (over_) return std::nullopt;
  if (stream_->Read(&answer)) return answer;
  over_ = true;
  // The call has ended, so that no write waits any more.
  const grpc::Status status = stream_->Finish();
  writer_.join();
  if (thrown_ != nullptr) std::rethrow_exception(thrown_);
  if (!status.ok()) throw Error(status);
  return std::nullopt;
}

}  // namespace quotary
