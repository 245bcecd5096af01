package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"syft-space/app/schema"
)

// jsonFormat decodes strictly enough to name the place of an error and encodes
// without HTML escapes.
var jsonFormat = huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: decodeJSON}

// decodeJSON is json.Unmarshal with errors that schema.Problems takes apart.
// A byte order mark is passed over (RFC 8259, section 8.1).
func decodeJSON(data []byte, v any) error {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if at := notUTF8(data); at >= 0 {
		return errors.New(schema.SyntaxError(int64(at), "the body is not UTF-8"))
	}
	err := json.Unmarshal(data, v)
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return errors.New(schema.SyntaxError(syntax.Offset, syntax.Error()))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New(schema.SyntaxError(int64(len(data)), "unexpected end of JSON input"))
	case errors.As(err, &typ) && typ.Field == "":
		return errors.New(schema.SyntaxError(typ.Offset, "the "+typ.Value+" is too large"))
	case errors.As(err, &typ): // the schema let it pass: an integer beyond 64 bits
		return errors.New(schema.TooLarge(typ.Field, math.MaxInt64))
	}
	return err
}

// notUTF8 returns where the first byte stands that is not part of UTF-8, or of
// the zeros by which other encodings of Unicode betray themselves; -1 where
// there is none.
func notUTF8(data []byte) int {
	if zero := bytes.IndexByte(data, 0); zero >= 0 {
		return zero
	}
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}
