package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"

	"github.com/spf13/cobra"

	"syft-space/app"
)

// ingestionStatus is what the CLI reads of a dataset's progress.
type ingestionStatus struct {
	DatasetName    string `json:"dataset_name"`
	TotalJobs      int    `json:"total_jobs"`
	Pending        int    `json:"pending"`
	InProgress     int    `json:"in_progress"`
	Completed      int    `json:"completed"`
	Failed         int    `json:"failed"`
	ChunksTotal    int    `json:"chunks_total"`
	ChunksEmbedded int    `json:"chunks_embedded"`
	ETA            *int   `json:"eta_seconds"`
	Scanned        bool
	Message        *string
}

func (e *env) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Say what the running Space holds and does", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := e.load()
			if err != nil {
				return err
			}
			c, err := e.connect(cfg)
			if err != nil {
				return err
			}
			var health struct{ Version string }
			if err := c.call(cmd.Context(), http.MethodGet, "/api/v1/health", nil, &health); err != nil {
				return err
			}
			fmt.Fprintf(e.out, "Syft Space %s at %s\nData: %s\n", health.Version, c.base, cfg.DataDir)
			return e.printDatasets(cmd, c)
		},
	}
}

func (e *env) printDatasets(cmd *cobra.Command, c *client) error {
	var datasets struct {
		Items []struct{ ID, Name string }
	}
	if err := c.call(cmd.Context(), http.MethodGet, "/api/v1/datasets/?limit=1000", nil, &datasets); err != nil {
		return err
	}
	for _, d := range datasets.Items {
		var st ingestionStatus
		if err := c.call(cmd.Context(), http.MethodGet, "/api/v1/ingestion/datasets/"+d.ID+"/status", nil, &st); err != nil {
			return err
		}
		fmt.Fprintf(e.out, "%s: %d of %d files, %d of %d passages with vectors, %d failed\n",
			d.Name, st.Completed, st.TotalJobs, st.ChunksEmbedded, st.ChunksTotal, st.Failed)
		if st.Message != nil {
			fmt.Fprintln(e.out, "  "+*st.Message)
		}
	}
	var endpoints struct{ Items []endpointItem }
	if err := c.call(cmd.Context(), http.MethodGet, "/api/v1/endpoints/?limit=1000", nil, &endpoints); err != nil {
		return err
	}
	for _, p := range endpoints.Items {
		state := "not published"
		if p.Published {
			state = "published"
		}
		fmt.Fprintf(e.out, "%s/api/v1/endpoints/%s/query (%s)\n", c.base, p.Slug, state)
	}
	return nil
}

func (e *env) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if !asJSON {
				fmt.Fprintln(e.out, "syft-space "+app.Version)
				return nil
			}
			enc := json.NewEncoder(e.out)
			enc.SetIndent("", "  ")
			return enc.Encode(map[string]string{
				"version": app.Version, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
				"embedder_kernel": app.EmbedderKernel(),
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON, with the platform and the embedder's code path")
	return cmd
}
