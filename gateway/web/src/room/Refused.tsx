import type { JoinRefused } from "@grouptherapy/room-client";
import { useEffect } from "react";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { reasonText } from "../i18n/reasons";
import { relative, timeOf } from "../i18n/times";
import { Button, Note, useNow } from "../ui/basics";

interface Decision {
  outcome: string;
  reasons: { code: string; jurisdiction?: string | null; text: string; citation: string }[];
  alternativeGroups: { id: string; name: string }[];
}

const known = ["not-enrolled", "removed", "room-ended", "room-locked", "room-full", "begins-later"] as const;

/** Why a person cannot go in, and what is possible instead. */
export function Refused({ refusal, onPlace, onAgain }: { refusal: JoinRefused; onPlace: () => void; onAgain: () => void }) {
  const { t } = useTranslation();
  const problem = refusal.problem as { detail?: string; decision?: Decision; opensAt?: string };

  if (refusal.code === "room-not-open" && problem.opensAt) {
    return <Early opensAt={problem.opensAt} onAgain={onAgain} />;
  }

  if (refusal.code === "not-eligible" && problem.decision) {
    return <NotEligible decision={problem.decision} onPlace={onPlace} />;
  }

  if (refusal.code === "signed-out") {
    return (
      <div className="card stack">
        <h1>{t("refused.signed-out")}</h1>
        <p>{t("signIn.ended")}</p>
        <a className="button primary" href="/sign-in">
          {t("signIn.submit")}
        </a>
      </div>
    );
  }

  const code = known.find((k) => k === refusal.code);
  return (
    <div className="card stack" role="alert">
      <h1>{code ? t(`refused.${code}`) : t("refused.other")}</h1>
      <p>{code ? t(`refused.${code}Text`) : problem.detail}</p>
      <div className="row">
        {(code === "room-locked" || code === "room-full" || !code) && (
          <Button look="primary" onClick={onAgain}>
            {t("app.tryAgain")}
          </Button>
        )}
        <Link className="button plain" to="/">
          {t("app.toHome")}
        </Link>
      </div>
    </div>
  );
}

function Early({ opensAt, onAgain }: { opensAt: string; onAgain: () => void }) {
  const { t } = useTranslation();
  const now = useNow();
  const at = new Date(opensAt).getTime();
  const due = now >= at;
  useEffect(() => {
    if (due) {
      // Not everybody in the same instant.
      const timer = setTimeout(onAgain, Math.random() * 1500);
      return () => clearTimeout(timer);
    }
  }, [due, onAgain]);
  return (
    <div className="card stack">
      <h1>{t("refused.room-not-open")}</h1>
      <p>{t("refused.room-not-openText", { time: timeOf(opensAt), when: relative(at, now) })}</p>
      <Link className="button plain" to="/">
        {t("app.toHome")}
      </Link>
    </div>
  );
}

function NotEligible({ decision, onPlace }: { decision: Decision; onPlace: () => void }) {
  const { t } = useTranslation();
  const held = decision.outcome === "hold";
  return (
    <div className="card stack wide" role="alert">
      <h1>{held ? t("refused.hold") : t("refused.not-eligible")}</h1>
      {held ? <p>{t("refused.holdText")}</p> : <Note>{t("refused.not-eligible-keep")}</Note>}
      <h2>{t("refused.reasons")}</h2>
      <ul className="stack tight wide">
        {decision.reasons.map((r, i) => (
          <li key={i}>
            {reasonText(r)}
            {r.citation && (
              <details className="small soft">
                <summary>{t("refused.source")}</summary>
                {r.citation}
              </details>
            )}
          </li>
        ))}
      </ul>
      {decision.alternativeGroups.length > 0 && (
        <>
          <h2>{t("refused.alternatives")}</h2>
          <ul>
            {decision.alternativeGroups.map((g) => (
              <li key={g.id}>
                <Link to={`/groups/${g.id}`}>{g.name}</Link>
              </li>
            ))}
          </ul>
        </>
      )}
      <div className="row">
        <Button look="primary" onClick={onPlace}>
          {t("refused.otherPlace")}
        </Button>
        <Link className="button plain" to="/">
          {t("app.toHome")}
        </Link>
      </div>
    </div>
  );
}
