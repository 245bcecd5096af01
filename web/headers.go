package web

import (
	"io"
	"net/http"
)

// secure sets the headers that every answer of this package carries.
func secure(header http.Header, contentSecurityPolicy string) {
	header.Set("Content-Security-Policy", contentSecurityPolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()")
}

func notFound(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound)
}

// refuse answers in the API's form of an error: {"detail": "Not Found"}.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"detail":"`+http.StatusText(status)+`"}`)
}
