import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { CalendarDays, Clock } from "lucide-react";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { dayOf, deviceZone, relative, sameClock, timeOf } from "../i18n/times";
import type { Account } from "../session/account";
import { Button, Note, useNow } from "../ui/basics";
import { Layout } from "../ui/Layout";

type Session = components["schemas"]["scheduling.MySession"];
const lobbyMinutes = 15;

export function HomePage({ account }: { account: Account }) {
  const { t } = useTranslation();
  const leads = account.roles.includes("facilitator");
  const takesPart = leads || account.roles.includes("member");
  const sessions = useQuery({
    queryKey: ["my-sessions"],
    queryFn: () => ask(api.GET("/api/me/sessions")),
    refetchInterval: 30_000,
    enabled: takesPart,
  });
  const coming = (sessions.data?.items ?? []).filter((s) => s.status !== "cancelled" && s.status !== "ended");
  const [next, ...later] = coming;
  return (
    <Layout account={account} title={t("home.next")}>
      <div className="stack wide">
        <p className="hello">{t("home.hello", { name: account.displayName })}</p>
        {!takesPart && <Note>{t("home.operator")}</Note>}
        {sessions.isPending && takesPart && <div className="skeleton hero" aria-busy="true" />}
        {sessions.isError && (
          <Note look="warm" role="alert">
            <span>{t("problem.network")}</span>
            <Button look="plain" onClick={() => void sessions.refetch()}>
              {t("app.tryAgain")}
            </Button>
          </Note>
        )}
        {next && <NextSession session={next} />}
        {sessions.isSuccess && !next && (
          <div className="card stack">
            <h1>{t("home.none")}</h1>
            <p className="soft">{leads ? t("home.noneLead") : t("home.noneText")}</p>
            {!leads && (
              <Link className="button primary" to="/groups">
                {t("groups.title")}
              </Link>
            )}
          </div>
        )}
        <div className="two-columns">
          {later.length > 0 && (
            <section className="stack wide tight" aria-labelledby="later">
              <h2 id="later">{t("home.later")}</h2>
              <ul className="plain session-list">
                {later.slice(0, 4).map((s) => (
                  <li key={s.id}>
                    <div className="stack tight">
                      <strong>{s.groupName}</strong>
                      <span className="soft">
                        {dayOf(s.startsAt)}, {timeOf(s.startsAt)}
                      </span>
                    </div>
                    {s.status !== "scheduled" && <StatusBadge status={s.status} />}
                  </li>
                ))}
              </ul>
            </section>
          )}
          {account.roles.includes("member") && <MyGroups />}
        </div>
        {account.roles.includes("member") && (
          <nav className="row" aria-label={t("home.groups")}>
            <Link className="button plain" to="/groups">
              {t("groups.title")}
            </Link>
            <Link className="button plain" to="/profile">
              {t("profile.title")}
            </Link>
          </nav>
        )}
      </div>
    </Layout>
  );
}

function StatusBadge({ status }: { status: string }) {
  const { t } = useTranslation();
  const look = status === "live" || status === "open" ? "accent" : status === "held" ? "warm" : "";
  return <span className={`badge ${look}`}>{t(`home.status_${status}` as "home.status_live")}</span>;
}

function NextSession({ session }: { session: Session }) {
  const { t } = useTranslation();
  const now = useNow();
  const starts = new Date(session.startsAt).getTime();
  const lobby = starts - lobbyMinutes * 60_000;
  const running = session.status === "live" || session.status === "open" || session.status === "held";
  const open = running || now >= lobby;
  const leads = session.role !== "member";
  return (
    <section className="session-hero" aria-labelledby="next-session">
      <p className="row small">
        <CalendarDays aria-hidden size={20} />
        {leads ? t("home.tonight") : t("home.next")}
      </p>
      <h1 id="next-session">{session.groupName}</h1>
      <div className="stack tight">
        <p className="when">
          {dayOf(session.startsAt)}, {timeOf(session.startsAt)}–{timeOf(session.endsAt)}
        </p>
        {!sameClock(session.startsAt, session.timeZone) && (
          <p className="small">
            {t("home.zone", {
              time: timeOf(session.startsAt, deviceZone()),
              groupTime: timeOf(session.startsAt, session.timeZone),
            })}
          </p>
        )}
        <p className="row" role="timer">
          <Clock aria-hidden size={20} />
          <strong>
            {starts > now ? t("home.startsIn", { when: relative(starts, now) }) : t("home.startedAgo", { when: relative(starts, now) })}
          </strong>
        </p>
      </div>
      <div className="row">
        <Link className="button primary large" to={`/sessions/${session.id}`}>
          {leads ? t("home.lead") : open ? t("home.join") : t("home.prepare")}
        </Link>
        <span className="small">{open ? t("home.lobbyOpen") : t("home.lobbyOpens", { time: timeOf(lobby) })}</span>
      </div>
    </section>
  );
}

function MyGroups() {
  const { t } = useTranslation();
  const mine = useQuery({ queryKey: ["my-enrollments"], queryFn: () => ask(api.GET("/api/me/enrollments")) });
  const groups = useQuery({
    queryKey: ["groups"],
    queryFn: () => ask(api.GET("/api/groups", { params: { query: { limit: 500 } } })),
    staleTime: 300_000,
  });
  const items = (mine.data?.items ?? []).filter((e) => e.status !== "ended");
  if (items.length === 0) {
    return null;
  }

  const text = (e: (typeof items)[number]) =>
    e.status === "waitlisted"
      ? t("home.waitlisted", { count: e.waitlistPosition ?? 0 })
      : e.status === "offered"
        ? t("home.offered", { until: timeOf(e.offerExpiresAt ?? "") })
        : e.status === "reserved"
          ? t("home.reserved", { until: timeOf(e.seatHeldUntil ?? "") })
          : e.status === "held"
            ? t("home.held")
            : t("home.enrolled");
  return (
    <section className="stack wide tight" aria-labelledby="my-groups">
      <h2 id="my-groups">{t("home.groups")}</h2>
      <ul className="plain session-list">
        {items.map((e) => (
          <li key={e.id}>
            <div className="stack tight">
              <Link to={`/groups/${e.groupId}`}>{groups.data?.items.find((g) => g.id === e.groupId)?.name ?? "…"}</Link>
              <span className="soft">{text(e)}</span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
