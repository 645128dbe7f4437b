import assert from "node:assert/strict";

import { parseRemote, repositoryHost, resolvedRemote } from "../../../cli/tools/remote";

describe("The GitHub repository of a Git remote", () => {
    const forms: Record<string, string> = {
        "https://github.com/misua/fluxcd.git": "github.com misua/fluxcd",
        "https://github.com/misua/fluxcd": "github.com misua/fluxcd",
        "https://github.com/misua/fluxcd/": "github.com misua/fluxcd",
        "https://x-access-token:secret@github.com/misua/fluxcd.git": "github.com misua/fluxcd",
        "git@github.com:misua/fluxcd.git": "github.com misua/fluxcd",
        "github.com:misua/my.repo": "github.com misua/my.repo",
        "ssh://git@github.com/misua/fluxcd.git": "github.com misua/fluxcd",
        "ssh://git@ssh.github.com:443/misua/fluxcd.git": "github.com misua/fluxcd",
        "http://127.0.0.1:31940/misua/fluxcd.git": "127.0.0.1 misua/fluxcd",
    };
    for (const [url, expected] of Object.entries(forms)) {
        it(`is read from ${url}`, () => {
            const { hostname, owner, repo } = parseRemote(url) ?? {};
            assert.equal(`${hostname ?? ""} ${owner ?? ""}/${repo ?? ""}`, expected);
        });
    }

    for (const url of [
        "/srv/git/fluxcd",
        "../fluxcd",
        "file:///srv/fluxcd",
        "https://github.com/fluxcd",
        "https://a/b/c/d",
        "",
    ]) {
        it(`is not found in ${JSON.stringify(url)}`, () => {
            assert.equal(parseRemote(url), undefined);
        });
    }

    it("has the host that belongs to the URL of the API", () => {
        assert.equal(repositoryHost("https://api.github.com/"), "github.com");
        assert.equal(repositoryHost("https://api.octo.ghe.com/"), "octo.ghe.com");
        assert.equal(repositoryHost("https://github.example.com/"), "github.example.com");
        assert.equal(repositoryHost("http://127.0.0.1:31940/"), "127.0.0.1");
    });

    const aliases: Readonly<Record<string, string>> = {
        "github-work": "user git\nhostname github.com\nport 22\n",
        "github-443": "hostname ssh.github.com\nport 443\n",
        "gh.work": "hostname GitHub.com\n",
        ghe: "hostname octocorp.ghe.com\n",
        unknown: "hostname unknown\n",
        broken: "",
    };
    for (const [url, host, expected] of [
        ["git@github-work:misua/fluxcd.git", "github.com", "github.com"],
        ["github-work:misua/fluxcd", "github.com", "github.com"],
        ["ssh://git@github-work/misua/fluxcd.git", "github.com", "github.com"],
        ["ssh://git@github-443:443/misua/fluxcd.git", "github.com", "github.com"],
        ["git@gh.work:misua/fluxcd.git", "github.com", "github.com"],
        ["git@ghe:misua/fluxcd.git", "octocorp.ghe.com", "octocorp.ghe.com"],
        ["git@octocorp.ghe.com:misua/fluxcd.git", "octocorp.ghe.com", "octocorp.ghe.com"],
        ["git@GITHUB.com:misua/fluxcd.git", "github.com", "github.com"],
        ["git@unknown:misua/fluxcd.git", "github.com", "unknown"],
        ["git@broken:misua/fluxcd.git", "github.com", "broken"],
        ["https://github-work/misua/fluxcd.git", "github.com", "github-work"],
    ] as const) {
        it(`is on the host that SSH connects to: ${url}`, async () => {
            const remote = await resolvedRemote(url, host, (name) => Promise.resolve(aliases[name] ?? ""));
            assert.deepEqual(remote, { hostname: expected, owner: "misua", repo: "fluxcd" });
        });
    }

    it("asks SSH only for another host", async () => {
        const never = () => Promise.reject(new Error("asked"));
        await resolvedRemote("git@github.com:misua/fluxcd.git", "github.com", never);
        await resolvedRemote("https://gitlab.com/misua/fluxcd.git", "github.com", never);
        assert.equal(await resolvedRemote("/srv/git/fluxcd", "github.com", never), undefined);
    });
});
