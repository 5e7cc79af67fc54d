import { useState } from "react";
import { useTranslation } from "../i18n";
import { Button, Dialog, Field } from "../ui/basics";
import { useAct, type Room } from "./useRoom";

/** Another name for the rest of the session. */
export function RenameDialog({ room, alias, onClose }: { room: Room; alias: string; onClose: () => void }) {
  const { t } = useTranslation();
  const act = useAct();
  const [name, setName] = useState(alias);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("controls.rename")} text={t("controls.renameText")}>
      <form
        className="stack wide"
        onSubmit={async (e) => {
          e.preventDefault();
          if (await act(() => room.client.call("Rename", { alias: name.trim(), participantId: null }))) {
            onClose();
          }
        }}
      >
        <Field label={t("join.nameTitle")}>
          {(ids) => (
            <input {...ids} className="input" autoComplete="off" maxLength={40} value={name} onChange={(e) => setName(e.target.value)} />
          )}
        </Field>
        <div className="row end">
          <Button look="quiet" onClick={onClose}>
            {t("app.cancel")}
          </Button>
          <Button type="submit" look="primary" disabled={!name.trim() || name.trim() === alias}>
            {t("controls.renameYes")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
