package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"syft-space/app/config"
	"syft-space/app/sample"
	"syft-space/app/space"
)

func (e *env) quickstartCommand() *cobra.Command {
	var question string
	cmd := &cobra.Command{
		Use: "quickstart [PATH]", Short: "Index a folder, ask a first question, and go on serving",
		Long: "Makes a dataset of PATH (or of a small sample set), an endpoint over it, and asks a first question.\n" +
			"Run again on the same PATH, it finds what it made.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := e.load()
			if err != nil {
				return err
			}
			if !e.flags.changed("log-level") && os.Getenv("SYFT_LOG_LEVEL") == "" {
				cfg.Log.Level = slog.LevelWarn // people read this command's output
			}
			path, err := e.startPath(&cfg, args)
			if err != nil {
				return err
			}
			if question == "" {
				question = "What is this about?"
				if len(args) == 0 {
					question = sample.Question
				}
			}
			return e.quickstart(cmd.Context(), cfg, path, question)
		},
	}
	cmd.Flags().StringVar(&question, "question", "", "first question to ask")
	return cmd
}

// startPath is the absolute path to index. A path on the command line may be
// anywhere: whoever starts the program may read it anyway.
func (e *env) startPath(cfg *config.Config, args []string) (string, error) {
	if len(args) == 0 {
		dir := filepath.Join(cfg.DataDir, "sample-documents")
		if err := sample.Write(dir); err != nil {
			return "", fmt.Errorf("the sample documents cannot be written: %w", err)
		}
		cfg.Browse.Roots = append(cfg.Browse.Roots, dir)
		return dir, nil
	}
	path, err := filepath.Abs(args[0])
	if err != nil {
		return "", err
	}
	_, err = os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("the path %s does not exist", path)
	case err != nil:
		return "", fmt.Errorf("the path %s cannot be read: %w", path, err)
	}
	cfg.Browse.Roots = append(cfg.Browse.Roots, path)
	return path, nil
}

// quickstart uses the running Space where one holds the data folder, and
// starts one otherwise.
func (e *env) quickstart(ctx context.Context, cfg config.Config, path, question string) (err error) {
	if c, err := e.connect(cfg); err == nil {
		if err := e.prepare(ctx, c, path, question); err != nil {
			return err
		}
		fmt.Fprintf(e.out, "\nThe Space that was running already goes on serving at %s\n", c.base)
		return nil
	}
	program, err := e.open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, program.Close()) }()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	prepared := make(chan struct{})
	err = program.Run(ctx, func(string) {
		go func() {
			defer close(prepared)
			c, err := e.connect(cfg)
			if err == nil {
				err = e.prepare(ctx, c, path, question)
			}
			switch {
			case err == nil:
				fmt.Fprintf(e.out, "\nOpen %s in a browser. Stop with Ctrl+C.\n", c.base)
			case ctx.Err() == nil:
				stop(err)
			}
		}()
	})
	if err == nil {
		<-prepared
	}
	if cause := context.Cause(ctx); err == nil && cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// prepare makes what is missing of dataset, model and endpoint, waits until
// the documents are searchable, and asks.
func (e *env) prepare(ctx context.Context, c *client, path, question string) error {
	slug, dataset, err := c.datasetOf(ctx, path)
	if err != nil {
		return err
	}
	model, err := c.findOrMake(ctx, "models", "extractive", map[string]any{"dtype": "extractive", "summary": "Quotes the documents"})
	if err != nil {
		return err
	}
	if err := c.makeEndpoint(ctx, slug, path, dataset, model); err != nil {
		return err
	}
	fmt.Fprintf(e.out, "Indexing %s\n", path)
	if err := e.waitForIndex(ctx, c, dataset); err != nil {
		return err
	}
	words, err := json.Marshal(question)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "\nAsk from anywhere on this computer:\n\n  curl -s %s/api/v1/endpoints/%s/query -H 'Content-Type: application/json' \\\n"+
		"    -d '{\"messages\": %s, \"max_tokens\": 500, \"stop_sequences\": []}'\n", c.base, slug,
		strings.ReplaceAll(string(words), "'", `\u0027`)) // a quote would end the shell's
	fmt.Fprintf(e.out, "\nQ: %s\n", question)
	return c.ask(ctx, e.out, slug, question)
}

