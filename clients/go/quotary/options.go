package quotary

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// Option changes how a [Client] reaches its server.
type Option func(*settings)

type settings struct {
	token, tokenFile     string
	ca, cert, key        string
	call, stream         time.Duration
	further              []grpc.DialOption
	caSaid, identitySaid bool
}

func fromEnvironment() settings {
	return settings{
		tokenFile: os.Getenv("QUOTARY_TOKEN_FILE"),
		ca:        os.Getenv("QUOTARY_CA"),
		cert:      os.Getenv("QUOTARY_CERT"),
		key:       os.Getenv("QUOTARY_KEY"),
	}
}

// WithToken sends a bearer token with each call. Over clear text it is refused, except to this machine.
func WithToken(token string) Option {
	return func(s *settings) { s.token, s.tokenFile = token, "" }
}

// WithTokenFile sends the bearer token that the file holds; it is read for each call, so that the token may be renewed.
func WithTokenFile(path string) Option {
	return func(s *settings) { s.token, s.tokenFile = "", path }
}

// WithCA trusts the authorities in a PEM file instead of those of the system, and encrypts the connection.
func WithCA(path string) Option {
	return func(s *settings) { s.ca, s.caSaid = path, true }
}

// WithCertificate shows the server a certificate of the client, from PEM files, and encrypts the connection.
func WithCertificate(cert, key string) Option {
	return func(s *settings) { s.cert, s.key, s.identitySaid = cert, key, true }
}

// WithTimeout ends each call that is no stream after this time, instead of the contract's 30 seconds. A context that ends
// sooner ends it sooner.
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) { s.call = timeout }
}

// WithStreamTimeout ends each stream after this time, instead of the contract's 600 seconds.
func WithStreamTimeout(timeout time.Duration) Option {
	return func(s *settings) { s.stream = timeout }
}

// WithDialOptions adds options of gRPC, after the client's own.
func WithDialOptions(options ...grpc.DialOption) Option {
	return func(s *settings) { s.further = append(s.further, options...) }
}

// place is an address taken apart.
type place struct {
	target   string
	tls      bool
	clear    bool // said to be so: http://
	loopback bool
}

func placeOf(address string) (place, error) {
	if address == "" {
		address = os.Getenv("QUOTARY_TARGET")
	}
	if address == "" {
		return place{}, errors.New("quotary: no address: give one, or set QUOTARY_TARGET")
	}
	if strings.HasPrefix(address, "unix:") {
		return place{target: address, loopback: true}, nil
	}
	if !strings.Contains(address, "://") {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return place{}, fmt.Errorf("quotary: %s is not host:port, http(s)://host:port or unix:/path", address)
		}
		return place{target: address, loopback: isLoopback(host)}, nil
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Hostname() == "" || strings.Trim(parsed.Path, "/") != "" ||
		(parsed.Scheme != "http" && parsed.Scheme != "https") {
		return place{}, fmt.Errorf("quotary: %s is not http://host:port or https://host:port", address)
	}
	secure, port := parsed.Scheme == "https", parsed.Port()
	if port == "" {
		port = map[bool]string{false: "80", true: "443"}[secure]
	}
	host := parsed.Hostname()
	return place{target: net.JoinHostPort(host, port), tls: secure, clear: !secure, loopback: isLoopback(host)}, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func (s *settings) dial(address string) (string, []grpc.DialOption, error) {
	at, err := placeOf(address)
	if err != nil {
		return "", nil, err
	}
	// Files that the environment names serve the servers that are reached over TLS; what code says holds, or fails.
	if at.clear && (s.caSaid || s.identitySaid) {
		return "", nil, fmt.Errorf("quotary: %s is not encrypted, so no CA or certificate is of use: write https://", address)
	}
	secure := !at.clear && (at.tls || s.ca != "" || s.cert != "" || s.key != "")
	transport := insecure.NewCredentials()
	if secure {
		if transport, err = s.transport(); err != nil {
			return "", nil, err
		}
	}
	service, err := config(s.call, s.stream)
	if err != nil {
		return "", nil, err
	}
	dial := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithDisableServiceConfig(),
		grpc.WithDefaultServiceConfig(service),
		grpc.WithUserAgent("quotary-go/" + Version),
		grpc.WithChainUnaryInterceptor(identified, unaryErrors),
		grpc.WithChainStreamInterceptor(streamErrors),
	}
	if at.loopback {
		dial = append(dial, grpc.WithNoProxy())
	}
	if s.token != "" || s.tokenFile != "" {
		if !secure && !at.loopback {
			return "", nil, fmt.Errorf("quotary: no token is sent in the clear to %s: use https://", at.target)
		}
		sent := token{text: s.token, file: s.tokenFile}
		if _, err := sent.read(); err != nil {
			return "", nil, err
		}
		dial = append(dial, grpc.WithPerRPCCredentials(sent))
	}
	return at.target, append(dial, s.further...), nil
}

func (s *settings) transport() (credentials.TransportCredentials, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.ca != "" {
		pem, err := os.ReadFile(s.ca)
		if err != nil {
			return nil, fmt.Errorf("quotary: CA: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("quotary: %s holds no certificate in PEM form", s.ca)
		}
	}
	if (s.cert == "") != (s.key == "") {
		return nil, errors.New("quotary: a client certificate needs its key, and a key its certificate")
	}
	if s.cert != "" {
		pair, err := tls.LoadX509KeyPair(s.cert, s.key)
		if err != nil {
			return nil, fmt.Errorf("quotary: client certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return credentials.NewTLS(config), nil
}

// token is sent with each call. Whether the connection may carry it was settled when the client was made.
type token struct{ text, file string }

func (t token) read() (string, error) {
	if t.file == "" {
		return t.text, nil
	}
	held, err := os.ReadFile(t.file)
	if err != nil {
		return "", fmt.Errorf("quotary: token: %w", err)
	}
	text := strings.TrimSpace(string(held))
	if text == "" {
		return "", fmt.Errorf("quotary: token: %s is empty", t.file)
	}
	return text, nil
}

func (t token) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	text, err := t.read()
	if err != nil {
		return nil, err
	}
	return map[string]string{"authorization": "Bearer " + text}, nil
}

func (token) RequireTransportSecurity() bool { return false }
