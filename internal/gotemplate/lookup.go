package gotemplate

// lookup is Helm's: an object, or the list of all of a kind where the name is empty; nothing is an empty map.
func (r *Run) lookup(apiVersion, kind, namespace, name string) (map[string]any, error) {
	if r.env.Lookup == nil {
		return map[string]any{}, nil
	}
	found, err := r.env.Lookup(apiVersion, kind, namespace, name)
	if found == nil {
		found = map[string]any{}
	}
	return found, err
}
