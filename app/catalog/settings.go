package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"syft-space/app/space"
)

// SettingStore keeps settings as JSON values by key.
type SettingStore interface {
	Settings(context.Context, space.TenantID) (map[string]json.RawMessage, error)
	SetSetting(ctx context.Context, tenant space.TenantID, key string, value json.RawMessage) error
	SeedSetting(ctx context.Context, tenant space.TenantID, key string, value json.RawMessage) error
}

// Values are the settings that the owner may change while the program runs.
type Values struct {
	PublicURL      string        `json:"public_url"`
	CORSOrigins    []string      `json:"cors_origins"`
	APIPerHour     int           `json:"api_per_hour"`
	APIPerMinute   int           `json:"api_per_minute"`
	StoreQueryText bool          `json:"store_query_text"`
	Retention      time.Duration `json:"retention"`
}

// settingsKey is the one row that holds the values.
const settingsKey = "values"

// Settings are the owner's settings. Reading never touches storage: a change
// replaces what readers see.
type Settings struct {
	store   SettingStore
	values  atomic.Pointer[Values]
	edit    sync.Mutex // one change at a time
	changed chan struct{}
}

// LoadSettings reads the settings. seed, from configuration and environment,
// fills an empty database and never overwrites an edit.
func LoadSettings(ctx context.Context, store SettingStore, seed Values) (*Settings, error) {
	encoded, err := json.Marshal(seed)
	if err != nil {
		return nil, fmt.Errorf("encode the settings: %w", err)
	}
	if err := store.SeedSetting(ctx, space.RootTenant, settingsKey, encoded); err != nil {
		return nil, err
	}
	stored, err := store.Settings(ctx, space.RootTenant)
	if err != nil {
		return nil, err
	}
	values := seed
	if err := json.Unmarshal(stored[settingsKey], &values); err != nil {
		return nil, fmt.Errorf("decode the settings: %w", err)
	}
	s := &Settings{store: store, changed: make(chan struct{}, 1)}
	s.values.Store(&values)
	return s, nil
}

// Values returns the settings as they are now.
func (s *Settings) Values() Values { return *s.values.Load() }

// PublicURL returns how others reach this Space, "" while that is not known.
func (s *Settings) PublicURL() string { return s.values.Load().PublicURL }

// CORSOrigins returns the web origins that may use the API.
func (s *Settings) CORSOrigins() []string { return s.values.Load().CORSOrigins }

// Changed receives after a change, for the one who acts on settings and does
// not read them at every use.
func (s *Settings) Changed() <-chan struct{} { return s.changed }

// Overrides names the settings whose stored value counts in place of what the
// configuration says now.
func (s *Settings) Overrides(configured Values) []string {
	var names []string
	stored, other := reflect.ValueOf(s.Values()), reflect.ValueOf(configured)
	for i := range stored.NumField() {
		if a, b := stored.Field(i), other.Field(i); !reflect.DeepEqual(a.Interface(), b.Interface()) && (a.Kind() != reflect.Slice || a.Len()+b.Len() > 0) {
			names = append(names, stored.Type().Field(i).Tag.Get("json"))
		}
	}
	return names
}

// Change stores what edit makes of the settings; it is effective at once.
func (s *Settings) Change(ctx context.Context, edit func(*Values)) (Values, error) {
	s.edit.Lock()
	defer s.edit.Unlock()
	values := s.Values()
	edit(&values)
	encoded, err := json.Marshal(values)
	if err != nil {
		return values, fmt.Errorf("encode the settings: %w", err)
	}
	if err := s.store.SetSetting(ctx, space.RootTenant, settingsKey, encoded); err != nil {
		return s.Values(), err
	}
	s.values.Store(&values)
	select {
	case s.changed <- struct{}{}:
	default: // the reader has not seen the one before yet
	}
	return values, nil
}
