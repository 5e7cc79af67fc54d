import { useTranslation } from "../i18n";
import type { components } from "../api/schema";
import { momentOf } from "../i18n/times";
import { Note } from "../ui/basics";
import { stateName } from "./GroupParts";
import { Facts } from "./kit";

export type Sheet = components["schemas"]["room.OpenEmergencyResponse"];

/** A member's name, emergency contact and last location. */
export function EmergencyFacts({ sheet }: { sheet: Sheet }) {
  const { t } = useTranslation("staff");
  const phone = (number: string | null) =>
    number ? <a href={`tel:${number.replace(/[^+\d]/g, "")}`}>{number}</a> : t("emergency.unknown");
  return (
    <div className="stack wide" role="status">
      <p className="lead">
        <strong>{sheet.legalName ?? t("emergency.unknown")}</strong>
      </p>
      <Facts
        items={[
          [t("emergency.phone"), phone(sheet.phone)],
          [
            t("emergency.contact"),
            sheet.emergencyContact ? (
              <>
                {sheet.emergencyContact.name} ({sheet.emergencyContact.relation}): {phone(sheet.emergencyContact.phone)}
              </>
            ) : (
              t("emergency.unknown")
            ),
          ],
          [
            t(sheet.breakGlassUntil ? "emergency.placeLast" : "emergency.place"),
            stateName(sheet.location.jurisdiction) +
              (sheet.location.attestedAt ? ` (${t("emergency.told", { when: momentOf(sheet.location.attestedAt) })})` : ""),
          ],
          [t("emergency.address"), sheet.location.address ?? t("emergency.unknown")],
          [
            t("emergency.alone"),
            sheet.alone === null ? t("emergency.unknown") : sheet.alone ? t("emergency.aloneYes") : t("emergency.aloneNo"),
          ],
        ]}
      />
      {sheet.partial && <Note look="warm">{t("emergency.partial")}</Note>}
    </div>
  );
}
