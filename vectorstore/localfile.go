package vectorstore

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"syft-space/app/space"
)

// seedExtensions are the file types that folders admit unless told otherwise.
const seedExtensions = `[".pdf",".txt",".html",".xlsx",".docx",".md",".csv",".json"]`

// LocalFileConfig is the configuration of a dataset of files on this computer.
type LocalFileConfig struct {
	FilePaths  []FilePick   `json:"filePaths,omitempty" maxItems:"1000" doc:"Files and folders to make searchable"`
	FileTypes  []string     `json:"ingestFileTypeOptions,omitempty" maxItems:"100" doc:"File extensions that folders admit; a file that is picked itself is always admitted" example:".pdf,.md"`
	Collection string       `json:"collectionName,omitempty" maxLength:"200" doc:"Name of the collection; generated" example:"files_0a1b2c3d"`
	Chunking   ChunkConfig  `json:"chunking,omitempty" doc:"How documents are cut into passages"`
	Embedder   EmbedderPick `json:"embedder,omitempty" doc:"What makes vectors of passages"`
	Include    []string     `json:"include,omitempty" maxItems:"100" doc:"Globs on the path below the pick; empty includes everything" example:"reports/**"`
	Exclude    []string     `json:"exclude,omitempty" maxItems:"100" doc:"Globs of what to leave out" example:"**/drafts/**"`
	Watch      bool         `json:"watch,omitempty" default:"true" doc:"Whether changes are taken over by themselves"`
}

// FilePick is one picked file or folder.
type FilePick struct {
	Path        string `json:"path" minLength:"1" maxLength:"4096" doc:"Absolute, or from ~" example:"~/Documents"`
	Description string `json:"description,omitempty" maxLength:"1000" doc:"What it holds, for the owner" example:"Our handbook"`
}

// ChunkConfig says how documents are cut into passages. Sizes are in tokens.
type ChunkConfig struct {
	Strategy string `json:"strategy,omitempty" default:"structure" enum:"structure,lines,whole" doc:"structure: along headings and paragraphs; lines: line by line; whole: as few cuts as possible"`
	Size     int    `json:"size,omitempty" default:"200" minimum:"20" maximum:"8192" doc:"Length that passages aim at"`
	Max      int    `json:"max,omitempty" default:"240" minimum:"20" maximum:"8192" doc:"Length that no passage exceeds"`
	Overlap  int    `json:"overlap,omitempty" default:"30" minimum:"0" maximum:"4096" doc:"What neighbours of one section share"`
}

// EmbedderPick names an embedder.
type EmbedderPick struct {
	Type    string       `json:"type,omitempty" default:"builtin" enum:"builtin,ollama,openai" doc:"builtin needs no server"`
	Model   string       `json:"model,omitempty" maxLength:"200" doc:"Name of the model at the server" example:"nomic-embed-text"`
	BaseURL string       `json:"base_url,omitempty" maxLength:"2000" doc:"URL of the server" example:"http://localhost:11434"`
	APIKey  space.Secret `json:"api_key,omitempty" doc:"Key of the server" example:"sk-example"`
}

// Prepare accepts upstream's other names, and plain strings as picks.
func (c *LocalFileConfig) Prepare(raw map[string]any) {
	for other, name := range map[string]string{
		"ingestionPaths": "filePaths", "fileTypes": "ingestFileTypeOptions", "allowedExtensions": "ingestFileTypeOptions",
	} {
		if v, ok := raw[other]; ok && raw[name] == nil {
			raw[name] = v
		}
		delete(raw, other)
	}
	if picks, ok := raw["filePaths"].([]any); ok {
		for i, p := range picks {
			if path, ok := p.(string); ok {
				picks[i] = map[string]any{"path": path}
			}
		}
	}
	if types, ok := raw["ingestFileTypeOptions"].([]any); ok {
		for i, t := range types {
			if ext, ok := t.(string); ok {
				types[i] = "." + strings.TrimPrefix(strings.ToLower(strings.TrimSpace(ext)), ".")
			}
		}
	}
}

