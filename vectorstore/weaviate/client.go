package weaviate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"syft-space/app/space"
)

const (
	longest    = 30 * time.Second // a request takes at most so long
	most       = 32 << 20         // bytes of an answer that are read
	retryAfter = 5 * time.Second
)

var (
	errLate     = errors.New("the server did not answer in time")
	errRedirect = errors.New("the server sent us to another host")
)

// newHTTP returns the client that all datasets share.
func newHTTP() *http.Client {
	transport := &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext, TLSHandshakeTimeout: 10 * time.Second,
		ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 8, IdleConnTimeout: 90 * time.Second,
	}
	return &http.Client{Transport: transport, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if len(via) > 3 || req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme {
			return errRedirect // keys and questions stay at the server that the owner chose
		}
		return nil
	}}
}

// client speaks to the server of one configuration.
type client struct {
	http   *http.Client
	config *Config
}

// schema asks for the collection's schema.
func (c client) schema(ctx context.Context) (s schema, err error) {
	found, err := c.call(ctx, http.MethodGet, "/v1/schema/"+c.config.Collection, nil, &s)
	if err == nil && !found {
		err = c.absent(ctx)
	}
	return s, err
}

// errStranger is for an address where something else answers.
func errStranger() *space.Error {
	return fail(space.KindUpstream, "http_url", "what answers at this address is not a Weaviate server")
}

// absent says why there is no schema: the server answers for a collection that
// it does not have as any other server does for a path that it does not know.
func (c client) absent(ctx context.Context) error {
	var meta struct{ Version string }
	if found, err := c.call(ctx, http.MethodGet, "/v1/meta", nil, &meta); err != nil {
		return err
	} else if !found || meta.Version == "" {
		return errStranger()
	}
	return fail(space.KindUpstream, "collection_name", "the Weaviate server has no collection '%s'", c.config.Collection)
}

// object is one stored object.
type object struct {
	Properties map[string]any `json:"properties"`
}

// object asks for one object; false where there is none of the id.
func (c client) object(ctx context.Context, id string) (o object, found bool, err error) {
	found, err = c.call(ctx, http.MethodGet, "/v1/objects/"+c.config.Collection+"/"+url.PathEscape(id), nil, &o)
	return o, found, err
}

// graphQLError is what the server says of a query that it did not run.
type graphQLError struct{ message string }

func (e *graphQLError) Error() string { return "Weaviate: " + e.message }

// says reports whether the message holds one of the phrases.
func (e *graphQLError) says(phrases ...string) bool {
	for _, p := range phrases {
		if strings.Contains(e.message, p) {
			return true
		}
	}
	return false
}

// get runs a query for objects of the collection.
func (c client) get(ctx context.Context, query string) ([]map[string]any, error) {
	var answer struct {
		Data struct {
			Get map[string][]map[string]any
		}
		Errors []struct{ Message string }
	}
	found, err := c.call(ctx, http.MethodPost, "/v1/graphql", map[string]string{"query": query}, &answer)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, errStranger()
	case len(answer.Errors) > 0:
		return nil, &graphQLError{c.scrubbed(answer.Errors[0].Message)}
	}
	return answer.Data.Get[c.config.Collection], nil
}

// call sends a request and decodes the answer; found is false for a 404.
func (c client) call(ctx context.Context, method, path string, body, out any) (found bool, err error) {
	inner, cancel := context.WithTimeoutCause(ctx, longest, errLate)
	defer cancel()
	var sent io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return false, err
		}
		sent = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(inner, method, c.config.HTTPURL+path, sent)
	if err != nil {
		return false, err
	}
	for name, value := range c.config.Headers {
		req.Header.Set(name, value.Reveal())
	}
	if key := c.config.APIKey.Reveal(); key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return false, c.broken(ctx, inner, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, most+1))
	switch {
	case err != nil:
		return false, c.broken(ctx, inner, err)
	case len(answer) > most:
		return false, fail(space.KindUpstream, "http_url", "the Weaviate server does not stop sending; it was cut off")
	case res.StatusCode == http.StatusNotFound:
		return false, nil
	case res.StatusCode >= 300:
		return false, c.refused(res, answer)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return false, errStranger().WithCause(err)
	}
	return true, nil
}

// broken words a failure of the network.
func (c client) broken(outer, inner context.Context, err error) error {
	cause := errors.New(c.scrubbed(err.Error()))
	var network net.Error
	switch {
	case outer.Err() != nil:
		return outer.Err()
	case errors.Is(context.Cause(inner), errLate), errors.As(err, &network) && network.Timeout():
		return fail(space.KindTimeout, "http_url", "the Weaviate server did not answer in time").WithCause(cause)
	case errors.Is(err, errRedirect):
		return fail(space.KindUpstream, "http_url", "the Weaviate server sends its callers on to another address; enter that one").WithCause(cause)
	}
	return unavailable("the Weaviate server is not reachable", cause)
}

// refused words an answer that is none.
func (c client) refused(res *http.Response, body []byte) error {
	cause := fmt.Errorf("status %d: %s", res.StatusCode, c.scrubbed(string(body[:min(len(body), 500)])))
	switch status := res.StatusCode; {
	case status == http.StatusUnauthorized && c.config.APIKey == "":
		return fail(space.KindUpstream, "api_key", "the Weaviate server wants an API key").WithCause(cause)
	case status == http.StatusUnauthorized:
		return fail(space.KindUpstream, "api_key", "the Weaviate server refused the API key").WithCause(cause)
	case status == http.StatusForbidden:
		return fail(space.KindUpstream, "api_key", "the Weaviate server does not let this API key read the collection '%s'", c.config.Collection).WithCause(cause)
	case status == http.StatusTooManyRequests, status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		return unavailable(fmt.Sprintf("the Weaviate server is overloaded or not ready (status %d)", status), cause)
	}
	return fail(space.KindUpstream, "http_url", "the Weaviate server failed (status %d)", res.StatusCode).WithCause(cause)
}

func unavailable(sentence string, cause error) error {
	e := fail(space.KindUnavailable, "http_url", "%s", sentence).WithCause(cause)
	e.RetryAfter = retryAfter
	return e
}

// scrubbed hides the secrets of the configuration in what a server says.
func (c client) scrubbed(said string) string {
	for _, secret := range append([]space.Secret{c.config.APIKey}, mapValues(c.config.Headers)...) {
		if secret != "" {
			said = strings.ReplaceAll(said, secret.Reveal(), space.SecretMask)
		}
	}
	return said
}

func mapValues(m map[string]space.Secret) (list []space.Secret) {
	for _, v := range m {
		list = append(list, v)
	}
	return list
}
