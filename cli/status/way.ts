import type { Promotion } from "../history/promotions";
import { html, revisionHtml, timeHtml } from "./escaped";
import { type EnvironmentStatus, isHealthy } from "./gather";
import { comparedWords, grouped, namesOf, nextWords, promotionWords } from "./overview";
import type { ReleaseStatus } from "./releases";
import { ago } from "./words";

/** The way of the releases from the first environment to the last one, as a list of HTML; empty for one environment. */
export function wayOf(environments: readonly EnvironmentStatus[], now: Date): string {
    const stops = grouped(environments).map((group) => stopOf(group, now));
    return environments.length < 2
        ? ""
        : `<ol class="way" aria-label="The way of a release">\n${stops.join("\n")}\n</ol>`;
}

function stopOf(group: readonly EnvironmentStatus[], now: Date): string {
    const [first] = group as [EnvironmentStatus];
    const { stack, releases, promotedFrom, next } = first;
    const dot = `<span class="${isHealthy(first) ? "good" : "bad"}">●</span>`;
    const lines = Object.entries(releases).map(([name, release]) => releaseOf(name, release, promotedFrom, now));
    const words = nextWords(next);
    const isRefused = next !== undefined && "refused" in next && next.refused.length > 0;
    const then = words === "" ? "" : `<p class="${isRefused ? "busy" : ""}">next: ${html(words)}</p>`;
    return `<li><h3>${dot} <a href="#${html(stack)}">${html(namesOf(group))}</a></h3><dl>${lines.join("")}</dl>${then}</li>`;
}

function releaseOf(name: string, release: ReleaseStatus, from: string | undefined, now: Date): string {
    const { revision, behind, taken } = release;
    const words = from !== undefined && behind ? comparedWords(behind, from, now) : undefined;
    const url = behind && "url" in behind ? behind.url : undefined;
    const compared = words && linkTo(url, words);
    const released = taken && timeHtml(taken.at, promotionWords(taken, now));
    const rest = [compared, released].filter((each) => each !== undefined).map((each) => `<br>${each}`);
    return `<dt>${html(name)}</dt><dd>${revisionHtml(revision)}${rest.join("")}</dd>`;
}

/** The last promotions of an environment, as HTML; empty if there are none. */
export function historyHtml(history: readonly Promotion[], now: Date): string {
    const rows = history.map(({ at, source, from, to, kind, reason, by, succeeded, run }) => {
        const when = timeHtml(at, ago(at, now));
        const what = `${html(source)} ${html(from ?? "nothing")} → ${html(to ?? "nothing")}`;
        const outcome = `${html(kind)}${succeeded ? "" : ', <span class="bad">failed</span>'}`;
        return `<li>${when}: ${what} (${outcome}) by ${linkTo(run, by ?? "unknown")}${reason ? `: ${html(reason)}` : ""}</li>`;
    });
    return rows.length === 0 ? "" : `<details><summary>History</summary><ul>${rows.join("")}</ul></details>`;
}

/** A link to a page on the web; only the text without one. */
function linkTo(url: string | undefined, text: string): string {
    return url !== undefined && /^https?:\/\//.test(url) ? `<a href="${html(url)}">${html(text)}</a>` : html(text);
}
