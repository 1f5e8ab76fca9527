package quotary

import (
	"context"
	"io"
	"iter"

	quotaryv1 "quotary.dev/go/quotary/v1"
)

// usersInMessage is how many users CountBillableUsers sends at a time; the contract takes ten times as many.
const usersInMessage = 1000

// BatchPriceQuotes prices a stream of orders. Answers come in the order of the requests; an item that is malformed has a
// status in its answer (see [ErrorOf]), and the stream goes on. A failure of the stream itself is the last pair.
//
// Requests are drawn in a goroutine of their own, no faster than the server takes them, which it does no faster than the
// answers are read. The call ends with the loop: leaving it, or ending the context, cancels what is under way, and no more
// is drawn than the request that was being waited for.
func (c *Client) BatchPriceQuotes(
	ctx context.Context, requests iter.Seq[*quotaryv1.BatchPriceQuotesRequest],
) iter.Seq2[*quotaryv1.BatchPriceQuotesResponse, error] {
	return func(yield func(*quotaryv1.BatchPriceQuotesResponse, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := c.Quotes.BatchPriceQuotes(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		go func() {
			for request := range requests {
				// What broke the stream is what reading it says.
				if ctx.Err() != nil || stream.Send(request) != nil {
					return
				}
			}
			_ = stream.CloseSend()
		}()
		for {
			answer, err := stream.Recv()
			if err == io.EOF {
				return
			}
			if !yield(answer, err) || err != nil {
				return
			}
		}
	}
}

// CountBillableUsers counts the billable users of an organisation of any size. first has the settings, the edition and the
// view; users come with ascending ids and are drawn no faster than the server takes them.
func (c *Client) CountBillableUsers(
	ctx context.Context, first *quotaryv1.CountBillableUsersRequest, users iter.Seq[*quotaryv1.User],
) (*quotaryv1.CountBillableUsersResponse, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.Tiers.CountBillableUsers(ctx)
	if err != nil {
		return nil, err
	}
	if err := stream.Send(first); err != nil {
		return stream.CloseAndRecv()
	}
	waiting := make([]*quotaryv1.User, 0, usersInMessage)
	send := func() bool {
		err := stream.Send(&quotaryv1.CountBillableUsersRequest{Users: waiting})
		waiting = waiting[:0]
		return err == nil
	}
	for user := range users {
		waiting = append(waiting, user)
		// What broke the stream is what its answer says.
		if len(waiting) == usersInMessage && !send() {
			return stream.CloseAndRecv()
		}
	}
	if len(waiting) > 0 {
		send()
	}
	return stream.CloseAndRecv()
}
