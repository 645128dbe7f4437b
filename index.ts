import { check } from "./checks";
import { GitHub } from "./clients/github";
import { Credential, errorHooks, Flux, guardsOf, ImageAutomation, Kustomization, Notifications } from "./components";
import { providers, reader, releaseOf, Repository, Source, stackOutputs } from "./components";
import { takeRelease, UninstallCheck, Webhook } from "./components";
import { mapInOrder, ownRepositories, readConfig, readSecrets } from "./config";
import { compact, mapValues, required } from "./domain/records";

export = async () => {
    // 1. Read the settings, and check them against GitHub, the cluster and Flux's manifest. Registers nothing.
    const config = readConfig();
    const secrets = readSecrets(config);
    const github = new GitHub(config.github, secrets.githubToken);
    const found = await check(config, github);
    const hooks = errorHooks(config, secrets.githubToken);

    // 2. Take the release. The promotion rules run in its hook, in a preview too.
    const release = await takeRelease("release", releaseOf(config, found), guardsOf(config, found, github));

    // 3. GitHub: the repositories (one stack manages them, the others look them up) and a credential for each source.
    const { onGitHub, inCluster, onBoth } = providers(config);
    const repositories = mapValues(ownRepositories(config), (own, name) => {
        const plan = required(found.plans, name);
        return new Repository(
            own.repository,
            { ...own, found: found.sources[name]?.repository, plan, hooks },
            onGitHub,
        );
    });
    const read = { ...reader(config, found, secrets), hooks };
    const credentials = mapValues(config.sources, ({ repository }, name) => {
        const address = repositories[name] ?? required(found.sources, name);
        return new Credential(name, { repository: repositories[name]?.name ?? repository, address, ...read }, onGitHub);
    });

    // 4. Flux.
    const flux = new Flux("flux", { ...found.flux, addresses: Object.values(credentials) }, inCluster);
    await flux.presence.assert(found.installed, config.context);

    // 5. The sources that Flux fetches, and the Kustomizations that it applies, each after those that it depends on.
    const inFlux = { namespace: flux.namespace, suspended: found.byHand.suspended, hooks };
    const sources = mapValues(config.sources, (settings, name) => {
        const args = { settings, found: found.sources[name], credential: required(credentials, name), ...inFlux };
        return new Source(name, args, { ...inCluster, dependsOn: flux.ready });
    });
    const kustomizations = mapInOrder<Kustomization>(config.kustomizations, (settings, earlier) => {
        const args = { settings, source: required(sources, settings.source), ageKeys: secrets.ageKeys, ...inFlux };
        return new Kustomization(settings.name, args, { ...inCluster, dependsOn: [...flux.ready, ...earlier] });
    });

    // 6. The optional parts.
    const { webhook, notifications, imageAutomation } = config;
    const afterFlux = { ...onBoth, dependsOn: [flux] };
    const synced = { ...onBoth, dependsOn: [flux, ...Object.values(sources), ...Object.values(kustomizations)] };
    const optional = compact([
        webhook && new Webhook("webhook", { webhook, ...inFlux }, synced),
        notifications && new Notifications("notifications", { notifications, config, secrets, ...inFlux }, afterFlux),
        imageAutomation && new ImageAutomation("images", { imageAutomation, repositories, ...read, ...inFlux }, synced),
    ]);

    // 7. The first thing that a destroy runs: it refuses if something would be left half deleted.
    const dependsOn = [release, ...Object.values(repositories), ...synced.dependsOn, ...optional];
    new UninstallCheck("uninstall-check", { ...flux.uninstall, kustomizations }, { dependsOn });
    return stackOutputs({ config, found, repositories, sources, kustomizations });
};
