package parse

import "time"

// Limits bound what one file may cost. Each has its own message.
type Limits struct {
	FileBytes      int64         // size of the file
	TextBytes      int64         // text found in it, and 100 for each row or paragraph; below 2 GiB
	Pages          int           // pages of a PDF
	ArchiveEntries int           // files inside a zip-based format
	ArchiveBytes   int64         // bytes unpacked from it, counted as they are read
	ArchiveRatio   int64         // unpacked to packed bytes, once ArchiveFree bytes are unpacked
	ArchiveFree    int64         // bytes that the ratio does not count
	Depth          int           // nesting of XML, HTML and JSON
	Nodes          int           // of the tree of a web page or a Markdown file
	PDFBase        time.Duration // time for a PDF, whatever its length
	PDFPerPage     time.Duration // more time for each page
	PDFMax         time.Duration // but never more than this
}

// DefaultLimits returns the limits that suit a laptop.
func DefaultLimits() Limits {
	return Limits{
		FileBytes:      100 << 20,
		TextBytes:      50 << 20,
		Pages:          5000,
		ArchiveEntries: 10_000,
		ArchiveBytes:   200 << 20,
		ArchiveRatio:   100,
		ArchiveFree:    1 << 20,
		Depth:          256,
		Nodes:          2_000_000,
		PDFBase:        30 * time.Second,
		PDFPerPage:     250 * time.Millisecond,
		PDFMax:         10 * time.Minute,
	}
}
