// Prices the order of examples/turkey.yaml and prints its receipt; beside it, on standard error, a figure explained, a bad
// request and a refusal.
//
//	go run ./examples/order 127.0.0.1:50051
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"cloud.google.com/go/civil"
	"google.golang.org/protobuf/proto"

	"quotary.dev/go/quotary"
	pb "quotary.dev/go/quotary/v1"
)

func main() {
	log.SetFlags(0)
	address := "" // QUOTARY_TARGET
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if err := run(address); err != nil {
		log.Fatal(err)
	}
}

func run(address string) error {
	client, err := quotary.New(address)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	quote, err := client.Quotes.PriceQuote(ctx, &pb.PriceQuoteRequest{Order: turkey(), View: pb.View_VIEW_FULL})
	if err != nil {
		return err
	}
	fmt.Print(quotary.Receipt(quote))

	// Why is the fee as it is? The step of its rule says so.
	for _, step := range quote.GetAnswer().GetSteps() {
		if step.GetId() == quote.GetFee().GetRuleId() {
			log.Printf("why: %s", quotary.StepText(step))
			break
		}
	}

	// A malformed request is an error, with every violation at once.
	bad := turkey()
	bad.Lines[0].Product.Id = proto.String("no-such-product")
	bad.Lines[1].Price.UnitPrice = proto.String("-1")
	_, err = client.Quotes.PriceQuote(ctx, &pb.PriceQuoteRequest{Order: bad})
	var failed *quotary.Error
	if !errors.As(err, &failed) {
		return fmt.Errorf("a bad request was answered: %w", err)
	}
	for _, violation := range failed.Violations {
		log.Printf("bad request: %s", violation)
	}

	// A refusal is an answer.
	refused := turkey()
	refused.Lines[1].Product.Platform = pb.Platform_PLATFORM_SERVER
	answer, err := client.Quotes.PriceQuote(ctx, &pb.PriceQuoteRequest{Order: refused})
	if err != nil {
		return err
	}
	for _, line := range quotary.ReasonLines(answer.GetAnswer()) {
		log.Printf("refusal: %s", line)
	}
	return nil
}

// turkey is an order from Turkey: the fee is on the Data Center line, VAT on everything.
func turkey() *pb.OrderRequest {
	return &pb.OrderRequest{
		Deal: &pb.Deal{
			OrderDate: quotary.NewDate(civil.Date{Year: 2026, Month: time.March, Day: 1}),
			Channel:   pb.Channel_CHANNEL_DIRECT,
			BillingParty: &pb.Party{
				Kind:    pb.PartyKind_PARTY_KIND_BUSINESS,
				Address: &pb.PostalAddress{RegionCode: proto.String("TR")},
			},
		},
		Lines: []*pb.Line{
			{
				Product:      &pb.Product{Id: proto.String("confluence"), Platform: pb.Platform_PLATFORM_CLOUD},
				BillingCycle: pb.BillingCycle_BILLING_CYCLE_ANNUAL,
				Price:        &pb.GivenPrice{UnitPrice: proto.String("100.00")},
				Discount:     &pb.GivenDiscount{Size: &pb.GivenDiscount_Rate{Rate: "0.10"}},
			},
			{
				Product:      &pb.Product{Id: proto.String("jira"), Platform: pb.Platform_PLATFORM_DATA_CENTER},
				Action:       pb.LineAction_LINE_ACTION_RENEWAL,
				BillingCycle: pb.BillingCycle_BILLING_CYCLE_ANNUAL,
				Price:        &pb.GivenPrice{UnitPrice: proto.String("200.00")},
				Discount:     &pb.GivenDiscount{Size: &pb.GivenDiscount_Rate{Rate: "0.10"}},
			},
		},
	}
}
