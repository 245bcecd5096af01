package ingest

import (
	"context"
	"strings"
	"sync"
	"time"

	"syft-space/app/space"
)

// run is the active time of one dataset: from the program's start, its
// creation or the owner's /start until the program's end, its removal, a new
// configuration or /stop.
type run struct {
	dataset space.Dataset
	plan    space.IngestPlan
	ctx     context.Context
	cancel  context.CancelFunc
	nudges  chan struct{}  // something moved in its folders
	vectors chan struct{}  // a passage may lack its vector
	done    chan struct{}  // follow has ended
	inHand  sync.WaitGroup // documents and batches being worked on

	scanning sync.Mutex // one scan at a time

	// What only the loop that embeds touches.
	embedder space.Embedder // opened when first needed
	complete string         // binding that lacks no vector, until something changes
	bound    string         // binding that the next two are about
	refused  map[int64]bool // rows that the embedder refuses
	refusal  string         // why, of the last of them
	noted    bool           // their files say so

	mu       sync.Mutex
	scanned  bool   // once at least
	current  string // path of the file in hand, relative to its pick
	troubles [3]string
	embedded meter
	missing  map[string]time.Time         // files that vanished, and when that was seen
	looks    map[string]space.Fingerprint // files that changed a moment ago, as last seen
}

func newRun(ctx context.Context, d space.Dataset, plan space.IngestPlan) *run {
	r := &run{
		dataset: d, plan: plan, nudges: make(chan struct{}, 1), vectors: make(chan struct{}, 1), done: make(chan struct{}),
		refused: map[int64]bool{}, missing: map[string]time.Time{}, looks: map[string]space.Fingerprint{},
	}
	r.ctx, r.cancel = context.WithCancel(ctx)
	return r
}

func (r *run) setCurrent(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current = path
}

// part is a part of the work that may be in trouble by itself.
type part int

const (
	picks part = iota
	embedding
	storing
)

// setTrouble says what does not work at the moment; "" when all is well.
func (r *run) setTrouble(of part, sentence string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.troubles[of] = sentence
}

// trouble is all that does not work; the caller holds the lock.
func (r *run) trouble() string {
	var said []string
	for _, sentence := range r.troubles {
		if sentence != "" {
			said = append(said, sentence)
		}
	}
	return strings.Join(said, " ")
}

// meter estimates a rate from the work of the last half minute.
type meter struct {
	marks []mark
}

type mark struct {
	at    time.Time
	count int
}

const meterWindow = 30 * time.Second

func (m *meter) add(now time.Time, count int) {
	m.trim(now)
	m.marks = append(m.marks, mark{now, count})
}

func (m *meter) trim(now time.Time) {
	for len(m.marks) > 0 && now.Sub(m.marks[0].at) > meterWindow {
		m.marks = m.marks[1:]
	}
}

// rate is per second, 0 while nothing is known.
func (m *meter) rate(now time.Time) float64 {
	m.trim(now)
	if len(m.marks) < 2 {
		return 0
	}
	total := 0
	for _, k := range m.marks[1:] { // the first mark only begins the time
		total += k.count
	}
	span := max(now.Sub(m.marks[0].at), time.Second)
	return float64(total) / span.Seconds()
}
