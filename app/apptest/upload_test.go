package apptest_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/apptest"
)

const filesPath = "/api/v1/datasets/docs/files"

// sent is a file in a request.
type sent struct{ name, content string }

// kept is what an upload's answer says of a file.
type kept struct {
	Name   string `json:"file_name"`
	Job    string `json:"job_id"`
	Status string
}

// fileForm renders files as a browser does, with the names as they are.
func fileForm(files ...sent) (body, contentType string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		part, _ := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {`form-data; name="files"; filename="` + f.name + `"`}, "Content-Type": {"application/octet-stream"},
		})
		_, _ = io.WriteString(part, f.content)
	}
	_ = w.Close()
	return b.String(), "Content-Type: " + w.FormDataContentType()
}

func upload(s *apptest.Space, files ...sent) apptest.Answer {
	body, contentType := fileForm(files...)
	return s.Send("POST", filesPath, body, contentType)
}

func mustUpload(t *testing.T, s *apptest.Space, files ...sent) []kept {
	t.Helper()
	a := upload(s, files...)
	if a.Status != http.StatusCreated {
		t.Fatalf("status %d: %s", a.Status, a.Body)
	}
	var out struct{ Files []kept }
	a.JSON(t, &out)
	return out.Files
}

// uploaded lists everything below the upload folder, as paths without the
// names of its first level.
func uploaded(t *testing.T, s *apptest.Space) []string {
	t.Helper()
	names := []string{}
	root := filepath.Join(s.Data, "uploads")
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		names = append(names, filepath.Base(path))
		return nil
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return names
}

func newUploads(t *testing.T) (*apptest.Space, string) {
	t.Helper()
	s := apptest.New(t, apptest.Options{Embedder: &bag{}})
	var d thing
	s.Must(http.StatusCreated, "POST", "/api/v1/datasets/", map[string]any{"name": "docs", "dtype": "local_file"}, &d)
	return s, d.ID
}

func searchFiles(t *testing.T, s *apptest.Space, question string) (found []string) {
	t.Helper()
	var out struct {
		Results []struct{ Metadata map[string]any }
	}
	s.Must(http.StatusOK, "POST", "/api/v1/datasets/docs/search", map[string]any{"query": question, "mode": "lexical"}, &out)
	for _, r := range out.Results {
		found = append(found, r.Metadata["file_path"].(string))
	}
	return found
}

func TestUploadedFilesAreFoundAndBelongToTheDataset(t *testing.T) {
	t.Parallel()
	s, id := newUploads(t)
	first := mustUpload(t, s, sent{"tulips.md", "# Tulips\n\nTulips bloom in April.\n"}, sent{"c:\\papers\\roses.txt", "Roses bloom in June.\n"})
	if len(first) != 2 || first[0].Name != "tulips.md" || first[1].Name != "roses.txt" || first[0].Job == first[1].Job {
		t.Fatalf("the answer is %+v", first)
	}
	waitForWords(s, id)
	if got := searchFiles(t, s, "tulips april"); !cmp.Equal(got, []string{"tulips.md"}) {
		t.Errorf("found %v", got)
	}
	again := mustUpload(t, s, sent{"other name.md", "# Tulips\n\nTulips bloom in April.\n"}, sent{"tulips.md", "# Tulips\n\nTulips sleep in winter.\n"})
	if again[0].Job != first[0].Job || again[0].Name != "tulips.md" || again[0].Status != "completed" {
		t.Errorf("the same bytes became %+v, were %+v", again[0], first[0])
	}
	if again[1].Name != "tulips (2).md" || again[1].Job == first[0].Job {
		t.Errorf("the same name with other bytes became %+v", again[1])
	}
	s.Write("picked.md", "Dahlias bloom in August.\n")
	s.Must(http.StatusOK, "PATCH", "/api/v1/datasets/docs", map[string]any{"configuration": map[string]any{
		"filePaths": []string{s.Docs}, "ingestFileTypeOptions": []string{".pdf", ".md"}, "exclude": []string{"*.txt"},
	}}, nil)
	s.Must(http.StatusOK, "POST", "/api/v1/ingestion/datasets/"+id+"/start", nil, nil)
	if st := waitForWords(s, id); st.Completed != 4 || st.Total != 4 {
		t.Errorf("after another pick the status is %+v", st)
	}
	s.Stop()
	s = apptest.New(t, apptest.Options{Embedder: &bag{}, Data: s.Data, Docs: s.Docs})
	waitForWords(s, id)
	if got := searchFiles(t, s, "roses june"); !cmp.Equal(got, []string{"roses.txt"}) {
		t.Errorf("after a restart found %v", got)
	}
	if diff := cmp.Diff([]string{"roses.txt", "tulips (2).md", "tulips.md"}, uploaded(t, s)); diff != "" {
		t.Errorf("the upload folder (-want +got):\n%s", diff)
	}
	s.Must(http.StatusOK, "DELETE", "/api/v1/datasets/docs", nil, nil)
	if left := uploaded(t, s); len(left) > 0 {
		t.Errorf("after the dataset is gone there is %v", left)
	}
	if entries, err := os.ReadDir(filepath.Join(s.Data, "uploads")); err != nil || len(entries) > 1 {
		t.Errorf("the upload folder holds %v, %v", entries, err)
	}
}

