#include "matcher.hpp"

#include <google/protobuf/util/json_util.h>
#include <google/type/money.pb.h>

#include <algorithm>
#include <functional>

#include "quotary/figures.hpp"

namespace quotary::conformance {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Found = std::vector<Difference>;
constexpr char kAbsent[] = "absent";

/// The JSON form of a well-known type.
Json plain(const Message& message) {
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text).ok()) return nullptr;
  return Json::parse(text);
}

bool is_figure(const std::string& name) { return name == "google.type.Money" || name == "google.type.Date"; }
bool is_well_known(const std::string& name) { return name.rfind("google.protobuf.", 0) == 0; }

std::string number(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

/// A value in one line, as it would stand in a vector file.
std::string text(const Json& value) {
  if (value.is_null()) return "nothing";
  if (value.is_object()) {
    if (value.size() == 3 && value.contains("currency_code") && value.contains("units") && value.contains("nanos")) {
      google::type::Money money;
      money.set_currency_code(number(value["currency_code"]));
      money.set_units(std::stoll(number(value["units"])));
      money.set_nanos(std::stoi(number(value["nanos"])));
      try {
        return quotary::text(money);
      } catch (const FigureError&) {
        // Shown field by field.
      }
    }
    if (value.size() == 3 && value.contains("year") && value.contains("month") && value.contains("day")) {
      const auto part = [&value](const char* name) { return std::stoi(number(value[name])); };
      return quotary::text(Date{part("year"), part("month"), part("day")});
    }
    std::string all;
    for (const auto& [name, each] : value.items()) all += (all.empty() ? "" : ", ") + name + ": " + text(each);
    return "{" + all + "}";
  }
  if (value.is_array()) {
    std::string all;
    for (const auto& each : value) all += (all.empty() ? "" : ", ") + text(each);
    return "[" + all + "]";
  }
  if (value.is_string()) {
    const auto words = value.get<std::string>();
    const bool bare =
        !words.empty() && words.front() != ' ' && words.back() != ' ' && words.find_first_of(",[]{}\n") == std::string::npos;
    return bare ? words : value.dump();
  }
  return value.dump();
}

/// The kind of a node and what it holds.
std::pair<std::string, Json> entry(const Json& node) {
  if (!node.is_object() || node.size() != 1) return {};
  return {node.begin().key(), node.begin().value()};
}

/// An expectation of the kit as a vector file has it.
Json written(const Json& node) {
  const auto [kind, of] = entry(node);
  if (kind == "fields" || kind == "map") {
    Json all = Json::object();
    for (const auto& [name, each] : of.items()) all[name] = written(each);
    return all;
  }
  if (kind == "list" || kind == "any_order" || kind == "contains") {
    Json all = Json::array();
    for (const auto& each : of) all.push_back(written(each));
    return kind == "list" ? all : Json{{kind, all}};
  }
  return kind == "absent" ? Json(nullptr) : of;
}

Json shown(const Message& message);

/// One value of a field, or the entry of its list at `place`, as vector files write it.
Json shown(const Message& message, const FieldDescriptor* field, int place = -1) {
  const auto* of = message.GetReflection();
  const auto read = [&](auto one, auto entry) {
    return place < 0 ? (of->*one)(message, field) : (of->*entry)(message, field, place);
  };
  using R = google::protobuf::Reflection;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return read(&R::GetBool, &R::GetRepeatedBool);
    case FieldDescriptor::CPPTYPE_INT32:
      return read(&R::GetInt32, &R::GetRepeatedInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return read(&R::GetInt64, &R::GetRepeatedInt64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return read(&R::GetUInt32, &R::GetRepeatedUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return read(&R::GetUInt64, &R::GetRepeatedUInt64);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return read(&R::GetFloat, &R::GetRepeatedFloat);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return read(&R::GetDouble, &R::GetRepeatedDouble);
    case FieldDescriptor::CPPTYPE_STRING:
      return read(&R::GetString, &R::GetRepeatedString);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int value = read(&R::GetEnumValue, &R::GetRepeatedEnumValue);
      const auto* known = field->enum_type()->FindValueByNumber(value);
      return known == nullptr ? Json(value) : Json(known->name());
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return shown(place < 0 ? of->GetMessage(message, field) : of->GetRepeatedMessage(message, field, place));
}

Json shown_list(const Message& message, const FieldDescriptor* field) {
  const int size = message.GetReflection()->FieldSize(message, field);
  Json all = field->is_map() ? Json::object() : Json::array();
  for (int i = 0; i < size; ++i) {
    if (field->is_map()) {
      const auto& pair = message.GetReflection()->GetRepeatedMessage(message, field, i);
      all[number(shown(pair, field->message_type()->map_key()))] = shown(pair, field->message_type()->map_value());
    } else {
      all.push_back(shown(message, field, i));
    }
  }
  return all;
}

Json shown(const Message& message) {
  const auto* descriptor = message.GetDescriptor();
  if (is_well_known(descriptor->full_name())) return plain(message);
  Json all = Json::object();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    const auto* of = message.GetReflection();
    if (field->is_repeated()) {
      if (of->FieldSize(message, field) > 0) all[field->name()] = shown_list(message, field);
    } else if (is_figure(descriptor->full_name()) || of->HasField(message, field)) {
      all[field->name()] = shown(message, field);
    }
  }
  return is_figure(descriptor->full_name()) ? Json(text(all)) : all;
}

/// Every field of a Money or a Date, absent ones with their zero value.
Json whole(const Message& message) {
  Json all = Json::object();
  const auto* descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i)
    all[descriptor->field(i)->name()] = shown(message, descriptor->field(i));
  return all;
}

Found in_plain(const Json& expected, const Json& actual, const std::string& path) {
  Found found;
  const auto add = [&found](Found more) { found.insert(found.end(), more.begin(), more.end()); };
  if (expected.is_object() && actual.is_object()) {
    for (const auto& [key, each] : expected.items()) {
      const std::string here = path.empty() ? key : path + "." + key;
      add(actual.contains(key) ? in_plain(each, actual[key], here) : Found{{here, text(each), kAbsent}});
    }
  } else if (expected.is_array() && actual.is_array() && expected.size() == actual.size()) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      add(in_plain(expected[i], actual[i], path + "[" + std::to_string(i) + "]"));
    }
  } else if (!(expected == actual)) {  // JSON numbers are equal when their values are; true is no number
    found.push_back({path, text(expected), text(actual)});
  }
  return found;
}

