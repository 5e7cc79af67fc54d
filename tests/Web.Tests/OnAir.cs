using System.Text.Json;

namespace GroupTherapy.Web.Tests;

/// <summary>What really arrives at a page of a call: frames that move, sound that has energy, by the browser's own counts.</summary>
internal static class OnAir
{
    public static readonly TimeSpan OnBusyCores = TimeSpan.FromSeconds(60);
    private static readonly Size Window = new(900, 700);

    /// <summary>A window whose peer connections can be looked at.</summary>
    /// <param name="relay">Media may go through the relay alone.</param>
    /// <param name="servers">Which of the relay's addresses are used: those that begin so.</param>
    public static async Task<Visitor> OpenForCallAsync(this Browsing browsing, Size? size = null, bool relay = false, string servers = "")
    {
        var visitor = await browsing.OpenAsync(size ?? Window);
        await visitor.Context.AddInitScriptAsync(
            $$"""
            [window.peers, window.sendersMade, window.failures, window.opened] = [[], new Set(), 0, []];
            const open = MediaDevices.prototype.getUserMedia;
            MediaDevices.prototype.getUserMedia = async function (...what) {
              const stream = await open.apply(this, what);
              window.opened.push(...stream.getTracks());
              return stream;
            };
            window.RTCPeerConnection = class extends RTCPeerConnection {
              constructor(configuration, ...rest) {
                const iceServers = (configuration?.iceServers ?? []).map(s => ({ ...s, urls: [s.urls].flat().filter(u => u.startsWith('{{servers}}')) }));
                super({ ...configuration, iceServers, iceTransportPolicy: '{{(relay ? "relay" : "all")}}' }, ...rest);
                window.peers.push(this);
                this.addEventListener('connectionstatechange', () => window.failures += this.connectionState === 'failed' ? 1 : 0);
              }
              createOffer(...all) {
                window.sendersMade.add(this);
                return super.createOffer(...all);
              }
            };
            """
        );
        return visitor;
    }

    /// <summary>The facilitator opens, the two members are let in, and each sees and hears the two others.</summary>
    public static async Task BeginAsync(Cast cast, Visitor lead, Visitor sunny, Visitor? river = null)
    {
        await sunny.SignInAsync(cast.Tampa);
        await sunny.GoToWaitingRoomAsync("Tampa, Florida", "Sunny");
        if (river is not null)
        {
            await river.SignInAsync(cast.Albany);
            await river.GoToWaitingRoomAsync("Albany, New York", "River");
        }

        Assert.Equal(0, await sunny.Page.EvaluateAsync<int>("() => peers.length"));
        await lead.SignInAsync(cast.LeadEmail);
        await lead.EnterAsFacilitatorAsync();
        await lead.Button("Open the session").ClickAsync();
        await (river is null ? lead.Button("Let Sunny in").First : lead.Button("Let all in (2)")).ClickAsync();
        await sunny.IsInTheRoomAsync();
        await (river?.IsInTheRoomAsync() ?? Task.CompletedTask);
        await SeeAndHearAsync(river is null ? [lead, sunny] : [lead, sunny, river]);
    }

    /// <summary>Everybody sees and hears all others.</summary>
    public static async Task SeeAndHearAsync(params Visitor[] people)
    {
        foreach (var (one, n) in people.Select((p, n) => (p, n + 1)))
        {
            await one.SeesOthersMoveAsync(people.Length - 1, $"person {n} does not see the others move");
            await one.HearsOthersAsync(people.Length - 1, $"person {n} does not hear the others");
        }
    }

    public static Task SeesOthersMoveAsync(this Visitor visitor, int others, string missing) =>
        Eventually.Async(async () => await visitor.ShownAsync() == others, () => missing, OnBusyCores);

    public static Task HearsOthersAsync(this Visitor visitor, int others, string missing) =>
        Eventually.Async(async () => await visitor.HeardAsync() == others, () => missing, OnBusyCores);

