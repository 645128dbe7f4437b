import { generator, kustomization, map, type Tree } from "./trees";

/** Trees with files that Flux leaves out of what it reads. */
export const leftOut: readonly Tree[] = [
    {
        title: "leaves out images and archives, which a kustomization may need",
        files: { [kustomization]: generator("logo.png"), "overlay/a.yaml": map("a"), "overlay/logo.png": "PNG" },
        expected: /Flux does not read overlay\/logo\.png: overlay\/logo\.png is left out by a rule/,
    },
    {
        title: "leaves out CI's folders and the files of other tools",
        files: {
            "a.yaml": map("a"),
            "cloudbuild.yaml": "steps: []\n",
            ".sops.yaml": "creation_rules: []\n",
            "x/.flux.yaml": "version: 1\n",
            ".circleci/config.yml": "jobs: {}\n",
            ".travis.yml": "language: c\n",
            "x/.goreleaser.yml": "builds: []\n",
        },
        folder: { path: "." },
        expected: ["ConfigMap a"],
    },
    {
        title: "leaves out what .sourceignore names, and then no longer images",
        files: {
            ".sourceignore": "# Comment\n/overlay/b.yaml\r\n*.md\n",
            [kustomization]: generator("logo.png"),
            "overlay/a.yaml": map("a"),
            "overlay/logo.png": "PNG",
        },
        expected: ["ConfigMap a", "ConfigMap f"],
    },
    {
        title: "says which file .sourceignore takes away",
        files: {
            ".sourceignore": "/common/\n",
            [kustomization]: "resources: [a.yaml, ../common/b.yaml]\n",
            "overlay/a.yaml": map("a"),
            "common/b.yaml": map("b"),
        },
        expected: /Flux does not read common\/b\.yaml: common is left out/,
    },
    {
        title: "applies the .sourceignore of a folder to that folder only",
        files: { "overlay/x/.sourceignore": "b.yaml\n", "overlay/x/b.yaml": map("x"), "overlay/b.yaml": map("b") },
        expected: ["ConfigMap b"],
    },
    {
        title: "applies the ignore rules of the source after those of the files",
        files: { ".sourceignore": "/overlay/*\n", "overlay/a.yaml": map("a"), "overlay/b.yaml": map("b") },
        source: { ignore: "!/overlay/a.yaml\n" },
        expected: ["ConfigMap a"],
    },
    {
        title: "brings a file of an excluded folder back, unlike git",
        files: {
            ".sourceignore": "overlay/x/\n!overlay/x/a.yaml\n",
            "overlay/x/a.yaml": map("a"),
            "overlay/x/b.yaml": map("b"),
        },
        expected: ["ConfigMap a"],
    },
    {
        title: "takes rules with stars, classes and any depth",
        files: {
            ".sourceignore": "**/draft/*.yaml\n/overlay/[a-c]?.yaml\n!ab.yaml\nover*/z/**\n",
            "overlay/draft/a.yaml": map("draft"),
            "overlay/x/draft/a.yaml": map("deep-draft"),
            "overlay/ab.yaml": map("ab"),
            "overlay/b1.yaml": map("b1"),
            "overlay/d1.yaml": map("d1"),
            "overlay/z/y/a.yaml": map("z"),
        },
        expected: ["ConfigMap ab", "ConfigMap d1"],
    },
    {
        title: "applies a folder to nothing where .sourceignore leaves out all of its files",
        files: { ".sourceignore": "*.yaml\n", "overlay/a.yaml": map("a") },
        expected: [],
    },
    {
        title: "fails for a folder that .sourceignore leaves out",
        files: { ".sourceignore": "/overlay/\n", "overlay/a.yaml": map("a") },
        expected: /Flux does not read overlay: it is left out/,
    },
    {
        title: "leaves out symbolic links to files",
        files: { "overlay/a.yaml": map("a"), "common/b.yaml": map("b") },
        links: { "overlay/b.yaml": "../common/b.yaml", "overlay/c.yaml": "/etc/hostname" },
        expected: ["ConfigMap a"],
    },
    {
        title: "says which symbolic link a kustomization needs",
        files: {
            [kustomization]: "resources: [base]\n",
            "base/kustomization.yaml": "resources: [a.yaml]\n",
            "base/a.yaml": map("a"),
        },
        links: { "overlay/base": "../base" },
        expected: /Flux does not read overlay\/base: overlay\/base is a symbolic link/,
    },
    {
        title: "fails for a folder that is a symbolic link",
        files: { "base/a.yaml": map("a") },
        links: { overlay: "base" },
        expected: /Flux does not read overlay: it is a symbolic link/,
    },
    {
        title: "reads no submodules",
        files: { [kustomization]: "resources: [a.yaml, ../vendor]\n", "overlay/a.yaml": map("a"), "vendor/": "" },
        expected: /vendor/,
    },
    {
        title: "leaves out .gitattributes, and reads the pointer of a file in Git LFS",
        files: {
            ".gitattributes": "*.txt filter=lfs diff=lfs merge=lfs -text\n",
            [kustomization]: generator("big.txt"),
            "overlay/a.yaml": map("a"),
            "overlay/big.txt": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
        },
        expected: ["ConfigMap a", "ConfigMap f"],
        contains: /version https:\/\/git-lfs/,
    },
    {
        title: "keeps line endings, keywords and exports as they were committed",
        files: {
            ".gitattributes": "* text=auto eol=crlf\n*.txt ident\noverlay/export.txt export-ignore\n",
            [kustomization]: generator("id.txt", "export.txt"),
            "overlay/a.yaml": map("a"),
            "overlay/id.txt": "one $Id$\ntwo\n",
            "overlay/export.txt": "here\n",
        },
        expected: ["ConfigMap a", "ConfigMap f"],
        contains: /one \$Id\$\n {4}two\n/,
    },
    {
        title: "takes the folders of sparseCheckout only, by the beginnings of their paths",
        files: {
            ".sourceignore": "*\n",
            "overlay/a.yaml": map("a"),
            "overlay2/b.yaml": map("b"),
            "other/c.yaml": map("c"),
        },
        source: { sparseCheckout: ["./overlay"] },
        folder: { path: "." },
        expected: ["ConfigMap a", "ConfigMap b"],
    },
    {
        title: "says what sparseCheckout leaves out",
        files: { [kustomization]: "resources: [../base/a.yaml]\n", "base/a.yaml": map("a") },
        source: { sparseCheckout: ["overlay"] },
        expected: /Flux does not read base\/a\.yaml: base is in no folder of sparseCheckout/,
    },
];
