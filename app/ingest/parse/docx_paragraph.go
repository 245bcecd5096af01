package parse

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// docxParagraph is what the runs of a paragraph say.
type docxParagraph struct {
	text      strings.Builder
	style     string
	outline   int // level that the paragraph itself states, 0 without
	list      string
	listLevel int
	notes     []string
	boxes     *builder // blocks of text boxes
	bold      bool     // all of its text is
}

// inline reads the runs of the paragraph whose start was read last.
func (d *docx) inline(p *docxParagraph) error {
	return d.x.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "pPr":
			return d.paragraphProperties(p)
		case "r":
			return d.run(p)
		case "del", "moveFrom", "Fallback":
			return d.x.skip()
		case "t": // of a formula
			return d.writeText(p)
		}
		return d.inline(p) // hyperlinks, insertions, fields, content controls, formulas
	})
}

func (d *docx) paragraphProperties(p *docxParagraph) error {
	return d.x.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "pStyle":
			p.style = xmlAttr(e, "val")
		case "outlineLvl":
			p.outline = outlineLevel(xmlAttr(e, "val"))
		case "numPr":
			return d.x.each(func(e xml.StartElement) error {
				switch e.Name.Local {
				case "numId":
					p.list = xmlAttr(e, "val")
				case "ilvl":
					p.listLevel, _ = strconv.Atoi(xmlAttr(e, "val"))
				}
				return nil
			})
		}
		return d.x.skip()
	})
}

// run reads a run: text of one look.
func (d *docx) run(p *docxParagraph) error {
	hidden, bold := false, false
	return d.x.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "rPr":
			return d.x.each(func(e xml.StartElement) error {
				switch e.Name.Local {
				case "vanish":
					hidden = xmlSwitch(e)
				case "b":
					bold = xmlSwitch(e)
				}
				return nil
			})
		case "t":
			if hidden {
				return d.x.skip()
			}
			before := p.text.Len()
			if err := d.writeText(p); err != nil {
				return err
			}
			if !bold && strings.TrimSpace(p.text.String()[before:]) != "" {
				p.bold = false
			}
		case "tab", "ptab":
			p.text.WriteByte('\t')
		case "br", "cr":
			p.text.WriteByte('\n')
		case "noBreakHyphen":
			p.text.WriteByte('-')
		case "footnoteReference":
			p.notes = append(p.notes, "footnote"+xmlAttr(e, "id"))
		case "endnoteReference":
			p.notes = append(p.notes, "endnote"+xmlAttr(e, "id"))
		case "drawing", "pict", "AlternateContent":
			return d.boxes(p)
		}
		return nil
	})
}

func (d *docx) writeText(p *docxParagraph) error {
	text, err := d.x.text()
	p.text.WriteString(text)
	return err
}

// boxes reads the text boxes in a drawing.
func (d *docx) boxes(p *docxParagraph) error {
	return d.x.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "txbxContent":
			return d.blocks(p.boxes)
		case "Fallback": // the same once more, for older programs
			return d.x.skip()
		}
		return d.boxes(p)
	})
}