    /// <summary>Other people's pictures that are on the screen and get new frames.</summary>
    public static Task<int> ShownAsync(this Visitor visitor) =>
        visitor.Page.EvaluateAsync<int>(
            """
            async () => {
              const shown = () => [...document.querySelectorAll('.tile-picture:not(.covered) video:not(.mirrored)')];
              const before = new Map(shown().map(v => [v, v.getVideoPlaybackQuality().totalVideoFrames]));
              await new Promise(done => setTimeout(done, 700));
              return shown().filter(v => v.getVideoPlaybackQuality().totalVideoFrames > (before.get(v) ?? Infinity)).length;
            }
            """
        );

    /// <summary>Pixels across of the widest of other people's pictures.</summary>
    public static Task<int> WidestAsync(this Visitor visitor) =>
        visitor.Page.EvaluateAsync<int>(
            "() => Math.max(0, ...[...document.querySelectorAll('.tile-picture:not(.covered) video:not(.mirrored)')].map(v => v.videoWidth))"
        );

    /// <summary>Other people's sound that gets louder energy in.</summary>
    public static Task<int> HeardAsync(this Visitor visitor) =>
        visitor.Page.EvaluateAsync<int>(
            """
            async () => {
              const energies = async () => {
                const found = new Map();
                for (const peer of peers.filter(p => p.connectionState === 'connected'))
                  for (const report of (await peer.getStats()).values())
                    if (report.type === 'inbound-rtp' && report.kind === 'audio') found.set(report.ssrc + report.mid, report.totalAudioEnergy);
                return found;
              };
              const before = await energies();
              await new Promise(done => setTimeout(done, 1500));
              const after = await energies();
              return [...after].filter(([id, energy]) => energy > (before.get(id) ?? Infinity) + 1e-7).length;
            }
            """
        );

    /// <summary>The page's cameras show a chessboard from now on, in which nobody is and all is sharp; their tracks are noted.</summary>
    public static Task ShowChessboardAsync(this Visitor visitor) =>
        visitor.Context.AddInitScriptAsync(
            """
            window.cameras = new Set();
            const open = MediaDevices.prototype.getUserMedia;
            MediaDevices.prototype.getUserMedia = async function (...all) {
              const stream = await open.apply(this, all);
              if (!stream.getVideoTracks().length) return stream;
              stream.getVideoTracks().forEach(t => t.stop());
              const [canvas, square] = [document.createElement('canvas'), 20];
              [canvas.width, canvas.height] = [640, 360];
              const context = canvas.getContext('2d');
              let beat = 0;
              setInterval(() => {
                beat++;
                for (let x = 0; x < 640; x += square)
                  for (let y = 0; y < 360; y += square) {
                    context.fillStyle = (x + y + (beat >> 4) * square) / square % 2 ? 'white' : 'black';
                    context.fillRect(x, y, square, square);
                  }
              }, 50);
              const [camera] = canvas.captureStream().getVideoTracks();
              window.cameras.add(camera);
              return new MediaStream([...stream.getAudioTracks(), camera]);
            };
            window.sendsCamera = () => peers.some(p => p.connectionState !== 'closed' && p.getSenders().some(s => cameras.has(s.track)));
            """
        );

    /// <summary>Counts how often the pages of this browser ask for a camera from now on.</summary>
    public static Task CountCamerasAskedForAsync(this Visitor visitor) =>
        visitor.Context.AddInitScriptAsync(
            """
            window.camerasAskedFor = 0;
            const ask = MediaDevices.prototype.getUserMedia;
            MediaDevices.prototype.getUserMedia = function (wanted) {
              window.camerasAskedFor += wanted?.video ? 1 : 0;
              return ask.call(this, wanted);
            };
            """
        );

    public static Task<int> CamerasAskedForAsync(this Visitor visitor) => visitor.Page.EvaluateAsync<int>("() => camerasAskedFor");

    /// <summary>Whether a camera's own track is sent, and not another one made of it.</summary>
    public static Task<bool> SendsItsCameraAsync(this Visitor visitor) => visitor.Page.EvaluateAsync<bool>("() => sendsCamera()");

    public static Task BeginToWatchTheCameraAsync(this Visitor visitor) =>
        visitor.Page.EvaluateAsync("() => { window.wasSent = false; setInterval(() => window.wasSent ||= sendsCamera(), 20); }");

    public static Task<bool> CameraWasSentAsync(this Visitor visitor) => visitor.Page.EvaluateAsync<bool>("() => window.wasSent");

