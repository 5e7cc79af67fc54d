namespace GroupTherapy.Host.Demo;

public sealed class DemoLoader(string gateway, Action<string> tell, TimeProvider clock)
{
    public Task LoadAsync(CancellationToken ct) { tell(gateway + clock); return Task.CompletedTask; }
}
