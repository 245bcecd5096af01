package auth_test

import (
	"context"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/google/uuid"

	"syft-space/app/auth"
	"syft-space/app/space"
)

// keyBook and sessionBook are the smallest stores that work.
type keyBook map[string]space.APIKey

func (b keyBook) KeyByHash(_ context.Context, hash []byte) (space.APIKey, error) {
	if k, ok := b[string(hash)]; ok {
		return k, nil
	}
	return space.APIKey{}, space.NotFound("Key", "")
}

func (b keyBook) TouchKey(context.Context, space.TenantID, uuid.UUID) error { return nil }

type sessionBook map[string]space.Session

func (b sessionBook) CreateSession(_ context.Context, s space.Session) error {
	b[string(s.Hash)] = s
	return nil
}

func (b sessionBook) Session(_ context.Context, hash []byte) (space.Session, error) {
	if s, ok := b[string(hash)]; ok {
		return s, nil
	}
	return space.Session{}, space.NotFound("Session", "")
}

func (b sessionBook) DeleteSession(_ context.Context, hash []byte) error {
	delete(b, string(hash))
	return nil
}

type tenantBook map[string]space.Tenant

func (b tenantBook) Tenant(_ context.Context, name string) (space.Tenant, error) {
	if t, ok := b[name]; ok {
		return t, nil
	}
	return space.Tenant{}, space.NotFound("Tenant", name)
}

func (b tenantBook) TenantByID(_ context.Context, id space.TenantID) (space.Tenant, error) {
	for _, t := range b {
		if t.ID == id {
			return t, nil
		}
	}
	return space.Tenant{}, space.NotFound("Tenant", id.String())
}

var (
	loopback  = netip.MustParseAddr("127.0.0.1")
	elsewhere = netip.MustParseAddr("192.0.2.7")
	noon      = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func newAuthenticator(adminKey string, now *time.Time) *auth.Authenticator {
	expired := noon.Add(-time.Hour)
	return auth.New(auth.Options{
		AdminKey: adminKey, RunToken: "run-token", OwnerEmail: "Ada@Example.org", Sessions: sessionBook{},
		Keys: keyBook{
			string(auth.HashKey("sk-good")): {Tenant: space.RootTenant, Email: "Bob@Example.org", Scopes: []space.Scope{space.ScopeQuery}, Endpoints: []string{"docs"}},
			string(auth.HashKey("sk-late")): {Email: "bob@example.org", ExpiresAt: &expired},
		},
		Satellites: func(_ context.Context, _ space.TenantID, token string) (space.Identity, error) {
			return space.Identity{Role: space.RoleSatellite, Email: "carol@example.org"}, nil
		},
		Clock: func() time.Time { return *now },
	})
}

func TestIdentify(t *testing.T) {
	t.Parallel()
	local := auth.Call{Peer: loopback, Address: loopback, LoopbackHost: true, Method: http.MethodPost}
	with := func(c auth.Call, authorization string) auth.Call { c.Authorization = authorization; return c }
	remote := auth.Call{Peer: elsewhere, Address: elsewhere, Method: http.MethodPost}
	forwarded := local
	forwarded.Forwarded = true
	rebound := local
	rebound.LoopbackHost = false
	for name, c := range map[string]struct {
		adminKey string
		call     auth.Call
		role     space.Role
		kind     space.Kind
		known    bool
	}{
		"open mode on this computer":            {"", local, space.RoleOwner, 0, true},
		"open mode ignores a strange bearer":    {"", with(local, "Bearer your-token"), space.RoleOwner, 0, true},
		"open mode is not for others":           {"", remote, "", 0, false},
		"open mode is not for a proxy":          {"", forwarded, "", 0, false},
		"open mode is not for another host":     {"", rebound, "", 0, false},
		"a wrong key is refused in open mode":   {"", with(local, "Bearer sk-bad"), "", space.KindUnauthenticated, false},
		"admin key":                             {"geheim", with(remote, "Bearer geheim"), space.RoleOwner, 0, true},
		"the scheme has no case":                {"geheim", with(remote, "bearer geheim"), space.RoleOwner, 0, true},
		"admin key that looks like an API key":  {"sk-geheim", with(remote, "Bearer sk-geheim"), space.RoleOwner, 0, true},
		"admin key that looks like a token":     {"eyJh.eyJz.key", with(remote, "Bearer eyJh.eyJz.key"), space.RoleOwner, 0, true},
		"wrong admin key":                       {"geheim", with(remote, "Bearer falsch"), "", space.KindUnauthenticated, false},
		"no credential with an admin key set":   {"geheim", local, "", 0, false},
		"run token from this computer":          {"geheim", with(local, "Bearer run-token"), space.RoleOwner, 0, true},
		"run token from elsewhere is a bad key": {"geheim", with(remote, "Bearer run-token"), "", space.KindUnauthenticated, false},
		"API key":                               {"geheim", with(remote, "Bearer sk-good"), space.RoleKey, 0, true},
		"expired API key":                       {"geheim", with(remote, "Bearer sk-late"), "", space.KindUnauthenticated, false},
		"satellite token":                       {"geheim", with(remote, "Bearer eyJh.eyJz.sig"), space.RoleSatellite, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := noon
			id, known, err := newAuthenticator(c.adminKey, &now).Identify(t.Context(), c.call)
			if (err != nil) != (c.kind != 0) || err != nil && space.KindOf(err) != c.kind {
				t.Fatalf("error %v, want kind %v", err, c.kind)
			}
			if err == nil && (known != c.known || id.Role != c.role) {
				t.Errorf("known %v as %q, want %v as %q", known, id.Role, c.known, c.role)
			}
		})
	}
}