    /// <summary>How much neighbouring pixels of the first other person's picture differ, 0 to 255; 0 without a picture.</summary>
    public static Task<double> SharpnessAsync(this Visitor visitor) =>
        visitor.Page.EvaluateAsync<double>(
            """
            () => {
              const video = document.querySelector('.tile-picture:not(.covered) video:not(.mirrored)');
              if (!video?.videoWidth) return 0;
              const [canvas, width, height] = [document.createElement('canvas'), 320, 180];
              [canvas.width, canvas.height] = [width, height];
              const context = canvas.getContext('2d');
              context.drawImage(video, 0, 0, width, height);
              const { data } = context.getImageData(0, 0, width, height);
              let sum = 0;
              for (let at = 0; at < data.length - 4; at += 4) sum += Math.abs(data[at + 1] - data[at + 5]);
              return sum / (width * height);
            }
            """
        );

    /// <summary>Both ends of every connection that carries media.</summary>
    public static async Task<IReadOnlyList<string>> AddressesAsync(this Visitor visitor) => await ReadAsync(visitor, "address");

    /// <summary>How each connection that carries media reaches the server: <c>host</c>, <c>relay</c>, ...</summary>
    public static async Task<IReadOnlyList<string>> WaysAsync(this Visitor visitor) => await ReadAsync(visitor, "candidateType", onlyLocal: true);

    /// <summary>Peer connections that the page has made so far.</summary>
    public static Task<int> ConnectionsMadeAsync(this Visitor visitor) => visitor.Page.EvaluateAsync<int>("() => peers.length");

    /// <summary>Connections that the page has made so far to send: another one means that the call was cut.</summary>
    public static Task<int> SendersMadeAsync(this Visitor visitor) => visitor.Page.EvaluateAsync<int>("() => sendersMade.size");

    /// <summary>Connections that the browser has given up so far.</summary>
    public static Task<int> FailuresAsync(this Visitor visitor) => visitor.Page.EvaluateAsync<int>("() => failures");

    /// <summary>Counts from now on what tells a page that its call is gone: the media has moved, or somebody has left the room.</summary>
    public static Func<int> CountEndings(this Visitor visitor)
    {
        var count = 0;
        visitor.Page.WebSocket += (_, socket) =>
            socket.FrameReceived += (_, frame) =>
            {
                if (
                    frame.Text is { } text
                    && (text.Contains("\"type\":\"moved\"", StringComparison.Ordinal) || text.Contains("\"participant.left\"", StringComparison.Ordinal))
                )
                {
                    Interlocked.Increment(ref count);
                }
            };
        return () => Volatile.Read(ref count);
    }

    /// <summary>Begins to note the longest time without a new frame of any other's picture, in milliseconds.</summary>
    public static Task BeginToTimeGapsAsync(this Visitor visitor) =>
        visitor.Page.EvaluateAsync(
            """
            () => {
              window.longestGap = 0;
              let last = performance.now();
              const look = () => {
                const video = document.querySelector('.tile-picture video:not(.mirrored)');
                const frames = video?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
                if (frames !== window.lastFrames) [window.lastFrames, last] = [frames, performance.now()];
                window.longestGap = Math.max(window.longestGap, performance.now() - last);
              };
              window.gapTimer = setInterval(look, 50);
            }
            """
        );

    public static Task<double> LongestGapAsync(this Visitor visitor) =>
        visitor.Page.EvaluateAsync<double>("() => (clearInterval(window.gapTimer), window.longestGap)");

    private static async Task<IReadOnlyList<string>> ReadAsync(Visitor visitor, string what, bool onlyLocal = false) =>
        JsonSerializer.Deserialize<string[]>(
            await visitor.Page.EvaluateAsync<string>(
                $$"""
                async () => {
                  const found = [];
                  for (const peer of peers.filter(p => p.connectionState === 'connected')) {
                    const stats = await peer.getStats();
                    for (const report of stats.values())
                      if (report.type === 'candidate-pair' && report.nominated && report.state === 'succeeded')
                        for (const end of [report.localCandidateId{{(onlyLocal ? "" : ", report.remoteCandidateId")}}]) found.push(stats.get(end).{{what}});
                  }
                  return JSON.stringify(found);
                }
                """
            )
        )!;
}
