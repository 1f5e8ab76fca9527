package quotary

import (
	"context"
	"errors"
	"iter"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	quotaryv1 "quotary.dev/go/quotary/v1"
)

// quotes is a server of quotes that notes what it is asked.
type quotes struct {
	quotaryv1.UnimplementedQuoteServiceServer
	create func(attempt int) error

	mutex    sync.Mutex
	ids      []string
	metadata metadata.MD
	started  atomic.Int64
	ended    chan error
}

func (q *quotes) CreateQuote(ctx context.Context, in *quotaryv1.CreateQuoteRequest) (*quotaryv1.Quote, error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.ids = append(q.ids, in.GetRequestId())
	q.metadata, _ = metadata.FromIncomingContext(ctx)
	if q.create != nil {
		if err := q.create(len(q.ids)); err != nil {
			return nil, err
		}
	}
	return &quotaryv1.Quote{Name: "quotes/AT-1"}, nil
}

func (q *quotes) PriceQuote(ctx context.Context, _ *quotaryv1.PriceQuoteRequest) (*quotaryv1.PriceQuoteResponse, error) {
	<-ctx.Done()
	q.ended <- ctx.Err()
	return nil, ctx.Err()
}

func (q *quotes) BatchPriceQuotes(stream quotaryv1.QuoteService_BatchPriceQuotesServer) error {
	err := func() error {
		for {
			in, err := stream.Recv()
			if err != nil {
				return nil
			}
			q.started.Add(1)
			if in.GetCorrelationId() == "fail" {
				return status.Error(codes.ResourceExhausted, "enough")
			}
			if err := stream.Send(&quotaryv1.BatchPriceQuotesResponse{CorrelationId: in.GetCorrelationId()}); err != nil {
				return err
			}
		}
	}()
	q.ended <- stream.Context().Err()
	return err
}

func listening(t *testing.T, register func(*grpc.Server), options ...grpc.ServerOption) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(options...)
	register(server)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

