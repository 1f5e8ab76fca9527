package quotary

import (
	"context"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// field of a changing call's request that holds its id.
const requestIDField protoreflect.Name = "request_id"

func requestIDOf(request any) (protoreflect.Message, protoreflect.FieldDescriptor) {
	message, ok := request.(proto.Message)
	if !ok {
		return nil, nil
	}
	reflected := message.ProtoReflect()
	return reflected, reflected.Descriptor().Fields().ByName(requestIDField)
}

// requestID is the id that a request carries; empty when it carries none.
func requestID(request any) string {
	message, field := requestIDOf(request)
	if field == nil {
		return ""
	}
	return message.Get(field).String()
}

// identified gives a changing call that has no request id one of its own. It stands above the retries, which therefore
// repeat the same id; the caller's message stays as it is, so that calling again is another change.
func identified(
	ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker,
	options ...grpc.CallOption,
) error {
	message, field := requestIDOf(request)
	if field != nil && !message.Has(field) {
		with := message.New()
		message.Range(func(each protoreflect.FieldDescriptor, value protoreflect.Value) bool {
			with.Set(each, value)
			return true
		})
		with.Set(field, protoreflect.ValueOfString(uuid.NewString()))
		request = with.Interface()
	}
	return invoke(ctx, method, request, reply, conn, options...)
}
