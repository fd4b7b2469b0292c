package ready

// refusal says in a phrase why the API server did not let a controller make a Pod.
func refusal(message string) string { return "pods cannot be created: " + phrase(message) }
