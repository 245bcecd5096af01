package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// complete fills in what depends on the machine.
func (c *Config) complete() error {
	if c.Embedder.Threads == 0 {
		c.Embedder.Threads = runtime.GOMAXPROCS(0)
	}
	if c.Ingest.Workers == 0 {
		c.Ingest.Workers = max(1, runtime.GOMAXPROCS(0)-1)
	}
	if len(c.Browse.Roots) == 0 {
		home, err := os.UserHomeDir()
		if err != nil {
			return fmt.Errorf("browse.roots is empty and the home folder is not known: set HOME or browse.roots")
		}
		c.Browse.Roots = []string{home}
	}
	for i, root := range c.Browse.Roots {
		abs, err := filepath.Abs(expandHome(root))
		if err != nil {
			return fmt.Errorf("browse.roots: %w", err)
		}
		c.Browse.Roots[i] = abs
	}
	c.Server.BasePath = strings.TrimRight(c.Server.BasePath, "/")
	c.Server.PublicURL = strings.TrimRight(c.Server.PublicURL, "/")
	return nil
}

// Validate reports the first setting that cannot work, in one sentence.
func (c Config) Validate() error {
	s := c.Server
	switch {
	case s.Port < 0 || s.Port > 65535:
		return fmt.Errorf("server.port is %d; it must be 0..65535", s.Port)
	case s.BasePath != "" && !strings.HasPrefix(s.BasePath, "/"):
		return fmt.Errorf("server.base_path is %q; it must begin with '/'", s.BasePath)
	case c.Auth.AdminKey == "" && !Loopback(s.Host):
		return fmt.Errorf("server.host is %s, which others can reach, and no admin key is set: "+
			"set one with SYFT_ADMIN_API_KEY or auth.admin_key, or listen on 127.0.0.1", s.Host)
	case c.Log.Format != "auto" && c.Log.Format != "text" && c.Log.Format != "json":
		return fmt.Errorf("log.format is %q; it must be auto, text or json", c.Log.Format)
	case c.Compat.RateLimitStatus != 429 && c.Compat.RateLimitStatus != 403:
		return fmt.Errorf("compat.rate_limit_status is %d; it must be 429 or 403", c.Compat.RateLimitStatus)
	case !c.Accounting.whole():
		return fmt.Errorf("of accounting.url, accounting.email and accounting.password only some are set; payments need all three, or none")
	case c.Embedder.Default != "builtin":
		return fmt.Errorf("embedder.default is %q; only builtin can be a default, because others need a server: set them per dataset", c.Embedder.Default)
	}
	if s.PublicURL != "" {
		if u, err := url.Parse(s.PublicURL); err != nil || u.Host == "" || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") {
			return fmt.Errorf("server.public_url is %q; it must look like https://space.example.org", s.PublicURL)
		}
	}
	for _, p := range s.TrustedProxies {
		if _, err := netip.ParsePrefix(p); err != nil {
			if _, err := netip.ParseAddr(p); err != nil {
				return fmt.Errorf("server.trusted_proxies has %q; it takes addresses and networks such as 10.0.0.0/8", p)
			}
		}
	}
	return c.validateNumbers()
}

// whole reports whether all or nothing is set.
func (a Accounting) whole() bool {
	return (a.URL == "") == (a.Email == "") && (a.URL == "") == (a.Password == "")
}

func (c Config) validateNumbers() error {
	for _, n := range []struct {
		key   string
		value int64
		least int64
	}{
		{"limits.api_per_hour", int64(c.Limits.APIPerHour), 0},
		{"limits.api_per_minute", int64(c.Limits.APIPerMinute), 0},
		{"limits.upload_bytes", c.Limits.UploadBytes, 1},
		{"query.default_max_tokens", int64(c.Query.DefaultMaxTokens), 1},
		{"query.chat_timeout", int64(c.Query.ChatTimeout), 1},
		{"embedder.threads", int64(c.Embedder.Threads), 1},
		{"ingest.workers", int64(c.Ingest.Workers), 1},
		{"ingest.rescan_interval", int64(c.Ingest.RescanInterval), 1},
		{"ingest.max_file_bytes", c.Ingest.MaxFileBytes, 1},
		{"ingest.max_pages", int64(c.Ingest.MaxPages), 1},
		{"ingest.max_text_bytes", c.Ingest.MaxTextBytes, 1},
		{"ingest.max_archive_entries", int64(c.Ingest.MaxArchiveEntries), 1},
		{"ingest.max_archive_bytes", c.Ingest.MaxArchiveBytes, 1},
		{"ingest.max_archive_ratio", int64(c.Ingest.MaxArchiveRatio), 1},
		{"ingest.max_xml_depth", int64(c.Ingest.MaxXMLDepth), 1},
		{"hub.heartbeat_interval", int64(c.Hub.HeartbeatInterval), 1},
		{"privacy.retention", int64(c.Privacy.Retention), 0},
	} {
		if n.value < n.least {
			return fmt.Errorf("%s is %d; it must be at least %d", n.key, n.value, n.least)
		}
	}
	return nil
}

// Loopback reports whether host can only be reached from this computer.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}
