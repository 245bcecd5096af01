package apptest_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"syft-space/app/apptest"
)

// dial opens a connection of its own and writes the head of a POST that
// announces a body of that many bytes; -1 announces pieces.
func dial(t *testing.T, s *apptest.Space, announced int) *net.TCPConn {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	length := fmt.Sprintf("Content-Length: %d", announced)
	if announced < 0 {
		length = "Transfer-Encoding: chunked"
	}
	fmt.Fprintf(conn, "POST /api/v1/datasets HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n%s\r\n\r\n", u.Host, length)
	return conn.(*net.TCPConn)
}

// expect reads an answer and wants its status and a sentence in the contract's form.
func expect(t *testing.T, conn net.Conn, status int) string {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(2 * time.Minute))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	var said struct{ Detail any }
	if res.StatusCode != status || json.Unmarshal(b, &said) != nil || said.Detail == nil || res.Header.Get("X-Request-Id") == "" {
		t.Errorf("answered %d %s, want %d", res.StatusCode, b, status)
	}
	return fmt.Sprint(said.Detail)
}

// TestRefusedBodiesAreReadToTheirEnd writes whole bodies before it reads, as
// many clients do: a connection that was reset would hide the answer.
func TestRefusedBodiesAreReadToTheirEnd(t *testing.T) {
	t.Parallel()
	open := apptest.New(t, apptest.Options{})
	locked := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.admin_key": adminKey}})
	for name, c := range map[string]struct {
		space  *apptest.Space
		bytes  int
		status int
	}{
		"a byte too long":      {open, 10<<20 + 1, http.StatusRequestEntityTooLarge},
		"far too long":         {open, 40 << 20, http.StatusRequestEntityTooLarge},
		"without a credential": {locked, 5 << 20, http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, c.space, c.bytes)
			piece := []byte(strings.Repeat("x", 64<<10))
			for left := c.bytes; left > 0; left -= len(piece) {
				if _, err := conn.Write(piece[:min(left, len(piece))]); err != nil {
					t.Fatalf("%d bytes before the end: %v", left, err)
				}
			}
			expect(t, conn, c.status)
		})
	}
}

func TestBodiesThatNeverEnd(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	t.Run("a trickle", func(t *testing.T) {
		t.Parallel()
		conn := dial(t, s, 1000)
		stop := make(chan struct{})
		defer close(stop)
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(200 * time.Millisecond):
					_, _ = conn.Write([]byte(" "))
				}
			}
		}()
		if said := expect(t, conn, http.StatusRequestTimeout); said != "The request body came too slowly" {
			t.Errorf("it reads %q", said)
		}
	})
	t.Run("a client that stops sending", func(t *testing.T) {
		t.Parallel()
		conn := dial(t, s, 100)
		_, _ = conn.Write([]byte(`{"name":`))
		_ = conn.CloseWrite()
		if said := expect(t, conn, http.StatusBadRequest); said != "The request body ended before it was complete" {
			t.Errorf("it reads %q", said)
		}
	})
	t.Run("pieces that are none", func(t *testing.T) {
		t.Parallel()
		conn := dial(t, s, -1)
		_, _ = conn.Write([]byte("zzz\r\n{}\r\n"))
		expect(t, conn, http.StatusBadRequest)
	})
	t.Run("pieces without an end", func(t *testing.T) {
		t.Parallel()
		conn := dial(t, s, -1)
		piece := "100000\r\n" + strings.Repeat("x", 1<<20) + "\r\n"
		go func() {
			for range 64 {
				if _, err := conn.Write([]byte(piece)); err != nil {
					return // the program has closed its end
				}
			}
		}()
		expect(t, conn, http.StatusRequestEntityTooLarge)
	})
	t.Run("a client that goes away", func(t *testing.T) {
		t.Parallel()
		conn := dial(t, s, 100)
		_, _ = conn.Write([]byte(`{"na`))
		conn.Close()
		s.Must(http.StatusOK, "GET", "/api/v1/health", nil, nil)
	})
}

// unread is how long the programs of the following tests wait for the body of
// a request that they refused unread.
const unread = 200 * time.Millisecond

func TestRefusalsAreAnsweredThoughTheBodyNeverComes(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{ReadTimeout: unread, Settings: map[string]any{"auth.admin_key": adminKey}})
	for said, c := range map[string]struct{ announced, status int }{
		"Admin API key required":             {100, http.StatusUnauthorized},
		"The request body is too large; at ": {11 << 20, http.StatusRequestEntityTooLarge},
	} {
		if got := expect(t, dial(t, s, c.announced), c.status); !strings.HasPrefix(got, said) {
			t.Errorf("it reads %q", got)
		}
	}
}

// TestWhatTakesLongIsNotCutOff does for longer than an unread body is waited
// for what may take its time.
func TestWhatTakesLongIsNotCutOff(t *testing.T) {
	t.Parallel()
	const long = 4 * unread
	s := openShopWith(t, apptest.Options{ReadTimeout: unread}, shelf)
	slug := s.endpoint(s.model("openai", newProvider(t, func(w http.ResponseWriter, r *http.Request) {
		talk(w, r, "one")
		time.Sleep(long)
		speaks(" two")(w, r)
	})), nil)
	for name, do := range map[string]func(t *testing.T) string{
		"an answer":         func(*testing.T) string { return s.ask(http.StatusOK, slug, body{}).Summary.Message.Content },
		"a streamed answer": func(t *testing.T) string { return said(t, s.ask(http.StatusOK, slug, body{"stream": true}).Body) },
		"a streamed chat":   func(t *testing.T) string { return said(t, s.stream(slug, nil).Body) },
		"a call of a tool":  func(*testing.T) string { return s.tool(slug, body{"question": "How long is the warranty?"}).text() },
		"an upload":         func(t *testing.T) string { return slowUpload(t, s.Space, long) },
		"live events":       func(t *testing.T) string { return slowEvents(s.Space, listen(t, s.Space, "/api/v1/events"), long) },
		"events of ingestion": func(t *testing.T) string {
			return slowEvents(s.Space, listen(t, s.Space, "/api/v1/ingestion/datasets/"+s.dataset.ID+"/events"), long)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := do(t); !strings.HasPrefix(got, "one two") {
				t.Errorf("it ends with %q", got)
			}
		})
	}
}

// slowUpload sends a file with a pause in its middle.
func slowUpload(t *testing.T, s *apptest.Space, pause time.Duration) string {
	form, contentType := fileForm(sent{"slow.md", strings.Repeat("one two ", 100)})
	read, write := io.Pipe()
	go func() {
		_, _ = io.WriteString(write, form[:len(form)/2])
		time.Sleep(pause)
		_, _ = io.WriteString(write, form[len(form)/2:])
		write.Close()
	}()
	res, err := http.Post(s.URL+filesPath, strings.TrimPrefix(contentType, "Content-Type: "), read)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if b, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusCreated {
		return string(b)
	}
	return "one two"
}

// slowEvents is told nothing for a while, and then that a file is there.
func slowEvents(s *apptest.Space, stream *liveStream, pause time.Duration) string {
	time.Sleep(pause)
	before := stream.count()
	upload(s, sent{fmt.Sprintf("%p.md", stream), fmt.Sprintf("Something new at %p.", stream)})
	s.Eventually(func() string {
		if stream.ended() == nil && stream.count() == before {
			return "nothing is told"
		}
		return ""
	})
	if err := stream.ended(); err != nil {
		return err.Error()
	}
	return "one two"
}