func connected(t *testing.T, address string, options ...Option) *Client {
	t.Helper()
	client, err := New(address, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func asking(t *testing.T, served *quotes, options ...Option) *Client {
	t.Helper()
	served.ended = make(chan error, 10)
	return connected(t, listening(t, func(server *grpc.Server) { quotaryv1.RegisterQuoteServiceServer(server, served) }), options...)
}

func failing(code codes.Code, times int) func(int) error {
	return func(attempt int) error {
		if attempt <= times {
			return status.Error(code, "not now")
		}
		return nil
	}
}

func TestAChangeKeepsItsIdOverItsRetriesAndIsNewWhenItIsCalledAgain(t *testing.T) {
	served := &quotes{create: failing(codes.Unavailable, 2)}
	client := asking(t, served)
	request := &quotaryv1.CreateQuoteRequest{Quote: &quotaryv1.Quote{CustomerId: proto.String("c")}}
	for range 2 {
		if _, err := client.Quotes.CreateQuote(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	first, last := served.ids[0], served.ids[3]
	if len(served.ids) != 4 || len(first) != 36 || first != served.ids[1] || first != served.ids[2] || first == last {
		t.Errorf("ids: %v", served.ids)
	}
	if request.RequestId != nil {
		t.Error("the caller's message was changed")
	}
}

func TestAChangeKeepsTheIdThatItIsGiven(t *testing.T) {
	served := &quotes{create: failing(codes.Aborted, 1)}
	client := asking(t, served)
	_, err := client.Quotes.CreateQuote(t.Context(), &quotaryv1.CreateQuoteRequest{RequestId: proto.String("mine")})
	var failed *Error
	if !errors.As(err, &failed) || failed.RequestID != "mine" || failed.Code != codes.Aborted {
		t.Errorf("%v", err)
	}
	if len(served.ids) != 1 || served.ids[0] != "mine" {
		t.Errorf("ids: %v", served.ids)
	}
}

func TestAFailureNamesTheIdThatWasMade(t *testing.T) {
	served := &quotes{create: failing(codes.Unavailable, 9)}
	client := asking(t, served)
	_, err := client.Quotes.CreateQuote(t.Context(), &quotaryv1.CreateQuoteRequest{})
	var failed *Error
	if !errors.As(err, &failed) || failed.RequestID == "" || failed.RequestID != served.ids[0] || len(served.ids) != 4 {
		t.Errorf("%v, ids %v", err, served.ids)
	}
}

func withDetails(t *testing.T, code codes.Code, details ...proto.Message) error {
	t.Helper()
	var packed []protoadapt.MessageV1
	for _, detail := range details {
		packed = append(packed, protoadapt.MessageV1Of(detail))
	}
	of, err := status.New(code, "no").WithDetails(packed...)
	if err != nil {
		t.Fatal(err)
	}
	return of.Err()
}

func TestEveryViolationIsReadWithItsField(t *testing.T) {
	of := withDetails(t, codes.InvalidArgument,
		&errdetails.ErrorInfo{Reason: "MALFORMED_REQUEST", Metadata: map[string]string{"omitted": "7"}},
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
			{Field: "a.b", Reason: "UNKNOWN_PRODUCT", Description: "Name another."},
			{Field: "c", Reason: "TOO_LONG", Description: "Shorten it."},
		}},
		&errdetails.RetryInfo{RetryDelay: durationpb.New(1500 * time.Millisecond)},
	)
	served := &quotes{create: func(int) error { return of }}
	_, err := asking(t, served).Quotes.CreateQuote(t.Context(), &quotaryv1.CreateQuoteRequest{})
	var failed *Error
	if !errors.As(err, &failed) {
		t.Fatalf("%T", err)
	}
	if failed.Code != codes.InvalidArgument || failed.Reason != "MALFORMED_REQUEST" || failed.Omitted != 7 ||
		failed.RetryDelay != 1500*time.Millisecond || len(failed.Violations) != 2 ||
		failed.Violations[0] != (Violation{"a.b", "UNKNOWN_PRODUCT", "Name another."}) {
		t.Errorf("%#v", failed)
	}
	want := "InvalidArgument MALFORMED_REQUEST: no\n  a.b: UNKNOWN_PRODUCT: Name another.\n  c: TOO_LONG: Shorten it.\n  and 7 more"
	if failed.Error() != want {
		t.Errorf("%s", failed)
	}
	if status.Code(err) != codes.InvalidArgument {
		t.Error("package status does not know the error")
	}
}

func TestARefusedChangeHasItsReasons(t *testing.T) {
	failed := ErrorOf(status.Convert(withDetails(t, codes.FailedPrecondition,
		&errdetails.ErrorInfo{Reason: "NOT_SOLD"},
		&errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{
			{Type: "NOT_SOLD", Subject: "order.lines[0]", Description: "Take another."},
			{Type: "EXPIRED"},
		}},
	)))
	if failed.Reason != "NOT_SOLD" || failed.Violations[0] != (Violation{"order.lines[0]", "NOT_SOLD", "Take another."}) ||
		failed.Violations[1].Reason != "EXPIRED" {
		t.Errorf("%#v", failed)
	}
}

func TestAStatusWithoutDetailsIsAnErrorAllTheSame(t *testing.T) {
	failed := ErrorOf(status.New(codes.Internal, "broken"))
	if failed.Error() != "Internal: broken" || failed.Reason != "" || failed.Violations != nil || failed.RetryDelay != 0 {
		t.Errorf("%#v", failed)
	}
	if ErrorOf(status.New(codes.OK, "")) != nil {
		t.Error("OK is no error")
	}
}

func TestADeadlineOfTheClientEndsACallThatTheServerNotices(t *testing.T) {
	served := &quotes{}
	client := asking(t, served, WithTimeout(50*time.Millisecond))
	_, err := client.Quotes.PriceQuote(t.Context(), &quotaryv1.PriceQuoteRequest{})
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := <-served.ended; err == nil {
		t.Error("the server was not told")
	}
}

func TestALongerDeadlineReplacesThatOfTheContract(t *testing.T) {
	calls, err := config(90*time.Second, 0)
	if err != nil || !strings.Contains(calls, `"timeout":"90.000000000s"`) || !strings.Contains(calls, `"timeout":"600s"`) ||
		!strings.Contains(calls, "UNAVAILABLE") {
		t.Errorf("%s, %v", calls, err)
	}
	streams, err := config(0, time.Hour)
	if err != nil || !strings.Contains(streams, `"timeout":"30s"`) || !strings.Contains(streams, `"timeout":"3600.000000000s"`) {
		t.Errorf("%s, %v", streams, err)
	}
	if same, err := config(0, 0); err != nil || same != serviceConfig {
		t.Errorf("%s, %v", same, err)
	}
}

// items draws items with their numbers for as long as it is let, and counts them.
func items(drawn *atomic.Int64, last int64) iter.Seq[*quotaryv1.BatchPriceQuotesRequest] {
	return func(yield func(*quotaryv1.BatchPriceQuotesRequest) bool) {
		for i := int64(0); last < 0 || i < last; i++ {
			drawn.Add(1)
			if !yield(&quotaryv1.BatchPriceQuotesRequest{CorrelationId: proto.String(strconv.FormatInt(i, 10))}) {
				return
			}
		}
	}
}

func TestAnswersComeInOrderToTheEnd(t *testing.T) {
	served := &quotes{}
	client := asking(t, served)
	var drawn atomic.Int64
	var got int64
	for answer, err := range client.BatchPriceQuotes(t.Context(), items(&drawn, 5000)) {
		if err != nil || answer.GetCorrelationId() != strconv.FormatInt(got, 10) {
			t.Fatalf("%v, %v", answer, err)
		}
		got++
	}
	if got != 5000 || drawn.Load() != 5000 {
		t.Errorf("%d of %d", got, drawn.Load())
	}
}

func TestNothingIsDrawnThatNobodyReads(t *testing.T) {
	served := &quotes{}
	client := asking(t, served)
	var drawn atomic.Int64
	for range client.BatchPriceQuotes(t.Context(), items(&drawn, -1)) {
		// Until the streams are full of what is not read.
		for before := int64(-1); before != drawn.Load(); time.Sleep(200 * time.Millisecond) {
			before = drawn.Load()
		}
		break
	}
	if err := <-served.ended; err == nil {
		t.Error("leaving the loop did not cancel the call")
	}
	if served.started.Load() > drawn.Load() || drawn.Load() > 200_000 {
		t.Errorf("drawn %d, asked %d", drawn.Load(), served.started.Load())
	}
	held := drawn.Load()
	time.Sleep(50 * time.Millisecond)
	if now := drawn.Load(); now > held+1 {
		t.Errorf("drawn after the end: %d", now-held)
	}
}

func TestAStreamThatBreaksEndsWithItsError(t *testing.T) {
	served := &quotes{}
	client := asking(t, served)
	requests := func(yield func(*quotaryv1.BatchPriceQuotesRequest) bool) {
		for _, id := range []string{"one", "fail"} {
			if !yield(&quotaryv1.BatchPriceQuotesRequest{CorrelationId: proto.String(id)}) {
				return
			}
		}
	}
	var last error
	var answers int
	for answer, err := range client.BatchPriceQuotes(t.Context(), requests) {
		if last = err; answer != nil {
			answers++
		}
	}
	var failed *Error
	if !errors.As(last, &failed) || failed.Code != codes.ResourceExhausted || answers != 1 {
		t.Errorf("%v after %d", last, answers)
	}
}
