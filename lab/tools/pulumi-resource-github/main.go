// Pulumi's GitHub provider: the upstream Terraform provider behind Pulumi's bridge, with the type tokens, defaults and
// replacement rules of pulumi-github, whose own plugin is published as a download only.
package main

import (
	"github.com/integrations/terraform-provider-github/v6/github"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
)

const (
	// The version of the npm package @pulumi/github whose requests this plugin answers.
	version           = "6.15.0"
	maximumNameLength = 255
)

func provider() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:                 sdkv2.NewProvider(github.NewProvider(version, "")()),
		Name:              "github",
		Version:           version,
		GitHubOrg:         "integrations",
		TFProviderVersion: "6.13.0",
		Config: map[string]*tfbridge.SchemaInfo{
			"base_url": {Default: &tfbridge.DefaultInfo{
				EnvVars: []string{"GITHUB_BASE_URL"},
				Value:   "https://api.github.com/",
			}},
			"token": {
				Secret:  tfbridge.True(),
				Default: &tfbridge.DefaultInfo{EnvVars: []string{"GITHUB_TOKEN"}},
			},
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			// GitHub refuses a second deploy key with the same public key or title while the first one exists.
			"github_repository_deploy_key": {DeleteBeforeReplace: true},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"github_app": {Tok: "github:index/getGithubApp:getGithubApp"},
		},
		EnableZeroDefaultSchemaVersion: true,
		EnableAccurateBridgePreview:    true,
		EnableRawStateDelta:            true,
	}
	info.MustComputeTokens(tokens.SingleModule("github_", "index", tokens.MakeStandard("github")))
	info.SetAutonaming(maximumNameLength, "-")
	return info
}

func main() {
	// The schema is only read by code generation, which has already happened: @pulumi/github.
	tfbridge.Main("github", version, provider(), []byte(`{"name":"github","version":"`+version+`"}`))
}
