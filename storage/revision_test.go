package storage

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"syft-space/app/space"
)

func TestRevisionsTellEditsApart(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	stranger := otherTenant(t, db)
	others := must[space.Revisions](t)(db.Revisions(ctx, stranger))
	model, endpoint, policy, key := uuid.New(), uuid.New(), uuid.New(), uuid.New()
	dataset := space.Dataset{ID: uuid.New(), Name: "a", Type: "local_file"}
	now := db.clock
	seen := must[space.Revisions](t)(db.Revisions(ctx, root))
	for _, edit := range []struct {
		what string
		do   func() error
		of   func(*space.Revisions) *space.Revision
	}{
		{"a dataset comes", func() error {
			dataset.CreatedAt, dataset.UpdatedAt = now(), now()
			return db.CreateDataset(ctx, root, dataset)
		}, func(r *space.Revisions) *space.Revision { return &r.Datasets }},
		{"a model comes", func() error {
			return db.CreateModel(ctx, root, space.Model{ID: model, Name: "m", CreatedAt: now(), UpdatedAt: now()})
		}, func(r *space.Revisions) *space.Revision { return &r.Models }},
		{"an endpoint comes", func() error {
			return db.CreateEndpoint(ctx, root, space.Endpoint{ID: endpoint, Slug: "abc", ModelID: &model, CreatedAt: now(), UpdatedAt: now()})
		}, func(r *space.Revisions) *space.Revision { return &r.Endpoints }},
		{"a policy comes", func() error {
			return db.CreatePolicy(ctx, root, space.Policy{ID: policy, EndpointID: endpoint, CreatedAt: now(), UpdatedAt: now()})
		}, func(r *space.Revisions) *space.Revision { return &r.Policies }},
		{"a policy changes", func() error {
			_, err := db.UpdatePolicy(ctx, root, policy, space.PolicyPatch{Enabled: ptr(true)})
			return err
		}, func(r *space.Revisions) *space.Revision { return &r.Policies }},
		{"a policy goes", func() error { return db.DeletePolicy(ctx, root, policy) }, func(r *space.Revisions) *space.Revision { return &r.Policies }},
		{"an endpoint changes", func() error {
			_, err := db.UpdateEndpoint(ctx, root, "abc", space.EndpointPatch{Archived: ptr(true)})
			return err
		}, func(r *space.Revisions) *space.Revision { return &r.Endpoints }},
		{"a dataset changes", func() error {
			_, err := db.UpdateDataset(ctx, root, dataset.ID, space.DatasetPatch{Name: ptr("b")})
			return err
		}, func(r *space.Revisions) *space.Revision { return &r.Datasets }},
		{"a dataset goes", func() error { return db.DeleteDataset(ctx, root, dataset.ID) }, func(r *space.Revisions) *space.Revision { return &r.Datasets }},
		{"a key comes", func() error {
			return db.CreateKey(ctx, root, space.APIKey{ID: key, Hash: []byte("h"), CreatedAt: now()})
		}, func(r *space.Revisions) *space.Revision { return &r.Keys }},
		{"a key changes", func() error {
			_, err := db.UpdateKey(ctx, root, key, space.APIKeyPatch{Name: ptr("k")})
			return err
		}, func(r *space.Revisions) *space.Revision { return &r.Keys }},
		{"a setting changes", func() error { return db.SetSetting(ctx, root, "x", []byte("1")) }, func(r *space.Revisions) *space.Revision { return &r.Settings }},
	} {
		commits := db.Commits()
		check(t, edit.do())
		after := must[space.Revisions](t)(db.Revisions(ctx, root))
		if *edit.of(&after) == *edit.of(&seen) {
			t.Errorf("%s: nothing to see in %+v", edit.what, after)
		}
		*edit.of(&seen) = *edit.of(&after)
		if diff := cmp.Diff(seen, after); diff != "" {
			t.Errorf("%s: something else changed too: %s", edit.what, diff)
		}
		if db.Commits() == commits {
			t.Errorf("%s: no commit was counted", edit.what)
		}
	}
	if diff := cmp.Diff(others, must[space.Revisions](t)(db.Revisions(ctx, stranger))); diff != "" {
		t.Errorf("another tenant sees it: %s", diff)
	}
}

func TestTotalsCountAllTenants(t *testing.T) {
	t.Parallel()
	x := populate(t)
	ctx := t.Context()
	addDataset(t, x.db, otherTenant(t, x.db), "other")
	check(t, x.db.Settle(ctx, root, x.money.ID, 40))
	got := must[space.Totals](t)(x.db.Totals(ctx))
	if got.DatabaseBytes == 0 {
		t.Error("the database has no size")
	}
	got.DatabaseBytes = 0
	want := space.Totals{Datasets: 2, Models: 1, Endpoints: 1, Documents: 1, Passages: 2, Unembedded: 1,
		Jobs: map[space.JobStatus]int{space.JobCompleted: 1, space.JobFailed: 1, space.JobCancelled: 1, space.JobInProgress: 1},
		Ledger: []space.LedgerTotal{
			{Kind: space.LedgerReserve, Currency: "USD", Amount: 100},
			{Kind: space.LedgerSettle, Currency: "USD", Amount: 40},
			{Kind: space.LedgerRefund, Currency: "USD", Amount: 60},
		}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
