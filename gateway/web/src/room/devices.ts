import { useCallback, useEffect, useRef, useState } from "react";
import { useBlur, type Blur } from "./blur/useBlur";

/** Why a device cannot be used, and which: a browser tells why, and not always of both. */
export interface DeviceProblem {
  why: "blocked" | "missing" | "busy";
  of: "both" | "camera" | "microphone";
}

export interface Devices {
  asked: boolean;
  asking: boolean;
  problem: DeviceProblem | null;
  audio: MediaStreamTrack | null;
  /** What others may see: null while a background that is to be blurred is not. */
  video: MediaStreamTrack | null;
  /** The camera itself, to know which it is. */
  source: MediaStreamTrack | null;
  blur: Blur;
  mic: boolean;
  camera: boolean;
  cameras: MediaDeviceInfo[];
  microphones: MediaDeviceInfo[];
  ask: () => Promise<void>;
  setMic: (on: boolean) => void;
  setCamera: (on: boolean) => Promise<void>;
  choose: (kind: "audio" | "video", deviceId: string) => Promise<void>;
  /** Something else has taken what is switched on: a phone call, another program. */
  interrupted: boolean;
  resume: () => Promise<void>;
  /** Gives both devices back, where nobody could see or hear them. */
  release: () => void;
}

interface Tracks {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
}

const video = (deviceId?: string): MediaTrackConstraints => ({
  width: { ideal: 640 },
  height: { ideal: 360 },
  frameRate: { ideal: 24, max: 30 },
  ...(deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" }),
});

const audio = (deviceId?: string): MediaTrackConstraints => ({
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  ...(deviceId && { deviceId: { exact: deviceId } }),
});

function whyOf(error: unknown): DeviceProblem["why"] {
  const name = error instanceof DOMException ? error.name : "";
  return name === "NotAllowedError" || name === "SecurityError"
    ? "blocked"
    : name === "NotReadableError" || name === "AbortError"
      ? "busy"
      : "missing";
}

const open = (constraints: MediaStreamConstraints) => navigator.mediaDevices.getUserMedia(constraints);

/** Whether the person, or their browser, has said no to a device for good. A browser that cannot tell has not. */
const isDenied = async (name: "camera" | "microphone") =>
  (await navigator.permissions?.query({ name: name as PermissionName }).catch(() => null))?.state === "denied";

/** Both devices, or the one of them that can be had. Throws when it is none. */
async function openBoth(): Promise<{ stream: MediaStream; problem: DeviceProblem | null }> {
  try {
    return { stream: await open({ audio: audio(), video: video() }), problem: null };
  } catch (error) {
    const why = whyOf(error);
    const [noCamera, noMicrophone] = await Promise.all([isDenied("camera"), isDenied("microphone")]);
    if (why === "blocked" && noCamera === noMicrophone) {
      throw error;
    }

    // One of the two may be blocked, missing or busy; the other is welcome.
    if (!noMicrophone) {
      const stream = await open({ audio: audio() }).catch(() => null);
      if (stream) {
        return { stream, problem: { why, of: "camera" } };
      }
    }

    if (noCamera) {
      throw error;
    }

    return { stream: await open({ video: video() }), problem: { why, of: "microphone" } };
  }
}

/** Camera and microphone. Off means off: a camera that is off is released, and its light goes out. */
export function useDevices(wanted: { mic: boolean; camera: boolean }): Devices {
  const [asked, setAsked] = useState(false);
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<DeviceProblem | null>(null);
  const [tracks, setTracks] = useState<Tracks>({ audio: null, video: null });
  const [mic, setMicOn] = useState(wanted.mic);
  const [camera, setCameraOn] = useState(wanted.camera);
  const [list, setList] = useState<MediaDeviceInfo[]>([]);
  const held = useRef(tracks);
  held.current = tracks;

  const refresh = useCallback(async () => {
    setList(await navigator.mediaDevices.enumerateDevices().catch(() => []));
  }, []);

  const ask = useCallback(async () => {
    if (!navigator.mediaDevices) {
      setAsked(true);
      setProblem({ why: "missing", of: "both" });
      return;
    }

    setAsking(true);
    setProblem(null);
    try {
      // What is open already makes room: some systems give a device once.
      [held.current.audio, held.current.video].forEach((t) => t?.stop());
      const { stream, problem } = await openBoth();
      // A missing camera is reported only to a participant who wants it on.
      setProblem(problem?.of === "camera" && !camera ? null : problem);
      const [one] = stream.getAudioTracks();
      const [two] = stream.getVideoTracks();
      if (one) {
        one.enabled = mic;
      }

      if (two && !camera) {
        two.stop();
      }

      setTracks({ audio: one ?? null, video: two && camera ? two : null });
      setCameraOn(Boolean(two) && camera);
    } catch (error) {
      setProblem({ why: whyOf(error), of: "both" });
    } finally {
      setAsking(false);
      setAsked(true);
      void refresh();
    }
  }, [mic, camera, refresh]);

  const setMic = useCallback((on: boolean) => {
    setMicOn(on);
    if (held.current.audio) {
      held.current.audio.enabled = on;
    }
  }, []);

  const setCamera = useCallback(async (on: boolean) => {
    setCameraOn(on);
    held.current.video?.stop();
    if (!on) {
      setTracks((t) => ({ ...t, video: null }));
      return;
    }

    try {
      const stream = await open({ video: video() });
      setTracks((t) => ({ ...t, video: stream.getVideoTracks()[0] ?? null }));
      setProblem(null);
    } catch (error) {
      setCameraOn(false);
      setTracks((t) => ({ ...t, video: null }));
      setProblem({ why: whyOf(error), of: "camera" });
    }
  }, []);

  const choose = useCallback(
    async (kind: "audio" | "video", deviceId: string) => {
      held.current[kind]?.stop();
      try {
        const stream = await open(kind === "audio" ? { audio: audio(deviceId) } : { video: video(deviceId) });
        const [track] = stream.getTracks();
        if (track && kind === "audio") {
          track.enabled = mic;
        }

        setTracks((t) => ({ ...t, [kind]: track ?? null }));
        setProblem(null);
        if (kind === "video") {
          setCameraOn(true);
        }
      } catch (error) {
        setTracks((t) => ({ ...t, [kind]: null }));
        setProblem({ why: whyOf(error), of: kind === "audio" ? "microphone" : "camera" });
      }
    },
    [mic],
  );

  const { interrupted, resume } = useInterruption(tracks, { audio: true, video: camera }, async (kind) => {
    const stream = await open(kind === "audio" ? { audio: audio() } : { video: video() });
    const [track] = stream.getTracks();
    if (track && kind === "audio") {
      track.enabled = mic;
    }

    setTracks((t) => ({ ...t, [kind]: track ?? null }));
  });

  const endCamera = useCallback(() => void setCamera(false), [setCamera]);
  const { video: seen, blur } = useBlur(tracks.video, endCamera);

  const release = useCallback(() => {
    [held.current.audio, held.current.video].forEach((t) => t?.stop());
    setTracks({ audio: null, video: null });
  }, []);

  useEffect(() => {
    navigator.mediaDevices?.addEventListener("devicechange", refresh);
    return () => navigator.mediaDevices?.removeEventListener("devicechange", refresh);
  }, [refresh]);

  useEffect(() => () => [held.current.audio, held.current.video].forEach((t) => t?.stop()), []);

  return {
    asked,
    asking,
    problem,
    audio: tracks.audio,
    video: seen,
    source: tracks.video,
    blur,
    mic: mic && tracks.audio !== null,
    camera: camera && tracks.video !== null,
    cameras: list.filter((d) => d.kind === "videoinput" && d.deviceId !== ""),
    microphones: list.filter((d) => d.kind === "audioinput" && d.deviceId !== ""),
    ask,
    setMic,
    setCamera,
    choose,
    interrupted,
    resume,
    release,
  };
}

const resumeAfterMs = 1500;

/** Follows tracks that the system ends or silences, and opens ended ones anew when the page is seen again. */
function useInterruption(
  tracks: Tracks,
  wanted: Record<"audio" | "video", boolean>,
  reopen: (kind: "audio" | "video") => Promise<void>,
): { interrupted: boolean; resume: () => Promise<void> } {
  const [held, setHeld] = useState<Record<"audio" | "video", boolean>>({ audio: false, video: false });
  const latest = useRef({ tracks, wanted, reopen });
  latest.current = { tracks, wanted, reopen };
  const resume = useCallback(async () => {
    for (const kind of ["audio", "video"] as const) {
      const track = latest.current.tracks[kind];
      if (track && latest.current.wanted[kind] && (track.readyState === "ended" || track.muted)) {
        await latest.current.reopen(kind).catch(() => undefined);
      }
    }
  }, []);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      const off = (track: MediaStreamTrack | null) => track !== null && (track.readyState === "ended" || track.muted);
      setHeld({ audio: off(tracks.audio), video: off(tracks.video) });
      if ([tracks.audio, tracks.video].some((track) => track?.readyState === "ended") && document.visibilityState === "visible") {
        clearTimeout(timer);
        timer = setTimeout(() => void resume(), resumeAfterMs);
      }
    };
    const all = [tracks.audio, tracks.video].filter((track) => track !== null);
    const kinds = ["ended", "mute", "unmute"] as const;
    all.forEach((track) => kinds.forEach((kind) => track.addEventListener(kind, look)));
    document.addEventListener("visibilitychange", look);
    look();
    return () => {
      clearTimeout(timer);
      all.forEach((track) => kinds.forEach((kind) => track.removeEventListener(kind, look)));
      document.removeEventListener("visibilitychange", look);
    };
  }, [tracks, resume]);
  return { interrupted: held.audio || (held.video && wanted.video), resume };
}