// Complete generates the name of the collection.
func (c *LocalFileConfig) Complete(raw map[string]any) {
	if name, _ := raw["collectionName"].(string); name == "" {
		b := make([]byte, 8)
		rand.Read(b) // never fails, see crypto/rand
		raw["collectionName"] = "files_" + hex.EncodeToString(b)
	}
	if raw["ingestFileTypeOptions"] == nil {
		list := []any{}
		for ext := range strings.SplitSeq(strings.Trim(seedExtensions, "[]"), ",") {
			list = append(list, strings.Trim(ext, `"`))
		}
		raw["ingestFileTypeOptions"] = list
	}
}

// Validate reports what tags cannot say.
func (c *LocalFileConfig) Validate() []space.FieldError {
	var bad []space.FieldError
	report := func(msg string, loc ...any) {
		bad = append(bad, space.FieldError{Loc: loc, Msg: msg, Type: "value_error"})
	}
	if c.Chunking.Max < c.Chunking.Size {
		report(fmt.Sprintf("must be at least size, which is %d", c.Chunking.Size), "chunking", "max")
	}
	if c.Chunking.Overlap > c.Chunking.Size/2 {
		report(fmt.Sprintf("must be at most half of size, which is %d", c.Chunking.Size), "chunking", "overlap")
	}
	if c.Embedder.Type != "builtin" && c.Embedder.Model == "" {
		report("name a model of the server", "embedder", "model")
	}
	for name, globs := range map[string][]string{"include": c.Include, "exclude": c.Exclude} {
		for i, g := range globs {
			if !doublestar.ValidatePattern(g) {
				report("is not a valid glob", name, i)
			}
		}
	}
	return bad
}

type localFileType struct{ Deps }

func (localFileType) Info() space.TypeInfo {
	return space.TypeInfo{
		Name: "local_file", Icon: "folder", Enabled: true,
		Description: "Files and folders on this computer, indexed in place and kept up to date",
	}
}

func (localFileType) NewConfig() any { return &LocalFileConfig{} }

// Check refuses picks that are not there or lie outside the allowed roots.
func (t localFileType) Check(_ context.Context, config any) error {
	for i, pick := range config.(*LocalFileConfig).FilePaths {
		if _, err := t.Resolve(pick.Path); err != nil {
			e := space.Errorf(space.KindInvalid, "Invalid configuration: filePaths.%d: %s", i, err.Error())
			e.Fields = []space.FieldError{{
				Loc: []any{"body", "configuration", "filePaths", i, "path"}, Msg: err.Error(), Type: "value_error.path",
			}}
			return e
		}
	}
	return nil
}

// Plan implements Planner.
func (t localFileType) Plan(config any) space.IngestPlan {
	c := config.(*LocalFileConfig)
	plan := space.IngestPlan{
		Extensions: c.FileTypes, Include: c.Include, Exclude: c.Exclude,
		Chunking: space.Chunking{Strategy: c.Chunking.Strategy, Size: c.Chunking.Size, Max: c.Chunking.Max, Overlap: c.Chunking.Overlap},
		Embedder: space.EmbedderChoice(c.Embedder), Watch: c.Watch,
	}
	for _, p := range c.FilePaths {
		pick := space.Pick{Description: p.Description}
		var err error
		if pick.Path, err = t.Resolve(p.Path); pick.Path == "" {
			pick.Path = filepath.Clean(p.Path)
		}
		if err != nil && space.KindOf(err) != space.KindNotFound { // what is missing may come back, or be gone for good
			pick.Refused = err.Error()
		}
		plan.Picks = append(plan.Picks, pick)
	}
	return plan
}

func (t localFileType) Search(ctx context.Context, tenant space.TenantID, dataset space.Dataset, _ any, req space.SearchRequest) (space.SearchResult, error) {
	return t.Index(ctx, tenant, dataset, req)
}
