package quotary

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	quotaryv1 "quotary.dev/go/quotary/v1"
)

// cases are what the helpers of all clients are held to.
type cases struct {
	Money []struct {
		Money       json.RawMessage
		Minor, Text string
	}
	MoneyFiner []struct {
		Money json.RawMessage
		Text  string
	} `json:"money_finer_than_minor_units"`
	MoneyWrong []struct {
		Money json.RawMessage
		Why   string
	} `json:"money_wrong"`
	MoneyTextWrong []string `json:"money_text_wrong"`
	Dates          []struct {
		Date json.RawMessage
		Text string
	}
	DatesWrong    []json.RawMessage `json:"dates_wrong"`
	Decimals      []string
	DecimalsWrong []string `json:"decimals_wrong"`
	Priced        []struct {
		Response        json.RawMessage
		Receipt         string
		ExplainedAnswer string `json:"explained_answer"`
		Explained       string
	}
}

func shared(t *testing.T) (read cases) {
	t.Helper()
	held, err := os.ReadFile("../../helper-cases.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(held, &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Money) == 0 || len(read.MoneyFiner) == 0 || len(read.MoneyWrong) == 0 || len(read.MoneyTextWrong) == 0 ||
		len(read.Dates) == 0 || len(read.DatesWrong) == 0 || len(read.Decimals) == 0 || len(read.DecimalsWrong) == 0 ||
		len(read.Priced) == 0 {
		t.Fatal("a kind of case is absent")
	}
	return read
}

func message[M proto.Message](t *testing.T, held json.RawMessage, into M) M {
	t.Helper()
	if err := protojson.Unmarshal(held, into); err != nil {
		t.Fatal(err)
	}
	return into
}

func TestAmountsAreExactBothWays(t *testing.T) {
	for _, each := range shared(t).Money {
		amount := message(t, each.Money, &money.Money{})
		minor, err := strconv.ParseInt(each.Minor, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := MinorUnits(amount); err != nil || got != minor {
			t.Errorf("%s in minor units: %d, %v", each.Text, got, err)
		}
		if got := NewMoney(minor, amount.GetCurrencyCode()); !proto.Equal(got, amount) {
			t.Errorf("%d %s: %v", minor, amount.GetCurrencyCode(), got)
		}
		if got := MoneyText(amount); got != each.Text {
			t.Errorf("%v: %s", amount, got)
		}
		if got, err := ParseMoney(each.Text); err != nil || !proto.Equal(got, amount) {
			t.Errorf("%s: %v, %v", each.Text, got, err)
		}
	}
}

func TestAnAmountFinerThanTheMinorUnitHasTextAlone(t *testing.T) {
	for _, each := range shared(t).MoneyFiner {
		amount := message(t, each.Money, &money.Money{})
		if got := MoneyText(amount); got != each.Text {
			t.Errorf("%v: %s", amount, got)
		}
		if got, err := MinorUnits(amount); err == nil {
			t.Errorf("%s in minor units: %d", each.Text, got)
		}
	}
}

func TestAWrongAmountIsAnError(t *testing.T) {
	given := shared(t)
	for _, each := range given.MoneyWrong {
		if got, err := MinorUnits(message(t, each.Money, &money.Money{})); err == nil {
			t.Errorf("%s: %d", each.Why, got)
		}
	}
	for _, text := range given.MoneyTextWrong {
		if got, err := ParseMoney(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
	if _, err := MinorUnits(nil); err == nil {
		t.Error("an absent amount is no zero")
	}
}

func TestMinorUnitsHoldWhatAnIntegerHoldsAndNoMore(t *testing.T) {
	for _, minor := range []int64{math.MaxInt64, math.MinInt64, 0, -1} {
		if got, err := MinorUnits(NewMoney(minor, "USD")); err != nil || got != minor {
			t.Errorf("%d: %d, %v", minor, got, err)
		}
	}
	for _, units := range []int64{math.MaxInt64/100 + 1, math.MinInt64/100 - 1} {
		if got, err := MinorUnits(&money.Money{CurrencyCode: "USD", Units: units}); err == nil {
			t.Errorf("%d units: %d", units, got)
		}
	}
	above := NewMoney(math.MaxInt64, "USD")
	above.Nanos += 10_000_000
	if got, err := MinorUnits(above); err == nil {
		t.Errorf("one more than the most: %d", got)
	}
}

func TestDatesAreCivilAndReal(t *testing.T) {
	given := shared(t)
	for _, each := range given.Dates {
		day := message(t, each.Date, &date.Date{})
		read, err := ParseDate(day)
		if err != nil || read.String() != each.Text {
			t.Errorf("%v: %s, %v", day, read, err)
		}
		if got := NewDate(read); !proto.Equal(got, day) {
			t.Errorf("%s: %v", each.Text, got)
		}
	}
	for _, each := range given.DatesWrong {
		if got, err := ParseDate(message(t, each, &date.Date{})); err == nil {
			t.Errorf("%s: %s", each, got)
		}
	}
}

func TestDecimalsKeepEveryDigit(t *testing.T) {
	given := shared(t)
	for _, text := range given.Decimals {
		read, err := ParseDecimal(text)
		if err != nil || DecimalText(read) != text {
			t.Errorf("%s: %s, %v", text, DecimalText(read), err)
		}
	}
	for _, text := range given.DecimalsWrong {
		if got, err := ParseDecimal(text); err == nil {
			t.Errorf("%q: %s", text, got)
		}
	}
}

func TestAnAnswerIsExplained(t *testing.T) {
	for _, each := range shared(t).Priced {
		quote := message(t, each.Response, &quotaryv1.PriceQuoteResponse{})
		for _, pair := range [][2]string{
			{Receipt(quote), each.Receipt},
			{Explain(quote.GetAnswer()), each.ExplainedAnswer},
			{ExplainQuote(quote), each.Explained},
		} {
			if pair[0] != pair[1] {
				t.Errorf("got\n%s\nfor\n%s", pair[0], pair[1])
			}
		}
	}
}
