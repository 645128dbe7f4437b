const size = { width: 1180, height: 1330 };

/** A page of `fluxcd status --html`, as an SVG that a document can show: its style and its body, in a frame. */
export function pagePicture(title: string, html: string): string {
    const { width, height } = size;
    const [, style = ""] = /<style>([^]*?)<\/style>/.exec(html) ?? [];
    const [, body = ""] = /<body>([^]*?)<\/body>/.exec(html) ?? [];
    const page = style.replace(/^body \{/m, ".page {");
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${title}</title>
<foreignObject width="100%" height="100%">
<div xmlns="http://www.w3.org/1999/xhtml" class="page"><style>${page} .page { height: 100%; overflow: hidden; }</style>${body}</div>
</foreignObject>
</svg>
`;
}
