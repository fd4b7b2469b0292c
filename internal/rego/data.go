package rego

import (
	"context"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
)

// data is what queries see as base documents: one value, which is only read and never copied. OPA's own stores copy what
// they are given and cannot share a value with the input.
type data struct {
	storage.PolicyNotSupported
	storage.TriggersNotSupported
	storage.WritesNotSupported
	root ast.Value
}

type transaction struct{}

// ID implements storage.Transaction.
func (transaction) ID() uint64 { return 1 }

// NewTransaction implements storage.Store.
func (data) NewTransaction(context.Context, ...storage.TransactionParams) (storage.Transaction, error) {
	return transaction{}, nil
}

// Commit implements storage.Store.
func (data) Commit(context.Context, storage.Transaction) error { return nil }

// Abort implements storage.Store.
func (data) Abort(context.Context, storage.Transaction) {}

// Truncate implements storage.Store; it is for bundles, of which there are none.
func (data) Truncate(context.Context, storage.Transaction, storage.TransactionParams, storage.Iterator) error {
	return &storage.Error{Code: storage.WritesNotSupportedErr, Message: "this data is only read"}
}

// Read implements storage.Store.
func (d data) Read(_ context.Context, _ storage.Transaction, path storage.Path) (any, error) {
	v := d.root
	for _, part := range path {
		if v = below(v, part); v == nil {
			return nil, &storage.Error{Code: storage.NotFoundErr, Message: path.String()}
		}
	}
	return v, nil
}

// below is the member of an object or array, or nil. Paths have array indices as text.
func below(v ast.Value, part string) ast.Value {
	switch v := v.(type) {
	case ast.Object:
		if t := v.Get(ast.StringTerm(part)); t != nil {
			return t.Value
		}
	case *ast.Array:
		if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < v.Len() {
			return v.Elem(i).Value
		}
	}
	return nil
}
