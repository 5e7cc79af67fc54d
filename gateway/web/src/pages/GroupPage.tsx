import { useQuery } from "@tanstack/react-query";
import { practiceLanguage, useTranslation } from "../i18n";
import { Link, useParams } from "../ui/address";
import { api, ApiProblem, ask } from "../api/client";
import { MapPin } from "lucide-react";
import { credentialText } from "../i18n/places";
import { dayName, sameClock, timeOf, weekdayOf } from "../i18n/times";
import type { Account } from "../session/account";
import { Note } from "../ui/basics";
import { Layout } from "../ui/Layout";
import { refusalText } from "./refusals";
import { Seat } from "./Seat";
import { topicName } from "./topics";

/** One group: when, who leads, the programme, whether one may join, and the way to a seat. */
export function GroupPage({ account }: { account: Account | null }) {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const group = useQuery({ queryKey: ["group", id], queryFn: () => ask(api.GET("/api/groups/{id}", { params: { path: { id } } })) });
  const g = group.data;
  return (
    <Layout account={account} title={t("groups.title")}>
      {group.isPending && <div className="skeleton hero" aria-busy="true" />}
      {group.isError && (
        <Note role="alert">
          {group.error instanceof ApiProblem && group.error.status === 404 ? t("app.notFoundText") : refusalText(t, group.error)}
        </Note>
      )}
      {g && (
        <div className="stack wide">
          <div className="stack tight">
            <Link to="/groups">{t("groups.back")}</Link>
            <span className="badge accent">{topicName(g.topic)}</span>
            <h1 lang={practiceLanguage}>{g.name}</h1>
            {g.nextSessionAt && (
              <p className="lead">
                {t(sameClock(g.nextSessionAt, g.schedule.timeZone) ? "groups.whenHere" : "groups.when", {
                  day: weekdayOf(g.nextSessionAt),
                  time: timeOf(g.nextSessionAt),
                  minutes: g.schedule.durationMinutes,
                })}
              </p>
            )}
            {g.nextSessionAt && !sameClock(g.nextSessionAt, g.schedule.timeZone) && (
              <p className="soft">
                {t("groups.there", { day: dayName(g.schedule.dayOfWeek), time: timeOf(g.nextSessionAt, g.schedule.timeZone) })}
              </p>
            )}
            {g.modality === "in_person" && (
              <p className="row together place">
                <MapPin aria-hidden size={20} />
                <span>
                  <strong>{t("groups.inPerson")}</strong>
                  <span className="venue">{g.venue}</span>
                </span>
              </p>
            )}
            {g.summary && <p lang={practiceLanguage}>{g.summary}</p>}
          </div>
          <div className="two-columns group-columns">
            <div className="stack wide">
              <section className="card stack tight" aria-labelledby="leads">
                <h2 id="leads">{t("groups.leads")}</h2>
                {[g.facilitator, ...g.coFacilitators].map((f) => (
                  <div key={f.id}>
                    <p>
                      <strong>{f.displayName}</strong>
                    </p>
                    <p className="soft small">{f.credentials.map(credentialText).join(" · ")}</p>
                    {account?.roles.includes("member") && (
                      <Link to={`/book/${f.id}`} state={{ name: f.displayName, practice: g.practice }}>
                        {t("groups.alone")}
                      </Link>
                    )}
                  </div>
                ))}
              </section>
              {g.program.length > 0 && (
                <section className="stack wide tight" aria-labelledby="program">
                  <h2 id="program">{t("groups.program")}</h2>
                  <ol className="plain week-list" lang={practiceLanguage}>
                    {g.program.map((w) => (
                      <li key={w.week}>
                        {w.guidance ? (
                          <details>
                            <summary>
                              <span className="count">{w.week}</span>
                              {w.title}
                            </summary>
                            <p className="week-body soft">{w.guidance}</p>
                          </details>
                        ) : (
                          <p className="row together week-title">
                            <span className="count">{w.week}</span>
                            {w.title}
                          </p>
                        )}
                      </li>
                    ))}
                  </ol>
                </section>
              )}
            </div>
            <Seat account={account} group={g} />
          </div>
        </div>
      )}
    </Layout>
  );
}
