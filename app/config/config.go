// Package config loads the program's settings: the embedded config.yaml with
// its defaults, then the owner's file, then the environment, then flags. viper
// lives here and nowhere else.
package config

import (
	"log/slog"
	"time"
)

// Config holds every setting; config.yaml at the project's root explains each.
type Config struct {
	Server     Server
	DataDir    string `mapstructure:"data_dir"`
	Database   string `mapstructure:"-"` // the file of SYFT_SQLITE_DB_PATH, where its folder is DataDir
	Log        Log
	Auth       Auth
	Tenancy    Tenancy
	Limits     Limits
	Browse     Browse
	Query      Query
	Embedder   Embedder
	Ingest     Ingest
	Hub        Hub
	Accounting Accounting
	Privacy    Privacy
	Compat     Compat
}

// Server says where the program listens and how others reach it.
type Server struct {
	Host           string
	Port           int
	PublicURL      string   `mapstructure:"public_url"`
	BasePath       string   `mapstructure:"base_path"`
	AllowedHosts   []string `mapstructure:"allowed_hosts"`
	TrustedProxies []string `mapstructure:"trusted_proxies"`
	CORSOrigins    []string `mapstructure:"cors_origins"`
}

// Log says what is logged, and how.
type Log struct {
	Level  slog.Level
	Format string // text, json, auto
}

// Auth says who the owner is.
type Auth struct {
	AdminKey   Hidden `mapstructure:"admin_key"`
	OwnerEmail string `mapstructure:"owner_email"`
}

// Tenancy switches tenants on.
type Tenancy struct {
	Enabled       bool
	DefaultTenant string `mapstructure:"default_tenant"`
}

// Limits bounds what callers may ask of the API.
type Limits struct {
	APIPerHour   int   `mapstructure:"api_per_hour"`
	APIPerMinute int   `mapstructure:"api_per_minute"`
	UploadBytes  int64 `mapstructure:"upload_bytes"`
}

// Browse says which folders may be picked; Roots is never empty once loaded.
type Browse struct{ Roots []string }

// Query holds the defaults of queries.
type Query struct {
	DefaultMaxTokens     int           `mapstructure:"default_max_tokens"`
	DefaultStopSequences []string      `mapstructure:"default_stop_sequences"`
	ChatTimeout          time.Duration `mapstructure:"chat_timeout"`
}

// Embedder says how texts become vectors where a dataset does not.
type Embedder struct {
	Default string
	Threads int // ≥ 1 once loaded
}

// Ingest bounds the reading of files.
type Ingest struct {
	Workers           int           // ≥ 1 once loaded
	RescanInterval    time.Duration `mapstructure:"rescan_interval"`
	MaxFileBytes      int64         `mapstructure:"max_file_bytes"`
	MaxPages          int           `mapstructure:"max_pages"`
	MaxTextBytes      int64         `mapstructure:"max_text_bytes"`
	MaxArchiveEntries int           `mapstructure:"max_archive_entries"`
	MaxArchiveBytes   int64         `mapstructure:"max_archive_bytes"`
	MaxArchiveRatio   int           `mapstructure:"max_archive_ratio"`
	MaxXMLDepth       int           `mapstructure:"max_xml_depth"`
}

// Hub describes the marketplace that endpoints are published to.
type Hub struct {
	URL               string
	Issuer            string
	IdentityStaleTTL  time.Duration `mapstructure:"identity_stale_ttl"`
	HeartbeatEnabled  bool          `mapstructure:"heartbeat_enabled"`
	HeartbeatInterval time.Duration `mapstructure:"heartbeat_interval"`
}

// Accounting is the account at an accounting service; empty without one.
type Accounting struct {
	URL      string
	Email    string
	Password Hidden
}

// Privacy says what is kept of questions.
type Privacy struct {
	StoreQueryText bool `mapstructure:"store_query_text"`
	Retention      time.Duration
}

// Compat holds concessions to old clients.
type Compat struct {
	RateLimitStatus int `mapstructure:"rate_limit_status"` // 429 or 403
}

// Hidden is a setting that must not be shown; it prints as stars.
type Hidden string

// String returns stars where a value is set.
func (h Hidden) String() string {
	if h == "" {
		return ""
	}
	return "********"
}

// GoString returns stars where a value is set.
func (h Hidden) GoString() string { return h.String() }

// LogValue returns stars where a value is set.
func (h Hidden) LogValue() slog.Value { return slog.StringValue(h.String()) }

// MarshalText returns stars where a value is set.
func (h Hidden) MarshalText() ([]byte, error) { return []byte(h.String()), nil }