/** Loudness of a track, 0 to 1, as often as the screen is drawn. */
export function useLevel(track: MediaStreamTrack | null, show: (level: number) => void): void {
  const told = useRef(show);
  told.current = show;
  useEffect(() => {
    if (!track) {
      told.current(0);
      return;
    }

    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 512;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let frame = 0;
    const look = () => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, x) => sum + x * x, 0) / samples.length;
      told.current(Math.min(1, Math.sqrt(power) * 5));
      frame = requestAnimationFrame(look);
    };
    look();
    return () => {
      cancelAnimationFrame(frame);
      void context.close();
    };
  }, [track]);
}

/** A soft chord of a second, to hear whether the speaker works. */
export async function playTestSound(): Promise<void> {
  const context = new AudioContext();
  const gain = context.createGain();
  gain.connect(context.destination);
  gain.gain.setValueAtTime(0, context.currentTime);
  gain.gain.linearRampToValueAtTime(0.18, context.currentTime + 0.08);
  gain.gain.linearRampToValueAtTime(0, context.currentTime + 1.1);
  for (const frequency of [392, 493.9, 587.3]) {
    const tone = context.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(gain);
    tone.start();
    tone.stop(context.currentTime + 1.15);
  }

  await new Promise((done) => setTimeout(done, 1300));
  await context.close();
}
