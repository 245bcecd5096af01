package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"syft-space/app/space"
)

func wantUnavailable(t testing.TB, err error) {
	t.Helper()
	if space.KindOf(err) != space.KindUnavailable {
		t.Errorf("error is %v, want one of kind unavailable", err)
	}
}

// together keeps the writer busy until all functions wait for it, and returns
// their errors.
func together(t *testing.T, db *DB, do ...func(*tx) error) []error {
	t.Helper()
	hold, held := make(chan struct{}), make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		err := db.write(context.Background(), func(*tx) error { close(held); <-hold; return nil })
		if err != nil && space.KindOf(err) != space.KindUnavailable { // a full disk takes the whole company along
			t.Error(err)
		}
	})
	<-held
	errs := make([]error, len(do))
	for i, f := range do {
		group.Go(func() { errs[i] = db.write(context.Background(), f) })
	}
	close(hold)
	group.Wait()
	return errs
}

func set(key string) func(*tx) error {
	return func(tx *tx) error {
		_, err := tx.exec(context.Background(), upsertSetting, root.UUID[:], key, "1", 0)
		return err
	}
}

func TestFailedTransactionTakesNoneOfItsCompanyWithIt(t *testing.T) {
	t.Parallel()
	db := open(t)
	boom := errors.New("boom")
	var do []func(*tx) error
	for i := range 40 {
		f := set(fmt.Sprint("key", i))
		if i%3 == 0 {
			f = func(tx *tx) error { return errors.Join(set(fmt.Sprint("key", i))(tx), boom) }
		}
		do = append(do, f)
	}
	errs := together(t, db, do...)
	settings, err := db.Settings(t.Context(), root)
	check(t, err)
	for i, err := range errs {
		_, stored := settings[fmt.Sprint("key", i)]
		if failed := errors.Is(err, boom); failed != (i%3 == 0) || stored == failed {
			t.Errorf("transaction %d: error %v, stored %v", i, err, stored)
		}
	}
}

func TestFailedStatementTakesNoneOfItsCompanyWithIt(t *testing.T) {
	t.Parallel()
	db := open(t)
	errs := together(t, db, set("a"), func(tx *tx) error {
		_, err := tx.exec(context.Background(), insertPolicy, root.UUID[:], root.UUID[:], root.UUID[:], "", "", "{}", 1, 0, 0)
		return err // no such endpoint
	}, set("b"))
	if errs[0] != nil || errs[1] == nil || errs[2] != nil {
		t.Errorf("errors are %v", errs)
	}
	if settings := must[map[string]rawJSON](t)(db.Settings(t.Context(), root)); len(settings) != 2 {
		t.Errorf("settings are %v", settings)
	}
}

// TestWhatMustBeSyncedIsNeverCommittedUnsynced mixes both kinds in every order.
func TestWhatMustBeSyncedIsNeverCommittedUnsynced(t *testing.T) {
	t.Parallel()
	const full, normal = 2, 1 // https://www.sqlite.org/pragma.html#pragma_synchronous
	db := open(t)
	level := func(tx *tx) (level int) {
		check(t, tx.raw.QueryRowContext(context.Background(), "PRAGMA synchronous").Scan(&level))
		return level
	}
	var lazier atomic.Int64
	var do []func() error
	for i := range 60 {
		if i%3 == 0 {
			do = append(do, func() error {
				return db.write(context.Background(), func(tx *tx) error {
					if got := level(tx); got != full {
						t.Errorf("level %d", got)
					}
					return set(fmt.Sprint("key", i))(tx)
				})
			})
			continue
		}
		do = append(do, func() error {
			return db.writeUnsynced(context.Background(), func(tx *tx) error {
				if level(tx) == normal {
					lazier.Add(1)
				}
				return set(fmt.Sprint("key", i))(tx)
			})
		})
	}
	var group sync.WaitGroup
	for _, f := range do {
		group.Go(func() { check(t, f()) })
	}
	group.Wait()
	for i := 0; lazier.Load() == 0 && i < 100; i++ { // alone, unless the background writes too
		check(t, db.writeUnsynced(t.Context(), func(tx *tx) error {
			if level(tx) == normal {
				lazier.Add(1)
			}
			return nil
		}))
	}
	settings := must[map[string]rawJSON](t)(db.Settings(t.Context(), root))
	stored := 0
	for key := range settings {
		if strings.HasPrefix(key, "key") {
			stored++
		}
	}
	if stored != len(do) || lazier.Load() == 0 {
		t.Errorf("%d of %d are stored, %d did not wait for the disk", stored, len(do), lazier.Load())
	}
}

func TestWaitingCallerWhoGoesAwayIsDropped(t *testing.T) {
	t.Parallel()
	db := open(t)
	hold, held := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- db.write(context.Background(), func(*tx) error { close(held); <-hold; return nil })
	}()
	<-held
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() { gone <- db.write(ctx, func(*tx) error { t.Error("it ran"); return nil }) }()
	cancel()
	wantKind(t, <-gone, space.KindCanceled, "")
	close(hold)
	check(t, <-done)
	if err := db.write(ctx, func(*tx) error { t.Error("it ran"); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if err := db.read(ctx, func(*conn) error { t.Error("it ran"); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestFullDiskIsSaidInOneSentenceAndLosesNothingOlder(t *testing.T) {
	t.Parallel()
	db := open(t)
	check(t, db.write(t.Context(), set("before")))
	big := `"` + strings.Repeat("x", 1<<20) + `"`
	// The bound stands in for the size of a disk; SQLite reports both alike.
	check(t, db.write(t.Context(), func(tx *tx) error {
		_, err := tx.raw.ExecContext(t.Context(), "PRAGMA max_page_count = 100")
		return err
	}))
	huge := func(tx *tx) error {
		_, err := tx.exec(context.Background(), upsertSetting, root.UUID[:], "huge", big, 0)
		return err
	}
	wantKind(t, db.write(t.Context(), huge), space.KindUnavailable, "the disk that holds the data folder is full; free some space and try again")
	for i, err := range together(t, db, set("a"), huge, set("b")) {
		if i == 1 && space.KindOf(err) != space.KindUnavailable {
			t.Errorf("error is %v", err)
		}
	}
	check(t, db.write(t.Context(), func(tx *tx) error {
		_, err := tx.raw.ExecContext(t.Context(), "PRAGMA max_page_count = 1000000")
		return err
	}))
	check(t, db.write(t.Context(), set("after")))
	settings := must[map[string]rawJSON](t)(db.Settings(t.Context(), root))
	for _, key := range []string{"before", "after"} {
		if _, ok := settings[key]; !ok {
			t.Errorf("%s is lost", key)
		}
	}
	if _, ok := settings["huge"]; ok {
		t.Error("what did not fit is there")
	}
}

func TestCloseAnswersEveryWaitingCaller(t *testing.T) {
	t.Parallel()
	db := open(t)
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			for j := range 50 {
				if err := db.write(context.Background(), set(fmt.Sprint(i, j))); err != nil {
					wantUnavailable(t, err)
					return
				}
				if _, err := db.Setting(context.Background(), root, fmt.Sprint(i, j)); err != nil {
					wantUnavailable(t, err)
					return
				}
			}
		})
	}
	check(t, db.Close())
	group.Wait()
}
