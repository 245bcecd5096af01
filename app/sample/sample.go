// Package sample holds the small set of documents that a person can try a
// Space with, before picking documents of their own.
package sample

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed documents
var documents embed.FS

// Question is a first question that the documents answer.
const Question = "How long is the warranty on a lamp?"

// Write copies the documents into dir, which is made where it is missing. A
// document that is there already is left as it is.
func Write(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return fs.WalkDir(documents, "documents", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := documents.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := os.OpenFile(filepath.Join(dir, filepath.Base(path)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if os.IsExist(err) {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		if e := f.Close(); err == nil {
			err = e
		}
		return err
	})
}
