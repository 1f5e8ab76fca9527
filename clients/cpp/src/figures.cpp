#include "quotary/figures.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <regex>

namespace quotary {
namespace {

using Wide = Decimal::Unscaled;
constexpr std::int64_t kNanos = 1'000'000'000;

/// Digits after the point of the currency's minor unit, ISO 4217: two, but for those named here.
int digits(const std::string& currency) {
  static const std::array none{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
                               "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
  static const std::array three{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
  if (std::find(none.begin(), none.end(), currency) != none.end()) return 0;
  return std::find(three.begin(), three.end(), currency) != three.end() ? 3 : 2;
}

std::int64_t nanos_of_minor(const std::string& currency) {
  std::int64_t nanos = kNanos;
  for (int i = digits(currency); i > 0; --i) nanos /= 10;
  return nanos;
}

void check(const google::type::Money& money) {
  const bool signs_differ = (money.units() > 0 && money.nanos() < 0) || (money.units() < 0 && money.nanos() > 0);
  if (money.currency_code().empty() || signs_differ || std::abs(static_cast<std::int64_t>(money.nanos())) >= kNanos) {
    throw FigureError("no amount: " + money.ShortDebugString());
  }
}

bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

}  // namespace

google::type::Money money(std::int64_t minor, const std::string& currency_code) {
  const std::int64_t in_unit = kNanos / nanos_of_minor(currency_code);
  google::type::Money money;
  money.set_currency_code(currency_code);
  money.set_units(minor / in_unit);
  money.set_nanos(static_cast<std::int32_t>(minor % in_unit * nanos_of_minor(currency_code)));
  return money;
}

std::int64_t minor_units(const google::type::Money& money) {
  check(money);
  const std::int64_t one = nanos_of_minor(money.currency_code());
  const Wide minor = static_cast<Wide>(money.units()) * (kNanos / one) + money.nanos() / one;
  if (money.nanos() % one != 0 || minor > std::numeric_limits<std::int64_t>::max() ||
      minor < std::numeric_limits<std::int64_t>::min()) {
    throw FigureError("no amount of whole minor units: " + money.ShortDebugString());
  }
  return static_cast<std::int64_t>(minor);
}

std::string text(const google::type::Money& money) {
  check(money);
  char nanos[16];
  std::snprintf(nanos, sizeof nanos, "%09d", std::abs(money.nanos()));
  std::string fraction = nanos;
  const auto needed = static_cast<std::size_t>(digits(money.currency_code()));
  while (fraction.size() > needed && fraction.back() == '0') fraction.pop_back();
  std::string units = std::to_string(money.units());
  if (units[0] == '-') units.erase(0, 1);
  const char* sign = money.units() < 0 || money.nanos() < 0 ? "-" : "";
  return sign + units + (fraction.empty() ? "" : "." + fraction) + " " + money.currency_code();
}

google::type::Money parse_money(const std::string& text) {
  static const std::regex form("(-?)([0-9]{1,19})(?:\\.([0-9]{1,9}))? ([A-Z]{3})");
  std::smatch part;
  if (!std::regex_match(text, part, form)) throw FigureError("no amount such as \"30.00 USD\": " + text);
  google::type::Money money;
  money.set_currency_code(part[4]);
  try {
    money.set_units(std::stoll(part[1].str() + part[2].str()));
  } catch (const std::out_of_range&) {
    throw FigureError("too large an amount: " + text);
  }
  std::string nanos = part[3];
  nanos.resize(9, '0');
  money.set_nanos(std::stoi(part[1].str() + nanos));
  return money;
}

Decimal parse_decimal(const std::string& text) {
  static const std::regex form("(-?)([0-9]+)(?:\\.([0-9]+))?");
  std::smatch part;
  if (!std::regex_match(text, part, form)) throw FigureError("no decimal in plain digits: \"" + text + "\"");
  const std::string all = part[2].str() + part[3].str();
  const auto first = std::min(all.find_first_not_of('0'), all.size());
  if (all.size() - first > 38) throw FigureError("more than 38 digits: " + text);
  Decimal decimal;
  for (char digit : all) decimal.unscaled = decimal.unscaled * 10 + (digit - '0');
  if (part[1].length() > 0) decimal.unscaled = -decimal.unscaled;
  decimal.scale = static_cast<int>(part[3].length());
  return decimal;
}

std::string text(const Decimal& decimal) {
  const bool negative = decimal.unscaled < 0;
  Wide left = negative ? -decimal.unscaled : decimal.unscaled;
  std::string text;
  for (int place = 0; left > 0 || place <= decimal.scale; ++place, left /= 10) {
    if (place > 0 && place == decimal.scale) text.push_back('.');
    text.push_back(static_cast<char>('0' + static_cast<int>(left % 10)));
  }
  if (negative) text.push_back('-');
  std::reverse(text.begin(), text.end());
  return text;
}

Date civil(const google::type::Date& date) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int year = date.year(), month = date.month(), day = date.day();
  const bool exists = year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
                      day <= kDays[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
  if (!exists) throw FigureError("no date: " + date.ShortDebugString());
  return {year, month, day};
}

google::type::Date date(int year, int month, int day) {
  google::type::Date date;
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
  civil(date);
  return date;
}

std::string text(const Date& date) {
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", date.year, date.month, date.day);
  return text;
}

}  // namespace quotary
