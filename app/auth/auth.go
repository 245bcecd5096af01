// Package auth tells who is calling: the owner by admin key, session, run
// token or open mode, a person by API key, or one whom a marketplace vouches
// for. It also resolves the tenant that a call is for.
package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/netip"
	"strings"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// Call is what a request shows of its caller.
type Call struct {
	Authorization string     // the header
	Session       string     // the session cookie's value
	CSRF          string     // the X-CSRF-Token header
	Method        string     // writes with a session need the CSRF token
	Peer          netip.Addr // the connection's far end, not a forwarded address
	Address       netip.Addr // the caller, as far as trusted proxies tell; wrong keys count against it
	LoopbackHost  bool       // the Host header names this computer
	Forwarded     bool       // the request carries Forwarded or X-Forwarded-* headers
	Tenant        string     // the X-Tenant-Name header
}

// Keys finds API keys; both cross tenants, because the key names its own.
type Keys interface {
	KeyByHash(ctx context.Context, hash []byte) (space.APIKey, error)
	TouchKey(ctx context.Context, tenant space.TenantID, id uuid.UUID) error
}

// Tenants finds tenants, by the name that a caller sends or by the id that an
// API key is bound to.
type Tenants interface {
	Tenant(ctx context.Context, name string) (space.Tenant, error)
	TenantByID(ctx context.Context, id space.TenantID) (space.Tenant, error)
}

// Satellites verifies a marketplace's token and returns its caller.
type Satellites func(ctx context.Context, tenant space.TenantID, token string) (space.Identity, error)

// Options configure an Authenticator.
type Options struct {
	AdminKey      string // "" is open mode: this computer only
	RunToken      string // owner credential of this run, from a loopback peer
	OwnerEmail    string // "" is owner@localhost
	Tenancy       bool
	DefaultTenant string // of satellite callers that name none
	Keys          Keys
	Tenants       Tenants
	Sessions      Sessions
	Satellites    Satellites
	Clock         space.Clock
}

// Authenticator identifies callers.
type Authenticator struct {
	Options
	admin    [sha256.Size]byte
	run      [sha256.Size]byte
	failures *failures
}

// New makes an Authenticator.
func New(o Options) *Authenticator {
	if o.OwnerEmail == "" {
		o.OwnerEmail = "owner@localhost"
	}
	return &Authenticator{
		Options: o, admin: sha256.Sum256([]byte(o.AdminKey)), run: sha256.Sum256([]byte(o.RunToken)),
		failures: newFailures(o.Clock),
	}
}

// Open reports whether no admin key is set.
func (a *Authenticator) Open() bool { return a.AdminKey == "" }

// Identify returns the caller and whether there is one. A credential that is
// refused is an error; none at all is not, because public routes need none.
func (a *Authenticator) Identify(ctx context.Context, call Call) (space.Identity, bool, error) {
	bearer, hasBearer := bearerToken(call.Authorization)
	var identity space.Identity
	var err error
	switch {
	case hasBearer && !a.Open() && sameAs(bearer, a.admin): // whatever it looks like
		identity, err = a.byAdminKey(ctx, call, bearer)
	case hasBearer && strings.HasPrefix(bearer, keyPrefix):
		identity, err = a.byKey(ctx, call, bearer)
	case hasBearer && a.isRunToken(call, bearer):
		identity, err = a.owner(ctx, call)
		identity.Own = true
	case hasBearer && looksLikeJWT(bearer):
		identity, err = a.bySatellite(ctx, call, bearer)
	case hasBearer && !a.Open():
		identity, err = a.byAdminKey(ctx, call, bearer)
	case call.Session != "" && !a.Open():
		identity, err = a.bySession(ctx, call)
	case a.Open() && call.Peer.IsLoopback() && call.LoopbackHost && !call.Forwarded:
		identity, err = a.owner(ctx, call)
	default:
		return space.Identity{}, false, nil
	}
	return identity, err == nil, err
}

func (a *Authenticator) isRunToken(call Call, bearer string) bool {
	if a.RunToken == "" || !call.Peer.IsLoopback() || call.Forwarded {
		return false
	}
	return sameAs(bearer, a.run)
}

// sameAs compares in a time that tells nothing about either side.
func sameAs(given string, sum [sha256.Size]byte) bool {
	got := sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(got[:], sum[:]) == 1
}

