package apptest_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"syft-space/app"
)

// corpusEnv names a folder of documents to use instead of written ones.
const corpusEnv = "SYFT_TEST_CORPUS"

// TestKilledIngestionLosesAndRepeatsNothing ends the program with SIGKILL at
// random points while it reads and embeds, starts it again each time, and
// compares what is stored in the end with an undisturbed run.
func TestKilledIngestionLosesAndRepeatsNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	calm, killed := filepath.Join(home, "calm"), filepath.Join(home, "killed")
	docs := filepath.Join(home, "docs")
	if corpus := os.Getenv(corpusEnv); corpus != "" {
		docs, home = corpus, corpus
	} else {
		writeCorpus(t, docs, 120)
	}

	p := start(t, calm, home, "serve", "--port", "0")
	addDataset(t, p.url(calm), calm, docs)
	began := time.Now()
	waitForVectors(t, p.url(calm), calm)
	calmly := time.Since(began)
	p.stop()

	p = start(t, killed, home, "serve", "--port", "0")
	addDataset(t, p.url(killed), killed, docs)
	seen := map[string]int64{}
	for range 5 {
		time.Sleep(100*time.Millisecond + rand.N(calmly/4))
		p.kill()
		for key, seq := range vectorSeqs(t, killed) {
			if before, ok := seen[key]; ok && before != seq {
				t.Errorf("the vector of %s was made twice", key)
			}
			seen[key] = seq
		}
		p = start(t, killed, home, "serve", "--port", "0")
		p.url(killed)
	}
	waitForVectors(t, p.url(killed), killed)
	p.stop()

	want, got := stored(t, calm), stored(t, killed)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is stored differs (-undisturbed +killed):\n%s", diff)
	}
	for key, seq := range seen {
		if now := vectorSeqs(t, killed)[key]; now != seq {
			t.Errorf("the vector of %s was made again", key)
		}
	}
}

// writeCorpus writes n documents of a few passages each.
func writeCorpus(t *testing.T, dir string, n int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("lamp warranty workshop delivery garden battery glass paper light repair season river mountain handle screw voltage bridge letter")
	for i := range n {
		var b strings.Builder
		fmt.Fprintf(&b, "# Document %d\n", i)
		for s := range 2 + r.IntN(3) {
			fmt.Fprintf(&b, "\n## Section %d\n\n", s)
			for range 60 + r.IntN(80) {
				b.WriteString(words[r.IntN(len(words))] + " ")
			}
			fmt.Fprintf(&b, "number %d of %d.\n", s, i)
		}
		path := filepath.Join(dir, fmt.Sprintf("part%d", i%7), fmt.Sprintf("doc%d.md", i))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// call sends a request with the run's own credential.
func call(t testing.TB, url, data, method, path string, in, out any) {
	t.Helper()
	run, err := app.ReadRunFile(data)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url+path, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+run.Token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s %v", method, path, res.StatusCode, answer, err)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		t.Fatal(err)
	}
}

func addDataset(t testing.TB, url, data, docs string) {
	t.Helper()
	var made thing
	call(t, url, data, "POST", "/api/v1/datasets/", map[string]any{
		"name": "docs", "dtype": "local_file", "configuration": map[string]any{"filePaths": []string{docs}},
	}, &made)
}

func waitForVectors(t *testing.T, url, data string) {
	t.Helper()
	var dataset thing
	call(t, url, data, "GET", "/api/v1/datasets/docs", nil, &dataset)
	var st struct {
		status
		Done bool
	}
	deadline, limited := t.Deadline()
	for !limited || time.Until(deadline) > 10*time.Second {
		call(t, url, data, "GET", "/api/v1/ingestion/datasets/"+dataset.ID+"/status", nil, &st)
		if st.Done && st.Chunks > 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("ingestion does not end: %+v", st)
}

// query runs a query on the database of a program that does not run.
func query(t testing.TB, data, text string, each func(*sql.Rows) error) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(data, "space.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// stored returns every passage with its file, and how many vectors it has.
func stored(t *testing.T, data string) []string {
	t.Helper()
	var list []string
	query(t, data, `SELECT p.rel, g.position, t.text, (SELECT count(*) FROM vectors v WHERE v.row = g.row)
		FROM passages g JOIN passage_texts t ON t.row = g.row JOIN document_paths p ON p.document_id = g.document_id
		ORDER BY p.rel, g.position`, func(rows *sql.Rows) error {
		var rel, text string
		var position, vectors int
		err := rows.Scan(&rel, &position, &text, &vectors)
		list = append(list, fmt.Sprintf("%s %d, %d vectors: %s", rel, position, vectors, text))
		return err
	})
	return list
}

// vectorSeqs returns when each passage got its vector.
func vectorSeqs(t *testing.T, data string) map[string]int64 {
	t.Helper()
	seqs := map[string]int64{}
	query(t, data, "SELECT row, seq FROM vectors", func(rows *sql.Rows) error {
		var row, seq int64
		err := rows.Scan(&row, &seq)
		seqs[fmt.Sprint(row)] = seq
		return err
	})
	return seqs
}
