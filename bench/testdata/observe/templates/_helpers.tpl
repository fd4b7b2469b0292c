{{- define "observe.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "observe.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "observe.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "observe.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "observe.selector" -}}
app.kubernetes.io/name: {{ include "observe.name" .context }}
app.kubernetes.io/instance: {{ .context.Release.Name }}
{{- with .name }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{- define "observe.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .context.Chart.Name .context.Chart.Version | replace "+" "_" }}
{{ include "observe.selector" . }}
app.kubernetes.io/version: {{ .context.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .context.Release.Service }}
{{- range $labels := list .context.Values.commonLabels .context.Values.global.labels }}
{{- with $labels }}
{{ include "observe.render" (dict "value" . "context" $.context) }}
{{- end }}
{{- end }}
{{- end }}

{{- /* A value that may hold templates: a text, or anything else as YAML. */ -}}
{{- define "observe.render" -}}
{{- if kindIs "string" .value }}
{{- tpl .value .context }}
{{- else }}
{{- tpl (toYaml .value) .context }}
{{- end }}
{{- end }}

{{- define "observe.image" -}}
{{- $registry := default .image.registry .context.Values.global.registry -}}
{{- $tag := default .context.Chart.AppVersion .image.tag | toString -}}
{{- if .image.digest -}}
{{- printf "%s/%s@%s" $registry .image.repository .image.digest -}}
{{- else -}}
{{- printf "%s/%s:%s" $registry .image.repository $tag -}}
{{- end -}}
{{- end }}

{{- define "observe.resources" -}}
{{- $presets := dict
  "small" (dict "requests" (dict "cpu" "50m" "memory" "64Mi") "limits" (dict "memory" "128Mi"))
  "medium" (dict "requests" (dict "cpu" "200m" "memory" "256Mi") "limits" (dict "memory" "512Mi"))
  "large" (dict "requests" (dict "cpu" "1" "memory" "1Gi") "limits" (dict "memory" "2Gi")) -}}
{{- if .resources }}
{{- toYaml .resources }}
{{- else if hasKey $presets .preset }}
{{- index $presets .preset | toYaml }}
{{- else }}
{{- fail (printf "%q is no preset: %s" .preset (keys $presets | sortAlpha | join ", ")) }}
{{- end }}
{{- end }}

{{- define "observe.antiAffinity" -}}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 1
      podAffinityTerm:
        topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels: {{- include "observe.selector" . | nindent 12 }}
{{- end }}

{{- define "observe.probe" -}}
{{- $probe := omit .probe "enabled" "path" }}
httpGet:
  path: {{ .probe.path }}
  port: http
{{- with $probe }}
{{ toYaml . }}
{{- end }}
{{- end }}
