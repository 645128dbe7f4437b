// Pulumi's Kubernetes provider, of its own module. What Pulumi publishes is this with the whole schema, for code
// generation and for reading a live object by its ID without its kind.
package main

import (
	"os"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

// The version of the npm package @pulumi/kubernetes whose requests this plugin answers.
const version = "4.34.2"

func main() {
	// The program sets enablePatchForce. The module's version has that switch as this variable only.
	if err := os.Setenv("PULUMI_K8S_ENABLE_PATCH_FORCE", "true"); err != nil {
		panic(err)
	}
	provider.Serve("kubernetes", version, []byte(`{"name":"kubernetes","version":"`+version+`"}`), []byte("{}"))
}
