#ifndef QUOTARY_EXPLAIN_HPP
#define QUOTARY_EXPLAIN_HPP

#include <quotary/v1/common.pb.h>
#include <quotary/v1/quote_service.pb.h>

#include <string>
#include <vector>

namespace quotary {

/// Net, fee, taxes and total in columns, and the rule and passages of the fee (these where it was asked with VIEW_FULL).
std::string receipt(const v1::PriceQuoteResponse& priced);
/// The receipt, and the whole explanation of the answer.
std::string explain(const v1::PriceQuoteResponse& priced);
/// Outcome, reasons, what is missing, and every step with its rule, passages and rulings.
std::string explain(const v1::Answer& answer);
/// Each reason as a line, then a line for each path of the request that is missing.
std::vector<std::string> reason_lines(const v1::Answer& answer);
/// A step of the trace.
std::string step_text(const v1::Step& step);

}  // namespace quotary

#endif
