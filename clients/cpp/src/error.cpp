#include "quotary/error.hpp"

#include <google/rpc/error_details.pb.h>

#include <cstdlib>
#include <utility>

namespace quotary {

struct Error::Parts {
  grpc::Status status;
  std::string reason;
  std::vector<Violation> violations;
  int omitted = 0;
  std::optional<std::chrono::milliseconds> retry_delay;
  std::string request_id;

  Parts(const grpc::Status& from, std::string id) : status(from), request_id(std::move(id)) {
    google::rpc::Status packed;
    if (!packed.ParseFromString(status.error_details()) || packed.code() != static_cast<int>(status.error_code())) {
      return;
    }
    for (const auto& detail : packed.details()) {
      read(detail);
    }
  }

  /// Read one detail; of another kind, or broken, it says nothing.
  void read(const google::protobuf::Any& detail) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    google::rpc::PreconditionFailure refused;
    google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&info)) {
      reason = info.reason();
      if (auto left_out = info.metadata().find("omitted"); left_out != info.metadata().end()) {
        omitted = std::atoi(left_out->second.c_str());
      }
    } else if (detail.UnpackTo(&bad)) {
      for (const auto& each : bad.field_violations()) {
        violations.push_back({each.field(), each.reason(), each.description()});
      }
    } else if (detail.UnpackTo(&refused)) {
      for (const auto& each : refused.violations()) {
        violations.push_back({each.subject(), each.type(), each.description()});
      }
    } else if (detail.UnpackTo(&retry) && retry.has_retry_delay()) {
      const auto& delay = retry.retry_delay();
      retry_delay = std::chrono::milliseconds(delay.seconds() * 1000 + delay.nanos() / 1'000'000);
    }
  }

  std::string text() const {
    std::string text = code_name(status.error_code());
    text += (reason.empty() ? "" : " " + reason) + ": " + status.error_message();
    for (const auto& each : violations) {
      text += "\n  " + each.field + ": " + each.reason + ": " + each.description;
    }
    if (omitted > 0) {
      text += "\n  and " + std::to_string(omitted) + " more";
    }
    return text;
  }
};

Error::Error(const grpc::Status& status, std::string request_id) : Error(Parts(status, std::move(request_id))) {}

Error::Error(const google::rpc::Status& status)
    : Error(Parts(grpc::Status(static_cast<grpc::StatusCode>(status.code()), status.message(), status.SerializeAsString()),
                  {})) {}

Error::Error(Parts parts)
    : std::runtime_error(parts.text()),
      status_(std::move(parts.status)),
      reason_(std::move(parts.reason)),
      violations_(std::move(parts.violations)),
      omitted_(parts.omitted),
      retry_delay_(parts.retry_delay),
      request_id_(std::move(parts.request_id)) {}

const char* code_name(grpc::StatusCode code) {
  static constexpr const char* kNames[] = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  return code >= 0 && code <= grpc::StatusCode::UNAUTHENTICATED ? kNames[code] : "UNKNOWN";
}

}  // namespace quotary
