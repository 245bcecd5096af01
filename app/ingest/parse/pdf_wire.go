package parse

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// The parent and a PDF worker talk in frames of JSON, each after its length in
// four bytes. The worker begins with a pdfReply of kind "ready" to the parent's
// pdfSetup; each pdfRequest, followed by the bytes of the file, is answered by
// "open", one "page" for each page, and "end", or by "error" at any point.

// largestFrame bounds a frame, in bytes; a page of text is a thousandth of it.
const largestFrame = 32 << 20

// pdfSetup is the first frame to a worker.
type pdfSetup struct {
	CacheDir string `json:"cache_dir"` // of compiled code; "" for none
}

// pdfRequest announces a file of Size bytes.
type pdfRequest struct {
	Size  int64 `json:"size"`
	Pages int   `json:"pages"` // at most so many
	Text  int64 `json:"text"`  // at most so many bytes of it
}

// pdfReply is a frame from a worker.
type pdfReply struct {
	Kind    string            `json:"kind"`
	Reason  Reason            `json:"reason,omitempty"` // of an error
	Detail  string            `json:"detail,omitempty"`
	Cause   string            `json:"cause,omitempty"`
	Pages   int               `json:"pages,omitempty"` // of "open"
	Meta    map[string]string `json:"meta,omitempty"`
	Outline []pdfEntry        `json:"outline,omitempty"`
	Page    *pdfPage          `json:"page,omitempty"`
}

// pdfEntry is an entry of a document's outline.
type pdfEntry struct {
	Title string `json:"t"`
	Level int    `json:"l"` // from 1
	Page  int    `json:"p"` // from 1
}

// pdfPage is the text of one page.
type pdfPage struct {
	Number int       `json:"n"` // from 1
	Lines  []pdfLine `json:"lines,omitempty"`
	Failed bool      `json:"failed,omitempty"` // it could not be read
	Blank  bool      `json:"blank,omitempty"`  // there is nothing on it
}

// pdfLine is a line in the order of the page's content. Lengths are in points,
// y grows upwards.
type pdfLine struct {
	Text   string  `json:"t"`
	Left   float64 `json:"x"`
	Right  float64 `json:"r"`
	Bottom float64 `json:"b"`
	Top    float64 `json:"y"`
	Bold   bool    `json:"bold,omitempty"`
	Mono   bool    `json:"mono,omitempty"`
	Cells  bool    `json:"cells,omitempty"` // wide gaps in it: a row of a table
}

// size is the height of the line's font, about.
func (l pdfLine) size() float64 { return l.Top - l.Bottom }

func writeFrame(w io.Writer, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(body) > largestFrame {
		return fmt.Errorf("a frame of %d bytes is too large", len(body))
	}
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(body)), uint32(len(body)))
	_, err = w.Write(append(frame, body...))
	return err
}

// readFrame decodes the next frame into v; io.EOF means that there is none.
func readFrame(r io.Reader, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > largestFrame {
		return fmt.Errorf("a frame of %d bytes is too large", size)
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		return fmt.Errorf("frame cut short: %w", err)
	}
	return json.Unmarshal(body, v)
}