// datasetOf returns the name and the id of the dataset of a path, which is made
// where it is missing. It is named after the folder; where another folder has
// taken that name, a mark of the path is added.
func (c *client) datasetOf(ctx context.Context, path string) (name, id string, err error) {
	for _, name := range slugsOf(path) {
		var found struct {
			ID            string
			Configuration struct {
				FilePaths []struct{ Path string }
			}
		}
		err := c.call(ctx, http.MethodGet, "/api/v1/datasets/"+name, nil, &found)
		switch {
		case isNotFound(err):
			id, err := c.make(ctx, "datasets", name, map[string]any{
				"dtype": "local_file", "configuration": map[string]any{"filePaths": []any{map[string]any{"path": path}}},
			})
			return name, id, err
		case err != nil:
			return "", "", err
		}
		if picks := found.Configuration.FilePaths; len(picks) == 1 && picks[0].Path == path {
			return name, found.ID, nil
		}
	}
	return "", "", fmt.Errorf("the names %s are taken by other datasets", strings.Join(slugsOf(path), " and "))
}

// findOrMake returns the id of the model with this name.
func (c *client) findOrMake(ctx context.Context, what, name string, thing map[string]any) (string, error) {
	var found struct{ ID string }
	err := c.call(ctx, http.MethodGet, "/api/v1/"+what+"/"+name, nil, &found)
	if isNotFound(err) {
		return c.make(ctx, what, name, thing)
	}
	return found.ID, err
}

func (c *client) make(ctx context.Context, what, name string, thing map[string]any) (string, error) {
	var made struct{ ID string }
	thing["name"] = name
	err := c.call(ctx, http.MethodPost, "/api/v1/"+what+"/", thing, &made)
	return made.ID, err
}

func isNotFound(err error) bool {
	var failed *apiError
	return errors.As(err, &failed) && failed.status == http.StatusNotFound
}

func (c *client) makeEndpoint(ctx context.Context, slug, path, dataset, model string) error {
	err := c.call(ctx, http.MethodGet, "/api/v1/endpoints/"+slug, nil, nil)
	if !isNotFound(err) {
		return err
	}
	return c.call(ctx, http.MethodPost, "/api/v1/endpoints/", map[string]any{
		"name": filepath.Base(path), "slug": slug, "summary": "Answers from " + filepath.Base(path), "dataset_id": dataset,
		"model_id": model, "response_type": "both", "published": true,
	}, nil)
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// slugsOf returns names for what is made of a path: the folder's own, and one
// with a mark of the whole path.
func slugsOf(path string) []string {
	sum := sha256.Sum256([]byte(path))
	name := strings.Trim(notSlug.ReplaceAllString(strings.ToLower(filepath.Base(path)), "-"), "-")
	if len(name) > 48 {
		name = strings.Trim(name[:48], "-")
	}
	marked := strings.Trim(name+"-"+hex.EncodeToString(sum[:3]), "-")
	if !space.ValidSlug(name) || space.NameProblem(name) != "" {
		return []string{marked}
	}
	return []string{name, marked}
}

// waitForIndex shows the progress of the ingestion until words are searchable
// and, where that takes no longer than a moment, vectors too.
func (e *env) waitForIndex(ctx context.Context, c *client, dataset string) error {
	const patience = 20 * time.Second // for vectors, which go on behind
	var searchable time.Time
	for shown := ""; ; {
		var st ingestionStatus
		if err := c.call(ctx, http.MethodGet, "/api/v1/ingestion/datasets/"+dataset+"/status", nil, &st); err != nil {
			return err
		}
		line := fmt.Sprintf("  %d of %d files read, %d passages, %d with vectors", st.Completed+st.Failed, st.TotalJobs, st.ChunksTotal, st.ChunksEmbedded)
		if line != shown {
			fmt.Fprintln(e.out, line)
			shown = line
		}
		if st.Scanned && st.Pending+st.InProgress == 0 {
			if searchable.IsZero() {
				searchable = space.SystemClock()
			}
			if st.ChunksEmbedded >= st.ChunksTotal || space.SystemClock().Sub(searchable) > patience {
				return e.reportIndex(st)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(progressEvery(st)):
		}
	}
}

// reportIndex says what could not be read, and what still goes on.
func (e *env) reportIndex(st ingestionStatus) error {
	if st.Failed > 0 {
		fmt.Fprintf(e.out, "  %d files could not be read; the dashboard says why\n", st.Failed)
	}
	if st.Message != nil {
		fmt.Fprintln(e.out, "  "+*st.Message)
	}
	switch {
	case st.ChunksTotal == 0:
		fmt.Fprintln(e.out, "  There is no document to search here yet. Documents that are put there are found by themselves.")
	case st.ChunksEmbedded < st.ChunksTotal:
		left := ""
		if st.ETA != nil {
			left = fmt.Sprintf(", about %s left", (time.Duration(*st.ETA) * time.Second).String())
		}
		fmt.Fprintf(e.out, "  Searchable by words; vectors are still being made%s\n", left)
	}
	return nil
}

func progressEvery(st ingestionStatus) time.Duration {
	if st.TotalJobs > 100 {
		return time.Second
	}
	return 100 * time.Millisecond
}
