// Package conformance puts the conformance vectors to an engine as ordinary subtests of package testing.
//
//	func TestVectors(t *testing.T) {
//		conformance.Run(t, conformance.Serve(t, func(s grpc.ServiceRegistrar) {
//			quotaryv1.RegisterTaxServiceServer(s, engine{})
//		}), conformance.Options{Kit: "dist/kit", Areas: []string{"tax/canada"}})
//	}
//
// The kit is the folder of the conformance release, with vectors.json. Each vector is a subtest of its full name, so that
// "go test -run TestVectors/tax/canada" chooses too.
package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	// The types of the contract, by which requests and answers are read.
	_ "quotary.dev/go/quotary/v1"
)

// Vector is one question and what a right answer holds.
type Vector struct {
	ID      string `json:"id"`
	Topic   string `json:"topic"`
	Call    string `json:"call"`
	Edition string `json:"edition"`
	Level   string `json:"level"`
	Title   string `json:"title"`
	Working string `json:"working"`
	Cites   []struct {
		Passage string `json:"passage"`
		Heading string `json:"heading"`
	} `json:"cites"`
	Rules []struct {
		ID        string `json:"id"`
		Statement string `json:"statement"`
	} `json:"rules"`
	Rulings []struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	} `json:"rulings"`
	// Request is a message in proto3 JSON, or a list of them where the call takes a stream.
	Request json.RawMessage `json:"request"`
	// Expect is a node, or a list of them where the call answers with a stream.
	Expect   any       `json:"expect"`
	Readings []Reading `json:"readings"`
	Error    *Failure  `json:"error"`
}

// Reading is one of the answers that pass where the documents contradict each other.
type Reading struct {
	Ruling string `json:"ruling"`
	ID     string `json:"id"`
	Expect any    `json:"expect"`
}

// Failure is the error with which a call has to fail.
type Failure struct {
	Code       string       `json:"code"`
	Reason     *string      `json:"reason"`
	Violations *[]Violation `json:"violations"`
}

// Violation is one thing that is wrong with a request.
type Violation struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

// Name is the full name: topic and id.
func (v *Vector) Name() string { return v.Topic + "/" + v.ID }

// Load reads the vectors of a kit's folder. An empty folder stands for the one in QUOTARY_KIT.
func Load(kit string) ([]Vector, error) {
	if kit == "" {
		kit = os.Getenv("QUOTARY_KIT")
	}
	if kit == "" {
		return nil, errors.New("conformance: no kit: name its folder, or set QUOTARY_KIT")
	}
	held, err := os.ReadFile(filepath.Join(kit, "vectors.json"))
	if err != nil {
		return nil, fmt.Errorf("conformance: %w", err)
	}
	var read struct {
		Vectors []Vector `json:"vectors"`
	}
	if err := decode(held, &read); err != nil {
		return nil, fmt.Errorf("conformance: vectors.json: %w", err)
	}
	return read.Vectors, nil
}

// decode keeps numbers as they are written.
func decode(held []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(held))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// call is a method of the contract with the types of this module.
type call struct {
	path              string
	request, response protoreflect.MessageType
	sends, receives   bool // streams
}

func callOf(name string) (*call, error) {
	service, method, _ := strings.Cut(name, ".")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName("quotary.v1." + service))
	if err != nil {
		return nil, fmt.Errorf("the contract has no call %s", name)
	}
	of, ok := found.(protoreflect.ServiceDescriptor)
	if !ok || of.Methods().ByName(protoreflect.Name(method)) == nil {
		return nil, fmt.Errorf("the contract has no call %s", name)
	}
	described := of.Methods().ByName(protoreflect.Name(method))
	request, err := protoregistry.GlobalTypes.FindMessageByName(described.Input().FullName())
	if err != nil {
		return nil, err
	}
	response, err := protoregistry.GlobalTypes.FindMessageByName(described.Output().FullName())
	if err != nil {
		return nil, err
	}
	return &call{
		path:     fmt.Sprintf("/%s/%s", of.FullName(), method),
		request:  request,
		response: response,
		sends:    described.IsStreamingClient(),
		receives: described.IsStreamingServer(),
	}, nil
}

// requests are the messages that a vector sends.
func (c *call) requests(vector *Vector) ([]proto.Message, error) {
	bodies := []json.RawMessage{vector.Request}
	if c.sends {
		if err := json.Unmarshal(vector.Request, &bodies); err != nil {
			return nil, fmt.Errorf("%s takes a stream: %w", vector.Call, err)
		}
	}
	var messages []proto.Message
	for _, body := range bodies {
		message := c.request.New().Interface()
		if err := protojson.Unmarshal(body, message); err != nil {
			return nil, err
		}
		messages = append(messages, message)
	}
	return messages, nil
}
