package providers

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"syft-space/app/space"
)

// refusalBytes is how much of a refusal's body is read; more than a sentence
// in JSON is of no use to anyone.
const refusalBytes = 256 << 10

var (
	errTooMuch  = errors.New("the server sent more than we are willing to read")
	errRedirect = errors.New("the server sent us to another host")
)

// newTransport returns the transport of a running Space. Answers have no time
// limit here: they are watched token by token.
func newTransport(connect time.Duration) http.RoundTripper {
	dialer := &net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   connect,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// client returns an HTTP client for one server.
func (d Deps) client() *http.Client {
	return &http.Client{
		Transport:     serverTransport{next: d.Transport, limit: d.Limits.BodyBytes, clock: d.Clock},
		CheckRedirect: sameHost,
	}
}

// sameHost keeps prompts and keys at the server that the owner chose.
func sameHost(req *http.Request, via []*http.Request) error {
	if len(via) >= 5 || req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme {
		return errRedirect
	}
	return nil
}

// serverTransport is what all requests go through. It bounds how much of a
// response is read, because both client libraries read some of them to their
// end, and turns an answer of 400 or more into a *refusal, because they lose
// its status or its headers where the body is not what they expect.
type serverTransport struct {
	next  http.RoundTripper
	limit int64
	clock space.Clock
}

// RoundTrip implements http.RoundTripper.
func (t serverTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if _, set := req.Header["Idempotency-Key"]; !set {
		// A nil value is not sent. It allows net/http to try again where a
		// server closed an idle connection just as we began to use it.
		req = req.Clone(req.Context())
		req.Header["Idempotency-Key"] = nil
	}
	res, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode < http.StatusBadRequest {
		res.Body = &boundedBody{ReadCloser: res.Body, left: t.limit}
		return res, nil
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, refusalBytes))
	if err != nil && len(body) == 0 && req.Context().Err() != nil {
		return nil, err
	}
	r := readRefusal(body)
	r.status = res.StatusCode
	r.retryAfter = retryAfter(res.Header, t.clock())
	return nil, r
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooMuch
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	return n, err
}

// parseBaseURL reads the address of a server. problem is a sentence where it
// cannot be one.
func parseBaseURL(s string) (base *url.URL, problem string) {
	u, err := url.Parse(strings.TrimSpace(s))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, "the address of a server begins with http:// or https:// and names a host"
	case u.User != nil:
		return nil, "the address of a server must not hold a user or a password"
	case u.RawQuery != "" || u.Fragment != "":
		return nil, "the address of a server must not hold '?' or '#'"
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = ""
	return u, ""
}
