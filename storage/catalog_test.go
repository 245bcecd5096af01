package storage

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"syft-space/app/space"
)

func ptr[T any](v T) *T { return &v }

func TestDatasetIsFoundByNameAndByID(t *testing.T) {
	t.Parallel()
	db := open(t)
	want := addDataset(t, db, root, "notes")
	for _, ref := range []string{"notes", want.ID.String()} {
		if diff := cmp.Diff(want, must[space.Dataset](t)(db.Dataset(t.Context(), root, ref))); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff(want, must[space.Dataset](t)(db.DatasetByID(t.Context(), root, want.ID))); diff != "" {
		t.Error(diff)
	}
	_, err := db.Dataset(t.Context(), root, "Notes")
	wantKind(t, err, space.KindNotFound, "Dataset 'Notes' not found")
}

func TestNamesAreUniqueWithinATenant(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	first := addDataset(t, db, root, "notes")
	second := addDataset(t, db, root, "other")
	addDataset(t, db, otherTenant(t, db), "notes")
	wantKind(t, db.CreateDataset(ctx, root, space.Dataset{ID: uuid.New(), Name: "notes"}), space.KindConflict, "Dataset 'notes' already exists")
	_, err := db.UpdateDataset(ctx, root, second.ID, space.DatasetPatch{Name: ptr("notes")})
	wantKind(t, err, space.KindConflict, "Dataset 'notes' already exists")
	_, err = db.UpdateDataset(ctx, root, first.ID, space.DatasetPatch{Name: ptr("notes")})
	check(t, err) // its own name

	m := space.Model{ID: uuid.New(), Name: "llama"}
	check(t, db.CreateModel(ctx, root, m))
	wantKind(t, db.CreateModel(ctx, root, space.Model{ID: uuid.New(), Name: "llama"}), space.KindConflict, "Model 'llama' already exists")
	check(t, db.CreateEndpoint(ctx, root, space.Endpoint{ID: uuid.New(), Slug: "ask", ModelID: &m.ID}))
	wantKind(t, db.CreateEndpoint(ctx, root, space.Endpoint{ID: uuid.New(), Slug: "ask", ModelID: &m.ID}), space.KindConflict, "Endpoint slug 'ask' already exists")
	check(t, db.CreateTenant(ctx, space.Tenant{ID: space.TenantID{UUID: uuid.New()}, Name: "team"}))
	wantKind(t, db.CreateTenant(ctx, space.Tenant{ID: space.TenantID{UUID: uuid.New()}, Name: "team"}), space.KindConflict, "Tenant 'team' already exists")
}

func TestPatchChangesWhatItNamesAndNothingElse(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	got := must[space.Dataset](t)(db.UpdateDataset(ctx, root, d.ID, space.DatasetPatch{Summary: ptr("about"), Configuration: json.RawMessage(`{"a":1}`)}))
	want := d
	want.Summary, want.Configuration, want.UpdatedAt = "about", json.RawMessage(`{"a":1}`), got.UpdatedAt
	if diff := cmp.Diff(want, got); diff != "" || !got.UpdatedAt.After(d.UpdatedAt) {
		t.Error(diff)
	}
	check(t, db.SetDatasetStopped(ctx, root, d.ID, true))
	if !must[space.Dataset](t)(db.Dataset(ctx, root, "notes")).Stopped {
		t.Error("not stopped")
	}

	e := space.Endpoint{ID: uuid.New(), Tenant: root, Name: "Ask", Slug: "ask", DatasetID: &d.ID, ResponseType: space.ResponseRaw, Published: true,
		SystemPrompt: ptr("be kind"), PublishedTo: []uuid.UUID{}, CreatedAt: db.clock(), UpdatedAt: db.clock()}
	check(t, db.CreateEndpoint(ctx, root, e))
	if diff := cmp.Diff(e, must[space.Endpoint](t)(db.Endpoint(ctx, root, "ask"))); diff != "" {
		t.Error(diff)
	}
	changed := must[space.Endpoint](t)(db.UpdateEndpoint(ctx, root, "ask", space.EndpointPatch{SystemPrompt: ptr(""), Published: ptr(false), Tags: ptr("x")}))
	if changed.SystemPrompt != nil || changed.Published || changed.Tags != "x" || changed.Name != "Ask" {
		t.Errorf("endpoint is %+v", changed)
	}
	hub := uuid.New()
	check(t, db.SetPublishedTo(ctx, root, e.ID, []uuid.UUID{hub}))
	if got := must[space.Endpoint](t)(db.EndpointByID(ctx, root, e.ID)); len(got.PublishedTo) != 1 || got.PublishedTo[0] != hub || got.SystemPrompt != nil {
		t.Errorf("endpoint is %+v", got)
	}
}

func TestThingsInUseAreNotDeleted(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	m := space.Model{ID: uuid.New(), Name: "llama"}
	check(t, db.CreateModel(ctx, root, m))
	for _, slug := range []string{"ask-b", "ask-a"} {
		check(t, db.CreateEndpoint(ctx, root, space.Endpoint{ID: uuid.New(), Slug: slug, DatasetID: &d.ID, ModelID: &m.ID, CreatedAt: db.clock()}))
	}
	wantKind(t, db.DeleteDataset(ctx, root, d.ID), space.KindConflict, "Dataset 'notes' is used by endpoints: ask-b, ask-a")
	wantKind(t, db.DeleteModel(ctx, root, m.ID), space.KindConflict, "Model 'llama' is used by endpoints: ask-b, ask-a")
	refs := must[[]space.EndpointRef](t)(db.EndpointsOf(ctx, root, space.EndpointFilter{DatasetID: &d.ID}))
	if len(refs) != 2 || refs[0].Slug != "ask-b" {
		t.Errorf("refs are %v", refs)
	}
	check(t, db.DeleteEndpoint(ctx, root, "ask-a"))
	check(t, db.DeleteEndpoint(ctx, root, "ask-b"))
	check(t, db.DeleteDataset(ctx, root, d.ID))
	check(t, db.DeleteModel(ctx, root, m.ID))
	wantKind(t, db.DeleteModel(ctx, root, m.ID), space.KindNotFound, "Model '"+m.ID.String()+"' not found")
	wantKind(t, db.DeleteDataset(ctx, root, d.ID), space.KindNotFound, "Dataset '"+d.ID.String()+"' not found")
	wantKind(t, db.DeleteEndpoint(ctx, root, "ask-a"), space.KindNotFound, "Endpoint 'ask-a' not found")
	wantKind(t, db.CreateEndpoint(ctx, root, space.Endpoint{ID: uuid.New(), Slug: "x", DatasetID: &d.ID}), space.KindNotFound, "Dataset '"+d.ID.String()+"' not found")
	wantKind(t, db.CreateEndpoint(ctx, root, space.Endpoint{ID: uuid.New(), Slug: "x", ModelID: &m.ID}), space.KindNotFound, "Model '"+m.ID.String()+"' not found")
}

func TestPoliciesGoWithTheirEndpoint(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	e := addEndpoint(t, db, root, "ask")
	var policies []space.Policy
	for i := range 3 {
		p := space.Policy{ID: uuid.New(), Tenant: root, EndpointID: e.ID, Name: fmt.Sprint("p", i), Type: "access", Configuration: json.RawMessage(`{}`),
			Enabled: i != 1, CreatedAt: db.clock(), UpdatedAt: db.clock()}
		check(t, db.CreatePolicy(ctx, root, p))
		policies = append(policies, p)
	}
	if diff := cmp.Diff(policies, must[space.List[space.Policy]](t)(db.Policies(ctx, root, &e.ID, space.AllRows)).Items); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]space.Policy{policies[0], policies[2]}, must[[]space.Policy](t)(db.EnabledPolicies(ctx, root, e.ID))); diff != "" {
		t.Error(diff)
	}
	if n := must[map[uuid.UUID]int](t)(db.PolicyCounts(ctx, root, e.ID, uuid.New())); len(n) != 1 || n[e.ID] != 3 {
		t.Errorf("counts are %v", n)
	}
	got := must[space.Policy](t)(db.UpdatePolicy(ctx, root, policies[1].ID, space.PolicyPatch{Enabled: ptr(true)}))
	if !got.Enabled || got.Name != "p1" {
		t.Errorf("policy is %+v", got)
	}
	check(t, db.SaveRates(ctx, []space.RateCount{{PolicyID: policies[0].ID, Key: "a@b.c", Count: 2, Expires: db.clock().Add(time.Hour)}}))
	check(t, db.DeletePolicy(ctx, root, policies[1].ID))
	wantKind(t, db.DeletePolicy(ctx, root, policies[1].ID), space.KindNotFound, "Policy '"+policies[1].ID.String()+"' not found")
	check(t, db.DeleteEndpoint(ctx, root, "ask"))
	if list := must[space.List[space.Policy]](t)(db.Policies(ctx, root, nil, space.AllRows)); list.Total != 0 {
		t.Errorf("%d policies are left", list.Total)
	}
	if rates := must[[]space.RateCount](t)(db.LoadRates(ctx)); len(rates) != 0 {
		t.Errorf("counters are left: %v", rates)
	}
	err := db.CreatePolicy(ctx, root, space.Policy{ID: uuid.New(), EndpointID: e.ID})
	wantKind(t, err, space.KindNotFound, "Endpoint '"+e.ID.String()+"' not found")
}

