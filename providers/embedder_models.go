package providers

import "strings"

// embedModel is what is known of an embedding model beside its name: the texts
// that it was trained to see before a question and before a passage, and its
// longest input in tokens (0 where the server says better).
type embedModel struct {
	query, passage string
	tokens         int
}

// What several models were trained with.
const (
	bgeQuery      = "Represent this sentence for searching relevant passages: "
	instructQuery = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: "
)

// embedModelOf looks a model up by a part of its name, since servers put an
// organisation before it and a tag, a size or a file format after it. The
// first entry that fits wins. Prefixes and lengths are those of the models'
// cards on huggingface.co: nomic-ai/nomic-embed-text-v1.5 and -v2-moe,
// intfloat/multilingual-e5-small and -large-instruct, BAAI/bge-m3,
// bge-large-en-v1.5 and bge-large-zh-v1.5, mixedbread-ai/mxbai-embed-large-v1,
// Snowflake/snowflake-arctic-embed-m and -l-v2.0, google/embeddinggemma-300m,
// Qwen/Qwen3-Embedding-0.6B; and OpenAI's page on text-embedding-3. Models
// that are not listed are sent the bare text, as all-minilm, bge-m3 and
// OpenAI's want it.
func embedModelOf(name string) embedModel {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	has := func(part string) bool { return strings.Contains(name, part) }
	switch {
	case has("nomic-embed-text-v2"), has("nomic-embed-text:v2"):
		return embedModel{"search_query: ", "search_document: ", 512}
	case has("nomic-embed-text"), has("modernbert-embed"):
		return embedModel{"search_query: ", "search_document: ", 2048}
	case has("e5-") && has("instruct"):
		return embedModel{instructQuery, "", 512}
	case has("e5-small"), has("e5-base"), has("e5-large"), has("multilingual-e5"):
		return embedModel{"query: ", "passage: ", 512}
	case has("bge-m3"):
		return embedModel{"", "", 8192}
	case has("bge-") && has("-zh"):
		return embedModel{chineseBGEQuery, "", 512}
	case has("bge-small"), has("bge-base"), has("bge-large"):
		return embedModel{bgeQuery, "", 512}
	case has("mxbai-embed-large"):
		return embedModel{bgeQuery, "", 512}
	case has("arctic-embed2"), has("arctic-embed") && has("v2.0"):
		return embedModel{"query: ", "", 8192}
	case has("arctic-embed"):
		return embedModel{bgeQuery, "", 512}
	case has("embeddinggemma"):
		return embedModel{"task: search result | query: ", "title: none | text: ", 2048}
	case has("qwen3-embedding"):
		return embedModel{strings.TrimSuffix(instructQuery, " "), "", 32768}
	case has("all-minilm"):
		return embedModel{"", "", 256}
	case has("text-embedding-3"), has("text-embedding-ada"):
		return embedModel{"", "", 8191}
	}
	return embedModel{}
}

// chineseBGEQuery reads "generate a representation of this sentence for
// retrieving related articles:".
const chineseBGEQuery = "\u4e3a\u8fd9\u4e2a\u53e5\u5b50\u751f\u6210\u8868\u793a\u4ee5\u7528\u4e8e\u68c0\u7d22\u76f8\u5173\u6587\u7ae0\uff1a"
