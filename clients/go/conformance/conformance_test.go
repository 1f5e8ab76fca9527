package conformance

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"quotary.dev/go/quotary"
	quotaryv1 "quotary.dev/go/quotary/v1"
)

// kit is the folder of the kit; without one a test is skipped.
func kit(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("QUOTARY_KIT")
	if folder == "" {
		t.Skip("QUOTARY_KIT names no kit")
	}
	return folder
}

func TestEveryVectorAgrees(t *testing.T) {
	if os.Getenv("QUOTARY_TARGET") == "" {
		t.Skip("QUOTARY_TARGET names no server")
	}
	client, err := quotary.New("")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	summary := Run(t, client.Conn(), Options{Kit: kit(t), Require: true})
	if summary.Judged != summary.Agreed || summary.NotOffered > 0 {
		t.Errorf("%+v", summary)
	}
}

func TestTheMatcherIsRightInEveryCase(t *testing.T) {
	held, err := os.ReadFile(filepath.Join(kit(t), "matcher-cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Cases []struct {
			Message string          `json:"message"`
			Answer  json.RawMessage `json:"answer"`
			Expect  any             `json:"expect"`
			Accepts bool            `json:"accepts"`
		} `json:"cases"`
	}
	if err := decode(held, &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Cases) == 0 {
		t.Fatal("no case")
	}
	for _, each := range read.Cases {
		kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(each.Message))
		if err != nil {
			t.Fatal(err)
		}
		answer := kind.New().Interface()
		if err := protojson.Unmarshal(each.Answer, answer); err != nil {
			t.Fatal(err)
		}
		if found := Differences(each.Expect, answer); (len(found) == 0) != each.Accepts {
			t.Errorf("%s against %v: accepts is to be %v, found %v", each.Answer, each.Expect, each.Accepts, found)
		}
	}
}

// engine answers CalculateTax as it is told.
type engine struct {
	quotaryv1.UnimplementedTaxServiceServer
	answer func(*quotaryv1.CalculateTaxRequest) (*quotaryv1.CalculateTaxResponse, error)
}

func (e engine) CalculateTax(_ context.Context, in *quotaryv1.CalculateTaxRequest) (*quotaryv1.CalculateTaxResponse, error) {
	return e.answer(in)
}

func taxing(t *testing.T, answer func(*quotaryv1.CalculateTaxRequest) (*quotaryv1.CalculateTaxResponse, error)) grpc.ClientConnInterface {
	t.Helper()
	return Serve(t, func(s grpc.ServiceRegistrar) { quotaryv1.RegisterTaxServiceServer(s, engine{answer: answer}) })
}

const small = `{"vectors": [
  {"id": "one", "topic": "tax/some", "call": "TaxService.CalculateTax", "level": "REQUIRED", "title": "A title",
   "working": "5 % of 140.00 is 7.00", "cites": [{"passage": "000:1", "heading": "Tax"}],
   "rules": [{"id": "TAX", "statement": "It is taxed."}], "rulings": [{"id": "R-1", "title": "Taxes"}],
   "request": {"edition": "2026"}, "readings": [],
   "expect": {"fields": {"tax_total": {"message": {"currency_code": "USD", "units": "7", "nanos": 500000000}},
     "tax_components": {"any_order": [{"fields": {"rate": {"equals": "0.05"}, "tax": {"equals": "GST"}, "region_code": {"equals": "CA"}}}]}}}},
  {"id": "two", "topic": "tax/other", "call": "TaxService.CalculateTax", "level": "CONTESTED", "request": {},
   "readings": [{"ruling": "R-2", "id": "first", "expect": {"fields": {"tax_total": {"absent": true}}}},
                {"ruling": "R-2", "id": "second", "expect": {"fields": {"tax_total": {"message": {"units": "7"}}}}}]},
  {"id": "three", "topic": "tax/other", "call": "TaxService.CalculateTax", "level": "REQUIRED", "request": {}, "readings": [],
   "error": {"code": "INVALID_ARGUMENT", "reason": "X", "violations": [{"field": "a", "reason": "X"}]}},
  {"id": "four", "topic": "quotes/some", "call": "QuoteService.PriceQuote", "level": "REQUIRED", "request": {}, "readings": [],
   "expect": {"fields": {}}}
]}`

