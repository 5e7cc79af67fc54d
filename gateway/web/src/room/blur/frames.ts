/** Takes a frame, which it closes, and says when it is ready for another. */
type Take = (frame: VideoFrame) => Promise<void>;

/** Where blurred pictures go: a track like a camera's. */
export interface Sink {
  track: MediaStreamTrack;
  /** The picture is used up. `timestamp` in microseconds. */
  write: (picture: ImageBitmap, timestamp: number) => void;
}

const hasStreams = () => Boolean(window.MediaStreamTrackProcessor && window.MediaStreamTrackGenerator);

/** Whether this browser can take pictures out of a track and put others in. */
export const canReplaceFrames = (): boolean =>
  typeof Worker === "function" &&
  typeof VideoFrame === "function" &&
  typeof OffscreenCanvas === "function" &&
  (hasStreams() || ("requestVideoFrameCallback" in HTMLVideoElement.prototype && "captureStream" in HTMLCanvasElement.prototype));

/** Hands out the newest frame of a track whenever the taker is ready; others are dropped. Ends by what it returns. */
export function readFrames(track: MediaStreamTrack, take: Take): () => void {
  return hasStreams() ? readStream(track, take) : readElement(track, take);
}

// Works while the page is hidden, too.
function readStream(track: MediaStreamTrack, take: Take): () => void {
  const reader = new window.MediaStreamTrackProcessor!({ track, maxBufferSize: 1 }).readable.getReader();
  let over = false;
  const run = async () => {
    for (;;) {
      const { value: frame } = await reader.read();
      if (!frame || over) {
        frame?.close();
        return;
      }

      await take(frame);
    }
  };
  void run().catch(() => undefined);
  return () => {
    over = true;
    void reader.cancel().catch(() => undefined);
  };
}

function readElement(track: MediaStreamTrack, take: Take): () => void {
  const video = document.createElement("video");
  [video.muted, video.playsInline, video.srcObject] = [true, true, new MediaStream([track])];
  let handle = 0;
  let over = false;
  const next = () =>
    void (
      over ||
      (handle = video.requestVideoFrameCallback(
        (now) =>
          void one(now)
            .catch(() => undefined)
            .then(next),
      ))
    );
  const one = async (now: number) => await take(new VideoFrame(video, { timestamp: Math.round(now * 1000) }));
  next();
  void video.play().catch(() => undefined);
  return () => {
    over = true;
    video.cancelVideoFrameCallback(handle);
    video.srcObject = null;
  };
}

export function openSink(): Sink {
  return hasStreams() ? openStream() : openCanvas();
}

function openStream(): Sink {
  const track = new window.MediaStreamTrackGenerator!({ kind: "video" });
  const writer = track.writable.getWriter();
  return {
    track,
    write: (picture, timestamp) => {
      const frame = new VideoFrame(picture, { timestamp, alpha: "discard" });
      picture.close();
      writer.write(frame).catch(() => frame.close());
    },
  };
}

function openCanvas(): Sink {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("bitmaprenderer")!;
  return {
    track: canvas.captureStream().getVideoTracks()[0]!,
    write: (picture) => {
      [canvas.width, canvas.height] = [picture.width, picture.height];
      context.transferFromImageBitmap(picture);
    },
  };
}
