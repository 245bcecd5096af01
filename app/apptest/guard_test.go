package apptest_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"syft-space/app/apptest"
	"syft-space/app/space"
)

// steppedClock is a clock that tests turn on.
type steppedClock struct{ ahead atomic.Int64 }

func (c *steppedClock) now() time.Time {
	return space.SystemClock().Add(time.Duration(c.ahead.Load()))
}
func (c *steppedClock) add(d time.Duration) { c.ahead.Add(int64(d)) }

func TestASessionOfTheDashboard(t *testing.T) {
	t.Parallel()
	clock := &steppedClock{}
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.admin_key": adminKey}, Clock: clock.now})
	s.Key = ""
	signIn := func(header ...string) (cookie *http.Cookie, csrf string) {
		var in struct {
			CSRF      string    `json:"csrf_token"`
			ExpiresAt time.Time `json:"expires_at"`
		}
		a := s.Must(200, "POST", "/api/v1/auth/session", map[string]any{"admin_key": adminKey}, &in, header...)
		cookies := (&http.Response{Header: a.Header}).Cookies()
		if len(cookies) != 1 || in.CSRF == "" || !in.ExpiresAt.After(clock.now()) {
			t.Fatalf("signed in with %v and %s", a.Header, a.Body)
		}
		if strings.Contains(a.Body, cookies[0].Value) {
			t.Error("the page could read the session's token")
		}
		return cookies[0], in.CSRF
	}
	cookie, csrf := signIn()
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Secure {
		t.Errorf("the cookie is %+v", cookie)
	}
	if secure, _ := signIn("X-Forwarded-Proto: https"); !secure.Secure {
		t.Error("behind TLS the cookie is not Secure")
	}
	as := "Cookie: " + cookie.Name + "=" + cookie.Value
	write := map[string]any{"name": "m", "dtype": "extractive"}
	for _, x := range []exchange{
		{"GET", "/api/v1/models", nil, []string{as}, 200, nil},
		{"POST", "/api/v1/models", write, []string{as}, 403, []string{"X-CSRF-Token"}},
		{"POST", "/api/v1/models", write, []string{as, "X-CSRF-Token: wrong"}, 403, []string{"X-CSRF-Token"}},
		{"POST", "/api/v1/models", write, []string{as, "X-CSRF-Token: " + csrf, "Origin: https://evil.example"}, 403, []string{"https://evil.example"}},
		{"POST", "/api/v1/models", write, []string{as, "X-CSRF-Token: " + csrf, "Origin: " + s.URL}, 201, nil},
		{"DELETE", "/api/v1/auth/session", nil, []string{as}, 200, []string{"Signed out"}},
		{"GET", "/api/v1/models", nil, []string{as}, 401, []string{"sign in again"}},
		{"DELETE", "/api/v1/auth/session", nil, []string{as}, 200, nil},
	} {
		x.hold(t, s)
	}
	cookie, _ = signIn()
	as = "Cookie: " + cookie.Name + "=" + cookie.Value
	clock.add(13 * time.Hour)
	exchange{"GET", "/api/v1/models", nil, []string{as}, 401, []string{"sign in again"}}.hold(t, s)
}

func TestWrongKeysAreThrottledByAddress(t *testing.T) {
	t.Parallel()
	clock := &steppedClock{}
	s := apptest.New(t, apptest.Options{Clock: clock.now, Settings: map[string]any{
		"auth.admin_key": adminKey, "server.trusted_proxies": []string{"127.0.0.0/8"},
	}})
	from := func(address, credential string, status int) {
		t.Helper()
		a := s.Send("GET", "/api/v1/models", nil, "X-Forwarded-For: 203.0.113.1, "+address, "Authorization: Bearer "+credential)
		if a.Status != status || (status == 429) != (a.Header.Get("Retry-After") != "") {
			t.Errorf("%s with %q: status %d, want %d: %s %v", address, credential, a.Status, status, a.Body, a.Header)
		}
	}
	for range 3 {
		from("192.0.2.1", "falsch", 401)
	}
	from("192.0.2.1", "sk-falsch", 401)
	a := s.Send("POST", "/api/v1/auth/session", map[string]any{"admin_key": "falsch"}, "X-Forwarded-For: 192.0.2.1")
	if a.Status != 401 {
		t.Errorf("a wrong sign-in: %d", a.Status)
	}
	from("192.0.2.1", adminKey, 429)
	from("192.0.2.1", "falsch", 429)
	a = s.Send("POST", "/api/v1/auth/session", map[string]any{"admin_key": adminKey}, "X-Forwarded-For: 192.0.2.1")
	if a.Status != 429 || !strings.Contains(a.Body, "Too many wrong keys. Retry after ") {
		t.Errorf("a sign-in while throttled: %d %s", a.Status, a.Body)
	}
	from("192.0.2.2", adminKey, 200)
	for range 7 { // a refused satellite token is not a wrong key
		from("192.0.2.2", "eyJh.e30.x", 424)
	}
	from("192.0.2.2", adminKey, 200)
	clock.add(time.Minute)
	from("192.0.2.1", adminKey, 200)
}

