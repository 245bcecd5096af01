package app

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/catalog"
	"syft-space/app/space"
	"syft-space/storage"
)

func TestEventsOutliveTheirTextsAndTwoYears(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db, err := storage.Open(ctx, storage.Options{Dir: t.TempDir(), Clock: space.SystemClock, IDs: space.NewID})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	settings, err := catalog.LoadSettings(ctx, db, catalog.Values{Retention: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	now := space.SystemClock()
	var events []space.QueryEvent
	for _, age := range []time.Duration{catalog.EventsKept + time.Second, catalog.EventsKept - time.Second, time.Hour + time.Second, time.Hour - time.Second} {
		events = append(events, space.QueryEvent{ID: space.NewID(), Tenant: space.RootTenant, UserEmail: age.String(), Text: "why", CreatedAt: now.Add(-age)})
	}
	if err := db.RecordEvents(ctx, events); err != nil {
		t.Fatal(err)
	}
	b := &builder{Deps: Deps{Clock: func() time.Time { return now }}, db: db, settings: settings}
	if err := b.forgetOld(ctx); err != nil {
		t.Fatal(err)
	}
	kept := map[string]string{}
	for e, err := range db.Events(ctx, space.RootTenant, space.AnalyticsQuery{Until: now}) {
		if err != nil {
			t.Fatal(err)
		}
		kept[e.UserEmail] = e.Text
	}
	want := map[string]string{events[1].UserEmail: "", events[2].UserEmail: "", events[3].UserEmail: "why"}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Error(diff)
	}
}
