import type { CameraPolicy } from "@grouptherapy/room-client";
import { useEffect, useRef } from "react";
import { useTranslation } from "../i18n";
import { Camera, CameraOff, Mic, MicOff, ScanFace, Volume2 } from "lucide-react";
import { Button, Field, Note } from "../ui/basics";
import { BlurSwitch, BlurTroubleNote } from "./BlurSwitch";
import type { Devices } from "./devices";
import { playTestSound, useLevel } from "./sound";

/** Shows a track in a video element. */
export function Picture({
  track,
  mirrored = false,
  className = "",
  label,
}: {
  track: MediaStreamTrack;
  mirrored?: boolean;
  className?: string;
  label?: string;
}) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current!;
    video.srcObject = new MediaStream([track]);
    void video.play().catch(() => undefined);
    return () => {
      video.srcObject = null;
    };
  }, [track]);
  return (
    <video ref={element} className={`picture ${mirrored ? "mirrored" : ""} ${className}`} autoPlay playsInline muted aria-label={label} />
  );
}

function Level({ track }: { track: MediaStreamTrack | null }) {
  const { t } = useTranslation();
  const bar = useRef<HTMLDivElement>(null);
  const meter = useRef<HTMLDivElement>(null);
  useLevel(track, (level) => {
    bar.current?.style.setProperty("scale", `${Math.max(0.02, level)} 1`);
    meter.current?.setAttribute("aria-valuenow", String(Math.round(level * 100)));
  });
  return (
    <div
      ref={meter}
      className="level"
      role="meter"
      aria-label={t("devices.levelName")}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
    >
      <div ref={bar} className="level-bar" />
    </div>
  );
}

/** @param cameras What the group asks of cameras; null while that is not known. */
export function DeviceCheck({ devices, cameras }: { devices: Devices; cameras: CameraPolicy | null }) {
  const { t } = useTranslation();
  const { asked, asking, problem } = devices;
  const dark = cameras === "off";
  // Where the browser was allowed before, nothing has to be asked.
  useEffect(() => {
    if (asked || !navigator.permissions) {
      return;
    }

    let current = true;
    void Promise.all(["camera", "microphone"].map((name) => navigator.permissions.query({ name: name as PermissionName })))
      .then((answers) => current && answers.every((a) => a.state === "granted") && void devices.ask())
      .catch(() => undefined);
    return () => {
      current = false;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once
  }, []);

  return (
    <div className="stack wide">
      <div className="preview">
        {devices.video ? (
          <Picture track={devices.video} mirrored label={t("devices.preview")} />
        ) : (
          <p className="preview-text">
            {devices.blur.starting ? <ScanFace aria-hidden size={36} /> : <CameraOff aria-hidden size={36} />}
            {dark && <strong>{t("devices.noCameras")}</strong>}
            {devices.blur.starting
              ? t("blur.starting")
              : !asked
                ? t(dark ? "devices.introSound" : "devices.intro")
                : dark
                  ? null
                  : t("devices.cameraOff")}
          </p>
        )}
        {asked && problem?.of !== "both" && (
          <div className="preview-buttons">
            <Button
              className={`round ${devices.mic ? "" : "off"}`}
              size="icon"
              aria-label={devices.mic ? t("devices.micOff") : t("devices.micOn")}
              onClick={() => devices.setMic(!devices.mic)}
              disabled={!devices.audio}
            >
              {devices.mic ? <Mic aria-hidden /> : <MicOff aria-hidden />}
            </Button>
            {!dark && (
              <Button
                className={`round ${devices.camera ? "" : "off"}`}
                size="icon"
                aria-label={devices.camera ? t("devices.camOff") : t("devices.camOn")}
                onClick={() => void devices.setCamera(!devices.camera)}
              >
                {devices.camera ? <Camera aria-hidden /> : <CameraOff aria-hidden />}
              </Button>
            )}
          </div>
        )}
      </div>
      {!asked && (
        <Button look="plain" disabled={asking} onClick={() => void devices.ask()}>
          {dark ? <Mic aria-hidden /> : <Camera aria-hidden />}
          {t(dark ? "devices.allowSound" : "devices.allow")}
        </Button>
      )}
      {problem && (
        <Note look="warm" role="status">
          <span>{t(`devices.${problem.why}_${problem.of}`)}</span>
          <Button look="plain" disabled={asking} onClick={() => void devices.ask()}>
            {t("app.tryAgain")}
          </Button>
        </Note>
      )}
      {cameras === "expected" && <p className="small soft">{t("devices.camerasExpected")}</p>}
      <BlurTroubleNote devices={devices} />
      {asked && !dark && <BlurSwitch devices={devices} />}
      {asked && devices.audio && (
        <div className="stack wide tight">
          <span className="small soft">{t("devices.level")}</span>
          <Level track={devices.audio} />
        </div>
      )}
      {asked && (
        <div className="device-rows">
          {!dark && (
            <DeviceChoice label={t("devices.camera")} kind="video" list={devices.cameras} track={devices.source} choose={devices.choose} />
          )}
          <DeviceChoice
            label={t("devices.microphone")}
            kind="audio"
            list={devices.microphones}
            track={devices.audio}
            choose={devices.choose}
          />
        </div>
      )}
      <div className="row">
        <Button look="plain" onClick={() => void playTestSound()}>
          <Volume2 aria-hidden />
          {t("devices.test")}
        </Button>
        <span className="small soft">{t("devices.heard")}</span>
      </div>
    </div>
  );
}

function DeviceChoice(props: {
  label: string;
  kind: "audio" | "video";
  list: MediaDeviceInfo[];
  track: MediaStreamTrack | null;
  choose: Devices["choose"];
}) {
  const { t } = useTranslation();
  if (props.list.length < 2) {
    return null;
  }

  return (
    <Field label={props.label}>
      {(ids) => (
        <select
          {...ids}
          className="input"
          value={props.track?.getSettings().deviceId ?? ""}
          onChange={(e) => void props.choose(props.kind, e.target.value)}
        >
          {!props.track && <option value="">{t("devices.none")}</option>}
          {props.list.map((d) => (
            <option key={d.deviceId} value={d.deviceId}>
              {d.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
