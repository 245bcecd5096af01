package storage

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"syft-space/app/space"
)

// reservation is one of this Space's own books or, every other time, one with a
// transaction at an accounting service, which is stored another way.
func reservation(db *DB, amount space.Micros) space.Reservation {
	transaction := ""
	if rand.IntN(2) == 0 {
		transaction = "t1"
	}
	return space.Reservation{ID: uuid.New(), Tenant: root, EndpointID: uuid.New(), EndpointSlug: "ask", PolicyID: uuid.UUID{1}, UserEmail: "a@b.c",
		Amount: amount, Currency: "USD", TransactionID: transaction, QueryID: uuid.New(), CreatedAt: db.clock()}
}

func balances(t testing.TB, db *DB) map[space.Account]space.Micros {
	t.Helper()
	sums := map[space.Account]space.Micros{}
	var total space.Micros
	for _, b := range must[[]space.Balance](t)(db.LedgerBalance(t.Context(), root)) {
		sums[b.Account] += b.Amount
		total += b.Amount
	}
	if total != 0 {
		t.Errorf("the ledger sums to %d", total)
	}
	return sums
}

func TestSettlingGivesTheRestBackAndHappensOnce(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	r := reservation(db, 1000)
	check(t, db.Reserve(ctx, root, r, nil))
	if diff := cmp.Diff([]space.Reservation{r}, must[[]space.Reservation](t)(db.OpenReservations(ctx))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[space.Account]space.Micros{"payer": -1000, "held": 1000}, balances(t, db)); diff != "" {
		t.Error(diff)
	}
	wantKind(t, db.Settle(ctx, root, r.ID, 1001), space.KindInvalid, "")
	wantKind(t, db.Settle(ctx, root, r.ID, -1), space.KindInvalid, "")
	check(t, db.Settle(ctx, root, r.ID, 300))
	want := map[space.Account]space.Micros{"payer": -300, "held": 0, "owner": 300}
	for range 2 { // closing it again changes nothing
		if diff := cmp.Diff(want, balances(t, db)); diff != "" {
			t.Error(diff)
		}
		check(t, db.Settle(ctx, root, r.ID, 1000))
		check(t, db.Refund(ctx, root, r.ID))
	}
	if n := len(must[[]space.Reservation](t)(db.OpenReservations(ctx))); n != 0 {
		t.Errorf("%d reservations are open", n)
	}
	var kinds []space.LedgerKind
	for e, err := range db.LedgerRows(ctx, root, space.LedgerFilter{}) {
		check(t, err)
		kinds = append(kinds, e.Kind)
		if e.EndpointSlug != "ask" || e.Currency != "USD" || e.TransactionID != r.TransactionID || e.QueryID != r.QueryID || e.UserEmail != "a@b.c" {
			t.Errorf("row is %+v", e)
		}
	}
	slices.Sort(kinds) // the last two are of one instant
	if diff := cmp.Diff([]space.LedgerKind{"refund", "reserve", "settle"}, kinds); diff != "" {
		t.Error(diff)
	}
	if list := must[space.List[space.LedgerEntry]](t)(db.Ledger(ctx, root, space.LedgerFilter{}, space.Page{Skip: 1, Limit: 1})); list.Total != 3 || len(list.Items) != 1 {
		t.Errorf("page is %+v", list)
	}
	wantKind(t, db.Settle(ctx, root, uuid.New(), 1), space.KindNotFound, "")
	wantKind(t, db.Reserve(ctx, root, reservation(db, 0), nil), space.KindInvalid, "")
}

func TestBudgetCountsWhatIsHeldAndSettledSinceItBegan(t *testing.T) {
	t.Parallel()
	clock := newClock()
	db := openAt(t, t.TempDir(), clock)
	ctx := t.Context()
	yesterday := reservation(db, 900)
	check(t, db.Reserve(ctx, root, yesterday, nil))
	clock.Add(24 * time.Hour)
	budget := &space.Budget{Amount: 1000, Since: clock.Now()}

	settled, refunded, held := reservation(db, 500), reservation(db, 500), reservation(db, 400)
	check(t, db.Reserve(ctx, root, settled, budget))
	check(t, db.Reserve(ctx, root, refunded, budget))
	wantKind(t, db.Reserve(ctx, root, reservation(db, 1), budget), space.KindPaymentRequired, "Budget exceeded")
	check(t, db.Settle(ctx, root, settled.ID, 100))
	check(t, db.Refund(ctx, root, refunded.ID))
	check(t, db.Reserve(ctx, root, held, budget)) // 100 settled, 400 held
	if spent := must[space.Micros](t)(db.Spent(ctx, root, held, budget.Since)); spent != 500 {
		t.Errorf("%d is spent, want 500", spent)
	}
	wantKind(t, db.Reserve(ctx, root, reservation(db, 501), budget), space.KindPaymentRequired, "Budget exceeded")
	for _, change := range []func(*space.Reservation){
		func(r *space.Reservation) { r.UserEmail = "b@b.c" },
		func(r *space.Reservation) { r.Currency = "EUR" },
		func(r *space.Reservation) { r.PolicyID = uuid.New() },
	} {
		r := reservation(db, 1000)
		change(&r)
		check(t, db.Reserve(ctx, root, r, budget))
	}
	check(t, db.Reserve(ctx, root, reservation(db, 500), budget))
	balances(t, db)
}

