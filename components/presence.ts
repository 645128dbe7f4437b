import * as pulumi from "@pulumi/pulumi";
import { RunError } from "@pulumi/pulumi/errors";

import type { Installed } from "../clients/installedFlux";
import type { ManifestObject } from "../domain/objects";
import { explain } from "../domain/problem";

/**
 * Tracks which objects this run creates. Pulumi assumes that the others exist because its state says so; it reads them
 * again only with `--refresh`. https://www.pulumi.com/docs/iac/concepts/resources/options/hooks/
 */
export class Presence {
    private readonly made = new Set<string>();
    private readonly declared: { readonly object: ManifestObject; readonly resource: pulumi.Resource }[] = [];
    private readonly hook: pulumi.ResourceHook;

    constructor(name: string) {
        this.hook = new pulumi.ResourceHook(name, ({ urn }) => void this.made.add(urn), { onDryRun: true });
    }

    /** The options of a resource to track. */
    get options(): pulumi.ResourceOptions {
        return { hooks: { beforeCreate: [this.hook] } };
    }

    add(object: ManifestObject, resource: pulumi.Resource): void {
        this.declared.push({ object, resource });
    }

    /** Fails if an object in Pulumi's state was deleted outside Pulumi. */
    async assert({ namespace, controllers, definitions }: Installed, context: string): Promise<void> {
        const live = [namespace, ...controllers, ...definitions].map((object) => object?.metadata.name);
        const watched = this.declared.filter(({ object }) => kinds.includes(object.kind));
        const urns = await Promise.all(watched.map(({ resource }) => urnOf(resource)));
        const gone = watched
            .filter(({ object }, at) => !this.made.has(urns[at] ?? "") && !live.includes(object.metadata.name))
            .map(({ object }) => `${object.kind} ${object.metadata.name}`);
        if (gone.length > 0) {
            const more = gone.length > 3 ? ` and ${gone.length - 3} more` : "";
            const problem = {
                key: "fluxcd:context",
                value: context,
                expected: `${gone.slice(0, 3).join(", ")}${more} was deleted outside Pulumi, as \`flux uninstall\` does. The workloads keep running`,
                fix: `pulumi up --stack ${pulumi.getStack()} --refresh`,
            };
            throw new RunError(`Parts of Flux are missing from this cluster.\n\n${explain([problem])}\n`);
        }
    }
}

const kinds = ["Namespace", "CustomResourceDefinition", "Deployment"];

function urnOf({ urn }: pulumi.Resource): Promise<string> {
    return new Promise((resolve) => void urn.apply(resolve));
}
