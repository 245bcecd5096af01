import type { LucideIcon } from "lucide-preact";
import { MessageSquareText } from "lucide-preact";
import { t } from "./i18n/en.ts";
import type { Load } from "./ui/Lazy.tsx";

interface PageEntry {
  path: string;
  label: string;
  icon: LucideIcon;
  load: Load;
}

/**
 * pages is the whole route table, in the order of the sidebar. A new page is one folder under
 * pages/, one line here and one line among the entry points of build.mjs.
 */
export const pages: PageEntry[] = [
  {
    path: "/playground",
    label: t.nav.playground,
    icon: MessageSquareText,
    load: () => import("./pages/playground/Playground.tsx"),
  },
];
