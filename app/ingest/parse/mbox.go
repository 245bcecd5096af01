package parse

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
)

// mboxFormat reads mailboxes: messages that lines beginning with "From " set
// apart (RFC 4155).
func mboxFormat() Format {
	return Format{Name: "mailbox", Extensions: []string{".mbox", ".mbx"}, parse: parseMbox}
}

func parseMbox(_ context.Context, src *source, b *builder) error {
	r := bufio.NewReaderSize(src.reader(), 64<<10)
	var held bytes.Buffer
	number, bad := 0, 0
	write := func() error {
		if held.Len() == 0 {
			return nil
		}
		number++
		m := mail{b: b}
		m.at.Part = fmt.Sprintf("message %d", number)
		if err := m.message(&held, 1, 0); err != nil {
			if b.err() != nil {
				return b.err()
			}
			bad++
		}
		held.Reset()
		return b.err()
	}
	afterBlank := true
	for first := true; ; first = false {
		line, err := r.ReadBytes('\n')
		if first && !beginsMessage(line) {
			return fail(Damaged, "The file is not a mailbox: its first line does not begin a message.")
		}
		if afterBlank && beginsMessage(line) {
			if err := write(); err != nil {
				return err
			}
		} else {
			held.Write(unquoteFrom(line))
		}
		afterBlank = len(bytes.TrimRight(line, "\r\n")) == 0
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if err := write(); err != nil {
		return err
	}
	if bad > 0 {
		b.warn("%d of %d messages could not be read and were left out.", bad, number)
	}
	return nil
}

// beginsMessage reports whether a line is the one before a message: "From ", a
// sender and a date. Not all programs protect a sentence that begins with "From".
func beginsMessage(line []byte) bool {
	fields := bytes.Fields(line)
	return bytes.HasPrefix(line, []byte("From ")) && len(fields) >= 3 && bytes.ContainsAny(line, "0123456789") && bytes.ContainsRune(line, ':')
}

// unquoteFrom takes off the mark that protects a line of text that begins with
// "From ".
func unquoteFrom(line []byte) []byte {
	if len(line) > 0 && line[0] == '>' && bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) {
		return line[1:]
	}
	return line
}
