package policies

import (
	"context"
	"fmt"

	"syft-space/app/space"
)

const typeAccess = "access"

// accessType lets users query, or not, by their addresses.
type accessType struct{}

// accessConfig says who. A denied match always denies.
type accessConfig struct {
	AllowedUsers []string `json:"allowed_users,omitempty" default:"[]" doc:"Patterns of addresses that may query, such as *@example.org; empty allows everybody"`
	DeniedUsers  []string `json:"denied_users,omitempty" default:"[]" doc:"Patterns of addresses that may not query, whatever else allows them"`
}

func (accessType) Info() space.TypeInfo {
	return space.TypeInfo{Name: typeAccess, Description: "Say who may query, by their addresses", Icon: "user-check", Enabled: true}
}

func (accessType) NewConfig() any { return &accessConfig{} }

// Publish shows that there is a rule, and nothing of whom it names.
func (accessType) Publish(any) map[string]any { return map[string]any{} }

const (
	reasonDenied     = "denied_pattern"
	reasonNotAllowed = "no_allowed_pattern"
	textNotAllowed   = "User does not match any allowed pattern"
)

// Admit lets the caller pass where one policy allows and none denies by a
// denied match.
func (accessType) Admit(_ context.Context, call space.PolicyCall, rules []space.Rule) ([]space.PolicyEntry, error) {
	entries := make([]space.PolicyEntry, len(rules))
	var denied string
	allowed := false
	for i, rule := range rules {
		c := rule.Config.(*accessConfig)
		if pattern, ok := matching(c.DeniedUsers, call.Sender); ok {
			reason := fmt.Sprintf("User matches denied pattern '%s'", pattern)
			entries[i] = because(entryFor(rule, kindAccess, statusRejected), reasonDenied, reason)
			if denied == "" {
				denied = reason
			}
			continue
		}
		if len(c.AllowedUsers) == 0 || applies(c.AllowedUsers, call.Sender) {
			allowed = true
			entries[i] = entryFor(rule, kindAccess, statusApplied)
			continue
		}
		entries[i] = because(entryFor(rule, kindAccess, statusRejected), reasonNotAllowed, textNotAllowed)
	}
	switch {
	case denied != "":
		return entries, blocked(typeAccess, "request", denied)
	case !allowed:
		return entries, blocked(typeAccess, "request", textNotAllowed)
	}
	for i := range entries { // another policy allowed
		if entries[i].Status == statusRejected {
			entries[i].Status = statusSkipped
		}
	}
	return entries, nil
}
