// Charts that are in Go modules. The end-to-end specs serve them. Nothing here is compiled.
module fluxcd/lab/tools/charts

go 1.26.0

require github.com/stefanprodan/podinfo v1.8.1-0.20250910200901-e86405a8674e // chart 6.9.2