func smallKit(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "vectors.json"), []byte(small), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func vector(t *testing.T, id string) *Vector {
	t.Helper()
	vectors, err := Load(smallKit(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range vectors {
		if vectors[i].ID == id {
			return &vectors[i]
		}
	}
	t.Fatalf("no vector %s", id)
	return nil
}

func seven(*quotaryv1.CalculateTaxRequest) (*quotaryv1.CalculateTaxResponse, error) {
	return &quotaryv1.CalculateTaxResponse{
		TaxTotal:      quotary.NewMoney(700, "USD"),
		TaxComponents: []*quotaryv1.TaxComponent{{Tax: "GST", Rate: "0.06", RegionCode: "CA"}},
	}, nil
}

func TestAFailureHasTheWordsOfTheKit(t *testing.T) {
	result := put(t.Context(), taxing(t, seven), vector(t, "one"), 0)
	want := `disagreed
    A title
    tax_components[0].rate: expected 0.05, got 0.06
    tax_total: expected 7.50 USD, got 7.00 USD
    | 5 % of 140.00 is 7.00
    passage 000:1: Tax
    rule TAX: It is taxed.
    ruling R-1: Taxes
    TaxService.CalculateTax {"edition":"2026"}`
	if result.String() != want {
		t.Errorf("%s", result)
	}
}

func TestOneReadingOfAContestedPointIsEnough(t *testing.T) {
	result := put(t.Context(), taxing(t, seven), vector(t, "two"), 0)
	if result.verdict != agreed || result.reading.ID != "second" {
		t.Errorf("%s %v", result, result.reading)
	}
	eight := func(*quotaryv1.CalculateTaxRequest) (*quotaryv1.CalculateTaxResponse, error) {
		return &quotaryv1.CalculateTaxResponse{TaxTotal: quotary.NewMoney(800, "USD")}, nil
	}
	result = put(t.Context(), taxing(t, eight), vector(t, "two"), 0)
	if result.verdict != disagreed || result.differences[0].String() != "tax_total: expected absent, got 8.00 USD" {
		t.Errorf("%s", result)
	}
}

func TestAnErrorIsComparedWhole(t *testing.T) {
	for _, each := range []struct {
		name           string
		code           codes.Code
		reason, field  string
		verdict        verdict
		firstDifferent string
	}{
		{"as wanted", codes.InvalidArgument, "X", "a", agreed, ""},
		{"another code", codes.NotFound, "X", "a", disagreed, "status: expected INVALID_ARGUMENT, got NOT_FOUND"},
		{"another reason", codes.InvalidArgument, "Y", "a", disagreed, "reason: expected X, got Y"},
		{"another field", codes.InvalidArgument, "X", "b", disagreed, "violations: expected {a: X}, got {b: X}"},
		{"not offered", codes.Unimplemented, "", "", unsupported, ""},
		{"not there", codes.Unavailable, "", "", missing, "status: expected an answer, got UNAVAILABLE"},
	} {
		t.Run(each.name, func(t *testing.T) {
			failing := func(*quotaryv1.CalculateTaxRequest) (*quotaryv1.CalculateTaxResponse, error) {
				of, err := status.New(each.code, "no").WithDetails(&errdetails.ErrorInfo{Reason: each.reason},
					&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: each.field, Reason: "X"}}})
				if err != nil {
					t.Error(err)
				}
				return nil, of.Err()
			}
			result := put(t.Context(), taxing(t, failing), vector(t, "three"), 0)
			if result.verdict != each.verdict {
				t.Errorf("%s", result)
			}
			if each.firstDifferent != "" && result.differences[0].String() != each.firstDifferent {
				t.Errorf("%s", result.differences[0])
			}
		})
	}
	if result := put(t.Context(), taxing(t, seven), vector(t, "three"), 0); result.verdict != disagreed {
		t.Errorf("an answer where an error is due: %s", result)
	}
}

func TestVectorsAreChosenByAreaAndCall(t *testing.T) {
	for _, each := range []struct {
		options      Options
		areas, calls string
		chosen       int
	}{
		{Options{}, "", "", 4},
		{Options{Areas: []string{"tax"}}, "", "", 3},
		{Options{Areas: []string{"tax/some"}}, "", "", 1},
		{Options{Areas: []string{"ta"}}, "", "", 0},
		{Options{Calls: []string{"QuoteService.PriceQuote"}}, "", "", 1},
		{Options{Areas: []string{"tax"}}, "tax/other,quotes", "", 2},
		{Options{}, "", "TaxService.CalculateTax, QuoteService.PriceQuote", 4},
	} {
		t.Setenv("QUOTARY_AREAS", each.areas)
		t.Setenv("QUOTARY_CALLS", each.calls)
		vectors, err := Load(smallKit(t))
		if err != nil {
			t.Fatal(err)
		}
		chosen := 0
		for i := range vectors {
			if each.options.chooses(&vectors[i]) {
				chosen++
			}
		}
		if chosen != each.chosen {
			t.Errorf("%+v: %d", each, chosen)
		}
	}
}

func TestARunCountsAndSkips(t *testing.T) {
	known := filepath.Join(t.TempDir(), "known")
	if err := os.WriteFile(known, []byte("# ours\ntax/**/one # half a dollar\nthree # no errors yet\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	summary := Run(t, taxing(t, seven), Options{Kit: smallKit(t), KnownFailing: known})
	if summary != (Summary{Agreed: 1, Judged: 3, NotOffered: 1}) {
		t.Errorf("%+v", summary)
	}
}

func TestAListOfKnownFailuresHasToHold(t *testing.T) {
	for _, text := range []string{"one", "nothing/* # why", "on # why"} {
		known := filepath.Join(t.TempDir(), "known")
		if err := os.WriteFile(known, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readKnown(known, []Vector{{ID: "one", Topic: "tax/some"}}); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
