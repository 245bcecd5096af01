package schema

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"syft-space/app/space"
)

// huma reports a problem as one English sentence. The contract wants
// {loc, msg, type} in pydantic's words, so the sentences are replaced by
// "code|argument", which Problems takes apart again.
const sep = "|"

var setMessages sync.Once

// UseMessages puts the parseable forms into huma's message variables, which
// are global to the process. It must run before the first schema is made,
// because schemas keep their messages.
func UseMessages() {
	setMessages.Do(func() {
		huma.DefaultArrayNullable = false // lists are [] and not null
		validation.MsgExpectedRequiredProperty = "required|%s"
		validation.MsgExpectedBoolean = "bool|"
		validation.MsgExpectedNumber = "float|"
		validation.MsgExpectedInteger = "integer|"
		validation.MsgExpectedString = "str|"
		validation.MsgExpectedArray = "list|"
		validation.MsgExpectedObject = "dict|"
		validation.MsgExpectedRFC4122UUID = "uuid|%v"
		validation.MsgExpectedRFC3339DateTime = "datetime|"
		validation.MsgExpectedRFC3986URI = "url|%v"
		validation.MsgExpectedOneOf = "enum|%s"
		validation.MsgExpectedMinimumNumber = "not_ge|%v"
		validation.MsgExpectedExclusiveMinimumNumber = "not_gt|%v"
		validation.MsgExpectedMaximumNumber = "not_le|%v"
		validation.MsgExpectedExclusiveMaximumNumber = "not_lt|%v"
		validation.MsgExpectedMinLength = "min_length|%d"
		validation.MsgExpectedMaxLength = "max_length|%d"
		validation.MsgExpectedMinItems = "min_items|%d"
		validation.MsgExpectedMaxItems = "max_items|%d"
		validation.MsgExpectedMatchPattern = "regex|%s"
		validation.MsgExpectedBePattern = "regex|%s"
	})
}

// SyntaxError is a body that is not JSON. Message has the form that Problems
// takes apart.
func SyntaxError(offset int64, said string) string {
	return "json|" + strconv.FormatInt(offset, 10) + sep + said
}

// TooLarge is a number beyond what a field can hold, below the body. It too
// has the form that Problems takes apart.
func TooLarge(field string, most int64) string {
	return "at|" + field + sep + "not_le|" + strconv.FormatInt(most, 10)
}

// Problems turns what huma's validator reports into the contract's shape: one
// problem for each place. What is wrong with the body as a whole stands for
// everything below it, which a later check would only find empty.
func Problems(errs []error) []space.FieldError {
	out := make([]space.FieldError, 0, len(errs))
	seen := map[string]bool{}
	unread := false
	for _, err := range errs {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) {
			d = &huma.ErrorDetail{Message: err.Error(), Location: "body"}
		}
		p := problem(d)
		inBody := len(p.Loc) > 0 && p.Loc[0] == "body"
		key := fmt.Sprint(p.Loc)
		if seen[key] || inBody && unread {
			continue
		}
		seen[key] = true
		unread = unread || inBody && isWhole(p)
		out = append(out, p)
	}
	return out
}

// isWhole reports whether nothing of the body could be read.
func isWhole(p space.FieldError) bool {
	return len(p.Loc) == 1 && p.Type != "value_error" || p.Type == "value_error.jsondecode"
}

// The words of pydantic 1, which upstream's clients parse.
var (
	typeNames = map[string]string{
		"bool": "boolean", "float": "float", "integer": "integer", "str": "string",
		"list": "list", "dict": "dict", "uuid": "uuid", "datetime": "datetime", "url": "url",
	}
	boundNames = map[string]string{
		"not_ge": "greater than or equal to", "not_gt": "greater than",
		"not_le": "less than or equal to", "not_lt": "less than",
	}
	lengthNames = map[string][3]string{
		"min_length": {"any_str", "at least", "characters"},
		"max_length": {"any_str", "at most", "characters"},
		"min_items":  {"list", "at least", "items"},
		"max_items":  {"list", "at most", "items"},
	}
	paramCodes = map[string]string{
		"invalid integer": "integer|", "invalid float": "float|", "invalid boolean": "bool|",
		"required query parameter is missing":  "missing|",
		"required path parameter is missing":   "missing|",
		"required header parameter is missing": "missing|",
		"required form parameter is missing":   "missing|",
		"request body is required":             "missing|",
	}
)

