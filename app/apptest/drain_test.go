package apptest_test

import (
	"database/sql"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestQueriesUnderWayAtTheEndAreAccountedFor stops the program while two
// queries run: one that ends meanwhile, and one that never would.
func TestQueriesUnderWayAtTheEndAreAccountedFor(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the drain of ten seconds")
	}
	t.Parallel()
	s := openBare(t, nil)
	release := make(chan struct{})
	asked := make(chan struct{}, 2)
	soon := newProvider(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-release
		speaks("well")(w, r)
	})
	never := newProvider(t, func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	})
	policies := []policy{{"accounting", body{"price": 0.25}}, {"rate_limit", body{"limit": "9/d"}}}
	good := s.endpoint(s.model("openai", soon), nil, policies...)
	bad := s.endpoint(s.model("openai", never), nil, policies...)
	var callers sync.WaitGroup
	callers.Go(func() { s.ask(http.StatusOK, good, body{}) })
	callers.Go(func() {
		// Nobody is left to tell; a connection that ends is an answer too.
		res, err := http.Post(s.URL+"/api/v1/endpoints/"+bad+"/query", "application/json", bodyOf(body{"messages": "x"}))
		if err == nil {
			res.Body.Close()
		}
	})
	<-asked
	<-asked
	stopped := make(chan struct{})
	go func() { s.Stop(); close(stopped) }()
	time.Sleep(300 * time.Millisecond) // the program has begun to stop; if not yet, the test is only easier
	close(release)
	callers.Wait()
	<-stopped
	got := map[string]string{}
	query(t, s.Data, "SELECT endpoint_slug, outcome || ' ' || status FROM events", func(rows *sql.Rows) error {
		var slug, said string
		err := rows.Scan(&slug, &said)
		got[slug] = said
		return err
	})
	if diff := cmp.Diff(map[string]string{good: "success 200", bad: "canceled 499"}, got); diff != "" {
		t.Errorf("events (-want +got)\n%s", diff)
	}
	for slug, owner := range map[string]int64{good: 250_000, bad: 0} {
		if accounts := balance(t, s.Data, slug); accounts["held"] != 0 || accounts["owner"] != owner {
			t.Errorf("the accounts of %s are %v", slug, accounts)
		}
	}
	counts := 0
	query(t, s.Data, "SELECT sum(count) FROM rate_counts", func(rows *sql.Rows) error { return rows.Scan(&counts) })
	if counts != 2 {
		t.Errorf("%d calls are counted", counts)
	}
}
