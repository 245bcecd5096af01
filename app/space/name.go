package space

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// SlugPattern is the form of an endpoint's slug; its length is 3..64.
const SlugPattern = `^[a-z0-9]+(-[a-z0-9]+)*$`

// Bounds of a slug's length, in characters.
const (
	MinSlug = 3
	MaxSlug = 64
)

var slugForm = regexp.MustCompile(SlugPattern)

// SlugForm reports whether s has the form of a slug, of whatever length.
func SlugForm(s string) bool { return slugForm.MatchString(s) }

// ValidSlug reports whether s may be the slug of an endpoint.
func ValidSlug(s string) bool {
	return len(s) >= MinSlug && len(s) <= MaxSlug && SlugForm(s)
}

// MaxName is the longest name of a dataset, a model or an endpoint, in characters.
const MaxName = 200

// uuidLength is the length of a UUID as paths hold it; the parser knows longer
// and shorter forms.
const uuidLength = 36

// reservedNames stand where a dataset's or model's name stands in a path.
var reservedNames = []string{"types", "browse", "provisioners"}

// NameProblem says in one sentence why s cannot be the name of a dataset or a
// model, and returns "" where it can.
func NameProblem(s string) string {
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		return "a name must not be empty"
	case n > MaxName:
		return "a name has at most 200 characters"
	case !utf8.ValidString(s):
		return "a name must be valid UTF-8"
	case strings.Contains(s, "/"):
		return "a name must not contain '/'"
	case strings.ContainsFunc(s, unicode.IsControl):
		return "a name must not contain control characters"
	case strings.TrimSpace(s) != s:
		return "a name must not begin or end with white space"
	}
	if _, err := uuid.Parse(s); err == nil && len(s) == uuidLength {
		return "a name must not be a UUID"
	}
	if s == "." || s == ".." {
		return "a name must not be '.' or '..', which addresses cannot hold"
	}
	for _, r := range reservedNames {
		if s == r {
			return "the name '" + s + "' is reserved"
		}
	}
	return ""
}
