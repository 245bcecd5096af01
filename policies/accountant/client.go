// Package accountant is a client of the accounting service that marketplaces
// of the first generation settle prices with: a transaction is opened with the
// caller's token, then confirmed or cancelled.
package accountant

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"syft-space/app/space"
)

const (
	timeout = 10 * time.Second
	// tries is how often what is idempotent is tried where the service is away.
	tries = 3
	pause = 200 * time.Millisecond
	// longestBody bounds what is read of an answer.
	longestBody = 64 << 10
	// retryAfter is what a caller is told to wait while the service is away.
	retryAfter = 5 * time.Second
	// appName is what the service shows as the application of a payment.
	appName = "syft-space"
)

// Client is this Space's account, which payments go to. It is safe for
// concurrent use.
type Client struct {
	url      string
	email    string
	password space.Secret
	http     *http.Client
}

// New makes a client of the service at url, signed in as email.
func New(url, email string, password space.Secret) *Client {
	return &Client{
		url: strings.TrimRight(url, "/"), email: email, password: password,
		http: &http.Client{
			Timeout: timeout,
			// A redirect would carry the caller's token to another host, or turn
			// a confirmation into the reading of some page.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Email is the address of the account.
func (c *Client) Email() string { return c.email }

// Payment is what a caller shall pay for a query.
type Payment struct {
	Sender string
	Amount float64      // > 0, at most six decimals
	Token  space.Secret // with which the caller allows it
	Path   string       // what is paid for: the endpoint's slug
}

// Open opens a transaction and returns its id. A payment that the service
// refuses is KindPaymentRequired.
func (c *Client) Open(ctx context.Context, p Payment) (string, error) {
	var answer struct {
		Transaction struct {
			ID string `json:"id"`
		} `json:"transaction"`
	}
	err := c.post(ctx, "create", map[string]any{
		"senderEmail": p.Sender, "recipientEmail": c.email, "amount": p.Amount,
		"token": p.Token.Reveal(), "appName": appName, "appEpPath": p.Path,
	}, &answer)
	if err != nil {
		return "", err
	}
	if answer.Transaction.ID == "" {
		return "", away(errors.New("the answer to transaction/create names no transaction"))
	}
	return answer.Transaction.ID, nil
}

// Confirm makes a transaction final. Where an answer was lost and the next one
// is a conflict, the lost one did it.
func (c *Client) Confirm(ctx context.Context, transaction string) error {
	again, err := c.finish(ctx, "confirm", transaction)
	if again && space.KindOf(err) == space.KindConflict {
		return nil
	}
	return err
}

// Cancel takes a transaction back. KindConflict means that it is closed: it was
// confirmed, or an earlier try whose answer was lost cancelled it.
func (c *Client) Cancel(ctx context.Context, transaction string) error {
	_, err := c.finish(ctx, "cancel", transaction)
	return err
}

// finish is tried again while the service is away; again reports whether it was.
func (c *Client) finish(ctx context.Context, action, transaction string) (again bool, err error) {
	for try := 1; ; try++ {
		err := c.post(ctx, action, map[string]any{"transactionId": transaction}, nil)
		if space.KindOf(err) != space.KindUnavailable || try == tries {
			return try > 1, err
		}
		select {
		case <-time.After(pause << try):
		case <-ctx.Done():
			return try > 1, err
		}
	}
}

// post calls the service; answer may be nil.
func (c *Client) post(ctx context.Context, action string, body map[string]any, answer any) error {
	payload, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode a request to the accounting service: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/transaction/"+action, bytes.NewReader(payload))
	if err != nil {
		return fmt.Errorf("the URL of the accounting service: %w", err)
	}
	req.SetBasicAuth(c.email, c.password.Reveal())
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return away(err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(io.LimitReader(resp.Body, longestBody))
	if err != nil {
		return away(err)
	}
	token, _ := body["token"].(string)
	_, credentials, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	if err := refused(resp.StatusCode, action, masked(said, c.password.Reveal(), credentials, token)); err != nil {
		return err
	}
	if answer == nil && len(said) == 0 {
		return nil
	}
	if answer == nil {
		answer = new(json.RawMessage) // a page of some proxy confirms nothing
	}
	if err := json.Unmarshal(said, answer); err != nil {
		return away(fmt.Errorf("the answer to transaction/%s is not JSON: %w", action, err))
	}
	return nil
}

// masked hides secrets that the service repeats in what it says.
func masked(said []byte, secrets ...string) []byte {
	for _, secret := range secrets {
		if secret != "" {
			said = bytes.ReplaceAll(said, []byte(secret), []byte(space.SecretMask))
		}
	}
	return said
}

func away(cause error) error {
	err := space.Errorf(space.KindUnavailable, "The accounting service cannot be reached")
	err.RetryAfter = retryAfter
	return err.WithCause(cause)
}

// refused turns a status into an error; what the service said is for the log.
func refused(status int, action string, said []byte) error {
	cause := fmt.Errorf("transaction/%s answered %d: %.200q", action, status, said)
	switch {
	case status < 300:
		return nil
	case status == http.StatusUnauthorized:
		return space.Errorf(space.KindDependency, "The accounting service refused this Space's own credentials").WithCause(cause)
	case status == http.StatusTooManyRequests, status >= 500, status < 400:
		return away(cause)
	case status == http.StatusConflict && action != "create":
		return space.Errorf(space.KindConflict, "The accounting service closed the transaction otherwise").WithCause(cause)
	}
	return space.Errorf(space.KindPaymentRequired, "The accounting service refused the payment").WithCause(cause)
}