Found in_value(const Json& node, const Message& message, const FieldDescriptor* field, int place, const std::string& path) {
  const auto* of = message.GetReflection();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    return differences(node, place < 0 ? of->GetMessage(message, field) : of->GetRepeatedMessage(message, field, place),
                       path);
  }
  const Json actual = shown(message, field, place);
  const auto [kind, expected] = entry(node);
  const bool wide =
      field->cpp_type() == FieldDescriptor::CPPTYPE_INT64 || field->cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
  const bool agrees = kind == "equals" && (wide && expected.is_string() ? expected == actual.dump() : expected == actual);
  return agrees ? Found{} : Found{{path, text(written(node)), text(actual)}};
}

/// Rows that find no column of their own in a largest matching of rows to columns that fit.
std::vector<std::size_t> unmatched(const std::vector<std::vector<bool>>& fits) {
  const std::size_t columns = fits.empty() ? 0 : fits[0].size();
  std::vector<int> holder(columns, -1);
  std::function<bool(std::size_t, std::vector<bool>&)> place = [&](std::size_t row, std::vector<bool>& tried) {
    for (std::size_t column = 0; column < columns; ++column) {
      if (!fits[row][column] || tried[column]) continue;
      tried[column] = true;
      if (holder[column] < 0 || place(static_cast<std::size_t>(holder[column]), tried)) {
        holder[column] = static_cast<int>(row);
        return true;
      }
    }
    return false;
  };
  std::vector<std::size_t> left;
  for (std::size_t row = 0; row < fits.size(); ++row) {
    std::vector<bool> tried(columns);
    if (!place(row, tried)) left.push_back(row);
  }
  return left;
}

/// Where the entry differs that is most like the one wanted; nothing when none is much like it.
Found nearest(const Json& node, const Message& message, const FieldDescriptor* field, int size, const std::string& path) {
  const auto [kind, wanted] = entry(node);
  Found best;
  bool any = false;
  for (int i = 0; kind == "fields" && i < size; ++i) {
    Found found = in_value(node, message, field, i, path + "[" + std::to_string(i) + "]");
    if (!any || found.size() < best.size()) best = std::move(found);
    any = true;
  }
  return any && 2 * best.size() < wanted.size() ? best : Found{};
}