func addEndpoint(t testing.TB, db *DB, tenant space.TenantID, slug string) space.Endpoint {
	t.Helper()
	e := space.Endpoint{ID: uuid.New(), Tenant: tenant, Slug: slug, Name: slug, CreatedAt: db.clock()}
	check(t, db.CreateEndpoint(t.Context(), tenant, e))
	return e
}

func TestPagesFollowAgeAndCountTheWhole(t *testing.T) {
	t.Parallel()
	db := open(t)
	at := db.clock()
	var ids []string
	for i := range 5 {
		// The same instant for all: the id decides.
		id := uuid.UUID{15: byte(9 - i)}
		check(t, db.CreateDataset(t.Context(), root, space.Dataset{ID: id, Name: fmt.Sprint(i), CreatedAt: at}))
		ids = append([]string{id.String()}, ids...)
	}
	for _, tt := range []struct {
		page space.Page
		want []string
	}{
		{space.Page{Limit: 2}, ids[:2]},
		{space.Page{Skip: 3, Limit: 10}, ids[3:]},
		{space.Page{Skip: 9, Limit: 10}, []string{}},
	} {
		list := must[space.List[space.Dataset]](t)(db.Datasets(t.Context(), root, tt.page))
		got := []string{}
		for _, d := range list.Items {
			got = append(got, d.ID.String())
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || list.Total != 5 || list.Items == nil {
			t.Errorf("page %+v: total %d, %s", tt.page, list.Total, diff)
		}
	}
}

func TestRevokedKeyIsGone(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	k := space.APIKey{ID: uuid.New(), Tenant: root, Hash: []byte("hash"), Prefix: "sk-abc", Name: "ci", Email: "a@b.c",
		Scopes: []space.Scope{space.ScopeQuery}, Endpoints: []string{"ask"}, ExpiresAt: ptr(db.clock().Add(time.Hour)), CreatedAt: db.clock()}
	check(t, db.CreateKey(ctx, root, k))
	if diff := cmp.Diff(k, must[space.APIKey](t)(db.KeyByHash(ctx, []byte("hash")))); diff != "" {
		t.Error(diff)
	}
	got := must[space.APIKey](t)(db.UpdateKey(ctx, root, k.ID, space.APIKeyPatch{Scopes: []space.Scope{space.ScopeRead}, Endpoints: &[]string{}}))
	if got.Name != "ci" || got.Scopes[0] != space.ScopeRead || len(got.Endpoints) != 0 || got.ExpiresAt == nil {
		t.Errorf("key is %+v", got)
	}
	later := db.clock().Add(2 * time.Hour)
	if got = must[space.APIKey](t)(db.UpdateKey(ctx, root, k.ID, space.APIKeyPatch{ExpiresAt: &later})); got.ExpiresAt == nil || !got.ExpiresAt.Equal(later) {
		t.Errorf("it ends at %v", got.ExpiresAt)
	}
	if got = must[space.APIKey](t)(db.UpdateKey(ctx, root, k.ID, space.APIKeyPatch{ExpiresAt: &time.Time{}})); got.ExpiresAt != nil {
		t.Errorf("it still ends at %v", got.ExpiresAt)
	}
	check(t, db.RevokeKey(ctx, root, k.ID))
	_, err := db.KeyByHash(ctx, []byte("hash"))
	wantKind(t, err, space.KindNotFound, "")
	wantKind(t, db.RevokeKey(ctx, root, k.ID), space.KindNotFound, "")
	_, err = db.Key(ctx, root, k.ID)
	wantKind(t, err, space.KindNotFound, "API key '"+k.ID.String()+"' not found")
	if list := must[space.List[space.APIKey]](t)(db.Keys(ctx, root, space.AllRows)); list.Total != 0 {
		t.Errorf("%d keys are listed", list.Total)
	}
}

func TestUseOfAKeyIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	clock := newClock()
	db := openAt(t, t.TempDir(), clock)
	ctx := t.Context()
	k := space.APIKey{ID: uuid.New(), Hash: []byte("hash")}
	check(t, db.CreateKey(ctx, root, k))
	used := func() time.Time {
		t.Helper()
		for range 1000 {
			if got := must[space.APIKey](t)(db.Key(ctx, root, k.ID)); got.LastUsedAt != nil {
				return *got.LastUsedAt
			}
			time.Sleep(time.Millisecond)
		}
		t.Fatal("its use was not noted")
		return time.Time{}
	}
	check(t, db.TouchKey(ctx, root, k.ID))
	first := used()
	clock.Add(30 * time.Second)
	check(t, db.TouchKey(ctx, root, k.ID))
	clock.Add(40 * time.Second)
	if db.keys.due(k.ID, clock.Now()) == false {
		t.Error("it is not due after a minute")
	}
	if !used().Equal(first) {
		t.Error("it was noted twice within a minute")
	}
}

