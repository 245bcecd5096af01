package api

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"path/filepath"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/google/uuid"

	"syft-space/app/ingest"
	"syft-space/app/space"
)

// Ingestion is the work that turns files into passages.
type Ingestion interface {
	Status(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (ingest.Status, error)
	Jobs(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, status space.JobStatus, limit, offset int) (space.List[space.Job], error)
	Start(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (created int, watching bool, err error)
	Stop(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (int, error)
	Retry(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (int, error)
	Upload(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, next func() (ingest.Uploading, error)) ([]space.Job, error)
}

type ingestionStatus struct {
	DatasetID      uuid.UUID `json:"dataset_id" format:"uuid" doc:"The dataset"`
	DatasetName    string    `json:"dataset_name" doc:"Its name" example:"my-docs"`
	IsWatching     bool      `json:"is_watching" doc:"Whether changes are taken over by themselves" example:"true"`
	Scanned        bool      `json:"scanned" doc:"Whether its folders were looked through since the start" example:"true"`
	TotalJobs      int       `json:"total_jobs" doc:"Files in all" example:"15"`
	Pending        int       `json:"pending" doc:"Files that wait" example:"2"`
	InProgress     int       `json:"in_progress" doc:"Files that are read at the moment" example:"1"`
	Completed      int       `json:"completed" doc:"Files whose words are found" example:"12"`
	Failed         int       `json:"failed" doc:"Files that could not be read" example:"0"`
	Cancelled      int       `json:"cancelled" doc:"Files that were stopped" example:"0"`
	ChunksTotal    int       `json:"chunks_total" doc:"Passages in all" example:"480"`
	ChunksEmbedded int       `json:"chunks_embedded" doc:"Passages that are found by meaning too; while the embedder changes, those that the new one is done with" example:"420"`
	Embedder       *string   `json:"embedder" nullable:"true" doc:"What answers questions by meaning; null while nothing does" example:"builtin/multilingual-e5-small"`
	NextEmbedder   *string   `json:"next_embedder" nullable:"true" doc:"What the dataset is on its way to, while the embedder before it goes on answering; null where nothing changes" example:"ollama/bge-m3"`
	RatePerSecond  float64   `json:"rate_per_second" doc:"Passages embedded, lately; 0 when nothing is left to do" example:"35.5"`
	ETASeconds     *int      `json:"eta_seconds" nullable:"true" doc:"Until every passage is found by meaning; null while not known" example:"2"`
	CurrentFile    *string   `json:"current_file" nullable:"true" doc:"What is read at the moment; null while nothing is" example:"handbook.pdf"`
	Message        *string   `json:"message" nullable:"true" doc:"What does not work at the moment" example:"The disk is full"`
	Done           bool      `json:"done" doc:"Whether nothing is left to do" example:"false"`
}

func wireStatus(st ingest.Status) ingestionStatus {
	out := ingestionStatus{
		DatasetID: st.Dataset.ID, DatasetName: st.Dataset.Name, IsWatching: st.Watching, Scanned: st.Scanned,
		TotalJobs: st.Jobs.Total, Pending: st.Jobs.Pending, InProgress: st.Jobs.InProgress, Completed: st.Jobs.Completed,
		Failed: st.Jobs.Failed, Cancelled: st.Jobs.Cancelled, ChunksTotal: st.Chunks, ChunksEmbedded: st.Embedded, Embedder: orNull(st.Embedder), NextEmbedder: orNull(st.Next),
		RatePerSecond: math.Round(st.Rate*10) / 10, CurrentFile: orNull(st.CurrentFile), Message: orNull(st.Trouble), Done: st.Done(),
	}
	if st.ETA > 0 {
		eta := int(math.Ceil(st.ETA.Seconds()))
		out.ETASeconds = &eta
	}
	if out.Done { // the average goes down for a while, which would be news without end
		out.RatePerSecond = 0
	}
	return out
}

type job struct {
	ID           uuid.UUID  `json:"id" format:"uuid" doc:"Its UUID"`
	FilePath     string     `json:"file_path" doc:"Absolute path of the file" example:"/home/alice/Documents/handbook.pdf"`
	FileName     string     `json:"file_name" doc:"Its last part" example:"handbook.pdf"`
	FileSize     int64      `json:"file_size" doc:"In bytes" example:"48213"`
	Status       string     `json:"status" enum:"pending,in_progress,completed,failed,cancelled" doc:"How far it is"`
	ErrorMessage *string    `json:"error_message" nullable:"true" doc:"Why it failed or waits, or a remark" example:"The file is not a PDF"`
	RetryCount   int        `json:"retry_count" doc:"How often it was tried again" example:"0"`
	Chunks       int        `json:"chunks" doc:"Passages that it was cut into" example:"40"`
	CreatedAt    time.Time  `json:"created_at" doc:"When it was found"`
	StartedAt    *time.Time `json:"started_at" nullable:"true" doc:"When its reading began; null before"`
	CompletedAt  *time.Time `json:"completed_at" nullable:"true" doc:"When its reading ended; null before"`
}

func wireJob(j space.Job) job {
	return job{
		ID: j.ID, FilePath: j.Path, FileName: filepath.Base(j.Path), FileSize: j.Fingerprint.Size, Status: string(j.Status),
		ErrorMessage: orNull(j.Message), RetryCount: j.Tries, Chunks: j.Chunks,
		CreatedAt: j.CreatedAt, StartedAt: j.StartedAt, CompletedAt: j.CompletedAt,
	}
}

type jobPage struct {
	Jobs   []job `json:"jobs" doc:"Newest first"`
	Total  int   `json:"total" doc:"Files in the whole list" example:"15"`
	Limit  int   `json:"limit" doc:"Files asked for at most" example:"100"`
	Offset int   `json:"offset" doc:"Files left out at the beginning" example:"0"`
}

// IngestionPath addresses the ingestion of a dataset.
type IngestionPath struct {
	Caller
	ID uuid.UUID `path:"id" format:"uuid" doc:"UUID of the dataset"`
}

func (s *server) ingestionRoutes() {
	const tag, base = "Ingestion", Prefix + "/ingestion/datasets/{id}"
	register(s, operation{
		method: http.MethodGet, path: base + "/status", id: "ingestion-status", tag: tag,
		summary: "Get how far a dataset is", errors: []int{404},
		description: "How many files wait, are read and failed, and how many passages are found by meaning.",
	}, func(ctx context.Context, in *IngestionPath) (*body[ingestionStatus], error) {
		return wrap(wireStatus)(s.Ingestion.Status(ctx, in.tenant(), in.ID))
	})
	register(s, operation{
		method: http.MethodGet, path: base + "/jobs", id: "ingestion-jobs", tag: tag, summary: "List a dataset's files", errors: []int{404},
		description: "Newest first, each with why it failed where it did.",
	}, s.listJobs)
	register(s, operation{
		method: http.MethodPost, path: base + "/start", id: "start-ingestion", tag: tag, summary: "Scan and go on", errors: []int{404},
		description: "Takes up what was stopped. Starting what runs only scans.",
	}, func(ctx context.Context, in *IngestionPath) (*body[started], error) {
		created, watching, err := s.Ingestion.Start(ctx, in.tenant(), in.ID)
		if err != nil {
			return nil, err
		}
		return ok(started{"Ingestion runs", created, watching}), nil
	})
	register(s, operation{
		method: http.MethodPost, path: base + "/stop", id: "stop-ingestion", tag: tag, summary: "Pause and cancel", errors: []int{404},
		description: "Ends watching, reading and embedding until it is started again, also over a restart.",
	}, func(ctx context.Context, in *IngestionPath) (*body[stopped], error) {
		n, err := s.Ingestion.Stop(ctx, in.tenant(), in.ID)
		if err != nil {
			return nil, err
		}
		return ok(stopped{"Ingestion is stopped", n}), nil
	})
	register(s, operation{
		method: http.MethodPost, path: base + "/retry", id: "retry-ingestion", tag: tag, summary: "Try failed files again", errors: []int{404},
		description: "Files that failed are read again; others are left alone.",
	}, func(ctx context.Context, in *IngestionPath) (*body[retried], error) {
		n, err := s.Ingestion.Retry(ctx, in.tenant(), in.ID)
		if err != nil {
			return nil, err
		}
		return ok(retried{"Failed files are tried again", n}), nil
	})
	register(s, operation{
		method: http.MethodGet, path: base + "/events", id: "ingestion-events", tag: tag, summary: "Follow how far a dataset is",
		errors: []int{404}, description: "Server-sent events, each with the status as JSON: one at once, then one for every change. " +
			"The stream ends after 15 minutes in any case: connect again.",
		responses: map[string]*huma.Response{"200": {
			Description: "A stream of `data: <status>` frames",
			Content:     map[string]*huma.MediaType{"text/event-stream": streamed("data: {\"dataset_name\":\"my-docs\",\"pending\":3,\"completed\":12,\"done\":false}\n\n")},
		}},
	}, s.followIngestion)
}

type started struct {
	Message     string `json:"message" doc:"What was done" example:"Ingestion runs"`
	JobsCreated int    `json:"jobs_created" doc:"Files that were taken up" example:"3"`
	IsWatching  bool   `json:"is_watching" doc:"Whether changes are taken over by themselves" example:"true"`
}

type stopped struct {
	Message       string `json:"message" doc:"What was done" example:"Ingestion is stopped"`
	JobsCancelled int    `json:"jobs_cancelled" doc:"Files that were stopped" example:"3"`
}

type retried struct {
	Message   string `json:"message" doc:"What was done" example:"Failed files are tried again"`
	JobsReset int    `json:"jobs_reset" doc:"Files that are tried again" example:"1"`
}

func (s *server) listJobs(ctx context.Context, in *struct {
	IngestionPath
	Status string `query:"status" enum:"pending,in_progress,completed,failed,cancelled" doc:"Only files in this state"`
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"Files to return at most"`
	Offset int    `query:"offset" default:"0" minimum:"0" doc:"Files to leave out at the beginning"`
}) (*body[jobPage], error) {
	list, err := s.Ingestion.Jobs(ctx, in.tenant(), in.ID, space.JobStatus(in.Status), in.Limit, in.Offset)
	if err != nil {
		return nil, err
	}
	out := jobPage{Jobs: make([]job, len(list.Items)), Total: list.Total, Limit: in.Limit, Offset: in.Offset}
	for i, j := range list.Items {
		out.Jobs[i] = wireJob(j)
	}
	return ok(out), nil
}

// statusEvery is how often a follower's status is compared.
const statusEvery = 500 * time.Millisecond

// followIngestion streams a dataset's status as it changes.
func (s *server) followIngestion(ctx context.Context, in *IngestionPath) (*huma.StreamResponse, error) {
	first, err := s.Ingestion.Status(ctx, in.tenant(), in.ID)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		c := humagin.Unwrap(hctx)
		ctx := c.Request.Context()
		events := newSSE(c.Writer)
		defer events.stop()
		tick, end := time.NewTicker(statusEvery), time.NewTimer(liveFor)
		defer tick.Stop()
		defer end.Stop()
		var sent []byte
		for status := first; ; {
			now, err := json.Marshal(wireStatus(status))
			if err == nil && string(now) != string(sent) {
				if events.write("data: "+string(now)+"\n\n") != nil {
					return
				}
				sent = now
			}
			select {
			case <-ctx.Done():
				return
			case <-end.C:
				return
			case <-s.Live.ended:
				return
			case <-tick.C:
			}
			if status, err = s.Ingestion.Status(ctx, in.tenant(), in.ID); err != nil {
				return // the dataset was deleted
			}
		}
	}}, nil
}
