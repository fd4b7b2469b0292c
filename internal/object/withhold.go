package object

// Withhold keeps objects from ever being applied, for placeholders stand for secrets in what they are made of. All of them are
// marked: who knows what a template made of a placeholder.
func Withhold(objects []Object) {
	for _, o := range objects {
		annotations := o.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[SecretsKey] = "placeholder"
		o.SetAnnotations(annotations)
	}
}
