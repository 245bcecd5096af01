package parse_test

import (
	"fmt"
	"strings"
	"testing"
)

func message(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }

func TestMessage(t *testing.T) {
	t.Parallel()
	head := []string{"From: =?utf-8?q?J=C3=BCrgen?= <j@example.com>", "To: ada@example.com", "Subject: =?windows-1251?q?=CF=F0?= plan",
		"Date: Tue, 2 Jan 2024 10:00:00 +0100 (CET)", "Message-ID: <1@example.com>"}
	fields := "From: J\u00fcrgen <j@example.com>/To: ada@example.com/Date: Tue, 2 Jan 2024 10:00:00 +0100 (CET)"
	tests := map[string]struct {
		lines []string
		want  string
	}{
		"plain text": {[]string{"", "First.", "", "Second."}, `
			paragraph: First.
			paragraph: Second.`},
		"a charset and an encoding": {[]string{"Content-Type: text/plain; charset=koi8-r", "Content-Transfer-Encoding: quoted-printable", "", "=F0=D2=C9=D7=C5=D4"},
			"paragraph: \u041f\u0440\u0438\u0432\u0435\u0442"},
		"of alternatives the plain one": {[]string{"Content-Type: multipart/alternative; boundary=b", "", "--b", "Content-Type: text/plain", "", "Plain.",
			"--b", "Content-Type: text/html", "", "<p>Rich.</p>", "--b--"}, `paragraph: Plain.`},
		"HTML where the plain one is empty": {[]string{"Content-Type: multipart/alternative; boundary=b", "", "--b", "Content-Type: text/plain", "", " ",
			"--b", "Content-Type: text/html", "", "<p>Rich.</p>", "--b--"}, `paragraph: Rich.`},
		"attachments are named, messages read": {[]string{"Content-Type: multipart/mixed; boundary=b", "", "--b", "", "See below.",
			"--b", "Content-Type: application/pdf", "Content-Disposition: attachment; filename=a.pdf", "", "%PDF",
			"--b", "Content-Type: message/rfc822", "", "Subject: Inner", "", "Forwarded.", "--b--"}, `
			paragraph: See below.
			heading2: Inner
			paragraph: Forwarded.
			paragraph: Attachments: a.pdf`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := read(t, "a.eml", message(append(append([]string{}, head...), test.lines...)...))
			wantOutline(t, doc, "heading1: \u041f\u0440 plan\nrow: "+fields+"\n"+test.want)
			got := fmt.Sprint(doc.Title, doc.Metadata["created"], doc.Metadata["message_id"])
			if want := "\u041f\u0440 plan2024-01-02T10:00:00+01:001@example.com"; got != want {
				t.Errorf("title and metadata = %s, want %s", got, want)
			}
		})
	}
}

func TestMailbox(t *testing.T) {
	t.Parallel()
	doc := read(t, "a.mbox", strings.ReplaceAll(message(
		"From a@example.com Mon Jan  1 00:00:00 2024", "Subject: One", "", "Text.", ">From here on.", "",
		"From b@example.com Mon Jan  1 00:00:00 2024", "Subject: Two", "", "From the", "From within a paragraph."), "\r", ""))
	wantOutline(t, doc, `
		heading1 @message 1: One
		paragraph @message 1: Text./From here on.
		heading1 @message 2: Two
		paragraph @message 2: From the/From within a paragraph.`)
}
