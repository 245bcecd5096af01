package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"syft-space/app/catalog"
	"syft-space/app/space"
)

type publicURL struct {
	PublicURL *string `json:"public_url" nullable:"true" doc:"How others reach this Space; null while that is not known" example:"https://space.example.org"`
	Notice    *string `json:"notice" nullable:"true" doc:"What to mind" example:"No admin key is set."`
}

func (s *server) wirePublicURL(v catalog.Values) publicURL {
	out := publicURL{PublicURL: orNull(v.PublicURL)}
	if v.PublicURL != "" && s.Auth.Open() {
		said := "No admin key is set: through a proxy or a tunnel nobody can manage or query this Space. Set SYFT_ADMIN_API_KEY and start again."
		out.Notice = &said
	}
	return out
}

func (s *server) publicURLRoutes(tag, path string) {
	register(s, operation{
		method: http.MethodGet, path: path, id: "get-public-url", tag: tag, noTenant: true, summary: "Get the public URL",
		description: "What others see as the address of this Space.",
	}, func(context.Context, *none) (*body[publicURL], error) {
		return ok(s.wirePublicURL(s.Settings.Values())), nil
	})
	register(s, operation{
		method: http.MethodPatch, path: path, id: "set-public-url", tag: tag, noTenant: true, summary: "Set the public URL",
		description: "Effective at once. An empty text or null clears it.",
	}, func(ctx context.Context, in *struct {
		Caller
		Body struct {
			PublicURL *string `json:"public_url" nullable:"true" maxLength:"2000" doc:"How others reach this Space; null or an empty text clears it" example:"https://space.example.org"`
		}
	}) (*body[publicURL], error) {
		value, err := cleanURL(in.Body.PublicURL)
		if err != nil {
			return nil, err
		}
		return wrap(s.wirePublicURL)(s.Settings.Change(ctx, func(v *catalog.Values) { v.PublicURL = value }))
	})
}

func cleanURL(sent *string) (string, error) {
	if sent == nil || strings.TrimSpace(*sent) == "" {
		return "", nil
	}
	value := strings.TrimRight(strings.TrimSpace(*sent), "/")
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.Fragment != "" {
		return "", space.Invalid(space.FieldError{
			Loc: []any{"body", "public_url"}, Type: "value_error.url", Msg: "write it like https://space.example.org",
		})
	}
	return value, nil
}

// proxy is the state of the tunnel that upstream's client asks for. This
// program brings none: whoever runs a proxy or a tunnel sets the public URL.
type proxy struct {
	Connected bool    `json:"connected" doc:"Whether a tunnel stands" example:"false"`
	PublicURL *string `json:"public_url" nullable:"true" doc:"Where the tunnel ends; null without one" example:"https://space.example.org"`
	HasToken  bool    `json:"has_token" doc:"Whether a token for a tunnel is stored" example:"false"`
}

func (s *server) proxyRoutes(tag, path string) {
	register(s, operation{
		method: http.MethodGet, path: path, id: "get-proxy", tag: tag, noTenant: true, summary: "Ask for the tunnel",
		description: "Never connected: this Space brings no tunnel of its own.",
	}, func(context.Context, *none) (*body[proxy], error) { return ok(proxy{}), nil })
	register(s, operation{
		method: http.MethodPost, path: path, id: "connect-proxy", tag: tag, noTenant: true, summary: "Open the tunnel", errors: []int{404},
		description: "Always refused: this Space brings no tunnel of its own.",
	}, func(context.Context, *none) (*body[proxy], error) {
		return nil, space.Errorf(space.KindNotFound,
			"No tunnel is configured; run a proxy or a tunnel of your own and set its address at /settings/public-url")
	})
	register(s, operation{
		method: http.MethodDelete, path: path, id: "disconnect-proxy", tag: tag, noTenant: true, summary: "Close the tunnel",
		description: "None is ever open, so there is nothing to close.",
	}, func(context.Context, *none) (*body[message], error) { return ok(message{"No tunnel is open"}), nil })
}
