package ingest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"syft-space/app/ingest/parse"
	"syft-space/app/space"
)

// found is one file below a pick.
type found struct {
	path, pick string
	print      space.Fingerprint // without its hash
	named      bool              // the pick is the file itself
}

// look is what a walk over a dataset's picks saw.
type look struct {
	files   map[string]found
	dirs    []string // for the watcher
	lost    []string // picks that are gone from a folder that is there: files that were deleted, unless they are known as folders
	blind   []string // folders and picks that could not be looked into: nothing below them counts as deleted
	trouble string   // a sentence about the first of them
}

// walk lists the files of all picks, and those that were uploaded.
func walk(ctx context.Context, plan space.IngestPlan, uploads string) (look, error) {
	l := look{files: map[string]found{}}
	l.walkUploads(uploads)
	for _, pick := range plan.Picks {
		if pick.Refused != "" {
			l.refused(pick.Path, pick.Refused)
			continue
		}
		info, err := os.Stat(pick.Path)
		switch {
		case err == nil && info.IsDir():
			err = l.walkFolder(ctx, plan, pick.Path)
		case err == nil:
			l.dirs = append(l.dirs, filepath.Dir(pick.Path))
			l.add(pick.Path, pick.Path, info, true)
		case !errors.Is(err, fs.ErrNotExist) || isLink(pick.Path) || !isFolder(filepath.Dir(pick.Path)) || filepath.Ext(pick.Path) == "":
			l.cannotSee(pick.Path, err)
			err = nil
		default:
			l.dirs = append(l.dirs, filepath.Dir(pick.Path))
			l.lost = append(l.lost, pick.Path)
			err = nil
		}
		if err != nil {
			return l, err
		}
	}
	return l, nil
}

// missFolders makes unreachable what is lost and was a folder when files were
// found in it: only a picked file is deleted by going.
func (l *look) missFolders(known map[string]space.Job) {
	folders := map[string]bool{}
	for path, job := range known {
		if path != job.Pick {
			folders[job.Pick] = true
		}
	}
	for _, pick := range l.lost {
		if folders[pick] {
			l.cannotSee(pick, fs.ErrNotExist)
		}
	}
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func (l *look) cannotSee(path string, err error) {
	reason := "it cannot be read"
	if errors.Is(err, fs.ErrNotExist) {
		reason = "it does not exist"
	}
	l.refused(path, reason)
}

func (l *look) refused(path, reason string) {
	l.blind = append(l.blind, path)
	if l.trouble == "" {
		l.trouble = "'" + path + "' is unreachable: " + reason + ". Its documents stay searchable as they were."
	}
}

// walkFolder walks a picked folder, which may be a link to one. Links to
// folders in it are not followed; links to files are, while they stay below the
// pick. What is found is named by the pick, wherever that leads.
func (l *look) walkFolder(ctx context.Context, plan space.IngestPlan, pick string) error {
	root, err := filepath.EvalSymlinks(pick)
	if err != nil {
		l.cannotSee(pick, err)
		return nil
	}
	return filepath.WalkDir(root, func(place string, entry fs.DirEntry, err error) error {
		path := filepath.Join(pick, strings.TrimPrefix(place, root))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			l.cannotSee(path, err)
			if entry != nil && entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if path != pick && passing(entry.Name()) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		rel := relative(pick, path)
		if entry.IsDir() {
			if path != pick && matches(plan.Exclude, rel) {
				return fs.SkipDir
			}
			l.dirs = append(l.dirs, path)
			return nil
		}
		if !admits(plan, rel) {
			return nil
		}
		info, err := statBelow(root, place, entry)
		switch {
		case err == nil && info != nil && info.Mode().IsRegular():
			l.add(path, pick, info, false)
		case err != nil && !errors.Is(err, fs.ErrNotExist): // a file that vanished meanwhile is not there
			l.cannotSee(path, err)
		}
		return nil
	})
}

// statBelow returns nil for a link that leads out of root, which has no links
// in itself.
func statBelow(root, path string, entry fs.DirEntry) (fs.FileInfo, error) {
	if entry.Type()&fs.ModeSymlink == 0 {
		return entry.Info()
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil || !below(root, target) {
		return nil, err
	}
	return os.Stat(target)
}

func (l *look) add(path, pick string, info fs.FileInfo, named bool) {
	if known, ok := l.files[path]; ok && known.named {
		return
	}
	l.files[path] = found{path: path, pick: pick, named: named, print: printOf(info)}
}

// printOf is a file's fingerprint without its hash, as exact as it is stored:
// file systems count nanoseconds.
func printOf(info fs.FileInfo) space.Fingerprint {
	return space.Fingerprint{Size: info.Size(), ModTime: info.ModTime().UTC().Truncate(time.Microsecond)}
}

// sees reports whether the walk could have seen the file at path.
func (l *look) sees(path string) bool {
	for _, b := range l.blind {
		if below(b, path) {
			return false
		}
	}
	return true
}

// passing reports whether a name is of a file that is not meant to stay, or
// not meant to be seen.
func passing(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~") || strings.HasSuffix(name, "~") {
		return true
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".tmp", ".swp", ".part", ".crdownload":
		return true
	}
	return false
}

// admits reports whether a dataset takes the file at rel in a picked folder.
func admits(plan space.IngestPlan, rel string) bool {
	if len(plan.Extensions) > 0 && !contains(plan.Extensions, parse.Ext(rel)) {
		return false
	}
	return (len(plan.Include) == 0 || matches(plan.Include, rel)) && !matches(plan.Exclude, rel)
}

// matches reports whether a glob fits rel, or, where it names no folder, the
// last element of rel.
func matches(globs []string, rel string) bool {
	for _, g := range globs {
		if ok, err := doublestar.Match(g, rel); err == nil && ok {
			return true
		}
		if !strings.Contains(g, "/") {
			if ok, err := doublestar.Match(g, filepath.Base(rel)); err == nil && ok {
				return true
			}
		}
	}
	return false
}

func contains(list []string, s string) bool {
	for _, each := range list {
		if each == s {
			return true
		}
	}
	return false
}

// relative is path as callers see it: from the pick, with slashes. A picked
// file is its own name.
func relative(pick, path string) string {
	if pick == path {
		return filepath.Base(path)
	}
	rel, err := filepath.Rel(pick, path)
	if err != nil {
		return filepath.Base(path)
	}
	return filepath.ToSlash(rel)
}

// below reports whether path is dir or lies in it.
func below(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
