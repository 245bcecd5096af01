import DOMPurify from "dompurify";
import { Marked, type Token, type Tokens, type TokensList } from "marked";

// Answers are written by a model from documents that anyone may have written, so nothing in
// them is trusted: raw HTML is shown as text, what Markdown makes is sanitised, and an image
// becomes a link, because loading it would tell another host that somebody reads this.

interface Citation extends Tokens.Generic {
  type: "citation";
  numbers: number[];
}

const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const markdown = new Marked({
  gfm: true,
  renderer: {
    html: ({ text }) => escape(text),
    image: ({ href, text }) => `<a href="${escape(href)}">${escape(text || href)}</a>`,
    heading({ tokens }) {
      return `<h3>${this.parser.parseInline(tokens)}</h3>`;
    },
    checkbox: ({ checked }) => (checked ? "\u2611 " : "\u2610 "),
  },
  extensions: [
    {
      name: "citation",
      level: "inline",
      start: (text) => text.search(/\[\d/),
      tokenizer(text): Citation | undefined {
        const match = /^\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\](?![([])/.exec(text);
        if (!match?.[1]) return undefined;
        return { type: "citation", raw: match[0], numbers: match[1].split(",").map(Number) };
      },
      renderer: (token) =>
        (token as Citation).numbers
          .map((n) => `<button type="button" class="cite" data-source="${n}">${n}</button>`)
          .join(""),
    },
  ],
});

DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName !== "A") return;
  node.setAttribute("target", "_blank");
  node.setAttribute("rel", "noopener noreferrer");
});

/** A block of an answer: a paragraph, a list, a table. raw identifies it while the text grows. */
export interface Block {
  raw: string;
  fragment: () => DocumentFragment;
}

/** blocks splits Markdown so that, while it streams in, only its last block has to be drawn again. */
export function blocks(text: string): Block[] {
  const tokens = markdown.lexer(text);
  return tokens
    .filter((token) => token.type !== "space" && token.type !== "def")
    .map((token) => ({ raw: token.raw, fragment: () => draw(token, tokens.links) }));
}

function draw(token: Token, links: TokensList["links"]): DocumentFragment {
  const html = markdown.parser(Object.assign([token], { links }));
  return DOMPurify.sanitize(html, {
    RETURN_DOM_FRAGMENT: true,
    ALLOWED_TAGS: [
      "a", "b", "blockquote", "br", "button", "code", "del", "em", "h3", "hr", "i", "li", "ol", "p", "pre",
      "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
    ],
    ALLOWED_ATTR: ["href", "title", "start", "align", "type", "class", "data-source"],
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  });
}
