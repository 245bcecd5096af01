package catalog

import (
	"path/filepath"
	"testing"

	"syft-space/app/space"
)

func TestAPathThatIsNotThereIsStillExpanded(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	got, err := NewBrowser([]string{root}).Resolve("~/usb/")
	if want := filepath.Join(root, "usb"); got != want || space.KindOf(err) != space.KindNotFound {
		t.Errorf("resolved to %q with %v; want %q, not found", got, err, want)
	}
}
