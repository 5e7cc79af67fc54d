import { useEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "../i18n";
import { Link, NavLink, useLocation } from "./address";
import { useQueryClient } from "@tanstack/react-query";
import { HeartHandshake, LogOut, Menu, X } from "lucide-react";
import { signOut, type Account } from "../session/account";
import { languages, speak, type Language } from "../i18n";
import { Button, fetchDialog } from "./basics";
import { CrisisHelp } from "./CrisisHelp";
import { navOf, partsOf } from "./nav";

export function CrisisButton({ compact = false, onAsk }: { compact?: boolean; onAsk?: (text: string) => Promise<void> }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        look="danger-soft"
        size={compact ? "icon" : undefined}
        aria-label={compact ? t("crisis.button") : undefined}
        onClick={() => setOpen(true)}
      >
        <HeartHandshake aria-hidden />
        {!compact && t("crisis.button")}
      </Button>
      <CrisisHelp open={open} onOpenChange={setOpen} onAsk={onAsk} />
    </>
  );
}

function LanguageChoice() {
  const { t, i18n } = useTranslation();
  return (
    <label className="row small soft">
      <span>{t("app.language")}</span>
      <select className="input language" value={i18n.language} onChange={(e) => void speak(e.target.value as Language)}>
        {Object.entries(languages).map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function SignOut() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  return (
    <Button
      look="plain"
      size="icon"
      aria-label={t("app.signOut")}
      title={t("app.signOut")}
      onClick={async () => {
        await signOut().catch(() => undefined);
        queries.clear();
        location.assign("/sign-in");
      }}
    >
      <LogOut aria-hidden />
    </Button>
  );
}

// Of this tab: the path that was shown last.
let shownBefore: string | undefined;
// Going back finds the page where it was.
let wentBack = false;
addEventListener("popstate", () => (wentBack = true));

/** The page's frame: the way to the content, the person's pages, crisis help, language. */
export function Layout({
  account,
  children,
  narrow = false,
  title,
}: {
  account: Account | null;
  children: ReactNode;
  narrow?: boolean;
  title: string;
}) {
  const { t } = useTranslation();
  const main = useRef<HTMLElement>(null);
  const menu = useRef<HTMLSpanElement>(null);
  const { pathname } = useLocation();
  const items = account ? navOf(account) : [];
  const many = items.length > 6;
  const [open, setOpen] = useState(false);
  // A new page is read from its top.
  useEffect(() => {
    // The first page begins with its skip link.
    if (shownBefore !== undefined && shownBefore !== pathname) {
      main.current?.focus({ preventScroll: true });
      if (!wentBack) {
        scrollTo({ top: 0, behavior: "instant" });
      }
    }

    wentBack = false;

    shownBefore = pathname;
    setOpen(false);
  }, [pathname]);
  useEffect(() => {
    const timer = setTimeout(fetchDialog, 5000);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    document.title = `${title} · ${t("app.name")}`;
  }, [title, t]);
  return (
    <div className={`page ${many ? "sided" : items.length > 0 ? "tabbed" : ""}`}>
      <a className="skip-link" href="#content">
        {t("app.skip")}
      </a>
      <header
        className="page-header"
        onKeyDown={(e) => {
          if (open && e.key === "Escape") {
            setOpen(false);
            menu.current?.querySelector("button")?.focus();
          }
        }}
      >
        <Link to="/" className="wordmark" aria-label={t("app.name")}>
          <img src="/icon.svg" alt="" width={32} height={32} />
          <span className="wordmark-text">{t("app.name")}</span>
        </Link>
        {items.length > 0 && (
          <nav className="page-nav" aria-label={t("nav.label")} data-open={open || undefined}>
            <div id="pages" className="page-parts">
              {(many ? partsOf(items) : [{ part: undefined, items }]).map(({ part, items: some }, i) => (
                <div key={i}>
                  {part && <p>{t(`nav.part_${part}`)}</p>}
                  <ul className="plain">
                    {some.map(({ to, text, icon: Icon, end, also }) => (
                      <li key={to}>
                        <NavLink to={to} end={end} also={also}>
                          <Icon aria-hidden />
                          <span>{t(`nav.${text}`)}</span>
                        </NavLink>
                      </li>
                    ))}
                  </ul>
                </div>
              ))}
            </div>
          </nav>
        )}
        <div className="row together header-acts">
          <CrisisButton />
          {account ? (
            <SignOut />
          ) : (
            pathname !== "/sign-in" && (
              <Link className="button plain" to="/sign-in" state={{ from: pathname }}>
                {t("signIn.submit")}
              </Link>
            )
          )}
          {many && (
            <span className="menu-button" ref={menu}>
              <Button
                look="plain"
                size="icon"
                aria-label={open ? t("nav.close") : t("nav.open")}
                aria-expanded={open}
                aria-controls="pages"
                onClick={() => {
                  setOpen(!open);
                  // The pages stand before the button: who opens them by key goes on among them.
                  requestAnimationFrame(() => !open && document.querySelector<HTMLElement>("#pages a")?.focus());
                }}
              >
                {open ? <X aria-hidden /> : <Menu aria-hidden />}
              </Button>
            </span>
          )}
        </div>
      </header>
      <main id="content" ref={main} tabIndex={-1} className={`page-main ${narrow ? "narrow" : ""}`}>
        {children}
      </main>
      <footer className="page-footer">
        <LanguageChoice />
      </footer>
    </div>
  );
}
