package api

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"syft-space/app/auth"
	"syft-space/app/space"
)

// sessionCookie carries the dashboard's sign-in.
const sessionCookie = "syft_session"

// identify applies an operation's access rule to a request.
func (s *server) identify(c *gin.Context, o operation) (space.Identity, error) {
	call := s.callOf(c)
	if o.who == public {
		if o.noTenant {
			return space.Identity{}, nil
		}
		tenant, err := s.Auth.PublicTenant(c.Request.Context(), call)
		return space.Identity{Tenant: tenant}, err
	}
	if o.noTenant && s.Options.Tenancy {
		call.Tenant = space.RootTenantName
	}
	identity, known, err := s.Auth.Identify(c.Request.Context(), call)
	if err != nil {
		return identity, err
	}
	switch {
	case !known && o.who == sender:
		return identity, space.Errorf(space.KindUnauthenticated, "Bearer token required")
	case !known:
		return identity, space.Errorf(space.KindUnauthenticated, "Admin API key required")
	case o.who == sender:
		return identity, nil
	case o.method == http.MethodGet && !identity.MayRead(), o.method != http.MethodGet && !identity.MayManage():
		return identity, space.Errorf(space.KindForbidden, "Admin API key required")
	case o.tenants && !s.Options.Tenancy:
		return identity, space.Errorf(space.KindForbidden, "Tenancy is switched off; set tenancy.enabled and start again")
	case o.noTenant && identity.Tenant != space.RootTenant:
		return identity, space.Errorf(space.KindForbidden, "An API key of a tenant may not manage the whole Space")
	}
	return identity, nil
}

// callOf reads what a request shows of its caller.
func (s *server) callOf(c *gin.Context) auth.Call {
	r := c.Request
	cookie, _ := c.Cookie(sessionCookie)
	return auth.Call{
		Authorization: r.Header.Get("Authorization"),
		Session:       cookie,
		CSRF:          r.Header.Get("X-CSRF-Token"),
		Method:        r.Method,
		Peer:          peer(r),
		Address:       s.guard.address(r),
		LoopbackHost:  isLoopbackHost(hostname(r.Host)),
		Forwarded:     isForwarded(r),
		Tenant:        r.Header.Get("X-Tenant-Name"),
	}
}

// peer is the address at the connection's far end.
func peer(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

// isForwarded reports whether a proxy stands before the program.
func isForwarded(r *http.Request) bool {
	for name := range r.Header {
		if name == "Forwarded" || strings.HasPrefix(name, "X-Forwarded-") {
			return true
		}
	}
	return false
}

// hostname is a Host header without its port and brackets, in lower case.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

func isLoopbackHost(name string) bool {
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.IsLoopback()
}

// address is the caller's address: the peer's, or the last hop that a trusted
// proxy reports.
func (g *guard) address(r *http.Request) netip.Addr {
	at := peer(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !g.trusts(at) {
			break
		}
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		at = next.Unmap()
	}
	return at
}
