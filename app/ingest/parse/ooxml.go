package parse

import (
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"
)

// relation is a link from one part of an Office document to another.
type relation struct {
	kind   string // last word of its type: "worksheet", "notesSlide"
	target string // name of the part
}

// part opens an XML part of the archive, calls read on it and closes it. A
// part that is not there is not an error.
func (a *archive) part(name string, read func(*xmlReader) error) error {
	r, err := a.open(name)
	if errors.Is(err, errNoPart) {
		return nil
	}
	if err != nil {
		return err
	}
	defer r.Close()
	if err := read(newXMLReader(r, a.limits)); err != nil && err != io.EOF {
		return err
	}
	return nil
}

// relations returns the links of a part by their id.
func (a *archive) relations(name string) (map[string]relation, error) {
	dir, file := path.Split(name)
	links := map[string]relation{}
	err := a.part(dir+"_rels/"+file+".rels", func(x *xmlReader) error {
		return x.root(func(e xml.StartElement) error {
			target := xmlAttr(e, "Target")
			if xmlAttr(e, "TargetMode") == "External" || target == "" {
				return nil
			}
			if !strings.HasPrefix(target, "/") {
				target = path.Join(dir, target)
			}
			links[xmlAttr(e, "Id")] = relation{kind: path.Base(xmlAttr(e, "Type")), target: strings.TrimPrefix(target, "/")}
			return nil
		})
	})
	return links, err
}

// mainPart returns the name of the document's main part, which the archive's
// own relations name; fallback where they do not.
func (a *archive) mainPart(fallback string) (string, error) {
	links, err := a.relations("")
	if err != nil {
		return "", err
	}
	for _, l := range links {
		if l.kind == "officeDocument" && a.has(l.target) {
			return l.target, nil
		}
	}
	if !a.has(fallback) {
		return "", fail(Damaged, "The file is a zip archive, but not a document of this type.")
	}
	return fallback, nil
}

// noteCoreProperties takes the title and the metadata of an Office document.
func noteCoreProperties(a *archive, b *builder) error {
	return a.part("docProps/core.xml", func(x *xmlReader) error {
		return x.root(func(e xml.StartElement) error {
			text, err := x.text()
			if err != nil {
				return err
			}
			switch e.Name.Local {
			case "title":
				b.title(text)
			case "creator":
				b.meta("author", text)
			case "subject", "keywords", "category", "description", "language", "created", "modified":
				b.meta(e.Name.Local, text)
			}
			return nil
		})
	})
}
