package api

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"syft-space/app/ingest"
	"syft-space/app/space"
)

// idle is an ingestion in which nothing happens.
type idle struct{ Ingestion }

// Status implements Ingestion.
func (idle) Status(context.Context, space.TenantID, uuid.UUID) (ingest.Status, error) {
	return ingest.Status{}, nil
}

func TestAStreamOfIngestionEndsSoThatItsCredentialIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &server{Deps: Deps{Ingestion: idle{}, Live: NewLive(LiveSources{})}}
		follow, err := s.followIngestion(t.Context(), &IngestionPath{})
		if err != nil {
			t.Fatal(err)
		}
		answer := httptest.NewRecorder()
		c, _ := gin.CreateTestContext(answer)
		c.Request = httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		began := time.Now()
		follow.Body(humagin.NewContext(&huma.Operation{}, c))
		if took := time.Since(began); took != liveFor {
			t.Errorf("the stream ends after %v", took)
		}
		if told := strings.Count(answer.Body.String(), "data: "); told != 1 {
			t.Errorf("%d events are told", told)
		}
	})
}
