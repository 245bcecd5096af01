package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
)

type signedIn struct {
	SetCookie http.Cookie `header:"Set-Cookie" doc:"The dashboard's sign-in" example:"syft_session=4f1c; Path=/; HttpOnly; SameSite=Strict"`
	Body      struct {
		CSRFToken string    `json:"csrf_token" doc:"Send it as X-CSRF-Token with every write" example:"b1c2d3"`
		ExpiresAt time.Time `json:"expires_at" doc:"When the sign-in ends"`
	}
}

type signedOut struct {
	SetCookie http.Cookie `header:"Set-Cookie" doc:"The dashboard's sign-in" example:"syft_session=4f1c; Path=/; HttpOnly; SameSite=Strict"`
	Body      message
}

func (s *server) sessionRoutes() {
	const tag, path = "System", Prefix + "/auth/session"
	register(s, operation{
		method: http.MethodPost, path: path, id: "sign-in", tag: tag, who: public, noTenant: true,
		summary: "Sign in to the dashboard", errors: []int{401, 429},
		description: "Trades the admin key for a cookie; five wrong keys in a minute are answered 429.",
	}, func(ctx context.Context, in *struct {
		RequestParts
		Body struct {
			AdminKey string `json:"admin_key" minLength:"1" maxLength:"1024" doc:"The owner's key" example:"correct-horse-battery-staple"`
		}
	}) (*signedIn, error) {
		token, session, err := s.Auth.SignIn(ctx, s.callOf(in.gin), in.Body.AdminKey)
		if err != nil {
			return nil, err
		}
		out := &signedIn{SetCookie: s.cookie(in.RequestParts, token, session.ExpiresAt)}
		out.Body.CSRFToken, out.Body.ExpiresAt = session.CSRF, session.ExpiresAt
		return out, nil
	})
	register(s, operation{
		method: http.MethodDelete, path: path, id: "sign-out", tag: tag, who: public, noTenant: true, summary: "Sign out of the dashboard",
		description: "Ends the session of the cookie, if there is one.",
	}, func(ctx context.Context, in *struct{ RequestParts }) (*signedOut, error) {
		if token := s.callOf(in.gin).Session; token != "" {
			if err := s.Auth.SignOut(ctx, token); err != nil {
				return nil, err
			}
		}
		return &signedOut{SetCookie: s.cookie(in.RequestParts, "", time.Unix(1, 0)), Body: message{"Signed out"}}, nil
	})
}

// RequestParts gives a handler the request itself.
type RequestParts struct{ gin *gin.Context }

// Resolve implements huma.Resolver.
func (r *RequestParts) Resolve(ctx huma.Context) []error {
	r.gin = humagin.Unwrap(ctx)
	return nil
}

func (s *server) cookie(in RequestParts, token string, until time.Time) http.Cookie {
	return http.Cookie{
		Name: sessionCookie, Value: token, Path: s.Options.BasePath + "/", Expires: until,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: in.gin.Request.TLS != nil || in.gin.GetHeader("X-Forwarded-Proto") == "https",
	}
}
