package parse

import (
	"strconv"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// control reads a control word or a control symbol after its backslash.
func (r *rtf) control() {
	if r.at >= len(r.data) {
		return
	}
	c := r.data[r.at]
	if c|0x20 < 'a' || c|0x20 > 'z' {
		r.at++
		r.symbol(c)
		return
	}
	start := r.at
	for r.at < len(r.data) && r.data[r.at]|0x20 >= 'a' && r.data[r.at]|0x20 <= 'z' && r.at-start < 32 {
		r.at++
	}
	word := string(r.data[start:r.at])
	number, has := r.number()
	if r.at < len(r.data) && r.data[r.at] == ' ' {
		r.at++
	}
	if word == "bin" { // raw bytes follow
		r.at = min(r.at+max(number, 0), len(r.data))
		return
	}
	if word != "u" {
		r.skip = 0
	}
	if !r.destination(word) && !r.character(word, number) {
		r.property(word, number, has)
	}
}

// number reads the number after a control word.
func (r *rtf) number() (n int, has bool) {
	start := r.at
	if r.at < len(r.data) && r.data[r.at] == '-' {
		r.at++
	}
	for r.at < len(r.data) && r.data[r.at] >= '0' && r.data[r.at] <= '9' && r.at-start < 11 {
		r.at++
	}
	n, err := strconv.Atoi(string(r.data[start:r.at]))
	if err != nil {
		return 0, false
	}
	return n, true
}

func (r *rtf) symbol(c byte) {
	switch c {
	case '\'':
		if r.at+2 <= len(r.data) {
			if b, err := strconv.ParseUint(string(r.data[r.at:r.at+2]), 16, 8); err == nil {
				r.put(byte(b))
			}
			r.at += 2
		}
	case '*': // a destination that readers may not know
		r.flush()
		if r.state.place == rtfBody {
			r.state.place = rtfSkipped
		}
	case '~':
		r.put(' ')
	case '_':
		r.put('-')
	case '\\', '{', '}':
		r.put(c)
	case '\r', '\n':
		r.endParagraph()
	}
}

// destination reports whether word begins a group that is not the body.
func (r *rtf) destination(word string) bool {
	place := rtfSkipped
	switch word {
	case "fonttbl":
		place = rtfFonts
	case "stylesheet":
		place = rtfStyles
	case "title":
		place = rtfTitle
	case "author":
		place = rtfAuthor
	case "footnote", "shptxt", "fldrslt": // text of the body
		if r.state.place == rtfSkipped && word != "fldrslt" {
			place = rtfBody
		} else {
			return true
		}
	case "info", "colortbl", "pict", "object", "header", "footer", "headerl", "headerr", "headerf", "footerl", "footerr",
		"footerf", "fldinst", "listtable", "listoverridetable", "revtbl", "generator", "themedata", "datastore", "xmlnstbl",
		"latentstyles", "nonshppict", "annotation", "atnid", "atnauthor", "bkmkstart", "bkmkend", "template",
		"operator", "subject", "keywords", "comment", "doccomm", "company":
	default:
		return false
	}
	r.flush()
	r.state.place = place
	r.name.Reset()
	return true
}

// character reports whether word stands for text.
func (r *rtf) character(word string, number int) bool {
	text := ""
	switch word {
	case "u":
		r.unicode(rune(uint16(number)))
		return true
	case "tab":
		text = "\t"
	case "line":
		text = "\n"
	case "emdash":
		text = "\u2014"
	case "endash":
		text = "\u2013"
	case "lquote":
		text = "\u2018"
	case "rquote":
		text = "\u2019"
	case "ldblquote":
		text = "\u201c"
	case "rdblquote":
		text = "\u201d"
	case "bullet":
		text = "\u2022"
	case "emspace", "enspace", "qmspace":
		text = " "
	default:
		return false
	}
	r.flush()
	r.write(text)
	return true
}

// unicode takes a character given by its number; those beyond 16 bits come in
// two halves.
func (r *rtf) unicode(c rune) {
	r.flush()
	r.skip = r.state.unicode
	switch {
	case utf16.IsSurrogate(c) && r.high == 0:
		r.high = c
		return
	case r.high != 0:
		c = utf16.DecodeRune(r.high, c)
		r.high = 0
	}
	r.write(string(c))
}

// property follows what else of the format matters to the text.
func (r *rtf) property(word string, number int, has bool) {
	r.flush()
	switch word {
	case "par", "sect", "page":
		if r.state.place == rtfBody {
			r.endParagraph()
		}
	case "cell":
		r.endCell()
	case "row":
		r.endRow()
	case "intbl":
		r.inTable = true
	case "pard":
		r.level, r.inTable = 0, false
	case "s":
		r.style = number
		if r.state.place == rtfBody {
			r.level = r.styles[number]
		}
	case "outlinelevel":
		if level := outlineLevel(strconv.Itoa(number)); r.state.place == rtfBody && level > 0 {
			r.level = level
		}
	case "f":
		r.state.font, r.font = number, number
	case "fcharset":
		r.fonts[r.font] = charsetOfFont(number)
	case "ansicpg":
		if enc := charsetOfCodePage(number); enc != nil {
			r.codePage = enc
		}
	case "uc":
		r.state.unicode = min(max(number, 0), 16)
	case "v":
		r.state.hidden = !has || number != 0
	case "deleted":
		r.state.hidden = !has || number != 0
	case "plain":
		r.state.hidden = false
	}
}

// charsetOfFont returns the encoding of a font's \fcharset, nil for the
// document's own.
func charsetOfFont(charset int) encoding.Encoding {
	pages := map[int]int{128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255,
		178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250}
	return charsetOfCodePage(pages[charset])
}

// charsetOfCodePage returns the encoding of a Windows code page, nil for those
// not known.
func charsetOfCodePage(page int) encoding.Encoding {
	switch page {
	case 437:
		return charmap.CodePage437
	case 850:
		return charmap.CodePage850
	case 874:
		return charmap.Windows874
	case 932:
		return japanese.ShiftJIS
	case 936:
		return simplifiedchinese.GBK
	case 949:
		return korean.EUCKR
	case 950:
		return traditionalchinese.Big5
	case 10000:
		return charmap.Macintosh
	}
	windows := []encoding.Encoding{charmap.Windows1250, charmap.Windows1251, charmap.Windows1252, charmap.Windows1253,
		charmap.Windows1254, charmap.Windows1255, charmap.Windows1256, charmap.Windows1257, charmap.Windows1258}
	if page >= 1250 && page <= 1258 {
		return windows[page-1250]
	}
	return nil
}
