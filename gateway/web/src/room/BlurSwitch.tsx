import { useId } from "react";
import { useTranslation } from "../i18n";
import { CameraOff } from "lucide-react";
import { Button, Note } from "../ui/basics";
import type { Devices } from "./devices";

/** Asks that the room behind the person is blurred. Remembered on this device. */
export function BlurSwitch({ devices: { blur, problem } }: { devices: Devices }) {
  const { t } = useTranslation();
  const hint = useId();
  if (!blur.offered || problem?.of === "both") {
    return null;
  }

  return (
    <label className="choice">
      <input type="checkbox" role="switch" checked={blur.wanted} aria-describedby={hint} onChange={(e) => blur.set(e.target.checked)} />
      <span className="stack tight">
        {t("blur.label")}
        <span className="small soft" id={hint}>
          {t("blur.hint")}
        </span>
      </span>
    </label>
  );
}

/** Says why there is no picture although the camera was on. */
export function BlurTroubleNote({ devices }: { devices: Devices }) {
  const { t } = useTranslation();
  const { blur, setCamera } = devices;
  if (!blur.trouble || !blur.wanted) {
    return null;
  }

  return (
    <Note look="warm" icon={<CameraOff aria-hidden />} role="alert">
      <span>{t(`blur.${blur.trouble}`)}</span>
      <div className="row">
        <Button look="plain" onClick={() => void setCamera(true)}>
          {t("app.tryAgain")}
        </Button>
        <Button
          look="quiet"
          onClick={() => {
            blur.set(false);
            void setCamera(true);
          }}
        >
          {t("blur.without")}
        </Button>
      </div>
    </Note>
  );
}
