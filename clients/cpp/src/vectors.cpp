#include <google/protobuf/util/json_util.h>
#include <google/rpc/error_details.pb.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <set>
#include <stdexcept>

#include "matcher.hpp"
#include "quotary/client.hpp"
#include "quotary/conformance.hpp"

namespace quotary::conformance {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using Messages = std::vector<std::unique_ptr<Message>>;
using Found = std::vector<Difference>;

Json read(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + " cannot be read (`make kit` writes the kit to dist/kit)");
  return Json::parse(in);
}

std::unique_ptr<Message> message_of(const google::protobuf::Descriptor* descriptor) {
  const auto* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor);
  return std::unique_ptr<Message>(prototype->New());
}

std::unique_ptr<Message> parsed(const google::protobuf::Descriptor* descriptor, const Json& json) {
  auto message = message_of(descriptor);
  const auto status = google::protobuf::util::JsonStringToMessage(json.dump(), message.get());
  if (!status.ok()) throw std::runtime_error("the request is none of the contract: " + status.ToString());
  return message;
}

const MethodDescriptor* method_of(const std::string& call) {
  const auto* method = DescriptorPool::generated_pool()->FindMethodByName("quotary.v1." + call);
  if (method == nullptr) throw std::runtime_error(call + ": the client has no such call");
  return method;
}

