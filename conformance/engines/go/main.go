// A small engine of one call for one country: the taxes of Canada on orders that a customer makes itself.
//
// It shows what a team with an engine in another language does to be measured: take the stubs, serve a call, point
// the kit at it. It agrees with every vector on Canada and is naive all the same: it takes any exemption certificate,
// whichever province it is good for. No vector asks that; `quotary-conformance compare` finds it.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math/big"
	"net"
	"sort"
	"strings"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"

	pb "quotary.dev/go/quotary/v1"
)

// A rate is written as it is answered; amounts are in minor units.
type rule struct {
	id, tax, region, rate string
	start                 int // first day, as yyyymmdd
}

var gst = rule{"TAX-CA-GST", "GST", "CA", "0.05", 20210701}

var hst = map[string]string{"NB": "0.15", "NL": "0.15", "NS": "0.15", "ON": "0.13", "PE": "0.15"}

var pst = map[string]string{"BC": "0.07", "SK": "0.06"}

var qstRate = flag.String("qst", "0.09975", "rate of QST; another than the printed one shows what a red run looks like")

type engine struct {
	pb.UnimplementedTaxServiceServer
}

// CalculateTax taxes the net amounts of an order with a Canadian billing address.
func (engine) CalculateTax(_ context.Context, in *pb.CalculateTaxRequest) (*pb.CalculateTaxResponse, error) {
	deal := in.GetDeal()
	address := deal.GetBillingParty().GetAddress()
	if address.GetRegionCode() != "CA" || len(in.GetLines()) == 0 {
		return nil, status.Error(codes.Unimplemented, "this engine knows orders from Canada alone")
	}
	edition := in.GetEdition()
	if edition == "" {
		edition = "2026"
	}
	if edition != "2024" && edition != "2026" {
		return nil, status.Error(codes.Unimplemented, "this engine knows the editions 2024 and 2026 alone")
	}
	answer := &pb.Answer{Edition: edition, RoundingPolicy: pb.RoundingPolicy_ROUNDING_POLICY_DOCUMENT_HALF_UP}
	out := &pb.CalculateTaxResponse{Answer: answer}
	bill := &bill{in: in, out: out, province: strings.TrimPrefix(address.GetAdministrativeArea(), "CA-")}
	out.NetTotal = bill.money(bill.net())
	bill.named("TAX-PLACE-BILLING")
	if bill.province == "" {
		bill.missing("deal.billing_party.address.administrative_area")
	} else {
		bill.federal()
		bill.quebec()
		bill.provincial()
	}
	bill.close()
	return out, nil
}

// bill is an order on its way to an answer.
type bill struct {
	in       *pb.CalculateTaxRequest
	out      *pb.CalculateTaxResponse
	province string
}

func (b *bill) federal() {
	b.named(gst.id)
	if rate, harmonised := hst[b.province]; harmonised {
		b.named("TAX-CA-HST")
		b.charge(rule{"TAX-CA-HST", "HST", "CA-" + b.province, rate, gst.start})
		return
	}
	b.charge(gst)
}

func (b *bill) quebec() {
	if b.province != "QC" {
		return
	}
	b.named("TAX-CA-QST")
	for _, number := range b.in.GetDeal().GetBillingParty().GetTaxIdentifiers() {
		if number.GetKind() == "qst" && number.GetRegisterVerdict() == pb.RegisterVerdict_REGISTER_VERDICT_VALID {
			b.named("TAX-ID-STANDING")
			return
		}
	}
	b.charge(rule{"TAX-CA-QST", "QST", "CA-QC", *qstRate, 0})
}

func (b *bill) provincial() {
	rate, taxed := pst[b.province]
	if !taxed {
		return
	}
	if b.in.GetDeal().GetChannel() != pb.Channel_CHANNEL_DIRECT {
		b.missing("deal.channel")
		return
	}
	b.named("TAX-CA-PST")
	for _, evidence := range b.in.GetDeal().GetBillingParty().GetEvidence() {
		if evidence.GetKind() == "exemption_certificate" { // naive: good for which province?
			return
		}
	}
	b.charge(rule{"TAX-CA-PST", "PST", "CA-" + b.province, rate, 20210401})
}

