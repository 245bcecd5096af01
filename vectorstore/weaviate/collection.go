package weaviate

import (
	"slices"
	"strings"
)

// schema is what the server says of a collection.
type schema struct {
	Class        string `json:"class"`
	Vectorizer   string `json:"vectorizer"`
	VectorConfig map[string]struct {
		Vectorizer        map[string]any `json:"vectorizer"`
		VectorIndexConfig indexConfig    `json:"vectorIndexConfig"`
	} `json:"vectorConfig"`
	VectorIndexConfig  indexConfig `json:"vectorIndexConfig"`
	MultiTenancyConfig struct {
		Enabled bool `json:"enabled"`
	} `json:"multiTenancyConfig"`
	Properties []struct {
		Name     string   `json:"name"`
		DataType []string `json:"dataType"`
	} `json:"properties"`
}

type indexConfig struct {
	Distance string `json:"distance"`
}

// collection is what a search needs to know of a collection.
type collection struct {
	name       string
	vectorises bool   // the server can make a vector of a question
	target     string // the named vector to search, "" for the only one
	distance   string // how the server compares vectors
	types      map[string]string
	content    string
	metadata   []string
}

// simple are the data types that can be metadata.
var simple = []string{"text", "string", "int", "number", "boolean", "date", "uuid"}

// contentNames are what the property with the text is usually called; the
// names that LangChain, LlamaIndex, Haystack and upstream write come first.
var contentNames = []string{"text", "content", "page_content", "chunk", "chunk_content", "body", "passage", "document"}

// read picks out of a schema what the configuration asks for.
func (s schema) read(config *Config) (collection, error) {
	c := collection{name: config.Collection, types: map[string]string{}, distance: s.VectorIndexConfig.Distance}
	var texts, all []string
	for _, p := range s.Properties {
		if len(p.DataType) != 1 || !slices.Contains(simple, strings.TrimSuffix(p.DataType[0], "[]")) || !propertyName.MatchString(p.Name) {
			continue
		}
		c.types[p.Name] = p.DataType[0]
		all = append(all, p.Name)
		if p.DataType[0] == "text" || p.DataType[0] == "string" {
			texts = append(texts, p.Name)
		}
	}
	if s.MultiTenancyConfig.Enabled {
		return c, refused("collection_name", "the collection '%s' is divided into tenants, which is not supported", c.name)
	}
	s.vectors(&c)
	switch c.content = config.ContentProperty; {
	case c.content != "" && !slices.Contains(texts, c.content):
		return c, refused("content_property", "the collection '%s' has no property '%s' that holds text", c.name, c.content)
	case c.content == "" && len(texts) == 0:
		return c, refused("collection_name", "the collection '%s' has no property that holds text", c.name)
	case c.content == "":
		c.content = texts[0]
		for _, name := range slices.Backward(contentNames) {
			if slices.Contains(texts, name) {
				c.content = name
			}
		}
	}
	if c.metadata = config.MetadataProperties; len(c.metadata) == 0 {
		c.metadata = slices.DeleteFunc(all, func(name string) bool { return name == c.content })
	}
	for _, name := range c.metadata {
		if c.types[name] == "" {
			return c, refused("metadata_properties", "the collection '%s' has no property '%s' that holds texts, numbers, dates or truth values", c.name, name)
		}
	}
	return c, nil
}

// vectors looks for a vector that the server can make of a question.
func (s schema) vectors(c *collection) {
	c.vectorises = s.Vectorizer != "" && s.Vectorizer != "none"
	names := make([]string, 0, len(s.VectorConfig))
	for name := range s.VectorConfig {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		v := s.VectorConfig[name]
		if _, none := v.Vectorizer["none"]; none || len(v.Vectorizer) == 0 {
			continue
		}
		c.vectorises, c.target, c.distance = true, name, v.VectorIndexConfig.Distance
		return
	}
}
