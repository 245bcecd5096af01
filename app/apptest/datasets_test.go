package apptest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"syft-space/app/apptest"
)

// TestDatasets is section 5 of the contract: types, browsing, making,
// changing, deleting, search, passages, health and provisioners.
func TestDatasets(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	s.Write("house/warranty.md", warranty)
	const all, one = "/api/v1/datasets/", "/api/v1/datasets/my-docs"
	long := strings.Repeat("n", 201)
	named := func(name string) object { return object{"name": name, "dtype": "local_file"} }
	problem := func(loc, msg, typ string) string {
		return `"errors":[{"loc":["body","configuration",` + loc + `],"msg":"` + msg + `","type":"` + typ + `"}]`
	}
	var made object
	play(t, s, []scenario{
		{name: "types", do: "GET " + all + "types/", status: 200, has: []string{`"name":"local_file"`, `"config_schema":{`, `"icon":"`, `"enabled":true`}},
		{name: "a type", do: "GET " + all + "types/local_file", status: 200, has: []string{`"name":"local_file"`, `"filePaths"`}},
		{name: "a type's schema", do: "GET " + all + "types/local_file/schema/", status: 200, has: []string{`"type":"object"`, `"ingestFileTypeOptions"`}},
		{name: "an unknown type", do: "GET " + all + "types/nothing", status: 404, is: detail("Dataset type 'nothing' not found")},
		{name: "an unknown type's schema", do: "GET " + all + "types/nothing/schema", status: 404, is: detail("Dataset type 'nothing' not found")},

		{name: "made, in the words of the seed", do: "POST /api/v1/datasets", body: object{"name": "my-docs", "dtype": "local_file", "configuration": object{"filePaths": []any{s.Docs, object{"path": s.Docs + "/house", "description": "d"}}}},
			status: 201, has: []string{`"name":"my-docs"`, `"dtype":"local_file"`, `"provisioner_state":"running"`, `"connected_endpoints":[]`, `"collectionName":"`, `"watch":true`, `"strategy":"structure"`, `"tags":""`, `"summary":""`},
			after: func(t *testing.T, s *apptest.Space) { made = as[object](s, one); waitForWords(s, made["id"].(string)) }},
		{name: "an unknown type in a body", do: "POST " + all, body: object{"name": "n", "dtype": "weaviat"}, status: 400, is: detail("Dataset type 'weaviat' not found")},
		{name: "a name twice", do: "POST " + all, body: named("my-docs"), status: 409, is: detail("Dataset 'my-docs' already exists")},
		{name: "the same name with other case", do: "POST " + all, body: named("My-Docs"), status: 201},
		{name: "a type names its problems", do: "POST " + all, body: object{"name": "n", "dtype": "local_file", "configuration": object{"chunking": object{"size": 3}}}, status: 400,
			has: []string{`"detail":"Invalid configuration: `, problem(`"chunking","size"`, "ensure this value is greater than or equal to 20", "value_error.number.not_ge")}},
		{name: "a pick that is not there", do: "POST " + all, body: object{"name": "n", "dtype": "local_file", "configuration": object{"filePaths": []string{s.Docs + "/nothing"}}}, status: 400,
			has: []string{`"detail":"Invalid configuration: `, s.Docs + "/nothing", `"loc":["body","configuration","filePaths",0,"path"]`}},
		{name: "a pick outside the roots", do: "POST " + all, body: object{"name": "n", "dtype": "local_file", "configuration": object{"filePaths": []string{"/etc"}}}, status: 400,
			has: []string{"Invalid configuration", "Path must be within"}},
		{name: "other names of picks and types", do: "POST " + all, status: 201,
			body: object{"name": "old", "dtype": "local_file", "configuration": object{"ingestionPaths": []any{object{"path": s.Docs}}, "fileTypes": []string{"MD"}}},
			has:  []string{`"filePaths":[{"path":"` + s.Docs + `"`, `"ingestFileTypeOptions":[".md"]`}, hasNot: []string{"ingestionPaths", "fileTypes"}},

		{name: "an empty name", do: "POST " + all, body: named(""), status: 422, is: invalid(`["body","name"]|ensure this value has at least 1 characters|value_error.any_str.min_length`)},
		{name: "a long name", do: "POST " + all, body: named(long), status: 422, is: invalid(`["body","name"]|ensure this value has at most 200 characters|value_error.any_str.max_length`)},
		{name: "a name with a slash", do: "POST " + all, body: named("a/b"), status: 422, has: []string{`["body","name"]`, "must not contain '/'"}},
		{name: "a name with a control character", do: "POST " + all, body: named("a\x00b"), status: 422, has: []string{`["body","name"]`, "control characters"}},
		{name: "a name that no address can hold", do: "POST " + all, body: named(".."), status: 422, has: []string{`["body","name"]`, "addresses"}},
		{name: "a name that is a UUID", do: "POST " + all, body: named(noID), status: 422, has: []string{`["body","name"]`, "UUID"}},
		{name: "the name types", do: "POST " + all, body: named("types"), status: 422, has: []string{"reserved"}},
		{name: "the name browse", do: "POST " + all, body: named("browse"), status: 422, has: []string{"reserved"}},
		{name: "the name provisioners", do: "POST " + all, body: named("provisioners"), status: 422, has: []string{"reserved"}},
		{name: "a name of any script", do: "POST " + all, body: named("文書 & Akten?"), status: 201},
		{name: "is found by it", do: "GET " + all + "%E6%96%87%E6%9B%B8%20%26%20Akten%3F/", status: 200, has: []string{`"name":"文書 & Akten?"`}},

		{name: "list", do: "GET " + all + "?limit=1", status: 200, has: []string{`"total":4`, `"name":"my-docs"`, `"document_count":1`}, hasNot: []string{`"name":"old"`}},
		{name: "by name", do: "GET " + one + "/", status: 200, has: []string{`"document_count":1`}},
		{name: "not there", do: "GET " + all + "nothing", status: 404, is: detail("Dataset 'nothing' not found")},
		{name: "not there by id", do: "GET " + all + noID, status: 404, is: detail("Dataset '" + noID + "' not found")},
		{name: "changed", do: "PATCH " + one, body: object{"summary": "S", "tags": "a,b"}, status: 200, has: []string{`"summary":"S"`, `"tags":"a,b"`, `"name":"my-docs"`}},
		{name: "a configuration is laid over", do: "PATCH " + one, body: object{"configuration": object{"exclude": []string{"**/drafts/**"}}}, status: 200, has: []string{`"exclude":["**/drafts/**"]`, `"path":"` + s.Docs}},
		{name: "a PATCH with a bad configuration", do: "PATCH " + one, body: object{"configuration": object{"watch": 1}}, status: 400, has: []string{problem(`"watch"`, "value is not a valid boolean", "type_error.bool")}},
		{name: "a PATCH to a name that is taken", do: "PATCH " + one, body: object{"name": "old"}, status: 409, is: detail("Dataset 'old' already exists")},
		{name: "a PATCH of nothing", do: "PATCH " + one, body: object{"dtype": "weaviate"}, status: 422, has: []string{"nothing to change"}},
		{name: "a PATCH of what is not there", do: "PATCH " + all + "nothing", body: object{"tags": "x"}, status: 404, is: detail("Dataset 'nothing' not found")},

		{name: "search", do: "POST " + one + "/search", body: object{"query": "warranty months", "mode": "lexical"}, status: 200, has: []string{"36 months", `"scores":{"vector":null,"lexical":`, `"search_engine":"chromem"`}},
		{name: "search with a filter", do: "POST " + one + "/search", body: object{"query": "warranty", "mode": "lexical", "filters": object{"file_type": ".pdf"}}, status: 200, has: []string{`"results":[]`}},
		{name: "an unknown mode", do: "POST " + one + "/search", body: object{"query": "x", "mode": "magic"}, status: 422, is: invalid(`["body","mode"]|value is not a valid enumeration member; permitted: 'hybrid', 'vector', 'lexical'|type_error.enum`)},
		{name: "an unknown operator", do: "POST " + one + "/search", body: object{"query": "x", "filters": object{"file_type": object{"near": 1}}}, status: 422, has: []string{`["body","filters","file_type"]`, "unknown operator 'near'"}},
		{name: "no question", do: "POST " + one + "/search", body: object{"query": ""}, status: 422, has: []string{`["body","query"]`}},
		{name: "search of what is not there", do: "POST " + all + "nothing/search", body: object{"query": "x"}, status: 404, is: detail("Dataset 'nothing' not found")},
		{name: "a passage", do: "GET " + one, status: 200, after: aPassage},
		{name: "a passage that is not there", do: "GET " + one + "/chunks/" + noID + "_0", status: 404, is: detail("Chunk '" + noID + "_0' not found")},
		{name: "a passage that is none", do: "GET " + one + "/chunks/x", status: 404, is: detail("Chunk 'x' not found")},
		{name: "a passage of what is not there", do: "GET " + all + "nothing/chunks/x", status: 404, is: detail("Dataset 'nothing' not found")},

		{name: "health", do: "GET " + one + "/health/", status: 200, has: []string{`"dataset_type_status":"healthy","provisioner_status":"healthy","message":"`}, hasNot: []string{s.Docs}},
		{name: "health of what is not there", do: "GET " + all + "nothing/health", status: 404, is: detail("Dataset 'nothing' not found")},
		{name: "provisioners", do: "GET " + all + "provisioners/", status: 200, has: []string{`{"dtype":"local_file","status":"running","message":"`}},
		{name: "a provisioner", do: "GET " + all + "provisioners/local_file/status", status: 200, has: []string{`"status":"running"`}},
		{name: "starting it says that it runs", do: "POST " + all + "provisioners/local_file/start", status: 200, has: []string{`"status":"running"`, "always running"}},
		{name: "stopping it", do: "POST " + all + "provisioners/local_file/stop", status: 409, has: []string{`"detail":"`}},
		{name: "deleting it", do: "DELETE " + all + "provisioners/local_file", status: 409, has: []string{`"detail":"`}},
		{name: "an unknown provisioner", do: "GET " + all + "provisioners/nothing/status", status: 404, is: detail("Dataset type 'nothing' not found")},

		{name: "renamed", do: "PATCH " + one, body: object{"name": "renamed"}, status: 200, has: []string{`"name":"renamed"`}},
		{name: "the old name is free", do: "GET " + one, status: 404},
		{name: "deleted", do: "DELETE " + all + "renamed/", status: 200, is: `{"message":"Dataset 'renamed' deleted"}`, after: func(t *testing.T, s *apptest.Space) {
			if _, err := os.Stat(filepath.Join(s.Docs, "house/warranty.md")); err != nil {
				t.Errorf("the document itself is gone: %v", err)
			}
			s.Must(404, "GET", "/api/v1/ingestion/datasets/"+made["id"].(string)+"/status", nil, nil)
		}},
		{name: "deleted twice", do: "DELETE " + all + "renamed", status: 404, is: detail("Dataset 'renamed' not found")},
	})
}

