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
