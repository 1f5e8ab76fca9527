// Package quotary is a client of Quotary, the executable reference of published purchasing rules.
//
// One object has a stub for each service, with the types of package quotaryv1:
//
//	client, err := quotary.New("127.0.0.1:50051")
//	...
//	defer client.Close()
//	quote, err := client.Quotes.PriceQuote(ctx, request)
//
// A refusal is an answer: look at its outcome. Whatever fails, fails with an [*Error]. Changing calls get a request id, and
// calls that found the server unavailable are repeated, as the contract's service config says.
package quotary

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"google.golang.org/grpc"

	quotaryv1 "quotary.dev/go/quotary/v1"
)

// Version of the client, which is that of the project.
const Version = "0.1.0"

//go:embed service_config.json
var serviceConfig string

// Client is a connection to a server, with a stub for each service. It may be used by many goroutines at a time.
type Client struct {
	Quotes        quotaryv1.QuoteServiceClient
	Orders        quotaryv1.OrderServiceClient
	Taxes         quotaryv1.TaxServiceClient
	Refunds       quotaryv1.RefundServiceClient
	Tiers         quotaryv1.LicenceTierServiceClient
	Subscriptions quotaryv1.SubscriptionServiceClient
	Entitlements  quotaryv1.EntitlementServiceClient
	Changes       quotaryv1.ChangeServiceClient
	Rulebook      quotaryv1.RulebookServiceClient

	conn *grpc.ClientConn
}

// New makes a client of the server at address: "host:port", "http://host:port", "https://host:port" or "unix:/path". An
// empty address stands for the one in QUOTARY_TARGET.
//
// What no option gives is taken from the environment: QUOTARY_TOKEN_FILE, QUOTARY_CA, QUOTARY_CERT and QUOTARY_KEY. No
// connection is made before the first call.
func New(address string, options ...Option) (*Client, error) {
	settings := fromEnvironment()
	for _, option := range options {
		option(&settings)
	}
	target, dial, err := settings.dial(address)
	if err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient(target, dial...)
	if err != nil {
		return nil, fmt.Errorf("quotary: %w", err)
	}
	return &Client{
		Quotes:        quotaryv1.NewQuoteServiceClient(conn),
		Orders:        quotaryv1.NewOrderServiceClient(conn),
		Taxes:         quotaryv1.NewTaxServiceClient(conn),
		Refunds:       quotaryv1.NewRefundServiceClient(conn),
		Tiers:         quotaryv1.NewLicenceTierServiceClient(conn),
		Subscriptions: quotaryv1.NewSubscriptionServiceClient(conn),
		Entitlements:  quotaryv1.NewEntitlementServiceClient(conn),
		Changes:       quotaryv1.NewChangeServiceClient(conn),
		Rulebook:      quotaryv1.NewRulebookServiceClient(conn),
		conn:          conn,
	}, nil
}

// Conn is the connection itself, for stubs and tools that take one.
func (c *Client) Conn() grpc.ClientConnInterface { return c.conn }

// Close ends the connection; calls that are under way fail.
func (c *Client) Close() error { return c.conn.Close() }

// config is the service config with other deadlines; zero keeps the contract's own.
func config(call, stream time.Duration) (string, error) {
	if call == 0 && stream == 0 {
		return serviceConfig, nil
	}
	var read struct {
		MethodConfig []map[string]any `json:"methodConfig"`
	}
	if err := json.Unmarshal([]byte(serviceConfig), &read); err != nil {
		return "", fmt.Errorf("quotary: service config: %w", err)
	}
	for _, methods := range read.MethodConfig {
		// What is repeated are the calls; a stream is not.
		_, repeated := methods["retryPolicy"]
		if repeated && call != 0 {
			methods["timeout"] = seconds(call)
		} else if !repeated && stream != 0 {
			methods["timeout"] = seconds(stream)
		}
	}
	written, err := json.Marshal(read)
	return string(written), err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.9fs", d.Seconds()) }