// charge adds a tax on all lines, once its first day has come.
func (b *bill) charge(r rule) {
	if day(b.in.GetDeal().GetOrderDate()) < r.start {
		return
	}
	b.named("TAX-AMOUNT")
	rate, ok := new(big.Rat).SetString(r.rate)
	if !ok {
		log.Fatalf("%s is no rate", r.rate)
	}
	amount := halfUp(new(big.Rat).Mul(rate, new(big.Rat).SetInt64(b.net())))
	component := &pb.TaxComponent{
		Tax: r.tax, RegionCode: r.region, Rate: r.rate, RuleId: r.id,
		RateOrigin: pb.RateOrigin_RATE_ORIGIN_EDITION,
		Base:       b.money(b.net()), Amount: b.money(amount),
	}
	for i, part := range b.split(amount) {
		component.Lines = append(component.Lines, int32(i))
		component.LineAmounts = append(component.LineAmounts, b.money(part))
	}
	b.out.TaxComponents = append(b.out.TaxComponents, component)
}

// split divides an amount over the lines by their net amounts; the largest remainders take what is left.
func (b *bill) split(amount int64) []int64 {
	lines, net := b.in.GetLines(), b.net()
	parts, rest := make([]int64, len(lines)), make([]int64, len(lines))
	order, left := make([]int, len(lines)), amount
	for i, line := range lines {
		order[i] = i
		if net > 0 {
			quotient, remainder := new(big.Int).QuoRem(
				new(big.Int).Mul(big.NewInt(amount), big.NewInt(minor(line.GetNetAmount()))), big.NewInt(net), new(big.Int))
			parts[i], rest[i] = quotient.Int64(), remainder.Int64()
		}
		left -= parts[i]
	}
	sort.SliceStable(order, func(i, j int) bool { return rest[order[i]] > rest[order[j]] })
	for i := int64(0); i < left; i++ {
		parts[order[i]]++
	}
	return parts
}

// close adds up, and says how decided the answer is.
func (b *bill) close() {
	answer := b.out.GetAnswer()
	if len(answer.GetMissing()) > 0 {
		answer.Outcome = pb.Outcome_OUTCOME_UNDETERMINED
		return
	}
	answer.Outcome = pb.Outcome_OUTCOME_GRANTED
	var tax int64
	for _, component := range b.out.GetTaxComponents() {
		tax += minor(component.GetAmount())
	}
	b.out.TaxTotal = b.money(tax)
	b.out.Total = b.money(b.net() + tax)
	answer.RoundingDifference = b.money(0)
}

func (b *bill) missing(path string) {
	answer := b.out.GetAnswer()
	answer.Missing = append(answer.Missing, path)
	answer.Reasons = append(answer.Reasons, &pb.Reason{
		Code: "INPUT_MISSING", Outcome: pb.Outcome_OUTCOME_UNDETERMINED, Subject: path,
	})
}

func (b *bill) named(id string) {
	answer := b.out.GetAnswer()
	for _, known := range answer.GetRuleIds() {
		if known == id {
			return
		}
	}
	answer.RuleIds = append(answer.RuleIds, id)
}

func (b *bill) net() (sum int64) {
	for _, line := range b.in.GetLines() {
		sum += minor(line.GetNetAmount())
	}
	return sum
}

func (b *bill) money(amount int64) *money.Money {
	code := b.in.GetLines()[0].GetNetAmount().GetCurrencyCode()
	return &money.Money{CurrencyCode: code, Units: amount / 100, Nanos: int32(amount % 100 * 10_000_000)}
}

func minor(m *money.Money) int64 { return m.GetUnits()*100 + int64(m.GetNanos()/10_000_000) }

func day(d *date.Date) int { return int(d.GetYear())*10_000 + int(d.GetMonth())*100 + int(d.GetDay()) }

// halfUp rounds to the whole minor unit, halves away from zero; amounts are never negative.
func halfUp(exact *big.Rat) int64 {
	twice := new(big.Int).Add(new(big.Int).Lsh(exact.Num(), 1), exact.Denom())
	return new(big.Int).Quo(twice, new(big.Int).Lsh(exact.Denom(), 1)).Int64()
}

func main() {
	port := flag.Int("port", 8080, "port of the loopback address to listen on")
	flag.Parse()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	pb.RegisterTaxServiceServer(server, engine{})
	reflection.Register(server)
	log.Fatal(server.Serve(listener))
}
