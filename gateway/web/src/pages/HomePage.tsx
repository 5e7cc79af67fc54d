import { useQuery } from "@tanstack/react-query";
import { practiceLanguage, useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { BookOpen, NotebookPen } from "lucide-react";
import { api, ask } from "../api/client";
import { dayOf, timeOf } from "../i18n/times";
import type { Account } from "../session/account";
import { useProfile } from "../session/profile";
import { Button, Note } from "../ui/basics";
import { Layout } from "../ui/Layout";
import { MyGroups, OpenAnswers } from "./MyGroups";
import { NextSession } from "./NextSession";
import { useMySessions, type MySession } from "./mySessions";
import { refusalText } from "./refusals";
import { weekOf } from "./week";

/** A member's day: the next session and the way in, what the week is about, the groups, what waits for an answer. */
export function HomePage({ account }: { account: Account }) {
  const { t } = useTranslation();
  const sessions = useMySessions(true, 7);
  const profile = useProfile(true);
  const [next, ...later] = (sessions.data ?? []).filter((s) => s.role === "member" && s.status !== "cancelled" && s.status !== "ended");
  return (
    <Layout account={account} title={t("home.next")}>
      <div className="stack wide">
        <p className="hello">{t("home.hello", { name: account.displayName })}</p>
        {sessions.isPending && <div className="skeleton hero" aria-busy="true" />}
        {sessions.isError && (
          <Note look="warm" role="alert">
            <span>{refusalText(t, sessions.error)}</span>
            <Button look="plain" onClick={() => void sessions.refetch()}>
              {t("app.tryAgain")}
            </Button>
          </Note>
        )}
        <OpenAnswers />
        {next && <NextSession session={next} home={profile.data?.residence} />}
        {sessions.isSuccess && !next && (
          <div className="card stack">
            <h1>{t("home.none")}</h1>
            <p className="soft">{t("home.noneText")}</p>
            <Link className="button primary" to="/groups">
              {t("groups.title")}
            </Link>
          </div>
        )}
        <div className="two-columns">
          <div className="stack wide">
            {next && <ThisWeek session={next} />}
            <MyGroups />
          </div>
          {later.length > 0 && (
            <section className="stack wide tight" aria-labelledby="later">
              <h2 id="later">{t("home.later")}</h2>
              <ul className="plain session-list">
                {later.slice(0, 5).map((s) => (
                  <li key={s.id}>
                    <div className="stack tight">
                      <Link to={`/groups/${s.groupId}`} lang={practiceLanguage}>
                        {s.groupName}
                      </Link>
                      <span className="soft">
                        {dayOf(s.startsAt)}, {timeOf(s.startsAt)}
                      </span>
                    </div>
                    {s.status !== "scheduled" && <span className="badge accent">{t(`home.status_${s.status}`)}</span>}
                  </li>
                ))}
              </ul>
              <div>
                <Link className="button plain" to="/me/calendar">
                  {t("home.calendar")}
                </Link>
              </div>
            </section>
          )}
        </div>
      </div>
    </Layout>
  );
}

function ThisWeek({ session }: { session: MySession }) {
  const { t } = useTranslation();
  const group = useQuery({
    queryKey: ["group", session.groupId],
    queryFn: () => ask(api.GET("/api/groups/{id}", { params: { path: { id: session.groupId } } })),
    staleTime: 300_000,
  });
  const week = group.data && weekOf(group.data, session.localDate);
  if (!week) {
    return null;
  }

  return (
    <section className="card stack wide" aria-labelledby="this-week">
      <div className="stack tight">
        <p className="row together small soft">
          <BookOpen aria-hidden size={20} />
          {t("home.week", { week: week.week })}
        </p>
        <h2 id="this-week" lang={practiceLanguage}>
          {week.title}
        </h2>
      </div>
      <p lang={practiceLanguage}>{week.guidance}</p>
      {week.skills.length > 0 && (
        <ul className="plain row" lang={practiceLanguage}>
          {week.skills.map((s) => (
            <li key={s} className="badge accent">
              {s}
            </li>
          ))}
        </ul>
      )}
      {week.homework && (
        <Note icon={<NotebookPen aria-hidden />}>
          <strong>{t("home.homework")}</strong>
          <span lang={practiceLanguage}>{week.homework}</span>
        </Note>
      )}
    </section>
  );
}
