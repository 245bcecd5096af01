package api

import "syft-space/app/space"

// PageParams are the query parameters of every list.
type PageParams struct {
	Skip  int `query:"skip" default:"0" minimum:"0" doc:"Items to leave out at the beginning"`
	Limit int `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"Items to return at most"`
}

func (p PageParams) page() space.Page { return space.Page{Skip: p.Skip, Limit: p.Limit} }

// pageOf is the answer of every list.
type pageOf[T any] struct {
	Items []T `json:"items" doc:"This page, oldest first"`
	Total int `json:"total" doc:"Items in the whole list" example:"250"`
	Skip  int `json:"skip" doc:"Items left out" example:"0"`
	Limit int `json:"limit" doc:"Items asked for at most" example:"100"`
}

func toPage[T, W any](list space.List[T], p PageParams, wire func(T) W) *body[pageOf[W]] {
	items := make([]W, len(list.Items))
	for i, item := range list.Items {
		items[i] = wire(item)
	}
	return ok(pageOf[W]{Items: items, Total: list.Total, Skip: p.Skip, Limit: p.Limit})
}

// orEmpty makes sure that a list is [] and not null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
