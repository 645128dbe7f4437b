// Pulumi's random provider: the upstream Terraform provider behind Pulumi's bridge, with the type tokens, IDs and switches
// of pulumi-random, whose own plugin is published as a download only.
package main

import (
	"context"
	"errors"

	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	upstream "github.com/terraform-providers/terraform-provider-random/internal/provider"
)

// The version of the npm package @pulumi/random whose requests this plugin answers.
const version = "4.21.2"

func provider() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:       pf.ShimProvider(upstream.New()),
		Name:    "random",
		Version: version,
		Resources: map[string]*tfbridge.ResourceInfo{
			"random_bytes": {ComputeID: valueOfBytes},
		},
		MetadataInfo:                tfbridge.NewProviderMetadata([]byte("{}")),
		EnableAccurateBridgePreview: true,
		EnableRawStateDelta:         true,
	}
	info.MustComputeTokens(tokens.SingleModule("random_", "index", func(module, name string) (string, error) {
		return tokens.MakeStandard("random")(module, "Random"+name)
	}))
	return info
}

// The ID of RandomBytes is its value, in plain text. That is what the official plugin does:
// https://github.com/pulumi/pulumi-random/blob/v4.21.1/provider/resources.go
func valueOfBytes(_ context.Context, state resource.PropertyMap) (resource.ID, error) {
	value := state["base64"]
	if value.IsSecret() {
		value = value.SecretValue().Element
	}
	if !value.IsString() {
		return "", errors.New("RandomBytes has no base64")
	}
	return resource.ID(value.StringValue()), nil
}

func main() {
	schema := []byte(`{"name":"random","version":"` + version + `"}`)
	pf.Main(context.Background(), "random", provider(), pf.ProviderMetadata{PackageSchema: schema})
}
