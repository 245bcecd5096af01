package parse

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"syft-space/app/space"
)

// epubFormat reads electronic books, chapter by chapter.
func epubFormat() Format {
	return Format{Name: "EPUB book", Extensions: []string{".epub"}, parse: parseEPUB}
}

func parseEPUB(_ context.Context, src *source, b *builder) error {
	a, err := openArchive(b.ctx, src)
	if err != nil {
		return err
	}
	if protected(a) {
		return fail(Locked, "The book is copy-protected (DRM); get a copy without protection.")
	}
	main, err := epubPackage(a)
	if err != nil {
		return err
	}
	chapters, err := readEPUBPackage(a, main, b)
	if err != nil {
		return err
	}
	for i, part := range chapters {
		data, err := a.read(part)
		if errors.Is(err, errNoPart) {
			b.warn("Chapter %d is missing from the file.", i+1)
			continue
		}
		if err != nil {
			return err
		}
		text, err := decodeHTML(data, b)
		if err != nil {
			return err
		}
		if err := writeHTMLBody(b, text, space.Position{Part: fmt.Sprintf("chapter %d", i+1)}); err != nil {
			return err
		}
	}
	return b.err()
}

// protected reports whether parts of a book are encrypted, fonts aside, which
// are obfuscated in free books, too.
func protected(a *archive) bool {
	data, err := a.read("META-INF/encryption.xml")
	if err != nil {
		return false
	}
	methods := bytes.Count(data, []byte("EncryptionMethod"))
	fonts := bytes.Count(data, []byte("embedding")) + bytes.Count(data, []byte("pdf/enc#RC"))
	return methods > 0 && fonts == 0
}

// epubPackage returns the name of the part that lists all others.
func epubPackage(a *archive) (string, error) {
	main := ""
	err := a.part("META-INF/container.xml", func(x *xmlReader) error {
		return x.root(func(e xml.StartElement) error {
			return x.each(func(e xml.StartElement) error {
				if main == "" {
					main = xmlAttr(e, "full-path")
				}
				return nil
			})
		})
	})
	if err == nil && !a.has(main) {
		err = fail(Damaged, "The file is a zip archive, but not a book.")
	}
	return main, err
}

// readEPUBPackage takes the book's metadata and returns its chapters in reading
// order, without the table of contents.
func readEPUBPackage(a *archive, main string, b *builder) ([]string, error) {
	parts := map[string]string{} // by id
	var chapters []string
	err := a.part(main, func(x *xmlReader) error {
		return x.root(func(e xml.StartElement) error {
			switch e.Name.Local {
			case "metadata":
				return noteEPUB(x, b)
			case "manifest":
				return x.each(func(e xml.StartElement) error {
					if strings.Contains(xmlAttr(e, "media-type"), "html") && !hasWord(xmlAttr(e, "properties"), "nav") {
						parts[xmlAttr(e, "id")] = epubPart(main, xmlAttr(e, "href"))
					}
					return nil
				})
			case "spine":
				return x.each(func(e xml.StartElement) error {
					if part := parts[xmlAttr(e, "idref")]; part != "" {
						chapters = append(chapters, part)
					}
					return nil
				})
			}
			return nil
		})
	})
	return chapters, err
}

// epubPart returns the name of the part that a reference in main leads to.
func epubPart(main, href string) string {
	if decoded, err := url.PathUnescape(href); err == nil {
		href = decoded
	}
	href, _, _ = strings.Cut(href, "#")
	return path.Join(path.Dir(main), href)
}

func noteEPUB(x *xmlReader, b *builder) error {
	return x.each(func(e xml.StartElement) error {
		text, err := x.text()
		if err != nil {
			return err
		}
		switch e.Name.Local {
		case "title":
			b.title(text)
		case "creator":
			b.meta("author", text)
		case "date":
			b.meta("created", text)
		case "language", "subject", "publisher", "description":
			b.meta(e.Name.Local, text)
		}
		return nil
	})
}
