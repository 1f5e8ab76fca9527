#ifndef QUOTARY_MATCHER_HPP
#define QUOTARY_MATCHER_HPP

#include <google/protobuf/message.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace quotary::conformance {

using Json = nlohmann::ordered_json;

/// A place where an answer is not what was expected.
struct Difference {
  std::string path;
  std::string expected;
  std::string got;

  std::string text() const { return (path.empty() ? "answer" : path) + ": expected " + expected + ", got " + got; }
};

/// Every place where a message is not what a node of the kit expects.
std::vector<Difference> differences(const Json& node, const google::protobuf::Message& message, const std::string& path = {});

}  // namespace quotary::conformance

#endif
