import { useEffect, useRef } from "react";

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
