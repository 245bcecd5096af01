package parse

import (
	"encoding/xml"
	"strconv"
	"strings"
)

const (
	bullet     = "- "
	listLevels = 9
)

// docxLevel is one level of a list: how its numbers look.
type docxLevel struct {
	format string // "decimal", "bullet", "lowerLetter", ...
	text   string // "%1.%2)"
	start  int
}

// docxNumbers numbers the paragraphs of lists as Word would.
type docxNumbers struct {
	abstract map[string]*[listLevels]docxLevel
	lists    map[string]string           // abstract definition by list
	counts   map[string]*[listLevels]int // by abstract definition: lists of one continue each other
}

func newDOCXNumbers() *docxNumbers {
	return &docxNumbers{
		abstract: map[string]*[listLevels]docxLevel{},
		lists:    map[string]string{},
		counts:   map[string]*[listLevels]int{},
	}
}

// read reads the part that defines the lists.
func (n *docxNumbers) read(x *xmlReader) error {
	return x.root(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "abstractNum":
			levels := &[listLevels]docxLevel{}
			n.abstract[xmlAttr(e, "abstractNumId")] = levels
			return x.each(func(e xml.StartElement) error {
				at, err := strconv.Atoi(xmlAttr(e, "ilvl"))
				if e.Name.Local != "lvl" || err != nil || at < 0 || at >= listLevels {
					return nil
				}
				return readDOCXLevel(x, &levels[at])
			})
		case "num":
			id := xmlAttr(e, "numId")
			return x.each(func(e xml.StartElement) error {
				if e.Name.Local == "abstractNumId" {
					n.lists[id] = xmlAttr(e, "val")
				}
				return nil
			})
		}
		return nil
	})
}

func readDOCXLevel(x *xmlReader, level *docxLevel) error {
	level.start = 1
	return x.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmt":
			level.format = xmlAttr(e, "val")
		case "lvlText":
			level.text = xmlAttr(e, "val")
		case "start":
			level.start, _ = strconv.Atoi(xmlAttr(e, "val"))
		}
		return nil
	})
}

// marker counts a paragraph at a level of a list, from 0, and returns what
// stands before it with a space after, "" outside of lists.
func (n *docxNumbers) marker(list string, depth int) string {
	if list == "" || list == "0" || depth < 0 || depth >= listLevels {
		return ""
	}
	id := n.lists[list]
	levels := n.abstract[id]
	if levels == nil {
		return bullet
	}
	counts := n.counts[id]
	if counts == nil {
		counts = &[listLevels]int{}
		n.counts[id] = counts
	}
	counts[depth]++
	clear(counts[depth+1:])
	level := levels[depth]
	switch level.format {
	case "bullet", "":
		return bullet
	case "none":
		return ""
	}
	text := level.text
	for i := range depth + 1 {
		number := levels[i].start + max(counts[i], 1) - 1
		text = strings.ReplaceAll(text, "%"+strconv.Itoa(i+1), formatNumber(levels[i].format, number))
	}
	if text = strings.TrimSpace(text); text == "" {
		return bullet
	}
	return text + " "
}

// formatNumber writes a number of a list in one of Word's formats; those of
// other scripts are written as decimals.
func formatNumber(format string, n int) string {
	switch format {
	case "lowerLetter":
		return strings.ToLower(letterNumber(n))
	case "upperLetter":
		return letterNumber(n)
	case "lowerRoman":
		return strings.ToLower(romanNumber(n))
	case "upperRoman":
		return romanNumber(n)
	}
	return strconv.Itoa(n)
}

// letterNumber counts A, B, ... Z, AA, BB, as Word does.
func letterNumber(n int) string {
	if n < 1 || n > 26*20 {
		return strconv.Itoa(n)
	}
	return strings.Repeat(string(rune('A'+(n-1)%26)), (n-1)/26+1)
}

func romanNumber(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	var out strings.Builder
	values := []int{1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1}
	signs := []string{"M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"}
	for i, v := range values {
		for ; n >= v; n -= v {
			out.WriteString(signs[i])
		}
	}
	return out.String()
}
