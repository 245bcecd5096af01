package auth

import (
	"context"
	"crypto/subtle"
	"net/http"
	"time"

	"syft-space/app/space"
)

// sessionLife is how long a sign-in of the dashboard lasts.
const sessionLife = 12 * time.Hour

// Sessions keeps the dashboard's sign-ins, found by the hash of their token.
type Sessions interface {
	CreateSession(context.Context, space.Session) error
	Session(ctx context.Context, hash []byte) (space.Session, error)
	DeleteSession(ctx context.Context, hash []byte) error
}

// SignIn trades the admin key for a session. The token goes into a cookie, the
// CSRF token into the page.
func (a *Authenticator) SignIn(ctx context.Context, call Call, adminKey string) (token string, session space.Session, err error) {
	if err := a.failures.blocked(call.Address); err != nil {
		return "", session, err
	}
	if a.Open() {
		return "", session, space.Errorf(space.KindUnauthenticated, "No admin key is set, so there is nothing to sign in with; this computer needs no sign-in")
	}
	if !sameAs(adminKey, a.admin) {
		a.failures.note(call.Address)
		return "", session, space.Errorf(space.KindUnauthenticated, "Invalid admin API key")
	}
	token = randomToken()
	session = space.Session{Hash: HashKey(token), CSRF: randomToken(), ExpiresAt: a.Clock().Add(sessionLife)}
	return token, session, a.Sessions.CreateSession(ctx, session)
}

// SignOut ends a session.
func (a *Authenticator) SignOut(ctx context.Context, token string) error {
	return a.Sessions.DeleteSession(ctx, HashKey(token))
}

func (a *Authenticator) bySession(ctx context.Context, call Call) (space.Identity, error) {
	session, err := a.Sessions.Session(ctx, HashKey(call.Session))
	if err != nil && space.KindOf(err) != space.KindNotFound {
		return space.Identity{}, err
	}
	if err != nil || !a.Clock().Before(session.ExpiresAt) {
		return space.Identity{}, space.Errorf(space.KindUnauthenticated, "The session has ended; sign in again")
	}
	if isWrite(call.Method) && subtle.ConstantTimeCompare([]byte(call.CSRF), []byte(session.CSRF)) != 1 {
		return space.Identity{}, space.Errorf(space.KindForbidden, "The X-CSRF-Token header is missing or wrong; sign in again")
	}
	return a.owner(ctx, call)
}

func isWrite(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}
