package parse

import (
	"fmt"
	"strings"

	"syft-space/app/space"
)

// longestSlideTitle bounds a first line that is taken for a slide's title.
const longestSlideTitle = 80 // bytes

// writeSlide writes one slide. Without a title of its own its first line is
// one, if it is short and no sentence.
func writeSlide(b *builder, title string, body []Block, at space.Position) {
	number := at.Pages[0]
	if title == "" && len(body) > 0 && body[0].Kind == Paragraph && len(body[0].Text) <= longestSlideTitle &&
		!strings.ContainsAny(body[0].Text, "\n.:;") {
		title, body = body[0].Text, body[1:]
	}
	if title != "" && number == 1 {
		b.title(title)
	}
	if title == "" {
		if len(body) == 0 {
			return
		}
		title = fmt.Sprintf("Slide %d", number)
	}
	b.heading(1, title, at)
	b.addAll(body)
}
