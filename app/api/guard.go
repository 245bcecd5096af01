package api

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"syft-space/app/catalog"
	"syft-space/app/space"
)

// devOrigin is upstream's development frontend, which the contract allows.
const devOrigin = "http://localhost:5173"

// guard knows which hosts, origins and proxies belong to this Space.
type guard struct {
	options  Options
	settings *catalog.Settings
	proxies  []netip.Prefix
}

func newGuard(o Options, settings *catalog.Settings) *guard {
	g := &guard{options: o, settings: settings}
	for _, p := range o.TrustedProxies {
		if prefix, err := netip.ParsePrefix(p); err == nil {
			g.proxies = append(g.proxies, prefix)
		} else if addr, err := netip.ParseAddr(p); err == nil {
			g.proxies = append(g.proxies, netip.PrefixFrom(addr, addr.BitLen()))
		}
	}
	return g
}

func (g *guard) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(g.proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// knowsHost is the guard against DNS rebinding: a page of another site that
// points its own name at this computer still sends its own name.
func (g *guard) knowsHost(name string) bool {
	bound := hostname(g.options.Host)
	_, literal := netip.ParseAddr(name)
	wildcard := bound == "" || bound == "0.0.0.0" || bound == "::"
	public := ""
	if u, err := url.Parse(g.settings.PublicURL()); err == nil {
		public = strings.ToLower(u.Hostname())
	}
	return isLoopbackHost(name) || name == bound || (wildcard && literal == nil) ||
		(public != "" && name == public) || slices.ContainsFunc(g.options.AllowedHosts, func(h string) bool { return hostname(h) == name })
}

// allowsOrigin reports whether the origin may use the API across origins.
func (g *guard) allowsOrigin(origin string) bool {
	return origin == devOrigin || slices.ContainsFunc(g.settings.CORSOrigins(), func(listed string) bool {
		return canonicalOrigin(listed) == origin // the configuration's are as somebody wrote them
	})
}

// canonicalOrigin writes an origin as browsers do: in lower case, without its
// scheme's own port (RFC 6454, section 6.2). "" is what is no origin of the web.
func canonicalOrigin(origin string) string {
	u, err := url.Parse(strings.ToLower(strings.TrimSuffix(strings.TrimSpace(origin), "/")))
	if err != nil || u.Hostname() == "" || u.User != nil || u.Path+u.RawQuery+u.Fragment != "" {
		return ""
	}
	switch u.Scheme {
	case "http":
		return "http://" + strings.TrimSuffix(u.Host, ":80")
	case "https":
		return "https://" + strings.TrimSuffix(u.Host, ":443")
	}
	return ""
}

// sameOrigin reports whether the origin is this server as the request saw it,
// or as the owner says others see it.
func (g *guard) sameOrigin(r *http.Request, origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	if public, err := url.Parse(g.settings.PublicURL()); err == nil && public.Host != "" && canonicalOrigin(public.Scheme+"://"+public.Host) == origin {
		return true
	}
	return strings.EqualFold(u.Host, r.Host)
}

// cors is the outermost of the checks, so that refusals carry its headers and
// a preflight needs no credential.
func (s *server) cors(c *gin.Context) {
	origin := c.GetHeader("Origin")
	if origin == "" {
		return
	}
	h := c.Writer.Header()
	h.Add("Vary", "Origin")
	if !s.guard.allowsOrigin(origin) {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Content-Type, Authorization")
	h.Set("Access-Control-Allow-Credentials", "true")
	if c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != "" {
		c.AbortWithStatus(http.StatusNoContent)
	}
}

func (s *server) checkHost(c *gin.Context) {
	if name := hostname(c.Request.Host); !s.guard.knowsHost(name) {
		s.abort(c, space.Errorf(space.KindForbidden,
			"This Space does not answer to the host name %q; the owner can add it to server.allowed_hosts", name))
	}
}

// checkOrigin refuses writes that a page of another site sends.
func (s *server) checkOrigin(c *gin.Context) {
	origin := c.GetHeader("Origin")
	switch c.Request.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return
	}
	if origin != "" && !s.guard.sameOrigin(c.Request, origin) && !s.guard.allowsOrigin(origin) {
		s.abort(c, space.Errorf(space.KindForbidden,
			"Requests from the web origin %s are not allowed; the owner can add it to server.cors_origins", origin))
	}
}
