package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// keyPrefix begins every API key, so that people and scanners know one.
const keyPrefix = "sk-"

// shownPrefix is how much of a key is kept in clear to tell keys apart.
const shownPrefix = len(keyPrefix) + 6

// HashKey is the form in which an API key is stored. The keys are random with
// 256 bits, so that a plain SHA-256 is enough.
func HashKey(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}

// KeyStore keeps API keys.
type KeyStore interface {
	CreateKey(context.Context, space.TenantID, space.APIKey) error
	Key(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.APIKey, error)
	Keys(context.Context, space.TenantID, space.Page) (space.List[space.APIKey], error)
	UpdateKey(context.Context, space.TenantID, uuid.UUID, space.APIKeyPatch) (space.APIKey, error)
	RevokeKey(ctx context.Context, tenant space.TenantID, id uuid.UUID) error
}

// KeyRing issues API keys.
type KeyRing struct {
	KeyStore
	Clock space.Clock
	IDs   space.IDs
}

// KeyDraft is a key that is to be issued.
type KeyDraft struct {
	Name, Email string
	Scopes      []space.Scope
	Endpoints   []string
	ExpiresAt   *time.Time
}

// Issue makes a key. The key itself is returned here and never again.
func (r KeyRing) Issue(ctx context.Context, tenant space.TenantID, draft KeyDraft) (space.APIKey, space.Secret, error) {
	secret := keyPrefix + randomToken()
	key := space.APIKey{
		ID: r.IDs(), Tenant: tenant, Hash: HashKey(secret), Prefix: secret[:shownPrefix],
		Name: draft.Name, Email: space.NormalEmail(draft.Email), Scopes: draft.Scopes,
		Endpoints: draft.Endpoints, ExpiresAt: draft.ExpiresAt, CreatedAt: r.Clock(),
	}
	if err := r.CreateKey(ctx, tenant, key); err != nil {
		return space.APIKey{}, "", err
	}
	return key, space.Secret(secret), nil
}

// randomToken returns 256 random bits in base64url.
func randomToken() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}

// NewRunToken makes the owner credential of one run of the program.
func NewRunToken() string { return "run-" + randomToken() }
