package parse

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// Levels of headings in Word documents: a title, nine outline levels, and
// paragraphs that are bold from end to end.
const (
	titleLevel = 1
	boldLevel  = 11
)

// docxStyle is what a paragraph style says about structure.
type docxStyle struct {
	level     int // of a heading; 0 for others
	code      bool
	list      string
	listLevel int
	parent    string
}

// readDOCXStyles returns the paragraph styles by id, with what they inherit.
func readDOCXStyles(x *xmlReader) (map[string]docxStyle, error) {
	styles := map[string]docxStyle{}
	err := x.root(func(e xml.StartElement) error {
		if e.Name.Local != "style" || xmlAttr(e, "type") != "paragraph" {
			return x.skip()
		}
		style, err := readDOCXStyle(x)
		styles[xmlAttr(e, "styleId")] = style
		return err
	})
	for id, style := range styles {
		for parent, steps := style.parent, 0; parent != "" && steps < 20; steps++ {
			above := styles[parent]
			style.code = style.code || above.code
			if style.level == 0 {
				style.level = above.level
			}
			if style.list == "" {
				style.list, style.listLevel = above.list, above.listLevel
			}
			parent = above.parent
		}
		styles[id] = style
	}
	return styles, err
}

func readDOCXStyle(x *xmlReader) (docxStyle, error) {
	var style docxStyle
	var read func(xml.StartElement) error
	read = func(e xml.StartElement) error {
		value := xmlAttr(e, "val")
		switch e.Name.Local {
		case "name":
			name := strings.ToLower(value)
			style.code = codeStyle(name)
			if name == "title" {
				style.level = titleLevel
			} else if n, ok := strings.CutPrefix(name, "heading "); ok && style.level == 0 {
				if level, err := strconv.Atoi(n); err == nil && level >= 1 && level <= 9 {
					style.level = titleLevel + level
				}
			}
		case "basedOn":
			style.parent = value
		case "outlineLvl":
			if level := outlineLevel(value); level > 0 {
				style.level = level
			}
		case "numId":
			style.list = value
		case "ilvl":
			style.listLevel, _ = strconv.Atoi(value)
		case "pPr", "numPr":
			return x.each(read)
		}
		return nil
	}
	err := x.each(read)
	return style, err
}

// codeStyle reports whether a style is for code by its name in lower case.
func codeStyle(name string) bool {
	return containsAny(name, "preformatted", "source code", "code block") || name == "code" || name == "macro text"
}

// outlineLevel turns Word's outline level, from 0, into ours; 0 for body text.
func outlineLevel(value string) int {
	level, err := strconv.Atoi(value)
	if err != nil || level < 0 || level > 8 {
		return 0
	}
	return titleLevel + 1 + level
}
