package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"

	"syft-space/app/space"
)

// keyPrefix begins every API key, so that people and scanners know one.
const keyPrefix = "sk-"

// shownPrefix is how much of a key is kept in clear to tell keys apart.
const shownPrefix = len(keyPrefix) + 6

// HashKey is the form in which an API key is stored. The keys are random with
// 256 bits, so that a plain SHA-256 is enough.
func HashKey(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}

// NewKey makes an API key: the key itself, which is shown once, and the hash
// and the first characters, which are stored.
func NewKey() (key space.Secret, hash []byte, prefix string) {
	clear := keyPrefix + randomToken()
	return space.Secret(clear), HashKey(clear), clear[:shownPrefix]
}

// randomToken returns 256 random bits in base64url.
func randomToken() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}

// NewRunToken makes the owner credential of one run of the program.
func NewRunToken() string { return "run-" + randomToken() }
