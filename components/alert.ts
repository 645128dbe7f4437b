import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

const apiVersion = "notification.toolkit.fluxcd.io/v1beta3";

export interface AlertArgs {
    /** The namespace of Flux's objects. */
    namespace: pulumi.Input<string>;
    /** What the Provider sends with. */
    secret: Readonly<Record<string, pulumi.Input<string>>>;
    /** The Provider's spec, without its Secret. */
    provider: object;
    /** The Alert's spec, without its Provider. */
    alert: object;
}

/** An Alert, the Provider it is sent by, and the Secret that this is done with. */
export function alert(name: string, args: AlertArgs, parent: pulumi.Resource): void {
    const { namespace } = args;
    const child = { parent };
    const metadata = { name, namespace };
    const secret = new k8s.core.v1.Secret(
        `${name}-secret`,
        { metadata: { namespace }, immutable: true, stringData: args.secret },
        child,
    );
    const provider = new k8s.apiextensions.CustomResource(
        `${name}-provider`,
        {
            apiVersion,
            kind: "Provider",
            metadata,
            spec: { ...args.provider, secretRef: { name: secret.metadata.name } },
        },
        child,
    );
    new k8s.apiextensions.CustomResource(
        `${name}-alert`,
        { apiVersion, kind: "Alert", metadata, spec: { providerRef: { name: provider.metadata.name }, ...args.alert } },
        child,
    );
}
