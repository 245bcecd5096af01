package catalog

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"syft-space/app/space"
)

// Browser lists folders of this computer for picking documents, below the
// allowed roots only.
type Browser struct {
	roots []string
}

// NewBrowser makes a Browser for absolute, cleaned roots.
func NewBrowser(roots []string) *Browser { return &Browser{roots: roots} }

// File is one entry of a folder.
type File struct {
	Name, Path string
	IsDir      bool
	Size       int64
	Modified   time.Time
	Extension  string // lower-case with its dot, "" for folders
}

// Folder is one folder's content, folders first, then by name without case.
type Folder struct {
	Path   string
	Parent string // "" at a root
	Items  []File
}

// Resolve turns a path that a person gave into an absolute, cleaned one. It
// refuses what is not there, and what lies outside the roots or leads there by
// symbolic links; the path is returned with such a refusal too, so that what
// is unreachable for a while keeps its name.
func (b *Browser) Resolve(path string) (string, error) {
	if path == "~" || strings.HasPrefix(path, "~/") {
		path = filepath.Join(b.roots[0], strings.TrimPrefix(path[1:], "/"))
	}
	if !filepath.IsAbs(path) {
		return "", space.Errorf(space.KindInvalid, "The path '%s' is not absolute; write it from the root, or from ~", path)
	}
	path = filepath.Clean(path)
	if !b.inside(path) {
		return path, b.outside()
	}
	real, err := filepath.EvalSymlinks(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path, space.Errorf(space.KindNotFound, "The path '%s' does not exist", path)
	case errors.Is(err, fs.ErrPermission):
		return path, space.Errorf(space.KindForbidden, "The path '%s' cannot be read: permission denied", path)
	case err != nil:
		return path, space.Errorf(space.KindInvalid, "The path '%s' cannot be used", path).WithCause(err)
	}
	if !b.inside(real) {
		return path, b.outside()
	}
	return path, nil
}

// inside compares with the roots as they are and as they resolve, because a
// home folder may itself be a symbolic link.
func (b *Browser) inside(path string) bool {
	return slices.ContainsFunc(b.roots, func(root string) bool {
		if within(path, root) {
			return true
		}
		real, err := filepath.EvalSymlinks(root)
		return err == nil && within(path, real)
	})
}

func within(path, root string) bool {
	rel, err := filepath.Rel(root, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

func (b *Browser) outside() error {
	home, err := os.UserHomeDir()
	if err == nil && len(b.roots) == 1 && b.roots[0] == home {
		return space.Errorf(space.KindInvalid, "Path must be within home directory")
	}
	return space.Errorf(space.KindInvalid, "Path must be within one of the folders in browse.roots")
}

// List returns the content of a folder.
func (b *Browser) List(path string, hidden bool) (Folder, error) {
	dir, err := b.Resolve(path)
	if err != nil {
		return Folder{}, err
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return Folder{}, space.Errorf(space.KindForbidden, "The folder '%s' cannot be read: permission denied", dir)
	case err != nil:
		return Folder{}, space.Errorf(space.KindInvalid, "'%s' is not a folder that can be listed", dir).WithCause(err)
	}
	folder := Folder{Path: dir, Items: []File{}}
	if parent := filepath.Dir(dir); parent != dir && b.inside(parent) {
		folder.Parent = parent
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") && !hidden {
			continue
		}
		full := filepath.Join(dir, entry.Name())
		info, err := os.Stat(full)
		if err != nil || !b.linkStays(entry, full) {
			continue // vanished meanwhile, or a link that leads elsewhere
		}
		file := File{Name: entry.Name(), Path: full, IsDir: info.IsDir(), Modified: info.ModTime().UTC()}
		if !file.IsDir {
			file.Size, file.Extension = info.Size(), strings.ToLower(filepath.Ext(entry.Name()))
		}
		folder.Items = append(folder.Items, file)
	}
	slices.SortFunc(folder.Items, func(x, y File) int {
		if x.IsDir != y.IsDir {
			if x.IsDir {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)), cmp.Compare(x.Name, y.Name))
	})
	return folder, nil
}

func (b *Browser) linkStays(entry fs.DirEntry, full string) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return true
	}
	real, err := filepath.EvalSymlinks(full)
	return err == nil && b.inside(real)
}