// aPassage follows a search hit to its passage, by the dataset's name and id.
func aPassage(t *testing.T, s *apptest.Space) {
	var found struct {
		Results []struct {
			ID      string `json:"document_id"`
			Content string
		}
	}
	s.Must(200, "POST", "/api/v1/datasets/my-docs/search", object{"query": "warranty months", "mode": "lexical", "limit": 1}, &found)
	dataset := as[thing](s, "/api/v1/datasets/my-docs")
	for _, ref := range []string{dataset.Name, dataset.ID} {
		chunk := as[struct {
			ID, Content string
			Index       int
		}](s, "/api/v1/datasets/"+ref+"/chunks/"+found.Results[0].ID+"/")
		if chunk.Content != found.Results[0].Content || chunk.ID != found.Results[0].ID {
			t.Errorf("the passage is %+v, the hit %+v", chunk, found.Results[0])
		}
	}
}

func TestBrowsing(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	for _, name := range []string{"b.TXT", "A.md", ".hidden", "Zoo/x.md", "attic/y.md"} {
		s.Write(name, "x")
	}
	if err := os.Symlink("/etc", filepath.Join(s.Docs, "out")); err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(s.Docs, "locked")
	if err := os.Mkdir(locked, 0); err != nil {
		t.Fatal(err)
	}
	const browse = "GET /api/v1/datasets/browse"
	names := func(query string) string {
		list := as[struct{ Items []thing }](s, "/api/v1/datasets/browse"+query).Items
		out := make([]string, len(list))
		for i, item := range list {
			out[i] = item.Name
		}
		return strings.Join(out, " ")
	}
	for query, want := range map[string]string{"": "attic locked Zoo A.md b.TXT", "?show_hidden=true": "attic locked Zoo .hidden A.md b.TXT", "?path=" + s.Docs + "/Zoo": "x.md"} {
		if got := names(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	scenarios := []scenario{
		{name: "a root", do: browse + "/?path=~", status: 200, has: []string{`"path":"` + s.Docs + `","parent":null`, `"is_dir":false,"size":1`, `"extension":".txt"`, `"is_dir":true,"size":null`}},
		{name: "below a root", do: browse + "?path=~/Zoo", status: 200, has: []string{`"parent":"` + s.Docs + `"`}},
		{name: "outside the roots", do: browse + "?path=/etc", status: 400, has: []string{"Path must be within"}},
		{name: "outside by dots", do: browse + "?path=" + s.Docs + "/../..", status: 400, has: []string{"Path must be within"}},
		{name: "outside by a link", do: browse + "?path=" + s.Docs + "/out", status: 400, has: []string{"Path must be within"}},
		{name: "not there", do: browse + "?path=~/nothing", status: 404, has: []string{"does not exist"}},
		{name: "not a folder", do: browse + "?path=~/A.md", status: 400, has: []string{"not a folder"}},
		{name: "not absolute", do: browse + "?path=Zoo", status: 400, has: []string{"not absolute"}},
		{name: "a NUL in the path", do: browse + "?path=~/a%00b", status: 400},
	}
	if os.Geteuid() != 0 { // root reads everything
		scenarios = append(scenarios, scenario{name: "not allowed", do: browse + "?path=~/locked", status: 403, has: []string{"permission denied"}})
	}
	play(t, s, scenarios)
}

func TestIngestion(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	s.Write("a.md", warranty)
	s.Write("broken.pdf", "%PDF-1.7 and nothing more")
	dataset := makeEndpoint(t, s)
	base, nothing := "/api/v1/ingestion/datasets/"+dataset.ID, "/api/v1/ingestion/datasets/"+noID
	notFound := detail("Dataset '" + noID + "' not found")
	play(t, s, []scenario{
		{name: "status", do: "GET " + base + "/status/", status: 200, has: []string{`"dataset_name":"docs"`, `"is_watching":true`, `"total_jobs":2`, `"completed":1`, `"failed":1`, `"cancelled":0`, `"current_file":null`}},
		{name: "jobs", do: "GET " + base + "/jobs", status: 200, has: []string{`"file_name":"a.md"`, `"total":2,"limit":100,"offset":0`}},
		{name: "jobs in a state", do: "GET " + base + "/jobs?status=failed&limit=1", status: 200, has: []string{`"file_name":"broken.pdf"`, `"total":1,"limit":1`}, hasNot: []string{`"error_message":null`}},
		{name: "an offset", do: "GET " + base + "/jobs?offset=2", status: 200, is: `{"jobs":[],"total":2,"limit":100,"offset":2}`},
		{name: "an unknown state", do: "GET " + base + "/jobs?status=x", status: 422, has: []string{`["query","status"]`}},
		{name: "out of bounds", do: "GET " + base + "/jobs?limit=0&offset=-1", status: 422, has: []string{`["query","limit"]`, `["query","offset"]`}},
		{name: "trying again", do: "POST " + base + "/retry", status: 200, has: []string{`"jobs_reset":1`}},
		{name: "starting what runs", do: "POST " + base + "/start/", status: 200, has: []string{`"message":"`, `"jobs_created":`, `"is_watching":true`}},
		{name: "stopping", do: "POST " + base + "/stop", status: 200, has: []string{`"message":"`, `"jobs_cancelled":`},
			after: func(t *testing.T, s *apptest.Space) {
				if as[object](s, base+"/status")["is_watching"] != false {
					t.Error("it still watches")
				}
			}},
		{name: "stopping what does not run", do: "POST " + base + "/stop", status: 200, has: []string{`"jobs_cancelled":0`}},
		{name: "status of nothing", do: "GET " + nothing + "/status", status: 404, is: notFound},
		{name: "jobs of nothing", do: "GET " + nothing + "/jobs", status: 404, is: notFound},
		{name: "starting nothing", do: "POST " + nothing + "/start", status: 404, is: notFound},
		{name: "stopping nothing", do: "POST " + nothing + "/stop", status: 404, is: notFound},
		{name: "trying nothing again", do: "POST " + nothing + "/retry", status: 404, is: notFound},
		{name: "following nothing", do: "GET " + nothing + "/events", status: 404, is: notFound},
		{name: "an id that is none", do: "GET /api/v1/ingestion/datasets/x/events", status: 422, is: invalid(`["path","id"]|value is not a valid uuid|type_error.uuid`)},
	})
}
