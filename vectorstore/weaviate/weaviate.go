// Package weaviate is the type of datasets whose documents an existing
// Weaviate server keeps: they are searched there, and nothing is ingested here.
// It speaks the server's REST and GraphQL interfaces; docs/adr says why not
// through the official client.
package weaviate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"syft-space/app/space"
)

// engine is what answers say searched.
const engine = "weaviate"

// Type is the type of datasets; see vectorstore.Type.
type Type struct {
	http  *http.Client
	clock space.Clock

	mu    sync.Mutex
	known map[string]seen
}

// seen is a collection as it was a moment ago.
type seen struct {
	collection
	at time.Time
}

// New makes the type.
func New(clock space.Clock) *Type {
	return &Type{http: newHTTP(), clock: clock, known: map[string]seen{}}
}

// Info implements vectorstore.Type.
func (*Type) Info() space.TypeInfo {
	return space.TypeInfo{
		Name: "weaviate", Aliases: []string{"remote_weaviate"}, Icon: "database", Enabled: true, External: true,
		Description: "A collection of a Weaviate server, searched where it is",
	}
}

// NewConfig implements vectorstore.Type.
func (*Type) NewConfig() any { return &Config{} }

// Check refuses a server that cannot be reached, a key that it refuses, and a
// collection that is not there: a dataset that nobody can search is no use.
func (t *Type) Check(ctx context.Context, config any) error {
	c := config.(*Config)
	found, err := t.look(ctx, c)
	if err == nil {
		err = checkFilters(found, c)
	}
	var e *space.Error
	if errors.As(err, &e) && len(e.Fields) > 0 {
		field := e.Fields[0].Loc[len(e.Fields[0].Loc)-1]
		out := *e
		out.Kind, out.Detail = space.KindInvalid, fmt.Sprintf("Invalid configuration: %v: %s", field, e.Detail)
		return &out
	}
	return err
}

func checkFilters(c collection, config *Config) error {
	filters, _ := parseFilters(config.Filters)
	for _, f := range filters {
		if _, problem := condition(c, f); problem != "" {
			return refused("filters", "%s: %s", f.Key, problem)
		}
	}
	return nil
}

// Health implements vectorstore.Prober.
func (t *Type) Health(ctx context.Context, config any) (string, error) {
	if _, err := t.look(ctx, config.(*Config)); err != nil {
		return "", err
	}
	return "ready", nil
}

// look asks the server for the collection.
func (t *Type) look(ctx context.Context, c *Config) (collection, error) {
	s, err := client{t.http, c}.schema(ctx)
	if err != nil {
		return collection{}, err
	}
	return s.read(c)
}

const (
	knownFor  = time.Minute
	mostKnown = 256
)

// collection returns the dataset's collection, as it was a moment ago.
func (t *Type) collection(ctx context.Context, c *Config) (collection, error) {
	key := cacheKey(c)
	t.mu.Lock()
	known, ok := t.known[key]
	t.mu.Unlock()
	if now := t.clock(); ok && now.Sub(known.at) < knownFor {
		return known.collection, nil
	}
	found, err := t.look(ctx, c)
	if err != nil {
		return found, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.known) >= mostKnown {
		clear(t.known)
	}
	t.known[key] = seen{found, t.clock()}
	return found, nil
}

// forget makes the next search ask for the collection again.
func (t *Type) forget(c *Config) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.known, cacheKey(c))
}

func cacheKey(c *Config) string {
	return strings.Join(append([]string{c.HTTPURL, c.Collection, c.ContentProperty}, c.MetadataProperties...), "\x00")
}

// Passage returns one object by its id here, which is Weaviate's with "_0".
func (t *Type) Passage(ctx context.Context, config any, id string) (space.Hit, error) {
	c := config.(*Config)
	document, index, err := space.ParsePassageID(id)
	if err != nil || index != 0 {
		return space.Hit{}, space.NotFound("Chunk", id)
	}
	found, err := t.collection(ctx, c)
	if err != nil {
		return space.Hit{}, err
	}
	o, ok, err := client{t.http, c}.object(ctx, document.String())
	if err == nil && !ok {
		err = space.NotFound("Chunk", id)
	}
	if err != nil {
		return space.Hit{}, err
	}
	return found.hit(document.String(), o.Properties), nil
}
