import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { CircleCheck, CircleHelp, CircleX } from "lucide-react";
import { api, ApiProblem, ask } from "../api/client";
import type { components } from "../api/schema";
import { clock, timeOf, weekdayOf } from "../i18n/times";
import type { Account } from "../session/account";
import { useProfile } from "../session/profile";
import { Button, Note, useNow } from "../ui/basics";
import { Layout } from "../ui/Layout";
import { topicName } from "./GroupsPage";

type Enrollment = components["schemas"]["enrollment.EnrollmentView"];
type Decision = components["schemas"]["enrollment.DecisionView"];

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
          {group.error instanceof ApiProblem && group.error.status === 404 ? t("app.notFoundText") : t("problem.network")}
        </Note>
      )}
      {g && (
        <div className="stack wide">
          <div className="stack tight">
            <Link to="/groups">{t("groups.back")}</Link>
            <span className="badge accent">{topicName(t, g.topic)}</span>
            <h1>{g.name}</h1>
            {g.nextSessionAt && (
              <p className="lead">
                {t("groups.when", {
                  day: weekdayOf(g.nextSessionAt),
                  time: timeOf(g.nextSessionAt),
                  minutes: g.schedule.durationMinutes,
                })}
              </p>
            )}
            <div>
              <p>{g.facilitator.displayName}</p>
              <p className="soft small">{g.facilitator.credentials.join(" · ")}</p>
            </div>
          </div>
          <div className="two-columns group-columns">
            {g.program.length > 0 && (
              <section className="stack wide tight" aria-labelledby="program">
                <h2 id="program">{t("groups.program")}</h2>
                <ol className="program">
                  {g.program.map((w) => (
                    <li key={w.week}>
                      <strong>{w.title}</strong>
                      <p className="soft">{w.guidance}</p>
                    </li>
                  ))}
                </ol>
              </section>
            )}
            <Seat account={account} group={id} seatsLeft={g.seatsLeft} />
          </div>
        </div>
      )}
    </Layout>
  );
}

function Seat({ account, group, seatsLeft }: { account: Account | null; group: string; seatsLeft: number }) {
  const { t } = useTranslation();
  const member = account?.roles.includes("member") ?? false;
  const queries = useQueryClient();
  const mine = useQuery({ queryKey: ["my-enrollments"], queryFn: () => ask(api.GET("/api/me/enrollments")), enabled: member });
  const profile = useProfile(member);
  const ready = Boolean(profile.data?.residence?.state && profile.data.dateOfBirth);
  const here = useQuery({
    queryKey: ["eligibility", group],
    queryFn: () => ask(api.GET("/api/me/eligibility", { params: { query: { groupId: group } as never } })) as Promise<Decision>,
    enabled: member && ready,
  });
  const current = mine.data?.items.find((e) => e.groupId === group && e.status !== "ended");
  const reserve = useMutation({
    mutationFn: () =>
      ask(
        api.POST("/api/enrollments", { body: { groupId: group }, headers: { "Idempotency-Key": crypto.randomUUID() } }),
      ) as Promise<Enrollment>,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["my-enrollments"] }),
  });
  const refused = reserve.error instanceof ApiProblem ? (reserve.error.body.decision as Decision | undefined) : undefined;
  const decision = refused ?? here.data;
  return (
    <section className="card stack wide" aria-labelledby="can-i">
      <h2 id="can-i">{t("seat.title")}</h2>
      {!account && (
        <>
          <p>{t("seat.signIn")}</p>
          <div className="row">
            <Link className="button primary" to="/register" state={{ from: `/groups/${group}` }}>
              {t("register.submit")}
            </Link>
            <Link className="button plain" to="/sign-in" state={{ from: `/groups/${group}` }}>
              {t("signIn.submit")}
            </Link>
          </div>
        </>
      )}
      {member && profile.isSuccess && !ready && (
        <>
          <p>{t("seat.profile")}</p>
          <Link className="button primary" to="/profile" state={{ from: `/groups/${group}` }}>
            {t("profile.title")}
          </Link>
        </>
      )}
      {decision && !current && <Answer decision={decision} />}
      {member && ready && !current && decision && decision.outcome !== "deny" && (
        <>
          <p className="soft">{seatsLeft > 0 ? t("seat.hold") : t("seat.wait")}</p>
          <Button look="primary" size="large" disabled={reserve.isPending} onClick={() => reserve.mutate()}>
            {seatsLeft > 0 ? t("seat.reserve") : t("seat.waitlist")}
          </Button>
        </>
      )}
      {reserve.isError && !refused && (
        <Note look="warm" role="alert">
          {reserve.error instanceof ApiProblem && reserve.error.code !== "network" ? reserve.error.message : t("problem.network")}
        </Note>
      )}
      {current && <Current enrollment={current} onChange={() => void queries.invalidateQueries({ queryKey: ["my-enrollments"] })} />}
    </section>
  );
}

