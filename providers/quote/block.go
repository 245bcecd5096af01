package quote

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"syft-space/app/text"
)

// block is a piece of a passage that its author set apart, on one line.
type block struct {
	text   string
	header []string // of a row: the names of its table's columns, where there are any
	shape  shape
}

type shape uint8

const (
	running shape = iota // sentences
	listed               // one item of a list
	tabular              // one row of a table, or one record
	title                // a heading
)

var (
	bullet  = regexp.MustCompile(`^(?:[-*+\x{2022}\x{2023}\x{25CF}\x{25AA}\x{2013}]|\(?\d{1,3}[.)])\s+`)
	atx     = regexp.MustCompile(`^#{1,6}\s+`)
	rule    = regexp.MustCompile(`^[\s|:=_*\x{2500}-\x{257F}-]+$`)
	named   = regexp.MustCompile(`^[\pL\pN][\pL\pN _./()%&-]{0,40}:\s+\S`)
	asking  = regexp.MustCompile(`^(?:Q|A|Question|Answer|Frage|Antwort|F)\s?[:.]\s+`)
	noSpace = regexp.MustCompile(`\s+`)
)

// blocks takes a passage apart. A line break inside a paragraph is only a
// place where a line was full; whether it is more can be told from the lines
// around it.
func blocks(passage string) []block {
	var (
		out    []block
		header []string
		lines  = uncommented(strings.Split(passage, "\n"))
		full   = longestLine(lines)
	)
	for i := 0; i < len(lines); {
		line := strings.TrimSpace(lines[i])
		switch {
		case line == "" || rule.MatchString(line):
			if line == "" {
				header = nil
			}
			i++
		case isRow(line):
			cells := cellsOf(line)
			if header == nil && i+1 < len(lines) && isHeader(cells, lines[i+1:]) {
				header = cells
			} else {
				out = append(out, row(cells, header))
			}
			i++
		case named.MatchString(line) && recordLines(lines[i:]) > 1:
			n := recordLines(lines[i:])
			out = append(out, block{text: strings.Join(trimmed(lines[i:i+n]), "; "), shape: tabular})
			i += n
		case named.MatchString(line) && strings.Contains(line, "; "):
			out = append(out, block{text: strings.TrimSuffix(line, ";"), shape: tabular})
			i++
		default:
			n := paragraphLines(lines[i:], full)
			out = append(out, paragraph(trimmed(lines[i:i+n]), i+n < len(lines)))
			header = nil
			i += n
		}
	}
	return out
}

// paragraph makes one block of lines that belong together.
func paragraph(lines []string, more bool) block {
	first := lines[0]
	b := block{text: noSpace.ReplaceAllString(strings.Join(lines, " "), " ")}
	switch {
	case atx.MatchString(first):
		b.text, b.shape = strings.TrimRight(atx.ReplaceAllString(b.text, ""), "# "), title
	case bullet.MatchString(first):
		b.text, b.shape = bullet.ReplaceAllString(b.text, ""), listed
	case len(lines) == 1 && more && likeTitle(first):
		b.shape = title
	}
	return b
}

// paragraphLines returns how many of the lines belong to the first one's
// paragraph.
func paragraphLines(lines []string, full int) int {
	if atx.MatchString(strings.TrimSpace(lines[0])) {
		return 1
	}
	for n := 1; n < len(lines); n++ {
		before, line := strings.TrimSpace(lines[n-1]), strings.TrimSpace(lines[n])
		switch {
		case line == "", rule.MatchString(line), isRow(line), bullet.MatchString(line), atx.MatchString(line), asking.MatchString(line):
			return n
		case strings.HasSuffix(before, ":"):
			return n
		case !ends(before) && len(before)*10 < full*7 && beginsAnew(line):
			return n
		}
	}
	return len(lines)
}

// recordLines returns how many lines of the form "name: value" follow each
// other.
func recordLines(lines []string) int {
	first := ""
	for n, line := range lines {
		line = strings.TrimSpace(line)
		name, _, _ := strings.Cut(line, ":")
		if n > 0 && name == first { // the next record
			return n
		}
		if n == 0 {
			first = name
		}
		if !named.MatchString(line) || strings.Contains(line, "; ") || asking.MatchString(line) || ends(line) && text.WordCount(line) > 12 {
			return n
		}
	}
	return len(lines)
}

// uncommented removes the marks of comments, which look like those of headings.
func uncommented(lines []string) []string {
	run := 0
	for i := 0; i <= len(lines); i++ {
		if i < len(lines) && strings.HasPrefix(lines[i], "#") {
			run++
			continue
		}
		for j := i - run; run >= 3 && j < i; j++ {
			lines[j] = strings.TrimLeft(lines[j], "# ")
		}
		run = 0
	}
	return lines
}

func trimmed(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimSpace(l)
	}
	return out
}

func longestLine(lines []string) int {
	longest := 0
	for _, l := range lines {
		longest = max(longest, len(strings.TrimSpace(l)))
	}
	return longest
}

// ends reports whether s ends as a sentence does.
func ends(s string) bool {
	s = strings.TrimRightFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Pe, unicode.Pf) || r == '"' || r == '\'' || r == '*' || r == '_'
	})
	r, _ := utf8.DecodeLastRuneInString(s)
	return strings.ContainsRune(".!?\u2026\u3002\uff01\uff1f\u0964\u061f\u06d4", r)
}

// beginsAnew reports whether a line does not look like the rest of a sentence.
func beginsAnew(line string) bool {
	r, _ := utf8.DecodeRuneInString(line)
	return !unicode.IsLower(r)
}

// likeTitle reports whether a line that stands alone is a heading rather than
// a sentence: short, without a mark at its end.
func likeTitle(line string) bool {
	if ends(line) || strings.HasSuffix(line, ":") || strings.HasSuffix(line, ",") || !beginsAnew(line) {
		return false
	}
	if text.MajorityScript(line).Spaceless() {
		return utf8.RuneCountInString(line) <= 20
	}
	return text.WordCount(line) <= 9 && utf8.RuneCountInString(line) <= 80
}
