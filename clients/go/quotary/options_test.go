package quotary

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	quotaryv1 "quotary.dev/go/quotary/v1"
)

func TestAddresses(t *testing.T) {
	t.Setenv("QUOTARY_TARGET", "127.0.0.1:9")
	for address, want := range map[string]place{
		"":                   {target: "127.0.0.1:9", loopback: true},
		"example.org:8080":   {target: "example.org:8080"},
		"localhost:1":        {target: "localhost:1", loopback: true},
		"[::1]:1":            {target: "[::1]:1", loopback: true},
		"http://127.1.2.3:7": {target: "127.1.2.3:7", clear: true, loopback: true},
		"https://a.example/": {target: "a.example:443", tls: true},
		"http://a.example":   {target: "a.example:80", clear: true},
		"https://[::1]:5":    {target: "[::1]:5", tls: true, loopback: true},
		"unix:/run/q.sock":   {target: "unix:/run/q.sock", loopback: true},
	} {
		if got, err := placeOf(address); err != nil || got != want {
			t.Errorf("%q: %+v, %v", address, got, err)
		}
	}
	for _, address := range []string{"example.org", "ftp://a:1", "https://", "https://a/path", "https://a:x"} {
		if got, err := placeOf(address); err == nil {
			t.Errorf("%q: %+v", address, got)
		}
	}
	t.Setenv("QUOTARY_TARGET", "")
	if _, err := New(""); err == nil || !strings.Contains(err.Error(), "QUOTARY_TARGET") {
		t.Errorf("%v", err)
	}
}

func TestATokenIsNotSentInTheClearBeyondThisMachine(t *testing.T) {
	for address, refused := range map[string]bool{
		"example.org:80": true, "http://example.org": true, "https://example.org": false, "127.0.0.1:1": false, "unix:/a": false,
	} {
		client, err := New(address, WithToken("secret"))
		if (err != nil) != refused {
			t.Errorf("%s: %v", address, err)
		}
		if err == nil {
			_ = client.Close()
		}
	}
}

func TestATokenFileIsReadForEachCall(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	t.Setenv("QUOTARY_TOKEN_FILE", file)
	served := &quotes{}
	if _, err := New("127.0.0.1:1"); err == nil {
		t.Error("a token file that is not there is noticed late")
	}
	write(t, file, "first\n")
	client := asking(t, served)
	for _, token := range []string{"first", "second"} {
		write(t, file, token+"\n")
		if _, err := client.Quotes.CreateQuote(t.Context(), &quotaryv1.CreateQuoteRequest{}); err != nil {
			t.Fatal(err)
		}
		if got := served.metadata.Get("authorization"); len(got) != 1 || got[0] != "Bearer "+token {
			t.Errorf("%v", got)
		}
	}
}

func TestCertificatesBothWays(t *testing.T) {
	folder := t.TempDir()
	authority := newAuthority(t, folder)
	serverPair := authority.issue(t, filepath.Join(folder, "server"))
	authority.issue(t, filepath.Join(folder, "client"))
	pool := x509.NewCertPool()
	pool.AddCert(authority.certificate)
	served := &quotes{}
	address := listening(t, func(server *grpc.Server) { quotaryv1.RegisterQuoteServiceServer(server, served) },
		grpc.Creds(credentials.NewTLS(&tls.Config{
			Certificates: []tls.Certificate{serverPair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
		})))
	ca, cert, key := filepath.Join(folder, "ca.pem"), filepath.Join(folder, "client.pem"), filepath.Join(folder, "client.key")
	good := connected(t, "https://"+address, WithCA(ca), WithCertificate(cert, key), WithToken("secret"))
	if _, err := good.Quotes.CreateQuote(t.Context(), &quotaryv1.CreateQuoteRequest{}); err != nil {
		t.Error(err)
	}
	if got := served.metadata.Get("authorization"); len(got) != 1 || got[0] != "Bearer secret" {
		t.Errorf("%v", got)
	}
	for name, options := range map[string][]Option{"no CA": {WithCertificate(cert, key)}, "no certificate": {WithCA(ca)}} {
		client := connected(t, "https://"+address, append(options, WithTimeout(2*time.Second))...)
		if _, err := client.Quotes.CreateQuote(t.Context(), &quotaryv1.CreateQuoteRequest{}); err == nil {
			t.Errorf("%s: the call went through", name)
		}
	}
	for name, option := range map[string]Option{
		"key without certificate": WithCertificate("", key), "no such CA": WithCA(folder + "/none"), "CA that is none": WithCA(key),
	} {
		if _, err := New("https://"+address, option); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := New("http://"+address, WithCA(ca)); err == nil {
		t.Error("a CA for clear text is taken")
	}
	t.Setenv("QUOTARY_CA", ca)
	t.Setenv("QUOTARY_CERT", cert)
	t.Setenv("QUOTARY_KEY", key)
	if _, err := connected(t, address).Quotes.CreateQuote(t.Context(), &quotaryv1.CreateQuoteRequest{}); err != nil {
		t.Error(err)
	}
}

type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, folder string) authority {
	t.Helper()
	key, der := signed(t, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}, nil)
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, filepath.Join(folder, "ca.pem"), "CERTIFICATE", der)
	return authority{certificate, key}
}

func (a authority) issue(t *testing.T, path string) tls.Certificate {
	t.Helper()
	key, der := signed(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}, &a)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, path+".pem", "CERTIFICATE", der)
	writePEM(t, path+".key", "PRIVATE KEY", secret)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func signed(t *testing.T, template *x509.Certificate, by *authority) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.certificate, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return key, der
}

func writePEM(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	write(t, path, string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
