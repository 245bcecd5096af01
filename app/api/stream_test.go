package api

import (
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
)

func TestASilentStreamSendsComments(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		recorder := httptest.NewRecorder()
		c, _ := gin.CreateTestContext(recorder)
		events := newSSE(c.Writer)
		time.Sleep(14 * time.Second)
		events.mu.Lock()
		if recorder.Body.Len() > 0 {
			t.Errorf("after 14 s it sent %q", recorder.Body)
		}
		events.mu.Unlock()
		time.Sleep(17 * time.Second)
		synctest.Wait()
		if err := events.data("x"); err != nil {
			t.Fatal(err)
		}
		events.stop()
		time.Sleep(time.Minute)
		const want = ": keep-alive\n\n: keep-alive\n\ndata: \"x\"\n\n"
		if got := recorder.Body.String(); got != want || recorder.Header().Get("Content-Type") != "text/event-stream" {
			t.Errorf("it sent %q, want %q", got, want)
		}
	})
}
