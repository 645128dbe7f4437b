import type { ObjectStatus } from "./assess";
import type { Credential } from "./credentials";
import { type EnvironmentStatus, isHealthy, type NextRelease } from "./gather";
import { html, revisionHtml, timeHtml } from "./escaped";
import { historyHtml, wayOf } from "./way";
import { ago, controllerWords, credentialWords, objectsOf, wish, wordsOf } from "./words";

/** All environments on one self-contained page: it loads no scripts, fonts or images. */
export function asHtml(environments: readonly EnvironmentStatus[], at: Date): string {
    const ill = environments.filter((it) => !isHealthy(it)).map(({ stack }) => stack);
    const verdict = ill.length === 0 ? "All environments are healthy" : `Not healthy: ${ill.join(", ")}`;
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${html(verdict)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1 class="${ill.length === 0 ? "good" : "bad"}">${html(verdict)}</h1>
<p>As of <time datetime="${at.toISOString()}">${at
        .toISOString()
        .replace("T", " ")
        .replace(/\.\d+Z$/, " UTC")}</time></p>
</header>
<main>
${wayOf(environments, at)}
${environments.map((it) => section(it, at)).join("\n")}
</main>
</body>
</html>
`;
}

function section(it: EnvironmentStatus, now: Date): string {
    const { stack, cluster, credentials, history, next } = it;
    const dot = `<span class="${isHealthy(it) ? "good" : "bad"}">●</span>`;
    const rest = `${credentialsOf(credentials, now)}${nextOf(next)}${historyHtml(history, now)}`;
    const id = html(stack);
    if ("unknown" in cluster) {
        return `<section id="${id}"><h2>${dot} ${id}</h2><p class="bad">${html(cluster.unknown)}</p>${rest}</section>`;
    }
    const { words, good } = controllerWords(cluster.controllers);
    return `<section id="${id}">
<h2>${dot} ${id} <small>Kubernetes ${html(cluster.kubernetes)}, <span class="${good ? "" : "bad"}">${html(words)}</span></small></h2>
<div class="sources">
${objectsOf(cluster)
    .map(([name, status]) => article(name, status, now))
    .join("\n")}
</div>
${rest}
</section>`;
}

function article(name: string, status: ObjectStatus, now: Date): string {
    const { kind, state, inOrder: good, wanted, since, fix, unknownHealth } = status;
    const rows = [
        ["wanted", revisionHtml(wish(wanted))],
        [kind === "GitRepository" ? "fetched" : "applied", revisionHtml(status.revision)],
        ...(since === undefined ? [] : [["since", timeHtml(since, ago(since, now))]]),
    ];
    const tone = good ? "good" : state === "reconciling" ? "busy" : "bad";
    const words = wordsOf(status);
    const warning = unknownHealth
        ? `<p class="busy">${html(unknownHealth.message)}</p>${fixOf(unknownHealth.fix)}`
        : "";
    return `<article>
<h3>${html(`${kind} ${name}`)} <span class="state ${tone}">${state}</span></h3>
<dl>${rows.map(([term, value]) => `<dt>${term ?? ""}</dt><dd>${value ?? ""}</dd>`).join("")}</dl>
${words.map((word) => `<p class="${good ? "" : "bad"}">${html(word)}</p>`).join("")}${fixOf(words.length > 0 ? fix : undefined)}${warning}
</article>`;
}

function credentialsOf(credentials: readonly Credential[], now: Date): string {
    const tones = { good: "", unknown: "", ending: "busy", ended: "bad" };
    const rows = credentials.map((it) => {
        const words = `<span class="${tones[it.state]}">${html(credentialWords(it, now))}</span>`;
        return `<dt>${html(it.name)}</dt><dd>${words}${fixOf(it.fix)}</dd>`;
    });
    return rows.length === 0 ? "" : `<dl class="credentials">${rows.join("")}</dl>`;
}

function fixOf(fix: string | undefined): string {
    return fix === undefined ? "" : `<pre>${html(fix)}</pre>`;
}

function nextOf(next: NextRelease | undefined): string {
    if (next === undefined) {
        return "";
    }
    if ("unknown" in next) {
        return `<p>Next release: unknown: ${html(next.unknown)}</p>`;
    }
    if (next.upToDate) {
        return `<p>Next release: none, it already has the release of ${html(next.from)}</p>`;
    }
    const tags = [...new Set(Object.values(next.tags))].join(", ");
    const reasons = next.refused.map(
        ({ refusal, key, expected }) => `<li>${html(refusal ?? key)}: ${html(expected)}</li>`,
    );
    const verdict = reasons.length === 0 ? "may pass" : "refused:";
    return `<p>Next release: ${html(tags)} from ${html(next.from)}, ${verdict}</p>${reasons.length === 0 ? "" : `<ul>${reasons.join("")}</ul>`}`;
}

const style = `
:root { color-scheme: light dark; --line: light-dark(#d0d7de, #3d444d); --panel: light-dark(#f6f8fa, #151b23);
  --good: light-dark(#1a7f37, #3fb950); --busy: light-dark(#9a6700, #d29922); --bad: light-dark(#cf222e, #ff7b72); }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 72rem;
  background: light-dark(#fff, #0d1117); color: light-dark(#1f2328, #f0f6fc); }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.2rem; margin: 0 0 .5rem; } h3 { font-size: 1rem; margin: 0 0 .5rem; }
small { font-weight: normal; font-size: .85rem; }
.way { list-style: none; display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0; padding: 0; }
.way li { flex: 1 1 16rem; min-width: 0; border-left: .25rem solid var(--line); padding-left: .75rem; }
a { color: inherit; } details { margin-top: .75rem; font-size: .9rem; }
section { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 1rem 0; }
.sources { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem; }
article { background: var(--panel); border-radius: .5rem; padding: .75rem; min-width: 0; }
.credentials { margin-top: .75rem; font-size: .9rem; }
dl { display: grid; grid-template-columns: fit-content(45%) 1fr; gap: .1rem .75rem; margin: 0; } dd { margin: 0; min-width: 0; }
code, pre { font: .85rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; border: 1px solid var(--line); border-radius: .25rem; padding: .5rem; margin: .5rem 0 0; }
p { margin: .5rem 0 0; overflow-wrap: anywhere; } ul { margin: .25rem 0 0; }
.state { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .5rem; font-size: .8rem; font-weight: normal; }
.good { color: var(--good); } .busy { color: var(--busy); } .bad { color: var(--bad); }
`;
