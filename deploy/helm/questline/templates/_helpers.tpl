{{- define "questline.name" -}}
{{ printf "%s-%s" .root.Release.Name .program | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "questline.selector" -}}
app.kubernetes.io/name: questline
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .program }}
{{- end }}

{{- define "questline.labels" -}}
{{ include "questline.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "questline.secret" -}}
{{ .Values.secrets.create | empty | ternary .Values.secrets.existing (printf "%s-secrets" .Release.Name) }}
{{- end }}

{{- define "questline.url" -}}
http://{{ include "questline.name" . }}:4000
{{- end }}

{{/* What the chart itself sets. */}}
{{- define "questline.fixed" -}}
HOST: 0.0.0.0
PORT: "4000"
METRICS_PORT: "9464"
OTEL_SERVICE_NAME: questline-{{ .program }}
{{- if ne .program "gateway" }}
PARTITIONS: {{ .root.Values.partitions | quote }}
{{- end }}
{{- if ne .program "auth" }}
JWKS_URL: {{ include "questline.url" (dict "root" .root "program" "auth") }}/.well-known/jwks.json
{{- end }}
{{- if eq .program "gateway" }}
{{- range $subgraph := list "auth" "catalog" "progress" }}
ROUTING_URL_{{ upper $subgraph }}: {{ include "questline.url" (dict "root" $.root "program" $subgraph) }}/graphql
{{- end }}
{{- if .root.Values.grpc.enabled }}
GRPC_PORT: "50051"
{{- end }}
{{- end }}
{{- end }}

{{/* Variables and the keys of the Secret that they come from; those with a question mark may be missing there. */}}
{{- define "questline.secretKeys" -}}
GATEWAY_SECRET: GATEWAY_SECRET
{{- if eq .program "gateway" }}
CACHE_REDIS_URL: CACHE_REDIS_URL?
CACHE_INVALIDATION_SECRET: CACHE_INVALIDATION_SECRET?
{{- else }}
EVENT_SECRET: EVENT_SECRET
GATEWAY_SECRETS_ACCEPTED: GATEWAY_SECRETS_ACCEPTED?
EVENT_SECRETS_ACCEPTED: EVENT_SECRETS_ACCEPTED?
DATABASE_URL: {{ upper .program }}_DATABASE_URL
REDIS_URL: {{ upper .program }}_REDIS_URL
{{- end }}
{{- if has .program (list "auth" "progress") }}
DATABASE_READ_URL: {{ upper .program }}_DATABASE_READ_URL?
{{- end }}
{{- if eq .program "auth" }}
AUTH_SIGNING_KEY: AUTH_SIGNING_KEY
AUTH_PREVIOUS_KEYS: AUTH_PREVIOUS_KEYS?
OIDC_PROVIDERS: OIDC_PROVIDERS?
{{- end }}
{{- end }}
