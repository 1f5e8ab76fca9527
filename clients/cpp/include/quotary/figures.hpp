#ifndef QUOTARY_FIGURES_HPP
#define QUOTARY_FIGURES_HPP

#include <google/type/date.pb.h>
#include <google/type/money.pb.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace quotary {

/// A figure that is not as the contract wants it.
class FigureError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// An amount of whole minor units: 3000 of USD are 30.00 USD.
google::type::Money money(std::int64_t minor, const std::string& currency_code);
/// The amount in whole minor units. Throws FigureError where it is no amount, finer than the minor unit, or too large.
std::int64_t minor_units(const google::type::Money& money);
/// "30.00 USD", with at least the digits of the currency. Throws FigureError where it is no amount.
std::string text(const google::type::Money& money);
/// Reads "30.00 USD". Throws FigureError.
google::type::Money parse_money(const std::string& text);

/// An exact decimal number: unscaled / 10^scale. The contract writes rates and unit prices as text.
struct Decimal {
  __extension__ typedef __int128 Unscaled;
  Unscaled unscaled = 0;
  int scale = 0;
};
/// Reads a decimal in plain digits. Throws FigureError where it is none or has more than 38 digits.
Decimal parse_decimal(const std::string& text);
/// The number in plain digits, as the contract wants it.
std::string text(const Decimal& decimal);

/// A civil date, which exists.
struct Date {
  int year = 0;
  int month = 0;
  int day = 0;
};
/// Throws FigureError where a part is absent or there is no such day.
Date civil(const google::type::Date& date);
/// Throws FigureError where there is no such day.
google::type::Date date(int year, int month, int day);
/// "2026-03-01".
std::string text(const Date& date);

}  // namespace quotary

#endif
