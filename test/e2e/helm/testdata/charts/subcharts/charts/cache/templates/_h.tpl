{{- define "shadow" }}of the subchart{{ end }}{{ define "cache.name" }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
