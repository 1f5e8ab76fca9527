package quotary

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/civil"
	"github.com/shopspring/decimal"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
)

const nanosOfUnit = 1_000_000_000

var (
	amountText  = regexp.MustCompile(`^(-?)(\d{1,18})(?:\.(\d{1,9}))? ([A-Z]{3})$`)
	decimalText = regexp.MustCompile(`^-?\d+(\.\d+)?$`)
)

// digits of the minor unit that are not two.
var digits = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
	"RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}

// CurrencyDigits is the number of digits of a currency's minor unit: 2 for USD, 0 for JPY, 3 for KWD.
func CurrencyDigits(currency string) int {
	if known, ok := digits[currency]; ok {
		return known
	}
	return 2
}

// minorUnit in nanos, and how many there are in a unit.
func minorUnit(currency string) (nanos, inUnit int64) {
	inUnit = int64(math.Pow10(CurrencyDigits(currency)))
	return nanosOfUnit / inUnit, inUnit
}

// NewMoney is an amount in minor units: NewMoney(3000, "USD") is 30.00 USD.
func NewMoney(minor int64, currency string) *money.Money {
	nanos, inUnit := minorUnit(currency)
	return &money.Money{CurrencyCode: currency, Units: minor / inUnit, Nanos: int32(minor % inUnit * nanos)}
}

// MinorUnits is an amount in whole minor units: 3000 for 30.00 USD. An amount that is absent, has no currency, has units and
// nanos of different signs, or is finer than the minor unit is an error.
func MinorUnits(amount *money.Money) (int64, error) {
	if err := checkMoney(amount); err != nil {
		return 0, err
	}
	nanos, inUnit := minorUnit(amount.GetCurrencyCode())
	if int64(amount.GetNanos())%nanos != 0 {
		return 0, fmt.Errorf("quotary: %s is finer than the minor unit", MoneyText(amount))
	}
	units, rest := amount.GetUnits(), int64(amount.GetNanos())/nanos
	if units > (math.MaxInt64-rest)/inUnit && units > 0 || units < (math.MinInt64-rest)/inUnit && units < 0 {
		return 0, fmt.Errorf("quotary: %s is too large in minor units", MoneyText(amount))
	}
	return units*inUnit + rest, nil
}

func checkMoney(amount *money.Money) error {
	units, nanos := amount.GetUnits(), amount.GetNanos()
	switch {
	case amount == nil:
		return errors.New("quotary: the amount is absent")
	case amount.GetCurrencyCode() == "":
		return errors.New("quotary: the amount has no currency")
	case nanos <= -nanosOfUnit || nanos >= nanosOfUnit:
		return errors.New("quotary: nanos of an amount are less than a unit")
	case units > 0 && nanos < 0 || units < 0 && nanos > 0:
		return errors.New("quotary: units and nanos of an amount have different signs")
	}
	return nil
}

// MoneyText writes an amount with the digits of its currency, or as many as it needs: "30.00 USD"; "" when it is absent.
func MoneyText(amount *money.Money) string {
	if amount == nil {
		return ""
	}
	units, nanos := amount.GetUnits(), amount.GetNanos()
	sign := ""
	if units < 0 || nanos < 0 {
		sign = "-"
	}
	fraction := strings.TrimRight(fmt.Sprintf("%09d", absolute(int64(nanos))), "0")
	if missing := CurrencyDigits(amount.GetCurrencyCode()) - len(fraction); missing > 0 {
		fraction += strings.Repeat("0", missing)
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	return strings.TrimRight(fmt.Sprintf("%s%d%s %s", sign, absolute(units), fraction, amount.GetCurrencyCode()), " ")
}

func absolute(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// ParseMoney reads an amount such as "30.00 USD" or "-1.5 JPY"; it is exact.
func ParseMoney(text string) (*money.Money, error) {
	parts := amountText.FindStringSubmatch(text)
	if parts == nil {
		return nil, fmt.Errorf("quotary: %q is not an amount such as 30.00 USD", text)
	}
	units, err := strconv.ParseInt(parts[1]+parts[2], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("quotary: %q: %w", text, err)
	}
	fraction := (parts[3] + "000000000")[:9]
	nanos, err := strconv.ParseInt(parts[1]+fraction, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("quotary: %q: %w", text, err)
	}
	return &money.Money{CurrencyCode: parts[4], Units: units, Nanos: int32(nanos)}, nil
}

// ParseDecimal reads a rate or unit price of the contract, such as "0.075": plain digits, no exponent.
func ParseDecimal(text string) (decimal.Decimal, error) {
	if !decimalText.MatchString(text) {
		return decimal.Decimal{}, fmt.Errorf("quotary: %q is not a decimal such as 0.075", text)
	}
	return decimal.NewFromString(text)
}

// DecimalText writes a decimal as the contract takes it, with every digit that it has.
func DecimalText(number decimal.Decimal) string {
	return number.StringFixed(max(0, -number.Exponent()))
}

// ParseDate reads a civil date of the contract. A date without a year, a month or a day is an error.
func ParseDate(day *date.Date) (civil.Date, error) {
	read := civil.Date{Year: int(day.GetYear()), Month: time.Month(day.GetMonth()), Day: int(day.GetDay())}
	if read.Year < 1 || !read.IsValid() {
		return civil.Date{}, fmt.Errorf("quotary: there is no day %s", read)
	}
	return read, nil
}

// NewDate is a civil date as the contract takes it.
func NewDate(day civil.Date) *date.Date {
	return &date.Date{Year: int32(day.Year), Month: int32(day.Month), Day: int32(day.Day)}
}