Found in_list(const Json& node, const Message& message, const FieldDescriptor* field, const std::string& path) {
  const int size = message.GetReflection()->FieldSize(message, field);
  const auto [kind, expected] = entry(node);
  const auto differs = [&](const Json& wanted) {
    return Difference{path, text(written(wanted)), text(shown_list(message, field))};
  };
  Found found;
  if (kind == "list") {
    if (expected.size() != static_cast<std::size_t>(size)) return {differs(node)};
    for (int i = 0; i < size; ++i) {
      const Found more =
          in_value(expected[static_cast<std::size_t>(i)], message, field, i, path + "[" + std::to_string(i) + "]");
      found.insert(found.end(), more.begin(), more.end());
    }
    return found;
  }
  if (kind != "any_order" && kind != "contains") return {differs(node)};
  std::vector<std::vector<bool>> fits;
  for (const auto& each : expected) {
    auto& row = fits.emplace_back();
    for (int i = 0; i < size; ++i) row.push_back(in_value(each, message, field, i, path).empty());
  }
  for (std::size_t row : unmatched(fits)) {
    const Found like = nearest(expected[row], message, field, size, path);
    if (like.empty()) found.push_back(differs(Json{{kind, Json::array({expected[row]})}}));
    found.insert(found.end(), like.begin(), like.end());
  }
  if (kind == "any_order" && expected.size() != static_cast<std::size_t>(size)) found.push_back(differs(node));
  return found;
}

Found in_map(const Json& node, const Message& message, const FieldDescriptor* field, const std::string& path) {
  const auto [kind, expected] = entry(node);
  if (kind != "map") return {{path, text(written(node)), text(shown_list(message, field))}};
  const auto* of = message.GetReflection();
  Found found;
  for (const auto& [key, each] : expected.items()) {
    const std::string here = path + "[" + key + "]";
    Found more{{here, text(written(each)), kAbsent}};
    for (int i = 0; i < of->FieldSize(message, field); ++i) {
      const auto& pair = of->GetRepeatedMessage(message, field, i);
      if (number(shown(pair, field->message_type()->map_key())) == key) {
        more = in_value(each, pair, field->message_type()->map_value(), -1, here);
      }
    }
    found.insert(found.end(), more.begin(), more.end());
  }
  return found;
}

Found in_field(const Json& node, const Message& message, const std::string& name, const std::string& path) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr) return {{path, text(written(node)), "no such field"}};
  const auto* of = message.GetReflection();
  if (node.is_object() && node.contains("absent")) {
    // Set, though it may be to its zero value; without presence: another value than zero; a list that is not empty.
    if (field->is_repeated()) {
      if (of->FieldSize(message, field) == 0) return {};
      return {{path, kAbsent, text(shown_list(message, field))}};
    }
    if (!of->HasField(message, field)) return {};
    return {{path, kAbsent, text(shown(message, field))}};
  }
  if (field->is_map()) return in_map(node, message, field, path);
  if (field->is_repeated()) return in_list(node, message, field, path);
  if (field->has_presence() && !of->HasField(message, field)) return {{path, text(written(node)), kAbsent}};
  return in_value(node, message, field, -1, path);
}

}  // namespace

std::vector<Difference> differences(const Json& node, const Message& message, const std::string& path) {
  const auto [kind, of] = entry(node);
  if (kind == "fields") {
    Found found;
    for (const auto& [name, each] : of.items()) {
      const Found more = in_field(each, message, name, path.empty() ? name : path + "." + name);
      found.insert(found.end(), more.begin(), more.end());
    }
    return found;
  }
  if (kind == "message") {
    const Json actual = whole(message);
    for (const auto& [name, each] : of.items()) {
      // A 64-bit number may be a number or text.
      if (!actual.contains(name) || number(each) != number(actual[name])) return {{path, text(of), text(actual)}};
    }
    return {};
  }
  if (kind == "value") return in_plain(of, plain(message), path);
  return {{path, text(written(node)), text(shown(message))}};
}

}  // namespace quotary::conformance
