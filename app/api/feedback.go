package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"syft-space/app/space"
)

// maxScreenshot bounds a picture in bytes, maxFeedback the whole body.
const (
	maxScreenshot = 5 << 20
	maxFeedback   = maxScreenshot + 1<<20
)

// pictures are the types of a screenshot, by its content.
var pictures = []string{"image/png", "image/jpeg", "image/webp", "image/gif"}

type feedbackForm struct {
	Category    string        `form:"category" required:"true" minLength:"1" maxLength:"100" doc:"What it is about" example:"bug"`
	Description string        `form:"description" required:"true" minLength:"1" maxLength:"10000" doc:"What happened, or what would be better" example:"The list of files is empty after a restart."`
	PageURL     string        `form:"page_url" required:"false" maxLength:"2000" doc:"Where it was noticed, http or https" example:"http://localhost:8080/datasets"`
	Screenshot  huma.FormFile `form:"screenshot" required:"false" doc:"PNG, JPEG, WebP or GIF, at most 5 MiB"`
}

type feedbackAnswer struct {
	Success  bool      `json:"success" doc:"Always true: what could not be kept is an error" example:"true"`
	Message  string    `json:"message" doc:"Where it went" example:"Thank you. Your feedback is kept on this Space; it was not sent anywhere else."`
	TicketID uuid.UUID `json:"ticket_id" format:"uuid" doc:"By which it is found again"`
}

func (s *server) feedbackRoutes() {
	register(s, operation{
		method: http.MethodPost, path: Prefix + "/feedback", id: "leave-feedback", tag: "System", summary: "Leave feedback",
		description: "Kept in this Space's data folder and sent to nobody.", errors: []int{413}, maxBody: maxFeedback, slow: true,
	}, s.leaveFeedback)
	// huma does not read an example of a file from its field.
	form := s.huma.OpenAPI().Paths[Prefix+"/feedback"].Post.RequestBody.Content["multipart/form-data"]
	form.Schema.Properties["screenshot"].Examples = []any{"(the bytes of a picture)"}
}

func (s *server) leaveFeedback(ctx context.Context, in *struct {
	Caller
	RawBody huma.MultipartFormFiles[feedbackForm]
}) (*body[feedbackAnswer], error) {
	form := in.RawBody.Data()
	report := space.Feedback{
		Category: strings.TrimSpace(form.Category), Description: strings.TrimSpace(form.Description), PageURL: form.PageURL,
	}
	var problems []space.FieldError
	for _, f := range []struct{ name, value string }{{"category", report.Category}, {"description", report.Description}} {
		if f.value == "" {
			problems = append(problems, formProblem(f.name, "value_error.any_str.min_length", "ensure this value has at least 1 characters"))
		}
	}
	if form.PageURL != "" && !isWebURL(form.PageURL) {
		problems = append(problems, formProblem("page_url", "value_error.url", "write it like https://space.example.org/datasets"))
	}
	if len(problems) > 0 {
		return nil, space.Invalid(problems...)
	}
	if form.Screenshot.IsSet {
		var err error
		if report.Screenshot, err = readPicture(form.Screenshot); err != nil {
			return nil, err
		}
	}
	ticket, err := s.Feedback.Leave(ctx, in.tenant(), report)
	if err != nil {
		return nil, err
	}
	return ok(feedbackAnswer{true, "Thank you. Your feedback is kept on this Space; it was not sent anywhere else.", ticket}), nil
}

// readPicture reads a screenshot and looks at what it is.
func readPicture(file huma.FormFile) ([]byte, error) {
	defer file.Close()
	if file.Size > maxScreenshot {
		return nil, space.Errorf(space.KindTooLarge, "The screenshot has %d bytes; at most %d are taken", file.Size, maxScreenshot)
	}
	picture, err := io.ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("read a screenshot: %w", err)
	}
	if found := http.DetectContentType(picture); !slices.Contains(pictures, found) {
		kind, _, _ := strings.Cut(found, ";")
		return nil, space.Invalid(formProblem("screenshot", "value_error.file_type", "the file is "+kind+" by its content; send a PNG, JPEG, WebP or GIF picture"))
	}
	return picture, nil
}

func formProblem(field, typ, msg string) space.FieldError {
	return space.FieldError{Loc: []any{"body", field}, Type: typ, Msg: msg}
}

func isWebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}
