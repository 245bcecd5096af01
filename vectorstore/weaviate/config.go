package weaviate

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"syft-space/app/space"
)

// Config is the configuration of a dataset whose documents a Weaviate server
// keeps.
type Config struct {
	HTTPURL            string                  `json:"http_url" minLength:"1" maxLength:"2000" doc:"Address of the server, such as https://my-cluster.weaviate.cloud" example:"http://localhost:8080"`
	GRPCURL            string                  `json:"grpc_url,omitempty" maxLength:"2000" doc:"Accepted and not used: searches go over HTTP" example:"localhost:50051"`
	APIKey             space.Secret            `json:"api_key,omitempty" doc:"API key, where the server wants one" example:"wv-0123456789abcdef"`
	Collection         string                  `json:"collection_name" minLength:"1" maxLength:"230" doc:"Name of the collection that is searched" example:"Articles"`
	Headers            map[string]space.Secret `json:"headers,omitempty" doc:"Further headers of each request, such as X-OpenAI-Api-Key for the collection's vectoriser; their values are secrets" example:"{\"X-OpenAI-Api-Key\":\"sk-...\"}"`
	ContentProperty    string                  `json:"content_property,omitempty" maxLength:"230" doc:"The property that holds the text; found by itself where it is empty" example:"content"`
	MetadataProperties []string                `json:"metadata_properties,omitempty" maxItems:"100" doc:"Properties that become metadata; all simple ones where it is empty" example:"[\"title\",\"source\"]"`
	Filters            map[string]any          `json:"filters,omitempty" doc:"Conditions that always hold, written like those of a query: a value, or prefix, gte, gt, lte, lt" example:"{\"year\":{\"gte\":2020}}"`
}

var (
	className    = regexp.MustCompile(`^[A-Z][_0-9A-Za-z]*$`)
	propertyName = regexp.MustCompile(`^[_A-Za-z][_0-9A-Za-z]*$`)
)

// Prepare writes the names as Weaviate does.
func (c *Config) Prepare(raw map[string]any) {
	if name, ok := raw["collection_name"].(string); ok {
		first, size := utf8.DecodeRuneInString(name)
		raw["collection_name"] = string(unicode.ToUpper(first)) + name[size:]
		if name == "" {
			raw["collection_name"] = ""
		}
	}
	if address, ok := raw["http_url"].(string); ok {
		address = strings.TrimRight(strings.TrimSpace(address), "/")
		raw["http_url"] = strings.TrimSuffix(address, "/v1")
	}
}

// Validate reports what tags cannot say.
func (c *Config) Validate() []space.FieldError {
	var bad []space.FieldError
	report := func(msg string, loc ...any) {
		bad = append(bad, space.FieldError{Loc: loc, Msg: msg, Type: "value_error"})
	}
	if u, err := url.Parse(c.HTTPURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		report("begins with http:// or https:// and names a host", "http_url")
	} else if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		report("must hold neither a user nor '?' nor '#'", "http_url")
	}
	if !className.MatchString(c.Collection) {
		report("consists of letters, digits and '_', and begins with a letter", "collection_name")
	}
	if c.ContentProperty != "" && !propertyName.MatchString(c.ContentProperty) {
		report("is not the name of a property", "content_property")
	}
	for i, name := range c.MetadataProperties {
		if !propertyName.MatchString(name) {
			report("is not the name of a property", "metadata_properties", i)
		}
	}
	for name, value := range c.Headers {
		switch canonical := http.CanonicalHeaderKey(name); {
		case !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value.Reveal()):
			report("is not a header", "headers", name)
		case canonical == "Authorization":
			report("give the key as api_key", "headers", name)
		case canonical == "Host" || strings.HasPrefix(canonical, "Content-") || canonical == "Transfer-Encoding" || canonical == "Connection":
			report("cannot be set", "headers", name)
		}
	}
	if _, problems := parseFilters(c.Filters); len(problems) > 0 {
		for key, problem := range problems {
			report(problem, "filters", key)
		}
	}
	return bad
}

// refused words a problem of the configuration that only the server knows of.
func refused(field, format string, args ...any) *space.Error {
	return fail(space.KindInvalid, field, format, args...)
}

// fail is an error that lies in a field of the configuration.
func fail(kind space.Kind, field, format string, args ...any) *space.Error {
	msg := fmt.Sprintf(format, args...)
	e := space.Errorf(kind, "%s", msg)
	e.Fields = []space.FieldError{{Loc: []any{"body", "configuration", field}, Msg: msg, Type: "value_error"}}
	return e
}
