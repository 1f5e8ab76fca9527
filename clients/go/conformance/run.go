package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"
)

// Options choose the vectors and say how they are put.
type Options struct {
	// Kit is the folder of the kit; empty stands for the one in QUOTARY_KIT.
	Kit string
	// Calls are the calls to ask ("TaxService.CalculateTax"), Areas the areas or topics ("tax", "tax/canada"). Empty: all.
	// QUOTARY_CALLS and QUOTARY_AREAS, with commas, narrow further.
	Calls, Areas []string
	// KnownFailing is a file of vectors that are known to fail: a pattern, "#" and the reason a line. One that agrees fails
	// the test, and so does a pattern that no vector has.
	KnownFailing string
	// Require makes a call that is not offered (UNIMPLEMENTED) a failure; otherwise its vectors are skipped.
	Require bool
	// Timeout is the time that a call may take; zero stands for 30 seconds.
	Timeout time.Duration
}

// Summary says what came of a run.
type Summary struct {
	// Agreed of Judged vectors agreed; NotOffered were of calls that the engine does not have.
	Agreed, Judged, NotOffered int
}

// Serve starts an engine in this process and returns a connection to it; both end with the test.
func Serve(t testing.TB, register func(grpc.ServiceRegistrar)) grpc.ClientConnInterface {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	register(server)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient(
		"passthrough:engine",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Run puts each chosen vector to the engine behind a connection, as a subtest of its name.
func Run(t *testing.T, conn grpc.ClientConnInterface, options Options) Summary {
	t.Helper()
	vectors, err := Load(options.Kit)
	if err != nil {
		t.Fatal(err)
	}
	known, err := readKnown(options.KnownFailing, vectors)
	if err != nil {
		t.Fatal(err)
	}
	vectors = slices.DeleteFunc(vectors, func(each Vector) bool { return !options.chooses(&each) })
	if len(vectors) == 0 {
		t.Fatal("no vector is chosen")
	}
	var summary Summary
	readings := make(map[string][]string)
	for _, vector := range vectors {
		t.Run(vector.Name(), func(t *testing.T) {
			result := put(t.Context(), conn, &vector, options.Timeout)
			result.known = known.reason(vector.Name())
			summary.add(result)
			if taken := result.reading; taken != nil && !slices.Contains(readings[taken.Ruling], taken.ID) {
				readings[taken.Ruling] = append(readings[taken.Ruling], taken.ID)
			}
			result.tell(t, options.Require)
		})
	}
	for ruling, taken := range readings {
		if len(taken) > 1 {
			slices.Sort(taken)
			t.Logf("note: %s is read in more than one way: %s", ruling, strings.Join(taken, ", "))
		}
	}
	t.Logf("vectors: %d of %d agreed, %d not offered", summary.Agreed, summary.Judged, summary.NotOffered)
	return summary
}

func (s *Summary) add(result *result) {
	if result.verdict == unsupported {
		s.NotOffered++
		return
	}
	s.Judged++
	if result.verdict == agreed {
		s.Agreed++
	}
}

func (o *Options) chooses(vector *Vector) bool {
	inArea := func(area string) bool { return vector.Topic == area || strings.HasPrefix(vector.Topic, area+"/") }
	isCall := func(call string) bool { return vector.Call == call }
	for _, areas := range [][]string{o.Areas, listed("QUOTARY_AREAS")} {
		if len(areas) > 0 && !slices.ContainsFunc(areas, inArea) {
			return false
		}
	}
	for _, calls := range [][]string{o.Calls, listed("QUOTARY_CALLS")} {
		if len(calls) > 0 && !slices.ContainsFunc(calls, isCall) {
			return false
		}
	}
	return true
}

func listed(variable string) []string {
	return strings.FieldsFunc(os.Getenv(variable), func(r rune) bool { return r == ',' || r == ' ' })
}

// verdict is what came of a vector.
type verdict string

const (
	agreed      verdict = "agreed"
	disagreed   verdict = "disagreed"
	missing     verdict = "missing"
	unsupported verdict = "unsupported"
)

type result struct {
	vector      *Vector
	verdict     verdict
	differences []Difference
	reading     *Reading
	known       string
}

// tell fails or skips the subtest of a vector that is not as it should be, in the words of the kit's own runner.
func (r *result) tell(t *testing.T, require bool) {
	t.Helper()
	switch {
	case r.verdict == unsupported && !require:
		t.Skip("not offered")
	case r.known != "" && r.verdict == agreed:
		t.Errorf("agreed, although it is known to fail (%s)", r.known)
	case r.known != "" && r.verdict == disagreed:
		t.Skipf("known to fail: %s", r.known)
	case r.verdict != agreed:
		t.Error(r.String())
	}
}

func (r *result) String() string {
	told := []string{string(r.verdict)}
	about := func(kind, id, words string) {
		if words != "" {
			words = ": " + words
		}
		told = append(told, kind+" "+id+words)
	}
	if r.vector.Title != "" {
		told = append(told, r.vector.Title)
	}
	for _, difference := range r.differences {
		told = append(told, difference.String())
	}
	if r.verdict == disagreed {
		for line := range strings.Lines(r.vector.Working) {
			told = append(told, "| "+strings.TrimSuffix(line, "\n"))
		}
		for _, cite := range r.vector.Cites {
			about("passage", cite.Passage, cite.Heading)
		}
		for _, rule := range r.vector.Rules {
			about("rule", rule.ID, rule.Statement)
		}
		for _, ruling := range r.vector.Rulings {
			about("ruling", ruling.ID, ruling.Title)
		}
		var request bytes.Buffer
		_ = json.Compact(&request, r.vector.Request)
		told = append(told, r.vector.Call+" "+request.String())
	}
	return strings.Join(told, "\n    ")
}

// put asks a vector and judges the answer.
func put(ctx context.Context, conn grpc.ClientConnInterface, vector *Vector, timeout time.Duration) *result {
	result := &result{vector: vector, verdict: disagreed}
	asked, requests, err := asking(vector)
	if err != nil {
		result.differences = []Difference{{"vector", "one of this contract", err.Error()}}
		return result
	}
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answers, err := asked.send(ctx, conn, requests)
	switch {
	case err != nil:
		result.judgeError(err)
	case vector.Error != nil:
		result.differences = []Difference{{"status", vector.Error.Code, "OK"}}
	default:
		result.judge(asked, answers)
	}
	return result
}

func asking(vector *Vector) (*call, []proto.Message, error) {
	asked, err := callOf(vector.Call)
	if err != nil {
		return nil, nil, err
	}
	requests, err := asked.requests(vector)
	return asked, requests, err
}

// send makes the call and waits for all its answers.
func (c *call) send(ctx context.Context, conn grpc.ClientConnInterface, requests []proto.Message) ([]proto.Message, error) {
	if !c.sends && !c.receives {
		answer := c.response.New().Interface()
		err := conn.Invoke(ctx, c.path, requests[0], answer)
		return []proto.Message{answer}, err
	}
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: c.sends, ServerStreams: c.receives}, c.path)
	if err != nil {
		return nil, err
	}
	for _, request := range requests {
		// io.EOF: the engine has ended the stream, and says why in its answer.
		if err := stream.SendMsg(request); err != nil && err != io.EOF {
			return nil, err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	var answers []proto.Message
	for {
		answer := c.response.New().Interface()
		if err := stream.RecvMsg(answer); err == io.EOF {
			return answers, nil
		} else if err != nil {
			return nil, err
		}
		answers = append(answers, answer)
		if !c.receives {
			return answers, nil
		}
	}
}

func (r *result) judge(asked *call, answers []proto.Message) {
	against := func(expect any) []Difference {
		if !asked.receives {
			return Differences(expect, answers[0])
		}
		wanted, _ := expect.([]any)
		if len(wanted) != len(answers) {
			return []Difference{{"", fmt.Sprintf("%d answers", len(wanted)), fmt.Sprintf("%d answers", len(answers))}}
		}
		var found []Difference
		for i, each := range wanted {
			found = append(found, matchMessage(each, answers[i].ProtoReflect(), fmt.Sprintf("[%d]", i))...)
		}
		return found
	}
	if r.vector.Expect != nil {
		r.differences = against(r.vector.Expect)
	}
	if readings := r.vector.Readings; len(readings) > 0 {
		agreeing := slices.IndexFunc(readings, func(each Reading) bool { return len(against(each.Expect)) == 0 })
		if agreeing < 0 || len(r.differences) > 0 {
			r.differences = append(r.differences, against(readings[0].Expect)...)
		} else {
			r.reading = &readings[agreeing]
		}
	}
	if len(r.differences) == 0 {
		r.verdict = agreed
	}
}

func (r *result) judgeError(err error) {
	of, wanted := status.Convert(err), r.vector.Error
	got := code.Code(of.Code()).String()
	if wanted == nil || wanted.Code != got {
		switch of.Code() {
		case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled:
			r.verdict, r.differences = missing, []Difference{{"status", "an answer", got}}
			return
		case codes.Unimplemented:
			r.verdict = unsupported
			return
		}
	}
	if wanted == nil {
		r.differences = []Difference{{"status", "OK", strings.TrimSpace(got + " " + of.Message())}}
		return
	}
	if r.differences = errorDifferences(wanted, got, of); len(r.differences) == 0 {
		r.verdict = agreed
	}
}

func errorDifferences(wanted *Failure, got string, of *status.Status) []Difference {
	var found []Difference
	if wanted.Code != got {
		found = append(found, Difference{"status", wanted.Code, got})
	}
	var reasons []string
	var violations []Violation
	for _, detail := range of.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			reasons = append(reasons, detail.GetReason())
		case *errdetails.BadRequest:
			for _, each := range detail.GetFieldViolations() {
				violations = append(violations, Violation{each.GetField(), each.GetReason()})
			}
		}
	}
	if wanted.Reason != nil && (len(reasons) != 1 || reasons[0] != *wanted.Reason) {
		told := strings.Join(reasons, ", ")
		if told == "" {
			told = "none"
		}
		found = append(found, Difference{"reason", *wanted.Reason, told})
	}
	if wanted.Violations != nil && !slices.Equal(sorted(*wanted.Violations), sorted(violations)) {
		found = append(found, Difference{"violations", violationsText(*wanted.Violations), violationsText(violations)})
	}
	return found
}

func sorted(violations []Violation) []Violation {
	return slices.SortedFunc(slices.Values(violations), func(a, b Violation) int {
		return strings.Compare(a.Field+"\x00"+a.Reason, b.Field+"\x00"+b.Reason)
	})
}

func violationsText(violations []Violation) string {
	var told []string
	for _, each := range sorted(violations) {
		told = append(told, text(each.Field)+": "+each.Reason)
	}
	return "{" + strings.Join(told, ", ") + "}"
}
