package parse_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/ingest/parse"
	"syft-space/app/space"
)

// outline writes a document as one line a block: kind, level, place, text.
func outline(doc *parse.Document) string {
	var out strings.Builder
	for _, b := range doc.Blocks {
		out.WriteString(b.Kind.String())
		if b.Level > 0 {
			fmt.Fprint(&out, b.Level)
		}
		out.WriteString(place(b.Position) + ": ")
		if b.Header != "" {
			out.WriteString("{" + b.Header + "} ")
		}
		out.WriteString(strings.ReplaceAll(b.Text, "\n", "/") + "\n")
	}
	return out.String()
}

func place(p space.Position) string {
	var parts []string
	if len(p.Pages) > 0 {
		parts = append(parts, "p"+strings.ReplaceAll(strings.Trim(fmt.Sprint(p.Pages), "[]"), " ", ","))
	}
	if p.LineStart > 0 {
		parts = append(parts, fmt.Sprintf("l%d-%d", p.LineStart, p.LineEnd))
	}
	if p.Sheet != "" {
		parts = append(parts, p.Sheet)
	}
	if p.RowStart > 0 {
		parts = append(parts, fmt.Sprintf("r%d-%d", p.RowStart, p.RowEnd))
	}
	if p.Part != "" {
		parts = append(parts, p.Part)
	}
	if len(parts) == 0 {
		return ""
	}
	return " @" + strings.Join(parts, " ")
}

// newParser returns a parser with limits; its PDF workers are those of the test
// binary.
func newParser(limits parse.Limits) *parse.Parser {
	return parse.New(parse.Deps{Limits: limits, PDF: sharedPool})
}

func read(t *testing.T, name, data string) *parse.Document {
	t.Helper()
	doc, err := readWith(parse.DefaultLimits(), name, data)
	if err != nil {
		t.Fatalf("parsing %s: %v", name, err)
	}
	return doc
}

func readWith(limits parse.Limits, name, data string) (*parse.Document, error) {
	return newParser(limits).Parse(context.Background(), name, strings.NewReader(data), int64(len(data)))
}

// wantOutline compares a document with lines; blank ones and indentation do
// not count.
func wantOutline(t *testing.T, doc *parse.Document, want string) {
	t.Helper()
	if diff := cmp.Diff(trimLines(want), trimLines(outline(doc))); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}
}