func TestAnUploadedFileThatSomeoneDeletesIsForgotten(t *testing.T) {
	t.Parallel()
	s, id := newUploads(t)
	mustUpload(t, s, sent{"a.md", "Tulips bloom in April.\n"}, sent{"b.md", "Roses bloom in June.\n"})
	waitForWords(s, id)
	if err := os.Remove(filepath.Join(s.Data, "uploads", id, "a.md")); err != nil {
		t.Fatal(err)
	}
	s.Eventually(func() string {
		if got := searchFiles(t, s, "tulips"); len(got) > 0 {
			return "the deletion is not seen"
		}
		return ""
	})
	if err := os.RemoveAll(filepath.Join(s.Data, "uploads", id)); err != nil {
		t.Fatal(err)
	}
	s.Must(http.StatusOK, "POST", "/api/v1/ingestion/datasets/"+id+"/start", nil, nil)
	if got := searchFiles(t, s, "roses"); !cmp.Equal(got, []string{"b.md"}) {
		t.Errorf("without its folder found %v; the passages of a folder that cannot be reached stay", got)
	}
}

func TestUploadsWaitWhileADatasetIsStopped(t *testing.T) {
	t.Parallel()
	s, id := newUploads(t)
	s.Must(http.StatusOK, "POST", "/api/v1/ingestion/datasets/"+id+"/stop", nil, nil)
	if got := mustUpload(t, s, sent{"a.md", "Tulips bloom in April.\n"}); got[0].Status != "cancelled" {
		t.Errorf("the answer is %+v", got)
	}
	s.Must(http.StatusOK, "POST", "/api/v1/ingestion/datasets/"+id+"/start", nil, nil)
	waitForWords(s, id)
	if got := searchFiles(t, s, "tulips"); !cmp.Equal(got, []string{"a.md"}) {
		t.Errorf("found %v", got)
	}
}

func TestUploadsWithHostileNames(t *testing.T) {
	t.Parallel()
	s, _ := newUploads(t)
	for name, c := range map[string]struct {
		sent   string
		status int
		want   string // the name kept, or what the error says
	}{
		"above":           {"../../../etc/passwd.txt", 201, "passwd.txt"},
		"above in DOS":    {`..\\..\\boot.txt`, 201, "boot.txt"},
		"absolute":        {"/etc/hosts.md", 201, "hosts.md"},
		"dots alone":      {"..", 422, "a file needs a name"},
		"empty":           {"", 422, "a file needs a name"},
		"a folder":        {"folder/", 415, "no extension"},
		"NUL":             {"a\x00b.txt", 422, ""},
		"a line break":    {"a%0Ab.txt", 201, "a%0Ab.txt"},
		"a device":        {"NUL.txt", 201, "_NUL.txt"},
		"another device":  {"com1.tar.txt", 201, "_com1.tar.txt"},
		"a stream":        {"notes.txt:hidden.txt", 201, "notes.txt_hidden.txt"},
		"hidden":          {".secret.md", 201, "secret.md"},
		"an editor's":     {"~$draft.md", 201, "$draft.md"},
		"long":            {strings.Repeat("x", 10000) + ".md", 422, "longer than"},
		"backwards":       {"annual\u202Etxt.exe", 415, "Unsupported file type: .exe"},
		"marks":           {"\u200Fשלום\u202E.md", 201, "שלום.md"},
		"Japanese":        {"報告書.md", 201, "報告書.md"},
		"not UTF-8":       {"\xff\xfe.md", 422, "UTF-8"},
		"a program":       {"setup.EXE", 415, "Unsupported file type: .exe"},
		"no extension":    {"README", 415, "no extension"},
		"dots at the end": {"a.md. . .", 201, "a.md"},
	} {
		t.Run(name, func(t *testing.T) {
			a := upload(s, sent{c.sent, "Contents of " + name + ".\n"})
			if a.Status != c.status || !strings.Contains(a.Body, c.want) {
				t.Errorf("status %d, want %d with %q: %.300s", a.Status, c.status, c.want, a.Body)
			}
		})
	}
	for _, name := range uploaded(t, s) {
		if strings.HasSuffix(name, ".part") || strings.Contains(name, "exe") {
			t.Errorf("%s is left behind", name)
		}
	}
	if stray, err := filepath.Glob(filepath.Join(filepath.Dir(s.Data), "*.txt")); err != nil || len(stray) > 0 {
		t.Errorf("outside the data folder there is %v", stray)
	}
}

