import { globSync, readFileSync } from "node:fs";

import ts from "typescript";

/** What the program says, with a gap for each value that is put in. */
export interface Message {
    readonly where: string;
    /** The words between the gaps. */
    readonly words: readonly string[];
}

const program = ["*.ts", "{checks,cli,clients,components,config,domain,explain,manifest,promotion,uninstall}/**/*.ts"];
const calls = /^(refuse|wrongUsage|problemsFound|CommandError|RunError)$/;
/** These hand on what others say. */
const passOn = ["domain/problem.ts", "cli/terminal/exit.ts"];

/** The first sentence of every refusal and failure, read from the source: what nobody has to remember to list. */
export function headlines(): Message[] {
    return sources()
        .filter(({ fileName }) => !passOn.includes(fileName))
        .flatMap((source) => {
            const said = nodesOf(source).filter((node) => ts.isCallExpression(node) || ts.isNewExpression(node));
            return said.flatMap(({ expression, arguments: [first, second] = [] }) => {
                const callee = expression.getText(source);
                const argument = callee === "CommandError" ? second : first;
                if (argument === undefined) {
                    return [];
                }
                const isError = callee === "Error" && /^(components|uninstall)\//.test(source.fileName);
                const texts = isError
                    ? sentencesOf(argument, source)
                    : calls.test(callee)
                      ? textsOf(argument, source)
                      : [];
                return texts.map((text) => message(source, firstSentence(text)));
            });
        });
}

/** What a preview or an update warns of: the lines that functions named after warnings or notes return. */
export function warnings(): Message[] {
    return sources().flatMap((source) =>
        nodesOf(source)
            .filter((node) => ts.isFunctionDeclaration(node))
            .filter(({ name }) => /(Warnings|Notes)$/.test(name?.text ?? ""))
            .flatMap(nodesOf)
            .filter((node) => ts.isTemplateExpression(node) && ts.isArrayLiteralExpression(node.parent))
            .flatMap((node) => textsOf(node as ts.Expression, source))
            .map((text) => message(source, firstSentence(text))),
    );
}

/** The patterns by which a file knows the errors of others. */
export function patterns(file: string): RegExp[] {
    return nodesOf(parse(file))
        .filter((node) => ts.isRegularExpressionLiteral(node))
        .map(({ text }) => new RegExp(text.slice(1, text.lastIndexOf("/")), "i"));
}

/** Every sentence in the files: of errors and of words that are part of one. */
export function sentences(files: string): Message[] {
    return globSync(files)
        .map(parse)
        .flatMap((source) =>
            nodesOf(source)
                .filter((node) => ts.isTemplateExpression(node) || ts.isStringLiteralLike(node))
                .flatMap((node) => textsOf(node, source))
                .filter((text) => text.split(" ").length > 3)
                .map((text) => message(source, text.trim())),
        );
}

/** Whether a text is this message with its gaps filled. */
export function fits({ words }: Message, text: string): boolean {
    const escaped = words.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${escaped.join(".+")}$`).test(text);
}

/** What a component throws reaches people as it is if it is a sentence; else it is the cause of another error. */
function sentencesOf(argument: ts.Node, source: ts.SourceFile): string[] {
    try {
        return textsOf(argument, source).filter((text) => /^[^a-z`][^]*[.:]$/m.test(text));
    } catch {
        return [];
    }
}

const gap = "\0";

function message({ fileName }: ts.SourceFile, text: string): Message {
    return { where: fileName, words: text.split(gap) };
}

/** Up to the first full stop or line end. */
function firstSentence(text: string): string {
    return /^[^]*?[.](?= |\n|$)|^.*$/m.exec(text)?.[0].split("\n")[0] ?? text;
}

/** The texts that an expression may be; fails where only a run would tell. */
function textsOf(node: ts.Node, source: ts.SourceFile): string[] {
    if (ts.isStringLiteralLike(node)) {
        return [node.text];
    }
    if (ts.isTemplateExpression(node)) {
        return [node.templateSpans.reduce((text, span) => text + within(span, source), node.head.text)];
    }
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
        const ends = textsOf(node.right, source);
        return textsOf(node.left, source).flatMap((start) => ends.map((end) => start + end));
    }
    if (ts.isConditionalExpression(node)) {
        return [node.whenTrue, node.whenFalse].flatMap((branch) => textsOf(branch, source));
    }
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
        const { expression: list } = node.expression;
        const [first] = ts.isArrayLiteralExpression(list) ? list.elements : [];
        return first === undefined ? unreadable(node, source) : textsOf(first, source);
    }
    const name = ts.isCallExpression(node) ? node.expression.getText(source) : node.getText(source);
    const declaration = nodesOf(source).find(
        (it) => (ts.isVariableDeclaration(it) || ts.isFunctionDeclaration(it)) && it.name?.getText(source) === name,
    );
    if (declaration && ts.isVariableDeclaration(declaration) && declaration.initializer) {
        return textsOf(declaration.initializer, source);
    }
    const returned = (declaration ? nodesOf(declaration) : []).filter((it) => ts.isReturnStatement(it));
    const texts = returned.flatMap(({ expression }) => (expression ? textsOf(expression, source) : []));
    return texts.length > 0 ? texts : unreadable(node, source);
}

/** A value in a template: its own words if it is a constant of the file, else a gap. */
function within({ expression, literal }: ts.TemplateSpan, source: ts.SourceFile): string {
    const constant = nodesOf(source).find(
        (it) => ts.isVariableDeclaration(it) && it.name.getText(source) === expression.getText(source),
    ) as ts.VariableDeclaration | undefined;
    const initializer = ts.isIdentifier(expression) ? constant?.initializer : undefined;
    const isText = initializer && (ts.isTemplateExpression(initializer) || ts.isStringLiteralLike(initializer));
    return (isText ? (textsOf(initializer, source)[0] ?? gap) : gap) + literal.text;
}

function unreadable(node: ts.Node, source: ts.SourceFile): never {
    throw new Error(`${source.fileName}: what ${node.getText(source)} says cannot be read from the source.`);
}

let parsed: ts.SourceFile[] | undefined;

function sources(): ts.SourceFile[] {
    return (parsed ??= globSync(program).sort().map(parse));
}

function parse(file: string): ts.SourceFile {
    return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
}

function nodesOf(node: ts.Node): ts.Node[] {
    const found: ts.Node[] = [];
    const visit = (child: ts.Node) => {
        found.push(child);
        ts.forEachChild(child, visit);
    };
    ts.forEachChild(node, visit);
    return found;
}
