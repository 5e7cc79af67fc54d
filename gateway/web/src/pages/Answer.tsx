import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { CircleCheck, CircleHelp, CircleX } from "lucide-react";
import type { components } from "../api/schema";
import { reasonText } from "../i18n/reasons";
import { Note } from "../ui/basics";
import { conditionText } from "./refusals";

export type Decision = components["schemas"]["enrollment.DecisionView"];

/** A decision for the one it is about: the answer, why, and what is possible instead. */
export function Answer({ decision, topic }: { decision: Decision; topic?: string }) {
  const { t } = useTranslation();
  const [look, icon, text, next] =
    decision.outcome === "deny"
      ? (["warm", <CircleX aria-hidden key="i" />, t("seat.no"), t("seat.noText")] as const)
      : decision.outcome === "hold"
        ? (["", <CircleHelp aria-hidden key="i" />, t("seat.maybe"), null] as const)
        : (["", <CircleCheck aria-hidden key="i" />, t("seat.yes"), null] as const);
  return (
    <Note look={look} icon={icon} role="status">
      <strong>{text}</strong>
      {next && <span>{next}</span>}
      <ul className="reasons">
        {decision.reasons.map((r, i) => (
          <li key={i}>{reasonText(r)}</li>
        ))}
        {decision.conditions.map((c) => (
          <li key={c}>{conditionText(c)}</li>
        ))}
      </ul>
      {decision.alternativeGroups.length > 0 && (
        <>
          <strong>{t("seat.alternatives")}</strong>
          <ul className="reasons">
            {decision.alternativeGroups.map((g) => (
              <li key={g.id}>
                <Link to={`/groups/${g.id}`}>{g.name}</Link>
              </li>
            ))}
          </ul>
        </>
      )}
      {decision.outcome === "deny" && decision.alternativeGroups.length === 0 && (
        <Link to="/groups" state={{ topic }}>
          {t("seat.otherGroups")}
        </Link>
      )}
    </Note>
  );
}
