import * as pulumi from "@pulumi/pulumi";

import { rememberCluster } from "./components/cluster";
import { DeployKey } from "./components/deployKey";
import { Flux } from "./components/flux";
import { githubProvider, kubernetesProvider } from "./components/providers";
import { Repository } from "./components/repository";
import { Sync } from "./components/sync";
import { readConfig } from "./config";
import { preflight } from "./preflight";

export = async () => {
    const config = readConfig();
    const found = await preflight(config);
    await rememberCluster("cluster", found.clusterUid, config.acceptedClusterUid);
    const onGitHub = { provider: githubProvider(config) };
    const inCluster = { provider: kubernetesProvider(config) };

    // Repositories: made by one stack, used by all.
    const repository = (name: "infrastructure" | "apps", description: string) =>
        new Repository(
            config[name].repository,
            {
                ...config.repositories,
                repository: config[name].repository,
                found: found[name],
                description,
                scaffold: `scaffold/${config[name].repository}`,
            },
            onGitHub,
        );
    const infrastructureRepository = repository("infrastructure", "What every cluster needs before its apps");
    const appsRepository = repository("apps", "The apps of every environment");

    // Keys: one for each repository, of this stack alone.
    const deployKey = (name: "infrastructure" | "apps", { name: repository }: Repository) =>
        new DeployKey(
            `${name}-deploy-key`,
            { repository, title: `flux-${config.stack}`, generation: config.deployKeyGeneration },
            onGitHub,
        );
    const infrastructureKey = deployKey("infrastructure", infrastructureRepository);
    const appsKey = deployKey("apps", appsRepository);

    // Flux, and what keeps the cluster true to Git.
    const flux = new Flux("flux", { manifest: found.manifest }, inCluster);
    const shared = { context: config.context, namespace: flux.namespace, sshHostKeys: found.sshHostKeys };
    const infrastructure = new Sync(
        "infrastructure",
        {
            ...shared,
            ...config.infrastructure,
            ref: found.infrastructure?.ref ?? config.infrastructure.ref,
            url: infrastructureRepository.sshUrl,
            deployKey: infrastructureKey,
            path: `./infrastructure/overlays/${config.environment}`,
        },
        { ...inCluster, dependsOn: [flux, infrastructureRepository] },
    );
    const apps = new Sync(
        "apps",
        {
            ...shared,
            ...config.apps,
            ref: found.apps?.ref ?? config.apps.ref,
            url: appsRepository.sshUrl,
            deployKey: appsKey,
            path: `./apps/overlays/${config.environment}`,
            after: ["infrastructure"],
        },
        { ...inCluster, dependsOn: [flux, appsRepository, infrastructure] },
    );

    return {
        fluxVersion: config.flux.version,
        infrastructure: pulumi.output({ repository: infrastructureRepository.htmlUrl, ...infrastructure.status }),
        apps: pulumi.output({ repository: appsRepository.htmlUrl, ...apps.status }),
    };
};
