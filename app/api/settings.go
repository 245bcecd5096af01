package api

import (
	"context"
	"net/http"
	"time"

	"syft-space/app/catalog"
	"syft-space/app/space"
)

// SettingsBody are the settings that the owner may change while the Space runs.
type SettingsBody struct {
	APIPerHour       int      `json:"api_per_hour" doc:"Calls of each tenant in an hour; 0 for no limit" example:"1000"`
	APIPerMinute     int      `json:"api_per_minute" doc:"Calls of each tenant in a minute; 0 for no limit" example:"100"`
	CORSOrigins      []string `json:"cors_origins" nullable:"false" doc:"Web origins whose pages may call the API from a browser" example:"[\"https://app.example.org\"]"`
	StoreQueryText   bool     `json:"store_query_text" doc:"Whether the text of questions is kept for analytics" example:"false"`
	RetentionSeconds int64    `json:"retention_seconds" doc:"How long the text of a question is kept" example:"2592000"`
}

func wireSettings(v catalog.Values) SettingsBody {
	return SettingsBody{
		APIPerHour: v.APIPerHour, APIPerMinute: v.APIPerMinute, CORSOrigins: orEmpty(v.CORSOrigins),
		StoreQueryText: v.StoreQueryText, RetentionSeconds: int64(v.Retention / time.Second),
	}
}

func (s *server) settingRoutes() {
	const tag, base = "Settings", Prefix + "/settings"
	register(s, operation{
		method: http.MethodGet, path: base, id: "get-settings", tag: tag, noTenant: true, summary: "Get the settings",
		description: "As they count now: what the owner changed, else what the configuration said when the data folder was new.",
	}, func(context.Context, *none) (*body[SettingsBody], error) {
		return ok(wireSettings(s.Settings.Values())), nil
	})
	register(s, operation{
		method: http.MethodPatch, path: base, id: "update-settings", tag: tag, noTenant: true, summary: "Change the settings",
		description: "Every change is effective at once, and counts from then on in place of the configuration.",
	}, s.updateSettings)
	s.publicURLRoutes(tag, base+"/public-url")
	s.proxyRoutes(tag, base+"/proxy")
}

func (s *server) updateSettings(ctx context.Context, in *struct {
	Caller
	Body struct {
		APIPerHour       *int     `json:"api_per_hour,omitempty" minimum:"0" maximum:"1000000000" doc:"Calls of each tenant in an hour; 0 for no limit" example:"1000"`
		APIPerMinute     *int     `json:"api_per_minute,omitempty" minimum:"0" maximum:"1000000000" doc:"Calls of each tenant in a minute; 0 for no limit" example:"100"`
		CORSOrigins      []string `json:"cors_origins,omitempty" nullable:"false" maxItems:"100" doc:"Web origins whose pages may call the API from a browser; [] for none" example:"[\"https://app.example.org\"]"`
		StoreQueryText   *bool    `json:"store_query_text,omitempty" doc:"Whether the text of questions is kept for analytics; what is kept already stays for its time" example:"false"`
		RetentionSeconds *int64   `json:"retention_seconds,omitempty" minimum:"0" maximum:"3155760000" doc:"How long the text of a question is kept; older ones are forgotten at once" example:"2592000"`
	}
}) (*body[SettingsBody], error) {
	b := in.Body
	if b.APIPerHour == nil && b.APIPerMinute == nil && b.CORSOrigins == nil && b.StoreQueryText == nil && b.RetentionSeconds == nil {
		return nil, nothingKnown("api_per_hour, api_per_minute, cors_origins, store_query_text, retention_seconds")
	}
	origins, err := cleanOrigins(b.CORSOrigins)
	if err != nil {
		return nil, err
	}
	return wrap(wireSettings)(s.Settings.Change(ctx, func(v *catalog.Values) {
		set(&v.APIPerHour, b.APIPerHour)
		set(&v.APIPerMinute, b.APIPerMinute)
		set(&v.StoreQueryText, b.StoreQueryText)
		if b.CORSOrigins != nil {
			v.CORSOrigins = origins
		}
		if b.RetentionSeconds != nil {
			v.Retention = time.Duration(*b.RetentionSeconds) * time.Second
		}
	}))
}

// cleanOrigins returns origins as browsers send them.
func cleanOrigins(sent []string) ([]string, error) {
	out := make([]string, len(sent))
	var problems []space.FieldError
	for i, origin := range sent {
		if out[i] = canonicalOrigin(origin); out[i] == "" {
			problems = append(problems, space.FieldError{
				Loc: []any{"body", "cors_origins", i}, Type: "value_error.url", Msg: "write an origin like https://app.example.org",
			})
		}
	}
	if len(problems) > 0 {
		return nil, space.Invalid(problems...)
	}
	return out, nil
}
