package apptest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"syft-space/app/apptest"
)

// openAI is a server that speaks as much of OpenAI's API as the actions need.
func openAI(t *testing.T) string {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"object":"list","data":[{"id":"gpt-small","object":"model","created":1,"owned_by":"us"}]}`))
	})
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ Stream bool }
		_ = json.NewDecoder(r.Body).Decode(&asked)
		if !asked.Stream {
			_, _ = w.Write([]byte(`{"id":"c","object":"chat.completion","created":1,"model":"gpt-small","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hello"}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`))
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write([]byte("data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-small\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL + "/v1"
}

// TestModels is section 6 of the contract.
func TestModels(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	url := openAI(t)
	const all, one = "/api/v1/models/", "/api/v1/models/gpt"
	config := object{"model": "gpt-small", "api_key": "sk-0123456789abcdefghij", "base_url": url}
	gpt := object{"name": "gpt", "dtype": "openai", "configuration": config}
	secret := []string{"0123456789"}
	const elsewhere = "http://elsewhere.example/v1"
	moved := invalid(`["body","configuration","api_key"]|the stored value was given for another base_url; send the secret itself, or leave the address as it was|value_error.masked`)
	act := "POST " + all + "types/openai/actions/"
	play(t, s, []scenario{
		{name: "types", do: "GET /api/v1/models/types", status: 200, has: []string{`"name":"openai"`, `"name":"ollama"`, `"name":"extractive"`, `"writeOnly":true`}},
		{name: "a type", do: "GET " + all + "types/ollama/", status: 200, has: []string{`"keep_alive"`, "http://localhost:11434"}},
		{name: "a type's schema", do: "GET " + all + "types/openai/schema", status: 200, has: []string{`"context_window"`, `8192`}},
		{name: "an unknown type", do: "GET " + all + "types/nothing", status: 404, is: detail("Model type 'nothing' not found")},
		{name: "an unknown type's schema", do: "GET " + all + "types/nothing/schema", status: 404, is: detail("Model type 'nothing' not found")},
		{name: "an unknown type in a body", do: "POST " + all, body: object{"name": "m", "dtype": "gpt"}, status: 400, is: detail("Model type 'gpt' not found")},
		{name: "a configuration that is refused", do: "POST " + all, body: object{"name": "m", "dtype": "openai", "configuration": object{"context_window": 1, "model": 5}}, status: 400,
			has: []string{`"detail":"Invalid configuration: `, `"loc":["body","configuration","context_window"]`, `"loc":["body","configuration","model"]`}},
		{name: "made", do: "POST " + all, body: gpt, status: 201, has: []string{`"name":"gpt"`, `"dtype":"openai"`, `"connected_endpoints":[]`, `********ghij`}, hasNot: secret},
		{name: "a name twice", do: "POST " + all, body: gpt, status: 409, is: detail("Model 'gpt' already exists")},
		{name: "a reserved name", do: "POST " + all, body: object{"name": "types", "dtype": "extractive"}, status: 422, has: []string{"reserved"}},
		{name: "extractive needs nothing", do: "POST " + all, body: object{"name": "quotes", "dtype": "extractive"}, status: 201, has: []string{`"configuration":{}`}},
		{name: "a mask that stands for nothing", do: "POST " + all, body: object{"name": "m", "dtype": "openai", "configuration": object{"model": "m", "api_key": "********"}}, status: 422,
			is: invalid(`["body","configuration","api_key"]|a masked value means 'unchanged', but no value is stored here; send the secret itself|value_error.masked`)},
		{name: "list", do: "GET /api/v1/models?skip=1", status: 200, has: []string{`"total":2,"skip":1`, `"name":"quotes"`}, hasNot: []string{`"name":"gpt"`}},
		{name: "by name", do: "GET " + one + "/", status: 200, has: []string{`"base_url":"` + url}, hasNot: secret},
		{name: "not there", do: "GET " + all + "nothing", status: 404, is: detail("Model 'nothing' not found")},
		{name: "a PATCH is shallow, a mask means unchanged", do: "PATCH " + one, body: object{"configuration": object{"api_key": "********ghij", "model": "other"}}, status: 200,
			has: []string{`"model":"other"`, `********ghij`, `"base_url":"` + url}, hasNot: secret},
		{name: "a stored secret does not go to another address", do: "PATCH " + one, body: object{"configuration": object{"base_url": elsewhere}}, status: 422, is: moved},
		{name: "nor by its mask", do: "PATCH " + one, body: object{"configuration": object{"base_url": elsewhere, "api_key": "********ghij"}}, status: 422, is: moved},
		{name: "nor by a test", do: act + "test", body: object{"name": "gpt", "configuration": object{"model": "gpt-small", "base_url": elsewhere, "api_key": "********ghij"}}, status: 422, is: moved},
		{name: "nor to the address that stands for none", do: "PATCH " + one, body: object{"configuration": object{"base_url": nil}}, status: 422, is: moved},
		{name: "a new secret", do: "PATCH " + one, body: object{"configuration": object{"api_key": "sk-zyxwvutsrqponmlkjihg", "model": "gpt-small"}}, status: 200, has: []string{`********jihg`}, hasNot: []string{"zyxw"}},
		{name: "the rest", do: "PATCH " + one, body: object{"summary": "S", "tags": "a"}, status: 200, has: []string{`"summary":"S"`, `"tags":"a"`}},
		{name: "a bad PATCH", do: "PATCH " + one, body: object{"configuration": object{"model": 5}}, status: 400, has: []string{`"loc":["body","configuration","model"]`}},
		{name: "a PATCH of nothing", do: "PATCH " + one, body: object{}, status: 422, has: []string{"nothing to change"}},
		{name: "a PATCH to a name that is taken", do: "PATCH " + one, body: object{"name": "quotes"}, status: 409, is: detail("Model 'quotes' already exists")},
		{name: "a PATCH of what is not there", do: "PATCH " + all + "nothing", body: object{"tags": "x"}, status: 404, is: detail("Model 'nothing' not found")},

		{name: "available models", do: act + "fetch_available_models", body: object{"configuration": config}, status: 200, has: []string{`"models":[{"name":"gpt-small"`}, hasNot: secret},
		{name: "a test", do: act + "test/", body: object{"configuration": config, "arguments": object{"message": "Hi"}}, status: 200, has: []string{`"answer":"Hello"`}, hasNot: secret},
		{name: "with a stored secret", do: act + "test", body: object{"name": "gpt", "configuration": object{"model": "gpt-small", "base_url": url, "api_key": "********jihg"}}, status: 200, has: []string{`"answer":"Hello"`}},
		{name: "as a stream", do: act + "fetch_available_models", body: object{"configuration": config, "stream": true}, status: 200, has: []string{`"done":true`, "data: [DONE]"}},
		{name: "an unknown action", do: act + "dance", body: object{"configuration": config}, status: 404, has: []string{"dance"}},
		{name: "an action of an unknown type", do: "POST " + all + "types/nothing/actions/test", body: object{}, status: 404, is: detail("Model type 'nothing' not found")},
		{name: "an action with a configuration that is refused", do: act + "test", body: object{"configuration": object{"model": 5}}, status: 400, has: []string{`["body","configuration","model"]`}},
		{name: "an action on a server that is away", do: act + "test", body: object{"configuration": object{"model": "m", "base_url": "http://127.0.0.1:1/v1"}}, status: 503, hasNot: secret},

		{name: "health", do: "GET " + one + "/health/", status: 200, has: []string{`"status":"healthy","message":"`}, hasNot: []string{url}},
		{name: "health of a model whose server is away", do: "PATCH " + one, body: object{"configuration": object{"base_url": "http://127.0.0.1:1/v1", "api_key": "sk-0123456789abcdefghij"}}, status: 200,
			after: func(t *testing.T, s *apptest.Space) {
				if h := as[struct{ Status, Message string }](s, one+"/health"); h.Status != "unhealthy" || h.Message == "" {
					t.Errorf("health %+v", h)
				}
			}},
		{name: "health of what is not there", do: "GET " + all + "nothing/health", status: 404, is: detail("Model 'nothing' not found")},
		{name: "used by an endpoint", do: "GET " + one, status: 200, after: func(t *testing.T, s *apptest.Space) {
			s.Must(201, "POST", "/api/v1/endpoints", object{"name": "x", "slug": "uses-it", "model_id": as[thing](s, one).ID}, nil)
		}},
		{name: "is listed", do: "GET " + one, status: 200, has: []string{`"slug":"uses-it"`}},
		{name: "cannot go", do: "DELETE " + one, status: 409, is: detail("Model 'gpt' is used by endpoints: uses-it")},
		{name: "another can", do: "DELETE " + all + "quotes/", status: 200, is: `{"message":"Model 'quotes' deleted"}`},
		{name: "only once", do: "DELETE " + all + "quotes", status: 404, is: detail("Model 'quotes' not found")},
	})
}
