#ifndef QUOTARY_ERROR_HPP
#define QUOTARY_ERROR_HPP

#include <google/rpc/status.pb.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace quotary {

/// One thing that is wrong with a request, or that stands against a change.
struct Violation {
  std::string field;        ///< Path in the request ("order.lines[0].product.id"), or what the refusal is about.
  std::string reason;       ///< Catalogued code ("UNKNOWN_PRODUCT").
  std::string description;  ///< What is wrong, and what to do.
};

/// A call that failed. A refusal of a call that changes nothing is no error but an answer.
///
/// Every status makes one, also one whose details are missing, broken, or contradict its code: they are then not read.
class Error : public std::runtime_error {
 public:
  explicit Error(const grpc::Status& status, std::string request_id = {});
  /// The status of one item of a batch.
  explicit Error(const google::rpc::Status& status);

  grpc::StatusCode code() const { return status_.error_code(); }
  /// The catalogued reason; empty where the server gave none.
  const std::string& reason() const { return reason_; }
  const std::vector<Violation>& violations() const { return violations_; }
  /// How many further violations the server left out.
  int omitted() const { return omitted_; }
  /// How long to wait before asking again, where the server said so.
  std::optional<std::chrono::milliseconds> retry_delay() const { return retry_delay_; }
  /// Of a changing call. Ask again with it to learn whether the call had its effect.
  const std::string& request_id() const { return request_id_; }
  /// The status as it came.
  const grpc::Status& status() const { return status_; }

 private:
  struct Parts;
  explicit Error(Parts parts);

  grpc::Status status_;
  std::string reason_;
  std::vector<Violation> violations_;
  int omitted_ = 0;
  std::optional<std::chrono::milliseconds> retry_delay_;
  std::string request_id_;
};

/// The name of a code in the gRPC specification ("INVALID_ARGUMENT").
const char* code_name(grpc::StatusCode code);

}  // namespace quotary

#endif
