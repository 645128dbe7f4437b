import * as pulumi from "@pulumi/pulumi";

import { type Credential, credential } from "./components/credential";
import { Flux } from "./components/flux";
import { furtherSyncs } from "./components/furtherSyncs";
import { keepHandWork } from "./components/keepHandWork";
import { imageAutomation } from "./components/imageAutomation";
import { notifications } from "./components/notifications";
import { githubProvider, kubernetesProvider } from "./components/providers";
import { stackHistory } from "./components/history";
import { objectsInState, stackOutputs, takeRelease } from "./components/release";
import { Repository } from "./components/repository";
import { Sync } from "./components/sync";
import { UninstallStep } from "./components/uninstallStep";
import { Webhook } from "./components/webhook";
import { githubToken, identitySecret, notificationSecrets, readConfig, sopsAgeKey } from "./config";
import { check } from "./checks";
import { GitHub } from "./clients/github";
import { judge } from "./promotion/judge";
import { type SourceName } from "./domain/release";
import { standingsOf } from "./promotion/standings";

export = async () => {
    const config = readConfig();
    const github = new GitHub(config.github, githubToken());
    const found = await check(config, github);
    const to = standingsOf(config, found);
    const asked = { config, to, github, stackOutputs, stackHistory, stops: found.byHand.stops };
    const release = await takeRelease(
        "release",
        { cluster: found.clusterUid, ...to, secretsDrawnBy: "RandomPassword" },
        {
            ...{ ...config, ...found, objectsInState, lastOutputs: () => stackOutputs(config.stack) },
            judge: (from) => judge({ ...asked, from, now: new Date() }),
        },
    );
    const onGitHub = { provider: githubProvider(config) };
    const transformations = [keepHandWork(config.context, config.flux.existing)];
    const inCluster = { provider: kubernetesProvider(config), transformations };

    // Repositories: made by one stack, used by all.
    const repository = (name: SourceName, description: string) => {
        const { repository } = config[name];
        const args = { ...config.repositories, repository, found: found[name], description };
        return new Repository(repository, { ...args, scaffold: `scaffold/${repository}` }, onGitHub);
    };
    const infrastructureRepository = repository("infrastructure", "What every cluster needs before its apps");
    const appsRepository = repository("apps", "The apps of every environment");

    // What Flux reads each repository with, of this stack alone.
    const identity = { identity: config.identity, secret: pulumi.secret(identitySecret(config)) };
    const reader = { ...identity, title: `flux-${config.stack}`, sshHostKeys: found.sshHostKeys, ...config.github };
    const keyOf = (name: SourceName, repository: Repository) => credential(name, { ...reader, repository }, onGitHub);
    const infrastructureCredential = keyOf("infrastructure", infrastructureRepository);
    const appsCredential = keyOf("apps", appsRepository);

    // Flux, and what keeps the cluster true to Git.
    const repositories = [infrastructureRepository, appsRepository];
    const flux = new Flux("flux", { ...found, ...config.flux.options, repositories, ...config.uninstall }, inCluster);
    await flux.presence.assert(found.installed, config.context);
    const inFlux = { context: config.context, namespace: flux.namespace };
    const decrypting = { ...inFlux, suspended: found.byHand.suspended, ageKeys: pulumi.secret(sopsAgeKey()) };
    const sync = (name: SourceName, repository: Repository, credential: Credential, ...after: Sync[]) => {
        const args = { ...config[name], ...decrypting, ref: found[name]?.ref ?? config[name].ref, credential, after };
        return new Sync(name, args, { ...inCluster, dependsOn: [flux, ...repository.readable, ...after] });
    };
    const infrastructure = sync("infrastructure", infrastructureRepository, infrastructureCredential);
    const apps = sync("apps", appsRepository, appsCredential, infrastructure);
    const providers = [onGitHub.provider, inCluster.provider];
    const afterFlux = { providers, transformations, dependsOn: [flux] };
    const syncs = { infrastructure, apps };
    const further = furtherSyncs("further", { ...config.further, ...decrypting, ...found, reader, syncs }, afterFlux);
    const synced = { ...afterFlux, dependsOn: [infrastructure, apps, ...further.made] };
    const webhooks = config.webhook ? [new Webhook("webhook", { ...config.webhook, ...inFlux }, synced)] : [];
    const told = notifications({ ...config, ...inFlux, ...identity, secrets: notificationSecrets() }, afterFlux);
    const images = imageAutomation("images", { ...config, ...inFlux, ...reader, repository: appsRepository }, synced);
    const everything = { dependsOn: [release, ...repositories, ...synced.dependsOn, ...webhooks, ...told, ...images] };
    new UninstallStep(
        "uninstall-check",
        { ...flux.uninstall, step: "look", kustomizations: further.names },
        everything,
    );

    return {
        fluxVersion: config.flux.version,
        environment: config.environment,
        cluster: { context: config.context, uid: found.clusterUid },
        credentials: found.credentials,
        infrastructure: pulumi.output({ repository: infrastructureRepository.htmlUrl, ...infrastructure.status }),
        apps: pulumi.output({ repository: appsRepository.htmlUrl, ...apps.status }),
        ...further.status,
    };
};
