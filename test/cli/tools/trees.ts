import type { Content } from "../../../cli/tools/artifact";
import type { Folder } from "../../../cli/tools/render";

/** A tree, and what Flux makes of one of its folders. */
export interface Tree {
    readonly title: string;
    /** Text by path. A folder that ends with `/` is a submodule. */
    readonly files: Readonly<Record<string, string>>;
    /** The targets of symbolic links by path. */
    readonly links?: Readonly<Record<string, string>>;
    readonly folder?: Partial<Folder>;
    readonly source?: Partial<Content>;
    /** The objects as `<kind> <namespace>/<name>`, or what the failure says. */
    readonly expected: readonly string[] | RegExp;
    /** A part of the manifests. */
    readonly contains?: RegExp;
}

/** A ConfigMap. */
export const map = (name: string, data = "a: b") =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { ${data} }\n`;
export const kustomization = "overlay/kustomization.yaml";
/** A kustomization of one manifest, and of files that become a ConfigMap. */
export const generator = (...files: string[]) =>
    `resources: [a.yaml]\nconfigMapGenerator: [{ name: f, files: [${files.join(", ")}] }]\ngeneratorOptions: { disableNameSuffixHash: true }\n`;
const patch = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { patched: yes-it-is }\n";

/** Trees and folders as people have them. */
export const folders: readonly Tree[] = [
    {
        title: "makes a kustomization of all manifests if there is none",
        files: { "overlay/b.yaml": map("b"), "overlay/a.yml": map("a"), "overlay/README.md": "# No manifest" },
        expected: ["ConfigMap a", "ConfigMap b"],
    },
    {
        title: "takes the manifests of sub-folders at any depth, and hidden ones",
        files: { "overlay/x/y/a.yaml": map("a"), "overlay/.hidden/b.yaml": map("b"), "overlay/.c.yaml": map("c") },
        expected: ["ConfigMap c", "ConfigMap b", "ConfigMap a"],
    },
    {
        title: "takes a sub-folder with a kustomization as one resource",
        files: {
            "overlay/x/kustomization.yml": "namePrefix: x-\nresources: [a.yaml]\n",
            "overlay/x/a.yaml": map("a"),
            "overlay/x/not-listed.yaml": map("b"),
            "overlay/y/Kustomization": "resources: [c.yaml]\n",
            "overlay/y/c.yaml": map("c"),
        },
        expected: ["ConfigMap x-a", "ConfigMap c"],
    },
    {
        title: "takes the root of a repository without a kustomization",
        files: { "a.yaml": map("a"), "sub/b.yaml": map("b"), ".github/workflows/ci.yaml": "on: push\n" },
        folder: { path: "./" },
        expected: ["ConfigMap a", "ConfigMap b"],
    },
    {
        title: "makes nothing of a folder without manifests",
        files: { "overlay/README.md": "# Soon" },
        expected: [],
    },
    {
        title: "makes nothing of a kustomization without resources, which kustomize refuses",
        files: { [kustomization]: "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n" },
        expected: [],
    },
    {
        title: "builds a kustomization that has generators only",
        files: {
            [kustomization]:
                "configMapGenerator: [{ name: f, literals: [a=b] }]\ngeneratorOptions: { disableNameSuffixHash: true }\n",
        },
        expected: ["ConfigMap f"],
    },
    {
        title: "takes no JSON",
        files: { "overlay/a.yaml": map("a"), "overlay/b.json": '{"kind":"List"}' },
        expected: ["ConfigMap a"],
    },
    {
        title: "takes several documents of a file, and a file with comments only",
        files: { "overlay/a.yaml": `${map("a")}---\n${map("b")}`, "overlay/empty.yaml": "# Soon\n" },
        expected: ["ConfigMap a", "ConfigMap b"],
    },
    {
        title: "fails for YAML that is no manifest",
        files: { "overlay/a.yaml": map("a"), "overlay/values.yaml": "replicas: 2\n" },
        expected: /values\.yaml/,
    },
    {
        title: "fails for a component among the sub-folders",
        files: {
            "overlay/a.yaml": map("a"),
            "overlay/c/kustomization.yaml":
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: c-\n",
        },
        expected: /expected kind != 'Component'/,
    },
    {
        title: "follows a component that a kustomization lists",
        files: {
            [kustomization]: "resources: [a.yaml]\ncomponents: [../component]\n",
            "overlay/a.yaml": map("a"),
            "component/kustomization.yaml":
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: c-\n",
        },
        expected: ["ConfigMap c-a"],
    },
    {
        title: "fails for a folder that is not there",
        files: { "other/a.yaml": map("a") },
        expected: /there is no such folder/,
    },
    {
        title: "reads files above the folder",
        files: {
            [kustomization]:
                "resources: [../common/a.yaml, ../../overlay/../common/b.yaml]\npatches: [{ path: ../patch.yaml }]\n",
            "common/a.yaml": map("a"),
            "common/b.yaml": map("b"),
            "patch.yaml": patch,
        },
        expected: /\.\.\/\.\.\/overlay\/\.\.\/common\/b\.yaml is outside the repository/,
    },
    {
        title: "reads a file of a base's neighbor",
        files: {
            "deep/er/overlay/kustomization.yaml": "resources: [../../base]\n",
            "deep/base/kustomization.yaml":
                "resources: [../../shared/a.yaml]\npatches: [{ path: ../../shared/patch.yaml }]\n",
            "shared/a.yaml": map("a"),
            "shared/patch.yaml": patch,
        },
        folder: { path: "./deep/er/overlay" },
        expected: ["ConfigMap a"],
        contains: /patched: yes-it-is/,
    },
    {
        title: "ignores a misspelt field of the folder's own kustomization",
        files: { [kustomization]: "resources: [a.yaml]\nresource: [b.yaml]\n", "overlay/a.yaml": map("a") },
        expected: ["ConfigMap a"],
    },
    {
        title: "reads a number as text where a field is text",
        files: {
            [kustomization]: "resources: [a.yaml]\nnamePrefix: 7\nlabels: [{ pairs: { major: 1, stable: true } }]\n",
            "overlay/a.yaml": map("a"),
        },
        expected: ["ConfigMap 7a"],
        contains: /major: "1"/,
    },
    {
        title: "fails for a misspelt field of another kustomization",
        files: {
            [kustomization]: "resources: [../base]\n",
            "base/kustomization.yaml": "resources: [a.yaml]\nresource: [b.yaml]\n",
            "base/a.yaml": map("a"),
        },
        expected: /unknown field/,
    },
    {
        title: "fails for a file outside the repository by its full path",
        files: { [kustomization]: generator("/etc/hostname"), "overlay/a.yaml": map("a") },
        expected: /\/etc\/hostname is outside the repository/,
    },
    {
        title: "fails for a base outside the repository",
        files: { [kustomization]: "resources: [../base]\n", "base/kustomization.yaml": "resources: [../../../etc]\n" },
        expected: /\.\.\/\.\.\/\.\.\/etc is outside the repository/,
    },
    {
        title: "fails for a file outside the repository that a transformer names",
        files: {
            [kustomization]: "resources: [a.yaml]\ntransformers: [t.yaml]\n",
            "overlay/a.yaml": map("a"),
            "overlay/t.yaml":
                "apiVersion: builtin\nkind: PatchTransformer\nmetadata: { name: t }\npath: ../../../p.yaml\ntarget: { kind: ConfigMap }\n",
        },
        expected: /\.\.\/\.\.\/\.\.\/p\.yaml is outside the repository/,
    },
    {
        title: "sets the target namespace over that of the kustomization",
        files: {
            [kustomization]: "namespace: other\nresources: [a.yaml]\n",
            "overlay/a.yaml": map("a"),
        },
        folder: { targetNamespace: "team" },
        expected: ["ConfigMap team/a"],
    },
    {
        title: "sets the target namespace of a folder without a kustomization",
        files: { "overlay/a.yaml": map("a") },
        folder: { targetNamespace: "team" },
        expected: ["ConfigMap team/a"],
    },
    {
        title: "replaces variables, except in an object that switches it off",
        files: {
            "overlay/a.yaml": map(
                '"a-${NAME}"',
                'url: "https://${HOST:=localhost}/$${x}", size: "${SIZE}", none: "${NO}"',
            ),
            "overlay/b.yaml":
                'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: b, annotations: { kustomize.toolkit.fluxcd.io/substitute: disabled } }\ndata: { a: "${NAME}" }\n',
        },
        folder: { substitute: { NAME: "one", SIZE: "3" } },
        expected: ["ConfigMap a-one", "ConfigMap b"],
        contains: /url: https:\/\/localhost\/\$\{x\}/,
    },
    {
        title: "keeps variables without a single value",
        files: { "overlay/a.yaml": map("a", 'a: "${NAME}"') },
        expected: ["ConfigMap a"],
        contains: /a: \$\{NAME\}/,
    },
    {
        title: "fails for a variable that no shell understands",
        files: { "overlay/a.yaml": map("a", 'a: "${NAME-x}"') },
        folder: { substitute: { NAME: "one" } },
        expected: /variable substitution failed/,
    },
];
