import { useQuery } from "@tanstack/react-query";
import { practiceLanguage, useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { Armchair } from "lucide-react";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { clock, dayOf, timeOf } from "../i18n/times";
import { Note, useNow } from "../ui/basics";

type Enrollment = components["schemas"]["enrollment.EnrollmentView"];

export const useMyEnrollments = (enabled: boolean) =>
  useQuery({
    queryKey: ["my-enrollments"],
    queryFn: () => ask(api.GET("/api/me/enrollments")),
    select: (page) => page.items,
    refetchInterval: 60_000,
    enabled,
  });

const answers = new Set(["reserved", "offered"]);

/** Seats that wait for one's answer: nothing on the page is more pressing. */
export function OpenAnswers() {
  const { t } = useTranslation();
  const mine = useMyEnrollments(true);
  return (mine.data ?? [])
    .filter((e) => answers.has(e.status))
    .map((e) => (
      <Note key={e.id} look="warm" icon={<Armchair aria-hidden />} role="status">
        <strong>{t("home.kept")}</strong>
        <GroupLink id={e.groupId} />
        <Standing enrollment={e} />
        <Link className="button primary" to={`/groups/${e.groupId}`}>
          {t("home.take")}
        </Link>
      </Note>
    ));
}

/** One's seats and places on waitlists. */
export function MyGroups() {
  const { t } = useTranslation();
  const mine = useMyEnrollments(true);
  const items = (mine.data ?? []).filter((e) => e.status !== "ended" && !answers.has(e.status));
  if (items.length === 0) {
    return null;
  }

  return (
    <section className="stack wide tight" aria-labelledby="my-groups">
      <h2 id="my-groups">{t("home.groups")}</h2>
      <ul className="plain session-list">
        {items.map((e) => (
          <li key={e.id}>
            <div className="stack tight">
              <GroupLink id={e.groupId} />
              <Standing enrollment={e} />
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function GroupLink({ id }: { id: string }) {
  const group = useQuery({
    queryKey: ["group", id],
    queryFn: () => ask(api.GET("/api/groups/{id}", { params: { path: { id } } })),
    staleTime: 300_000,
  });
  return (
    <Link to={`/groups/${id}`} lang={practiceLanguage}>
      {group.data?.name ?? "…"}
    </Link>
  );
}

/** How it stands with a seat, in a sentence. */
export function Standing({ enrollment: e }: { enrollment: Enrollment }) {
  const { t } = useTranslation();
  const now = useNow(e.status === "reserved" ? 1000 : 30_000);
  return (
    <>
      <span className="soft">
        {e.status === "waitlisted"
          ? t("home.waitlisted", { count: e.waitlistPosition ?? 0 })
          : e.status === "offered"
            ? t("home.offered", { until: `${dayOf(e.offerExpiresAt ?? "")}, ${timeOf(e.offerExpiresAt ?? "")}` })
            : e.status === "reserved"
              ? t("home.reservedFor", { time: clock((new Date(e.seatHeldUntil ?? "").getTime() - now) / 1000) })
              : e.status === "held"
                ? t("home.held")
                : t("home.enrolled")}
      </span>
      {e.graceUntil && <Note look="warm">{t("home.grace", { until: dayOf(e.graceUntil) })}</Note>}
    </>
  );
}
