package apptest_test

import (
	"sync/atomic"
	"testing"

	"syft-space/app/apptest"
	"syft-space/app/auth"
	"syft-space/app/catalog"
	"syft-space/app/space"
	"syft-space/storage"
)

// TestLimitsAreForTheVerifiedSender asks with the keys of two people, who name
// others in the body.
func TestLimitsAreForTheVerifiedSender(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	ada, bob := issueKey(t, data, "Ada@Example.org"), issueKey(t, data, "bob@example.org")
	s := &shop{Space: apptest.New(t, apptest.Options{Data: data}), t: t, count: &atomic.Int32{}}
	model := s.model("openai", newProvider(t, speaks("well")))
	lie := func() body { return body{"sender_email": "root@example.org", "user_email": "root@example.org"} }
	single := s.endpoint(model, nil, policy{"rate_limit", body{"limit": "1/h"}})
	global := s.endpoint(model, nil, policy{"rate_limit", body{"limit": "1/h", "scope": "global"}})
	chosen := s.endpoint(model, nil, policy{"rate_limit", body{"limit": "1/h", "applied_to": []string{"ada@*"}}})
	for i, c := range []struct {
		slug, who string
		status    int
	}{
		{single, ada, 200}, {single, ada, 429}, {single, bob, 200}, {single, bob, 429},
		{global, ada, 200}, {global, bob, 429},
		{chosen, ada, 200}, {chosen, ada, 429}, {chosen, bob, 200}, {chosen, bob, 200},
		{s.endpoint(model, nil, policy{"access", body{"allowed_users": []string{"root@*"}}}), ada, 403},
		{s.endpoint(model, nil, policy{"access", body{"allowed_users": []string{"ADA@example.ORG"}}}), ada, 200},
	} {
		if got := s.Send("POST", "/api/v1/endpoints/"+c.slug+"/query", with(lie(), "messages", "x"), c.who); got.Status != c.status {
			t.Errorf("call %d: status %d, want %d: %s", i, got.Status, c.status, got.Body)
		}
	}
}

// issueKey issues an API key in the data folder of a program that does not run,
// and returns the header that shows it.
func issueKey(t *testing.T, data, email string) string {
	t.Helper()
	db, err := storage.Open(t.Context(), storage.Options{Dir: data, Clock: space.SystemClock, IDs: space.NewID, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, key, err := catalog.NewKeys(db, auth.NewKey, space.SystemClock, space.NewID).Issue(t.Context(), space.RootTenant, catalog.KeyDraft{
		Name: email, Email: email, Scopes: []space.Scope{space.ScopeQuery},
	})
	if err != nil {
		t.Fatal(err)
	}
	return "Authorization: Bearer " + key.Reveal()
}

// with adds a key to a body.
func with(b body, key string, value any) body {
	b[key] = value
	return b
}
