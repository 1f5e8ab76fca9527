package main

import (
	"testing"

	"google.golang.org/grpc"

	"quotary.dev/go/conformance"
	pb "quotary.dev/go/quotary/v1"
)

// TestCanada puts the vectors on Canada to the engine in this process; QUOTARY_KIT names the folder of the kit.
func TestCanada(t *testing.T) {
	conformance.Run(t, conformance.Serve(t, func(s grpc.ServiceRegistrar) {
		pb.RegisterTaxServiceServer(s, engine{})
	}), conformance.Options{Areas: []string{"tax/canada"}, Require: true})
}