func TestBudgetHoldsUnderManyCallers(t *testing.T) {
	t.Parallel()
	db := open(t)
	budget := &space.Budget{Amount: 1000, Since: db.clock().Add(-time.Hour)}
	var group sync.WaitGroup
	for range 40 {
		group.Go(func() {
			r := reservation(db, 100)
			if err := db.Reserve(t.Context(), root, r, budget); err != nil {
				if space.KindOf(err) != space.KindPaymentRequired {
					t.Error(err)
				}
				return
			}
			if err := db.Settle(t.Context(), root, r.ID, space.Micros(rand.IntN(2)*100)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if b := balances(t, db); b["owner"] > 1000 || b["held"] != 0 {
		t.Errorf("balances are %v", b)
	}
}

func TestRatesSurviveUntilTheirWindowEnds(t *testing.T) {
	t.Parallel()
	clock := newClock()
	db := openAt(t, t.TempDir(), clock)
	ctx := t.Context()
	e := addEndpoint(t, db, root, "ask")
	p := space.Policy{ID: uuid.New(), EndpointID: e.ID}
	check(t, db.CreatePolicy(ctx, root, p))
	long := space.RateCount{PolicyID: p.ID, Key: "", Count: 5, Expires: clock.Now().Add(2 * time.Hour)}
	short := space.RateCount{PolicyID: p.ID, Key: "a@b.c", Count: 1, Expires: clock.Now().Add(time.Hour)}
	gone := space.RateCount{PolicyID: uuid.New(), Key: "", Count: 1, Expires: clock.Now().Add(time.Hour)}
	check(t, db.SaveRates(ctx, []space.RateCount{long, short, gone}))
	long.Count = 7
	check(t, db.SaveRates(ctx, []space.RateCount{long}))
	if diff := cmp.Diff([]space.RateCount{long, short}, must[[]space.RateCount](t)(db.LoadRates(ctx))); diff != "" {
		t.Error(diff)
	}
	clock.Add(90 * time.Minute)
	if diff := cmp.Diff([]space.RateCount{long}, must[[]space.RateCount](t)(db.LoadRates(ctx))); diff != "" {
		t.Error(diff)
	}
}

func TestTheLedgerIsFiltered(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	first, second := reservation(db, 100), reservation(db, 200)
	second.EndpointID, second.UserEmail = uuid.New(), "b@example.org"
	for _, r := range []space.Reservation{first, second} {
		check(t, db.Reserve(ctx, root, r, nil))
	}
	for name, c := range map[string]struct {
		filter space.LedgerFilter
		want   []space.Micros
	}{
		"everything":      {space.LedgerFilter{}, []space.Micros{100, 200}},
		"one endpoint":    {space.LedgerFilter{EndpointID: &second.EndpointID}, []space.Micros{200}},
		"one person":      {space.LedgerFilter{UserEmail: first.UserEmail}, []space.Micros{100}},
		"a kind":          {space.LedgerFilter{Kind: space.LedgerReserve}, []space.Micros{100, 200}},
		"an unused kind":  {space.LedgerFilter{Kind: space.LedgerSettle}, nil},
		"both must match": {space.LedgerFilter{UserEmail: first.UserEmail, EndpointID: &second.EndpointID}, nil},
	} {
		list := must[space.List[space.LedgerEntry]](t)(db.Ledger(ctx, root, c.filter, space.AllRows))
		var listed, exported []space.Micros
		for _, e := range list.Items {
			listed = append(listed, e.Amount)
		}
		for e, err := range db.LedgerRows(ctx, root, c.filter) {
			check(t, err)
			exported = append(exported, e.Amount)
		}
		if diff := cmp.Diff(c.want, listed); diff != "" || list.Total != len(c.want) {
			t.Errorf("%s: %d rows, %s", name, list.Total, diff)
		}
		if diff := cmp.Diff(c.want, exported); diff != "" {
			t.Errorf("%s, exported: %s", name, diff)
		}
	}
}

// TestAnySequenceOfStepsBalances reserves, settles and refunds at random, many
// of them twice and by several callers, and looks at the books after every step.
func TestAnySequenceOfStepsBalances(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		clock := newClock()
		db := openAt(t, t.TempDir(), clock)
		ctx, r := t.Context(), rand.New(rand.NewPCG(seed, 7))
		var made []space.Reservation
		want := map[space.Account]space.Micros{}
		for range 120 {
			clock.Add(time.Duration(r.IntN(8)) * time.Hour)
			if len(made) == 0 || r.IntN(3) == 0 {
				next := reservation(db, space.Micros(1+r.Int64N(1_000_000)))
				next.UserEmail, next.Currency = []string{"a@b.c", "b@b.c"}[r.IntN(2)], []string{"USD", "EUR"}[r.IntN(2)]
				check(t, db.Reserve(ctx, root, next, nil))
				want["payer"], want["held"] = want["payer"]-next.Amount, want["held"]+next.Amount
				made = append(made, next)
				continue
			}
			chosen := &made[r.IntN(len(made))]
			amount := space.Micros(r.Int64N(int64(chosen.Amount) + 1))
			var group sync.WaitGroup
			for range 1 + r.IntN(3) { // the same step again changes nothing
				group.Go(func() { check(t, db.Settle(ctx, root, chosen.ID, amount)) })
			}
			group.Wait()
			if chosen.TransactionID != "closed" {
				want["held"], want["owner"], want["payer"] = want["held"]-chosen.Amount, want["owner"]+amount, want["payer"]+chosen.Amount-amount
				chosen.TransactionID = "closed"
			}
			got := balances(t, db)
			for account, m := range want {
				if got[account] != m {
					t.Fatalf("seed %d: %s holds %d, want %d", seed, account, got[account], m)
				}
			}
		}
		invariants(t, db)
		for _, o := range must[[]space.Reservation](t)(db.OpenReservations(ctx)) {
			check(t, db.Refund(ctx, root, o.ID))
		}
		if b := balances(t, db); b["held"] != 0 || b["payer"] != -b["owner"] {
			t.Errorf("seed %d: after everything is closed %v", seed, b)
		}
		invariants(t, db)
	}
}
