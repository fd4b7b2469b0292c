{{- define "name" }}parent-{{ .Chart.Name }}{{ end }}
{{- define "shadow" }}of the parent{{ end }}
