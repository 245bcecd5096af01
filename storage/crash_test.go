package storage

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// crashFolder is how the test below tells its child where to write.
const crashFolder = "STORAGE_TEST_CRASH"

// TestNothingIsHalfAfterAKill starts a process that writes everything at once,
// kills it at a random instant, opens the folder again and looks for anything
// that is half, orphaned, done twice or, though acknowledged, gone; many times
// on the same folder.
func TestNothingIsHalfAfterAKill(t *testing.T) {
	if dir := os.Getenv(crashFolder); dir != "" {
		writeUntilKilled(t, dir)
		return
	}
	t.Parallel()
	rounds := 12
	if testing.Short() {
		rounds = 5
	}
	dir := t.TempDir()
	acked := map[string]string{}
	for round := range rounds {
		runAndKill(t, dir, acked, round%2 == 1)
		db := openAt(t, dir, newClock())
		must[int](t)(db.ReturnJobs(t.Context()))
		waitSwept(t, db)
		invariants(t, db)
		verifyAcked(t, db, acked)
		if n := counts(t, db); round == rounds-1 && (n["documents"] == 0 || n["vectors"] == 0 || n["gone"] == 0) {
			t.Errorf("the test wrote too little: %v", n)
		}
		check(t, db.Close())
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
}

// runAndKill lets the child write for a moment and notes what it acknowledged.
// The moment begins when the folder is open, or when much is written already.
func runAndKill(t *testing.T, dir string, acked map[string]string, late bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestNothingIsHalfAfterAKill$")
	cmd.Env = append(os.Environ(), crashFolder+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	var timer *time.Timer
	stored, embedded := 0, false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		kind, rest, _ := strings.Cut(lines.Text(), " ")
		switch kind {
		case "ready":
		case "embedded":
			embedded = true
		case "stored":
			path, text, _ := strings.Cut(rest, " ")
			acked[path] = text
			stored++
		case "settled":
			id, due, _ := strings.Cut(rest, " ")
			acked[settledMark+id] = due
		default:
			t.Errorf("the child says %q", lines.Text())
		}
		if timer == nil && (!late || embedded && stored > 50) {
			timer = time.AfterFunc(time.Duration(5+rand.IntN(150))*time.Millisecond, func() { cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); timer == nil || err == nil {
		t.Fatalf("the child was not killed: %v", err)
	}
}

// settledMark tells what was acknowledged of a payment from what of a file.
const settledMark = "settled "

// verifyAcked looks for the last acknowledged write of each kept file and for
// each acknowledged payment; the next one may have been stored without its
// acknowledgement getting through.
func verifyAcked(t *testing.T, db *DB, acked map[string]string) {
	t.Helper()
	d, err := db.Dataset(t.Context(), root, "kept")
	check(t, err)
	for path, text := range acked {
		if id, isPayment := strings.CutPrefix(path, settledMark); isPayment {
			var due string
			row := uuid.MustParse(id)
			check(t, db.read(t.Context(), func(c *conn) error {
				return one(t.Context(), c, "SELECT coalesce(settled, 'open') FROM reservations WHERE id = ?", []any{row[:]}, &due)
			}))
			if due != text {
				t.Errorf("%s was settled with %s, and is %s", id, text, due)
			}
			continue
		}
		doc, err := db.DocumentByPath(t.Context(), root, d.ID, path)
		if err != nil {
			t.Errorf("%s was acknowledged and is gone: %v", path, err)
			continue
		}
		p := must[space.PassageInContext](t)(db.DatasetPassage(t.Context(), root, d.ID, space.PassageID(doc.ID, 0)))
		if p.Text < text {
			t.Errorf("%s was acknowledged as %q and is %q", path, text, p.Text)
		}
	}
}

// writeUntilKilled is the child: ingestion, embedding, deletions and payments,
// each in a goroutine of its own.
func writeUntilKilled(t *testing.T, dir string) {
	db, err := Open(context.Background(), Options{Dir: dir, Clock: space.SystemClock, IDs: space.NewID, Version: "crash"})
	check(t, err)
	kept := datasetNamed(t, db, "kept")
	check(t, db.SetBinding(context.Background(), root, space.Binding{DatasetID: kept.ID, Info: space.EmbedderInfo{ID: "e", Dimension: 4}, Active: true}))
	fmt.Println("ready")
	var group sync.WaitGroup
	stamp := space.SystemClock().UnixMicro()
	for worker := range 2 {
		group.Go(func() {
			for n := 0; ; n++ {
				path := fmt.Sprintf("/docs/kept-%d-%d", worker, n%10)
				text := fmt.Sprintf("%d-%08d", stamp, n) // ascending over all processes
				if storeFile(t, db, kept, path, append([]string{text}, someTexts()...)) {
					fmt.Println("stored", path, text)
				}
			}
		})
	}
	group.Go(func() {
		for n := 0; ; n++ {
			path := fmt.Sprintf("/docs/shared-%d", n%3)
			if rand.IntN(3) == 0 {
				_ = db.RemovePath(context.Background(), root, kept.ID, path) // it may not be there
			} else {
				storeFile(t, db, kept, path, []string{fmt.Sprint("the same bytes ", rand.IntN(2))})
			}
		}
	})
	group.Go(func() {
		for {
			if embedSome(t, db, kept) > 0 {
				fmt.Println("embedded")
			}
		}
	})
	group.Go(func() { deleteDatasets(t, db) })
	group.Go(func() { payAndRefund(t, db) })
	group.Wait()
}

func datasetNamed(t *testing.T, db *DB, name string) space.Dataset {
	d, err := db.Dataset(context.Background(), root, name)
	if err == nil {
		return d
	}
	d = space.Dataset{ID: uuid.New(), Tenant: root, Name: name}
	check(t, db.CreateDataset(context.Background(), root, d))
	return d
}

func someTexts() (list []string) {
	for range rand.IntN(40) {
		list = append(list, fmt.Sprint("text ", rand.IntN(100), strings.Repeat(" filler", 30)))
	}
	return list
}

// storeFile ingests one file past the queue, whose order is of no use here.
func storeFile(t *testing.T, db *DB, d space.Dataset, path string, texts []string) bool {
	ctx := context.Background()
	id := uuid.New()
	if doc, err := db.DocumentByPath(ctx, root, d.ID, path); err == nil {
		id = doc.ID
	}
	job := space.Job{ID: uuid.New(), Tenant: root, DatasetID: d.ID, Path: path, Pick: "/docs", Status: space.JobInProgress}
	if _, err := db.UpsertJobs(ctx, root, d.ID, []space.Job{job}); err != nil {
		t.Error(err)
	}
	err := db.ReplaceDocument(ctx, root, writeOf(job, id, texts...))
	if err != nil {
		t.Error(err)
	}
	return err == nil
}

func embedSome(t *testing.T, db *DB, d space.Dataset) int {
	ctx := context.Background()
	name := space.EmbedderInfo{ID: "e", Dimension: 4}.Binding()
	refs, err := db.PendingPassages(ctx, root, d.ID, name, 20)
	if err != nil {
		t.Error(err)
	}
	var writes []space.VectorWrite
	for _, r := range refs {
		writes = append(writes, space.VectorWrite{Row: r.Row, Key: keyOf(r.Text), Vector: vectorOf(r.Text)})
	}
	if err := db.PutVectors(ctx, root, d.ID, name, writes); err != nil {
		t.Error(err)
	}
	return len(writes)
}

func deleteDatasets(t *testing.T, db *DB) {
	for {
		d := space.Dataset{ID: uuid.New(), Tenant: root, Name: "short-lived " + uuid.NewString()}
		if err := db.CreateDataset(context.Background(), root, d); err != nil {
			t.Error(err)
		}
		for i := range 3 {
			storeFile(t, db, d, fmt.Sprint("/docs/", i), append(someTexts(), "last"))
		}
		if err := db.DeleteDataset(context.Background(), root, d.ID); err != nil {
			t.Error(err)
		}
	}
}

func payAndRefund(t *testing.T, db *DB) {
	for {
		r := reservation(db, space.Micros(1+rand.IntN(1000)))
		if err := db.Reserve(context.Background(), root, r, nil); err != nil {
			t.Error(err)
		}
		if rand.IntN(4) > 0 {
			due := space.Micros(rand.Int64N(int64(r.Amount) + 1))
			if err := db.Settle(context.Background(), root, r.ID, due); err != nil {
				t.Error(err)
			}
			fmt.Println("settled", r.ID, int64(due))
		}
	}
}
