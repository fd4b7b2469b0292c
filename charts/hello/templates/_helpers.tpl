{{/* What selects the Pods. */}}
{{- define "hello.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of every object. There is no managed-by: .Release.Service would say Helm. */}}
{{- define "hello.labels" -}}
{{ include "hello.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | toString | trunc 63 | quote }}
app.kubernetes.io/component: web
{{- end -}}

{{/* The image's reference. The digest says what runs, so it stands in place of the tag. */}}
{{- define "hello.image" -}}
{{ .repository }}
{{- if .digest }}@{{ .digest }}
{{- else if .tag }}:{{ .tag }}
{{- end }}
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
