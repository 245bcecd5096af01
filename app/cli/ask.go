package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

// endpointItem is what the CLI reads of an endpoint.
type endpointItem struct {
	Slug      string
	Name      string
	Published bool
	Archived  bool
}

// answer is what the CLI reads of a query's answer.
type answer struct {
	Summary *struct {
		Model   string
		Message struct{ Content string }
	}
	References *struct {
		Documents []struct {
			DocumentID      string  `json:"document_id"`
			Content         string  `json:"content"`
			SimilarityScore float64 `json:"similarity_score"`
			Metadata        struct {
				FilePath    string   `json:"file_path"`
				PageNumbers []int    `json:"page_numbers"`
				Headings    []string `json:"headings"`
				LineStart   int      `json:"line_start"`
			}
		}
		ProviderInfo struct{ Notes []string } `json:"provider_info"`
	}
}

func (e *env) askCommand() *cobra.Command {
	var endpoint string
	cmd := &cobra.Command{
		Use: "ask QUESTION", Short: "Ask an endpoint of the running Space", Args: cobra.MinimumNArgs(1),
		Example: `  syft-space ask "How long is the warranty?"` + "\n" + `  syft-space ask "Where is the office?" --endpoint handbook`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := e.load()
			if err != nil {
				return err
			}
			c, err := e.connect(cfg)
			if err != nil {
				return err
			}
			if endpoint == "" {
				if endpoint, err = c.onlyEndpoint(cmd.Context()); err != nil {
					return err
				}
			}
			return c.ask(cmd.Context(), e.out, endpoint, strings.Join(args, " "))
		},
	}
	cmd.Flags().StringVar(&endpoint, "endpoint", "", "slug of the endpoint (default: the only one)")
	return cmd
}

// onlyEndpoint picks the endpoint that a question without --endpoint is for.
func (c *client) onlyEndpoint(ctx context.Context) (string, error) {
	var list struct{ Items []endpointItem }
	if err := c.call(ctx, http.MethodGet, "/api/v1/endpoints/?limit=1000", nil, &list); err != nil {
		return "", err
	}
	var slugs []string
	for _, e := range list.Items {
		if e.Published && !e.Archived {
			slugs = append(slugs, e.Slug)
		}
	}
	switch len(slugs) {
	case 0:
		return "", errors.New("this Space has no published endpoint yet; make one with: syft-space quickstart FOLDER")
	case 1:
		return slugs[0], nil
	}
	return "", fmt.Errorf("this Space has several endpoints; name one with --endpoint: %s", strings.Join(slugs, ", "))
}

// ask prints the answer to a question with its sources.
func (c *client) ask(ctx context.Context, out io.Writer, endpoint, question string) error {
	var a answer
	err := c.call(ctx, http.MethodPost, "/api/v1/endpoints/"+url.PathEscape(endpoint)+"/query", map[string]any{
		"messages": question, "max_tokens": 500, "stop_sequences": []string{},
	}, &a)
	if err != nil {
		return err
	}
	printAnswer(out, a)
	return nil
}

func printAnswer(out io.Writer, a answer) {
	if a.Summary != nil {
		fmt.Fprintf(out, "\n%s\n", a.Summary.Message.Content)
	}
	if a.References == nil {
		return
	}
	if len(a.References.Documents) > 0 {
		fmt.Fprintln(out, "\nSources")
	}
	for i, d := range a.References.Documents {
		at := d.Metadata.FilePath
		switch {
		case len(d.Metadata.PageNumbers) > 0:
			at += fmt.Sprintf(", page %d", d.Metadata.PageNumbers[0])
		case len(d.Metadata.Headings) > 0:
			at += ", " + strings.Join(d.Metadata.Headings, " > ")
		case d.Metadata.LineStart > 0:
			at += fmt.Sprintf(", line %d", d.Metadata.LineStart)
		}
		fmt.Fprintf(out, "  [%d] %s (%.2f)\n", i+1, at, d.SimilarityScore)
	}
	for _, n := range a.References.ProviderInfo.Notes {
		fmt.Fprintln(out, "  "+n)
	}
}
