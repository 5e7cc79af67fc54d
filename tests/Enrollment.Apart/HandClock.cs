using System.IO.MemoryMappedFiles;

namespace GroupTherapy.Enrollment.Apart;

/// <summary>
/// Time that stands still until somebody moves it or lets it run, shared by every process that has its file open. Timers run on real time, ten times as often
/// as they ask for:
/// workers that look each second are soon seen to have looked.
/// </summary>
public sealed class HandClock : TimeProvider, IDisposable
{
    private const int Faster = 10;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private HandClock(MemoryMappedFile file) => (_file, _view) = (file, file.CreateViewAccessor());

    public static HandClock Make(string path, DateTimeOffset startsAt)
    {
        var clock = new HandClock(MemoryMappedFile.CreateFromFile(path, FileMode.CreateNew, null, 2 * sizeof(long)));
        clock.Set(startsAt);
        return clock;
    }

    public static HandClock Open(string path) => new(MemoryMappedFile.CreateFromFile(path, FileMode.Open));

    public override DateTimeOffset GetUtcNow() =>
        new(_view.ReadInt64(0) + (_view.ReadInt64(sizeof(long)) is > 0 and var began ? System.GetElapsedTime(began).Ticks : 0), TimeSpan.Zero);

    public void Set(DateTimeOffset now) => _view.Write(0, now.UtcTicks);

    /// <summary>From now on it runs as fast as real time, the same for every process.</summary>
    public void Run() => _view.Write(sizeof(long), System.GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Sooner(dueTime), Sooner(period));

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    private static TimeSpan Sooner(TimeSpan time) => time > TimeSpan.Zero ? time / Faster : time;
}
