import { BookOpen, CircleAlert, CircleCheck, CircleDashed, LogOut, Monitor, Moon, Sun } from "lucide-preact";
import { Link, useLocation } from "wouter-preact";
import { base } from "../api/base.ts";
import { call } from "../api/client.ts";
import { t } from "../i18n/en.ts";
import { pages } from "../router.ts";
import { reach, version } from "../state/health.ts";
import { csrfToken, signedOut } from "../state/session.ts";
import { nextTheme, theme } from "../state/theme.ts";

const themeIcons = { system: Monitor, light: Sun, dark: Moon };
const healthIcons = { unknown: CircleDashed, running: CircleCheck, unwell: CircleAlert, unreachable: CircleAlert };

/** Navigation lists the pages there are, and below them what concerns the whole Space. */
export function Navigation() {
  const [here] = useLocation();
  return (
    <>
      <nav aria-label={t.nav.main}>
        <ul class="nav-list">
          {pages.map(({ path, label, icon: Icon }) => {
            const current = here === path || here.startsWith(`${path}/`);
            return (
              <li key={path}>
                <Link href={path} class="nav-item" aria-current={current ? "page" : undefined}>
                  <Icon size={18} aria-hidden="true" />
                  <span>{label}</span>
                </Link>
              </li>
            );
          })}
        </ul>
      </nav>
      <div class="nav-foot">
        <HealthLine />
        <ThemeSwitch />
        <a class="nav-item" href={`${base}/docs`}>
          <BookOpen size={18} aria-hidden="true" />
          <span>{t.nav.docs}</span>
        </a>
        {csrfToken.value && (
          <button type="button" class="nav-item" onClick={() => void signOut()}>
            <LogOut size={18} aria-hidden="true" />
            <span>{t.nav.signOut}</span>
          </button>
        )}
      </div>
    </>
  );
}

function HealthLine() {
  const Icon = healthIcons[reach.value];
  return (
    <p class={`nav-item health ${reach.value}`} role="status">
      <Icon size={18} aria-hidden="true" />
      <span>
        {t.health[reach.value]}
        {version.value && <small> {version.value}</small>}
      </span>
    </p>
  );
}

function ThemeSwitch() {
  const Icon = themeIcons[theme.value];
  const next = nextTheme();
  return (
    <button
      type="button"
      class="nav-item"
      aria-label={t.theme.switchTo(t.theme[theme.value], t.theme[next])}
      onClick={() => {
        theme.value = next;
      }}
    >
      <Icon size={18} aria-hidden="true" />
      <span>{t.theme[theme.value]}</span>
    </button>
  );
}

async function signOut(): Promise<void> {
  await call("DELETE /api/v1/auth/session", {}).catch(() => undefined);
  csrfToken.value = null;
  signedOut.value = true;
}
