package parse

import (
	"strings"
	"unicode/utf8"
)

// titleFinder finds the headings that plain text marks: underlined lines, in
// reStructuredText also overlined ones, and the leading marks of AsciiDoc and
// Org. Underlines rank in the order of their first use.
type titleFinder struct {
	underlines []string
}

// find looks at the first lines of a paragraph in a file with extension ext.
// It returns the heading there, its level and how many lines it takes, 0 lines
// if there is none.
func (f *titleFinder) find(ext, paragraph string) (title string, level, used int) {
	first, rest, _ := strings.Cut(paragraph, "\n")
	switch ext {
	case ".adoc", ".asciidoc":
		if title, level = leadingMarks(first, '='); level > 0 {
			return title, level, 1
		}
	case ".org":
		if title, level = leadingMarks(first, '*'); level > 0 {
			return title, level, 1
		}
	}
	second, rest, _ := strings.Cut(rest, "\n")
	if mark := underline(second, first); mark != "" {
		return strings.TrimSpace(first), f.rank(mark), 2
	}
	third, _, _ := strings.Cut(rest, "\n")
	if mark := underline(third, second); mark != "" && underline(first, second) == mark {
		return strings.TrimSpace(second), f.rank("over" + mark), 3
	}
	return "", 0, 0
}

// rank returns the level of a kind of underline, from 1.
func (f *titleFinder) rank(mark string) int {
	for i, m := range f.underlines {
		if m == mark {
			return i + 1
		}
	}
	f.underlines = append(f.underlines, mark)
	return len(f.underlines)
}

// underline returns the character that line repeats to underline title, ""
// when it does not: three times at least, and about as long as the title.
func underline(line, title string) string {
	line, title = strings.TrimRight(line, " \t\r"), strings.TrimSpace(title)
	if len(line) < 3 || title == "" || !strings.ContainsRune("=-~^#*+\"'`_.:", rune(line[0])) {
		return ""
	}
	mark := line[:1]
	if strings.Trim(line, mark) != "" || strings.Trim(title, mark) == "" {
		return ""
	}
	letters := utf8.RuneCountInString(title)
	if letters > 120 || len(line) < letters*2/3 {
		return ""
	}
	return mark
}

// leadingMarks returns a title after one to six marks and a space.
func leadingMarks(line string, mark byte) (title string, level int) {
	for level < len(line) && line[level] == mark {
		level++
	}
	if level == 0 || level > 6 || level == len(line) || line[level] != ' ' {
		return "", 0
	}
	return strings.TrimSpace(line[level:]), level
}

// afterLines returns s without its first n lines.
func afterLines(s string, n int) string {
	for ; n > 0; n-- {
		_, s, _ = strings.Cut(s, "\n")
	}
	return s
}
