import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { CalendarPlus, ChevronRight, Copy, Eye, FileText, House, Mail, ShieldCheck, UserRound, type LucideIcon } from "lucide-react";
import { api, ask } from "../api/client";
import { dayOf, timeOf } from "../i18n/times";
import type { Account } from "../session/account";
import { Button, Field, Note, toast } from "../ui/basics";
import { Layout } from "../ui/Layout";
import { refusalText } from "./refusals";

/** Everything about oneself, one way each. */
export function MePage({ account }: { account: Account }) {
  const { t } = useTranslation();
  const member = account.roles.includes("member");
  return (
    <Layout account={account} narrow title={t("me.title")}>
      <div className="stack wide">
        <div className="stack tight">
          <h1>{t("me.title")}</h1>
          <p className="soft">
            {account.displayName} · {account.email}
          </p>
        </div>
        <ul className="plain link-list">
          {member && <LinkRow to="/profile" icon={UserRound} title={t("profile.title")} text={t("me.profileText")} />}
          {member && <LinkRow to="/me/move" icon={House} title={t("move.title")} text={t("me.moveText")} />}
          <LinkRow to="/account/security" icon={ShieldCheck} title={t("account.security")} text={t("account.securityText")} />
          <LinkRow to="/me/calendar" icon={CalendarPlus} title={t("feed.title")} text={t("me.calendarText")} />
          {member && <LinkRow to="/me/disclosures" icon={Eye} title={t("disclosures.title")} text={t("me.disclosuresText")} />}
          <LinkRow to="/me/mails" icon={Mail} title={t("mails.title")} text={t("me.mailsText")} />
          <LinkRow to="/me/data" icon={FileText} title={t("data.title")} text={t("me.dataText")} />
        </ul>
      </div>
    </Layout>
  );
}

function LinkRow({ to, icon: Icon, title, text }: { to: string; icon: LucideIcon; title: string; text: string }) {
  return (
    <li>
      <Link to={to}>
        <Icon aria-hidden />
        <span className="stack tight">
          <strong>{title}</strong>
          <span className="small soft">{text}</span>
        </span>
        <ChevronRight aria-hidden />
      </Link>
    </li>
  );
}

/** One's sessions in one's own calendar: a secret address, made and ended here. */
export function CalendarFeedPage({ account }: { account: Account }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [url, setUrl] = useState<string | null>(null);
  const feed = useQuery({ queryKey: ["calendar-feed"], queryFn: () => ask(api.GET("/api/me/calendar-feed", {})) });
  const since = feed.data?.createdAt;
  const reload = () => queries.invalidateQueries({ queryKey: ["calendar-feed"] });
  const make = useMutation({
    mutationFn: () => ask(api.POST("/api/me/calendar-feed", {})),
    onSuccess: (made) => {
      setUrl(new URL(made.url, location.origin).toString());
      return reload();
    },
  });
  const revoke = useMutation({
    mutationFn: () => ask(api.DELETE("/api/me/calendar-feed", {}) as never),
    onSuccess: () => {
      setUrl(null);
      toast(t("feed.revoked"));
      return reload();
    },
  });
  return (
    <Layout account={account} narrow title={t("feed.title")}>
      <div className="stack wide">
        <Link to="/me">{t("app.back")}</Link>
        <div className="stack tight">
          <h1>{t("feed.title")}</h1>
          <p className="soft">{t("feed.intro")}</p>
        </div>
        <section className="card stack wide" aria-label={t("feed.title")}>
          {url ? (
            <>
              <Field label={t("feed.address")} hint={t("feed.secret")}>
                {(ids) => <input {...ids} className="input" readOnly value={url} onFocus={(e) => e.target.select()} />}
              </Field>
              <div className="row">
                <Button
                  look="primary"
                  onClick={async () => {
                    await navigator.clipboard.writeText(url);
                    toast(t("feed.copied"));
                  }}
                >
                  <Copy aria-hidden />
                  {t("feed.copy")}
                </Button>
                <a className="button plain" href={url.replace(/^http/, "webcal")}>
                  {t("feed.open")}
                </a>
              </div>
              <p>{t("feed.how")}</p>
            </>
          ) : (
            <>
              <p>{t("feed.neutral")}</p>
              {since && <Note>{t("feed.since", { day: dayOf(since) })}</Note>}
              <Button look="primary" size="large" disabled={make.isPending} onClick={() => make.mutate()}>
                <CalendarPlus aria-hidden />
                {t(since ? "feed.makeNew" : "feed.make")}
              </Button>
            </>
          )}
          {(make.isError || revoke.isError) && (
            <Note look="warm" role="alert">
              {refusalText(t, make.error ?? revoke.error)}
            </Note>
          )}
        </section>
        {since && (
          <div>
            <Button look="quiet" disabled={revoke.isPending} onClick={() => revoke.mutate()}>
              {t("feed.revoke")}
            </Button>
            <p className="small soft">{t("feed.revokeText")}</p>
          </div>
        )}
      </div>
    </Layout>
  );
}

/** When a facilitator looked at one's emergency sheet, and why. */
export function DisclosuresPage({ account }: { account: Account }) {
  const { t } = useTranslation();
  const list = useQuery({
    queryKey: ["disclosures"],
    queryFn: () => ask(api.GET("/api/me/disclosures", { params: { query: { limit: 200 } } as never })),
    select: (page) => page.items,
  });
  return (
    <Layout account={account} narrow title={t("disclosures.title")}>
      <div className="stack wide">
        <Link to="/me">{t("app.back")}</Link>
        <div className="stack tight">
          <h1>{t("disclosures.title")}</h1>
          <p className="soft">{t("disclosures.intro")}</p>
        </div>
        {list.isPending && <div className="skeleton hero" aria-busy="true" />}
        {list.isError && (
          <Note look="warm" role="alert">
            {refusalText(t, list.error)}
          </Note>
        )}
        {list.data?.length === 0 && <Note role="status">{t("disclosures.none")}</Note>}
        {(list.data ?? []).map((d) => (
          <section key={d.id} className="card stack tight" aria-label={dayOf(d.at)}>
            <h2>
              {dayOf(d.at)}, {timeOf(d.at)}
            </h2>
            <p>{t("disclosures.by", { name: d.facilitator })}</p>
            {d.breakGlass && <Note look="warm">{t(`disclosures.glass_${d.role}`)}</Note>}
            <p>
              {t("disclosures.given", {
                what: d.given.map((g) => t(`disclosures.${g}` as "disclosures.phone", { defaultValue: g })).join(", "),
              })}
            </p>
            {d.reason && <p className="soft">{t("disclosures.reason", { reason: d.reason })}</p>}
          </section>
        ))}
      </div>
    </Layout>
  );
}
