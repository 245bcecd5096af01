package app

import (
	"bytes"
	"context"
	"sync"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// mostRules bounds how many decoded policies are kept.
const mostRules = 1000

// ruleCache keeps the decoded configurations of policies, which are read for
// every query and changed rarely.
type ruleCache struct {
	mu   sync.Mutex
	kept map[uuid.UUID]keptRule
}

type keptRule struct {
	stored space.Config
	config any
}

// get returns what p's configuration decodes to; policies only read it.
func (c *ruleCache) get(p space.Policy, decode func(string, space.Config) (any, error)) (any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if kept, ok := c.kept[p.ID]; ok && bytes.Equal(kept.stored, p.Configuration) {
		return kept.config, nil
	}
	config, err := decode(p.Type, p.Configuration)
	if err != nil {
		return nil, err
	}
	if c.kept == nil || len(c.kept) >= mostRules {
		c.kept = map[uuid.UUID]keptRule{}
	}
	c.kept[p.ID] = keptRule{p.Configuration, config}
	return config, nil
}

// rules returns an endpoint's enabled policies, decoded.
func (b *builder) rules(ctx context.Context, tenant space.TenantID, endpoint uuid.UUID) ([]space.Rule, error) {
	stored, err := b.db.EnabledPolicies(ctx, tenant, endpoint)
	if err != nil {
		return nil, err
	}
	rules := make([]space.Rule, len(stored))
	for i, p := range stored {
		rules[i].Policy = p
		rules[i].Config, err = b.decoded.get(p, func(name string, stored space.Config) (any, error) {
			_, config, err := b.policies.open(name, stored)
			return config, err
		})
		if err != nil {
			return nil, err
		}
	}
	return rules, nil
}
