package inventory

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// digestBytes is how much of a digest is kept: 96 bits make a collision within one set as unlikely as a broken disk, and
// tens of thousands of entries stay small.
const digestBytes = 12

// Hash is the digest of an object's content as it is sent.
func Hash(content map[string]any) (string, error) {
	data, err := json.Marshal(content) // sorts the keys
	if err != nil {
		return "", fmt.Errorf("hash object: %w", err)
	}
	return Digest(data), nil
}

// Digest is the short digest that entries hold.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:digestBytes])
}
