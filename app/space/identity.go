package space

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Role says what sort of caller an Identity is.
type Role string

// The roles.
const (
	RoleOwner     Role = "owner"     // admin key, session, run token, or open mode
	RoleKey       Role = "key"       // an API key, within its scopes
	RoleSatellite Role = "satellite" // a person whom a marketplace vouches for
	RoleGuest     Role = "guest"     // a marketplace's anonymous caller
)

// Scope is one right of an API key.
type Scope string

// The scopes.
const (
	ScopeQuery Scope = "query" // query endpoints, all or the named ones
	ScopeRead  Scope = "read"  // read everything the owner can read
	ScopeAdmin Scope = "admin" // everything
)

// Identity is a caller whose credential was accepted.
type Identity struct {
	Role      Role
	Tenant    TenantID
	Email     string // lower-case; the sender that policies see
	KeyID     uuid.UUID
	Scopes    []Scope
	Endpoints []string // slugs that a key may query; empty means all
	Own       bool     // a command of this program, by the token of its run
}

// MayManage reports whether the caller may change things.
func (i Identity) MayManage() bool {
	return i.Role == RoleOwner || slices.Contains(i.Scopes, ScopeAdmin)
}

// MayRead reports whether the caller may read what the owner can read.
func (i Identity) MayRead() bool {
	return i.MayManage() || slices.Contains(i.Scopes, ScopeRead)
}

// MayQuery reports whether the caller may query the endpoint named slug.
// Policies come on top of it.
func (i Identity) MayQuery(slug string) bool {
	if i.Role != RoleKey || slices.Contains(i.Scopes, ScopeAdmin) {
		return true
	}
	return slices.Contains(i.Scopes, ScopeQuery) &&
		(len(i.Endpoints) == 0 || slices.Contains(i.Endpoints, slug))
}

// NormalEmail is the form in which addresses are stored and compared.
func NormalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// Session is one sign-in of the dashboard. Hash is the SHA-256 of the token in
// its cookie.
type Session struct {
	Hash      []byte
	CSRF      string
	ExpiresAt time.Time
}
