import { History } from "lucide-react";
import { useTranslation } from "../i18n";
import type { Kept } from "../session/drafts";
import { Button, Note } from "./basics";

/** Says that a form began with what had been typed before, and offers to begin anew. */
export function DraftNote({ kept }: { kept: Kept }) {
  const { t } = useTranslation();
  return kept.restored ? (
    <Note icon={<History aria-hidden />} role="status">
      <span>{t("draft.kept")}</span>
      {kept.behind && <strong>{t("draft.behind")}</strong>}
      <div>
        <Button look="plain" onClick={kept.startOver}>
          {t("draft.startOver")}
        </Button>
      </div>
    </Note>
  ) : null;
}
