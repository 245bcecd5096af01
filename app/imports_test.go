package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "syft-space"

// rules says what the packages of this module may import: each line is a
// package, or a tree of packages where it ends in "/...", and the trees it may
// import. The first line that fits a package counts. Packages may import the
// packages below their own top folder anyway.
var rules = []struct {
	pkg string
	may []string
}{
	{"main", []string{"app/cli"}},
	{"app", []string{"..."}},
	{"app/cli", []string{"..."}},
	{"app/apptest", []string{"..."}},
	{"app/space", nil},
	{"app/text", nil},
	{"app/config", nil},
	{"app/sample", nil},
	{"app/eval", []string{"app/space", "app/text"}},
	{"app/schema", []string{"app/space"}},
	{"app/api", []string{"app/catalog", "app/ingest", "app/query", "app/auth", "app/hub", "app/eval", "app/schema", "app/space", "app/text", "web"}},
	{"app/ingest/...", []string{"app/ingest/...", "app/space", "app/text"}},
	{"app/catalog", []string{"app/space", "app/text"}},
	{"app/query", []string{"app/space", "app/text"}},
	{"app/auth", []string{"app/space", "app/text"}},
	{"app/metrics", []string{"app/space"}},
	{"app/hub", []string{"app/space", "app/text"}},
	{"storage", []string{"app/space", "app/text"}},
	{"vectorstore/...", []string{"app/space", "app/text"}},
	{"providers/...", []string{"app/space", "app/text"}},
	{"policies/...", []string{"app/space", "app/text"}},
	{"web/...", nil},
}

// only says which packages alone may import a library.
var only = []struct {
	library string
	may     []string
}{
	{"github.com/gin-gonic/gin", []string{"app/api"}},
	{"github.com/danielgtaylor/huma/v2", []string{"app/api", "app/schema"}},
	{"github.com/spf13/viper", []string{"app/config"}},
	{"modernc.org/sqlite", []string{"storage"}},
	{"github.com/pressly/goose/v3", []string{"storage"}},
	{"github.com/philippgille/chromem-go", []string{"vectorstore/..."}},
	{"github.com/ollama/ollama", []string{"providers"}},
	{"github.com/openai/openai-go/v3", []string{"providers"}},
	{"github.com/prometheus", []string{"app/metrics"}},
	{"github.com/modelcontextprotocol/go-sdk", []string{"app/api", "app/cli"}},
	{"github.com/ulule/limiter/v3", []string{"policies", "app/api"}},
	{"github.com/santhosh-tekuri/jsonschema/v6", []string{"app/apptest"}},
	{module + "/providers/e5/weights", []string{"app"}},
}

type listed struct {
	ImportPath, Name string
	Imports          []string
}

// TestImportsFollowTheDesign compares the import graph with the table above.
func TestImportsFollowTheDesign(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		if name == "" {
			name = "main"
		}
		for _, imported := range p.Imports {
			own, isOurs := strings.CutPrefix(imported, module+"/")
			if isOurs && !allowed(name, own) {
				t.Errorf("%s imports %s, which the design does not allow", name, own)
			}
			for _, o := range only {
				if within(imported, o.library+"/...") && !slices.ContainsFunc(o.may, func(m string) bool { return within(name, m) }) {
					t.Errorf("%s imports %s, which only %v may", name, imported, o.may)
				}
			}
		}
	}
}

func allowed(pkg, imported string) bool {
	if top, _, _ := strings.Cut(pkg, "/"); top != "app" && within(imported, top+"/...") {
		return true
	}
	for _, r := range rules {
		if within(pkg, r.pkg) {
			return slices.ContainsFunc(r.may, func(m string) bool { return m == "..." || within(imported, m) })
		}
	}
	return false // a package that the design does not know
}

// within reports whether a package is the pattern or, where the pattern ends in
// "/...", below it.
func within(pkg, pattern string) bool {
	tree, isTree := strings.CutSuffix(pattern, "/...")
	return pkg == tree || isTree && strings.HasPrefix(pkg, tree+"/")
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Name,Imports", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Name == "main" && p.ImportPath != module {
			continue // a generator
		}
		list = append(list, p)
	}
}
