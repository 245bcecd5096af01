package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"syft-space/app"
	"syft-space/app/config"
)

// client talks to a Space's API.
type client struct {
	base, key string
	tenant    string // heard while tenancy is switched on
	http      *http.Client
}

// apiError is an error that the API answered with.
type apiError struct {
	status     int
	detail     string
	retryAfter time.Duration // 0 where the answer named none
}

// Error returns the API's own words.
func (e *apiError) Error() string { return e.detail }

// errNoSpace says that no Space can be reached.
var errNoSpace = errors.New("no Space is running; start one with: syft-space")

// connect finds the Space to talk to: the one that --url names, else the one
// that holds the data folder.
func (e *env) connect(cfg config.Config) (*client, error) {
	if e.flags.url != "" {
		return &client{base: strings.TrimRight(e.flags.url, "/"), key: os.Getenv("SYFT_ADMIN_API_KEY"), tenant: e.flags.tenant, http: &http.Client{}}, nil
	}
	run, err := app.ReadRunFile(cfg.DataDir)
	if err != nil {
		return nil, errNoSpace
	}
	c := &client{base: run.URL, key: run.Token, tenant: e.flags.tenant, http: &http.Client{}}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := c.call(ctx, http.MethodGet, "/api/v1/health", nil, nil); err != nil {
		return nil, errNoSpace
	}
	return c, nil
}

// call sends in as JSON, where it is not nil, and decodes the answer into out.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	var sent io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, sent)
	if err != nil {
		return fmt.Errorf("the URL %s cannot be used: %w", c.base, err)
	}
	req.Header.Set("Content-Type", "application/json")
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	req.Header.Set("X-Tenant-Name", c.tenant)
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("the Space at %s cannot be reached: %w", c.base, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("the Space at %s broke off its answer: %w", c.base, err)
	}
	if res.StatusCode >= 400 {
		seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
		return &apiError{res.StatusCode, detailOf(b), time.Duration(seconds) * time.Second}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b, out)
}

// detailOf reads the sentence of an error answer, or its list of problems.
func detailOf(b []byte) string {
	var text struct{ Detail string }
	if json.Unmarshal(b, &text) == nil && text.Detail != "" {
		return text.Detail
	}
	var list struct {
		Detail []struct {
			Loc []any
			Msg string
		}
	}
	if json.Unmarshal(b, &list) == nil && len(list.Detail) > 0 {
		said := make([]string, len(list.Detail))
		for i, d := range list.Detail {
			said[i] = fmt.Sprintf("%v: %s", d.Loc[len(d.Loc)-1], d.Msg)
		}
		return strings.Join(said, "; ")
	}
	return firstLine(string(b))
}
