import type * as k8s from "@pulumi/kubernetes";

type Policy = k8s.types.input.admissionregistration.v1.ValidatingAdmissionPolicySpec;

/**
 * The reason that RBAC gives. With the default, `Invalid`, Flux would assume that an immutable field changed and, with
 * `force`, recreate the object.
 */
const reason = "Forbidden";

const changed = { name: "changed", expression: "request.operation == 'CREATE' || object.?spec != oldObject.?spec" };

const changedButSuspend = {
    name: "changed",
    expression: [
        "request.operation == 'CREATE'",
        "!object.?spec.orValue({}).all(key, key == 'suspend' || object.?spec[?key] == oldObject.?spec[?key])",
        "!oldObject.?spec.orValue({}).all(key, key == 'suspend' || key in object.?spec.orValue({}))",
    ].join(" || "),
};

/**
 * Allows sources by URL prefix, in every namespace and for every user. A prefix ends with a complete part of the URL,
 * so `https://github.com/misua` is not a prefix of `https://github.com/misua-evil`. A source that already exists stays
 * until it is changed: otherwise its controller could not remove its finalizer.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export function sourceUrlPolicy(allowed: readonly string[], own: readonly string[]): Policy {
    const beginnings = allowed.map((url) => url.replace(/\/$/, ""));
    return {
        ...matching([
            ["source.toolkit.fluxcd.io", ["gitrepositories", "ocirepositories", "helmrepositories", "buckets"]],
        ]),
        matchConditions: [changed],
        variables: [
            { name: "scheme", expression: "object.?spec.?insecure.orValue(false) ? 'http://' : 'https://'" },
            {
                name: "endpoint",
                expression:
                    "object.?spec.?endpoint.orValue('').contains('://') ? object.spec.endpoint : variables.scheme + object.?spec.?endpoint.orValue('')",
            },
            {
                name: "url",
                expression:
                    "object.kind == 'Bucket' ? variables.endpoint + '/' + object.?spec.?bucketName.orValue('') : object.?spec.?url.orValue('')",
            },
            {
                name: "plain",
                expression: String.raw`variables.url.matches(r'^[A-Za-z0-9:/._~@+=,-]+$') && !variables.url.matches(r'/\.\.?(/|$)')`,
            },
            {
                name: "allowed",
                expression: `${texts(beginnings)}.exists(it, variables.url == it || variables.url == it + '.git' || variables.url.startsWith(it + '/'))`,
            },
        ],
        validations: [
            {
                reason,
                expression: `variables.url in ${texts(own)} || (variables.plain && variables.allowed)`,
                messageExpression: `'the source URL ' + variables.url + ' is not allowed here; fluxcd:flux.sourceUrls allows ' + ${texts(beginnings)}.join(', ')`,
            },
        ],
    };
}

/**
 * Prevents limited accounts from using Flux for something that they may not do themselves. A Kustomization or
 * HelmRelease without an account is applied with all of Flux's rights; one in Flux's namespace could name a
 * controller's account; and a reference to another namespace reads objects that belong to others. Flux's manifest gives
 * these kinds to the roles `edit` and `admin` of a namespace. Users who may do everything, or who may bind
 * cluster-admin, such as the installer of Flux, are not limited. Everyone may suspend and resume.
 * https://fluxcd.io/flux/installation/configuration/multitenancy/
 */
export function limitedAccountsPolicy(namespace: string): Policy {
    const applies = "object.kind in ['Kustomization', 'HelmRelease']";
    const references = ["sourceRef", "chartRef", "chart.?spec.?sourceRef", "imageRepositoryRef"];
    const lists = ["eventSources", "resources", "sources"];
    return {
        ...matching([
            ["kustomize.toolkit.fluxcd.io", ["kustomizations"]],
            ["helm.toolkit.fluxcd.io", ["helmreleases"]],
            ["notification.toolkit.fluxcd.io", ["alerts", "receivers"]],
            ["image.toolkit.fluxcd.io", ["imagepolicies", "imageupdateautomations"]],
            ["source.extensions.fluxcd.io", ["artifactgenerators"]],
        ]),
        matchConditions: [
            { name: "limited", expression: "!authorizer.group('*').resource('*').check('*').allowed()" },
            {
                name: "no-administrator",
                expression:
                    "!authorizer.group('rbac.authorization.k8s.io').resource('clusterroles').name('cluster-admin').check('bind').allowed()",
            },
            changedButSuspend,
        ],
        variables: [
            {
                name: "namespaces",
                expression: [
                    `[${references.map((it) => `?object.?spec.?${it}.?namespace`).join(", ")}]`,
                    ...lists.map((it) => `object.?spec.?${it}.orValue([]).map(it, it.?namespace.orValue(''))`),
                ].join(" + "),
            },
            { name: "elsewhere", expression: "variables.namespaces.filter(it, !(it in ['', request.namespace]))" },
        ],
        validations: [
            {
                reason,
                expression: "size(variables.elsewhere) == 0",
                messageExpression:
                    "request.userInfo.username + ' cannot refer to another namespace, which is ' + variables.elsewhere.join(', ')",
            },
            {
                reason,
                expression: `!(${applies}) || request.namespace != ${text(namespace)}`,
                messageExpression: `request.userInfo.username + ' cannot have Flux apply anything from namespace ${namespace}, whose accounts may do everything'`,
            },
            {
                reason,
                expression: `!(${applies}) || object.?spec.?serviceAccountName.orValue('') != ''`,
                messageExpression:
                    "request.userInfo.username + ' must name a serviceAccountName: without one, Flux would apply this with rights that the account has not'",
            },
        ],
    };
}

function matching(resources: readonly (readonly [group: string, resources: string[]])[]) {
    return {
        failurePolicy: "Fail",
        matchConstraints: {
            resourceRules: resources.map(([group, resources]) => ({
                apiGroups: [group],
                apiVersions: ["*"],
                operations: ["CREATE", "UPDATE"],
                resources,
            })),
        },
    };
}

function texts(values: readonly string[]): string {
    return `[${values.map(text).join(", ")}]`;
}

/** A string literal in CEL, which has the same escapes as JSON. */
function text(value: string): string {
    return JSON.stringify(value);
}
