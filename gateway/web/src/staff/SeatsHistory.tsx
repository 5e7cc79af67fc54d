import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "../i18n";
import { api, ask } from "../api/client";
import { Loaded, Section } from "./kit";

const SeatsPicture = lazy(() => import("./SeatsPicture"));

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

/** Seats and waitlist of a group over time. */
export function SeatsHistory({ group }: { group: string }) {
  const { t } = useTranslation("staff");
  const [days, setDays] = useState(90);
  const history = useQuery({
    queryKey: ["seats-history", group, days],
    queryFn: () => ask(api.GET("/api/groups/{id}/seats/history", { params: { path: { id: group }, query: { from: daysAgo(days) } } })),
    placeholderData: (before) => before,
  });
  return (
    <Section
      title={t("seats.title")}
      acts={
        <label className="row small">
          {t("seats.span")}
          <select className="input small-input" value={days} onChange={(e) => setDays(Number(e.target.value))}>
            <option value={30}>{t("seats.month")}</option>
            <option value={90}>{t("seats.quarter")}</option>
            <option value={364}>{t("seats.year")}</option>
          </select>
        </label>
      }
    >
      <Loaded query={history}>
        {(h) =>
          h.days.every((d) => d.taken + d.waiting + d.held === 0) ? (
            <p className="soft">{t("seats.none")}</p>
          ) : (
            <Suspense fallback={<div className="skeleton chart" />}>
              <SeatsPicture label={t("seats.title")} days={h.days} capacity={h.capacity} />
            </Suspense>
          )
        }
      </Loaded>
    </Section>
  );
}
