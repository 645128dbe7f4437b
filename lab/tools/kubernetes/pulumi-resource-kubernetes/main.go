// Pulumi's Kubernetes provider, of its own module. What Pulumi publishes is this with the whole schema, for code
// generation and for reading a live object by its ID without its kind.
package main

import "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"

// The version of the npm package @pulumi/kubernetes whose requests this plugin answers.
const version = "4.34.2"

func main() {
	provider.Serve("kubernetes", version, []byte(`{"name":"kubernetes","version":"`+version+`"}`), []byte("{}"))
}