func (a *Authenticator) owner(ctx context.Context, call Call) (space.Identity, error) {
	tenant, err := a.TenantOf(ctx, call)
	return space.Identity{Role: space.RoleOwner, Tenant: tenant, Email: space.NormalEmail(a.OwnerEmail)}, err
}

func (a *Authenticator) byAdminKey(ctx context.Context, call Call, bearer string) (space.Identity, error) {
	if err := a.failures.blocked(call.Address); err != nil {
		return space.Identity{}, err
	}
	if !sameAs(bearer, a.admin) {
		a.failures.note(call.Address)
		return space.Identity{}, space.Errorf(space.KindUnauthenticated, "Invalid admin API key")
	}
	return a.owner(ctx, call)
}

func (a *Authenticator) byKey(ctx context.Context, call Call, bearer string) (space.Identity, error) {
	if err := a.failures.blocked(call.Address); err != nil {
		return space.Identity{}, err
	}
	key, err := a.Keys.KeyByHash(ctx, HashKey(bearer))
	if err != nil && space.KindOf(err) != space.KindNotFound {
		return space.Identity{}, err
	}
	switch {
	case err != nil || key.RevokedAt != nil:
		a.failures.note(call.Address)
		return space.Identity{}, space.Errorf(space.KindUnauthenticated, "Invalid API key")
	case key.ExpiresAt != nil && !a.Clock().Before(*key.ExpiresAt):
		return space.Identity{}, space.Errorf(space.KindUnauthenticated, "API key expired")
	}
	if err := a.mayUseTenant(ctx, key.Tenant); err != nil {
		return space.Identity{}, err
	}
	return space.Identity{
		Role: space.RoleKey, Tenant: key.Tenant, Email: space.NormalEmail(key.Email),
		KeyID: key.ID, Scopes: key.Scopes, Endpoints: key.Endpoints,
	}, a.Keys.TouchKey(ctx, key.Tenant, key.ID)
}

// mayUseTenant checks the tenant that an API key is bound to.
func (a *Authenticator) mayUseTenant(ctx context.Context, id space.TenantID) error {
	if !a.Tenancy {
		if id != space.RootTenant {
			return space.Errorf(space.KindForbidden, "This API key belongs to a tenant, and tenancy is switched off")
		}
		return nil
	}
	tenant, err := a.Tenants.TenantByID(ctx, id)
	if err != nil {
		return err
	}
	return checkActive(tenant)
}

func (a *Authenticator) bySatellite(ctx context.Context, call Call, token string) (space.Identity, error) {
	if a.Tenancy && call.Tenant == "" {
		call.Tenant = a.DefaultTenant
	}
	tenant, err := a.TenantOf(ctx, call)
	if err != nil {
		return space.Identity{}, err
	}
	identity, err := a.Satellites(ctx, tenant, token)
	identity.Tenant = tenant
	return identity, err
}

// PublicTenant returns the tenant that a call is for which needs no
// credential: an API key still names its own.
func (a *Authenticator) PublicTenant(ctx context.Context, call Call) (space.TenantID, error) {
	if bearer, ok := bearerToken(call.Authorization); ok && a.Tenancy && strings.HasPrefix(bearer, keyPrefix) {
		identity, err := a.byKey(ctx, call, bearer)
		return identity.Tenant, err
	}
	return a.TenantOf(ctx, call)
}

// TenantOf returns the tenant that a call without an API key is for.
func (a *Authenticator) TenantOf(ctx context.Context, call Call) (space.TenantID, error) {
	if !a.Tenancy {
		return space.RootTenant, nil
	}
	if call.Tenant == "" {
		return space.TenantID{}, space.Errorf(space.KindInvalid, "X-Tenant-Name header is required")
	}
	tenant, err := a.Tenants.Tenant(ctx, call.Tenant)
	if err != nil {
		return space.TenantID{}, err
	}
	return tenant.ID, checkActive(tenant)
}

func checkActive(t space.Tenant) error {
	if !t.Active {
		return space.Errorf(space.KindForbidden, "Tenant '%s' is not active", t.Name)
	}
	return nil
}

// bearerToken reads an Authorization header; its scheme has no case (RFC 9110).
func bearerToken(header string) (string, bool) {
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}

// looksLikeJWT tells a satellite token from other bearers: three parts, the
// first of which is the base64 of a JSON object (RFC 7519).
func looksLikeJWT(token string) bool {
	return strings.HasPrefix(token, "eyJ") && strings.Count(token, ".") == 2
}
