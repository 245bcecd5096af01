package storage

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"path/filepath"
	"strings"

	"syft-space/app/space"
)

// sealedPrefix begins every sealed value and names its format.
const sealedPrefix = "sealed:v1:"

// Vault seals secrets with the key file of a data folder: AES-256-GCM with a
// random nonce of 96 bits before the text, in base64.
type Vault struct {
	aead cipher.AEAD
	key  key
}

// OpenVault reads the key file of the data folder dir, or makes one in a
// folder that has no database yet.
func OpenVault(dir string) (*Vault, error) {
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	exists, err := nonEmpty(filepath.Join(dir, databaseFile))
	if err != nil {
		return nil, folderError(dir, err)
	}
	k, err := loadKey(dir, exists)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(k[:])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Vault{aead, k}, nil
}

// Derive returns a key of 32 bytes of its own for a purpose, always the same for
// the same key file (HKDF, RFC 5869).
func (v *Vault) Derive(purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, v.key[:], nil, purpose, sha256.Size)
}

// Seal encrypts plain for storage.
func (v *Vault) Seal(plain string) (string, error) {
	sealed := v.aead.Seal(nil, nil, []byte(plain), []byte(sealedPrefix))
	return sealedPrefix + base64.RawStdEncoding.EncodeToString(sealed), nil
}

// Open decrypts what Seal made.
func (v *Vault) Open(sealed string) (string, error) {
	rest, ok := strings.CutPrefix(sealed, sealedPrefix)
	if !ok {
		return "", space.Errorf(space.KindInternal, "a stored secret is not sealed; enter it again")
	}
	b, err := base64.RawStdEncoding.DecodeString(rest)
	if err != nil {
		return "", space.Errorf(space.KindInternal, "a stored secret is damaged; enter it again").WithCause(err)
	}
	plain, err := v.aead.Open(nil, nil, b, []byte(sealedPrefix))
	if err != nil {
		return "", space.Errorf(space.KindInternal,
			"a stored secret was sealed with another key than %s, or is damaged; put the right key file back or enter the secret again", keyFile).WithCause(err)
	}
	return string(plain), nil
}
