package space

// Page is the part of a list that a caller wants, in rows.
type Page struct {
	Skip  int // ≥ 0
	Limit int // 1..MaxLimit
}

// Limits of a page.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// AllRows is the page that holds every row; for callers inside the program.
var AllRows = Page{Limit: 1 << 30}

// List is one page of a list and the number of rows in the whole of it.
type List[T any] struct {
	Items []T
	Total int
}