func TestSettingsAreSeededOnce(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	_, err := db.Setting(ctx, root, "url")
	wantKind(t, err, space.KindNotFound, "Setting 'url' not found")
	check(t, db.SeedSetting(ctx, root, "url", json.RawMessage(`"a"`)))
	check(t, db.SeedSetting(ctx, root, "url", json.RawMessage(`"b"`)))
	if got := must[rawJSON](t)(db.Setting(ctx, root, "url")); string(got) != `"a"` {
		t.Errorf("setting is %s", got)
	}
	check(t, db.SetSetting(ctx, root, "url", json.RawMessage(`"c"`)))
	if diff := cmp.Diff(map[string]rawJSON{"url": rawJSON(`"c"`)}, must[map[string]rawJSON](t)(db.Settings(ctx, root))); diff != "" {
		t.Error(diff)
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	clock := newClock()
	db := openAt(t, t.TempDir(), clock)
	ctx := t.Context()
	s := space.Session{Hash: []byte("token"), CSRF: "csrf", ExpiresAt: clock.Now().Add(time.Hour)}
	check(t, db.CreateSession(ctx, s))
	if diff := cmp.Diff(s, must[space.Session](t)(db.Session(ctx, s.Hash))); diff != "" {
		t.Error(diff)
	}
	clock.Add(2 * time.Hour)
	if n := must[int](t)(db.ExpireSessions(ctx)); n != 1 {
		t.Errorf("%d ended", n)
	}
	_, err := db.Session(ctx, s.Hash)
	wantKind(t, err, space.KindNotFound, "")
	s.ExpiresAt = clock.Now().Add(time.Hour)
	check(t, db.CreateSession(ctx, s))
	check(t, db.DeleteSession(ctx, s.Hash))
	check(t, db.DeleteSession(ctx, s.Hash))
}

func TestTenantsAreFoundByNameAndListed(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	want := space.Tenant{ID: space.TenantID{UUID: uuid.New()}, Name: "team", DisplayName: "Team", Domain: "x.org", Metadata: map[string]any{"a": "b"},
		Active: true, CreatedAt: db.clock(), UpdatedAt: db.clock()}
	check(t, db.CreateTenant(ctx, want))
	if diff := cmp.Diff(want, must[space.Tenant](t)(db.Tenant(ctx, "team"))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, must[space.Tenant](t)(db.TenantByID(ctx, want.ID))); diff != "" {
		t.Error(diff)
	}
	if list := must[space.List[space.Tenant]](t)(db.Tenants(ctx, space.AllRows)); list.Total != 2 || list.Items[0].Name != "root" {
		t.Errorf("tenants are %+v", list)
	}
	_, err := db.Tenant(ctx, "nobody")
	wantKind(t, err, space.KindNotFound, "Tenant 'nobody' not found")
}
