package codes

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestDamageIsCutOffOrFound(t *testing.T) {
	t.Parallel()
	c := newCloud(6, 64, 100)
	ix, _ := fill(t, c)
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	name := generation(ix.path, 1)
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	l := layOut(ix.encoder.bits, 64, 0, tailSize)
	second, third := border+l.end, border+2*l.end
	for _, tt := range []struct {
		name   string
		damage func(b []byte) []byte
		seq    int64 // that remains
		verify bool  // Verify must complain
	}{
		{"nothing", func(b []byte) []byte { return b }, 2*tailSize + 101, false},
		{"empty file", func([]byte) []byte { return nil }, 0, false},
		{"preamble", flip(3), 0, false},
		{"first header", flip(border + 9), 0, false},
		{"rows of the second chunk", flip(second + l.rows + 1), tailSize, false},
		{"codes of the third chunk", flip(third + 3000), 2 * tailSize, false},
		{"cut in the third chunk", func(b []byte) []byte { return b[:third+700] }, 2 * tailSize, false},
		{"cut header", func(b []byte) []byte { return b[:second+10] }, tailSize, false},
		{"junk at the end", func(b []byte) []byte { return append(b, "junk"...) }, 2*tailSize + 101, false},
		{"a vector", flip(second + l.vectors + 77), 2*tailSize + 101, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "x")
			if err := os.WriteFile(generation(path, 7), tt.damage(bytes.Clone(good)), 0o600); err != nil {
				t.Fatal(err)
			}
			again := open(t, path, ix.id)
			if again.Seq() != tt.seq {
				t.Errorf("opened at %d, want %d", again.Seq(), tt.seq)
			}
			if err := again.Verify(context.Background()); (err != nil) != tt.verify {
				t.Errorf("Verify: %v", err)
			}
			if err := again.Put(tt.seq+1, 1<<40, newCloud(6, 64, 100).next(), nil); err != nil {
				t.Errorf("Put after damage: %v", err)
			}
			if again = reopen(t, again); again.Seq() != tt.seq+1 {
				t.Errorf("after one more: %d", again.Seq())
			}
		})
	}
}

func flip(at int64) func([]byte) []byte {
	return func(b []byte) []byte {
		b[at] ^= 0x40
		return b
	}
}

func TestFileOfSomethingElseIsDiscarded(t *testing.T) {
	t.Parallel()
	c := newCloud(7, 64, 100)
	other := slices.Clone(c.mean)
	other[0], other[1] = other[1], other[0]
	for name, id := range map[string]Identity{
		"restored database": {"db-2", "b-1", c.mean},
		"other embedder":    {"db-1", "b-2", c.mean},
		"other centre":      {"db-1", "b-1", other},
		"other dimension":   {"db-1", "b-1", c.mean[:63]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ix, _ := fill(t, newCloud(7, 64, 100))
			if err := ix.Close(); err != nil {
				t.Fatal(err)
			}
			again := open(t, ix.path, id)
			if again.Seq() != 0 || again.Len() != 0 {
				t.Errorf("opened at %d with %d vectors", again.Seq(), again.Len())
			}
		})
	}
}

func TestWhatWasNotWrittenIsMissingAfterACrash(t *testing.T) {
	t.Parallel()
	c := newCloud(8, 64, 100)
	ix, _ := fill(t, c)
	// A copy of the file while the index is open is what a crash leaves.
	left, err := os.ReadFile(generation(ix.path, 1))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "y")
	if err := os.WriteFile(generation(path, 1), left, 0o600); err != nil {
		t.Fatal(err)
	}
	again := open(t, path, ix.id)
	if again.Seq() != 2*tailSize || again.Len() != 2*tailSize {
		t.Errorf("after a crash: at %d with %d vectors, want the two chunks", again.Seq(), again.Len())
	}
}
