package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// apiKey is what the CLI reads of an API key.
type apiKey struct {
	ID, Key, Prefix, Name, Email string
	Scopes, Endpoints            []string
	ExpiresAt                    *time.Time `json:"expires_at"`
	LastUsedAt                   *time.Time `json:"last_used_at"`
}

func (e *env) keyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "key", Short: "Issue, list and revoke API keys of the running Space", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	connect := func() (*client, error) {
		cfg, err := e.load()
		if err != nil {
			return nil, err
		}
		return e.connect(cfg)
	}
	cmd.AddCommand(e.keyCreateCommand(connect), e.keyListCommand(connect), e.keyRevokeCommand(connect))
	return cmd
}

func (e *env) keyCreateCommand(connect func() (*client, error)) *cobra.Command {
	var draft struct {
		Name      string     `json:"name"`
		Email     string     `json:"email"`
		Scopes    []string   `json:"scopes"`
		Endpoints []string   `json:"endpoints"`
		ExpiresAt *time.Time `json:"expires_at"`
	}
	var expires string
	cmd := &cobra.Command{
		Use: "create EMAIL", Short: "Issue a key to a person, and show it this once", Args: cobra.ExactArgs(1),
		Example: "  syft-space key create alice@example.org\n" +
			"  syft-space key create alice@example.org --endpoint handbook --expires 2027-01-01",
		RunE: func(cmd *cobra.Command, args []string) error {
			draft.Email = args[0]
			if draft.Name == "" {
				draft.Name = draft.Email
			}
			if expires != "" {
				at, err := parseDay(expires)
				if err != nil {
					return err
				}
				draft.ExpiresAt = &at
			}
			c, err := connect()
			if err != nil {
				return err
			}
			var made apiKey
			if err := c.call(cmd.Context(), http.MethodPost, "/api/v1/keys", draft, &made); err != nil {
				return err
			}
			fmt.Fprintln(e.out, made.Key)
			fmt.Fprintln(e.err, "Keep it now: it is not stored and cannot be shown again.")
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&draft.Name, "name", "", "what you call the key (default: the address)")
	f.StringSliceVar(&draft.Scopes, "scope", []string{"query"}, "query, read or admin; may be given several times")
	f.StringSliceVar(&draft.Endpoints, "endpoint", nil, "slug of an endpoint that it may query (default: all)")
	f.StringVar(&expires, "expires", "", "when it ends: a day, 2027-01-01, or an instant, 2027-01-01T12:00:00Z")
	return cmd
}

// parseDay reads a day, which begins at midnight UTC, or an instant.
func parseDay(s string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("--expires is %q; write a day like 2027-01-01 or an instant like 2027-01-01T12:00:00Z", s)
}

func (e *env) keyListCommand(connect func() (*client, error)) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the keys that are not revoked", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := connect()
			if err != nil {
				return err
			}
			keys, err := c.keys(cmd.Context())
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "KEY\tNAME\tEMAIL\tSCOPES\tENDPOINTS\tEXPIRES\tLAST USED")
			for _, k := range keys {
				endpoints := "all"
				if len(k.Endpoints) > 0 {
					endpoints = strings.Join(k.Endpoints, ",")
				}
				fmt.Fprintf(w, "%s…\t%s\t%s\t%s\t%s\t%s\t%s\n", k.Prefix, k.Name, k.Email, strings.Join(k.Scopes, ","), endpoints,
					dayOr(k.ExpiresAt), dayOr(k.LastUsedAt))
			}
			return w.Flush()
		},
	}
}

func dayOr(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.Format(time.DateOnly)
}

func (e *env) keyRevokeCommand(connect func() (*client, error)) *cobra.Command {
	return &cobra.Command{
		Use: "revoke KEY", Short: "End a key for good", Args: cobra.ExactArgs(1),
		Long: "End a key for good. KEY is what the list shows of it, its name, or the whole key.",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := connect()
			if err != nil {
				return err
			}
			keys, err := c.keys(cmd.Context())
			if err != nil {
				return err
			}
			k, err := pickKey(keys, strings.TrimSuffix(args[0], "…"))
			if err != nil {
				return err
			}
			if err := c.call(cmd.Context(), http.MethodDelete, "/api/v1/keys/"+url.PathEscape(k.ID), nil, nil); err != nil {
				return err
			}
			fmt.Fprintf(e.out, "Revoked %s… (%s, %s)\n", k.Prefix, k.Name, k.Email)
			return nil
		},
	}
}

// pickKey finds the one key that a person means.
func pickKey(keys []apiKey, said string) (found apiKey, err error) {
	matches := 0
	for _, k := range keys {
		if k.ID == said || k.Name == said || (k.Prefix != "" && strings.HasPrefix(said, k.Prefix)) {
			found = k
			matches++
		}
	}
	switch matches {
	case 0:
		return found, errors.New("there is no such key; list them with: syft-space key list")
	case 1:
		return found, nil
	}
	return found, errors.New("several keys are called so; name one by what the list shows of it: syft-space key list")
}

func (c *client) keys(ctx context.Context) ([]apiKey, error) {
	var list struct{ Items []apiKey }
	err := c.call(ctx, http.MethodGet, "/api/v1/keys?limit=1000", nil, &list)
	return list.Items, err
}