grpc::ByteBuffer buffer(const Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

std::unique_ptr<Message> decoded(const grpc::ByteBuffer& buffer, const google::protobuf::Descriptor* descriptor) {
  std::vector<grpc::Slice> slices;
  buffer.Dump(&slices);
  std::string bytes;
  for (const auto& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  auto message = message_of(descriptor);
  if (!message->ParseFromString(bytes)) throw std::runtime_error("the answer is no " + descriptor->full_name());
  return message;
}

/// Put a call, one message or a stream either way; the answers are of the client's own types.
grpc::Status ask(grpc::Channel& channel, const MethodDescriptor* method, const Messages& requests, Messages& answers) {
  struct Borrowed {
    void operator()(grpc::Channel*) const {}
  };
  grpc::GenericStub stub(std::shared_ptr<grpc::ChannelInterface>(&channel, Borrowed()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  grpc::CompletionQueue queue;
  const auto done = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const std::string path = "/" + method->service()->full_name() + "/" + method->name();
  auto stream = stub.PrepareCall(&context, path, &queue);
  stream->StartCall(nullptr);
  bool open = done();
  for (const auto& request : requests) {
    if (!open) break;
    stream->Write(buffer(*request), nullptr);
    open = done();
  }
  if (open) {
    stream->WritesDone(nullptr);
    done();
  }
  grpc::ByteBuffer answer;
  for (stream->Read(&answer, nullptr); done(); stream->Read(&answer, nullptr)) {
    answers.push_back(decoded(answer, method->output_type()));
    answer.Clear();
  }
  grpc::Status status;
  stream->Finish(&status, nullptr);
  done();
  return status;
}

Found in_answers(const Json& expect, const Messages& answers, bool streamed) {
  if (!streamed) return answers.empty() ? Found{{"", "an answer", "none"}} : differences(expect, *answers[0]);
  if (expect.size() != answers.size()) {
    return {{"", std::to_string(expect.size()) + " answers", std::to_string(answers.size()) + " answers"}};
  }
  Found found;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Found more = differences(expect[i], *answers[i], "[" + std::to_string(i) + "]");
    found.insert(found.end(), more.begin(), more.end());
  }
  return found;
}

Found judge_answers(const Json& vector, const Messages& answers, bool streamed) {
  Found found;
  if (vector.contains("expect")) found = in_answers(vector["expect"], answers, streamed);
  const auto& readings = vector["readings"];
  if (readings.empty()) return found;
  const bool agreed = std::any_of(readings.begin(), readings.end(), [&](const Json& reading) {
    return in_answers(reading["expect"], answers, streamed).empty();
  });
  if (!found.empty() || !agreed) {
    // As the rule book reads it, which stands first.
    const Found first = in_answers(readings[0]["expect"], answers, streamed);
    found.insert(found.end(), first.begin(), first.end());
  }
  return found;
}

std::string joined(const std::multiset<std::string>& words) {
  std::string all;
  for (const auto& each : words) all += (all.empty() ? "" : ", ") + each;
  return all;
}

Found judge_error(const Json& expected, const grpc::Status& status) {
  google::rpc::Status packed;
  if (!packed.ParseFromString(status.error_details())) {
    return {{"status details", "a google.rpc.Status", "bytes that are none"}};
  }
  if (!status.error_details().empty() && packed.code() != static_cast<int>(status.error_code())) {
    return {{"status details", "code " + std::to_string(status.error_code()) + " as in the status",
             "code " + std::to_string(packed.code())}};
  }
  Found found;
  if (expected.contains("reason")) {
    std::multiset<std::string> reasons;
    google::rpc::ErrorInfo info;
    for (const auto& detail : packed.details()) {
      if (detail.UnpackTo(&info)) reasons.insert(info.reason());
    }
    const auto wanted = expected["reason"].get<std::string>();
    if (reasons != std::multiset<std::string>{wanted}) {
      found.push_back({"reason", wanted, reasons.empty() ? "none" : joined(reasons)});
    }
  }
  if (expected.contains("violations")) {
    std::multiset<std::string> wanted, got;
    for (const auto& each : expected["violations"]) {
      wanted.insert(each["field"].get<std::string>() + ": " + each["reason"].get<std::string>());
    }
    const Error error(status);
    for (const auto& each : error.violations()) got.insert(each.field + ": " + each.reason);
    if (wanted != got) found.push_back({"violations", "{" + joined(wanted) + "}", "{" + joined(got) + "}"});
  }
  return found;
}

/// What came of a vector, in the words of the kit's own runner.
struct Judged {
  std::string verdict = "disagreed";
  Found found;
};

Judged judge(const Json& vector, grpc::Channel& channel) {
  const auto* method = method_of(vector["call"]);
  Messages requests, answers;
  if (vector["request"].is_array()) {
    for (const auto& each : vector["request"]) requests.push_back(parsed(method->input_type(), each));
  } else {
    requests.push_back(parsed(method->input_type(), vector["request"]));
  }
  const grpc::Status status = ask(channel, method, requests, answers);
  const bool wants_error = vector.contains("error");
  const std::string wanted = wants_error ? vector["error"]["code"].get<std::string>() : "OK";
  const std::string code = code_name(status.error_code());
  if (code == wanted) {
    return {"disagreed",
            wants_error ? judge_error(vector["error"], status) : judge_answers(vector, answers, method->server_streaming())};
  }
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::CANCELLED:
      return {"missing", {{"status", "an answer", code}}};
    case grpc::StatusCode::UNIMPLEMENTED:
      return {"not offered: select the calls that the engine has", {{"status", wanted, code}}};
    default:
      return {"disagreed", {{"status", wanted, status.ok() ? code : code + " " + status.error_message()}}};
  }
}

std::string about(const char* kind, const Json& of, const char* id, const char* words) {
  const auto said = of.find(words);
  const bool any = said != of.end() && said->is_string() && !said->get<std::string>().empty();
  return "\n    " + std::string(kind) + " " + of[id].get<std::string>() + (any ? ": " + said->get<std::string>() : "");
}

std::string failure(const Json& vector, const Judged& judged) {
  std::string text = vector["topic"].get<std::string>() + "/" + vector["id"].get<std::string>() + ": " + judged.verdict;
  if (const auto title = vector["title"].get<std::string>(); !title.empty()) text += "\n    " + title;
  for (const auto& each : judged.found) text += "\n    " + each.text();
  if (judged.verdict == "missing") return text;
  std::istringstream working(vector["working"].get<std::string>());
  for (std::string line; std::getline(working, line);) text += "\n    | " + line;
  for (const auto& each : vector["cites"]) text += about("passage", each, "passage", "heading");
  for (const auto& each : vector["rules"]) text += about("rule", each, "id", "statement");
  for (const auto& each : vector["rulings"]) text += about("ruling", each, "id", "title");
  return text + "\n    asked " + vector["call"].get<std::string>() + " " + vector["request"].dump();
}

class VectorTest : public testing::Test {
 public:
  VectorTest(Json vector, std::shared_ptr<grpc::Channel> channel)
      : vector_(std::move(vector)), channel_(std::move(channel)) {}

  void TestBody() override {
    const Judged judged = judge(vector_, *channel_);
    if (!judged.found.empty()) GTEST_FAIL() << failure(vector_, judged);
  }

 private:
  const Json vector_;
  const std::shared_ptr<grpc::Channel> channel_;
};

bool is_selected(const Json& vector, const Selection& selection) {
  const auto has = [](const std::vector<std::string>& list, const auto& fits) {
    return list.empty() || std::any_of(list.begin(), list.end(), fits);
  };
  const auto call = vector["call"].get<std::string>(), topic = vector["topic"].get<std::string>();
  return has(selection.calls, [&call](const std::string& each) { return each == call; }) &&
         has(selection.areas, [&topic](const std::string& each) { return (topic + "/").rfind(each + "/", 0) == 0; });
}

}  // namespace

int register_vectors(const std::string& kit, std::shared_ptr<grpc::Channel> channel, const Selection& selection) {
  int count = 0;
  const Json file = read(kit + "/vectors.json");
  for (const auto& vector : file["vectors"]) {
    if (!is_selected(vector, selection)) continue;
    std::string name = vector["id"];
    std::replace(name.begin(), name.end(), '-', '_');  // in a filter, - leaves out
    testing::RegisterTest(vector["topic"].get<std::string>().c_str(), name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [vector, channel]() -> testing::Test* { return new VectorTest(vector, channel); });
    ++count;
  }
  if (count == 0) throw std::runtime_error("no vector is of these calls and areas");
  return count;
}

std::vector<std::string> wrong_matcher_cases(const std::string& kit, int* cases) {
  std::vector<std::string> wrong;
  *cases = 0;
  const Json file = read(kit + "/matcher-cases.json");
  for (const auto& each : file["cases"]) {
    ++*cases;
    const auto* descriptor = DescriptorPool::generated_pool()->FindMessageTypeByName(each["message"].get<std::string>());
    if (descriptor == nullptr) throw std::runtime_error(each["message"].get<std::string>() + ": no such message");
    const Found found = differences(each["expect"], *parsed(descriptor, each["answer"]));
    if (found.empty() != each["accepts"].get<bool>()) {
      wrong.push_back((found.empty() ? "accepted " : "refused " + found[0].text() + " ") + each.dump());
    }
  }
  return wrong;
}

}  // namespace quotary::conformance
