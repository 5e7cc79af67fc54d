import { useTranslation } from "../i18n";
import { reasonText } from "../i18n/reasons";
import { useNames, type Reason } from "./data";

/** Why a decision came out as it did: each reason with its place, the rule and where it is written. */
export function Reasons({ reasons, whole = false }: { reasons: Reason[]; whole?: boolean }) {
  const { t } = useTranslation("staff");
  const names = useNames();
  return (
    <ul className={`plain reason-list ${whole ? "whole" : ""}`}>
      {reasons.map((r, i) => (
        <li key={i}>
          <p>{reasonText(r)}</p>
          <p className="small soft">
            {[r.jurisdiction && names.place(r.jurisdiction), r.citation].filter(Boolean).join(" · ")}
            {whole && (
              <>
                {" · "}
                {t("decisions.rule", { rule: r.rule })} <code>{r.code}</code>
              </>
            )}
          </p>
        </li>
      ))}
    </ul>
  );
}
