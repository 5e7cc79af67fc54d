import { useCallback, useEffect, useRef, useState } from "react";
import type { Tracks } from "./keeper";

const resumeAfterMs = 1500;

/** Follows tracks that the system ends or silences, and opens ended ones anew when the page is seen again. */
export function useInterruption(
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
