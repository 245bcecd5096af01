package parse_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"syft-space/app/ingest/parse"
)

// sharedPool serves all tests: starting a worker compiles the PDF library.
var sharedPool *parse.PDFPool

// TestMain is also the PDF worker, and stands in for broken ones.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "pdf-worker":
			if err := parse.RunPDFWorker(os.Stdin, os.Stdout); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			return
		case "pdf-worker-crash":
			crashAfterReady("out of cheese")
		case "pdf-worker-hang":
			crashAfterReady("")
		}
	}
	cache, err := os.MkdirTemp("", "pdf-cache")
	if err != nil {
		panic(err)
	}
	sharedPool = parse.NewPDFPool(parse.PDFConfig{Command: []string{os.Args[0], "pdf-worker"}, CacheDir: cache, Workers: 2})
	code := m.Run()
	sharedPool.Close()
	os.RemoveAll(cache)
	os.Exit(code)
}

// crashAfterReady is a worker that gets ready and then dies over its first
// file with last words, or without any hangs.
func crashAfterReady(words string) {
	head := make([]byte, 4)
	_, _ = io.ReadFull(os.Stdin, head)
	ready := `{"kind":"ready"}`
	_, _ = os.Stdout.Write(append([]byte{0, 0, 0, byte(len(ready))}, ready...))
	_, _ = io.ReadFull(os.Stdin, make([]byte, 100))
	if words == "" {
		time.Sleep(time.Hour)
	}
	fmt.Fprintln(os.Stderr, words)
	os.Exit(3)
}

// text is a line of a test PDF, in points from the lower left corner.
type text struct {
	x, y, size int
	s          string
}

