using System.Net;
using GroupTherapy.Platform.Tests.Toys;

namespace GroupTherapy.Platform.Tests.Web;

public sealed class MetricsTests(ToyService toys) : IClassFixture<ToyService>
{
    [Fact]
    public async Task A_service_shows_its_metrics_on_its_own_address()
    {
        using var http = toys.Service.Anonymous();
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/api/things")).StatusCode);

        var text = await http.GetStringAsync("/metrics");

        Assert.Contains("grouptherapy_refusals_total{", text, StringComparison.Ordinal);
        Assert.Contains("code=\"not-signed-in\"", text, StringComparison.Ordinal);
        Assert.Contains("grouptherapy_work_handled", text, StringComparison.Ordinal);
        Assert.Contains("http_server_request_duration", text, StringComparison.Ordinal);
        Assert.Contains("dotnet_gc_collections", text, StringComparison.Ordinal);
    }
}
