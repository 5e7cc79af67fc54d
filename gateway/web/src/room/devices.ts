import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { useBlur, type Blur } from "./blur/useBlur";
import { useInterruption } from "./interruption";
import { DeviceKeeper, type DeviceProblem, type Kept } from "./keeper";

export interface Devices extends Pick<DeviceKeeper, "ask" | "setMic" | "setCamera" | "choose" | "release" | "allowCameras"> {
  asked: boolean;
  asking: boolean;
  problem: DeviceProblem | null;
  audio: MediaStreamTrack | null;
  /** The track that others may see: null while blur is wanted and not ready. */
  video: MediaStreamTrack | null;
  /** The camera itself, to know which it is. */
  source: MediaStreamTrack | null;
  blur: Blur;
  mic: boolean;
  camera: boolean;
  cameras: MediaDeviceInfo[];
  microphones: MediaDeviceInfo[];
  /** Something else has taken what is switched on: a phone call, another program. */
  interrupted: boolean;
  resume: () => Promise<void>;
}

const browser = {
  open: (constraints: MediaStreamConstraints) =>
    navigator.mediaDevices
      ? navigator.mediaDevices.getUserMedia(constraints)
      : Promise.reject(new DOMException("This browser has no devices.", "NotFoundError")),
  // Whether the person, or their browser, has said no to a device for good. A browser that cannot tell has not.
  isDenied: async (name: "camera" | "microphone") =>
    (await navigator.permissions?.query({ name: name as PermissionName }).catch(() => null))?.state === "denied",
};

const listed = ({ asking, tracks }: Kept) => `${asking} ${tracks.audio?.id} ${tracks.video?.id}`;

/** This page's camera and microphone. */
export function useDevices(wanted: { mic: boolean; camera: boolean }): Devices {
  const [keeper] = useState(() => new DeviceKeeper(browser, wanted));
  const kept = useSyncExternalStore(keeper.subscribe, keeper.getState);
  const [list, setList] = useState<MediaDeviceInfo[]>([]);
  const { tracks, mic, camera } = kept;
  const refresh = useCallback(async () => {
    setList((await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? []);
  }, []);

  // A browser names its devices once one of them is open.
  const opened = listed(kept);
  useEffect(() => void (kept.asked && refresh()), [kept.asked, opened, refresh]);
  useEffect(() => {
    navigator.mediaDevices?.addEventListener("devicechange", refresh);
    return () => navigator.mediaDevices?.removeEventListener("devicechange", refresh);
  }, [refresh]);

  const { interrupted, resume } = useInterruption(tracks, { audio: true, video: camera }, keeper.takeBack);
  const endCamera = useCallback(() => void keeper.setCamera(false), [keeper]);
  const { video: seen, blur } = useBlur(tracks.video, endCamera);
  useEffect(() => {
    keeper.revive();
    return keeper.end;
  }, [keeper]);

  return {
    asked: kept.asked,
    asking: kept.asking,
    problem: kept.problem,
    audio: tracks.audio,
    video: seen,
    source: tracks.video,
    blur,
    mic: mic && tracks.audio !== null,
    camera: camera && (tracks.video !== null || kept.opening),
    cameras: list.filter((d) => d.kind === "videoinput" && d.deviceId !== ""),
    microphones: list.filter((d) => d.kind === "audioinput" && d.deviceId !== ""),
    ask: keeper.ask,
    setMic: keeper.setMic,
    setCamera: keeper.setCamera,
    choose: keeper.choose,
    release: keeper.release,
    allowCameras: keeper.allowCameras,
    interrupted,
    resume,
  };
}
