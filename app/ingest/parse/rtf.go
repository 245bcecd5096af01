package parse

import (
	"context"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"syft-space/app/space"
)

// rtfFormat reads Rich Text Format: text, headings by their style or outline
// level, tables row by row. Lines are the paragraphs, counted from 1.
func rtfFormat() Format {
	return Format{Name: "RTF document", Extensions: []string{".rtf"}, parse: parseRTF}
}

func parseRTF(_ context.Context, src *source, b *builder) error {
	data, err := src.bytes()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(string(data[:min(len(data), 5)]), `{\rtf`) {
		return fail(Damaged, "The file is damaged or is not RTF.")
	}
	r := rtf{b: b, data: data, styles: map[int]int{}, fonts: map[int]encoding.Encoding{}, codePage: charmap.Windows1252}
	r.read()
	if b.err() != nil {
		return b.err()
	}
	r.inTable = false
	r.endParagraph()
	if r.deep {
		return fail(TooLarge, "The RTF is nested more than %d levels deep.", b.limits.Depth)
	}
	return b.err()
}

// rtf is an RTF document in the course of being read.
type rtf struct {
	b    *builder
	data []byte
	at   int

	state    rtfState
	stack    []rtfState
	deep     bool
	codePage encoding.Encoding
	fonts    map[int]encoding.Encoding // code page by font, where it has one
	styles   map[int]int               // heading level by style

	raw   []byte // bytes of the code page that are not yet decoded
	text  strings.Builder
	cells []string
	t     *table // the table in hand
	line  int
	skip  int  // characters that stand for the \u before them
	high  rune // the first half of a pair of \u; 0 without one

	style, font int // being defined
	name        strings.Builder
	level       int // of the paragraph in hand
	inTable     bool
}

// rtfPlace is what the text of a group is for.
type rtfPlace uint8

const (
	rtfBody rtfPlace = iota
	rtfSkipped
	rtfFonts
	rtfStyles
	rtfTitle
	rtfAuthor
)

// rtfState is what a group inherits and gives back at its end.
type rtfState struct {
	place   rtfPlace
	unicode int // characters after a \u that stand for it
	font    int
	hidden  bool
}

// read reads the whole file.
func (r *rtf) read() {
	r.state.unicode = 1
	for r.at < len(r.data) && r.b.err() == nil && !r.deep {
		c := r.data[r.at]
		r.at++
		switch c {
		case '{':
			r.flush()
			r.stack = append(r.stack, r.state)
			r.deep = len(r.stack) > r.b.limits.Depth
		case '}':
			r.endGroup()
		case '\\':
			r.control()
		case '\r', '\n':
		default:
			r.put(c)
		}
	}
	r.flush()
}

func (r *rtf) endGroup() {
	r.flush()
	if n := len(r.stack); n > 0 {
		was := r.state.place
		r.state = r.stack[n-1]
		r.stack = r.stack[:n-1]
		if was != r.state.place {
			r.endPlace(was)
		}
	}
}

// endPlace takes what a group of metadata holds.
func (r *rtf) endPlace(place rtfPlace) {
	switch place {
	case rtfTitle:
		r.b.title(r.name.String())
	case rtfAuthor:
		r.b.meta("author", r.name.String())
	}
	r.name.Reset()
}

// put takes one byte of text.
func (r *rtf) put(c byte) {
	if r.skip > 0 {
		r.skip--
		return
	}
	if r.state.place != rtfSkipped && !r.state.hidden {
		r.raw = append(r.raw, c)
	}
}

// flush decodes the bytes read so far in the code page of their font.
func (r *rtf) flush() {
	if len(r.raw) == 0 {
		return
	}
	enc := r.codePage
	if of := r.fonts[r.state.font]; of != nil {
		enc = of
	}
	text := decodeAs(enc, r.raw)
	r.raw = r.raw[:0]
	r.write(text)
}

// write takes decoded text.
func (r *rtf) write(text string) {
	switch r.state.place {
	case rtfBody:
		if !r.state.hidden {
			r.text.WriteString(text)
		}
	case rtfStyles:
		r.name.WriteString(text)
		if name, ok := strings.CutSuffix(r.name.String(), ";"); ok {
			r.defineStyle(strings.ToLower(strings.TrimSpace(name)))
		}
	case rtfTitle, rtfAuthor:
		r.name.WriteString(text)
	}
}

// defineStyle notes a style whose name says that it is for headings.
func (r *rtf) defineStyle(name string) {
	switch {
	case name == "title":
		r.styles[r.style] = titleLevel
	case strings.HasPrefix(name, "heading "):
		if n := atoiOr(name[len("heading "):], 0); n > 0 && n < 10 {
			r.styles[r.style] = titleLevel + n
		}
	}
	r.name.Reset()
	r.style = 0
}

// endParagraph writes the paragraph in hand, unless it is in a table.
func (r *rtf) endParagraph() {
	r.flush()
	if r.inTable {
		r.text.WriteByte('\n')
		return
	}
	r.line++
	text := r.text.String()
	r.text.Reset()
	r.endTable()
	at := space.Position{LineStart: r.line, LineEnd: r.line}
	marker, rest, listed := strings.Cut(strings.TrimSpace(text), "\t")
	switch {
	case r.level > 0:
		r.b.heading(r.level, text, at)
	case listed && (marker == "\u00b7" || marker == "\u2022" || marker == "-" || marker == "o"):
		r.b.item(bullet+rest, at)
	case listed && listMarker(marker+" x") > 0:
		r.b.item(marker+" "+rest, at)
	default:
		r.b.paragraph(text, at)
	}
}

func (r *rtf) endCell() {
	r.flush()
	if len(r.cells) < widestSheet {
		r.cells = append(r.cells, r.text.String())
	}
	r.text.Reset()
}

// endRow writes the row in hand; the first one of a table may be its header.
func (r *rtf) endRow() {
	r.flush()
	r.line++
	at := space.Position{LineStart: r.line, LineEnd: r.line}
	switch {
	case r.t != nil:
		r.t.row(r.cells, at)
	case likeHeader(filledCells(r.cells), len(r.cells)):
		r.t = newTable(r.b, r.cells, at)
	default:
		r.t = newTable(r.b, nil, at)
		r.t.row(r.cells, at)
	}
	r.cells, r.inTable = nil, false
}

func (r *rtf) endTable() {
	if r.t != nil {
		r.t.close()
	}
	r.t = nil
}
