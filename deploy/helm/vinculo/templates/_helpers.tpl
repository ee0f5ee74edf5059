{{/* One value of a variable: text, a secret's key, or the address of a process of this release. */}}
{{- define "vinculo.name" -}}
{{- printf "%s-%s" .root.Release.Name (regexReplaceAll "[._]" .name "-") -}}
{{- end -}}

{{- define "vinculo.labels" -}}
app.kubernetes.io/part-of: vinculo
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
{{ include "vinculo.selector" . }}
{{- end -}}

{{- define "vinculo.selector" -}}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/name: {{ .process.name }}
{{- end -}}

{{- define "vinculo.image" -}}
{{- $image := .root.Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "vinculo.names" -}}
{{- $names := list -}}
{{- range .process.gives -}}
{{- $names = concat $names (required (printf "no variables are called %s" .) (index $.root.Values.variables .)) -}}
{{- end -}}
{{- $names | uniq | toJson -}}
{{- end -}}

{{- define "vinculo.env" -}}
{{- $own := dict "VINCULO_SERVICE" (ternary .process.name .process.group (eq .process.group "workflows")) "VINCULO_PROCESS" .process.name -}}
{{- $known := merge $own (index .root.Values.groups .process.group | default dict) .root.Values.environment -}}
{{- range $name := include "vinculo.names" . | fromJsonArray }}
- name: {{ $name }}
  {{- $file := index $.root.Values.files $name }}
  {{- if $file }}
  value: {{ $file.path }}
  {{- else if hasKey $known $name }}
  {{- include "vinculo.value" (dict "root" $.root "value" (index $known $name)) | nindent 2 }}
  {{- else }}
  {{- fail (printf "%s has no value for %s" $.process.name $name) }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "vinculo.value" -}}
{{- if kindIs "map" .value -}}
valueFrom: {secretKeyRef: {name: {{ .value.secret }}, key: {{ .value.key }}}}
{{- else if hasPrefix "process:" .value -}}
{{- $parts := regexSplit "/" (trimPrefix "process:" .value) 2 -}}
value: http://{{ include "vinculo.name" (dict "root" .root "name" (first $parts)) }}:{{ .root.Values.port }}{{ range rest $parts }}/{{ . }}{{ end }}
{{- else if hasPrefix "host:" .value -}}
value: {{ include "vinculo.name" (dict "root" .root "name" (trimPrefix "host:" .value)) }}
{{- else -}}
value: {{ .value | quote }}
{{- end -}}
{{- end -}}

{{/* The folder of each file that a variable names. */}}
{{- define "vinculo.mounts" -}}
- {name: tmp, mountPath: /tmp}
{{- range $name := include "vinculo.names" . | fromJsonArray }}
{{- with index $.root.Values.files $name }}
- {name: {{ .secret }}, mountPath: {{ dir .path }}, readOnly: true}
{{- end }}
{{- end }}
{{- end -}}

{{- define "vinculo.volumes" -}}
- {name: tmp, emptyDir: {sizeLimit: 64Mi}}
{{- range $name := include "vinculo.names" . | fromJsonArray }}
{{- with index $.root.Values.files $name }}
- {name: {{ .secret }}, secret: {secretName: {{ .secret }}}}
{{- end }}
{{- end }}
{{- end -}}

{{- define "vinculo.shut.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "vinculo.shut.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{/* What every container of ours has, whatever it runs. */}}
{{- define "vinculo.container" -}}
image: {{ include "vinculo.image" . }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
env:
  {{- include "vinculo.env" . | nindent 2 }}
resources:
  {{- toYaml (.process.resources | default .root.Values.resources) | nindent 2 }}
volumeMounts:
  {{- include "vinculo.mounts" . | nindent 2 }}
{{ include "vinculo.shut.container" . }}
{{- end -}}

{{- define "vinculo.module" -}}
{{- concat (list "python" "-m") .process.module | toJson -}}
{{- end -}}

{{/* A Deployment; `command` and what it is started with differ between HTTP and background. */}}
{{- define "vinculo.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "vinculo.name" (dict "root" .root "name" .process.name) }}
  labels:
    {{- include "vinculo.labels" . | nindent 4 }}
spec:
  {{- /* Whoever scales it says how many: a number here would undo that at every upgrade. */}}
  {{- if not .process.scale }}
  replicas: {{ .process.replicas | default 1 }}
  {{- end }}
  revisionHistoryLimit: 3
  strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
  selector:
    matchLabels:
      {{- include "vinculo.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "vinculo.labels" . | nindent 8 }}
    spec:
      {{- include "vinculo.shut.pod" . | nindent 6 }}
      terminationGracePeriodSeconds: 25
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "vinculo.selector" . | nindent 14 }}
      containers:
        - name: {{ regexReplaceAll "[._]" .process.name "-" }}
          command: {{ .command }}
          ports: [{name: http, containerPort: {{ .root.Values.port }}}]
          startupProbe: {httpGet: {path: /ready, port: http}, periodSeconds: 2, failureThreshold: 60}
          readinessProbe: {httpGet: {path: /ready, port: http}, periodSeconds: 5, timeoutSeconds: 3}
          livenessProbe: {httpGet: {path: /live, port: http}, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6}
          {{- include "vinculo.container" . | nindent 10 }}
      volumes:
        {{- include "vinculo.volumes" . | nindent 8 }}
{{- end -}}

{{/* Processes that this release runs: the stand-ins only where they are wanted. */}}
{{- define "vinculo.wanted" -}}
{{- $wanted := list -}}
{{- range .list -}}
{{- if or $.root.Values.sandbox.enabled (ne .group "sandbox") -}}
{{- $wanted = append $wanted . -}}
{{- end -}}
{{- end -}}
{{- $wanted | toJson -}}
{{- end -}}
