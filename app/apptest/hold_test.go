package apptest_test

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// longEnv switches the tests on that take minutes.
const longEnv = "SYFT_LONG_TESTS"

// held is how many streams are held, and for how long.
func held(t *testing.T) (callers int, hold time.Duration) {
	if os.Getenv(longEnv) != "" {
		return 1000, time.Minute
	}
	if testing.Short() {
		t.Skip("holds 200 streams")
	}
	return 200, 2 * time.Second
}

// TestHeldStreamsLeaveNothingBehind holds many streams of priced answers open at
// once, in this process. All are answered whole, and afterwards goroutines and
// memory are back to where they were. It runs alone: it counts goroutines.
func TestHeldStreamsLeaveNothingBehind(t *testing.T) {
	callers, hold := held(t)
	s := openBare(t, nil)
	h := newHolder(t)
	slug := s.endpoint(s.model("openai", h.provider), nil, policy{"accounting", body{"price": 0.25}})
	h.hold(s.URL, slug, callers, 0, func() {}) // fills pools
	goroutines, heap := runtime.NumGoroutine(), heapInUse()
	during := 0
	h.hold(s.URL, slug, callers, hold, func() { during = runtime.NumGoroutine() })
	s.goroutinesReturn(goroutines)
	after := heapInUse()
	t.Logf("%d streams held for %s: goroutines %d, %d, %d; heap %d KiB before, %d after",
		callers, hold, goroutines, during, runtime.NumGoroutine(), heap>>10, after>>10)
	if after > heap+uint64(callers)*4<<10+4<<20 {
		t.Errorf("%d KiB of the heap are in use, %d were before", after>>10, heap>>10)
	}
	if accounts := balance(t, s.Data, slug); accounts["held"] != 0 || accounts["owner"] != int64(2*callers)*250_000 {
		t.Errorf("the accounts are %v", accounts)
	}
}

// TestHeldStreamsOfTheProgram is the same with the real binary, whose memory is
// looked at from outside.
func TestHeldStreamsOfTheProgram(t *testing.T) {
	callers, hold := held(t)
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(home, "data")
	run := start(t, data, home, "serve", "--port", "0")
	url, pid := run.url(data), run.cmd.Process.Pid
	h := newHolder(t)
	priced(t, url, data, h.provider)
	fresh := memoryOf(t, pid, "VmRSS")
	h.hold(url, "paid", callers, 0, func() {})
	before, during := memoryOf(t, pid, "VmRSS"), 0
	h.hold(url, "paid", callers, hold, func() { during = memoryOf(t, pid, "VmRSS") })
	after := memoryOf(t, pid, "VmRSS")
	t.Logf("%d streams held for %s: %d MiB fresh, %d before, %d during, %d after", callers, hold, fresh>>10, before>>10, during>>10, after>>10)
	if os.Getenv(longEnv) != "" {
		waitForMemory(t, pid, fresh)
	}
	if after > before+before/2+16<<10 {
		t.Errorf("%d KiB are in memory, %d were before", after, before)
	}
	run.stop()
	if accounts := balance(t, data, "paid"); accounts["held"] != 0 || accounts["owner"] != int64(2*callers)*250_000 {
		t.Errorf("the accounts are %v", accounts)
	}
}

// waitForMemory waits until a program has given back what it held: Go's
// runtime collects what lies idle every two minutes, and returns it slowly.
func waitForMemory(t *testing.T, pid, fresh int) {
	t.Helper()
	began := time.Now()
	now := memoryOf(t, pid, "VmRSS")
	for ; now > fresh*3/2 && time.Since(began) < 10*time.Minute; now = memoryOf(t, pid, "VmRSS") {
		time.Sleep(time.Second)
	}
	t.Logf("%d MiB are in memory %s later", now>>10, time.Since(began).Round(time.Second))
	if now > fresh*3/2 {
		t.Errorf("%d KiB are in memory, %d were at the start", now, fresh)
	}
}

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what finalizers let go
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// holder has streams begin, and go on together.
type holder struct {
	t        *testing.T
	provider *provider
	mu       sync.Mutex
	release  chan struct{}
}

func newHolder(t *testing.T) *holder {
	h := &holder{t: t, release: make(chan struct{})}
	h.provider = newProvider(t, func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		release := h.release
		h.mu.Unlock()
		for tick := time.Tick(5 * time.Second); ; { // a silent provider would be given up after a minute
			talk(w, r, "held ")
			select {
			case <-tick:
				continue
			case <-release:
				speaks("and done")(w, r)
			case <-r.Context().Done():
			}
			return
		}
	})
	return h
}

// hold opens the streams, holds them, lets the provider go on, and reads them
// to their end. look is called at the end of the wait.
func (h *holder) hold(url, slug string, callers int, wait time.Duration, look func()) {
	h.t.Helper()
	var begun, ended sync.WaitGroup
	begun.Add(callers)
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for range callers {
		ended.Go(func() {
			res, err := client.Post(url+"/api/v1/endpoints/"+slug+"/query", "application/json", bodyOf(body{"messages": "x", "stream": true}))
			if err != nil {
				h.t.Error(err)
				begun.Done()
				return
			}
			defer res.Body.Close()
			read := bufio.NewReader(res.Body)
			first, err := read.ReadString('\n')
			begun.Done()
			if err != nil || !strings.Contains(first, "held ") {
				h.t.Errorf("a stream began with %d %q: %v", res.StatusCode, first, err)
				return
			}
			rest, err := io.ReadAll(read)
			if err != nil || !strings.Contains(string(rest), "and done") || !strings.HasSuffix(string(rest), "data: [DONE]\n\n") {
				h.t.Errorf("a stream ended with %q: %v", rest, err)
			}
		})
	}
	begun.Wait()
	time.Sleep(wait)
	look()
	h.mu.Lock()
	close(h.release)
	h.release = make(chan struct{})
	h.mu.Unlock()
	ended.Wait()
}
