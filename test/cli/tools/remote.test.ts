import assert from "node:assert/strict";

import { parseRemote, repositoryHost } from "../../../cli/tools/remote";

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
});
