{{/* What selects the Pods. */}}
{{- define "website.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "website.labels" -}}
{{ include "website.selector" . }}
app.kubernetes.io/component: web
app.kubernetes.io/part-of: acme
{{- end -}}

{{- define "website.page" -}}
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ .Values.title | html }}</title></head>
<body>
{{- range .Values.notices }}
<p class="{{ .severity | default "info" | html }}">{{ .text | html }}</p>
{{- end }}
<h1>{{ .Values.title | html }}</h1>
</body>
</html>
{{- end -}}