function Answer({ decision }: { decision: Decision }) {
  const { t } = useTranslation();
  const [look, icon, text] =
    decision.outcome === "deny"
      ? (["warm", <CircleX aria-hidden key="i" />, t("seat.no")] as const)
      : decision.outcome === "hold"
        ? (["", <CircleHelp aria-hidden key="i" />, t("seat.maybe")] as const)
        : (["", <CircleCheck aria-hidden key="i" />, t("seat.yes")] as const);
  return (
    <Note look={look} icon={icon} role="status">
      <strong>{text}</strong>
      <ul className="reasons">
        {decision.reasons.map((r, i) => (
          <li key={i}>{r.text}</li>
        ))}
      </ul>
      {decision.alternativeGroups.length > 0 && (
        <>
          <strong>{t("refused.alternatives")}</strong>
          <ul className="reasons">
            {decision.alternativeGroups.map((g) => (
              <li key={g.id}>
                <Link to={`/groups/${g.id}`}>{g.name}</Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </Note>
  );
}

/** What there is already: a seat, a place in the line, or a seat that waits for the consents. */
function Current({ enrollment, onChange }: { enrollment: Enrollment; onChange: () => void }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const now = useNow();
  const [given, setGiven] = useState<string[]>([]);
  const until = enrollment.seatHeldUntil ?? enrollment.offerExpiresAt;
  const confirm = useMutation({
    mutationFn: () =>
      ask(
        api.POST("/api/enrollments/{id}/confirm", {
          params: { path: { id: enrollment.id } },
          body: { consents: enrollment.consents.map((c) => ({ document: c.document, version: c.version })) },
        }),
      ),
    onSuccess: () => {
      onChange();
      void go("/");
    },
  });
  if (enrollment.status === "enrolled" || enrollment.status === "waitlisted" || enrollment.status === "held") {
    return (
      <Note icon={<CircleCheck aria-hidden />}>
        {enrollment.status === "enrolled"
          ? t("home.enrolled")
          : enrollment.status === "held"
            ? t("home.held")
            : t("home.waitlisted", { count: enrollment.waitlistPosition ?? 0 })}
        <Link to="/">{t("app.toHome")}</Link>
      </Note>
    );
  }

  return (
    <form
      className="stack wide"
      onSubmit={(e) => {
        e.preventDefault();
        confirm.mutate();
      }}
    >
      <h3>{t("seat.consents")}</h3>
      {until && <p role="timer">{t("seat.keptFor", { time: clock((new Date(until).getTime() - now) / 1000) })}</p>}
      {enrollment.consents.map((c) => (
        <div key={c.document} className="consent">
          <details>
            <summary>{c.title}</summary>
            <p className="consent-text">{c.text}</p>
          </details>
          <label className="choice">
            <input
              type="checkbox"
              checked={given.includes(c.document)}
              onChange={(e) => setGiven((g) => (e.target.checked ? [...g, c.document] : g.filter((d) => d !== c.document)))}
            />
            <span>{t("seat.agree", { title: c.title })}</span>
          </label>
        </div>
      ))}
      {confirm.isError && (
        <Note look="warm" role="alert">
          {confirm.error instanceof ApiProblem && confirm.error.code !== "network" ? confirm.error.message : t("problem.network")}
        </Note>
      )}
      <Button type="submit" look="primary" size="large" disabled={confirm.isPending || given.length < enrollment.consents.length}>
        {t("seat.confirm")}
      </Button>
    </form>
  );
}
