import assert from "node:assert/strict";

import { BadSubstitution, substituted } from "../../../cli/tools/variables";

const variables = { A: "abcABC", B: "", URL: "https://a.b/c/d" };

/** Each result is that of Flux's own package, github.com/fluxcd/pkg/envsubst v1.7.1. */
const results: Readonly<Record<string, string>> = {
    "${A} $A $$A $${A} $$${A} $(A) $": "abcABC $A $A ${A} $abcABC $(A) $",
    "${NOT_SET}": "",
    "${A:-x} ${B:-x} ${B:=${A}} ${C:?err} ${A:+y}": "abcABC x abcABC err abcABC",
    "${A=z} ${B=z} ${B:-a$$b} ${B:-a:b} ${B:-}": "abcABC z a$$b a:b ",
    "${#A} ${A^} ${A^^} ${A,} ${A,,}": "6 AbcABC ABCABC abcABC abcabc",
    "${A:1} ${A:1:2} ${A:0:-1} ${A:9} ${A:1:99} ${A:x}": "bcABC bc abcAB  bcABC abcABC",
    "${A/b/X} ${A//b/X} ${A/#ab/X} ${A/%BC/X} ${A/b/}": "aXcABC aXcABC XcABC abcAX acABC",
    "${A#a} ${A%C} ${A%%B*} ${URL##*/} ${URL#*/} ${URL%/*}": "bcABC abcAB abcA d /a.b/c/d https://a.b/c",
    "${URL/\\//-} {{ $x }} ${B:-{}}": "https:-/a.b/c/d {{ $x }} {}",
};

const refused = ["${A-x}", "${}", "${A", "${A b}", "${ A}", "${A/b}", "${a.b}", "${A^x}", "${#}"];

describe("The variables of a Kustomization", () => {
    for (const [text, expected] of Object.entries(results)) {
        it(`make of ${text} what Flux makes of it`, () => {
            assert.equal(substituted(text, variables), expected);
        });
    }

    for (const text of refused) {
        it(`are refused in ${text}, as by Flux`, () => {
            assert.throws(() => substituted(text, variables), BadSubstitution);
        });
    }
});
