package bm25_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"syft-space/app/text"
	"syft-space/vectorstore/bm25"
)

// corpus is text with questions: what docs/benchmarks.md makes of real help
// pages, where SYFT_BENCH_DATA names its folder, and else generated text with
// the statistics that matter here: passages of some 150 words, drawn by Zipf's
// law, and questions of 4 to 16 such words.
type corpus struct {
	passages  []string
	questions []string
}

const fewPassages, manyPassages = 100_000, 1_000_000

// benchCorpus makes the corpus once for all benchmarks.
var benchCorpus = sync.OnceValue(func() corpus {
	if dir := os.Getenv("SYFT_BENCH_DATA"); dir != "" {
		return realCorpus(dir)
	}
	rng := rand.New(rand.NewPCG(11, 12))
	words := vocabulary(rng, 300_000)
	var c corpus
	for range fewPassages {
		c.passages = append(c.passages, sentence(rng, words, 80+rng.IntN(140)))
	}
	for range 500 {
		c.questions = append(c.questions, sentence(rng, words, 4+rng.IntN(13)))
	}
	return c
})

func realCorpus(dir string) (c corpus) {
	texts, err := os.ReadFile(filepath.Join(dir, "texts.jsonl"))
	if err != nil {
		panic(err)
	}
	for line := range bytes.Lines(texts) {
		var passage string
		if err := json.Unmarshal(line, &passage); err != nil {
			panic(err)
		}
		c.passages = append(c.passages, passage)
	}
	questions, err := os.ReadFile(filepath.Join(dir, "questions.txt"))
	if err != nil {
		panic(err)
	}
	c.questions = strings.Split(strings.TrimSpace(string(questions)), "\n")
	return c
}

// load indexes n passages, the corpus as often as it takes, and returns how
// long that took once their terms were analysed.
func load(b *testing.B, c corpus, n int) (*bm25.Index, time.Duration) {
	b.Helper()
	var a text.Analyzer
	blobs := make([][]byte, len(c.passages))
	for i, p := range c.passages {
		blobs[i] = a.Encode(nil, p)
	}
	ix := bm25.New()
	start := time.Now()
	for i := range n {
		if err := ix.Put(int64(i+1), blobs[i%len(blobs)]); err != nil {
			b.Fatal(err)
		}
	}
	ix.Commit()
	return ix, time.Since(start)
}

// percentiles runs search over the questions and reports what it takes.
func percentiles(b *testing.B, questions []string, search func(string)) {
	b.Helper()
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		search(questions[i%len(questions)])
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2])/1e6, "p50-ms")
	b.ReportMetric(float64(times[len(times)*95/100])/1e6, "p95-ms")
	b.ReportMetric(float64(times[len(times)*99/100])/1e6, "p99-ms")
}

// BenchmarkSearchLexical compares the index with SQLite's FTS5, as BM25 over
// the same text, answering the same questions with all their words.
func BenchmarkSearchLexical(b *testing.B) {
	c := benchCorpus()
	for _, n := range []int{fewPassages, manyPassages} {
		b.Run(fmt.Sprintf("postings/%d", n), func(b *testing.B) {
			if testing.Short() && n > fewPassages {
				b.Skip("a million passages")
			}
			ix, took := load(b, c, n)
			var a text.Analyzer
			percentiles(b, c.questions, func(q string) {
				ix.Search(a.AppendHashes(nil, q), 100, nil)
			})
			b.ReportMetric(float64(took.Milliseconds()), "build-ms")
			b.ReportMetric(float64(ix.Stats().Bytes)/1e6, "MB")
		})
	}
	for _, n := range []int{fewPassages, manyPassages} {
		b.Run(fmt.Sprintf("fts5/%d", n), func(b *testing.B) {
			if testing.Short() {
				b.Skip("FTS5 takes minutes to fill")
			}
			db := fillFTS(b, c, n)
			percentiles(b, c.questions, func(q string) { askFTS(b, db, q) })
		})
	}
}

// askFTS asks for any of the question's words.
func askFTS(b *testing.B, db *sql.DB, question string) {
	b.Helper()
	match := `"` + strings.Join(strings.Fields(strings.ReplaceAll(question, `"`, " ")), `" OR "`) + `"`
	rows, err := db.Query(`SELECT rowid, bm25(t) FROM t WHERE t MATCH ? ORDER BY bm25(t) LIMIT 100`, match)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
}

func fillFTS(b *testing.B, c corpus, n int) *sql.DB {
	b.Helper()
	db, err := sql.Open("sqlite", b.TempDir()+"/fts.db?_pragma=synchronous(0)&_pragma=journal_mode(memory)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := tx.Exec(`CREATE VIRTUAL TABLE t USING fts5(body, content='', tokenize='porter unicode61')`); err != nil {
		b.Fatal(err)
	}
	insert, err := tx.Prepare(`INSERT INTO t(rowid, body) VALUES (?, ?)`)
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		if _, err := insert.Exec(i+1, c.passages[i%len(c.passages)]); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	return db
}

// BenchmarkAdd measures committing one document of ten passages to an index
// of 100,000, merges included.
func BenchmarkAdd(b *testing.B) {
	c := benchCorpus()
	ix, _ := load(b, c, fewPassages)
	var a text.Analyzer
	blobs := make([][]byte, 1000)
	for i := range blobs {
		blobs[i] = a.Encode(nil, c.passages[i])
	}
	for row := int64(fewPassages + 1); b.Loop(); row += 10 {
		for i := range int64(10) {
			if err := ix.Put(row+i, blobs[(row+i)%1000]); err != nil {
				b.Fatal(err)
			}
		}
		ix.Commit()
	}
}
