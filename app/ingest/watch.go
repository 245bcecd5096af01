package ingest

import (
	"path/filepath"
	"sync"

	"github.com/fsnotify/fsnotify"
	"github.com/google/uuid"
)

// watcher tells which datasets' folders something moved in. One fsnotify
// watcher serves all datasets; on Linux it watches folders one by one, so each
// scan hands over the folders that it saw. A nil watcher watches nothing.
type watcher struct {
	notify *fsnotify.Watcher

	following sync.Mutex // one dataset's folders at a time

	mu      sync.Mutex
	folders map[string]map[uuid.UUID]bool // who wants to know of a folder
}

func newWatcher() (*watcher, error) {
	n, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return &watcher{notify: n, folders: map[string]map[uuid.UUID]bool{}}, nil
}

// start passes events on behind, until the returned function is called.
func (w *watcher) start(tell func(uuid.UUID)) (stop func()) {
	if w == nil {
		return func() {}
	}
	var running sync.WaitGroup
	running.Go(func() { w.run(tell) })
	return func() { w.close(); running.Wait() }
}

func (w *watcher) close() {
	if w != nil {
		_ = w.notify.Close() // nobody waits for events any more
	}
}

// follow makes dirs the folders of the dataset. A folder that cannot be
// watched, because the system's limit is reached or its file system has no
// events, is left to the rescans. Each folder is added again every time: the
// system forgets one that was removed and made anew.
func (w *watcher) follow(dataset uuid.UUID, dirs []string) {
	if w == nil {
		return
	}
	w.following.Lock()
	defer w.following.Unlock()
	// The lock that events are told under is not held while folders are added
	// and removed: on Windows both wait for the reader of events.
	for _, dir := range w.enlist(dataset, dirs) {
		_ = w.notify.Remove(dir) // a folder that is gone is not watched anyway
	}
	for _, dir := range dirs {
		if w.notify.Add(dir) != nil {
			w.mu.Lock()
			w.release(dir, dataset)
			w.mu.Unlock()
		}
	}
}

// forget ends the watching for a dataset.
func (w *watcher) forget(dataset uuid.UUID) { w.follow(dataset, nil) }

// enlist notes who wants to know of which folders, and returns those of which
// nobody does any longer.
func (w *watcher) enlist(dataset uuid.UUID, dirs []string) (unwanted []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	wanted := make(map[string]bool, len(dirs))
	for _, dir := range dirs {
		wanted[dir] = true
		if w.folders[dir] == nil {
			w.folders[dir] = map[uuid.UUID]bool{}
		}
		w.folders[dir][dataset] = true
	}
	for dir, who := range w.folders {
		if who[dataset] && !wanted[dir] && w.release(dir, dataset) {
			unwanted = append(unwanted, dir)
		}
	}
	return unwanted
}

// release takes a dataset off a folder, and reports whether it was the last;
// the caller holds the lock.
func (w *watcher) release(dir string, dataset uuid.UUID) bool {
	delete(w.folders[dir], dataset)
	if len(w.folders[dir]) > 0 {
		return false
	}
	delete(w.folders, dir)
	return true
}

// watches reports whether a folder is watched for the dataset.
func (w *watcher) watches(dataset uuid.UUID) bool {
	if w == nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, who := range w.folders {
		if who[dataset] {
			return true
		}
	}
	return false
}

// run passes events on until the watcher is closed: also while the program
// ends somebody must take them, because a scan may wait for that. After an
// overflow or an error of the watcher every dataset is told.
func (w *watcher) run(tell func(uuid.UUID)) {
	for {
		select {
		case event, ok := <-w.notify.Events:
			if !ok {
				return
			}
			if event.Op != fsnotify.Chmod {
				w.tell(event.Name, tell)
			}
		case _, ok := <-w.notify.Errors:
			if !ok {
				return
			}
			w.tellAll(tell)
		}
	}
}

// tell finds who watches the folder of a path, or the path as a folder.
func (w *watcher) tell(path string, tell func(uuid.UUID)) {
	w.mu.Lock()
	ids := map[uuid.UUID]bool{}
	for _, dir := range []string{path, filepath.Dir(path)} {
		for id := range w.folders[dir] {
			ids[id] = true
		}
	}
	w.mu.Unlock()
	for id := range ids {
		tell(id)
	}
}

func (w *watcher) tellAll(tell func(uuid.UUID)) {
	w.mu.Lock()
	ids := map[uuid.UUID]bool{}
	for _, who := range w.folders {
		for id := range who {
			ids[id] = true
		}
	}
	w.mu.Unlock()
	for id := range ids {
		tell(id)
	}
}
