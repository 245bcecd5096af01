package apptest_test

import (
	"strings"
	"testing"

	"syft-space/app/apptest"
)

func TestSettingsAreEffectiveAtOnce(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.admin_key": adminKey, "server.cors_origins": []string{"https://old.example"}}})
	s.Must(200, "PATCH", "/api/v1/settings/", map[string]any{"cors_origins": []string{"HTTPS://New.example:443/", "http://New.example:80", "http://new.example:443"}}, nil)
	for origin, want := range map[string]string{
		"https://new.example": "https://new.example", "http://new.example": "http://new.example", "http://new.example:443": "http://new.example:443",
		"https://new.example:80": "", "https://old.example": "",
	} {
		if got := s.Send("GET", "/api/v1/health", nil, "Origin: "+origin).Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("origin %s is answered with %q", origin, got)
		}
	}
	s.Must(200, "PATCH", "/api/v1/settings/", map[string]any{"api_per_minute": 2, "api_per_hour": 50}, nil)
	s.Must(200, "GET", "/api/v1/settings/", nil, nil)
	if a := s.Must(200, "GET", "/api/v1/settings/", nil, nil); a.Header.Get("RateLimit-Limit") != "2" || a.Header.Get("RateLimit-Remaining") != "0" {
		t.Errorf("RateLimit headers %v", a.Header)
	}
	exchange{"GET", "/api/v1/settings", nil, nil, 429, []string{"Rate limit exceeded. Retry after "}}.hold(t, s)
	exchange{"GET", "/api/v1/health", nil, nil, 200, nil}.hold(t, s)
}

func TestSettingsThatCannotBe(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	before := s.Must(200, "GET", "/api/v1/settings", nil, nil).Body
	for name, x := range map[string]exchange{
		"nothing":        {"PATCH", "/api/v1/settings", map[string]any{"x": 1}, nil, 422, []string{"nothing to change"}},
		"below zero":     {"PATCH", "/api/v1/settings", map[string]any{"api_per_hour": -1, "retention_seconds": -1}, nil, 422, []string{`["body","api_per_hour"]`, `["body","retention_seconds"]`, "not_ge"}},
		"wrong types":    {"PATCH", "/api/v1/settings", map[string]any{"api_per_hour": "x", "store_query_text": 1}, nil, 422, []string{"type_error.integer", "type_error.bool"}},
		"no origin":      {"PATCH", "/api/v1/settings", map[string]any{"cors_origins": []string{"https://a.example", "*", "https://a.example/path"}}, nil, 422, []string{`["body","cors_origins",1]`, `["body","cors_origins",2]`}},
		"no public URL":  {"PATCH", "/api/v1/settings/public-url", map[string]any{"public_url": "x"}, nil, 422, []string{`["body","public_url"]`}},
		"no tunnel":      {"GET", "/api/v1/settings/proxy", nil, nil, 200, []string{`{"connected":false,"public_url":null,"has_token":false}`}},
		"a tunnel to be": {"POST", "/api/v1/settings/proxy", map[string]any{"token": "x"}, nil, 404, []string{"No tunnel is configured"}},
		"a tunnel's end": {"DELETE", "/api/v1/settings/proxy", nil, nil, 200, []string{`"message"`}},
	} {
		t.Run(name, func(t *testing.T) {
			x.hold(t, s)
			if after := s.Must(200, "GET", "/api/v1/settings", nil, nil).Body; after != before {
				t.Errorf("the settings are %s, were %s", after, before)
			}
		})
	}
}

func TestAnEditedSettingSurvivesTheConfiguration(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"privacy.retention": "1h", "server.public_url": "https://first.example"}})
	exchange{"GET", "/api/v1/settings", nil, nil, 200, []string{`"retention_seconds":3600`}}.hold(t, s)
	exchange{"GET", "/api/v1/settings/public-url", nil, nil, 200, []string{"https://first.example"}}.hold(t, s)
	s.Must(200, "PATCH", "/api/v1/settings", map[string]any{"retention_seconds": 60, "store_query_text": true}, nil)
	s.Must(200, "PATCH", "/api/v1/settings/public-url", map[string]any{"public_url": "https://mine.example/"}, nil)
	s.Stop()
	s = apptest.New(t, apptest.Options{Data: s.Data, Settings: map[string]any{"privacy.retention": "2h", "server.public_url": "https://second.example"}})
	exchange{"GET", "/api/v1/settings", nil, nil, 200, []string{`"retention_seconds":60`, `"store_query_text":true`}}.hold(t, s)
	exchange{"GET", "/api/v1/settings/public-url", nil, nil, 200, []string{`"public_url":"https://mine.example"`, "No admin key is set"}}.hold(t, s)
	exchange{"GET", "/api/v1/health", nil, []string{"Host: mine.example"}, 200, nil}.hold(t, s)
	exchange{"GET", "/api/v1/health", nil, []string{"Host: second.example"}, 403, nil}.hold(t, s)
}

func TestTheTextOfQuestionsIsKeptAsThePrivacySettingsSay(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	bare(s, "docs")
	query := func(text string) {
		s.Must(200, "POST", "/api/v1/endpoints/docs/query", map[string]any{"messages": text}, nil)
	}
	texts := func() string {
		return strings.Join(column(t, s.Data, "SELECT text FROM events ORDER BY created_at"), "|")
	}
	query("hidden")
	s.Must(200, "PATCH", "/api/v1/settings", map[string]any{"store_query_text": true}, nil)
	query("kept")
	s.Eventually(func() string {
		if got := texts(); got != "|kept" {
			return "the texts kept are " + got
		}
		return ""
	})
	s.Must(200, "PATCH", "/api/v1/settings", map[string]any{"retention_seconds": 0}, nil)
	s.Eventually(func() string {
		if got := texts(); got != "|" {
			return "the texts kept are " + got
		}
		return ""
	})
}
