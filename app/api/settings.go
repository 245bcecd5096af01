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
	Notice    *string `json:"notice" nullable:"true" doc:"What to mind" example:"No admin key is set"`
}

func (s *server) wirePublicURL(v catalog.Values) publicURL {
	out := publicURL{PublicURL: orNull(v.PublicURL)}
	if v.PublicURL != "" && s.Auth.Open() {
		said := "No admin key is set: through a proxy or a tunnel nobody can manage or query this Space. Set SYFT_ADMIN_API_KEY and start again."
		out.Notice = &said
	}
	return out
}

func (s *server) settingRoutes() {
	const tag, path = "Settings", Prefix + "/settings/public-url"
	register(s, operation{
		method: http.MethodGet, path: path, id: "get-public-url", tag: tag, summary: "Get the public URL",
		description: "What others see as the address of this Space.",
	}, func(context.Context, *none) (*body[publicURL], error) {
		return ok(s.wirePublicURL(s.Settings.Values())), nil
	})
	register(s, operation{
		method: http.MethodPatch, path: path, id: "set-public-url", tag: tag, summary: "Set the public URL",
		description: "Effective at once. An empty text or null clears it.",
	}, func(ctx context.Context, in *struct {
		Caller
		Body struct {
			PublicURL *string `json:"public_url" nullable:"true" maxLength:"2000" example:"https://space.example.org" doc:"How others reach this Space; an empty text or null clears it"`
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
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.Fragment != "" {
		return "", space.Invalid(space.FieldError{
			Loc: []any{"body", "public_url"}, Type: "value_error.url", Msg: "write it like https://space.example.org",
		})
	}
	return value, nil
}
