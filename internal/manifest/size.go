package manifest

import (
	"encoding/base64"
	"strings"
)

// What the API server and the store behind it take at most.
const (
	maxData    = 1 << 20     // all values of a ConfigMap or Secret together
	maxStored  = 3 << 20 / 2 // etcd's own limit of a write; few raise it
	maxRequest = 3 << 20     // what the API server reads
	small      = maxData     // of a manifest's text: whatever is shorter cannot be too large
)

// size reports objects that are too large. Manifests of usual size are not measured.
func (c *checker) size() {
	if n := len(c.object.Source.Text); n > 0 && n < small {
		return
	}
	if kind := c.object.GetKind(); c.object.GetAPIVersion() == "v1" && (kind == "ConfigMap" || kind == "Secret") {
		if n := dataSize(c.object.Object); n > maxData {
			c.report("too-large", "data", "split it", "the values take %d bytes, more than the %d that a %s may have", n, maxData, kind)
			return
		}
	}
	switch n := jsonSize(c.object.Object); {
	case n > maxRequest:
		c.report("too-large", "", "", "the object has at least %d bytes, more than the %d that the API server reads", n, maxRequest)
	case n > maxStored:
		c.warn("too-large", "", "", "the object has at least %d bytes, more than the %d that etcd takes unless it is told otherwise", n, maxStored)
	}
}

func dataSize(o map[string]any) int {
	n := 0
	for _, field := range []string{"data", "stringData", "binaryData"} {
		values, _ := o[field].(map[string]any)
		for _, v := range values {
			text, _ := v.(string)
			if field == "binaryData" || field == "data" && o["kind"] == "Secret" {
				n += base64.StdEncoding.DecodedLen(len(text)) - strings.Count(text, "=")
			} else {
				n += len(text)
			}
		}
	}
	return n
}

// jsonSize is how long a value is as JSON at least.
func jsonSize(v any) int {
	n := 1
	switch v := v.(type) {
	case string:
		n = len(v) + len(`""`)
	case map[string]any:
		for name, item := range v {
			n += len(name) + len(`"":,`) + jsonSize(item)
		}
	case []any:
		for _, item := range v {
			n += len(",") + jsonSize(item)
		}
	}
	return n
}
