package parse

import (
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// outline returns the entries of the document's outline in reading order. It
// walks the tree itself: the library's own walk never ends on an outline that
// refers back to itself.
func (r *pdfReader) outline() []pdfEntry {
	w := outlineWalker{pdfReader: r}
	w.children(nil, 1)
	return w.entries
}

type outlineWalker struct {
	*pdfReader
	entries []pdfEntry
	seen    int
}

// children appends the entries below parent, nil for the top. Whatever cannot
// be read is left out: an outline only helps.
func (w *outlineWalker) children(parent *references.FPDF_BOOKMARK, level int) {
	first, err := w.lib.FPDFBookmark_GetFirstChild(&requests.FPDFBookmark_GetFirstChild{Document: w.doc, Bookmark: parent})
	if err != nil || level > outlineDepth {
		return
	}
	for at := first.Bookmark; at != nil; {
		if w.seen++; w.seen > outlineEntries {
			return
		}
		w.entry(*at, level)
		w.children(at, level+1)
		next, err := w.lib.FPDFBookmark_GetNextSibling(&requests.FPDFBookmark_GetNextSibling{Document: w.doc, Bookmark: *at})
		if err != nil {
			return
		}
		at = next.Bookmark
	}
}

// entry appends one entry if it leads to a page of this document.
func (w *outlineWalker) entry(at references.FPDF_BOOKMARK, level int) {
	titled, err := w.lib.FPDFBookmark_GetTitle(&requests.FPDFBookmark_GetTitle{Bookmark: at})
	if err != nil {
		return
	}
	found, err := w.lib.FPDFBookmark_GetDest(&requests.FPDFBookmark_GetDest{Document: w.doc, Bookmark: at})
	if err != nil {
		return
	}
	dest := found.Dest
	if dest == nil {
		action, err := w.lib.FPDFBookmark_GetAction(&requests.FPDFBookmark_GetAction{Bookmark: at})
		if err != nil || action.Action == nil {
			return
		}
		goes, err := w.lib.FPDFAction_GetDest(&requests.FPDFAction_GetDest{Document: w.doc, Action: *action.Action})
		if err != nil || goes.Dest == nil {
			return
		}
		dest = goes.Dest
	}
	page, err := w.lib.FPDFDest_GetDestPageIndex(&requests.FPDFDest_GetDestPageIndex{Document: w.doc, Dest: *dest})
	if err != nil || page.Index < 0 {
		return
	}
	title := oneLine(titled.Title)
	if title != "" && len(title) <= longestHeading {
		w.entries = append(w.entries, pdfEntry{Title: title, Level: level, Page: page.Index + 1})
	}
}
