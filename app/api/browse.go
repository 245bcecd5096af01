package api

import (
	"context"
	"net/http"
	"time"

	"syft-space/app/catalog"
)

type folder struct {
	Path   string      `json:"path" doc:"The folder" example:"/home/alice/Documents"`
	Parent *string     `json:"parent" nullable:"true" doc:"null at a root" example:"/home/alice"`
	Items  []fileEntry `json:"items" doc:"Folders first, then by name"`
}

type fileEntry struct {
	Name      string    `json:"name" doc:"Its name" example:"handbook.pdf"`
	Path      string    `json:"path" doc:"Its absolute path" example:"/home/alice/Documents/handbook.pdf"`
	IsDir     bool      `json:"is_dir" doc:"Whether it is a folder" example:"false"`
	Size      *int64    `json:"size" nullable:"true" doc:"In bytes; null for folders" example:"48213"`
	Modified  time.Time `json:"modified" doc:"When it was last changed"`
	Extension *string   `json:"extension" nullable:"true" doc:"In lower case, with its dot; null for folders" example:".pdf"`
}

func (s *server) browseRoutes() {
	register(s, operation{
		method: http.MethodGet, path: Prefix + "/datasets/browse", id: "browse-files", tag: "Datasets",
		summary: "List a folder of the Space's computer", errors: []int{400, 403, 404},
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
