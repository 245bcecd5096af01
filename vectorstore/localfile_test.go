package vectorstore

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/space"
)

func TestAPlanNamesPicksThatCannotBeReachedAsBefore(t *testing.T) {
	t.Parallel()
	outside := space.Errorf(space.KindInvalid, "Path must be within home directory")
	for name, tt := range map[string]struct {
		path string
		err  error
		want space.Pick
	}{
		"reachable":       {"/home/u/usb", nil, space.Pick{Path: "/home/u/usb"}},
		"not there":       {"/home/u/usb", space.Errorf(space.KindNotFound, "The path does not exist"), space.Pick{Path: "/home/u/usb"}},
		"outside":         {"/home/u/usb", outside, space.Pick{Path: "/home/u/usb", Refused: outside.Error()}},
		"without meaning": {"", outside, space.Pick{Path: "~/usb", Refused: outside.Error()}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			typ := localFileType{Deps{Resolve: func(string) (string, error) { return tt.path, tt.err }}}
			plan := typ.Plan(&LocalFileConfig{FilePaths: []FilePick{{Path: "~/usb"}}})
			if diff := cmp.Diff([]space.Pick{tt.want}, plan.Picks); diff != "" {
				t.Error(diff)
			}
		})
	}
}
