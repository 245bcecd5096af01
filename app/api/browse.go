package api

import (
	"context"
	"net/http"
	"time"

	"syft-space/app/catalog"
)

type folder struct {
	Path   string      `json:"path"`
	Parent *string     `json:"parent" nullable:"true" doc:"null at a root"`
	Items  []fileEntry `json:"items" doc:"Folders first, then by name"`
}

type fileEntry struct {
	Name      string    `json:"name"`
	Path      string    `json:"path"`
	IsDir     bool      `json:"is_dir"`
	Size      *int64    `json:"size" nullable:"true" doc:"In bytes; null for folders"`
	Modified  time.Time `json:"modified"`
	Extension *string   `json:"extension" nullable:"true" doc:"In lower case, with its dot; null for folders"`
}

func (s *server) browseRoutes() {
	register(s, operation{
		method: http.MethodGet, path: Prefix + "/datasets/browse", id: "browse-files", tag: "Datasets",
		summary: "List a folder of the Space's computer", errors: []int{400, 404},
		description: "Only below the allowed roots: the home folder, unless browse.roots says otherwise.",
	}, func(_ context.Context, in *struct {
		Caller
		Path       string `query:"path" default:"~" maxLength:"4096" doc:"Absolute, or from ~"`
		ShowHidden bool   `query:"show_hidden" default:"false" doc:"List names that begin with a dot too"`
	}) (*body[folder], error) {
		return wrap(wireFolder)(s.Browser.List(in.Path, in.ShowHidden))
	})
}

func wireFolder(f catalog.Folder) folder {
	out := folder{Path: f.Path, Parent: orNull(f.Parent), Items: make([]fileEntry, len(f.Items))}
	for i, item := range f.Items {
		out.Items[i] = fileEntry{Name: item.Name, Path: item.Path, IsDir: item.IsDir, Modified: item.Modified}
		if !item.IsDir {
			out.Items[i].Size, out.Items[i].Extension = &item.Size, &item.Extension
		}
	}
	return out
}