func TestUploadsThatAreRefusedLeaveNothing(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Embedder: &bag{}, Settings: map[string]any{"limits.upload_bytes": 4000, "ingest.max_file_bytes": 2000}})
	var d thing
	s.Must(http.StatusCreated, "POST", "/api/v1/datasets/", map[string]any{"name": "docs", "dtype": "local_file"}, &d)
	whole, contentType := fileForm(sent{"good.md", "Good words.\n"}, sent{"more.md", strings.Repeat("word ", 300)})
	large, _ := fileForm(sent{"good.md", "Good words.\n"}, sent{"a.md", strings.Repeat("word ", 2000)})
	thick, thickType := fileForm(sent{"good.md", "Good words.\n"}, sent{"a.md", strings.Repeat("word ", 500)})
	mixed, mixedType := fileForm(sent{"good.md", "Good words.\n"}, sent{"bad.exe", "MZ"})
	other := "--b\r\nContent-Disposition: form-data; name=\"attachments\"; filename=\"a.md\"\r\n\r\nx\r\n--b--\r\n"
	for name, c := range map[string]struct {
		body, contentType string
		status            int
		says              string
	}{
		"JSON":                     {`{"files": []}`, "Content-Type: application/json", 415, "multipart/form-data"},
		"no boundary":              {whole, "Content-Type: multipart/form-data", 415, "multipart/form-data"},
		"no files":                 {other, "Content-Type: multipart/form-data; boundary=b", 422, `["body","files"]`},
		"nothing":                  {"", contentType, 422, `["body","files"]`},
		"cut off":                  {whole[:len(whole)-200], contentType, 422, "not whole"},
		"another boundary":         {whole, "Content-Type: multipart/form-data; boundary=elsewhere", 422, `["body","files"]`},
		"too large as a whole":     {large, contentType, 413, "4000"},
		"a file too large":         {thick, thickType, 413, "2000"},
		"one that nobody can read": {mixed, mixedType, 415, ".exe"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.Send("POST", filesPath, c.body, c.contentType)
			if a.Status != c.status || !strings.Contains(a.Body, c.says) {
				t.Errorf("status %d, want %d with %q: %s", a.Status, c.status, c.says, a.Body)
			}
		})
	}
	if a := s.Send("POST", "/api/v1/datasets/nothing/files", whole, contentType); a.Status != 404 {
		t.Errorf("without a dataset: %d %s", a.Status, a.Body)
	}
	if left := uploaded(t, s); len(left) > 0 {
		t.Errorf("there is %v", left)
	}
	var st status
	s.Must(http.StatusOK, "GET", "/api/v1/ingestion/datasets/"+d.ID+"/status", nil, &st)
	if st.Total != 0 {
		t.Errorf("the status is %+v", st)
	}
}

func TestAClientThatLeavesInTheMiddleOfAnUploadLeavesNothing(t *testing.T) {
	t.Parallel()
	s, _ := newUploads(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	body, contentType := fileForm(sent{"a.md", strings.Repeat("word ", 100_000)})
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\nContent-Length: %d\r\n\r\n%s", filesPath, contentType, len(body), body[:300_000])
	s.Eventually(func() string {
		if len(uploaded(t, s)) == 0 {
			return "the upload does not begin"
		}
		return ""
	})
	conn.Close()
	s.Eventually(func() string {
		if left := uploaded(t, s); len(left) > 0 {
			return fmt.Sprintf("there is %v", left)
		}
		return ""
	})
}

func TestAnUploadThatCannotBeWrittenSaysSo(t *testing.T) {
	t.Parallel()
	s, _ := newUploads(t)
	if err := os.WriteFile(filepath.Join(s.Data, "uploads"), []byte("in the way"), 0o600); err != nil {
		t.Fatal(err)
	}
	if a := upload(s, sent{"a.md", "words"}); a.Status != 503 || !strings.Contains(a.Body, "cannot be written") {
		t.Errorf("status %d: %s", a.Status, a.Body)
	}
}