func TestHostsAndOrigins(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{
		"server.allowed_hosts": []string{"nas.local"}, "server.public_url": "https://Space.example.org:443", "server.cors_origins": []string{"HTTPS://App.example:443/"},
	}})
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	for host, status := range map[string]int{
		"localhost" + port: 200, "127.0.0.1" + port: 200, "[::1]" + port: 200, "127.0.0.1": 200, "x.localhost": 200, "nas.local" + port: 200,
		"NAS.local": 200, "space.example.org": 200, "evil.example": 403, "192.168.1.5" + port: 403, "127.0.0.1.evil.example": 403, "localhost.evil.example": 403,
	} {
		exchange{"GET", "/api/v1/health", nil, []string{"Host: " + host}, status, nil}.hold(t, s)
	}
	const body = `{"slug": "abc"}`
	for origin, status := range map[string]int{
		"": 200, s.URL: 200, "https://app.example": 200, "http://localhost:5173": 200, "https://space.example.org": 200,
		"null": 403, "https://evil.example": 403, "http://localhost:3000": 403, "https://app.example.evil.example": 403, "http://app.example": 403,
	} {
		a := s.Send("POST", "/api/v1/endpoints/validate-slug", body, "Origin: "+origin)
		if a.Status != status {
			t.Errorf("a write from %q: status %d, want %d", origin, a.Status, status)
		}
		a = s.Send("GET", "/api/v1/endpoints", nil, "Origin: "+origin, "Authorization: Bearer sk-wrong-"+origin)
		listed := origin == "https://app.example" || origin == "http://localhost:5173"
		if got := a.Header.Get("Access-Control-Allow-Origin"); (got == origin && got != "") != listed || (got != "") != listed {
			t.Errorf("a read from %q (%d) is answered with %q", origin, a.Status, got)
		}
	}
}

func TestAServerOnEveryAddressAnswersToLiteralAddresses(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"server.host": "0.0.0.0", "auth.admin_key": adminKey}})
	for host, status := range map[string]int{"192.168.1.5:8080": 200, "[2001:db8::1]": 200, "evil.example": 403} {
		exchange{"GET", "/api/v1/health", nil, []string{"Host: " + host}, status, nil}.hold(t, s)
	}
}

func TestWhatTheAPILimitCounts(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{
		"auth.admin_key": adminKey, "tenancy.enabled": true, "limits.api_per_minute": 4, "limits.api_per_hour": 1000,
	}})
	const root = "X-Tenant-Name: root"
	s.Must(201, "POST", "/api/v1/tenants", map[string]any{"name": "acme", "display_name": "Acme"}, nil) // 1 of root's 4
	var k issued
	a := s.Must(201, "POST", "/api/v1/keys", map[string]any{"name": "n", "email": "a@example.org", "scopes": []string{"read"}}, &k, root)
	if a.Header.Get("RateLimit-Limit") != "4" || a.Header.Get("RateLimit-Remaining") != "2" || a.Header.Get("RateLimit-Reset") == "" {
		t.Errorf("RateLimit headers %v", a.Header)
	}
	cookie := s.Must(200, "POST", "/api/v1/auth/session", map[string]any{"admin_key": adminKey}, nil).Header.Get("Set-Cookie")
	cookie = "Cookie: " + strings.SplitN(cookie, ";", 2)[0]
	for range 5 {
		for _, x := range []exchange{
			{"GET", "/api/v1/health", nil, nil, 200, nil},
			{"GET", "/openapi.json", nil, nil, 200, nil},
			{"GET", "/api/v1/models", nil, []string{root, cookie, "Authorization: "}, 200, nil},
			{"GET", "/api/v1/models", nil, []string{root, "Authorization: "}, 401, nil},
		} {
			x.hold(t, s)
		}
	}
	exchange{"GET", "/api/v1/models", nil, []string{root, "Authorization: Bearer falsch"}, 401, nil}.hold(t, s)
	exchange{"GET", "/api/v1/models", nil, []string{root}, 200, nil}.hold(t, s)
	exchange{"GET", "/api/v1/models", nil, []string{"Authorization: Bearer " + k.Key}, 200, nil}.hold(t, s)
	exchange{"GET", "/api/v1/models", nil, []string{"Authorization: Bearer " + k.Key}, 429, nil}.hold(t, s)
	exchange{"GET", "/api/v1/models", nil, []string{"X-Tenant-Name: acme"}, 200, nil}.hold(t, s)
}

func TestCORSNeedsNoCredential(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.admin_key": adminKey}})
	s.Key = ""
	const dev = "Origin: http://localhost:5173"
	for name, c := range map[string]struct {
		exchange
		allowed bool
	}{
		"a preflight":                {exchange{"OPTIONS", "/api/v1/models", nil, []string{dev, "Access-Control-Request-Method: PATCH"}, 204, nil}, true},
		"a preflight from elsewhere": {exchange{"OPTIONS", "/api/v1/models", nil, []string{"Origin: https://evil.example", "Access-Control-Request-Method: PATCH"}, 405, nil}, false},
		"a refusal":                  {exchange{"GET", "/api/v1/models", nil, []string{dev}, 401, nil}, true},
		"an unknown route":           {exchange{"GET", "/api/v1/nothing", nil, []string{dev}, 404, nil}, true},
		"no origin":                  {exchange{"GET", "/api/v1/models", nil, nil, 401, nil}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.hold(t, s)
			h := s.Send(c.method, c.path, c.body, c.header...).Header
			want := map[string]string{
				"Access-Control-Allow-Origin": "http://localhost:5173", "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE, OPTIONS",
				"Access-Control-Allow-Headers": "Content-Type, Authorization", "Access-Control-Allow-Credentials": "true",
			}
			for name, value := range want {
				if !c.allowed {
					value = ""
				}
				if got := h.Get(name); got != value {
					t.Errorf("%s is %q, want %q", name, got, value)
				}
			}
		})
	}
}
