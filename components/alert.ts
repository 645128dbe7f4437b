import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const apiVersion = "notification.toolkit.fluxcd.io/v1beta3";

export interface AlertArgs {
    /** The namespace of Flux's objects. */
    namespace: pulumi.Input<string>;
    /** The data of the Provider's Secret. */
    secret: Readonly<Record<string, pulumi.Input<string>>>;
    /** The Provider's spec, without its Secret. */
    provider: object;
    /** The Alert's spec, without its Provider. */
    alert: object;
}

/** An Alert, its Provider, and the Provider's Secret. */
export class Alert extends pulumi.ComponentResource {
    constructor(name: string, args: AlertArgs, opts?: pulumi.ComponentResourceOptions) {
        const { namespace, secret: data, provider: providerSpec, alert: alertSpec } = args;
        super("fluxcd:flux:Alert", name, { namespace, provider: providerSpec, alert: alertSpec }, opts);
        const child = { parent: this };
        const metadata = { name, namespace };

        const secret = new k8s.core.v1.Secret(
            `${name}-secret`,
            { metadata: { namespace }, immutable: true, stringData: data },
            child,
        );
        const spec = { ...providerSpec, secretRef: { name: secret.metadata.name } };
        const provider = new k8s.apiextensions.CustomResource(
            `${name}-provider`,
            { apiVersion, kind: "Provider", metadata, spec },
            child,
        );
        new k8s.apiextensions.CustomResource(
            `${name}-alert`,
            {
                apiVersion,
                kind: "Alert",
                metadata,
                spec: { providerRef: { name: provider.metadata.name }, ...alertSpec },
            },
            child,
        );
        this.registerOutputs({});
    }
}