func TestFiveWrongKeysInAMinuteAreBlocked(t *testing.T) {
	t.Parallel()
	now := noon
	a := newAuthenticator("geheim", &now)
	call := auth.Call{Peer: elsewhere, Address: elsewhere, Authorization: "Bearer falsch"}
	for range 5 {
		if _, _, err := a.Identify(t.Context(), call); space.KindOf(err) != space.KindUnauthenticated {
			t.Fatalf("a wrong key: %v", err)
		}
	}
	right := call
	right.Authorization = "Bearer geheim"
	if _, _, err := a.Identify(t.Context(), right); space.KindOf(err) != space.KindRateLimited {
		t.Errorf("the sixth try: %v", err)
	}
	right.Address = loopback
	if _, _, err := a.Identify(t.Context(), right); err != nil {
		t.Errorf("another address: %v", err)
	}
	now = now.Add(time.Minute)
	right.Address = elsewhere
	if _, _, err := a.Identify(t.Context(), right); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

func TestSessionsNeedTheCSRFTokenForWrites(t *testing.T) {
	t.Parallel()
	now := noon
	a := newAuthenticator("geheim", &now)
	if _, _, err := a.SignIn(t.Context(), auth.Call{Address: elsewhere}, "falsch"); space.KindOf(err) != space.KindUnauthenticated {
		t.Fatalf("a wrong key signs in: %v", err)
	}
	token, session, err := a.SignIn(t.Context(), auth.Call{Address: elsewhere}, "geheim")
	if err != nil {
		t.Fatal(err)
	}
	read := auth.Call{Peer: elsewhere, Session: token, Method: http.MethodGet}
	if id, known, err := a.Identify(t.Context(), read); err != nil || !known || id.Role != space.RoleOwner {
		t.Errorf("a read: %v %v %v", id.Role, known, err)
	}
	write := read
	write.Method = http.MethodPost
	if _, _, err := a.Identify(t.Context(), write); space.KindOf(err) != space.KindForbidden {
		t.Errorf("a write without the token: %v", err)
	}
	write.CSRF = session.CSRF
	if _, _, err := a.Identify(t.Context(), write); err != nil {
		t.Errorf("a write with the token: %v", err)
	}
	now = now.Add(13 * time.Hour)
	if _, _, err := a.Identify(t.Context(), read); space.KindOf(err) != space.KindUnauthenticated {
		t.Errorf("after its end: %v", err)
	}
}

func TestTenants(t *testing.T) {
	t.Parallel()
	id := space.TenantID{UUID: uuid.New()}
	a := auth.New(auth.Options{
		Tenancy: true, Clock: space.SystemClock,
		Tenants: tenantBook{"acme": {ID: id, Active: true}, "gone": {ID: id}},
	})
	for name, want := range map[string]space.Kind{"": space.KindInvalid, "nobody": space.KindNotFound, "gone": space.KindForbidden} {
		if _, err := a.TenantOf(t.Context(), auth.Call{Tenant: name}); space.KindOf(err) != want {
			t.Errorf("tenant %q: %v", name, err)
		}
	}
	if got, err := a.TenantOf(t.Context(), auth.Call{Tenant: "acme"}); err != nil || got != id {
		t.Errorf("tenant acme: %v, %v", got, err)
	}
}

func TestAKeyIsBoundToItsTenant(t *testing.T) {
	t.Parallel()
	here, gone := space.TenantID{UUID: uuid.New()}, space.TenantID{UUID: uuid.New()}
	o := auth.Options{
		Tenancy: true, Clock: space.SystemClock,
		Tenants: tenantBook{"here": {ID: here, Name: "here", Active: true}, "gone": {ID: gone, Name: "gone"}},
		Keys:    keyBook{string(auth.HashKey("sk-here")): {Tenant: here}, string(auth.HashKey("sk-gone")): {Tenant: gone}},
	}
	call := auth.Call{Peer: elsewhere, Address: elsewhere, Authorization: "Bearer sk-here", Tenant: "gone"}
	if id, _, err := auth.New(o).Identify(t.Context(), call); err != nil || id.Tenant != here {
		t.Errorf("the header wins over the key: %v, %v", id.Tenant, err)
	}
	if tenant, err := auth.New(o).PublicTenant(t.Context(), call); err != nil || tenant != here {
		t.Errorf("the header wins over the key where none is needed: %v, %v", tenant, err)
	}
	call.Authorization = "Bearer sk-gone"
	if _, _, err := auth.New(o).Identify(t.Context(), call); space.KindOf(err) != space.KindForbidden || err.Error() != "Tenant 'gone' is not active" {
		t.Errorf("a key of an inactive tenant: %v", err)
	}
	o.Tenancy = false
	if _, _, err := auth.New(o).Identify(t.Context(), call); space.KindOf(err) != space.KindForbidden {
		t.Errorf("a key of a tenant while tenancy is off: %v", err)
	}
}
