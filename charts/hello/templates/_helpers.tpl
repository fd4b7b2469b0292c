{{/* What selects the Pods. */}}
{{- define "hello.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of every object. There is no managed-by: .Release.Service would say Helm. */}}
{{- define "hello.labels" -}}
{{ include "hello.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | toString | trunc 63 | quote }}
app.kubernetes.io/component: web
{{- end -}}

{{/* The page. */}}
{{- define "hello.page" -}}
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ .Values.message | html }}</title></head>
<body>
<h1>{{ .Values.message | html }}</h1>
{{- with .Values.cluster }}
<p>This is cluster {{ . | html }}.</p>
{{- end }}
</body>
</html>
{{- end -}}