func trimLines(s string) string {
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.Trim(line, "\t\n"); line != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// wantError checks the reason of an error and that its sentence says enough.
func wantError(t *testing.T, err error, reason parse.Reason, says string) {
	t.Helper()
	var e *parse.Error
	if !errors.As(err, &e) {
		t.Fatalf("error = %v, want a *parse.Error that says %q", err, says)
	}
	if e.Reason != reason || !strings.Contains(e.Detail, says) {
		t.Errorf("error = %d %q (%v), want reason %d and %q", e.Reason, e.Detail, e.Cause, reason, says)
	}
}

// zipOf returns an archive of parts: name, content, name, content, ...
func zipOf(t testing.TB, parts ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i < len(parts); i += 2 {
		f, err := w.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func testdata(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The same document, saved by an office suite in each of its formats.
func TestOfficeFilesOfOneDocumentHaveOneStructure(t *testing.T) {
	t.Parallel()
	want := `
		heading: Travel policy
		paragraph: This policy says how employees book travel. It was written in 2024.
		heading: Booking
		paragraph: Book at least two weeks ahead. Use the portal.
		item: 1. Log in.
		item: 2. Choose a flight.
		item: - Economy only
		item: - No red-eye
		item: 3. Confirm.
		heading: Rates
		row: {City | Rate} Paris | 180
		row: {City | Rate} Z` + "\u00fcrich" + ` | 220
		paragraph: ` + "\u65e5\u672c\u8a9e\u306e\u6bb5\u843d\u3067\u3059\u3002\u3053\u308c\u306f\u4e8c\u756a\u76ee\u306e\u6587\u3067\u3059\u3002" + `
		paragraph: Emoji ` + "\U0001f600" + ` here.`
	for _, name := range []string{"doc.docx", "doc.odt", "doc.rtf"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := read(t, name, testdata(t, name))
			for i := range doc.Blocks { // ranks and places are each format's own
				doc.Blocks[i].Level = 0
				doc.Blocks[i].Position = space.Position{}
			}
			for doc.Blocks[len(doc.Blocks)-1].Text != "Emoji \U0001f600 here." {
				doc.Blocks = doc.Blocks[:len(doc.Blocks)-1] // code, which not all formats know
			}
			wantOutline(t, doc, want)
			if doc.Title != "Travel policy" || doc.Metadata["author"] != "Ada Byron" {
				t.Errorf("title %q, author %v", doc.Title, doc.Metadata["author"])
			}
		})
	}
}

func TestSpreadsheetsOfOneTableHaveOneStructure(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sheet.xlsx", "sheet.ods"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantOutline(t, read(t, name, testdata(t, name)), `
				heading1 @sheet: sheet
				row @sheet r2-2: {Name | Department | Start | Salary} Ada | Engineering | 2020-01-05 | 1234.5
				row @sheet r3-3: {Name | Department | Start | Salary} Grace | Navy | 1999-12-31 | 99`)
		})
	}
}

func TestParseRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	small := parse.DefaultLimits()
	small.FileBytes = 2 << 20
	small.TextBytes = 1 << 20
	tests := map[string]struct {
		name, data string
		reason     parse.Reason
		says       string
	}{
		"unknown extension":    {"a.xyz", "x", parse.Unsupported, "Unsupported file type: .xyz"},
		"no extension":         {"Makefile", "x", parse.Unsupported, "Unsupported file type: (none)"},
		"empty file":           {"a.txt", "", parse.Empty, "empty"},
		"white space":          {"a.txt", " \n\n ", parse.NoText, "No text"},
		"too large a file":     {"a.txt", strings.Repeat("a", 3<<20), parse.TooLarge, "larger than 2 MiB"},
		"too much text":        {"a.txt", strings.Repeat("word ", 1<<18), parse.TooLarge, "more than 1 MiB of text"},
		"picture named text":   {"a.txt", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", parse.Damaged, "looks like a binary file, not text"},
		"text named docx":      {"a.docx", "hello", parse.Damaged, "not what its extension .docx says"},
		"zip named docx":       {"a.docx", zipOf(t, "a.txt", "x"), parse.Damaged, "not a document of this type"},
		"zip named odt":        {"a.odt", zipOf(t, "a.txt", "x"), parse.Damaged, "not a document of this type"},
		"zip named epub":       {"a.epub", zipOf(t, "a.txt", "x"), parse.Damaged, "not a book"},
		"old Office file":      {"a.docx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 W\x00o\x00r\x00d\x00", parse.Damaged, "Office 97-2003; save it as .docx"},
		"locked Office file":   {"a.xlsx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", parse.Locked, "needs a password"},
		"locked ODF":           {"a.odt", zipOf(t, "content.xml", "x", "META-INF/manifest.xml", "<manifest:encryption-data/>"), parse.Locked, "needs a password"},
		"broken JSON":          {"a.json", "{\n\"a\": 1,\n oops}", parse.Damaged, "not valid in line 3"},
		"deep JSON":            {"a.json", strings.Repeat("[", 300) + strings.Repeat("]", 300), parse.TooLarge, "more than 256 levels"},
		"deep XML":             {"a.xml", strings.Repeat("<a>", 300), parse.TooLarge, "more than 256 levels"},
		"no JSON lines":        {"a.jsonl", "one\ntwo\n", parse.Damaged, "None of the file's lines"},
		"text named RTF":       {"a.rtf", "hello", parse.Damaged, "not RTF"},
		"text named PDF":       {"a.pdf", "hello", parse.Damaged, "not a PDF"},
		"text named mailbox":   {"a.mbox", "hello", parse.Damaged, "not a mailbox"},
		"text named message":   {"a.eml", "\r\nhello", parse.Damaged, "no header"},
		"empty workbook":       {"a.xlsx", workbookOf(t, `<sheetData/>`), parse.NoText, "No text"},
		"page of scripts only": {"a.html", "<script>alert(1)</script>", parse.NoText, "No text"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readWith(small, test.name, test.data)
			wantError(t, err, test.reason, test.says)
		})
	}
}

func TestParseFileExplainsWhatTheSystemSays(t *testing.T) {
	t.Parallel()
	p := newParser(parse.DefaultLimits())
	dir := t.TempDir()
	_, err := p.ParseFile(context.Background(), filepath.Join(dir, "gone.txt"))
	wantError(t, err, parse.Unreadable, "no longer there")
	if err := os.Mkdir(filepath.Join(dir, "folder.txt"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = p.ParseFile(context.Background(), filepath.Join(dir, "folder.txt"))
	wantError(t, err, parse.Unreadable, "not a regular file")
}

func TestParseStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, name := range []string{"a.txt", "a.csv", "a.json", "a.md", "a.html", "a.pdf"} {
		data := "%PDF-1.4 [1]"
		if name == "a.json" {
			data = "[1]"
		}
		if _, err := newParser(parse.DefaultLimits()).Parse(ctx, name, strings.NewReader(data), int64(len(data))); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error = %v, want context.Canceled", name, err)
		}
	}
}

func TestEveryFormatIsDefinedWell(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	var seeds []string
	for _, f := range newParser(parse.DefaultLimits()).Formats() {
		if f.Name == "" || len(f.Extensions) == 0 {
			t.Errorf("format %+v lacks a name or extensions", f)
		}
		for _, ext := range f.Extensions {
			if ext != strings.ToLower(ext) || !strings.HasPrefix(ext, ".") {
				t.Errorf("%s: extension %q is not in lower case with a dot", f.Name, ext)
			}
			if other := seen[ext]; other != "" {
				t.Errorf("%s and %s both take %s", f.Name, other, ext)
			}
			seen[ext] = f.Name
		}
		if f.Seed {
			seeds = append(seeds, f.Extensions[0])
		}
	}
	want := []string{".pdf", ".txt", ".html", ".xlsx", ".docx", ".md", ".csv", ".json"}
	if diff := cmp.Diff(want, seeds); diff != "" {
		t.Errorf("formats admitted by default (-want +got):\n%s", diff)
	}
}