func problem(d *huma.ErrorDetail) space.FieldError {
	if whole, ok := d.Value.(space.FieldError); ok {
		return whole // of a resolver that knows how to say it
	}
	loc := Location(d.Location)
	message := d.Message
	if m, ok := paramCodes[message]; ok {
		message = m
	}
	if strings.HasPrefix(message, "invalid value: invalid UUID") {
		message = "uuid|"
	}
	code, arg, _ := strings.Cut(message, sep)
	if code == "at" {
		field, rest, _ := strings.Cut(arg, sep)
		return problem(&huma.ErrorDetail{Location: d.Location + "." + field, Message: rest, Value: d.Value})
	}
	if name, ok := typeNames[code]; ok {
		if d.Value == nil && code != "uuid" {
			return space.FieldError{Loc: loc, Msg: "none is not an allowed value", Type: "type_error.none.not_allowed"}
		}
		return space.FieldError{Loc: loc, Msg: "value is not a valid " + name, Type: "type_error." + code}
	}
	if words, ok := boundNames[code]; ok {
		return space.FieldError{Loc: loc, Msg: "ensure this value is " + words + " " + arg, Type: "value_error.number." + code}
	}
	if w, ok := lengthNames[code]; ok {
		return space.FieldError{Loc: loc, Msg: fmt.Sprintf("ensure this value has %s %s %s", w[1], arg, w[2]), Type: "value_error." + w[0] + "." + code}
	}
	switch code {
	case "required":
		return Missing(append(loc, arg)...)
	case "missing":
		return Missing(loc...)
	case "enum":
		return space.FieldError{Loc: loc, Msg: "value is not a valid enumeration member; permitted: " + quoted(arg), Type: "type_error.enum"}
	case "regex":
		return NoMatch(arg, loc...)
	case "json":
		offset, said, _ := strings.Cut(arg, sep)
		n, _ := strconv.Atoi(offset)
		return space.FieldError{Loc: []any{"body", n}, Msg: said, Type: "value_error.jsondecode"}
	}
	return space.FieldError{Loc: loc, Msg: d.Message, Type: "value_error"}
}

// quoted puts each of the permitted values between quotes.
func quoted(list string) string {
	values := strings.Split(list, ", ")
	for i, v := range values {
		values[i] = "'" + strings.Trim(v, "'") + "'"
	}
	return strings.Join(values, ", ")
}

// Missing reports a required field that is not there.
func Missing(loc ...any) space.FieldError {
	return space.FieldError{Loc: loc, Msg: "field required", Type: "value_error.missing"}
}

// NoMatch reports a string that does not match a pattern.
func NoMatch(pattern string, loc ...any) space.FieldError {
	return space.FieldError{Loc: loc, Msg: fmt.Sprintf(`string does not match regex "%s"`, pattern), Type: "value_error.str.regex"}
}

// Location takes huma's path of a value apart: "body.messages[2].role"
// becomes ["body", "messages", 2, "role"].
func Location(path string) []any {
	loc := []any{}
	for part := range strings.SplitSeq(path, ".") {
		name, index, found := strings.Cut(part, "[")
		if name != "" {
			loc = append(loc, name)
		}
		for found {
			var digits string
			digits, index, _ = strings.Cut(index, "]")
			if n, err := strconv.Atoi(digits); err == nil {
				loc = append(loc, n)
			}
			_, index, found = strings.Cut(index, "[")
		}
	}
	return loc
}
