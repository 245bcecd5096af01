package parse

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// pageFacts is what decides which parts of a page are content.
type pageFacts struct {
	text int // bytes of visible text in all
	h1s  int
}

// page walks the main content of a page. What looks like navigation is left
// out only while it is the smaller part: an index page is all links.
func (w *htmlWalker) page(root *html.Node) {
	w.facts = pageFacts{text: textLength(root)}
	var mains []*html.Node
	for n := range root.Descendants() {
		switch {
		case n.DataAtom == atom.H1:
			w.facts.h1s++
		case n.DataAtom == atom.Main || attr(n, "role") == "main":
			mains = append(mains, n)
		}
	}
	if len(mains) == 1 && textLength(mains[0])*10 >= w.facts.text*4 {
		root = mains[0]
	}
	w.walk(root)
	w.settle()
}

// leftOut reports whether an element is not content, after writing the page's
// only heading where it stands in such an element.
func (w *htmlWalker) leftOut(n *html.Node) bool {
	if w.neverShown(n) {
		return true
	}
	if w.keepAll || !w.navigation(n) {
		return false
	}
	if w.facts.h1s > 0 && count(n, atom.H1) == w.facts.h1s {
		for c := range n.Descendants() {
			if c.DataAtom == atom.H1 {
				w.heading(c)
			}
		}
	}
	return true
}

// neverShown reports whether an element's text is no text: programs, controls,
// pictures, and small parts that are hidden.
func (w *htmlWalker) neverShown(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Iframe, atom.Object, atom.Embed, atom.Svg,
		atom.Canvas, atom.Select, atom.Datalist, atom.Button, atom.Input, atom.Textarea, atom.Head, atom.Audio,
		atom.Video, atom.Map, atom.Annotation, atom.Progress, atom.Meter:
		return true
	}
	class := attr(n, "class")
	if n.DataAtom == atom.A && hasWord(class, "headerlink", "anchor", "permalink", "anchorjs-link", "heading-link") {
		return len(strings.TrimSpace(textOf(n))) <= 4 // a pilcrow or the like
	}
	if n.DataAtom == atom.Td && hasWord(class, "gutter", "linenos", "linenumbers") {
		return true
	}
	style := strings.ReplaceAll(strings.ToLower(attr(n, "style")), " ", "")
	if hasAttr(n, "hidden") || strings.Contains(style, "display:none") || attr(n, "aria-hidden") == "true" {
		if w.oneOfSeveral(n) {
			return false
		}
		return textLength(n) < 300 // a longer one may be a folded part of the content
	}
	return false
}

// oneOfSeveral reports whether n is hidden together with all that stands beside
// it: a script shows one of them, such as the key's name on this system. What
// was found for a parent holds for all its children, who come one by one.
func (w *htmlWalker) oneOfSeveral(n *html.Node) bool {
	if n.Parent == nil || !hasAttr(n, "hidden") {
		return false
	}
	if w.choiceIn != n.Parent {
		w.choiceIn, w.isChoice = n.Parent, onlyHidden(n.Parent)
	}
	return w.isChoice
}

// onlyHidden reports whether all that is in n is several hidden elements.
func onlyHidden(n *html.Node) bool {
	hidden := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode && strings.TrimSpace(c.Data) != "":
			return false
		case c.Type == html.ElementNode && !hasAttr(c, "hidden"):
			return false
		case c.Type == html.ElementNode:
			hidden++
		}
	}
	return hidden > 1
}

// navigation reports whether n surrounds the content instead of being part of
// it, by its element, role or class, as long as most text is elsewhere.
func (w *htmlWalker) navigation(n *html.Node) bool {
	size := 0
	switch {
	case n.DataAtom == atom.Nav, hasWord(attr(n, "role"), "navigation", "banner", "contentinfo", "search", "menu", "menubar"),
		namesNavigation(attr(n, "class")), namesNavigation(attr(n, "id")):
		if n.DataAtom == atom.Body || n.DataAtom == atom.Html || n.DataAtom == atom.Main || n.DataAtom == atom.Article {
			return false
		}
		size = textLength(n)
		return size*2 < w.facts.text
	case (n.DataAtom == atom.Header || n.DataAtom == atom.Footer) && !insideContent(n):
		size = textLength(n)
		return size*3 < w.facts.text
	case n.DataAtom == atom.Aside && !insideContent(n):
		size = textLength(n)
		listOfLinks := linkLength(n)*10 > size*4
		return size*3 < w.facts.text && (listOfLinks || size < 200 && !strings.ContainsAny(textOf(n), ".!?"))
	}
	return false
}

// insideContent reports whether n stands in an article or in the main part.
func insideContent(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == atom.Article || p.DataAtom == atom.Main || attr(p, "role") == "main" {
			return true
		}
	}
	return false
}

// namesNavigation reports whether a class or an id is one that documentation
// tools and site builders give to what surrounds the content.
func namesNavigation(names string) bool {
	return hasWord(strings.ToLower(names),
		"navheader", "navfooter", "navbar", "nav-bar", "navigation", "breadcrumb", "breadcrumbs", "sidebar",
		"side-bar", "sphinxsidebar", "site-header", "site-footer", "page-footer", "cookie-banner", "cookie-consent",
		"skip-link", "skip-to-content", "pagination", "pager", "prev-next", "related-pages", "share-buttons",
		"social-links", "nav-panel", "header-panel")
}

// hasWord reports whether one of the words between spaces in list is wanted.
func hasWord(list string, wanted ...string) bool {
	for word := range strings.FieldsSeq(list) {
		for _, w := range wanted {
			if word == w {
				return true
			}
		}
	}
	return false
}

// textLength returns the bytes of text below n that are shown, white space
// left out.
func textLength(n *html.Node) int {
	if n.Type == html.TextNode {
		length := 0
		for word := range strings.FieldsSeq(n.Data) {
			length += len(word)
		}
		return length
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Head:
		return 0
	}
	length := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		length += textLength(c)
	}
	return length
}

// linkLength returns the bytes of text below n that are links.
func linkLength(n *html.Node) int {
	length := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.A {
			length += textLength(c)
		} else {
			length += linkLength(c)
		}
	}
	return length
}

func count(n *html.Node, a atom.Atom) int {
	found := 0
	for c := range n.Descendants() {
		if c.DataAtom == a {
			found++
		}
	}
	return found
}
