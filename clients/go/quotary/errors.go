package quotary

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Error is why a call failed. Every call of a [Client] that fails, fails with one:
//
//	var failed *quotary.Error
//	if errors.As(err, &failed) { ... }
//
// Details that are missing or broken leave their fields empty.
type Error struct {
	Code    codes.Code
	Message string
	// Reason is the catalogued code ("MALFORMED_REQUEST"), and Metadata the facts beside it; empty when none came.
	Reason   string
	Metadata map[string]string
	// Violations are what is wrong with the request, or what refuses a change, each by itself.
	Violations []Violation
	// Omitted is how many violations the server left out, since a status has only so much room.
	Omitted int
	// RetryDelay is how long to wait before the next try; zero when the server did not say.
	RetryDelay time.Duration
	// RequestID is the id of a changing call: repeated with it, the call has no second effect.
	RequestID string

	status *status.Status
}

// Violation is one thing that is wrong.
type Violation struct {
	// Field is the path in the request ("order.lines[0].product.id").
	Field string
	// Reason is the catalogued code ("UNKNOWN_PRODUCT").
	Reason string
	// Description says what to do.
	Description string
}

func (v Violation) String() string {
	return strings.TrimPrefix(fmt.Sprintf("%s: %s: %s", v.Field, v.Reason, v.Description), ": ")
}

// Error has a line for the failure and one for each violation.
func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString(e.Code.String())
	if e.Reason != "" {
		text.WriteString(" " + e.Reason)
	}
	if e.Message != "" {
		text.WriteString(": " + e.Message)
	}
	for _, violation := range e.Violations {
		text.WriteString("\n  " + violation.String())
	}
	if e.Omitted > 0 {
		fmt.Fprintf(&text, "\n  and %d more", e.Omitted)
	}
	return text.String()
}

// GRPCStatus is the status as it came; package status of gRPC finds it.
func (e *Error) GRPCStatus() *status.Status { return e.status }

// Is holds for the deadline and cancellation of contexts.
func (e *Error) Is(target error) bool {
	return (target == context.DeadlineExceeded && e.Code == codes.DeadlineExceeded) ||
		(target == context.Canceled && e.Code == codes.Canceled)
}

// ErrorOf reads a status, such as that of one item of BatchPriceQuotes; nil when it is OK.
func ErrorOf(of *status.Status) *Error {
	if of.Code() == codes.OK {
		return nil
	}
	found := &Error{Code: of.Code(), Message: of.Message(), status: of}
	for _, detail := range of.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			found.Reason, found.Metadata = detail.GetReason(), detail.GetMetadata()
			found.Omitted, _ = strconv.Atoi(detail.GetMetadata()["omitted"])
		case *errdetails.BadRequest:
			for _, each := range detail.GetFieldViolations() {
				found.Violations = append(found.Violations, Violation{each.GetField(), each.GetReason(), each.GetDescription()})
			}
		case *errdetails.PreconditionFailure:
			for _, each := range detail.GetViolations() {
				found.Violations = append(found.Violations, Violation{each.GetSubject(), each.GetType(), each.GetDescription()})
			}
		case *errdetails.RetryInfo:
			found.RetryDelay = detail.GetRetryDelay().AsDuration()
		}
	}
	return found
}

// typed is an error of gRPC as ours; the end of a stream stays io.EOF.
func typed(err error, id string) error {
	if err == nil || err == io.EOF {
		return err
	}
	found := ErrorOf(status.Convert(err))
	found.RequestID = id
	return found
}

func unaryErrors(
	ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker,
	options ...grpc.CallOption,
) error {
	err := invoke(ctx, method, request, reply, conn, options...)
	if err == nil {
		return nil
	}
	return typed(err, requestID(request))
}

func streamErrors(
	ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer,
	options ...grpc.CallOption,
) (grpc.ClientStream, error) {
	stream, err := open(ctx, desc, conn, method, options...)
	if err != nil {
		return nil, typed(err, "")
	}
	return typedStream{stream}, nil
}

type typedStream struct{ grpc.ClientStream }

func (s typedStream) SendMsg(message any) error { return typed(s.ClientStream.SendMsg(message), "") }

func (s typedStream) RecvMsg(message any) error { return typed(s.ClientStream.RecvMsg(message), "") }

func (s typedStream) CloseSend() error { return typed(s.ClientStream.CloseSend(), "") }
