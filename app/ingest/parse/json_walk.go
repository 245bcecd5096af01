package parse

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"syft-space/app/space"
)

const (
	smallJSON      = 1200 // bytes; a value up to this length is one record
	longMember     = 300  // bytes; a longer string member is a paragraph of its own
	longestKey     = 500  // bytes of a member's name in the text of a value
	longestPointer = 300  // bytes of a value's place, which every block in it states
)

// jsonWalker turns one JSON value into blocks.
type jsonWalker struct {
	b  *builder
	at space.Position // of the value in its file; Part is added
}

// value writes v, which stands at pointer under the name label, as a record or
// as a section at level.
func (w *jsonWalker) value(label string, v gjson.Result, pointer string, level int) {
	if w.b.err() != nil {
		return
	}
	isSection := v.IsObject() || v.IsArray()
	isRoot := level == 0
	if !isSection || len(v.Raw) <= smallJSON && !(isRoot && v.IsArray()) {
		w.record(flattenJSON(label, v), pointer)
		return
	}
	if label != "" {
		if title := jsonTitle(v); title != "" && title != label {
			label += ": " + title
		}
		w.b.heading(level, label, w.position(pointer))
	}
	if v.IsArray() {
		w.array(v, pointer, level)
		return
	}
	w.object(v, pointer, level)
}

// object writes the members of a large object: runs of short ones together,
// long texts and large values on their own.
func (w *jsonWalker) object(v gjson.Result, pointer string, level int) {
	var held strings.Builder
	flush := func() {
		w.record(held.String(), pointer)
		held.Reset()
	}
	v.ForEach(func(key, member gjson.Result) bool {
		name := clip(key.Str, longestKey)
		switch {
		case !member.IsObject() && !member.IsArray() && len(member.Raw) <= longMember:
			held.WriteString(flattenJSON(name, member) + "\n")
		case member.Type == gjson.String:
			flush()
			w.b.paragraph(name+": "+member.Str, w.position(pointerTo(pointer, name)))
		default:
			flush()
			w.value(name, member, pointerTo(pointer, name), level+1)
		}
		return w.b.err() == nil
	})
	flush()
}

// array writes the elements of a large array: each object is a record or a
// section, and runs of scalars stand together.
func (w *jsonWalker) array(v gjson.Result, pointer string, level int) {
	var held []string
	bytes := 0
	flush := func() {
		w.record(strings.Join(held, "\n"), pointer)
		held, bytes = nil, 0
	}
	i := 0
	v.ForEach(func(_, element gjson.Result) bool {
		i++
		if element.IsObject() || element.IsArray() {
			flush()
			at := pointerTo(pointer, strconv.Itoa(i-1))
			label := ""
			if len(element.Raw) > smallJSON {
				label = fmt.Sprint(i)
			}
			w.value(label, element, at, level+1)
			return w.b.err() == nil
		}
		held = append(held, scalarJSON(element))
		if bytes += len(element.Raw); bytes > smallJSON {
			flush()
		}
		return w.b.err() == nil
	})
	flush()
}

func (w *jsonWalker) record(text, pointer string) { w.b.row("", text, w.position(pointer)) }

func (w *jsonWalker) position(pointer string) space.Position {
	at := w.at
	at.Part = pointer
	return at
}

// flattenJSON writes a value as lines of "name: value" under path; nested
// names are joined with dots and elements numbered from 0.
func flattenJSON(path string, v gjson.Result) string {
	var out strings.Builder
	writeFlatJSON(&out, path, v)
	return strings.TrimSuffix(out.String(), "\n")
}

func writeFlatJSON(out *strings.Builder, path string, v gjson.Result) {
	switch {
	case v.Type == gjson.Null, v.Type == gjson.String && strings.TrimSpace(v.Str) == "":
	case v.IsObject():
		v.ForEach(func(key, member gjson.Result) bool {
			name := key.Str
			if path != "" {
				name = path + "." + name
			}
			writeFlatJSON(out, name, member)
			return true
		})
	case v.IsArray():
		writeFlatArray(out, path, v)
	default:
		if path != "" {
			out.WriteString(path + ": ")
		}
		out.WriteString(scalarJSON(v) + "\n")
	}
}

func writeFlatArray(out *strings.Builder, path string, v gjson.Result) {
	elements := v.Array()
	var parts []string
	for _, e := range elements {
		if e.IsObject() || e.IsArray() {
			parts = nil
			break
		}
		if e.Type != gjson.Null {
			parts = append(parts, scalarJSON(e))
		}
	}
	if parts != nil {
		if path != "" {
			out.WriteString(path + ": ")
		}
		out.WriteString(strings.Join(parts, ", ") + "\n")
		return
	}
	for i, e := range elements {
		writeFlatJSON(out, fmt.Sprintf("%s[%d]", path, i), e)
	}
}

// scalarJSON returns a scalar as people read it; numbers as they are written.
func scalarJSON(v gjson.Result) string {
	if v.Type == gjson.Number {
		return v.Raw
	}
	return v.String()
}

// jsonTitle returns what an object calls itself, "" if it does not.
func jsonTitle(v gjson.Result) string {
	if !v.IsObject() {
		return ""
	}
	title := ""
	v.ForEach(func(key, member gjson.Result) bool {
		switch strings.ToLower(key.Str) {
		case "title", "name", "question", "label", "id":
			if member.Type == gjson.String && len(member.Str) <= longestHeading/2 {
				title = member.Str
			}
		}
		return title == ""
	})
	return title
}

// pointerRest stands for the end of a pointer that is too long.
const pointerRest = "/\u2026"

// pointerToken writes a member's name as a token of a pointer.
var pointerToken = strings.NewReplacer("~", "~0", "/", "~1")

// pointerTo returns the JSON pointer to a member of the value at pointer. All
// that would make it too long is cited by the value around it.
func pointerTo(pointer, name string) string {
	token := "/" + pointerToken.Replace(name)
	switch {
	case strings.HasSuffix(pointer, pointerRest):
		return pointer
	case len(pointer)+len(token) > longestPointer:
		return pointer + pointerRest
	}
	return pointer + token
}
