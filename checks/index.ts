import * as pulumi from "@pulumi/pulumi";

import { runsHere } from "../domain/here";
import { stateOfStack } from "../clients/engine";
import type { GitHub } from "../clients/github";
import type { Config } from "../config";
import { refuse } from "../domain/problem";
import { admissionWords } from "./admitted";
import { expiryWarnings, fetchWarnings } from "./credentials";
import { type Check, examine, fluxInCluster, type Found } from "./examine";
import { handWorkWarnings } from "./handWork";

export type { Found } from "./examine";

/** Runs all checks, and stops the program with all problems at once if there are any. Changes nothing. */
export async function check(config: Config, github: GitHub): Promise<Found> {
    const { checks, inCluster, onGitHub } = await examine(config, github, stateOfStack());
    const isEnough = ({ letsPreview }: Check) => letsPreview && pulumi.runtime.isDryRun();
    const unmet = checks.filter(({ problems }) => problems.length > 0);
    const failed = unmet.filter((it) => !isEnough(it));
    if (failed.length > 0 || !inCluster) {
        const problems = failed.flatMap((it) => it.problems);
        return failed.every(({ about }) => about === fluxInCluster)
            ? refuse(`Stack ${config.stack} must not change this cluster's Flux.`, problems)
            : refuse(`Stack ${config.stack} cannot go ahead.`, problems);
    }
    const { admission, changes, ...found } = inCluster;
    if (changes.length > 0) {
        const heading = `Flux in ${config.context} becomes ${config.flux.version}:`;
        await pulumi.log.info([heading, ...changes].join("\n    "));
    }
    if (admission.changed.length > 0) {
        await pulumi.log.info(admissionWords(admission, config.context));
    }
    if (onGitHub.kept.length > 0) {
        await pulumi.log.info(onGitHub.kept.join("\n"));
    }
    const warnings = [
        ...unmet.filter(isEnough).map(() => missingRightsWarning(config)),
        ...onGitHub.planWarnings,
        ...handWorkWarnings(config, found.byHand),
        ...expiryWarnings(config, onGitHub.credentials, new Date()),
        ...(await fetchWarnings(config)),
    ];
    await Promise.all(warnings.map((warning) => pulumi.log.warn(runsHere(warning))));
    return { ...found, ...onGitHub };
}

/** Not everything is checked in a preview by a user who lacks rights to change the cluster. */
function missingRightsWarning({ context, stack }: Config): string {
    return (
        `The user of context ${context} lacks rights that pulumi up needs: npx fluxcd doctor --stack ${stack} lists them. ` +
        "Without the right to patch, this preview has not checked whether the cluster's admission changes or refuses anything."
    );
}
