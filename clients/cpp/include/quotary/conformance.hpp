#ifndef QUOTARY_CONFORMANCE_HPP
#define QUOTARY_CONFORMANCE_HPP

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

namespace quotary::conformance {

/// Which vectors are taken: all where a list is empty.
struct Selection {
  std::vector<std::string> calls;  ///< "QuoteService.PriceQuote"
  std::vector<std::string> areas;  ///< "tax", "tax/canada"
};

/// Makes each vector of the kit in that folder a test of GoogleTest, named `area/topic.id` (with _ for -), to be called
/// before RUN_ALL_TESTS. The channel leads to a server, or into the same process (grpc::Server::InProcessChannel). Returns
/// how many. Throws std::runtime_error where the kit cannot be read or no vector is selected.
int register_vectors(const std::string& kit, std::shared_ptr<grpc::Channel> channel, const Selection& selection = {});

/// What the kit's matcher-cases.json wants otherwise than the matcher of this library does; counts the cases.
std::vector<std::string> wrong_matcher_cases(const std::string& kit, int* cases);

}  // namespace quotary::conformance

#endif
