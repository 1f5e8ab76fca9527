package quotary

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	quotaryv1 "quotary.dev/go/quotary/v1"
)

// server is a client of a real server with --test-faults; without one the test is skipped.
func server(t *testing.T, options ...Option) *Client {
	t.Helper()
	if os.Getenv("QUOTARY_TARGET") == "" {
		t.Skip("QUOTARY_TARGET names no server")
	}
	return connected(t, "", options...)
}

func faulty(ctx context.Context, fault string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "quotary-fault", fault+"; key="+uuid.NewString())
}

func order() *quotaryv1.OrderRequest {
	return &quotaryv1.OrderRequest{
		Deal: &quotaryv1.Deal{
			OrderDate:    &date.Date{Year: 2026, Month: 3, Day: 1},
			BillingParty: &quotaryv1.Party{Address: &quotaryv1.PostalAddress{RegionCode: proto.String("TR")}},
		},
		Lines: []*quotaryv1.Line{{
			Product: &quotaryv1.Product{Id: proto.String("jira"), Platform: quotaryv1.Platform_PLATFORM_CLOUD},
			Price:   &quotaryv1.GivenPrice{UnitPrice: proto.String("200")},
		}},
	}
}

func TestAChangeWhoseAnswerIsLostHasOneEffect(t *testing.T) {
	for _, fault := range []string{
		"unavailable-before; times=2", "unavailable-after; times=2", "drop", "goaway",
	} {
		t.Run(fault, func(t *testing.T) {
			client, customer := server(t), uuid.NewString()
			quote, err := client.Quotes.CreateQuote(faulty(t.Context(), fault), &quotaryv1.CreateQuoteRequest{
				Quote: &quotaryv1.Quote{CustomerId: proto.String(customer), Order: order()},
			})
			if err != nil {
				t.Fatal(err)
			}
			kept, err := client.Quotes.ListQuotes(t.Context(), &quotaryv1.ListQuotesRequest{CustomerId: &customer})
			if err != nil {
				t.Fatal(err)
			}
			if len(kept.GetQuotes()) != 1 || kept.GetQuotes()[0].GetName() != quote.GetName() {
				t.Errorf("%s, kept %v", quote.GetName(), kept.GetQuotes())
			}
		})
	}
}

func TestEveryShapeOfError(t *testing.T) {
	for fault, want := range map[string]Error{
		"unavailable-before; times=4": {Code: codes.Unavailable},
		"exhausted; ms=1500":          {Code: codes.ResourceExhausted, RetryDelay: 1500 * time.Millisecond},
		"oversized":                   {Code: codes.ResourceExhausted},
		// gRPC for Go takes neither of two that disagree.
		"contradiction":  {Code: codes.Internal},
		"broken-details": {Code: codes.InvalidArgument},
		"slow; ms=5000":  {Code: codes.DeadlineExceeded},
	} {
		t.Run(fault, func(t *testing.T) {
			client := server(t, WithTimeout(3*time.Second))
			_, err := client.Quotes.PriceQuote(faulty(t.Context(), fault), &quotaryv1.PriceQuoteRequest{Order: order()})
			var failed *Error
			if !errors.As(err, &failed) {
				t.Fatalf("%v", err)
			}
			if failed.Code != want.Code || failed.RetryDelay != want.RetryDelay || len(failed.Violations) != 0 {
				t.Errorf("%#v", failed)
			}
			if (failed.Reason != "") != (want.RetryDelay != 0) {
				t.Errorf("reason %q", failed.Reason)
			}
		})
	}
}

func TestABadRequestSaysWhatToDoByField(t *testing.T) {
	bad := order()
	bad.Lines[0].Product.Id = proto.String("nope")
	_, err := server(t).Quotes.PriceQuote(t.Context(), &quotaryv1.PriceQuoteRequest{Order: bad})
	var failed *Error
	if !errors.As(err, &failed) || failed.Code != codes.InvalidArgument || len(failed.Violations) != 1 {
		t.Fatalf("%v", err)
	}
	if got := failed.Violations[0]; got.Field != "order.lines[0].product.id" || got.Reason != "UNKNOWN_PRODUCT" ||
		got.Description == "" {
		t.Errorf("%+v", got)
	}
}

func TestMoreViolationsThanAStatusHoldsAreCounted(t *testing.T) {
	bad := order()
	for len(bad.Lines) < 200 {
		bad.Lines = append(bad.Lines, &quotaryv1.Line{Product: &quotaryv1.Product{Id: proto.String("nope")}})
	}
	_, err := server(t).Quotes.PriceQuote(t.Context(), &quotaryv1.PriceQuoteRequest{Order: bad})
	var failed *Error
	if !errors.As(err, &failed) || failed.Omitted == 0 || len(failed.Violations) == 0 {
		t.Fatalf("%v", err)
	}
}

func users(many int, upTo func(int)) iter.Seq[*quotaryv1.User] {
	return func(yield func(*quotaryv1.User) bool) {
		for i := range many {
			upTo(i)
			if !yield(&quotaryv1.User{
				Id: proto.String(fmt.Sprintf("u%07d", i)), Active: proto.Bool(true), Managed: proto.Bool(true),
				Accesses: []*quotaryv1.ProductAccess{{ProductId: proto.String("jira")}},
			}) {
				return
			}
		}
	}
}

func counting() *quotaryv1.CountBillableUsersRequest {
	return &quotaryv1.CountBillableUsersRequest{
		Edition:  proto.String("2026"),
		Settings: &quotaryv1.BillableUserSettings{Organisation: &quotaryv1.Organisation{VerifiedDomains: []string{"acme.example"}}},
	}
}

func TestAHundredThousandUsersAreCounted(t *testing.T) {
	answer, err := server(t).CountBillableUsers(t.Context(), counting(), users(100_000, func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	if got := answer.GetStandard().GetBillableUsers(); got != 100_000 {
		t.Errorf("%d: %v", got, answer)
	}
}

func TestACountIsCancelledHalfWay(t *testing.T) {
	client := server(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	drawn := 0
	_, err := client.CountBillableUsers(ctx, counting(), users(100_000, func(i int) {
		if drawn++; i == 50_000 {
			cancel()
		}
	}))
	if !errors.Is(err, context.Canceled) || drawn == 100_000 {
		t.Errorf("%v after %d users", err, drawn)
	}
}

func TestAMalformedItemOfABatchIsOneAnswer(t *testing.T) {
	bad := order()
	bad.Lines[0].Product.Id = proto.String("nope")
	requests := func(yield func(*quotaryv1.BatchPriceQuotesRequest) bool) {
		for i := range 300 {
			of := order()
			if i == 100 {
				of = bad
			}
			if !yield(&quotaryv1.BatchPriceQuotesRequest{
				CorrelationId: proto.String(fmt.Sprint(i)), Request: &quotaryv1.PriceQuoteRequest{Order: of},
			}) {
				return
			}
		}
	}
	place := 0
	for answer, err := range server(t).BatchPriceQuotes(t.Context(), requests) {
		if err != nil || answer.GetCorrelationId() != fmt.Sprint(place) {
			t.Fatalf("%d: %v, %v", place, answer, err)
		}
		failed := ErrorOf(status.FromProto(answer.GetStatus()))
		if (failed != nil) != (place == 100) || (failed != nil && failed.Violations[0].Reason != "UNKNOWN_PRODUCT") {
			t.Errorf("%d: %v", place, failed)
		}
		place++
	}
	if place != 300 {
		t.Errorf("%d answers", place)
	}
}
