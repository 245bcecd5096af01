package apptest_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/apptest"
)

// browsed is what tests read of a folder.
type browsed struct {
	Path   string
	Parent *string
	Items  []struct {
		Name, Path string
		IsDir      bool `json:"is_dir"`
		Size       *int64
		Modified   time.Time
		Extension  *string
	}
}

func (b browsed) names() (names []string) {
	for _, item := range b.Items {
		names = append(names, item.Name)
	}
	return names
}

func browse(s *apptest.Space, path string, more ...string) apptest.Answer {
	return s.Send("GET", "/api/v1/datasets/browse?path="+url.QueryEscape(path)+strings.Join(more, ""), nil)
}

func TestFoldersAreBrowsedBelowTheRoots(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Embedder: &bag{}})
	for _, name := range []string{"b.MD", "A.txt", "c", ".hidden.md", "Zoo/deep.pdf", "apes/x.md", ".cache/y.md"} {
		s.Write(name, "words")
	}
	outside := t.TempDir()
	for name, target := range map[string]string{"link to apes": "apes", "link to a file": "A.txt", "escape": outside, "broken": "nothing"} {
		if err := os.Symlink(target, filepath.Join(s.Docs, name)); err != nil {
			t.Fatal(err)
		}
	}
	var home browsed
	s.Must(http.StatusOK, "GET", "/api/v1/datasets/browse", nil, &home)
	if home.Path != s.Docs || home.Parent != nil {
		t.Errorf("the root is %s with the parent %v", home.Path, home.Parent)
	}
	if diff := cmp.Diff([]string{"apes", "link to apes", "Zoo", "A.txt", "b.MD", "c", "link to a file"}, home.names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	folder, file := home.Items[0], home.Items[4]
	if !folder.IsDir || folder.Size != nil || folder.Extension != nil || folder.Path != filepath.Join(s.Docs, "apes") {
		t.Errorf("a folder is %+v", folder)
	}
	if file.IsDir || *file.Size != 5 || *file.Extension != ".md" || file.Modified.IsZero() || file.Modified.Location() != time.UTC {
		t.Errorf("a file is %+v", file)
	}
	var all, deep browsed
	browse(s, s.Docs, "&show_hidden=true").JSON(t, &all)
	if diff := cmp.Diff([]string{".cache", "apes", "link to apes", "Zoo", ".hidden.md", "A.txt", "b.MD", "c", "link to a file"}, all.names()); diff != "" {
		t.Errorf("with hidden ones (-want +got):\n%s", diff)
	}
	browse(s, "~/Zoo").JSON(t, &deep)
	if deep.Path != filepath.Join(s.Docs, "Zoo") || deep.Parent == nil || *deep.Parent != s.Docs {
		t.Errorf("below the root: %+v", deep)
	}
}

func TestWhatCannotBeBrowsedSaysWhy(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Embedder: &bag{}})
	s.Write("file.md", "words")
	s.Write("locked/x.md", "words")
	outside := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(s.Docs, "escape")); err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(s.Docs, "locked")
	if err := os.Chmod(locked, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(locked, 0o700) })
	for name, c := range map[string]struct {
		path   string
		status int
		says   string
	}{
		"outside":             {"/etc", 400, "Path must be within"},
		"above":               {s.Docs + "/..", 400, "Path must be within"},
		"above by a detour":   {s.Docs + "/x/../../..", 400, "Path must be within"},
		"a neighbour":         {s.Docs + "-other", 400, "Path must be within"},
		"a link that escapes": {s.Docs + "/escape", 400, "Path must be within"},
		"relative":            {"papers", 400, "not absolute"},
		"empty":               {"", 200, "file.md"},
		"another's home":      {"~root", 400, "not absolute"},
		"NUL":                 {s.Docs + "/a\x00b", 400, "cannot be used"},
		"nothing there":       {s.Docs + "/nothing", 404, "does not exist"},
		"a file":              {s.Docs + "/file.md", 400, "not a folder"},
		"too long":            {s.Docs + "/" + strings.Repeat("x", 4100), 422, `["query","path"]`},
		"a name too long":     {s.Docs + "/" + strings.Repeat("x", 300), 400, "cannot be used"},
		"locked":              {locked, 403, "permission denied"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "locked" && os.Getuid() == 0 {
				t.Skip("nothing is locked to root")
			}
			if a := browse(s, c.path); a.Status != c.status || !strings.Contains(a.Body, c.says) {
				t.Errorf("status %d, want %d with %q: %s", a.Status, c.status, c.says, a.Body)
			}
		})
	}
	if a := browse(s, s.Docs, "&show_hidden=perhaps"); a.Status != 422 || !strings.Contains(a.Body, "type_error.bool") {
		t.Errorf("a truth value that is none: %d %s", a.Status, a.Body)
	}
}
