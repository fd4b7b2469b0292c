package openapi

// Type is what a value is.
type Type string

// The types; Any has no rule. Values of several types have Any and a Format.
const (
	Any     Type = ""
	Object  Type = "o" // its fields are listed
	Map     Type = "m" // its values are Items
	List    Type = "l"
	String  Type = "s"
	Integer Type = "i"
	Number  Type = "n"
	Boolean Type = "b"
)

// The formats beside int32, int64, byte and date-time, which are named as in OpenAPI.
const (
	IntOrString = "int-or-string"
	Quantity    = "quantity"
	Duration    = "duration"
	MicroTime   = "micro-time"
)

// Schema is what Kubernetes says of one value, without the descriptions. It is shared and not to be changed.
type Schema struct {
	Type     Type               `json:"t,omitempty"`
	Ref      string             `json:"r,omitempty"` // the definition that stands here; never in what Kind returns
	Fields   map[string]*Schema `json:"p,omitempty"`
	Items    *Schema            `json:"i,omitempty"` // of a list or map
	Required []string           `json:"q,omitempty"`
	Format   string             `json:"f,omitempty"`
	Enum     []string           `json:"e,omitempty"`
	Set      bool               `json:"s,omitempty"` // no two items of the list are equal
	Keys     []string           `json:"k,omitempty"` // no two items of the list have the same values in these fields
	Default  any                `json:"d,omitempty"` // of a scalar
	Metadata bool               `json:"-"`           // it is ObjectMeta
}

// objectMeta is the definition of metadata, wherever it stands.
const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
