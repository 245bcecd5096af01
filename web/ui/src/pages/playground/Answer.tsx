import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../../i18n/en.ts";
import type { Block } from "../../markdown.ts";

type Renderer = typeof import("../../markdown.ts");

interface Props {
  text: string;
  /** How many sources there are; null while that is not yet known. */
  sources: number | null;
  onSource: (number: number) => void;
}

/** Answer draws Markdown with citations that open their source. Until the renderer is here, it draws plain text. */
export function Answer({ text, sources, onSource }: Props) {
  const renderer = useRenderer();
  const onClick = (event: MouseEvent): void => {
    const chip = (event.target as Element).closest<HTMLButtonElement>("button.cite");
    if (chip) onSource(Number(chip.dataset["source"]));
  };
  if (!renderer) return <p class="plain">{text}</p>;
  return (
    <div class="prose" onClick={onClick}>
      {renderer.blocks(text).map((block, i) => (
        <Piece key={i} block={block} sources={sources} />
      ))}
    </div>
  );
}

/** Piece draws its block again only when its text or the number of sources has changed. */
function Piece({ block, sources }: { block: Block; sources: number | null }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const fragment = block.fragment();
    for (const chip of fragment.querySelectorAll<HTMLButtonElement>("button.cite")) settle(chip, sources);
    place.current?.replaceChildren(fragment);
  }, [block.raw, sources]);
  return <div ref={place} class="piece" />;
}

/** settle names a chip, rests it while the sources are on their way, and turns one without a source back into text. */
function settle(chip: HTMLButtonElement, sources: number | null): void {
  const number = Number(chip.dataset["source"]);
  chip.setAttribute("aria-label", t.sources.cite(number));
  if (sources === null) chip.disabled = true;
  else if (number < 1 || number > sources) chip.replaceWith(`[${number}]`);
}

let fetched: Renderer | null = null;

function useRenderer(): Renderer | null {
  const [renderer, setRenderer] = useState(fetched);
  useEffect(() => {
    if (renderer) return;
    void import("../../markdown.ts").then(
      (module) => {
        fetched = module;
        setRenderer(module);
      },
      () => undefined,
    );
  }, []);
  return renderer;
}
