package providers

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
	"time"

	"syft-space/app/space"
)

// defaultRetryAfter is when trying again makes sense where a server that has
// too much to do does not say.
const defaultRetryAfter = 5 * time.Second

// peer is a server as sentences name it, with the model that is asked for.
type peer struct {
	what   string // "model server" or "embedding server"
	base   string // its address
	model  string
	key    space.Secret
	absent string // a sentence where the server does not have the model
}

func (p peer) String() string { return "the " + p.what + " at " + p.base }

// public leaves the server's address out of what callers of a query read of e:
// it is the owner's to know.
func (p peer) public(e *space.Error) *space.Error {
	e.Public = strings.ReplaceAll(e.Detail, " at "+p.base, "")
	return e
}

// fault turns the failure of a request into an error that is safe to show.
// outer is the caller's context, inner the one that the request had.
func (p peer) fault(outer, inner context.Context, err error) error {
	if outer.Err() != nil {
		return callerGone(outer)
	}
	cause := p.scrubbed(err)
	var late *lateError
	if errors.As(context.Cause(inner), &late) { // whatever came of it
		return p.public(space.Errorf(space.KindTimeout, "%s %s", p, late.says).WithCause(cause))
	}
	var known *space.Error
	if errors.As(err, &known) {
		return err
	}
	var r *refusal
	if errors.As(err, &r) {
		return p.public(p.refused(r).WithCause(cause))
	}
	return p.public(p.broken(err).WithCause(cause))
}

// callerGone is the error of a call whose caller went away or set a time
// limit that is over.
func callerGone(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return space.Errorf(space.KindTimeout, "the model did not finish within the time allowed").WithCause(context.Cause(ctx))
	}
	return space.Errorf(space.KindCanceled, "the caller went away").WithCause(context.Cause(ctx))
}

// broken words a failure of the network or of the server's manners.
func (p peer) broken(err error) *space.Error {
	var (
		dns  *net.DNSError
		op   *net.OpError
		cert *tls.CertificateVerificationError
		tlsr tls.RecordHeaderError
		nerr net.Error
	)
	switch {
	case errors.Is(err, errForeign):
		return space.Errorf(space.KindUpstream, "%s answers, but not with the API of OpenAI; the address of a compatible server usually ends in /v1", p)
	case errors.Is(err, errTooMuch):
		return space.Errorf(space.KindUpstream, "%s does not stop sending; it was cut off", p)
	case errors.Is(err, errRedirect):
		return space.Errorf(space.KindUpstream, "%s sends its callers on to another address; enter that one as base_url", p)
	case errors.As(err, &dns):
		return p.unavailable("the host name of %s is not known", p)
	case errors.As(err, &cert):
		return space.Errorf(space.KindUpstream, "%s has a certificate that this machine does not trust", p)
	case errors.As(err, &tlsr), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return space.Errorf(space.KindUpstream, "%s does not speak HTTPS; its address begins with http://", p)
	case errors.As(err, &op) && op.Op == "dial" && op.Timeout(), errors.As(err, &nerr) && nerr.Timeout():
		return space.Errorf(space.KindTimeout, "%s could not be connected to in time", p)
	case errors.As(err, &op) && op.Op == "dial", errors.Is(err, syscall.ECONNREFUSED):
		return p.unavailable("%s is not reachable", p)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.As(err, &op):
		return p.unavailable("%s closed the connection without an answer", p)
	}
	return space.Errorf(space.KindUpstream, "%s sent something that is not an answer", p)
}

func (p peer) unavailable(format string, args ...any) *space.Error {
	e := space.Errorf(space.KindUnavailable, format, args...)
	e.RetryAfter = defaultRetryAfter
	return e
}

// scrubbed returns err for the log, without the key, which a server may have
// repeated, and without the address that net/http puts around it.
func (p peer) scrubbed(err error) error {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	key := p.key.Reveal()
	var r *refusal
	if key != "" && errors.As(err, &r) {
		err = r.without(key)
	}
	if key == "" || !strings.Contains(err.Error(), key) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), key, space.SecretMask))
}

// misconfigured refuses a configuration for one of its fields.
func misconfigured(field, format string, args ...any) error {
	msg := fmt.Sprintf(format, args...)
	e := space.Errorf(space.KindInvalid, "Invalid configuration: %s: %s", field, msg)
	e.Fields = []space.FieldError{{Loc: []any{"body", "configuration", field}, Msg: msg, Type: "value_error"}}
	return e
}
