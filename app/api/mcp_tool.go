package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"syft-space/app/query"
	"syft-space/app/space"
)

// What a tool takes. An endpoint that does not search takes the question only.
const (
	questionOnly = `{"type":"object","required":["question"],"properties":{
		"question":{"type":"string","minLength":1,"description":"The question, in plain language"}}}`
	questionAndSearch = `{"type":"object","required":["question"],"properties":{
		"question":{"type":"string","minLength":1,"description":"The question, in plain language"},
		"limit":{"type":"integer","minimum":1,"maximum":100,"default":5,"description":"Passages at most"},
		"filters":{"type":"object","additionalProperties":true,"description":"Conditions on the documents, all of which must hold: {\"file_type\": \".pdf\"}, {\"file_path\": {\"prefix\": \"contracts/\"}}, {\"ingested_at\": {\"gte\": \"2026-01-01T00:00:00Z\"}}. Keys are file_name, file_path, file_type, ingested_at, doc_id and the files' own metadata"}}}`
)

// What a tool answers with beside its text.
const toolOutput = `{"type":"object","required":["answer","references"],"properties":{
	"answer":{"type":"string","description":"The answer in words, citing passages as [1], [2]; empty where the endpoint has no model"},
	"references":{"type":"array","description":"The passages, in the order of their numbers","items":{"type":"object",
		"required":["number","document_id","content","metadata","similarity_score"],"properties":{
			"number":{"type":"integer","description":"By which the answer cites the passage"},
			"document_id":{"type":"string","description":"Id of the passage"},
			"content":{"type":"string","description":"Its text"},
			"metadata":{"type":"object","additionalProperties":true,"description":"File, headings, pages or lines"},
			"similarity_score":{"type":"number","description":"0 to 1, higher is better"}}}}}}`

// toolArguments are what a tool is called with.
type toolArguments struct {
	Question string
	Limit    *int
	Filters  map[string]any
}

// toolAnswer is the structured answer of a tool.
type toolAnswer struct {
	Answer     string          `json:"answer"`
	References []toolReference `json:"references"`
}

type toolReference struct {
	Number int `json:"number"`
	Document
}

// toolOf describes an endpoint as a tool. A slug is a name that all clients
// take: a-z, 0-9 and hyphens, at most 64.
func toolOf(e space.Endpoint) *mcp.Tool {
	input, gives := questionAndSearch, "Answers a question from documents and cites its sources as [1], [2]."
	switch {
	case !searches(e):
		input, gives = questionOnly, "Answers a question."
	case e.ModelID == nil || !e.ResponseType.Chats():
		gives = "Finds the passages of documents that answer a question, numbered [1], [2]."
	}
	about := e.Name
	if summary := strings.TrimSpace(e.Summary); summary != "" {
		about += ": " + summary
	}
	return &mcp.Tool{
		Name: e.Slug, Title: e.Name, Description: strings.TrimRight(about, ".") + ". " + gives,
		InputSchema: json.RawMessage(input), OutputSchema: json.RawMessage(toolOutput),
		Annotations: &mcp.ToolAnnotations{Title: e.Name, ReadOnlyHint: true},
	}
}

func searches(e space.Endpoint) bool { return e.DatasetID != nil && e.ResponseType.Searches() }

// callTool asks the endpoint. What goes wrong is an answer too, so that the
// model that called can read it.
func (s *server) callTool(ctx context.Context, who space.Identity, e space.Endpoint, arguments json.RawMessage) *mcp.CallToolResult {
	request, err := toolRequest(arguments)
	if err != nil {
		return toolError(err.Error())
	}
	response, err := s.Queries.Run(ctx, who.Tenant, who, e.Slug, request, query.Options{}, nil)
	if err != nil {
		return toolError(detailText(s.toWire(ctx, err).Detail))
	}
	answer := toolAnswer{References: []toolReference{}}
	if refs := wireReferences(response.References, true); refs != nil {
		for i, d := range refs.Documents {
			answer.References = append(answer.References, toolReference{i + 1, d})
		}
	}
	text, _, _ := said(response)
	if response.Summary != nil {
		answer.Answer = text
		if response.References != nil && len(answer.References) > 0 {
			text += "\n\nSources:\n" + response.References.Sources()
		}
	}
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}, StructuredContent: answer}
}

// toolRequest turns a tool's arguments into a query with neither stop
// sequences nor a limit of length.
func toolRequest(arguments json.RawMessage) (query.Request, error) {
	var a toolArguments
	if err := json.Unmarshal(arguments, &a); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field != "" {
			return query.Request{}, fmt.Errorf("%s: the value has a wrong type", strings.ToLower(wrong.Field))
		}
		return query.Request{}, errors.New("the arguments are not a JSON object")
	}
	switch {
	case strings.TrimSpace(a.Question) == "":
		return query.Request{}, errors.New("question: a question is required")
	case utf8.RuneCountInString(a.Question) > maxConversation:
		return query.Request{}, fmt.Errorf("question: at most %d characters are taken", maxConversation)
	case a.Limit != nil && (*a.Limit < 1 || *a.Limit > 100):
		return query.Request{}, errors.New("limit: it must be from 1 to 100")
	}
	r := openRequest([]space.ChatMessage{{Role: "user", Content: a.Question}})
	set(&r.Limit, a.Limit)
	if a.Filters == nil {
		return r, nil
	}
	_, filters, problems := query.ParseExtras(map[string]any{"filters": a.Filters})
	if len(problems) > 0 {
		for i := range problems { // here the filters stand at the top
			problems[i].Loc = problems[i].Loc[2:]
		}
		return r, errors.New(detailText(problems))
	}
	r.Filters = filters
	return r, nil
}

func toolError(text string) *mcp.CallToolResult {
	out := &mcp.CallToolResult{}
	out.SetError(errors.New(text))
	return out
}