// pdfOf returns a PDF with a page for each list of lines.
func pdfOf(pages ...[]text) string {
	var out bytes.Buffer
	var offsets []int
	object := func(body string) {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", len(offsets), body)
	}
	out.WriteString("%PDF-1.4\n")
	kids := ""
	for i := range pages {
		kids += fmt.Sprintf("%d 0 R ", 4+2*i)
	}
	object("<</Type/Catalog/Pages 2 0 R>>")
	object(fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(pages), kids))
	object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
	for i, page := range pages {
		var content strings.Builder
		for _, l := range page {
			if l.s == "" {
				fmt.Fprintf(&content, "%d %d 50 50 re f\n", l.x, l.y)
				continue
			}
			fmt.Fprintf(&content, "BT /F1 %d Tf %d %d Td (%s) Tj ET\n", l.size, l.x, l.y, l.s)
		}
		object(fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>>>>>", 5+2*i))
		object(fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", content.Len(), content.String()))
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&out, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return out.String()
}

func TestPDFKeepsHeadingsListsAndPages(t *testing.T) {
	t.Parallel()
	doc := read(t, "doc.pdf", testdata(t, "doc.pdf"))
	doc.Blocks = doc.Blocks[:10]
	wantOutline(t, doc, `
		heading1 @p1: Travel policy
		paragraph @p1: This policy says how employees book travel. It was written in 2024.
		heading2 @p1: Booking
		paragraph @p1: Book at least two weeks ahead. Use the portal.
		item @p1: 1. Log in.
		item @p1: 2. Choose a flight.
		item @p1: - Economy only
		item @p1: - No red-eye
		item @p1: 3. Confirm.
		heading2 @p1: Rates`)
	if doc.Title != "Travel policy" || doc.Metadata["pages"] != int64(1) || doc.Metadata["author"] != "Ada Byron" {
		t.Errorf("title %q, metadata %v", doc.Title, doc.Metadata)
	}
}

func TestPDFMakesParagraphsOfLines(t *testing.T) {
	t.Parallel()
	page := func(number int, lines ...text) []text {
		head := text{60, 780, 10, "Annual report of the company"}
		foot := text{300, 20, 10, fmt.Sprint(number)}
		return append(append([]text{head}, lines...), foot)
	}
	doc := read(t, "a.pdf", pdfOf(
		page(1,
			text{60, 700, 24, "Results"},
			text{60, 660, 10, "The first paragraph goes over two lines of about the same length and it"},
			text{60, 648, 10, "ends in the middle of the second."},
			text{60, 620, 10, "A second paragraph stands apart from it and it is cut at the end of its"},
			text{60, 608, 10, "page, so that the rest of its last sentence stands on the one that"}),
		page(2,
			text{60, 700, 10, "follows this one. Then it ends."},
			text{60, 660, 10, "Year"}, text{200, 660, 10, "Profit"},
			text{60, 648, 10, "2022"}, text{200, 648, 10, "10"},
			text{60, 636, 10, "2023"}, text{200, 636, 10, "12"}),
		page(3, text{60, 700, 10, "A last page with some more text."}),
	))
	wantOutline(t, doc, `
		heading1 @p1: Results
		paragraph @p1: The first paragraph goes over two lines of about the same length and it ends in the middle of the second.
		paragraph @p1,2: A second paragraph stands apart from it and it is cut at the end of its page, so that the rest of its last sentence stands on the one that follows this one. Then it ends.
		paragraph @p2: Year Profit/2022 10/2023 12
		paragraph @p3: A last page with some more text.`)
}

func TestPDFWithoutTextIsAFailure(t *testing.T) {
	t.Parallel()
	picture, words := []text{{x: 50, y: 50}}, []text{{50, 500, 12, "Words at last."}}
	_, err := readWith(parse.DefaultLimits(), "scan.pdf", pdfOf(picture, picture))
	wantError(t, err, parse.NoText, "no text layer (a scan?)")

	doc := read(t, "mixed.pdf", pdfOf(picture, words, nil))
	wantOutline(t, doc, `paragraph @p2: Words at last.`)
	if got := fmt.Sprint(doc.Warnings); !strings.Contains(got, "1 of 3 pages have no text layer") {
		t.Errorf("warnings = %s, want one about the picture and none about the blank page", got)
	}
}

func TestPDFFailuresSayWhatToDo(t *testing.T) {
	t.Parallel()
	few := parse.DefaultLimits()
	few.Pages = 2
	line := []text{{50, 500, 12, "Words."}}
	whole := testdata(t, "doc.pdf")
	tests := map[string]struct {
		data   string
		reason parse.Reason
		says   string
	}{
		"password":       {testdata(t, "locked.pdf"), parse.Locked, "needs a password"},
		"too many pages": {pdfOf(line, line, line), parse.TooLarge, "3 pages, more than the limit of 2"},
		"only a head":    {whole[:200], parse.Damaged, "damaged"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readWith(few, "a.pdf", test.data)
			wantError(t, err, test.reason, test.says)
		})
	}
}

func TestPDFWorkerThatCrashesCostsOneFileOnly(t *testing.T) {
	t.Parallel()
	pool := parse.NewPDFPool(parse.PDFConfig{Command: []string{os.Args[0], "pdf-worker-crash"}})
	defer pool.Close()
	p := parse.New(parse.Deps{Limits: parse.DefaultLimits(), PDF: pool})
	data := testdata(t, "doc.pdf")
	for range 2 {
		_, err := p.Parse(context.Background(), "a.pdf", strings.NewReader(data), int64(len(data)))
		wantError(t, err, parse.Crashed, "broke down over this file")
		if !strings.Contains(err.Error(), "out of cheese") {
			t.Errorf("error %q lacks the worker's last words", err)
		}
	}
}

func TestPDFWorkerThatHangsIsKilled(t *testing.T) {
	t.Parallel()
	pool := parse.NewPDFPool(parse.PDFConfig{Command: []string{os.Args[0], "pdf-worker-hang"}})
	defer pool.Close()
	limits := parse.DefaultLimits()
	limits.PDFBase = 50 * time.Millisecond
	p := parse.New(parse.Deps{Limits: limits, PDF: pool})
	data := testdata(t, "doc.pdf")
	_, err := p.Parse(context.Background(), "a.pdf", strings.NewReader(data), int64(len(data)))
	wantError(t, err, parse.TimedOut, "took longer than")

	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	p = parse.New(parse.Deps{Limits: parse.DefaultLimits(), PDF: pool})
	if _, err := p.Parse(ctx, "a.pdf", strings.NewReader(data), int64(len(data))); err != context.DeadlineExceeded {
		t.Errorf("error = %v, want that of the context", err)
	}
}

func TestPDFWorkerThatCannotStartIsReported(t *testing.T) {
	t.Parallel()
	pool := parse.NewPDFPool(parse.PDFConfig{Command: []string{"/nonexistent/worker"}})
	defer pool.Close()
	p := parse.New(parse.Deps{Limits: parse.DefaultLimits(), PDF: pool})
	data := testdata(t, "doc.pdf")
	_, err := p.Parse(context.Background(), "a.pdf", strings.NewReader(data), int64(len(data)))
	wantError(t, err, parse.Crashed, "could not be started")
}

func TestPDFWorkersServeManyFilesAtOnce(t *testing.T) {
	t.Parallel()
	p := newParser(parse.DefaultLimits())
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			want := fmt.Sprintf("Document number %d.", i)
			data := pdfOf([]text{{50, 500, 12, want}})
			doc, err := p.Parse(context.Background(), "a.pdf", strings.NewReader(data), int64(len(data)))
			if err != nil || doc.Blocks[0].Text != want {
				t.Errorf("file %d: %v, %v", i, doc, err)
			}
		})
	}
	wg.Wait()
}
