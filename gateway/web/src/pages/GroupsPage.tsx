import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { practiceLanguage, useTranslation } from "../i18n";
import { Link, useLocation } from "../ui/address";
import { CalendarDays, UserRound } from "lucide-react";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { states } from "../i18n/places";
import { dayName, timeOf, weekdayOf, sameClock } from "../i18n/times";
import type { Account } from "../session/account";
import { useProfile } from "../session/profile";
import { Button, Field, Note } from "../ui/basics";
import { Layout } from "../ui/Layout";
import { Meter } from "../ui/Meter";
import { refusalText } from "./refusals";
import { topicName } from "./topics";

const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

export type Group = components["schemas"]["scheduling.GroupCard"];

/** The groups that there are: by topic and by where one lives. */
export function GroupsPage({ account }: { account: Account | null }) {
  const { t } = useTranslation();
  const profile = useProfile(account?.roles.includes("member") ?? false);
  const [state, setState] = useState<string | null>(null);
  const [topic, setTopic] = useState((useLocation().state as { topic?: string } | null)?.topic ?? "");
  const [day, setDay] = useState("");
  const [free, setFree] = useState(false);
  const home = profile.data?.residence?.state ?? "";
  const place = state ?? (home in states ? home : "");
  const groups = useQuery({ queryKey: ["groups"], queryFn: () => ask(api.GET("/api/groups", { params: { query: { limit: 500 } } })) });
  const all = groups.data?.items ?? [];
  const topics = [...new Set(all.map((g) => g.topic))].sort();
  const shown = all
    .filter(
      (g) =>
        (!topic || g.topic === topic) &&
        (!place || g.offeredIn.includes(`US-${place}`)) &&
        (!day || (g.nextSessionAt !== null && weekdayOf(g.nextSessionAt) === dayName(day))) &&
        (!free || g.seatsLeft > 0),
    )
    .sort((a, b) => (a.nextSessionAt ?? "9").localeCompare(b.nextSessionAt ?? "9"));
  return (
    <Layout account={account} title={t("groups.title")}>
      <div className="stack wide">
        <div className="stack tight">
          <h1>{t("groups.title")}</h1>
          <p className="soft">{t("groups.intro")}</p>
        </div>
        <div className="filters card">
          <Field label={t("groups.state")}>
            {(ids) => (
              <select {...ids} className="input" value={place} onChange={(e) => setState(e.target.value)}>
                <option value="">{t("groups.anywhere")}</option>
                {Object.entries(states).map(([code, name]) => (
                  <option key={code} value={code}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={t("groups.topic")}>
            {(ids) => (
              <select {...ids} className="input" value={topic} onChange={(e) => setTopic(e.target.value)}>
                <option value="">{t("groups.anyTopic")}</option>
                {topics.map((one) => (
                  <option key={one} value={one}>
                    {topicName(one)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={t("groups.day")}>
            {(ids) => (
              <select {...ids} className="input" value={day} onChange={(e) => setDay(e.target.value)}>
                <option value="">{t("groups.anyDay")}</option>
                {days.map((one) => (
                  <option key={one} value={one}>
                    {dayName(one)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <label className="choice small-choice">
            <input type="checkbox" checked={free} onChange={(e) => setFree(e.target.checked)} />
            <span>{t("groups.free")}</span>
          </label>
        </div>
        {groups.isPending && <div className="skeleton hero" aria-busy="true" />}
        {groups.isError && (
          <Note look="warm" role="alert">
            <span>{refusalText(t, groups.error)}</span>
            <Button look="plain" onClick={() => void groups.refetch()}>
              {t("app.tryAgain")}
            </Button>
          </Note>
        )}
        {groups.isSuccess && (
          <p role="status" className="soft">
            {shown.length === 0 ? t("groups.none") : t("groups.count", { count: shown.length })}
          </p>
        )}
        <ul className="plain group-list">
          {shown.map((g) => (
            <li key={g.id} className="card stack tight">
              <span className="row">
                <span className="badge accent">{topicName(g.topic)}</span>
                {g.modality === "in_person" && <span className="badge">{t("groups.inPerson")}</span>}
              </span>
              <h2>
                <Link to={`/groups/${g.id}`} lang={practiceLanguage}>
                  {g.name}
                </Link>
              </h2>
              {g.nextSessionAt && (
                <p className="row together">
                  <CalendarDays aria-hidden size={20} />
                  {t(sameClock(g.nextSessionAt, g.schedule.timeZone) ? "groups.whenHere" : "groups.when", {
                    day: weekdayOf(g.nextSessionAt),
                    time: timeOf(g.nextSessionAt),
                    minutes: g.schedule.durationMinutes,
                  })}
                </p>
              )}
              <p className="row together soft">
                <UserRound aria-hidden size={20} />
                {g.facilitator.displayName}
              </p>
              <Meter
                value={g.capacity - g.seatsLeft}
                of={g.capacity}
                text={g.seatsLeft > 0 ? t("groups.seats", { count: g.seatsLeft }) : t("groups.full")}
              />
            </li>
          ))}
        </ul>
      </div>
    </Layout>
  );
}
