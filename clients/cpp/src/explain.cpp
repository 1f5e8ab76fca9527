#include "quotary/explain.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "quotary/figures.hpp"

namespace quotary {
namespace {

std::string outcome(v1::Outcome outcome) { return v1::Outcome_Name(outcome).substr(sizeof("OUTCOME_") - 1); }

template <class List, class Word>
std::string joined(const List& list, const Word& word) {
  std::string all;
  for (const auto& each : list) all += (all.empty() ? "" : ", ") + word(each);
  return all;
}

std::string passages(const v1::Step& step) {
  return joined(step.citations(), [](const v1::Citation& each) {
    const std::string last = each.last_line() == each.first_line() ? "" : "-" + std::to_string(each.last_line());
    return each.document() + ":" + std::to_string(each.first_line()) + last;
  });
}

std::string reason_line(const v1::Reason& reason) {
  std::string line = outcome(reason.outcome()) + " " + reason.code();
  if (!reason.subject().empty()) line += " " + reason.subject();
  line += ": " + reason.text();
  const std::map<std::string, std::string> facts(reason.metadata().begin(), reason.metadata().end());
  if (!facts.empty()) {
    line += " (" + joined(facts, [](const auto& each) { return each.first + " " + each.second; }) + ")";
  }
  return reason.remedy().empty() ? line : line + " Next: " + reason.remedy();
}

}  // namespace

std::string receipt(const v1::PriceQuoteResponse& priced) {
  std::vector<std::pair<std::string, std::string>> rows;
  const auto row = [&rows](const std::string& label, bool there, const google::type::Money& amount) {
    rows.emplace_back(label, there ? text(amount) : "undecided");
  };
  row("net", priced.has_net_total(), priced.net_total());
  if (priced.has_fee()) row("fee", priced.fee().has_amount(), priced.fee().amount());
  for (const auto& tax : priced.tax_components()) {
    row(tax.tax() + " " + tax.region_code(), tax.has_amount(), tax.amount());
  }
  row("total", priced.has_total(), priced.total());
  std::size_t labels = 0, amounts = 0;
  for (const auto& [label, amount] : rows) {
    labels = std::max(labels, label.size());
    amounts = std::max(amounts, amount.size());
  }
  std::string all;
  for (const auto& [label, amount] : rows) {
    all += label + std::string(labels + 2 + amounts - label.size() - amount.size(), ' ') + amount + "\n";
  }
  if (!priced.has_fee()) return all;
  const auto& steps = priced.answer().steps();
  const auto& rule = priced.fee().rule_id();
  const auto step = std::find_if(steps.begin(), steps.end(), [&rule](const auto& each) { return each.id() == rule; });
  const std::string where = step == steps.end() ? "" : passages(*step);
  return all + "fee by rule " + rule + (where.empty() ? "" : ", passage " + where) + "\n";
}

std::string explain(const v1::PriceQuoteResponse& priced) { return receipt(priced) + "\n" + explain(priced.answer()); }

std::string explain(const v1::Answer& answer) {
  std::string all = outcome(answer.outcome()) + ", edition " + answer.edition() + "\n";
  for (const auto& line : reason_lines(answer)) all += line + "\n";
  for (const auto& step : answer.steps()) all += step_text(step) + "\n";
  if (answer.steps_omitted() > 0) all += std::to_string(answer.steps_omitted()) + " more steps\n";
  return all;
}

std::vector<std::string> reason_lines(const v1::Answer& answer) {
  std::vector<std::string> lines;
  for (const auto& reason : answer.reasons()) lines.push_back(reason_line(reason));
  for (const auto& path : answer.missing()) lines.push_back("missing " + path);
  return lines;
}

std::string step_text(const v1::Step& step) {
  std::string all = step.id() + (step.subject().empty() ? "" : " on " + step.subject()) + ": " + step.statement() + "\n  ";
  const std::string inputs = joined(step.inputs(), [](const v1::Fact& each) { return each.name() + " " + each.value(); });
  all += (inputs.empty() ? "" : inputs + " -> ") + step.result();
  const std::string cited = passages(step), ruled = joined(step.rulings(), [](const std::string&each) { return each; });
  if (cited.empty() && ruled.empty()) return all;
  return all + "\n  " + cited + (cited.empty() || ruled.empty() ? "" : "; ") + ruled;
}

}  // namespace quotary
