package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/gin-gonic/gin"

	"syft-space/app/space"
)

const maxRequestID = 128

// What a caller reads whose body cannot be taken.
const (
	bodyTooLarge = "The request body is too large"
	bodyTooSlow  = "The request body came too slowly"
	bodyCutOff   = "The request body ended before it was complete"
	notJSON      = "Send the body as application/json"
)

// requestID takes over the caller's request id, or makes one, and echoes it.
func (s *server) requestID(c *gin.Context) {
	id := c.GetHeader("X-Request-Id")
	if !printable(id) {
		id = c.GetHeader("X-Correlation-ID")
	}
	if !printable(id) {
		id = s.IDs().String()
	}
	c.Header("X-Request-Id", id)
	c.Request = c.Request.WithContext(space.WithRequestID(c.Request.Context(), id))
}

func printable(id string) bool {
	return id != "" && len(id) <= maxRequestID &&
		!strings.ContainsFunc(id, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) })
}

// logRequest writes one line per request, without its query string, which may
// hold what a person asked, and counts it.
func (s *server) logRequest(c *gin.Context) {
	start := time.Duration(s.Clock().UnixNano())
	c.Next()
	took := time.Duration(s.Clock().UnixNano()) - start
	s.Logger.InfoContext(c.Request.Context(), "request",
		"method", c.Request.Method, "path", c.Request.URL.Path, "status", c.Writer.Status(),
		"bytes", max(0, c.Writer.Size()), "duration_ms", float64(took.Microseconds())/1000)
	if strings.HasPrefix(c.Writer.Header().Get("Content-Type"), "text/event-stream") {
		took = 0 // says how long somebody listened
	}
	s.Metrics.Request(c.Request.Method, strings.TrimSuffix(c.FullPath(), "/"), c.Writer.Status(), took)
}

// recoverPanics answers 500 and logs the stack. A panic while streaming closes
// the connection, as net/http wants it.
func (s *server) recoverPanics(c *gin.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		s.logPanic(c.Request.Context(), p)
		if c.Writer.Written() {
			panic(http.ErrAbortHandler)
		}
		s.abort(c, &wireError{status: http.StatusInternalServerError, Detail: http.StatusText(http.StatusInternalServerError)})
	}()
	c.Next()
}

// logPanic writes down what was recovered, with the stack of the panic.
func (s *server) logPanic(ctx context.Context, recovered any) {
	s.Logger.ErrorContext(ctx, "panic", "value", fmt.Sprint(recovered), "stack", string(debug.Stack()))
}

// limitBody refuses a body that says it is too large before reading it, and
// cuts off one that does not say so. Uploads have a limit of their own.
func (s *server) limitBody(c *gin.Context) {
	limit := int64(maxJSON)
	if strings.HasPrefix(c.ContentType(), "multipart/") {
		limit = s.Options.UploadBytes
	}
	if err := boundBody(c, limit); err != nil {
		s.abort(c, err)
	}
}

// What is read of the body of a refused request, so that its answer is seen.
const (
	restBytes = 64 << 20
	restTime  = 5 * time.Second
	smallRest = 256 << 10 // net/http takes that much by itself
)

// readRest takes what a refused client is still sending. Many write the whole
// body before they read, and a connection that is closed meanwhile is reset:
// they would never see why. Who waits for leave to send is answered at once.
func readRest(c *gin.Context) {
	body := c.Request.Body
	c.Next()
	n := c.Request.ContentLength
	if c.Writer.Status() < http.StatusBadRequest || n >= 0 && n <= smallRest || c.GetHeader("Expect") != "" {
		return
	}
	if http.NewResponseController(c.Writer).SetReadDeadline(space.SystemClock().Add(restTime)) == nil {
		_, _ = io.CopyN(io.Discard, body, restBytes)
	}
}

// boundBody refuses a body that says it is longer than limit, and has reading
// fail where one is that does not say so.
func boundBody(c *gin.Context, limit int64) error {
	if c.Request.ContentLength > limit {
		return space.Errorf(space.KindTooLarge, "%s; at most %s bytes are taken", bodyTooLarge, strconv.FormatInt(limit, 10))
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit+1)
	return nil
}
