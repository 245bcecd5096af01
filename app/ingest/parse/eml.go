package parse

import (
	"context"
	"io"
	"mime"
	"strings"
	"time"

	"github.com/emersion/go-message"
	"golang.org/x/net/html/charset"

	"syft-space/app/space"
)

// deepestMail bounds how messages within messages, and parts within parts, are
// read.
const deepestMail = 16

// emlFormat reads one e-mail message.
func emlFormat() Format {
	return Format{Name: "e-mail message", Extensions: []string{".eml"}, parse: parseEML}
}

func parseEML(_ context.Context, src *source, b *builder) error {
	m := mail{b: b}
	if err := m.message(src.reader(), 1, 0); err != nil {
		return err
	}
	return b.err()
}

// mail writes messages.
type mail struct {
	b  *builder
	at space.Position
	// files are the names of what is attached to the message in hand.
	files []string
}

// message writes one message under a heading at level; depth counts the
// messages around it.
func (m *mail) message(r io.Reader, level, depth int) error {
	e, err := message.Read(stoppable{m.b.ctx, r})
	if e == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		return because(err, Damaged, "The message is damaged or is not an e-mail.")
	}
	if e.Header.Len() == 0 {
		return fail(Damaged, "The file has no header of an e-mail message.")
	}
	m.header(e.Header, level)
	m.files = nil
	if err := m.part(e, level, depth); err != nil {
		return err
	}
	if len(m.files) > 0 {
		m.b.paragraph("Attachments: "+strings.Join(m.files, ", "), m.at)
	}
	return nil
}

// header writes the subject as a heading, then who wrote to whom and when.
func (m *mail) header(h message.Header, level int) {
	words := mime.WordDecoder{CharsetReader: charset.NewReaderLabel}
	field := func(key string) string {
		value := h.Get(key)
		if decoded, err := words.DecodeHeader(value); err == nil {
			value = decoded
		}
		return oneLine(value)
	}
	subject := field("Subject")
	if subject == "" {
		subject = "(no subject)"
	}
	m.b.heading(level, subject, m.at)
	var lines []string
	for _, key := range []string{"From", "To", "Cc", "Date"} {
		if value := field(key); value != "" {
			lines = append(lines, key+": "+value)
		}
	}
	m.b.row("", strings.Join(lines, "\n"), m.at)
	if level > 1 || m.at.Part != "" {
		return // the metadata are those of a file with one message
	}
	m.b.title(subject)
	m.b.meta("author", field("From"))
	m.b.meta("to", field("To"))
	m.b.meta("message_id", strings.Trim(field("Message-Id"), "<>"))
	m.b.meta("created", mailDate(field("Date")))
}

// mailDate returns a date of RFC 5322 in the form of RFC 3339, and as it is if
// it is none.
func mailDate(value string) string {
	comment := strings.Index(value, " (")
	if comment > 0 {
		value = value[:comment]
	}
	for _, layout := range []string{time.RFC1123Z, "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 -0700", time.RFC1123} {
		if t, err := time.Parse(layout, value); err == nil {
			return t.Format(time.RFC3339)
		}
	}
	return value
}

// part writes a part: the parts in it, its text, or nothing but its name.
func (m *mail) part(e *message.Entity, level, depth int) error {
	kind, params, err := e.Header.ContentType()
	if err != nil || kind == "" {
		kind = "text/plain" // RFC 2045, 5.2
	}
	disposition, naming, _ := e.Header.ContentDisposition()
	name := naming["filename"]
	if name == "" {
		name = params["name"]
	}
	switch {
	case depth > deepestMail:
		m.b.warn("Parts nested deeper than %d were left out.", deepestMail)
		return nil
	case strings.HasPrefix(kind, "multipart/"):
		return m.parts(e, kind, level, depth)
	case kind == "message/rfc822":
		inner := mail{b: m.b, at: m.at}
		return inner.message(e.Body, level+1, depth+1)
	case disposition == "attachment" || name != "" || !strings.HasPrefix(kind, "text/"):
		if name = oneLine(name); name == "" {
			name = kind
		}
		m.files = append(m.files, name)
		return nil
	}
	return m.text(e, kind, params["charset"])
}

// parts writes the parts of a multipart entity; of alternatives the plainest
// one that has text.
func (m *mail) parts(e *message.Entity, kind string, level, depth int) error {
	r := e.MultipartReader()
	if r == nil {
		return nil
	}
	defer r.Close()
	before := len(m.b.doc.Blocks)
	for m.b.err() == nil {
		part, err := r.NextPart()
		if err == io.EOF || part == nil {
			break // an end without the closing line is common
		}
		if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
			m.b.warn("A part of the message could not be read and was left out.")
			continue
		}
		if kind == "multipart/alternative" && len(m.b.doc.Blocks) > before {
			continue
		}
		if err := m.part(part, level, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// text writes the text of a part.
func (m *mail) text(e *message.Entity, kind, declared string) error {
	data, err := io.ReadAll(io.LimitReader(e.Body, m.b.limits.TextBytes+1))
	if err != nil && len(data) == 0 {
		m.b.warn("A part of the message could not be decoded and was left out.")
		return nil
	}
	var text string
	enc, name := charset.Lookup(declared)
	if enc != nil && name != "utf-8" && !strings.EqualFold(declared, "us-ascii") {
		text = decodeAs(enc, data)
	} else if text, err = decodeText(data, m.b); err != nil {
		m.b.warn("A part of the message looks like binary data and was left out.")
		return nil
	}
	if kind == "text/html" {
		return writeHTMLBody(m.b, text, m.at)
	}
	for lines := range paragraphs(text, m.b) {
		m.b.paragraph(lines, m.at)
	}
	return m.b.err()
}
